// SPDX-License-Identifier: Apache-2.0
#include "sidecar.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define BATCH 64

static int epoll_fd = -1;
static void *doomed[BATCH];
static size_t doomed_count;

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

void loop_free_later(void *memory)
{
	/* An event gives up at most one thing. */
	assert(doomed_count < BATCH);
	doomed[doomed_count++] = memory;
}

int loop_run(void)
{
	struct epoll_event events[BATCH];

	for (;;) {
		int count = epoll_wait(epoll_fd, events, BATCH, -1);

		if (count < 0 && errno != EINTR)
			return -1;
		for (int i = 0; i < count; i++) {
			struct watched *watched = events[i].data.ptr;

			if (watched->fd >= 0)
				watched->ready(watched, events[i].events);
		}
		while (doomed_count > 0)
			free(doomed[--doomed_count]);
	}
}
