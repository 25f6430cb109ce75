/* SPDX-License-Identifier: Apache-2.0 */
/* listeners/adopt: takes sockets that listened before the programs were there into their sockmap. */
#include "descriptors.h"
#include "map_handle.h"
#include "namespaces.h"
#include "params.h"
#include "sockets.h"
#include "verbs.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

struct adoption {
	struct map_handle map;
	json_int_t port, first, count;
	struct tcp_socket *listeners;
	size_t listener_count;
	json_int_t adopted;
};

static void collect(const struct tcp_socket *socket, void *context)
{
	struct adoption *adoption = context;

	if (socket->local_port != adoption->port)
		return;
	adoption->listeners =
	    xappend(adoption->listeners, &adoption->listener_count, sizeof(*adoption->listeners));
	adoption->listeners[adoption->listener_count - 1] = *socket;
}

/* The cookie of the socket in a slot; 0 if the slot is free. */
static uint64_t slot_cookie(const struct adoption *adoption, json_int_t slot)
{
	uint32_t key = (uint32_t)slot;
	uint64_t cookie = 0;

	return bpf_map_lookup_elem(adoption->map.fd, &key, &cookie) ? 0 : cookie;
}

static bool is_in_map(const struct adoption *adoption, uint64_t cookie)
{
	for (json_int_t slot = adoption->first; slot < adoption->first + adoption->count; slot++)
		if (slot_cookie(adoption, slot) == cookie)
			return true;
	return false;
}

static int put(struct adoption *adoption, int socket, struct failure *failure)
{
	for (json_int_t slot = adoption->first; slot < adoption->first + adoption->count; slot++) {
		uint32_t key = (uint32_t)slot;
		uint64_t value = (uint64_t)socket;

		if (!bpf_map_update_elem(adoption->map.fd, &key, &value, BPF_NOEXIST)) {
			adoption->adopted++;
			return 0;
		}
		if (errno != EEXIST)
			return fail_system(failure, "BPF_MAP_UPDATE_ELEM", adoption->map.info.name);
	}
	errno = ENOSPC;
	return fail_system(failure, "BPF_MAP_UPDATE_ELEM", adoption->map.info.name);
}

static const struct tcp_socket *listener_of(const struct adoption *adoption, uint32_t inode)
{
	for (size_t i = 0; i < adoption->listener_count; i++)
		if (adoption->listeners[i].inode == inode)
			return &adoption->listeners[i];
	return NULL;
}

/* Takes the socket, if it is a listener that is not in the map yet. */
static int take(const struct held_socket *held, void *context, struct failure *failure)
{
	struct adoption *adoption = context;
	const struct tcp_socket *listener = listener_of(adoption, held->inode);
	int socket, result;

	if (!listener || is_in_map(adoption, listener->cookie))
		return 0;
	if (descriptor_take(held, listener->cookie, &socket, failure))
		return -1;
	if (socket < 0)
		return 0;
	result = put(adoption, socket, failure);
	close(socket);
	return result;
}

static int read_params(const json_t *params, struct adoption *adoption, struct failure *failure)
{
	const json_t *slots = json_object_get(params, "slots");

	if (!json_is_object(slots))
		return fail_params(failure, "slots must be an object");
	if (param_integer(params, "port", 1, UINT16_MAX, &adoption->port, failure) ||
	    param_integer(slots, "first", 0, UINT16_MAX, &adoption->first, failure) ||
	    param_integer(slots, "count", 1, UINT16_MAX, &adoption->count, failure) ||
	    map_handle_open_param(params, &adoption->map, failure))
		return -1;
	if (adoption->map.info.type == BPF_MAP_TYPE_SOCKMAP &&
	    adoption->map.info.value_size == sizeof(uint64_t))
		return 0;
	map_handle_close(&adoption->map);
	return fail_params(failure, "map must be a sockmap with values of 8 bytes");
}

json_t *verb_listeners_adopt(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct adoption adoption = {0};
	struct workload workload;
	int result = -1;

	if (workload_open_param(agent, params, &workload, failure) || read_params(params, &adoption, failure))
		goto out;
	result = sockets_visit(agent, workload.netns, 1 << TCP_LISTEN, collect, &adoption, failure);
	for (size_t i = 0; !result && adoption.listener_count && i < workload.self->process_count; i++)
		result = descriptors_visit(workload.self->processes[i].pid, take, &adoption, failure);
	map_handle_close(&adoption.map);
out:
	free(adoption.listeners);
	workload_close(&workload);
	return result ? NULL : json_pack("{s:I}", "adopted", adoption.adopted);
}
