/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/attach: all or nothing, and never a moment without a program where there was one. */
#include "bpf_log.h"
#include "cgroups.h"
#include "hooks.h"
#include "links.h"
#include "loads.h"
#include "params.h"
#include "pins.h"
#include "text.h"
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One hook of the request. */
struct step {
	const struct hook *hook;
	struct bpf_program *program;
	char *pin;
	__u32 link_id;
	int updated;		  /* the pinned link that was updated; -1: none */
	int previous;		  /* the program that this link held before; -1: none */
	struct bpf_link *created; /* a new link; its pin is at `pin` */
	char *aside;		  /* where the pin that it replaced waits for an undo */
};

struct request {
	const struct workload *workload;
	int cgroup;
	uint64_t cgroup_id;
	struct step steps[HOOKS];
	size_t count;
};

static int fail_attach(struct failure *failure, const struct step *step, int error)
{
	return fail(failure,
		    json_pack("{s:s, s:s, s:i}", "kind", "bpf-attach-failed", "hook", step->hook->name,
			      "errno", error),
		    "The kernel refused to attach %s: %s", step->hook->name, strerror(error));
}

static bool leads_to_target(const struct request *request, const struct step *step, const struct link *link)
{
	if (link->attach != (__u32)step->hook->attach)
		return false;
	return step->hook->netns ? link->netns == request->workload->self->inode
				 : link->cgroup == request->cgroup_id;
}

/* Puts the new program into the pinned link, if that leads where the new one is to be. Returns 1 if it does.
 */
static int update_pinned(const struct request *request, struct step *step, struct failure *failure)
{
	struct link link;

	step->updated = bpf_obj_get(step->pin);
	if (step->updated < 0 || !link_read(step->updated, &link) || !leads_to_target(request, step, &link))
		goto elsewhere;
	step->previous = bpf_prog_get_fd_by_id(link.program);
	if (step->previous < 0) {
		fail_attach(failure, step, errno);
		return -1;
	}
	if (bpf_link_update(step->updated, bpf_program__fd(step->program), NULL)) {
		int error = errno;

		close(step->previous);
		step->previous = -1;
		return fail_attach(failure, step, error);
	}
	step->link_id = link.id;
	return 1;
elsewhere:
	if (step->updated >= 0)
		close(step->updated);
	step->updated = -1;
	return 0;
}

/* An agent was killed while it replaced a pin: before the new one was there, or after. */
static void settle(const struct step *step)
{
	char *aside = pin_aside(step->pin);

	if (!access(aside, F_OK)) {
		if (!access(step->pin, F_OK))
			pin_remove(aside);
		else
			rename(aside, step->pin);
	}
	free(aside);
}

static int create_link(const struct request *request, struct step *step, struct failure *failure)
{
	struct link link;

	step->created = step->hook->netns ? bpf_program__attach_netns(step->program, request->workload->netns)
					  : bpf_program__attach_cgroup(step->program, request->cgroup);
	if (!step->created)
		return fail_attach(failure, step, errno);
	if (!link_read(bpf_link__fd(step->created), &link))
		return fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", step->pin);
	step->link_id = link.id;
	/* A pin that leads elsewhere, or to a cgroup that is gone, gives way; what it holds stays until the
	 * end. */
	if (!access(step->pin, F_OK)) {
		step->aside = pin_aside(step->pin);
		if (rename(step->pin, step->aside)) {
			free(step->aside);
			step->aside = NULL;
			return fail_system(failure, "rename", step->pin);
		}
	}
	if (bpf_link__pin(step->created, step->pin))
		return fail_system(failure, "BPF_OBJ_PIN", step->pin);
	return 0;
}

static void undo(struct step *step)
{
	if (step->previous >= 0)
		bpf_link_update(step->updated, step->previous, NULL);
	if (!step->created)
		return;
	bpf_link_detach(bpf_link__fd(step->created));
	unlink(step->pin);
	if (step->aside)
		rename(step->aside, step->pin);
}

/* Everything is attached: what was set aside goes. */
static void finish(const struct step *step)
{
	if (step->aside)
		pin_remove(step->aside);
}

static void step_free(struct step *step)
{
	if (step->updated >= 0)
		close(step->updated);
	if (step->previous >= 0)
		close(step->previous);
	bpf_link__destroy(step->created); /* Closes it: the pin holds the link. */
	free(step->aside);
	free(step->pin);
}

