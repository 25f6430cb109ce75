/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a TCP connection. */
#pragma once

#include "sockets.h"

#include <jansson.h>
#include <sys/socket.h>

/* IPv4 addresses as ::ffff:a.b.c.d, so that the two ends of a connection name it alike. */
struct end {
	struct in6_addr address;
	uint16_t port; /* host order */
	bool known;
};

/* Not known where it is of another family than AF_INET and AF_INET6. */
struct end end_of_name(const struct sockaddr_storage *name);
struct end end_of_local(const struct tcp_socket *socket);
struct end end_of_remote(const struct tcp_socket *socket);
/* False where either is not known. */
bool end_equal(const struct end *left, const struct end *right);
/* Endpoint of src/core/model/probe.ts; null if it is not known. */
json_t *end_json(const struct end *end);
