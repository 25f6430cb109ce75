/* SPDX-License-Identifier: Apache-2.0 */
/* What one running agent holds. */
#pragma once

#include "memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PROTOCOL 1

struct followed;
struct load;
struct rules_written;
struct tool;
struct trace;
struct watch;

struct agent {
	int own_netns;	      /* where it returns to after a look into another namespace */
	int control_port;     /* of the SSH connection that leads here, in that namespace; 0: none is known */
	struct buffer output; /* framed messages that stdout has not taken yet */
	struct tool *tools;   /* the node's iptables; NULL until looked for */
	size_t tool_count;
	struct load *loads; /* newest first */
	unsigned int last_load;
	struct watch *watches;
	struct trace *traces;
	unsigned int last_trace;
	struct followed *followed;	     /* the switches that it has begun */
	struct rules_written *rules_written; /* NULL: nobody has asked who writes rules */
	bool measuring;			     /* the kernel counts how long programs run, */
	int statistics;			     /* as long as this descriptor is open */
};

/* Speaks JSON-RPC on stdin and stdout until stdin ends or SIGTERM comes. Returns the exit code. */
int serve(struct agent *agent);
/* Prints what the node can do. Returns the exit code. */
int probe(struct agent *agent);

/* A client that leaves more than this unread gets no further answers, and is told of no further commands. */
#define UNREAD_MAX (8 * 1024 * 1024)

/* Queues a notification; takes the reference to `params`. */
void notify(struct agent *agent, const char *method, json_t *params);
/* Queues a `log` notification. `argv` may be NULL. */
void log_message(struct agent *agent, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
