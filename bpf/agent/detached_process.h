/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agent.h"

#include <stddef.h>

/*
 * Makes a process of its own of one that was forked from an agent, by which people know it as `name`: no
 * terminal, no streams, nothing of what the agent had open or loaded but the descriptors `kept`, nothing that
 * waits to be sent. Returns a descriptor that tells of SIGTERM; the other signals that end sessions are
 * ignored. -1 with errno set if that fails.
 */
int detach_process(struct agent *agent, const char *name, const int *kept, size_t count);
