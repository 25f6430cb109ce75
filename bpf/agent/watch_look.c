/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory.h"
#include "moment.h"
#include "netns.h"
#include "processes.h"
#include "rule_writers.h"
#include "text.h"
#include "watch_state.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Processes and cgroups are looked at again after this long if other processes run, */
#define SCAN_MILLISECONDS 2000
/* and after this long in any case: one can have gone to another cgroup. */
#define RESCAN_MILLISECONDS 30000
/* Reading all of /proc is the dearest part of a look: it takes at most this part of one CPU. */
#define SCAN_PACE 100

/* Opens the namespace through what the last scan knew of it. An inode can be another's by now; a cookie
 * cannot. */
static bool reopen(struct agent *agent, struct workload *workload)
{
	uint64_t cookie;

	if (!workload->self)
		return false;
	workload->netns = namespace_open(workload->self);
	if (workload->netns < 0)
		return false;
	if (!workload->self->has_cookie ||
	    (!netns_cookie(agent, workload->netns, &cookie) && cookie == workload->self->cookie))
		return true;
	close(workload->netns);
	workload->netns = -1;
	return false;
}

/* Whether what the last scan found may have become otherwise, and may be looked at again. */
static bool scan_is_due(const struct watch *watch, long long now)
{
	const long long since = now - watch->scanned;

	if (since < SCAN_MILLISECONDS || since < SCAN_PACE * watch->scan_took)
		return false;
	return since >= RESCAN_MILLISECONDS || processes_print() != watch->processes;
}

static int open_workload(struct agent *agent, struct watch *watch, struct failure *failure)
{
	int result;

	if (!scan_is_due(watch, monotonic_milliseconds()) && reopen(agent, &watch->workload))
		return 0;
	workload_close(&watch->workload);
	watch->scanned = monotonic_milliseconds();
	watch->processes = processes_print();
	result = workload_open(agent, watch->workload_id, &watch->workload, failure);
	watch->scan_took = monotonic_milliseconds() - watch->scanned;
	return result;
}

/* Puts `changes` into the notification if there are any, or if they are the first and so whole. */
static void add_changes(json_t *notification, const char *name, json_t *changes, bool first)
{
	if (json_array_size(changes) || first)
		json_object_set(notification, name, changes);
	json_decref(changes);
}

static int look_at_rulesets(struct agent *agent, struct watch *watch, json_t *notification,
			    struct failure *failure)
{
	json_t *changes = json_array();
	int result = watched_rules_look(agent, &watch->rules, watch->workload.netns, changes, failure);

	add_changes(notification, "rulesets", changes, !result && !watch->rulesets_seen);
	watch->rulesets_seen |= !result;
	return result;
}

static int look_at_attachments(struct watch *watch, json_t *notification, struct failure *failure)
{
	json_t *now = attachments_json(&watch->workload, failure);

	if (!now)
		return -1;
	if (!watch->attachments || !json_equal(now, watch->attachments))
		json_object_set(notification, "attachments", now);
	json_decref(watch->attachments);
	watch->attachments = now;
	return 0;
}

static int look_at_maps(struct agent *agent, struct watch *watch, json_t *notification,
			struct failure *failure)
{
	json_t *changes = json_array();
	int result = 0;

	for (size_t i = 0; !result && i < watch->map_count; i++)
		result = watched_map_look(agent, &watch->maps[i], watch->workload.netns, changes, failure);
	add_changes(notification, "maps", changes, false);
	return result;
}

static void look_at_writers(const struct agent *agent, struct watch *watch, json_t *notification)
{
	json_t *writers;

	if (!watch->sent && watch->writers < 0)
		watch->writers = rule_writers_listen(agent, watch->workload.netns);
	if (watch->writers < 0)
		return;
	writers = rule_writers_read(watch->writers);
	if (json_array_size(writers))
		json_object_set(notification, "writers", writers);
	json_decref(writers);
}

static void send_notification(struct agent *agent, struct watch *watch, json_t *notification)
{
	if (json_object_size(notification) || !watch->sent) {
		json_object_set_new(notification, "watch", string_json(watch->id));
		json_object_set_new(notification, "taken", json_integer(moment_milliseconds()));
		notify(agent, "watch/changed", notification);
		watch->sent = true;
	} else {
		json_decref(notification);
	}
}

enum look watch_look(struct agent *agent, struct watch *watch, struct failure *failure)
{
	json_t *notification;
	int result;

	if (open_workload(agent, watch, failure)) {
		bool gone = failure_is(failure, "no-such-workload");

		if (gone)
			notify(agent, "watch/changed",
			       json_pack("{s:o, s:b}", "watch", string_json(watch->id), "gone", 1));
		return gone ? LOOK_GONE : LOOK_FAILED;
	}
	notification = json_object();
	/* Before the rules: whoever is told of has made them what they are by then. */
	look_at_writers(agent, watch, notification);
	result = watch->with_rulesets ? look_at_rulesets(agent, watch, notification, failure) : 0;
	if (!result && watch->with_attachments)
		result = look_at_attachments(watch, notification, failure);
	if (!result && watch->map_count)
		result = look_at_maps(agent, watch, notification, failure);
	close(watch->workload.netns);
	watch->workload.netns = -1;
	if (!result || json_object_size(notification))
		send_notification(agent, watch, notification);
	else
		json_decref(notification);
	return result ? LOOK_FAILED : LOOK_DONE;
}

void watch_forget(struct watch *watch)
{
	watched_rules_free(&watch->rules);
	json_decref(watch->attachments);
	for (size_t i = 0; i < watch->map_count; i++)
		watched_map_free(&watch->maps[i]);
}
