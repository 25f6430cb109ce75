/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory.h"
#include "map_entries.h"
#include "moment.h"
#include "netns.h"
#include "text.h"
#include "watch_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Processes and cgroups are looked at again after this long: reading all of /proc is the dearest part. */
#define SCAN_MILLISECONDS 2000
/* The entries of one map that are followed. */
#define ENTRIES_MAX 10000

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

static int open_workload(struct agent *agent, struct watch *watch, struct failure *failure)
{
	long long now = monotonic_milliseconds();

	if (now - watch->scanned < SCAN_MILLISECONDS && reopen(agent, &watch->workload))
		return 0;
	workload_close(&watch->workload);
	watch->scanned = now;
	return workload_open(agent, watch->workload_id, &watch->workload, failure);
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

/* The map's change; NULL if there is none. */
static json_t *entries_change(const struct watched_map *map, json_t *now)
{
	json_t *set = json_array(), *deleted = json_array(), *entry;
	const char *key;

	json_object_foreach(now, key, entry) if (!json_equal(entry, json_object_get(map->entries, key)))
	    json_array_append(set, entry);
	json_object_foreach(map->entries, key, entry) if (!json_object_get(now, key))
	    json_array_append_new(deleted, json_string(key));
	if (!map->entries || json_array_size(set) || json_array_size(deleted))
		return json_pack("{s:I, s:o, s:o}", "map", map->id, "set", set, "delete", deleted);
	json_decref(set);
	json_decref(deleted);
	return NULL;
}

static bool is_kind(const struct failure *failure, const char *kind)
{
	const char *said = json_string_value(json_object_get(failure->data, "kind"));

	return said && !strcmp(said, kind);
}

static int look_at_map(struct agent *agent, struct watch *watch, struct watched_map *map, json_t *changes,
		       struct failure *failure)
{
	struct map_handle handle;
	struct map_page page;
	json_t *change;
	int result;

	if (map_handle_open(map->id, &handle, failure)) {
		if (!is_kind(failure, "no-such-map"))
			return -1;
		failure_clear(failure);
		map->gone = true;
		json_array_append_new(changes, json_pack("{s:I, s:b}", "map", map->id, "gone", 1));
		return 0;
	}
	result = map_page_read(agent, &handle, NULL, ENTRIES_MAX, watch->workload.netns, &page, failure);
	map_handle_close(&handle);
	if (result)
		return -1;
	if (!map->entries && json_is_string(page.next))
		log_message(agent, "warn", "Map %lld has more entries than are watched", (long long)map->id);
	change = entries_change(map, page.entries);
	if (change)
		json_array_append_new(changes, change);
	json_decref(map->entries);
	map->entries = json_incref(page.entries);
	map_page_free(&page);
	return 0;
}

static int look_at_maps(struct agent *agent, struct watch *watch, json_t *notification,
			struct failure *failure)
{
	json_t *changes = json_array();
	int result = 0;

	for (size_t i = 0; !result && i < watch->map_count; i++)
		if (!watch->maps[i].gone)
			result = look_at_map(agent, watch, &watch->maps[i], changes, failure);
	add_changes(notification, "maps", changes, false);
	return result;
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
		bool gone = is_kind(failure, "no-such-workload");

		if (gone)
			notify(agent, "watch/changed",
			       json_pack("{s:o, s:b}", "watch", string_json(watch->id), "gone", 1));
		return gone ? LOOK_GONE : LOOK_FAILED;
	}
	notification = json_object();
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
		json_decref(watch->maps[i].entries);
}
