/* SPDX-License-Identifier: Apache-2.0 */
#include "acceleration_links.h"
#include "memory.h"
#include "namespaces.h"
#include "pins.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The hook that a pin, or one that waits aside, is called after. */
static const struct hook *hook_of_name(const char *name)
{
	for (size_t i = 0; i < HOOKS; i++) {
		char *aside = pin_aside(hooks[i].name);
		bool is = !strcmp(name, hooks[i].name) || !strcmp(name, aside);

		free(aside);
		if (is)
			return &hooks[i];
	}
	return NULL;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_workload(const struct dirent *entry)
{
	return workload_id_valid(entry->d_name);
}

static void visit_workload(const char *directory, const char *workload, pin_visitor *visit, void *context)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_visible, alphasort);

	if (count == 0)
		visit(workload, NULL, directory, context);
	for (int i = 0; i < count; i++) {
		const struct hook *hook = hook_of_name(entries[i]->d_name);
		char *path = xasprintf("%s/%s", directory, entries[i]->d_name);

		if (hook || acceleration_links_is_pin(entries[i]->d_name))
			visit(workload, hook, path, context);
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

void pins_visit(const char *bpffs, pin_visitor *visit, void *context)
{
	char *top = xasprintf("%s/mesh-redirect", bpffs);
	struct dirent **entries;
	int count = scandir(top, &entries, is_workload, alphasort);

	for (int i = 0; i < count; i++) {
		char *directory = xasprintf("%s/%s", top, entries[i]->d_name);

		visit_workload(directory, entries[i]->d_name, visit, context);
		free(directory);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(top);
}
