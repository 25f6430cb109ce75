/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF programs, links and maps where a workload's connections pass. */
#pragma once

#include "namespaces.h"

/* As src/core/model/snapshot.ts has them; the caller owns the references. */
struct inventory {
	json_t *attachments;
	json_t *programs;
	json_t *maps;
};

/*
 * What is attached to the workload's cgroup (the cgroup v2 root where it has none of its own), to the
 * ancestors of that and to its namespace, and whatever our own pins hold elsewhere. NULL and `failure` if the
 * kernel refuses.
 */
json_t *attachments_json(const struct workload *workload, struct failure *failure);
/* The attachments with their programs and the maps of these. */
int inventory_read(const struct workload *workload, struct inventory *inventory, struct failure *failure);
void inventory_free(struct inventory *inventory);
/* MapInfo of an open map. */
json_t *map_json(int map, struct failure *failure);
