/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"
#include "memory.h"

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mounts_visit(const char *table, const char *type, mount_visitor *visit, void *context)
{
	FILE *mounts = setmntent(table, "re");
	struct mntent entry;
	char line[4096];

	if (!mounts)
		return;
	while (getmntent_r(mounts, &entry, line, sizeof(line)))
		if (!strcmp(entry.mnt_type, type) && !visit(entry.mnt_dir, context))
			break;
	endmntent(mounts);
}

struct choice {
	const char *preferred;
	char *found;
};

static bool choose(const char *directory, void *context)
{
	struct choice *choice = context;
	bool better = !strcmp(directory, choice->preferred);

	if (!choice->found || better) {
		free(choice->found);
		choice->found = xstrdup(directory);
	}
	return !better;
}

char *mount_find(const char *type, const char *preferred)
{
	struct choice choice = {.preferred = preferred};

	mounts_visit("/proc/self/mounts", type, choose, &choice);
	return choice.found;
}
