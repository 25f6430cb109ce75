/* SPDX-License-Identifier: Apache-2.0 */
#include "rule_writers.h"
#include "netns.h"
#include "nfnetlink.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEW_GENERATION (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)

/*
 * A transaction of many rules is many messages, more than the socket has room for; that of its end, which
 * names the process (nf_tables_gen_notify), comes in a packet of its own. Only those are let in.
 */
static int attach_filter(int listening)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(NEW_GENERATION), 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};

	return setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int rule_writers_listen(const struct agent *agent, int netns)
{
	/* A socket without an address of its own hears nothing (netlink_broadcast_filtered). */
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	const int group = NFNLGRP_NFTABLES;
	int listening = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (listening < 0)
		return -1;
	if (!attach_filter(listening) && !bind(listening, (const struct sockaddr *)&any, sizeof(any)) &&
	    !setsockopt(listening, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return listening;
	close(listening);
	return -1;
}

/* Before Linux 4.14 (nf_tables_fill_gen_info) none says who. */
json_t *rule_writer_json(const struct nlmsghdr *header)
{
	const struct nlattr *found[NFTA_GEN_MAX + 1];
	const struct nlattr *name;
	const uint32_t *pid;
	size_t length;

	if (header->nlmsg_type != NEW_GENERATION)
		return NULL;
	attributes_of_message(header, found, NFTA_GEN_MAX);
	name = found[NFTA_GEN_PROC_NAME];
	pid = attribute_payload(found[NFTA_GEN_PROC_PID], sizeof(*pid));
	if (!name || !pid)
		return NULL;
	length = strnlen((const char *)(name + 1), name->nla_len - sizeof(*name));
	return json_pack("{s:o, s:I}", "process", text_json((const char *)(name + 1), length), "pid",
			 (json_int_t)ntohl(*pid));
}

static void add_writer(json_t *writers, json_t *writer)
{
	const size_t count = json_array_size(writers);

	if (writer && !(count && json_equal(json_array_get(writers, count - 1), writer)))
		json_array_append(writers, writer);
	json_decref(writer);
}

json_t *rule_writers_read(int listening)
{
	char room[8 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	json_t *writers = json_array();

	for (;;) {
		const ssize_t length = recv(listening, room, sizeof(room), MSG_DONTWAIT);
		unsigned int left = (unsigned int)length;

		/* Messages that found no room are those of writers who are named no more. */
		if (length < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (length < 0)
			return writers;
		for (const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)room;
		     NLMSG_OK(header, left); header = NLMSG_NEXT(header, left))
			add_writer(writers, rule_writer_json(header));
	}
}
