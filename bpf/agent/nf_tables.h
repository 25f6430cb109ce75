/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"

/* Whether the kernel answers nf_tables requests in the namespace: without CONFIG_NF_TABLES there are no nft
 * rules. */
bool nf_tables_there(const struct agent *agent, int netns);
