/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"
#include "moment.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX (64 * 1024 * 1024)

enum { INPUT, OUTPUT, ERRORS, PIPES };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

_Noreturn static void become(const struct command *command, pid_t agent, int pipes[PIPES][2])
{
	static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	sigset_t none;

	/* It ends with the agent, so that nothing changes once the agent is gone: also if it has just gone.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != agent)
		_exit(126);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) || signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    dup2(pipes[INPUT][0], STDIN_FILENO) < 0 || dup2(pipes[OUTPUT][1], STDOUT_FILENO) < 0 ||
	    dup2(pipes[ERRORS][1], STDERR_FILENO) < 0)
		_exit(126);
	if (command->netns >= 0 && setns(command->netns, CLONE_NEWNET))
		dprintf(STDERR_FILENO, "cannot enter the network namespace: %s\n", strerror(errno));
	else if (execve(command->argv[0], (char *const *)command->argv, environment))
		dprintf(STDERR_FILENO, "cannot run %s: %s\n", command->argv[0], strerror(errno));
	_exit(127);
}

/* Moves bytes one step. Returns -1 with errno set if the program prints too much or a pipe fails. */
static int read_pipe(int *fd, struct buffer *into)
{
	ssize_t count = read(*fd, buffer_reserve(into, 64 * 1024), 64 * 1024);

	if (count > 0)
		into->length += (size_t)count;
	else if (count == 0)
		close_fd(fd);
	else if (errno != EINTR && errno != EAGAIN)
		return -1;
	if (into->length > OUTPUT_MAX) {
		errno = E2BIG;
		return -1;
	}
	return 0;
}

static int write_pipe(int *fd, const struct command *command, size_t *written)
{
	ssize_t count = write(*fd, command->input + *written, command->input_length - *written);

	if (count > 0)
		*written += (size_t)count;
	else if (count < 0 && errno != EINTR && errno != EAGAIN && errno != EPIPE)
		return -1;
	/* EPIPE: it does not want the rest. Its exit code says what it thinks of it. */
	if (*written == command->input_length || (count < 0 && errno == EPIPE))
		close_fd(fd);
	return 0;
}

/* Feeds and reads the program until it has closed both its outputs. Returns -1 with errno set. */
static int converse(const struct command *command, int fds[PIPES], struct outcome *outcome)
{
	long long end = monotonic_milliseconds() + 1000LL * command->deadline;
	size_t written = 0;

	if (!command->input_length)
		close_fd(&fds[INPUT]);
	while (fds[OUTPUT] >= 0 || fds[ERRORS] >= 0) {
		struct pollfd polled[PIPES] = {{.fd = fds[INPUT], .events = POLLOUT},
					       {.fd = fds[OUTPUT], .events = POLLIN},
					       {.fd = fds[ERRORS], .events = POLLIN}};
		long long left = end - monotonic_milliseconds();

		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(polled, PIPES, (int)left) < 0 && errno != EINTR)
			return -1;
		if (polled[INPUT].revents && write_pipe(&fds[INPUT], command, &written))
			return -1;
		if (polled[OUTPUT].revents && read_pipe(&fds[OUTPUT], &outcome->output))
			return -1;
		if (polled[ERRORS].revents && read_pipe(&fds[ERRORS], &outcome->errors))
			return -1;
	}
	return 0;
}

json_t *argv_json(const struct command *command)
{
	json_t *argv = json_array();

	for (const char *const *argument = command->argv; *argument; argument++)
		json_array_append_new(argv, string_json(*argument));
	return argv;
}

/** Names the namespace that a command runs in; NULL where that is the agent's own. */
static json_t *netns_json(const struct command *command)
{
	struct stat status;

	if (command->netns < 0 || fstat(command->netns, &status))
		return NULL;
	return json_integer((json_int_t)status.st_ino);
}

static void report(struct agent *agent, const struct command *command, const struct outcome *outcome,
		   long long milliseconds)
{
	const char *name = strrchr(command->argv[0], '/');

	notify(agent, "log",
	       json_pack("{s:s, s:o, s:o, s:i, s:I, s:o*}", "level", command->level, "message",
			 string_json(name ? name + 1 : command->argv[0]), "argv", argv_json(command),
			 "exitCode", outcome->exit_code, "milliseconds", (json_int_t)milliseconds, "netns",
			 netns_json(command)));
}

int run_command(struct agent *agent, const struct command *command, struct outcome *outcome,
		struct failure *failure)
{
	int pipes[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
	int fds[PIPES] = {-1, -1, -1};
	long long start = monotonic_milliseconds();
	int status = 0, result = -1;
	pid_t child = -1, agent_pid = getpid();

	*outcome = (struct outcome){0};
	for (int i = 0; i < PIPES; i++) {
		int ours = i == INPUT ? 1 : 0;

		if (pipe2(pipes[i], O_CLOEXEC) || fcntl(pipes[i][ours], F_SETFL, O_NONBLOCK)) {
			fail_system(failure, "pipe2", NULL);
			goto out;
		}
	}
	child = fork();
	if (child < 0) {
		fail_system(failure, "fork", NULL);
		goto out;
	}
	if (child == 0)
		become(command, agent_pid, pipes);
	for (int i = 0; i < PIPES; i++) {
		int ours = i == INPUT ? 1 : 0;

		close_fd(&pipes[i][!ours]);
		fds[i] = pipes[i][ours];
		pipes[i][ours] = -1;
	}
	result = converse(command, fds, outcome);
	if (result) {
		fail_system(failure, "run", command->argv[0]);
		kill(child, SIGKILL);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	outcome->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	report(agent, command, outcome, monotonic_milliseconds() - start);
out:
	*buffer_reserve(&outcome->output, 1) = 0;
	*buffer_reserve(&outcome->errors, 1) = 0;
	for (int i = 0; i < PIPES; i++) {
		close_fd(&fds[i]);
		close_fd(&pipes[i][0]);
		close_fd(&pipes[i][1]);
	}
	return result;
}

void outcome_free(struct outcome *outcome)
{
	buffer_free(&outcome->output);
	buffer_free(&outcome->errors);
}
