/* SPDX-License-Identifier: Apache-2.0 */
/* programs/measure: how often programs run and for how long, and where the source of each begins. */
#include "agent.h"
#include "params.h"
#include "program_source.h"
#include "verbs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

/* Counting costs every program of the node a little: the kernel does it while somebody holds this descriptor.
 */
static int measure(struct agent *agent, bool wanted, struct failure *failure)
{
	if (wanted == agent->measuring)
		return 0;
	if (!wanted) {
		close(agent->statistics);
		agent->measuring = false;
		return 0;
	}
	agent->statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (agent->statistics < 0)
		return fail_system(failure, "BPF_ENABLE_STATS", NULL);
	agent->measuring = true;
	return 0;
}

/* A program that is gone is passed over. */
static int add_program(json_t *list, __u32 id, struct failure *failure)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id), result = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "BPF_PROG_GET_FD_BY_ID", NULL);
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		result = fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
	else
		json_array_append_new(list, json_pack("{s:I, s:I, s:I, s:o}", "id", (json_int_t)info.id,
						      "runCount", (json_int_t)info.run_cnt, "runTime",
						      (json_int_t)info.run_time_ns, "source",
						      program_begin_json(fd)));
	close(fd);
	return result;
}

json_t *verb_programs_measure(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *list = json_array();
	const json_t *ids, *id;
	bool wanted;
	size_t i;

	if (param_boolean(params, "measure", &wanted, failure) ||
	    param_array(params, "programs", &ids, failure) || measure(agent, wanted, failure)) {
		json_decref(list);
		return NULL;
	}
	json_array_foreach(ids, i, id)
	{
		json_int_t number = json_integer_value(id);

		if (!json_is_integer(id) || number < 1 || number > UINT32_MAX)
			fail_params(failure, "programs must be ids of programs");
		else
			add_program(list, (__u32)number, failure);
		if (!failure->code)
			continue;
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o}", "programs", list);
}
