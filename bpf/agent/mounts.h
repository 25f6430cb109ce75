/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* False: enough is seen. */
typedef bool mount_visitor(const char *directory, void *context);
/* Visits where file systems of this type are mounted by a table such as /proc/self/mounts; none if it is
 * gone. */
void mounts_visit(const char *table, const char *type, mount_visitor *visit, void *context);

/*
 * Where a file system of this type is mounted, `preferred` if it is among several; NULL if nowhere. The
 * caller frees it. Hybrid nodes have cgroup v2 below /sys/fs/cgroup, so nothing is assumed.
 */
char *mount_find(const char *type, const char *preferred);
