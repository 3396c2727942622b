// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Structs, unions, enums, typedefs and features out of BTF records. Constructs are found in the order of
 * BTF and then put by kind, with variants of one name side by side. Never resolves a named type: what a
 * struct holds under a name of its own is that struct's business.
 */
#include "btf/btf_int.h"

struct head {
	struct construct c;
	uint32_t next; /* variant, index in heads; 0: none */
};

struct building {
	struct btf_reader *r;
	VEC(struct head) heads; /* in the order of BTF; 0 is not used */
	struct map of_name;	/* kind and name -> the last variant */
	struct map of_shape;	/* hash of kind, name and shape -> a head */
	uint32_t seq[KIND_NKINDS];
	struct map full_enums;	/* names of enums that have values */
	uint8_t *holding;	/* BTF id -> enum walk of what it holds by value */
	uint8_t *meaning;	/* BTF id -> enum walk of what it stands for, up to structs */
	uint64_t repeats_left;	/* items that may still be shown at a second place */
	bool old_enums; /* no enum says that it is signed: made before BTF could tell (Linux 6.0) */
};

/* A walk along what a type is made of: not done, being done, comes back to itself (or what does), or ends. */
enum walk { WALK_UNKNOWN, WALK_IN_WORK, WALK_CIRCLE, WALK_FINE };
#define WALK_DEPTH_MAX 256

/* ---- items ---- */

static uint64_t item_hash(const struct item *it, uint64_t h)
{
	uint64_t words[] = { (uint64_t)it->name << 32 | it->type, (uint64_t)it->value,
			     (uint64_t)it->size << 32 | it->bits,
			     (uint64_t)it->depth << 16 | (uint64_t)it->scope << 8 | it->role };

	return base_hash(words, sizeof(words), h);
}

static bool item_equal(const struct item *a, const struct item *b)
{
	return a->name == b->name && a->type == b->type && a->value == b->value && a->size == b->size &&
	       a->bits == b->bits && a->depth == b->depth && a->scope == b->scope && a->role == b->role;
}

static uint64_t shape_hash(const struct surface *s, const struct construct *c)
{
	uint64_t head[] = { (uint64_t)c->kind << 32 | c->name, (uint64_t)c->type << 32 | c->size,
			    (uint64_t)c->flags << 32 | c->class };
	uint64_t h = base_hash(head, sizeof(head), 0);

	for (uint32_t i = 0; i < c->nitems; i++)
		h = item_hash(&s->items.v[c->items + i], h);
	return h == UINT64_MAX ? 0 : h;
}

static bool shape_equal(const struct surface *s, const struct construct *a, const struct construct *b)
{
	if (a->kind != b->kind || a->name != b->name || a->type != b->type || a->size != b->size ||
	    a->flags != b->flags || a->class != b->class || a->nitems != b->nitems)
		return false;
	for (uint32_t i = 0; i < a->nitems; i++)
		if (!item_equal(&s->items.v[a->items + i], &s->items.v[b->items + i]))
			return false;
	return true;
}

/*
 * Takes a construct whose items are the last of the surface's, and numbers it. False for one that is there
 * alike: it is forgotten again.
 */
static bool add(struct building *w, struct construct *c)
{
	struct surface *s = w->r->s;
	uint32_t n = (uint32_t)w->heads.n, *same, *last;

	same = map_at(&w->of_shape, shape_hash(s, c));
	if (*same != MAP_NONE && shape_equal(s, c, &w->heads.v[*same].c)) {
		s->items.n = c->items;
		w->r->facts->nduplicates++;
		return false;
	}
	*same = n;
	c->seq = w->seq[c->kind]++;
	last = map_at(&w->of_name, (uint64_t)c->kind << 32 | c->name);
	if (*last != MAP_NONE) {
		w->heads.v[*last].next = n;
		c->variant = w->heads.v[*last].c.variant + 1;
	}
	*last = n;
	VEC_PUSH(&w->heads, ((struct head){ .c = *c }));
	return true;
}

/* ---- structs and unions ---- */

/*
 * The struct or union whose members a member's line opens, or 0: an unnamed one, itself or in an array. Of a
 * member without a name also a named one or a typedef: its fields are the parent's (gcc -fms-extensions, which
 * the kernel uses from 6.19 on), as libbpf has it.
 */
static uint32_t opened(const struct building *w, uint32_t type, bool named_member)
{
	uint32_t id = btf_skip(w->r, type, !named_member, named_member);
	const struct btf_type *b = record_at(w->r, id);

	return id && btf_is_composite(b) && (!named_member || !btf_name(w->r, b->name_off)) ? id : 0;
}

