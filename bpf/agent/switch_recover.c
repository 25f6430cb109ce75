/* SPDX-License-Identifier: Apache-2.0 */
/* switch/recover */
#include "boot.h"
#include "door.h"
#include "journal_directory.h"
#include "keeper_begin.h"
#include "switch_steps.h"
#include "text.h"
#include "verbs.h"

#include <string.h>
#include <time.h>

/* For what a killed keeper was running to end, too. Milliseconds. */
#define DYING_MAX 15000
#define DYING_PAUSE 10

struct recovery {
	struct agent *agent;
	char boot[BOOT_ID_TEXT];
	json_t *recovered;
};

/* One whose keeper lives is not taken; where that was killed, its lock is free as soon as what it ran has
 * ended. */
static enum journal_found take(const char *workload, struct journal *journal, struct failure *failure)
{
	enum journal_found found = journal_take(workload, journal, failure);
	const struct timespec pause = {.tv_nsec = DYING_PAUSE * 1000000L};

	for (int waited = 0; found == JOURNAL_HELD && waited < DYING_MAX && !door_is_kept(workload);
	     waited += DYING_PAUSE) {
		journal_close(journal);
		nanosleep(&pause, NULL);
		found = journal_take(workload, journal, failure);
	}
	return found;
}

static const char *mark_reverted(struct journal *journal, struct failure *failure)
{
	journal->progress.state = REVERTED;
	journal_mark(journal, failure);
	return "reverted";
}

static const char *take_back(struct recovery *recovery, struct journal *journal, struct failure *failure)
{
	/* What is in the way now may be gone at the next `switch/recover`: the client does not wait for it.
	 */
	struct undo undo = {.agent = recovery->agent, .journal = journal, .tries = 1};

	journal->progress.state = REVERTING;
	if (!journal_mark(journal, failure))
		switch (undo_all(&undo, failure)) {
		case UNDO_DONE:
			return mark_reverted(journal, failure);
		case UNDO_GONE:
			return "gone";
		case UNDO_STUCK:
			break;
		}
	/* Its own failure is the one to tell. */
	journal->progress.state = UNDO_FAILED;
	journal_mark(journal, failure);
	return "undo-failed";
}

/* Ends a switch that nobody keeps. Gives what became of it. */
static const char *end(struct recovery *recovery, struct journal *journal, struct failure *failure)
{
	if (strcmp(switch_text(journal->request, "boot"), recovery->boot) != 0)
		return "gone";
	switch (journal->progress.state) {
	case CLOSING:
	case CLOSED:
		workload_remains(recovery->agent, journal->workload);
		return "closed";
	case REVERTED:
		workload_remains(recovery->agent, journal->workload);
		return "reverted";
	default:
		return take_back(recovery, journal, failure);
	}
}

/* Whether older connections have to be waited for before it is over. */
static bool is_to_be_kept(const struct recovery *recovery, const struct journal *journal)
{
	const char *closing = journal->progress.state == CLOSING    ? "closing"
			      : journal->progress.state == REVERTED ? "undoClosing"
								    : NULL;

	return closing && !strcmp(switch_text(journal->request, "boot"), recovery->boot) &&
	       !json_is_null(json_object_get(journal->request, closing)) &&
	       workload_remains(recovery->agent, journal->workload);
}

/* The last of a switch that was ended. Where there is no keeper to be had, what is left is for the client. */
static void let_go(struct recovery *recovery, struct journal *journal)
{
	struct failure failure = {0};

	if (is_to_be_kept(recovery, journal)) {
		if (!keeper_begin(recovery->agent, journal, &failure))
			return;
		log_message(recovery->agent, "warn", "what older connections needed is left behind: %s",
			    failure.message);
		failure_clear(&failure);
	}
	journal_remove(journal);
}

static void report(struct recovery *recovery, const struct journal *journal, const char *outcome,
		   const struct failure *failure)
{
	const json_t *request = journal->request;

	json_array_append_new(recovery->recovered,
			      json_pack("{s:O, s:O, s:O, s:O, s:s, s:o}", "switch",
					json_object_get(request, "switch"), "workload",
					json_object_get(request, "workload"), "title",
					json_object_get(request, "title"), "holder",
					json_object_get(request, "holder"), "outcome", outcome, "failure",
					failure->code ? string_json(failure->message) : json_null()));
}

static int recover(const char *workload, void *context, struct failure *ignored)
{
	struct recovery *recovery = context;
	struct failure failure = {0};
	struct journal journal;
	enum journal_found found = take(workload, &journal, &failure);

	(void)ignored; /* One that cannot be recovered does not keep the others from it. */
	if (found == JOURNAL_FREE) {
		const char *outcome = end(recovery, &journal, &failure);

		report(recovery, &journal, outcome, &failure);
		if (!failure.code)
			let_go(recovery, &journal);
	} else if (found == JOURNAL_FAILED) {
		log_message(recovery->agent, "warn", "%s", failure.message);
	}
	failure_clear(&failure);
	journal_close(&journal);
	return 0;
}

json_t *verb_switch_recover(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct recovery recovery = {.agent = agent, .recovered = json_array()};

	(void)params;
	if (!boot_id_read(recovery.boot, failure) && !journal_directory_tidy(failure) &&
	    !journal_directory_visit(recover, &recovery, failure)) {
		journal_directory_remove();
		return json_pack("{s:o}", "recovered", recovery.recovered);
	}
	json_decref(recovery.recovered);
	return NULL;
}
