// SPDX-License-Identifier: Apache-2.0
#include "loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define BATCH 64

static int epoll_fd = -1;
static bool ended;
static struct watched *doomed;

int loop_init(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? -1 : 0;
}

static int control(int operation, struct watched *watched, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watched};

	return epoll_ctl(epoll_fd, operation, watched->fd, &event);
}

int loop_add(struct watched *watched, uint32_t events)
{
	return control(EPOLL_CTL_ADD, watched, events);
}

int loop_change(struct watched *watched, uint32_t events)
{
	return control(EPOLL_CTL_MOD, watched, events);
}

void loop_remove(struct watched *watched)
{
	control(EPOLL_CTL_DEL, watched, 0);
}

void loop_free_later(struct watched *watched)
{
	watched->next = doomed;
	doomed = watched;
}

static void free_doomed(void)
{
	while (doomed) {
		struct watched *watched = doomed;

		doomed = watched->next;
		free(watched);
	}
}

int loop_run(void (*tick)(void), int milliseconds)
{
	struct epoll_event events[BATCH];

	while (!ended) {
		int count = epoll_wait(epoll_fd, events, BATCH, tick ? milliseconds : -1);

		if (count < 0 && errno != EINTR)
			return -1;
		for (int i = 0; i < count; i++) {
			struct watched *watched = events[i].data.ptr;

			if (watched->fd >= 0)
				watched->ready(watched, events[i].events);
		}
		free_doomed();
		if (tick)
			tick();
	}
	return 0;
}

void loop_end(void)
{
	ended = true;
}
