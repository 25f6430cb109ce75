// SPDX-License-Identifier: Apache-2.0
/*
 * A process of a pod that the tests drive: one command a line on stdin, one line of JSON on stdout. Sockets are
 * named by their descriptors. What fails gives {"error":"ECONNREFUSED"}; nothing waits for longer than WAIT_SECONDS.
 *
 *   socket 4|6            a TCP socket                  only6 FD          IPV6_V6ONLY
 *   bind FD ADDRESS PORT                                device FD NAME    SO_BINDTODEVICE
 *   listen FD BACKLOG                                   accept FD
 *   connect FD ADDRESS PORT                             start FD ADDRESS PORT   connect without waiting
 *   disconnect FD         connect(AF_UNSPEC)            finish FD         waits until `start` has ended
 *   peer FD               getpeername                   local FD          getsockname
 *   original FD 4|6 SIZE  SO_ORIGINAL_DST               option FD SIZE    another option, with a long buffer
 *   send FD TEXT [urgent]                               receive FD [peek|whole]   whole: 8 bytes, MSG_WAITALL
 *   close FD                                            shutdown FD
 *   owner FD UID          fchown                        cookie FD
 *   nonblock FD           O_NONBLOCK                    block FD          without it
 *   reset FD              close with a reset            set FD lowat|zerocopy|inline
 *   flood FD BYTES        sends a pattern until it would block
 *   drain FD BYTES        reads that pattern, and fails where it is another
 *   waiting FD            FIONREAD                      splice FD         reads through a pipe
 *   alarm FD MS           a signal that system calls are restarted after
 *
 * On a socket that does not block, reading waits until poll(2) says that there is something.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_SECONDS 5
#define MAX_WORDS 5

union any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void reply_fail(void)
{
	printf("{\"error\":\"%s\"}\n", strerrorname_np(errno));
}

static void reply(bool ok)
{
	if (ok)
		printf("{}\n");
	else
		reply_fail();
}

static void reply_fd(int fd)
{
	if (fd < 0)
		reply_fail();
	else
		printf("{\"fd\":%d}\n", fd);
}

static void reply_address(int failed, const union any *from, socklen_t length)
{
	char text[INET6_ADDRSTRLEN];
	const void *address = from->sa.sa_family == AF_INET ? (const void *)&from->v4.sin_addr : &from->v6.sin6_addr;

	if (failed)
		reply_fail();
	else if (!inet_ntop(from->sa.sa_family, address, text, sizeof(text)))
		reply_fail();
	else
		printf("{\"address\":\"%s\",\"port\":%d,\"length\":%u}\n", text, ntohs(from->v4.sin_port), length);
}

/* An address for a socket of the family it has: 10.0.0.1 on an IPv6 socket is ::ffff:10.0.0.1. */
static socklen_t parse(int fd, const char *text, const char *port, union any *to)
{
	int family = AF_INET;
	socklen_t length = sizeof(family);
	char mapped[64];

	memset(to, 0, sizeof(*to));
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
	to->sa.sa_family = family;
	to->v4.sin_port = htons(atoi(port));
	if (family == AF_INET) {
		inet_pton(AF_INET, text, &to->v4.sin_addr);
		return sizeof(to->v4);
	}
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	inet_pton(AF_INET6, mapped, &to->v6.sin6_addr);
	return sizeof(to->v6);
}

