/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Constructs made by hand, for tests of what reads them. */
#ifndef KSURF_TEST_BUILD_H
#define KSURF_TEST_BUILD_H

#include "surface/surface.h"

#define BUILD_UNUSED __attribute__((unused))

static BUILD_UNUSED uint32_t build_node(struct surface *s, enum type_kind kind, const char *name,
					uint32_t ref, uint32_t count)
{
	struct type n = { .kind = kind,
			  .name = strtab_intern_z(s->str, name),
			  .ref = ref,
			  .count = count,
			  .size = TYPE_NO_SIZE };

	return type_intern(s->types, &n, NULL);
}

static BUILD_UNUSED uint32_t build_int(struct surface *s, const char *name)
{
	return build_node(s, TYPE_INT, name, 0, 0);
}

static BUILD_UNUSED uint32_t build_struct(struct surface *s, const char *name)
{
	return build_node(s, TYPE_STRUCT, name, 0, 0);
}

static BUILD_UNUSED uint32_t build_union(struct surface *s, const char *name)
{
	return build_node(s, TYPE_UNION, name, 0, 0);
}

static BUILD_UNUSED uint32_t build_ptr(struct surface *s, uint32_t to)
{
	return build_node(s, TYPE_PTR, "", to, 0);
}

static BUILD_UNUSED uint32_t build_array(struct surface *s, uint32_t of, uint32_t n)
{
	return build_node(s, TYPE_ARRAY, "", of, n);
}

/* int (*)(struct file *, int) */
static BUILD_UNUSED uint32_t build_func_ptr(struct surface *s, const char *first, const char *second)
{
	struct type_param p[2] = { { strtab_intern_z(s->str, first), build_ptr(s, build_struct(s, "file")) },
				   { strtab_intern_z(s->str, second), build_int(s, "int") } };
	struct type n = {
		.kind = TYPE_FUNC_PROTO, .ref = build_int(s, "int"), .count = 2, .size = TYPE_NO_SIZE
	};

	return build_ptr(s, type_intern(s->types, &n, p));
}

/* Opens a construct; its items follow. */
static BUILD_UNUSED struct construct *build_construct(struct surface *s, enum kind kind, const char *name,
						      uint32_t size)
{
	VEC_PUSH(&s->constructs, ((struct construct){ .kind = kind,
						      .name = strtab_intern_z(s->str, name),
						      .seq = (uint32_t)s->constructs.n,
						      .size = size,
						      .items = (uint32_t)s->items.n }));
	return &s->constructs.v[s->constructs.n - 1];
}

static BUILD_UNUSED struct item *build_item(struct surface *s, enum item_role role, const char *name)
{
	VEC_PUSH(&s->items, ((struct item){ .name = strtab_intern_z(s->str, name), .role = role }));
	s->constructs.v[s->constructs.n - 1].nitems++;
	return &s->items.v[s->items.n - 1];
}

/* A member at a byte. */
static BUILD_UNUSED struct item *build_member(struct surface *s, uint8_t depth, const char *name,
					      uint32_t type, int64_t byte, uint32_t size)
{
	struct item *it = build_item(s, ITEM_MEMBER, name);

	it->depth = depth;
	it->type = type;
	it->value = byte * 8;
	it->size = size;
	return it;
}

static BUILD_UNUSED void build_bitfield(struct surface *s, uint8_t depth, const char *name, uint32_t type,
					int64_t bit, uint32_t size, uint16_t bits)
{
	struct item *it = build_member(s, depth, name, type, 0, size);

	it->value = bit;
	it->bits = bits;
}

/* An unnamed struct or union; what it holds follows, one deeper. */
static BUILD_UNUSED void build_scope(struct surface *s, uint8_t depth, const char *name,
				     enum item_scope scope, uint32_t array, int64_t byte, uint32_t size)
{
	uint32_t type = scope == SCOPE_UNION ? build_union(s, "") : build_struct(s, "");

	build_member(s, depth, name, array ? build_array(s, type, array) : type, byte, size)->scope = scope;
}

static BUILD_UNUSED void build_value(struct surface *s, const char *name, int64_t value)
{
	build_item(s, ITEM_ENUMERATOR, name)->value = value;
}

#endif
