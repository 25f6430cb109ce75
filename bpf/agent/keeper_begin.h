/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "journal.h"

/*
 * Starts the keeper of a journal that has its name and is locked (keeper.h), opens its door and passes on
 * what it says. After a failure the journal is as it was.
 */
int keeper_begin(struct agent *agent, struct journal *journal, struct failure *failure);
