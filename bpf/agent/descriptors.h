/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that processes hold, through /proc and pidfd_getfd(2). */
#pragma once

#include "failure.h"

#include <stdint.h>
#include <sys/types.h>

/* A descriptor that was a socket when it was looked at. */
struct held_socket {
	pid_t pid;
	int fd;
	uint32_t inode;
};

/* Not 0: enough is seen, or `failure` is filled. */
typedef int held_socket_visitor(const struct held_socket *held, void *context, struct failure *failure);

/* Visits the sockets of a process; gives what the last visit gave. One that has ended has none. */
int descriptors_visit(pid_t pid, held_socket_visitor *visit, void *context, struct failure *failure);
/* Opens the socket that has this cookie, where the descriptor still is it; else `*socket` is -1. */
int descriptor_take(const struct held_socket *held, uint64_t cookie, int *socket, struct failure *failure);
