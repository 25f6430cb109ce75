/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a journal and the lines of its steps, as bytes. People can read them, too. A line has what the
 * rules were before the step, a blank, the number of the call of its undo that was begun last, a colon, and
 * what the rules were before that. "-": nothing yet.
 */
#pragma once

#include "journal.h"

#define JOURNAL_HEAD 128
#define JOURNAL_DIGEST (SHA256_TEXT - 1)
#define JOURNAL_UNDO (JOURNAL_DIGEST + 1) /* where that of the undo begins */
#define JOURNAL_UNDO_NUMBER 2		  /* digits */
#define JOURNAL_UNDO_TEXT (JOURNAL_UNDO_NUMBER + 1 + JOURNAL_DIGEST)
#define JOURNAL_LINE (JOURNAL_UNDO + JOURNAL_UNDO_TEXT + 1) /* with a line feed */

void journal_head_text(const struct journal *journal, char text[JOURNAL_HEAD]);
/* Fills `steps` and `progress`; false if it is not exactly a head. */
bool journal_head_parse(const char text[JOURNAL_HEAD], struct journal *journal);
/* A line on which nothing is noted yet. */
void journal_line_text(char text[JOURNAL_LINE]);
