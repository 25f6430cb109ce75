/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"
#include "door.h"
#include "frame.h"
#include "journal_directory.h"
#include "journal_head.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A request with all that a message may have, and the lines of its steps. */
#define JOURNAL_SIZE_MAX (FRAME_MAX + JOURNAL_HEAD + SWITCH_STEPS_MAX * JOURNAL_LINE)

char *journal_path(const char *workload, const char *suffix)
{
	return suffix ? xasprintf(JOURNAL_DIRECTORY "/%s.%s", workload, suffix)
		      : xasprintf(JOURNAL_DIRECTORY "/%s", workload);
}

static char *draft_path(const struct journal *journal)
{
	return xasprintf(JOURNAL_DIRECTORY "/" JOURNAL_DRAFT "%s-%d", journal->workload, getpid());
}

static int fail_unusable(struct failure *failure, const char *path, const char *why)
{
	return fail(failure, json_pack("{s:s, s:s}", "kind", "journal-unusable", "path", path),
		    "%s is not a switch's journal: %s. Look at it, and remove it", path, why);
}

static void set_request(struct journal *journal, json_t *request)
{
	journal->request = request;
	journal->steps = (unsigned int)json_array_size(json_object_get(request, "steps"));
}

static void compose(const struct journal *journal, struct buffer *bytes)
{
	char *request = json_dumps(journal->request, JSON_COMPACT);
	char *line = buffer_reserve(bytes, JOURNAL_HEAD + (size_t)journal->steps * JOURNAL_LINE);

	if (!request) /* Only running out of memory. */
		abort();
	journal_head_text(journal, line);
	line += JOURNAL_HEAD;
	for (unsigned int i = 0; i < journal->steps; i++, line += JOURNAL_LINE) {
		memset(line, '-', JOURNAL_LINE - 1);
		line[JOURNAL_LINE - 1] = '\n';
	}
	bytes->length = JOURNAL_HEAD + (size_t)journal->steps * JOURNAL_LINE;
	buffer_append(bytes, request, strlen(request));
	free(request);
}

static int write_all(int file, const char *path, const struct buffer *bytes, struct failure *failure)
{
	size_t written = 0;

	while (written < bytes->length) {
		ssize_t count = write(file, bytes->data + written, bytes->length - written);

		if (count < 0 && errno != EINTR)
			return fail_system(failure, "write", path);
		if (count > 0)
			written += (size_t)count;
	}
	return 0;
}

static int create(const char *path, struct failure *failure)
{
	/* The last switch of another workload may remove the directory just now. */
	for (int i = 0; i < 100; i++) {
		int file;

		if (journal_directory_make(failure))
			return -1;
		/* Programs that work on it inherit the lock: so no O_CLOEXEC. */
		file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
		if (file >= 0)
			return file;
		/* A killed agent that had our number was writing one. */
		if (errno == EEXIST)
			unlink(path);
		else if (errno != ENOENT)
			break;
	}
	return fail_system(failure, "open", path);
}

/* Whether the file that is open still is the one of this name: its keeper may have ended meanwhile. */
static bool is_at(const char *path, const struct stat *status)
{
	struct stat there;

	return !lstat(path, &there) && there.st_ino == status->st_ino && there.st_dev == status->st_dev;
}

/* `switch/recover` removes a draft that nobody has locked: one may be gone before it is. */
static int create_locked(const char *path, struct failure *failure)
{
	for (;;) {
		int file = create(path, failure);
		struct stat status;

		if (file < 0)
			return -1;
		if (flock(file, LOCK_EX) || fstat(file, &status))
			fail_system(failure, "flock", path);
		else if (is_at(path, &status))
			return file;
		close(file);
		if (failure->code) {
			unlink(path);
			return -1;
		}
	}
}

int journal_write(struct journal *journal, const json_t *request, struct failure *failure)
{
	struct buffer bytes = {0};
	char *path;
	int result = -1;

	*journal = (struct journal){.file = -1};
	snprintf(journal->workload, sizeof(journal->workload), "%s", switch_text(request, "workload"));
	set_request(journal, json_incref((json_t *)request));
	path = draft_path(journal);
	journal->file = create_locked(path, failure);
	if (journal->file >= 0) {
		compose(journal, &bytes);
		result = write_all(journal->file, path, &bytes, failure);
		if (result)
			unlink(path);
	}
	if (result)
		journal_directory_remove();
	buffer_free(&bytes);
	free(path);
	return result;
}

