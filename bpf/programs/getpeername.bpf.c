// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* getpeername(2): whoever was redirected still sees the address it asked for, as it does with iptables. */
#include "address.h"
#include "maps.h"

#define PROCEED 1

/* NULL for sockets that were not redirected, and for those that the sidecar accepted. */
static __always_inline const struct origin *asked_for(struct bpf_sock_addr *ctx)
{
	const struct origin *origin = bpf_sk_storage_get(&origins, ctx->sk, NULL, 0);

	if (!origin || (origin->role != ROLE_APPLICATION && origin->role != ROLE_RENAMED))
		return NULL;
	return origin;
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	const struct origin *origin = asked_for(ctx);

	if (!origin)
		return PROCEED;
	ctx->user_ip4 = address_word(&origin->address, 3);
	ctx->user_port = bpf_htons(origin->port);
	count(PEER_ANSWERED);
	return PROCEED;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	const struct origin *origin = asked_for(ctx);

	if (!origin)
		return PROCEED;
	ctx->user_ip6[0] = address_word(&origin->address, 0);
	ctx->user_ip6[1] = address_word(&origin->address, 1);
	ctx->user_ip6[2] = address_word(&origin->address, 2);
	ctx->user_ip6[3] = address_word(&origin->address, 3);
	ctx->user_port = bpf_htons(origin->port);
	count(PEER_ANSWERED);
	return PROCEED;
}

char LICENSE[] SEC("license") = "GPL";
