/* SPDX-License-Identifier: Apache-2.0 */
#include "legacy_tables.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
/* The order matters: each is of no use without the one before. */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES_SIZE (LEGACY_TABLES_MAX * LEGACY_NAME_SIZE)

/* Where the parts of an entry are. */
struct layout {
	int domain, level, get_info, get_entries;
	size_t target_offset, next_offset, comefrom, counters, elements;
};

static const struct layout layouts[FAMILIES] = {
    {AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, offsetof(struct ipt_entry, target_offset),
     offsetof(struct ipt_entry, next_offset), offsetof(struct ipt_entry, comefrom),
     offsetof(struct ipt_entry, counters), offsetof(struct ipt_entry, elems)},
    {AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES,
     offsetof(struct ip6t_entry, target_offset), offsetof(struct ip6t_entry, next_offset),
     offsetof(struct ip6t_entry, comefrom), offsetof(struct ip6t_entry, counters),
     offsetof(struct ip6t_entry, elems)}};

/* Both families have the same ones. */
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "ip6t_getinfo");
_Static_assert(sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries), "ip6t_get_entries");

static const char *const hooks[NF_INET_NUMHOOKS] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
						    "POSTROUTING"};

int legacy_names_read(struct agent *agent, int netns, enum family family, struct legacy_names *names,
		      struct failure *failure)
{
	static const char *const lists[FAMILIES] = {"/proc/self/net/ip_tables_names",
						    "/proc/self/net/ip6_tables_names"};
	char text[NAMES_SIZE], *rest = text, *name;
	ssize_t length;
	int list;

	*names = (struct legacy_names){0};
	list = netns_open(agent, netns, lists[family], O_RDONLY);
	if (list < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "open", lists[family]);
	length = read(list, text, sizeof(text) - 1);
	close(list);
	if (length < 0)
		return fail_system(failure, "read", lists[family]);
	text[length] = 0;
	while (names->count < LEGACY_TABLES_MAX && (name = strsep(&rest, "\n")))
		if (*name)
			snprintf(names->list[names->count++], LEGACY_NAME_SIZE, "%s", name);
	return 0;
}

bool legacy_names_have(const struct legacy_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->list[i], name))
			return true;
	return false;
}

int legacy_socket(const struct agent *agent, int netns, enum family family)
{
	return netns_socket(agent, netns, layouts[family].domain, SOCK_RAW, IPPROTO_RAW);
}

/* A checksum, not a secure one: 64 bits, eight bytes a step. */
static uint64_t mix(uint64_t digest, const void *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		size_t left = length - at;
		uint64_t word = 0;

		memcpy(&word, (const uint8_t *)bytes + at, left < sizeof(word) ? left : sizeof(word));
		digest = (digest ^ word) * 0x9e3779b97f4a7c15;
		digest ^= digest >> 32;
	}
	return digest;
}

static int get_info(int socket, enum family family, const char *name, struct ipt_getinfo *info)
{
	const struct layout *layout = &layouts[family];
	socklen_t length = sizeof(*info);

	*info = (struct ipt_getinfo){0};
	snprintf(info->name, sizeof(info->name), "%s", name);
	return getsockopt(socket, layout->level, layout->get_info, info, &length);
}

int legacy_outline_read(int socket, enum family family, const char *name, struct legacy_outline *outline)
{
	struct ipt_getinfo info;

	if (get_info(socket, family, name, &info))
		return -1;
	*outline = (struct legacy_outline){.size = info.size, .digest = mix(0, &info, sizeof(info))};
	return 0;
}

/* A table as it is walked through. */
struct walk {
	const struct layout *layout;
	const struct ipt_getinfo *info;
	const uint8_t *entries;
	legacy_visitor *visit;
	void *context;
	struct piece chain; /* where it is; none: before the first */
	int hook;	    /* of a built-in chain; -1: of none */
	uint64_t digest;
};

static uint16_t short_at(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* The length of the entry; 0 where there is none, or it is not whole. */
static size_t entry_length(const struct walk *walk, size_t at)
{
	const size_t left = walk->info->size - at;
	size_t length;

	if (left < walk->layout->elements)
		return 0;
	length = short_at(walk->entries + at + walk->layout->next_offset);
	return length < walk->layout->elements + sizeof(struct xt_entry_target) || length > left ? 0 : length;
}

/* The target of an entry that begins a chain of the user's own, or ends the table; NULL of any other. */
static const struct xt_error_target *head_at(const struct walk *walk, size_t at)
{
	const size_t length = entry_length(walk, at);
	const struct xt_error_target *target;
	size_t offset;

	if (!length)
		return NULL;
	offset = short_at(walk->entries + at + walk->layout->target_offset);
	if (offset + sizeof(*target) > length)
		return NULL;
	target = (const struct xt_error_target *)(const void *)(walk->entries + at + offset);
	return strcmp(target->target.u.user.name, XT_ERROR_TARGET) ? NULL : target;
}

static void begin_chain(struct walk *walk, const char *name, int hook)
{
	walk->chain = (struct piece){name, strnlen(name, XT_FUNCTION_MAXNAMELEN)};
	walk->hook = hook;
}

static void visit_entry(struct walk *walk, size_t at, size_t length)
{
	const struct xt_error_target *head = head_at(walk, at);
	struct xt_counters counters;
	bool last;

	for (int hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		if (walk->info->valid_hooks & (1U << hook) && walk->info->hook_entry[hook] == at)
			begin_chain(walk, hooks[hook], hook);
	if (head) {
		begin_chain(walk, head->errorname, -1);
		return;
	}
	/* The last entry of a chain is none that anybody wrote: a policy, or a return. */
	last = walk->hook < 0 ? head_at(walk, at + length) != NULL : walk->info->underflow[walk->hook] == at;
	if (!walk->chain.start || (last && walk->hook < 0))
		return;
	memcpy(&counters, walk->entries + at + walk->layout->counters, sizeof(counters));
	walk->visit(walk->context, walk->chain, last, (struct counted){counters.pcnt, counters.bcnt});
}

/* Goes through all entries; a digest of them comes out. */
static void walk_entries(struct walk *walk)
{
	const struct layout *layout = walk->layout;
	size_t length;

	for (size_t at = 0; (length = entry_length(walk, at)); at += length) {
		const uint8_t *entry = walk->entries + at;

		walk->digest = mix(walk->digest, entry, layout->comefrom);
		walk->digest = mix(walk->digest, entry + layout->elements, length - layout->elements);
		visit_entry(walk, at, length);
	}
}

int legacy_table_read(int socket, enum family family, const char *name, const struct legacy_outline *outline,
		      legacy_visitor *visit, void *context, uint64_t *digest)
{
	const struct layout *layout = &layouts[family];
	socklen_t length = (socklen_t)(sizeof(struct ipt_get_entries) + outline->size);
	struct ipt_get_entries *table;
	struct ipt_getinfo info;
	int result;

	if (get_info(socket, family, name, &info))
		return -1;
	errno = EAGAIN;
	if (info.size != outline->size)
		return -1;
	table = xcalloc(1, length);
	table->size = info.size;
	snprintf(table->name, sizeof(table->name), "%s", name);
	result = getsockopt(socket, layout->level, layout->get_entries, table, &length);
	if (!result) {
		struct walk walk = {.layout = layout,
				    .info = &info,
				    .entries = (const uint8_t *)table->entrytable,
				    .visit = visit,
				    .context = context,
				    .hook = -1,
				    .digest = outline->digest};

		walk_entries(&walk);
		*digest = walk.digest;
	}
	free(table);
	return result;
}
