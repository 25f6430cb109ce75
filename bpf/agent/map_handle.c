/* SPDX-License-Identifier: Apache-2.0 */
#include "map_handle.h"
#include "memory.h"
#include "params.h"
#include "text.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static size_t value_length(const struct bpf_map_info *info)
{
	switch (info->type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return (info->value_size + 7UL) / 8 * 8 * (size_t)libbpf_num_possible_cpus();
	default:
		return info->value_size;
	}
}

int map_handle_of(int fd, struct map_handle *map, struct failure *failure)
{
	__u32 length = sizeof(map->info);

	*map = (struct map_handle){.fd = fd};
	if (bpf_obj_get_info_by_fd(fd, &map->info, &length))
		return fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
	map->value_length = value_length(&map->info);
	return 0;
}

int map_handle_open(json_int_t id, struct map_handle *map, struct failure *failure)
{
	int fd = bpf_map_get_fd_by_id((__u32)id);

	if (fd < 0 && errno == ENOENT)
		return fail(failure, json_pack("{s:s, s:I}", "kind", "no-such-map", "map", id),
			    "Map %lld is gone", (long long)id);
	if (fd < 0)
		return fail_system(failure, "BPF_MAP_GET_FD_BY_ID", NULL);
	if (!map_handle_of(fd, map, failure))
		return 0;
	close(fd);
	return -1;
}

int map_handle_open_param(const json_t *params, struct map_handle *map, struct failure *failure)
{
	json_int_t id;

	if (param_integer(params, "map", 1, UINT32_MAX, &id, failure))
		return -1;
	return map_handle_open(id, map, failure);
}

void map_handle_close(struct map_handle *map)
{
	close(map->fd);
}

/* Decodes a hexadecimal string of exactly `size` bytes. */
static int decode(const struct map_handle *map, const char *what, const json_t *hex, void *bytes, size_t size,
		  struct failure *failure)
{
	if (json_is_string(hex) && hex_decode(json_string_value(hex), json_string_length(hex), bytes, size))
		return 0;
	return fail_params(failure, "A %s of map %s must be %zu bytes in lower-case hexadecimal", what,
			   map->info.name, size);
}

int map_set_all(const struct map_handle *map, const json_t *entries, struct failure *failure)
{
	unsigned char *key = xcalloc(1, map->info.key_size), *value = xcalloc(1, map->value_length);
	const json_t *entry;
	int result = 0;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		result = decode(map, "key", json_object_get(entry, "key"), key, map->info.key_size, failure);
		if (!result)
			result = decode(map, "value", json_object_get(entry, "value"), value,
					map->value_length, failure);
		if (!result && bpf_map_update_elem(map->fd, key, value, BPF_ANY))
			result = fail_system(failure, "BPF_MAP_UPDATE_ELEM", map->info.name);
		if (result)
			break;
	}
	free(key);
	free(value);
	return result;
}

int map_delete_all(const struct map_handle *map, const json_t *keys, struct failure *failure)
{
	unsigned char *key = xcalloc(1, map->info.key_size);
	const json_t *hex;
	int result = 0;
	size_t i;

	json_array_foreach(keys, i, hex)
	{
		result = decode(map, "key", hex, key, map->info.key_size, failure);
		if (!result && bpf_map_delete_elem(map->fd, key) && errno != ENOENT)
			result = fail_system(failure, "BPF_MAP_DELETE_ELEM", map->info.name);
		if (result)
			break;
	}
	free(key);
	return result;
}
