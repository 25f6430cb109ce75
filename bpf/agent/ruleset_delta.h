/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * What changed from one text of iptables-save -c to the next: the counters of changed lines as
 * [line, packets, bytes], lines counted from 0. NULL if more than counters changed; comments are not looked
 * at.
 */
json_t *ruleset_delta(const char *before, const char *now);
