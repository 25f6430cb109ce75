/* SPDX-License-Identifier: Apache-2.0 */
/* Which boot of the node this is: cookies and pins of an earlier one mean nothing. */
#pragma once

#include "failure.h"

/* "4f6d7bd2-...": a UUID and the zero that ends it. */
#define BOOT_ID_TEXT 37

int boot_id_read(char id[BOOT_ID_TEXT], struct failure *failure);
