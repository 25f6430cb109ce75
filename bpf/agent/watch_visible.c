/* SPDX-License-Identifier: Apache-2.0 */
/* watch/visible: what somebody sees of what is watched. */
#include "params.h"
#include "verbs.h"
#include "watch.h"
#include "watch_state.h"

#include <stdlib.h>

/* Rows on a screen, and then some. */
#define RANGES_MAX 10000
/* Maps of which something is seen at the same time. */
#define MAPS_MAX 64

struct sight {
	enum family family;
	enum backend backend;
	struct line_ranges lines;
};

/* The range after the one that ends before `least`. */
static int read_range(const json_t *given, json_int_t least, struct line_range *range,
		      struct failure *failure)
{
	const json_t *first = json_array_get(given, 0), *last = json_array_get(given, 1);

	if (json_array_size(given) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
	    json_integer_value(first) < least || json_integer_value(last) < json_integer_value(first) ||
	    json_integer_value(last) > UINT32_MAX)
		return fail_params(
		    failure, "lines must be pairs of a first and a last line, in their order, none twice");
	*range = (struct line_range){(size_t)json_integer_value(first), (size_t)json_integer_value(last)};
	return 0;
}

static int read_sight(const json_t *given, struct sight *sight, struct failure *failure)
{
	size_t family, backend, i;
	const json_t *lines, *range;
	json_int_t least = 0;

	if (param_choice(given, "family", family_names, FAMILIES, &family, failure) ||
	    param_choice(given, "backend", backend_names, BACKENDS, &backend, failure) ||
	    param_array(given, "lines", &lines, failure))
		return -1;
	sight->family = (enum family)family;
	sight->backend = (enum backend)backend;
	if (json_array_size(lines) > RANGES_MAX)
		return fail_params(failure, "lines has more than %d ranges", RANGES_MAX);
	json_array_foreach(lines, i, range)
	{
		sight->lines.list =
		    xappend(sight->lines.list, &sight->lines.count, sizeof(*sight->lines.list));
		if (read_range(range, least, &sight->lines.list[i], failure))
			return -1;
		least = (json_int_t)sight->lines.list[i].last + 1;
	}
	return 0;
}

/* What is not named is not seen. */
static void see_rules(struct watch *watch, struct sight *sights, size_t count)
{
	for (enum family family = 0; family < FAMILIES; family++)
		for (enum backend backend = 0; backend < BACKENDS; backend++)
			watched_rules_see(&watch->rules, family, backend, (struct line_ranges){0});
	for (size_t i = 0; i < count; i++) {
		watched_rules_see(&watch->rules, sights[i].family, sights[i].backend, sights[i].lines);
		sights[i].lines = (struct line_ranges){0};
	}
}

static void see_maps(struct watch *watch, const struct map_sight *sights, size_t count)
{
	for (size_t i = 0; i < watch->map_count; i++) {
		const struct map_sight *seen = NULL;

		for (size_t j = 0; j < count; j++)
			if (sights[j].map == watch->maps[i].id)
				seen = &sights[j];
		watched_map_see(&watch->maps[i], seen);
	}
}

/* What a request says to be seen, whole. */
struct sights {
	struct sight rules[FAMILIES * BACKENDS];
	size_t rule_count;
	struct map_sight maps[MAPS_MAX];
	size_t map_count;
};

static int read_sights(const json_t *params, struct sights *sights, struct failure *failure)
{
	const json_t *rulesets, *maps, *given;
	size_t i;

	if (param_array(params, "rulesets", &rulesets, failure) ||
	    param_array(params, "maps", &maps, failure))
		return -1;
	if (json_array_size(rulesets) > FAMILIES * BACKENDS)
		return fail_params(failure, "rulesets has more than %d", FAMILIES * BACKENDS);
	if (json_array_size(maps) > MAPS_MAX)
		return fail_params(failure, "maps has more than %d", MAPS_MAX);
	json_array_foreach(rulesets, i, given) if (read_sight(given, &sights->rules[i], failure)) return -1;
	json_array_foreach(maps, i, given) if (map_sight_read(given, &sights->maps[i], failure)) return -1;
	sights->rule_count = json_array_size(rulesets);
	sights->map_count = json_array_size(maps);
	return 0;
}

json_t *verb_watch_visible(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct sights sights = {0};
	struct watch *watch;
	const char *id;

	if (param_string(params, "watch", &id, failure))
		return NULL;
	if (!read_sights(params, &sights, failure)) {
		watch = watch_find(agent, id);
		/* One that has ended meanwhile, by itself, sees nothing. */
		if (watch) {
			see_rules(watch, sights.rules, sights.rule_count);
			see_maps(watch, sights.maps, sights.map_count);
			watch_look_soon(watch);
		}
	}
	for (size_t i = 0; i < FAMILIES * BACKENDS; i++)
		free(sights.rules[i].lines.list);
	return failure->code ? NULL : json_object();
}
