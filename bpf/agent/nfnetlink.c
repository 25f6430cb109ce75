/* SPDX-License-Identifier: Apache-2.0 */
#include "nfnetlink.h"

#include <linux/netfilter/nfnetlink.h>
#include <stdint.h>
#include <string.h>

void attributes_split(const void *bytes, size_t length, const struct nlattr **found, size_t max)
{
	const uint8_t *at = bytes, *end = at + length;

	memset(found, 0, (max + 1) * sizeof(*found));
	while ((size_t)(end - at) >= sizeof(struct nlattr)) {
		const struct nlattr *attribute = (const struct nlattr *)(const void *)at;
		const uint16_t type = attribute->nla_type & NLA_TYPE_MASK;

		if (attribute->nla_len < sizeof(*attribute) || attribute->nla_len > end - at)
			return;
		if (type <= max)
			found[type] = attribute;
		if (NLA_ALIGN(attribute->nla_len) >= end - at)
			return;
		at += NLA_ALIGN(attribute->nla_len);
	}
}

void attributes_nested(const struct nlattr *nest, const struct nlattr **found, size_t max)
{
	if (nest)
		attributes_split(nest + 1, nest->nla_len - sizeof(*nest), found, max);
	else
		memset(found, 0, (max + 1) * sizeof(*found));
}

void attributes_of_message(const struct nlmsghdr *header, const struct nlattr **found, size_t max)
{
	const size_t before = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	const size_t length = header->nlmsg_len > before ? header->nlmsg_len - before : 0;

	attributes_split((const uint8_t *)header + before, length, found, max);
}

const void *attribute_payload(const struct nlattr *attribute, size_t size)
{
	return attribute && attribute->nla_len >= sizeof(*attribute) + size ? attribute + 1 : NULL;
}
