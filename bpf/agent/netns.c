/* SPDX-License-Identifier: Apache-2.0 */
#include "netns.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int netns_open_own(struct agent *agent)
{
	agent->own_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return agent->own_netns < 0 ? -1 : 0;
}

int netns_enter(int netns)
{
	return setns(netns, CLONE_NEWNET);
}

void netns_leave(const struct agent *agent)
{
	if (setns(agent->own_netns, CLONE_NEWNET))
		err(EX_OSERR, "cannot return to the own network namespace");
}

int netns_socket(const struct agent *agent, int netns, int family, int type, int protocol)
{
	int created, error;

	if (netns_enter(netns))
		return -1;
	created = socket(family, type | SOCK_CLOEXEC, protocol);
	error = errno;
	netns_leave(agent);
	errno = error;
	return created;
}

int netns_open(const struct agent *agent, int netns, const char *path, int flags)
{
	int opened, error;

	if (netns_enter(netns))
		return -1;
	opened = open(path, flags | O_CLOEXEC);
	error = errno;
	netns_leave(agent);
	errno = error;
	return opened;
}

int netns_cookie(const struct agent *agent, int netns, uint64_t *cookie)
{
	int probe = netns_socket(agent, netns, AF_UNIX, SOCK_DGRAM, 0);
	socklen_t length = sizeof(*cookie);
	int result, error;

	if (probe < 0)
		return -1;
	result = getsockopt(probe, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &length);
	error = errno;
	close(probe);
	errno = error;
	return result;
}
