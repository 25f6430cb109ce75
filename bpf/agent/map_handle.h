/* SPDX-License-Identifier: Apache-2.0 */
/* One BPF map, its keys and values as hexadecimal. */
#pragma once

#include "failure.h"

#include <bpf/bpf.h>
#include <stdbool.h>

struct map_handle {
	int fd;
	struct bpf_map_info info;
	size_t value_length; /* of a value as user space sees it: all CPUs' for percpu maps */
};

/* Opens a map by its id; `no-such-map` if it is gone. map_handle_close() if it returns 0. */
int map_handle_open(json_int_t id, struct map_handle *map, struct failure *failure);
/* Opens the map that the request's `map` names. */
int map_handle_open_param(const json_t *params, struct map_handle *map, struct failure *failure);
/* Looks at a map that is open already; `map->fd` stays the caller's. */
int map_handle_of(int fd, struct map_handle *map, struct failure *failure);
void map_handle_close(struct map_handle *map);

/* Writes `entries` ([{ key, value }]). */
int map_set_all(const struct map_handle *map, const json_t *entries, struct failure *failure);
/* Deletes `keys` ([hex]); absent ones are passed over. */
int map_delete_all(const struct map_handle *map, const json_t *keys, struct failure *failure);
