/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF links of a node that lead to cgroups and network namespaces, and our pins. */
#pragma once

#include "agent.h"
#include "failure.h"

#include <linux/bpf.h>
#include <stdint.h>

struct link {
	__u32 id;
	__u32 program;
	__u32 attach;	 /* enum bpf_attach_type */
	uint64_t cgroup; /* id; 0 if it leads to none, or to one that is gone */
	uint64_t netns;	 /* inode; 0 likewise */
	char *pin;	 /* below bpffs, when it is a pin of ours for the workload asked for */
};

struct links {
	struct link *list;
	size_t count;
};

/* All of the node, without their pins. links_free() in either case. */
int links_list(struct links *links, struct failure *failure);
/* All of the node, with the pins of the workload `id`. links_free() in either case. */
int links_read(const char *id, struct links *links, struct failure *failure);
void links_free(struct links *links);
/* The link's details; false if it leads elsewhere than to a cgroup or a network namespace. */
bool link_read(int fd, struct link *link);

/* Where bpffs is mounted; NULL if nowhere. The caller frees it. */
char *bpffs_mount(void);
/* "<bpffs>/mesh-redirect/<id>" and, with a hook, "/<hook>". The caller frees it. */
char *pin_path(const char *bpffs, const char *id, const char *hook);
