/* SPDX-License-Identifier: Apache-2.0 */
#include "drain.h"
#include "links.h"
#include "namespaces.h"
#include "origins.h"
#include "sockets.h"
#include "switch_calls.h"
#include "switch_request.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The map `origins` of the program that the link holds: an open one, or -1. */
static int open_origins(int link_fd, struct map_handle *map)
{
	__u32 ids[64], length = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {.nr_map_ids = sizeof(ids) / sizeof(*ids),
				     .map_ids = (__u64)(unsigned long)ids};
	struct failure failure = {0};
	struct link link;
	int program, found = -1;

	if (!link_read(link_fd, &link))
		return -1;
	program = bpf_prog_get_fd_by_id(link.program);
	if (program < 0 || bpf_obj_get_info_by_fd(program, &info, &length))
		info.nr_map_ids = 0;
	for (__u32 i = 0; found && i < info.nr_map_ids && i < sizeof(ids) / sizeof(*ids); i++) {
		if (map_handle_open(ids[i], map, &failure)) {
			failure_clear(&failure);
			continue;
		}
		if (map->info.type == BPF_MAP_TYPE_SK_STORAGE && !strcmp(map->info.name, "origins"))
			found = 0;
		else
			map_handle_close(map);
	}
	if (program >= 0)
		close(program);
	return found;
}

static int count_origins(struct agent *agent, const char *workload, json_int_t *found,
			 struct failure *failure)
{
	char *bpffs = bpffs_mount(), *pin = bpffs ? pin_path(bpffs, workload, "getsockopt") : NULL;
	int link = pin ? bpf_obj_get(pin) : -1, result = 0;
	json_t *entries = json_object();
	struct map_handle map;

	/* Without the program nothing is answered any more, and there is nothing to wait for. */
	if (link >= 0 && !open_origins(link, &map)) {
		result = origins_read(agent, &map, entries, failure);
		map_handle_close(&map);
	}
	*found += (json_int_t)json_object_size(entries);
	json_decref(entries);
	if (link >= 0)
		close(link);
	free(pin);
	free(bpffs);
	return result;
}

int drain_count(struct agent *agent, const char *workload, const json_t *closing, json_int_t *remaining,
		struct failure *failure)
{
	struct count count = {.ports = json_object_get(closing, "ports")};
	struct workload opened;
	int result = workload_open(agent, workload, &opened, failure);

	if (!result && json_array_size(count.ports))
		result = sockets_visit(agent, opened.netns, TCP_OPEN_STATES, count_socket, &count, failure);
	if (!result && json_is_true(json_object_get(closing, "origins")))
		result = count_origins(agent, workload, &count.found, failure);
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
