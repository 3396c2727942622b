// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The type table: nodes are interned, so that equal trees have equal ids and a prototype that a
 * thousand functions share is held once. Never prints (cdecl.c does).
 */
#include "surface/surface.h"

void type_table_init(struct type_table *t)
{
	*t = (struct type_table){ .mask = 1023 };
	t->slots = base_calloc(t->mask + 1, sizeof(*t->slots));
	VEC_PUSH(&t->types, ((struct type){ .kind = TYPE_VOID, .size = TYPE_NO_SIZE }));
	VEC_RESERVE(&t->params, 1); /* so that an empty list of parameters has an address */
}

void type_table_done(struct type_table *t)
{
	VEC_DONE(&t->types);
	VEC_DONE(&t->params);
	free(t->slots);
	t->slots = NULL;
}

static uint32_t type_hash(const struct type *n, const struct type_param *params)
{
	uint32_t head[6] = { n->kind, n->fwd_union, n->name, n->ref, n->count, n->size };
	uint64_t h = base_hash(head, sizeof(head), 0);

	if (n->kind == TYPE_FUNC_PROTO && n->count)
		h = base_hash(params, n->count * sizeof(*params), h);
	return (uint32_t)h;
}

static bool type_equal(const struct type_table *t, const struct type *a, const struct type *b,
		       const struct type_param *b_params)
{
	return a->kind == b->kind && a->fwd_union == b->fwd_union && a->name == b->name &&
	       a->ref == b->ref && a->count == b->count && a->size == b->size &&
	       (a->kind != TYPE_FUNC_PROTO || !a->count ||
		!memcmp(t->params.v + a->params, b_params, a->count * sizeof(*b_params)));
}

static void type_rehash(struct type_table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	uint32_t *slots = base_calloc((size_t)mask + 1, sizeof(*slots));

	for (uint32_t id = 1; id < t->types.n; id++) {
		const struct type *n = &t->types.v[id];
		uint32_t i = type_hash(n, t->params.v + n->params) & mask;

		while (slots[i])
			i = (i + 1) & mask;
		slots[i] = id;
	}
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
}

/* The slot of the node, or the empty one where it would be. */
static uint32_t slot_of(const struct type_table *t, const struct type *node, const struct type_param *params)
{
	uint32_t i = type_hash(node, params) & t->mask;

	while (t->slots[i] && !type_equal(t, &t->types.v[t->slots[i]], node, params))
		i = (i + 1) & t->mask;
	return i;
}

uint32_t type_find(const struct type_table *t, const struct type *node, const struct type_param *params)
{
	return node->kind == TYPE_VOID ? 0 : t->slots[slot_of(t, node, params)];
}

uint32_t type_intern(struct type_table *t, const struct type *node, const struct type_param *params)
{
	uint32_t i, id;

	if (node->kind == TYPE_VOID)
		return 0;
	i = slot_of(t, node, params);
	if (t->slots[i])
		return t->slots[i];
	id = (uint32_t)t->types.n;
	t->slots[i] = id;
	VEC_PUSH(&t->types, *node);
	t->types.v[id].params = 0;
	if (node->kind == TYPE_FUNC_PROTO) {
		t->types.v[id].params = (uint32_t)t->params.n;
		VEC_RESERVE(&t->params, node->count);
		if (node->count)
			memcpy(t->params.v + t->params.n, params, node->count * sizeof(*params));
		t->params.n += node->count;
	}
	if (t->types.n * 2 > t->mask)
		type_rehash(t);
	return id;
}
