/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink(7): interfaces, addresses and routes of a network namespace. */
#pragma once

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#define RTNL_MESSAGE_MAX 1024

/* A request that is being written. What does not fit is a mistake of this program, and ends it. */
struct rtnl_message {
	union {
		struct nlmsghdr header;
		char room[RTNL_MESSAGE_MAX];
	};
};

/* Begins a request whose fixed part is `head`. `flags` are those beside NLM_F_REQUEST. */
void rtnl_begin(struct rtnl_message *message, uint16_t type, uint16_t flags, const void *head, size_t length);
void rtnl_put(struct rtnl_message *message, uint16_t type, const void *data, size_t length);
/* Begins an attribute that holds others, after a fixed part (of 0 bytes: none). rtnl_close() ends it. */
struct rtattr *rtnl_open(struct rtnl_message *message, uint16_t type, const void *head, size_t length);
void rtnl_close(struct rtnl_message *message, struct rtattr *opened);
/* Has the kernel do it, on a socket of NETLINK_ROUTE. Returns -1 with errno set. */
int rtnl_do(int rtnl, struct rtnl_message *message);
/* The id that a namespace has in that of the socket. Returns -1 with errno set; ENODATA: it has none. */
int32_t rtnl_namespace_id(int rtnl, int netns);
/* The interface's IFLA_OPERSTATE, IF_OPER_UP for one. Returns -1 with errno set. */
int rtnl_link_state(int rtnl, int index);
