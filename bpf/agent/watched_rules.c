/* SPDX-License-Identifier: Apache-2.0 */
#include "watched_rules.h"
#include "moment.h"
#include "rulesets.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where rules change all the time, reading them takes at most this part of one CPU. */
#define TEXT_PACE 10
/* Rules can change while they are read; after so many times they are told as they were. */
#define ATTEMPTS 3

typedef int looker(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t *revision,
		   struct readings *readings, struct failure *failure);

static looker *const lookers[BACKENDS] = {watched_nft_look, watched_legacy_look};

void readings_add(struct readings *readings, size_t line, struct counted counted)
{
	readings->list = xappend(readings->list, &readings->count, sizeof(*readings->list));
	readings->list[readings->count - 1] = (struct reading){line, counted};
}

/* What was worked out from the text and from what is seen of it. */
static void forget_visible(struct watched_ruleset *ruleset)
{
	free(ruleset->visible);
	ruleset->visible = NULL;
}

static void forget_handles(struct watched_ruleset *ruleset)
{
	for (size_t i = 0; ruleset->handles && i < ruleset->rules.chain_count; i++)
		free(ruleset->handles[i]);
	free(ruleset->handles);
	ruleset->handles = NULL;
}

static void forget_text(struct watched_ruleset *ruleset)
{
	forget_handles(ruleset);
	free(ruleset->counted);
	ruleset->counted = NULL;
	forget_visible(ruleset);
	saved_rules_free(&ruleset->rules);
}

static void find_visible(struct watched_ruleset *ruleset)
{
	if (ruleset->visible || !ruleset->seen.count)
		return;
	ruleset->visible = xcalloc(ruleset->rules.line_count, sizeof(*ruleset->visible));
	for (size_t i = 0; i < ruleset->seen.count; i++)
		for (size_t line = ruleset->seen.list[i].first;
		     line <= ruleset->seen.list[i].last && line < ruleset->rules.line_count; line++)
			ruleset->visible[line] = true;
}

static json_t *change_json(const struct watched_ruleset *ruleset)
{
	return json_pack("{s:s, s:s}", "family", family_names[ruleset->tool->family], "backend",
			 backend_names[ruleset->tool->backend]);
}

static void add_text(const struct watched_ruleset *ruleset, json_t *changes)
{
	json_t *change = change_json(ruleset);

	json_object_set_new(change, "text", string_json(ruleset->rules.text));
	json_array_append_new(changes, change);
}

/* `since`: when these were read before; 0: not all at the same time. */
static void add_counters(const struct watched_ruleset *ruleset, json_t *counters, long long since,
			 long long now, json_t *changes)
{
	json_t *change;

	if (json_array_size(counters)) {
		change = change_json(ruleset);
		json_object_set(change, "counters", counters);
		json_object_set_new(change, "since", since ? json_integer(now - since) : json_null());
		json_array_append_new(changes, change);
	}
	json_decref(counters);
}

/* Tells which lines count otherwise than before; those that were read last time apart from those that were
 * not. */
static void add_readings(struct watched_ruleset *ruleset, const struct readings *readings, json_t *changes)
{
	json_t *known = json_array(), *fresh = json_array();
	long long last = 0, now = monotonic_milliseconds();

	for (size_t i = 0; i < readings->count; i++)
		if (ruleset->counted[readings->list[i].line] > last)
			last = ruleset->counted[readings->list[i].line];
	for (size_t i = 0; i < readings->count; i++) {
		const struct reading *reading = &readings->list[i];
		struct counted *counted = &ruleset->rules.counted[reading->line];

		if (counted->packets != reading->counted.packets || counted->bytes != reading->counted.bytes)
			json_array_append_new(ruleset->counted[reading->line] == last ? known : fresh,
					      json_pack("[I, I, I]", (json_int_t)reading->line,
							(json_int_t)reading->counted.packets,
							(json_int_t)reading->counted.bytes));
		*counted = reading->counted;
		ruleset->counted[reading->line] = now;
	}
	add_counters(ruleset, known, last, now, changes);
	add_counters(ruleset, fresh, 0, now, changes);
}

/* The client has this text, with counters of another moment: whatever is read next is told. */
static void expect_counters(struct watched_ruleset *ruleset)
{
	for (size_t line = 0; line < ruleset->rules.line_count; line++) {
		ruleset->rules.counted[line] = (struct counted){UINT64_MAX, UINT64_MAX};
		ruleset->counted[line] = 0;
	}
}

/* Tells the text for the first time. */
static void tell_first(struct watched_ruleset *ruleset, json_t *changes)
{
	char digest[SHA256_TEXT];

	/* A back-end without rules has nothing to say, unless the client takes it to have some. */
	if (!*ruleset->rules.text) {
		if (*ruleset->known)
			add_text(ruleset, changes);
		return;
	}
	saved_rules_digest(&ruleset->rules, digest);
	if (!strcmp(digest, ruleset->known))
		expect_counters(ruleset);
	else
		add_text(ruleset, changes);
}

