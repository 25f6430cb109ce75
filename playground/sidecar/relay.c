// SPDX-License-Identifier: Apache-2.0
/*
 * One relayed connection: two sockets, one buffer a direction. A side is read only while its buffer has room,
 * so a slow reader slows the writer down; an end of stream is passed on once the buffer before it is written.
 */
#include "sidecar.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BUFFER_SIZE 16384

struct endpoint {
	struct watched watched; /* first: the loop hands us this */
	struct relay *relay;
	struct endpoint *peer;
	uint32_t events;
	bool registered;
	bool ended;	   /* it sends no more */
	bool shut;	   /* we send it no more */
	size_t start, end; /* of what was read here and the peer has not got yet */
	char buffer[BUFFER_SIZE];
};

struct relay {
	struct endpoint client, server; /* client first: the loop frees all of it by that */
	bool connected;
	enum direction direction;
	struct traffic *destination;
};

static void finish(struct relay *relay, bool reset)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	struct endpoint *ends[] = {&relay->client, &relay->server};

	for (int i = 0; i < 2; i++) {
		if (ends[i]->watched.fd < 0)
			continue;
		if (reset)
			setsockopt(ends[i]->watched.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(ends[i]->watched.fd);
		ends[i]->watched.fd = -1;
	}
	counters[relay->direction].active--;
	loop_free_later(&relay->client.watched);
}

static int watch(struct endpoint *self, uint32_t events)
{
	/* Both ways closed is a hang-up that would be reported for ever. */
	const bool wanted = !(self->ended && self->shut);
	int error = 0;

	if (!wanted && self->registered)
		loop_remove(&self->watched);
	else if (wanted && !self->registered)
		error = loop_add(&self->watched, events);
	else if (wanted && events != self->events)
		error = loop_change(&self->watched, events);
	self->registered = wanted;
	self->events = events;
	return error;
}

static int watch_for_what_is_useful(struct endpoint *self)
{
	uint32_t events = 0;

	if (self->relay->connected && !self->ended && self->end < BUFFER_SIZE)
		events |= EPOLLIN;
	if (self->peer->end > self->peer->start)
		events |= EPOLLOUT;
	return watch(self, events);
}

/* Reads once. False: the connection is broken. */
static bool fill(struct endpoint *self)
{
	if (self->ended || self->end == BUFFER_SIZE)
		return true;

	ssize_t count = recv(self->watched.fd, self->buffer + self->end, BUFFER_SIZE - self->end, 0);

	if (count > 0)
		self->end += (size_t)count;
	else if (count == 0)
		self->ended = true;
	return count >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Writes what `self` read to its peer. False: the connection is broken. */
static bool drain(struct endpoint *self)
{
	struct endpoint *peer = self->peer;
	struct relay *relay = self->relay;

	while (self->start < self->end) {
		ssize_t count =
		    send(peer->watched.fd, self->buffer + self->start, self->end - self->start, MSG_NOSIGNAL);

		if (count < 0)
			return errno == EAGAIN || errno == EINTR;
		self->start += (size_t)count;
		if (self == &relay->client) {
			relay->destination->bytes_up += (uint64_t)count;
			counters[relay->direction].total.bytes_up += (uint64_t)count;
		} else {
			relay->destination->bytes_down += (uint64_t)count;
			counters[relay->direction].total.bytes_down += (uint64_t)count;
		}
	}
	self->start = self->end = 0;
	if (self->ended && !peer->shut) {
		peer->shut = true;
		return shutdown(peer->watched.fd, SHUT_WR) == 0;
	}
	return true;
}

static bool has_connected(struct relay *relay)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(relay->server.watched.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0)
		return false;
	relay->connected = true;
	return true;
}

static void ready(struct watched *watched, uint32_t events)
{
	struct endpoint *self = (struct endpoint *)watched;
	struct relay *relay = self->relay;

	if (!relay->connected && (self == &relay->client || !has_connected(relay))) {
		/* Before the connection stands, the client's socket reports nothing but its end. */
		counters[relay->direction].failed += self == &relay->server;
		finish(relay, true);
		return;
	}
	if (((events & (EPOLLERR | EPOLLHUP)) && self->ended) || !fill(self) || !drain(self) ||
	    !drain(self->peer)) {
		finish(relay, true);
		return;
	}
	if (self->shut && self->peer->shut)
		finish(relay, false);
	else if (watch_for_what_is_useful(self) < 0 || watch_for_what_is_useful(self->peer) < 0)
		finish(relay, true);
}

/* All but the buffer, which nobody reads before it is written. */
static void endpoint_init(struct endpoint *self, struct endpoint *peer, struct relay *relay, int fd)
{
	const int on = 1;

	memset(self, 0, offsetof(struct endpoint, buffer));
	self->watched = (struct watched){.fd = fd, .ready = ready};
	self->relay = relay;
	self->peer = peer;
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void refuse(int fd, enum direction direction)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	counters[direction].refused++;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

void relay_start(int fd, enum direction direction, uint16_t port, const struct origin *upstream)
{
	struct origin origin;
	struct relay *relay;
	char name[64];
	int server;

	/* Connecting to ourselves would come back to us, for ever. */
	if (origin_of(fd, port, &origin) < 0 || origin.is_self) {
		if (!upstream) {
			refuse(fd, direction);
			return;
		}
		origin = *upstream;
	}
	origin_name(&origin, name, sizeof(name));
	if (direction == INBOUND)
		origin_to_loopback(&origin);
	relay = malloc(sizeof(*relay));
	if (!relay) {
		refuse(fd, direction);
		return;
	}
	server = socket(origin.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	relay->connected = false;
	relay->direction = direction;
	relay->destination = counters_destination(direction, name);
	relay->destination->connections++;
	counters[direction].total.connections++;
	counters[direction].active++;
	endpoint_init(&relay->client, &relay->server, relay, fd);
	endpoint_init(&relay->server, &relay->client, relay, server);
	if (server < 0 ||
	    (connect(server, (struct sockaddr *)&origin.address, origin.length) < 0 &&
	     errno != EINPROGRESS) ||
	    watch(&relay->server, EPOLLOUT) < 0 || watch(&relay->client, 0) < 0) {
		counters[direction].failed++;
		finish(relay, true);
	}
}
