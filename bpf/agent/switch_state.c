/* SPDX-License-Identifier: Apache-2.0 */
#include "switch_state.h"

const char *const switch_state_names[SWITCH_STATES] = {"applying",  "armed",	"closing",    "closed",
						       "reverting", "reverted", "undo-failed"};
