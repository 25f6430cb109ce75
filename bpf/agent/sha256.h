/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#define SHA256_TEXT 65

/* The SHA-256 (FIPS 180-4) of `bytes` in lower-case hexadecimal, with its terminating zero. */
void sha256_text(const unsigned char *bytes, size_t length, char text[SHA256_TEXT]);
