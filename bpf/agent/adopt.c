/* SPDX-License-Identifier: Apache-2.0 */
/* listeners/adopt: takes sockets that listened before the programs were there into their sockmap. */
#include "map_handle.h"
#include "namespaces.h"
#include "params.h"
#include "sockets.h"
#include "verbs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

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

/* Takes descriptor `fd` of the process, if it still is the listener. */
static int take(struct adoption *adoption, const struct tcp_socket *listener, int process, int fd,
		struct failure *failure)
{
	int socket = (int)syscall(SYS_pidfd_getfd, process, fd, 0), result = 0;
	socklen_t length = sizeof(uint64_t);
	uint64_t cookie;

	if (socket < 0)
		return errno == EBADF || errno == ESRCH ? 0 : fail_system(failure, "pidfd_getfd", NULL);
	if (!getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length) && cookie == listener->cookie)
		result = put(adoption, socket, failure);
	close(socket);
	return result;
}

/* The listener that this descriptor is, if it is one. */
static const struct tcp_socket *listener_of(const struct adoption *adoption, int directory, const char *fd)
{
	char target[64];
	ssize_t length = readlinkat(directory, fd, target, sizeof(target) - 1);
	unsigned int inode;

	if (length <= 0)
		return NULL;
	target[length] = 0;
	if (sscanf(target, "socket:[%u]", &inode) != 1)
		return NULL;
	for (size_t i = 0; i < adoption->listener_count; i++)
		if (adoption->listeners[i].inode == inode)
			return &adoption->listeners[i];
	return NULL;
}

static int search_process(struct adoption *adoption, pid_t pid, struct failure *failure)
{
	char *path = xasprintf("/proc/%d/fd", pid);
	DIR *directory = opendir(path);
	int process = (int)syscall(SYS_pidfd_open, pid, 0), result = 0;
	const struct dirent *entry;

	free(path);
	if (process < 0 && errno != ESRCH)
		result = fail_system(failure, "pidfd_open", NULL);
	while (!result && process >= 0 && directory && (entry = readdir(directory))) {
		const struct tcp_socket *listener =
		    isdigit((unsigned char)entry->d_name[0])
			? listener_of(adoption, dirfd(directory), entry->d_name)
			: NULL;

		if (listener && !is_in_map(adoption, listener->cookie))
			result = take(adoption, listener, process, atoi(entry->d_name), failure);
	}
	if (process >= 0)
		close(process);
	if (directory)
		closedir(directory);
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
		result = search_process(&adoption, workload.self->processes[i].pid, failure);
	map_handle_close(&adoption.map);
out:
	free(adoption.listeners);
	workload_close(&workload);
	return result ? NULL : json_pack("{s:I}", "adopted", adoption.adopted);
}
