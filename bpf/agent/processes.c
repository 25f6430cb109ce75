/* SPDX-License-Identifier: Apache-2.0 */
#include "processes.h"
#include "cgroups.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

int processes_visit(process_visitor *visit, void *context, struct failure *failure)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (!proc)
		return fail_system(failure, "opendir", "/proc");
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			visit((pid_t)strtol(entry->d_name, NULL, 10), context);
	closedir(proc);
	return 0;
}

/*
 * Made of each process's directory in /proc: its name is the pid, its inode another one where the pid is used
 * again (fs/proc/base.c, proc_pid_make_inode). None of their files has to be read.
 */
uint64_t processes_print(void)
{
	DIR *proc = opendir("/proc");
	uint64_t print = 14695981039346656037U; /* FNV-1a */
	const struct dirent *entry;

	if (!proc)
		return 0;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0])) {
			print = (print ^ strtoul(entry->d_name, NULL, 10)) * 1099511628211U;
			print = (print ^ entry->d_ino) * 1099511628211U;
		}
	closedir(proc);
	return print;
}

/* Reads a whole small file of /proc, ended by a zero. Returns its length, or -1. */
static ssize_t read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length : 0] = 0;
	return length;
}

/* proc(5): "pid (comm) state ppid pgrp session tty tpgid flags ..."; comm may hold anything, also ")". */
static bool read_stat(struct process *process)
{
	char text[1024], *open, *close;
	unsigned int flags;
	int parent;

	if (read_proc(process->pid, "stat", text, sizeof(text)) <= 0)
		return false;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open ||
	    sscanf(close + 1, " %*c %d %*d %*d %*d %*d %u", &parent, &flags) != 2 || flags & PF_KTHREAD)
		return false;
	process->parent = parent;
	*close = 0;
	snprintf(process->comm, sizeof(process->comm), "%s", open + 1);
	return true;
}

bool process_read(pid_t pid, struct process *process)
{
	char text[4096], *uids;

	*process = (struct process){.pid = pid};
	if (!read_stat(process) || read_proc(pid, "status", text, sizeof(text)) <= 0)
		return false;
	uids = strstr(text, "\nUid:");
	if (!uids || sscanf(uids, "\nUid: %*u %u", &process->uid) != 1)
		return false;
	process->cgroup = cgroup_of(pid);
	return true;
}
