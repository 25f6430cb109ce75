/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that never fails: the agent is small, so running out of memory ends it, with a message. */
#pragma once

#include <stddef.h>

void *xrealloc(void *old, size_t size);
void *xcalloc(size_t count, size_t size);
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One more element of `size` bytes, zeroed, at the end of `*list`; `*count` grows by one. */
void *xappend(void *list, size_t *count, size_t size);

/* Bytes that grow. Start with {0}. */
struct buffer {
	char *data;
	size_t length;
	size_t capacity;
};

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
/* Room for `length` more bytes at the end; returns where they go. The length is the caller's to add. */
char *buffer_reserve(struct buffer *buffer, size_t length);
/* Takes the first `length` bytes away. */
void buffer_consume(struct buffer *buffer, size_t length);
void buffer_free(struct buffer *buffer);
