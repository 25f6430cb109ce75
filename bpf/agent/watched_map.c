/* SPDX-License-Identifier: Apache-2.0 */
#include "watched_map.h"
#include "map_entries.h"
#include "memory.h"
#include "params.h"
#include "text.h"

#include <stdint.h>
#include <stdlib.h>

/* Rows on a screen, and then some; of both kinds. */
#define SEEN_MAX 1000

static bool is_key(const json_t *hex, size_t length)
{
	unsigned char *bytes = xcalloc(1, length);
	bool whole =
	    json_is_string(hex) && hex_decode(json_string_value(hex), json_string_length(hex), bytes, length);

	free(bytes);
	return whole;
}

static int check_sight(const struct map_sight *sight, const struct map_handle *map, struct failure *failure)
{
	const json_t *after = json_object_get(sight->page, "after"), *hex;
	size_t i;

	json_array_foreach(sight->keys, i, hex) if (!is_key(hex, map_key_length(map))) return fail_params(
	    failure, "keys must be keys of %zu bytes in hexadecimal", map_key_length(map));
	/* The kernel walks a socket's storage by itself. */
	if (json_is_null(sight->page) || json_is_null(after) ||
	    (map->info.type != BPF_MAP_TYPE_SK_STORAGE && is_key(after, map->info.key_size)))
		return 0;
	return fail_params(failure, "after must be a key of %u bytes in hexadecimal, or null",
			   map->info.key_size);
}

int map_sight_read(const json_t *given, struct map_sight *sight, struct failure *failure)
{
	struct map_handle map;
	json_int_t limit;
	int result;

	sight->page = json_object_get(given, "page");
	if (param_integer(given, "map", 1, UINT32_MAX, &sight->map, failure) ||
	    param_array(given, "keys", &sight->keys, failure))
		return -1;
	if (json_array_size(sight->keys) > SEEN_MAX)
		return fail_params(failure, "keys has more than %d", SEEN_MAX);
	if (!json_is_null(sight->page) && param_integer(sight->page, "limit", 1, SEEN_MAX, &limit, failure))
		return -1;
	if (map_handle_open(sight->map, &map, failure)) {
		if (!failure_is(failure, "no-such-map"))
			return -1;
		failure_clear(failure);
		return 0;
	}
	result = check_sight(sight, &map, failure);
	map_handle_close(&map);
	return result;
}

/* What was told of entries that are not seen any more is forgotten: they may have changed when they are. */
static void forget_unseen(struct watched_map *map)
{
	json_t *kept = json_object(), *hex;
	size_t i;

	json_array_foreach(map->keys, i, hex)
	{
		json_t *entry = json_object_get(map->entries, json_string_value(hex));

		if (entry)
			json_object_set(kept, json_string_value(hex), entry);
	}
	json_decref(map->entries);
	map->entries = kept;
}

void watched_map_see(struct watched_map *map, const struct map_sight *sight)
{
	bool same_page = sight && map->page && json_equal(sight->page, map->page);
	json_t *keys = sight ? json_incref((json_t *)sight->keys) : NULL;
	json_t *page = sight ? json_incref((json_t *)sight->page) : NULL;

	json_decref(map->keys);
	json_decref(map->page);
	map->keys = keys;
	map->page = page;
	if (!same_page)
		forget_unseen(map);
}

static int read_page(struct agent *agent, const struct map_handle *handle, const json_t *page, int netns,
		     json_t *now, struct failure *failure)
{
	const json_t *after = json_object_get(page, "after");
	const json_int_t limit = json_integer_value(json_object_get(page, "limit"));
	unsigned char *cursor = NULL;
	struct map_page found;
	int result;

	if (json_is_string(after)) {
		cursor = xcalloc(1, handle->info.key_size);
		hex_decode(json_string_value(after), json_string_length(after), cursor,
			   handle->info.key_size);
	}
	result = map_page_read(agent, handle, cursor, (size_t)limit, netns, &found, failure);
	if (!result) {
		json_object_update(now, found.entries);
		map_page_free(&found);
	}
	free(cursor);
	return result;
}

