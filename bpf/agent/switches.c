/* SPDX-License-Identifier: Apache-2.0 */
/* switch/confirm, switch/cancel, switch/list */
#include "switches.h"
#include "door.h"
#include "journal.h"
#include "journal_directory.h"
#include "namespaces.h"
#include "params.h"
#include "switch_failures.h"
#include "verbs.h"

#include <string.h>

static json_t *journal_json(const struct journal *journal, bool kept)
{
	const json_t *request = journal->request;

	return json_pack("{s:O, s:O, s:O, s:O, s:s, s:O, s:b}", "switch", json_object_get(request, "switch"),
			 "workload", json_object_get(request, "workload"), "title",
			 json_object_get(request, "title"), "holder", json_object_get(request, "holder"),
			 "state", switch_state_names[journal->progress.state], "started",
			 json_object_get(request, "started"), "kept", kept);
}

struct listing {
	struct agent *agent;
	json_t *list;
};

static int add(const char *workload, void *context, struct failure *failure)
{
	struct listing *listing = context;
	struct failure problem = {0};
	struct journal journal;
	enum journal_found found = journal_look(workload, &journal, &problem);

	(void)failure;
	if (found == JOURNAL_HELD || found == JOURNAL_FREE)
		json_array_append_new(listing->list, journal_json(&journal, found == JOURNAL_HELD));
	else if (found == JOURNAL_FAILED)
		log_message(listing->agent, "warn", "%s", problem.message);
	failure_clear(&problem);
	journal_close(&journal);
	return 0;
}

json_t *switches_json(struct agent *agent, struct failure *failure)
{
	struct listing listing = {.agent = agent, .list = json_array()};

	if (!journal_directory_visit(add, &listing, failure))
		return listing.list;
	json_decref(listing.list);
	return NULL;
}

json_t *verb_switch_list(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *list = switches_json(agent, failure);

	(void)params;
	return list ? json_pack("{s:o}", "switches", list) : NULL;
}

/* Finds the switch that the request names, and how far it is. */
static int look_for(const json_t *params, const char **workload, const char **id, enum switch_state *state,
		    struct failure *failure)
{
	enum journal_found found;
	struct journal journal;

	if (param_string(params, "workload", workload, failure) ||
	    param_string(params, "switch", id, failure) || switch_id_check(*id, failure))
		return -1;
	if (!workload_id_valid(*workload))
		return fail_params(failure, "workload is not an id of workloads/list: %.64s", *workload);
	found = journal_look(*workload, &journal, failure);
	/* Without a keeper nobody can do anything about it any more but switch/recover. */
	if (found == JOURNAL_NONE || found == JOURNAL_FREE ||
	    (found == JOURNAL_HELD && strcmp(switch_text(journal.request, "switch"), *id) != 0))
		fail_no_such_switch(failure, *id);
	*state = journal.progress.state;
	journal_close(&journal);
	return failure->code ? -1 : 0;
}

json_t *verb_switch_confirm(struct agent *agent, const json_t *params, struct failure *failure)
{
	const char *workload, *id;
	enum switch_state state;

	(void)agent;
	if (look_for(params, &workload, &id, &state, failure))
		return NULL;
	/* A keeper at a step has no time for an answer. */
	if (state == APPLYING)
		fail_switch_state(failure, id, state, "confirm");
	else
		door_ask(workload, "confirm", id, true, failure);
	return failure->code ? NULL : json_object();
}

json_t *verb_switch_cancel(struct agent *agent, const json_t *params, struct failure *failure)
{
	const char *workload, *id;
	enum switch_state state;

	(void)agent;
	if (look_for(params, &workload, &id, &state, failure) ||
	    door_ask(workload, "cancel", id, state != APPLYING, failure))
		return NULL;
	return json_object();
}
