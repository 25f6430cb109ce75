/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the iterator `dump_origins` (origins_iter.bpf.c) writes for every socket that has an entry in a
 * BPF_MAP_TYPE_SK_STORAGE map. The agent reads these records, one after another, from the iterator's file.
 *
 * Include after <linux/types.h> and layout.h.
 */
#pragma once

/* The most of a map's value that a record carries. */
#define ORIGIN_VALUE_MAX 64

struct origin_record {
	__u64 cookie;	      /* what SO_COOKIE says of this socket */
	struct address local; /* IPv4 as ::ffff:a.b.c.d, also where an AF_INET6 socket speaks IPv4 */
	struct address remote;
	__u16 local_port;  /* host order */
	__u16 remote_port; /* host order */
	__u16 family;	   /* AF_INET or AF_INET6: the socket's, not the connection's */
	__u8 state;	   /* TCP_ESTABLISHED, ... as in <netinet/tcp.h> */
	__u8 padding;
	__u32 value_length; /* bytes of `value` that mean something: sizeof(struct origin) */
	__u8 value[ORIGIN_VALUE_MAX];
	__u8 tail_padding[4];
};
