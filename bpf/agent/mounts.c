/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"
#include "memory.h"

#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *mount_find(const char *type, const char *preferred)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[4096], *found = NULL;

	if (!mounts)
		return NULL;
	while (getmntent_r(mounts, &entry, line, sizeof(line))) {
		bool better = !strcmp(entry.mnt_dir, preferred);

		if (strcmp(entry.mnt_type, type) != 0 || (found && !better))
			continue;
		free(found);
		found = xstrdup(entry.mnt_dir);
		if (better)
			break;
	}
	endmntent(mounts);
	return found;
}
