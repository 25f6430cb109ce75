/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The layout of the maps of acceleration. src/core/ebpf reads the same bytes. One set of maps serves a node.
 *
 * Include after <linux/types.h> and layout.h.
 */
#pragma once

/*
 * One end of a connection, and which connection it is: the first byte that each end sends has a random number
 * (RFC 6528), so that no two connections of a node have the same name, also where two networks use the same
 * addresses and ports. The other end's name is this one with its halves exchanged.
 */
struct end {
	struct address address;
	__u16 port; /* host order */
	__u16 padding;
	__u32 first_byte; /* sequence number of the first byte that it sends */
};

struct end_name {
	struct end self;
	struct end peer;
};

/* What is kept of a connection's end for as long as its socket lives (SK_STORAGE `ends`). */
struct end_state {
	struct end_name peer_name; /* the other end's key in `offers` and `sockets` */
	__u64 workload;		   /* netns cookie */
	__u64 peer;		   /* the kernel's `struct sock` of the other end; 0: not met yet */
	__u32 looks;		   /* how often the other end was looked for */
	__u8 joined;		   /* it is in `sockets` */
	__u8 accelerated;	   /* its last message skipped TCP */
	__u16 padding;
};

/* Value of `workloads` (PERCPU_HASH by netns cookie). Who is in it is accelerated. */
struct acceleration_counts {
	__u64 sockets;	    /* that joined */
	__u64 messages;	    /* that skipped TCP */
	__u64 bytes;	    /* of these */
	__u64 not_read;	    /* messages that took TCP because the other end had not read what TCP brought */
	__u64 full;	    /* ... because more than half of the reader's buffer was waiting already */
	__u64 not_suitable; /* ... because an end has begun to close, or waits in recv(2) itself */
	__u64 gone;	    /* ... because the other end is not in `sockets` */
};

/*
 * The maps, by name:
 *   workloads   PERCPU_HASH   4096    __u64 netns cookie -> struct acceleration_counts
 *   ends        SK_STORAGE            socket -> struct end_state
 *   offers      LRU_HASH      4096    struct end_name -> __u64   a `struct sock` that could join
 *   sockets     SOCKHASH      16384   struct end_name -> __u64 (socket cookie when read from user space)
 */
