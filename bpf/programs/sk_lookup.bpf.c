// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * A SYN arrived and the kernel looks for a listener: what the policy redirects goes to the sidecar's inbound
 * listener, whatever its port. No packet is changed, so both ends keep their real addresses.
 */
#include "policy.h"

/*
 * Gives the connection to the first of the sidecar's listeners that can take it. As in the kernel's own
 * lookup, a listener of the connection's own family goes before an IPv6 one that takes IPv4 too. Listeners of
 * another port are those of the policy before, or of the one to come.
 */
static __always_inline bool steer(struct bpf_sk_lookup *ctx, __u32 port, bool same_family)
{
	__u32 slot;

	for (slot = 0; slot < LISTENER_SLOTS; slot++) {
		__u32 key = slot;
		struct bpf_sock *listener = bpf_map_lookup_elem(&listeners, &key);
		long error = -1;

		if (!listener)
			continue;
		if (listener->src_port == port && (!same_family || listener->family == ctx->family))
			error = bpf_sk_assign(ctx, listener, 0);
		bpf_sk_release(listener);
		if (!error)
			return true;
	}
	return false;
}

static __always_inline enum inbound decide(struct bpf_sk_lookup *ctx, const struct settings *settings)
{
	struct range peer = {.prefix_length = ONE_ADDRESS};

	if (interface_is_excluded(settings, ctx->ingress_ifindex))
		return INBOUND_PASS;
	if (ctx->family == AF_INET)
		address_set_ipv4(&peer.address, context_field(ctx->remote_ip4));
	else
		address_set_field(&peer.address, ctx->remote_ip6);
	return decide_inbound(&peer, ctx->local_port);
}

SEC("sk_lookup")
int sk_lookup_(struct bpf_sk_lookup *ctx)
{
	const struct settings *settings = get_settings();
	__u32 port;

	if (!settings || ctx->protocol != IPPROTO_TCP)
		return SK_PASS;
	switch (decide(ctx, settings)) {
	case INBOUND_NOT_ASKED:
		return SK_PASS;
	case INBOUND_PASS:
		count(INBOUND_PASSED_COUNT);
		return SK_PASS;
	case INBOUND_TO_SIDECAR:
		break;
	}
	port = settings->inbound_port;
	if (steer(ctx, port, true) || steer(ctx, port, false)) {
		count(INBOUND_STEERED);
		return SK_PASS;
	}
	count(INBOUND_REFUSED);
	return SK_DROP;
}

char LICENSE[] SEC("license") = "GPL";
