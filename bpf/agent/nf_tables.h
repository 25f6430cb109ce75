/* SPDX-License-Identifier: Apache-2.0 */
/* What nf_tables tells of the rules that iptables' nft back-end keeps there (NETLINK_NETFILTER). */
#pragma once

#include "agent.h"
#include "saved_rules.h"
#include "tools.h"

/* Whether the kernel answers nf_tables requests in the namespace: without CONFIG_NF_TABLES there are no nft
 * rules. */
bool nf_tables_there(const struct agent *agent, int netns);

/* A chain in a table, on a socket of its network namespace. */
struct nft_place {
	int netlink;
	enum family family;
	struct piece table, chain;
};

struct nft_rule {
	uint64_t handle; /* names it as long as it is there */
	struct counted counted;
};

/* Each returns -1 with errno set; ENOENT: there is no such chain or rule. */

/* A number that is another after each change of any rule in the namespace. */
int nft_generation(int netlink, uint32_t *generation);
/*
 * All rules of a chain, in their order: as many as there are, of which the first `room` are written. EINTR:
 * they were changed meanwhile.
 */
int nft_chain_rules(const struct nft_place *place, struct nft_rule *rules, size_t room, size_t *count);
/*
 * What these rules count, by their handles. The kernel looks for each from the chain's first rule on, which
 * takes less than telling of all unless they are very many.
 */
int nft_count_rules(const struct nft_place *place, struct nft_rule *rules, size_t count);
/*
 * What a built-in chain counts; zeros where it does not, or is not there: iptables-save prints all of a
 * table, also those that were never made.
 */
int nft_count_chain(const struct nft_place *place, struct counted *counted);
