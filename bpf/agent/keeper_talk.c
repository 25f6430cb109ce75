/* SPDX-License-Identifier: Apache-2.0 */
/* How a keeper hears and speaks. */
#include "keeper_state.h"
#include "moment.h"
#include "switch_failures.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* An agent that does not read for so long reads no more. Milliseconds. */
#define GOODBYE_MAX 10000

static void lose_follower(struct keeper *keeper)
{
	close(keeper->follower);
	keeper->follower = -1;
	/* Another process may get its number now. */
	keeper->applier = 0;
}

static void send_output(struct keeper *keeper)
{
	struct buffer *output = &keeper->agent->output;

	while (keeper->follower >= 0 && output->length) {
		ssize_t count =
		    send(keeper->follower, output->data, output->length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (count > 0)
			buffer_consume(output, (size_t)count);
		else if (count < 0 && errno == EAGAIN)
			break;
		else if (count < 0 && errno != EINTR)
			lose_follower(keeper);
	}
	if (keeper->follower < 0)
		buffer_free(output);
}

/* It never says anything: what comes is its end. */
static void listen_to_follower(struct keeper *keeper)
{
	char byte;

	if (keeper->follower >= 0 && recv(keeper->follower, &byte, 1, MSG_DONTWAIT) == 0)
		lose_follower(keeper);
}

void keeper_tell(struct keeper *keeper, json_t *more)
{
	const struct journal *journal = keeper->journal;
	json_t *message =
	    json_pack("{s:s, s:s, s:s}", "switch", switch_text(journal->request, "switch"), "workload",
		      journal->workload, "state", switch_state_names[journal->progress.state]);

	if (more)
		json_object_update(message, more);
	json_decref(more);
	notify(keeper->agent, "switch/changed", message);
	send_output(keeper);
}

json_t *keeper_reason(const struct keeper *keeper)
{
	return json_pack("{s:s, s:O*}", "reason", keeper->reason, "failure", keeper->failure);
}

static int confirm(struct keeper *keeper, pid_t pid, struct failure *failure)
{
	const char *id = switch_text(keeper->journal->request, "switch");
	enum switch_state *state = &keeper->journal->progress.state;

	if (*state != ARMED || keeper->cancelled)
		return fail_switch_state(failure, id, keeper->cancelled ? REVERTING : *state, "confirm");
	if (pid == keeper->applier)
		return fail(failure, json_pack("{s:s, s:s}", "kind", "same-connection", "switch", id),
			    "A switch is confirmed over another connection than the one that has begun it");
	*state = CLOSING;
	if (!journal_mark(keeper->journal, failure))
		return 0;
	*state = ARMED;
	return -1;
}

/* The one place where others change what becomes of the switch. */
static int answer(void *context, const char *ask, const char *switch_id, pid_t pid, struct failure *failure)
{
	struct keeper *keeper = context;
	enum switch_state state = keeper->journal->progress.state;

	if (strcmp(switch_id, switch_text(keeper->journal->request, "switch")) != 0)
		return fail_no_such_switch(failure, switch_id);
	if (!strcmp(ask, "confirm"))
		return confirm(keeper, pid, failure);
	if (!strcmp(ask, "cancel") && (state == APPLYING || state == ARMED)) {
		keeper->cancelled = true;
		return 0;
	}
	if (!strcmp(ask, "yield") && (state == CLOSING || state == REVERTED)) {
		keeper->yielding = true;
		return 0;
	}
	return fail_switch_state(failure, switch_id, state, ask);
}

static void take_signal(struct keeper *keeper)
{
	enum switch_state state = keeper->journal->progress.state;
	struct signalfd_siginfo signal;

	if (read(keeper->signals, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (state == APPLYING || state == ARMED)
		keeper->cancelled = true;
	else
		keeper->yielding = true;
}

void keeper_attend(struct keeper *keeper, long long milliseconds)
{
	enum { SIGNALS, FOLLOWER, DOOR };
	bool waits = keeper->follower >= 0 && keeper->agent->output.length;
	struct pollfd polled[DOOR + DOOR_POLLED];

	polled[SIGNALS] = (struct pollfd){.fd = keeper->signals, .events = POLLIN};
	polled[FOLLOWER] =
	    (struct pollfd){.fd = keeper->follower, .events = (short)(POLLIN | (waits ? POLLOUT : 0))};
	door_poll(keeper->door, polled + DOOR);
	/* A failed wait is a short one. */
	poll(polled, sizeof(polled) / sizeof(*polled), milliseconds > 0 ? (int)milliseconds : 0);
	take_signal(keeper);
	listen_to_follower(keeper);
	door_attend(keeper->door, answer, keeper);
	send_output(keeper);
}

void keeper_say_goodbye(struct keeper *keeper)
{
	long long end = monotonic_milliseconds() + GOODBYE_MAX;

	send_output(keeper);
	while (keeper->follower >= 0 && keeper->agent->output.length) {
		struct pollfd polled = {.fd = keeper->follower, .events = POLLOUT};
		long long left = end - monotonic_milliseconds();

		if (left <= 0 || (poll(&polled, 1, (int)left) < 0 && errno != EINTR))
			return;
		send_output(keeper);
	}
}
