// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS_SIZE (INET6_ADDRSTRLEN + 8)
/* Answers, with the first, at which the peer's name is asked: a call to the kernel costs as much as a
 * message. */
#define PEER_EVERY 16

static void print_address(const struct sockaddr_storage *address, char *text)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_SIZE, "%s:%u", host, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 = (const void *)address;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_SIZE, "[%s]:%u", host, ntohs(in6->sin6_port));
	}
}

static void end(struct connection *self, bool failed)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	if (failed)
		setsockopt(self->watched.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(self->watched.fd);
	self->watched.fd = -1;
	client_closed(self, failed);
	loop_free_later(&self->watched);
}

/* Since when it waits for what it waits for. */
static uint64_t waits_since(const struct connection *self)
{
	return self->state == ASKING ? self->asked_at[(self->answered + 1) % DEPTH] : self->began;
}

static void fail(struct connection *self, enum failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct connection *self, enum failure failure, const char *format, ...)
{
	static const char *const doing[] = {"connecting", "waiting for an answer", "between two requests",
					    "closing"};
	struct sockaddr_storage own = {.ss_family = AF_INET};
	socklen_t length = sizeof(own);
	const time_t clock = time(NULL);
	char local[ADDRESS_SIZE], to[ADDRESS_SIZE], why[160], when[16];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	getsockname(self->watched.fd, (struct sockaddr *)&own, &length);
	print_address(&own, local);
	print_address(&self->target->address, to);
	/* By the wall clock, as captures of packets are. */
	strftime(when, sizeof(when), "%T", localtime(&clock));
	count_failed(failure, now() - waits_since(self), "%s %s -> %s, %s, answered %llu: %s", when, local,
		     to, doing[self->state], (unsigned long long)self->answered, why);
	end(self, true);
}

