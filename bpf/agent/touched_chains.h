/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of a table a text for iptables-restore is about. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct touched_chains {
	char **names;
	size_t count;
};

/*
 * The chains that the text declares, empties or deletes, and those to which it writes rules that lead to none
 * of these. touched_chains_free() it.
 */
void touched_chains_read(const char *text, struct touched_chains *chains);
/* Whether a line as iptables-save prints it is of one of them or leads there. */
bool touched_chains_has(const struct touched_chains *chains, const char *line, size_t length);
void touched_chains_free(struct touched_chains *chains);
