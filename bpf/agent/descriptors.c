/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptors.h"
#include "memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* The inode of the socket that `fd`, an entry of /proc/<pid>/fd, is; 0 if it is none. */
static uint32_t socket_inode(int directory, const char *fd)
{
	char target[64];
	ssize_t length = readlinkat(directory, fd, target, sizeof(target) - 1);
	unsigned int inode;

	if (length <= 0)
		return 0;
	target[length] = 0;
	return sscanf(target, "socket:[%u]", &inode) == 1 ? inode : 0;
}

int descriptors_visit(pid_t pid, held_socket_visitor *visit, void *context, struct failure *failure)
{
	char *path = xasprintf("/proc/%d/fd", pid);
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int result = 0;

	free(path);
	while (!result && directory && (entry = readdir(directory))) {
		struct held_socket held = {.pid = pid, .fd = atoi(entry->d_name)};

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		held.inode = socket_inode(dirfd(directory), entry->d_name);
		if (held.inode)
			result = visit(&held, context, failure);
	}
	if (directory)
		closedir(directory);
	return result;
}

int descriptor_take(const struct held_socket *held, uint64_t cookie, int *socket, struct failure *failure)
{
	int process = (int)syscall(SYS_pidfd_open, held->pid, 0), result = 0;
	uint64_t actual = 0;
	socklen_t length = sizeof(actual);

	*socket = -1;
	if (process < 0)
		return errno == ESRCH ? 0 : fail_system(failure, "pidfd_open", NULL);
	*socket = (int)syscall(SYS_pidfd_getfd, process, held->fd, 0);
	if (*socket < 0 && errno != EBADF && errno != ESRCH)
		result = fail_system(failure, "pidfd_getfd", NULL);
	/* Descriptors and pids are used again. */
	if (*socket >= 0 &&
	    (getsockopt(*socket, SOL_SOCKET, SO_COOKIE, &actual, &length) || actual != cookie)) {
		close(*socket);
		*socket = -1;
	}
	close(process);
	return result;
}
