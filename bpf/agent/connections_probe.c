/* SPDX-License-Identifier: Apache-2.0 */
/* connections/probe: its loop. Nothing else is done meanwhile, for as long as the longest patience. */
#include "addresses.h"
#include "moment.h"
#include "neighbour.h"
#include "probes.h"
#include "verbs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Milliseconds until the children must have begun everything. */
#define LAUNCH_PATIENCE 5000
/* Looks at a new connection without a pause, to see who accepts it only to close it. */
#define EAGER_LOOKS 50
/* Milliseconds between two looks after that: more and more. */
#define PAUSE_MIN 1
#define PAUSE_MAX 20
/* Milliseconds to wait until the neighbour's resets have arrived. */
#define PARTING_PATIENCE 1000

struct loop {
	struct probes *probes;
	struct pollfd *polled; /* of the children, then of the probes */
	long long launch_deadline;
	long long next_look;
	int eager; /* looks to come without a pause */
	int pause;
};

static bool is_launching(const struct probes *probes)
{
	for (size_t i = 0; i < probes->child_count; i++)
		if (child_channel(probes, i) >= 0)
			return true;
	return false;
}

static bool has_stage(const struct probes *probes, enum probe_stage stage)
{
	for (size_t i = 0; i < probes->count; i++)
		if (probes->list[i].stage == stage)
			return true;
	return false;
}

static long long sooner(long long left, long long right)
{
	return left < right ? left : right;
}

static long long next_deadline(const struct loop *loop)
{
	const struct probes *probes = loop->probes;
	long long next = LLONG_MAX;

	if (is_launching(probes))
		next = loop->launch_deadline;
	if (has_stage(probes, PROBE_ESTABLISHED))
		next = sooner(next, loop->next_look);
	for (size_t i = 0; i < probes->count; i++)
		if (probes->list[i].stage == PROBE_CONNECTING)
			next = sooner(next, probes->list[i].deadline);
	return next;
}

static int wait_for_news(const struct loop *loop)
{
	const struct probes *probes = loop->probes;
	struct pollfd *polled = loop->polled;
	long long left = next_deadline(loop) - monotonic_milliseconds();

	for (size_t i = 0; i < probes->child_count; i++)
		polled[i] = (struct pollfd){.fd = child_channel(probes, i), .events = POLLIN};
	polled += probes->child_count;
	for (size_t i = 0; i < probes->count; i++) {
		const struct probe *probe = &probes->list[i];

		polled[i] = (struct pollfd){.fd = probe->stage == PROBE_CONNECTING ? probe->socket : -1,
					    .events = POLLOUT};
	}
	return poll(loop->polled, probes->child_count + probes->count, left > 0 ? (int)left : 0);
}

static int read_children(const struct loop *loop, struct failure *failure)
{
	for (size_t i = 0; i < loop->probes->child_count; i++)
		if (loop->polled[i].revents && child_read(loop->probes, i, failure))
			return -1;
	if (is_launching(loop->probes) && monotonic_milliseconds() >= loop->launch_deadline) {
		errno = ETIMEDOUT;
		return fail_system(failure, "begin the probes", NULL);
	}
	return 0;
}

/* The socket can tell what has become of its connect(2). */
static void finish_connect(struct loop *loop, struct probe *probe)
{
	struct sockaddr_storage name = {0};
	socklen_t length = sizeof(probe->error);

	if (getsockopt(probe->socket, SOL_SOCKET, SO_ERROR, &probe->error, &length))
		probe->error = errno;
	probe->stage = probe->error ? PROBE_OVER : PROBE_ESTABLISHED;
	probe->established = !probe->error;
	if (!probe->established)
		return;
	length = sizeof(name);
	if (!getpeername(probe->socket, (struct sockaddr *)&name, &length))
		probe->peer = end_of_name(&name);
	probe->accepted.last = monotonic_milliseconds();
	loop->eager = EAGER_LOOKS;
	loop->pause = PAUSE_MIN;
	loop->next_look = 0;
}

static void check_connects(struct loop *loop)
{
	const struct pollfd *polled = loop->polled + loop->probes->child_count;

	for (size_t i = 0; i < loop->probes->count; i++) {
		struct probe *probe = &loop->probes->list[i];

		if (probe->stage != PROBE_CONNECTING)
			continue;
		if (polled[i].revents)
			finish_connect(loop, probe);
		else if (monotonic_milliseconds() >= probe->deadline)
			probe->stage = PROBE_OVER;
	}
}

