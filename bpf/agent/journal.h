/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of one switch: /run/mesh-redirect/<workload>, a file of root's. It begins with a head of one
 * length, which is rewritten in place, so that a full file system cannot stop it; then comes a line for each
 * step, of the rules before it; then the request as JSON. Whoever works on it holds a lock (flock(2)), which
 * the programs that it runs inherit: the lock is free once nothing can happen any more.
 */
#pragma once

#include "failure.h"
#include "sha256.h"
#include "switch_request.h"
#include "switch_state.h"

#include <stdbool.h>

/* What is rewritten. */
struct progress {
	enum switch_state state;
	unsigned int begun;  /* steps: so many were begun, */
	unsigned int done;   /* and so many have ended well: `begun`, or one less */
	unsigned int undone; /* of those begun, the last first */
};

struct journal {
	char workload[24];
	json_t *request; /* with `boot` and `started` */
	unsigned int steps;
	struct progress progress;
	int file;
};

enum journal_found {
	JOURNAL_NONE,	/* there is none */
	JOURNAL_HELD,	/* somebody works on it */
	JOURNAL_FREE,	/* nobody does */
	JOURNAL_FAILED, /* it cannot be used: `failure` says why */
};

/*
 * Writes a journal whole, locked, under a name of its own, of a request that was checked. Fails without a
 * trace, also where there is no room. journal_close() in either case.
 */
int journal_write(struct journal *journal, const json_t *request, struct failure *failure);
/* Gives it its name. Returns 1 if there is one already; then, and after a failure, it is gone. */
int journal_publish(struct journal *journal, struct failure *failure);

/* Reads it as it is at this moment, whoever works on it. journal_close() in any case. */
enum journal_found journal_look(const char *workload, struct journal *journal, struct failure *failure);
/* Takes its lock, if it is free, and reads it. journal_close() in any case. */
enum journal_found journal_take(const char *workload, struct journal *journal, struct failure *failure);

/* Writes `progress` down. The kernel has it, whole, before this returns. */
int journal_mark(const struct journal *journal, struct failure *failure);
/* Writes down what the rules are before a step, and reads it. "-...": nothing was written. */
int journal_note_before(const struct journal *journal, unsigned int step, const char *digest,
			struct failure *failure);
int journal_before(const struct journal *journal, unsigned int step, char digest[SHA256_TEXT],
		   struct failure *failure);

/* Removes the journal and its socket, and the directory with the last one. */
void journal_remove(const struct journal *journal);
/* Lets go of it, and of the lock if no other process has it too. */
void journal_close(struct journal *journal);
/* "/run/mesh-redirect/<workload>" and, with a suffix, ".<suffix>". The caller frees it. */
char *journal_path(const char *workload, const char *suffix);
