/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "failure.h"

#define JOURNAL_DIRECTORY "/run/mesh-redirect"
/* How a journal is called while it is written: no workload is called so. */
#define JOURNAL_DRAFT "new-"

/* Makes the directory of the journals, if it is not there; fails unless it is root's alone. */
int journal_directory_make(struct failure *failure);
/* Removes it if nothing is left in it. */
void journal_directory_remove(void);

typedef int journal_visitor(const char *workload, void *context, struct failure *failure);
/* Visits each workload that has a journal, until one fails. There are none where there is no directory. */
int journal_directory_visit(journal_visitor *visit, void *context, struct failure *failure);
/* Removes what agents were writing when they were killed. */
int journal_directory_tidy(struct failure *failure);
