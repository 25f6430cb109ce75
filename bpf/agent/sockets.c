/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is asked for, and who is told. */
struct query {
	uint32_t states;
	int map; /* whose values are told as well; -1: none */
	socket_visitor *visit;
	void *context;
};

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 diag;
	/* Sent where a map is asked for. */
	struct nlattr storages;
	struct nlattr map;
	uint32_t map_fd;
};

static int send_request(int diag, int family, const struct query *query)
{
	struct request request = {
	    .header = {.nlmsg_len = query->map < 0 ? offsetof(struct request, storages) : sizeof(request),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .diag = {.sdiag_family = (uint8_t)family,
		     .sdiag_protocol = IPPROTO_TCP,
		     .idiag_states = query->states},
	    .storages = {.nla_len = sizeof(request) - offsetof(struct request, storages),
			 .nla_type = INET_DIAG_REQ_SK_BPF_STORAGES | NLA_F_NESTED},
	    .map = {.nla_len = sizeof(request) - offsetof(struct request, map),
		    .nla_type = SK_DIAG_BPF_STORAGE_REQ_MAP_FD},
	    .map_fd = (uint32_t)query->map,
	};

	return send(diag, &request, request.header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* The first attribute of this type among those in `room`; NULL if there is none. */
static const struct rtattr *find(const void *room, size_t size, unsigned short type)
{
	const struct rtattr *attribute = room;
	unsigned int left = (unsigned int)size;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
	return NULL;
}

static const struct rtattr *find_nested(const struct rtattr *outer, unsigned short type)
{
	return outer ? find(RTA_DATA(outer), RTA_PAYLOAD(outer), type) : NULL;
}

static void read_stored(const struct rtattr *storages, struct tcp_socket *socket)
{
	const struct rtattr *one = find_nested(storages, SK_DIAG_BPF_STORAGE);
	const struct rtattr *value = find_nested(one, SK_DIAG_BPF_STORAGE_MAP_VALUE);

	if (!value)
		return;
	socket->stored = RTA_DATA(value);
	socket->stored_length = RTA_PAYLOAD(value);
}

static void visit_one(const struct nlmsghdr *header, const struct query *query)
{
	const struct inet_diag_msg *message = NLMSG_DATA(header);
	const struct rtattr *v6only;
	struct tcp_socket socket;
	size_t left;

	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(*message)))
		return;
	left = header->nlmsg_len - NLMSG_LENGTH(sizeof(*message));
	v6only = find(message + 1, left, INET_DIAG_SKV6ONLY);
	socket = (struct tcp_socket){
	    .family = message->idiag_family,
	    .state = message->idiag_state,
	    .local_port = ntohs(message->id.idiag_sport),
	    .remote_port = ntohs(message->id.idiag_dport),
	    .uid = message->idiag_uid,
	    .inode = message->idiag_inode,
	    .cookie = (uint64_t)message->id.idiag_cookie[1] << 32 | message->id.idiag_cookie[0],
	    .v6only = v6only && RTA_PAYLOAD(v6only) >= 1 && *(const uint8_t *)RTA_DATA(v6only),
	};
	memcpy(&socket.local, message->id.idiag_src, sizeof(socket.local));
	memcpy(&socket.remote, message->id.idiag_dst, sizeof(socket.remote));
	read_stored(find(message + 1, left, INET_DIAG_SK_BPF_STORAGES), &socket);
	if (query->map < 0 || socket.stored)
		query->visit(&socket, query->context);
}

/* Reads one answer of the kernel. Returns 1 at the end of all, -1 with errno set. */
static int read_answer(int diag, const struct query *query)
{
	char room[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t length = recv(diag, room, sizeof(room), 0);
	struct nlmsghdr *header = (struct nlmsghdr *)room;

	if (length < 0)
		return errno == EINTR ? 0 : -1;
	for (unsigned int left = (unsigned int)length; NLMSG_OK(header, left);
	     header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type == NLMSG_ERROR) {
			errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
			return -1;
		}
		visit_one(header, query);
	}
	return 0;
}

static int visit_all(const struct agent *agent, int netns, const struct query *query, struct failure *failure)
{
	static const int families[] = {AF_INET, AF_INET6};
	int diag = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG), state = 0;

	if (diag < 0)
		return fail_system(failure, "socket", "NETLINK_SOCK_DIAG");
	for (size_t i = 0; state >= 0 && i < 2; i++) {
		state = send_request(diag, families[i], query);
		while (!state)
			state = read_answer(diag, query);
		/* A kernel without IPv6 has none of its sockets. */
		if (state < 0 && families[i] == AF_INET6 && errno == ENOENT)
			state = 0;
	}
	if (state < 0)
		fail_system(failure, "SOCK_DIAG_BY_FAMILY", NULL);
	close(diag);
	return state < 0 ? -1 : 0;
}

