/* SPDX-License-Identifier: Apache-2.0 */
#include "moment.h"
#include "watched_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A legacy table can only be read whole. For what somebody sees, that takes at most a hundredth of one CPU;
 * to find out whether somebody put a rule in the place of another, of the same size, a thousandth.
 */
#define VISIBLE_PACE 100
#define HIDDEN_PACE 1000

/* Joins the rules that the kernel tells of with the text's lines. */
struct joining {
	struct watched_ruleset *ruleset;
	struct piece table;
	struct readings *readings;
	const char *chain; /* which the rules are of; in the table's bytes */
	const struct saved_chain *saved;
	size_t from, rule;
};

static void join(void *context, struct piece chain, bool is_policy, struct counted counted)
{
	struct joining *joining = context;
	const bool *visible = joining->ruleset->visible;
	size_t line;

	if (!visible)
		return;
	if (chain.start != joining->chain) {
		joining->chain = chain.start;
		joining->rule = 0;
		joining->saved =
		    saved_rules_chain(&joining->ruleset->rules, joining->table, chain, &joining->from);
	}
	if (!joining->saved || (!is_policy && joining->rule >= joining->saved->rules))
		return;
	line = is_policy ? joining->saved->head : joining->saved->first + joining->rule++;
	if (visible[line])
		readings_add(joining->readings, line, counted);
}

static bool is_visible(const struct watched_ruleset *ruleset, const char *table)
{
	const struct saved_rules *rules = &ruleset->rules;

	for (size_t i = 0; ruleset->visible && i < rules->chain_count; i++) {
		const struct saved_chain *chain = &rules->chains[i];

		if (chain->table.length != strlen(table) ||
		    memcmp(chain->table.start, table, chain->table.length) != 0)
			continue;
		if (ruleset->visible[chain->head])
			return true;
		for (size_t j = 0; j < chain->rules; j++)
			if (ruleset->visible[chain->first + j])
				return true;
	}
	return false;
}

static bool is_due(const struct watched_ruleset *ruleset, const struct watched_table *table, long long now)
{
	const int pace = is_visible(ruleset, table->name) ? VISIBLE_PACE : HIDDEN_PACE;

	return !ruleset->settled || now - table->read >= pace * table->took;
}

static struct watched_table *find(struct watched_ruleset *ruleset, const char *name)
{
	for (size_t i = 0; i < ruleset->table_count; i++)
		if (!strcmp(ruleset->tables[i].name, name))
			return &ruleset->tables[i];
	return NULL;
}

static int read_table(struct watched_ruleset *ruleset, struct watched_table *table, int socket,
		      struct readings *readings)
{
	struct joining joining = {
	    .ruleset = ruleset, .table = {table->name, strlen(table->name)}, .readings = readings};
	const long long begun = cpu_milliseconds();

	if (legacy_table_read(socket, ruleset->tool->family, table->name, &table->outline, join, &joining,
			      &table->digest))
		return -1;
	table->read = monotonic_milliseconds();
	table->took = cpu_milliseconds() - begun;
	return 0;
}

/* Looks at a table, and reads it if it seems to be another, or if it is time to. */
static int look_at_table(struct watched_ruleset *ruleset, const char *name, int socket,
			 struct watched_table *table, struct readings *readings)
{
	const struct watched_table *known = find(ruleset, name);
	struct legacy_outline outline;

	if (legacy_outline_read(socket, ruleset->tool->family, name, &outline))
		return -1;
	*table = known ? *known : (struct watched_table){0};
	snprintf(table->name, sizeof(table->name), "%s", name);
	if (known && known->outline.digest == outline.digest &&
	    !is_due(ruleset, known, monotonic_milliseconds()))
		return 0;
	table->outline = outline;
	return read_table(ruleset, table, socket, readings);
}

int watched_legacy_look(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t *revision,
			struct readings *readings, struct failure *failure)
{
	struct watched_table tables[LEGACY_TABLES_MAX];
	struct legacy_names names;
	int socket;

	*revision = 0;
	if (legacy_names_read(agent, netns, ruleset->tool->family, &names, failure))
		return -1;
	if (!names.count) {
		ruleset->table_count = 0;
		return 0;
	}
	socket = legacy_socket(agent, netns, ruleset->tool->family);
	if (socket < 0)
		return fail_system(failure, "socket", NULL);
	for (size_t i = 0; i < names.count; i++) {
		if (look_at_table(ruleset, names.list[i], socket, &tables[i], readings)) {
			/* Changed, or gone, meanwhile: no state has this name, so it is looked at again. */
			int error = errno;

			close(socket);
			readings->count = 0;
			*revision = UINT64_MAX;
			errno = error;
			return error == EAGAIN || error == ENOENT
				   ? 0
				   : fail_system(failure, "IPT_SO_GET_ENTRIES", names.list[i]);
		}
		*revision = (*revision ^ tables[i].digest) * 0x9e3779b97f4a7c15;
	}
	close(socket);
	memcpy(ruleset->tables, tables, names.count * sizeof(*tables));
	ruleset->table_count = names.count;
	return 0;
}
