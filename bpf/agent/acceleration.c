/* SPDX-License-Identifier: Apache-2.0 */
/* acceleration/start and acceleration/stop; docs/acceleration.md says what they are for. */
#include "acceleration.h"
#include "acceleration_links.h"
#include "acceleration_set.h"
#include "links.h"
#include "memory.h"
#include "params.h"
#include "pins.h"
#include "verbs.h"

#include <linux/types.h>
#include "../programs/layout.h"
#include "../programs/acceleration.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The key in `workloads`: an id is "c" and the netns cookie. False for the ids of kernels that have none. */
static bool cookie_of(const char *id, __u64 *cookie)
{
	*cookie = id[0] == 'c' ? strtoull(id + 1, NULL, 10) : 0;
	return id[0] == 'c';
}

/* As the kernel has it: of each CPU. The caller frees it. */
static struct acceleration_counts *new_counts(int *cpus)
{
	*cpus = libbpf_num_possible_cpus();
	return xcalloc((size_t)*cpus, sizeof(struct acceleration_counts));
}

/* From here on its connections join. What was counted before stays. */
static int let_in(const struct acceleration_set *set, __u64 cookie, struct failure *failure)
{
	int cpus, error;
	struct acceleration_counts *counts = new_counts(&cpus);

	error = bpf_map_update_elem(set->workloads, &cookie, counts, BPF_NOEXIST) ? errno : 0;
	free(counts);
	if (!error || error == EEXIST)
		return 0;
	errno = error;
	return fail_system(failure, "BPF_MAP_UPDATE_ELEM", "workloads");
}

json_t *verb_acceleration_start(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct acceleration_set set = {-1, -1, -1};
	struct workload workload;
	json_t *result = NULL;
	int links, lock = -1;
	char *bpffs = NULL;
	__u64 cookie;

	if (workload_open_param(agent, params, &workload, failure))
		goto out;
	if (!cookie_of(workload.self->id, &cookie)) {
		fail_params(failure, "The kernel has no netns cookies to tell workloads apart by");
		goto out;
	}
	bpffs = bpffs_require(failure);
	if (bpffs)
		lock = acceleration_set_lock(bpffs);
	/* The directory of the workload first: it makes the one above. */
	if (!bpffs || pins_make_directory(bpffs, workload.self->id, failure) ||
	    acceleration_set_require(bpffs, params, &set, failure))
		goto out;
	links = acceleration_links_make(agent, bpffs, &workload, set.join, failure);
	if (links >= 0 && !let_in(&set, cookie, failure))
		result = json_pack("{s:i}", "interfaces", links);
	else
		acceleration_links_remove(bpffs, workload.self->id);
out:
	acceleration_set_close(&set);
	if (bpffs && !result) {
		acceleration_set_release(bpffs);
		pins_remove_directory(bpffs, workload.self->id);
	}
	if (lock >= 0)
		close(lock);
	free(bpffs);
	workload_close(&workload);
	return result;
}

/* The workload itself may be gone. */
json_t *verb_acceleration_stop(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct acceleration_set set;
	char *bpffs;
	const char *id;
	__u64 cookie;
	int lock;

	(void)agent;
	if (param_string(params, "workload", &id, failure))
		return NULL;
	if (!workload_id_valid(id)) {
		fail_params(failure, "workload is not an id of workloads/list: %.64s", id);
		return NULL;
	}
	bpffs = bpffs_mount();
	if (!bpffs)
		return json_object();
	lock = acceleration_set_lock(bpffs);
	/* The next message of every connection takes TCP, and none joins. */
	if (acceleration_set_open(bpffs, &set) && cookie_of(id, &cookie) &&
	    bpf_map_delete_elem(set.workloads, &cookie) && errno != ENOENT)
		fail_system(failure, "BPF_MAP_DELETE_ELEM", "workloads");
	acceleration_set_close(&set);
	acceleration_links_remove(bpffs, id);
	acceleration_set_release(bpffs);
	pins_remove_directory(bpffs, id);
	if (lock >= 0)
		close(lock);
	free(bpffs);
	return failure->code ? NULL : json_object();
}

/* NULL: the workload is not accelerated. The caller frees it. */
static struct acceleration_counts *read_counts(const struct acceleration_set *set, const char *id)
{
	int cpus;
	struct acceleration_counts *counts = new_counts(&cpus);
	__u64 cookie;

	if (cookie_of(id, &cookie) && !bpf_map_lookup_elem(set->workloads, &cookie, counts)) {
		for (int i = 1; i < cpus; i++)
			for (size_t j = 0; j < sizeof(*counts) / sizeof(__u64); j++)
				((__u64 *)counts)[j] += ((const __u64 *)(counts + i))[j];
		return counts;
	}
	free(counts);
	return NULL;
}

size_t acceleration_programs(const struct workload *workload, __u32 ids[ACCELERATION_PROGRAMS])
{
	char *bpffs = bpffs_mount();
	struct acceleration_set set = {-1, -1, -1};
	struct acceleration_counts *counts = NULL;
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info), messages = 1;
	size_t count = 0;

	if (bpffs && acceleration_set_open(bpffs, &set))
		counts = read_counts(&set, workload->self->id);
	if (counts && !bpf_obj_get_info_by_fd(set.join, &info, &length))
		ids[count++] = info.id;
	if (counts && !bpf_prog_query(set.sockets, BPF_SK_MSG_VERDICT, 0, NULL, &ids[count], &messages) &&
	    messages == 1)
		count++;
	acceleration_set_close(&set);
	free(counts);
	free(bpffs);
	return count;
}

json_t *acceleration_json(const struct workload *workload)
{
	char *bpffs = bpffs_mount();
	struct acceleration_counts *counts = NULL;
	struct acceleration_set set = {-1, -1, -1};
	json_t *json = NULL;

	if (bpffs && acceleration_set_open(bpffs, &set))
		counts = read_counts(&set, workload->self->id);
	if (counts)
		json = json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "interfaces",
				 (int)acceleration_links_count(bpffs, workload->self->id), "open",
				 (int)acceleration_set_sockets(&set), "sockets", (json_int_t)counts->sockets,
				 "messages", (json_int_t)counts->messages, "bytes", (json_int_t)counts->bytes,
				 "notRead", (json_int_t)counts->not_read, "full", (json_int_t)counts->full,
				 "notSuitable", (json_int_t)counts->not_suitable, "gone",
				 (json_int_t)counts->gone);
	acceleration_set_close(&set);
	free(counts);
	free(bpffs);
	return json ? json : json_null();
}
