/* SPDX-License-Identifier: Apache-2.0 */
#include "acceleration_set.h"
#include "acceleration_links.h"
#include "memory.h"
#include "objects.h"
#include "pins.h"

#include <linux/types.h>
#include "../programs/layout.h"
#include "../programs/acceleration.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const maps[] = {"workloads", "ends", "offers", "sockets"};
#define MAPS (sizeof(maps) / sizeof(*maps))
#define JOIN "join"
#define MESSAGES "accelerate"

/* The caller frees it. `made` is what is being made: it gets its name when it is whole. */
static char *directory_path(const char *bpffs, bool made)
{
	return xasprintf("%s/mesh-redirect/acceleration%s", bpffs, made ? "" : "-new");
}

int acceleration_set_lock(const char *bpffs)
{
	int root = open(bpffs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (root >= 0 && flock(root, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		close(root);
		root = -1;
	}
	return root;
}

static int open_pin(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	int fd = bpf_obj_get(path);

	free(path);
	return fd;
}

static void remove_directory(const char *directory)
{
	for (size_t i = 0; i <= MAPS; i++) {
		char *path = xasprintf("%s/%s", directory, i < MAPS ? maps[i] : JOIN);

		unlink(path);
		free(path);
	}
	rmdir(directory);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void acceleration_set_close(struct acceleration_set *set)
{
	close_one(&set->join);
	close_one(&set->workloads);
	close_one(&set->sockets);
}

bool acceleration_set_open(const char *bpffs, struct acceleration_set *set)
{
	char *directory = directory_path(bpffs, true);

	set->join = open_pin(directory, JOIN);
	set->workloads = open_pin(directory, "workloads");
	set->sockets = open_pin(directory, "sockets");
	free(directory);
	return set->join >= 0 && set->workloads >= 0 && set->sockets >= 0;
}

static int pin(int fd, const char *directory, const char *name, struct failure *failure)
{
	char *path = xasprintf("%s/%s", directory, name);
	int result = bpf_obj_pin(fd, path) ? fail_system(failure, "BPF_OBJ_PIN", path) : 0;

	free(path);
	return result;
}

static int attach_messages(const struct bpf_object *object, struct failure *failure)
{
	int program = bpf_program__fd(bpf_object__find_program_by_name(object, MESSAGES));
	int sockets = bpf_map__fd(bpf_object__find_map_by_name(object, "sockets"));

	if (!bpf_prog_attach(program, sockets, BPF_SK_MSG_VERDICT, 0))
		return 0;
	return fail(
	    failure,
	    json_pack("{s:s, s:s, s:i}", "kind", "bpf-attach-failed", "hook", "sk_msg", "errno", errno),
	    "The kernel refused to attach sk_msg: %s", strerror(errno));
}

static int pin_all(const struct bpf_object *object, const char *directory, struct failure *failure)
{
	const struct bpf_program *join = bpf_object__find_program_by_name(object, JOIN);

	if (mkdir(directory, 0700))
		return fail_system(failure, "mkdir", directory);
	for (size_t i = 0; i < MAPS; i++) {
		const struct bpf_map *map = bpf_object__find_map_by_name(object, maps[i]);

		if (!map)
			return fail_params(failure, "The object has no map %s", maps[i]);
		if (pin(bpf_map__fd(map), directory, maps[i], failure))
			return -1;
	}
	if (!join || !bpf_object__find_program_by_name(object, MESSAGES))
		return fail_params(failure, "The object has not the programs of acceleration");
	return pin(bpf_program__fd(join), directory, JOIN, failure);
}

/* Whole or not at all: it is made beside, and then gets its name. */
static int make(const char *bpffs, const json_t *params, struct failure *failure)
{
	char *beside = directory_path(bpffs, false), *directory = directory_path(bpffs, true);
	struct bpf_object *object = object_load(params, NULL, failure);
	int result = -1;

	if (object && !pin_all(object, beside, failure) && !attach_messages(object, failure)) {
		remove_directory(directory);
		result = rename(beside, directory) ? fail_system(failure, "rename", directory) : 0;
	}
	if (result)
		remove_directory(beside);
	bpf_object__close(object);
	free(directory);
	free(beside);
	return result;
}

/* The same sizes as in this agent's version: what it was loaded from may have been another's. */
static int check_shape(int map, const char *name, size_t key, size_t value, struct failure *failure)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &length))
		return fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", name);
	if (info.key_size == key && info.value_size == value)
		return 0;
	return fail(failure, json_pack("{s:s, s:s}", "kind", "map-mismatch", "map", name),
		    "Connections that another version of Mesh Redirect accelerated are still open");
}

int acceleration_set_require(const char *bpffs, const json_t *params, struct acceleration_set *set,
			     struct failure *failure)
{
	acceleration_set_release(bpffs);
	if (!acceleration_set_open(bpffs, set)) {
		acceleration_set_close(set);
		if (make(bpffs, params, failure))
			return -1;
		if (!acceleration_set_open(bpffs, set))
			return fail_system(failure, "BPF_OBJ_GET", "acceleration");
	}
	if (check_shape(set->workloads, "workloads", sizeof(__u64), sizeof(struct acceleration_counts),
			failure))
		return -1;
	return check_shape(set->sockets, "sockets", sizeof(struct end_name), sizeof(__u64), failure);
}

static bool is_empty(int map)
{
	struct end_name key; /* the larger of the two maps' keys */

	return bpf_map_get_next_key(map, NULL, &key) && errno == ENOENT;
}

/* A workload whose links are gone without a word, or whose start was cut off, does not keep the set. */
static void forget_unlinked(const char *bpffs, const struct acceleration_set *set)
{
	__u64 cookie, next;
	bool more = !bpf_map_get_next_key(set->workloads, NULL, &next);

	while (more) {
		char id[24];

		cookie = next;
		more = !bpf_map_get_next_key(set->workloads, &cookie, &next);
		snprintf(id, sizeof(id), "c%llu", (unsigned long long)cookie);
		if (!acceleration_links_count(bpffs, id))
			bpf_map_delete_elem(set->workloads, &cookie);
	}
}

void acceleration_set_release(const char *bpffs)
{
	char *beside = directory_path(bpffs, false), *directory = directory_path(bpffs, true);
	struct acceleration_set set;
	bool there = acceleration_set_open(bpffs, &set);

	remove_directory(beside); /* of an agent that was killed */
	if (there)
		forget_unlinked(bpffs, &set);
	if (!there || (is_empty(set.workloads) && is_empty(set.sockets)))
		remove_directory(directory);
	acceleration_set_close(&set);
	free(directory);
	free(beside);
}

size_t acceleration_set_sockets(const struct acceleration_set *set)
{
	struct end_name key, next;
	size_t count = 0;

	for (const void *from = NULL; !bpf_map_get_next_key(set->sockets, from, &next); from = &key) {
		key = next;
		count++;
	}
	return count;
}
