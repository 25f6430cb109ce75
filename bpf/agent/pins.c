/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/detach, and what it shares with bpf/attach. */
#include "pins.h"
#include "hooks.h"
#include "links.h"
#include "memory.h"
#include "namespaces.h"
#include "params.h"
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define BPFFS "/sys/fs/bpf"

char *bpffs_require(struct failure *failure)
{
	char *bpffs = bpffs_mount();

	if (bpffs)
		return bpffs;
	if (!mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return xstrdup(BPFFS);
	fail(failure, json_pack("{s:s}", "kind", "bpffs-missing"),
	     "The node has no bpffs mounted, and it cannot be mounted at " BPFFS ": %s", strerror(errno));
	return NULL;
}

int pins_make_directory(const char *bpffs, const char *id, struct failure *failure)
{
	char *directories[] = {xasprintf("%s/mesh-redirect", bpffs), pin_path(bpffs, id, NULL)};
	int result = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!result && mkdir(directories[i], 0700) && errno != EEXIST)
			result = fail_system(failure, "mkdir", directories[i]);
		free(directories[i]);
	}
	return result;
}

void pins_remove_directory(const char *bpffs, const char *id)
{
	char *parent = xasprintf("%s/mesh-redirect", bpffs), *directory = pin_path(bpffs, id, NULL);

	if (!rmdir(directory))
		rmdir(parent);
	free(directory);
	free(parent);
}

char *pin_aside(const char *pin)
{
	return xasprintf("%s-old", pin);
}

int pin_remove(const char *pin)
{
	int link = bpf_obj_get(pin);

	/* Without this the kernel would detach it some time after the last reference is gone. */
	if (link >= 0) {
		bpf_link_detach(link);
		close(link);
	}
	return unlink(pin);
}

static int detach_all(const char *bpffs, const char *id, const json_t *hooks_named, json_t *detached,
		      struct failure *failure)
{
	const json_t *name;
	size_t i;

	json_array_foreach(hooks_named, i, name)
	{
		const struct hook *hook = json_is_string(name) ? hook_by_name(json_string_value(name)) : NULL;
		char *pin, *aside;
		int result;

		if (!hook)
			return fail_params(failure, "hooks must be names of hooks of eBPF mode");
		pin = pin_path(bpffs, id, hook->name);
		/* One is left there if an agent was killed while it replaced it. */
		aside = pin_aside(pin);
		pin_remove(aside);
		free(aside);
		result = pin_remove(pin);
		if (!result)
			json_array_append_new(detached, json_string(hook->name));
		else if (errno != ENOENT)
			fail_system(failure, "unlink", pin);
		free(pin);
		if (failure->code)
			return -1;
	}
	return 0;
}

json_t *verb_bpf_detach(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_t *detached = json_array();
	const json_t *hooks_named;
	char *bpffs = NULL;
	const char *id;
	int result = -1;

	(void)agent;
	/* The pins of a workload that is gone can be removed too. */
	if (param_string(params, "workload", &id, failure) ||
	    param_array(params, "hooks", &hooks_named, failure))
		goto out;
	if (!workload_id_valid(id)) {
		fail_params(failure, "workload is not an id of workloads/list: %.64s", id);
		goto out;
	}
	bpffs = bpffs_mount();
	if (bpffs) {
		result = detach_all(bpffs, id, hooks_named, detached, failure);
		pins_remove_directory(bpffs, id);
	} else {
		result = 0;
	}
out:
	free(bpffs);
	if (!result)
		return json_pack("{s:o}", "detached", detached);
	json_decref(detached);
	return NULL;
}
