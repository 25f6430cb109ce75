/* SPDX-License-Identifier: Apache-2.0 */
/* What is attached where a workload's connections pass, in the order in which the kernel runs it. */
#include "cgroups.h"
#include "hooks.h"
#include "inventory.h"
#include "links.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the kernel allows at one place (BPF_CGROUP_MAX_PROGS and MAX_BPF_LINKS_PER_NETNS are 64). */
#define PROGRAMS_MAX 128
#define LEVELS_MAX 64

/* Every hook of cgroups that sees sockets or packets; ours first. */
static const enum bpf_attach_type cgroup_hooks[] = {
    BPF_CGROUP_INET4_CONNECT,	  BPF_CGROUP_INET6_CONNECT,	BPF_CGROUP_SOCK_OPS,
    BPF_CGROUP_INET4_GETPEERNAME, BPF_CGROUP_INET6_GETPEERNAME, BPF_CGROUP_GETSOCKOPT,
    BPF_CGROUP_INET_INGRESS,	  BPF_CGROUP_INET_EGRESS,	BPF_CGROUP_INET_SOCK_CREATE,
    BPF_CGROUP_INET_SOCK_RELEASE, BPF_CGROUP_INET4_BIND,	BPF_CGROUP_INET6_BIND,
    BPF_CGROUP_INET4_POST_BIND,	  BPF_CGROUP_INET6_POST_BIND,	BPF_CGROUP_UDP4_SENDMSG,
    BPF_CGROUP_UDP6_SENDMSG,	  BPF_CGROUP_UDP4_RECVMSG,	BPF_CGROUP_UDP6_RECVMSG,
    BPF_CGROUP_INET4_GETSOCKNAME, BPF_CGROUP_INET6_GETSOCKNAME, BPF_CGROUP_SETSOCKOPT,
};
static const enum bpf_attach_type netns_hooks[] = {BPF_SK_LOOKUP, BPF_FLOW_DISSECTOR};

/* A cgroup from the workload's own up to the root. */
struct level {
	char *path;
	int fd;
	uint64_t id;
};

struct search {
	struct level levels[LEVELS_MAX];
	size_t level_count;
	struct links links;
	json_t *found;
};

static void add(struct search *search, enum bpf_attach_type attach, const char *cgroup, __u32 program,
		const struct link *link)
{
	json_t *target = cgroup ? json_pack("{s:s, s:o}", "kind", "cgroup", "path", string_json(cgroup))
				: json_pack("{s:s}", "kind", "netns");

	json_array_append_new(search->found,
			      json_pack("{s:s, s:o, s:I, s:o, s:o}", "hook", hook_label(attach), "target",
					target, "program", (json_int_t)program, "link",
					link ? json_integer(link->id) : json_null(), "pin",
					link && link->pin ? string_json(link->pin) : json_null()));
}

static const struct link *find_link(const struct search *search, enum bpf_attach_type attach, __u32 program,
				    uint64_t cgroup, uint64_t netns)
{
	for (size_t i = 0; i < search->links.count; i++) {
		const struct link *link = &search->links.list[i];

		if (link->attach == attach && link->program == program && link->cgroup == cgroup &&
		    link->netns == netns)
			return link;
	}
	return NULL;
}

/* Fills `ids`; a kernel without this hook has nothing there. */
static int query(int target, enum bpf_attach_type attach, __u32 flags, __u32 ids[PROGRAMS_MAX], __u32 *count,
		 struct failure *failure)
{
	*count = PROGRAMS_MAX;
	if (!bpf_prog_query(target, attach, flags, NULL, ids, count))
		return 0;
	*count = 0;
	return errno == EINVAL || errno == EOPNOTSUPP ? 0 : fail_system(failure, "BPF_PROG_QUERY", NULL);
}

