/* SPDX-License-Identifier: Apache-2.0 */
/* How far a switch has come: src/core/model/switch.ts explains each. */
#pragma once

enum switch_state { APPLYING, ARMED, CLOSING, CLOSED, REVERTING, REVERTED, UNDO_FAILED, SWITCH_STATES };

/* As the protocol and the journals spell them. */
extern const char *const switch_state_names[SWITCH_STATES];
