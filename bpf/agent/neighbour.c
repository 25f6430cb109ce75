/* SPDX-License-Identifier: Apache-2.0 */
#include "neighbour.h"
#include "netns.h"
#include "rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/veth.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the networks for documentation (RFC 5737, 3849, 9637), which nobody routes: one is free anywhere. */
struct network {
	int family;
	const char *address;
	int prefix;
};

static const struct network networks[] = {
    {AF_INET, "192.0.2.0", 24},		{AF_INET, "198.51.100.0", 24},	{AF_INET, "203.0.113.0", 24},
    {AF_INET6, "2001:db8:6d72::", 120}, {AF_INET6, "3fff:6d72::", 120},
};

#define NETWORKS (sizeof(networks) / sizeof(*networks))
/* Pairs of addresses in each of them: x.1 and x.2, x.3 and x.4, ... */
#define PAIRS 127
/* Milliseconds. */
#define UP_PATIENCE 2000

/* Both interfaces have it, and none asks for the other's (IFF_NOARP): what one sends is for the other. */
static const unsigned char hardware[6] = {0x02, 0x6d, 0x72, 0x00, 0x00, 0x01};

/* The pair, as one side sees it. */
struct side {
	int rtnl;
	int index;
};

struct neighbour {
	char name[IFNAMSIZ]; /* of both interfaces */
	struct side here, there;
};

#define NAME "mrprobe"

static void name_interface(pid_t pid, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, NAME "%d", pid);
}

static int interface_index(int socket, const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(socket, SIOCGIFINDEX, &request) ? -1 : request.ifr_ifindex;
}

static void put_interface(struct rtnl_message *message, const char *name)
{
	rtnl_put(message, IFLA_IFNAME, name, strlen(name) + 1);
	rtnl_put(message, IFLA_ADDRESS, hardware, sizeof(hardware));
}

static int make_pair(const struct neighbour *neighbour, int netns)
{
	const struct ifinfomsg quiet = {.ifi_flags = IFF_NOARP, .ifi_change = IFF_NOARP};
	struct rtattr *info, *data, *peer;
	struct rtnl_message message;

	rtnl_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &quiet, sizeof(quiet));
	put_interface(&message, neighbour->name);
	info = rtnl_open(&message, IFLA_LINKINFO, NULL, 0);
	rtnl_put(&message, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = rtnl_open(&message, IFLA_INFO_DATA, NULL, 0);
	peer = rtnl_open(&message, VETH_INFO_PEER, &quiet, sizeof(quiet));
	put_interface(&message, neighbour->name);
	rtnl_put(&message, IFLA_NET_NS_FD, &netns, sizeof(netns));
	rtnl_close(&message, peer);
	rtnl_close(&message, data);
	rtnl_close(&message, info);
	return rtnl_do(neighbour->here.rtnl, &message);
}

