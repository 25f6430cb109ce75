/* SPDX-License-Identifier: Apache-2.0 */
/* JSON-RPC 2.0: one request, one reply. */
#include "rpc.h"
#include "frame.h"
#include "text.h"
#include "verbs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	verb_function *run;
} verbs[] = {
    {"initialize", verb_initialize},
    {"workloads/list", verb_workloads_list},
    {"snapshot", verb_snapshot},
    {"iptables/restore", verb_iptables_restore},
    {"bpf/load", verb_bpf_load},
    {"bpf/attach", verb_bpf_attach},
    {"bpf/detach", verb_bpf_detach},
    {"listeners/adopt", verb_listeners_adopt},
    {"connections/list", verb_connections_list},
    {"conntrack/forget", verb_conntrack_forget},
    {"connections/probe", verb_connections_probe},
    {"workload/verify", verb_workload_verify},
    {"switch/apply", verb_switch_apply},
    {"switch/confirm", verb_switch_confirm},
    {"switch/cancel", verb_switch_cancel},
    {"switch/list", verb_switch_list},
    {"switch/recover", verb_switch_recover},
    {"acceleration/start", verb_acceleration_start},
    {"acceleration/stop", verb_acceleration_stop},
    {"programs/measure", verb_programs_measure},
    {"programs/source", verb_programs_source},
    {"residue/list", verb_residue_list},
    {"residue/remove", verb_residue_remove},
    {"maps/dump", verb_maps_dump},
    {"maps/named", verb_maps_named},
    {"maps/update", verb_maps_update},
    {"watch/start", verb_watch_start},
    {"watch/visible", verb_watch_visible},
    {"watch/stop", verb_watch_stop},
    {"trace/start", verb_trace_start},
    {"trace/stop", verb_trace_stop},
};

static void send_message(struct agent *agent, json_t *message)
{
	frame_write(&agent->output, message);
	json_decref(message);
}

static void reply_error(struct agent *agent, json_t *id, const struct failure *failure)
{
	json_t *error =
	    json_pack("{s:i, s:o}", "code", failure->code, "message", string_json(failure->message));

	if (failure->data)
		json_object_set(error, "data", failure->data);
	send_message(agent, json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "error", error));
}

void rpc_refuse(struct agent *agent, int code, const char *message)
{
	struct failure failure = {.code = code, .message = (char *)message};
	json_t *id = json_null();

	reply_error(agent, id, &failure);
}

json_t *rpc_run(struct agent *agent, const char *method, const json_t *params, struct failure *failure)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		json_t *result;

		if (strcmp(verbs[i].name, method) != 0)
			continue;
		result = verbs[i].run(agent, params, failure);
		if (!result && !failure->code) {
			fail(failure, NULL, "%s gave neither a result nor an error", method);
			failure->code = RPC_INTERNAL_ERROR;
		}
		return result;
	}
	fail(failure, NULL, "No such verb: %.64s", method);
	failure->code = RPC_NO_SUCH_VERB;
	return NULL;
}

static void handle_request(struct agent *agent, const char *method, json_t *id, json_t *params)
{
	struct failure failure = {0};
	json_t *none = json_object(), *result;

	result = rpc_run(agent, method, params ? params : none, &failure);
	if (result)
		send_message(agent,
			     json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
	else
		reply_error(agent, id, &failure);
	failure_clear(&failure);
	json_decref(none);
}

void rpc_handle(struct agent *agent, const char *text, size_t length)
{
	json_t *message, *id, *params;
	const char *method;

	message = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (!message) {
		rpc_refuse(agent, RPC_PARSE_ERROR, "The message is not JSON");
		return;
	}
	method = json_string_value(json_object_get(message, "method"));
	id = json_object_get(message, "id");
	params = json_object_get(message, "params");
	if (!method) {
		/* Replies are not for us: the agent asks nothing. */
		if (!json_object_get(message, "result") && !json_object_get(message, "error"))
			rpc_refuse(agent, RPC_INVALID_REQUEST, "The message is not a request");
	} else if (!id) {
		/* A notification, such as $/cancelRequest. The agent knows none, and none may be answered. */
	} else if (!json_is_string(id) && !json_is_number(id) && !json_is_null(id)) {
		rpc_refuse(agent, RPC_INVALID_REQUEST, "The id is neither a string nor a number");
	} else if (params && !json_is_object(params) && !json_is_null(params)) {
		struct failure failure = {.code = RPC_INVALID_PARAMS, .message = "params must be an object"};

		reply_error(agent, id, &failure);
	} else {
		handle_request(agent, method, id, json_is_object(params) ? params : NULL);
	}
	json_decref(message);
}

void notify(struct agent *agent, const char *method, json_t *params)
{
	if (agent->output.length > UNREAD_MAX && !strcmp(method, "log")) {
		json_decref(params);
		return;
	}
	send_message(agent,
		     json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

void log_message(struct agent *agent, const char *level, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	notify(agent, "log", json_pack("{s:s, s:o}", "level", level, "message", string_json(message)));
}
