/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "map_handle.h"

/*
 * Adds the entries of a sk_storage map, through a BPF iterator (Linux 5.9): a sk_storage has no keys to walk.
 * The key of an entry is its socket's cookie, 8 bytes.
 */
int origins_read(struct agent *agent, const struct map_handle *map, json_t *entries, struct failure *failure);
void origins_free(struct agent *agent);
