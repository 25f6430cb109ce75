/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "failure.h"

#include <bpf/libbpf.h>

/*
 * Before `object` is loaded: `reuse` ([{ map, id }]) names maps of it that are to be ones which exist
 * already. Fails with `no-such-map` or `map-mismatch`, and then the object must not be loaded.
 */
int maps_reuse(const struct bpf_object *object, const json_t *reuse, struct failure *failure);
