/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says of traced packets in legacy rules: lines of text, with the packet, on
 * NETLINK_NETFILTER (net/netfilter/nfnetlink_log.c) where the namespace's logger is set to that.
 */
#pragma once

#include "agent.h"
#include "failure.h"
#include "trace_ends.h"

#include <linux/netlink.h>

/*
 * A socket of the namespace that alone hears it. Returns -1 with `failure` filled, also where another program
 * listens there.
 */
int trace_log_open(struct agent *agent, int netns, int family, struct failure *failure);
/*
 * `trace/event` without the names of its trace and packet, and whose packet it is of; NULL if the message is
 * of no interest.
 */
json_t *trace_log_event(const struct nlmsghdr *header, struct trace_ends *ends);
