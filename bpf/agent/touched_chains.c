/* SPDX-License-Identifier: Apache-2.0 */
#include "touched_chains.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define BLANK " \t\r"

static bool has_name(const struct touched_chains *chains, const char *name, size_t length)
{
	for (size_t i = 0; i < chains->count; i++)
		if (strlen(chains->names[i]) == length && !memcmp(chains->names[i], name, length))
			return true;
	return false;
}

static void add_name(struct touched_chains *chains, const char *name, size_t length)
{
	if (!length || has_name(chains, name, length))
		return;
	chains->names = xappend(chains->names, &chains->count, sizeof(*chains->names));
	chains->names[chains->count - 1] = xasprintf("%.*s", (int)length, name);
}

/* The next word from `*at` on, which is moved behind it; false at the end of the line. */
static bool next_word(const char **at, const char *end, const char **word, size_t *length)
{
	while (*at < end && strchr(BLANK, **at))
		++*at;
	*word = *at;
	while (*at < end && !strchr(BLANK, **at))
		++*at;
	*length = (size_t)(*at - *word);
	return *length > 0;
}

/* ":NAME ...", "-N NAME", "-F NAME", "-X NAME" */
static void read_chain(struct touched_chains *chains, const char *line, const char *end)
{
	const char *word;
	size_t length;

	if (!next_word(&line, end, &word, &length))
		return;
	if (*word == ':')
		add_name(chains, word + 1, length - 1);
	else if (length == 2 && *word == '-' && strchr("NFX", word[1]) &&
		 next_word(&line, end, &word, &length))
		add_name(chains, word, length);
}

/* "-A CHAIN ...", "-I CHAIN ...", "-D CHAIN ...", "-R CHAIN ..." */
static void read_rule(struct touched_chains *chains, const char *line, const char *end)
{
	const char *word, *chain;
	size_t length, chain_length;

	if (!next_word(&line, end, &word, &length) || length != 2 || *word != '-' ||
	    !strchr("AIDR", word[1]) || !next_word(&line, end, &chain, &chain_length))
		return;
	while (next_word(&line, end, &word, &length))
		if (has_name(chains, word, length))
			return;
	add_name(chains, chain, chain_length);
}

static void read_lines(const char *text, struct touched_chains *chains,
		       void (*read)(struct touched_chains *chains, const char *line, const char *end))
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		read(chains, text, text + length);
		text += length + (text[length] == '\n');
	}
}

void touched_chains_read(const char *text, struct touched_chains *chains)
{
	*chains = (struct touched_chains){0};
	read_lines(text, chains, read_chain);
	read_lines(text, chains, read_rule);
}

bool touched_chains_has(const struct touched_chains *chains, const char *line, size_t length)
{
	const char *end = line + length, *word;
	size_t word_length;

	line += *line == ':';
	while (next_word(&line, end, &word, &word_length))
		if (has_name(chains, word, word_length))
			return true;
	return false;
}

void touched_chains_free(struct touched_chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		free(chains->names[i]);
	free(chains->names);
	*chains = (struct touched_chains){0};
}