static int add_step(struct request *request, const struct load *load, const char *bpffs, const char *name,
		    struct failure *failure)
{
	struct bpf_program *program = bpf_object__find_program_by_name(load->object, name);
	struct step *step = &request->steps[request->count];
	const struct hook *hook;

	if (!program)
		return fail_params(failure, "%s has no program %.64s", load->id, name);
	hook = hook_of(program);
	if (!hook)
		return fail_params(failure, "Program %.64s is of no hook that the agent attaches to", name);
	for (size_t i = 0; i < request->count; i++)
		if (request->steps[i].hook == hook)
			return fail_params(failure, "Two programs are of the hook %s", hook->name);
	*step = (struct step){.hook = hook, .program = program, .updated = -1, .previous = -1};
	step->pin = pin_path(bpffs, request->workload->self->id, hook->name);
	request->count++;
	return 0;
}

static int plan(struct request *request, const struct load *load, const char *bpffs, const json_t *programs,
		struct failure *failure)
{
	const json_t *name;
	size_t i;

	json_array_foreach(programs, i, name)
	{
		if (!json_is_string(name))
			return fail_params(failure, "programs must be names");
		if (add_step(request, load, bpffs, json_string_value(name), failure))
			return -1;
	}
	return 0;
}

static void warn_of_outsider(struct agent *agent, const struct namespace *workload)
{
	if (workload->outsider)
		log_message(agent, "warn",
			    "process %d uses the network of workload %s and is not in its cgroup %s: what it "
			    "connects to is not redirected. Move it there, or end it",
			    workload->outsider, workload->id, workload->cgroup);
}

static int open_cgroup(struct request *request, struct failure *failure)
{
	char *mount = cgroup_mount();
	const char *path = request->workload->self->cgroup;
	int result = 0;

	if (!mount)
		return fail(failure, json_pack("{s:s}", "kind", "cgroup2-missing"),
			    "cgroup v2 is not mounted on the node");
	request->cgroup = cgroup_open(mount, path ? path : "/");
	if (request->cgroup < 0)
		result = fail_system(failure, "open", path ? path : "/");
	else
		request->cgroup_id = cgroup_id(request->cgroup);
	free(mount);
	return result;
}

static int apply(struct request *request, struct failure *failure)
{
	for (size_t i = 0; i < request->count; i++) {
		int updated;

		settle(&request->steps[i]);
		updated = update_pinned(request, &request->steps[i], failure);

		if (updated >= 0 && (updated || !create_link(request, &request->steps[i], failure)))
			continue;
		for (size_t j = i + 1; j-- > 0;)
			undo(&request->steps[j]);
		return -1;
	}
	for (size_t i = 0; i < request->count; i++)
		finish(&request->steps[i]);
	return 0;
}

static json_t *links_json(const struct request *request)
{
	json_t *links = json_array();

	for (size_t i = 0; i < request->count; i++) {
		const struct step *step = &request->steps[i];

		json_array_append_new(links, json_pack("{s:o, s:s, s:I, s:o}", "program",
						       string_json(bpf_program__name(step->program)), "hook",
						       step->hook->name, "id", (json_int_t)step->link_id,
						       "pin", string_json(step->pin)));
	}
	return json_pack("{s:o}", "links", links);
}

json_t *verb_bpf_attach(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct workload workload;
	struct request request = {.workload = &workload, .cgroup = -1};
	const struct load *load;
	const json_t *programs;
	json_t *result = NULL;
	char *bpffs = NULL;
	const char *id;

	if (workload_open_param(agent, params, &workload, failure) ||
	    param_string(params, "load", &id, failure) || param_array(params, "programs", &programs, failure))
		goto out;
	load = load_find(agent, workload.self->id, id, failure);
	bpffs = load ? bpffs_require(failure) : NULL;
	if (!bpffs || plan(&request, load, bpffs, programs, failure) || open_cgroup(&request, failure) ||
	    pins_make_directory(bpffs, workload.self->id, failure))
		goto out;
	warn_of_outsider(agent, workload.self);
	if (!apply(&request, failure))
		result = links_json(&request);
	else
		pins_remove_directory(bpffs, workload.self->id);
out:
	for (size_t i = 0; i < request.count; i++)
		step_free(&request.steps[i]);
	if (request.cgroup >= 0)
		close(request.cgroup);
	free(bpffs);
	workload_close(&workload);
	return result;
}
