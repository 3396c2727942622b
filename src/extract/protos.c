// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * C prototypes from DWARF, for the functions that BTF does not have: mostly those that were inlined
 * everywhere. Types stand by name, as in BTF; a type DIE is translated once.
 */
#include "extract/extract_int.h"

#define TYPE_DEPTH_MAX 32
#define PARAMS_MAX 4096
#define DIMENSIONS_MAX 16

static uint32_t read_type(struct proto_places *r, uint64_t offset, unsigned int depth, bool *bad);

static struct dwarf_lane *lane_of(struct proto_places *r, const struct dwarf_unit *u)
{
	return &r->readers[r->units[u->index].lane].dwarf;
}

static uint32_t referred_type(struct proto_places *r, const struct dwarf_unit *u,
			      const struct dwarf_die *die, unsigned int depth, bool *bad)
{
	uint64_t offset;

	if (!dwarf_has(die, SLOT_TYPE)) /* void */
		return 0;
	offset = dwarf_ref(r->readers[0].dwarf.d, u, &die->value[SLOT_TYPE]);
	if (offset == UINT64_MAX || depth == TYPE_DEPTH_MAX) {
		*bad = true;
		return 0;
	}
	return read_type(r, offset, depth + 1, bad);
}

/* The DIE at an offset and its unit's root. */
static bool die_of(struct proto_places *r, uint64_t offset, const struct dwarf_root **root,
		   struct dwarf_die *die)
{
	const struct dwarf_unit *u = dwarf_unit_at(r->readers[0].dwarf.d, offset);
	struct err err;

	err.code = ERR_NONE;
	return u && !dwarf_root(lane_of(r, u), u, root, &err) &&
	       !dwarf_die_at(lane_of(r, u), u, offset, die, &err);
}

/* The next child of either tag; damage ends the list, as the unit's own walk tells of it. */
static bool next_child(struct proto_places *r, const struct dwarf_unit *u, uint64_t *at, uint16_t tag,
		       uint16_t or_tag, struct dwarf_die *die)
{
	struct err err;

	err.code = ERR_NONE;
	return dwarf_next_child(lane_of(r, u), u, at, 1ull << tag | 1ull << or_tag, die, &err) > 0;
}

/* The FUNC_PROTO that a subprogram or subroutine type is. Names are kept for subprograms only, as in BTF. */
static uint32_t read_proto(struct proto_places *r, const struct dwarf_root *root,
			   const struct dwarf_die *die, unsigned int depth, bool *bad)
{
	const struct dwarf_unit *u = root->unit;
	struct type node = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	VEC(struct type_param) params = { 0 };
	uint64_t at = die->next;
	struct dwarf_die child;
	bool dots = false;
	uint32_t id;

	node.ref = referred_type(r, u, die, depth, bad);
	while (die->children && params.n < PARAMS_MAX &&
	       next_child(r, u, &at, TAG_FORMAL_PARAMETER, TAG_UNSPECIFIED_PARAMETERS, &child)) {
		struct type_param p = { 0 };

		if (child.tag == TAG_UNSPECIFIED_PARAMETERS) {
			dots = true;
			continue;
		}
		if (die->tag == TAG_SUBPROGRAM && dwarf_has(&child, SLOT_NAME)) {
			const char *name = dwarf_string(lane_of(r, root->unit), root, &child.value[SLOT_NAME]);

			p.name = strtab_intern_z(r->s->str, name);
		}
		p.type = referred_type(r, u, &child, depth, bad);
		VEC_PUSH(&params, p);
	}
	if (dots)
		VEC_PUSH(&params, ((struct type_param){ 0 }));
	node.count = (uint32_t)params.n;
	id = type_intern(r->s->types, &node, params.v);
	VEC_DONE(&params);
	return id;
}

static uint32_t read_array(struct proto_places *r, const struct dwarf_root *root,
			   const struct dwarf_die *die, unsigned int depth, bool *bad)
{
	uint32_t count[DIMENSIONS_MAX], n = 0, id = referred_type(r, root->unit, die, depth, bad);
	uint64_t at = die->next;
	struct dwarf_die child;

	while (die->children && n < DIMENSIONS_MAX &&
	       next_child(r, root->unit, &at, TAG_SUBRANGE_TYPE, TAG_SUBRANGE_TYPE, &child)) {
		count[n] = 0;
		if (dwarf_has(&child, SLOT_COUNT))
			count[n] = (uint32_t)child.value[SLOT_COUNT].v;
		else if (dwarf_has(&child, SLOT_UPPER_BOUND) && child.value[SLOT_UPPER_BOUND].v < UINT32_MAX)
			count[n] = (uint32_t)child.value[SLOT_UPPER_BOUND].v + 1;
		n++;
	}
	while (n--) {
		struct type node = { .kind = TYPE_ARRAY, .ref = id, .count = count[n], .size = TYPE_NO_SIZE };

		id = type_intern(r->s->types, &node, NULL);
	}
	return id;
}

static uint32_t named(struct proto_places *r, const struct dwarf_root *root, const struct dwarf_die *die,
		      enum type_kind kind)
{
	struct type node = { .kind = kind, .size = TYPE_NO_SIZE };

	if (dwarf_has(die, SLOT_NAME))
		node.name = strtab_intern_z(r->s->str, dwarf_string(lane_of(r, root->unit), root, &die->value[SLOT_NAME]));
	if ((kind == TYPE_ENUM || kind == TYPE_FLOAT) && dwarf_has(die, SLOT_BYTE_SIZE))
		node.size = (uint32_t)die->value[SLOT_BYTE_SIZE].v;
	return type_intern(r->s->types, &node, NULL);
}

