// SPDX-License-Identifier: Apache-2.0
#include "sidecar.h"

#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <string.h>

/* linux/netfilter_ipv6/ip6_tables.h has it, and cannot be included beside netinet/in.h. */
#define IP6T_SO_ORIGINAL_DST 80

static bool is_ipv4(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET ||
	       IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;

		return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;

	return x->sin6_port == y->sin6_port && IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr);
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
}

int origin_of(int fd, uint16_t port, struct origin *origin)
{
	struct sockaddr_storage own;
	socklen_t length = sizeof(own);

	memset(origin, 0, sizeof(*origin));
	origin->length = sizeof(origin->address);
	if (getsockname(fd, (struct sockaddr *)&own, &length) < 0)
		return -1;
	if (getsockopt(fd, is_ipv4(&own) ? SOL_IP : SOL_IPV6,
		       is_ipv4(&own) ? SO_ORIGINAL_DST : IP6T_SO_ORIGINAL_DST, &origin->address,
		       &origin->length) < 0)
		return -1;
	origin->is_self = port_of(&own) == port && same(&own, &origin->address);
	return 0;
}

void origin_to_loopback(struct origin *origin)
{
	if (origin->address.ss_family == AF_INET)
		((struct sockaddr_in *)&origin->address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&origin->address)->sin6_addr = in6addr_loopback;
}

void origin_name(const struct origin *origin, char *name, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	if (origin->address.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&origin->address;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		snprintf(name, size, "%s:%u", text, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 = (const void *)&origin->address;

		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		snprintf(name, size, "[%s]:%u", text, ntohs(in6->sin6_port));
	}
}
