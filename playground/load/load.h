/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load on a workload: a server that says who it is in each answer, and a client that asks it over connections
 * that last and over new ones all the time, and minds everything that a switch of redirection could break.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define MAX_TARGETS 64
#define MAX_FRAME (1 << 20)

#define NAME_SIZE 36

/* Begins each request and each answer; `size` counts it too. Both ends are of one build on one machine. */
struct frame {
	uint32_t size;
	uint32_t answer_size; /* of a request: how long its answer is to be */
	uint64_t connection;  /* the client's number of it */
	uint64_t sequence;    /* of the request in its connection, from 1 */
	uint32_t
	    by_loopback; /* of an answer: its connection came from a process of the server's own workload */
	char name[NAME_SIZE]; /* NAME:PORT: of a request who is asked, of an answer who answers */
};

_Static_assert(sizeof(struct frame) == 64, "the smallest request is 64 bytes");

/* What follows it in every frame: the same bytes at the same place. */
extern uint8_t payload[MAX_FRAME];

/* Microseconds of the monotonic clock. */
uint64_t now(void);

/* server.c */
/* Listens on a port, for IPv4 and IPv6. Returns 0 or -1 with errno. */
int serve(const char *name, uint16_t port);

/* client.c */
struct target {
	struct sockaddr_storage address;
	socklen_t length;
	char name[NAME_SIZE]; /* NAME:PORT of who should answer there */
};

struct client_options {
	struct target targets[MAX_TARGETS]; /* taken in turn */
	size_t target_count;
	unsigned persistent; /* connections that are asked over for ever */
	unsigned lasting;    /* connections that end after `lifetime` requests, and are made anew */
	unsigned lifetime;
	unsigned pause;	   /* milliseconds between two requests of one of these */
	unsigned rate;	   /* further connections a second, of one request each */
	size_t size;	   /* of a request and of its answer, in bytes */
	bool sidecar;	   /* it is a sidecar who connects to the server, from its own workload */
	bool bulk;	   /* many requests of `size` at once on each connection, and short answers */
	unsigned patience; /* milliseconds to wait for an answer */
	unsigned warmup;   /* milliseconds until it is counted; then comes the first line of totals */
	unsigned interval; /* milliseconds between two lines of totals */
};

/* Begins. From then on client_tick() has to be called every millisecond. */
void client_start(const struct client_options *options);
void client_tick(void);
/* No new request; the loop ends once those at hand are answered and every connection has closed. */
void client_stop(void);

/* messages.c */
/* Prints in JSON what a call of the kernel, and a message by each of its ways, costs here, in microseconds.
 * Returns 0 or -1 with errno. */
int print_message_costs(void);

/* totals.c */
enum series {
	NEW,	 /* from connect(2) to the answer, of connections with one request */
	REQUEST, /* over a connection that lasts; the first one from connect(2) on */
	SERIES,
};

enum failure {
	REFUSED,
	RESET,	 /* also after the last answer, while the connection closes */
	CLOSED,	 /* before the answer */
	TIMEOUT, /* no answer in `patience` */
	WRONG,	 /* another one answered, or something else than was asked, or the peer has another address */
	OTHER,
	FAILURES,
};

/* A connection was established. */
void count_opened(void);
/* An answer, and the microseconds that it took. */
void count_ok(enum series series, uint64_t took, size_t bytes);
/* A connection ended otherwise than it should, which took so long; the first few texts are kept. */
void count_failed(enum failure failure, uint64_t took, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* New connections were due and could not be begun yet. */
void count_behind(uint64_t connections);
/* Between these two it is measured how many a second. Whatever was answered before is forgotten. */
void totals_begin(void);
void totals_end(void);
/* One line of JSON. */
void print_totals(bool done);
