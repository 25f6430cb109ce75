/* SPDX-License-Identifier: Apache-2.0 */
#include "door.h"
#include "frame.h"
#include "journal.h"
#include "switch_failures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A keeper answers between two steps; the longest of them waits for a lock. Seconds. */
#define ANSWER_MAX 60

/* Returns -1 with errno set; ENOENT and ECONNREFUSED: there is no keeper. */
static int open_door(const char *workload)
{
	struct timeval patience = {.tv_sec = ANSWER_MAX};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *path = journal_path(workload, "socket");
	int error, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	free(path);
	if (fd < 0)
		return -1;
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
	    !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool door_is_kept(const char *workload)
{
	int fd = open_door(workload);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || (errno != ENOENT && errno != ECONNREFUSED);
}

static int read_answer(int fd, const char *switch_id, struct failure *failure)
{
	enum frame_state state = FRAME_PARTIAL;
	struct buffer input = {0};
	const char *body, *problem;
	size_t length, used;

	while (state == FRAME_PARTIAL) {
		ssize_t count = recv(fd, buffer_reserve(&input, 4096), 4096, 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			fail_system(failure, "recv", "the keeper");
		else if (count == 0)
			fail_no_such_switch(failure, switch_id);
		if (count <= 0)
			break;
		input.length += (size_t)count;
		state = frame_read(&input, &body, &length, &used, &problem);
	}
	if (state == FRAME_WHOLE) {
		json_t *answer = json_loadb(body, length, 0, NULL);
		const json_t *code = json_object_get(answer, "code");

		if (code) {
			fail(failure, json_incref(json_object_get(answer, "data")), "%s",
			     json_string_value(json_object_get(answer, "message")));
			failure->code = (int)json_integer_value(code);
		}
		json_decref(answer);
	}
	buffer_free(&input);
	return failure->code ? -1 : 0;
}

int door_ask(const char *workload, const char *ask, const char *switch_id, bool wait, struct failure *failure)
{
	json_t *question = json_pack("{s:s, s:s}", "ask", ask, "switch", switch_id);
	int fd = open_door(workload), result = -1;
	struct buffer bytes = {0};

	frame_write(&bytes, question);
	if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		fail_no_such_switch(failure, switch_id);
	else if (fd < 0)
		fail_system(failure, "connect", "the keeper");
	else if (send(fd, bytes.data, bytes.length, MSG_NOSIGNAL) < 0)
		fail_system(failure, "send", "the keeper");
	else
		result = wait ? read_answer(fd, switch_id, failure) : 0;
	if (fd >= 0)
		close(fd);
	buffer_free(&bytes);
	json_decref(question);
	return result;
}
