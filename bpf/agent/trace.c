/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"
#include "namespaces.h"
#include "netns.h"
#include "params.h"
#include "text.h"
#include "trace_log.h"
#include "trace_stream.h"
#include "trace_table.h"
#include "verbs.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

#define SECONDS_MAX 600
#define TRACES_MAX 8
#define ID_MAX 256
/* Of what the kernel has said and was not read yet: a connection is some ten messages, a page each. */
#define UNREAD_BYTES (8 * 1024 * 1024)

static const char *const directions[] = {"outbound", "inbound"};
static const char *const families[] = {"ipv4", "ipv6"};

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* The table goes with its owner. */
static void trace_free(struct trace *trace)
{
	close_if(trace->owner);
	close_if(trace->events);
	close_if(trace->rules);
	close_if(trace->timer);
	trace_logger_unset(&trace->logger);
	close_if(trace->log);
	trace_stream_free(trace);
	free(trace->id);
	free(trace);
}

static void stop(struct agent *agent, const char *id)
{
	for (struct trace **at = &agent->traces; *at; at = &(*at)->next) {
		struct trace *trace = *at;

		if (strcmp(trace->id, id) != 0)
			continue;
		*at = trace->next;
		trace_free(trace);
		return;
	}
}

static size_t count(const struct agent *agent)
{
	size_t count = 0;

	for (const struct trace *trace = agent->traces; trace; trace = trace->next)
		count++;
	return count;
}

size_t trace_polled(const struct agent *agent)
{
	return count(agent) * 3;
}

void trace_poll(const struct agent *agent, struct pollfd *polled)
{
	for (const struct trace *trace = agent->traces; trace; trace = trace->next) {
		*polled++ = (struct pollfd){.fd = trace->events, .events = POLLIN};
		*polled++ = (struct pollfd){.fd = trace->log, .events = POLLIN};
		*polled++ = (struct pollfd){.fd = trace->timer, .events = POLLIN};
	}
}

void trace_stop_all(struct agent *agent)
{
	while (agent->traces)
		stop(agent, agent->traces->id);
}

/* Why it is over; NULL if it is not. */
static const char *read_events(struct agent *agent, struct trace *trace)
{
	uint64_t expirations;

	if (!trace_stream_read(agent, trace))
		return "enough";
	return read(trace->timer, &expirations, sizeof(expirations)) == sizeof(expirations) ? "time" : NULL;
}

void trace_read(struct agent *agent)
{
	struct trace *next;

	for (struct trace *trace = agent->traces; trace; trace = next) {
		const char *over = read_events(agent, trace);

		next = trace->next;
		if (!over)
			continue;
		notify(agent, "trace/ended", json_pack("{s:s, s:s}", "trace", trace->id, "reason", over));
		stop(agent, trace->id);
	}
}

static int read_address(const json_t *params, const char *name, int family, bool *has,
			struct in6_addr *address, struct failure *failure)
{
	const char *text;

	*has = !json_is_null(json_object_get(params, name));
	if (!*has)
		return 0;
	if (param_string(params, name, &text, failure))
		return -1;
	return inet_pton(family, text, address) == 1 ? 0
						     : fail_params(failure, "%s must be an address", name);
}

static int read_port(const json_t *params, const char *name, uint16_t *port, struct failure *failure)
{
	json_int_t number = 0;

	if (json_is_null(json_object_get(params, name)))
		return 0;
	if (param_integer(params, name, 1, UINT16_MAX, &number, failure))
		return -1;
	*port = (uint16_t)number;
	return 0;
}

static int read_uid(const json_t *params, struct traced *traced, struct failure *failure)
{
	json_int_t number = 0;

	traced->has_uid = !json_is_null(json_object_get(params, "uid"));
	if (traced->has_uid && param_integer(params, "uid", 0, UINT32_MAX, &number, failure))
		return -1;
	traced->uid = (uint32_t)number;
	return 0;
}

static int read_traced(const json_t *params, struct traced *traced, struct failure *failure)
{
	size_t direction, family;

	if (param_choice(params, "direction", directions, 2, &direction, failure) ||
	    param_choice(params, "family", families, 2, &family, failure))
		return -1;
	traced->inbound = direction == 1;
	traced->family = family == 0 ? AF_INET : AF_INET6;
	if (read_address(params, "source", traced->family, &traced->has_source, &traced->source, failure) ||
	    read_address(params, "destination", traced->family, &traced->has_destination,
			 &traced->destination, failure) ||
	    read_port(params, "sourcePort", &traced->source_port, failure) ||
	    read_port(params, "destinationPort", &traced->destination_port, failure) ||
	    read_uid(params, traced, failure))
		return -1;
	if (!traced->has_destination && !traced->destination_port && !traced->has_source)
		return fail_params(failure, "one of source, destination and destinationPort must be named");
	return 0;
}

