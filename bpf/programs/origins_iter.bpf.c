// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Walks a sk_storage map, which has no keys that user space could walk: the agent attaches this to `origins`
 * and reads one struct origin_record per socket.
 */
#include "address.h"
#include "origins_iter.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct sock *sk;
	void *value;
};

#pragma clang attribute pop

static __always_inline void set_address(struct address *to, const struct in6_addr *from)
{
	address_set_words(to, from->in6_u.u6_addr32[0], from->in6_u.u6_addr32[1], from->in6_u.u6_addr32[2],
			  from->in6_u.u6_addr32[3]);
}

SEC("iter/bpf_sk_storage_map")
int dump_origins(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct sock *sk = ctx->sk;
	struct origin *origin = ctx->value;
	struct origin_record record = {};

	if (!sk || !origin) /* the end of the walk */
		return 0;
	record.cookie = bpf_get_socket_cookie(sk);
	record.family = sk->__sk_common.skc_family;
	record.state = sk->__sk_common.skc_state;
	record.local_port = sk->__sk_common.skc_num;
	record.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (record.family == AF_INET) {
		address_set_ipv4(&record.local, sk->__sk_common.skc_rcv_saddr);
		address_set_ipv4(&record.remote, sk->__sk_common.skc_daddr);
	} else {
		set_address(&record.local, &sk->__sk_common.skc_v6_rcv_saddr);
		set_address(&record.remote, &sk->__sk_common.skc_v6_daddr);
	}
	record.value_length = sizeof(*origin);
	__builtin_memcpy(record.value, origin, sizeof(*origin));
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
