/* SPDX-License-Identifier: Apache-2.0 */
#include "rules_written.h"
#include "moment.h"
#include "netns.h"
#include "rtnetlink.h"
#include "rule_writers.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* So many writers are remembered of a namespace, and of so many namespaces. */
#define WRITERS_MAX 8
#define NAMESPACES_MAX 4096

/* Of the agent's own namespace the kernel tells no id; real ones are not negative, and -1 is none. */
#define OWN (-2)

struct written {
	int32_t id;
	json_t *writers;
};

struct rules_written {
	int listening;
	struct written *list;
	size_t count;
};

void rules_written_listen(struct agent *agent)
{
	const int on = 1;
	int listening;

	if (agent->rules_written)
		return;
	agent->rules_written = xcalloc(1, sizeof(*agent->rules_written));
	listening = rule_writers_listen(agent, agent->own_netns);
	/* Linux 4.2. Before, only the own namespace is heard of. */
	if (listening >= 0 && setsockopt(listening, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) &&
	    errno != ENOPROTOOPT)
		log_message(agent, "warn", "Cannot hear who changes rules of other namespaces: %s",
			    strerror(errno));
	agent->rules_written->listening = listening;
}

int rules_written_descriptor(const struct agent *agent)
{
	return agent->rules_written ? agent->rules_written->listening : -1;
}

static struct written *find(struct rules_written *written, int32_t id)
{
	for (size_t i = 0; i < written->count; i++)
		if (written->list[i].id == id)
			return &written->list[i];
	return NULL;
}

static struct written *find_or_add(struct rules_written *written, int32_t id)
{
	struct written *found = find(written, id);

	if (found || written->count == NAMESPACES_MAX)
		return found;
	written->list = xappend(written->list, &written->count, sizeof(*written->list));
	found = &written->list[written->count - 1];
	*found = (struct written){.id = id, .writers = json_array()};
	return found;
}

static bool same_writer(const json_t *one, const json_t *other)
{
	return json_equal(json_object_get(one, "process"), json_object_get(other, "process")) &&
	       json_equal(json_object_get(one, "pid"), json_object_get(other, "pid"));
}

static void remember(struct rules_written *written, int32_t id, json_t *writer)
{
	struct written *of = find_or_add(written, id);
	const size_t count = of ? json_array_size(of->writers) : 0;

	json_object_set_new(writer, "time", json_integer(moment_milliseconds()));
	if (count && same_writer(json_array_get(of->writers, count - 1), writer))
		json_array_remove(of->writers, count - 1);
	else if (count == WRITERS_MAX)
		json_array_remove(of->writers, 0);
	if (of)
		json_array_append(of->writers, writer);
	json_decref(writer);
}

/* Whose namespace the message is of. */
static int32_t id_of(struct msghdr *message)
{
	int32_t id = OWN;

	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one))
		if (one->cmsg_level == SOL_NETLINK && one->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&id, CMSG_DATA(one), sizeof(id));
	return id;
}

void rules_written_hear(struct agent *agent)
{
	char room[8 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	char control[CMSG_SPACE(sizeof(int32_t))] __attribute__((aligned(sizeof(size_t))));

	for (;;) {
		struct iovec part = {.iov_base = room, .iov_len = sizeof(room)};
		struct msghdr message = {.msg_iov = &part,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		const ssize_t length = recvmsg(agent->rules_written->listening, &message, MSG_DONTWAIT);
		unsigned int left = (unsigned int)length;

		if (length < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (length < 0)
			return;
		for (const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)room;
		     NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
			json_t *writer = rule_writer_json(header);

			if (writer)
				remember(agent->rules_written, id_of(&message), writer);
		}
	}
}

/* The namespace's id in the agent's own; -1 with errno set, ENODATA: it has none. */
static int32_t id_here(const struct agent *agent, int netns)
{
	int rtnl = netns_socket(agent, agent->own_netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int32_t id;
	int error;

	if (rtnl < 0)
		return -1;
	id = rtnl_namespace_id(rtnl, netns);
	error = errno;
	close(rtnl);
	errno = error;
	return id;
}

static bool is_own(const struct agent *agent, int netns)
{
	struct stat own, other;

	return !fstat(agent->own_netns, &own) && !fstat(netns, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

json_t *rules_written_json(struct agent *agent, const struct workload *workload)
{
	const struct written *of;
	bool own;

	if (rules_written_descriptor(agent) < 0)
		return json_array();
	rules_written_hear(agent);
	own = is_own(agent, workload->netns);
	of = find(agent->rules_written, own ? OWN : id_here(agent, workload->netns));
	return of ? json_deep_copy(of->writers) : json_array();
}

void rules_written_end(struct agent *agent)
{
	struct rules_written *written = agent->rules_written;

	if (!written)
		return;
	if (written->listening >= 0)
		close(written->listening);
	for (size_t i = 0; i < written->count; i++)
		json_decref(written->list[i].writers);
	free(written->list);
	free(written);
	agent->rules_written = NULL;
}
