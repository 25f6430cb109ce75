/* SPDX-License-Identifier: Apache-2.0 */
/* TCP sockets of a namespace, through sock_diag(7). */
#pragma once

#include "agent.h"
#include "failure.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>

struct tcp_socket {
	int family;			  /* AF_INET or AF_INET6 */
	uint8_t state;			  /* TCP_ESTABLISHED, ... */
	struct in6_addr local, remote;	  /* IPv4: the first four bytes */
	uint16_t local_port, remote_port; /* host order */
	uint32_t uid;
	uint32_t inode;
	uint64_t cookie;
	bool v6only;
	const void *stored; /* the map's value for it, while it is visited; NULL: it has none */
	size_t stored_length;
};

/* Whose two ends are there, or were: neither listeners nor what the kernel keeps only to remember. */
#define TCP_OPEN_STATES                                                                                      \
	(1 << TCP_ESTABLISHED | 1 << TCP_SYN_SENT | 1 << TCP_SYN_RECV | 1 << TCP_FIN_WAIT1 |                 \
	 1 << TCP_FIN_WAIT2 | 1 << TCP_CLOSE_WAIT | 1 << TCP_LAST_ACK | 1 << TCP_CLOSING)

#define TCP_ANY_STATE 0xfff

/* Of which only the first packet has come. The kernel has a state of its own for them, and tells of this one.
 */
#define TCP_HALF_OPEN_STATES (1 << TCP_SYN_RECV | 1 << 12 /* TCP_NEW_SYN_RECV */)

typedef void socket_visitor(const struct tcp_socket *socket, void *context);

/* Visits every TCP socket of both families that is in one of `states` (bits 1 << TCP_...). */
int sockets_visit(const struct agent *agent, int netns, uint32_t states, socket_visitor *visit, void *context,
		  struct failure *failure);
/*
 * The same, of sockets for which the sk_storage map `map` (a descriptor) holds a value, and with it. The
 * kernel tells it in its dump (INET_DIAG_REQ_SK_BPF_STORAGES, Linux 5.7), so no program has to be loaded:
 * kernels that are locked down refuse BPF iterators.
 */
int sockets_visit_stored(const struct agent *agent, int netns, uint32_t states, int map,
			 socket_visitor *visit, void *context, struct failure *failure);
/* Listener[] of the snapshot. */
json_t *listeners_json(const struct agent *agent, int netns, struct failure *failure);
/* An IPv4-mapped address becomes an IPv4 one. The text has room for INET6_ADDRSTRLEN; gives the family. */
int address_text(int family, const struct in6_addr *address, char *text);
/* SocketName: the addresses as "10.0.0.1:80" and "[fd00::1]:80"; IPv4-mapped ones as IPv4. */
json_t *socket_name_json(const struct tcp_socket *socket);
