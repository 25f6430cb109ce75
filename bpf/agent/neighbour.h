/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of the moment beside a workload: a network namespace without a name, joined to the workload's by a
 * veth pair. It is gone, and the pair with it, when no process and no open socket or descriptor holds it.
 */
#pragma once

#include "agent.h"

#include <sys/socket.h>
#include <sys/types.h>

struct neighbour_wish {
	bool ipv4, ipv6;
	/* Addresses that it is to have beside those it gets. One that the workload has a route to is left
	 * out. */
	struct sockaddr_storage *sources;
	size_t source_count;
};

/*
 * Moves this process, a child of the agent, into a new neighbour of the workload's namespace `netns`, which
 * has `addresses` (those of its snapshot). Returns NULL, or the call that failed with errno set.
 */
const char *neighbour_become(int netns, const json_t *addresses, const struct neighbour_wish *wish);
/* Takes the interface away that the neighbour made by the child `pid` has in the workload, if it still is. */
void neighbour_part(const struct agent *agent, int netns, pid_t pid);