static int bring_up(const struct side *side)
{
	const struct ifinfomsg up = {.ifi_index = side->index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct rtnl_message message;

	rtnl_begin(&message, RTM_NEWLINK, 0, &up, sizeof(up));
	return rtnl_do(side->rtnl, &message);
}

/*
 * Of the two, the one that comes up first can send only when the kernel's link watch has seen, a moment
 * later, that the other is up too (net/core/link_watch.c). Packets before that would be lost, and sent again
 * after a second.
 */
static int wait_until_up(const struct side *side)
{
	for (int waited = 0; waited < UP_PATIENCE; waited++) {
		int state = rtnl_link_state(side->rtnl, side->index);

		if (state < 0 || state == IF_OPER_UP)
			return state < 0 ? -1 : 0;
		poll(NULL, 0, 1);
	}
	errno = ETIMEDOUT;
	return -1;
}

static size_t address_size(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* Which of its addresses a socket that is bound to none has. */
enum choice { CHOSEN, NOT_CHOSEN };

static int add_address(const struct side *side, int family, const unsigned char *address, enum choice choice)
{
	size_t size = address_size(family);
	const struct ifa_cacheinfo life = {.ifa_valid = UINT32_MAX,
					   .ifa_prefered = choice == CHOSEN ? UINT32_MAX : 0};
	/* Without duplicate address detection an IPv6 address can be used at once. */
	const struct ifaddrmsg head = {.ifa_family = (uint8_t)family,
				       .ifa_prefixlen = (uint8_t)(8 * size),
				       .ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0,
				       .ifa_index = (uint32_t)side->index};
	struct rtnl_message message;

	rtnl_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	rtnl_put(&message, IFA_LOCAL, address, size);
	rtnl_put(&message, IFA_ADDRESS, address, size);
	rtnl_put(&message, IFA_CACHEINFO, &life, sizeof(life));
	return rtnl_do(side->rtnl, &message);
}

/* A route to one address, or to all if it is NULL. EEXIST: there is one already. */
static int add_route(const struct side *side, int family, const unsigned char *address, unsigned char type)
{
	size_t size = address ? address_size(family) : 0;
	const struct rtmsg head = {.rtm_family = (uint8_t)family,
				   .rtm_dst_len = (uint8_t)(8 * size),
				   .rtm_table = type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN,
				   .rtm_protocol = RTPROT_STATIC,
				   .rtm_scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK,
				   .rtm_type = type};
	struct rtnl_message message;

	rtnl_begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	if (size)
		rtnl_put(&message, RTA_DST, address, size);
	rtnl_put(&message, RTA_OIF, &side->index, sizeof(side->index));
	return rtnl_do(side->rtnl, &message);
}

/*
 * The kernel takes packets for a new IPv6 address only once a worker has given it its route (addrconf_wq),
 * some time later: so it is given here.
 */
static const char *settle_address(const struct side *side, int family, const unsigned char *address,
				  enum choice choice)
{
	if (add_address(side, family, address, choice))
		return "RTM_NEWADDR";
	if (family == AF_INET6 && add_route(side, family, address, RTN_LOCAL) && errno != EEXIST)
		return "RTM_NEWROUTE";
	return NULL;
}

static bool same_bits(const unsigned char *left, const unsigned char *right, int bits)
{
	unsigned char mask = (unsigned char)(0xff00 >> bits % 8);

	return !memcmp(left, right, (size_t)bits / 8) &&
	       (bits % 8 == 0 || !((left[bits / 8] ^ right[bits / 8]) & mask));
}

static bool is_of_neighbour(const json_t *address)
{
	const char *interface = json_string_value(json_object_get(address, "interface"));

	return !strncmp(interface, NAME, strlen(NAME));
}

/* Whether the workload is in that network itself. Other neighbours may be. */
static bool is_taken(const struct network *network, const json_t *addresses)
{
	unsigned char first[16], own[16];
	const json_t *one;
	size_t i;

	inet_pton(network->family, network->address, first);
	json_array_foreach(addresses, i, one)
	{
		const char *text = json_string_value(json_object_get(one, "address"));
		int prefix = (int)json_integer_value(json_object_get(one, "prefix"));

		if (!is_of_neighbour(one) && inet_pton(network->family, text, own) == 1 &&
		    same_bits(first, own, prefix < network->prefix ? prefix : network->prefix))
			return true;
	}
	return false;
}

/* Finds a pair that no other neighbour has: whoever has the route to it has it. */
static int take_pair(const struct side *side, int family, unsigned char *ours, unsigned char *theirs)
{
	size_t size = address_size(family);

	for (int pair = 0; pair < PAIRS; pair++) {
		ours[size - 1] = (unsigned char)(2 * pair + 1);
		if (!add_route(side, family, ours, RTN_UNICAST)) {
			memcpy(theirs, ours, size);
			theirs[size - 1]++;
			return 0;
		}
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* Gives both sides an address and a route. */
static const char *join_in(const struct neighbour *neighbour, const struct network *network)
{
	unsigned char ours[16], theirs[16];
	const char *failed;

	inet_pton(network->family, network->address, ours);
	if (take_pair(&neighbour->there, network->family, ours, theirs))
		return "RTM_NEWROUTE";
	/* iptables' REDIRECT needs an address on the interface that a connection comes in by. */
	failed = settle_address(&neighbour->there, network->family, theirs, CHOSEN);
	if (!failed)
		failed = settle_address(&neighbour->here, network->family, ours, CHOSEN);
	if (!failed && add_route(&neighbour->here, network->family, NULL, RTN_UNICAST))
		failed = "RTM_NEWROUTE";
	return failed;
}

static const char *join(const struct neighbour *neighbour, int family, const json_t *addresses)
{
	for (size_t i = 0; i < NETWORKS; i++)
		if (networks[i].family == family && !is_taken(&networks[i], addresses))
			return join_in(neighbour, &networks[i]);
	errno = EADDRINUSE;
	return "choose the neighbour's addresses";
}

/*
 * New interfaces are without IPv6 where the namespace's default says so, though others there may have it.
 * Where the kernel has none, giving the address will say it.
 */
static void enable_ipv6(const char *name)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return;
	dprintf(file, "0");
	close(file);
}

static int enable_ipv6_there(const char *name, int netns)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (here < 0 || netns_enter(netns))
		return -1;
	enable_ipv6(name);
	if (netns_enter(here))
		return -1;
	return close(here);
}

/* Has the workload find its way back to a source by the pair. Whoever it has a route to already keeps it. */
static const char *take_source(const struct neighbour *neighbour, const struct sockaddr_storage *source)
{
	const void *address = source->ss_family == AF_INET
				  ? (const void *)&((const struct sockaddr_in *)source)->sin_addr
				  : (const void *)&((const struct sockaddr_in6 *)source)->sin6_addr;

	if (add_route(&neighbour->there, source->ss_family, address, RTN_UNICAST))
		return errno == EEXIST ? NULL : "RTM_NEWROUTE";
	return settle_address(&neighbour->here, source->ss_family, address, NOT_CHOSEN);
}

static const char *join_as_wished(const struct neighbour *neighbour, int netns, const json_t *addresses,
				  const struct neighbour_wish *wish)
{
	const char *failed = wish->ipv4 ? join(neighbour, AF_INET, addresses) : NULL;

	if (!failed && wish->ipv6) {
		enable_ipv6(neighbour->name);
		failed = enable_ipv6_there(neighbour->name, netns) ? "setns"
								   : join(neighbour, AF_INET6, addresses);
	}
	for (size_t i = 0; !failed && i < wish->source_count; i++)
		failed = take_source(neighbour, &wish->sources[i]);
	return failed;
}

const char *neighbour_become(int netns, const json_t *addresses, const struct neighbour_wish *wish)
{
	struct neighbour neighbour;

	name_interface(getpid(), neighbour.name);
	if (netns_enter(netns))
		return "setns";
	neighbour.there.rtnl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (unshare(CLONE_NEWNET))
		return "unshare";
	neighbour.here.rtnl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (neighbour.there.rtnl < 0 || neighbour.here.rtnl < 0)
		return "socket";
	if (make_pair(&neighbour, netns))
		return "RTM_NEWLINK";
	neighbour.there.index = interface_index(neighbour.there.rtnl, neighbour.name);
	neighbour.here.index = interface_index(neighbour.here.rtnl, neighbour.name);
	if (neighbour.there.index < 0 || neighbour.here.index < 0)
		return "SIOCGIFINDEX";
	if (bring_up(&neighbour.there) || bring_up(&neighbour.here))
		return "RTM_NEWLINK";
	if (wait_until_up(&neighbour.there))
		return "RTM_GETLINK";
	return join_as_wished(&neighbour, netns, addresses, wish);
}

void neighbour_part(const struct agent *agent, int netns, pid_t pid)
{
	const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
	int rtnl = netns_socket(agent, netns, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct rtnl_message message;
	char name[IFNAMSIZ];

	name_interface(pid, name);
	rtnl_begin(&message, RTM_DELLINK, 0, &any, sizeof(any));
	rtnl_put(&message, IFLA_IFNAME, name, strlen(name) + 1);
	/* Where this fails the kernel does it by itself, a little later. */
	if (rtnl >= 0) {
		rtnl_do(rtnl, &message);
		close(rtnl);
	}
}
