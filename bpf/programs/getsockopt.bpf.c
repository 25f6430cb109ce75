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

/*
 * True if what conntrack answered is the other end of the connection itself: it began to work in the middle
 * of this connection and met an answer first, so that it has its directions the wrong way round.
 */
static __always_inline bool is_peer(const struct bpf_sockopt *ctx)
{
	const struct sockaddr_in6 *to6 = ctx->optval;
	const struct sockaddr_in *to4 = ctx->optval;
	const struct bpf_sock *sk = ctx->sk;
	int i;

	if ((void *)(to4 + 1) > ctx->optval_end || to4->sin_port != sk->dst_port)
		return false;
	if (to4->sin_family == AF_INET)
		return to4->sin_addr == context_field(sk->dst_ip4);
	if ((void *)(to6 + 1) > ctx->optval_end)
		return false;
	for (i = 0; i < 4; i++)
		if (to6->sin6_addr[i] != context_field(sk->dst_ip6[i]))
			return false;
	return true;
}

/* True if the origin is the socket's own local address, whether conntrack has another one or not. */
static __always_inline bool is_local(const struct origin *origin)
{
	return origin->role == ROLE_STEERED || origin->role == ROLE_DIRECT;
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
	if (is_local(origin) && !ctx->retval && !is_peer(ctx))
		return PROCEED;
	if (ctx->level == SOL_IP)
		answer_ipv4(ctx, origin);
	else
		answer_ipv6(ctx, origin);
	return PROCEED;
}

char LICENSE[] SEC("license") = "GPL";
