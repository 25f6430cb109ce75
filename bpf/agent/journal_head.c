/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_head.h"

#include <stdio.h>
#include <string.h>

void journal_head_text(const struct journal *journal, char text[JOURNAL_HEAD])
{
	const struct progress *progress = &journal->progress;
	char line[JOURNAL_HEAD];
	int length = snprintf(line, sizeof(line),
			      "mesh-redirect journal 1: %s, of %u steps %u begun, %u done, %u taken back",
			      switch_state_names[progress->state], journal->steps, progress->begun,
			      progress->done, progress->undone);

	memset(text, ' ', JOURNAL_HEAD);
	memcpy(text, line, (size_t)length);
	text[JOURNAL_HEAD - 1] = '\n';
}

static bool parse_state(const char *name, enum switch_state *state)
{
	for (*state = 0; *state < SWITCH_STATES; (*state)++)
		if (!strcmp(switch_state_names[*state], name))
			return true;
	return false;
}

bool journal_head_parse(const char text[JOURNAL_HEAD], struct journal *journal)
{
	struct progress *progress = &journal->progress;
	char line[JOURNAL_HEAD], again[JOURNAL_HEAD], state[16];

	memcpy(line, text, JOURNAL_HEAD - 1);
	line[JOURNAL_HEAD - 1] = 0;
	if (sscanf(line, "mesh-redirect journal 1: %15[^,], of %5u steps %5u begun, %5u done, %5u taken back",
		   state, &journal->steps, &progress->begun, &progress->done, &progress->undone) != 5 ||
	    !parse_state(state, &progress->state))
		return false;
	/* What is not written in exactly this way was not written by an agent. */
	journal_head_text(journal, again);
	return !memcmp(text, again, JOURNAL_HEAD) && journal->steps <= SWITCH_STEPS_MAX &&
	       progress->begun <= journal->steps && progress->done <= progress->begun &&
	       progress->begun <= progress->done + 1 && progress->undone <= progress->begun;
}
