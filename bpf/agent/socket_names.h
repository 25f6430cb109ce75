/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"

/*
 * Adds `socket` to the entries (an object of MapEntry) whose value is a socket's cookie, as far as the socket
 * can be found: in `netns` first (-1: nowhere in particular), then in all namespaces.
 */
int socket_names_add(struct agent *agent, json_t *entries, int netns, struct failure *failure);
