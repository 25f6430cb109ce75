/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper_begin.h"
#include "follow.h"
#include "keeper.h"

#include <sys/socket.h>
#include <unistd.h>

int keeper_begin(struct agent *agent, struct journal *journal, struct failure *failure)
{
	int ends[2] = {-1, -1};
	struct door door;
	pid_t pid = -1;

	if (door_open(&door, journal->workload, failure))
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail_system(failure, "socketpair", NULL);
	else
		pid = keeper_start(agent, journal, &door, ends[1], failure);
	if (pid > 0)
		follow_add(agent, ends[0], pid, journal->request);
	else if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	door_close(&door);
	if (pid <= 0)
		door_remove(journal->workload);
	return pid > 0 ? 0 : -1;
}
