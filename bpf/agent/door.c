/* SPDX-License-Identifier: Apache-2.0 */
#include "door.h"
#include "frame.h"
#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A question is some dozen bytes. */
#define QUESTION_MAX 4096

static void leave(struct visitor *visitor)
{
	if (visitor->fd >= 0)
		close(visitor->fd);
	buffer_free(&visitor->input);
	*visitor = (struct visitor){.fd = -1};
}

int door_open(struct door *door, const char *workload, struct failure *failure)
{
	char *path = journal_path(workload, "socket");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int result = 0;

	for (int i = 0; i < VISITORS_MAX; i++)
		door->visitors[i] = (struct visitor){.fd = -1};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	door_remove(workload); /* Of a keeper that was killed. */
	door->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (door->listener < 0)
		result = fail_system(failure, "socket", NULL);
	else if (bind(door->listener, (struct sockaddr *)&address, sizeof(address)))
		result = fail_system(failure, "bind", path);
	else if (listen(door->listener, VISITORS_MAX))
		result = fail_system(failure, "listen", path);
	if (result && door->listener >= 0)
		close(door->listener);
	free(path);
	return result;
}

void door_close(struct door *door)
{
	for (int i = 0; i < VISITORS_MAX; i++)
		leave(&door->visitors[i]);
	close(door->listener);
	door->listener = -1;
}

void door_remove(const char *workload)
{
	char *path = journal_path(workload, "socket");

	unlink(path);
	free(path);
}

/* Gives the index of a free place; VISITORS_MAX if there is none. */
static int free_place(const struct door *door)
{
	int place = 0;

	while (place < VISITORS_MAX && door->visitors[place].fd >= 0)
		place++;
	return place;
}

void door_poll(const struct door *door, struct pollfd *polled)
{
	/* While all places are taken, the others wait outside. */
	bool full = free_place(door) == VISITORS_MAX;

	*polled++ = (struct pollfd){.fd = full ? -1 : door->listener, .events = POLLIN};
	for (int i = 0; i < VISITORS_MAX; i++)
		*polled++ = (struct pollfd){.fd = door->visitors[i].fd, .events = POLLIN};
}

/* The directory keeps others out already. */
static bool is_root(int fd, pid_t *pid)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length))
		return false;
	*pid = peer.pid;
	return peer.uid == geteuid();
}

static void let_in(struct door *door)
{
	int place;

	while ((place = free_place(door)) < VISITORS_MAX) {
		int fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		if (is_root(fd, &door->visitors[place].pid))
			door->visitors[place].fd = fd;
		else
			close(fd);
	}
}

static void reply(int fd, const struct failure *failure)
{
	struct buffer bytes = {0};
	json_t *message = failure->code ? json_pack("{s:i, s:s, s:O*}", "code", failure->code, "message",
						    failure->message, "data", failure->data)
					: json_object();

	frame_write(&bytes, message);
	/* It is shorter than any socket's room. Who does not wait for it has gone. */
	if (send(fd, bytes.data, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		errno = 0;
	buffer_free(&bytes);
	json_decref(message);
}

static void hear(struct visitor *visitor, const char *body, size_t length, door_answer *answer, void *context)
{
	json_t *question = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	const char *ask = json_string_value(json_object_get(question, "ask"));
	const char *id = json_string_value(json_object_get(question, "switch"));
	struct failure failure = {0};

	if (ask && id)
		answer(context, ask, id, visitor->pid, &failure);
	else
		fail_params(&failure, "A keeper is asked something about a switch");
	reply(visitor->fd, &failure);
	failure_clear(&failure);
	json_decref(question);
}

static void attend(struct visitor *visitor, door_answer *answer, void *context)
{
	ssize_t count =
	    recv(visitor->fd, buffer_reserve(&visitor->input, QUESTION_MAX), QUESTION_MAX, MSG_DONTWAIT);
	const char *body, *problem;
	enum frame_state state;
	size_t length, used;

	if (count <= 0) {
		if (count == 0 || (errno != EAGAIN && errno != EINTR))
			leave(visitor);
		return;
	}
	visitor->input.length += (size_t)count;
	while ((state = frame_read(&visitor->input, &body, &length, &used, &problem)) == FRAME_WHOLE) {
		hear(visitor, body, length, answer, context);
		buffer_consume(&visitor->input, used);
	}
	if (state == FRAME_BROKEN || visitor->input.length > QUESTION_MAX)
		leave(visitor);
}

void door_attend(struct door *door, door_answer *answer, void *context)
{
	let_in(door);
	for (int i = 0; i < VISITORS_MAX; i++)
		if (door->visitors[i].fd >= 0)
			attend(&door->visitors[i], answer, context);
}
