/* SPDX-License-Identifier: Apache-2.0 */
/* What is written to a journal while a switch goes on: in place, so that it needs no more room. */
#include "journal.h"
#include "journal_directory.h"
#include "journal_head.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_at(const struct journal *journal, const char *bytes, size_t length, off_t at,
		    struct failure *failure)
{
	ssize_t count = pwrite(journal->file, bytes, length, at);

	if (count == (ssize_t)length)
		return 0;
	if (count >= 0)
		errno = EIO;
	return fail_system(failure, "pwrite", JOURNAL_DIRECTORY);
}

static int read_at(const struct journal *journal, char *bytes, size_t length, off_t at,
		   struct failure *failure)
{
	ssize_t count = pread(journal->file, bytes, length, at);

	bytes[length] = 0;
	if (count == (ssize_t)length)
		return 0;
	if (count >= 0)
		errno = EIO;
	return fail_system(failure, "pread", JOURNAL_DIRECTORY);
}

static off_t line_of(unsigned int step)
{
	return JOURNAL_HEAD + (off_t)step * JOURNAL_LINE;
}

int journal_mark(const struct journal *journal, struct failure *failure)
{
	char head[JOURNAL_HEAD];

	journal_head_text(journal, head);
	return write_at(journal, head, sizeof(head), 0, failure);
}

int journal_note_before(const struct journal *journal, unsigned int step, const char *digest,
			struct failure *failure)
{
	return write_at(journal, digest, JOURNAL_DIGEST, line_of(step), failure);
}

int journal_before(const struct journal *journal, unsigned int step, char digest[SHA256_TEXT],
		   struct failure *failure)
{
	return read_at(journal, digest, JOURNAL_DIGEST, line_of(step), failure);
}

int journal_note_undo(const struct journal *journal, unsigned int step, unsigned int call, const char *digest,
		      struct failure *failure)
{
	char text[JOURNAL_UNDO_TEXT + 1];

	snprintf(text, sizeof(text), "%0*u:%s", JOURNAL_UNDO_NUMBER, call, digest);
	return write_at(journal, text, JOURNAL_UNDO_TEXT, line_of(step) + JOURNAL_UNDO, failure);
}

int journal_undo(const struct journal *journal, unsigned int step, int *call, char digest[SHA256_TEXT],
		 struct failure *failure)
{
	char text[JOURNAL_UNDO_TEXT + 1];
	unsigned int number;

	if (read_at(journal, text, JOURNAL_UNDO_TEXT, line_of(step) + JOURNAL_UNDO, failure))
		return -1;
	*call = sscanf(text, "%2u:", &number) == 1 ? (int)number : -1;
	memcpy(digest, text + JOURNAL_UNDO_NUMBER + 1, SHA256_TEXT);
	return 0;
}
