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
/* There are five tables, and none has a long name. */
#define TABLE_NAMES_MAX 256

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
 * The tables that the legacy back-end has there, a line each. Asking iptables-legacy-save itself would create
 * the one that it is asked for, and an older one loads modules first.
 */
static int read_legacy_tables(struct agent *agent, int netns, enum family family, char names[TABLE_NAMES_MAX],
			      struct failure *failure)
{
	static const char *const lists[FAMILIES] = {"/proc/self/net/ip_tables_names",
						    "/proc/self/net/ip6_tables_names"};
	ssize_t length;
	int list, error;

	*names = 0;
	if (netns_enter(netns))
		return fail_system(failure, "setns", NULL);
	list = open(lists[family], O_RDONLY | O_CLOEXEC);
	error = errno;
	netns_leave(agent);
	errno = error;
	if (list < 0)
		return errno == ENOENT ? 0 : fail_system(failure, "open", lists[family]);
	length = read(list, names, TABLE_NAMES_MAX - 1);
	close(list);
	if (length < 0)
		return fail_system(failure, "read", lists[family]);
	names[length] = 0;
	return 0;
}

/* iptables-nft-save prints nothing, or comments alone, where there is no table. */
static bool holds_table(const char *text)
{
	return *text == '*' || strstr(text, "\n*");
}

/* Runs a save; `outcome` is empty where the kernel lacks what the tool speaks with. outcome_free() in either
 * case. */
static int run_save(struct agent *agent, const struct tool *tool, const struct command *command,
		    struct outcome *outcome, struct failure *failure)
{
	if (run_command(agent, command, outcome, failure))
		return -1;
	if (!outcome->exit_code)
		return 0;
	/* A node can have the nft tools on a kernel without nf_tables: then there are no such rules. */
	if (tool->backend == LEGACY || nf_tables_there(agent, command->netns))
		return fail_iptables(failure, command, outcome, false);
	*outcome->output.data = 0;
	return 0;
}

static int read_one(struct agent *agent, const struct tool *tool, int netns, struct rulesets *rulesets,
		    struct failure *failure)
{
	struct command command = {
	    .argv = {tool->save, "-c"}, .level = "debug", .netns = netns, .deadline = DEADLINE};
	struct outcome outcome;
	int result = run_save(agent, tool, &command, &outcome, failure);

	if (!result && holds_table(outcome.output.data)) {
		rulesets->list[rulesets->count++] =
		    (struct ruleset){tool->family, tool->backend, xstrdup(outcome.output.data)};
	}
	outcome_free(&outcome);
	return result;
}

int ruleset_read_nat(struct agent *agent, const struct tool *tool, int netns, char **text,
		     struct failure *failure)
{
	struct command command = {
	    .argv = {tool->save, "-t", "nat"}, .level = "debug", .netns = netns, .deadline = DEADLINE};
	char tables[TABLE_NAMES_MAX];
	struct outcome outcome;
	int result;

	*text = NULL;
	if (tool->backend == LEGACY) {
		if (read_legacy_tables(agent, netns, tool->family, tables, failure))
			return -1;
		if (!strstr(tables, "nat\n")) {
			*text = xstrdup("");
			return 0;
		}
	}
	result = run_save(agent, tool, &command, &outcome, failure);
	if (!result)
		*text = xstrdup(outcome.output.data);
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
		char tables[TABLE_NAMES_MAX];

		if (tool->backend == LEGACY) {
			if (read_legacy_tables(agent, netns, tool->family, tables, failure))
				return -1;
			/* A namespace without tables has nothing to say. */
			if (!*tables)
				continue;
		}
		if (read_one(agent, tool, netns, rulesets, failure))
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
