/* SPDX-License-Identifier: Apache-2.0 */
#include "nf_tables.h"
#include "netns.h"
#include "nfnetlink.h"
#include "rtnetlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What one datagram of a dump may have (NLMSG_GOODSIZE and netlink_dump() of the kernel: 32 KiB). */
#define ROOM (64 * 1024)
/* Requests that are sent in one go: their answers have to find room in the socket, 4 KiB and more each. */
#define TOGETHER 16

#define MESSAGE(type) (NFNL_SUBSYS_NFTABLES << 8 | (type))

union answer {
	struct nlmsghdr header;
	char room[ROOM];
};

static void begin(struct rtnl_message *message, uint16_t type, uint16_t flags, uint8_t family)
{
	const struct nfgenmsg head = {.nfgen_family = family, .version = NFNETLINK_V0};

	rtnl_begin(message, MESSAGE(type), flags, &head, sizeof(head));
	/* The answer says it all. */
	message->header.nlmsg_flags = NLM_F_REQUEST | flags;
}

static void put_piece(struct rtnl_message *message, uint16_t type, struct piece piece)
{
	char text[NFT_NAME_MAXLEN] = {0};

	memcpy(text, piece.start, piece.length < sizeof(text) ? piece.length : sizeof(text) - 1);
	rtnl_put(message, type, text, strlen(text) + 1);
}

static void begin_for(struct rtnl_message *message, uint16_t type, uint16_t flags,
		      const struct nft_place *place, uint16_t table, uint16_t chain)
{
	static const uint8_t families[FAMILIES] = {NFPROTO_IPV4, NFPROTO_IPV6};

	begin(message, type, flags, families[place->family]);
	put_piece(message, table, place->table);
	put_piece(message, chain, place->chain);
}

/* One datagram of answers; the number of bytes, or -1 with errno set. */
static ssize_t receive(int netlink, union answer *answer)
{
	ssize_t length;

	do
		length = recv(netlink, answer, sizeof(*answer), 0);
	while (length < 0 && errno == EINTR);
	return length;
}

/* -1 with errno set where the message is none of what was asked for. */
static int expect(const struct nlmsghdr *header, uint16_t type)
{
	if (header->nlmsg_type == MESSAGE(type))
		return 0;
	errno = EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR && header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		errno = -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
	return -1;
}

/* Asks for one thing, which is one message. */
static int ask(int netlink, const struct rtnl_message *message, uint16_t type, union answer *answer)
{
	ssize_t length;

	if (send(netlink, message, message->header.nlmsg_len, 0) < 0)
		return -1;
	length = receive(netlink, answer);
	if (length < 0)
		return -1;
	if (!NLMSG_OK(&answer->header, (size_t)length)) {
		errno = EPROTO;
		return -1;
	}
	return expect(&answer->header, type);
}

int nft_generation(int netlink, uint32_t *generation)
{
	const struct nlattr *found[NFTA_GEN_MAX + 1];
	struct rtnl_message message;
	union answer answer;
	const uint32_t *id;

	begin(&message, NFT_MSG_GETGEN, 0, AF_UNSPEC);
	if (ask(netlink, &message, NFT_MSG_NEWGEN, &answer))
		return -1;
	attributes_of_message(&answer.header, found, NFTA_GEN_MAX);
	id = attribute_payload(found[NFTA_GEN_ID], sizeof(*id));
	errno = EPROTO;
	if (!id)
		return -1;
	*generation = ntohl(*id);
	return 0;
}

bool nf_tables_there(const struct agent *agent, int netns)
{
	int netlink = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	uint32_t generation;
	bool there;

	if (netlink < 0)
		return false;
	there = !nft_generation(netlink, &generation);
	close(netlink);
	return there;
}

