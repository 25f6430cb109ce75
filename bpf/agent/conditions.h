/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Whether another process holds the lock of the legacy iptables tools at this moment (xtables.lock(5)). */
bool xtables_lock_held(void);

/* What may stand in the way although nothing is missing: `conditions` of NodeInfo. */
json_t *conditions_json(void);
