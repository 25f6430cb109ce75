/* SPDX-License-Identifier: Apache-2.0 */
/* BPF objects that come in a request. */
#pragma once

#include "failure.h"

#include <bpf/libbpf.h>

/*
 * Loads the request's `object` (an ELF in base64) into the kernel, checked against its `sha256`. `reuse` as
 * maps_reuse() has it; NULL: no map is reused. NULL with `failure` filled; else bpf_object__close() it.
 */
struct bpf_object *object_load(const json_t *params, const json_t *reuse, struct failure *failure);
