/* SPDX-License-Identifier: Apache-2.0 */
/* connections/list */
#include "namespaces.h"
#include "params.h"
#include "sockets.h"
#include "verbs.h"

struct listing {
	const json_t *ports; /* null: all */
	json_t *found;
};

static bool has_port(const json_t *ports, uint16_t port)
{
	const json_t *one;
	size_t i;

	if (json_is_null(ports))
		return true;
	json_array_foreach(ports, i, one) if (json_integer_value(one) == port) return true;
	return false;
}

static void add(const struct tcp_socket *socket, void *context)
{
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	struct listing *listing = context;
	int family;

	if (!has_port(listing->ports, socket->local_port))
		return;
	family = address_text(socket->family, &socket->local, local);
	address_text(socket->family, &socket->remote, remote);
	json_array_append_new(listing->found,
			      json_pack("{s:s, s:s, s:i, s:s, s:i, s:I}", "family",
					family == AF_INET ? "ipv4" : "ipv6", "localAddress", local,
					"localPort", socket->local_port, "remoteAddress", remote,
					"remotePort", socket->remote_port, "uid", (json_int_t)socket->uid));
}

static int read_ports(const json_t *params, const json_t **ports, struct failure *failure)
{
	const json_t *port;
	size_t i;

	*ports = json_object_get(params, "ports");
	if (json_is_null(*ports))
		return 0;
	if (param_array(params, "ports", ports, failure))
		return -1;
	json_array_foreach(*ports, i, port)
	{
		if (!json_is_integer(port) || json_integer_value(port) < 1 ||
		    json_integer_value(port) > UINT16_MAX)
			return fail_params(failure, "ports must be numbers from 1 to 65535, or null");
	}
	return 0;
}

json_t *verb_connections_list(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct listing listing = {.found = json_array()};
	struct workload workload;
	int result = -1;

	if (workload_open_param(agent, params, &workload, failure) ||
	    read_ports(params, &listing.ports, failure))
		goto out;
	result = sockets_visit(agent, workload.netns, TCP_OPEN_STATES, add, &listing, failure);
out:
	workload_close(&workload);
	if (!result)
		return json_pack("{s:o}", "connections", listing.found);
	json_decref(listing.found);
	return NULL;
}
