/* SPDX-License-Identifier: Apache-2.0 */
#include "addresses.h"
#include "netns.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>

static int prefix_length(const unsigned char *mask, size_t size)
{
	int bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += __builtin_popcount(mask[i]);
	return bits;
}

static void add_address(json_t *list, const struct ifaddrs *entry)
{
	int family = entry->ifa_addr ? entry->ifa_addr->sa_family : AF_UNSPEC;
	unsigned int index = if_nametoindex(entry->ifa_name);
	const void *address, *mask;
	char text[INET6_ADDRSTRLEN];

	if ((family != AF_INET && family != AF_INET6) || !entry->ifa_netmask || !index)
		return;
	if (family == AF_INET) {
		address = &((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr;
		mask = &((const struct sockaddr_in *)(const void *)entry->ifa_netmask)->sin_addr;
	} else {
		address = &((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)->sin6_addr;
		mask = &((const struct sockaddr_in6 *)(const void *)entry->ifa_netmask)->sin6_addr;
	}
	inet_ntop(family, address, text, sizeof(text));
	json_array_append_new(list, json_pack("{s:o, s:i, s:s, s:s, s:i}", "interface",
					      string_json(entry->ifa_name), "index", (int)index, "family",
					      family == AF_INET ? "ipv4" : "ipv6", "address", text, "prefix",
					      prefix_length(mask, family == AF_INET ? 4 : 16)));
}

json_t *addresses_json(const struct agent *agent, int netns, struct failure *failure)
{
	json_t *list = json_array();
	struct ifaddrs *entries = NULL;
	int result, error;

	if (netns_enter(netns)) {
		fail_system(failure, "setns", NULL);
		json_decref(list);
		return NULL;
	}
	result = getifaddrs(&entries);
	error = errno;
	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next)
		add_address(list, entry);
	if (entries)
		freeifaddrs(entries);
	netns_leave(agent);
	if (!result)
		return list;
	errno = error;
	fail_system(failure, "getifaddrs", NULL);
	json_decref(list);
	return NULL;
}