static uint64_t number(const struct nlattr *attribute)
{
	const void *bytes = attribute_payload(attribute, sizeof(uint64_t));
	uint64_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

/* Of a counter's attributes. */
static struct counted counters_of(const struct nlattr *const *data)
{
	return (struct counted){number(data[NFTA_COUNTER_PACKETS]), number(data[NFTA_COUNTER_BYTES])};
}

static bool is_counter(const struct nlattr *name)
{
	static const char counter[] = "counter";

	return name && name->nla_len == sizeof(*name) + sizeof(counter) &&
	       !memcmp(name + 1, counter, sizeof(counter));
}

/* Of the expressions that a rule is made of, that which counts. */
static struct counted counter_among(const struct nlattr *expressions)
{
	const struct nlattr *expression[NFTA_EXPR_MAX + 1], *data[NFTA_COUNTER_MAX + 1];
	const void *end;

	if (!expressions)
		return (struct counted){0};
	end = (const uint8_t *)expressions + expressions->nla_len;
	for (const struct nlattr *element =
		 attributes_first(expressions + 1, expressions->nla_len - sizeof(*expressions));
	     element; element = attributes_next(element, end)) {
		attributes_nested(element, expression, NFTA_EXPR_MAX);
		if (!is_counter(expression[NFTA_EXPR_NAME]))
			continue;
		attributes_nested(expression[NFTA_EXPR_DATA], data, NFTA_COUNTER_MAX);
		return counters_of(data);
	}
	return (struct counted){0};
}

static struct nft_rule rule_of(const struct nlmsghdr *header)
{
	const struct nlattr *found[NFTA_RULE_MAX + 1];

	attributes_of_message(header, found, NFTA_RULE_MAX);
	return (struct nft_rule){.handle = number(found[NFTA_RULE_HANDLE]),
				 .counted = counter_among(found[NFTA_RULE_EXPRESSIONS])};
}

/* Takes what one datagram of a dump tells. 1: there is more, 0: that was all, -1: errno says why not. */
static int take_rules(const union answer *answer, size_t length, struct nft_rule *rules, size_t room,
		      size_t *count)
{
	unsigned int left = (unsigned int)length;

	for (const struct nlmsghdr *header = &answer->header; NLMSG_OK(header, left);
	     header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_flags & NLM_F_DUMP_INTR) {
			errno = EINTR;
			return -1;
		}
		if (header->nlmsg_type == NLMSG_DONE)
			return 0;
		if (expect(header, NFT_MSG_NEWRULE))
			return -1;
		if (*count < room)
			rules[*count] = rule_of(header);
		(*count)++;
	}
	return 1;
}

int nft_chain_rules(const struct nft_place *place, struct nft_rule *rules, size_t room, size_t *count)
{
	struct rtnl_message message;
	union answer answer;
	int more = 1;

	*count = 0;
	begin_for(&message, NFT_MSG_GETRULE, NLM_F_DUMP, place, NFTA_RULE_TABLE, NFTA_RULE_CHAIN);
	if (send(place->netlink, &message, message.header.nlmsg_len, 0) < 0)
		return -1;
	while (more > 0) {
		ssize_t length = receive(place->netlink, &answer);

		if (length < 0)
			return -1;
		more = take_rules(&answer, (size_t)length, rules, room, count);
	}
	return more;
}

/* Up to TOGETHER of them. */
static int count_some(const struct nft_place *place, struct nft_rule *rules, size_t count)
{
	struct rtnl_message messages[TOGETHER];
	struct iovec parts[TOGETHER];
	const struct msghdr whole = {.msg_iov = parts, .msg_iovlen = count};
	union answer answer;

	for (size_t i = 0; i < count; i++) {
		const uint64_t handle = htobe64(rules[i].handle);

		begin_for(&messages[i], NFT_MSG_GETRULE, 0, place, NFTA_RULE_TABLE, NFTA_RULE_CHAIN);
		rtnl_put(&messages[i], NFTA_RULE_HANDLE, &handle, sizeof(handle));
		parts[i] = (struct iovec){.iov_base = &messages[i],
					  .iov_len = NLMSG_ALIGN(messages[i].header.nlmsg_len)};
	}
	if (sendmsg(place->netlink, &whole, 0) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		ssize_t length = receive(place->netlink, &answer);

		if (length < 0)
			return -1;
		errno = EPROTO;
		if (!NLMSG_OK(&answer.header, (size_t)length) || expect(&answer.header, NFT_MSG_NEWRULE))
			return -1;
		rules[i] = rule_of(&answer.header);
	}
	return 0;
}

int nft_count_rules(const struct nft_place *place, struct nft_rule *rules, size_t count)
{
	for (size_t done = 0; done < count; done += TOGETHER) {
		size_t left = count - done;

		if (count_some(place, rules + done, left < TOGETHER ? left : TOGETHER))
			return -1;
	}
	return 0;
}

int nft_count_chain(const struct nft_place *place, struct counted *counted)
{
	const struct nlattr *found[NFTA_CHAIN_MAX + 1], *counters[NFTA_COUNTER_MAX + 1];
	struct rtnl_message message;
	union answer answer;

	*counted = (struct counted){0};
	begin_for(&message, NFT_MSG_GETCHAIN, 0, place, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME);
	if (ask(place->netlink, &message, NFT_MSG_NEWCHAIN, &answer))
		return errno == ENOENT ? 0 : -1;
	attributes_of_message(&answer.header, found, NFTA_CHAIN_MAX);
	attributes_nested(found[NFTA_CHAIN_COUNTERS], counters, NFTA_COUNTER_MAX);
	*counted = counters_of(counters);
	return 0;
}
