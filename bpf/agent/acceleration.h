/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "namespaces.h"

#include <linux/types.h>
#include <stddef.h>

#define ACCELERATION_PROGRAMS 2

/* The programs by which the workload is accelerated. Gives how many `ids` there are: none where it is off. */
size_t acceleration_programs(const struct workload *workload, __u32 ids[ACCELERATION_PROGRAMS]);
/* `acceleration` of a snapshot (src/core/model/snapshot.ts). */
json_t *acceleration_json(const struct workload *workload);
