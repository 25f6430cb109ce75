/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The node's port of the SSH connection that this agent is reached through, in host order; 0: through none.
 */
int control_port(void);
