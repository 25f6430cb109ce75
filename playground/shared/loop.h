/* SPDX-License-Identifier: Apache-2.0 */
/* One epoll that a whole process is driven by. */
#pragma once

#include <stdint.h>

/* Something that epoll watches, the first member of what belongs to it. */
struct watched {
	int fd; /* -1: closed; events that are still at hand are dropped */
	void (*ready)(struct watched *self, uint32_t events);
	struct watched *next; /* the loop's own */
};

int loop_init(void);
/* Watches for EPOLL* `events`; errors and hang-ups are always reported. Returns 0 or -1 with errno. */
int loop_add(struct watched *watched, uint32_t events);
int loop_change(struct watched *watched, uint32_t events);
void loop_remove(struct watched *watched);
/* Frees what begins with this after the events at hand: a later one of them may still name it. Its fd is -1.
 */
void loop_free_later(struct watched *watched);
/*
 * Runs until loop_end(). `tick`, unless NULL, is called between events, at least every `milliseconds`.
 * Returns 0 or -1 with errno.
 */
int loop_run(void (*tick)(void), int milliseconds);
void loop_end(void);
