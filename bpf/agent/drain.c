/* SPDX-License-Identifier: Apache-2.0 */
#include "drain.h"
#include "namespaces.h"
#include "sockets.h"
#include "switch_calls.h"
#include "switch_request.h"

#include <string.h>

struct count {
	const json_t *ports;
	json_int_t found;
};

static bool is_loopback(const struct tcp_socket *socket)
{
	char text[INET6_ADDRSTRLEN];

	return address_text(socket->family, &socket->remote, text) == AF_INET ? !strncmp(text, "127.", 4)
									      : !strcmp(text, "::1");
}

static void count_socket(const struct tcp_socket *socket, void *context)
{
	struct count *count = context;
	const json_t *port;
	size_t i;

	json_array_foreach(count->ports, i, port)
	{
		if (json_integer_value(port) == socket->local_port && !is_loopback(socket))
			count->found++;
	}
}

int drain_count(struct agent *agent, const char *workload, const json_t *closing, struct steered *steered,
		json_int_t *remaining, struct failure *failure)
{
	struct count count = {.ports = json_object_get(closing, "ports")};
	struct workload opened;
	int result = workload_open(agent, workload, &opened, failure);

	if (!result && json_array_size(count.ports))
		result = sockets_visit(agent, opened.netns, TCP_OPEN_STATES, count_socket, &count, failure);
	if (!result && json_is_true(json_object_get(closing, "origins")))
		result = drain_origins(agent, workload, opened.netns, steered, &count.found, failure);
	workload_close(&opened);
	*remaining = count.found;
	return result;
}

int drain_close(struct agent *agent, const json_t *closing, const char **verb, struct failure *failure)
{
	const json_t *steps = json_object_get(closing, "steps"), *step;
	struct loaded loaded = {0};
	size_t i;

	json_array_foreach(steps, i, step)
	{
		const json_t *call = json_object_get(step, "call");
		struct failure own = {0}, *into = failure->code ? &own : failure;

		/* None needs another: what can be done is done. */
		if (call_make(agent, call, &loaded, into) && into == failure)
			*verb = switch_text(call, "verb");
		failure_clear(&own);
	}
	loaded_free(&loaded);
	return failure->code ? -1 : 0;
}
