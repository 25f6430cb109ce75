/* SPDX-License-Identifier: Apache-2.0 */
#include "rtnetlink.h"

#include <err.h>
#include <errno.h>
#include <linux/net_namespace.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

/* Takes `length` bytes at the end, zeroed. */
static void *extend(struct rtnl_message *message, size_t length)
{
	size_t at = NLMSG_ALIGN(message->header.nlmsg_len);

	if (at + length > sizeof(message->room))
		errx(EX_SOFTWARE, "a message for rtnetlink has no room for %zu more bytes", length);
	message->header.nlmsg_len = (uint32_t)(at + length);
	return memset(message->room + at, 0, length);
}

void rtnl_begin(struct rtnl_message *message, uint16_t type, uint16_t flags, const void *head, size_t length)
{
	message->header = (struct nlmsghdr){
	    .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags};
	memcpy(extend(message, length), head, length);
}

struct rtattr *rtnl_open(struct rtnl_message *message, uint16_t type, const void *head, size_t length)
{
	struct rtattr *attribute = extend(message, RTA_LENGTH(length));

	*attribute = (struct rtattr){.rta_len = (uint16_t)RTA_LENGTH(length), .rta_type = type};
	if (length)
		memcpy(RTA_DATA(attribute), head, length);
	return attribute;
}

void rtnl_put(struct rtnl_message *message, uint16_t type, const void *data, size_t length)
{
	rtnl_open(message, type, data, length);
}

void rtnl_close(struct rtnl_message *message, struct rtattr *opened)
{
	const char *end = message->room + NLMSG_ALIGN(message->header.nlmsg_len);

	opened->rta_len = (uint16_t)(end - (const char *)opened);
}

static ssize_t receive(int rtnl, void *room, size_t size)
{
	ssize_t length;

	do
		length = recv(rtnl, room, size, 0);
	while (length < 0 && errno == EINTR);
	return length;
}

int rtnl_do(int rtnl, struct rtnl_message *message)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char request[RTNL_MESSAGE_MAX]; /* the kernel gives back what it refuses */
	} answer;
	ssize_t length;

	if (send(rtnl, message, message->header.nlmsg_len, 0) < 0)
		return -1;
	length = receive(rtnl, &answer, sizeof(answer));
	if (length < 0)
		return -1;
	if ((size_t)length < NLMSG_LENGTH(sizeof(answer.error)) || answer.header.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.error.error;
	return errno ? -1 : 0;
}

/* What a message about one thing may have. */
union answer {
	struct nlmsghdr header;
	char room[32 * 1024];
};

/* Asks for one thing, which is told by a message of this type. Returns -1 with errno set. */
static int ask(int rtnl, struct rtnl_message *message, uint16_t type, union answer *answer)
{
	ssize_t length;

	message->header.nlmsg_flags = NLM_F_REQUEST; /* The answer says it all. */
	if (send(rtnl, message, message->header.nlmsg_len, 0) < 0)
		return -1;
	length = receive(rtnl, answer, sizeof(*answer));
	if (length < 0)
		return -1;
	if (NLMSG_OK(&answer->header, (size_t)length) && answer->header.nlmsg_type == type)
		return 0;
	errno = EPROTO;
	if (NLMSG_OK(&answer->header, (size_t)length) && answer->header.nlmsg_type == NLMSG_ERROR)
		errno = -((const struct nlmsgerr *)NLMSG_DATA(&answer->header))->error;
	return -1;
}

/* Copies an attribute's first bytes, after a fixed part of `head` bytes. Returns -1 with errno set where
 * there is none. */
static int attribute_bytes(const struct nlmsghdr *header, size_t head, uint16_t type, void *bytes,
			   size_t size)
{
	const size_t before = NLMSG_SPACE(head);
	const struct rtattr *attribute = (const struct rtattr *)(const void *)((const char *)header + before);
	unsigned int left = header->nlmsg_len > before ? header->nlmsg_len - (unsigned int)before : 0;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == type && RTA_PAYLOAD(attribute) >= size) {
			memcpy(bytes, RTA_DATA(attribute), size);
			return 0;
		}
	errno = ENODATA;
	return -1;
}

int rtnl_link_state(int rtnl, int index)
{
	const struct ifinfomsg head = {.ifi_index = index};
	struct rtnl_message message;
	union answer answer;
	unsigned char state;

	rtnl_begin(&message, RTM_GETLINK, 0, &head, sizeof(head));
	if (ask(rtnl, &message, RTM_NEWLINK, &answer) ||
	    attribute_bytes(&answer.header, sizeof(head), IFLA_OPERSTATE, &state, sizeof(state)))
		return -1;
	return state;
}

int32_t rtnl_namespace_id(int rtnl, int netns)
{
	const struct rtgenmsg head = {.rtgen_family = AF_UNSPEC};
	struct rtnl_message message;
	union answer answer;
	int32_t id;

	rtnl_begin(&message, RTM_GETNSID, 0, &head, sizeof(head));
	rtnl_put(&message, NETNSA_FD, &netns, sizeof(netns));
	if (ask(rtnl, &message, RTM_NEWNSID, &answer) ||
	    attribute_bytes(&answer.header, sizeof(head), NETNSA_NSID, &id, sizeof(id)))
		return -1;
	if (id < 0)
		errno = ENODATA;
	return id;
}
