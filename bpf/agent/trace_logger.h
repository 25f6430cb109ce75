/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logger of a network namespace (net.netfilter.nf_log): who gets what the kernel says of a traced packet
 * in legacy rules. There is one for each family.
 */
#pragma once

#include "agent.h"
#include "failure.h"

#include <sys/types.h>

struct trace_logger {
	int channel; /* to the process that sets it back; -1: it is not set */
	pid_t guardian;
};

#define TRACE_LOGGER_UNSET ((struct trace_logger){.channel = -1})

/*
 * Has sockets of NETLINK_NETFILTER hear it. A process of its own sets the namespace back to what it was, when
 * asked to or once this one is gone, however it ends. `family` is AF_INET or AF_INET6.
 */
int trace_logger_set(struct agent *agent, int netns, int family, struct trace_logger *logger,
		     struct failure *failure);
/* Returns once it is set back. */
void trace_logger_unset(struct trace_logger *logger);
