// SPDX-License-Identifier: Apache-2.0
/* The admin port: GET / answers with the counters as JSON, and the connection is closed. */
#include "sidecar.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_REQUEST 4096
#define MAX_LISTENERS 2

struct visit {
	struct watched watched; /* first: the loop hands us this */
	size_t received;
	char request[MAX_REQUEST + 1];
	char *answer;
	size_t sent, size;
};

static struct watched listeners[MAX_LISTENERS];
static uint64_t cookie;

static void leave(struct visit *visit)
{
	close(visit->watched.fd);
	visit->watched.fd = -1;
	free(visit->answer);
	loop_free_later(&visit->watched);
}

static int compose(struct visit *visit)
{
	const bool known = strncmp(visit->request, "GET / ", 6) == 0;
	FILE *out = open_memstream(&visit->answer, &visit->size);

	if (!out)
		return -1;
	fprintf(out, "HTTP/1.0 %s\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
		known ? "200 OK" : "404 Not Found");
	if (known)
		counters_write_json(out, cookie);
	return fclose(out);
}

static void visit_ready(struct watched *watched, uint32_t events)
{
	struct visit *visit = (struct visit *)watched;
	ssize_t count;

	(void)events;
	if (!visit->answer) {
		count = recv(watched->fd, visit->request + visit->received, MAX_REQUEST - visit->received, 0);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		visit->received += count > 0 ? (size_t)count : 0;
		visit->request[visit->received] = '\0';
		if (!strstr(visit->request, "\r\n\r\n")) {
			if (count <= 0 || visit->received == MAX_REQUEST)
				leave(visit);
			return;
		}
		if (compose(visit) < 0 || loop_change(watched, EPOLLOUT) < 0) {
			leave(visit);
			return;
		}
	}
	count = send(watched->fd, visit->answer + visit->sent, visit->size - visit->sent, MSG_NOSIGNAL);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	visit->sent += count > 0 ? (size_t)count : 0;
	if (count < 0 || visit->sent == visit->size)
		leave(visit);
}

static void listener_ready(struct watched *watched, uint32_t events)
{
	struct visit *visit;
	int fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	visit = calloc(1, sizeof(*visit));
	if (!visit) {
		close(fd);
		return;
	}
	visit->watched = (struct watched){.fd = fd, .ready = visit_ready};
	if (loop_add(&visit->watched, EPOLLIN) < 0)
		leave(visit);
}

static int listen_on(struct watched *listener, const struct sockaddr *address, socklen_t length)
{
	const int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	*listener = (struct watched){.fd = fd, .ready = listener_ready};
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || bind(fd, address, length) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -1;
	return loop_add(listener, EPOLLIN);
}

int admin_listen(uint16_t port, const char *socket_path, uint64_t netns_cookie)
{
	const struct sockaddr_in loopback = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un local = {.sun_family = AF_UNIX};

	cookie = netns_cookie;
	if (listen_on(&listeners[0], (const struct sockaddr *)&loopback, sizeof(loopback)) < 0)
		return -1;
	if (!socket_path)
		return 0;
	if (strlen(socket_path) >= sizeof(local.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(local.sun_path, socket_path);
	unlink(socket_path);
	return listen_on(&listeners[1], (const struct sockaddr *)&local, sizeof(local));
}
