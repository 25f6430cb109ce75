/* SPDX-License-Identifier: Apache-2.0 */
/* residue/list, residue/remove */
#include "residue.h"
#include "params.h"
#include "switches.h"
#include "verbs.h"

#include <string.h>

json_t *verb_residue_list(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *links = NULL, *files = NULL, *journals = NULL, *residue = NULL;
	struct namespaces all;

	(void)params;
	if (namespaces_scan(agent, &all, failure))
		goto out;
	links = residue_links_json(failure);
	files = links ? residue_files_json(failure) : NULL;
	journals = files ? switches_json(agent, failure) : NULL;
	if (journals)
		residue = json_pack("{s:o, s:O, s:O, s:O}", "pins", residue_pins_json(&all), "links", links,
				    "files", files, "journals", journals);
out:
	json_decref(links);
	json_decref(files);
	json_decref(journals);
	namespaces_free(&all);
	return residue;
}

static bool has(const json_t *list, const char *name, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) if (json_equal(json_object_get(one, name), value)) return true;
	return false;
}

/* Nothing is removed where anything was asked for that is none of ours, or is in use. */
static int check(const json_t *links, const json_t *files, const json_t *listed_links,
		 const json_t *listed_files, struct failure *failure)
{
	const json_t *one;
	size_t i;

	json_array_foreach(links, i, one)
	{
		if (!json_is_integer(one))
			return fail_params(failure, "links must be numbers");
		if (!has(listed_links, "id", one))
			return fail_params(failure, "residue/list names no link %lld: nothing was removed",
					   (long long)json_integer_value(one));
	}
	json_array_foreach(files, i, one)
	{
		if (!json_is_string(one))
			return fail_params(failure, "files must be paths");
		if (!has(listed_files, "path", one))
			return fail_params(failure, "residue/list names no file %.256s: nothing was removed",
					   json_string_value(one));
	}
	return 0;
}

static int remove_all(const json_t *links, const json_t *files, struct failure *failure)
{
	const json_t *one;
	size_t i;

	json_array_foreach(links, i, one)
	{
		if (residue_remove_link((uint32_t)json_integer_value(one), failure))
			return -1;
	}
	json_array_foreach(files, i, one)
	{
		if (residue_remove_file(json_string_value(one), failure))
			return -1;
	}
	return 0;
}

json_t *verb_residue_remove(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *listed_links = NULL, *listed_files = NULL;
	const json_t *links, *files;
	int result = -1;

	(void)agent;
	if (param_array(params, "links", &links, failure) || param_array(params, "files", &files, failure))
		return NULL;
	listed_links = residue_links_json(failure);
	listed_files = listed_links ? residue_files_json(failure) : NULL;
	if (listed_files && !check(links, files, listed_links, listed_files, failure))
		result = remove_all(links, files, failure);
	json_decref(listed_links);
	json_decref(listed_files);
	return result ? NULL : json_object();
}
