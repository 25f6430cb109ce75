/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "process.h"
#include "tools.h"

struct ruleset {
	enum family family;
	enum backend backend;
	char *text; /* as iptables-save -c prints it; any bytes but zero */
};

struct rulesets {
	struct ruleset list[FAMILIES * BACKENDS];
	size_t count;
};

/*
 * Reads the rules of every family and back-end that holds any in the namespace, without creating a table
 * there. rulesets_free() in either case.
 */
int rulesets_read(struct agent *agent, int netns, struct rulesets *rulesets, struct failure *failure);
/*
 * Gives the rules of one of them as iptables-save -c prints them, "" where it holds no table, without
 * creating one. The caller frees the text, if it returns 0.
 */
int ruleset_read(struct agent *agent, const struct tool *tool, int netns, char **text,
		 struct failure *failure);
/*
 * Gives the table `nat` of one of them as iptables-save prints it, "" where there is none, without creating
 * it. The caller frees the text, if it returns 0.
 */
int ruleset_read_nat(struct agent *agent, const struct tool *tool, int netns, char **text,
		     struct failure *failure);
void rulesets_free(struct rulesets *rulesets);
json_t *rulesets_json(const struct rulesets *rulesets);

/* Fills `failure` with `iptables-failed`. */
int fail_iptables(struct failure *failure, const struct command *command, const struct outcome *outcome,
		  bool tested);
