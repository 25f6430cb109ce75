/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that carries out one switch, and outlives the agent that has begun it. It has one thread, and
 * one loop in which a state is left: so a confirmation and the deadline cannot both win.
 */
#pragma once

#include "door.h"
#include "journal.h"

struct agent;

/*
 * Forks the keeper of a journal that was published and is locked. It carries the switch out; or, where that
 * is over, waits for older connections and does what is left to do then. Its door is open already, and
 * `follower` is the end of a socket over which it speaks to its agent. Gives its number, or -1 and fills
 * `failure`. In the keeper it does not return.
 */
pid_t keeper_start(struct agent *agent, struct journal *journal, struct door *door, int follower,
		   struct failure *failure);
