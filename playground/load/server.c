// SPDX-License-Identifier: Apache-2.0
/* Answers each request with its own name, and with what it was asked. It never closes first. */
#include "load.h"
#include "../shared/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

struct listener {
	struct watched watched; /* first: the loop hands us this */
	char name[NAME_SIZE];
};

struct session {
	struct watched watched; /* first: the loop hands us this */
	const struct listener *listener;
	bool by_loopback;
	struct frame frame;
	size_t received; /* of the request */
	bool answers;	 /* `frame` is the answer now */
	size_t sent;
	bool waits_to_send;
};

static void leave(struct session *session)
{
	close(session->watched.fd);
	session->watched.fd = -1;
	loop_free_later(&session->watched);
}

/* Reads once, or drops once of what follows the header. Gives what recv(2) gives. */
static ssize_t receive(struct session *session)
{
	static uint8_t dropped[1 << 16];
	const size_t header = sizeof(session->frame);
	size_t left;

	if (session->received < header)
		return recv(session->watched.fd, (uint8_t *)&session->frame + session->received,
			    header - session->received, 0);
	left = session->frame.size - session->received;
	return recv(session->watched.fd, dropped, left < sizeof(dropped) ? left : sizeof(dropped), 0);
}

static bool is_sound(const struct frame *frame)
{
	return frame->size >= sizeof(*frame) && frame->size <= MAX_FRAME &&
	       frame->answer_size >= sizeof(*frame) && frame->answer_size <= MAX_FRAME;
}

static bool is_whole(const struct session *session)
{
	return session->received >= sizeof(session->frame) && session->received == session->frame.size;
}

/* True when all of the answer is on its way. */
static bool answer(struct session *session)
{
	const size_t header = sizeof(session->frame);
	const size_t size = session->frame.size;

	while (session->sent < size) {
		const size_t of_header = session->sent < header ? header - session->sent : 0;
		const size_t of_payload = session->sent < header ? 0 : session->sent - header;
		struct iovec parts[] = {
		    {(uint8_t *)&session->frame + session->sent, of_header},
		    {payload + of_payload, size - header - of_payload},
		};
		ssize_t count = writev(session->watched.fd, of_header ? parts : parts + 1, of_header ? 2 : 1);

		if (count < 0)
			return false;
		session->sent += (size_t)count;
	}
	return true;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void begin_answer(struct session *session)
{
	session->answers = true;
	session->frame.size = session->frame.answer_size;
	session->frame.by_loopback = session->by_loopback;
	memcpy(session->frame.name, session->listener->name, NAME_SIZE);
}

/*
 * Goes on until it has answered, or the socket has nothing more to give or takes nothing more: whether it has
 * another request by then costs less to be told by the loop than to try. False: the session is over.
 */
static bool converse(struct session *session)
{
	for (;;) {
		if (session->answers) {
			if (!answer(session)) {
				session->waits_to_send = true;
				return would_block() && loop_change(&session->watched, EPOLLOUT) == 0;
			}
			session->received = session->sent = 0;
			session->answers = false;
			if (session->waits_to_send && loop_change(&session->watched, EPOLLIN) < 0)
				return false;
			session->waits_to_send = false;
			return true;
		}

		ssize_t count = receive(session);

		if (count <= 0)
			return count < 0 && would_block();
		session->received += (size_t)count;
		if (session->received == sizeof(session->frame) && !is_sound(&session->frame))
			return false;
		if (is_whole(session))
			begin_answer(session);
	}
}

static void session_ready(struct watched *watched, uint32_t events)
{
	struct session *session = (struct session *)watched;

	(void)events;
	if (!converse(session))
		leave(session);
}

static bool is_loopback(const struct sockaddr_in6 *peer)
{
	return IN6_IS_ADDR_LOOPBACK(&peer->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&peer->sin6_addr) && peer->sin6_addr.s6_addr[12] == 127);
}

static void accept_one(struct watched *watched, uint32_t events)
{
	struct sockaddr_in6 peer = {0};
	socklen_t length = sizeof(peer);
	int fd = accept4(watched->fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
	const int on = 1;
	struct session *session;

	(void)events;
	if (fd < 0)
		return;
	session = calloc(1, sizeof(*session));
	if (!session) {
		close(fd);
		return;
	}
	session->watched = (struct watched){.fd = fd, .ready = session_ready};
	session->listener = (struct listener *)watched;
	session->by_loopback = is_loopback(&peer);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (loop_add(&session->watched, EPOLLIN) < 0)
		leave(session);
}

int serve(const char *name, uint16_t port)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	const int on = 1, off = 0;
	struct listener *listener = calloc(1, sizeof(*listener)); /* for as long as the process runs */

	if (!listener)
		return -1;
	snprintf(listener->name, sizeof(listener->name), "%s:%u", name, port);
	listener->watched = (struct watched){
	    .fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .ready = accept_one};
	if (listener->watched.fd < 0 ||
	    setsockopt(listener->watched.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(listener->watched.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    bind(listener->watched.fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
	    listen(listener->watched.fd, SOMAXCONN) < 0)
		return -1;
	return loop_add(&listener->watched, EPOLLIN);
}
