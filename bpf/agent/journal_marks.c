/* SPDX-License-Identifier: Apache-2.0 */
/* What is written to a journal while a switch goes on: in place, so that it needs no more room. */
#include "journal.h"
#include "journal_directory.h"
#include "journal_head.h"

#include <errno.h>
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
	return write_at(journal, digest, SHA256_TEXT - 1, line_of(step), failure);
}

int journal_before(const struct journal *journal, unsigned int step, char digest[SHA256_TEXT],
		   struct failure *failure)
{
	return read_at(journal, digest, SHA256_TEXT - 1, line_of(step), failure);
}
