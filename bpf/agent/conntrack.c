/* SPDX-License-Identifier: Apache-2.0 */
#include "conntrack.h"
#include "memory.h"
#include "nfnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct request {
	struct nlmsghdr header;
	struct nfgenmsg netfilter;
	uint8_t attributes[sizeof(((struct tracked *)0)->name)];
};

void address_mapped(int family, const void *bytes, struct in6_addr *address)
{
	if (family == AF_INET6) {
		memcpy(address, bytes, sizeof(*address));
		return;
	}
	*address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&address->s6_addr[12], bytes, sizeof(struct in_addr));
}

static int send_request(int netlink, uint8_t type, uint16_t flags, const struct tracked *tracked)
{
	struct request request = {
	    .header = {.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type, .nlmsg_flags = NLM_F_REQUEST | flags},
	    .netfilter = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0},
	};

	if (tracked) {
		request.netfilter.nfgen_family =
		    IN6_IS_ADDR_V4MAPPED(&tracked->original.source) ? AF_INET : AF_INET6;
		memcpy(request.attributes, tracked->name, tracked->name_length);
	}
	request.header.nlmsg_len =
	    NLMSG_LENGTH(sizeof(request.netfilter)) + (uint32_t)(tracked ? tracked->name_length : 0);
	return send(netlink, &request, request.header.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* False: not of TCP, or not whole. */
static bool read_flow(const struct nlattr *tuple, struct flow *flow)
{
	const struct nlattr *parts[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *protocol[CTA_PROTO_MAX + 1];
	const void *source, *destination, *number, *source_port, *destination_port;
	int family = AF_INET;

	if (!tuple)
		return false;
	attributes_nested(tuple, parts, CTA_TUPLE_MAX);
	if (!parts[CTA_TUPLE_IP] || !parts[CTA_TUPLE_PROTO])
		return false;
	attributes_nested(parts[CTA_TUPLE_IP], ip, CTA_IP_MAX);
	attributes_nested(parts[CTA_TUPLE_PROTO], protocol, CTA_PROTO_MAX);
	source = attribute_payload(ip[CTA_IP_V4_SRC], sizeof(struct in_addr));
	destination = attribute_payload(ip[CTA_IP_V4_DST], sizeof(struct in_addr));
	if (!source || !destination) {
		family = AF_INET6;
		source = attribute_payload(ip[CTA_IP_V6_SRC], sizeof(struct in6_addr));
		destination = attribute_payload(ip[CTA_IP_V6_DST], sizeof(struct in6_addr));
	}
	number = attribute_payload(protocol[CTA_PROTO_NUM], sizeof(uint8_t));
	source_port = attribute_payload(protocol[CTA_PROTO_SRC_PORT], sizeof(uint16_t));
	destination_port = attribute_payload(protocol[CTA_PROTO_DST_PORT], sizeof(uint16_t));
	if (!source || !destination || !number || *(const uint8_t *)number != IPPROTO_TCP || !source_port ||
	    !destination_port)
		return false;
	address_mapped(family, source, &flow->source);
	address_mapped(family, destination, &flow->destination);
	flow->source_port = ntohs(*(const uint16_t *)source_port);
	flow->destination_port = ntohs(*(const uint16_t *)destination_port);
	return true;
}

static bool add_name(struct tracked *tracked, const struct nlattr *attribute)
{
	const size_t size = attribute ? NLA_ALIGN(attribute->nla_len) : 0;

	if (size > sizeof(tracked->name) - tracked->name_length)
		return false;
	if (attribute)
		memcpy(tracked->name + tracked->name_length, attribute, attribute->nla_len);
	tracked->name_length += size;
	return true;
}

/* Gives where it begins. */
static size_t append(struct tracked *tracked, uint16_t type, const void *bytes, size_t size)
{
	const struct nlattr head = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + size)};
	const size_t at = tracked->name_length;

	memcpy(tracked->name + at, &head, sizeof(head));
	memcpy(tracked->name + at + NLA_HDRLEN, bytes, size);
	tracked->name_length += NLA_ALIGN(head.nla_len);
	return at;
}

