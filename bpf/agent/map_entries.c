/* SPDX-License-Identifier: Apache-2.0 */
#include "map_entries.h"
#include "memory.h"
#include "socket_names.h"
#include "socket_storage.h"
#include "text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own code for what a map type does not do; not for user space, but told to it. */
#define KERNEL_ENOTSUPP 524
/* A page ends early when its values are this long. */
#define PAGE_BYTES_MAX (4 * 1024 * 1024)

struct walk {
	const struct map_handle *map;
	unsigned char *key, *value;
	size_t bytes;
};

static bool is_sockets(const struct map_handle *map)
{
	return map->info.type == BPF_MAP_TYPE_SOCKMAP || map->info.type == BPF_MAP_TYPE_SOCKHASH;
}

/* Adds the entry of the key that the walk is at, unless it has gone. */
static int add_entry(struct walk *walk, json_t *entries, const char *hex_key, struct failure *failure)
{
	size_t length = walk->map->value_length;

	if (bpf_map_lookup_elem(walk->map->fd, walk->key, walk->value)) {
		if (errno == ENOENT)
			return 0;
		/* There is an entry, but its value is not for user space: 4-byte sockmaps, program arrays. */
		if (errno != ENOSPC && errno != EOPNOTSUPP && errno != KERNEL_ENOTSUPP && errno != EINVAL)
			return fail_system(failure, "BPF_MAP_LOOKUP_ELEM", walk->map->info.name);
		length = 0;
	}
	walk->bytes += length + walk->map->info.key_size;
	json_object_set_new_nocheck(
	    entries, hex_key,
	    json_pack("{s:s, s:o}", "key", hex_key, "value", hex_json(walk->value, length)));
	return 0;
}

/* 1: there is a next key, now in walk->key; 0: the end; -1: failed. */
static int next_key(struct walk *walk, bool first, struct failure *failure)
{
	if (!bpf_map_get_next_key(walk->map->fd, first ? NULL : walk->key, walk->key))
		return 1;
	if (errno == ENOENT || errno == EINVAL || errno == EOPNOTSUPP || errno == KERNEL_ENOTSUPP)
		return 0;
	return fail_system(failure, "BPF_MAP_GET_NEXT_KEY", walk->map->info.name);
}

/*
 * Hash tables begin again at the start when the key that was walked from has been deleted meanwhile: keys
 * seen before are passed over, and the number of steps has an end.
 */
static int walk_keys(struct walk *walk, bool from_start, size_t limit, struct map_page *page,
		     struct failure *failure)
{
	size_t steps_left = limit + 2UL * walk->map->info.max_entries;
	int more = next_key(walk, from_start, failure);

	while (more > 0 && steps_left--) {
		json_t *hex = hex_json(walk->key, walk->map->info.key_size);
		const char *key = json_string_value(hex);
		bool seen = json_object_get(page->entries, key);
		bool full =
		    !seen && (json_object_size(page->entries) >= limit || walk->bytes > PAGE_BYTES_MAX);
		int result = seen || full ? 0 : add_entry(walk, page->entries, key, failure);

		if (!seen && !full && !result) {
			json_decref(page->next);
			page->next = json_incref(hex);
		}
		json_decref(hex);
		if (result)
			return -1;
		if (full)
			return 0; /* page->next is the last key that was taken. */
		more = next_key(walk, false, failure);
	}
	json_decref(page->next);
	page->next = json_null();
	return more < 0 ? -1 : 0;
}

static int read_keys(const struct map_handle *map, const void *cursor, size_t limit, struct map_page *page,
		     struct failure *failure)
{
	struct walk walk = {
	    .map = map, .key = xcalloc(1, map->info.key_size), .value = xcalloc(1, map->value_length)};
	int result;

	if (cursor)
		memcpy(walk.key, cursor, map->info.key_size);
	result = walk_keys(&walk, !cursor, limit, page, failure);
	free(walk.key);
	free(walk.value);
	return result;
}

int map_page_read(struct agent *agent, const struct map_handle *map, const void *cursor, size_t limit,
		  int netns, struct map_page *page, struct failure *failure)
{
	int result;

	*page = (struct map_page){.entries = json_object(), .next = json_null()};
	if (map->info.type == BPF_MAP_TYPE_SK_STORAGE)
		result = socket_storage_read(agent, map, netns, page->entries, failure);
	else
		result = read_keys(map, cursor, limit, page, failure);
	if (!result && is_sockets(map))
		result = socket_names_add(agent, page->entries, netns, failure);
	if (result)
		map_page_free(page);
	return result;
}

size_t map_key_length(const struct map_handle *map)
{
	return map->info.type == BPF_MAP_TYPE_SK_STORAGE ? sizeof(uint64_t) : map->info.key_size;
}

/* Of all stored things those of these sockets: there is no asking for one. */
static int pick_stored(struct agent *agent, const struct map_handle *map, const json_t *keys, int netns,
		       json_t *found, struct failure *failure)
{
	json_t *all = json_object(), *hex, *entry;
	int result = socket_storage_read(agent, map, netns, all, failure);
	size_t i;

	json_array_foreach(keys, i, hex)
	{
		entry = json_object_get(all, json_string_value(hex));
		if (entry)
			json_object_set(found, json_string_value(hex), entry);
	}
	json_decref(all);
	return result;
}

static int pick_keys(const struct map_handle *map, const json_t *keys, json_t *found, struct failure *failure)
{
	struct walk walk = {
	    .map = map, .key = xcalloc(1, map->info.key_size), .value = xcalloc(1, map->value_length)};
	int result = 0;
	json_t *hex;
	size_t i;

	json_array_foreach(keys, i, hex)
	{
		if (!hex_decode(json_string_value(hex), json_string_length(hex), walk.key,
				map->info.key_size))
			continue;
		result = add_entry(&walk, found, json_string_value(hex), failure);
		if (result)
			break;
	}
	free(walk.key);
	free(walk.value);
	return result;
}

/* Those that are not among `entries`. */
static json_t *keys_beside(const json_t *keys, const json_t *entries)
{
	json_t *beside = json_array(), *hex;
	size_t i;

	json_array_foreach(keys, i, hex) if (!json_object_get(entries, json_string_value(hex)))
	    json_array_append(beside, hex);
	return beside;
}

int map_keys_read(struct agent *agent, const struct map_handle *map, const json_t *keys, int netns,
		  json_t *entries, struct failure *failure)
{
	json_t *beside = keys_beside(keys, entries), *found = json_object();
	int result = 0;

	if (json_array_size(beside) && map->info.type == BPF_MAP_TYPE_SK_STORAGE)
		result = pick_stored(agent, map, beside, netns, found, failure);
	else
		result = pick_keys(map, beside, found, failure);
	if (!result && json_object_size(found) && is_sockets(map))
		result = socket_names_add(agent, found, netns, failure);
	json_object_update(entries, found);
	json_decref(beside);
	json_decref(found);
	return result;
}

void map_page_free(struct map_page *page)
{
	json_decref(page->entries);
	json_decref(page->next);
}
