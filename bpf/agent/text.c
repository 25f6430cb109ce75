/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 character at `at`, 0 if there is none (RFC 3629, 4). */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	uint32_t point;
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] < 0xe0)
		length = 2;
	else if ((at[0] & 0xf0) == 0xe0)
		length = 3;
	else if (at[0] >= 0xf0 && at[0] < 0xf5)
		length = 4;
	else
		return 0;
	if (length > left)
		return 0;
	point = at[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (at[i] & 0x3f);
	}
	if ((length == 3 && point < 0x800) || (length == 4 && (point < 0x10000 || point > 0x10ffff)) ||
	    (point >= 0xd800 && point < 0xe000))
		return 0;
	return length;
}

json_t *text_json(const char *bytes, size_t length)
{
	struct buffer repaired = {0};
	size_t clean = 0, at = 0;
	json_t *text;

	while (at < length) {
		size_t character = utf8_length((const unsigned char *)bytes + at, length - at);

		if (character) {
			at += character;
			continue;
		}
		buffer_append(&repaired, bytes + clean, at - clean);
		buffer_append(&repaired, "\xef\xbf\xbd", 3);
		clean = ++at;
	}
	if (!repaired.length)
		return json_stringn_nocheck(bytes, length);
	buffer_append(&repaired, bytes + clean, length - clean);
	text = json_stringn_nocheck(repaired.data, repaired.length);
	buffer_free(&repaired);
	return text;
}

json_t *string_json(const char *text)
{
	return text_json(text, strlen(text));
}

json_t *hex_json(const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;
	char *hex = xrealloc(NULL, 2 * length);
	json_t *text;

	for (size_t i = 0; i < length; i++) {
		hex[2 * i] = digits[from[i] >> 4];
		hex[2 * i + 1] = digits[from[i] & 0xf];
	}
	text = json_stringn_nocheck(hex, 2 * length);
	free(hex);
	return text;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

bool hex_decode(const char *hex, size_t hex_length, void *bytes, size_t size)
{
	unsigned char *to = bytes;

	if (hex_length % 2 || hex_length / 2 != size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static int base64_digit(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == '+')
		return 62;
	return digit == '/' ? 63 : -1;
}

unsigned char *base64_decode(const char *text, size_t length, size_t *size)
{
	size_t padding = 0;
	unsigned char *bytes;

	if (length % 4)
		return NULL;
	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	bytes = xrealloc(NULL, length / 4 * 3);
	for (size_t i = 0; i < length; i += 4) {
		uint32_t group = 0;

		for (size_t j = 0; j < 4; j++) {
			int digit = i + j >= length - padding ? 0 : base64_digit(text[i + j]);

			if (digit < 0) {
				free(bytes);
				return NULL;
			}
			group = group << 6 | (uint32_t)digit;
		}
		bytes[i / 4 * 3] = (unsigned char)(group >> 16);
		bytes[i / 4 * 3 + 1] = (unsigned char)(group >> 8);
		bytes[i / 4 * 3 + 2] = (unsigned char)group;
	}
	*size = length / 4 * 3 - padding;
	return bytes;
}
