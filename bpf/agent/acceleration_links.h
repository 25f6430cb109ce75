/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a workload's sockets are seen: tc links (tcx, Linux 6.6) at the ingress of lo and of each Ethernet
 * interface of its network, pinned as <bpffs>/mesh-redirect/<workload>/join-<interface's index>.
 */
#pragma once

#include "failure.h"
#include "namespaces.h"

#include <stdbool.h>
#include <stddef.h>

/* All or nothing; those that were there before give way. Returns how many there are, or -1. */
int acceleration_links_make(const struct agent *agent, const char *bpffs, const struct workload *workload,
			    int program, struct failure *failure);
/* Detaches them, also of a workload that is gone. */
void acceleration_links_remove(const char *bpffs, const char *workload);
/* Whether a pin in a workload's directory is one of these, by its name. */
bool acceleration_links_is_pin(const char *name);
/* How many are pinned. */
size_t acceleration_links_count(const char *bpffs, const char *workload);
