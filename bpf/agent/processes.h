/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "namespaces.h"

#include <stdio.h>

typedef void process_visitor(pid_t pid, void *context);
/* Visits every process of the node, also the kernel's. */
int processes_visit(process_visitor *visit, void *context, struct failure *failure);
/* Another number whenever other processes run than before; 0: that cannot be known. */
uint64_t processes_print(void);
/* Reads a process of user space. False if it has ended or belongs to the kernel. */
bool process_read(pid_t pid, struct process *process);
