/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What is to be redirected: FSM's iptables chains as two functions, in the order of their rules, so that a
 * connection meets the same fate in both modes. docs/ebpf-mode.md sets them side by side.
 */
#pragma once

#include "address.h"
#include "maps.h"

enum outbound {
	OUTBOUND_PASS,
	OUTBOUND_TO_SIDECAR,	 /* -j FSM_PROXY_OUT_REDIRECT */
	OUTBOUND_TO_SELF,	 /* -j FSM_PROXY_IN_REDIRECT */
	OUTBOUND_TO_POD_ADDRESS, /* -j DNAT --to-destination POD_IP */
};

/* An outbound connection as the rules see it. */
struct outbound_connection {
	struct range to; /* a range of one address */
	__u16 port;	 /* host order */
	__u32 uid;	 /* the socket's owner, as `-m owner` sees it */
	__u32 gid;
	__u32 interface; /* the socket's SO_BINDTODEVICE, or 0 */
};

#define ONE_ADDRESS 128 /* bits of a range that is one address */

static __always_inline bool port_in(enum port_set_index which, __u16 port)
{
	__u32 key = which;
	const struct port_set *set = bpf_map_lookup_elem(&port_sets, &key);

	return set && (set->words[port / 64] >> (port % 64)) & 1;
}

static __always_inline bool interface_is_excluded(const struct settings *settings, __u32 interface)
{
	__u32 i;

	for (i = 0; i < MAX_INTERFACES; i++) {
		if (i >= settings->excluded_interface_count)
			break;
		if (settings->excluded_interfaces[i] == interface)
			return true;
	}
	return false;
}

/* By its user, or where the policy has one by its group. */
static __always_inline bool is_sidecar(const struct settings *settings,
				       const struct outbound_connection *connection)
{
	return connection->uid == settings->sidecar_uid ||
	       (settings->match_gid && connection->gid == settings->sidecar_gid);
}

/* The chains FSM_PROXY_OUTBOUND, and of PodIP mode the rule before it. */
static __always_inline enum outbound decide_outbound(const struct settings *settings,
						     const struct outbound_connection *connection)
{
	const struct range *to = &connection->to;
	bool by_sidecar = is_sidecar(settings, connection);
	bool loopback = address_is_loopback(&to->address);

	if (settings->pod_ip_mode && by_sidecar && loopback && address_is_ipv4(&to->address))
		return OUTBOUND_TO_POD_ADDRESS;
	if (bpf_map_lookup_elem(&local_ranges, to))
		return by_sidecar && !loopback ? OUTBOUND_TO_SELF : OUTBOUND_PASS;
	if (by_sidecar || loopback)
		return OUTBOUND_PASS;
	if (connection->interface && interface_is_excluded(settings, connection->interface))
		return OUTBOUND_PASS;
	if (bpf_map_lookup_elem(&excluded_ranges, to))
		return OUTBOUND_PASS;
	if (port_in(OUTBOUND_PASSED, connection->port))
		return OUTBOUND_PASS;
	if (settings->only_included_ranges && !bpf_map_lookup_elem(&included_ranges, to))
		return OUTBOUND_PASS;
	return OUTBOUND_TO_SIDECAR;
}

enum inbound {
	INBOUND_NOT_ASKED, /* came over lo, from the pod itself: the chain never sees it */
	INBOUND_PASS,
	INBOUND_TO_SIDECAR, /* -j FSM_PROXY_IN_REDIRECT */
};

/*
 * The chain FSM_PROXY_INBOUND, but for its interface rules, for a connection from `peer` to `port` (host
 * order).
 *
 * What came over lo is known by its peer: only over lo does a packet arrive from one of our own addresses,
 * others are dropped as martians. Its interface would not tell: for a connection to the pod's own address the
 * kernel names the interface that has the address.
 */
static __always_inline enum inbound decide_inbound(const struct range *peer, __u16 port)
{
	if (bpf_map_lookup_elem(&local_ranges, peer))
		return INBOUND_NOT_ASKED;
	if (port_in(INBOUND_PASSED, port) || bpf_map_lookup_elem(&excluded_peers, peer))
		return INBOUND_PASS;
	return INBOUND_TO_SIDECAR;
}
