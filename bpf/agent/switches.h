/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"

/* SwitchJournal[] of src/core/model/switch.ts: every switch of the node that is not over. */
json_t *switches_json(struct agent *agent, struct failure *failure);
