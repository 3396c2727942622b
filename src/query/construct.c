// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two constructs of one kind, compared (semantics, section 3): by the names of their members or values, and
 * by C types as trees, with a mark on what C text does not show. Layout is compared only when asked for,
 * and only where both sides know theirs. And one construct of any kind over all images.
 */
#include "query/query_int.h"

struct pair {
	struct query_compare *c;
	const struct surface *s;
	const struct construct *old, *new;
};

static const struct item *item_at(const struct surface *s, uint32_t i)
{
	return &s->items.v[i];
}

static bool is_proto(const struct surface *s, uint32_t type)
{
	return type_at(s->types, type)->kind == TYPE_FUNC_PROTO;
}

/* ---- named items ---- */

/*
 * The items of one role by name. Of members the flat ones (item_is_flat), found in one walk: what a scope with
 * a name holds is left out, as is padding, on which nothing can depend. A dataset's member without a name is
 * what it could not flatten (a const struct: vm_fault), known by its number among these.
 */
static void set_items(struct query_params *p, const struct surface *s, const struct construct *c,
		      enum item_role role)
{
	unsigned int hidden = UINT32_MAX; /* items deeper than this are in a scope with a name */
	uint32_t unnamed = 0;

	query_params_clear(p, c->nitems);
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = item_at(s, i);
		struct query_param q = { .key = it->name, .name = it->name, .type = it->type, .at = i };

		if (it->role != role || it->depth > hidden)
			continue;
		hidden = it->scope && it->name ? it->depth : UINT32_MAX;
		if (!it->name && (it->scope || it->bits))
			continue;
		if (!it->name) {
			q.unnamed = unnamed++;
			q.key = (uint64_t)(q.unnamed + 1) << 32;
		}
		query_params_put(p, &q);
	}
}

static void add_absent(struct query_compare *c, enum query_change_kind kind, const struct query_params *from,
		       const struct query_params *in)
{
	for (size_t i = 0; i < from->v.n; i++)
		if (query_params_find(in, from->v.v[i].key) == MAP_NONE)
			query_add_change(c, kind, from->v.v[i].at, from->v.v[i].at, false);
}

/* The same items, one for one: of most constructs in most pairs, and then there is nothing to look up. */
static bool same_items(const struct pair *p, bool values)
{
	if (p->old->nitems != p->new->nitems)
		return false;
	for (uint32_t i = 0; i < p->old->nitems; i++) {
		const struct item *a = item_at(p->s, p->old->items + i);
		const struct item *b = item_at(p->s, p->new->items + i);

		if (a->name != b->name || a->type != b->type || a->role != b->role || a->depth != b->depth ||
		    a->scope != b->scope)
			return false;
		if (values && (a->value != b->value || a->size != b->size || a->bits != b->bits))
			return false;
	}
	return true;
}

/* Calls `changed` for each name that both have, in the old order. */
static void add_common(const struct pair *p, void (*changed)(const struct pair *p, uint32_t a, uint32_t b))
{
	const struct query_params *old = &p->c->old_params, *new = &p->c->new_params;

	for (size_t i = 0; i < old->v.n; i++) {
		uint32_t j = query_params_find(new, old->v.v[i].key);

		if (j != MAP_NONE)
			changed(p, old->v.v[i].at, new->v.v[j].at);
	}
}

/* ---- members ---- */

static void member_type(const struct pair *p, uint32_t a, uint32_t b)
{
	uint32_t old = item_at(p->s, a)->type, new = item_at(p->s, b)->type;

	if (old != new)
		query_add_change(p->c, CHANGE_FIELD_TYPE, a, b, type_same_c(p->s->types, p->s->str, old, new));
}

static void member_moved(const struct pair *p, uint32_t a, uint32_t b)
{
	if (item_at(p->s, a)->value != item_at(p->s, b)->value)
		query_add_change(p->c, CHANGE_FIELD_MOVED, a, b, false);
}

/* Datasets do not say a member's size. */
static void member_resized(const struct pair *p, uint32_t a, uint32_t b)
{
	uint32_t old = item_at(p->s, a)->size, new = item_at(p->s, b)->size;

	if (old && new && old != new)
		query_add_change(p->c, CHANGE_FIELD_RESIZED, a, b, false);
}

static void member_bitfield(const struct pair *p, uint32_t a, uint32_t b)
{
	if (item_at(p->s, a)->bits != item_at(p->s, b)->bits)
		query_add_change(p->c, CHANGE_FIELD_BITFIELD, a, b, false);
}