/* Those of `keys` that are in the map. A page of what sockets store is all of it, and was read. */
static int read_others(struct agent *agent, const struct map_handle *handle, const struct watched_map *map,
		       const json_t *keys, int netns, json_t *found, struct failure *failure)
{
	if (json_is_object(map->page) && handle->info.type == BPF_MAP_TYPE_SK_STORAGE)
		return 0;
	return map_keys_read(agent, handle, keys, netns, found, failure);
}

/* Entries that were told of and are not among those of `now`. */
static json_t *missing(const struct watched_map *map, const json_t *now)
{
	json_t *keys = json_array(), *entry;
	const char *key;

	json_object_foreach(map->entries, key, entry) if (!json_is_null(entry) && !json_object_get(now, key))
	    json_array_append_new(keys, json_string(key));
	return keys;
}

/*
 * Adds the keys that are gone to `deleted`. An entry that is not on its page any more may only have been
 * pushed off it by others: then it is not followed any more.
 */
static int find_deleted(struct agent *agent, const struct map_handle *handle, const struct watched_map *map,
			int netns, const json_t *now, json_t *deleted, struct failure *failure)
{
	json_t *keys = missing(map, now), *there = json_object(), *hex;
	int result = read_others(agent, handle, map, keys, netns, there, failure);
	size_t i;

	json_array_foreach(keys, i, hex) if (!json_object_get(there, json_string_value(hex)))
	    json_array_append(deleted, hex);
	json_decref(keys);
	json_decref(there);
	return result;
}

/* Keys that are on the screen, of entries that are not there. Told once; remembered with null. */
static void note_absent(const struct watched_map *map, json_t *now, json_t *deleted)
{
	json_t *hex;
	size_t i;

	json_array_foreach(map->keys, i, hex)
	{
		const char *key = json_string_value(hex);

		if (json_object_get(now, key))
			continue;
		if (!json_object_get(map->entries, key))
			json_array_append(deleted, hex);
		json_object_set_new(now, key, json_null());
	}
}

static void add_change(const struct watched_map *map, const json_t *now, json_t *deleted, json_t *changes)
{
	json_t *set = json_array(), *entry;
	const char *key;

	json_object_foreach((json_t *)now, key,
			    entry) if (!json_is_null(entry) &&
				       !json_equal(entry, json_object_get(map->entries, key)))
	    json_array_append(set, entry);
	if (json_array_size(set) || json_array_size(deleted))
		json_array_append_new(
		    changes, json_pack("{s:I, s:O, s:O}", "map", map->id, "set", set, "delete", deleted));
	json_decref(set);
}

static int look_into(struct agent *agent, const struct map_handle *handle, struct watched_map *map, int netns,
		     json_t *changes, struct failure *failure)
{
	json_t *now = json_object(), *deleted = json_array();
	int result = json_is_object(map->page) ? read_page(agent, handle, map->page, netns, now, failure) : 0;

	if (!result)
		result = read_others(agent, handle, map, map->keys, netns, now, failure);
	if (!result)
		result = find_deleted(agent, handle, map, netns, now, deleted, failure);
	if (!result) {
		note_absent(map, now, deleted);
		add_change(map, now, deleted, changes);
		json_decref(map->entries);
		map->entries = json_incref(now);
	}
	json_decref(now);
	json_decref(deleted);
	return result;
}

int watched_map_look(struct agent *agent, struct watched_map *map, int netns, json_t *changes,
		     struct failure *failure)
{
	struct map_handle handle;
	int result;

	if (map->gone)
		return 0;
	if (map_handle_open(map->id, &handle, failure)) {
		if (!failure_is(failure, "no-such-map"))
			return -1;
		failure_clear(failure);
		map->gone = true;
		json_array_append_new(changes, json_pack("{s:I, s:b}", "map", map->id, "gone", 1));
		return 0;
	}
	result = map->keys ? look_into(agent, &handle, map, netns, changes, failure) : 0;
	map_handle_close(&handle);
	return result;
}

void watched_map_free(struct watched_map *map)
{
	json_decref(map->keys);
	json_decref(map->page);
	json_decref(map->entries);
}
