/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a file system of this type is mounted, `preferred` if it is among several; NULL if nowhere. The
 * caller frees it. Hybrid nodes have cgroup v2 below /sys/fs/cgroup, so nothing is assumed.
 */
char *mount_find(const char *type, const char *preferred);
