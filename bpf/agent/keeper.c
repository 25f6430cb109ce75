/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"
#include "detached_process.h"
#include "drain.h"
#include "keeper_state.h"
#include "loads.h"
#include "moment.h"
#include "switch_steps.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* What stands in the way of taking a step back may go away: a lock that is held, a want of memory. */
#define UNDO_TRIES 3
/* Between two looks at older connections: twice as long each time. Milliseconds. */
#define DRAIN_PAUSE_FIRST 20
#define DRAIN_PAUSE_MAX 1000

static long long seconds_of(const struct keeper *keeper, const char *name)
{
	return 1000LL * json_integer_value(json_object_get(keeper->journal->request, name));
}

static void set_failure(struct keeper *keeper, const char *verb, struct failure *failure)
{
	json_decref(keeper->failure);
	keeper->failure = failure_json(failure, verb);
	failure_clear(failure);
}

/* A mark that cannot be written is said; what it is about goes on. */
static void set_state(struct keeper *keeper, enum switch_state state)
{
	struct failure failure = {0};

	keeper->journal->progress.state = state;
	if (journal_mark(keeper->journal, &failure))
		log_message(keeper->agent, "error", "%s", failure.message);
	failure_clear(&failure);
}

/* Gives false if the switch is to be taken back; keeper->reason says why. */
static bool do_steps(struct keeper *keeper)
{
	struct journal *journal = keeper->journal;
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(journal->request, "steps"), i, step)
	{
		struct failure failure = {0};

		keeper_attend(keeper, 0);
		if (keeper->cancelled)
			break;
		keeper_tell(keeper,
			    json_pack("{s:I, s:I, s:O}", "step", (json_int_t)i + 1, "steps",
				      (json_int_t)journal->steps, "title", json_object_get(step, "title")));
		if (step_do(keeper->agent, journal, &keeper->loaded, (unsigned int)i, &failure)) {
			keeper->reason = "failed";
			set_failure(keeper, switch_text(json_object_get(step, "call"), "verb"), &failure);
			return false;
		}
	}
	keeper_attend(keeper, 0);
	keeper->reason = "cancelled";
	return !keeper->cancelled;
}

/* Waits until the switch is confirmed, which gives true, or is to be taken back. */
static bool wait_armed(struct keeper *keeper)
{
	const enum switch_state *state = &keeper->journal->progress.state;
	long long end = monotonic_milliseconds() + seconds_of(keeper, "deadline"), left;

	if (!seconds_of(keeper, "deadline")) {
		set_state(keeper, CLOSING);
		return true;
	}
	set_state(keeper, ARMED);
	keeper_tell(keeper, NULL);
	while (*state == ARMED && !keeper->cancelled && (left = end - monotonic_milliseconds()) > 0)
		keeper_attend(keeper, left);
	keeper->reason = keeper->cancelled ? "cancelled" : "deadline";
	return *state == CLOSING;
}

/* Looks again, and gives how many older connections there are; what it was last time where that cannot be
 * seen. */
static json_int_t look(struct keeper *keeper, const json_t *closing, struct steered *steered, json_int_t last)
{
	const char *workload = keeper->journal->workload;
	struct failure failure = {0};
	json_int_t remaining = last;

	if (drain_count(keeper->agent, workload, closing, steered, &remaining, &failure)) {
		remaining = last;
		if (!workload_remains(keeper->agent, workload))
			remaining = 0;
		else
			log_message(keeper->agent, "warn", "cannot see the older connections: %s",
				    failure.message);
	}
	failure_clear(&failure);
	return remaining;
}

/*
 * Waits for older connections and does what is left to do then. Gives how many remain: with any, what was
 * kept for them stays. `said` is called with each new number but 0.
 */
static json_int_t drain(struct keeper *keeper, const json_t *closing,
			void (*said)(struct keeper *keeper, json_int_t remaining))
{
	long long end = monotonic_milliseconds() + seconds_of(keeper, "drain"), left;
	long long pause = DRAIN_PAUSE_FIRST;
	json_int_t remaining = 1, last = 0;
	struct steered steered = {0};
	struct failure failure = {0};
	const char *verb;

	if (json_is_null(closing))
		return 0;
	while ((remaining = look(keeper, closing, &steered, remaining))) {
		if (remaining != last)
			said(keeper, remaining);
		last = remaining;
		left = end - monotonic_milliseconds();
		if (left <= 0 || keeper->yielding)
			break;
		keeper_attend(keeper, left < pause ? left : pause);
		pause = 2 * pause < DRAIN_PAUSE_MAX ? 2 * pause : DRAIN_PAUSE_MAX;
	}
	steered_free(&steered);
	if (remaining)
		return remaining;
	if (workload_remains(keeper->agent, keeper->journal->workload) &&
	    drain_close(keeper->agent, closing, &verb, &failure)) {
		log_message(keeper->agent, "warn", "what older connections needed is left behind: %s",
			    failure.message);
		if (keeper->journal->progress.state == CLOSING)
			set_failure(keeper, verb, &failure);
	}
	failure_clear(&failure);
	return 0;
}

