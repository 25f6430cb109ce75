/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of legacy rules do not say which packet they are of. But before the first of them our own table has
 * told from where to where that packet goes, and after the last of its hook how it came out: so nf_tables is
 * read first, then the lines, and only then it is sent on how packets came out.
 */
#include "trace_stream.h"
#include "trace_events.h"
#include "trace_log.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define EVENTS_MAX 2000

static void send_event(struct agent *agent, struct trace *trace, json_t *event)
{
	json_object_set_new(event, "trace", json_string(trace->id));
	notify(agent, "trace/event", event);
	trace->sent++;
}

static size_t packets_known(const struct trace *trace)
{
	return trace->packet_count < TRACE_PACKETS ? trace->packet_count : TRACE_PACKETS;
}

/* The one that began last is the first. */
static struct trace_packet *packet_at(struct trace *trace, size_t at)
{
	return &trace->packets[(trace->packet_count - 1 - at) % TRACE_PACKETS];
}

/* NULL where we did not hear it begin: we are told of packets that another trace has marked, too. */
static struct trace_packet *packet_with(struct trace *trace, uint32_t id)
{
	for (size_t i = 0; i < packets_known(trace); i++)
		if (packet_at(trace, i)->id == id)
			return packet_at(trace, i);
	return NULL;
}

/*
 * Several connections may go from one port to different places at once. As long as it is not told how a
 * packet came out, it may have been translated already.
 */
static const struct trace_packet *packet_of(struct trace *trace, const struct trace_ends *ends)
{
	const struct trace_packet *under_way = NULL;

	for (size_t i = 0; i < packets_known(trace); i++) {
		const struct trace_packet *packet = packet_at(trace, i);

		if (trace_ends_same(&packet->begun, ends) || trace_ends_same(&packet->out, ends))
			return packet;
		if (!under_way && !packet->out.family && trace_ends_same_source(&packet->begun, ends))
			under_way = packet;
	}
	return under_way;
}

static void send_line(struct agent *agent, struct trace *trace, json_t *event,
		      const struct trace_packet *packet)
{
	json_object_set_new(event, "packet", json_integer(packet->id));
	send_event(agent, trace, event);
}

/* Sends the lines that waited. Those of packets that are not known by now are not of ours. */
static void send_waiting(struct agent *agent, struct trace *trace)
{
	for (size_t i = 0; i < trace->line_count; i++) {
		struct trace_line *line = &trace->lines[i];
		const struct trace_packet *packet = packet_of(trace, &line->ends);

		if (packet)
			send_line(agent, trace, line->event, packet);
		else
			json_decref(line->event);
	}
	trace->line_count = 0;
}

static void hear_line(struct agent *agent, struct trace *trace, const struct nlmsghdr *header)
{
	struct trace_line line;
	const struct trace_packet *packet;

	line.event = trace_log_event(header, &line.ends);
	if (!line.event)
		return;
	packet = packet_of(trace, &line.ends);
	if (packet) {
		send_line(agent, trace, line.event, packet);
	} else if (trace->line_count < TRACE_LINES) {
		trace->lines[trace->line_count++] = line;
	} else {
		log_message(agent, "warn", "More was traced than could be told apart: some of it is missing");
		json_decref(line.event);
	}
}

static void hear_event(struct agent *agent, struct trace *trace, const struct nlmsghdr *header, json_t *ends)
{
	struct trace_packet told, *packet;
	json_t *event = trace_event_json(header, trace->table, trace->rules, &told);

	if (told.begun.family)
		trace->packets[trace->packet_count++ % TRACE_PACKETS] = told;
	if (!event)
		return;
	packet = packet_with(trace, told.id);
	if (!packet) {
		json_decref(event);
	} else if (!strcmp(json_string_value(json_object_get(event, "kind")), "end")) {
		if (told.out.family)
			packet->out = told.out;
		json_array_append_new(ends, event);
	} else {
		send_event(agent, trace, event);
	}
}

/* One datagram of a socket, of which there may be more. False: there is none now. */
static bool receive(struct agent *agent, int socket, void *room, size_t size, size_t *length)
{
	ssize_t received;

	do {
		received = recv(socket, room, size, MSG_DONTWAIT);
		if (received < 0 && errno == ENOBUFS)
			log_message(agent, "warn",
				    "More was traced than could be read: some of it is missing");
	} while (received < 0 && (errno == EINTR || errno == ENOBUFS));
	*length = received < 0 ? 0 : (size_t)received;
	return received >= 0;
}

bool trace_stream_read(struct agent *agent, struct trace *trace)
{
	char room[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *header;
	json_t *ends = json_array(), *end;
	size_t length, at;

	while (trace->sent < EVENTS_MAX && receive(agent, trace->events, room, sizeof(room), &length)) {
		unsigned int left = (unsigned int)length;

		for (header = (const struct nlmsghdr *)(const void *)room; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left))
			hear_event(agent, trace, header, ends);
	}
	send_waiting(agent, trace);
	while (trace->log >= 0 && trace->sent < EVENTS_MAX &&
	       receive(agent, trace->log, room, sizeof(room), &length)) {
		unsigned int left = (unsigned int)length;

		for (header = (const struct nlmsghdr *)(const void *)room; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left))
			hear_line(agent, trace, header);
	}
	json_array_foreach(ends, at, end) send_event(agent, trace, json_incref(end));
	json_decref(ends);
	return trace->sent < EVENTS_MAX;
}

void trace_stream_free(struct trace *trace)
{
	for (size_t i = 0; i < trace->line_count; i++)
		json_decref(trace->lines[i].event);
	trace->line_count = 0;
}
