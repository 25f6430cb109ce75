/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks of eBPF mode, in the order of src/core/model/hook.ts. */
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>

struct hook {
	const char *name; /* of the program in the object and of the pin */
	enum bpf_prog_type program;
	enum bpf_attach_type attach;
	bool netns; /* attached to the network namespace; else to the cgroup */
};

#define HOOKS 7
extern const struct hook hooks[HOOKS];

/* NULL if there is none. */
const struct hook *hook_by_name(const char *name);
const struct hook *hook_by_attach(enum bpf_attach_type attach);
/* The hook that the program's ELF section names; NULL if it is none of these. */
const struct hook *hook_of(const struct bpf_program *program);
/* Our name of the hook, or libbpf's of the attach type. */
const char *hook_label(enum bpf_attach_type attach);
/* Really loads a minimal program of the hook's kind. Returns 0, or -1 with errno set. */
int hook_try(const struct hook *hook);
