/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces.h"
#include "cgroups.h"
#include "netns.h"
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAMES "/run/netns"

static struct namespace *entry_for(struct namespaces *all, const struct stat *status)
{
	struct namespace *new;

	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].inode == status->st_ino && all->list[i].device == status->st_dev)
			return &all->list[i];
	all->list = xappend(all->list, &all->count, sizeof(*all->list));
	new = &all->list[all->count - 1];
	new->inode = status->st_ino;
	new->device = status->st_dev;
	return new;
}

static void add_process(pid_t pid, void *all)
{
	struct namespace *namespace;
	struct process process;
	struct stat status;
	char path[64];

	if (!process_read(pid, &process))
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	if (stat(path, &status)) {
		/* It is ending: it has left its namespaces already. */
		free(process.cgroup);
		return;
	}
	namespace = entry_for(all, &status);
	namespace->processes =
	    xappend(namespace->processes, &namespace->process_count, sizeof(*namespace->processes));
	namespace->processes[namespace->process_count - 1] = process;
}

static void add_names(struct namespaces *all)
{
	DIR *names = opendir(NAMES);
	struct dirent *entry;

	if (!names) /* Nobody has named one. */
		return;
	while ((entry = readdir(names))) {
		struct namespace *namespace;
		struct statfs filesystem;
		struct stat status;
		int fd = openat(dirfd(names), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

		if (fd < 0)
			continue;
		/* A name whose namespace is gone is an empty file of another file system. */
		if (!fstatfs(fd, &filesystem) && filesystem.f_type == NSFS_MAGIC && !fstat(fd, &status)) {
			namespace = entry_for(all, &status);
			if (!namespace->name || strcmp(entry->d_name, namespace->name) < 0) {
				free(namespace->name);
				namespace->name = xstrdup(entry->d_name);
			}
		}
		close(fd);
	}
	closedir(names);
}

static bool is_own(const struct agent *agent, const struct namespace *namespace)
{
	struct stat own;

	return !fstat(agent->own_netns, &own) && namespace->inode == own.st_ino &&
	       namespace->device == own.st_dev;
}

/* False if it has gone meanwhile. */
static int identify(struct agent *agent, struct namespace *namespace, const struct stat *host, bool *gone,
		    struct failure *failure)
{
	int netns = namespace_open(namespace);

	*gone = netns < 0 && errno == ENOENT;
	if (*gone)
		return 0;
	if (netns < 0)
		return fail_system(failure, "open the network namespace", NULL);
	namespace->host = namespace->inode == host->st_ino && namespace->device == host->st_dev;
	namespace->control_port = is_own(agent, namespace) ? agent->control_port : 0;
	namespace->has_cookie = !netns_cookie(agent, netns, &namespace->cookie);
	if (!namespace->has_cookie && errno != ENOPROTOOPT) {
		fail_system(failure, "enter the network namespace", NULL);
		close(netns);
		return -1;
	}
	close(netns);
	if (namespace->has_cookie)
		snprintf(namespace->id, sizeof(namespace->id), "c%llu",
			 (unsigned long long)namespace->cookie);
	else
		snprintf(namespace->id, sizeof(namespace->id), "i%llu", (unsigned long long)namespace->inode);
	return 0;
}

static bool has_others_within(const struct namespaces *all, const struct namespace *self, const char *cgroup)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct namespace *other = &all->list[i];

		for (size_t j = 0; other != self && j < other->process_count; j++)
			if (other->processes[j].cgroup && cgroup_within(other->processes[j].cgroup, cgroup))
				return true;
	}
	return false;
}

