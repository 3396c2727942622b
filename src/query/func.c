// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions: how a prototype changes from image to image (semantics, section 3), and a function's issues.
 * Compares types as trees and marks what C text does not show, so that each style of report can leave out
 * what it has to.
 */
#include "query/query_int.h"

const char *const query_change_text[CHANGE_NKINDS] = {
	[CHANGE_PARAM_ADDED] = "Param added",	      [CHANGE_PARAM_REMOVED] = "Param removed",
	[CHANGE_PARAM_REORDERED] = "Param reordered", [CHANGE_PARAM_TYPE] = "Param type changed",
	[CHANGE_RETURN_TYPE] = "Return type changed",
	[CHANGE_FIELD_ADDED] = "Field added",	      [CHANGE_FIELD_REMOVED] = "Field removed",
	[CHANGE_FIELD_TYPE] = "Field type changed",   [CHANGE_SIZE] = "Size changed",
	[CHANGE_FIELD_MOVED] = "Field moved",	      [CHANGE_FIELD_RESIZED] = "Field resized",
	[CHANGE_FIELD_BITFIELD] = "Bitfield changed", [CHANGE_VALUE_ADDED] = "Value added",
	[CHANGE_VALUE_REMOVED] = "Value removed",     [CHANGE_VALUE] = "Value changed",
	[CHANGE_TARGET] = "Target changed",	      [CHANGE_EVENT] = "Event changed",
	[CHANGE_TRACE_FUNC] = "Func changed",	      [CHANGE_FORMAT] = "Format changed",
	[CHANGE_FLAGS] = "Flags changed",	      [CHANGE_NUMBER] = "Number changed",
	[CHANGE_CONFIG] = "Config changed",	      [CHANGE_INLINE] = "Inline changed",
	[CHANGE_COLLISION] = "Collision changed",     [CHANGE_TRANSFORMATION] = "Transformation changed",
	[CHANGE_OWNER] = "Owner changed",
};

/* ---- parameters by name ---- */

/* Lists up to this length are searched from the front; no kernel function has a longer one. */
#define PARAMS_LINEAR 24

void query_params_init(struct query_params *p)
{
	*p = (struct query_params){ 0 };
	map_init(&p->by_key);
}

void query_params_done(struct query_params *p)
{
	VEC_DONE(&p->v);
	map_done(&p->by_key);
}

uint32_t query_params_find(const struct query_params *p, uint64_t key)
{
	if (p->mapped)
		return map_get(&p->by_key, key);
	for (size_t i = 0; i < p->v.n; i++)
		if (p->v.v[i].key == key)
			return (uint32_t)i;
	return MAP_NONE;
}

void query_params_clear(struct query_params *p, size_t expected)
{
	p->v.n = 0;
	p->mapped = expected > PARAMS_LINEAR;
	if (p->mapped)
		map_clear(&p->by_key);
}

void query_params_put(struct query_params *p, const struct query_param *q)
{
	uint32_t old = query_params_find(p, q->key);

	if (old != MAP_NONE) {
		p->v.v[old] = *q;
		return;
	}
	if (p->mapped)
		*map_at(&p->by_key, q->key) = (uint32_t)p->v.n;
	VEC_PUSH(&p->v, *q);
}

void query_params_set(struct query_params *p, const struct type_table *t, uint32_t proto)
{
	const struct type *n = type_at(t, proto);
	const struct type_param *from = t->params.v + n->params;
	uint32_t unnamed = 0;

	query_params_clear(p, n->count);
	for (uint32_t i = 0; i < n->count; i++) {
		struct query_param q = { .name = from[i].name, .type = from[i].type, .at = i };

		if (!q.name)
			q.unnamed = unnamed++;
		q.key = q.name ? q.name : (uint64_t)(q.unnamed + 1) << 32;
		query_params_put(p, &q);
	}
}

/* ---- differences ---- */

void query_compare_init(struct query_compare *c)
{
	*c = (struct query_compare){ 0 };
	query_params_init(&c->old_params);
	query_params_init(&c->new_params);
}

void query_compare_done(struct query_compare *c)
{
	query_params_done(&c->old_params);
	query_params_done(&c->new_params);
	VEC_DONE(&c->changes);
}

void query_add_change(struct query_compare *c, enum query_change_kind kind, uint32_t old_at,
		      uint32_t new_at, bool invisible)
{
	VEC_PUSH(&c->changes, ((struct query_change){
				      .kind = kind,
				      .old_param = old_at,
				      .new_param = new_at,
				      .invisible = invisible,
			      }));
}

