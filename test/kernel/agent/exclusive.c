/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exclusive <cgroup>: attaches a connect6 program to a cgroup the old way, without a link and without letting
 * others beside it, so that a link to the same hook is refused; then waits. It goes with the cgroup.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(__NR_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char **argv)
{
	const struct bpf_insn allow[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1},
					 {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr load = {0}, attach = {0};

	if (argc != 2)
		return 2;
	load.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
	load.expected_attach_type = BPF_CGROUP_INET6_CONNECT;
	load.insns = (__u64)(unsigned long)allow;
	load.insn_cnt = 2;
	load.license = (__u64)(unsigned long)"GPL";
	strcpy(load.prog_name, "exclusive");
	attach.target_fd = (__u32)open(argv[1], O_RDONLY | O_DIRECTORY);
	attach.attach_bpf_fd = (__u32)bpf(BPF_PROG_LOAD, &load);
	attach.attach_type = BPF_CGROUP_INET6_CONNECT;
	if (bpf(BPF_PROG_ATTACH, &attach)) {
		perror("BPF_PROG_ATTACH");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
