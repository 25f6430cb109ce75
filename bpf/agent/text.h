/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text and back. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A JSON string. Whatever is not UTF-8 becomes U+FFFD, a byte each: names and rules are anyone's bytes. */
json_t *text_json(const char *bytes, size_t length);
json_t *string_json(const char *text);

/* Lower-case hexadecimal, two digits a byte. */
json_t *hex_json(const void *bytes, size_t length);
/* Fills exactly `size` bytes from `2 * size` digits; false if there are others or more or fewer. */
bool hex_decode(const char *hex, size_t hex_length, void *bytes, size_t size);

/* RFC 4648, 4, with padding and without line breaks. NULL if it is not base64. The caller frees it. */
unsigned char *base64_decode(const char *text, size_t length, size_t *size);
