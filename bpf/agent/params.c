/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include <string.h>

int param_string(const json_t *params, const char *name, const char **value, struct failure *failure)
{
	*value = json_string_value(json_object_get(params, name));
	return *value ? 0 : fail_params(failure, "%s must be a string", name);
}

int param_integer(const json_t *params, const char *name, json_int_t least, json_int_t most,
		  json_int_t *value, struct failure *failure)
{
	const json_t *given = json_object_get(params, name);

	*value = json_integer_value(given);
	if (!json_is_integer(given) || *value < least || *value > most)
		return fail_params(failure, "%s must be a whole number from %lld to %lld", name,
				   (long long)least, (long long)most);
	return 0;
}

int param_boolean(const json_t *params, const char *name, bool *value, struct failure *failure)
{
	const json_t *given = json_object_get(params, name);

	*value = json_is_true(given);
	return json_is_boolean(given) ? 0 : fail_params(failure, "%s must be true or false", name);
}

int param_array(const json_t *params, const char *name, const json_t **value, struct failure *failure)
{
	*value = json_object_get(params, name);
	return json_is_array(*value) ? 0 : fail_params(failure, "%s must be an array", name);
}

int param_choice(const json_t *params, const char *name, const char *const *choices, size_t count,
		 size_t *chosen, struct failure *failure)
{
	const char *given;

	if (param_string(params, name, &given, failure))
		return -1;
	for (*chosen = 0; *chosen < count; (*chosen)++)
		if (!strcmp(given, choices[*chosen]))
			return 0;
	return fail_params(failure, "%s is not known: %.64s", name, given);
}