/* The deepest cgroup that holds all processes that are no outsiders. */
static char *common_cgroup(const struct namespaces *all, const struct namespace *self, pid_t *outsider)
{
	char *common = NULL;

	for (size_t i = 0; i < self->process_count; i++) {
		const char *path = self->processes[i].cgroup;

		if (!path) {
			free(common);
			return NULL;
		}
		if (outsider && has_others_within(all, self, path)) {
			*outsider = *outsider ? *outsider : self->processes[i].pid;
			continue;
		}
		if (!common)
			common = xstrdup(path);
		cgroup_cut(common, path);
	}
	if (common && (!strcmp(common, "/") || has_others_within(all, self, common))) {
		free(common);
		return NULL;
	}
	return common;
}

/*
 * Where all processes together have none of their own, as they would if one of them were in the root, those
 * decide that are in cgroups of this namespace alone: programs that are attached higher up run for everyone.
 * On the node itself that is as it is meant to be.
 */
static void find_cgroup(const struct namespaces *all, struct namespace *self)
{
	self->cgroup = common_cgroup(all, self, NULL);
	if (!self->cgroup && !self->host)
		self->cgroup = common_cgroup(all, self, &self->outsider);
	if (!self->cgroup)
		self->outsider = 0;
}

static void namespace_free(struct namespace *namespace)
{
	for (size_t i = 0; i < namespace->process_count; i++)
		free(namespace->processes[i].cgroup);
	free(namespace->processes);
	free(namespace->name);
	free(namespace->cgroup);
}

static int by_pid(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int by_cookie(const void *left, const void *right)
{
	const struct namespace *a = left, *b = right;

	if (a->host != b->host)
		return a->host ? -1 : 1;
	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

int namespaces_scan(struct agent *agent, struct namespaces *all, struct failure *failure)
{
	struct stat host;
	size_t kept = 0;

	*all = (struct namespaces){0};
	/* The node's own is init's, also where sshd and so the agent run in another one. */
	if (stat("/proc/1/ns/net", &host) && fstat(agent->own_netns, &host))
		return fail_system(failure, "stat", "/proc/1/ns/net");
	if (processes_visit(add_process, all, failure))
		return -1;
	add_names(all);
	for (size_t i = 0; i < all->count; i++) {
		struct namespace *namespace = &all->list[i];
		bool gone;

		if (namespace->process_count)
			qsort(namespace->processes, namespace->process_count, sizeof(struct process), by_pid);
		if (identify(agent, namespace, &host, &gone, failure))
			return -1;
		if (gone)
			namespace_free(namespace);
		else
			all->list[kept++] = *namespace;
		if (kept != i + 1)
			*namespace = (struct namespace){0};
	}
	all->count = kept;
	for (size_t i = 0; i < all->count; i++)
		find_cgroup(all, &all->list[i]);
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_cookie);
	return 0;
}

struct namespace *namespaces_find(const struct namespaces *all, const char *id)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->list[i].id, id))
			return &all->list[i];
	return NULL;
}

/* Opens `path` if it is the namespace. */
static int open_if_same(const struct namespace *namespace, const char *path)
{
	struct stat status;
	int netns = open(path, O_RDONLY | O_CLOEXEC);

	if (netns < 0)
		return -1;
	if (!fstat(netns, &status) && status.st_ino == namespace->inode && status.st_dev == namespace->device)
		return netns;
	close(netns);
	errno = ENOENT;
	return -1;
}

int namespace_open(const struct namespace *namespace)
{
	char *named = namespace->name ? xasprintf(NAMES "/%s", namespace->name) : NULL;
	int netns = named ? open_if_same(namespace, named) : -1;

	free(named);
	for (size_t i = 0; netns < 0 && i < namespace->process_count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/ns/net", namespace->processes[i].pid);
		netns = open_if_same(namespace, path);
		if (netns < 0 && errno != ENOENT && errno != ESRCH)
			return -1;
	}
	if (netns < 0)
		errno = ENOENT;
	return netns;
}

void namespaces_free(struct namespaces *all)
{
	for (size_t i = 0; i < all->count; i++)
		namespace_free(&all->list[i]);
	free(all->list);
	*all = (struct namespaces){0};
}
