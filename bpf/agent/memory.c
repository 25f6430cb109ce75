/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void *xrealloc(void *old, size_t size)
{
	void *new = realloc(old, size ? size : 1);

	if (!new)
		errx(EX_OSERR, "out of memory (%zu bytes)", size);
	return new;
}

void *xcalloc(size_t count, size_t size)
{
	void *new = calloc(count ? count : 1, size ? size : 1);

	if (!new)
		errx(EX_OSERR, "out of memory (%zu times %zu bytes)", count, size);
	return new;
}

char *xstrdup(const char *text)
{
	size_t length = strlen(text) + 1;

	return memcpy(xrealloc(NULL, length), text, length);
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		errx(EX_OSERR, "out of memory");
	return text;
}

void *xappend(void *list, size_t *count, size_t size)
{
	char *grown = list;

	/* Doubles at every power of two, so that no capacity has to be kept. */
	if ((*count & (*count - 1)) == 0)
		grown = xrealloc(list, (*count ? *count * 2 : 1) * size);
	memset(grown + *count * size, 0, size);
	(*count)++;
	return grown;
}

char *buffer_reserve(struct buffer *buffer, size_t length)
{
	size_t needed = buffer->length + length;

	if (needed > buffer->capacity) {
		buffer->capacity = needed > 2 * buffer->capacity ? needed : 2 * buffer->capacity;
		buffer->data = xrealloc(buffer->data, buffer->capacity);
	}
	return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (!length)
		return;
	memcpy(buffer_reserve(buffer, length), bytes, length);
	buffer->length += length;
}

void buffer_consume(struct buffer *buffer, size_t length)
{
	if (!length)
		return;
	memmove(buffer->data, buffer->data + length, buffer->length - length);
	buffer->length -= length;
	if (!buffer->length)
		buffer_free(buffer);
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