static uint32_t base_type(struct proto_places *r, const struct dwarf_root *root,
			  const struct dwarf_die *die)
{
	uint64_t encoding = dwarf_has(die, SLOT_ENCODING) ? die->value[SLOT_ENCODING].v : 0;
	bool is_float = encoding == ENCODING_FLOAT || encoding == ENCODING_COMPLEX_FLOAT;

	return named(r, root, die, is_float ? TYPE_FLOAT : TYPE_INT);
}

static uint32_t modifier(struct proto_places *r, const struct dwarf_root *root,
			 const struct dwarf_die *die, enum type_kind kind, unsigned int depth, bool *bad)
{
	struct type node = { .kind = kind, .size = TYPE_NO_SIZE };

	node.ref = referred_type(r, root->unit, die, depth, bad);
	return type_intern(r->s->types, &node, NULL);
}

/* decoder switch: type DIEs (DWARF 5, chapter 5) */
static uint32_t translate(struct proto_places *r, const struct dwarf_root *root,
			  const struct dwarf_die *die, unsigned int depth, bool *bad)
{
	switch (die->tag) {
	case TAG_BASE_TYPE:
		return base_type(r, root, die);
	case TAG_STRUCTURE_TYPE:
	case TAG_CLASS_TYPE:
		return named(r, root, die, TYPE_STRUCT);
	case TAG_UNION_TYPE:
		return named(r, root, die, TYPE_UNION);
	case TAG_ENUMERATION_TYPE:
		return named(r, root, die, TYPE_ENUM);
	case TAG_TYPEDEF:
		return named(r, root, die, TYPE_TYPEDEF);
	case TAG_POINTER_TYPE:
	case TAG_REFERENCE_TYPE:
		return modifier(r, root, die, TYPE_PTR, depth, bad);
	case TAG_CONST_TYPE:
		return modifier(r, root, die, TYPE_CONST, depth, bad);
	case TAG_VOLATILE_TYPE:
		return modifier(r, root, die, TYPE_VOLATILE, depth, bad);
	case TAG_RESTRICT_TYPE:
		return modifier(r, root, die, TYPE_RESTRICT, depth, bad);
	case TAG_ATOMIC_TYPE:
		return referred_type(r, root->unit, die, depth, bad);
	case TAG_ARRAY_TYPE:
		return read_array(r, root, die, depth, bad);
	case TAG_SUBROUTINE_TYPE:
		return read_proto(r, root, die, depth, bad);
	case TAG_UNSPECIFIED_TYPE:
		return 0;
	default:
		*bad = true;
		return 0;
	}
}

static uint32_t read_type(struct proto_places *r, uint64_t offset, unsigned int depth, bool *bad)
{
	uint32_t known = map_get(&r->type_of_die, offset), id;
	const struct dwarf_root *root;
	struct dwarf_die die;

	if (known != MAP_NONE)
		return known;
	if (!die_of(r, offset, &root, &die)) {
		*bad = true;
		return 0;
	}
	/* A type in a unit of its own leaves a nameless declaration in the unit that uses it. */
	if (dwarf_has(&die, SLOT_SIGNATURE) && depth < TYPE_DEPTH_MAX) {
		uint64_t far = dwarf_ref(r->readers[0].dwarf.d, root->unit, &die.value[SLOT_SIGNATURE]);

		if (far != UINT64_MAX)
			return read_type(r, far, depth + 1, bad);
	}
	id = translate(r, root, &die, depth, bad);
	if (!*bad)
		*map_at(&r->type_of_die, offset) = id;
	r->ntypes++;
	return id;
}

static bool read_function(struct proto_places *r, uint64_t offset, struct func *f, uint32_t seq)
{
	const struct dwarf_root *root;
	struct dwarf_die die;
	bool bad = false;

	if (!die_of(r, offset, &root, &die))
		return false;
	f->proto = read_proto(r, root, &die, 0, &bad);
	if (bad)
		return false;
	f->type_seq = seq;
	return true;
}

void proto_places_init(struct proto_places *p, struct unit_reader *readers, const struct unit_facts *units,
		       struct surface *s)
{
	*p = (struct proto_places){ .readers = readers, .units = units, .s = s };
	map_init(&p->type_of_die);
}

void proto_places_done(struct proto_places *p)
{
	map_done(&p->type_of_die);
}

bool proto_at(struct proto_places *p, uint64_t die, uint32_t *ret)
{
	struct func f = { .type_seq = SEQ_NONE };

	if (!read_function(p, die, &f, 0))
		return false;
	*ret = f.proto;
	return true;
}

void dwarf_protos(struct unit_reader *readers, unsigned int nreaders,
		  const struct unit_facts *units, struct surface *s, const struct merged *m,
		  uint64_t *ntypes, uint64_t *nbad)
{
	struct proto_places r;
	uint32_t seq = 0;

	proto_places_init(&r, readers, units, s);
	for (size_t i = 0; i < s->funcs.n; i++)
		if (func_has_proto(&s->funcs.v[i]) && s->funcs.v[i].type_seq >= seq)
			seq = s->funcs.v[i].type_seq + 1;
	*nbad = 0;
	for (unsigned int i = 0; i < nreaders; i++)
		readers[i].dwarf.notes.n = 0;
	for (size_t i = 0; i < m->protos.n; i++) {
		if (func_has_proto(&s->funcs.v[i]) || !m->protos.v[i].rank)
			continue;
		if (read_function(&r, m->protos.v[i].die, &s->funcs.v[i], seq))
			seq++;
		else
			++*nbad;
	}
	for (unsigned int i = 0; i < nreaders; i++)
		*nbad += readers[i].dwarf.notes.n;
	*ntypes = r.ntypes;
	proto_places_done(&r);
}
