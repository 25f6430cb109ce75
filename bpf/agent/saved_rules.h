/* SPDX-License-Identifier: Apache-2.0 */
/* What iptables-save -c prints, by its lines, and what each of them counts. */
#pragma once

#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counted {
	uint64_t packets, bytes;
};

/* A part of the text. */
struct piece {
	const char *start;
	size_t length;
};

struct saved_chain {
	struct piece table, name;
	bool builtin;	     /* it has a policy, and so counters of its own */
	size_t head;	     /* its own line, counted from 0 */
	size_t first, rules; /* the lines of its rules, which follow one another */
};

struct saved_rules {
	char *text;
	size_t line_count;
	struct counted *counted; /* by line */
	struct saved_chain *chains;
	size_t chain_count;
};

/* Takes the text, which is never NULL. saved_rules_free() when it is done with. */
void saved_rules_read(char *text, struct saved_rules *rules);
void saved_rules_free(struct saved_rules *rules);
/* Whether nothing but counters and comments differs. */
bool saved_rules_alike(const struct saved_rules *left, const struct saved_rules *right);
/* A SHA-256 that is another where they are not alike: of all lines, each without counters and spaces around,
 * and of comments nothing but the end of their line. */
void saved_rules_digest(const struct saved_rules *rules, char digest[SHA256_TEXT]);
/*
 * The chain of that name. It is looked for from `*from` on, round and round, and `*from` is set to the one
 * after it: asked in the text's own order, it is found at once. NULL if there is none.
 */
const struct saved_chain *saved_rules_chain(const struct saved_rules *rules, struct piece table,
					    struct piece name, size_t *from);
