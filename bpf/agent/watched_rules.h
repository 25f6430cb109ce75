/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that a watch follows. Their structure is read as text, by iptables-save, when it has changed;
 * what rules count is read from the kernel, of those lines of the text that somebody sees.
 */
#pragma once

#include "failure.h"
#include "legacy_tables.h"

/* Lines of the text, from `first` to `last`, counted from 0. */
struct line_range {
	size_t first, last;
};

struct line_ranges {
	struct line_range *list;
	size_t count;
};

/* A table of the legacy back-end, as it was when it was last read. */
struct watched_table {
	char name[LEGACY_NAME_SIZE];
	struct legacy_outline outline;
	uint64_t digest;
	long long read, took; /* when that was, and the CPU that it took, in milliseconds */
};

/* The rules of one family and back-end. */
struct watched_ruleset {
	const struct tool *tool;  /* NULL: the node has none */
	struct saved_rules rules; /* as they were told; `text` is NULL: nothing was */
	struct line_ranges seen;  /* what somebody sees of them */
	char known[SHA256_TEXT]; /* saved_rules_digest() of what the client has before it is told; "": nothing
				  */
	uint64_t revision;	 /* what the back-end calls the state that the text is of, */
	bool settled;		 /* if that is known: then counters can be joined with it */
	long long read, took;	 /* when the text was read, and how long that took, in milliseconds */
	bool *visible;		 /* by line; NULL: not worked out since text or `seen` changed */
	long long *counted;	 /* by line: when its counters were read */
	uint64_t **handles;	 /* by chain: of its rules; NULL: not read (nft) */
	struct watched_table tables[LEGACY_TABLES_MAX];
	size_t table_count;
};

struct watched_rules {
	struct watched_ruleset list[FAMILIES * BACKENDS];
};

/* Looks at all of them, and adds what changed to `changes`, as `watch/changed` tells it. */
int watched_rules_look(struct agent *agent, struct watched_rules *rules, int netns, json_t *changes,
		       struct failure *failure);
/* What somebody sees of one of them from now on; takes the ranges. */
void watched_rules_see(struct watched_rules *rules, enum family family, enum backend backend,
		       struct line_ranges seen);
/* What the client has of one of them already; `digest` as saved_rules_digest() gives it. */
void watched_rules_know(struct watched_rules *rules, enum family family, enum backend backend,
			const char *digest);
void watched_rules_free(struct watched_rules *rules);

/* What one line counts at this moment. */
struct reading {
	size_t line;
	struct counted counted;
};

struct readings {
	struct reading *list;
	size_t count;
};

void readings_add(struct readings *readings, size_t line, struct counted counted);

/*
 * Each tells the back-end's name of the present state, and reads what is visible if that is the one that the
 * text is of.
 */
int watched_nft_look(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t *revision,
		     struct readings *readings, struct failure *failure);
int watched_legacy_look(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t *revision,
			struct readings *readings, struct failure *failure);
