/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conntrack/forget. While no rule needs connection tracking, it looks at no packet of a namespace, and still
 * keeps what it knew. When it begins again, that is wrong: a new connection between the same addresses and
 * ports is taken for the old one, is translated as that was or not at all, or the kernel thinks its ports
 * taken and changes them.
 */
#include "addresses.h"
#include "conntrack.h"
#include "memory.h"
#include "namespaces.h"
#include "netns.h"
#include "verbs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is not yet a socket: the kernel has answered a SYN (TCP_NEW_SYN_RECV of net/tcp_states.h). */
#define NEW_SYN_RECV 12
#define CONNECTED                                                                                            \
	(1 << TCP_ESTABLISHED | 1 << TCP_SYN_SENT | 1 << TCP_SYN_RECV | 1 << NEW_SYN_RECV |                  \
	 1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_CLOSE_WAIT | 1 << TCP_LAST_ACK |                 \
	 1 << TCP_CLOSING)

struct ends {
	struct flow *list; /* source: here */
	size_t count;
};

struct locals {
	struct in6_addr *list;
	size_t count;
};

_Static_assert(sizeof(struct flow) == 2 * sizeof(struct in6_addr) + 2 * sizeof(uint16_t),
	       "compared as bytes");

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct flow));
}

static void add_end(const struct tcp_socket *socket, void *context)
{
	struct ends *ends = context;
	struct flow *end;

	ends->list = xappend(ends->list, &ends->count, sizeof(*ends->list));
	end = &ends->list[ends->count - 1];
	address_mapped(socket->family, &socket->local, &end->source);
	address_mapped(socket->family, &socket->remote, &end->destination);
	end->source_port = socket->local_port;
	end->destination_port = socket->remote_port;
}

static int read_locals(const struct agent *agent, int netns, struct locals *locals, struct failure *failure)
{
	json_t *addresses = addresses_json(agent, netns, failure);
	const json_t *address;
	size_t i;

	json_array_foreach(addresses, i, address)
	{
		const char *text = json_string_value(json_object_get(address, "address"));
		struct in6_addr bytes;
		int family = strchr(text, ':') ? AF_INET6 : AF_INET;

		if (inet_pton(family, text, &bytes) != 1)
			continue;
		locals->list = xappend(locals->list, &locals->count, sizeof(*locals->list));
		address_mapped(family, &bytes, &locals->list[locals->count - 1]);
	}
	json_decref(addresses);
	return addresses ? 0 : -1;
}

static bool is_local(const struct locals *locals, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127)
		return true;
	for (size_t i = 0; i < locals->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&locals->list[i], address))
			return true;
	return false;
}

/*
 * True if this connection ends here, and nobody has it open any more: no socket at its translated end, or
 * where that is elsewhere, at the end that began it. What passes through the namespace is none of ours.
 */
static bool is_over(const struct tracked *tracked, const struct locals *locals, const struct ends *ends)
{
	const struct flow *end;

	if (is_local(locals, &tracked->reply.source))
		end = &tracked->reply;
	else if (is_local(locals, &tracked->original.source))
		end = &tracked->original;
	else
		return false;
	return !ends->count || !bsearch(end, ends->list, ends->count, sizeof(*end), compare);
}

static int forget(const struct agent *agent, int netns, json_int_t *forgotten, struct failure *failure)
{
	int netlink = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), result = -1;
	struct tracked *tracked = NULL;
	struct locals locals = {0};
	struct ends ends = {0};
	size_t count = 0;

	if (netlink < 0)
		return errno == EPROTONOSUPPORT ? 0 : fail_system(failure, "socket", "NETLINK_NETFILTER");
	/* In this order: a connection that begins meanwhile is among the sockets, if it is tracked at all. */
	if (conntrack_list(netlink, &tracked, &count, failure) ||
	    read_locals(agent, netns, &locals, failure) ||
	    sockets_visit(agent, netns, CONNECTED, add_end, &ends, failure))
		goto out;
	if (ends.count)
		qsort(ends.list, ends.count, sizeof(*ends.list), compare);
	for (size_t i = 0; i < count; i++)
		if (is_over(&tracked[i], &locals, &ends) && conntrack_delete(netlink, &tracked[i]))
			++*forgotten;
	result = 0;
out:
	free(tracked);
	free(locals.list);
	free(ends.list);
	close(netlink);
	return result;
}

json_t *verb_conntrack_forget(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct workload workload;
	json_int_t forgotten = 0;
	int result = workload_open_param(agent, params, &workload, failure);

	if (!result)
		result = forget(agent, workload.netns, &forgotten, failure);
	workload_close(&workload);
	return result ? NULL : json_pack("{s:I}", "forgotten", forgotten);
}
