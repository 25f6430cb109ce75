// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"
#include "process.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct endpoint_address endpoint_parse(const char *text)
{
	struct endpoint_address parsed = {0};
	struct sockaddr_in *in = (void *)&parsed.address;
	struct sockaddr_in6 *in6 = (void *)&parsed.address;
	const char *colon = strrchr(text, ':');
	const size_t length = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN + 2] = "";

	if (length == 0 || length >= sizeof(host))
		errx(2, "not ADDRESS:PORT: %s", text);
	memcpy(host, text, length);
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		parsed.length = sizeof(*in6);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)number(colon + 1, UINT16_MAX));
		if (inet_pton(AF_INET6, host + 1, &in6->sin6_addr) == 1)
			return parsed;
	} else {
		parsed.length = sizeof(*in);
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)number(colon + 1, UINT16_MAX));
		if (inet_pton(AF_INET, host, &in->sin_addr) == 1)
			return parsed;
	}
	errx(2, "not an address: %s", text);
}
