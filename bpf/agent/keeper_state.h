/* SPDX-License-Identifier: Apache-2.0 */
/* What a keeper knows, for its own files. */
#pragma once

#include "agent.h"
#include "door.h"
#include "journal.h"
#include "switch_calls.h"

struct keeper {
	struct agent *agent; /* its output is what the follower is to read */
	struct journal *journal;
	struct door *door;
	struct loaded loaded;
	pid_t applier; /* the agent that has begun the switch; 0: it has gone */
	int follower;  /* the socket to that; -1 then */
	int signals;
	bool cancelled;	    /* somebody wants it taken back */
	bool yielding;	    /* the workload's next switch waits for its end */
	const char *reason; /* why it is taken back */
	json_t *failure;    /* of the step for which it is; NULL: of none */
};

/* Tells the follower of the journal's state, with what more there is to it; takes that reference. */
void keeper_tell(struct keeper *keeper, json_t *more);
/* Why it is taken back, for keeper_tell(). */
json_t *keeper_reason(const struct keeper *keeper);
/* Answers and looks after the follower for so long, or until something has come. 0: what is there now. */
void keeper_attend(struct keeper *keeper, long long milliseconds);
/* Waits until the follower has read everything, or has gone; but not for ever. */
void keeper_say_goodbye(struct keeper *keeper);
