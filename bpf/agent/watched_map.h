/* SPDX-License-Identifier: Apache-2.0 */
/* A map that a watch follows, as far as somebody sees it. */
#pragma once

#include "agent.h"
#include "failure.h"

/* What somebody sees of a map; the references are a request's. */
struct map_sight {
	json_int_t map;
	const json_t *keys; /* of the entries on the screen, in hexadecimal */
	const json_t *page; /* { after, limit }: where new entries are looked for; null: nowhere */
};

struct watched_map {
	json_int_t id;
	json_t *keys, *page; /* as in map_sight; NULL: nothing is seen */
	/* What was told of that: from key to MapEntry, or to null: that there is none. */
	json_t *entries;
	bool gone;
};

/* Checks what a request says to be seen. A map that is gone is not looked into. */
int map_sight_read(const json_t *given, struct map_sight *sight, struct failure *failure);
/* What is seen of it from now on; NULL: nothing. */
void watched_map_see(struct watched_map *map, const struct map_sight *sight);
/* Adds to `changes`, as `watch/changed` tells it, what of the seen entries is new, other or gone since the
 * last look. */
int watched_map_look(struct agent *agent, struct watched_map *map, int netns, json_t *changes,
		     struct failure *failure);
void watched_map_free(struct watched_map *map);
