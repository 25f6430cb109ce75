/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program of the node. */
#pragma once

#include "agent.h"
#include "failure.h"

#define ARGV_MAX 8

struct command {
	const char *argv[ARGV_MAX]; /* the program's path first; ends with NULL */
	const char *level;	    /* of the log notification */
	int netns;		    /* run it in this network namespace; -1: in the agent's own */
	const char *input;	    /* its stdin; NULL: nothing */
	size_t input_length;
	int deadline; /* seconds after which it is killed */
};

struct outcome {
	int exit_code;	      /* 128 + n after signal n */
	struct buffer output; /* never NULL inside: ends with a zero that is not counted */
	struct buffer errors;
};

/*
 * Runs `command` to its end, in a clean environment, and reports it in a `log` notification. Returns 0
 * whatever its exit code is, or -1 if it could not be run. outcome_free() in either case.
 */
int run_command(struct agent *agent, const struct command *command, struct outcome *outcome,
		struct failure *failure);
void outcome_free(struct outcome *outcome);
json_t *argv_json(const struct command *command);
