/* SPDX-License-Identifier: Apache-2.0 */
#include "tools.h"
#include "process.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE 10

const char *const family_names[FAMILIES] = {"ipv4", "ipv6"};
const char *const backend_names[BACKENDS] = {"nft", "legacy"};
static const char *const programs[FAMILIES] = {"iptables", "ip6tables"};

/* Where the node keeps system programs. PATH is not asked: it is whoever's who logged in. */
static char *find_program(const char *name)
{
	static const char *const directories[] = {
	    "/usr/sbin", "/sbin",	   "/usr/local/sbin",		"/usr/bin",
	    "/bin",	 "/usr/local/bin", "/run/current-system/sw/bin"};

	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		char *path = xasprintf("%s/%s", directories[i], name);

		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* "iptables v1.8.9 (nf_tables)"; before 1.8 there was legacy alone, and it did not say so. */
static int read_version(struct agent *agent, const char *path, char version[32], enum backend *backend,
			struct failure *failure)
{
	struct command command = {.argv = {path, "-V"}, .level = "debug", .netns = -1, .deadline = DEADLINE};
	struct outcome outcome;
	int result;

	result = run_command(agent, &command, &outcome, failure);
	if (!result) {
		const char *number = strstr(outcome.output.data, " v");

		snprintf(version, 32, "%.*s", number ? (int)strcspn(number + 2, " \n") : 0,
			 number ? number + 2 : "");
		*backend = strstr(outcome.output.data, "nf_tables") ? NFT : LEGACY;
	}
	outcome_free(&outcome);
	return result;
}

/* The program of this back-end by its own name, or else the plain one if it is of this back-end. */
static char *find_tool(enum family family, const char *infix, const char *suffix)
{
	char *name = xasprintf("%s%s%s", programs[family], infix, suffix);
	char *path = find_program(name);

	free(name);
	return path;
}

static int add_tool(struct agent *agent, enum family family, enum backend backend, const enum backend *plain,
		    struct failure *failure)
{
	static const char *const infixes[BACKENDS] = {"-nft", "-legacy"};
	const char *infix = infixes[backend];
	struct tool tool = {.family = family, .backend = backend};
	enum backend said;

	tool.is_default = plain && *plain == backend;
	tool.save = find_tool(family, infix, "-save");
	if (!tool.save && tool.is_default) {
		infix = "";
		tool.save = find_tool(family, infix, "-save");
	}
	if (!tool.save)
		return 0;
	tool.restore = find_tool(family, infix, "-restore");
	if (!tool.restore || read_version(agent, tool.save, tool.version, &said, failure)) {
		free(tool.save);
		free(tool.restore);
		return failure->code ? -1 : 0;
	}
	agent->tools = xappend(agent->tools, &agent->tool_count, sizeof(*agent->tools));
	agent->tools[agent->tool_count - 1] = tool;
	return 0;
}

int tools_find(struct agent *agent, struct failure *failure)
{
	if (agent->tool_count)
		return 0;
	for (enum family family = 0; family < FAMILIES; family++) {
		char *path = find_program(programs[family]), version[32];
		enum backend plain;
		int result = path ? read_version(agent, path, version, &plain, failure) : 0;

		for (enum backend backend = 0; !result && backend < BACKENDS; backend++)
			result = add_tool(agent, family, backend, path ? &plain : NULL, failure);
		free(path);
		if (result) {
			tools_free(agent);
			return -1;
		}
	}
	return 0;
}

const struct tool *tool_get(struct agent *agent, enum family family, enum backend backend,
			    struct failure *failure)
{
	if (tools_find(agent, failure))
		return NULL;
	for (size_t i = 0; i < agent->tool_count; i++)
		if (agent->tools[i].family == family && agent->tools[i].backend == backend)
			return &agent->tools[i];
	fail(failure,
	     json_pack("{s:s, s:s, s:s}", "kind", "iptables-missing", "family", family_names[family],
		       "backend", backend_names[backend]),
	     "The node has no %s of the %s back-end", programs[family], backend_names[backend]);
	return NULL;
}

json_t *tools_json(const struct agent *agent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < agent->tool_count; i++) {
		const struct tool *tool = &agent->tools[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:b}", "family", family_names[tool->family],
						"backend", backend_names[tool->backend], "version",
						string_json(tool->version), "isDefault", tool->is_default));
	}
	return list;
}

void tools_free(struct agent *agent)
{
	for (size_t i = 0; i < agent->tool_count; i++) {
		free(agent->tools[i].save);
		free(agent->tools[i].restore);
	}
	free(agent->tools);
	agent->tools = NULL;
	agent->tool_count = 0;
}
