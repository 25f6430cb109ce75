/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who took a connection: the socket whose peer is the probe's own, and the process that holds it. Before the
 * handshake has ended there is already a request for that socket, which tells where it will be.
 */
#include "descriptors.h"
#include "moment.h"
#include "probes.h"
#include "text.h"

#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define TCP_NEW_SYN_RECV 12 /* include/net/tcp_states.h: a request for a socket, shown as TCP_SYN_RECV */

/* It has both its ends still. */
#define CONNECTED_STATES                                                                                     \
	(1 << TCP_NEW_SYN_RECV | 1 << TCP_SYN_RECV | 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT)
/* The process has closed it. */
#define CLOSED_STATES                                                                                        \
	(1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_TIME_WAIT | 1 << TCP_LAST_ACK | 1 << TCP_CLOSING)

/* Looks, and milliseconds, after which a socket that is not found is none of the workload's, or was reset. */
#define MISSES_MAX 3
#define MISSING_MAX 10

static void see(struct acceptance *accepted, const struct tcp_socket *socket)
{
	/* Whose it was is known only before it is closed. */
	if (!accepted->seen || socket->inode)
		accepted->socket = *socket;
	accepted->socket.state = socket->state;
	accepted->seen = true;
	accepted->misses = 0;
	accepted->last = monotonic_milliseconds();
}

static void match(const struct tcp_socket *socket, void *context)
{
	const struct probes *probes = context;
	struct end remote = end_of_remote(socket);

	for (size_t i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->list[i];

		if (probe->stage == PROBE_ESTABLISHED && end_equal(&probe->source, &remote))
			see(&probe->accepted, socket);
	}
}

static int visit(struct probes *probes, struct failure *failure)
{
	for (size_t i = 0; i < probes->count; i++)
		probes->list[i].accepted.misses++;
	return sockets_visit(probes->agent, probes->workload->netns, CONNECTED_STATES | CLOSED_STATES, match,
			     probes, failure);
}

/* Ends the handshakes that were looked at. False if all had ended before. */
static bool complete(const struct probes *probes)
{
	bool any = false;
	int now = 1;

	for (size_t i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->list[i];

		if (probe->stage != PROBE_ESTABLISHED || probe->completed)
			continue;
		/* Where it fails, the other end has gone meanwhile. */
		setsockopt(probe->socket, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
		probe->completed = any = true;
	}
	return any;
}

static bool is_owner_wanted(const struct probe *probe)
{
	const struct acceptance *accepted = &probe->accepted;

	return probe->stage == PROBE_ESTABLISHED && accepted->seen && accepted->socket.inode &&
	       !accepted->process;
}

static struct end original_destination(int socket, const struct tcp_socket *info)
{
	bool ipv4 = info->family == AF_INET || IN6_IS_ADDR_V4MAPPED(&info->local);
	struct sockaddr_storage name = {0};
	socklen_t length = ipv4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	/* IP6T_SO_ORIGINAL_DST has the same number. */
	if (getsockopt(socket, ipv4 ? SOL_IP : SOL_IPV6, SO_ORIGINAL_DST, &name, &length))
		return (struct end){.known = false};
	return end_of_name(&name);
}

struct search {
	const struct probes *probes;
	const struct process *process;
};

static int ask(const struct held_socket *held, void *context, struct failure *failure)
{
	const struct search *search = context;

	for (size_t i = 0; i < search->probes->count; i++) {
		struct probe *probe = &search->probes->list[i];
		struct acceptance *accepted = &probe->accepted;
		int socket;

		if (!is_owner_wanted(probe) || accepted->socket.inode != held->inode)
			continue;
		if (descriptor_take(held, accepted->socket.cookie, &socket, failure))
			return -1;
		if (socket < 0)
			continue;
		accepted->process = search->process;
		accepted->original = original_destination(socket, &accepted->socket);
		close(socket);
	}
	return 0;
}

static int find_owners(const struct probes *probes, struct failure *failure)
{
	const struct namespace *workload = probes->workload->self;
	bool wanted = false;

	for (size_t i = 0; i < probes->count; i++)
		wanted |= is_owner_wanted(&probes->list[i]);
	for (size_t i = 0; wanted && i < workload->process_count; i++) {
		struct search search = {.probes = probes, .process = &workload->processes[i]};

		if (descriptors_visit(search.process->pid, ask, &search, failure))
			return -1;
	}
	return 0;
}

static bool is_missing(const struct acceptance *accepted, long long now)
{
	return accepted->misses >= MISSES_MAX && now - accepted->last >= MISSING_MAX;
}

/* Whether another look would tell no more. */
static bool is_settled(const struct probe *probe, long long now)
{
	const struct acceptance *accepted = &probe->accepted;

	return accepted->process || now >= probe->deadline || is_missing(accepted, now) ||
	       (accepted->seen && 1 << accepted->socket.state & CLOSED_STATES);
}

int acceptances_look(struct probes *probes, struct failure *failure)
{
	long long now;

	if (visit(probes, failure) || (complete(probes) && visit(probes, failure)) ||
	    find_owners(probes, failure))
		return -1;
	now = monotonic_milliseconds();
	for (size_t i = 0; i < probes->count; i++)
		if (probes->list[i].stage == PROBE_ESTABLISHED && is_settled(&probes->list[i], now))
			probes->list[i].stage = PROBE_OVER;
	return 0;
}

struct rest {
	const struct probes *probes;
	bool found;
};

static void find_rest(const struct tcp_socket *socket, void *context)
{
	struct rest *rest = context;
	struct end remote = end_of_remote(socket);

	for (size_t i = 0; i < rest->probes->count; i++)
		if (rest->probes->list[i].outside && end_equal(&rest->probes->list[i].source, &remote))
			rest->found = true;
}

int acceptances_remain(const struct probes *probes, bool *remain, struct failure *failure)
{
	struct rest rest = {.probes = probes};
	int result = sockets_visit(probes->agent, probes->workload->netns, CONNECTED_STATES | CLOSED_STATES,
				   find_rest, &rest, failure);

	*remain = rest.found;
	return result;
}

json_t *acceptance_json(const struct acceptance *accepted)
{
	const struct process *process = accepted->process;
	struct end local;

	if (!accepted->seen)
		return json_null();
	local = end_of_local(&accepted->socket);
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "local", end_json(&local), "uid",
			 accepted->socket.inode ? json_integer(accepted->socket.uid) : json_null(), "pid",
			 process ? json_integer(process->pid) : json_null(), "comm",
			 process ? string_json(process->comm) : json_null(), "originalDestination",
			 end_json(&accepted->original));
}
