/* SPDX-License-Identifier: Apache-2.0 */
/* What a child of connections/probe does, and how it tells the agent. */
#pragma once

#include "probes.h"

enum news_kind {
	NEWS_NEIGHBOUR, /* with the neighbour's namespace */
	NEWS_PROBE,	/* with its socket, unless `error` is final */
	NEWS_FAILURE,	/* nothing more will come */
};

struct child_news {
	enum news_kind kind;
	size_t probe, destination; /* indexes */
	int error;		   /* errno */
	char call[64], path[256];  /* of NEWS_FAILURE */
};

/* Whether the same child makes both. */
bool same_child(const struct probe *left, const struct probe *right);
/* Becomes who makes the probe `first` and all like it, makes them, tells it all on `channel`, and ends. */
_Noreturn void probe_child(const struct probes *probes, const struct probe *first, pid_t agent, int channel);
