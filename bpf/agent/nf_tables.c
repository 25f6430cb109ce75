/* SPDX-License-Identifier: Apache-2.0 */
#include "nf_tables.h"
#include "netns.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

bool nf_tables_there(const struct agent *agent, int netns)
{
	/* The cheapest request there is: the number of the ruleset's generation. */
	const struct {
		struct nlmsghdr header;
		struct nfgenmsg message;
	} request = {.header = {.nlmsg_len = sizeof(request),
				.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
				.nlmsg_flags = NLM_F_REQUEST},
		     .message = {.version = NFNETLINK_V0}};
	union {
		struct nlmsghdr header;
		char room[1024];
	} answer;
	int netlink = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	bool there;

	if (netlink < 0)
		return false;
	there = send(netlink, &request, sizeof(request), 0) == sizeof(request) &&
		recv(netlink, &answer, sizeof(answer), 0) >= (ssize_t)sizeof(answer.header) &&
		answer.header.nlmsg_type != NLMSG_ERROR;
	close(netlink);
	return there;
}
