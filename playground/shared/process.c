// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <err.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *text == '-' || *end != '\0' || value > max)
		errx(2, "not a number up to %lu: %s", max, text);
	return value;
}

void allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		err(1, "RLIMIT_NOFILE");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		err(1, "RLIMIT_NOFILE");
}

void become(uid_t uid)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		err(1, "become user %u", uid);
}
