/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says while it traces, from nf_tables and from legacy rules, brought together. */
#pragma once

#include "agent.h"
#include "trace_state.h"

/* Sends what it has said. False once it has said more than anybody reads. */
bool trace_stream_read(struct agent *agent, struct trace *trace);
void trace_stream_free(struct trace *trace);