static int new_socket(const char *family)
{
	const struct timeval wait = { .tv_sec = WAIT_SECONDS };
	int fd = socket(family[0] == '6' ? AF_INET6 : AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return fd;
}

static bool start(int fd, const char *address, const char *port)
{
	union any to;
	socklen_t length = parse(fd, address, port, &to);
	int flags = fcntl(fd, F_GETFL), failed, error;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	failed = connect(fd, &to.sa, length);
	error = errno;
	fcntl(fd, F_SETFL, flags);
	errno = error;
	return !failed;
}

static bool finish(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int error = ETIMEDOUT;
	socklen_t length = sizeof(error);

	if (poll(&wait, 1, WAIT_SECONDS * 1000) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	errno = error;
	return !error;
}

static void original(int fd, const char *family, int size)
{
	union any answer;
	socklen_t length = size;
	int level = family[0] == '6' ? SOL_IPV6 : SOL_IP;
	int failed;

	memset(&answer, 0xff, sizeof(answer));
	failed = getsockopt(fd, level, SO_ORIGINAL_DST, &answer, &length);
	reply_address(failed, &answer, length);
}

static void option(int fd, int size)
{
	void *buffer = calloc(1, size);
	socklen_t length = size;
	int failed = !buffer || getsockopt(fd, SOL_TCP, TCP_INFO, buffer, &length);

	if (failed)
		reply_fail();
	else
		printf("{\"length\":%u,\"value\":%d}\n", length, ((struct tcp_info *)buffer)->tcpi_state);
	free(buffer);
}

/* For sockets that do not block. */
static bool wait_for(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };

	if (!(fcntl(fd, F_GETFL) & O_NONBLOCK) || poll(&wait, 1, WAIT_SECONDS * 1000) == 1)
		return true;
	errno = ETIMEDOUT;
	return false;
}

static void reply_text(ssize_t length, char text[256])
{
	if (length < 0) {
		reply_fail();
		return;
	}
	text[length] = 0;
	printf("{\"text\":\"%s\"}\n", text);
}

static void receive(int fd, const char *how)
{
	bool whole = !strcmp(how, "whole");
	char text[256];
	ssize_t length = -1;

	if (wait_for(fd, POLLIN))
		length = recv(fd, text, whole ? 8 : sizeof(text) - 1,
			      whole ? MSG_WAITALL : !strcmp(how, "peek") ? MSG_PEEK : 0);
	reply_text(length, text);
}

static void splice_out(int fd)
{
	char text[256];
	ssize_t length = -1;
	int ends[2];

	if (pipe(ends)) {
		reply_fail();
		return;
	}
	if (wait_for(fd, POLLIN))
		length = splice(fd, NULL, ends[1], NULL, sizeof(text) - 1, SPLICE_F_NONBLOCK);
	if (length > 0)
		length = read(ends[0], text, sizeof(text) - 1);
	reply_text(length, text);
	close(ends[0]);
	close(ends[1]);
}

static uint8_t pattern(size_t at)
{
	return at * 2654435761U >> 24;
}

static void reply_value(size_t value)
{
	printf("{\"value\":%zu}\n", value);
}

/* Messages of many sizes, so that no queue sees its ends where another does. */
static void flood(int fd, size_t bytes)
{
	uint8_t chunk[40000];
	size_t sent = 0;

	while (sent < bytes) {
		size_t size = 1 + sent * 7919 % sizeof(chunk), left = bytes - sent;
		ssize_t count;

		for (size_t i = 0; i < size; i++)
			chunk[i] = pattern(sent + i);
		count = send(fd, chunk, size < left ? size : left, 0);
		if (count < 0 && errno == EAGAIN)
			break;
		if (count < 0) {
			reply_fail();
			return;
		}
		sent += count;
	}
	reply_value(sent);
}

static void drain(int fd, size_t bytes)
{
	uint8_t chunk[30000];
	size_t seen = 0;

	while (seen < bytes) {
		ssize_t count = wait_for(fd, POLLIN) ? recv(fd, chunk, sizeof(chunk), 0) : -1;

		if (count <= 0) {
			reply_fail();
			return;
		}
		for (ssize_t i = 0; i < count; i++)
			if (chunk[i] != pattern(seen + i)) {
				printf("{\"error\":\"out of order at %zu\"}\n", seen + i);
				return;
			}
		seen += count;
	}
	reply_value(seen);
}

static void waiting(int fd)
{
	int bytes;

	if (!wait_for(fd, POLLIN) || ioctl(fd, FIONREAD, &bytes))
		reply_fail();
	else
		reply_value(bytes);
}

static bool set(int fd, const char *what)
{
	int option = !strcmp(what, "lowat") ? SO_RCVLOWAT : !strcmp(what, "zerocopy") ? SO_ZEROCOPY : SO_OOBINLINE;
	int value = option == SO_RCVLOWAT ? 2 : 1;

	return !setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

static bool reset(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	return !setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) && !close(fd);
}

static void wake(int signal)
{
	(void)signal;
}

static bool set_alarm(int milliseconds)
{
	const struct itimerval in = { .it_value.tv_usec = milliseconds * 1000 };

	signal(SIGALRM, wake); /* with SA_RESTART */
	return !setitimer(ITIMER_REAL, &in, NULL);
}

static void cookie(int fd)
{
	uint64_t value;
	socklen_t length = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &value, &length))
		reply_fail();
	else
		printf("{\"cookie\":\"%llu\"}\n", (unsigned long long)value);
}

