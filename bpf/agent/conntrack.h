/* SPDX-License-Identifier: Apache-2.0 */
/* What connection tracking of a namespace remembers of TCP connections, through ctnetlink. */
#pragma once

#include "failure.h"
#include "sockets.h"

/* One direction of a connection, in packets. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d; ports in host
 * order. */
struct flow {
	struct in6_addr source, destination;
	uint16_t source_port, destination_port;
};

struct tracked {
	struct flow original; /* as its first packet came */
	struct flow reply;    /* as answers to it come: from whoever it was translated to */
	/* What names it to the kernel: attributes of netlink. */
	uint8_t name[96];
	size_t name_length;
};

/* Four bytes or sixteen, as struct flow has them. */
void address_mapped(int family, const void *bytes, struct in6_addr *address);

/*
 * Everything that is remembered, in `*list`, which the caller frees. None where the kernel has no ctnetlink.
 * `netlink` is a NETLINK_NETFILTER socket of the namespace.
 */
int conntrack_list(int netlink, struct tracked **list, size_t *count, struct failure *failure);
/* The one whose first packet came like this, in no zone: it need not be listed before it is forgotten. */
struct tracked conntrack_named(const struct flow *original);
/* Forgets one of the list, unless another one has its name by now. Gives whether it did. */
bool conntrack_delete(int netlink, const struct tracked *tracked);
