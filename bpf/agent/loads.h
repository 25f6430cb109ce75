/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that this agent has loaded into the kernel. They go with it unless a pinned link holds them. */
#pragma once

#include "namespaces.h"

#include <bpf/libbpf.h>

/* So many of one workload are kept, so that an undo can attach an earlier one again. */
#define LOADS_KEPT 4

struct load {
	struct load *next;
	char id[16];
	char workload[24];
	struct bpf_object *object;
};

/* NULL and `no-such-load` if there is none of this workload. */
const struct load *load_find(const struct agent *agent, const char *workload, const char *id,
			     struct failure *failure);
/* Drops those of workloads that are gone. */
void loads_keep_only(struct agent *agent, const struct namespaces *all);
void loads_free(struct agent *agent);
