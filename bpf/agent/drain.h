/* SPDX-License-Identifier: Apache-2.0 */
/* What a switch leaves to be done once older connections have ended: its `closing` and `undoClosing`. */
#pragma once

#include "agent.h"
#include "drain_origins.h"
#include "failure.h"

/*
 * Counts the connections that are waited for: the open ones at a local port of `ports` from another address
 * than loopback, where only a rule's translation can have brought them, and, with `origins`, those that the
 * program pinned for getsockopt answers for, or will. `steered` is kept from one look to the next.
 */
int drain_count(struct agent *agent, const char *workload, const json_t *closing, struct steered *steered,
		json_int_t *remaining, struct failure *failure);
/* Does what is left to do, as far as it can be. `verb` is the first one that failed. */
int drain_close(struct agent *agent, const json_t *closing, const char **verb, struct failure *failure);
