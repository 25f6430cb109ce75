/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that switches are made of. */
#pragma once

#include "agent.h"
#include "failure.h"

#include <stdbool.h>

/* What calls that refer to something loaded mean: what was loaded last. Start with {0}. */
struct loaded {
	char load[16];
	json_t *maps; /* NULL: nothing yet */
};

void loaded_free(struct loaded *loaded);

/* Makes a call of a request that was checked. */
int call_make(struct agent *agent, const json_t *call, struct loaded *loaded, struct failure *failure);
/* Whether the workload is there. Where it has gone, what was pinned for it is removed. */
bool workload_remains(struct agent *agent, const char *workload);
