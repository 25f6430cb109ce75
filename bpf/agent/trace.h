/* SPDX-License-Identifier: Apache-2.0 */
/* trace/start, trace/stop and what they send. */
#pragma once

#include "agent.h"

#include <poll.h>

/* How many entries trace_poll() fills. */
size_t trace_polled(const struct agent *agent);
void trace_poll(const struct agent *agent, struct pollfd *polled);
/* Sends what the kernel has said, and ends the traces whose time is over. */
void trace_read(struct agent *agent);
void trace_stop_all(struct agent *agent);
