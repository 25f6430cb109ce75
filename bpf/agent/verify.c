/* SPDX-License-Identifier: Apache-2.0 */
/* workload/verify */
#include "cgroups.h"
#include "hooks.h"
#include "links.h"
#include "namespaces.h"
#include "params.h"
#include "rulesets.h"
#include "text.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Adds a line to what is not as planned; takes it. */
static void complain(json_t *what, char *line)
{
	json_array_append_new(what, string_json(line));
	free(line);
}

/* The lines of one table. */
struct table {
	const char *family, *backend;
	char **lines; /* inside `text` */
	size_t count;
	char *text;
};

static void split(struct table *table)
{
	char *rest = table->text, *line;

	while ((line = strsep(&rest, "\n"))) {
		table->lines = xappend(table->lines, &table->count, sizeof(*table->lines));
		table->lines[table->count - 1] = line;
	}
}

/* The length of "-A CHAIN ", with the blank: lines of one chain begin alike. */
static size_t chain_length(const char *line)
{
	const char *end = strncmp(line, "-A ", 3) ? NULL : strchr(line + 3, ' ');

	return end ? (size_t)(end - line) + 1 : strlen(line);
}

static size_t times_in_table(const struct table *table, const char *line)
{
	size_t times = 0;

	for (size_t i = 0; i < table->count; i++)
		times += !strcmp(table->lines[i], line);
	return times;
}

static size_t times_in_list(const json_t *list, const char *line)
{
	size_t times = 0, i;
	const json_t *one;

	json_array_foreach(list, i, one) times += !strcmp(json_string_value(one), line);
	return times;
}

/* Where the line is found from `from` on; the table's end if it is not. */
static size_t find_line(const struct table *table, const char *line, size_t from)
{
	while (from < table->count && strcmp(table->lines[from], line) != 0)
		from++;
	return from;
}

/* Each chain's lines as often as they are named, and in the order in which they are named. */
static void expect_lines(const struct table *table, const json_t *has, json_t *what)
{
	const json_t *one;
	size_t i;

	json_array_foreach(has, i, one)
	{
		const char *line = json_string_value(one), *complaint = NULL;
		size_t times = times_in_table(table, line), wanted = times_in_list(has, line), at = 0,
		       found = 0;

		for (size_t j = 0; j <= i; j++) {
			const char *other = json_string_value(json_array_get(has, j));

			if (strncmp(line, other, chain_length(line)) != 0)
				continue;
			found = find_line(table, other, at);
			if (found < table->count)
				at = found + 1;
		}
		if (times < wanted)
			complaint = "is missing";
		else if (times > wanted)
			complaint = "is there more often than planned";
		else if (found == table->count)
			complaint = "is not in its place";
		if (complaint)
			complain(what,
				 xasprintf("%s %s: %s: %s", table->family, table->backend, complaint, line));
	}
}

static void expect_none(const struct table *table, const char *prefix, json_t *what)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strncmp(table->lines[i], prefix, strlen(prefix)))
			complain(what, xasprintf("%s %s: is still there: %s", table->family, table->backend,
						 table->lines[i]));
}

static int check_strings(const json_t *list, const char *name, struct failure *failure)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (!json_is_string(one))
			return fail_params(failure, "%s must be strings", name);
	}
	return 0;
}

static int verify_rules(struct agent *agent, const struct workload *workload, const json_t *rules,
			json_t *what, struct failure *failure)
{
	const json_t *has, *lacks, *one;
	struct table table = {0};
	const struct tool *tool;
	size_t family, backend, i;

	if (param_choice(rules, "family", family_names, FAMILIES, &family, failure) ||
	    param_choice(rules, "backend", backend_names, BACKENDS, &backend, failure) ||
	    param_array(rules, "has", &has, failure) || check_strings(has, "has", failure) ||
	    param_array(rules, "lacks", &lacks, failure) || check_strings(lacks, "lacks", failure))
		return -1;
	tool = tool_get(agent, (enum family)family, (enum backend)backend, failure);
	if (!tool || ruleset_read_nat(agent, tool, workload->netns, &table.text, failure))
		return -1;
	table.family = family_names[family];
	table.backend = backend_names[backend];
	split(&table);
	expect_lines(&table, has, what);
	json_array_foreach(lacks, i, one) expect_none(&table, json_string_value(one), what);
	free(table.lines);
	free(table.text);
	return 0;
}

