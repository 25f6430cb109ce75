/* SPDX-License-Identifier: Apache-2.0 */
#include "detached_process.h"
#include "follow.h"
#include "loads.h"
#include "trace.h"
#include "watch.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void forget(struct agent *agent)
{
	watch_stop_all(agent);
	trace_stop_all(agent);
	follow_stop_all(agent);
	loads_free(agent);
	buffer_free(&agent->output);
}

static int drop_streams(void)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
	    dup2(nothing, STDERR_FILENO) < 0)
		return -1;
	close(nothing);
	return 0;
}

static bool is_kept(int fd, const int *kept, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kept[i] == fd)
			return true;
	return fd <= STDERR_FILENO;
}

static int close_others(const int *kept, size_t count)
{
	DIR *open_ones = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (!open_ones)
		return -1;
	while ((entry = readdir(open_ones))) {
		int fd = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : -1;

		if (fd >= 0 && fd != dirfd(open_ones) && !is_kept(fd, kept, count))
			close(fd);
	}
	return closedir(open_ones);
}

static int open_signals(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	if (signal(SIGHUP, SIG_IGN) == SIG_ERR || signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_SETMASK, &blocked, NULL))
		return -1;
	return signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
}

int detach_process(struct agent *agent, const char *name, const int *kept, size_t count)
{
	forget(agent);
	if (setsid() < 0 || chdir("/") || drop_streams() || close_others(kept, count))
		return -1;
	prctl(PR_SET_NAME, name);
	return open_signals();
}
