/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"
#include "probes.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PROBES_MAX 256
#define DESTINATIONS_MAX 64
#define PATIENCE_MAX 10000
#define ID_MAX ((json_int_t)UINT32_MAX - 1) /* the last one means none */

static bool read_name(const char *text, uint16_t port, struct sockaddr_storage *name)
{
	struct sockaddr_in *ipv4 = (void *)name;
	struct sockaddr_in6 *ipv6 = (void *)name;

	memset(name, 0, sizeof(*name));
	if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		return true;
	}
	/* Over what is left of the attempt before. */
	memset(name, 0, sizeof(*name));
	if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) != 1)
		return false;
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(port);
	return true;
}

static int read_destinations(const json_t *given, struct probe *probe, struct failure *failure)
{
	const json_t *destinations, *one;
	json_int_t port;
	size_t i;

	if (param_integer(given, "port", 1, UINT16_MAX, &port, failure) ||
	    param_array(given, "destinations", &destinations, failure))
		return -1;
	probe->destination_count = json_array_size(destinations);
	if (!probe->destination_count || probe->destination_count > DESTINATIONS_MAX)
		return fail_params(failure, "destinations must be from 1 to %d addresses", DESTINATIONS_MAX);
	probe->destinations = xcalloc(probe->destination_count, sizeof(*probe->destinations));
	json_array_foreach(destinations, i, one)
	{
		struct destination *destination = &probe->destinations[i];

		destination->text = json_string_value(one);
		if (!destination->text || !read_name(destination->text, (uint16_t)port, &destination->name))
			return fail_params(failure, "destinations must be addresses");
		if (destination->name.ss_family != probe->destinations[0].name.ss_family)
			return fail_params(failure, "destinations must be of one family");
	}
	return 0;
}

/* 127.0.0.0/8, ::1, fe80::/10: of no meaning on another host. */
static bool is_local_only(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

/* Whether it is one of the workload's addresses that others can reach it at. */
static bool is_own(const json_t *addresses, const struct end *end)
{
	const json_t *one;
	size_t i;

	if (is_local_only(&end->address))
		return false;
	json_array_foreach(addresses, i, one)
	{
		struct sockaddr_storage name;
		struct end own = {.known = false};

		if (read_name(json_string_value(json_object_get(one, "address")), end->port, &name))
			own = end_of_name(&name);
		if (end_equal(&own, end))
			return true;
	}
	return false;
}

/* The neighbour has a route to anywhere, but is to reach nobody but the workload. */
static int choose_own(const struct probes *probes, struct probe *probe, struct failure *failure)
{
	for (size_t i = 0; i < probe->destination_count; i++) {
		struct end end = end_of_name(&probe->destinations[i].name);

		if (!is_own(probes->addresses, &end))
			continue;
		probe->destinations[0] = probe->destinations[i];
		probe->destination_count = 1;
		return 0;
	}
	return fail_params(
	    failure,
	    "From outside a workload is probed at an address of its own; %s is none that others reach",
	    probe->destinations[0].text);
}

/* An address that is nobody's in the workload, of the family of the destinations. */
static int read_source(const struct probes *probes, const json_t *given, struct probe *probe,
		       struct failure *failure)
{
	const json_t *source = json_object_get(given, "source");
	const char *text = json_string_value(source);
	struct end end;

	probe->from.ss_family = AF_UNSPEC;
	if (!source)
		return 0;
	if (!text || !read_name(text, 0, &probe->from) ||
	    probe->from.ss_family != probe->destinations[0].name.ss_family)
		return fail_params(failure, "source must be an address of the family of the destinations");
	end = end_of_name(&probe->from);
	if (!probe->outside || is_local_only(&end.address) || is_own(probes->addresses, &end))
		return fail_params(failure,
				   "source is of a probe from outside, and no address of the workload");
	return 0;
}

static int read_probe(const struct probes *probes, const json_t *given, struct probe *probe,
		      struct failure *failure)
{
	static const char *const sides[] = {"inside", "outside"};
	json_int_t uid, gid, patience;
	size_t side;

	if (!json_is_object(given))
		return fail_params(failure, "probes must be objects");
	if (param_string(given, "id", &probe->id, failure) ||
	    param_choice(given, "from", sides, 2, &side, failure) ||
	    param_integer(given, "uid", 0, ID_MAX, &uid, failure) ||
	    param_integer(given, "gid", 0, ID_MAX, &gid, failure) ||
	    param_integer(given, "patience", 1, PATIENCE_MAX, &patience, failure) ||
	    read_destinations(given, probe, failure))
		return -1;
	probe->outside = side == 1;
	/* Nobody inside the workload sees who the neighbour is. */
	probe->uid = probe->outside ? 0 : (uid_t)uid;
	probe->gid = probe->outside ? 0 : (gid_t)gid;
	probe->patience = patience;
	if (probe->outside && choose_own(probes, probe, failure))
		return -1;
	return read_source(probes, given, probe, failure);
}

int probes_read(const json_t *params, struct probes *probes, struct failure *failure)
{
	const json_t *given, *one;
	size_t i;

	if (param_array(params, "probes", &given, failure))
		return -1;
	if (json_array_size(given) > PROBES_MAX)
		return fail_params(failure, "probes must be %d at the most", PROBES_MAX);
	probes->count = json_array_size(given);
	probes->list = xcalloc(probes->count, sizeof(*probes->list));
	for (i = 0; i < probes->count; i++)
		probes->list[i].socket = -1;
	json_array_foreach(given, i, one)
	{
		if (read_probe(probes, one, &probes->list[i], failure))
			return -1;
	}
	return 0;
}

void probes_free(struct probes *probes)
{
	for (size_t i = 0; i < probes->count; i++)
		free(probes->list[i].destinations);
	free(probes->list);
	free(probes->children);
}
