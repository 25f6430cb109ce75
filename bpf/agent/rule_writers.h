/* SPDX-License-Identifier: Apache-2.0 */
/* Who changes nf_tables rules in a network namespace, as the kernel tells it while somebody listens. */
#pragma once

#include "agent.h"

#include <linux/netlink.h>

/*
 * Listens in the namespace, which is kept alive by that. Returns -1 where the kernel has no nf_tables, or
 * refuses.
 */
int rule_writers_listen(const struct agent *agent, int netns);
/* { process, pid } of a message that ends a transaction; NULL of others, and where it does not say. */
json_t *rule_writer_json(const struct nlmsghdr *header);
/* Who has changed rules since the last call: [{ process, pid }], in their order, none twice in a row. */
json_t *rule_writers_read(int listening);
