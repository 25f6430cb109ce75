/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"
#include "failure.h"
#include "sha256.h"

/*
 * What the chains that an `iptables/restore` of these params touches (touched_chains.h) hold at this moment,
 * and what leads to them, without counters: a SHA-256. What others have there beside does not count. A table
 * that is not there and one without rules are the same.
 *
 * A restore that may or may not have happened cannot be taken back blindly: taking back a removal that never
 * happened would double the rules. Whether it happened shows in this.
 */
int nat_digest(struct agent *agent, const json_t *params, char digest[SHA256_TEXT], struct failure *failure);
