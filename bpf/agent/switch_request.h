/* SPDX-License-Identifier: Apache-2.0 */
/* What `switch/apply` takes, and what a journal holds. */
#pragma once

#include "failure.h"

#include <stdbool.h>

#define SWITCH_ID_TEXT 33 /* 32 hexadecimal digits and a zero */
#define SWITCH_STEPS_MAX 1000

/* Whether `id` could be one of a switch. */
int switch_id_check(const char *id, struct failure *failure);
/* Whether it is one, as docs/agent-protocol.md has it. After that its fields can be taken without a look. */
int switch_request_check(const json_t *request, struct failure *failure);
/* `started` and `boot` of it too, which are the journal's own. */
int switch_journal_check(const json_t *request, struct failure *failure);
/* A string of one that was checked. */
const char *switch_text(const json_t *request, const char *name);
/* Whether the call writes rules. */
bool call_is_restore(const json_t *call);
