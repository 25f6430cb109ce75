/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The layout of every map that eBPF mode uses. src/core/ebpf writes and reads the same bytes; a unit test
 * compares its offsets with the BTF of the prebuilt object. One set of maps serves one workload.
 *
 * Map names have at most 15 characters: the kernel cuts longer ones.
 */
#pragma once

/* An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that one map serves both. */
struct address {
	__u8 bytes[16];
} __attribute__((aligned(4))); /* lets the programs compare and copy words */

/* Key of the range maps (BPF_MAP_TYPE_LPM_TRIE). An IPv4 /n is 96 + n bits long here. */
struct range {
	__u32 prefix_length;
	struct address address;
};

/* Bit n of word n / 64 is port n. */
struct port_set {
	__u64 words[1024];
};

/* Keys of `port_sets` (ARRAY). */
enum port_set_index {
	OUTBOUND_PASSED = 0, /* destination ports that an application reaches directly */
	INBOUND_PASSED =
	    1, /* local ports that the network reaches directly: bypass, excluded and control ports */
	PORT_SETS,
};

#define MAX_INTERFACES 16

/* `settings` (ARRAY of one). Ports in host order. */
struct settings {
	__u64 netns_cookie; /* programs attached above the workload's cgroup act only where this fits */
	__u32 sidecar_uid;
	__u16 inbound_port;
	__u16 outbound_port;
	/* Non-zero: only destinations in `included_ranges` are redirected. */
	__u8 only_included_ranges;
	/* Non-zero: FSM's PodIP mode; the sidecar's connections to 127.0.0.1 go to `pod_address`. */
	__u8 pod_ip_mode;
	/* Non-zero: a socket of group `sidecar_gid` is the sidecar's too. */
	__u8 match_gid;
	__u8 padding;
	__u32 excluded_interface_count;
	__u32 excluded_interfaces[MAX_INTERFACES]; /* interface indexes */
	struct address pod_address;
	__u32 sidecar_gid;
	__u32 padding2;
};

/* Why a socket has an origin. */
enum origin_role {
	ROLE_NONE = 0,
	ROLE_APPLICATION = 1, /* its connect was rewritten to the sidecar; the origin is what it asked for */
	ROLE_SIDECAR = 2,     /* accepted by the sidecar; the origin is what the application asked for */
	ROLE_RENAMED = 3,     /* its connect was rewritten, but not to the sidecar (PodIP mode) */
	ROLE_STEERED = 4, /* accepted by the sidecar from sk_lookup; the origin is its own local address */
	/* Accepted at the inbound port itself, to which also iptables may have translated it; the origin is
	 * its own local address. It needs no program: user space does not wait for its end. */
	ROLE_DIRECT = 5,
};

/* Value of `origins` (SK_STORAGE): the destination that was asked for. It dies with its socket. */
struct origin {
	struct address address;
	__u16 port; /* host order */
	__u8 role;  /* enum origin_role */
	__u8 padding;
};

/* Key of `handover` (HASH): the application's connection to its sidecar, as the application's side names it.
 */
struct connection {
	struct address client;
	struct address sidecar;
	__u16 client_port;  /* host order */
	__u16 sidecar_port; /* host order */
};

/*
 * Slots of `listeners` (SOCKMAP): the sidecar's inbound listeners, of any family, in no order. Only those of
 * the inbound port count: there may be others, of a policy before.
 */
#define LISTENER_SLOTS 16

/* Keys of `counters` (PERCPU_ARRAY of __u64): connections, not packets. */
enum counter {
	CONNECT_REDIRECTED = 0, /* application -> outbound port */
	CONNECT_TO_SELF = 1,	/* sidecar -> its own pod -> inbound port */
	CONNECT_PASSED = 2,
	INBOUND_STEERED = 3, /* sk_lookup -> inbound listener */
	INBOUND_PASSED_COUNT = 4,
	INBOUND_REFUSED = 5, /* no listener: refused, as iptables would */
	ORIGIN_ANSWERED = 6, /* SO_ORIGINAL_DST answered */
	PEER_ANSWERED = 7,   /* getpeername answered */
	HANDOVER_FAILED = 8, /* `handover` was full, or no memory for the sidecar's side */
	COUNTERS,
};

/*
 * The maps, by name:
 *   settings        ARRAY         1                __u32 -> struct settings
 *   port_sets       ARRAY         PORT_SETS        enum port_set_index -> struct port_set
 *   local_ranges    LPM_TRIE      4096             struct range -> __u8   what the kernel routes over lo
 *   excluded_ranges LPM_TRIE      65536            struct range -> __u8   destinations never redirected
 *   included_ranges LPM_TRIE      65536            struct range -> __u8
 *   excluded_peers  LPM_TRIE      65536            struct range -> __u8   inbound sources never redirected
 *   origins         SK_STORAGE                     socket -> struct origin
 *   handover        HASH          16384            struct connection -> struct origin   no preallocation
 *   listeners       SOCKMAP       LISTENER_SLOTS   __u32 -> __u64 (socket cookie when read from user space)
 *   counters        PERCPU_ARRAY  COUNTERS         enum counter -> __u64
 */
