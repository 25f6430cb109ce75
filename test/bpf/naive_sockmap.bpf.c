// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Acceleration without any of our guards, as it is commonly shipped: every socket goes into a sockhash as soon as
 * it is established, and every message goes to the other end if that is in there. The tests reproduce with it
 * what the guards are for. IPv4 alone.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct name {
	__u32 local_address;
	__u32 remote_address;
	__u32 local_port; /* host order */
	__u32 remote_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 1024);
	__type(key, struct name);
	__type(value, __u64);
} naive SEC(".maps");

SEC("sockops")
int take(struct bpf_sock_ops *ctx)
{
	struct name name = {ctx->local_ip4, ctx->remote_ip4, ctx->local_port, bpf_ntohl(ctx->remote_port)};

	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_sock_hash_update(ctx, &naive, &name, BPF_NOEXIST);
	return 1;
}

SEC("sk_msg")
int always(struct sk_msg_md *msg)
{
	struct name name = {msg->remote_ip4, msg->local_ip4, bpf_ntohl(msg->remote_port), msg->local_port};

	bpf_msg_redirect_hash(msg, &naive, &name, BPF_F_INGRESS);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
