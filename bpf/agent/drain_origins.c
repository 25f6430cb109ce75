/* SPDX-License-Identifier: Apache-2.0 */
#include "drain_origins.h"
#include "links.h"
#include "map_handle.h"
#include "memory.h"
#include "sockets.h"

#include <linux/types.h>
#include "../programs/layout.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One look. */
struct look {
	struct steered *steered;
	json_int_t found;
};

void steered_free(struct steered *steered)
{
	free(steered->cookies);
	*steered = (struct steered){0};
}

static int by_cookie(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/*
 * What comes in after those programs are gone that steer looks to `sockops` as if it had been steered, and it
 * would never come to an end where connections are made all the time: only what is there at the first look
 * counts. A cookie stays the same from the first packet of a connection on.
 */
static void count_steered(struct look *look, uint64_t cookie)
{
	struct steered *steered = look->steered;

	if (!steered->looked) {
		steered->cookies = xappend(steered->cookies, &steered->count, sizeof(*steered->cookies));
		steered->cookies[steered->count - 1] = cookie;
		look->found++;
	} else if (steered->count &&
		   bsearch(&cookie, steered->cookies, steered->count, sizeof(*steered->cookies), by_cookie)) {
		look->found++;
	}
}

/* Steered, and not yet established: without the programs nobody would learn its origin. */
static void count_half_open(const struct tcp_socket *socket, void *look)
{
	count_steered(look, socket->cookie);
}

static void count_origin(const struct tcp_socket *socket, void *context)
{
	struct look *look = context;
	struct origin origin = {.role = ROLE_NONE};

	/* Of programs of another version all count. */
	if (socket->stored_length == sizeof(origin))
		memcpy(&origin, socket->stored, sizeof(origin));
	switch (origin.role) {
	case ROLE_DIRECT: /* Needs no program, and rules bring more of them all the time. */
		break;
	case ROLE_STEERED:
		count_steered(look, socket->cookie);
		break;
	default:
		look->found++;
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

/* Half-open ones first: one that is established in between is seen twice, and not never. */
static int look_at(struct agent *agent, int netns, const struct map_handle *map, struct look *look,
		   struct failure *failure)
{
	return sockets_visit(agent, netns, TCP_HALF_OPEN_STATES, count_half_open, look, failure) ||
		       sockets_visit_stored(agent, netns, TCP_ANY_STATE, map->fd, count_origin, look, failure)
		   ? -1
		   : 0;
}

static void end_look(struct steered *steered, int result)
{
	if (steered->looked)
		return;
	if (result) {
		steered_free(steered);
		return;
	}
	steered->looked = true;
	if (steered->count)
		qsort(steered->cookies, steered->count, sizeof(*steered->cookies), by_cookie);
}

int drain_origins(struct agent *agent, const char *workload, int netns, struct steered *steered,
		  json_int_t *found, struct failure *failure)
{
	char *bpffs = bpffs_mount(), *pin = bpffs ? pin_path(bpffs, workload, "getsockopt") : NULL;
	int link = pin ? bpf_obj_get(pin) : -1, result = 0;
	struct look look = {.steered = steered};
	struct map_handle map;

	/* Without the program nothing is answered any more, and there is nothing to wait for. */
	if (link >= 0 && !open_origins(link, &map)) {
		result = look_at(agent, netns, &map, &look, failure);
		end_look(steered, result);
		map_handle_close(&map);
	}
	*found += look.found;
	if (link >= 0)
		close(link);
	free(pin);
	free(bpffs);
	return result;
}
