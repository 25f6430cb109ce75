/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the client. */
#pragma once

#include "load.h"
#include "../shared/loop.h"

/* Requests that may be unanswered at once, in bulk. */
#define DEPTH 16

enum kind {
	ONE,
	LASTING,
	PERSISTENT,
	KINDS,
};

struct connection {
	struct watched watched; /* first: the loop hands us this */
	const struct client_options *options;
	const struct target *target;
	struct connection *previous, *following;
	enum kind kind;
	enum { CONNECTING, ASKING, RESTING, LEAVING } state;
	uint64_t number;
	uint64_t limit; /* requests after which it is closed; 0: none */
	uint64_t asked, answered;
	uint64_t began;		  /* the last change of state but to ASKING, in microseconds */
	uint64_t asked_at[DEPTH]; /* by sequence */
	size_t sent;		  /* of the request at hand */
	size_t received;	  /* of the answer at hand */
	struct frame request, answer;
	uint32_t events;
	bool stopping;
};

/* Begins to connect. NULL: it failed at once, and that was counted. */
struct connection *connection_open(const struct client_options *options, const struct target *target,
				   enum kind kind, unsigned limit, uint64_t number);

/* What is to be done at this time: the next request, no more requests, no more patience. */
void connection_tick(struct connection *connection, uint64_t time, bool stopping);

/* client.c: the connection is closed, and about to be freed. */
void client_closed(struct connection *connection, bool failed);