static bool contains(const __u32 *ids, __u32 count, __u32 id)
{
	for (__u32 i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static int search_cgroups(struct search *search, enum bpf_attach_type attach, struct failure *failure)
{
	__u32 effective[PROGRAMS_MAX], ids[PROGRAMS_MAX], effective_count, count;

	if (query(search->levels[0].fd, attach, BPF_F_QUERY_EFFECTIVE, effective, &effective_count, failure))
		return -1;
	for (size_t i = 0; effective_count && i < search->level_count; i++) {
		const struct level *level = &search->levels[i];

		if (query(level->fd, attach, 0, ids, &count, failure))
			return -1;
		/* A program further out may be overridden by one further in: then it does not run here. */
		for (__u32 j = 0; j < count; j++)
			if (contains(effective, effective_count, ids[j]))
				add(search, attach, level->path, ids[j],
				    find_link(search, attach, ids[j], level->id, 0));
	}
	return 0;
}

static int search_netns(struct search *search, const struct workload *workload, struct failure *failure)
{
	__u32 ids[PROGRAMS_MAX], count;

	for (size_t i = 0; i < sizeof(netns_hooks) / sizeof(*netns_hooks); i++) {
		if (query(workload->netns, netns_hooks[i], 0, ids, &count, failure))
			return -1;
		for (__u32 j = 0; j < count; j++)
			add(search, netns_hooks[i], NULL, ids[j],
			    find_link(search, netns_hooks[i], ids[j], 0, workload->self->inode));
	}
	return 0;
}

/* Our links to cgroups that are none of the levels: the workload's cgroup was another when they were made. */
static void add_strays(struct search *search, const char *mount)
{
	for (size_t i = 0; i < search->links.count; i++) {
		const struct link *link = &search->links.list[i];
		bool level = false;
		char *path;

		for (size_t j = 0; j < search->level_count; j++)
			level |= search->levels[j].id == link->cgroup;
		if (!link->pin || !link->cgroup || level)
			continue;
		path = cgroup_path(mount, link->cgroup);
		if (path)
			add(search, link->attach, path, link->program, link);
		free(path);
	}
}

static int open_level(struct search *search, const char *mount, const char *path, struct failure *failure)
{
	struct level *level = &search->levels[search->level_count];

	level->fd = cgroup_open(mount, path);
	if (level->fd < 0) /* One that has gone meanwhile has no programs any more. */
		return errno == ENOENT ? 0 : fail_system(failure, "open", path);
	level->id = cgroup_id(level->fd);
	level->path = xstrdup(path);
	search->level_count++;
	return 0;
}

/* From the workload's cgroup to the root. */
static int open_levels(struct search *search, const char *mount, const char *cgroup, struct failure *failure)
{
	char *path = xstrdup(cgroup ? cgroup : "/");
	int result = open_level(search, mount, path, failure);

	while (!result && strcmp(path, "/") && search->level_count < LEVELS_MAX) {
		char *slash = strrchr(path, '/');

		slash[slash == path] = 0;
		result = open_level(search, mount, path, failure);
	}
	free(path);
	return result;
}

json_t *attachments_json(const struct workload *workload, struct failure *failure)
{
	struct search search = {.found = json_array()};
	char *mount = cgroup_mount();
	int result = links_read(workload->self->id, &search.links, failure);

	if (!result && mount) {
		result = open_levels(&search, mount, workload->self->cgroup, failure);
		for (size_t i = 0; !result && i < sizeof(cgroup_hooks) / sizeof(*cgroup_hooks); i++)
			result = search_cgroups(&search, cgroup_hooks[i], failure);
		if (!result)
			add_strays(&search, mount);
	}
	if (!result)
		result = search_netns(&search, workload, failure);
	for (size_t i = 0; i < search.level_count; i++) {
		close(search.levels[i].fd);
		free(search.levels[i].path);
	}
	links_free(&search.links);
	free(mount);
	if (result) {
		json_decref(search.found);
		return NULL;
	}
	return search.found;
}
