/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bytes of bpf/prebuilt/origins_iter.bpf.o. */
extern const unsigned char origins_iterator_object[];
extern const unsigned char origins_iterator_object_end[];
