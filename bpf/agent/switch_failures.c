/* SPDX-License-Identifier: Apache-2.0 */
#include "switch_failures.h"

int fail_no_such_switch(struct failure *failure, const char *switch_id)
{
	return fail(failure, json_pack("{s:s, s:s}", "kind", "no-such-switch", "switch", switch_id),
		    "Switch %s is over, or was never begun", switch_id);
}

int fail_switch_state(struct failure *failure, const char *switch_id, enum switch_state state,
		      const char *what)
{
	const char *name = switch_state_names[state];

	return fail(failure,
		    json_pack("{s:s, s:s, s:s}", "kind", "switch-state", "switch", switch_id, "state", name),
		    "Switch %s is %s: it is too %s to %s it", switch_id, name,
		    state == APPLYING ? "early" : "late", what);
}

int fail_workload_held(struct failure *failure, const struct journal *journal, bool kept)
{
	const json_t *request = journal->request;
	const char *holder = switch_text(request, "holder"), *title = switch_text(request, "title");
	const char *state = switch_state_names[journal->progress.state];

	return fail(failure,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:b}", "kind", "workload-held", "switch",
			      switch_text(request, "switch"), "holder", holder, "title", title, "state",
			      state, "started", json_object_get(request, "started"), "kept", kept),
		    kept ? "%s changes this workload already: %s (%s)"
			 : "%s was changing this workload and was cut off: %s (%s). Recover it first",
		    holder, title, state);
}
