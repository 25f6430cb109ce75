/* SPDX-License-Identifier: Apache-2.0 */
#include "probe_child.h"
#include "cgroups.h"
#include "neighbour.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Where the channel is once every other descriptor is closed. */
#define CHANNEL 0

bool same_child(const struct probe *left, const struct probe *right)
{
	return left->outside == right->outside && left->uid == right->uid && left->gid == right->gid;
}

/* An agent that has ended asks for nothing any more. */
static void tell(int channel, const struct child_news *news, int descriptor)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {
	    .head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {.iov_base = (void *)news, .iov_len = sizeof(*news)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (descriptor >= 0) {
		memcpy(CMSG_DATA(&control.head), &descriptor, sizeof(descriptor));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE);
}

_Noreturn static void give_up(int channel, const char *call, const char *path)
{
	struct child_news news = {.kind = NEWS_FAILURE, .error = errno};

	snprintf(news.call, sizeof(news.call), "%s", call);
	snprintf(news.path, sizeof(news.path), "%s", path ? path : "");
	tell(channel, &news, -1);
	_exit(EXIT_FAILURE);
}

/* Has the kernel end this process with the agent. It forgets that when the user changes. */
static void end_with(pid_t agent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != agent)
		_exit(EXIT_FAILURE);
}

/* Returns 0, or -1 with errno set: a process may leave, and threaded cgroups take no processes. */
static int join_cgroup(const char *mount, const char *path)
{
	int cgroup = cgroup_open(mount, path), procs, result;

	if (cgroup < 0)
		return -1;
	procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0)
		return -1;
	result = write(procs, "0", 1) == 1 ? 0 : -1;
	close(procs);
	close(cgroup);
	return result;
}

/* Joins the cgroup of a process that is the user's own, or is not. */
static bool join_one_of(const struct namespace *workload, const char *mount, bool own, uid_t uid,
			const char **refused)
{
	for (size_t i = 0; i < workload->process_count; i++) {
		const struct process *process = &workload->processes[i];

		if (!process->cgroup || (process->uid == uid) != own)
			continue;
		if (!join_cgroup(mount, process->cgroup))
			return true;
		*refused = process->cgroup;
	}
	return false;
}

/* Programs are attached to cgroups, and only those of processes surely take another one. */
static void join_workload(const struct namespace *workload, uid_t uid, int channel)
{
	const char *refused = NULL;
	char *mount = cgroup_mount();

	if (mount && !join_one_of(workload, mount, true, uid, &refused) &&
	    !join_one_of(workload, mount, false, uid, &refused) && refused)
		give_up(channel, "join the cgroup", refused);
	free(mount);
}

static struct neighbour_wish wish_of(const struct probes *probes)
{
	struct neighbour_wish wish = {.sources = xcalloc(probes->count, sizeof(*wish.sources))};

	for (size_t i = 0; i < probes->count; i++) {
		const struct probe *probe = &probes->list[i];

		if (!probe->outside)
			continue;
		wish.ipv4 |= probe->destinations[0].name.ss_family == AF_INET;
		wish.ipv6 |= probe->destinations[0].name.ss_family == AF_INET6;
		if (probe->from.ss_family != AF_UNSPEC)
			wish.sources[wish.source_count++] = probe->from;
	}
	return wish;
}

static void settle_outside(const struct probes *probes, int channel)
{
	struct child_news news = {.kind = NEWS_NEIGHBOUR};
	struct neighbour_wish wish = wish_of(probes);
	const char *failed = neighbour_become(probes->workload->netns, probes->addresses, &wish);
	int netns;

	free(wish.sources);
	if (failed)
		give_up(channel, failed, "the neighbour of the workload");
	netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		give_up(channel, "open", "/proc/self/ns/net");
	tell(channel, &news, netns);
}

static void settle_inside(const struct probes *probes, const struct probe *first, int channel)
{
	join_workload(probes->workload->self, first->uid, channel);
	if (netns_enter(probes->workload->netns))
		give_up(channel, "setns", NULL);
}

/* What the agent holds is not for others: not even for the moment, and the new user may have processes. */
static void drop_descriptors(int channel)
{
	if (dup2(channel, CHANNEL) < 0)
		give_up(channel, "dup2", NULL);
	closefrom(CHANNEL + 1);
}

static void become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL))
		give_up(CHANNEL, "setgroups", NULL);
	if (setresgid(gid, gid, gid))
		give_up(CHANNEL, "setresgid", NULL);
	if (setresuid(uid, uid, uid))
		give_up(CHANNEL, "setresuid", NULL);
}

static socklen_t name_length(const struct sockaddr_storage *name)
{
	return name->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool has_route(const struct sockaddr_storage *name)
{
	int socket_ = socket(name->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = socket_ >= 0 && !connect(socket_, (const struct sockaddr *)name, name_length(name));

	if (socket_ >= 0)
		close(socket_);
	return has;
}

static size_t choose(const struct probe *probe)
{
	for (size_t i = 0; probe->destination_count > 1 && i < probe->destination_count; i++)
		if (has_route(&probe->destinations[i].name))
			return i;
	return 0;
}

/*
 * A socket with a port that no other one here has, so that its peer is known by it: connect(2) alone would
 * share one with connections to elsewhere. It closes with a reset, which leaves nothing behind. And it keeps
 * back the packet that ends the handshake (that is what TCP_DEFER_ACCEPT does on this side, for 200 ms at the
 * most), so that there is a moment in which both ends can be seen, however soon the other one will be closed.
 */
static int open_socket(int family, const struct sockaddr_storage *from)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	const struct sockaddr_storage any = {.ss_family = (sa_family_t)family};
	bool told = from->ss_family != AF_UNSPEC;
	const struct sockaddr *name = (const struct sockaddr *)(told ? from : &any);
	int opened = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), defer = 1;

	if (opened < 0 || setsockopt(opened, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    setsockopt(opened, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer)))
		return -1;
	/* Where all ports are taken, it shares one after all. But it comes from where it is told to, or not
	 * at all. */
	return bind(opened, name, name_length(&any)) && told ? -1 : opened;
}

static void begin(const struct probes *probes, size_t index)
{
	const struct probe *probe = &probes->list[index];
	struct child_news news = {.kind = NEWS_PROBE, .probe = index, .destination = choose(probe)};
	const struct sockaddr_storage *to = &probe->destinations[news.destination].name;
	int connecting = open_socket(to->ss_family, &probe->from);

	if (connecting < 0 || connect(connecting, (const struct sockaddr *)to, name_length(to)))
		news.error = errno;
	tell(CHANNEL, &news, news.error && news.error != EINPROGRESS ? -1 : connecting);
	if (connecting >= 0)
		close(connecting);
}

_Noreturn void probe_child(const struct probes *probes, const struct probe *first, pid_t agent, int channel)
{
	end_with(agent);
	if (first->outside)
		settle_outside(probes, channel);
	else
		settle_inside(probes, first, channel);
	drop_descriptors(channel);
	if (!first->outside) {
		become(first->uid, first->gid);
		end_with(agent);
	}
	for (size_t i = 0; i < probes->count; i++)
		if (same_child(&probes->list[i], first))
			begin(probes, i);
	_exit(EXIT_SUCCESS);
}
