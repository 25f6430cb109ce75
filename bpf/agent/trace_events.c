/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_events.h"
#include "nfnetlink.h"
#include "rtnetlink.h"
#include "text.h"
#include "trace_table.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

static const char *text_of(const struct nlattr *attribute)
{
	const char *text = attribute_payload(attribute, 1);

	return text && !text[attribute->nla_len - sizeof(*attribute) - 1] ? text : "";
}

static uint32_t number_of(const struct nlattr *attribute, uint32_t absent)
{
	const uint32_t *bytes = attribute_payload(attribute, sizeof(*bytes));

	return bytes ? ntohl(*bytes) : absent;
}

static uint64_t handle_of(const struct nlattr *attribute)
{
	uint64_t bytes = 0;
	const void *found = attribute_payload(attribute, sizeof(bytes));

	if (found)
		memcpy(&bytes, found, sizeof(bytes));
	return be64toh(bytes);
}

struct search {
	uint64_t handle;
	json_int_t counted;
	json_int_t found; /* from 1; 0: not yet */
};

/* Counts the rules of one answer. False at the end of all. */
static bool count_rules(const char *room, ssize_t length, struct search *search)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)room;

	for (unsigned int left = (unsigned int)length; NLMSG_OK(header, left);
	     header = NLMSG_NEXT(header, left)) {
		const struct nlattr *found[NFTA_RULE_MAX + 1];

		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
			return false;
		attributes_of_message(header, found, NFTA_RULE_MAX);
		search->counted++;
		if (handle_of(found[NFTA_RULE_HANDLE]) == search->handle)
			search->found = search->counted;
	}
	return true;
}

/* Reads a dump to its end, so that the next one begins with its own answer. */
static json_int_t find_rule(int rules, uint64_t handle)
{
	static char room[64 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct search search = {.handle = handle};

	for (;;) {
		ssize_t length = recv(rules, room, sizeof(room), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 || !count_rules(room, length, &search))
			return search.found;
	}
}

/* The place of a rule in its chain, from 1; null if it has gone. */
static json_t *rule_json(int rules, uint8_t family, const char *table, const char *chain, uint64_t handle)
{
	const struct nfgenmsg head = {.nfgen_family = family, .version = NFNETLINK_V0};
	struct rtnl_message message;
	json_int_t number;

	rtnl_begin(&message, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP, &head, sizeof(head));
	message.header.nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	rtnl_put(&message, NFTA_RULE_TABLE, table, strlen(table) + 1);
	rtnl_put(&message, NFTA_RULE_CHAIN, chain, strlen(chain) + 1);
	if (send(rules, &message, message.header.nlmsg_len, 0) < 0)
		return json_null();
	number = find_rule(rules, handle);
	return number ? json_integer(number) : json_null();
}

static const char *verdict_name(uint32_t code)
{
	switch ((int)code) {
	case NF_DROP:
		return "drop";
	case NF_ACCEPT:
		return "accept";
	case NF_STOLEN:
		return "stolen";
	case NF_QUEUE:
		return "queue";
	case NFT_CONTINUE:
		return "continue";
	case NFT_RETURN:
		return "return";
	case NFT_JUMP:
		return "jump";
	case NFT_GOTO:
		return "goto";
	default:
		return "other";
	}
}

static size_t size_of(const struct nlattr *attribute)
{
	return attribute ? attribute->nla_len - sizeof(*attribute) : 0;
}

/* Where the packet comes from and goes to: told once in each chain of a hook. */
static bool read_ends(uint8_t family, const struct nlattr *network, const struct nlattr *transport,
		      struct trace_ends *ends)
{
	return network && transport &&
	       trace_ends_read(family, network + 1, size_of(network), transport + 1, size_of(transport),
			       ends);
}

static void add_verdict(json_t *event, const struct nlattr *attribute, const struct nlattr *policy)
{
	const struct nlattr *found[NFTA_VERDICT_MAX + 1];

	attributes_nested(attribute, found, NFTA_VERDICT_MAX);
	json_object_set_new(event, "verdict",
			    json_string(policy ? verdict_name(number_of(policy, NF_ACCEPT))
					       : verdict_name(number_of(found[NFTA_VERDICT_CODE], 0))));
	json_object_set_new(event, "to",
			    found[NFTA_VERDICT_CHAIN] ? string_json(text_of(found[NFTA_VERDICT_CHAIN]))
						      : json_null());
}

json_t *trace_event_json(const struct nlmsghdr *header, const char *own, int rules,
			 struct trace_packet *packet)
{
	const struct nfgenmsg *head = NLMSG_DATA(header);
	const struct nlattr *found[NFTA_TRACE_MAX + 1];
	const char *table, *chain, *kind;
	json_t *event;
	struct trace_ends ends;
	uint32_t type;
	bool ours, placed;

	*packet = (struct trace_packet){0};
	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE) ||
	    header->nlmsg_len < NLMSG_LENGTH(sizeof(*head)))
		return NULL;
	attributes_of_message(header, found, NFTA_TRACE_MAX);
	table = text_of(found[NFTA_TRACE_TABLE]);
	chain = text_of(found[NFTA_TRACE_CHAIN]);
	type = number_of(found[NFTA_TRACE_TYPE], NFT_TRACETYPE_UNSPEC);
	ours = !strcmp(table, own);
	packet->id = number_of(found[NFTA_TRACE_ID], 0);
	placed = read_ends(head->nfgen_family, found[NFTA_TRACE_NETWORK_HEADER],
			   found[NFTA_TRACE_TRANSPORT_HEADER], &ends);
	/* By its rule: a packet that another trace has marked only comes through our chain. */
	if (ours && placed && found[NFTA_TRACE_RULE_HANDLE] && !strcmp(chain, TRACE_MARK))
		packet->begun = ends;
	if (ours && placed && !strcmp(chain, TRACE_END))
		packet->out = ends;
	if (type == NFT_TRACETYPE_UNSPEC || type > NFT_TRACETYPE_RULE ||
	    (ours && strcmp(chain, TRACE_END) != 0))
		return NULL;
	/* Where a chain ends without a decision, there is no rule. */
	kind = ours ? "end" : found[NFTA_TRACE_RULE_HANDLE] ? "rule" : "policy";
	event = json_pack("{s:I, s:s, s:o, s:o, s:s}", "packet", (json_int_t)packet->id, "backend", "nft",
			  "table", string_json(table), "chain", string_json(chain), "kind", kind);
	json_object_set_new(event, "rule",
			    !strcmp(kind, "rule") ? rule_json(rules, head->nfgen_family, table, chain,
							      handle_of(found[NFTA_TRACE_RULE_HANDLE]))
						  : json_null());
	add_verdict(event, found[NFTA_TRACE_VERDICT],
		    type == NFT_TRACETYPE_POLICY ? found[NFTA_TRACE_POLICY] : NULL);
	if (placed)
		trace_ends_add(event, &ends);
	trace_interface_add(event, "in", found[NFTA_TRACE_IIF]);
	trace_interface_add(event, "out", found[NFTA_TRACE_OIF]);
	return event;
}
