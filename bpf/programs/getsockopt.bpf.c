// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST, which only conntrack could answer otherwise. Where we know
 * nothing of a socket the kernel's own answer stays: connections redirected by iptables keep theirs.
 */
#include "address.h"
#include "maps.h"

#define PROCEED 1
#define LARGEST_PAYLOAD                                                                                      \
	4096 /* before 6.4 the kernel fails with EFAULT where a longer one is left as it is                  \
	      */

struct sockaddr_in {
	__u16 sin_family;
	__be16 sin_port;
	__be32 sin_addr;
	__u8 sin_zero[8];
};

struct sockaddr_in6 {
	__u16 sin6_family;
	__be16 sin6_port;
	__be32 sin6_flowinfo;
	__be32 sin6_addr[4];
	__u32 sin6_scope_id;
};

static __always_inline void answered(struct bpf_sockopt *ctx, int length)
{
	ctx->optlen = length;
	/* Else clang joins the two stores into one of 8 bytes, which the verifier refuses. */
	barrier();
	ctx->retval = 0;
	count(ORIGIN_ANSWERED);
}

/* As the kernel does, a buffer that is too small and an origin of the other family are left to its own error.
 */
static __always_inline void answer_ipv4(struct bpf_sockopt *ctx, const struct origin *origin)
{
	struct sockaddr_in *to = ctx->optval;

	if (!address_is_ipv4(&origin->address) || (void *)(to + 1) > ctx->optval_end)
		return;
	to->sin_family = AF_INET;
	to->sin_port = bpf_htons(origin->port);
	to->sin_addr = address_word(&origin->address, 3);
	__builtin_memset(to->sin_zero, 0, sizeof(to->sin_zero));
	answered(ctx, sizeof(*to));
}

static __always_inline void answer_ipv6(struct bpf_sockopt *ctx, const struct origin *origin)
{
	struct sockaddr_in6 *to = ctx->optval;
	int i;

	if (address_is_ipv4(&origin->address) || (void *)(to + 1) > ctx->optval_end)
		return;
	to->sin6_family = AF_INET6;
	to->sin6_port = bpf_htons(origin->port);
	to->sin6_flowinfo = 0;
	for (i = 0; i < 4; i++)
		to->sin6_addr[i] = address_word(&origin->address, i);
	to->sin6_scope_id = 0;
	answered(ctx, sizeof(*to));
}

SEC("cgroup/getsockopt")
int getsockopt(struct bpf_sockopt *ctx)
{
	const struct origin *origin;

	if (ctx->optname != SO_ORIGINAL_DST || (ctx->level != SOL_IP && ctx->level != SOL_IPV6)) {
		if (ctx->optlen > LARGEST_PAYLOAD)
			ctx->optlen = 0; /* the kernel's answer as it is */
		return PROCEED;
	}
	origin = bpf_sk_storage_get(&origins, ctx->sk, NULL, 0);
	if (!origin || origin->role == ROLE_RENAMED)
		return PROCEED;
	/* While both modes are in place, iptables may have brought it here, and then conntrack knows better.
	 */
	if ((origin->role == ROLE_STEERED || origin->role == ROLE_DIRECT) && !ctx->retval)
		return PROCEED;
	if (ctx->level == SOL_IP)
		answer_ipv4(ctx, origin);
	else
		answer_ipv6(ctx, origin);
	return PROCEED;
}

char LICENSE[] SEC("license") = "GPL";