static void fail_by_errno(struct connection *self, int error)
{
	fail(self,
	     error == ECONNREFUSED		     ? REFUSED
	     : error == ECONNRESET || error == EPIPE ? RESET
	     : error == ETIMEDOUT		     ? TIMEOUT
						     : OTHER,
	     "%s", strerror(error));
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static bool watch(struct connection *self, uint32_t events)
{
	if (self->events == events)
		return true;
	self->events = events;
	if (loop_change(&self->watched, events) == 0)
		return true;
	fail_by_errno(self, errno);
	return false;
}

/* No more requests: says so, and waits for the other end to say the same. */
static void leave(struct connection *self)
{
	self->state = LEAVING;
	self->began = now();
	if (shutdown(self->watched.fd, SHUT_WR) < 0)
		fail_by_errno(self, errno);
	else
		watch(self, EPOLLIN);
}

static bool may_ask(const struct connection *self)
{
	const uint64_t depth = self->options->bulk ? DEPTH : 1;

	return (!self->stopping || self->asked == 0) && self->asked - self->answered < depth &&
	       (self->limit == 0 || self->asked < self->limit);
}

static void begin_request(struct connection *self)
{
	self->asked++;
	/* The first one takes as long as the connection, too. */
	self->asked_at[self->asked % DEPTH] = self->asked == 1 ? self->began : now();
	self->request = (struct frame){
	    .size = self->options->size,
	    .answer_size = self->options->bulk ? sizeof(struct frame) : self->options->size,
	    .connection = self->number,
	    .sequence = self->asked,
	};
	memcpy(self->request.name, self->target->name, NAME_SIZE);
	self->sent = 0;
}

/* False: the socket takes no more for now, or failed and is gone. */
static bool send_request(struct connection *self)
{
	const size_t header = sizeof(self->request);

	while (self->sent < self->request.size) {
		const size_t of_header = self->sent < header ? header - self->sent : 0;
		const size_t of_payload = self->sent < header ? 0 : self->sent - header;
		struct iovec parts[] = {
		    {(uint8_t *)&self->request + self->sent, of_header},
		    {payload + of_payload, self->request.size - header - of_payload},
		};
		ssize_t count = writev(self->watched.fd, of_header ? parts : parts + 1, of_header ? 2 : 1);

		if (count < 0) {
			if (would_block())
				watch(self, EPOLLIN | EPOLLOUT);
			else
				fail_by_errno(self, errno);
			return false;
		}
		self->sent += (size_t)count;
	}
	return true;
}

/* Asks as much as may be asked now. */
static void ask(struct connection *self)
{
	for (;;) {
		if (self->sent == self->request.size) {
			if (!may_ask(self))
				break;
			begin_request(self);
		}
		if (!send_request(self))
			return;
	}
	watch(self, EPOLLIN);
}

/* True if the application is told the peer that it asked for; else the connection is gone. */
static bool peer_is_right(struct connection *self)
{
	struct sockaddr_storage peer = {0};
	socklen_t length = sizeof(peer);
	char text[ADDRESS_SIZE];

	if (getpeername(self->watched.fd, (struct sockaddr *)&peer, &length) < 0) {
		fail_by_errno(self, errno);
		return false;
	}
	if (length == self->target->length && memcmp(&peer, &self->target->address, length) == 0)
		return true;
	print_address(&peer, text);
	fail(self, WRONG, "the peer is called %s", text);
	return false;
}

static bool header_is_right(struct connection *self)
{
	const struct frame *got = &self->answer;

	if (got->size != self->request.answer_size || got->connection != self->number ||
	    got->sequence != self->answered + 1 || strncmp(got->name, self->target->name, NAME_SIZE) != 0)
		fail(self, WRONG, "asked %s in connection %llu, answered by %.*s in %llu as number %llu",
		     self->target->name, (unsigned long long)self->number, NAME_SIZE, got->name,
		     (unsigned long long)got->connection, (unsigned long long)got->sequence);
	else if (self->options->sidecar && !got->by_loopback)
		fail(self, WRONG, "it came to the server past its sidecar");
	else
		return true;
	return false;
}

/* The whole answer is there. False: the connection is gone. */
static bool answered(struct connection *self)
{
	const uint64_t time = now();

	if (self->answered % PEER_EVERY == 0 && !peer_is_right(self))
		return false;
	self->answered++;
	self->received = 0;
	count_ok(self->kind == ONE ? NEW : REQUEST, time - self->asked_at[self->answered % DEPTH],
		 self->request.size + self->request.answer_size);
	return true;
}

/* Takes in what was read. False: it was wrong, and the connection is gone. */
static bool take(struct connection *self, const uint8_t *bytes, size_t count)
{
	const size_t header = sizeof(self->answer);

	while (count > 0) {
		const size_t end = self->received < header ? header : self->answer.size;
		const size_t part = count < end - self->received ? count : end - self->received;

		if (self->received < header) {
			memcpy((uint8_t *)&self->answer + self->received, bytes, part);
		} else if (memcmp(payload + self->received - header, bytes, part) != 0) {
			fail(self, WRONG, "the answer is not what was to be sent");
			return false;
		}
		self->received += part;
		bytes += part;
		count -= part;
		if (self->received == header && !header_is_right(self))
			return false;
		if (self->received == self->answer.size && !answered(self))
			return false;
		if (count > 0 && self->asked == self->answered) {
			fail(self, WRONG, "an answer that was not asked for");
			return false;
		}
	}
	return true;
}

/* Reads once: what is left, the loop tells. False: the connection is gone. */
static bool receive(struct connection *self)
{
	static uint8_t bytes[1 << 17];
	ssize_t count = recv(self->watched.fd, bytes, sizeof(bytes), 0);

	if (count < 0 && would_block())
		return true;
	if (count < 0)
		fail_by_errno(self, errno);
	else if (count == 0 && self->state == LEAVING)
		end(self, false);
	else if (count == 0)
		fail(self, CLOSED, "closed by the other end");
	else if (self->state != ASKING)
		fail(self, WRONG, "an answer that was not asked for");
	else
		return take(self, bytes, (size_t)count);
	return false;
}

static bool has_connected(struct connection *self)
{
	const int on = 1;
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(self->watched.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error) {
		fail_by_errno(self, error);
		return false;
	}
	count_opened();
	setsockopt(self->watched.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	self->state = ASKING;
	return true;
}

static void ready(struct watched *watched, uint32_t events)
{
	struct connection *self = (struct connection *)watched;

	(void)events;
	if (self->state == CONNECTING) {
		if (has_connected(self))
			ask(self);
		return;
	}
	if (!receive(self) || self->state != ASKING)
		return;
	if (self->asked != self->answered || (may_ask(self) && self->options->pause == 0)) {
		ask(self);
	} else if (may_ask(self)) {
		self->state = RESTING;
		self->began = now();
	} else {
		leave(self);
	}
}

struct connection *connection_open(const struct client_options *options, const struct target *target,
				   enum kind kind, unsigned limit, uint64_t number)
{
	struct connection *self = calloc(1, sizeof(*self));

	if (!self) {
		count_failed(OTHER, 0, "no memory");
		return NULL;
	}
	*self = (struct connection){
	    .watched = {.fd =
			    socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
			.ready = ready},
	    .options = options,
	    .target = target,
	    .kind = kind,
	    .number = number,
	    .limit = limit,
	    .began = now(),
	    .events = EPOLLOUT,
	};
	if (self->watched.fd >= 0 &&
	    (connect(self->watched.fd, (const struct sockaddr *)&target->address, target->length) == 0 ||
	     errno == EINPROGRESS) &&
	    loop_add(&self->watched, EPOLLOUT) == 0)
		return self;
	count_failed(OTHER, 0, "connect to %s: %s", target->name, strerror(errno));
	if (self->watched.fd >= 0)
		close(self->watched.fd);
	free(self);
	return NULL;
}

void connection_tick(struct connection *self, uint64_t time, bool stopping)
{
	self->stopping = stopping;
	if (self->state == RESTING) {
		if (stopping) {
			leave(self);
		} else if (time >= self->began + self->options->pause * UINT64_C(1000)) {
			self->state = ASKING;
			ask(self);
		}
	} else if (time > waits_since(self) + self->options->patience * UINT64_C(1000)) {
		fail(self, TIMEOUT, "no patience any more");
	}
}
