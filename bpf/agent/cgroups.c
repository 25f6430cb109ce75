/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups.h"
#include "memory.h"
#include "mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The handle type of kernfs, which cgroup v2 is made of (include/linux/exportfs.h): the 64-bit id alone. */
#define FILEID_KERNFS 0xfe

char *cgroup_mount(void)
{
	return mount_find("cgroup2", "/sys/fs/cgroup");
}

char *cgroup_of(int pid)
{
	char name[64], *line = NULL, *path = NULL;
	size_t capacity = 0;
	ssize_t length;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	file = fopen(name, "re");
	if (!file)
		return NULL;
	while (!path && (length = getline(&line, &capacity, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = 0;
		/* "/.." first: it is outside of the agent's cgroup namespace. */
		if (!strncmp(line, "0::/", 4) && strncmp(line, "0::/..", 6) != 0)
			path = xstrdup(line + 3);
	}
	free(line);
	fclose(file);
	return path;
}

void cgroup_cut(char *common, const char *path)
{
	size_t same = 0, whole = 1;

	for (; common[same] && common[same] == path[same]; same++)
		if (common[same] == '/' && same)
			whole = same;
	if ((!common[same] || common[same] == '/') && (!path[same] || path[same] == '/') && same)
		whole = same;
	common[whole] = 0;
}

bool cgroup_within(const char *path, const char *parent)
{
	size_t length = strlen(parent);

	if (!strcmp(parent, "/"))
		return true;
	return !strncmp(path, parent, length) && (!path[length] || path[length] == '/');
}

int cgroup_open(const char *mount, const char *path)
{
	char *full = xasprintf("%s%s", mount, path);
	int cgroup = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(full);
	return cgroup;
}

uint64_t cgroup_id(int cgroup)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} handle = {.head.handle_bytes = sizeof(uint64_t)};
	int mount_id;
	uint64_t id;

	if (name_to_handle_at(cgroup, "", &handle.head, &mount_id, AT_EMPTY_PATH))
		return 0;
	memcpy(&id, handle.head.f_handle, sizeof(id));
	return id;
}

char *cgroup_path(const char *mount, uint64_t id)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} handle = {.head = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
	char link[64], target[PATH_MAX], *path = NULL;
	int root, cgroup = -1;
	ssize_t length;

	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return NULL;
	memcpy(handle.head.f_handle, &id, sizeof(id));
	cgroup = open_by_handle_at(root, &handle.head, O_RDONLY | O_CLOEXEC);
	if (cgroup < 0)
		goto out;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", cgroup);
	length = readlink(link, target, sizeof(target) - 1);
	if (length <= 0)
		goto out;
	target[length] = 0;
	if (cgroup_within(target, mount))
		path = xstrdup(target[strlen(mount)] ? target + strlen(mount) : "/");
out:
	if (cgroup >= 0)
		close(cgroup);
	close(root);
	return path;
}
