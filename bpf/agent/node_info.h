/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"

/* NodeInfo of src/core/model/node-info.ts: what the node is and can do. NULL and `failure` if it cannot be
 * read. */
json_t *node_info_json(struct agent *agent, struct failure *failure);