static void serve(char *words[MAX_WORDS])
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	const char *verb = words[0];
	int fd = atoi(words[1]), on = 1;
	union any address = {};
	socklen_t length = sizeof(address);

	if (!strcmp(verb, "socket"))
		reply_fd(new_socket(words[1]));
	else if (!strcmp(verb, "only6"))
		reply(!setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on)));
	else if (!strcmp(verb, "device"))
		reply(!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, words[2], strlen(words[2])));
	else if (!strcmp(verb, "bind"))
		reply(!bind(fd, &address.sa, parse(fd, words[2], words[3], &address)));
	else if (!strcmp(verb, "listen"))
		reply(!listen(fd, atoi(words[2])));
	else if (!strcmp(verb, "accept"))
		reply_fd(accept(fd, NULL, NULL));
	else if (!strcmp(verb, "connect"))
		reply(!connect(fd, &address.sa, parse(fd, words[2], words[3], &address)));
	else if (!strcmp(verb, "start"))
		reply(start(fd, words[2], words[3]));
	else if (!strcmp(verb, "finish"))
		reply(finish(fd));
	else if (!strcmp(verb, "disconnect"))
		reply(!connect(fd, &nowhere, sizeof(nowhere)));
	else if (!strcmp(verb, "peer"))
		reply_address(getpeername(fd, &address.sa, &length), &address, length);
	else if (!strcmp(verb, "local"))
		reply_address(getsockname(fd, &address.sa, &length), &address, length);
	else if (!strcmp(verb, "original"))
		original(fd, words[2], atoi(words[3]));
	else if (!strcmp(verb, "option"))
		option(fd, atoi(words[2]));
	else if (!strcmp(verb, "send"))
		reply(send(fd, words[2], strlen(words[2]), strcmp(words[3], "urgent") ? 0 : MSG_OOB) >= 0);
	else if (!strcmp(verb, "receive"))
		receive(fd, words[2]);
	else if (!strcmp(verb, "nonblock"))
		reply(!fcntl(fd, F_SETFL, O_NONBLOCK));
	else if (!strcmp(verb, "block"))
		reply(!fcntl(fd, F_SETFL, 0));
	else if (!strcmp(verb, "set"))
		reply(set(fd, words[2]));
	else if (!strcmp(verb, "flood"))
		flood(fd, strtoul(words[2], NULL, 10));
	else if (!strcmp(verb, "drain"))
		drain(fd, strtoul(words[2], NULL, 10));
	else if (!strcmp(verb, "waiting"))
		waiting(fd);
	else if (!strcmp(verb, "splice"))
		splice_out(fd);
	else if (!strcmp(verb, "reset"))
		reply(reset(fd));
	else if (!strcmp(verb, "alarm"))
		reply(set_alarm(atoi(words[2])));
	else if (!strcmp(verb, "shutdown"))
		reply(!shutdown(fd, SHUT_WR));
	else if (!strcmp(verb, "close"))
		reply(!close(fd));
	else if (!strcmp(verb, "owner"))
		reply(!fchown(fd, atoi(words[2]), -1));
	else if (!strcmp(verb, "cookie"))
		cookie(fd);
	else
		printf("{\"error\":\"no such command\"}\n");
}

int main(void)
{
	char line[512];

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("{\"uid\":%u}\n", getuid());
	while (fgets(line, sizeof(line), stdin)) {
		char *words[MAX_WORDS] = { "", "", "", "", "" };
		char *rest = NULL;
		int i = 0;

		for (char *word = strtok_r(line, " \n", &rest); word && i < MAX_WORDS; word = strtok_r(NULL, " \n", &rest))
			words[i++] = word;
		serve(words);
	}
	return 0;
}
