/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets.h"
#include "legacy_tables.h"
#include "nf_tables.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

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

/* What a save of it prints, "" if it fails. */
static int read_saved(struct agent *agent, const struct tool *tool, const struct command *command,
		      char **text, struct failure *failure)
{
	struct outcome outcome;
	int result = run_save(agent, tool, command, &outcome, failure);

	*text = result ? NULL : xstrdup(outcome.output.data);
	outcome_free(&outcome);
	return result;
}

int ruleset_read(struct agent *agent, const struct tool *tool, int netns, char **text,
		 struct failure *failure)
{
	const struct command command = {
	    .argv = {tool->save, "-c"}, .level = "debug", .netns = netns, .deadline = DEADLINE};
	struct legacy_names names;

	*text = NULL;
	if (tool->backend == LEGACY) {
		if (legacy_names_read(agent, netns, tool->family, &names, failure))
			return -1;
		/* A namespace without tables has nothing to say. */
		if (!names.count) {
			*text = xstrdup("");
			return 0;
		}
	}
	if (read_saved(agent, tool, &command, text, failure))
		return -1;
	if (!holds_table(*text))
		**text = 0;
	return 0;
}

int ruleset_read_nat(struct agent *agent, const struct tool *tool, int netns, char **text,
		     struct failure *failure)
{
	const struct command command = {
	    .argv = {tool->save, "-t", "nat"}, .level = "debug", .netns = netns, .deadline = DEADLINE};
	struct legacy_names names;

	*text = NULL;
	if (tool->backend == LEGACY) {
		if (legacy_names_read(agent, netns, tool->family, &names, failure))
			return -1;
		if (!legacy_names_have(&names, "nat")) {
			*text = xstrdup("");
			return 0;
		}
	}
	return read_saved(agent, tool, &command, text, failure);
}

int rulesets_read(struct agent *agent, int netns, struct rulesets *rulesets, struct failure *failure)
{
	*rulesets = (struct rulesets){0};
	if (tools_find(agent, failure))
		return -1;
	for (size_t i = 0; i < agent->tool_count; i++) {
		const struct tool *tool = &agent->tools[i];
		char *text;

		if (ruleset_read(agent, tool, netns, &text, failure))
			return -1;
		if (*text)
			rulesets->list[rulesets->count++] =
			    (struct ruleset){tool->family, tool->backend, text};
		else
			free(text);
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
