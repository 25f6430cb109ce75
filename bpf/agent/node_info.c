/* SPDX-License-Identifier: Apache-2.0 */
/* initialize */
#include "node_info.h"
#include "boot.h"
#include "cgroups.h"
#include "conditions.h"
#include "hooks.h"
#include "links.h"
#include "netns.h"
#include "params.h"
#include "text.h"
#include "tools.h"
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static json_t *path_json(char *path)
{
	json_t *json = path ? string_json(path) : json_null();

	free(path);
	return json;
}

static void add_missing(json_t *missing, const char *code, const char *what, const char *why)
{
	char *text = xasprintf("%s%s", what, why);

	json_array_append_new(missing, json_pack("{s:s, s:o}", "code", code, "detail", string_json(text)));
	free(text);
}

static json_t *hooks_json(json_t *missing)
{
	json_t *list = json_array();

	for (size_t i = 0; i < HOOKS; i++) {
		const struct hook *hook = &hooks[i];
		const char *reason = hook_try(hook) ? strerror(errno) : NULL;

		json_array_append_new(list,
				      json_pack("{s:s, s:b, s:o}", "hook", hook->name, "supported", !reason,
						"reason", reason ? string_json(reason) : json_null()));
		if (reason && geteuid() == 0) {
			char *detail = xasprintf("%s: %s", hook->name, reason);

			add_missing(missing, "hook", "", detail);
			free(detail);
		}
	}
	return list;
}

static void check_tools(const struct agent *agent, json_t *missing)
{
	bool has[FAMILIES] = {false, false};

	for (size_t i = 0; i < agent->tool_count; i++)
		has[agent->tools[i].family] = true;
	if (!has[IPV4])
		add_missing(missing, "iptables", "iptables-save and iptables-restore are not installed", "");
	if (!has[IPV6])
		add_missing(missing, "ip6tables", "ip6tables-save and ip6tables-restore are not installed",
			    "");
}

/* bpffs that is not mounted is not missing where bpf/attach can mount it. */
static bool bpffs_mountable(void)
{
	struct stat status;

	return !stat("/sys/fs/bpf", &status) && S_ISDIR(status.st_mode);
}

json_t *node_info_json(struct agent *agent, struct failure *failure)
{
	json_t *missing = json_array(), *hooks_list;
	char *cgroup2 = cgroup_mount(), *bpffs = bpffs_mount();
	bool btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	char boot[BOOT_ID_TEXT];
	struct utsname node;
	uint64_t cookie;

	if (uname(&node) || boot_id_read(boot, failure) || tools_find(agent, failure)) {
		fail_system(failure, "uname", NULL);
		free(cgroup2);
		free(bpffs);
		json_decref(missing);
		return NULL;
	}
	if (geteuid() != 0)
		add_missing(missing, "root", "the agent runs as an ordinary user", "");
	check_tools(agent, missing);
	if (!cgroup2)
		add_missing(missing, "cgroup2", "no cgroup v2 is mounted", "");
	if (!bpffs && !bpffs_mountable())
		add_missing(missing, "bpffs", "/sys/fs/bpf is not there: the kernel has no BPF file system",
			    "");
	if (!btf)
		add_missing(missing, "btf", "/sys/kernel/btf/vmlinux is not there", "");
	hooks_list = hooks_json(missing);
	if (geteuid() == 0 && netns_cookie(agent, agent->own_netns, &cookie))
		add_missing(missing, "netns-cookie", "SO_NETNS_COOKIE: ", strerror(errno));
	return json_pack(
	    "{s:i, s:{s:s, s:i}, s:s, s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "protocol",
	    PROTOCOL, "agent", "version", AGENT_VERSION, "pid", (int)getpid(), "bootId", boot, "hostname",
	    string_json(node.nodename), "kernel", string_json(node.release), "arch",
	    strcmp(node.machine, "aarch64") ? node.machine : "arm64", "uid", (json_int_t)geteuid(),
	    "iptables", tools_json(agent), "cgroup2", path_json(cgroup2), "bpffs", path_json(bpffs), "btf",
	    btf, "hooks", hooks_list, "conditions", conditions_json(), "missing", missing);
}

json_t *verb_initialize(struct agent *agent, const json_t *params, struct failure *failure)
{
	json_int_t protocol;
	const char *client;

	/* The client decides whether it can speak the protocol that the answer names. */
	if (param_integer(params, "protocol", 1, INT32_MAX, &protocol, failure) ||
	    param_string(params, "client", &client, failure))
		return NULL;
	return node_info_json(agent, failure);
}
