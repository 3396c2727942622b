// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What becomes of a program's relocated accesses (CO-RE) when a struct changes from one image to another. The
 * rules are libbpf's (src/relo_core.c there), as far as a change of a member shows them; no program is looked at.
 */
#include "query/query_int.h"

const char *const query_core_text[CORE_NCLASSES] = {
	[CORE_ABSORBED] = "absorbed",
	[CORE_SIZED] = "sized",
	[CORE_UNKNOWN] = "unknown",
	[CORE_BROKEN] = "broken",
};

#define TYPE_DEPTH_MAX 32

static int load_typedefs(struct map *of_name, struct store *st, uint32_t image, struct err *err)
{
	struct surface own;
	int rc;

	surface_init(&own, store_strtab(st), store_types(st));
	rc = store_load_constructs(st, image, KIND_TYPEDEF, &own, err);
	for (size_t i = 0; i < own.constructs.n; i++) {
		uint32_t *at = map_at(of_name, own.constructs.v[i].name);

		if (*at == MAP_NONE)
			*at = own.constructs.v[i].type;
	}
	surface_done(&own);
	return rc;
}

int query_core_open(struct query_core_pair *c, struct store *st, const struct surface *s,
		    const struct store_image *old, const struct store_image *new, struct err *err)
{
	int rc;

	*c = (struct query_core_pair){ .s = s };
	c->sizes = old->info.source != IMAGE_FROM_DATASET && new->info.source != IMAGE_FROM_DATASET;
	map_init(&c->old);
	map_init(&c->new);
	rc = load_typedefs(&c->old, st, old->id, err);
	return rc ? rc : load_typedefs(&c->new, st, new->id, err);
}

void query_core_close(struct query_core_pair *c)
{
	map_done(&c->old);
	map_done(&c->new);
}

/* The type behind qualifiers and typedefs. A typedef that the image does not explain stays one. */
static const struct type *bare_type(const struct query_core_pair *c, const struct map *of_name, uint32_t id)
{
	const struct type *n = type_at(c->s->types, id);

	for (int depth = 0; depth < TYPE_DEPTH_MAX; depth++) {
		uint32_t to = n->ref;

		if (n->kind == TYPE_TYPEDEF) {
			to = map_get(of_name, n->name);
			if (to == MAP_NONE)
				break;
		} else if (n->kind != TYPE_CONST && n->kind != TYPE_VOLATILE && n->kind != TYPE_RESTRICT) {
			break;
		}
		n = type_at(c->s->types, to);
	}
	return n;
}

static bool is_composite(const struct type *n)
{
	return n->kind == TYPE_STRUCT || n->kind == TYPE_UNION;
}

static bool is_enum(const struct type *n)
{
	return n->kind == TYPE_ENUM || n->kind == TYPE_ENUM64;
}

/* Names up to a flavor ("task_struct___old"); one without a name goes with any. */
static bool same_essence(const struct surface *s, uint32_t a, uint32_t b)
{
	const char *x = surface_text(s, a), *y = surface_text(s, b);
	const char *xend = strstr(x, "___"), *yend = strstr(y, "___");
	size_t n = xend ? (size_t)(xend - x) : strlen(x), m = yend ? (size_t)(yend - y) : strlen(y);

	return !n || !m || (n == m && !memcmp(x, y, n));
}

/*
 * Whether libbpf takes a field of type `new` for one of type `old`: bpf_core_fields_are_compat() in its
 * relo_core.c. Integers of any size and sign go together, as do all pointers, all structs and unions;
 * enums and forward declarations by name; arrays by their elements. Absorbed, broken, or unknown where
 * an image does not say what a typedef stands for.
 */
static enum query_core core_of_types(const struct query_core_pair *c, uint32_t old, uint32_t new)
{
	const struct type *a = bare_type(c, &c->old, old), *b = bare_type(c, &c->new, new);
	bool same;

	for (int depth = 0; a->kind == TYPE_ARRAY && b->kind == TYPE_ARRAY && depth < TYPE_DEPTH_MAX; depth++) {
		a = bare_type(c, &c->old, a->ref);
		b = bare_type(c, &c->new, b->ref);
	}
	if (a->kind == TYPE_TYPEDEF || b->kind == TYPE_TYPEDEF)
		return a == b ? CORE_ABSORBED : CORE_UNKNOWN;
	if (is_composite(a) && is_composite(b))
		return CORE_ABSORBED;
	if (is_enum(a) && is_enum(b))
		same = same_essence(c->s, a->name, b->name);
	else if (a->kind == TYPE_FWD && b->kind == TYPE_FWD)
		same = same_essence(c->s, a->name, b->name);
	else
		same = a->kind == b->kind && (a->kind == TYPE_INT || a->kind == TYPE_PTR || a->kind == TYPE_FLOAT);
	return same ? CORE_ABSORBED : CORE_BROKEN;
}

/* Another size is no matter for structs, of which members are read; pointers have one in all images of an arch. */
static enum query_core core_of_sizes(const struct query_core_pair *c, const struct item *a, const struct item *b)
{
	const struct type *old = bare_type(c, &c->old, a->type), *new = bare_type(c, &c->new, b->type);

	if (is_composite(old) && is_composite(new))
		return CORE_ABSORBED;
	if (!c->sizes)
		return old->kind == TYPE_PTR && new->kind == TYPE_PTR ? CORE_ABSORBED : CORE_UNKNOWN;
	return a->size == b->size ? CORE_ABSORBED : CORE_SIZED;
}

enum query_core query_core_of(const struct query_core_pair *c, const struct construct *old,
			      const struct construct *new, const struct query_change *ch)
{
	const struct item *a = c->s->items.v + ch->old_param, *b = c->s->items.v + ch->new_param;
	enum query_core types;

	switch (ch->kind) {
	case CHANGE_FIELD_REMOVED:
		return CORE_BROKEN;
	case CHANGE_FIELD_BITFIELD:
		return CORE_SIZED;
	case CHANGE_FIELD_TYPE:
		types = core_of_types(c, a->type, b->type);
		return types == CORE_ABSORBED ? core_of_sizes(c, a, b) : types;
	case CHANGE_FIELD_RESIZED:
		return core_of_sizes(c, a, b);
	case CHANGE_TARGET:
		return core_of_types(c, old->type, new->type);
	default: /* added, moved, the whole's size, values: these are read from the new image */
		return CORE_ABSORBED;
	}
}
