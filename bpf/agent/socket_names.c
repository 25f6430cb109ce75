/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_names.h"
#include "namespaces.h"
#include "sockets.h"
#include "text.h"

#include <string.h>

struct wanted {
	json_t *names; /* from the cookie's bytes in hexadecimal to the SocketName; null: not found yet */
	size_t left;
};

static void collect(const struct tcp_socket *socket, void *context)
{
	struct wanted *wanted = context;
	json_t *hex = hex_json(&socket->cookie, sizeof(socket->cookie));

	if (json_is_null(json_object_get(wanted->names, json_string_value(hex)))) {
		json_object_set_new(wanted->names, json_string_value(hex), socket_name_json(socket));
		wanted->left--;
	}
	json_decref(hex);
}

static int search(struct agent *agent, int netns, void *context, struct failure *failure)
{
	struct wanted *wanted = context;

	if (sockets_visit(agent, netns, TCP_ANY_STATE, collect, wanted, failure))
		return -1;
	return wanted->left ? 0 : 1;
}

int socket_names_add(struct agent *agent, json_t *entries, int netns, struct failure *failure)
{
	struct wanted wanted = {.names = json_object()};
	const char *key;
	json_t *entry;
	int result = 0;

	json_object_foreach(entries, key, entry)
	{
		const json_t *cookie = json_object_get(entry, "value");

		if (json_string_length(cookie) == 2 * sizeof(uint64_t))
			json_object_set_new(wanted.names, json_string_value(cookie), json_null());
	}
	wanted.left = json_object_size(wanted.names);
	if (wanted.left && netns >= 0)
		result = search(agent, netns, &wanted, failure);
	if (result >= 0 && wanted.left)
		result = namespaces_visit(agent, search, &wanted, failure);
	json_object_foreach(entries, key, entry)
	{
		json_t *name =
		    json_object_get(wanted.names, json_string_value(json_object_get(entry, "value")));

		if (json_is_object(name))
			json_object_set(entry, "socket", name);
	}
	json_decref(wanted.names);
	return result < 0 ? -1 : 0;
}
