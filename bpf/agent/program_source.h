/* SPDX-License-Identifier: Apache-2.0 */
/* Where the source of a loaded program stands, as its BTF tells. */
#pragma once

#include "failure.h"

/* Where an open program begins: { function, file, line }; JSON's null where the kernel has no BTF of it. */
json_t *program_begin_json(int program);
