/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_storage.h"
#include "namespaces.h"
#include "sockets.h"
#include "text.h"

static void add_entry(const struct tcp_socket *socket, void *entries)
{
	json_t *key = hex_json(&socket->cookie, sizeof(socket->cookie));

	json_object_set_new(entries, json_string_value(key),
			    json_pack("{s:O, s:o, s:o}", "key", key, "value",
				      hex_json(socket->stored, socket->stored_length), "socket",
				      socket_name_json(socket)));
	json_decref(key);
}

/* What is read, and where to. */
struct reading {
	const struct map_handle *map;
	json_t *entries;
};

static int read_in(struct agent *agent, int netns, void *context, struct failure *failure)
{
	const struct reading *reading = context;

	return sockets_visit_stored(agent, netns, TCP_ANY_STATE, reading->map->fd, add_entry,
				    reading->entries, failure);
}

int socket_storage_read(struct agent *agent, const struct map_handle *map, int netns, json_t *entries,
			struct failure *failure)
{
	struct reading reading = {.map = map, .entries = entries};

	return netns < 0 ? namespaces_visit(agent, read_in, &reading, failure)
			 : read_in(agent, netns, &reading, failure);
}
