/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of iptables' legacy back-end, as the kernel gives them (IPT_SO_GET_ENTRIES): whole, as bytes. */
#pragma once

#include "agent.h"
#include "saved_rules.h"
#include "tools.h"

/* There are five, and none has a long name. */
#define LEGACY_TABLES_MAX 8
#define LEGACY_NAME_SIZE 32

struct legacy_names {
	char list[LEGACY_TABLES_MAX][LEGACY_NAME_SIZE];
	size_t count;
};

/*
 * The tables that are there. Asking iptables-legacy-save itself would create the one that it is asked for,
 * and an older one loads modules first.
 */
int legacy_names_read(struct agent *agent, int netns, enum family family, struct legacy_names *names,
		      struct failure *failure);
bool legacy_names_have(const struct legacy_names *names, const char *name);

/* What of a table is told without reading it: something of it is another once a rule has come or gone. */
struct legacy_outline {
	uint32_t size; /* bytes */
	uint64_t digest;
};

/* Called for each rule, chain by chain, and for the policy at the end of each built-in chain. */
typedef void legacy_visitor(void *context, struct piece chain, bool is_policy, struct counted counted);

/* A socket to ask with, of the namespace. -1 with errno set. */
int legacy_socket(const struct agent *agent, int netns, enum family family);
/* -1 with errno set; ENOENT: there is no such table. */
int legacy_outline_read(int socket, enum family family, const char *name, struct legacy_outline *outline);
/*
 * Reads a table. `digest` is another when a rule is, and does not turn on counters. -1 with errno set;
 * EAGAIN: the table has changed since its outline was read.
 */
int legacy_table_read(int socket, enum family family, const char *name, const struct legacy_outline *outline,
		      legacy_visitor *visit, void *context, uint64_t *digest);