/*
 * Offset and width of a member. In a struct with the kind flag both are in the member. In others a bitfield's
 * width is in an INT of its own, which also can shift it (before Linux 5.0).
 */
static void place(const struct building *w, const struct btf_type *b, uint32_t i, struct item *it)
{
	uint32_t type = btf_members(b)[i].type, info, id;
	const struct btf_type *t;

	it->value = btf_member_bit_offset(b, i);
	it->bits = (uint16_t)btf_member_bitfield_size(b, i);
	if (btf_kflag(b))
		return;
	id = btf_skip(w->r, type, true, false);
	t = record_at(w->r, id);
	if (!id || !btf_is_int(t))
		return;
	info = *(const uint32_t *)(t + 1);
	if (BTF_INT_OFFSET(info) || BTF_INT_BITS(info) != t->size * 8) {
		it->value += BTF_INT_OFFSET(info);
		it->bits = BTF_INT_BITS(info);
	}
}

/* True when a struct or union contains itself, which no C has, and whose walk would not end. */
static bool holds_itself(struct building *w, uint32_t id, unsigned int depth)
{
	const struct btf_type *b = record_at(w->r, id);
	bool circle = depth > WALK_DEPTH_MAX || w->holding[id] == WALK_IN_WORK;

	if (w->holding[id] == WALK_CIRCLE || w->holding[id] == WALK_FINE)
		return w->holding[id] == WALK_CIRCLE;
	w->holding[id] = WALK_IN_WORK;
	for (uint32_t i = 0; i < btf_vlen(b) && !circle; i++) {
		uint32_t inner = btf_skip(w->r, btf_members(b)[i].type, true, true);

		circle = btf_is_composite(record_at(w->r, inner)) && holds_itself(w, inner, depth + 1);
	}
	w->holding[id] = circle ? WALK_CIRCLE : WALK_FINE;
	return circle;
}

/* True when a type is made of itself without a struct between: typedefs, pointers, prototypes in a circle. */
static bool means_itself(struct building *w, uint32_t id, unsigned int depth)
{
	const struct btf_type *b = record_at(w->r, id);
	uint32_t nparams = btf_is_func_proto(b) ? btf_vlen(b) : 0;
	bool circle = depth > WALK_DEPTH_MAX || w->meaning[id] == WALK_IN_WORK;

	if (w->meaning[id] == WALK_CIRCLE || w->meaning[id] == WALK_FINE)
		return w->meaning[id] == WALK_CIRCLE;
	w->meaning[id] = WALK_IN_WORK;
	if (!circle && btf_is_array(b))
		circle = means_itself(w, btf_array(b)->type, depth + 1);
	else if (!circle && (btf_is_ptr(b) || btf_is_mod(b) || btf_is_typedef(b) || btf_is_func_proto(b) ||
			     btf_kind(b) == KIND_TYPE_TAG))
		circle = means_itself(w, b->type, depth + 1);
	for (uint32_t i = 0; i < nparams && !circle; i++)
		circle = means_itself(w, btf_params(b)[i].type, depth + 1);
	w->meaning[id] = circle ? WALK_CIRCLE : WALK_FINE;
	return circle;
}

/*
 * Items of a type that are shown at another place too are an unnamed struct's in its parent and in a typedef.
 * In a kernel that is once or twice; a web of them would grow without end.
 */
static bool may_repeat(struct building *w, uint64_t nitems)
{
	if (nitems > w->repeats_left)
		return false;
	w->repeats_left -= nitems;
	return true;
}

/* False when the struct nests too deep, or holds more than its BTF can mean. */
static bool add_members(struct building *w, uint32_t id, int64_t base, unsigned int depth)
{
	struct surface *s = w->r->s;
	const struct btf_type *b = record_at(w->r, id);
	bool bad = false;

	if (depth > BTF_DEPTH_MAX || (depth && !may_repeat(w, btf_vlen(b))))
		return false;
	for (uint32_t i = 0; i < btf_vlen(b); i++) {
		const struct btf_member *m = &btf_members(b)[i];
		struct item it = { .name = btf_name(w->r, m->name_off), .role = ITEM_MEMBER,
				   .depth = (uint8_t)depth };
		uint32_t inner = opened(w, m->type, it.name != 0);

		place(w, b, i, &it);
		it.value += base;
		it.type = btf_translate(w->r, m->type, &bad);
		it.size = btf_size(w->r, m->type);
		if (inner)
			it.scope = btf_is_union(record_at(w->r, inner)) ? SCOPE_UNION : SCOPE_STRUCT;
		VEC_PUSH(&s->items, it);
		if (inner && !add_members(w, inner, it.value, depth + 1))
			return false;
	}
	if (bad)
		btf_note(w->r->facts, BTF_NOTE_REFERENCE, w->r->where, ERR_NO_OFFSET,
			 "structs and unions with a member whose type makes no sense, first type %u", id);
	return true;
}

