/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a journal and the lines of its steps, as bytes. People can read them, too. */
#pragma once

#include "journal.h"

#define JOURNAL_HEAD 128
#define JOURNAL_LINE SHA256_TEXT /* a digest and a line feed */

void journal_head_text(const struct journal *journal, char text[JOURNAL_HEAD]);
/* Fills `steps` and `progress`; false if it is not exactly a head. */
bool journal_head_parse(const char text[JOURNAL_HEAD], struct journal *journal);
