/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out the steps of a switch, and taking them back, with marks in its journal. */
#pragma once

#include "journal.h"
#include "switch_calls.h"

/* The step at this index. After a failure it counts as begun. */
int step_do(struct agent *agent, struct journal *journal, struct loaded *loaded, unsigned int index,
	    struct failure *failure);

struct undo {
	struct agent *agent;
	struct journal *journal;
	int tries; /* of each step */
	/* Called between steps with 0, and between two tries with the milliseconds to wait; may be NULL. */
	void (*pause)(void *context, int milliseconds);
	void *context;
	const char *verb; /* after UNDO_STUCK: the verb of the call that failed */
};

enum undo_end {
	UNDO_DONE,
	UNDO_GONE, /* the workload has ended, and what was pinned for it is removed */
	UNDO_STUCK,
};

/* Takes back the steps that were begun, the last first, from where an earlier attempt has ended. */
enum undo_end undo_all(struct undo *undo, struct failure *failure);
