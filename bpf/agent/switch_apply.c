/* SPDX-License-Identifier: Apache-2.0 */
/* switch/apply */
#include "boot.h"
#include "door.h"
#include "journal_directory.h"
#include "keeper_begin.h"
#include "moment.h"
#include "namespaces.h"
#include "switch_failures.h"
#include "verbs.h"

#include <string.h>
#include <time.h>

/* For a keeper that gives way to end what it is at. Milliseconds. */
#define YIELD_MAX 60000
#define YIELD_PAUSE 10

static bool is_over(const struct journal *journal, const char *boot)
{
	enum switch_state state = journal->progress.state;

	return strcmp(switch_text(journal->request, "boot"), boot) != 0 || state == CLOSING ||
	       state == CLOSED || state == REVERTED;
}

/* One look at what is in the way. 1: nothing any more; 0: its keeper is about to give way. */
static int make_way_once(const char *workload, const char *boot, bool *asked, struct failure *failure)
{
	struct journal journal;
	enum journal_found found = journal_take(workload, &journal, failure);
	int result = -1;

	if (found == JOURNAL_NONE) {
		result = 1;
	} else if (found == JOURNAL_FREE && is_over(&journal, boot)) {
		journal_remove(&journal);
		result = 1;
	} else if (found == JOURNAL_HELD && is_over(&journal, boot)) {
		struct failure ended = {0};

		/* One that ends by itself just now is not there to be asked. */
		if (!*asked)
			door_ask(workload, "yield", switch_text(journal.request, "switch"), false, &ended);
		failure_clear(&ended);
		*asked = true;
		result = 0;
	} else if (found != JOURNAL_FAILED) {
		fail_workload_held(failure, &journal, found == JOURNAL_HELD);
	}
	journal_close(&journal);
	return result;
}

static int make_way(const char *workload, const char *boot, struct failure *failure)
{
	const struct timespec pause = {.tv_nsec = YIELD_PAUSE * 1000000L};
	bool asked = false;
	int result;

	for (int waited = 0; !(result = make_way_once(workload, boot, &asked, failure));
	     waited += YIELD_PAUSE) {
		if (waited > YIELD_MAX)
			return fail_switch_state(failure, workload, CLOSING, "begin another one");
		nanosleep(&pause, NULL);
	}
	return result < 0 ? -1 : 0;
}

/* Writes the journal under its name, where nobody is quicker. */
static int begin_journal(struct journal *journal, const json_t *request, struct failure *failure)
{
	int published;

	do {
		if (make_way(switch_text(request, "workload"), switch_text(request, "boot"), failure) ||
		    journal_write(journal, request, failure))
			return -1;
		published = journal_publish(journal, failure);
		if (published)
			journal_close(journal);
	} while (published > 0);
	return published;
}

static int start(struct agent *agent, struct journal *journal, struct failure *failure)
{
	if (!keeper_begin(agent, journal, failure))
		return 0;
	journal_remove(journal);
	return -1;
}

static json_t *make_request(const json_t *params, struct failure *failure)
{
	json_t *request = json_copy((json_t *)params);
	char boot[BOOT_ID_TEXT];

	if (!boot_id_read(boot, failure)) {
		json_object_set_new(request, "boot", json_string(boot));
		json_object_set_new(request, "started", json_integer(moment_milliseconds()));
		if (!switch_journal_check(request, failure))
			return request;
	}
	json_decref(request);
	return NULL;
}

json_t *verb_switch_apply(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *request = make_request(params, failure);
	struct journal journal = {.file = -1};
	struct workload workload;
	int result = -1;

	if (!request)
		return NULL;
	if (!workload_open_param(agent, request, &workload, failure) &&
	    !begin_journal(&journal, request, failure))
		result = start(agent, &journal, failure);
	workload_close(&workload);
	journal_close(&journal);
	json_decref(request);
	return result ? NULL : json_object();
}
