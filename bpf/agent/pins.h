/* SPDX-License-Identifier: Apache-2.0 */
/* Our directories in bpffs. */
#pragma once

#include "failure.h"
#include "hooks.h"

/* Where bpffs is, mounting it at /sys/fs/bpf if it is nowhere; else `bpffs-missing`. The caller frees it. */
char *bpffs_require(struct failure *failure);
/* Makes the workload's directory, for root alone. */
int pins_make_directory(const char *bpffs, const char *id, struct failure *failure);
/* Removes it, and ours above it, as far as they are empty. */
void pins_remove_directory(const char *bpffs, const char *id);
/* Where a pin waits while another takes its place; no dots: bpffs refuses them. The caller frees it. */
char *pin_aside(const char *pin);
/* Detaches the link that is pinned there and removes the pin. Returns -1 with errno set; ENOENT: none is. */
int pin_remove(const char *pin);

/* `hook` is NULL for a directory with nothing in it, and for acceleration's links. */
typedef void pin_visitor(const char *workload, const struct hook *hook, const char *path, void *context);
/* Visits our pins in a bpffs, also those that wait aside, in the order of their workloads and names. */
void pins_visit(const char *bpffs, pin_visitor *visit, void *context);
