/* SPDX-License-Identifier: Apache-2.0 */
/* The connections for which the programs have to answer that stay attached when those that redirect are gone.
 */
#pragma once

#include "agent.h"
#include "failure.h"

#include <stddef.h>
#include <stdint.h>

/* The sockets that may have been steered, as of the first look. Start with {0}. */
struct steered {
	uint64_t *cookies;
	size_t count;
	bool looked;
};

/* Adds to `found` how many there are still, of the workload whose namespace is `netns`. */
int drain_origins(struct agent *agent, const char *workload, int netns, struct steered *steered,
		  json_int_t *found, struct failure *failure);
void steered_free(struct steered *steered);
