/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's side of the children that connect: one for each user, because whose a socket is, and in which
 * cgroup and network namespace, is settled when it is made.
 */
#include "moment.h"
#include "probe_child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	pid_t pid;
	int channel; /* -1: it has told all */
	const struct probe *first;
};

static bool begins_new_group(const struct probes *probes, size_t probe)
{
	for (size_t i = 0; i < probe; i++)
		if (same_child(&probes->list[i], &probes->list[probe]))
			return false;
	return true;
}

static int launch(struct probes *probes, const struct probe *first, struct failure *failure)
{
	struct child *child;
	pid_t agent = getpid();
	int channels[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels))
		return fail_system(failure, "socketpair", NULL);
	probes->children = xappend(probes->children, &probes->child_count, sizeof(*child));
	child = &probes->children[probes->child_count - 1];
	*child = (struct child){.pid = fork(), .channel = channels[0], .first = first};
	if (child->pid == 0)
		probe_child(probes, first, agent, channels[1]);
	close(channels[1]);
	if (child->pid < 0)
		return fail_system(failure, "fork", NULL);
	if (first->outside)
		probes->neighbour = child->pid;
	return 0;
}

int probes_launch(struct probes *probes, struct failure *failure)
{
	for (size_t i = 0; i < probes->count; i++)
		if (begins_new_group(probes, i) && launch(probes, &probes->list[i], failure))
			return -1;
	return 0;
}

int child_channel(const struct probes *probes, size_t child)
{
	return probes->children[child].channel;
}

/* One piece of news, with the descriptor that came along (-1: none). Returns the length; 0: it has ended. */
static ssize_t receive(int channel, struct child_news *news, int *descriptor)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = news, .iov_len = sizeof(*news)};
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	*descriptor = -1;
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(descriptor, CMSG_DATA(head), sizeof(*descriptor));
	return length;
}

static struct end name_of(int socket, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_storage name = {0};
	socklen_t length = sizeof(name);

	if (get(socket, (struct sockaddr *)&name, &length))
		return (struct end){.known = false};
	return end_of_name(&name);
}

static void began(struct probe *probe, const struct child_news *news, int socket)
{
	probe->destination = news->destination;
	probe->error = news->error == EINPROGRESS ? 0 : news->error;
	probe->socket = socket;
	probe->stage = socket < 0 ? PROBE_OVER : PROBE_CONNECTING;
	probe->deadline = monotonic_milliseconds() + probe->patience;
	if (socket >= 0)
		probe->source = name_of(socket, getsockname);
}

static int take_news(struct probes *probes, const struct child_news *news, int descriptor,
		     struct failure *failure)
{
	switch (news->kind) {
	case NEWS_NEIGHBOUR:
		probes->neighbour_netns = descriptor;
		return 0;
	case NEWS_PROBE:
		began(&probes->list[news->probe], news, descriptor);
		return 0;
	default:
		errno = news->error;
		return fail_system(failure, news->call, *news->path ? news->path : NULL);
	}
}

/* A child that ends has begun all that was its to begin, or has said why not. */
static int check_ended(const struct probes *probes, const struct child *child, struct failure *failure)
{
	for (size_t i = 0; i < probes->count; i++) {
		if (!same_child(&probes->list[i], child->first) || probes->list[i].stage != PROBE_BEGINNING)
			continue;
		errno = ECHILD;
		return fail_system(failure, "begin the probes", NULL);
	}
	return 0;
}

int child_read(struct probes *probes, size_t index, struct failure *failure)
{
	struct child *child = &probes->children[index];
	struct child_news news;
	ssize_t length;
	int descriptor;

	while ((length = receive(child->channel, &news, &descriptor)) == sizeof(news))
		if (take_news(probes, &news, descriptor, failure))
			return -1;
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	close(child->channel);
	child->channel = -1;
	return check_ended(probes, child, failure);
}

void children_end(struct probes *probes)
{
	for (size_t i = 0; i < probes->child_count; i++) {
		struct child *child = &probes->children[i];

		if (child->channel >= 0)
			close(child->channel);
		if (child->pid <= 0)
			continue;
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	probes->child_count = 0;
}
