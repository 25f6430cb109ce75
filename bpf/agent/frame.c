/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADERS_MAX 4096

/* Digits only: strtoul would take signs and blanks. */
static bool parse_length(const char *at, const char *end, size_t *length)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (at == end)
		return false;
	for (*length = 0; at < end; at++) {
		if (!isdigit((unsigned char)*at))
			return false;
		*length = *length * 10 + (size_t)(*at - '0');
		if (*length > FRAME_MAX)
			*length = FRAME_MAX + 1;
	}
	return true;
}

static const char *parse_headers(const char *at, const char *end, size_t *length)
{
	static const char name[] = "Content-Length:";
	bool found = false;

	while (at < end) {
		const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);

		if (!line_end)
			line_end = end;
		if ((size_t)(line_end - at) >= sizeof(name) - 1 && !strncasecmp(at, name, sizeof(name) - 1)) {
			if (found || !parse_length(at + sizeof(name) - 1, line_end, length))
				return "the Content-Length is not one number";
			found = true;
		} else if (!memchr(at, ':', (size_t)(line_end - at))) {
			return "a header line has no colon";
		}
		at = line_end + 2;
	}
	if (!found)
		return "there is no Content-Length header";
	return *length > FRAME_MAX ? "the message is longer than 32 MiB" : NULL;
}

enum frame_state frame_read(const struct buffer *input, const char **body, size_t *length, size_t *used,
			    const char **problem)
{
	const char *end;

	if (!input->length)
		return FRAME_PARTIAL;
	end = memmem(input->data, input->length < HEADERS_MAX ? input->length : HEADERS_MAX, "\r\n\r\n", 4);
	if (!end) {
		*problem = "the headers do not end within 4096 bytes";
		return input->length < HEADERS_MAX ? FRAME_PARTIAL : FRAME_BROKEN;
	}
	*problem = parse_headers(input->data, end, length);
	if (*problem)
		return FRAME_BROKEN;
	*body = end + 4;
	*used = (size_t)(*body - input->data) + *length;
	return *used <= input->length ? FRAME_WHOLE : FRAME_PARTIAL;
}

void frame_write(struct buffer *output, const json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	char header[64];
	size_t length;

	if (!text) /* Only running out of memory: text_json() let nothing in that cannot be printed. */
		abort();
	length = strlen(text);
	buffer_append(output, header,
		      (size_t)snprintf(header, sizeof(header), "Content-Length: %zu\r\n\r\n", length));
	buffer_append(output, text, length);
	free(text);
}
