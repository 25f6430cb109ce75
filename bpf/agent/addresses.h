/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"

/* InterfaceAddress[] of a namespace's interfaces. NULL and `failure` if they cannot be read. */
json_t *addresses_json(const struct agent *agent, int netns, struct failure *failure);
