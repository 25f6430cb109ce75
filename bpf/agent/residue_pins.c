/* SPDX-License-Identifier: Apache-2.0 */
#include "acceleration_links.h"
#include "acceleration_set.h"
#include "links.h"
#include "pins.h"
#include "residue.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct listing {
	const struct namespaces *all;
	const char *bpffs;
	json_t *pins;
};

/* The entry of the workload: the last one, since they come in order. */
static json_t *entry_for(struct listing *listing, const char *workload)
{
	json_t *last = json_array_get(listing->pins, json_array_size(listing->pins) - 1);
	const char *name = json_string_value(json_object_get(last, "workload"));

	if (name && !strcmp(name, workload))
		return last;
	json_array_append_new(listing->pins,
			      json_pack("{s:s, s:[], s:b, s:b}", "workload", workload, "hooks", "gone",
					!namespaces_find(listing->all, workload), "accelerated",
					acceleration_links_count(listing->bpffs, workload) > 0));
	return json_array_get(listing->pins, json_array_size(listing->pins) - 1);
}

static void add(const char *workload, const struct hook *hook, const char *path, void *context)
{
	json_t *names = json_object_get(entry_for(context, workload), "hooks");
	const json_t *name;
	size_t i;

	(void)path;
	/* Its pin may wait aside beside it. */
	json_array_foreach(names, i, name) if (hook && !strcmp(json_string_value(name), hook->name)) return;
	if (hook)
		json_array_append_new(names, json_string(hook->name));
}

json_t *residue_pins_json(const struct namespaces *all)
{
	char *bpffs = bpffs_mount();
	struct listing listing = {.all = all, .bpffs = bpffs, .pins = json_array()};

	if (bpffs) {
		int lock = acceleration_set_lock(bpffs);

		/* What it waits for may have come about. */
		acceleration_set_release(bpffs);
		if (lock >= 0)
			close(lock);
		pins_visit(bpffs, add, &listing);
	}
	free(bpffs);
	return listing.pins;
}
