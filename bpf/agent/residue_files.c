/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that the extension put on the node. src/nodes/agent/bootstrap.ts and install.ts say where, and under
 * which names; a test compares.
 */
#include "processes.h"
#include "residue.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const directories[] = {
    "/var/lib/mesh-redirect",
    "/opt/mesh-redirect",
    "/usr/local/lib/mesh-redirect",
    "/root/.mesh-redirect",
};

/* An agent: this, and digits of its SHA-256. */
#define AGENT "agent-"
#define AGENT_DIGITS 16

/* What is there only while a shell does something: each is followed by the shell's number. */
static const char *const passing[] = {".upload-", ".probe-"};

struct file_id {
	dev_t device;
	ino_t inode;
};

/* What the processes of the node run. */
struct programs {
	struct file_id *list;
	size_t count;
};

static void add_program(pid_t pid, void *context)
{
	struct programs *programs = context;
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (stat(path, &status)) /* It has ended, or is the kernel's. */
		return;
	programs->list = xappend(programs->list, &programs->count, sizeof(*programs->list));
	programs->list[programs->count - 1] =
	    (struct file_id){.device = status.st_dev, .inode = status.st_ino};
}

static bool is_running(const struct programs *programs, const struct stat *status)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->list[i].device == status->st_dev && programs->list[i].inode == status->st_ino)
			return true;
	return false;
}

static bool is_agent(const char *name)
{
	const char *digits = name + strlen(AGENT);

	return !strncmp(name, AGENT, strlen(AGENT)) && strspn(digits, "0123456789abcdef") == AGENT_DIGITS &&
	       !digits[AGENT_DIGITS];
}

static bool is_left_by_shell(const char *name)
{
	for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++) {
		const char *number = name + strlen(passing[i]);
		size_t digits;

		if (strncmp(name, passing[i], strlen(passing[i])) != 0)
			continue;
		digits = strspn(number, "0123456789");
		return digits && digits < 10 && !number[digits] && kill(atoi(number), 0) && errno == ESRCH;
	}
	return false;
}

static int is_left(const struct dirent *entry)
{
	return is_agent(entry->d_name) || is_left_by_shell(entry->d_name);
}

static void add_files(const char *directory, const struct programs *programs, json_t *files)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_left, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = xasprintf("%s/%s", directory, entries[i]->d_name);
		struct stat status;

		if (!lstat(path, &status) && S_ISREG(status.st_mode) && !is_running(programs, &status))
			json_array_append_new(
			    files, json_pack("{s:s, s:I}", "path", path, "size", (json_int_t)status.st_size));
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

json_t *residue_files_json(struct failure *failure)
{
	struct programs programs = {0};
	json_t *files = NULL;

	/* Their own file is needed by agents of others, of other versions too, and by keepers. */
	if (!processes_visit(add_program, &programs, failure)) {
		files = json_array();
		for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
			add_files(directories[i], &programs, files);
		residue_journals_add(files);
	}
	free(programs.list);
	return files;
}

int residue_remove_file(const char *path, struct failure *failure)
{
	char *directory;

	if (unlink(path) && errno != ENOENT)
		return fail_system(failure, "unlink", path);
	/* It goes with the last file. */
	directory = strndup(path, (size_t)(strrchr(path, '/') - path));
	rmdir(directory);
	free(directory);
	return 0;
}
