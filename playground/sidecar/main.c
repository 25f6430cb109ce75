// SPDX-License-Identifier: Apache-2.0
/*
 *   sidecar [--inbound PORT] [--outbound PORT] [--admin PORT] [--admin-socket PATH] [--uid UID]
 *           [--inbound-upstream ADDRESS:PORT] [--outbound-upstream ADDRESS:PORT]
 *   sidecar --netns-cookie
 *
 * The upstreams are for applications that know their sidecar and connect to its ports: of these connections
 * the kernel has no original destination to tell.
 */
#include "sidecar.h"
#include "../shared/endpoint.h"
#include "../shared/process.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

#define MEMORY_KEPT (64 << 20)

struct options {
	uint16_t ports[DIRECTIONS];
	struct origin upstreams[DIRECTIONS]; /* without a length: there is none */
	uint16_t admin_port;
	const char *admin_socket;
	uid_t uid;
	bool print_cookie;
};

struct listener {
	struct watched watched; /* first: the loop hands us this */
	enum direction direction;
	uint16_t port;
	const struct origin *upstream;
};

static void accept_all(struct watched *watched, uint32_t events)
{
	struct listener *listener = (struct listener *)watched;
	int fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0)
		relay_start(fd, listener->direction, listener->port, listener->upstream);
}

static int listen_on(struct listener *listener, enum direction direction, int family,
		     const struct options *options)
{
	const struct origin *upstream = &options->upstreams[direction];
	const uint16_t port = options->ports[direction];
	const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	const bool is4 = family == AF_INET;
	const int on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return family == AF_INET6 && errno == EAFNOSUPPORT ? 0 : -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    (!is4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, is4 ? (const void *)&any4 : (const void *)&any6, is4 ? sizeof(any4) : sizeof(any6)) <
		0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -1;
	*listener = (struct listener){
	    {.fd = fd, .ready = accept_all}, direction, port, upstream->length ? upstream : NULL};
	return loop_add(&listener->watched, EPOLLIN);
}

/* The network namespace's cookie, which is what names a workload; 0 on kernels that have none. */
static uint64_t netns_cookie(void)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 && errno != ENOPROTOOPT)
		err(1, "SO_NETNS_COOKIE");
	close(fd);
	return cookie;
}

static struct origin upstream_of(const char *text)
{
	const struct endpoint_address at = endpoint_parse(text);

	return (struct origin){.address = at.address, .length = at.length};
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
	    {"inbound", required_argument, NULL, 'i'},
	    {"outbound", required_argument, NULL, 'o'},
	    {"inbound-upstream", required_argument, NULL, 'I'},
	    {"outbound-upstream", required_argument, NULL, 'O'},
	    {"admin", required_argument, NULL, 'a'},
	    {"admin-socket", required_argument, NULL, 's'},
	    {"uid", required_argument, NULL, 'u'},
	    {"netns-cookie", no_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0},
	};
	struct options options = {
	    .ports = {[INBOUND] = 15003, [OUTBOUND] = 15001}, .admin_port = 15000, .uid = 1500};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'i':
			options.ports[INBOUND] = (uint16_t)number(optarg, UINT16_MAX);
			break;
		case 'o':
			options.ports[OUTBOUND] = (uint16_t)number(optarg, UINT16_MAX);
			break;
		case 'I':
			options.upstreams[INBOUND] = upstream_of(optarg);
			break;
		case 'O':
			options.upstreams[OUTBOUND] = upstream_of(optarg);
			break;
		case 'a':
			options.admin_port = (uint16_t)number(optarg, UINT16_MAX);
			break;
		case 's':
			options.admin_socket = optarg;
			break;
		case 'u':
			options.uid = (uid_t)number(optarg, UINT32_MAX - 1);
			break;
		case 'c':
			options.print_cookie = true;
			break;
		default:
			exit(2);
		}
	}
	return options;
}

int main(int argc, char **argv)
{
	static struct listener listeners[DIRECTIONS][2];
	const struct options options = parse(argc, argv);
	const uint64_t cookie = netns_cookie();

	if (options.print_cookie) {
		printf("%" PRIu64 "\n", cookie);
		return 0;
	}
	allow_many_files();
	/* Else much of what a connection costs is its buffers' pages, given back and taken anew. */
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
	if (loop_init() < 0)
		err(1, "epoll");
	/* The unix socket needs root's directory; whoever is redirected has to be another user than its
	 * sidecar. */
	if (admin_listen(options.admin_port, options.admin_socket, cookie) < 0)
		err(1, "admin port %u", options.admin_port);
	become(options.uid);
	for (int direction = 0; direction < DIRECTIONS; direction++) {
		if (listen_on(&listeners[direction][0], direction, AF_INET, &options) < 0 ||
		    listen_on(&listeners[direction][1], direction, AF_INET6, &options) < 0)
			err(1, "listen on port %u", options.ports[direction]);
	}
	puts("ready");
	fflush(stdout);
	if (loop_run(NULL, 0) < 0)
		err(1, "epoll");
	return 0;
}
