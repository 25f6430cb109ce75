/* SPDX-License-Identifier: Apache-2.0 */
#include "nat_digest.h"
#include "namespaces.h"
#include "params.h"
#include "rulesets.h"
#include "touched_chains.h"

#include <stdlib.h>
#include <string.h>

/* Comments have the time in them; `:PREROUTING ACCEPT [7:420]` is of the kernel's own chains, with counters.
 */
static bool counts(const char *line, size_t length)
{
	switch (*line) {
	case '-':
		return true;
	case ':':
		return !memmem(line, length, " ACCEPT ", strlen(" ACCEPT "));
	default:
		return false;
	}
}

static void digest_text(const char *text, const struct touched_chains *chains, char digest[SHA256_TEXT])
{
	struct buffer kept = {0};

	while (*text) {
		size_t length = strcspn(text, "\n");

		if (counts(text, length) && touched_chains_has(chains, text, length)) {
			buffer_append(&kept, text, length);
			buffer_append(&kept, "\n", 1);
		}
		text += length + (text[length] == '\n');
	}
	sha256_text((const unsigned char *)(kept.data ? kept.data : ""), kept.length, digest);
	buffer_free(&kept);
}

int nat_digest(struct agent *agent, const json_t *params, char digest[SHA256_TEXT], struct failure *failure)
{
	struct touched_chains chains = {0};
	struct workload workload;
	size_t family, backend;
	const struct tool *tool;
	const char *restored;
	char *text = NULL;

	if (workload_open_param(agent, params, &workload, failure) ||
	    param_choice(params, "family", family_names, FAMILIES, &family, failure) ||
	    param_choice(params, "backend", backend_names, BACKENDS, &backend, failure) ||
	    param_string(params, "text", &restored, failure))
		goto out;
	touched_chains_read(restored, &chains);
	tool = tool_get(agent, (enum family)family, (enum backend)backend, failure);
	if (tool && !ruleset_read_nat(agent, tool, workload.netns, &text, failure))
		digest_text(text, &chains, digest);
out:
	touched_chains_free(&chains);
	free(text);
	workload_close(&workload);
	return failure->code ? -1 : 0;
}