/* ---- enums ---- */

/*
 * Whether an enum's values are signed. BTF says so since Linux 6.0; before, all values were 32 bits, of which
 * nobody said. A C enum is unsigned unless it has a negative value, and those are small: -1, -ENOENT, -300.
 */
static bool is_signed(const struct building *w, const struct btf_type *b)
{
	if (!w->old_enums)
		return btf_kflag(b);
	for (uint32_t i = 0; i < btf_vlen(b); i++)
		if (btf_enum(b)[i].val < 0 && btf_enum(b)[i].val >= -4096)
			return true;
	return false;
}

static void add_values(struct building *w, const struct btf_type *b, uint32_t *flags)
{
	const uint32_t *e = (const uint32_t *)(b + 1);
	bool wide = btf_kind(b) == KIND_ENUM64, is_s = is_signed(w, b);

	if (is_s)
		*flags |= CONSTRUCT_SIGNED;
	for (uint32_t i = 0; i < btf_vlen(b); i++, e += wide ? 3 : 2) {
		struct item it = { .name = btf_name(w->r, e[0]), .role = ITEM_ENUMERATOR };

		if (wide)
			it.value = (int64_t)((uint64_t)e[2] << 32 | e[1]);
		else
			it.value = is_s ? (int32_t)e[1] : (int64_t)e[1];
		if (it.value < 0 && !is_s)
			*flags |= CONSTRUCT_UNSIGNED64;
		VEC_PUSH(&w->r->s->items, it);
	}
}

static bool is_any_enum(const struct btf_type *b)
{
	return btf_kind(b) == BTF_KIND_ENUM || btf_kind(b) == KIND_ENUM64;
}

bool btf_enums_are_old(const struct btf_reader *r)
{
	for (uint32_t id = r->first; id < r->ntypes; id++) {
		const struct btf_type *b = record_at(r, id);

		if (btf_kind(b) == KIND_ENUM64 || (btf_kind(b) == BTF_KIND_ENUM && btf_kflag(b)))
			return false;
	}
	return true;
}

/* What must be known before the first enum: which have values, and whether BTF says which are signed. */
static void survey_enums(struct building *w)
{
	w->old_enums = (!w->r->base || w->r->base->old_enums) && btf_enums_are_old(w->r);
	for (uint32_t id = w->r->first; id < w->r->ntypes; id++) {
		const struct btf_type *b = record_at(w->r, id);

		if (is_any_enum(b) && btf_vlen(b))
			*map_at(&w->full_enums, btf_name(w->r, b->name_off)) = id;
	}
}

/* Unnamed enums that can stand in one list: 32-bit ones, 64-bit ones, those with values above INT64_MAX. */
enum { UNNAMED_32, UNNAMED_64, UNNAMED_U64, UNNAMED_NCLASSES };

static unsigned int unnamed_class(const struct btf_type *b)
{
	const uint32_t *e = (const uint32_t *)(b + 1);

	if (btf_kind(b) == BTF_KIND_ENUM)
		return UNNAMED_32;
	for (uint32_t i = 0; i < btf_vlen(b) && !btf_kflag(b); i++)
		if (e[3 * i + 2] >> 31)
			return UNNAMED_U64;
	return UNNAMED_64;
}

static void add_unnamed_enums(struct building *w, unsigned int class)
{
	struct btf_reader *r = w->r;
	struct construct c = { .kind = KIND_ENUM, .items = (uint32_t)r->s->items.n };

	for (uint32_t id = r->first; id < r->ntypes; id++) {
		const struct btf_type *b = record_at(r, id);

		if (!is_any_enum(b) || btf_name(r, b->name_off) || !btf_vlen(b) || unnamed_class(b) != class)
			continue;
		c.size = b->size > c.size ? b->size : c.size;
		add_values(w, b, &c.flags);
	}
	c.nitems = (uint32_t)r->s->items.n - c.items;
	if (c.nitems)
		add(w, &c);
}

/* ---- features ---- */

static void add_features(struct building *w, const struct construct *e)
{
	struct surface *s = w->r->s;

	for (uint32_t i = 0; i < e->nitems; i++) {
		struct item it = s->items.v[e->items + i];
		struct construct c = { .kind = KIND_FEATURE, .name = it.name, .class = e->name,
				       .items = (uint32_t)s->items.n, .nitems = 1 };

		if (!feature_is(surface_text(s, e->name), surface_text(s, it.name)))
			continue;
		VEC_PUSH(&s->items, it);
		add(w, &c);
	}
}

