/* SPDX-License-Identifier: Apache-2.0 */
/* Why something is not done to a switch. Each fills `failure` and returns -1. */
#pragma once

#include "journal.h"

int fail_no_such_switch(struct failure *failure, const char *switch_id);
/* It is too early or too late for `what`. */
int fail_switch_state(struct failure *failure, const char *switch_id, enum switch_state state,
		      const char *what);
/* Another switch of the workload is not over. */
int fail_workload_held(struct failure *failure, const struct journal *journal, bool kept);
