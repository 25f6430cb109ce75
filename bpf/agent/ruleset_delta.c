/* SPDX-License-Identifier: Apache-2.0 */
#include "ruleset_delta.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A line in two parts: its counters "[packets:bytes]", first in a rule and last in a chain, and the rest. */
struct line {
	const char *rest;
	size_t rest_length;
	const char *counters; /* NULL: it has none */
	size_t counters_length;
};

static struct line split(const char *text, size_t length)
{
	struct line line = {.rest = text, .rest_length = length};
	const char *bracket;

	if (!length || *text == '#') {
		line.rest_length = 0;
	} else if (*text == '[') {
		bracket = memchr(text, ']', length);
		if (!bracket)
			return line;
		line.counters = text;
		line.counters_length = (size_t)(bracket + 1 - text);
		line.rest = bracket + 1;
		line.rest_length = length - line.counters_length;
	} else if (*text == ':') {
		bracket = memrchr(text, '[', length);
		if (!bracket)
			return line;
		line.counters = bracket;
		line.rest_length = (size_t)(bracket - text);
		line.counters_length = length - line.rest_length;
	}
	return line;
}

static bool same(const char *left, size_t left_length, const char *right, size_t right_length)
{
	return left_length == right_length && !memcmp(left, right, left_length);
}

/* False if more than counters changed. */
static bool compare_line(const struct line *before, const struct line *now, json_int_t number,
			 json_t *changed)
{
	unsigned long long packets, bytes;

	if (!same(before->rest, before->rest_length, now->rest, now->rest_length) ||
	    !before->counters != !now->counters)
		return false;
	if (!now->counters ||
	    same(before->counters, before->counters_length, now->counters, now->counters_length))
		return true;
	if (sscanf(now->counters, "[%llu:%llu]", &packets, &bytes) != 2)
		return false;
	json_array_append_new(changed,
			      json_pack("[I, I, I]", number, (json_int_t)packets, (json_int_t)bytes));
	return true;
}

json_t *ruleset_delta(const char *before, const char *now)
{
	json_t *changed = json_array();

	for (json_int_t number = 0; *before && *now; number++) {
		size_t before_length = strcspn(before, "\n"), now_length = strcspn(now, "\n");
		struct line left = split(before, before_length), right = split(now, now_length);

		if (!compare_line(&left, &right, number, changed)) {
			json_decref(changed);
			return NULL;
		}
		before += before_length + (before[before_length] == '\n');
		now += now_length + (now[now_length] == '\n');
	}
	if (!*before && !*now)
		return changed;
	json_decref(changed);
	return NULL;
}
