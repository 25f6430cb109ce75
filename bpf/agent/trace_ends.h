/* SPDX-License-Identifier: Apache-2.0 */
/* Where a traced packet comes from and goes to, at one moment of its way. */
#pragma once

#include <jansson.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct trace_ends {
	int family;				 /* AF_INET or AF_INET6 */
	struct in6_addr source, destination;	 /* of AF_INET the first 4 bytes */
	in_port_t source_port, destination_port; /* as in the packet */
};

/* From the headers of IP and TCP, of which `network` and `transport` bytes are there; false if too few are.
 */
bool trace_ends_read(int family, const void *ip, size_t network, const void *tcp, size_t transport,
		     struct trace_ends *ends);
/* From a packet that begins with its IP header, as far as it was told. */
bool trace_ends_read_packet(int family, const void *packet, size_t length, struct trace_ends *ends);
bool trace_ends_same_source(const struct trace_ends *one, const struct trace_ends *other);
bool trace_ends_same(const struct trace_ends *one, const struct trace_ends *other);
/* `source` and `destination` of a `trace/event`. */
void trace_ends_add(json_t *event, const struct trace_ends *ends);
/* `in` or `out` of a `trace/event`, where the kernel told that interface's index. */
void trace_interface_add(json_t *event, const char *name, const struct nlattr *attribute);
