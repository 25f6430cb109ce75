/* SPDX-License-Identifier: Apache-2.0 */
#include "saved_rules.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* A line in two parts: its counters "[packets:bytes]", first in a rule and last in a chain, and the rest. */
struct line {
	struct piece rest;
	const char *counters; /* NULL: it has none */
};

static struct line split(struct piece line)
{
	const char *end = line.start + line.length, *bracket;

	if (line.length && *line.start == '#')
		return (struct line){.rest = {line.start, 0}};
	if (line.length && *line.start == '[') {
		bracket = memchr(line.start, ']', line.length);
		if (bracket)
			return (struct line){.rest = {bracket + 1, (size_t)(end - bracket - 1)},
					     .counters = line.start};
	}
	if (line.length && *line.start == ':') {
		bracket = memrchr(line.start, '[', line.length);
		if (bracket)
			return (struct line){.rest = {line.start, (size_t)(bracket - line.start)},
					     .counters = bracket};
	}
	return (struct line){.rest = line};
}

/* The line at `*text`, without its end; moves on to the next. */
static struct piece next_line(const char **text)
{
	struct piece line = {*text, strcspn(*text, "\n")};

	*text += line.length + ((*text)[line.length] == '\n');
	return line;
}

static bool same(struct piece left, struct piece right)
{
	return left.length == right.length && !memcmp(left.start, right.start, left.length);
}

static struct counted read_counters(const char *text)
{
	struct counted counted = {0};
	char *colon;

	counted.packets = strtoull(text + 1, &colon, 10);
	if (*colon == ':')
		counted.bytes = strtoull(colon + 1, NULL, 10);
	return counted;
}

/* What comes before the next space. */
static struct piece word(const char *text, struct piece within)
{
	const char *end = within.start + within.length, *space;

	if (text >= end)
		return (struct piece){end, 0};
	space = memchr(text, ' ', (size_t)(end - text));
	return (struct piece){text, (size_t)((space ? space : end) - text)};
}

/* ":NAME POLICY "; chains of the user's own have "-" for it. */
static void add_chain(struct saved_rules *rules, struct piece table, struct piece rest)
{
	struct piece name = word(rest.start + 1, rest), policy = word(name.start + name.length + 1, rest);

	rules->chains = xappend(rules->chains, &rules->chain_count, sizeof(*rules->chains));
	rules->chains[rules->chain_count - 1] =
	    (struct saved_chain){.table = table,
				 .name = name,
				 .builtin = policy.length && *policy.start != '-',
				 .head = rules->line_count};
}

const struct saved_chain *saved_rules_chain(const struct saved_rules *rules, struct piece table,
					    struct piece name, size_t *from)
{
	for (size_t i = 0; i < rules->chain_count; i++) {
		size_t at = (*from + i) % rules->chain_count;
		const struct saved_chain *chain = &rules->chains[at];

		if (!same(chain->name, name) || !same(chain->table, table))
			continue;
		*from = at + 1;
		return chain;
	}
	return NULL;
}

/* " -A NAME ..." */
static void add_rule(struct saved_rules *rules, struct piece table, struct piece rest, size_t *chain)
{
	static const char begin[] = " -A ";
	const struct saved_chain *found;
	struct saved_chain *own;

	if (rest.length < sizeof(begin) || memcmp(rest.start, begin, sizeof(begin) - 1) != 0)
		return;
	/* Rules of one chain come together: it is looked for from the last one on. */
	found = saved_rules_chain(rules, table, word(rest.start + sizeof(begin) - 1, rest), chain);
	if (!found)
		return;
	own = &rules->chains[found - rules->chains];
	*chain -= 1;
	if (!own->rules++)
		own->first = rules->line_count;
}

void saved_rules_read(char *text, struct saved_rules *rules)
{
	const char *at = text;
	struct piece table = {text, 0};
	size_t chain = 0;

	*rules = (struct saved_rules){.text = text};
	while (*at) {
		struct piece whole = next_line(&at);
		struct line line = split(whole);

		if (whole.length && *whole.start == '*')
			table = (struct piece){whole.start + 1, whole.length - 1};
		else if (line.counters && *whole.start == ':')
			add_chain(rules, table, line.rest);
		else if (line.counters)
			add_rule(rules, table, line.rest, &chain);
		rules->counted = xappend(rules->counted, &rules->line_count, sizeof(*rules->counted));
		if (line.counters)
			rules->counted[rules->line_count - 1] = read_counters(line.counters);
	}
}

void saved_rules_free(struct saved_rules *rules)
{
	free(rules->text);
	free(rules->counted);
	free(rules->chains);
	*rules = (struct saved_rules){0};
}

bool saved_rules_alike(const struct saved_rules *left, const struct saved_rules *right)
{
	const char *one = left->text, *other = right->text;

	if (left->line_count != right->line_count)
		return false;
	while (*one && *other) {
		struct line before = split(next_line(&one)), now = split(next_line(&other));

		if (!same(before.rest, now.rest) || !before.counters != !now.counters)
			return false;
	}
	return true;
}

static struct piece trimmed(struct piece piece)
{
	while (piece.length && *piece.start == ' ') {
		piece.start++;
		piece.length--;
	}
	while (piece.length && piece.start[piece.length - 1] == ' ')
		piece.length--;
	return piece;
}

void saved_rules_digest(const struct saved_rules *rules, char digest[SHA256_TEXT])
{
	struct buffer structure = {0};
	const char *at = rules->text;

	while (*at) {
		const struct piece rest = trimmed(split(next_line(&at)).rest);

		buffer_append(&structure, rest.start, rest.length);
		buffer_append(&structure, "\n", 1);
	}
	sha256_text((const unsigned char *)structure.data, structure.length, digest);
	buffer_free(&structure);
}
