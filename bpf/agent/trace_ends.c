/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_ends.h"
#include "nfnetlink.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>

#define PORTS offsetof(struct tcphdr, th_seq)

static size_t address_size(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

bool trace_ends_read(int family, const void *ip, size_t network, const void *tcp, size_t transport,
		     struct trace_ends *ends)
{
	const bool ipv4 = family == AF_INET;
	const size_t source = ipv4 ? offsetof(struct iphdr, saddr) : offsetof(struct ip6_hdr, ip6_src);
	const size_t destination = ipv4 ? offsetof(struct iphdr, daddr) : offsetof(struct ip6_hdr, ip6_dst);
	struct tcphdr ports;

	if (!ip || !tcp || network < destination + address_size(family) || transport < PORTS)
		return false;
	memcpy(&ports, tcp, PORTS);
	*ends = (struct trace_ends){
	    .family = family, .source_port = ports.th_sport, .destination_port = ports.th_dport};
	memcpy(&ends->source, (const uint8_t *)ip + source, address_size(family));
	memcpy(&ends->destination, (const uint8_t *)ip + destination, address_size(family));
	return true;
}

bool trace_ends_read_packet(int family, const void *packet, size_t length, struct trace_ends *ends)
{
	const uint8_t *bytes = packet;
	/* An IPv6 header is as long as it is; one of IPv4 says so, in words. What follows may be an extension
	 * of it, and then nothing is known. */
	size_t header = sizeof(struct ip6_hdr);

	if (family == AF_INET)
		header = length ? (bytes[0] & 0xf) * 4U : 0;
	else if (length < header || bytes[offsetof(struct ip6_hdr, ip6_nxt)] != IPPROTO_TCP)
		return false;
	if (!header || length < header)
		return false;
	return trace_ends_read(family, packet, header, bytes + header, length - header, ends);
}

bool trace_ends_same_source(const struct trace_ends *one, const struct trace_ends *other)
{
	return one->family == other->family && one->source_port == other->source_port &&
	       !memcmp(&one->source, &other->source, address_size(one->family));
}

bool trace_ends_same(const struct trace_ends *one, const struct trace_ends *other)
{
	return trace_ends_same_source(one, other) && one->destination_port == other->destination_port &&
	       !memcmp(&one->destination, &other->destination, address_size(one->family));
}

static json_t *end_json(int family, const struct in6_addr *address, in_port_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	return json_pack("{s:s, s:i}", "address", text, "port", ntohs(port));
}

void trace_ends_add(json_t *event, const struct trace_ends *ends)
{
	json_object_set_new(event, "source", end_json(ends->family, &ends->source, ends->source_port));
	json_object_set_new(event, "destination",
			    end_json(ends->family, &ends->destination, ends->destination_port));
}

void trace_interface_add(json_t *event, const char *name, const struct nlattr *attribute)
{
	const uint32_t *index = attribute_payload(attribute, sizeof(*index));

	if (index)
		json_object_set_new(event, name, json_integer(ntohl(*index)));
}
