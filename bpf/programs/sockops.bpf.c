// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Follows the TCP sockets of the workload: hands the origin of a redirected connection from the application's
 * socket over to the sidecar's, and keeps the sidecar's inbound listeners in a sockmap for sk_lookup.
 */
#include "policy.h"

#define DONE 1

struct endpoints {
	struct address local;
	struct address remote;
	__u16 local_port;
	__u16 remote_port;
};

/*
 * An AF_INET6 socket that speaks IPv4 has ::ffff:a.b.c.d in its IPv6 fields, on both sides, so the two ends
 * of a connection name it alike whichever family each has.
 */
static __always_inline void get_endpoints(struct bpf_sock_ops *ctx, struct endpoints *ends)
{
	if (ctx->family == AF_INET) {
		address_set_ipv4(&ends->local, context_field(ctx->local_ip4));
		address_set_ipv4(&ends->remote, context_field(ctx->remote_ip4));
	} else {
		address_set_field(&ends->local, ctx->local_ip6);
		address_set_field(&ends->remote, ctx->remote_ip6);
	}
	ends->local_port = ctx->local_port;
	ends->remote_port = bpf_ntohl(ctx->remote_port);
}

/* The application's side of a connection as the key of `handover`. */
static __always_inline void client_key(struct bpf_sock_ops *ctx, struct connection *key)
{
	struct endpoints ends;

	get_endpoints(ctx, &ends);
	key->client = ends.local;
	key->client_port = ends.local_port;
	key->sidecar = ends.remote;
	key->sidecar_port = ends.remote_port;
}

static __always_inline struct origin *application_origin(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct origin *origin;

	if (!sk)
		return NULL;
	origin = bpf_sk_storage_get(&origins, sk, NULL, 0);
	return origin && origin->role == ROLE_APPLICATION ? origin : NULL;
}

/* The application's socket got its SYN-ACK; the sidecar's is made only by the ACK that follows. */
static __always_inline void give(struct bpf_sock_ops *ctx)
{
	const struct origin *origin = application_origin(ctx);
	struct connection key;

	if (!origin)
		return;
	client_key(ctx, &key);
	if (bpf_map_update_elem(&handover, &key, origin, BPF_ANY))
		count(HANDOVER_FAILED);
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
}

/* The application's socket has closed: nothing of it may stay, also where nobody took the origin. */
static __always_inline void forget(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct connection key;

	if (!sk || !application_origin(ctx))
		return;
	client_key(ctx, &key);
	bpf_map_delete_elem(&handover, &key);
	bpf_sk_storage_delete(&origins, sk);
}

static __always_inline void keep(struct bpf_sock *sk, const struct address *address, __u16 port, __u8 role)
{
	struct origin *origin = bpf_sk_storage_get(&origins, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!origin) {
		count(HANDOVER_FAILED);
		return;
	}
	origin->address = *address;
	origin->port = port;
	origin->role = role;
}

/* Moves the origin that the application's side gave to the sidecar's. False if it gave none. */
static __always_inline bool take(struct bpf_sock *sk, const struct endpoints *ends)
{
	struct connection key = {
	    .client = ends->remote,
	    .client_port = ends->remote_port,
	    .sidecar = ends->local,
	    .sidecar_port = ends->local_port,
	};
	const struct origin *given = bpf_map_lookup_elem(&handover, &key);

	if (!given)
		return false;
	keep(sk, &given->address, given->port, ROLE_SIDECAR);
	bpf_map_delete_elem(&handover, &key);
	return true;
}

static __always_inline bool is_ours(struct bpf_sock_ops *ctx, const struct settings *settings)
{
	return settings && bpf_get_netns_cookie(ctx) == settings->netns_cookie;
}

/*
 * What a socket is whose own local address was asked for, and so is its origin: sk_lookup steered it to the
 * sidecar if the policy says so, and what came to the inbound port itself needed no steering. Else ROLE_NONE.
 */
static __always_inline enum origin_role own_role(const struct settings *settings,
						 const struct endpoints *ends)
{
	struct range peer = {.prefix_length = ONE_ADDRESS, .address = ends->remote};
	bool direct = ends->local_port == settings->inbound_port;

	switch (decide_inbound(&peer, ends->local_port)) {
	case INBOUND_TO_SIDECAR:
		return direct ? ROLE_DIRECT : ROLE_STEERED;
	case INBOUND_PASS:
		return direct ? ROLE_DIRECT : ROLE_NONE;
	default:
		return ROLE_NONE;
	}
}

/*
 * A socket of the workload was accepted. It may be a redirected connect(2), at the sidecar's port of now or,
 * where the policy has changed on its way, of before.
 */
static __always_inline void accepted(struct bpf_sock_ops *ctx)
{
	const struct settings *settings = get_settings();
	struct bpf_sock *sk = ctx->sk;
	struct endpoints ends;
	enum origin_role role;

	if (!sk || !is_ours(ctx, settings))
		return;
	get_endpoints(ctx, &ends);
	if (take(sk, &ends))
		return;
	role = own_role(settings, &ends);
	if (role != ROLE_NONE)
		keep(sk, &ends.local, ends.local_port, role);
}

/* A sidecar that starts again is picked up here; its old listener left the sockmap as it closed. */
static __always_inline void listening(struct bpf_sock_ops *ctx)
{
	const struct settings *settings = get_settings();
	__u32 slot;

	if (!is_ours(ctx, settings) || ctx->local_port != settings->inbound_port)
		return;
	for (slot = 0; slot < LISTENER_SLOTS; slot++) {
		__u32 key = slot;

		if (!bpf_sock_map_update(ctx, &listeners, &key, BPF_NOEXIST))
			return;
	}
}

SEC("sockops")
int sockops_(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		give(ctx);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		accepted(ctx);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (ctx->args[1] == BPF_TCP_CLOSE)
			forget(ctx);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		listening(ctx);
		break;
	}
	return DONE;
}

char LICENSE[] SEC("license") = "GPL";
