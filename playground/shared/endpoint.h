/* SPDX-License-Identifier: Apache-2.0 */
/* An address and a port, as the playground's programs are told them. */
#pragma once

#include <sys/socket.h>

struct endpoint_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* Of `10.0.0.1:80` or `[::1]:80`. Ends the process where the text is something else. */
struct endpoint_address endpoint_parse(const char *text);
