// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * sk_msg: one message that an end of a connection in `sockets` sends. It goes straight into the other end's
 * queue, or the normal way through TCP; each of the guards here keeps one of the sockhash's hazards away
 * (docs/acceleration.md).
 *
 * What skipped TCP is read before what TCP brought (tcp_bpf_recvmsg, net/ipv4/tcp_bpf.c). So the way may
 * change to TCP at any message, and back only when the other end has read all that TCP brought.
 */
#include "address.h"
#include "acceleration_maps.h"
#include <bpf/bpf_core_read.h>

enum way {
	WAY_ACCELERATED,
	WAY_NOT_READ,
	WAY_FULL,
	WAY_NOT_SUITABLE,
	WAY_GONE,
};

/*
 * Reading the other end's socket gives numbers that mean nothing once that is gone, but never a fault: the
 * kernel loads through such a pointer with an exception handler (Linux 6.2). A call for each field would cost
 * more than all else here.
 */
extern const void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;

static __always_inline const struct tcp_sock *other_end(const struct end_state *state)
{
	return bpf_rdonly_cast((const void *)(unsigned long)state->peer,
			       bpf_core_type_id_kernel(struct tcp_sock));
}

/* In a blocking recv(2) a wake-up without data gives EAGAIN; and who closes needs TCP to say so. */
static __always_inline bool takes_messages(const struct tcp_sock *peer)
{
	const struct sock *sk = &peer->inet_conn.icsk_inet.sk;

	return sk->__sk_common.skc_state == BPF_TCP_ESTABLISHED && sk->sk_socket->file->f_flags & O_NONBLOCK;
}

/* True if the other end has read all that was ever sent through TCP. */
static __always_inline bool has_read_all(const struct tcp_sock *self, const struct tcp_sock *peer)
{
	__u32 written = self->write_seq;

	return self->snd_una == written && peer->rcv_nxt == written && peer->copied_seq == written;
}

/* Half the buffer, so that what waits here never closes TCP's window. */
static __always_inline bool has_room(const struct tcp_sock *peer, __u32 size)
{
	const struct sock *sk = &peer->inet_conn.icsk_inet.sk;
	__u32 waiting = sk->sk_backlog.rmem_alloc.counter;
	__u32 buffer = sk->sk_rcvbuf;

	return waiting + size <= buffer / 2;
}

static __always_inline enum way choose_way(struct sk_msg_md *msg, struct end_state *state)
{
	struct tcp_sock *self = bpf_skc_to_tcp_sock(msg->sk);
	const struct tcp_sock *peer = other_end(state);

	if (!self || !takes_messages(peer) ||
	    self->inet_conn.icsk_inet.sk.__sk_common.skc_state != BPF_TCP_ESTABLISHED)
		return WAY_NOT_SUITABLE;
	if (!has_room(peer, msg->size))
		return WAY_FULL;
	if (!state->accelerated && !has_read_all(self, peer))
		return WAY_NOT_READ;
	if (bpf_msg_redirect_hash(msg, &sockets, &state->peer_name, BPF_F_INGRESS) != SK_PASS)
		return WAY_GONE;
	return WAY_ACCELERATED;
}

static __always_inline void count_way(struct acceleration_counts *counts, enum way way, __u32 size)
{
	switch (way) {
	case WAY_ACCELERATED:
		counts->messages++;
		counts->bytes += size;
		break;
	case WAY_NOT_READ:
		counts->not_read++;
		break;
	case WAY_FULL:
		counts->full++;
		break;
	case WAY_NOT_SUITABLE:
		counts->not_suitable++;
		break;
	case WAY_GONE:
		counts->gone++;
		break;
	}
}

SEC("sk_msg")
int accelerate(struct sk_msg_md *msg)
{
	struct acceleration_counts *counts;
	struct end_state *state;
	__u32 size = msg->size;
	struct bpf_sock *sk = msg->sk;
	enum way way;

	if (!sk)
		return SK_PASS;
	state = bpf_sk_storage_get(&ends, sk, NULL, 0);
	if (!state)
		return SK_PASS;
	counts = bpf_map_lookup_elem(&workloads, &state->workload);
	if (!counts) { /* turned off */
		state->accelerated = 0;
		return SK_PASS;
	}
	way = choose_way(msg, state);
	state->accelerated = way == WAY_ACCELERATED;
	count_way(counts, way, size);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