/* Takes the rules as they are now, and tells what differs from those that were told before. */
static void take_text(struct watched_ruleset *ruleset, struct saved_rules *fresh, json_t *changes)
{
	struct readings readings = {0};
	bool told = ruleset->rules.text != NULL;

	if (told && saved_rules_alike(&ruleset->rules, fresh)) {
		/* The same rules can have been written anew. */
		forget_handles(ruleset);
		for (size_t line = 0; line < fresh->line_count; line++)
			readings_add(&readings, line, fresh->counted[line]);
		add_readings(ruleset, &readings, changes);
		free(readings.list);
		saved_rules_free(fresh);
		return;
	}
	forget_text(ruleset);
	ruleset->rules = *fresh;
	ruleset->counted = xcalloc(fresh->line_count, sizeof(*ruleset->counted));
	for (size_t line = 0; line < fresh->line_count; line++)
		ruleset->counted[line] = ruleset->read;
	if (told)
		add_text(ruleset, changes);
	else
		tell_first(ruleset, changes);
}

/* Reads the text in a state that has the same name before and after. */
static int read_settled(struct agent *agent, struct watched_ruleset *ruleset, int netns,
			struct saved_rules *fresh, struct failure *failure)
{
	struct readings none = {0};
	int result = 0;

	for (int attempt = 0; !result && !ruleset->settled && attempt < ATTEMPTS; attempt++) {
		const uint64_t before = ruleset->revision;
		char *text;

		result = ruleset_read(agent, ruleset->tool, netns, &text, failure);
		if (result)
			break;
		saved_rules_free(fresh);
		saved_rules_read(text, fresh);
		result = lookers[ruleset->tool->backend](agent, ruleset, netns, &ruleset->revision, &none,
							 failure);
		ruleset->settled = !result && ruleset->revision == before;
	}
	free(none.list);
	return result;
}

static int read_text(struct agent *agent, struct watched_ruleset *ruleset, int netns, uint64_t revision,
		     json_t *changes, struct failure *failure)
{
	const long long begun = monotonic_milliseconds();
	struct saved_rules fresh = {0};

	ruleset->settled = false;
	ruleset->revision = revision;
	if (read_settled(agent, ruleset, netns, &fresh, failure)) {
		saved_rules_free(&fresh);
		return -1;
	}
	ruleset->read = monotonic_milliseconds();
	ruleset->took = ruleset->read - begun;
	take_text(ruleset, &fresh, changes);
	return 0;
}

static int look(struct agent *agent, struct watched_ruleset *ruleset, int netns, json_t *changes,
		struct failure *failure)
{
	struct readings readings = {0};
	bool may_read =
	    !ruleset->rules.text || monotonic_milliseconds() - ruleset->read >= TEXT_PACE * ruleset->took;
	uint64_t revision;
	int result;

	if (!ruleset->settled && !may_read)
		return 0;
	find_visible(ruleset);
	result = lookers[ruleset->tool->backend](agent, ruleset, netns, &revision, &readings, failure);
	if (!result && ruleset->settled && revision == ruleset->revision)
		add_readings(ruleset, &readings, changes);
	else if (!result && may_read)
		result = read_text(agent, ruleset, netns, revision, changes, failure);
	free(readings.list);
	return result;
}

static struct watched_ruleset *slot(struct watched_rules *rules, enum family family, enum backend backend)
{
	return &rules->list[family * BACKENDS + backend];
}

int watched_rules_look(struct agent *agent, struct watched_rules *rules, int netns, json_t *changes,
		       struct failure *failure)
{
	if (tools_find(agent, failure))
		return -1;
	for (size_t i = 0; i < agent->tool_count; i++) {
		const struct tool *tool = &agent->tools[i];
		struct watched_ruleset *ruleset = slot(rules, tool->family, tool->backend);

		ruleset->tool = tool;
		if (look(agent, ruleset, netns, changes, failure))
			return -1;
	}
	return 0;
}

void watched_rules_see(struct watched_rules *rules, enum family family, enum backend backend,
		       struct line_ranges seen)
{
	struct watched_ruleset *ruleset = slot(rules, family, backend);

	free(ruleset->seen.list);
	ruleset->seen = seen;
	forget_visible(ruleset);
}

void watched_rules_know(struct watched_rules *rules, enum family family, enum backend backend,
			const char *digest)
{
	struct watched_ruleset *ruleset = slot(rules, family, backend);

	snprintf(ruleset->known, sizeof(ruleset->known), "%s", digest);
}

void watched_rules_free(struct watched_rules *rules)
{
	for (size_t i = 0; i < FAMILIES * BACKENDS; i++) {
		forget_text(&rules->list[i]);
		free(rules->list[i].seen.list);
	}
}
