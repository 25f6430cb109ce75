/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's loop. At rest it sleeps in poll(2): it wakes for requests, signals, watches' timers and what
 * the kernel has to tell. */
#include "agent.h"
#include "follow.h"
#include "frame.h"
#include "loads.h"
#include "rpc.h"
#include "rules_written.h"
#include "trace.h"
#include "watch.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

/* What a pipe takes whole once poll(2) calls it writable, so that no write blocks (pipe(7)). */
#define WRITE_CHUNK 4096

enum { STDIN, STDOUT, SIGNALS, WRITTEN, FIXED };

struct session {
	struct agent *agent;
	struct buffer input;
	bool waiting; /* whole messages may be in `input`: the output was full */
	bool ended;
	int exit_code;
};

/* A client that is gone is the ordinary end. */
static void end(struct session *session, int exit_code)
{
	session->ended = true;
	session->exit_code = exit_code;
}

static void write_output(struct session *session)
{
	struct buffer *output = &session->agent->output;
	size_t written = 0;
	struct pollfd writable = {.fd = STDOUT_FILENO, .events = POLLOUT};

	while (written < output->length && poll(&writable, 1, 0) == 1) {
		size_t left = output->length - written;
		ssize_t count =
		    write(STDOUT_FILENO, output->data + written, left < WRITE_CHUNK ? left : WRITE_CHUNK);

		if (count < 0 && errno != EINTR && errno != EAGAIN) {
			if (errno != EPIPE)
				warn("cannot write to stdout");
			end(session, errno == EPIPE ? EX_OK : EX_IOERR);
			break;
		}
		if (count > 0)
			written += (size_t)count;
	}
	buffer_consume(output, written);
}

static void read_input(struct session *session)
{
	size_t room = 64 * 1024;
	ssize_t count = read(STDIN_FILENO, buffer_reserve(&session->input, room), room);

	if (count > 0)
		session->input.length += (size_t)count;
	else if (count == 0)
		end(session, EX_OK);
	else if (errno != EINTR && errno != EAGAIN) {
		warn("cannot read stdin");
		end(session, EX_IOERR);
	}
}

static void handle_frames(struct session *session)
{
	size_t handled = 0;

	session->waiting = true;
	while (!session->ended && session->agent->output.length < UNREAD_MAX) {
		struct buffer rest = {.data = session->input.data + handled,
				      .length = session->input.length - handled};
		const char *body, *problem;
		size_t length, used;
		enum frame_state state = frame_read(&rest, &body, &length, &used, &problem);

		if (state == FRAME_PARTIAL) {
			session->waiting = false;
			break;
		}
		if (state == FRAME_BROKEN) {
			rpc_refuse(session->agent, RPC_PARSE_ERROR, problem);
			warnx("cannot go on reading: %s", problem);
			end(session, EX_DATAERR);
			break;
		}
		rpc_handle(session->agent, body, length);
		handled += used;
		write_output(session);
	}
	buffer_consume(&session->input, handled);
}

static void wait_and_work(struct session *session, int signals)
{
	struct agent *agent = session->agent;
	/* A client that does not read gets no more changes; the next notification carries them all. */
	size_t watches = agent->output.length ? 0 : watch_count(agent);
	/* What keepers say waits in their sockets as long as the output is full. */
	size_t followed = agent->output.length < UNREAD_MAX ? follow_count(agent) : 0;
	size_t traces = agent->output.length < UNREAD_MAX ? trace_polled(agent) : 0;
	bool ready = session->waiting && agent->output.length < UNREAD_MAX;
	struct pollfd *polled = xcalloc(FIXED + watches + followed + traces, sizeof(*polled));

	polled[STDIN] =
	    (struct pollfd){.fd = STDIN_FILENO, .events = agent->output.length < UNREAD_MAX ? POLLIN : 0};
	polled[STDOUT] = (struct pollfd){.fd = agent->output.length ? STDOUT_FILENO : -1, .events = POLLOUT};
	polled[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
	polled[WRITTEN] = (struct pollfd){.fd = rules_written_descriptor(agent), .events = POLLIN};
	if (watches)
		watch_poll(agent, polled + FIXED);
	if (followed)
		follow_poll(agent, polled + FIXED + watches);
	if (traces)
		trace_poll(agent, polled + FIXED + watches + followed);
	if (poll(polled, FIXED + watches + followed + traces, ready ? 0 : -1) < 0) {
		if (errno != EINTR)
			err(EX_OSERR, "cannot wait");
		goto out;
	}
	if (polled[SIGNALS].revents)
		end(session, EX_OK);
	if (polled[STDIN].events && polled[STDIN].revents)
		read_input(session);
	else if (polled[STDIN].revents)
		end(session, EX_OK);
	if (polled[WRITTEN].revents)
		rules_written_hear(agent);
	if (followed)
		follow_read(agent);
	if (traces)
		trace_read(agent);
	handle_frames(session);
	if (!session->ended && !agent->output.length)
		watch_run_due(agent);
	write_output(session);
out:
	free(polled);
}

/* Signals end the loop instead of the process, so that a transaction that has begun is finished. */
static int open_signals(void)
{
	sigset_t ending;
	int signals;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ending, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(EX_OSERR, "cannot set up signals");
	signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		err(EX_OSERR, "cannot wait for signals");
	return signals;
}

int serve(struct agent *agent)
{
	struct session session = {.agent = agent};
	int signals = open_signals();

	while (!session.ended)
		wait_and_work(&session, signals);
	write_output(&session);
	buffer_free(&session.input);
	buffer_free(&agent->output);
	watch_stop_all(agent);
	trace_stop_all(agent);
	follow_stop_all(agent);
	rules_written_end(agent);
	loads_free(agent);
	close(signals);
	return session.exit_code;
}
