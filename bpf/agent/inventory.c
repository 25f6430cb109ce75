/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and maps, by id. */
#include "inventory.h"
#include "acceleration.h"
#include "text.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *or_unknown(const char *name)
{
	return name ? name : "unknown";
}

/* What the kernel charges for a map is told only in /proc (bpf_map_show_fdinfo). */
static json_int_t charged_bytes(int map)
{
	char path[64], line[256];
	long long bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %lld", &bytes) == 1)
			break;
	if (file)
		fclose(file);
	return bytes;
}

json_t *map_json(int map, struct failure *failure)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &length)) {
		fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
		return NULL;
	}
	return json_pack("{s:I, s:o, s:s, s:I, s:I, s:I, s:I}", "id", (json_int_t)info.id, "name",
			 string_json(info.name), "type", or_unknown(libbpf_bpf_map_type_str(info.type)),
			 "keySize", (json_int_t)info.key_size, "valueSize", (json_int_t)info.value_size,
			 "maxEntries", (json_int_t)info.max_entries, "memory", charged_bytes(map));
}

static json_t *program_json(const struct bpf_prog_info *info, const __u32 *maps)
{
	char tag[2 * BPF_TAG_SIZE + 1];
	json_t *ids = json_array();

	for (int i = 0; i < BPF_TAG_SIZE; i++)
		snprintf(tag + 2 * i, 3, "%02x", info->tag[i]);
	for (__u32 i = 0; i < info->nr_map_ids; i++)
		json_array_append_new(ids, json_integer(maps[i]));
	return json_pack("{s:I, s:o, s:s, s:s, s:I, s:I, s:o, s:I, s:I}", "id", (json_int_t)info->id, "name",
			 string_json(info->name), "type", or_unknown(libbpf_bpf_prog_type_str(info->type)),
			 "tag", tag, "translatedSize", (json_int_t)info->xlated_prog_len, "jitedSize",
			 (json_int_t)info->jited_prog_len, "maps", ids, "runCount", (json_int_t)info->run_cnt,
			 "runTime", (json_int_t)info->run_time_ns);
}

/* NULL without a failure: it has gone meanwhile. */
static json_t *read_program(__u32 id, struct failure *failure)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info), room, *maps = NULL;
	json_t *json = NULL;
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0) {
		if (errno != ENOENT)
			fail_system(failure, "BPF_PROG_GET_FD_BY_ID", NULL);
		return NULL;
	}
	if (!bpf_obj_get_info_by_fd(fd, &info, &length)) {
		room = info.nr_map_ids;
		maps = xcalloc(room, sizeof(*maps));
		info = (struct bpf_prog_info){.nr_map_ids = room, .map_ids = (__u64)(unsigned long)maps};
		length = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &length)) {
			info.nr_map_ids = info.nr_map_ids < room ? info.nr_map_ids : room;
			json = program_json(&info, maps);
		}
	}
	if (!json)
		fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
	free(maps);
	close(fd);
	return json;
}

static bool has_id(const json_t *list, json_int_t id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i,
			   one) if (json_integer_value(json_object_get(one, "id")) == id) return true;
	return false;
}

static int add_map(json_t *maps, __u32 id, struct failure *failure)
{
	json_t *json;
	int fd;

	if (has_id(maps, id))
		return 0;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "BPF_MAP_GET_FD_BY_ID", NULL);
	json = map_json(fd, failure);
	close(fd);
	return json ? json_array_append_new(maps, json) : -1;
}

/* A program and its maps, unless it is there already. */
static int add_program(struct inventory *inventory, __u32 program, struct failure *failure)
{
	const json_t *id;
	json_t *json;
	size_t i;

	if (has_id(inventory->programs, program))
		return 0;
	json = read_program(program, failure);
	if (json)
		json_array_append_new(inventory->programs, json);
	json_array_foreach(json_object_get(json, "maps"), i, id)
	{
		if (add_map(inventory->maps, (__u32)json_integer_value(id), failure))
			return -1;
	}
	return 0;
}

int inventory_read(const struct workload *workload, struct inventory *inventory, struct failure *failure)
{
	__u32 accelerating[ACCELERATION_PROGRAMS];
	const json_t *attachment;
	size_t i, count;

	*inventory = (struct inventory){.attachments = attachments_json(workload, failure),
					.programs = json_array(),
					.maps = json_array()};
	json_array_foreach(inventory->attachments, i, attachment)
	{
		json_int_t program = json_integer_value(json_object_get(attachment, "program"));

		if (add_program(inventory, (__u32)program, failure))
			return -1;
	}
	count = acceleration_programs(workload, accelerating);
	for (i = 0; i < count; i++)
		if (add_program(inventory, accelerating[i], failure))
			return -1;
	return failure->code ? -1 : 0;
}

void inventory_free(struct inventory *inventory)
{
	json_decref(inventory->attachments);
	json_decref(inventory->programs);
	json_decref(inventory->maps);
}