/* Structs that were put together from pages, as some datasets hold them, have no sizes and no offsets. */
static bool has_layout(const struct construct *c)
{
	return c->size || !c->nitems;
}

static void add_members(const struct pair *p, bool layout)
{
	struct query_compare *c = p->c;

	layout = layout && has_layout(p->old) && has_layout(p->new);
	if (same_items(p, layout) && (!layout || p->old->size == p->new->size))
		return;
	set_items(&c->old_params, p->s, p->old, ITEM_MEMBER);
	set_items(&c->new_params, p->s, p->new, ITEM_MEMBER);
	add_absent(c, CHANGE_FIELD_ADDED, &c->new_params, &c->old_params);
	add_absent(c, CHANGE_FIELD_REMOVED, &c->old_params, &c->new_params);
	add_common(p, member_type);
	if (!layout)
		return;
	if (p->old->size != p->new->size)
		query_add_change(c, CHANGE_SIZE, 0, 0, false);
	add_common(p, member_moved);
	add_common(p, member_resized);
	add_common(p, member_bitfield);
}

/* ---- values ---- */

/* True when v is what `bits` (32, or another width) hold, with or without a sign. */
static bool fits(int64_t v, unsigned int bits)
{
	unsigned int unused = 64 - bits;

	return v == (int64_t)((uint64_t)v << unused) >> unused || (uint64_t)v == (uint64_t)v << unused >> unused;
}

/*
 * Values of enums of one size are compared as the bits that they have room for. Of one and the same enum old BTF
 * says -1 and new BTF 4294967295, DWARF and datasets one or the other: before Linux 6.0 nothing told which enums
 * are signed. Unnamed enums, all in one, are of 4 bytes where a value says nothing else.
 */
static bool same_value(const struct pair *p, int64_t a, int64_t b)
{
	uint32_t bytes = !p->old->name ? 4 : p->old->size == p->new->size ? p->old->size : 8;
	unsigned int bits = bytes && bytes < 8 ? bytes * 8 : 64;

	return a == b || (fits(a, bits) && fits(b, bits) && !(((uint64_t)a ^ (uint64_t)b) << (64 - bits)));
}

static void value_changed(const struct pair *p, uint32_t a, uint32_t b)
{
	if (!same_value(p, item_at(p->s, a)->value, item_at(p->s, b)->value))
		query_add_change(p->c, CHANGE_VALUE, a, b, false);
}

static void add_values(const struct pair *p, bool layout)
{
	struct query_compare *c = p->c;

	if (!same_items(p, true)) {
		set_items(&c->old_params, p->s, p->old, ITEM_ENUMERATOR);
		set_items(&c->new_params, p->s, p->new, ITEM_ENUMERATOR);
		add_absent(c, CHANGE_VALUE_ADDED, &c->new_params, &c->old_params);
		add_absent(c, CHANGE_VALUE_REMOVED, &c->old_params, &c->new_params);
		add_common(p, value_changed);
	}
	if (layout && p->old->size && p->new->size && p->old->size != p->new->size)
		query_add_change(c, CHANGE_SIZE, 0, 0, false);
}

/* ---- the other kinds ---- */

enum unnamed { UNNAMED_NOT, UNNAMED_STRUCT, UNNAMED_UNION, UNNAMED_ENUM };

static enum unnamed unnamed_kind(const struct surface *s, uint32_t type)
{
	const struct type *t = type_at(s->types, type);

	if (t->name)
		return UNNAMED_NOT;
	switch (t->kind) {
	case TYPE_STRUCT:
		return UNNAMED_STRUCT;
	case TYPE_UNION:
		return UNNAMED_UNION;
	case TYPE_ENUM:
	case TYPE_ENUM64:
		return UNNAMED_ENUM;
	default:
		return UNNAMED_NOT;
	}
}

/* A typedef of an unnamed type is that type in all but name. */
static void add_typedef(const struct pair *p, bool layout)
{
	uint32_t old = p->old->type, new = p->new->type;
	enum unnamed what = unnamed_kind(p->s, old);

	if (what != unnamed_kind(p->s, new) || (what == UNNAMED_NOT && old != new))
		query_add_change(p->c, CHANGE_TARGET, 0, 0, type_same_c(p->s->types, p->s->str, old, new));
	else if (what == UNNAMED_ENUM)
		add_values(p, layout);
	else if (what)
		add_members(p, layout);
}

