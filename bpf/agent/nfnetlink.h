/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the attributes of netlink messages. */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>

/* The first of attributes that lie one after another; NULL: there is none, or it is not whole. */
const struct nlattr *attributes_first(const void *bytes, size_t length);
/* The one after it, of those that end at `end`. */
const struct nlattr *attributes_next(const struct nlattr *attribute, const void *end);
/* Attributes by their types, up to `max`; of absent ones NULL. */
void attributes_split(const void *bytes, size_t length, const struct nlattr **found, size_t max);
/* The same of what an attribute holds; `nest` may be NULL. */
void attributes_nested(const struct nlattr *nest, const struct nlattr **found, size_t max);
/* What a message of nfnetlink holds after its fixed part. */
void attributes_of_message(const struct nlmsghdr *header, const struct nlattr **found, size_t max);
/* The bytes of an attribute of at least `size`; NULL where it is absent or shorter. */
const void *attribute_payload(const struct nlattr *attribute, size_t size);
