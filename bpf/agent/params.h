/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request's params. Each returns 0, or -1 with `failure` filled (-32602, naming the field). */
#pragma once

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>

/* The string stays the request's. It has no zero byte inside: the parser refuses those. */
int param_string(const json_t *params, const char *name, const char **value, struct failure *failure);
int param_integer(const json_t *params, const char *name, json_int_t least, json_int_t most,
		  json_int_t *value, struct failure *failure);
int param_boolean(const json_t *params, const char *name, bool *value, struct failure *failure);
/* An array; the reference stays the request's. */
int param_array(const json_t *params, const char *name, const json_t **value, struct failure *failure);
/* A string that is one of `choices`. */
int param_choice(const json_t *params, const char *name, const char *const *choices, size_t count,
		 size_t *chosen, struct failure *failure);
