// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * The hooks of eBPF mode in a cgroup, with nothing behind them: what is left of its cost when programs cost
 * nothing. IPv4 alone.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PASS 1
#define LARGEST_PAYLOAD 4096 /* as in bpf/programs/getsockopt.bpf.c */

SEC("sockops")
int idle_sockops(struct bpf_sock_ops *ctx)
{
	(void)ctx;
	return PASS;
}

SEC("cgroup/connect4")
int idle_connect4(struct bpf_sock_addr *ctx)
{
	(void)ctx;
	return PASS;
}

SEC("cgroup/getpeername4")
int idle_getpeername4(struct bpf_sock_addr *ctx)
{
	(void)ctx;
	return PASS;
}

SEC("cgroup/getsockopt")
int idle_getsockopt(struct bpf_sockopt *ctx)
{
	if (ctx->optlen > LARGEST_PAYLOAD)
		ctx->optlen = 0;
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
