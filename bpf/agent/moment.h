/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <time.h>

/* Milliseconds since the epoch: `taken` of snapshots and watches. */
static inline json_int_t moment_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (json_int_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds of CPU that this process has used. */
static inline long long cpu_milliseconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (long long)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Milliseconds of a clock that only runs forward: for deadlines. */
static inline long long monotonic_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