/* Where only one side's prototype is known, that is no change of it. */
static void add_proto(const struct pair *p)
{
	if (is_proto(p->s, p->old->type) && is_proto(p->s, p->new->type))
		query_add_proto_changes(p->c, p->s, p->old->type, p->new->type);
}

/* A head in front of the changes from `first` on; it is to be seen when one of them is. */
static void add_head(struct query_compare *c, enum query_change_kind kind, size_t first)
{
	struct query_change head = { .kind = kind, .invisible = true };

	if (c->changes.n == first)
		return;
	for (size_t i = first; i < c->changes.n; i++)
		head.invisible &= c->changes.v[i].invisible;
	VEC_PUSH(&c->changes, head);
	memmove(&c->changes.v[first + 1], &c->changes.v[first],
		(c->changes.n - 1 - first) * sizeof(*c->changes.v));
	c->changes.v[first] = head;
}

static void add_tracepoint(const struct pair *p, bool layout)
{
	size_t first = p->c->changes.n;

	if (!((p->old->flags | p->new->flags) & CONSTRUCT_NO_RECORD))
		add_members(p, layout);
	add_head(p->c, CHANGE_EVENT, first);
	first = p->c->changes.n;
	add_proto(p);
	add_head(p->c, CHANGE_TRACE_FUNC, first);
	if (p->old->text != p->new->text)
		query_add_change(p->c, CHANGE_FORMAT, 0, 0, false);
}

static bool has_role(const struct surface *s, const struct construct *c, enum item_role role)
{
	for (uint32_t i = 0; i < c->nitems; i++)
		if (item_at(s, c->items + i)->role == role)
			return true;
	return false;
}

/*
 * True when the items of `a` are all in `b`, in whatever order: sets with flags, programs, tables with numbers.
 * Which programs may call a kfunc is not known of all images; where it is not, nothing has changed.
 */
static bool has_all(const struct surface *s, const struct construct *a, const struct construct *b)
{
	bool programs = has_role(s, b, ITEM_PROGRAM);

	for (uint32_t i = 0; i < a->nitems; i++) {
		const struct item *x = item_at(s, a->items + i);
		bool found = x->role == ITEM_PROGRAM && !programs;

		for (uint32_t j = 0; j < b->nitems && !found; j++) {
			const struct item *y = item_at(s, b->items + j);

			found = x->role == y->role && x->name == y->name && x->value == y->value;
		}
		if (!found)
			return false;
	}
	return true;
}

static void add_places(const struct pair *p, enum query_change_kind kind)
{
	if (!has_all(p->s, p->old, p->new) || !has_all(p->s, p->new, p->old))
		query_add_change(p->c, kind, 0, 0, false);
}

void query_compare_constructs(struct query_compare *c, const struct surface *s, const struct construct *old,
			      const struct construct *new, bool layout)
{
	struct pair p = { .c = c, .s = s, .old = old, .new = new };

	c->changes.n = 0;
	switch (old->kind) {
	case KIND_STRUCT:
	case KIND_UNION:
		add_members(&p, layout);
		break;
	case KIND_ENUM:
	case KIND_FEATURE:
		add_values(&p, layout);
		break;
	case KIND_TYPEDEF:
		add_typedef(&p, layout);
		break;
	case KIND_TRACEPOINT:
		add_tracepoint(&p, layout);
		break;
	case KIND_KFUNC:
		add_proto(&p);
		add_places(&p, CHANGE_FLAGS);
		break;
	case KIND_LSM:
		add_proto(&p);
		break;
	case KIND_SYSCALL:
		add_places(&p, CHANGE_NUMBER);
		break;
	case KIND_CONFIG:
		if (old->text != new->text)
			query_add_change(c, CHANGE_CONFIG, 0, 0, false);
		break;
	case KIND_FUNC:
	case KIND_FIELD:
	case KIND_NKINDS:
		break; /* compared by others */
	}
}

/* ---- one construct over all images ---- */

void query_construct_init(struct query_construct *q, enum kind kind, const struct query_view *v,
			  struct store *st)
{
	*q = (struct query_construct){ .kind = kind, .view = v, .name = "" };
	surface_init(&q->facts, store_strtab(st), store_types(st));
	query_compare_init(&q->compare);
	VEC_RESERVE(&q->at, v->images->images.n);
	q->at.n = v->images->images.n;
	for (size_t i = 0; i < q->at.n; i++)
		q->at.v[i] = SEQ_NONE;
}

void query_construct_done(struct query_construct *q)
{
	surface_done(&q->facts);
	VEC_DONE(&q->at);
	VEC_DONE(&q->changes);
	for (int k = 0; k < GROUP_NKINDS; k++)
		VEC_DONE(&q->diffs[k]);
	query_compare_done(&q->compare);
}

