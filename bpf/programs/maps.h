/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The maps that all programs share: declared here, defined in maps.bpf.c, joined by `bpftool gen object`.
 * layout.h says what each holds.
 */
#pragma once

#include "core_types.h"
#include "layout.h"

struct settings_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
};

struct port_sets_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PORT_SETS);
	__type(key, __u32); /* enum port_set_index: the kernel wants an integer here */
	__type(value, struct port_set);
};

struct local_ranges_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct range);
	__type(value, __u8);
};

struct ranges_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct range);
	__type(value, __u8);
};

struct origins_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct origin);
};

struct handover_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct connection);
	__type(value, struct origin);
};

struct listeners_map {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, LISTENER_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
};

struct counters_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32); /* enum counter */
	__type(value, __u64);
};

extern struct settings_map settings SEC(".maps");
extern struct port_sets_map port_sets SEC(".maps");
extern struct local_ranges_map local_ranges SEC(".maps");
extern struct ranges_map excluded_ranges SEC(".maps");
extern struct ranges_map included_ranges SEC(".maps");
extern struct ranges_map excluded_peers SEC(".maps");
extern struct origins_map origins SEC(".maps");
extern struct handover_map handover SEC(".maps");
extern struct listeners_map listeners SEC(".maps");
extern struct counters_map counters SEC(".maps");

static __always_inline void count(enum counter which)
{
	__u32 key = which;
	__u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		*value += 1;
}

static __always_inline const struct settings *get_settings(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&settings, &key);
}
