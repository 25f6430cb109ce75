// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * tc, ingress: sees the packets that reach an accelerated workload's sockets, and lets a connection join
 * `sockets` once it has lived for some packets and both its ends are found to be on this node.
 *
 * Late, so that a connection of one request and one answer pays nothing for it; and here, because this is
 * where the kernel lets a program put a socket into a sockhash: nobody holds the socket's lock.
 */
#include "address.h"
#include "acceleration_maps.h"
#include <bpf/bpf_core_read.h>

#define PASS (-1) /* TC_ACT_UNSPEC: the next program, or the stack */
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define ETHERNET_HEADER 14
#define CURRENT_NETNS (-1L)

#define PACKETS_BEFORE 2 /* with data, that a connection has to have had */
#define LOOKS 64	 /* for the other end, after which it is taken to be elsewhere */

enum sock_flags {
	SOCK_URGINLINE,
	SOCK_ZEROCOPY,
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 service;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__u16 checksum;
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__be32 version_class_flow;
	__be16 payload_length;
	__u8 next;
	__u8 hops;
	__be32 source[4];
	__be32 destination[4];
};

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 offset; /* of the data, in words, in the upper four bits */
	__u8 flags;
	__be16 window;
};

/* A packet's connection, and its two ends as its receiver names them. */
struct flow {
	struct bpf_sock_tuple tuple;
	__u32 tuple_size;
	struct end_name name;
};

/*
 * One in four of the packets with data, by chance: to find a packet's socket costs more than all else here,
 * and connections that last have packets enough.
 */
static __always_inline bool is_looked_at(const struct tcp_header *tcp, __u32 length)
{
	return length > (tcp->offset >> 4) * 4U && bpf_ntohl(tcp->sequence) * 2654435761U >> 30 == 0;
}

static __always_inline void set_ports(struct flow *flow, const struct tcp_header *tcp)
{
	flow->name.peer.port = bpf_ntohs(tcp->source);
	flow->name.self.port = bpf_ntohs(tcp->destination);
}

static __always_inline bool read_ipv4(struct __sk_buff *skb, struct flow *flow)
{
	void *end = (void *)(long)skb->data_end;
	struct ipv4_header *ip = (void *)(long)skb->data + ETHERNET_HEADER;
	struct tcp_header *tcp = (void *)(ip + 1);

	/* With options, or a fragment, it takes the normal way. */
	if ((void *)(tcp + 1) > end || ip->version_and_length != 0x45 || ip->protocol != IPPROTO_TCP ||
	    ip->fragment & bpf_htons(0x3fff))
		return false;
	if (!is_looked_at(tcp, bpf_ntohs(ip->length) - sizeof(*ip)))
		return false;
	flow->tuple.ipv4.saddr = ip->source;
	flow->tuple.ipv4.daddr = ip->destination;
	flow->tuple.ipv4.sport = tcp->source;
	flow->tuple.ipv4.dport = tcp->destination;
	flow->tuple_size = sizeof(flow->tuple.ipv4);
	address_set_ipv4(&flow->name.peer.address, ip->source);
	address_set_ipv4(&flow->name.self.address, ip->destination);
	set_ports(flow, tcp);
	return true;
}

static __always_inline bool read_ipv6(struct __sk_buff *skb, struct flow *flow)
{
	void *end = (void *)(long)skb->data_end;
	struct ipv6_header *ip = (void *)(long)skb->data + ETHERNET_HEADER;
	struct tcp_header *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || ip->next != IPPROTO_TCP ||
	    !is_looked_at(tcp, bpf_ntohs(ip->payload_length)))
		return false;
	__builtin_memcpy(flow->tuple.ipv6.saddr, ip->source, sizeof(ip->source));
	__builtin_memcpy(flow->tuple.ipv6.daddr, ip->destination, sizeof(ip->destination));
	flow->tuple.ipv6.sport = tcp->source;
	flow->tuple.ipv6.dport = tcp->destination;
	flow->tuple_size = sizeof(flow->tuple.ipv6);
	__builtin_memcpy(&flow->name.peer.address, ip->source, sizeof(ip->source));
	__builtin_memcpy(&flow->name.self.address, ip->destination, sizeof(ip->destination));
	set_ports(flow, tcp);
	return true;
}

