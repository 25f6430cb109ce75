/* SPDX-License-Identifier: Apache-2.0 */
/* What the playground's programs do with themselves as they start. Each of these ends the process where it
 * fails. */
#pragma once

#include <sys/types.h>

/* A decimal number up to `max`, of the command line. */
unsigned long number(const char *text, unsigned long max);

/* As many open files as this process may have. */
void allow_many_files(void);

/* Becomes this user, and its group of the same number, if it is root now. */
void become(uid_t uid);