static int make_room(int socket, struct failure *failure)
{
	const int room = UNREAD_BYTES;

	if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		return fail_system(failure, "SO_RCVBUFFORCE", NULL);
	return 0;
}

static int open_sockets(struct agent *agent, int netns, struct trace *trace, struct failure *failure)
{
	const int group = NFNLGRP_NFTRACE;
	/* What has no name is taken for the kernel itself, and hears nothing of what it says to all. */
	const struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	int *const all[] = {&trace->owner, &trace->events, &trace->rules};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		*all[i] = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
		if (*all[i] < 0)
			return fail_system(failure, "socket", NULL);
	}
	if (bind(trace->events, (const struct sockaddr *)&any, sizeof(any)))
		return fail_system(failure, "bind", NULL);
	if (make_room(trace->events, failure))
		return -1;
	if (setsockopt(trace->events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fail_system(failure, "NETLINK_ADD_MEMBERSHIP", NULL);
	return 0;
}

static int begin(struct agent *agent, int netns, struct trace *trace, const struct traced *traced,
		 struct failure *failure)
{
	if (open_sockets(agent, netns, trace, failure))
		return -1;
	if (!trace_table_make(trace->owner, trace->table, traced))
		return 0;
	if (errno == EOPNOTSUPP || errno == EINVAL)
		return fail(failure, json_pack("{s:s, s:i}", "kind", "cannot-trace", "errno", errno),
			    "This kernel has no nf_tables of which a table goes with its owner (Linux 5.12)");
	return fail_system(failure, "NFT_MSG_NEWTABLE", NULL);
}

static int open_log(struct agent *agent, int netns, struct trace *trace, int family, struct failure *failure)
{
	trace->log = trace_log_open(agent, netns, family, failure);
	if (trace->log < 0 || make_room(trace->log, failure))
		return -1;
	return trace_logger_set(agent, netns, family, &trace->logger, failure);
}

/* Has it told what legacy rules do. Where that cannot be, all else is traced, and what is given says why. */
static json_t *begin_legacy(struct agent *agent, int netns, struct trace *trace, int family)
{
	struct failure failure = {0};
	json_t *why = NULL;

	if (open_log(agent, netns, trace, family, &failure)) {
		why = string_json(failure.message);
		close_if(trace->log);
		trace->log = -1;
	}
	failure_clear(&failure);
	return why;
}

static int start_timer(struct trace *trace, json_int_t seconds, struct failure *failure)
{
	const struct itimerspec once = {.it_value = {.tv_sec = seconds}};

	trace->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (trace->timer < 0 || timerfd_settime(trace->timer, 0, &once, NULL))
		return fail_system(failure, "timerfd_create", NULL);
	return 0;
}

static int read_params(const json_t *params, struct trace *trace, json_int_t *seconds, struct traced *traced,
		       bool *legacy, struct failure *failure)
{
	const char *id;

	if (param_string(params, "trace", &id, failure))
		return -1;
	if (strlen(id) > ID_MAX)
		return fail_params(failure, "trace is longer than %d bytes", ID_MAX);
	trace->id = xstrdup(id);
	if (param_integer(params, "seconds", 1, SECONDS_MAX, seconds, failure) ||
	    param_boolean(params, "legacy", legacy, failure))
		return -1;
	return read_traced(params, traced, failure);
}

static struct trace *trace_new(void)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));

	trace->owner = trace->events = trace->rules = trace->timer = trace->log = -1;
	trace->logger = TRACE_LOGGER_UNSET;
	return trace;
}

json_t *verb_trace_start(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct trace *trace = trace_new();
	struct traced traced = {0};
	struct workload workload;
	json_t *untold = NULL;
	json_int_t seconds = 0;
	bool legacy = false;
	int result;

	if (read_params(params, trace, &seconds, &traced, &legacy, failure))
		goto refuse;
	stop(agent, trace->id);
	if (count(agent) == TRACES_MAX) {
		fail_params(failure, "%d traces run already", TRACES_MAX);
		goto refuse;
	}
	snprintf(trace->table, sizeof(trace->table), TRACE_TABLE "-%d-%u", getpid(), ++agent->last_trace);
	result = workload_open_param(agent, params, &workload, failure);
	if (!result)
		result = begin(agent, workload.netns, trace, &traced, failure) ||
			 start_timer(trace, seconds, failure);
	if (!result && legacy)
		untold = begin_legacy(agent, workload.netns, trace, traced.family);
	workload_close(&workload);
	if (result)
		goto refuse;
	trace->next = agent->traces;
	agent->traces = trace;
	return json_pack("{s:o}", "untold", untold ? untold : json_null());
refuse:
	trace_free(trace);
	return NULL;
}

json_t *verb_trace_stop(struct agent *agent, const json_t *params, struct failure *failure)
{
	const char *id;

	if (param_string(params, "trace", &id, failure))
		return NULL;
	stop(agent, id);
	return json_object();
}
