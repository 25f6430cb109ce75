/* SPDX-License-Identifier: Apache-2.0 */
#include "map_reuse.h"
#include "map_handle.h"
#include "params.h"

#include <stdint.h>

struct property {
	const char *name;
	__u32 own, there;
};

/* libbpf would take any map, and programs read its values by the object's own layout. */
static int check_shape(const struct bpf_map *map, const struct map_handle *there, struct failure *failure)
{
	const struct property properties[] = {
	    {"type", bpf_map__type(map), there->info.type},
	    {"key size", bpf_map__key_size(map), there->info.key_size},
	    {"value size", bpf_map__value_size(map), there->info.value_size},
	    {"size", bpf_map__max_entries(map), there->info.max_entries},
	    {"flags", bpf_map__map_flags(map), there->info.map_flags},
	};

	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (properties[i].own != properties[i].there)
			return fail(
			    failure,
			    json_pack("{s:s, s:s}", "kind", "map-mismatch", "map", bpf_map__name(map)),
			    "Map %u cannot be used as %s: its %s is %u, not %u", there->info.id,
			    bpf_map__name(map), properties[i].name, properties[i].there, properties[i].own);
	return 0;
}

static int reuse_one(const struct bpf_object *object, const json_t *one, struct failure *failure)
{
	struct map_handle there;
	struct bpf_map *map;
	const char *name;
	json_int_t id;
	int result;

	if (param_string(one, "map", &name, failure) || param_integer(one, "id", 1, UINT32_MAX, &id, failure))
		return -1;
	map = bpf_object__find_map_by_name(object, name);
	if (!map)
		return fail_params(failure, "The object has no map %.64s", name);
	if (map_handle_open(id, &there, failure))
		return -1;
	result = check_shape(map, &there, failure);
	if (!result && bpf_map__reuse_fd(map, there.fd))
		result = fail_system(failure, "reuse a map", name);
	map_handle_close(&there);
	return result;
}

int maps_reuse(const struct bpf_object *object, const json_t *reuse, struct failure *failure)
{
	const json_t *one;
	size_t i;

	json_array_foreach(reuse, i, one) if (reuse_one(object, one, failure)) return -1;
	return 0;
}
