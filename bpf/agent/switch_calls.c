/* SPDX-License-Identifier: Apache-2.0 */
#include "switch_calls.h"
#include "hooks.h"
#include "namespaces.h"
#include "rpc.h"
#include "switch_request.h"

#include <stdio.h>
#include <string.h>

void loaded_free(struct loaded *loaded)
{
	json_decref(loaded->maps);
	*loaded = (struct loaded){0};
}

static void remember(struct loaded *loaded, const json_t *result)
{
	loaded_free(loaded);
	snprintf(loaded->load, sizeof(loaded->load), "%s", switch_text(result, "load"));
	loaded->maps = json_incref(json_object_get(result, "maps"));
}

static bool refers_to(const json_t *param, const char *what)
{
	const char *ref = json_string_value(json_object_get(param, "ref"));

	return ref && !strcmp(ref, what);
}

static const json_t *map_named(const struct loaded *loaded, const json_t *name)
{
	const json_t *map;
	size_t i;

	json_array_foreach(loaded->maps, i, map)
	{
		if (json_equal(json_object_get(map, "name"), name))
			return json_object_get(map, "id");
	}
	return NULL;
}

/* Puts in what was loaded, where the params refer to it. */
static int resolve(json_t *params, const struct loaded *loaded, struct failure *failure)
{
	const json_t *map = json_object_get(params, "map"), *id;

	if (refers_to(json_object_get(params, "load"), "load")) {
		if (!loaded->maps)
			return fail_params(failure, "A step refers to a load, and none was made before it");
		json_object_set_new(params, "load", json_string(loaded->load));
	}
	if (refers_to(map, "map")) {
		id = map_named(loaded, json_object_get(map, "name"));
		if (!id)
			return fail_params(failure, "A step refers to a map that was not loaded before it");
		json_object_set(params, "map", (json_t *)id);
	}
	return 0;
}

int call_make(struct agent *agent, const json_t *call, struct loaded *loaded, struct failure *failure)
{
	json_t *params = json_copy(json_object_get(call, "params")), *result = NULL;
	const char *verb = switch_text(call, "verb");

	if (!resolve(params, loaded, failure))
		result = rpc_run(agent, verb, params, failure);
	if (result && !strcmp(verb, "bpf/load"))
		remember(loaded, result);
	json_decref(result);
	json_decref(params);
	return failure->code ? -1 : 0;
}

static void remove_pins(struct agent *agent, const char *workload)
{
	json_t *params = json_pack("{s:s, s:[]}", "workload", workload, "hooks");
	struct failure failure = {0};

	for (size_t i = 0; i < HOOKS; i++)
		json_array_append_new(json_object_get(params, "hooks"), json_string(hooks[i].name));
	json_decref(rpc_run(agent, "acceleration/stop", params, &failure));
	json_decref(rpc_run(agent, "bpf/detach", params, &failure));
	if (failure.code)
		log_message(agent, "warn", "cannot remove what was pinned for workload %s: %s", workload,
			    failure.message);
	failure_clear(&failure);
	json_decref(params);
}

bool workload_remains(struct agent *agent, const char *workload)
{
	struct failure failure = {0};
	struct workload opened;
	bool gone =
	    workload_open(agent, workload, &opened, &failure) && failure_is(&failure, "no-such-workload");

	workload_close(&opened);
	failure_clear(&failure);
	if (gone)
		remove_pins(agent, workload);
	return !gone;
}
