/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"
#include "params.h"
#include "verbs.h"
#include "watch_state.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

#define INTERVAL_MIN 100
#define INTERVAL_MAX (24 * 3600 * 1000)
#define WATCHES_MAX 64
#define ID_MAX 256

size_t watch_count(const struct agent *agent)
{
	size_t count = 0;

	for (const struct watch *watch = agent->watches; watch; watch = watch->next)
		count++;
	return count;
}

void watch_poll(const struct agent *agent, struct pollfd *polled)
{
	for (const struct watch *watch = agent->watches; watch; watch = watch->next)
		*polled++ = (struct pollfd){.fd = watch->timer, .events = POLLIN};
}

/* The next look is `milliseconds` after the end of the last, so that a slow one does not fill the whole time.
 */
static void set_timer(const struct watch *watch, json_int_t milliseconds)
{
	struct itimerspec once = {
	    .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 + 1}};

	if (timerfd_settime(watch->timer, 0, &once, NULL))
		err(EX_OSERR, "cannot set a timer");
}

void watch_look_soon(const struct watch *watch)
{
	set_timer(watch, 0);
}

struct watch *watch_find(struct agent *agent, const char *id)
{
	struct watch *watch = agent->watches;

	while (watch && strcmp(watch->id, id) != 0)
		watch = watch->next;
	return watch;
}

static void watch_free(struct watch *watch)
{
	watch_forget(watch);
	workload_close(&watch->workload);
	if (watch->timer >= 0)
		close(watch->timer);
	if (watch->writers >= 0)
		close(watch->writers);
	free(watch->maps);
	free(watch->complaint);
	free(watch->id);
	free(watch);
}

static void stop(struct agent *agent, const char *id)
{
	for (struct watch **at = &agent->watches; *at; at = &(*at)->next) {
		struct watch *watch = *at;

		if (strcmp(watch->id, id) != 0)
			continue;
		*at = watch->next;
		watch_free(watch);
		return;
	}
}

void watch_stop_all(struct agent *agent)
{
	while (agent->watches)
		stop(agent, agent->watches->id);
}

/* Logs why a look failed, unless it is what was logged last. */
static void complain(struct agent *agent, struct watch *watch, const struct failure *failure)
{
	if (watch->complaint && !strcmp(watch->complaint, failure->message))
		return;
	free(watch->complaint);
	watch->complaint = xstrdup(failure->message);
	log_message(agent, "warn", "Cannot watch %s: %s", watch->workload_id, failure->message);
}

static void run(struct agent *agent, struct watch *watch)
{
	struct failure failure = {0};
	enum look look = watch_look(agent, watch, &failure);

	if (look == LOOK_FAILED)
		complain(agent, watch, &failure);
	if (look == LOOK_GONE)
		stop(agent, watch->id);
	else
		set_timer(watch, watch->interval);
	failure_clear(&failure);
}

void watch_run_due(struct agent *agent)
{
	struct watch *next;

	for (struct watch *watch = agent->watches; watch; watch = next) {
		uint64_t expirations;

		next = watch->next;
		if (read(watch->timer, &expirations, sizeof(expirations)) == sizeof(expirations))
			run(agent, watch);
	}
}

static int read_maps(const json_t *params, struct watch *watch, struct failure *failure)
{
	const json_t *maps, *id;
	size_t i;

	if (param_array(params, "maps", &maps, failure))
		return -1;
	json_array_foreach(maps, i, id)
	{
		if (!json_is_integer(id) || json_integer_value(id) < 1 || json_integer_value(id) > UINT32_MAX)
			return fail_params(failure, "maps must be ids of maps");
		watch->maps = xappend(watch->maps, &watch->map_count, sizeof(*watch->maps));
		watch->maps[watch->map_count - 1].id = json_integer_value(id);
	}
	return 0;
}

/* What the client has of the rules already. */
static int read_known(const json_t *params, struct watch *watch, struct failure *failure)
{
	const json_t *known, *one;
	size_t i;

	if (param_array(params, "known", &known, failure))
		return -1;
	json_array_foreach(known, i, one)
	{
		size_t family, backend;
		const char *digest;

		if (param_choice(one, "family", family_names, FAMILIES, &family, failure) ||
		    param_choice(one, "backend", backend_names, BACKENDS, &backend, failure) ||
		    param_string(one, "digest", &digest, failure))
			return -1;
		watched_rules_know(&watch->rules, (enum family)family, (enum backend)backend, digest);
	}
	return 0;
}

static int read_params(struct agent *agent, const json_t *params, struct watch *watch,
		       struct failure *failure)
{
	const char *id;

	if (param_string(params, "watch", &id, failure))
		return -1;
	if (strlen(id) > ID_MAX)
		return fail_params(failure, "watch is longer than %d bytes", ID_MAX);
	watch->id = xstrdup(id);
	if (param_integer(params, "interval", INTERVAL_MIN, INTERVAL_MAX, &watch->interval, failure) ||
	    param_boolean(params, "rulesets", &watch->with_rulesets, failure) ||
	    param_boolean(params, "attachments", &watch->with_attachments, failure) ||
	    read_maps(params, watch, failure) || read_known(params, watch, failure) ||
	    workload_open_param(agent, params, &watch->workload, failure))
		return -1;
	snprintf(watch->workload_id, sizeof(watch->workload_id), "%s", watch->workload.self->id);
	/* An open namespace would be kept alive. */
	workload_close(&watch->workload);
	return 0;
}

json_t *verb_watch_start(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->timer = -1;
	watch->writers = -1;
	watch->workload.netns = -1;
	if (read_params(agent, params, watch, failure))
		goto refuse;
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->timer < 0) {
		fail_system(failure, "timerfd_create", NULL);
		goto refuse;
	}
	stop(agent, watch->id);
	if (watch_count(agent) == WATCHES_MAX) {
		fail_params(failure, "%d watches run already", WATCHES_MAX);
		goto refuse;
	}
	watch_look_soon(watch);
	watch->next = agent->watches;
	agent->watches = watch;
	return json_object();
refuse:
	watch_free(watch);
	return NULL;
}

json_t *verb_watch_stop(struct agent *agent, const json_t *params, struct failure *failure)
{
	const char *id;

	if (param_string(params, "watch", &id, failure))
		return NULL;
	stop(agent, id);
	return json_object();
}
