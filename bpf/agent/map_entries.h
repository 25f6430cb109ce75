/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the entries of a map of any type. */
#pragma once

#include "agent.h"
#include "map_handle.h"

struct map_page {
	json_t *entries; /* from the key in hexadecimal to its MapEntry, in the kernel's order */
	json_t *next;	 /* the last key, if there is more; else null */
};

/*
 * Reads up to `limit` entries after the key `cursor` (NULL: from the first). A map of a type that cannot be
 * walked has none. Sockets are looked for in `netns` first (-1: nowhere in particular), then in all
 * namespaces. map_page_free() if it returns 0.
 */
int map_page_read(struct agent *agent, const struct map_handle *map, const void *cursor, size_t limit,
		  int netns, struct map_page *page, struct failure *failure);
void map_page_free(struct map_page *page);
/* Bytes of a key as entries have it: sockets' storage is read by their cookies. */
size_t map_key_length(const struct map_handle *map);
/*
 * Adds those of `keys`, an array of keys in hexadecimal of that length, that are in the map and not yet among
 * `entries`. `netns` as above.
 */
int map_keys_read(struct agent *agent, const struct map_handle *map, const json_t *keys, int netns,
		  json_t *entries, struct failure *failure);