/* The construct of one image; its index, or SEQ_NONE. */
static int get_one(struct query_construct *q, struct store *st, uint32_t image_id, const char *name, uint32_t *at,
		   struct err *err)
{
	size_t *n = q->kind == KIND_FUNC ? &q->facts.funcs.n : &q->facts.constructs.n, first = *n;
	bool here;
	int rc = q->kind == KIND_FUNC ? store_get_func(st, image_id, name, &q->facts, &here, err) :
					store_get_construct(st, image_id, q->kind, name, &q->facts, &here, err);

	*at = !rc && here ? (uint32_t)first : SEQ_NONE;
	return rc;
}

int query_construct_get(struct query_construct *q, struct store *st, const char *name, bool *found,
			struct err *err)
{
	const struct store_images *images = q->view->images;
	const struct surface *s = &q->facts;

	surface_reset(&q->facts);
	for (size_t i = 0; i < images->images.n; i++) {
		int rc = get_one(q, st, images->images.v[i].id, name, &q->at.v[i], err);

		if (rc)
			return rc;
	}
	*found = s->funcs.n || s->constructs.n;
	q->name = s->funcs.n ? surface_text(s, s->funcs.v[0].name) :
		  *found     ? surface_text(s, s->constructs.v[0].name) :
			       "";
	query_construct_compare(q);
	return 0;
}

void query_each_pair(const struct query_view *v,
		     void (*fn)(void *ctx, enum query_group_kind kind, const struct query_member *old_member,
				const struct query_member *new_member),
		     void *ctx)
{
	for (int k = 0; k < GROUP_NKINDS; k++) {
		const struct query_group *g = &v->groups[k];

		for (size_t i = k == GROUP_REGULAR; i < g->members.n; i++)
			fn(ctx, g->kind, k == GROUP_REGULAR ? &g->members.v[i - 1] : &g->base, &g->members.v[i]);
	}
}

/* What of an image is compared: of functions those with a prototype. */
static uint32_t compared(const struct query_construct *q, uint32_t image)
{
	uint32_t at = q->at.v[image];

	return q->kind != KIND_FUNC || at == SEQ_NONE || func_has_proto(&q->facts.funcs.v[at]) ? at : SEQ_NONE;
}

static void compare_pair(void *ctx, enum query_group_kind kind, const struct query_member *old_member,
			 const struct query_member *new_member)
{
	struct query_construct *q = ctx;
	const struct surface *s = &q->facts;
	const struct store_image *images = q->view->images->images.v;
	struct query_diff d = {
		.old_member = old_member,
		.new_member = new_member,
		.old_func = compared(q, old_member->image),
		.new_func = compared(q, new_member->image),
		.changes = (uint32_t)q->changes.n,
	};
	uint32_t old, new;

	if (d.old_func != SEQ_NONE || d.new_func != SEQ_NONE)
		q->has_diff_group[kind] = true;
	if (d.old_func == SEQ_NONE || d.new_func == SEQ_NONE)
		return;
	old = d.old_func;
	new = d.new_func;
	query_compare_of(&q->compare, &images[old_member->image], &images[new_member->image]);
	/* Of several variants those that differ: a pair then names them, not the first ones. */
	if (q->kind == KIND_FUNC)
		query_compare_protos(&q->compare, s, s->funcs.v[d.old_func].proto, s->funcs.v[d.new_func].proto);
	else
		query_compare_names(&q->compare, s, q->kind, &d.old_func, &d.new_func, false);
	query_add_owner_change(&q->compare, s, q->kind, old, new, &images[old_member->image].info,
			       &images[new_member->image].info);
	d.nchanges = (uint32_t)q->compare.changes.n;
	for (uint32_t i = 0; i < d.nchanges; i++)
		VEC_PUSH(&q->changes, q->compare.changes.v[i]);
	VEC_PUSH(&q->diffs[kind], d);
}

void query_construct_compare(struct query_construct *q)
{
	q->changes.n = 0;
	for (int k = 0; k < GROUP_NKINDS; k++) {
		q->diffs[k].n = 0;
		q->has_diff_group[k] = false;
	}
	query_each_pair(q->view, compare_pair, q);
}

const struct construct *query_construct_in(const struct query_construct *q, size_t image)
{
	return q->at.v[image] == SEQ_NONE ? NULL : &q->facts.constructs.v[q->at.v[image]];
}
