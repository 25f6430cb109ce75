// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * connect(2) of a TCP socket: what the policy redirects is rewritten to the sidecar before the kernel looks
 * for a route, and the destination that was asked for is kept with the socket.
 *
 * The hook runs once per attempt: not when connect(2) is called again to poll an attempt that is under way,
 * but again after a failed attempt or connect(AF_UNSPEC), and then with the address that the caller gave.
 */
#include "policy.h"

#define ALLOW 1
#define REJECT 0 /* connect(2) gives EPERM */

/*
 * The owner of the socket, read where iptables' `-m owner` reads it (net/netfilter/xt_owner.c): the
 * file-system UID and GID of the process that made the socket, whoever connects it. Loads through these
 * pointers cannot fault; a NULL on the way gives 0.
 */
static __always_inline void get_owner(struct bpf_sock_addr *ctx, struct outbound_connection *connection)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(ctx->sk);
	const struct cred *owner;

	if (!tcp) {
		__u64 current = bpf_get_current_uid_gid();

		connection->uid = (__u32)current;
		connection->gid = current >> 32;
		return;
	}
	owner = tcp->inet_conn.icsk_inet.sk.sk_socket->file->f_cred;
	connection->uid = owner->fsuid.val;
	connection->gid = owner->fsgid.val;
}

/* Where a connection goes instead, and why: fills in `to` (address and port) and its role. */
static __always_inline void set_destination(const struct settings *settings, enum outbound decision,
					    const struct outbound_connection *connection, struct origin *to)
{
	to->port = connection->port;
	to->role = ROLE_APPLICATION;
	if (decision == OUTBOUND_TO_POD_ADDRESS) {
		to->address = settings->pod_address;
		to->role = ROLE_RENAMED;
		count(CONNECT_PASSED);
		return;
	}
	address_set_loopback(&to->address, address_is_ipv4(&connection->to.address));
	if (decision == OUTBOUND_TO_SELF) {
		to->port = settings->inbound_port;
		count(CONNECT_TO_SELF);
	} else {
		to->port = settings->outbound_port;
		count(CONNECT_REDIRECTED);
	}
}

/*
 * Decides, and keeps the origin. `connection` has its address filled in. Gives ALLOW or REJECT; `to->role` is
 * ROLE_NONE where the connection passes as it is, else `to` is where it goes.
 */
static __always_inline int redirect(struct bpf_sock_addr *ctx, struct outbound_connection *connection,
				    struct origin *to)
{
	const struct settings *settings = get_settings();
	enum outbound decision;
	struct origin *origin;

	to->role = ROLE_NONE;
	if (!settings || bpf_get_netns_cookie(ctx) != settings->netns_cookie)
		return ALLOW;

	if (address_is_any(&connection->to.address))
		address_set_loopback(&connection->to.address, address_is_ipv4(&connection->to.address));
	connection->to.prefix_length = ONE_ADDRESS;
	connection->port = bpf_ntohs(ctx->user_port);
	get_owner(ctx, connection);
	connection->interface = settings->excluded_interface_count ? ctx->sk->bound_dev_if : 0;

	decision = decide_outbound(settings, connection);
	if (decision == OUTBOUND_PASS) {
		/* An earlier attempt of this socket may have been redirected. */
		bpf_sk_storage_delete(&origins, ctx->sk);
		count(CONNECT_PASSED);
		return ALLOW;
	}

	/* Without its origin a connection would reach the sidecar as a riddle: rather none. */
	origin = bpf_sk_storage_get(&origins, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!origin)
		return REJECT;
	set_destination(settings, decision, connection, to);
	origin->address = connection->to.address;
	origin->port = connection->port;
	origin->role = to->role;
	return ALLOW;
}

static __always_inline bool is_tcp(struct bpf_sock_addr *ctx)
{
	return ctx->type == SOCK_STREAM && ctx->protocol == IPPROTO_TCP;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct outbound_connection connection = {};
	struct origin to;
	int verdict;

	if (!is_tcp(ctx))
		return ALLOW;
	address_set_ipv4(&connection.to.address, ctx->user_ip4);
	verdict = redirect(ctx, &connection, &to);
	if (to.role != ROLE_NONE) {
		ctx->user_ip4 = address_word(&to.address, 3);
		ctx->user_port = bpf_htons(to.port);
	}
	return verdict;
}

/* Also sees AF_INET6 sockets that speak IPv4, under ::ffff:a.b.c.d: they are IPv4 to the policy. */
SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct outbound_connection connection = {};
	struct origin to;
	int verdict;

	if (!is_tcp(ctx))
		return ALLOW;
	address_set_field(&connection.to.address, ctx->user_ip6);
	verdict = redirect(ctx, &connection, &to);
	if (to.role != ROLE_NONE) {
		ctx->user_ip6[0] = address_word(&to.address, 0);
		ctx->user_ip6[1] = address_word(&to.address, 1);
		ctx->user_ip6[2] = address_word(&to.address, 2);
		ctx->user_ip6[3] = address_word(&to.address, 3);
		ctx->user_port = bpf_htons(to.port);
	}
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
