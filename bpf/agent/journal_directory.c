/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_directory.h"
#include "memory.h"
#include "namespaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct names {
	char **list;
	size_t count;
};

static int check(struct failure *failure)
{
	struct stat status;

	if (lstat(JOURNAL_DIRECTORY, &status)) /* It may go with the last journal at any time. */
		return errno == ENOENT ? 0 : fail_system(failure, "lstat", JOURNAL_DIRECTORY);
	if (S_ISDIR(status.st_mode) && status.st_uid == geteuid() && !(status.st_mode & 077))
		return 0;
	return fail(failure, json_pack("{s:s, s:s}", "kind", "journal-unusable", "path", JOURNAL_DIRECTORY),
		    JOURNAL_DIRECTORY " is not a directory of root alone. Look at it, and remove it");
}

int journal_directory_make(struct failure *failure)
{
	if (mkdir(JOURNAL_DIRECTORY, 0700) && errno != EEXIST)
		return fail_system(failure, "mkdir", JOURNAL_DIRECTORY);
	return check(failure);
}

void journal_directory_remove(void)
{
	rmdir(JOURNAL_DIRECTORY);
}

/* All at once: the visitors remove what they are shown. */
static int read_names(struct names *names, struct failure *failure)
{
	DIR *directory = opendir(JOURNAL_DIRECTORY);
	const struct dirent *entry;

	*names = (struct names){0};
	if (!directory)
		return errno == ENOENT ? 0 : fail_system(failure, "opendir", JOURNAL_DIRECTORY);
	while ((entry = readdir(directory))) {
		names->list = xappend(names->list, &names->count, sizeof(*names->list));
		names->list[names->count - 1] = xstrdup(entry->d_name);
	}
	closedir(directory);
	return names->count ? check(failure) : 0;
}

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

int journal_directory_visit(journal_visitor *visit, void *context, struct failure *failure)
{
	struct names names;
	int result = read_names(&names, failure);

	for (size_t i = 0; !result && i < names.count; i++)
		if (workload_id_valid(names.list[i]))
			result = visit(names.list[i], context, failure);
	names_free(&names);
	return result;
}

/* One that is being written is locked. */
static void remove_draft(const char *name)
{
	char *path = xasprintf(JOURNAL_DIRECTORY "/%s", name);
	int draft = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (draft >= 0 && !flock(draft, LOCK_EX | LOCK_NB))
		unlink(path);
	if (draft >= 0)
		close(draft);
	free(path);
}

int journal_directory_tidy(struct failure *failure)
{
	struct names names;
	int result = read_names(&names, failure);

	for (size_t i = 0; !result && i < names.count; i++)
		if (!strncmp(names.list[i], JOURNAL_DRAFT, strlen(JOURNAL_DRAFT)))
			remove_draft(names.list[i]);
	names_free(&names);
	return result;
}
