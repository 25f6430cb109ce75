// SPDX-License-Identifier: Apache-2.0
/*
 * One side of the equality test, in a pod or outside: serves ports and makes connections as it is told. One command a line
 * on stdin, one line of JSON in reply, in order.
 *
 *   listen NAME 4|6|46 PORT              a listener of IPv4, of IPv6 only, or of both
 *   connect UID 4|6 TO PORT FROM DEVICE  as a socket of UID; FROM an address or -, DEVICE an interface or -
 *
 * Whoever accepts says over the connection itself what it sees, so that one round trip tells both ends. The client then
 * resets it: nothing of a connection stays behind.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_SECONDS 10
#define MAX_WORDS 8
#define TEXT 128

union any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What epoll watches: a listener with its name, or a connection that it accepted, to be closed. */
struct watched {
	int fd;
	int port; /* 0: a connection */
	char name[16];
};

static int epoll;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Writes `10.0.0.1:80`, `[fd00::1]:80`, or the name of the error. */
static void name_address(char *text, int failed, const union any *from)
{
	char address[INET6_ADDRSTRLEN];

	if (failed) {
		snprintf(text, TEXT, "%s", strerrorname_np(errno));
	} else if (from->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &from->v4.sin_addr, address, sizeof(address));
		snprintf(text, TEXT, "%s:%d", address, ntohs(from->v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &from->v6.sin6_addr, address, sizeof(address));
		snprintf(text, TEXT, "[%s]:%d", address, ntohs(from->v6.sin6_port));
	}
}

static void name_original(char *text, int fd, int level)
{
	union any address = {};
	socklen_t length = level == SOL_IP ? sizeof(address.v4) : sizeof(address.v6);
	int failed = getsockopt(fd, level, SO_ORIGINAL_DST, &address, &length);

	name_address(text, failed, &address);
}

/* Both ends of a socket and its original destination, as members of a JSON object. */
static void describe(int fd, char *text, size_t size)
{
	char peer[TEXT], local[TEXT], original[TEXT], original6[TEXT];
	union any address;
	socklen_t length = sizeof(address);

	name_address(peer, getpeername(fd, &address.sa, &length), &address);
	length = sizeof(address);
	name_address(local, getsockname(fd, &address.sa, &length), &address);
	name_original(original, fd, SOL_IP);
	name_original(original6, fd, SOL_IPV6);
	snprintf(text, size, "\"peer\":\"%s\",\"local\":\"%s\",\"original\":\"%s\",\"original6\":\"%s\"", peer, local,
		 original, original6);
}

static struct watched *watch(int fd, const char *name, int port)
{
	struct watched *one = calloc(1, sizeof(*one));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};

	if (!one)
		die("calloc");
	one->fd = fd;
	one->port = port;
	snprintf(one->name, sizeof(one->name), "%s", name);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
	return one;
}

static void take(const struct watched *listener)
{
	char ends[4 * TEXT + 64], line[sizeof(ends) + 64];
	int fd = accept(listener->fd, NULL, NULL), length;

	if (fd < 0)
		return; /* reset before we came */
	describe(fd, ends, sizeof(ends));
	length = snprintf(line, sizeof(line), "{\"by\":\"%s:%d\",%s}\n", listener->name, listener->port, ends);
	if (send(fd, line, length, 0) == length)
		watch(fd, "", 0);
	else
		close(fd);
}

static void *serve(void *unused)
{
	struct epoll_event event;

	(void)unused;
	for (;;) {
		struct watched *one;

		if (epoll_wait(epoll, &event, 1, -1) != 1)
			continue;
		one = event.data.ptr;
		if (one->port) {
			take(one);
			continue;
		}
		close(one->fd);
		free(one);
	}
	return NULL;
}

