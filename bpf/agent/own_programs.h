/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising a program of eBPF mode without its pin. */
#pragma once

#include "hooks.h"

#include <stdbool.h>

/*
 * Whether a program that is attached to the hook is ours, of this version or another: it has the hook's name,
 * and all its maps have names of bpf/programs/layout.h and the shapes that go with them, `counters` among
 * them, and `settings` or `origins`. False also where it is gone.
 */
bool program_is_ours(__u32 program, const struct hook *hook);
