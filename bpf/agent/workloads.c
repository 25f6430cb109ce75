/* SPDX-License-Identifier: Apache-2.0 */
/* workloads/list, and finding the workload that a request names. */
#include "loads.h"
#include "namespaces.h"
#include "params.h"
#include "text.h"
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PROCESSES_SHOWN 64

static json_t *process_json(const struct process *process)
{
	return json_pack("{s:i, s:I, s:o}", "pid", process->pid, "uid", (json_int_t)process->uid, "comm",
			 string_json(process->comm));
}

static json_t *optional_string(const char *text)
{
	return text ? string_json(text) : json_null();
}

json_t *namespace_json(const struct namespace *namespace)
{
	json_t *processes = json_array();

	for (size_t i = 0; i < namespace->process_count && i < PROCESSES_SHOWN; i++)
		json_array_append_new(processes, process_json(&namespace->processes[i]));
	return json_pack("{s:s, s:I, s:o, s:o, s:b, s:o, s:o, s:o, s:I}", "id", namespace->id, "inode",
			 (json_int_t) namespace->inode, "cookie",
			 namespace->has_cookie ? json_string(namespace->id + 1) : json_null(), "name",
			 optional_string(namespace->name), "host", namespace->host, "controlPort",
			 namespace->control_port ? json_integer(namespace->control_port) : json_null(),
			 "cgroup", optional_string(namespace->cgroup), "processes", processes, "processCount",
			 (json_int_t) namespace->process_count);
}

json_t *verb_workloads_list(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *workloads = NULL;
	struct namespaces all;

	(void)params;
	if (namespaces_scan(agent, &all, failure))
		goto out;
	workloads = json_array();
	for (size_t i = 0; i < all.count; i++)
		json_array_append_new(workloads, namespace_json(&all.list[i]));
	loads_keep_only(agent, &all);
out:
	namespaces_free(&all);
	return workloads ? json_pack("{s:o}", "workloads", workloads) : NULL;
}

bool workload_id_valid(const char *id)
{
	size_t digits = strspn(id + (*id != 0), "0123456789");

	return (*id == 'c' || *id == 'i') && digits && digits <= 20 && !id[1 + digits];
}

int workload_open(struct agent *agent, const char *id, struct workload *workload, struct failure *failure)
{
	*workload = (struct workload){.netns = -1};
	if (namespaces_scan(agent, &workload->all, failure))
		return -1;
	workload->self = namespaces_find(&workload->all, id);
	if (!workload->self)
		return fail_workload(failure, id);
	workload->netns = namespace_open(workload->self);
	if (workload->netns >= 0)
		return 0;
	return errno == ENOENT ? fail_workload(failure, id)
			       : fail_system(failure, "open the network namespace", NULL);
}

int workload_open_param(struct agent *agent, const json_t *params, struct workload *workload,
			struct failure *failure)
{
	const char *id;

	*workload = (struct workload){.netns = -1};
	if (param_string(params, "workload", &id, failure))
		return -1;
	if (!workload_id_valid(id))
		return fail_params(failure, "workload is not an id of workloads/list: %.64s", id);
	return workload_open(agent, id, workload, failure);
}

void workload_close(struct workload *workload)
{
	if (workload->netns >= 0)
		close(workload->netns);
	namespaces_free(&workload->all);
	*workload = (struct workload){.netns = -1};
}
