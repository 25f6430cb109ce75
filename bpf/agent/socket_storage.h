/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "map_handle.h"

/*
 * Adds the entries of a sk_storage map (objects of MapEntry) by the cookie of their socket, which is their
 * key, 8 bytes: of TCP sockets in `netns`, or where that is -1, in all namespaces. Sockets that neither
 * listen nor have a connection are not seen.
 */
int socket_storage_read(struct agent *agent, const struct map_handle *map, int netns, json_t *entries,
			struct failure *failure);
