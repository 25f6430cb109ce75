/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespaces of a node and their processes. */
#pragma once

#include "agent.h"
#include "failure.h"

#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	pid_t parent;
	uid_t uid;     /* effective */
	char comm[64]; /* any bytes */
	char *cgroup;  /* its cgroup v2 path; NULL if it has none */
};

struct namespace
{
	dev_t device;
	ino_t inode;
	char id[24]; /* "c<cookie>" or "i<inode>" */
	uint64_t cookie;
	bool has_cookie;
	bool host;
	int control_port; /* of the SSH connection that leads to this agent, if it ends here; else 0 */
	char *name;	  /* under /run/netns; NULL if it has none */
	char *cgroup; /* that holds its processes and no others, but for `outsider`; NULL if there is none */
	/* The first of those processes whose own cgroup holds others of the node, too: a shell that somebody
	 * brought here, a tool that looks after it; 0: there is none. */
	pid_t outsider;
	struct process *processes; /* lowest pid first */
	size_t process_count;
};

struct namespaces {
	struct namespace *list; /* the host's first, then by cookie, which is nearly by age */
	size_t count;
};

/* Finds all that have a process or a name. namespaces_free() in either case. */
int namespaces_scan(struct agent *agent, struct namespaces *all, struct failure *failure);
struct namespace *namespaces_find(const struct namespaces *all, const char *id);
/* Opens one. Returns -1 with errno set; ENOENT: it is gone. */
int namespace_open(const struct namespace *namespace);
void namespaces_free(struct namespaces *all);

/* Looks into one namespace. Gives 0 to go on, 1 to end here, -1 where it failed. */
typedef int namespace_visitor(struct agent *agent, int netns, void *context, struct failure *failure);
/* Visits all that there are. */
int namespaces_visit(struct agent *agent, namespace_visitor *visit, void *context, struct failure *failure);

/* A namespace to work in, found by its id. */
struct workload {
	struct namespaces all;
	struct namespace *self; /* inside `all` */
	int netns;
};

/* Fails with `no-such-workload` if it is gone. workload_close() in either case. */
int workload_open(struct agent *agent, const char *id, struct workload *workload, struct failure *failure);
/* The same for the request's `workload`. */
int workload_open_param(struct agent *agent, const json_t *params, struct workload *workload,
			struct failure *failure);
void workload_close(struct workload *workload);
/* Whether `id` could be one. They become file names. */
bool workload_id_valid(const char *id);
/* As src/core/model/workload.ts has it. */
json_t *namespace_json(const struct namespace *namespace);
