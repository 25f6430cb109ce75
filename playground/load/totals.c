// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Each power of two in so many equal parts: a percentile is right to 1/32. */
#define PARTS 32
#define PARTS_BITS 5
#define BUCKETS (PARTS * (64 - PARTS_BITS))

#define KEPT_ERRORS 8
#define ERROR_SIZE 256

static struct {
	uint64_t ok;
	uint64_t longest; /* microseconds; of failed ones too */
	uint64_t buckets[BUCKETS];
} series_totals[SERIES];

static uint64_t failed[FAILURES];
static char errors[KEPT_ERRORS][ERROR_SIZE];
static uint64_t opened, bytes_answered, behind, longest_stall, began, ended;
static size_t error_count;

static const char *const series_names[SERIES] = {"new", "requests"};
static const char *const failure_names[FAILURES] = {"refused", "reset", "closed",
						    "timeout", "wrong", "other"};

static size_t bucket_of(uint64_t value)
{
	unsigned exponent;

	if (value < PARTS)
		return value;
	exponent = 63 - __builtin_clzll(value) - PARTS_BITS;
	return (size_t)(exponent + 1) * PARTS + (value >> exponent) - PARTS;
}

/* The least that a bucket holds. */
static uint64_t least_of(size_t bucket)
{
	if (bucket < PARTS)
		return bucket;
	return (PARTS + bucket % PARTS) << (bucket / PARTS - 1);
}

/* Those in one bucket are taken to be spread evenly over it: clocks tick in microseconds, medians should not.
 */
static double percentile(enum series series, double part)
{
	const double wanted = (double)series_totals[series].ok * part;
	double seen = 0;

	for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
		const double here = (double)series_totals[series].buckets[bucket];
		const double least = (double)least_of(bucket);

		if (seen + here > wanted)
			return least + ((double)least_of(bucket + 1) - least) * (wanted - seen) / here;
		seen += here;
	}
	return (double)series_totals[series].longest;
}

static void stalled(uint64_t took)
{
	if (took > longest_stall)
		longest_stall = took;
}

void count_opened(void)
{
	opened++;
}

void count_ok(enum series series, uint64_t took, size_t bytes)
{
	series_totals[series].ok++;
	series_totals[series].buckets[bucket_of(took)]++;
	if (took > series_totals[series].longest)
		series_totals[series].longest = took;
	bytes_answered += bytes;
	stalled(took);
}

void count_failed(enum failure failure, uint64_t took, const char *format, ...)
{
	va_list arguments;

	failed[failure]++;
	stalled(took);
	if (error_count == KEPT_ERRORS)
		return;
	va_start(arguments, format);
	vsnprintf(errors[error_count], ERROR_SIZE, format, arguments);
	va_end(arguments);
	for (char *c = errors[error_count++]; *c; c++) /* whoever answered wrongly may have said anything */
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			*c = '?';
}

void count_behind(uint64_t connections)
{
	behind += connections;
}

static void print_series(enum series series, double seconds)
{
	printf("\"%s\":{\"ok\":%" PRIu64 ",\"perSecond\":%.1f,\"p50\":%.2f,\"p99\":%.2f,\"longest\":%" PRIu64
	       "},",
	       series_names[series], series_totals[series].ok, (double)series_totals[series].ok / seconds,
	       percentile(series, 0.50), percentile(series, 0.99), series_totals[series].longest);
}

void totals_begin(void)
{
	memset(series_totals, 0, sizeof(series_totals));
	opened = bytes_answered = behind = longest_stall = 0;
	began = now();
}

void totals_end(void)
{
	ended = now();
}

void print_totals(bool done)
{
	const uint64_t elapsed = (ended ? ended : now()) - began;
	uint64_t all = 0;

	printf("{\"done\":%s,\"milliseconds\":%" PRIu64 ",", done ? "true" : "false", elapsed / 1000);
	for (int series = 0; series < SERIES; series++)
		print_series(series, elapsed ? (double)elapsed / 1e6 : 1);
	printf("\"opened\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"behind\":%" PRIu64 ",\"longestStall\":%" PRIu64
	       ",\"failures\":{",
	       opened, bytes_answered, behind, longest_stall);
	for (int failure = 0; failure < FAILURES; failure++) {
		all += failed[failure];
		printf("\"%s\":%" PRIu64 ",", failure_names[failure], failed[failure]);
	}
	printf("\"all\":%" PRIu64 "},\"errors\":[", all);
	for (size_t i = 0; i < error_count; i++)
		printf("%s\"%s\"", i ? "," : "", errors[i]);
	puts("]}");
	fflush(stdout);
}
