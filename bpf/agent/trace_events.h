/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of packets that are traced. */
#pragma once

#include "trace_state.h"

#include <linux/netlink.h>

/*
 * `trace/event` without the name of its trace; NULL if the message is of no interest. `own` is our table,
 * `rules` a socket of NETLINK_NETFILTER by which rules are counted: a rule is known by its place in its
 * chain. `packet` is the one that it is of: `begun` where our table says that it begins, `out` where it says
 * that it came out.
 */
json_t *trace_event_json(const struct nlmsghdr *header, const char *own, int rules,
			 struct trace_packet *packet);
