/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into other network namespaces. The agent has one thread, so a visit is in and out again. */
#pragma once

#include "agent.h"

#include <stdint.h>

/* Opens the agent's own namespace into `agent->own_netns`. Returns -1 with errno set. */
int netns_open_own(struct agent *agent);
/* Enters; returns -1 with errno set, and then it is still outside. */
int netns_enter(int netns);
/* Returns to the agent's own namespace. Where that fails, the agent ends: it must not act in the wrong one.
 */
void netns_leave(const struct agent *agent);
/* A socket that belongs to the namespace, whoever uses it. Returns -1 with errno set. */
int netns_socket(const struct agent *agent, int netns, int family, int type, int protocol);
/* Opens a file that each namespace has of its own, below /proc. Returns -1 with errno set. */
int netns_open(const struct agent *agent, int netns, const char *path, int flags);
/* SO_NETNS_COOKIE, of Linux 5.14 and later. Returns -1 with errno set; ENOPROTOOPT on older ones. */
int netns_cookie(const struct agent *agent, int netns, uint64_t *cookie);
