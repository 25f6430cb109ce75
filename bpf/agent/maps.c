/* SPDX-License-Identifier: Apache-2.0 */
/* maps/dump, maps/named, maps/update */
#include "btf_json.h"
#include "inventory.h"
#include "map_entries.h"
#include "memory.h"
#include "namespaces.h"
#include "params.h"
#include "text.h"
#include "verbs.h"

#include <stdlib.h>

#define LIMIT_MAX 10000

/* The values of an object, in its order. */
static json_t *values_of(json_t *object)
{
	json_t *list = json_array(), *value;
	const char *key;

	json_object_foreach(object, key, value) json_array_append(list, value);
	return list;
}

static json_t *key_type_json(const struct map_handle *map, const struct btf *btf)
{
	/* Its BTF says a file descriptor, which is how user space names a socket to the kernel. */
	if (map->info.type == BPF_MAP_TYPE_SK_STORAGE)
		return json_pack("{s:s, s:s, s:i, s:b}", "kind", "int", "name", "cookie", "size", 8, "signed",
				 0);
	return btf_type_json(btf, map->info.btf_key_type_id);
}

static json_t *page_json(const struct map_handle *map, const struct map_page *page, struct failure *failure)
{
	json_t *info = map_json(map->fd, failure);
	struct btf *btf = map->info.btf_id ? btf__load_from_kernel_by_id(map->info.btf_id) : NULL;
	json_t *json = NULL;

	if (info)
		json = json_pack("{s:o, s:o, s:o, s:o, s:O}", "map", info, "keyType", key_type_json(map, btf),
				 "valueType", btf_type_json(btf, map->info.btf_value_type_id), "entries",
				 values_of(page->entries), "next", page->next);
	btf__free(btf);
	return json;
}

/* Gives NULL with no failure where the request has no cursor. The caller frees it. */
static unsigned char *param_cursor(const json_t *params, const struct map_handle *map,
				   struct failure *failure)
{
	const json_t *hex = json_object_get(params, "cursor");
	unsigned char *cursor;

	if (!hex || json_is_null(hex))
		return NULL;
	cursor = xcalloc(1, map->info.key_size);
	if (json_is_string(hex) &&
	    hex_decode(json_string_value(hex), json_string_length(hex), cursor, map->info.key_size))
		return cursor;
	fail_params(failure, "cursor must be a key of %u bytes in hexadecimal, or null", map->info.key_size);
	free(cursor);
	return NULL;
}

/* One page of an open map as a reply tells it; NULL and `failure` if it cannot be read. */
static json_t *read_page(struct agent *agent, const struct map_handle *map, const void *cursor, size_t limit,
			 struct failure *failure)
{
	struct map_page page;
	json_t *json;

	if (map_page_read(agent, map, cursor, limit, -1, &page, failure))
		return NULL;
	json = page_json(map, &page, failure);
	map_page_free(&page);
	return json;
}

json_t *verb_maps_dump(struct agent *agent, const json_t *params, struct failure *failure)
{
	unsigned char *cursor = NULL;
	json_t *result = NULL;
	struct map_handle map;
	json_int_t limit;

	if (param_integer(params, "limit", 1, LIMIT_MAX, &limit, failure) ||
	    map_handle_open_param(params, &map, failure))
		return NULL;
	cursor = param_cursor(params, &map, failure);
	if (!failure->code)
		result = read_page(agent, &map, cursor, (size_t)limit, failure);
	free(cursor);
	map_handle_close(&map);
	return result;
}

static int check_names(const json_t *names, struct failure *failure)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (!json_is_string(name))
			return fail_params(failure, "names must be names of maps");
	}
	return 0;
}

static bool is_named(const json_t *info, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (json_equal(json_object_get(info, "name"), name))
			return true;
	}
	return false;
}

/* The first page of each of `maps` (MapInfo) whose name is one of `names`. */
static json_t *read_named(struct agent *agent, const json_t *maps, const json_t *names, size_t limit,
			  struct failure *failure)
{
	json_t *pages = json_array();
	const json_t *info;
	size_t i;

	json_array_foreach(maps, i, info)
	{
		struct map_handle map;

		if (!is_named(info, names))
			continue;
		if (map_handle_open(json_integer_value(json_object_get(info, "id")), &map, failure))
			break;
		/* What cannot be read is not appended. */
		json_array_append_new(pages, read_page(agent, &map, NULL, limit, failure));
		map_handle_close(&map);
		if (failure->code)
			break;
	}
	if (!failure->code)
		return pages;
	json_decref(pages);
	return NULL;
}

json_t *verb_maps_named(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct inventory inventory = {0};
	struct workload workload;
	json_t *pages = NULL;
	const json_t *names;
	json_int_t limit;

	if (param_array(params, "names", &names, failure) || check_names(names, failure) ||
	    param_integer(params, "limit", 1, LIMIT_MAX, &limit, failure))
		return NULL;
	if (!workload_open_param(agent, params, &workload, failure) &&
	    !inventory_read(&workload, &inventory, failure))
		pages = read_named(agent, inventory.maps, names, (size_t)limit, failure);
	inventory_free(&inventory);
	workload_close(&workload);
	return pages ? json_pack("{s:o}", "pages", pages) : NULL;
}

json_t *verb_maps_update(struct agent *agent, const json_t *params, struct failure *failure)
{
	const json_t *set, *delete;
	struct map_handle map;
	int result;

	(void)agent;
	if (param_array(params, "set", &set, failure) || param_array(params, "delete", &delete, failure) ||
	    map_handle_open_param(params, &map, failure))
		return NULL;
	result = map_set_all(&map, set, failure) || map_delete_all(&map, delete, failure);
	map_handle_close(&map);
	return result ? NULL : json_object();
}
