/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into an agent for tests alone (tools/build-agent.mjs --faults), by the linker's --wrap: it kills
 * itself with SIGKILL at the moment that MESH_REDIRECT_KILL_AT names by its number, from 1. Moments are those
 * after each mark in a journal, after each single thing that a call changes by itself, and, where it is not
 * known to change any, before the mark that follows the call. What lies between two moments is the same for
 * who comes after.
 */
#include "../../../bpf/agent/journal.h"
#include "../../../bpf/agent/process.h"

#include <bpf/libbpf.h>
#include <bpf/bpf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int __real_journal_mark(const struct journal *journal, struct failure *failure);
int __real_run_command(struct agent *agent, const struct command *command, struct outcome *outcome,
		       struct failure *failure);
int __real_bpf_link__pin(struct bpf_link *link, const char *path);
int __real_bpf_link_detach(int link);
int __real_bpf_link_update(int link, int program, const struct bpf_link_update_opts *options);

static bool is_marked = true; /* nothing has happened since the last mark */

static void moment(void)
{
	static long passed;
	const char *at = getenv("MESH_REDIRECT_KILL_AT");

	/* An agent forks its keeper before the first of these, so each of them counts by itself. */
	if (at && ++passed == atol(at))
		kill(getpid(), SIGKILL);
}

static void changed(void)
{
	is_marked = false;
	moment();
}

/* Whether the mark says that a call is about to be made. */
static bool begins(const struct progress *progress)
{
	return progress->state == APPLYING && progress->begun > progress->done;
}

int __wrap_journal_mark(const struct journal *journal, struct failure *failure)
{
	int result;

	if (is_marked && !begins(&journal->progress))
		moment();
	result = __real_journal_mark(journal, failure);
	is_marked = true;
	moment();
	return result;
}

static bool changes_something(const struct command *command)
{
	bool tests = false;

	for (size_t i = 0; i < ARGV_MAX && command->argv[i]; i++)
		tests = tests || !strcmp(command->argv[i], "--test");
	return command->input && !tests;
}

int __wrap_run_command(struct agent *agent, const struct command *command, struct outcome *outcome,
		       struct failure *failure)
{
	int result = __real_run_command(agent, command, outcome, failure);

	if (changes_something(command))
		changed();
	return result;
}

int __wrap_bpf_link__pin(struct bpf_link *link, const char *path)
{
	int result = __real_bpf_link__pin(link, path);

	changed();
	return result;
}

int __wrap_bpf_link_detach(int link)
{
	int result = __real_bpf_link_detach(link);

	changed();
	return result;
}

int __wrap_bpf_link_update(int link, int program, const struct bpf_link_update_opts *options)
{
	int result = __real_bpf_link_update(link, program, options);

	changed();
	return result;
}
