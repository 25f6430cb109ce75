/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/load */
#include "loads.h"
#include "map_handle.h"
#include "objects.h"
#include "params.h"
#include "text.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

static void load_free(struct load *load)
{
	bpf_object__close(load->object);
	free(load);
}

const struct load *load_find(const struct agent *agent, const char *workload, const char *id,
			     struct failure *failure)
{
	for (const struct load *load = agent->loads; load; load = load->next)
		if (!strcmp(load->id, id) && !strcmp(load->workload, workload))
			return load;
	fail(failure, json_pack("{s:s, s:s}", "kind", "no-such-load", "load", id),
	     "Nothing is loaded as %.32s for workload %s", id, workload);
	return NULL;
}

/* Keeps the loads that `keep` says yes to, newest first. */
static void prune(struct agent *agent, bool (*keep)(const struct load *, void *), void *context)
{
	struct load **at = &agent->loads;

	while (*at) {
		struct load *load = *at;

		if (keep(load, context)) {
			at = &load->next;
			continue;
		}
		*at = load->next;
		load_free(load);
	}
}

static bool is_listed(const struct load *load, void *all)
{
	return namespaces_find(all, load->workload) != NULL;
}

void loads_keep_only(struct agent *agent, const struct namespaces *all)
{
	prune(agent, is_listed, (void *)all);
}

static bool is_none(const struct load *load, void *context)
{
	(void)load;
	(void)context;
	return false;
}

void loads_free(struct agent *agent)
{
	prune(agent, is_none, NULL);
}

struct newest {
	const char *workload;
	int seen;
};

static bool is_among_newest(const struct load *load, void *context)
{
	struct newest *newest = context;

	return strcmp(load->workload, newest->workload) != 0 || ++newest->seen <= LOADS_KEPT;
}

static int fill_maps(const struct bpf_object *object, const json_t *maps, struct failure *failure)
{
	const json_t *one, *entries;
	struct map_handle handle;
	const char *name;
	size_t i;

	json_array_foreach(maps, i, one)
	{
		const struct bpf_map *map;

		if (param_string(one, "map", &name, failure) ||
		    param_array(one, "entries", &entries, failure))
			return -1;
		map = bpf_object__find_map_by_name(object, name);
		if (!map)
			return fail_params(failure, "The object has no map %.64s", name);
		if (map_handle_of(bpf_map__fd(map), &handle, failure) ||
		    map_set_all(&handle, entries, failure))
			return -1;
	}
	return 0;
}

static json_t *programs_json(const struct bpf_object *object, struct failure *failure)
{
	json_t *list = json_array();
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = {0};
		__u32 length = sizeof(info);
		json_t *tag;

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length)) {
			fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
			json_decref(list);
			return NULL;
		}
		tag = hex_json(info.tag, sizeof(info.tag));
		json_array_append_new(list, json_pack("{s:o, s:I, s:o}", "name",
						      string_json(bpf_program__name(program)), "id",
						      (json_int_t)info.id, "tag", tag));
	}
	return list;
}

static json_t *maps_json(const struct bpf_object *object, struct failure *failure)
{
	json_t *list = json_array();
	struct map_handle handle;
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (map_handle_of(bpf_map__fd(map), &handle, failure)) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, json_pack("{s:o, s:I}", "name", string_json(bpf_map__name(map)),
						      "id", (json_int_t)handle.info.id));
	}
	return list;
}

static const struct load *keep_load(struct agent *agent, const char *workload, struct bpf_object *object)
{
	struct load *load = xcalloc(1, sizeof(*load));
	struct newest newest = {.workload = load->workload};

	snprintf(load->id, sizeof(load->id), "l%u", ++agent->last_load);
	snprintf(load->workload, sizeof(load->workload), "%s", workload);
	load->object = object;
	load->next = agent->loads;
	agent->loads = load;
	prune(agent, is_among_newest, &newest);
	return load;
}

json_t *verb_bpf_load(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *programs = NULL, *filled = NULL, *result = NULL;
	struct bpf_object *object = NULL;
	struct workload workload;
	const json_t *maps, *reuse;

	if (workload_open_param(agent, params, &workload, failure) ||
	    param_array(params, "maps", &maps, failure))
		goto out;
	reuse = json_object_get(params, "reuse");
	if (reuse && param_array(params, "reuse", &reuse, failure))
		goto out;
	object = object_load(params, reuse, failure);
	if (!object || fill_maps(object, maps, failure))
		goto out;
	programs = programs_json(object, failure);
	filled = programs ? maps_json(object, failure) : NULL;
	if (!filled)
		goto out;
	result = json_pack("{s:s, s:O, s:O}", "load", keep_load(agent, workload.self->id, object)->id,
			   "programs", programs, "maps", filled);
	object = NULL;
out:
	json_decref(programs);
	json_decref(filled);
	bpf_object__close(object);
	workload_close(&workload);
	return result;
}
