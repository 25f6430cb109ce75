// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps up the connections that last, and begins new ones at the rate that is wanted. A connection is closed
 * by us: we send no more, and wait for the other end to do likewise; so whatever resets it is seen.
 */
#include "load.h"
#include "connection.h"
#include "../shared/loop.h"

#include <stdlib.h>

/* Microseconds after a failure until a lasting connection is made anew: who is down is not to be flooded. */
#define RETRY 100000
/* More new connections than this are not open at once. */
#define MOST_NEW 20000

static const struct client_options *options;
static struct connection *connections;
static unsigned counts[KINDS];
static uint64_t began, next_line, retry_at, due_done, next_number;
static bool warm, stopping;

static unsigned requests_of(enum kind kind)
{
	switch (kind) {
	case ONE:
		return 1;
	case LASTING:
		return options->lifetime;
	default:
		return 0;
	}
}

static void open_one(enum kind kind)
{
	const uint64_t number = next_number++;
	const struct target *target = &options->targets[number % options->target_count];
	struct connection *connection = connection_open(options, target, kind, requests_of(kind), number);

	if (!connection) {
		retry_at = now() + RETRY;
		return;
	}
	connection->previous = NULL;
	connection->following = connections;
	if (connections)
		connections->previous = connection;
	connections = connection;
	counts[kind]++;
}

void client_closed(struct connection *connection, bool failed)
{
	if (connection->previous)
		connection->previous->following = connection->following;
	else
		connections = connection->following;
	if (connection->following)
		connection->following->previous = connection->previous;
	counts[connection->kind]--;
	if (failed)
		retry_at = now() + RETRY;
}

/* As many new connections as should have been begun until `time`. */
static void keep_rate(uint64_t time)
{
	const uint64_t due = (time - began) * options->rate / 1000000;

	for (; due_done < due; due_done++) {
		if (counts[ONE] == MOST_NEW) {
			count_behind(due - due_done);
			due_done = due;
			return;
		}
		open_one(ONE);
	}
}

static void keep_lasting(uint64_t time)
{
	while (time >= retry_at && counts[PERSISTENT] < options->persistent)
		open_one(PERSISTENT);
	while (time >= retry_at && counts[LASTING] < options->lasting)
		open_one(LASTING);
}

void client_start(const struct client_options *wanted)
{
	options = wanted;
	began = now();
	next_line = began + (options->warmup ? options->warmup : options->interval) * UINT64_C(1000);
	totals_begin();
}

void client_tick(void)
{
	const uint64_t time = now();
	struct connection *following;

	if (!stopping) {
		keep_lasting(time);
		keep_rate(time);
	}
	for (struct connection *each = connections; each; each = following) {
		following = each->following;
		connection_tick(each, time, stopping);
	}
	if (stopping && !connections) {
		print_totals(true);
		loop_end();
	} else if (time >= next_line) {
		if (!warm && options->warmup)
			totals_begin();
		warm = true;
		print_totals(false);
		next_line = time + options->interval * UINT64_C(1000);
	}
}

void client_stop(void)
{
	stopping = true;
	totals_end();
}