static int look_if_due(struct loop *loop, struct failure *failure)
{
	if (!has_stage(loop->probes, PROBE_ESTABLISHED) || monotonic_milliseconds() < loop->next_look)
		return 0;
	if (acceptances_look(loop->probes, failure))
		return -1;
	if (loop->eager && loop->eager--)
		return 0;
	loop->next_look = monotonic_milliseconds() + loop->pause;
	loop->pause = (int)sooner(2 * loop->pause, PAUSE_MAX);
	return 0;
}

static int run(struct probes *probes, struct failure *failure)
{
	struct loop loop = {.probes = probes,
			    .launch_deadline = monotonic_milliseconds() + LAUNCH_PATIENCE,
			    .pause = PAUSE_MIN};
	int result = probes_launch(probes, failure);

	loop.polled = xcalloc(probes->child_count + probes->count, sizeof(*loop.polled));
	while (!result && (is_launching(probes) || has_stage(probes, PROBE_CONNECTING) ||
			   has_stage(probes, PROBE_ESTABLISHED))) {
		if (wait_for_news(&loop) < 0) {
			if (errno != EINTR)
				result = fail_system(failure, "poll", NULL);
			continue;
		}
		result = read_children(&loop, failure);
		if (result)
			break;
		check_connects(&loop);
		result = look_if_due(&loop, failure);
	}
	free(loop.polled);
	return result;
}

static const char *outcome(const struct probe *probe)
{
	if (probe->established)
		return "established";
	switch (probe->error) {
	case 0:
	case ETIMEDOUT:
		return "no-answer";
	case ECONNREFUSED:
		return "refused";
	case ENETUNREACH:
	case ENETDOWN:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
		return "unreachable";
	default:
		return "failed";
	}
}

static json_t *result_json(const struct probe *probe)
{
	const struct destination *destination = &probe->destinations[probe->destination];
	struct end to = end_of_name(&destination->name);

	return json_pack("{s:s, s:s, s:i, s:o, s:s, s:o, s:o, s:o}", "id", probe->id, "destination",
			 destination->text, "port", to.port, "source", end_json(&probe->source), "outcome",
			 outcome(probe), "errno", probe->error ? json_integer(probe->error) : json_null(),
			 "peer", end_json(&probe->peer), "accepted", acceptance_json(&probe->accepted));
}

static json_t *results_json(const struct probes *probes)
{
	json_t *results = json_array();

	for (size_t i = 0; i < probes->count; i++)
		json_array_append_new(results, result_json(&probes->list[i]));
	return json_pack("{s:o}", "results", results);
}

static void close_all(struct probes *probes)
{
	for (size_t i = 0; i < probes->count; i++) {
		if (probes->list[i].socket >= 0)
			close(probes->list[i].socket);
	}
}

/*
 * A reset that finds the interface gone would leave the workload's socket waiting for an end that is not
 * there, and a switch waiting for that socket.
 */
static int part_from_neighbour(struct probes *probes, struct failure *failure)
{
	long long end = monotonic_milliseconds() + PARTING_PATIENCE;
	bool remain = probes->neighbour_netns >= 0;
	int result = 0;

	while (!result && remain && monotonic_milliseconds() < end) {
		result = acceptances_remain(probes, &remain, failure);
		if (!result && remain)
			poll(NULL, 0, PAUSE_MIN);
	}
	neighbour_part(probes->agent, probes->workload->netns, probes->neighbour);
	if (probes->neighbour_netns >= 0)
		close(probes->neighbour_netns);
	return result;
}

json_t *verb_connections_probe(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct workload workload;
	struct probes probes = {.agent = agent, .workload = &workload, .neighbour_netns = -1};
	json_t *addresses = NULL, *results = NULL;
	int result = -1;

	if (workload_open_param(agent, params, &workload, failure))
		goto out;
	addresses = addresses_json(agent, workload.netns, failure);
	probes.addresses = addresses;
	if (!addresses || probes_read(params, &probes, failure))
		goto out;
	result = run(&probes, failure);
	children_end(&probes);
	/* While the sockets are there, their ports are nobody else's. */
	if (!result)
		result = unanswered_forget(&probes, failure);
	close_all(&probes);
	if (probes.neighbour && part_from_neighbour(&probes, failure))
		result = -1;
	if (!result)
		results = results_json(&probes);
out:
	probes_free(&probes);
	json_decref(addresses);
	workload_close(&workload);
	return results;
}
