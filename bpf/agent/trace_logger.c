/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_logger.h"
#include "detached_process.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's name of what tells sockets (net/netfilter/nfnetlink_log.c). */
#define LOGGER "nfnetlink_log"
#define NAME_MAX_BYTES 64

/* The file stays the namespace's, wherever it is written from. */
static int open_setting(const struct agent *agent, int netns, int family)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/netfilter/nf_log/%d", family);
	return netns_open(agent, netns, path, O_RDWR);
}

static int get(int setting, char name[NAME_MAX_BYTES])
{
	ssize_t length = pread(setting, name, NAME_MAX_BYTES - 1, 0);

	if (length < 0)
		return -1;
	name[length] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return 0;
}

static int set(int setting, const char *name)
{
	return pwrite(setting, name, strlen(name), 0) < 0 ? -1 : 0;
}

static void wait_for_end(int channel)
{
	char nothing;

	while (recv(channel, &nothing, sizeof(nothing), 0) < 0 && errno == EINTR)
		;
}

_Noreturn static void guard(struct agent *agent, int channel, int netns, int family)
{
	const int kept[] = {channel, netns, agent->own_netns};
	char before[NAME_MAX_BYTES], now[NAME_MAX_BYTES];
	int setting = -1, error = 0;

	if (detach_process(agent, "redirect-logger", kept, sizeof(kept) / sizeof(*kept)) < 0 ||
	    (setting = open_setting(agent, netns, family)) < 0 || get(setting, before) ||
	    set(setting, LOGGER))
		error = errno;
	if (send(channel, &error, sizeof(error), MSG_NOSIGNAL) < 0 && !error)
		error = set(setting, before) ? errno : ECANCELED;
	if (error)
		_exit(EXIT_FAILURE);
	wait_for_end(channel);
	/* Somebody else may have set it meanwhile. */
	if (!get(setting, now) && !strcmp(now, LOGGER) && set(setting, before))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* Why it could not be set; 0 if it is. */
static int answer_of(int channel)
{
	int error = 0;
	ssize_t length;

	do
		length = recv(channel, &error, sizeof(error), 0);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno;
	return length == sizeof(error) ? error : ECHILD;
}

int trace_logger_set(struct agent *agent, int netns, int family, struct trace_logger *logger,
		     struct failure *failure)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return fail_system(failure, "socketpair", NULL);
	logger->guardian = fork();
	if (logger->guardian == 0)
		guard(agent, ends[1], netns, family);
	close(ends[1]);
	logger->channel = ends[0];
	if (logger->guardian < 0) {
		close(logger->channel);
		logger->channel = -1;
		return fail_system(failure, "fork", NULL);
	}
	errno = answer_of(logger->channel);
	if (!errno) {
		log_message(agent, "info", "net.netfilter.nf_log.%d of a workload is " LOGGER " for now",
			    family);
		return 0;
	}
	fail_system(failure, "write", "/proc/sys/net/netfilter/nf_log");
	trace_logger_unset(logger);
	return -1;
}

void trace_logger_unset(struct trace_logger *logger)
{
	if (logger->channel < 0)
		return;
	close(logger->channel);
	logger->channel = -1;
	while (waitpid(logger->guardian, NULL, 0) < 0 && errno == EINTR)
		;
}
