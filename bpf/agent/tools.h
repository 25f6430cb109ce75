/* SPDX-License-Identifier: Apache-2.0 */
/* The node's iptables: each family in each back-end has a save and a restore program. */
#pragma once

#include "agent.h"
#include "failure.h"

enum family { IPV4, IPV6, FAMILIES };
enum backend { NFT, LEGACY, BACKENDS };

extern const char *const family_names[FAMILIES];
extern const char *const backend_names[BACKENDS];

struct tool {
	enum family family;
	enum backend backend;
	char version[32];
	bool is_default; /* the one that plain `iptables` means */
	char *save;	 /* paths */
	char *restore;
};

/* Looks for them, once. Fails only if they cannot be run. */
int tools_find(struct agent *agent, struct failure *failure);
/* The one for a family and back-end; NULL and `iptables-missing` if the node has none. */
const struct tool *tool_get(struct agent *agent, enum family family, enum backend backend,
			    struct failure *failure);
json_t *tools_json(const struct agent *agent);
void tools_free(struct agent *agent);
