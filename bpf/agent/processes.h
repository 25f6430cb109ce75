/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "namespaces.h"

#include <stdio.h>

/* Reads a process of user space. False if it has ended or belongs to the kernel. */
bool process_read(pid_t pid, struct process *process);
