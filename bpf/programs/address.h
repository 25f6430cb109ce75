/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Addresses in the one form that all maps use: 16 bytes, IPv4 as ::ffff:a.b.c.d. Arguments in network order.
 */
#pragma once

#include "core_types.h"
#include "layout.h"

#define IPV4_LOOPBACK bpf_htonl(0x7f000001)
#define IPV4_PREFIX_WORD bpf_htonl(0x0000ffff) /* third word of ::ffff:a.b.c.d */

/*
 * Reads a field of a program's context. Without the barrier clang may join two reads on the sides of a branch
 * into one of a computed address, which the verifier refuses ("dereference of modified ctx ptr").
 */
#define context_field(field)                                                                                 \
	({                                                                                                   \
		__u32 value_ = (field);                                                                      \
		barrier_var(value_);                                                                         \
		value_;                                                                                      \
	})

/* An address of four words of a program's context, such as remote_ip6. */
#define address_set_field(to, words)                                                                         \
	address_set_words(to, context_field((words)[0]), context_field((words)[1]),                          \
			  context_field((words)[2]), context_field((words)[3]))

static __always_inline void address_set_words(struct address *to, __u32 a, __u32 b, __u32 c, __u32 d)
{
	__builtin_memcpy(to->bytes, &a, sizeof(a));
	__builtin_memcpy(to->bytes + 4, &b, sizeof(b));
	__builtin_memcpy(to->bytes + 8, &c, sizeof(c));
	__builtin_memcpy(to->bytes + 12, &d, sizeof(d));
}

static __always_inline __u32 address_word(const struct address *from, int index)
{
	__u32 word;

	__builtin_memcpy(&word, from->bytes + 4 * index, sizeof(word));
	return word;
}

static __always_inline void address_set_ipv4(struct address *to, __u32 address)
{
	address_set_words(to, 0, 0, IPV4_PREFIX_WORD, address);
}

static __always_inline bool address_is_ipv4(const struct address *address)
{
	return address_word(address, 0) == 0 && address_word(address, 1) == 0 &&
	       address_word(address, 2) == IPV4_PREFIX_WORD;
}

/* The loopback address of the same kind: 127.0.0.1 for IPv4, ::1 for IPv6. */
static __always_inline void address_set_loopback(struct address *to, bool ipv4)
{
	if (ipv4)
		address_set_ipv4(to, IPV4_LOOPBACK);
	else
		address_set_words(to, 0, 0, 0, bpf_htonl(1));
}

static __always_inline bool address_is_loopback(const struct address *address)
{
	if (address_is_ipv4(address))
		return address_word(address, 3) == IPV4_LOOPBACK;
	return address_word(address, 0) == 0 && address_word(address, 1) == 0 &&
	       address_word(address, 2) == 0 && address_word(address, 3) == bpf_htonl(1);
}

/* 0.0.0.0, ::ffff:0.0.0.0 or ::, which connect(2) takes for the loopback address. */
static __always_inline bool address_is_any(const struct address *address)
{
	return address_word(address, 0) == 0 && address_word(address, 1) == 0 &&
	       address_word(address, 3) == 0 &&
	       (address_word(address, 2) == 0 || address_word(address, 2) == IPV4_PREFIX_WORD);
}
