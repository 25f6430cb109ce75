/* SPDX-License-Identifier: Apache-2.0 */
#include "conditions.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#define XTABLES_LOCK "/run/xtables.lock"
#define LOCKDOWN "/sys/kernel/security/lockdown"

bool xtables_lock_held(void)
{
	int lock = open(XTABLES_LOCK, O_RDONLY | O_CLOEXEC);
	bool held;

	if (lock < 0)
		return false; /* The first tool that needs it makes it. */
	held = flock(lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(lock);
	return held;
}

/* `none [integrity] confidentiality`: what is in brackets is in force. Null where the kernel does not tell.
 */
static json_t *lockdown_json(void)
{
	char text[128], *first, *last;
	int file = open(LOCKDOWN, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (file < 0)
		return json_null();
	length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length <= 0)
		return json_null();
	text[length] = '\0';
	first = strchr(text, '[');
	last = first ? strchr(first, ']') : NULL;
	if (!last)
		return json_null();
	*last = '\0';
	return string_json(first + 1);
}

/* Bytes; null where there is no limit. */
static json_t *memlock_json(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_max == RLIM_INFINITY)
		return json_null();
	return json_integer((json_int_t)limit.rlim_max);
}

json_t *conditions_json(void)
{
	return json_pack("{s:o, s:o, s:b}", "lockdown", lockdown_json(), "memlock", memlock_json(),
			 "xtablesLocked", xtables_lock_held());
}
