// SPDX-License-Identifier: Apache-2.0
/*
 * What a message costs here however it goes, in one process: a call of the kernel that does nothing, and 64
 * bytes written and read through TCP on loopback, through a Unix socket and through a pipe. No redirection
 * makes fewer calls.
 */
#include "load.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 15
#define MESSAGES 2000
#define SIZE 64

/* Where one way is written to and read from. */
struct ends {
	int write, read;
};

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double median(double *times)
{
	qsort(times, ROUNDS, sizeof(*times), compare);
	return times[ROUNDS / 2];
}

/* Microseconds of one. */
static double call_nothing(void)
{
	const uint64_t began = now();

	for (int i = 0; i < MESSAGES; i++)
		syscall(SYS_getppid);
	return (double)(now() - began) / MESSAGES;
}

/* Microseconds of one; negative where it fails. */
static double pass(const struct ends *ends)
{
	const uint64_t began = now();
	uint8_t bytes[SIZE] = {0};

	for (int i = 0; i < MESSAGES; i++)
		if (write(ends->write, bytes, SIZE) != SIZE || read(ends->read, bytes, SIZE) != SIZE)
			return -1;
	return (double)(now() - began) / MESSAGES;
}

static int connect_tcp(struct ends *ends)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t length = sizeof(name);

	ends->write = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&name, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&name, &length) ||
	    connect(ends->write, (struct sockaddr *)&name, length))
		return -1;
	ends->read = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return ends->read < 0 ? -1 : setsockopt(ends->write, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int connect_unix(struct ends *ends)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	*ends = (struct ends){.write = pair[0], .read = pair[1]};
	return 0;
}

static int connect_pipe(struct ends *ends)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC))
		return -1;
	*ends = (struct ends){.write = pair[1], .read = pair[0]};
	return 0;
}

static const struct {
	const char *name;
	int (*connect)(struct ends *ends);
} ways[] = {{"tcp", connect_tcp}, {"unix", connect_unix}, {"pipe", connect_pipe}};

#define WAYS (sizeof(ways) / sizeof(*ways))

int print_message_costs(void)
{
	double nothing[ROUNDS], times[WAYS][ROUNDS];
	struct ends ends[WAYS];

	for (size_t way = 0; way < WAYS; way++)
		if (ways[way].connect(&ends[way]))
			return -1;
	for (int round = 0; round < ROUNDS; round++) {
		nothing[round] = call_nothing();
		for (size_t way = 0; way < WAYS; way++)
			if ((times[way][round] = pass(&ends[way])) < 0)
				return -1;
	}
	printf("{\"call\":%.2f", median(nothing));
	for (size_t way = 0; way < WAYS; way++)
		printf(",\"%s\":%.2f", ways[way].name, median(times[way]));
	puts("}");
	return 0;
}
