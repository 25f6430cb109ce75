/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const struct hook hooks[HOOKS] = {
    {"connect4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, false},
    {"connect6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, false},
    {"sockops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, false},
    {"sk_lookup", BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, true},
    {"getpeername4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME, false},
    {"getpeername6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME, false},
    {"getsockopt", BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, false},
};

const struct hook *hook_by_name(const char *name)
{
	for (size_t i = 0; i < HOOKS; i++)
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	return NULL;
}

const struct hook *hook_by_attach(enum bpf_attach_type attach)
{
	for (size_t i = 0; i < HOOKS; i++)
		if (hooks[i].attach == attach)
			return &hooks[i];
	return NULL;
}

const struct hook *hook_of(const struct bpf_program *program)
{
	const struct hook *hook = hook_by_attach(bpf_program__expected_attach_type(program));

	return hook && hook->program == bpf_program__type(program) ? hook : NULL;
}

const char *hook_label(enum bpf_attach_type attach)
{
	const struct hook *hook = hook_by_attach(attach);

	return hook ? hook->name : libbpf_bpf_attach_type_str(attach);
}

int hook_try(const struct hook *hook)
{
	const struct bpf_insn pass[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = hook->attach);
	int program =
	    bpf_prog_load(hook->program, "probe", "GPL", pass, sizeof(pass) / sizeof(*pass), &options);

	if (program < 0) {
		errno = -program;
		return -1;
	}
	close(program);
	return 0;
}
