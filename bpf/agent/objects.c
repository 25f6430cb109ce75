/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"
#include "bpf_log.h"
#include "map_reuse.h"
#include "params.h"
#include "sha256.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/* "libbpf: prog 'connect4': failed to load: -22": libbpf says it only in words. The caller frees it. */
static char *failed_program(const char *log)
{
	static const char before[] = "prog '", after[] = "': failed to load";
	const char *end = strstr(log, after), *start = end;

	while (start && start > log && strncmp(start, before, sizeof(before) - 1) != 0)
		start--;
	if (!start || start == end || strncmp(start, before, sizeof(before) - 1) != 0)
		return NULL;
	start += sizeof(before) - 1;
	return strndup(start, (size_t)(end - start));
}

static int fail_load(struct failure *failure, int error, struct buffer *log)
{
	const char *tail = bpf_log_tail(log);
	char *program = failed_program(tail);

	fail(failure,
	     json_pack("{s:s, s:o, s:i, s:o}", "kind", "bpf-load-failed", "program",
		       program ? string_json(program) : json_null(), "errno", error, "log",
		       string_json(tail)),
	     "The kernel refused %s%s: %s", program ? "program " : "the object", program ? program : "",
	     strerror(error));
	free(program);
	return -1;
}

static int check_hash(const unsigned char *bytes, size_t size, const char *expected, struct failure *failure)
{
	char actual[SHA256_TEXT];

	sha256_text(bytes, size, actual);
	if (!strcasecmp(actual, expected))
		return 0;
	return fail(
	    failure,
	    json_pack("{s:s, s:s, s:s}", "kind", "object-mismatch", "expected", expected, "actual", actual),
	    "The object's SHA-256 is %s, not %.64s: nothing was loaded", actual, expected);
}

static struct bpf_object *load(const unsigned char *bytes, size_t size, const json_t *reuse,
			       struct failure *failure)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "redirect");
	/* Kernels before 5.11 charge maps to this limit. */
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct buffer log = {0};
	struct bpf_object *object;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	bpf_log_to(&log);
	errno = 0;
	object = bpf_object__open_mem(bytes, size, &options);
	if (!object || maps_reuse(object, reuse, failure) || bpf_object__load(object)) {
		fail_load(failure, errno, &log);
		bpf_object__close(object);
		object = NULL;
	}
	bpf_log_to(NULL);
	buffer_free(&log);
	return object;
}

struct bpf_object *object_load(const json_t *params, const json_t *reuse, struct failure *failure)
{
	struct bpf_object *object = NULL;
	const char *text, *sha256;
	unsigned char *bytes;
	size_t size;

	if (param_string(params, "object", &text, failure) ||
	    param_string(params, "sha256", &sha256, failure))
		return NULL;
	bytes = base64_decode(text, strlen(text), &size);
	if (!bytes)
		fail_params(failure, "object must be base64");
	else if (!check_hash(bytes, size, sha256, failure))
		object = load(bytes, size, reuse, failure);
	free(bytes);
	return object;
}
