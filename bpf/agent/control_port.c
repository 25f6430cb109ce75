/* SPDX-License-Identifier: Apache-2.0 */
#include "control_port.h"
#include "memory.h"
#include "processes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No chain of processes between sshd and the agent is nearly so long. */
#define ANCESTORS_MAX 64
/* An environment can be as long as a stack; what sshd sets is near its start, but it need not be. */
#define ENVIRONMENT_MAX (8 * 1024 * 1024)

static void read_environment(pid_t pid, struct buffer *into)
{
	char path[64];
	ssize_t count;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) /* Somebody else's, and this agent is not root; or it has just ended. */
		return;
	do {
		count = read(file, buffer_reserve(into, 64 * 1024), 64 * 1024);
		if (count > 0)
			into->length += (size_t)count;
	} while (count > 0 && into->length < ENVIRONMENT_MAX);
	close(file);
}

/* ssh(1): "the client IP address, client port number, server IP address, and server port number". */
static int server_port(const char *connection)
{
	unsigned int port;
	char rest;

	if (sscanf(connection, "%*s %*u %*s %u%c", &port, &rest) != 1 || port < 1 || port > UINT16_MAX)
		return 0;
	return (int)port;
}

static int port_in_environment(pid_t pid)
{
	static const char name[] = "SSH_CONNECTION=";
	struct buffer environment = {0};
	const char *at, *end;
	int port = 0;

	read_environment(pid, &environment);
	buffer_append(&environment, "", 1);
	end = environment.data + environment.length;
	for (at = environment.data; !port && at < end; at += strlen(at) + 1)
		if (!strncmp(at, name, sizeof(name) - 1))
			port = server_port(at + sizeof(name) - 1);
	buffer_free(&environment);
	return port;
}

/* sudo(8) strips the variable from our own environment: the one that it was started with still has it. */
int control_port(void)
{
	pid_t pid = getpid();
	int port = 0;

	for (int i = 0; !port && pid > 0 && i < ANCESTORS_MAX; i++) {
		struct process process;

		port = port_in_environment(pid);
		if (!process_read(pid, &process))
			break;
		free(process.cgroup);
		pid = process.parent;
	}
	return port;
}