int sockets_visit(const struct agent *agent, int netns, uint32_t states, socket_visitor *visit, void *context,
		  struct failure *failure)
{
	const struct query query = {.states = states, .map = -1, .visit = visit, .context = context};

	return visit_all(agent, netns, &query, failure);
}

int sockets_visit_stored(const struct agent *agent, int netns, uint32_t states, int map,
			 socket_visitor *visit, void *context, struct failure *failure)
{
	const struct query query = {.states = states, .map = map, .visit = visit, .context = context};

	return visit_all(agent, netns, &query, failure);
}

static void add_listener(const struct tcp_socket *socket, void *context)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(socket->family, &socket->local, address, sizeof(address));
	json_array_append_new(context, json_pack("{s:s, s:s, s:i, s:I, s:b}", "family",
						 socket->family == AF_INET ? "ipv4" : "ipv6", "address",
						 address, "port", socket->local_port, "uid",
						 (json_int_t)socket->uid, "v6only", socket->v6only));
}

json_t *listeners_json(const struct agent *agent, int netns, struct failure *failure)
{
	json_t *listeners = json_array();

	if (!sockets_visit(agent, netns, 1 << TCP_LISTEN, add_listener, listeners, failure))
		return listeners;
	json_decref(listeners);
	return NULL;
}

int address_text(int family, const struct in6_addr *address, char *text)
{
	bool mapped = family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(address);

	family = mapped ? AF_INET : family;
	inet_ntop(family, mapped ? &address->s6_addr[12] : address->s6_addr, text, INET6_ADDRSTRLEN);
	return family;
}

static void format_end(int family, const struct in6_addr *address, uint16_t port, char *text, size_t size)
{
	char plain[INET6_ADDRSTRLEN];

	family = address_text(family, address, plain);
	snprintf(text, size, family == AF_INET6 ? "[%s]:%u" : "%s:%u", plain, port);
}

json_t *socket_name_json(const struct tcp_socket *socket)
{
	static const char *const states[] = {[TCP_ESTABLISHED] = "ESTABLISHED",
					     [TCP_SYN_SENT] = "SYN_SENT",
					     [TCP_SYN_RECV] = "SYN_RECV",
					     [TCP_FIN_WAIT1] = "FIN_WAIT1",
					     [TCP_FIN_WAIT2] = "FIN_WAIT2",
					     [TCP_TIME_WAIT] = "TIME_WAIT",
					     [TCP_CLOSE] = "CLOSE",
					     [TCP_CLOSE_WAIT] = "CLOSE_WAIT",
					     [TCP_LAST_ACK] = "LAST_ACK",
					     [TCP_LISTEN] = "LISTEN",
					     [TCP_CLOSING] = "CLOSING"};
	const char *state = socket->state < sizeof(states) / sizeof(*states) ? states[socket->state] : NULL;
	char local[64], remote[64], cookie[24];

	format_end(socket->family, &socket->local, socket->local_port, local, sizeof(local));
	format_end(socket->family, &socket->remote, socket->remote_port, remote, sizeof(remote));
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)socket->cookie);
	return json_pack("{s:s, s:s, s:s, s:s}", "cookie", cookie, "local", local, "remote", remote, "state",
			 state ? state : "unknown");
}
