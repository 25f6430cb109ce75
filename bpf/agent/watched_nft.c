/* SPDX-License-Identifier: Apache-2.0 */
#include "netns.h"
#include "nf_tables.h"
#include "watched_rules.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of a namespace in which the kernel has no nf_tables, and so no other state; generations have 32 bits. */
#define NO_NF_TABLES UINT64_MAX

/* Those lines of the chain's rules that are visible; as many as there are. */
static size_t visible_rules(const struct watched_ruleset *ruleset, const struct saved_chain *chain)
{
	size_t count = 0;

	for (size_t i = 0; i < chain->rules; i++)
		count += ruleset->visible[chain->first + i];
	return count;
}

/*
 * Whether to ask for these rules one by one. To tell of a rule among others takes the kernel about 3 us; when
 * it is asked for by itself about 2 us, and 15 ns for each rule before it.
 */
static bool one_by_one(size_t visible, size_t all)
{
	return visible * (200 + all) < 300 * all;
}

/* Reads a whole chain, and keeps the handles of its rules. */
static int read_chain(struct watched_ruleset *ruleset, const struct saved_chain *chain,
		      const struct nft_place *place, struct readings *readings)
{
	struct nft_rule *rules = xcalloc(chain->rules, sizeof(*rules));
	uint64_t *handles = xcalloc(chain->rules, sizeof(*handles));
	uint64_t **kept = &ruleset->handles[chain - ruleset->rules.chains];
	size_t count;
	int result = nft_chain_rules(place, rules, chain->rules, &count);

	if (!result && count != chain->rules) {
		errno = ENOENT;
		result = -1;
	}
	for (size_t i = 0; !result && i < count; i++) {
		handles[i] = rules[i].handle;
		if (ruleset->visible[chain->first + i])
			readings_add(readings, chain->first + i, rules[i].counted);
	}
	free(rules);
	if (result) {
		free(handles);
		return -1;
	}
	free(*kept);
	*kept = handles;
	return 0;
}

/* Reads the visible rules of a chain whose handles are known. */
static int read_rules(struct watched_ruleset *ruleset, const struct saved_chain *chain,
		      const struct nft_place *place, size_t visible, struct readings *readings)
{
	const uint64_t *handles = ruleset->handles[chain - ruleset->rules.chains];
	struct nft_rule *rules = xcalloc(visible, sizeof(*rules));
	size_t asked = 0;
	int result;

	for (size_t i = 0; i < chain->rules; i++)
		if (ruleset->visible[chain->first + i])
			rules[asked++].handle = handles[i];
	result = nft_count_rules(place, rules, asked);
	asked = 0;
	for (size_t i = 0; !result && i < chain->rules; i++)
		if (ruleset->visible[chain->first + i])
			readings_add(readings, chain->first + i, rules[asked++].counted);
	free(rules);
	return result;
}

static int count_chain(struct watched_ruleset *ruleset, const struct saved_chain *chain, int netlink,
		       struct readings *readings)
{
	const struct nft_place place = {netlink, ruleset->tool->family, chain->table, chain->name};
	const size_t visible = visible_rules(ruleset, chain);

	if (chain->builtin && ruleset->visible[chain->head]) {
		struct counted counted;

		if (nft_count_chain(&place, &counted))
			return -1;
		readings_add(readings, chain->head, counted);
	}
	if (!visible)
		return 0;
	if (ruleset->handles[chain - ruleset->rules.chains] && one_by_one(visible, chain->rules))
		return read_rules(ruleset, chain, &place, visible, readings);
	return read_chain(ruleset, chain, &place, readings);
}

static int count_visible(struct watched_ruleset *ruleset, int netlink, struct readings *readings)
{
	if (!ruleset->handles)
		ruleset->handles = xcalloc(ruleset->rules.chain_count, sizeof(*ruleset->handles));
	for (size_t i = 0; i < ruleset->rules.chain_count; i++)
		if (count_chain(ruleset, &ruleset->rules.chains[i], netlink, readings))
			return -1;
	return 0;
}

/* What may have happened because rules were changed at the same time. */
static bool changed_meanwhile(int error)
{
	return error == ENOENT || error == EINTR || error == ENOBUFS;
}

static uint64_t generation(int netlink)
{
	uint32_t number;

	return nft_generation(netlink, &number) ? NO_NF_TABLES : number;
}

int watched_nft_look(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t *revision,
		     struct readings *readings, struct failure *failure)
{
	int netlink = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	int result = 0;

	*revision = netlink < 0 ? NO_NF_TABLES : generation(netlink);
	if (ruleset->settled && *revision == ruleset->revision && *revision != NO_NF_TABLES &&
	    ruleset->visible) {
		if (count_visible(ruleset, netlink, readings)) {
			readings->count = 0;
			/* Whatever it was, the text is read again; but a kernel that refuses is told of. */
			if (changed_meanwhile(errno))
				*revision = NO_NF_TABLES;
			else
				result = fail_system(failure, "NFT_MSG_GETRULE", NULL);
		} else {
			/* Rules may have been changed between one chain and the next. */
			*revision = generation(netlink);
			if (*revision != ruleset->revision)
				readings->count = 0;
		}
	}
	if (netlink >= 0)
		close(netlink);
	return result;
}
