/* SPDX-License-Identifier: Apache-2.0 */
/* iptables/restore: tested first, then written in one transaction. */
#include "agent.h"
#include "conditions.h"
#include "namespaces.h"
#include "params.h"
#include "rulesets.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MAX 600
/* What the tools need at most besides waiting: tens of thousands of rules take seconds. */
#define DEADLINE 120
/* xtables' RESOURCE_PROBLEM: somebody else held the lock for longer than -w said. */
#define EXIT_LOCKED 4

struct restore {
	const struct tool *tool;
	const char *text;
	json_int_t wait_seconds;
};

static int fail_locked(const struct restore *restore, struct failure *failure)
{
	return fail(failure,
		    json_pack("{s:s, s:I}", "kind", "xtables-locked", "waitSeconds", restore->wait_seconds),
		    "Another process held the xtables lock for more than %d s", (int)restore->wait_seconds);
}

static int run_restore(struct agent *agent, const struct restore *restore, int netns, bool test,
		       struct failure *failure)
{
	struct command command = {.argv = {restore->tool->restore, "--noflush"},
				  .level = "info",
				  .netns = netns,
				  .input = restore->text,
				  .input_length = strlen(restore->text),
				  .deadline = DEADLINE + (int)restore->wait_seconds};
	struct outcome outcome;
	char seconds[16];
	int result, argument = 2;

	/* The nft back-end has no lock: the kernel's own transactions are enough. */
	if (restore->tool->backend == LEGACY) {
		bool held = xtables_lock_held();

		if (held && !restore->wait_seconds)
			return fail_locked(restore, failure);
		if (held)
			log_message(agent, "warn",
				    "another process holds the xtables lock: waiting up to %d s",
				    (int)restore->wait_seconds);
		/* Without -w, and with 0, it would wait for ever. */
		snprintf(seconds, sizeof(seconds), "%d",
			 restore->wait_seconds ? (int)restore->wait_seconds : 1);
		command.argv[argument++] = "-w";
		command.argv[argument++] = seconds;
	}
	if (test)
		command.argv[argument++] = "--test";
	result = run_command(agent, &command, &outcome, failure);
	if (!result && outcome.exit_code == EXIT_LOCKED && restore->tool->backend == LEGACY)
		result = fail_locked(restore, failure);
	else if (!result && outcome.exit_code)
		result = fail_iptables(failure, &command, &outcome, !test);
	outcome_free(&outcome);
	return result;
}

json_t *verb_iptables_restore(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct restore restore = {0};
	struct workload workload;
	size_t family, backend;
	json_t *result = NULL;

	if (workload_open_param(agent, params, &workload, failure) ||
	    param_choice(params, "family", family_names, FAMILIES, &family, failure) ||
	    param_choice(params, "backend", backend_names, BACKENDS, &backend, failure) ||
	    param_string(params, "text", &restore.text, failure) ||
	    param_integer(params, "waitSeconds", 0, WAIT_MAX, &restore.wait_seconds, failure))
		goto out;
	restore.tool = tool_get(agent, (enum family)family, (enum backend)backend, failure);
	if (!restore.tool || run_restore(agent, &restore, workload.netns, true, failure) ||
	    run_restore(agent, &restore, workload.netns, false, failure))
		goto out;
	result = json_object();
out:
	workload_close(&workload);
	return result;
}