static size_t begin_nest(struct tracked *tracked, uint16_t type)
{
	return append(tracked, NLA_F_NESTED | type, "", 0);
}

static void end_nest(struct tracked *tracked, size_t at)
{
	const uint16_t length = (uint16_t)(tracked->name_length - at);

	memcpy(tracked->name + at + offsetof(struct nlattr, nla_len), &length, sizeof(length));
}

struct tracked conntrack_named(const struct flow *original)
{
	const bool ipv4 = IN6_IS_ADDR_V4MAPPED(&original->source);
	const size_t skipped = ipv4 ? sizeof(struct in6_addr) - sizeof(struct in_addr) : 0;
	const size_t size = sizeof(struct in6_addr) - skipped;
	const uint16_t source_port = htons(original->source_port);
	const uint16_t destination_port = htons(original->destination_port);
	const uint8_t protocol = IPPROTO_TCP;
	struct tracked tracked = {.original = *original};
	const size_t tuple = begin_nest(&tracked, CTA_TUPLE_ORIG);
	size_t part = begin_nest(&tracked, CTA_TUPLE_IP);

	append(&tracked, ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, original->source.s6_addr + skipped, size);
	append(&tracked, ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, original->destination.s6_addr + skipped, size);
	end_nest(&tracked, part);
	part = begin_nest(&tracked, CTA_TUPLE_PROTO);
	append(&tracked, CTA_PROTO_NUM, &protocol, sizeof(protocol));
	append(&tracked, CTA_PROTO_SRC_PORT, &source_port, sizeof(source_port));
	append(&tracked, CTA_PROTO_DST_PORT, &destination_port, sizeof(destination_port));
	end_nest(&tracked, part);
	end_nest(&tracked, tuple);
	return tracked;
}

static bool read_tracked(const struct nlmsghdr *header, struct tracked *tracked)
{
	const size_t before = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	const struct nlattr *found[CTA_MAX + 1];

	if (header->nlmsg_len < before)
		return false;
	attributes_split((const uint8_t *)header + before, header->nlmsg_len - before, found, CTA_MAX);
	return read_flow(found[CTA_TUPLE_ORIG], &tracked->original) &&
	       read_flow(found[CTA_TUPLE_REPLY], &tracked->reply) &&
	       add_name(tracked, found[CTA_TUPLE_ORIG]) && found[CTA_ID] &&
	       add_name(tracked, found[CTA_ID]) && add_name(tracked, found[CTA_ZONE]);
}

/* Reads one answer of the kernel. Returns 1 at the end of all, -1 with errno set. */
static int read_answer(int netlink, struct tracked **list, size_t *count)
{
	static char room[64 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t length = recv(netlink, room, sizeof(room), 0);
	struct nlmsghdr *header = (struct nlmsghdr *)room;

	if (length < 0)
		return errno == EINTR ? 0 : -1;
	for (unsigned int left = (unsigned int)length; NLMSG_OK(header, left);
	     header = NLMSG_NEXT(header, left)) {
		struct tracked tracked = {0};

		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type == NLMSG_ERROR) {
			errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
			return errno ? -1 : 1;
		}
		if (read_tracked(header, &tracked)) {
			*list = xappend(*list, count, sizeof(**list));
			(*list)[*count - 1] = tracked;
		}
	}
	return 0;
}

int conntrack_list(int netlink, struct tracked **list, size_t *count, struct failure *failure)
{
	int state = send_request(netlink, IPCTNL_MSG_CT_GET, NLM_F_DUMP, NULL);

	*list = NULL;
	*count = 0;
	while (!state)
		state = read_answer(netlink, list, count);
	/* nfnetlink says so where it finds no ctnetlink, and no module of it. */
	if (state < 0 && errno != EINVAL && errno != EOPNOTSUPP)
		return fail_system(failure, "IPCTNL_MSG_CT_GET", NULL);
	return 0;
}

bool conntrack_delete(int netlink, const struct tracked *tracked)
{
	struct tracked *none = NULL;
	size_t count = 0;
	int state = send_request(netlink, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, tracked);

	while (!state)
		state = read_answer(netlink, &none, &count);
	return state > 0;
}
