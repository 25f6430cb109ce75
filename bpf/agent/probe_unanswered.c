/* SPDX-License-Identifier: Apache-2.0 */
#include "conntrack.h"
#include "netns.h"
#include "probes.h"

#include <errno.h>
#include <linux/netlink.h>
#include <unistd.h>

static void forget(int netlink, const struct probe *probe)
{
	const struct end to = end_of_name(&probe->destinations[probe->destination].name);
	const struct flow asked = {.source = probe->source.address,
				   .destination = to.address,
				   .source_port = probe->source.port,
				   .destination_port = to.port};
	const struct tracked tracked = conntrack_named(&asked);

	/* It is not there where no rule needs it. */
	conntrack_delete(netlink, &tracked);
}

int unanswered_forget(const struct probes *probes, struct failure *failure)
{
	int netlink =
	    netns_socket(probes->agent, probes->workload->netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (netlink < 0)
		return errno == EPROTONOSUPPORT ? 0 : fail_system(failure, "socket", "NETLINK_NETFILTER");
	for (size_t i = 0; i < probes->count; i++)
		if (!probes->list[i].established && probes->list[i].source.known)
			forget(netlink, &probes->list[i]);
	close(netlink);
	return 0;
}
