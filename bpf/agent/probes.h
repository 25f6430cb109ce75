/* SPDX-License-Identifier: Apache-2.0 */
/* connections/probe: real connections, made to see who takes them. */
#pragma once

#include "ends.h"
#include "namespaces.h"

/* It waits for its connect(2), for who accepts it, for nothing any more. */
enum probe_stage { PROBE_BEGINNING, PROBE_CONNECTING, PROBE_ESTABLISHED, PROBE_OVER };

struct destination {
	const char *text; /* the request's */
	struct sockaddr_storage name;
};

/* Who took a connection, as far as it was seen. */
struct acceptance {
	bool seen;
	struct tcp_socket socket; /* without an inode: nobody has accepted it, or it was closed at once */
	unsigned int misses;	  /* looks in a row that did not find it */
	long long last;		  /* when it was found last, in milliseconds; at first when it connected */
	const struct process *process;
	struct end original;
};

struct probe {
	/* What was asked for. */
	const char *id; /* the request's */
	bool outside;
	uid_t uid;
	gid_t gid;
	struct destination *destinations;
	size_t destination_count;
	struct sockaddr_storage from; /* of one from outside; AF_UNSPEC: any address of the neighbour's */
	long long patience;	      /* milliseconds */

	/* What has become of it. */
	enum probe_stage stage;
	size_t destination; /* the one that was taken */
	int socket;	    /* -1: none */
	int error;	    /* errno */
	long long deadline;
	bool established;
	struct end source, peer;
	struct acceptance accepted;
	bool completed; /* the packet that ends the handshake was let go */
};

/* One request. */
struct probes {
	struct agent *agent;
	const struct workload *workload;
	const json_t *addresses; /* the workload's own */
	struct probe *list;
	size_t count;
	struct child *children;
	size_t child_count;
	pid_t neighbour;     /* the child that made it; 0: there is none */
	int neighbour_netns; /* -1 until it is there */
};

/* Reads the params. probes_free() in either case. */
int probes_read(const json_t *params, struct probes *probes, struct failure *failure);
void probes_free(struct probes *probes);

/* Starts a child for each of those who connect: each makes its connections and hands them over. */
int probes_launch(struct probes *probes, struct failure *failure);
/* The descriptor by which the child's news come; -1: it has told all. */
int child_channel(const struct probes *probes, size_t child);
/* Takes what the child has to tell. */
int child_read(struct probes *probes, size_t child, struct failure *failure);
/* Ends all children, whatever they do. */
void children_end(struct probes *probes);

/*
 * Looks once who has taken the established connections, and decides what need not be looked for any more. The
 * first look at a connection is before its handshake ends.
 */
int acceptances_look(struct probes *probes, struct failure *failure);
/* Whether a socket of the workload is still connected to one of the neighbour's. */
int acceptances_remain(const struct probes *probes, bool *remain, struct failure *failure);
/*
 * Has connection tracking forget the connections that nobody answered. It would take a later one with the
 * same ports for them, and not ask the rules about it.
 */
int unanswered_forget(const struct probes *probes, struct failure *failure);
/* Acceptance of src/core/model/probe.ts, or null. */
json_t *acceptance_json(const struct acceptance *accepted);
