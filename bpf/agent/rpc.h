/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"

/* Handles the message and queues its reply, if it is to have one. */
void rpc_handle(struct agent *agent, const char *text, size_t length);
/* Runs a verb. Gives its result, or NULL and fills `failure`. */
json_t *rpc_run(struct agent *agent, const char *method, const json_t *params, struct failure *failure);
/* Queues an error reply to a message that could not be read. */
void rpc_refuse(struct agent *agent, int code, const char *message);
