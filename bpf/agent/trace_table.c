/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_table.h"
#include "rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Since Linux 5.12. */
#ifndef NFT_TABLE_F_OWNER
#define NFT_TABLE_F_OWNER (1 << 1)
#endif

/* Before everything that iptables has (raw is at -300), and after it (security is at 50, nat's last at 100).
 */
#define FIRST (-400)
#define LAST 400

enum { BEGIN, TABLE, MARK_CHAIN, END_CHAIN, RULE, END, MESSAGES };

static void put_text(struct rtnl_message *message, uint16_t type, const char *text)
{
	rtnl_put(message, type, text, strlen(text) + 1);
}

static void put_number(struct rtnl_message *message, uint16_t type, uint32_t number)
{
	const uint32_t bytes = htonl(number);

	rtnl_put(message, type, &bytes, sizeof(bytes));
}

static void begin(struct rtnl_message *message, uint16_t type, uint16_t flags, const struct traced *traced)
{
	const struct nfgenmsg head = {.nfgen_family = traced->family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6,
				      .version = NFNETLINK_V0};

	rtnl_begin(message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &head, sizeof(head));
}

static void batch(struct rtnl_message *message, uint16_t type)
{
	const struct nfgenmsg head = {.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};

	rtnl_begin(message, type, 0, &head, sizeof(head));
	message->header.nlmsg_flags = NLM_F_REQUEST; /* The ends of a batch are not answered. */
}

