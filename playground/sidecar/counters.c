// SPDX-License-Identifier: Apache-2.0
#include "sidecar.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MAX_DESTINATIONS 256

struct destination {
	enum direction direction;
	char name[64];
	struct traffic traffic;
};

struct counters counters[DIRECTIONS];

/* The last one is for all that find no place. */
static struct destination destinations[MAX_DESTINATIONS + 1];
static size_t destination_count;

static const char *const direction_names[DIRECTIONS] = {"inbound", "outbound"};

struct traffic *counters_destination(enum direction direction, const char *name)
{
	struct destination *found = NULL;

	for (size_t i = 0; i < destination_count && !found; i++) {
		if (destinations[i].direction == direction && strcmp(destinations[i].name, name) == 0)
			found = &destinations[i];
	}
	if (!found && destination_count < MAX_DESTINATIONS) {
		found = &destinations[destination_count++];
		found->direction = direction;
		snprintf(found->name, sizeof(found->name), "%s", name);
	}
	return found ? &found->traffic : &destinations[MAX_DESTINATIONS].traffic;
}

static void write_traffic(FILE *out, const struct traffic *traffic)
{
	fprintf(out, "\"connections\":%" PRIu64 ",\"bytesUp\":%" PRIu64 ",\"bytesDown\":%" PRIu64,
		traffic->connections, traffic->bytes_up, traffic->bytes_down);
}

void counters_write_json(FILE *out, uint64_t netns_cookie)
{
	fprintf(out, "{\"pid\":%d,\"uid\":%u,\"netnsCookie\":\"%" PRIu64 "\"", getpid(), geteuid(),
		netns_cookie);
	for (int i = 0; i < DIRECTIONS; i++) {
		fprintf(out, ",\"%s\":{", direction_names[i]);
		write_traffic(out, &counters[i].total);
		fprintf(out, ",\"active\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"failed\":%" PRIu64 "}",
			counters[i].active, counters[i].refused, counters[i].failed);
	}
	fputs(",\"destinations\":[", out);
	for (size_t i = 0; i < destination_count; i++) {
		fprintf(out, "%s{\"direction\":\"%s\",\"destination\":\"%s\",", i ? "," : "",
			direction_names[destinations[i].direction], destinations[i].name);
		write_traffic(out, &destinations[i].traffic);
		fputc('}', out);
	}
	fputs("]}\n", out);
}
