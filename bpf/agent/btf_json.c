/* SPDX-License-Identifier: Apache-2.0 */
#include "btf_json.h"
#include "text.h"

#include <stdio.h>

/* C types nest a few levels; BTF that nests more was not made by a compiler. */
#define DEPTH_MAX 32

static json_t *type_json(const struct btf *btf, __u32 id, int depth);

static json_int_t size_of(const struct btf *btf, __u32 id)
{
	__s64 size = btf__resolve_size(btf, id);

	return size > 0 ? size : 0;
}

static json_t *name_json(const struct btf *btf, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(btf, type->name_off);

	return string_json(name ? name : "");
}

static json_t *unknown_json(const struct btf *btf, __u32 id)
{
	return json_pack("{s:s, s:o, s:I}", "kind", "unknown", "name",
			 name_json(btf, btf__type_by_id(btf, id)), "size", size_of(btf, id));
}

/* From the value in decimal to its name. */
static json_t *enum_json(const struct btf *btf, __u32 id, const struct btf_type *type)
{
	json_t *values = json_object();
	char number[24];

	for (__u16 i = 0; i < btf_vlen(type); i++) {
		__u32 name;

		if (btf_is_enum64(type)) {
			name = btf_enum64(type)[i].name_off;
			snprintf(number, sizeof(number), "%lld",
				 (long long)btf_enum64_value(&btf_enum64(type)[i]));
		} else {
			name = btf_enum(type)[i].name_off;
			snprintf(number, sizeof(number), "%d", btf_enum(type)[i].val);
		}
		json_object_set_new(values, number, string_json(btf__name_by_offset(btf, name)));
	}
	return json_pack("{s:s, s:o, s:I, s:o}", "kind", "enum", "name", name_json(btf, type), "size",
			 size_of(btf, id), "values", values);
}

static json_t *member_json(const struct btf *btf, const struct btf_type *type, __u32 index, int depth)
{
	const struct btf_member *member = &btf_members(type)[index];
	__u32 bits = btf_member_bit_offset(type, index);
	json_t *json = btf_member_bitfield_size(type, index) || bits % 8
			   ? unknown_json(btf, member->type)
			   : type_json(btf, member->type, depth);
	const char *name = btf__name_by_offset(btf, member->name_off);

	return json_pack("{s:o, s:I, s:o}", "name", string_json(name ? name : ""), "offset",
			 (json_int_t)(bits / 8), "type", json);
}

static json_t *struct_json(const struct btf *btf, __u32 id, const struct btf_type *type, int depth)
{
	json_t *members = json_array();

	for (__u16 i = 0; i < btf_vlen(type); i++)
		json_array_append_new(members, member_json(btf, type, i, depth));
	return json_pack("{s:s, s:o, s:I, s:o}", "kind", "struct", "name", name_json(btf, type), "size",
			 size_of(btf, id), "members", members);
}

static json_t *type_json(const struct btf *btf, __u32 id, int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	if (!type || depth == DEPTH_MAX)
		return json_pack("{s:s, s:s, s:i}", "kind", "unknown", "name", "", "size", 0);
	if (btf_is_mod(type)) /* const and volatile change nothing about the bytes. */
		return type_json(btf, type->type, depth + 1);
	if (btf_is_int(type))
		return json_pack("{s:s, s:o, s:I, s:b}", "kind", "int", "name", name_json(btf, type), "size",
				 size_of(btf, id), "signed", btf_int_encoding(type) & BTF_INT_SIGNED);
	if (btf_is_any_enum(type))
		return enum_json(btf, id, type);
	if (btf_is_array(type))
		return json_pack("{s:s, s:I, s:I, s:o}", "kind", "array", "size", size_of(btf, id), "count",
				 (json_int_t)btf_array(type)->nelems, "element",
				 type_json(btf, btf_array(type)->type, depth + 1));
	if (btf_is_struct(type))
		return struct_json(btf, id, type, depth + 1);
	if (btf_is_typedef(type))
		return json_pack("{s:s, s:o, s:I, s:o}", "kind", "typedef", "name", name_json(btf, type),
				 "size", size_of(btf, id), "type", type_json(btf, type->type, depth + 1));
	return unknown_json(btf, id);
}

json_t *btf_type_json(const struct btf *btf, __u32 type)
{
	return btf && type && btf__type_by_id(btf, type) ? type_json(btf, type, 0) : json_null();
}