int journal_publish(struct journal *journal, struct failure *failure)
{
	char *draft = draft_path(journal), *path = journal_path(journal->workload, NULL);
	int result = 0;

	if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE)) {
		result = errno == EEXIST ? 1 : fail_system(failure, "renameat2", path);
		unlink(draft);
	}
	free(draft);
	free(path);
	return result;
}

static int check_file(int file, const char *path, struct stat *status, struct failure *failure)
{
	if (fstat(file, status))
		return fail_system(failure, "fstat", path);
	if (!S_ISREG(status->st_mode))
		return fail_unusable(failure, path, "it is not a file");
	if (status->st_uid != geteuid() || status->st_mode & 077)
		return fail_unusable(failure, path, "others than root can change or read it");
	if (status->st_size < JOURNAL_HEAD || status->st_size > JOURNAL_SIZE_MAX)
		return fail_unusable(failure, path, "no journal has this size");
	return 0;
}

static int read_file(int file, const char *path, size_t size, struct buffer *bytes, struct failure *failure)
{
	ssize_t count = pread(file, buffer_reserve(bytes, size), size, 0);

	if (count < 0)
		return fail_system(failure, "pread", path);
	bytes->length = (size_t)count;
	return bytes->length == size ? 0 : fail_unusable(failure, path, "it is cut");
}

static int parse(struct journal *journal, const char *path, const struct buffer *bytes,
		 struct failure *failure)
{
	struct failure problem = {0};
	json_t *request;
	size_t start;

	if (!journal_head_parse(bytes->data, journal))
		return fail_unusable(failure, path, "its head is not a journal's");
	start = JOURNAL_HEAD + (size_t)journal->steps * JOURNAL_LINE;
	request = start < bytes->length
		      ? json_loadb(bytes->data + start, bytes->length - start, JSON_REJECT_DUPLICATES, NULL)
		      : NULL;
	if (!request)
		return fail_unusable(failure, path, "it has no request");
	if (switch_journal_check(request, &problem))
		fail_unusable(failure, path, problem.message);
	else if (strcmp(switch_text(request, "workload"), journal->workload) != 0)
		fail_unusable(failure, path, "it is of another workload");
	else if (json_array_size(json_object_get(request, "steps")) != journal->steps)
		fail_unusable(failure, path, "its head is of another number of steps");
	else
		journal->request = json_incref(request);
	json_decref(request);
	failure_clear(&problem);
	return journal->request ? 0 : -1;
}

static enum journal_found open_and_read(const char *workload, struct journal *journal, int lock,
					struct failure *failure)
{
	char *path = journal_path(workload, NULL);
	enum journal_found found = JOURNAL_FAILED;
	struct buffer bytes = {0};
	struct stat status;

	*journal = (struct journal){.file = -1};
	snprintf(journal->workload, sizeof(journal->workload), "%s", workload);
	/* Whatever it is, opening it does not wait. */
	journal->file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (journal->file < 0) {
		if (errno == ENOENT)
			found = JOURNAL_NONE;
		else if (errno == ELOOP || errno == EISDIR || errno == ENXIO)
			fail_unusable(failure, path, "it is not a file");
		else
			fail_system(failure, "open", path);
	} else if (!check_file(journal->file, path, &status, failure)) {
		if (!flock(journal->file, lock | LOCK_NB))
			found = JOURNAL_FREE;
		else if (errno == EWOULDBLOCK)
			found = JOURNAL_HELD;
		else
			fail_system(failure, "flock", path);
		if (found == JOURNAL_FREE && !is_at(path, &status))
			found = JOURNAL_NONE;
		else if (found != JOURNAL_FAILED &&
			 (read_file(journal->file, path, (size_t)status.st_size, &bytes, failure) ||
			  parse(journal, path, &bytes, failure)))
			found = JOURNAL_FAILED;
	}
	buffer_free(&bytes);
	free(path);
	return found;
}

enum journal_found journal_look(const char *workload, struct journal *journal, struct failure *failure)
{
	enum journal_found found = open_and_read(workload, journal, LOCK_SH, failure);

	if (journal->file >= 0)
		flock(journal->file, LOCK_UN);
	return found;
}

enum journal_found journal_take(const char *workload, struct journal *journal, struct failure *failure)
{
	return open_and_read(workload, journal, LOCK_EX, failure);
}

void journal_remove(const struct journal *journal)
{
	char *path = journal_path(journal->workload, NULL);

	/* The journal last: without one nobody would look for the socket. */
	door_remove(journal->workload);
	unlink(path);
	journal_directory_remove();
	free(path);
}

void journal_close(struct journal *journal)
{
	json_decref(journal->request);
	if (journal->file >= 0)
		close(journal->file);
	*journal = (struct journal){.file = -1};
}
