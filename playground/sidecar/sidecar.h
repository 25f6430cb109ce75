/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small sidecar proxy: it takes connections that were redirected to it, asks the kernel for their original
 * destination, connects there and relays bytes. One process, one epoll.
 */
#pragma once

#include "../shared/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

enum direction {
	INBOUND,
	OUTBOUND,
	DIRECTIONS,
};

/* origin.c */
struct origin {
	struct sockaddr_storage address;
	socklen_t length;
	bool is_self; /* the original destination is the listener itself: nothing redirected it */
};

/*
 * Asks the kernel where a connection wanted to go that a listener at `port` accepted. In eBPF mode that may
 * be the socket's own address, which then has another port than the listener. Returns 0 or -1 with errno.
 */
int origin_of(int fd, uint16_t port, struct origin *origin);
/* The same port on loopback, of the same family: where the application of an inbound connection listens. */
void origin_to_loopback(struct origin *origin);
/* `10.0.0.1:80` or `[::1]:80`. */
void origin_name(const struct origin *origin, char *name, size_t size);

/* counters.c */
struct traffic {
	uint64_t connections;
	uint64_t bytes_up; /* from who connected to the destination */
	uint64_t bytes_down;
};

struct counters {
	struct traffic total;
	uint64_t active;
	uint64_t refused; /* without an original destination, or with ourselves as it */
	uint64_t failed;  /* the destination could not be connected */
};

/* Where traffic to `destination` is counted; a shared entry once there are too many. */
struct traffic *counters_destination(enum direction direction, const char *destination);
void counters_write_json(FILE *out, uint64_t netns_cookie);
extern struct counters counters[DIRECTIONS];

/* relay.c */
/*
 * Takes an accepted connection over. It closes `fd` in every case. Where nothing had redirected it, it goes
 * to `upstream`, as connections do of applications that know their sidecar; NULL: it is refused.
 */
void relay_start(int fd, enum direction direction, uint16_t port, const struct origin *upstream);

/* admin.c */
/* Listens on 127.0.0.1:port and, unless NULL, on a unix socket; both answer GET / with the counters. */
int admin_listen(uint16_t port, const char *socket_path, uint64_t netns_cookie);
