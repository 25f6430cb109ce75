/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_log.h"
#include "netns.h"
#include "nfnetlink.h"
#include "rtnetlink.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of what goes by nf_log_trace() (net/netfilter/nf_log.c): it names none. */
#define GROUP 0
#define PREFIX "TRACE: "
/* Enough of a packet to have its ports in it. */
#define PACKET_BYTES 128

static void begin(struct rtnl_message *message, int family)
{
	const struct nfgenmsg head = {
	    .nfgen_family = (uint8_t)family, .version = NFNETLINK_V0, .res_id = htons(GROUP)};

	rtnl_begin(message, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, 0, &head, sizeof(head));
}

static void bind_group(struct rtnl_message *message, int family)
{
	const struct nfulnl_msg_config_cmd bound = {.command = NFULNL_CFG_CMD_BIND};

	begin(message, family);
	rtnl_put(message, NFULA_CFG_CMD, &bound, sizeof(bound));
}

/* Each packet at once, with its beginning. */
static void configure(struct rtnl_message *message, int family)
{
	const struct nfulnl_msg_config_mode mode = {.copy_mode = NFULNL_COPY_PACKET,
						    .copy_range = htonl(PACKET_BYTES)};
	const uint32_t threshold = htonl(1);

	begin(message, family);
	rtnl_put(message, NFULA_CFG_MODE, &mode, sizeof(mode));
	rtnl_put(message, NFULA_CFG_QTHRESH, &threshold, sizeof(threshold));
}

int trace_log_open(struct agent *agent, int netns, int family, struct failure *failure)
{
	int log = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	struct rtnl_message message;

	if (log < 0)
		return fail_system(failure, "socket", NULL);
	bind_group(&message, family);
	if (!rtnl_do(log, &message)) {
		configure(&message, family);
		if (!rtnl_do(log, &message))
			return log;
	}
	/* Asked by another socket than the one that has it (nfulnl_recv_config). */
	if (errno == EPERM || errno == EBUSY)
		fail(failure, NULL, "another program listens to what this network namespace logs (group %d)",
		     GROUP);
	else
		fail_system(failure, "NFULNL_MSG_CONFIG", NULL);
	close(log);
	return -1;
}

/* A line's parts: `TRACE: table:chain:kind:number `. */
struct said {
	const char *table, *chain, *kind;
	size_t table_length, chain_length;
	json_int_t number;
};

/* A table has no colon in its name; a chain may have. */
static bool read_line(char *line, struct said *said)
{
	char *chain, *kind, *number;

	if (strncmp(line, PREFIX, strlen(PREFIX)) != 0)
		return false;
	said->table = line + strlen(PREFIX);
	chain = strchr(said->table, ':');
	number = strrchr(said->table, ':');
	if (!chain || chain == number)
		return false;
	*number++ = '\0';
	kind = strrchr(chain, ':');
	if (kind == chain)
		return false;
	said->table_length = (size_t)(chain - said->table);
	said->chain = chain + 1;
	said->chain_length = (size_t)(kind - said->chain);
	said->kind = kind + 1;
	said->number = strtol(number, NULL, 10);
	return said->number > 0;
}

json_t *trace_log_event(const struct nlmsghdr *header, struct trace_ends *ends)
{
	const struct nfgenmsg *head = NLMSG_DATA(header);
	const struct nlattr *found[NFULA_MAX + 1];
	const struct nlattr *prefix, *packet;
	char line[256];
	struct said said;
	json_t *event;

	if (header->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    header->nlmsg_len < NLMSG_LENGTH(sizeof(*head)))
		return NULL;
	attributes_of_message(header, found, NFULA_MAX);
	prefix = found[NFULA_PREFIX];
	packet = found[NFULA_PAYLOAD];
	if (!prefix || !packet)
		return NULL;
	snprintf(line, sizeof(line), "%.*s", (int)(prefix->nla_len - sizeof(*prefix)),
		 (const char *)(prefix + 1));
	if (!read_line(line, &said) ||
	    !trace_ends_read_packet(head->nfgen_family, packet + 1, packet->nla_len - sizeof(*packet), ends))
		return NULL;
	event = json_pack(
	    "{s:s, s:o, s:o, s:s, s:I, s:n, s:n}", "backend", "legacy", "table",
	    text_json(said.table, said.table_length), "chain", text_json(said.chain, said.chain_length),
	    "kind", strcmp(said.kind, "rule") ? "policy" : "rule", "rule", said.number, "verdict", "to");
	trace_ends_add(event, ends);
	trace_interface_add(event, "in", found[NFULA_IFINDEX_INDEV]);
	trace_interface_add(event, "out", found[NFULA_IFINDEX_OUTDEV]);
	return event;
}
