/* SPDX-License-Identifier: Apache-2.0 */
/* programs/source: the lines of source that a loaded program was made of. */
#include "program_source.h"
#include "memory.h"
#include "params.h"
#include "text.h"
#include "verbs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* More than these are not told: a program has at most a million instructions, each of which may have a line.
 */
#define LINES_MAX 5000

/* What the kernel keeps of a program that was loaded with BTF: a record for each function, and for each line.
 */
struct source {
	struct btf *btf; /* NULL: it keeps nothing */
	struct bpf_func_info *functions;
	struct bpf_line_info *lines;
	__u32 function_count, line_count;
};

static void source_free(struct source *source)
{
	btf__free(source->btf);
	free(source->functions);
	free(source->lines);
}

/* `most`: lines to read. False where the kernel refuses; it may have kept nothing all the same. */
static bool source_read(int program, __u32 most, struct source *source)
{
	struct bpf_prog_info known = {0}, info;
	__u32 length = sizeof(known);

	*source = (struct source){0};
	if (bpf_obj_get_info_by_fd(program, &known, &length))
		return false;
	if (!known.btf_id || !known.nr_line_info)
		return true;
	source->btf = btf__load_from_kernel_by_id(known.btf_id);
	if (!source->btf)
		return true;
	source->function_count = known.nr_func_info;
	source->line_count = known.nr_line_info < most ? known.nr_line_info : most;
	source->functions = xcalloc(source->function_count, sizeof(*source->functions));
	source->lines = xcalloc(source->line_count, sizeof(*source->lines));
	info = (struct bpf_prog_info){
	    .nr_func_info = source->function_count,
	    .func_info_rec_size = sizeof(*source->functions),
	    .func_info = (__u64)(unsigned long)source->functions,
	    .nr_line_info = source->line_count,
	    .line_info_rec_size = sizeof(*source->lines),
	    .line_info = (__u64)(unsigned long)source->lines,
	};
	length = sizeof(info);
	return !bpf_obj_get_info_by_fd(program, &info, &length);
}

static const char *name_at(const struct btf *btf, __u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* The function that an instruction is of: the last that begins before it. */
static const char *function_at(const struct source *source, __u32 instruction)
{
	const struct btf_type *type = NULL;

	for (__u32 i = 0; i < source->function_count && source->functions[i].insn_off <= instruction; i++)
		type = btf__type_by_id(source->btf, source->functions[i].type_id);
	return type ? name_at(source->btf, type->name_off) : "";
}

static json_t *place_json(const struct source *source, const struct bpf_line_info *line)
{
	return json_pack("{s:o, s:o, s:I}", "function", string_json(function_at(source, line->insn_off)),
			 "file", string_json(name_at(source->btf, line->file_name_off)), "line",
			 (json_int_t)BPF_LINE_INFO_LINE_NUM(line->line_col));
}

json_t *program_begin_json(int program)
{
	struct source source;
	json_t *json = NULL;

	if (source_read(program, 1, &source) && source.line_count &&
	    *name_at(source.btf, source.lines->file_name_off))
		json = place_json(&source, source.lines);
	source_free(&source);
	return json ? json : json_null();
}

static bool same_line(const struct bpf_line_info *left, const struct bpf_line_info *right)
{
	return left->file_name_off == right->file_name_off &&
	       BPF_LINE_INFO_LINE_NUM(left->line_col) == BPF_LINE_INFO_LINE_NUM(right->line_col);
}

/* In the order of the instructions; a line whose instructions follow each other comes once. */
static json_t *lines_json(const struct source *source)
{
	json_t *lines = json_array();

	for (__u32 i = 0; i < source->line_count; i++) {
		const struct bpf_line_info *line = &source->lines[i];
		json_t *json;

		if (i && same_line(line, line - 1))
			continue;
		json = place_json(source, line);
		json_object_set_new(json, "text", string_json(name_at(source->btf, line->line_off)));
		json_array_append_new(lines, json);
	}
	return lines;
}

json_t *verb_programs_source(struct agent *agent, const json_t *params, struct failure *failure)
{
	struct source source;
	json_t *lines = NULL;
	json_int_t id;
	int program;

	(void)agent;
	if (param_integer(params, "program", 1, UINT32_MAX, &id, failure))
		return NULL;
	program = bpf_prog_get_fd_by_id((__u32)id);
	if (program < 0 && errno == ENOENT)
		return json_pack("{s:[]}", "lines");
	if (program < 0) {
		fail_system(failure, "BPF_PROG_GET_FD_BY_ID", NULL);
		return NULL;
	}
	if (source_read(program, LINES_MAX, &source))
		lines = lines_json(&source);
	else
		fail_system(failure, "BPF_OBJ_GET_INFO_BY_FD", NULL);
	source_free(&source);
	close(program);
	return lines ? json_pack("{s:o}", "lines", lines) : NULL;
}
