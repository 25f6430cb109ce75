/* SPDX-License-Identifier: Apache-2.0 */
/* The socket beside a journal, over which other agents of root ask its keeper for something. */
#pragma once

#include "failure.h"
#include "memory.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#define VISITORS_MAX 8

struct visitor {
	int fd; /* -1: nobody */
	pid_t pid;
	struct buffer input;
};

struct door {
	int listener;
	struct visitor visitors[VISITORS_MAX];
};

#define DOOR_POLLED (1 + VISITORS_MAX)

/* Listens for the keeper of this workload. door_close() if it returns 0. */
int door_open(struct door *door, const char *workload, struct failure *failure);
void door_close(struct door *door);
/* Removes its socket. */
void door_remove(const char *workload);

/* Answers what `pid` asks: 0, or -1 and fills `failure`. */
typedef int door_answer(void *context, const char *ask, const char *switch_id, pid_t pid,
			struct failure *failure);

/* Fills DOOR_POLLED entries with what to wait for. */
void door_poll(const struct door *door, struct pollfd *polled);
/* Answers all that was asked up to now, and does not wait for more. */
void door_attend(struct door *door, door_answer *answer, void *context);

/* Whether a keeper of this workload listens. */
bool door_is_kept(const char *workload);
/*
 * Asks the keeper of a workload ("confirm", "cancel" or "yield"). With `wait`, until it has answered; else it
 * hears of it before it does anything new. `no-such-switch` if there is no keeper.
 */
int door_ask(const char *workload, const char *ask, const char *switch_id, bool wait,
	     struct failure *failure);
