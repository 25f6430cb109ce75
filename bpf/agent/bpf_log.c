/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_MAX (64 * 1024)

/* The one global: libbpf's print callback is given no context. */
static struct buffer *collected;

static int collect(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text;
	int length;

	if (level == LIBBPF_DEBUG || !collected)
		return 0;
	length = vasprintf(&text, format, arguments);
	if (length < 0)
		return 0;
	buffer_append(collected, text, (size_t)length);
	free(text);
	return 0;
}

void bpf_log_to(struct buffer *log)
{
	collected = log;
	libbpf_set_print(collect);
}

const char *bpf_log_tail(struct buffer *log)
{
	const char *tail, *line;

	*buffer_reserve(log, 1) = 0;
	if (log->length <= TAIL_MAX)
		return log->data;
	tail = log->data + log->length - TAIL_MAX;
	line = strchr(tail, '\n');
	return line ? line + 1 : tail;
}
