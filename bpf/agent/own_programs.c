/* SPDX-License-Identifier: Apache-2.0 */
#include "own_programs.h"

#include <linux/types.h>
#include "../programs/layout.h"

#include <string.h>
#include <unistd.h>

enum { SETTINGS, ORIGINS, COUNTERS_MAP, SHAPES = 10 };

/* What may grow from one version to the next has a size of 0 here: any. */
static const struct {
	const char *name;
	enum bpf_map_type type;
	__u32 key_size, value_size;
} shapes[SHAPES] = {
    [SETTINGS] = {"settings", BPF_MAP_TYPE_ARRAY, sizeof(__u32), 0},
    [ORIGINS] = {"origins", BPF_MAP_TYPE_SK_STORAGE, sizeof(int), sizeof(struct origin)},
    [COUNTERS_MAP] = {"counters", BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(__u32), sizeof(__u64)},
    {"port_sets", BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(struct port_set)},
    {"local_ranges", BPF_MAP_TYPE_LPM_TRIE, sizeof(struct range), sizeof(__u8)},
    {"excluded_ranges", BPF_MAP_TYPE_LPM_TRIE, sizeof(struct range), sizeof(__u8)},
    {"included_ranges", BPF_MAP_TYPE_LPM_TRIE, sizeof(struct range), sizeof(__u8)},
    {"excluded_peers", BPF_MAP_TYPE_LPM_TRIE, sizeof(struct range), sizeof(__u8)},
    {"handover", BPF_MAP_TYPE_HASH, sizeof(struct connection), sizeof(struct origin)},
    {"listeners", BPF_MAP_TYPE_SOCKMAP, sizeof(__u32), sizeof(__u64)},
};

/* Which of them a map has; SHAPES: none. */
static size_t shape_of(__u32 id)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int map = bpf_map_get_fd_by_id(id), failed;

	if (map < 0)
		return SHAPES;
	failed = bpf_obj_get_info_by_fd(map, &info, &length);
	close(map);
	for (size_t i = 0; !failed && i < SHAPES; i++)
		if (!strcmp(info.name, shapes[i].name) && info.type == shapes[i].type &&
		    info.key_size == shapes[i].key_size &&
		    (!shapes[i].value_size || info.value_size == shapes[i].value_size))
			return i;
	return SHAPES;
}

static bool maps_are_ours(const __u32 *ids, __u32 count)
{
	unsigned int seen = 0;

	for (__u32 i = 0; i < count; i++)
		seen |= 1U << shape_of(ids[i]);
	return !(seen & 1U << SHAPES) && seen & 1U << COUNTERS_MAP && seen & (1U << SETTINGS | 1U << ORIGINS);
}

bool program_is_ours(__u32 program, const struct hook *hook)
{
	__u32 maps[SHAPES] = {0};
	struct bpf_prog_info info = {.nr_map_ids = SHAPES, .map_ids = (__u64)(unsigned long)maps};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program), failed;

	if (fd < 0)
		return false;
	failed = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	/* The kernel says how many there are, and fills in as many as fit. */
	return !failed && info.nr_map_ids <= SHAPES && !strcmp(info.name, hook->name) &&
	       info.type == hook->program && maps_are_ours(maps, info.nr_map_ids);
}
