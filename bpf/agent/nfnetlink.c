/* SPDX-License-Identifier: Apache-2.0 */
#include "nfnetlink.h"

#include <linux/netfilter/nfnetlink.h>
#include <stdint.h>
#include <string.h>

const struct nlattr *attributes_first(const void *bytes, size_t length)
{
	const struct nlattr *attribute = bytes;

	if (length < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) ||
	    attribute->nla_len > length)
		return NULL;
	return attribute;
}

const struct nlattr *attributes_next(const struct nlattr *attribute, const void *end)
{
	const size_t left = (size_t)((const uint8_t *)end - (const uint8_t *)attribute);
	const size_t length = NLA_ALIGN(attribute->nla_len);

	return length < left ? attributes_first((const uint8_t *)attribute + length, left - length) : NULL;
}

void attributes_split(const void *bytes, size_t length, const struct nlattr **found, size_t max)
{
	const void *end = (const uint8_t *)bytes + length;

	memset(found, 0, (max + 1) * sizeof(*found));
	for (const struct nlattr *attribute = attributes_first(bytes, length); attribute;
	     attribute = attributes_next(attribute, end)) {
		const uint16_t type = attribute->nla_type & NLA_TYPE_MASK;

		if (type <= max)
			found[type] = attribute;
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
