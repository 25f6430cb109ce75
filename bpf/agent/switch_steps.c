/* SPDX-License-Identifier: Apache-2.0 */
#include "switch_steps.h"
#include "nat_digest.h"

#include <string.h>

/* Between two tries of a step. Milliseconds. */
#define UNDO_PAUSE 2000

static const json_t *step_at(const struct journal *journal, unsigned int index)
{
	return json_array_get(json_object_get(journal->request, "steps"), index);
}

int step_do(struct agent *agent, struct journal *journal, struct loaded *loaded, unsigned int index,
	    struct failure *failure)
{
	const json_t *call = json_object_get(step_at(journal, index), "call");
	char before[SHA256_TEXT];

	if (call_is_restore(call) && (nat_digest(agent, json_object_get(call, "params"), before, failure) ||
				      journal_note_before(journal, index, before, failure)))
		return -1;
	journal->progress.begun = index + 1;
	if (journal_mark(journal, failure) || call_make(agent, call, loaded, failure))
		return -1;
	journal->progress.done = index + 1;
	return journal_mark(journal, failure);
}

/*
 * Whether what the step touches is as it was before: it never happened, or it was taken back and there was no
 * time to mark that. Every other call can be made again: it says how something is to be, not how it is to
 * change.
 */
static int is_as_before(const struct undo *undo, unsigned int index, const json_t *call, bool *as_before,
			struct failure *failure)
{
	const json_t *done = json_object_get(step_at(undo->journal, index), "call");
	char before[SHA256_TEXT], now[SHA256_TEXT];

	*as_before = false;
	if (!call_is_restore(call))
		return 0;
	if (journal_before(undo->journal, index, before, failure) ||
	    nat_digest(undo->agent, json_object_get(done, "params"), now, failure))
		return -1;
	*as_before = !strcmp(before, now);
	return 0;
}

static int undo_step(struct undo *undo, unsigned int index, struct failure *failure)
{
	const json_t *calls = json_object_get(step_at(undo->journal, index), "undo"), *call;
	struct loaded loaded = {0};
	size_t i;

	json_array_foreach(calls, i, call)
	{
		bool as_before;

		undo->verb = switch_text(call, "verb");
		if (is_as_before(undo, index, call, &as_before, failure))
			break;
		if (as_before || !call_make(undo->agent, call, &loaded, failure))
			continue;
		/* A map that is gone took with it what was to be taken back. */
		if (strcmp(undo->verb, "maps/update") != 0 || !failure_is(failure, "no-such-map"))
			break;
		failure_clear(failure);
	}
	loaded_free(&loaded);
	return failure->code ? -1 : 0;
}

static void rest(const struct undo *undo, int milliseconds)
{
	if (undo->pause)
		undo->pause(undo->context, milliseconds);
}

/* Somebody may hold the lock of the xtables, or be loading programs, just now. */
static int undo_patiently(struct undo *undo, unsigned int index, struct failure *failure)
{
	for (int tries = 1; undo_step(undo, index, failure); tries++) {
		if (tries >= undo->tries || failure_is(failure, "no-such-workload"))
			return -1;
		log_message(undo->agent, "warn", "step %u cannot be taken back yet: %s", index + 1,
			    failure->message);
		failure_clear(failure);
		rest(undo, UNDO_PAUSE);
	}
	return 0;
}

enum undo_end undo_all(struct undo *undo, struct failure *failure)
{
	struct progress *progress = &undo->journal->progress;

	while (progress->undone < progress->begun) {
		if (undo_patiently(undo, progress->begun - progress->undone - 1, failure)) {
			if (!failure_is(failure, "no-such-workload"))
				return UNDO_STUCK;
			failure_clear(failure);
			break;
		}
		progress->undone++;
		undo->verb = "the journal";
		if (journal_mark(undo->journal, failure))
			return UNDO_STUCK;
		rest(undo, 0);
	}
	return workload_remains(undo->agent, undo->journal->workload) ? UNDO_DONE : UNDO_GONE;
}
