/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into an agent for tests alone (tools/build-agent.mjs --faults), by the linker's --wrap: it kills
 * itself with SIGKILL at the moment that MESH_REDIRECT_KILL_AT names by its number, from 1. Moments are those
 * after each mark in a journal, after each single thing that a call changes by itself, and, where it is not
 * known to change any, before the mark that follows the call. Turning acceleration on and off has no journal:
 * there each single thing counts that it changes. What lies between two moments is the same for who comes
 * after.
 */
#include "../../../bpf/agent/journal.h"
#include "../../../bpf/agent/process.h"
#include "../../../bpf/agent/verbs.h"

#include <bpf/libbpf.h>
#include <bpf/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

verb_function __real_verb_acceleration_start, __real_verb_acceleration_stop;
int __real_bpf_obj_pin(int fd, const char *path);
int __real_bpf_link_create(int program, int target, enum bpf_attach_type type,
			   const struct bpf_link_create_opts *options);
int __real_bpf_prog_attach(int program, int target, enum bpf_attach_type type, unsigned int flags);
int __real_bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags);
int __real_bpf_map_delete_elem(int map, const void *key);
int __real_mkdir(const char *path, mode_t mode);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __real_rmdir(const char *path);

/* What these calls are used for elsewhere is another's to count. */
static bool is_accelerating;

static int counted(int result)
{
	if (is_accelerating && result >= 0)
		changed();
	return result;
}

static json_t *accelerating(verb_function *verb, struct agent *agent, const json_t *params,
			    struct failure *failure)
{
	json_t *result;

	is_accelerating = true;
	result = verb(agent, params, failure);
	is_accelerating = false;
	return result;
}

json_t *__wrap_verb_acceleration_start(struct agent *agent, const json_t *params, struct failure *failure)
{
	return accelerating(__real_verb_acceleration_start, agent, params, failure);
}

json_t *__wrap_verb_acceleration_stop(struct agent *agent, const json_t *params, struct failure *failure)
{
	return accelerating(__real_verb_acceleration_stop, agent, params, failure);
}

int __wrap_bpf_obj_pin(int fd, const char *path)
{
	return counted(__real_bpf_obj_pin(fd, path));
}

int __wrap_bpf_link_create(int program, int target, enum bpf_attach_type type,
			   const struct bpf_link_create_opts *options)
{
	return counted(__real_bpf_link_create(program, target, type, options));
}

int __wrap_bpf_prog_attach(int program, int target, enum bpf_attach_type type, unsigned int flags)
{
	return counted(__real_bpf_prog_attach(program, target, type, flags));
}

int __wrap_bpf_map_update_elem(int map, const void *key, const void *value, __u64 flags)
{
	return counted(__real_bpf_map_update_elem(map, key, value, flags));
}

int __wrap_bpf_map_delete_elem(int map, const void *key)
{
	return counted(__real_bpf_map_delete_elem(map, key));
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	return counted(__real_mkdir(path, mode));
}

int __wrap_rename(const char *from, const char *to)
{
	return counted(__real_rename(from, to));
}

int __wrap_unlink(const char *path)
{
	return counted(__real_unlink(path));
}

int __wrap_rmdir(const char *path)
{
	return counted(__real_rmdir(path));
}
