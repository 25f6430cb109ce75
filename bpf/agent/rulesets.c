/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets.h"
#include "netns.h"
#include "nf_tables.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE 60

int fail_iptables(struct failure *failure, const struct command *command, const struct outcome *outcome,
		  bool tested)
{
	const char *errors = outcome->errors.data;

	return fail(failure,
		    json_pack("{s:s, s:o, s:i, s:o, s:b}", "kind", "iptables-failed", "argv",
			      argv_json(command), "exitCode", outcome->exit_code, "stderr",
			      text_json(errors, outcome->errors.length), "tested", tested),
		    "%s ended with %d: %.*s", command->argv[0], outcome->exit_code,
		    (int)strcspn(errors, "\n"), errors);
}

/*
 * Whether the legacy back-end has a table there. Asking iptables-legacy-save itself would create none, but a
 * namespace without tables has nothing to say, and an older save loads modules first.
 */
static int has_legacy_tables(struct agent *agent, int netns, enum family family, bool *has,
			     struct failure *failure)
{
	static const char *const lists[FAMILIES] = {"/proc/self/net/ip_tables_names",
						    "/proc/self/net/ip6_tables_names"};
	char first;
	int names, error;

	*has = false;
	if (netns_enter(netns))
		return fail_system(failure, "setns", NULL);
	names = open(lists[family], O_RDONLY | O_CLOEXEC);
	error = errno;
	netns_leave(agent);
	errno = error;
	if (names < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "open", lists[family]);
	*has = read(names, &first, 1) == 1;
	close(names);
	return 0;
}

/* iptables-nft-save prints nothing, or comments alone, where there is no table. */
static bool holds_table(const char *text)
{
	return *text == '*' || strstr(text, "\n*");
}

static int read_one(struct agent *agent, const struct tool *tool, int netns, struct rulesets *rulesets,
		    struct failure *failure)
{
	struct command command = {
	    .argv = {tool->save, "-c"}, .level = "debug", .netns = netns, .deadline = DEADLINE};
	struct outcome outcome;
	int result;

	result = run_command(agent, &command, &outcome, failure);
	/* A node can have the nft tools on a kernel without nf_tables: then there are no such rules. */
	if (!result && outcome.exit_code && (tool->backend == LEGACY || nf_tables_there(agent, netns)))
		result = fail_iptables(failure, &command, &outcome, false);
	if (!result && !outcome.exit_code && holds_table(outcome.output.data)) {
		rulesets->list[rulesets->count++] =
		    (struct ruleset){tool->family, tool->backend, xstrdup(outcome.output.data)};
	}
	outcome_free(&outcome);
	return result;
}

int rulesets_read(struct agent *agent, int netns, struct rulesets *rulesets, struct failure *failure)
{
	*rulesets = (struct rulesets){0};
	if (tools_find(agent, failure))
		return -1;
	for (size_t i = 0; i < agent->tool_count; i++) {
		const struct tool *tool = &agent->tools[i];
		bool has = true;

		if (tool->backend == LEGACY && has_legacy_tables(agent, netns, tool->family, &has, failure))
			return -1;
		if (has && read_one(agent, tool, netns, rulesets, failure))
			return -1;
	}
	return 0;
}

void rulesets_free(struct rulesets *rulesets)
{
	for (size_t i = 0; i < rulesets->count; i++)
		free(rulesets->list[i].text);
	rulesets->count = 0;
}

json_t *rulesets_json(const struct rulesets *rulesets)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rulesets->count; i++) {
		const struct ruleset *ruleset = &rulesets->list[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:o}", "family", family_names[ruleset->family], "backend",
				    backend_names[ruleset->backend], "text", string_json(ruleset->text)));
	}
	return list;
}
