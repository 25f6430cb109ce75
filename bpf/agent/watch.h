/* SPDX-License-Identifier: Apache-2.0 */
/* watch/start, watch/stop and what they send. */
#pragma once

#include "agent.h"

#include <poll.h>

size_t watch_count(const struct agent *agent);
/* Fills one entry for each watch. */
void watch_poll(const struct agent *agent, struct pollfd *polled);
/* Looks again for each watch whose time has come, and sends what changed. */
void watch_run_due(struct agent *agent);
/* NULL: none of that id runs. */
struct watch *watch_find(struct agent *agent, const char *id);
/* Has it look as soon as nothing else is to be done. */
void watch_look_soon(const struct watch *watch);
void watch_stop_all(struct agent *agent);