/* Processes that come from elsewhere for a moment are in other cgroups: one within is enough. */
static bool holds_workload(const struct workload *workload, uint64_t cgroup)
{
	char *mount = cgroup_mount(), *path = mount ? cgroup_path(mount, cgroup) : NULL;
	const struct namespace *self = workload->self;
	bool holds = path && !self->process_count;

	for (size_t i = 0; path && i < self->process_count; i++)
		if (self->processes[i].cgroup && cgroup_within(self->processes[i].cgroup, path))
			holds = true;
	free(path);
	free(mount);
	return holds;
}

static void expect_attached(const struct workload *workload, const struct hook *hook, const char *pin,
			    json_t *what)
{
	int fd = bpf_obj_get(pin);
	struct link link;

	if (fd < 0 || !link_read(fd, &link))
		complain(what, xasprintf("%s: no link is pinned", hook->name));
	else if (link.attach != (__u32)hook->attach || !link.program)
		complain(what, xasprintf("%s: the pinned link holds no program of this hook", hook->name));
	else if (hook->netns ? link.netns != workload->self->inode
			     : !link.cgroup || !holds_workload(workload, link.cgroup))
		complain(what, xasprintf("%s: the pinned link does not lead to the workload", hook->name));
	if (fd >= 0)
		close(fd);
}

static int verify_hooks(const struct workload *workload, const json_t *names, bool attached, json_t *what,
			struct failure *failure)
{
	char *bpffs = bpffs_mount();
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		const struct hook *hook = json_is_string(name) ? hook_by_name(json_string_value(name)) : NULL;
		char *pin;

		if (!hook) {
			fail_params(failure, "hooks must be names of hooks of eBPF mode");
			break;
		}
		pin = bpffs ? pin_path(bpffs, workload->self->id, hook->name) : xstrdup("");
		if (attached)
			expect_attached(workload, hook, pin, what);
		else if (!access(pin, F_OK))
			complain(what, xasprintf("%s: is still attached", hook->name));
		free(pin);
	}
	free(bpffs);
	return failure->code ? -1 : 0;
}

static void fail_verify(struct failure *failure, json_t *what)
{
	size_t count = json_array_size(what);
	char *more = count > 1 ? xasprintf(", and %zu more", count - 1) : xstrdup("");

	fail(failure, json_pack("{s:s, s:O}", "kind", "not-as-planned", "what", what),
	     "The workload is not as planned: %s%s", json_string_value(json_array_get(what, 0)), more);
	free(more);
}

json_t *verb_workload_verify(struct agent *agent, const json_t *params, struct failure *failure)
{
	const json_t *rules, *one, *hooks_wanted, *attached, *detached;
	json_t *what = json_array();
	struct workload workload;
	size_t i;

	if (workload_open_param(agent, params, &workload, failure) ||
	    param_array(params, "rules", &rules, failure))
		goto out;
	hooks_wanted = json_object_get(params, "hooks");
	if (!json_is_object(hooks_wanted)) {
		fail_params(failure, "hooks must be an object");
		goto out;
	}
	if (param_array(hooks_wanted, "attached", &attached, failure) ||
	    param_array(hooks_wanted, "detached", &detached, failure))
		goto out;
	json_array_foreach(rules, i, one) if (verify_rules(agent, &workload, one, what, failure)) goto out;
	if (!verify_hooks(&workload, attached, true, what, failure) &&
	    !verify_hooks(&workload, detached, false, what, failure) && json_array_size(what))
		fail_verify(failure, what);
out:
	json_decref(what);
	workload_close(&workload);
	return failure->code ? NULL : json_object();
}
