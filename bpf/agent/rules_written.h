/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has changed nf_tables rules of which namespace while nobody watched it. The kernel tells it on one
 * socket for all namespaces that have an id in the agent's own, as those of pods have whose interface is one
 * end of a veth pair: nothing is asked, and no namespace is kept alive.
 */
#pragma once

#include "namespaces.h"

/* Listens from now on, if it does not yet. Where the kernel refuses, nothing is remembered. */
void rules_written_listen(struct agent *agent);
/* What to wait for input on; -1: nothing. */
int rules_written_descriptor(const struct agent *agent);
/* Remembers what the kernel has told. */
void rules_written_hear(struct agent *agent);
/* [{ process, pid, time }] of a namespace, in their order, none twice in a row: the latest. */
json_t *rules_written_json(struct agent *agent, const struct workload *workload);
void rules_written_end(struct agent *agent);
