/* SPDX-License-Identifier: Apache-2.0 */
/* What libbpf and the verifier say while an object is opened, loaded or attached. */
#pragma once

#include "memory.h"

/* Collects into `log` from now on. NULL: nothing is collected, and nothing printed. */
void bpf_log_to(struct buffer *log);
/* The end of the log, at most 64 KiB, from the beginning of a line on; ends with a zero. */
const char *bpf_log_tail(struct buffer *log);
