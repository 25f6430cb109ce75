/* SPDX-License-Identifier: Apache-2.0 */
/* What one running trace holds. */
#pragma once

#include "trace_ends.h"
#include "trace_logger.h"

#include <stdint.h>

/* Packets of which lines of legacy rules are told apart: the latest. */
#define TRACE_PACKETS 64
/* Lines that wait until it is known of which packet they are. */
#define TRACE_LINES 256

/* A packet that is traced: the kernel's number, and where it went as it began and as it came out. */
struct trace_packet {
	uint32_t id;
	struct trace_ends begun, out; /* a family of 0: not told yet */
};

struct trace_line {
	json_t *event;
	struct trace_ends ends;
};

struct trace {
	struct trace *next;
	char *id;
	char table[64];
	int owner;  /* the socket whose the table is */
	int events; /* what the kernel says of traced packets */
	int rules;  /* by which rules are counted */
	int timer;
	int log; /* what it says of them in legacy rules; -1: nothing */
	struct trace_logger logger;
	struct trace_packet packets[TRACE_PACKETS];
	size_t packet_count; /* of all that were ever traced */
	struct trace_line lines[TRACE_LINES];
	size_t line_count;
	unsigned int sent;
};
