// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* The definitions of the maps that acceleration_maps.h declares. */
#include "acceleration_maps.h"

struct workloads_map workloads SEC(".maps");
struct ends_map ends SEC(".maps");
struct offers_map offers SEC(".maps");
struct sockets_map sockets SEC(".maps");

char LICENSE[] SEC("license") = "GPL";
