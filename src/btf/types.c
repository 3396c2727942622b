// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BTF ids to nodes of the type table, names and sizes. Types stand by name; type tags (__user and the
 * like) are looked through. Whatever an id leads to, it is walked once: what was seen to make no sense is
 * remembered as such, and a circle is met in its second round.
 */
#include "btf/btf_int.h"

#include <bpf/libbpf.h>

/* C guarantees 127 parameters; the kernel's largest function has some 20. */
#define PARAMS_MAX 256
/* Symbols of the kernel have at most 511 characters (KSYM_NAME_LEN). */
#define NAME_MAX_LEN 4096

static uint32_t translate(struct btf_reader *r, uint32_t id, unsigned int depth, bool *bad);

const char *btf_text(const struct btf_reader *r, uint32_t offset)
{
	if (!r->split)
		return btf__name_by_offset(r->btf, offset);
	if (offset < r->names_first)
		return r->base->names + offset;
	offset -= r->names_first;
	return offset < r->split->names_len ? r->split->copy.v + r->split->names_at + offset : NULL;
}

static uint32_t intern_name(struct btf_reader *r, uint32_t offset)
{
	const char *name;
	size_t len;

	name = btf_text(r, offset);
	len = name ? strnlen(name, NAME_MAX_LEN) : 0;
	/* Names that end alike can lie in each other, but not all of them, and not without an end. */
	if (len == NAME_MAX_LEN || len > r->names_left) {
		btf_note(r->facts, BTF_NOTE_NAME, r->where, ERR_NO_OFFSET, "the name at 0x%x is too long",
			 offset);
		len = 0;
	}
	r->names_left -= len;
	return strtab_intern(r->s->str, name, len);
}

uint32_t btf_name(struct btf_reader *r, uint32_t offset)
{
	uint32_t *id;

	if (offset < r->names_first) {
		id = map_at(&r->base_names, offset);
		if (*id == MAP_NONE)
			*id = intern_name(r, offset);
		return *id;
	}
	if (offset - r->names_first >= r->names_size)
		return 0;
	id = &r->name_ids[offset - r->names_first];
	if (BASE_UNLIKELY(!*id))
		*id = intern_name(r, offset) + 1;
	return *id - 1;
}

static uint32_t translate_proto(struct btf_reader *r, const struct btf_type *b, unsigned int depth, bool *bad)
{
	struct type node = { .kind = TYPE_FUNC_PROTO, .count = btf_vlen(b), .size = TYPE_NO_SIZE };
	struct type_param params[PARAMS_MAX];
	const struct btf_param *p = btf_params(b);

	if (node.count > PARAMS_MAX) {
		*bad = true;
		return 0;
	}
	node.ref = translate(r, b->type, depth + 1, bad);
	for (uint32_t i = 0; i < node.count; i++) {
		params[i].name = btf_name(r, p[i].name_off);
		params[i].type = translate(r, p[i].type, depth + 1, bad);
	}
	return *bad ? 0 : type_intern(r->s->types, &node, params);
}

/* decoder switch: BTF kinds */
static uint32_t translate_kind(struct btf_reader *r, const struct btf_type *b, unsigned int depth, bool *bad)
{
	struct type node = { .kind = (enum type_kind)btf_kind(b), .size = TYPE_NO_SIZE };

	switch (btf_kind(b)) {
	case BTF_KIND_FWD:
		node.fwd_union = btf_kflag(b);
		node.name = btf_name(r, b->name_off);
		break;
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
	case BTF_KIND_FLOAT:
		node.size = b->size;
		node.name = btf_name(r, b->name_off);
		break;
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_TYPEDEF:
		node.name = btf_name(r, b->name_off);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
		node.ref = translate(r, b->type, depth + 1, bad);
		break;
	case BTF_KIND_ARRAY:
		node.ref = translate(r, btf_array(b)->type, depth + 1, bad);
		node.count = btf_array(b)->nelems;
		break;
	case KIND_TYPE_TAG:
		return translate(r, b->type, depth + 1, bad);
	case BTF_KIND_FUNC_PROTO:
		return translate_proto(r, b, depth, bad);
	default: /* a FUNC, VAR or DATASEC is no type */
		*bad = true;
	}
	return *bad ? 0 : type_intern(r->s->types, &node, NULL);
}

static uint32_t translate(struct btf_reader *r, uint32_t id, unsigned int depth, bool *bad)
{
	bool mine = false;
	uint32_t ret;

	if (!id)
		return 0;
	if (id >= r->ntypes || id == r->unknown || depth > BTF_DEPTH_MAX || r->type_of[id] == TYPE_IN_WORK ||
	    r->type_of[id] == TYPE_SENSELESS) {
		*bad = true;
		return 0;
	}
	if (r->type_of[id] != TYPE_NOT_READ)
		return r->type_of[id];
	r->type_of[id] = TYPE_IN_WORK;
	ret = translate_kind(r, record_at(r, id), depth, &mine);
	r->type_of[id] = mine ? TYPE_SENSELESS : ret;
	*bad |= mine;
	return ret;
}

uint32_t btf_translate(struct btf_reader *r, uint32_t id, bool *bad)
{
	return translate(r, id, 0, bad);
}

uint32_t btf_skip(const struct btf_reader *r, uint32_t id, bool typedefs, bool arrays)
{
	for (unsigned int i = 0; i <= BTF_DEPTH_MAX && id && id < r->ntypes; i++) {
		const struct btf_type *b = record_at(r, id);

		if (btf_kind(b) == BTF_KIND_CONST || btf_kind(b) == BTF_KIND_VOLATILE ||
		    btf_kind(b) == BTF_KIND_RESTRICT || btf_kind(b) == KIND_TYPE_TAG ||
		    (typedefs && btf_kind(b) == BTF_KIND_TYPEDEF))
			id = b->type;
		else if (arrays && btf_kind(b) == BTF_KIND_ARRAY)
			id = btf_array(b)->type;
		else
			return id;
	}
	return 0;
}

static uint32_t size_walk(struct btf_reader *r, uint32_t id, unsigned int depth)
{
	const struct btf_type *b;
	uint64_t size = 0;

	if (!id || id >= r->ntypes || depth > BTF_DEPTH_MAX)
		return 0;
	if (r->size_of[id])
		return r->size_of[id] - 1;
	r->size_of[id] = 1; /* a circle has no size */
	b = record_at(r, id);
	switch (btf_kind(b)) {
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
	case BTF_KIND_FLOAT:
		size = b->size;
		break;
	case BTF_KIND_PTR:
		size = r->pointer_size;
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case KIND_TYPE_TAG:
		size = size_walk(r, b->type, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		size = (uint64_t)size_walk(r, btf_array(b)->type, depth + 1) * btf_array(b)->nelems;
		break;
	}
	r->size_of[id] = size < UINT32_MAX ? (uint32_t)size + 1 : 1;
	return r->size_of[id] - 1;
}

uint32_t btf_size(struct btf_reader *r, uint32_t id)
{
	return size_walk(r, id, 0);
}