/* An address for a socket of this family: 10.0.0.1 on an IPv6 socket is ::ffff:10.0.0.1. Gives its length. */
static socklen_t parse(int family, const char *text, int port, union any *to)
{
	char mapped[64];

	memset(to, 0, sizeof(*to));
	to->sa.sa_family = family;
	to->v4.sin_port = htons(port);
	if (family == AF_INET) {
		inet_pton(AF_INET, text, &to->v4.sin_addr);
		return sizeof(to->v4);
	}
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	inet_pton(AF_INET6, mapped, &to->v6.sin6_addr);
	return sizeof(to->v6);
}

static void fail(void)
{
	/* What SO_SNDTIMEO and SO_RCVTIMEO end with. */
	if (errno == EINPROGRESS || errno == EAGAIN)
		errno = ETIMEDOUT;
	printf("{\"error\":\"%s\"}\n", strerrorname_np(errno));
}

static void listen_on(const char *name, const char *families, int port)
{
	int family = families[0] == '4' && !families[1] ? AF_INET : AF_INET6;
	int only6 = families[0] == '6', on = 1, fd = socket(family, SOCK_STREAM, 0);
	union any address;
	socklen_t length = parse(family, family == AF_INET ? "0.0.0.0" : "::", port, &address);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (family == AF_INET6 && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &only6, sizeof(only6))) ||
	    bind(fd, &address.sa, length) || listen(fd, 64)) {
		fail();
		return;
	}
	watch(fd, name, port);
	printf("{}\n");
}

/* The line that whoever accepts sends. False with errno if none comes. */
static bool receive(int fd, char *text, size_t size)
{
	size_t used = 0;

	while (used + 1 < size) {
		ssize_t got = recv(fd, text + used, size - 1 - used, 0);

		if (got == 0)
			errno = ENODATA;
		if (got <= 0)
			return false;
		used += got;
		if (text[used - 1] == '\n') {
			text[used - 1] = 0;
			return true;
		}
	}
	errno = EMSGSIZE;
	return false;
}

static int open_socket(int uid, int gid, int family, const char *from, const char *device)
{
	const struct timeval wait = {.tv_sec = WAIT_SECONDS};
	const struct linger reset = {.l_onoff = 1};
	union any address;
	socklen_t length = parse(family, from, 0, &address);
	int fd;

	/* The owner as -m owner has it: the file system's user and group of whoever makes the socket. */
	setfsgid(gid);
	setfsuid(uid);
	fd = socket(family, SOCK_STREAM, 0);
	setfsuid(0);
	setfsgid(0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ||
	    (device[0] != '-' && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device))) ||
	    (from[0] != '-' && bind(fd, &address.sa, length))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void connect_to(char *words[MAX_WORDS])
{
	int family = words[3][0] == '4' ? AF_INET : AF_INET6;
	char accepted[1024], ends[4 * TEXT + 64];
	union any to;
	socklen_t length = parse(family, words[4], atoi(words[5]), &to);
	int fd = open_socket(atoi(words[1]), atoi(words[2]), family, words[6], words[7]);

	if (fd < 0) {
		fail();
		return;
	}
	if (connect(fd, &to.sa, length) || !receive(fd, accepted, sizeof(accepted))) {
		fail();
	} else {
		describe(fd, ends, sizeof(ends));
		printf("{\"client\":{%s},\"server\":%s}\n", ends, accepted);
	}
	close(fd);
}

int main(void)
{
	pthread_t thread;
	char line[512];

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	epoll = epoll_create1(0);
	if (epoll < 0 || pthread_create(&thread, NULL, serve, NULL))
		die("peer");
	while (fgets(line, sizeof(line), stdin)) {
		char *words[MAX_WORDS] = {"", "", "", "", "", "", "", ""};
		char *rest = NULL;
		int i = 0;

		for (char *word = strtok_r(line, " \n", &rest); word && i < MAX_WORDS;
		     word = strtok_r(NULL, " \n", &rest))
			words[i++] = word;
		if (!strcmp(words[0], "listen"))
			listen_on(words[1], words[2], atoi(words[3]));
		else if (!strcmp(words[0], "connect"))
			connect_to(words);
		else
			printf("{\"error\":\"no such command\"}\n");
	}
	return 0;
}