/* ---- all ---- */

/* What a typedef of something unnamed shows, as the thing itself would. */
static bool add_typedef_items(struct building *w, uint32_t type, struct construct *c)
{
	uint32_t id = btf_skip(w->r, type, false, true);
	const struct btf_type *b = record_at(w->r, id);

	if (!id || btf_name(w->r, b->name_off))
		return true;
	if (btf_is_composite(b)) {
		c->size = btf_size(w->r, type);
		return !holds_itself(w, id, 0) && may_repeat(w, btf_vlen(b)) && add_members(w, id, 0, 0);
	}
	if (is_any_enum(b)) {
		if (!may_repeat(w, btf_vlen(b)))
			return false;
		c->size = b->size;
		add_values(w, b, &c->flags);
	}
	return true;
}

static bool read_record(struct building *w, uint32_t id, struct construct *c)
{
	const struct btf_type *b = record_at(w->r, id);
	bool bad = false;

	switch (btf_kind(b)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		c->kind = btf_is_union(b) ? KIND_UNION : KIND_STRUCT;
		c->size = b->size;
		return !holds_itself(w, id, 0) && add_members(w, id, 0, 0);
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		c->kind = KIND_ENUM;
		c->size = b->size;
		add_values(w, b, &c->flags);
		return true;
	default:
		c->kind = KIND_TYPEDEF;
		c->type = btf_translate(w->r, b->type, &bad);
		return !bad && !means_itself(w, id, 0) && add_typedef_items(w, b->type, c);
	}
}

static void read_construct(struct building *w, uint32_t id)
{
	const struct btf_type *b = record_at(w->r, id);
	struct surface *s = w->r->s;
	struct construct c = { .items = (uint32_t)s->items.n };

	if (!btf_is_composite(b) && btf_kind(b) != BTF_KIND_TYPEDEF && !is_any_enum(b))
		return;
	c.name = btf_name(w->r, b->name_off);
	/* An enum that is only declared says nothing of one that is defined. */
	if (!c.name || (is_any_enum(b) && !btf_vlen(b) && map_get(&w->full_enums, c.name) != MAP_NONE))
		return;
	if (!read_record(w, id, &c)) {
		s->items.n = c.items;
		btf_note(w->r->facts, BTF_NOTE_CONSTRUCT, w->r->where, ERR_NO_OFFSET,
			 "structs and typedefs that make no sense (endless, too large, of no type) were left out, "
			 "first %s (type %u)", surface_text(s, c.name), id);
		return;
	}
	c.nitems = (uint32_t)s->items.n - c.items;
	/* Of several enums of a name the first counts, as with functions. */
	if (add(w, &c) && c.kind == KIND_ENUM && !c.variant)
		add_features(w, &c);
}

/* Kind by kind, in the order of BTF, variants side by side. */
static void put_in_order(struct building *w)
{
	static const enum kind kinds[] = { KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_TYPEDEF, KIND_FEATURE };
	struct surface *s = w->r->s;

	VEC_RESERVE(&s->constructs, w->heads.n);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		s->info.kinds |= 1u << kinds[k];
		for (size_t i = 1; i < w->heads.n; i++) {
			if (w->heads.v[i].c.kind != kinds[k] || w->heads.v[i].c.variant)
				continue;
			for (uint32_t v = (uint32_t)i; v; v = w->heads.v[v].next)
				VEC_PUSH(&s->constructs, w->heads.v[v].c);
		}
	}
}

void btf_constructs(struct btf_reader *r)
{
	/* A member or value has 8 bytes of BTF or more. */
	struct building w = { .r = r, .repeats_left = 4096 + ((uint64_t)r->names_first + r->names_size) / 2 };

	map_init(&w.of_name);
	map_init(&w.of_shape);
	map_init(&w.full_enums);
	w.holding = base_calloc(r->ntypes, 1);
	w.meaning = base_calloc(r->ntypes, 1);
	VEC_PUSH(&w.heads, ((struct head){ .next = 0 }));
	survey_enums(&w);
	for (uint32_t id = r->first; id < r->ntypes; id++)
		read_construct(&w, id);
	for (unsigned int class = 0; class < UNNAMED_NCLASSES; class++)
		add_unnamed_enums(&w, class);
	put_in_order(&w);
	map_done(&w.of_name);
	map_done(&w.of_shape);
	map_done(&w.full_enums);
	free(w.holding);
	free(w.meaning);
	VEC_DONE(&w.heads);
}
