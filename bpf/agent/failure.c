/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"
#include "memory.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set(struct failure *failure, int code, json_t *data, const char *format, va_list arguments)
{
	char message[1024];

	if (failure->code) {
		json_decref(data);
		return;
	}
	vsnprintf(message, sizeof(message), format, arguments);
	failure->code = code;
	failure->message = xstrdup(message);
	failure->data = data;
}

int fail(struct failure *failure, json_t *data, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set(failure, RPC_FAILED, data, format, arguments);
	va_end(arguments);
	return -1;
}

int fail_params(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set(failure, RPC_INVALID_PARAMS, NULL, format, arguments);
	va_end(arguments);
	return -1;
}

int fail_system(struct failure *failure, const char *call, const char *path)
{
	int error = errno;
	const char *colon = path ? " " : "";

	path = path ? path : "";
	if ((error == EPERM || error == EACCES) && geteuid() != 0)
		return fail(failure, json_pack("{s:s, s:s}", "kind", "not-permitted", "what", call),
			    "%s%s%s: %s. The agent runs as user %u; it needs root", call, colon, path,
			    strerror(error), geteuid());
	return fail(failure,
		    json_pack("{s:s, s:s, s:i, s:o}", "kind", "system", "call", call, "errno", error, "path",
			      *path ? string_json(path) : json_null()),
		    "%s%s%s: %s", call, colon, path, strerror(error));
}

int fail_workload(struct failure *failure, const char *workload)
{
	return fail(failure, json_pack("{s:s, s:s}", "kind", "no-such-workload", "workload", workload),
		    "Workload %s is gone: its network namespace has neither a process nor a name", workload);
}

bool failure_is(const struct failure *failure, const char *kind)
{
	const char *own = json_string_value(json_object_get(failure->data, "kind"));

	return own && !strcmp(own, kind);
}

json_t *failure_json(const struct failure *failure, const char *verb)
{
	/* A failure of JSON-RPC's own kinds has no data: clients know it by its code. */
	json_t *data = failure->data
			   ? json_incref(failure->data)
			   : json_pack("{s:s}", "kind",
				       failure->code == RPC_INVALID_PARAMS ? "wrong-params" : "internal");

	return json_pack("{s:s, s:o, s:o}", "verb", verb, "message", string_json(failure->message), "data",
			 data);
}

void failure_clear(struct failure *failure)
{
	free(failure->message);
	json_decref(failure->data);
	*failure = (struct failure){0};
}
