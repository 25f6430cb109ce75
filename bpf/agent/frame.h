/* SPDX-License-Identifier: Apache-2.0 */
/* Content-Length framing, as in the Language Server Protocol's base protocol. */
#pragma once

#include "memory.h"

#include <jansson.h>

#define FRAME_MAX (32 * 1024 * 1024)

enum frame_state {
	FRAME_PARTIAL, /* more bytes are needed */
	FRAME_WHOLE,
	FRAME_BROKEN, /* where the next frame begins cannot be known */
};

/*
 * Looks for a frame at the start of `input`. When it is whole, its body is at `*body` (inside `input`), and
 * `*used` bytes belong to it; when broken, `*problem` says why.
 */
enum frame_state frame_read(const struct buffer *input, const char **body, size_t *length, size_t *used,
			    const char **problem);
/* Appends the message, framed. */
void frame_write(struct buffer *output, const json_t *message);
