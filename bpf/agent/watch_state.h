/* SPDX-License-Identifier: Apache-2.0 */
/* One running watch: what it looks at, and what it saw last. */
#pragma once

#include "namespaces.h"
#include "watched_map.h"
#include "watched_rules.h"

struct watch {
	struct watch *next;
	char *id;
	char workload_id[24];
	int timer;
	json_int_t interval; /* milliseconds */
	bool with_rulesets, with_attachments;
	struct watched_map *maps;
	size_t map_count;

	bool sent; /* the first notification, which is whole */
	bool rulesets_seen;
	struct workload workload;     /* the last scan; its netns is open only while looking */
	long long scanned, scan_took; /* when that was, in milliseconds of CLOCK_MONOTONIC, and how long */
	uint64_t processes;	      /* processes_print() of then */
	struct watched_rules rules;
	json_t *attachments;
	int writers;	 /* tells who changes rules (rule_writers.h); -1: nothing does */
	char *complaint; /* the last failure that was logged, so that it is logged once */
};

enum look { LOOK_DONE, LOOK_FAILED, LOOK_GONE };

/*
 * Looks at everything that is watched and queues `watch/changed` if anything did. After a failure the rest is
 * looked at again the next time; what was seen before it has been sent.
 */
enum look watch_look(struct agent *agent, struct watch *watch, struct failure *failure);
/* Frees what it saw. */
void watch_forget(struct watch *watch);