static void chain(struct rtnl_message *message, const char *table, const char *name, uint32_t hook,
		  int priority, const struct traced *traced)
{
	struct rtattr *hooked;

	begin(message, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, traced);
	put_text(message, NFTA_CHAIN_TABLE, table);
	put_text(message, NFTA_CHAIN_NAME, name);
	hooked = rtnl_open(message, NFTA_CHAIN_HOOK | NLA_F_NESTED, NULL, 0);
	put_number(message, NFTA_HOOK_HOOKNUM, hook);
	put_number(message, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	rtnl_close(message, hooked);
	put_number(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
	put_text(message, NFTA_CHAIN_TYPE, "filter");
}

struct expression {
	struct rtattr *element, *data;
};

static struct expression expression_begin(struct rtnl_message *message, const char *name)
{
	struct expression expression = {.element =
					    rtnl_open(message, NFTA_LIST_ELEM | NLA_F_NESTED, NULL, 0)};

	put_text(message, NFTA_EXPR_NAME, name);
	expression.data = rtnl_open(message, NFTA_EXPR_DATA | NLA_F_NESTED, NULL, 0);
	return expression;
}

static void expression_end(struct rtnl_message *message, struct expression expression)
{
	rtnl_close(message, expression.data);
	rtnl_close(message, expression.element);
}

static void put_data(struct rtnl_message *message, uint16_t type, const void *bytes, size_t length)
{
	struct rtattr *data = rtnl_open(message, type | NLA_F_NESTED, NULL, 0);

	rtnl_put(message, NFTA_DATA_VALUE, bytes, length);
	rtnl_close(message, data);
}

static void load_meta(struct rtnl_message *message, uint32_t key)
{
	struct expression meta = expression_begin(message, "meta");

	put_number(message, NFTA_META_DREG, NFT_REG_1);
	put_number(message, NFTA_META_KEY, key);
	expression_end(message, meta);
}

static void load_payload(struct rtnl_message *message, uint32_t base, size_t offset, size_t length)
{
	struct expression payload = expression_begin(message, "payload");

	put_number(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(message, NFTA_PAYLOAD_BASE, base);
	put_number(message, NFTA_PAYLOAD_OFFSET, (uint32_t)offset);
	put_number(message, NFTA_PAYLOAD_LEN, (uint32_t)length);
	expression_end(message, payload);
}

/* Goes on with the rule only if what was loaded is this. */
static void require(struct rtnl_message *message, const void *bytes, size_t length)
{
	struct expression compare = expression_begin(message, "cmp");

	put_number(message, NFTA_CMP_SREG, NFT_REG_1);
	put_number(message, NFTA_CMP_OP, NFT_CMP_EQ);
	put_data(message, NFTA_CMP_DATA, bytes, length);
	expression_end(message, compare);
}

static void require_port(struct rtnl_message *message, size_t offset, uint16_t port)
{
	const uint16_t bytes = htons(port);

	if (!port)
		return;
	load_payload(message, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	require(message, &bytes, sizeof(bytes));
}

static void require_addresses(struct rtnl_message *message, const struct traced *traced)
{
	const bool ipv4 = traced->family == AF_INET;
	const size_t length = ipv4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	const size_t source = ipv4 ? offsetof(struct iphdr, saddr) : offsetof(struct ip6_hdr, ip6_src);
	const size_t destination = ipv4 ? offsetof(struct iphdr, daddr) : offsetof(struct ip6_hdr, ip6_dst);

	if (traced->has_source) {
		load_payload(message, NFT_PAYLOAD_NETWORK_HEADER, source, length);
		require(message, &traced->source, length);
	}
	if (traced->has_destination) {
		load_payload(message, NFT_PAYLOAD_NETWORK_HEADER, destination, length);
		require(message, &traced->destination, length);
	}
}

/* Of a connection the packet that begins it: SYN, and neither ACK nor RST nor FIN. */
static void require_first_packet(struct rtnl_message *message)
{
	const uint8_t protocol = IPPROTO_TCP, mask = TH_FIN | TH_SYN | TH_RST | TH_ACK, flags = TH_SYN,
		      zero = 0;
	struct expression bitwise;

	load_meta(message, NFT_META_L4PROTO);
	require(message, &protocol, sizeof(protocol));
	load_payload(message, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_flags), sizeof(flags));
	bitwise = expression_begin(message, "bitwise");
	put_number(message, NFTA_BITWISE_SREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_DREG, NFT_REG_1);
	put_number(message, NFTA_BITWISE_LEN, sizeof(mask));
	put_data(message, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_data(message, NFTA_BITWISE_XOR, &zero, sizeof(zero));
	expression_end(message, bitwise);
	require(message, &flags, sizeof(flags));
}

static void set_trace(struct rtnl_message *message)
{
	const uint8_t on = 1;
	struct expression expression = expression_begin(message, "immediate");

	put_number(message, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	put_data(message, NFTA_IMMEDIATE_DATA, &on, sizeof(on));
	expression_end(message, expression);
	expression = expression_begin(message, "meta");
	put_number(message, NFTA_META_SREG, NFT_REG_1);
	put_number(message, NFTA_META_KEY, NFT_META_NFTRACE);
	expression_end(message, expression);
}

static void rule(struct rtnl_message *message, const char *table, const struct traced *traced)
{
	struct rtattr *expressions;

	begin(message, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, traced);
	put_text(message, NFTA_RULE_TABLE, table);
	put_text(message, NFTA_RULE_CHAIN, TRACE_MARK);
	expressions = rtnl_open(message, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, NULL, 0);
	require_first_packet(message);
	require_addresses(message, traced);
	require_port(message, offsetof(struct tcphdr, th_sport), traced->source_port);
	require_port(message, offsetof(struct tcphdr, th_dport), traced->destination_port);
	if (traced->has_uid && !traced->inbound) {
		load_meta(message, NFT_META_SKUID);
		require(message, &traced->uid, sizeof(traced->uid));
	}
	set_trace(message);
	rtnl_close(message, expressions);
}

/* Reads the answers to what has one; errno is what the first refusal says. */
static int read_answers(int netlink, unsigned int expected)
{
	char room[16 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));

	while (expected) {
		ssize_t received = recv(netlink, room, sizeof(room), 0);
		const struct nlmsghdr *header = (const struct nlmsghdr *)room;

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return -1;
		for (unsigned int left = (unsigned int)received; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			errno = -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
			if (errno)
				return -1;
			expected -= expected > 0;
		}
	}
	return 0;
}

int trace_table_make(int netlink, const char *name, const struct traced *traced)
{
	struct rtnl_message messages[MESSAGES];
	struct iovec parts[MESSAGES];
	const struct msghdr whole = {.msg_iov = parts, .msg_iovlen = MESSAGES};

	batch(&messages[BEGIN], NFNL_MSG_BATCH_BEGIN);
	begin(&messages[TABLE], NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, traced);
	put_text(&messages[TABLE], NFTA_TABLE_NAME, name);
	put_number(&messages[TABLE], NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	chain(&messages[MARK_CHAIN], name, TRACE_MARK,
	      traced->inbound ? NF_INET_PRE_ROUTING : NF_INET_LOCAL_OUT, FIRST, traced);
	chain(&messages[END_CHAIN], name, TRACE_END, traced->inbound ? NF_INET_LOCAL_IN : NF_INET_LOCAL_OUT,
	      LAST, traced);
	rule(&messages[RULE], name, traced);
	batch(&messages[END], NFNL_MSG_BATCH_END);
	for (size_t i = 0; i < MESSAGES; i++) {
		/* Each begins where the one before ends. */
		parts[i] = (struct iovec){.iov_base = &messages[i],
					  .iov_len = NLMSG_ALIGN(messages[i].header.nlmsg_len)};
		messages[i].header.nlmsg_seq = (uint32_t)i + 1;
	}
	if (sendmsg(netlink, &whole, 0) < 0)
		return -1;
	return read_answers(netlink, RULE - BEGIN);
}