/* Parameters of `from` that `in` has not. */
static void compare_absent(struct query_compare *c, enum query_change_kind kind,
			   const struct query_params *from, const struct query_params *in)
{
	for (size_t i = 0; i < from->v.n; i++)
		if (query_params_find(in, from->v.v[i].key) == MAP_NONE)
			query_add_change(c, kind, from->v.v[i].at, from->v.v[i].at, false);
}

static void compare_order(struct query_compare *c)
{
	const struct query_params *a = &c->old_params, *b = &c->new_params;
	bool moved = false, in_order = true;
	uint32_t last = 0;

	for (size_t i = 0; i < a->v.n; i++) {
		uint32_t j = query_params_find(b, a->v.v[i].key);

		if (j == MAP_NONE)
			continue;
		moved |= i != j;
		in_order &= j >= last;
		last = j;
	}
	if (!moved)
		return;
	query_add_change(c, CHANGE_PARAM_REORDERED, 0, 0, false);
	c->changes.v[c->changes.n - 1].shifted_only = in_order;
}

static void compare_types(struct query_compare *c, const struct surface *s)
{
	const struct query_params *a = &c->old_params, *b = &c->new_params;

	for (size_t i = 0; i < a->v.n; i++) {
		uint32_t j = query_params_find(b, a->v.v[i].key), to;

		if (j == MAP_NONE)
			continue;
		to = b->v.v[j].type;
		if (a->v.v[i].type != to)
			query_add_change(c, CHANGE_PARAM_TYPE, a->v.v[i].at, b->v.v[j].at,
				   type_same_c(s->types, s->str, a->v.v[i].type, to));
	}
}

static bool lacks_names(const struct query_params *p)
{
	for (size_t i = 0; i < p->v.n; i++)
		if (p->v.v[i].name)
			return false;
	return p->v.n;
}

/* The longest lists are left as they are. */
static void key_by_position(struct query_params *p)
{
	for (size_t i = 0; i < p->v.n && !p->mapped; i++)
		p->v.v[i].key = (uint64_t)(i + 1) << 32;
}

void query_add_proto_changes(struct query_compare *c, const struct surface *s, uint32_t old_proto,
			     uint32_t new_proto)
{
	uint32_t old_ret = type_at(s->types, old_proto)->ref;
	uint32_t new_ret = type_at(s->types, new_proto)->ref;

	if (old_proto == new_proto)
		return; /* equal trees have equal ids: the common case costs nothing */
	query_params_set(&c->old_params, s->types, old_proto);
	query_params_set(&c->new_params, s->types, new_proto);
	if (c->may_lack_names && lacks_names(&c->old_params) != lacks_names(&c->new_params)) {
		key_by_position(&c->old_params);
		key_by_position(&c->new_params);
	}
	compare_absent(c, CHANGE_PARAM_ADDED, &c->new_params, &c->old_params);
	compare_absent(c, CHANGE_PARAM_REMOVED, &c->old_params, &c->new_params);
	compare_order(c);
	compare_types(c, s);
	if (old_ret != new_ret)
		query_add_change(c, CHANGE_RETURN_TYPE, 0, 0,
			   type_same_c(s->types, s->str, old_ret, new_ret));
}

void query_compare_protos(struct query_compare *c, const struct surface *s, uint32_t old_proto,
			  uint32_t new_proto)
{
	c->changes.n = 0;
	query_add_proto_changes(c, s, old_proto, new_proto);
}

/* ---- facts ---- */

unsigned int query_issues(const struct surface *s, const struct func *f)
{
	static const unsigned int by_collision[COLLISION_NTYPES] = {
		[COLLISION_STATIC_DUPLICATION] = ISSUE_DUPLICATE,
		[COLLISION_STATIC_STATIC] = ISSUE_COLLISION,
		[COLLISION_STATIC_GLOBAL] = ISSUE_COLLISION,
		[COLLISION_GLOBAL_GLOBAL] = ISSUE_COLLISION,
		[COLLISION_SYMBOLS] = ISSUE_AMBIGUOUS,
	};
	static const unsigned int by_inline[INLINE_NTYPES] = {
		[INLINE_FULL] = ISSUE_FULL_INLINE,
		[INLINE_SELECTIVE] = ISSUE_SELECTIVE_INLINE,
	};

	return by_collision[f->collision] | by_inline[f->inline_type] |
	       (func_is_transformed(s, f) ? ISSUE_TRANSFORMATION : 0) |
	       (func_across_owners(s, f) ? ISSUE_ACROSS_OWNERS : 0);
}