static __always_inline bool read_flow(struct __sk_buff *skb, struct flow *flow)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return read_ipv4(skb, flow);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return read_ipv6(skb, flow);
	return false;
}

static __always_inline bool has_flag(const struct sock *sk, __u32 flag)
{
	return (sk->__sk_common.skc_flags >> flag) & 1;
}

/*
 * What a sockhash would change for a program that does not expect it: a recv(2) that waits can miss what
 * comes, or give EAGAIN; who asked for zero-copy sends waits for a word that never comes; urgent data and a
 * low-water mark lose their meaning; TLS in the kernel has a path of its own.
 */
static __always_inline bool is_suitable(struct tcp_sock *tcp)
{
	struct sock *sk = &tcp->inet_conn.icsk_inet.sk;
	struct socket *socket = sk->sk_socket;
	struct file *file;

	if (!socket) /* not accepted yet */
		return false;
	file = socket->file;
	if (!file || !(file->f_flags & O_NONBLOCK))
		return false;
	return !tcp->inet_conn.icsk_ulp_ops && !tcp->urg_data && sk->sk_rcvlowat <= 1 &&
	       !has_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_URGINLINE)) &&
	       !has_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY));
}

/* The sequence numbers of the first bytes: those of now less what was sent and received until now. */
static __always_inline void name_ends(const struct tcp_sock *tcp, struct end_name *name)
{
	name->self.first_byte = tcp->snd_nxt - (__u32)(tcp->bytes_sent - tcp->bytes_retrans);
	name->peer.first_byte = tcp->rcv_nxt - (__u32)tcp->bytes_received;
}

/* Says that this end could join, under its own name. NULL where it cannot, or not yet. */
static __always_inline struct end_state *offer(struct tcp_sock *tcp, struct flow *flow, __u64 workload)
{
	struct end_state *state;
	__u64 self = (__u64)(unsigned long)tcp;

	if (!is_suitable(tcp))
		return NULL;
	name_ends(tcp, &flow->name);
	state = bpf_sk_storage_get(&ends, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state)
		return NULL;
	state->peer_name.self = flow->name.peer;
	state->peer_name.peer = flow->name.self;
	state->workload = workload;
	bpf_map_update_elem(&offers, &flow->name, &self, BPF_ANY);
	return state;
}

/* Puts this end into `sockets`, if the other end is known to be on this node. */
static __always_inline void meet(struct tcp_sock *tcp, struct end_state *state,
				 struct acceleration_counts *counts)
{
	struct end_name name = {.self = state->peer_name.peer, .peer = state->peer_name.self};
	const __u64 *peer = bpf_map_lookup_elem(&offers, &state->peer_name);

	state->looks++;
	if (!peer)
		return;
	state->peer = *peer;
	state->joined = 1;
	/* Full: it goes on as it is. */
	if (!bpf_map_update_elem(&sockets, &name, tcp, BPF_NOEXIST))
		counts->sockets++;
}

static __always_inline void join_socket(struct tcp_sock *tcp, struct flow *flow)
{
	const struct sock *sk = &tcp->inet_conn.icsk_inet.sk;
	__u64 workload = sk->__sk_common.skc_net.net->net_cookie;
	struct acceleration_counts *counts;
	struct end_state *state;

	if (sk->__sk_common.skc_state != BPF_TCP_ESTABLISHED || tcp->data_segs_in < PACKETS_BEFORE)
		return;
	state = bpf_sk_storage_get(&ends, tcp, NULL, 0);
	if (state && (state->joined || state->looks >= LOOKS))
		return;
	counts = bpf_map_lookup_elem(&workloads, &workload);
	if (!counts)
		return;
	if (!state)
		state = offer(tcp, flow, workload);
	if (state)
		meet(tcp, state, counts);
}

SEC("tc")
int join(struct __sk_buff *skb)
{
	struct flow flow = {};
	struct bpf_sock *found;
	struct tcp_sock *tcp;

	if (!read_flow(skb, &flow))
		return PASS;
	found = bpf_skc_lookup_tcp(skb, &flow.tuple, flow.tuple_size, CURRENT_NETNS, 0);
	if (!found)
		return PASS;
	tcp = bpf_skc_to_tcp_sock(found);
	if (tcp)
		join_socket(tcp, &flow);
	bpf_sk_release(found);
	return PASS;
}

char LICENSE[] SEC("license") = "GPL";
