/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup v2. Paths are those of /proc/<pid>/cgroup: from the root of the agent's cgroup namespace, "/" first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Where cgroup v2 is mounted; NULL if nowhere. The caller frees it. */
char *cgroup_mount(void);
/* The path of a process, NULL if it has none. The caller frees it. */
char *cgroup_of(int pid);
/* Cuts `common` down to what it has in common with `path`: whole components, "/" at the least. */
void cgroup_cut(char *common, const char *path);
/* Whether `path` is `parent` or below it. */
bool cgroup_within(const char *path, const char *parent);
/* Opens the directory of a path. Returns -1 with errno set. */
int cgroup_open(const char *mount, const char *path);
/* The kernel's id of an open cgroup: its inode. Returns 0 if it cannot be known; no cgroup has that. */
uint64_t cgroup_id(int cgroup);
/* The path of the cgroup with this id, NULL if it is gone. The caller frees it. */
char *cgroup_path(const char *mount, uint64_t id);
