/* SPDX-License-Identifier: Apache-2.0 */
#include "links.h"
#include "hooks.h"
#include "mounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *bpffs_mount(void)
{
	return mount_find("bpf", "/sys/fs/bpf");
}

char *pin_path(const char *bpffs, const char *id, const char *hook)
{
	return hook ? xasprintf("%s/mesh-redirect/%s/%s", bpffs, id, hook)
		    : xasprintf("%s/mesh-redirect/%s", bpffs, id);
}

bool link_read(int fd, struct link *link)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return false;
	*link = (struct link){.id = info.id, .program = info.prog_id};
	if (info.type == BPF_LINK_TYPE_CGROUP) {
		link->attach = info.cgroup.attach_type;
		link->cgroup = info.cgroup.cgroup_id;
	} else if (info.type == BPF_LINK_TYPE_NETNS) {
		link->attach = info.netns.attach_type;
		link->netns = info.netns.netns_ino;
	} else {
		return false;
	}
	return true;
}

static void read_pins(const char *id, struct links *links)
{
	char *bpffs = bpffs_mount();

	for (size_t i = 0; bpffs && i < HOOKS; i++) {
		char *path = pin_path(bpffs, id, hooks[i].name);
		struct link pinned;
		int fd = bpf_obj_get(path);

		if (fd >= 0 && link_read(fd, &pinned))
			for (size_t j = 0; j < links->count; j++)
				if (links->list[j].id == pinned.id && !links->list[j].pin)
					links->list[j].pin = xstrdup(path);
		if (fd >= 0)
			close(fd);
		free(path);
	}
	free(bpffs);
}

int links_list(struct links *links, struct failure *failure)
{
	__u32 next = 0;

	*links = (struct links){0};
	while (!bpf_link_get_next_id(next, &next)) {
		struct link link;
		int fd = bpf_link_get_fd_by_id(next);

		/* It has gone meanwhile, or is still being made: bpf_link_by_id() of kernel/bpf/syscall.c. */
		if (fd < 0 && (errno == ENOENT || errno == EAGAIN))
			continue;
		if (fd < 0)
			return fail_system(failure, "BPF_LINK_GET_FD_BY_ID", NULL);
		if (link_read(fd, &link)) {
			links->list = xappend(links->list, &links->count, sizeof(*links->list));
			links->list[links->count - 1] = link;
		}
		close(fd);
	}
	if (errno != ENOENT)
		return fail_system(failure, "BPF_LINK_GET_NEXT_ID", NULL);
	return 0;
}

int links_read(const char *id, struct links *links, struct failure *failure)
{
	if (links_list(links, failure))
		return -1;
	read_pins(id, links);
	return 0;
}

void links_free(struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		free(links->list[i].pin);
	free(links->list);
	*links = (struct links){0};
}
