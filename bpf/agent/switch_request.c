/* SPDX-License-Identifier: Apache-2.0 */
#include "switch_request.h"
#include "boot.h"
#include "namespaces.h"
#include "params.h"

#include <stdbool.h>
#include <string.h>

#define DEADLINE_MAX 3600
#define DRAIN_MAX (7 * 24 * 3600)

/* What the calls of a switch may be: each does its work whole or not at all, or can be done again. */
static const char *const verbs[] = {
    "iptables/restore", "bpf/load",	    "bpf/attach",      "bpf/detach",	    "listeners/adopt",
    "maps/update",	"conntrack/forget", "workload/verify", "acceleration/stop",
};

/* Of these the `workload` need not be looked at: they take none. */
static bool takes_workload(const char *verb)
{
	return strcmp(verb, "maps/update") != 0;
}

bool call_is_restore(const json_t *call)
{
	return !strcmp(switch_text(call, "verb"), "iptables/restore");
}

const char *switch_text(const json_t *request, const char *name)
{
	return json_string_value(json_object_get(request, name));
}

/* Whether a step was done is known by the table `nat` (nat_digest.h). */
static int check_tables(const char *text, struct failure *failure)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t length;

		line += *line == '\n';
		length = strcspn(line, " \t\r\n");
		if (*line == '*' && (length != strlen("*nat") || strncmp(line, "*nat", length) != 0))
			return fail_params(failure, "A switch writes the table nat alone, not %.*s",
					   (int)length, line);
	}
	return 0;
}

static int check_call(const json_t *call, const char *workload, struct failure *failure)
{
	const char *verb, *own, *text;
	const json_t *params = json_object_get(call, "params");
	bool known = false;

	if (param_string(call, "verb", &verb, failure))
		return -1;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		known = known || !strcmp(verbs[i], verb);
	if (!known)
		return fail_params(failure, "%.64s is no verb for a step of a switch", verb);
	if (!json_is_object(params))
		return fail_params(failure, "params of %s must be an object", verb);
	if (!takes_workload(verb))
		return 0;
	if (param_string(params, "workload", &own, failure))
		return -1;
	if (strcmp(own, workload) != 0)
		return fail_params(failure, "%s is for workload %.24s, not for %s", verb, own, workload);
	if (!call_is_restore(call))
		return 0;
	return param_string(params, "text", &text, failure) || check_tables(text, failure);
}

static bool same_table(const json_t *call, const json_t *other)
{
	const json_t *params = json_object_get(call, "params"), *others = json_object_get(other, "params");

	return json_equal(json_object_get(params, "family"), json_object_get(others, "family")) &&
	       json_equal(json_object_get(params, "backend"), json_object_get(others, "backend"));
}

/* Whether a restore was made is known of the step's own, and so of one that takes back what that did. */
static int check_undo(const json_t *call, const json_t *undo, struct failure *failure)
{
	const json_t *one;
	int restores = 0;
	size_t i;

	json_array_foreach(undo, i, one)
	{
		if (!call_is_restore(one))
			continue;
		if (restores++ || !call_is_restore(call) || !same_table(call, one))
			return fail_params(failure, "Rules are taken back by one restore at the most, of the "
						    "table that the step's own restore wrote to");
	}
	return 0;
}

static int check_step(const json_t *step, const char *workload, bool with_undo, struct failure *failure)
{
	const json_t *undo, *call;
	const char *title;
	size_t i;

	if (param_string(step, "title", &title, failure) ||
	    check_call(json_object_get(step, "call"), workload, failure))
		return -1;
	if (!with_undo)
		return 0;
	if (param_array(step, "undo", &undo, failure))
		return -1;
	json_array_foreach(undo, i, call)
	{
		if (check_call(call, workload, failure))
			return -1;
	}
	return check_undo(json_object_get(step, "call"), undo, failure);
}

static int check_steps(const json_t *request, const char *workload, bool with_undo, struct failure *failure)
{
	const json_t *steps, *step;
	size_t i;

	if (param_array(request, "steps", &steps, failure))
		return -1;
	if (json_array_size(steps) > SWITCH_STEPS_MAX)
		return fail_params(failure, "A switch has at most %d steps", SWITCH_STEPS_MAX);
	json_array_foreach(steps, i, step)
	{
		if (check_step(step, workload, with_undo, failure))
			return -1;
	}
	return 0;
}

static int check_closing(const json_t *request, const char *name, const char *workload,
			 struct failure *failure)
{
	const json_t *closing = json_object_get(request, name), *ports, *port;
	bool origins;
	size_t i;

	if (json_is_null(closing))
		return 0;
	if (!json_is_object(closing))
		return fail_params(failure, "%s must be an object or null", name);
	if (param_array(closing, "ports", &ports, failure) ||
	    param_boolean(closing, "origins", &origins, failure))
		return -1;
	json_array_foreach(ports, i, port)
	{
		if (!json_is_integer(port) || json_integer_value(port) < 1 ||
		    json_integer_value(port) > UINT16_MAX)
			return fail_params(failure, "ports of %s must be numbers from 1 to 65535", name);
	}
	return check_steps(closing, workload, false, failure);
}

int switch_id_check(const char *id, struct failure *failure)
{
	if (strlen(id) == SWITCH_ID_TEXT - 1 && strspn(id, "0123456789abcdef") == SWITCH_ID_TEXT - 1)
		return 0;
	return fail_params(failure, "switch must be 32 lower-case hexadecimal digits");
}

int switch_request_check(const json_t *request, struct failure *failure)
{
	const char *workload, *id, *holder, *title;
	json_int_t deadline, drain;

	if (param_string(request, "workload", &workload, failure) ||
	    param_string(request, "switch", &id, failure) || switch_id_check(id, failure) ||
	    param_string(request, "holder", &holder, failure) ||
	    param_string(request, "title", &title, failure) ||
	    param_integer(request, "deadline", 0, DEADLINE_MAX, &deadline, failure) ||
	    param_integer(request, "drain", 0, DRAIN_MAX, &drain, failure))
		return -1;
	if (!workload_id_valid(workload))
		return fail_params(failure, "workload is not an id of workloads/list: %.64s", workload);
	if (check_steps(request, workload, true, failure) ||
	    check_closing(request, "closing", workload, failure) ||
	    check_closing(request, "undoClosing", workload, failure))
		return -1;
	return 0;
}

int switch_journal_check(const json_t *request, struct failure *failure)
{
	json_int_t started;
	const char *boot;

	if (switch_request_check(request, failure) || param_string(request, "boot", &boot, failure) ||
	    param_integer(request, "started", 0, INT64_MAX, &started, failure))
		return -1;
	return strlen(boot) == BOOT_ID_TEXT - 1 ? 0 : fail_params(failure, "boot is no id of a boot");
}
