/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

int boot_id_read(char id[BOOT_ID_TEXT], struct failure *failure)
{
	int file = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (file < 0)
		return fail_system(failure, "open", BOOT_ID_FILE);
	memset(id, 0, BOOT_ID_TEXT);
	length = read(file, id, BOOT_ID_TEXT - 1);
	close(file);
	if (length != BOOT_ID_TEXT - 1)
		return fail_system(failure, "read", BOOT_ID_FILE);
	return 0;
}
