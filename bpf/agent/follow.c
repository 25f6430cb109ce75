/* SPDX-License-Identifier: Apache-2.0 */
#include "follow.h"
#include "frame.h"
#include "switch_request.h"
#include "switch_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One keeper. What it says are notifications, framed as the client is to have them. */
struct followed {
	struct followed *next;
	int fd;
	pid_t pid;
	char switch_id[SWITCH_ID_TEXT];
	char workload[24];
	struct buffer input;
	bool over; /* its last state is a final one */
};

void follow_add(struct agent *agent, int fd, pid_t pid, const json_t *request)
{
	struct followed *followed = xcalloc(1, sizeof(*followed));

	followed->fd = fd;
	followed->pid = pid;
	snprintf(followed->switch_id, sizeof(followed->switch_id), "%s", switch_text(request, "switch"));
	snprintf(followed->workload, sizeof(followed->workload), "%s", switch_text(request, "workload"));
	followed->next = agent->followed;
	agent->followed = followed;
}

static void followed_free(struct followed *followed)
{
	close(followed->fd);
	buffer_free(&followed->input);
	free(followed);
}

size_t follow_count(const struct agent *agent)
{
	size_t count = 0;

	for (const struct followed *followed = agent->followed; followed; followed = followed->next)
		count++;
	return count;
}

void follow_poll(const struct agent *agent, struct pollfd *polled)
{
	for (const struct followed *followed = agent->followed; followed; followed = followed->next)
		*polled++ = (struct pollfd){.fd = followed->fd, .events = POLLIN};
}

static bool is_final(const char *state)
{
	return !strcmp(state, switch_state_names[CLOSED]) || !strcmp(state, switch_state_names[REVERTED]) ||
	       !strcmp(state, switch_state_names[UNDO_FAILED]);
}

static void note_state(struct followed *followed, const char *body, size_t length)
{
	json_t *message = json_loadb(body, length, 0, NULL);
	const char *state = json_string_value(json_object_get(json_object_get(message, "params"), "state"));

	if (state)
		followed->over = is_final(state);
	json_decref(message);
}

static void pass_on(struct agent *agent, struct followed *followed)
{
	const char *body, *problem;
	size_t length, used;

	while (frame_read(&followed->input, &body, &length, &used, &problem) == FRAME_WHOLE) {
		note_state(followed, body, length);
		buffer_append(&agent->output, followed->input.data, used);
		buffer_consume(&followed->input, used);
	}
}

/* The end of its socket is the keeper's own: it only has to be taken note of. */
static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* False once the keeper has ended. */
static bool read_one(struct agent *agent, struct followed *followed)
{
	size_t room = 64 * 1024;
	ssize_t count = recv(followed->fd, buffer_reserve(&followed->input, room), room, MSG_DONTWAIT);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (count > 0) {
		followed->input.length += (size_t)count;
		pass_on(agent, followed);
		return true;
	}
	reap(followed->pid);
	if (!followed->over)
		notify(agent, "switch/changed",
		       json_pack("{s:s, s:s, s:s}", "switch", followed->switch_id, "workload",
				 followed->workload, "state", "lost"));
	return false;
}

void follow_read(struct agent *agent)
{
	struct followed **at = &agent->followed;

	while (*at) {
		struct followed *followed = *at;

		if (read_one(agent, followed)) {
			at = &followed->next;
			continue;
		}
		*at = followed->next;
		followed_free(followed);
	}
}

void follow_stop_all(struct agent *agent)
{
	while (agent->followed) {
		struct followed *followed = agent->followed;

		agent->followed = followed->next;
		followed_free(followed);
	}
}
