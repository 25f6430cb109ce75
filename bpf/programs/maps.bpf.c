// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* The definitions of the maps that maps.h declares. */
#include "maps.h"

struct settings_map settings SEC(".maps");
struct port_sets_map port_sets SEC(".maps");
struct local_ranges_map local_ranges SEC(".maps");
struct ranges_map excluded_ranges SEC(".maps");
struct ranges_map included_ranges SEC(".maps");
struct ranges_map excluded_peers SEC(".maps");
struct origins_map origins SEC(".maps");
struct handover_map handover SEC(".maps");
struct listeners_map listeners SEC(".maps");
struct counters_map counters SEC(".maps");

char LICENSE[] SEC("license") = "GPL";
