/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <bpf/btf.h>
#include <jansson.h>

/* The type as src/core/model/btf.ts has it; null if `btf` is NULL or has no such type. */
json_t *btf_type_json(const struct btf *btf, __u32 type);
