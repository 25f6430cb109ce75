/* SPDX-License-Identifier: Apache-2.0 */
#include "ends.h"

#include <arpa/inet.h>
#include <string.h>

static struct end end_of(int family, const void *address, uint16_t port)
{
	struct end end = {.port = port, .known = true};

	if (family == AF_INET6) {
		memcpy(&end.address, address, sizeof(end.address));
		return end;
	}
	memset(&end.address.s6_addr[10], 0xff, 2);
	memcpy(&end.address.s6_addr[12], address, 4);
	return end;
}

struct end end_of_name(const struct sockaddr_storage *name)
{
	const struct sockaddr_in *ipv4 = (const void *)name;
	const struct sockaddr_in6 *ipv6 = (const void *)name;

	if (name->ss_family == AF_INET)
		return end_of(AF_INET, &ipv4->sin_addr, ntohs(ipv4->sin_port));
	if (name->ss_family == AF_INET6)
		return end_of(AF_INET6, &ipv6->sin6_addr, ntohs(ipv6->sin6_port));
	return (struct end){.known = false};
}

struct end end_of_local(const struct tcp_socket *socket)
{
	return end_of(socket->family, &socket->local, socket->local_port);
}

struct end end_of_remote(const struct tcp_socket *socket)
{
	return end_of(socket->family, &socket->remote, socket->remote_port);
}

bool end_equal(const struct end *left, const struct end *right)
{
	return left->known && right->known && left->port == right->port &&
	       IN6_ARE_ADDR_EQUAL(&left->address, &right->address);
}

json_t *end_json(const struct end *end)
{
	char text[INET6_ADDRSTRLEN];

	if (!end->known)
		return json_null();
	address_text(AF_INET6, &end->address, text);
	return json_pack("{s:s, s:i}", "address", text, "port", end->port);
}
