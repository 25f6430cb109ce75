/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of nf_tables of our own that has the kernel trace one connection. It belongs to the socket that
 * made it (NFT_TABLE_F_OWNER, Linux 5.12): the kernel removes it when that is closed, however the agent ends.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* What of new TCP connections is traced. */
struct traced {
	int family; /* AF_INET or AF_INET6 */
	bool inbound;
	bool has_source, has_destination;	/* the addresses: else any */
	struct in6_addr source, destination;	/* of AF_INET the first 4 bytes */
	uint16_t source_port, destination_port; /* host order; 0: any */
	bool has_uid;
	uint32_t uid; /* outbound only */
};

/* The name of the table, and of the chain in it that a connection comes to last. */
#define TRACE_TABLE "mesh-redirect-trace"
#define TRACE_MARK "begin"
#define TRACE_END "end"

/*
 * Makes the table through `netlink`, a socket of NETLINK_NETFILTER whose it then is. `name` tells it from
 * those of others. Returns -1 with errno set.
 */
int trace_table_make(int netlink, const char *name, const struct traced *traced);
