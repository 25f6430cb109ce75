/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of the moment beside a workload: a network namespace without a name, joined to the workload's by a
 * veth pair. It is gone, and the pair with it, when no process and no open socket or descriptor holds it.
 */
#pragma once

#include "agent.h"

#include <sys/types.h>

/*
 * Moves this process, a child of the agent, into a new neighbour of the workload's namespace `netns`, which
 * has `addresses` (those of its snapshot) and is reached with IPv4, IPv6 or both. Returns NULL, or the call
 * that failed with errno set.
 */
const char *neighbour_become(int netns, const json_t *addresses, bool ipv4, bool ipv6);
/* Takes the interface away that the neighbour made by the child `pid` has in the workload, if it still is. */
void neighbour_part(const struct agent *agent, int netns, pid_t pid);
