/* SPDX-License-Identifier: Apache-2.0 */
/* mesh-redirect-agent probe: what this node can do, for people. */
#include "agent.h"
#include "failure.h"
#include "node_info.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct {
	const char *code, *remedy;
} remedies[] = {
    {"root", "run it as root: sudo mesh-redirect-agent probe"},
    {"iptables", "install the package iptables; without it only eBPF mode can be used"},
    {"ip6tables", "install the package iptables; without it IPv6 is redirected in eBPF mode only"},
    {"cgroup2", "mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"},
    {"bpffs", "use a kernel with CONFIG_BPF_SYSCALL; until then only iptables mode can be used"},
    {"btf", "use a kernel with CONFIG_DEBUG_INFO_BTF; until then only iptables mode can be used"},
    {"hook", "use Linux 5.17 or later, with CONFIG_CGROUP_BPF; until then only iptables mode can be used"},
    {"netns-cookie", "use Linux 5.14 or later; until then only iptables mode can be used"},
};

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "-";
}

static void print_iptables(const json_t *info)
{
	const json_t *tool;
	size_t i;

	json_array_foreach(json_object_get(info, "iptables"), i, tool) printf(
	    "  %-8s %-8s %-10s%s\n", text(tool, "family"), text(tool, "backend"), text(tool, "version"),
	    json_is_true(json_object_get(tool, "isDefault")) ? " (plain iptables means this one)" : "");
}

static void print_hooks(const json_t *info)
{
	const json_t *hook;
	size_t i;

	json_array_foreach(json_object_get(info, "hooks"), i, hook)
	    printf("  %-14s %s\n", text(hook, "hook"),
		   json_is_true(json_object_get(hook, "supported")) ? "yes" : text(hook, "reason"));
}

static const char *remedy_for(const char *code)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (!strcmp(remedies[i].code, code))
			return remedies[i].remedy;
	return "";
}

static void print_missing(const json_t *info)
{
	const json_t *missing = json_object_get(info, "missing"), *one;
	size_t i;

	if (!json_array_size(missing)) {
		puts("\nNothing is missing: both modes can be used.");
		return;
	}
	puts("\nMissing:");
	json_array_foreach(missing, i, one)
	    printf("  %s\n    remedy: %s\n", text(one, "detail"), remedy_for(text(one, "code")));
}

int probe(struct agent *agent)
{
	struct failure failure = {0};
	json_t *info = node_info_json(agent, &failure);

	buffer_free(&agent->output); /* What was logged meanwhile is for a client. */
	if (!info) {
		fprintf(stderr, "mesh-redirect-agent: %s\n", failure.message);
		failure_clear(&failure);
		return EX_UNAVAILABLE;
	}
	printf("mesh-redirect-agent %s\n\n", AGENT_VERSION);
	printf("host       %s\nkernel     %s (%s)\ncgroup v2  %s\nbpffs      %s\nBTF        %s\n",
	       text(info, "hostname"), text(info, "kernel"), text(info, "arch"), text(info, "cgroup2"),
	       text(info, "bpffs"), json_is_true(json_object_get(info, "btf")) ? "yes" : "no");
	puts("\niptables:");
	print_iptables(info);
	puts("\nBPF hooks that eBPF mode uses:");
	print_hooks(info);
	print_missing(info);
	json_decref(info);
	return EX_OK;
}
