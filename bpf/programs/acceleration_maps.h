/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* The maps of acceleration: declared here, defined in acceleration_maps.bpf.c. acceleration.h says what each
 * holds. */
#pragma once

#include "core_types.h"
#include "layout.h"
#include "acceleration.h"

struct workloads_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct acceleration_counts);
};

struct ends_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct end_state);
};

struct offers_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct end_name);
	__type(value, __u64);
};

struct sockets_map {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 16384);
	__type(key, struct end_name);
	__type(value, __u64);
};

extern struct workloads_map workloads SEC(".maps");
extern struct ends_map ends SEC(".maps");
extern struct offers_map offers SEC(".maps");
extern struct sockets_map sockets SEC(".maps");
