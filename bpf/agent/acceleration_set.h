/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What acceleration has once on a node, pinned below <bpffs>/mesh-redirect/acceleration: the program that
 * lets sockets join, and the maps. It is there while a workload is accelerated, and until the last connection
 * that joined has closed, because the kernel drops what waits in a sockhash that is freed.
 */
#pragma once

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Open descriptors. */
struct acceleration_set {
	int join; /* the program */
	int workloads;
	int sockets;
};

/* False if the node has none. acceleration_set_close() in either case. */
bool acceleration_set_open(const char *bpffs, struct acceleration_set *set);
/*
 * As above; where there is none, it is loaded from the request's object. Returns -1 with `failure` filled;
 * `map-mismatch`: there is one of another version, and its connections are still open.
 */
int acceleration_set_require(const char *bpffs, const json_t *params, struct acceleration_set *set,
			     struct failure *failure);
void acceleration_set_close(struct acceleration_set *set);
/*
 * Whoever makes or removes it does so alone on the node, until what this gives is closed; also by being
 * killed. -1 where it cannot be had: then nobody is kept away.
 */
int acceleration_set_lock(const char *bpffs);
/*
 * Removes it if no workload is accelerated, and no socket is in `sockets` any more; and what an agent was
 * killed over while it made one.
 */
void acceleration_set_release(const char *bpffs);
/* How many sockets have joined and are still open. */
size_t acceleration_set_sockets(const struct acceleration_set *set);
