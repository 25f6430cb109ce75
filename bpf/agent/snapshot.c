/* SPDX-License-Identifier: Apache-2.0 */
#include "acceleration.h"
#include "addresses.h"
#include "inventory.h"
#include "moment.h"
#include "rules_written.h"
#include "rulesets.h"
#include "sockets.h"
#include "verbs.h"

json_t *verb_snapshot(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *writers = NULL, *listeners = NULL, *addresses = NULL, *snapshot = NULL;
	struct inventory inventory = {0};
	struct rulesets rulesets = {0};
	struct workload workload;
	json_int_t taken = moment_milliseconds();

	rules_written_listen(agent);
	if (workload_open_param(agent, params, &workload, failure))
		goto out;
	/* Before the rules: whoever is told of has made them what they are by then. */
	writers = rules_written_json(agent, &workload);
	if (rulesets_read(agent, workload.netns, &rulesets, failure) ||
	    inventory_read(&workload, &inventory, failure))
		goto out;
	listeners = listeners_json(agent, workload.netns, failure);
	addresses = listeners ? addresses_json(agent, workload.netns, failure) : NULL;
	if (!addresses)
		goto out;
	snapshot = json_pack("{s:o, s:I, s:o, s:O, s:O, s:O, s:O, s:O, s:o, s:O}", "workload",
			     namespace_json(workload.self), "taken", taken, "rulesets",
			     rulesets_json(&rulesets), "attachments", inventory.attachments, "programs",
			     inventory.programs, "maps", inventory.maps, "listeners", listeners, "addresses",
			     addresses, "acceleration", acceleration_json(&workload), "writers", writers);
out:
	json_decref(writers);
	json_decref(listeners);
	json_decref(addresses);
	inventory_free(&inventory);
	rulesets_free(&rulesets);
	workload_close(&workload);
	return snapshot;
}