static void tell_remaining(struct keeper *keeper, json_int_t remaining)
{
	/* Who does not read is told the next number. */
	if (!keeper->agent->output.length)
		keeper_tell(keeper, json_pack("{s:I}", "remaining", remaining));
}

static void tell_reverted(struct keeper *keeper, json_int_t remaining)
{
	(void)remaining;
	if (keeper->reason)
		keeper_tell(keeper, keeper_reason(keeper));
	keeper->reason = NULL;
}

/* The last thing: nothing is left of the switch when it is told that it is over. */
static void end(struct keeper *keeper)
{
	door_close(keeper->door);
	journal_remove(keeper->journal);
}

static void close_up(struct keeper *keeper)
{
	json_int_t remaining;

	keeper_tell(keeper, NULL);
	loaded_free(&keeper->loaded);
	loads_free(keeper->agent);
	remaining = drain(keeper, json_object_get(keeper->journal->request, "closing"), tell_remaining);
	set_state(keeper, CLOSED);
	end(keeper);
	keeper_tell(keeper, json_pack("{s:I, s:O*}", "remaining", remaining, "failure", keeper->failure));
}

static void let_go(struct keeper *keeper)
{
	drain(keeper, json_object_get(keeper->journal->request, "undoClosing"), tell_reverted);
	end(keeper);
	tell_reverted(keeper, 0);
}

static void pause_undo(void *context, int milliseconds)
{
	long long end_of_pause = monotonic_milliseconds() + milliseconds, left = milliseconds;

	do
		keeper_attend(context, left);
	while ((left = end_of_pause - monotonic_milliseconds()) > 0);
}

static void take_back(struct keeper *keeper)
{
	struct undo undo = {.agent = keeper->agent,
			    .journal = keeper->journal,
			    .tries = UNDO_TRIES,
			    .pause = pause_undo,
			    .context = keeper};
	struct failure failure = {0};
	bool stuck;

	set_state(keeper, REVERTING);
	keeper_tell(keeper, keeper_reason(keeper));
	stuck = undo_all(&undo, &failure) == UNDO_STUCK;
	loaded_free(&keeper->loaded);
	loads_free(keeper->agent);
	if (stuck) {
		set_failure(keeper, undo.verb, &failure);
		set_state(keeper, UNDO_FAILED);
		door_close(keeper->door);
		door_remove(keeper->journal->workload);
		/* From here on the next `switch/recover` may take it. */
		keeper_tell(keeper, keeper_reason(keeper));
		return;
	}
	set_state(keeper, REVERTED);
	let_go(keeper);
}

_Noreturn static void run(struct keeper *keeper)
{
	switch (keeper->journal->progress.state) {
	case CLOSING:
		close_up(keeper);
		break;
	case REVERTED:
		keeper_tell(keeper, NULL);
		let_go(keeper);
		break;
	default:
		if (do_steps(keeper) && wait_armed(keeper))
			close_up(keeper);
		else
			take_back(keeper);
	}
	keeper_say_goodbye(keeper);
	/* What the agent has still to do at its end is not the keeper's. */
	_exit(EX_OK);
}

pid_t keeper_start(struct agent *agent, struct journal *journal, struct door *door, int follower,
		   struct failure *failure)
{
	struct keeper keeper = {
	    .agent = agent, .journal = journal, .door = door, .applier = getpid(), .follower = follower};
	int kept[] = {agent->own_netns, journal->file, door->listener, follower};
	pid_t child = fork();

	if (child < 0)
		fail_system(failure, "fork", NULL);
	if (child)
		return child;
	keeper.signals = detach_process(agent, "redirect-keeper", kept, sizeof(kept) / sizeof(*kept));
	if (keeper.signals < 0)
		_exit(EX_OSERR); /* Its agent sees that it is lost, and that nothing was begun. */
	run(&keeper);
}
