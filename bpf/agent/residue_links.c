/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links of ours that no pin of ours holds. Links are the whole machine's, and a bpffs is its mount's: a node
 * in a container (kind) pins in one of its own. So the pins of every mount are looked for.
 */
#include "links.h"
#include "mounts.h"
#include "own_programs.h"
#include "pins.h"
#include "processes.h"
#include "residue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct holders {
	ino_t *seen; /* mount namespaces */
	size_t seen_count;
	pid_t pid; /* by which the present one is reached */
	__u32 *links;
	size_t count;
};

static void add_link(const char *workload, const struct hook *hook, const char *path, void *context)
{
	struct holders *holders = context;
	struct link link;
	int fd = hook ? bpf_obj_get(path) : -1;

	(void)workload;
	if (fd >= 0 && link_read(fd, &link)) {
		holders->links = xappend(holders->links, &holders->count, sizeof(*holders->links));
		holders->links[holders->count - 1] = link.id;
	}
	if (fd >= 0)
		close(fd);
}

static bool visit_mount(const char *directory, void *context)
{
	struct holders *holders = context;
	char *bpffs = xasprintf("/proc/%d/root%s", holders->pid, directory);

	pins_visit(bpffs, add_link, holders);
	free(bpffs);
	return true;
}

/* One process of each mount namespace is enough. */
static void visit_process(pid_t pid, void *context)
{
	struct holders *holders = context;
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	if (stat(path, &status))
		return;
	for (size_t i = 0; i < holders->seen_count; i++)
		if (holders->seen[i] == status.st_ino)
			return;
	holders->seen = xappend(holders->seen, &holders->seen_count, sizeof(*holders->seen));
	holders->seen[holders->seen_count - 1] = status.st_ino;
	holders->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/mounts", pid);
	mounts_visit(path, "bpf", visit_mount, holders);
}

static bool is_held(const struct holders *holders, __u32 link)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->links[i] == link)
			return true;
	return false;
}

static json_t *unheld_json(const struct links *links, const struct holders *holders)
{
	json_t *unheld = json_array();

	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->list[i];
		const struct hook *hook = hook_by_attach(link->attach);

		/* Without a target it is attached no more, and only somebody's descriptor keeps it. */
		if ((link->cgroup || link->netns) && hook && !is_held(holders, link->id) &&
		    program_is_ours(link->program, hook))
			json_array_append_new(unheld, json_pack("{s:I, s:s, s:s}", "id", (json_int_t)link->id,
								"hook", hook->name, "program", hook->name));
	}
	return unheld;
}

json_t *residue_links_json(struct failure *failure)
{
	struct holders holders = {0};
	struct links links;
	json_t *unheld = NULL;

	/* The links first: one that is made and pinned meanwhile is not among them. */
	if (!links_list(&links, failure) && !processes_visit(visit_process, &holders, failure))
		unheld = unheld_json(&links, &holders);
	links_free(&links);
	free(holders.links);
	free(holders.seen);
	return unheld;
}

int residue_remove_link(uint32_t id, struct failure *failure)
{
	int link = bpf_link_get_fd_by_id(id), result = 0;

	if (link < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "BPF_LINK_GET_FD_BY_ID", NULL);
	if (bpf_link_detach(link))
		result = fail_system(failure, "BPF_LINK_DETACH", NULL);
	close(link);
	return result;
}
