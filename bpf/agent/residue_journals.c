/* SPDX-License-Identifier: Apache-2.0 */
/* What lies beside the journals of switches and belongs to none, and what was one and cannot be read. */
#include "door.h"
#include "journal.h"
#include "journal_directory.h"
#include "residue.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET ".socket"

/* Somebody works on it. */
static bool is_locked(const char *path)
{
	int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB);

	if (file >= 0)
		close(file);
	return locked;
}

static enum journal_found look(const char *workload)
{
	struct failure failure = {0};
	struct journal journal;
	enum journal_found found = journal_look(workload, &journal, &failure);

	journal_close(&journal);
	failure_clear(&failure);
	return found;
}

/* The workload of a keeper's socket. The caller frees it; NULL: it is none. */
static char *workload_of_socket(const char *name)
{
	size_t length = strlen(name), suffix = strlen(SOCKET);
	char *workload;

	if (length <= suffix || strcmp(name + length - suffix, SOCKET) != 0)
		return NULL;
	workload = strndup(name, length - suffix);
	if (workload_id_valid(workload))
		return workload;
	free(workload);
	return NULL;
}

static bool is_left(const char *name, const char *path)
{
	char *workload;
	bool left;

	if (!strncmp(name, JOURNAL_DRAFT, strlen(JOURNAL_DRAFT)))
		return !is_locked(path);
	if (workload_id_valid(name))
		return look(name) == JOURNAL_FAILED && !is_locked(path);
	workload = workload_of_socket(name);
	left = workload && !door_is_kept(workload) && look(workload) == JOURNAL_NONE;
	free(workload);
	return left;
}

void residue_journals_add(json_t *files)
{
	struct dirent **entries;
	int count = scandir(JOURNAL_DIRECTORY, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = xasprintf(JOURNAL_DIRECTORY "/%s", entries[i]->d_name);
		struct stat status;

		if (!lstat(path, &status) && !S_ISDIR(status.st_mode) && is_left(entries[i]->d_name, path))
			json_array_append_new(files, json_pack("{s:o, s:I}", "path", string_json(path),
							       "size", (json_int_t)status.st_size));
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
