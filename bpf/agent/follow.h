/* SPDX-License-Identifier: Apache-2.0 */
/* The switches that this agent has begun: what their keepers say goes on to the client. */
#pragma once

#include "agent.h"

#include <poll.h>

/* Follows the keeper that is the child `pid` over `fd`, which it takes. */
void follow_add(struct agent *agent, int fd, pid_t pid, const json_t *request);
size_t follow_count(const struct agent *agent);
/* Fills one entry for each. */
void follow_poll(const struct agent *agent, struct pollfd *polled);
/* Passes on what the keepers have said. */
void follow_read(struct agent *agent);
void follow_stop_all(struct agent *agent);
