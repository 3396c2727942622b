// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One field over all images: where it is in each, and what changes between neighbours. A field is found by
 * its path from a named construct; how C and CO-RE find it is how it is found here. Where it went when it
 * is gone is for moved.c.
 */
#include "field/field_int.h"

/* Constructs that have fields, in the order in which a name is tried. */
static const enum kind field_kinds[] = { KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_TYPEDEF };

/* ---- constructs, loaded once ---- */

int field_load(struct field *q, uint32_t image, enum kind kind, uint32_t name, uint32_t *ret, struct err *err)
{
	uint64_t key = (uint64_t)image << 40 | (uint64_t)kind << 32 | name;
	uint32_t at = map_get(&q->loaded, key), first = (uint32_t)q->facts.constructs.n;
	bool found;
	int rc;

	if (at == MAP_NONE) {
		rc = store_get_construct(q->st, q->view->images->images.v[image].id, kind,
					 strtab_text(q->facts.str, name), &q->facts, &found, err);
		if (rc)
			return rc;
		/* Index 0 would be told from "none" no more once it is stored beside MAP_NONE. */
		at = found ? first + 1 : 0;
		*map_at(&q->loaded, key) = at;
	}
	*ret = at ? at - 1 : SEQ_NONE;
	return 0;
}

#define TYPEDEF_DEPTH 32

int field_embedded(struct field *q, uint32_t image, uint32_t type, uint32_t *ret, struct err *err)
{
	*ret = SEQ_NONE;
	for (unsigned int i = 0; i < TYPEDEF_DEPTH; i++) {
		const struct type *n = type_at(q->facts.types, type);
		uint32_t at;
		int rc;

		switch (n->kind) {
		case TYPE_CONST:
		case TYPE_VOLATILE:
		case TYPE_ARRAY:
			type = n->ref;
			continue;
		case TYPE_STRUCT:
		case TYPE_UNION:
			if (!n->name)
				return 0;
			return field_load(q, image, n->kind == TYPE_UNION ? KIND_UNION : KIND_STRUCT, n->name,
					  ret, err);
		case TYPE_ENUM:
		case TYPE_ENUM64:
			return n->name ? field_load(q, image, KIND_ENUM, n->name, ret, err) : 0;
		case TYPE_TYPEDEF:
			rc = field_load(q, image, KIND_TYPEDEF, n->name, &at, err);
			if (rc || at == SEQ_NONE)
				return rc;
			if (q->facts.constructs.v[at].nitems) {
				*ret = at;
				return 0;
			}
			type = q->facts.constructs.v[at].type;
			continue;
		default:
			return 0;
		}
	}
	return 0;
}

/* ---- one path in one image ---- */

uint32_t field_scope_end(const struct surface *s, uint32_t i, uint32_t end)
{
	uint32_t j = i + 1;

	while (j < end && s->items.v[j].depth > s->items.v[i].depth)
		j++;
	return j;
}

/* The item of a name, not looking into scopes that have a name themselves. */
static uint32_t find_item(const struct surface *s, uint32_t first, uint32_t end, const char *name, size_t len)
{
	for (uint32_t i = first; i < end;) {
		const struct item *it = &s->items.v[i];

		if (it->name && len == strtab_len(s->str, it->name) &&
		    !memcmp(strtab_text(s->str, it->name), name, len))
			return it->role == ITEM_MEMBER || it->role == ITEM_ENUMERATOR ? i : SEQ_NONE;
		i = it->scope && it->name ? field_scope_end(s, i, end) : i + 1;
	}
	return SEQ_NONE;
}

static void fill_at(const struct field *q, uint32_t root, uint32_t item, int64_t base, struct field_at *ret)
{
	const struct construct *c = &q->facts.constructs.v[root];
	const struct item *it = &q->facts.items.v[item];

	ret->state = FIELD_PRESENT;
	ret->construct = root;
	ret->item = item;
	ret->type = it->type;
	ret->size = it->size;
	ret->bits = it->bits;
	ret->offset = base + it->value;
	ret->placed = c->size || it->role == ITEM_ENUMERATOR;
}

/* Looks for q->path in the construct `root`. */
static int find_path(struct field *q, uint32_t image, uint32_t root, struct field_at *ret, struct err *err)
{
	const char *path = q->path;
	uint32_t at = root, first = q->facts.constructs.v[at].items;
	uint32_t end = first + q->facts.constructs.v[at].nitems;
	int64_t base = 0;

	for (;;) {
		size_t n = strcspn(path, ".");
		uint32_t item = n ? find_item(&q->facts, first, end, path, n) : SEQ_NONE;
		const struct item *it;
		int rc;

		if (item == SEQ_NONE)
			return 0;
		if (!path[n]) {
			fill_at(q, root, item, base, ret);
			return 0;
		}
		path += n + 1;
		it = &q->facts.items.v[item];
		if (it->scope) {
			first = item + 1;
			end = field_scope_end(&q->facts, item, end);
			continue;
		}
		base += it->value;
		rc = it->bits ? 0 : field_embedded(q, image, it->type, &at, err);
		if (rc || it->bits || at == SEQ_NONE)
			return rc;
		first = q->facts.constructs.v[at].items;
		end = first + q->facts.constructs.v[at].nitems;
	}
}

/* The field in the constructs of one kind in one image: in the first of the variants that has it. */
static int find_kind(struct field *q, uint32_t image, enum kind kind, uint32_t outer, struct field_at *ret,
		     struct err *err)
{
	uint32_t root, n;
	int rc = field_load(q, image, kind, outer, &root, err);

	if (rc || root == SEQ_NONE)
		return rc;
	n = construct_nvariants(&q->facts, root);
	/* A typedef of a named struct has the fields of that. */
	if (kind == KIND_TYPEDEF && !q->facts.constructs.v[root].nitems) {
		rc = field_embedded(q, image, q->facts.constructs.v[root].type, &root, err);
		if (rc || root == SEQ_NONE)
			return rc;
		n = construct_nvariants(&q->facts, root);
	}
	if (ret->state == FIELD_ABSENT)
		ret->nvariants = ret->nvariants ? ret->nvariants : n;
	else
		*ret = (struct field_at){
			.state = FIELD_ABSENT, .kind = kind, .construct = root, .nvariants = n
		};
	for (uint32_t i = 0; !rc && i < n && ret->state != FIELD_PRESENT; i++)
		rc = find_path(q, image, root + i, ret, err);
	if (ret->state == FIELD_PRESENT) {
		ret->kind = kind;
		ret->nvariants = n;
	}
	return rc;
}

/* Which images have the construct, asked once a kind: most names are of one kind only. */
static int ask_images(struct field *q, struct err *err)
{
	size_t n = q->at.n, words = (n + 63) / 64;
	uint32_t *ids = base_calloc(n, sizeof(*ids));
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = q->view->images->images.v[i].id;
	q->has.n = 0;
	VEC_RESERVE(&q->has, words * ARRAY_SIZE(field_kinds));
	for (size_t i = 0; !rc && i < ARRAY_SIZE(field_kinds); i++, q->has.n += words)
		rc = store_has(q->st, field_kinds[i], q->outer, ids, n, q->has.v + q->has.n, err);
	if (rc)
		q->has.n = 0;
	free(ids);
	return rc;
}

static bool has_kind(const struct field *q, uint32_t image, size_t i)
{
	return q->has.v[i * ((q->at.n + 63) / 64) + image / 64] >> image % 64 & 1;
}

static int find_image(struct field *q, uint32_t image, uint32_t outer, uint32_t kinds, struct err *err)
{
	struct field_at at = { .state = FIELD_NO_CONSTRUCT };
	int rc = 0;

	for (size_t i = 0; !rc && i < ARRAY_SIZE(field_kinds) && at.state != FIELD_PRESENT; i++)
		if (kinds & 1u << field_kinds[i] && has_kind(q, image, i))
			rc = find_kind(q, image, field_kinds[i], outer, &at, err);
	q->at.v[image] = at;
	return rc;
}

/* ---- differences ---- */

static void add_change(struct field *q, enum query_change_kind kind, bool invisible)
{
	VEC_PUSH(&q->changes, ((struct query_change){ .kind = kind, .invisible = invisible }));
}

static void compare_values(struct field *q, const struct field_at *a, const struct field_at *b)
{
	unsigned int flags = q->facts.constructs.v[a->construct].flags ^
			     q->facts.constructs.v[b->construct].flags;

	if (a->offset != b->offset || (flags & CONSTRUCT_UNSIGNED64 && a->offset < 0))
		add_change(q, CHANGE_VALUE, false);
}

static void compare_members(struct field *q, const struct field_at *a, const struct field_at *b)
{
	if (a->type != b->type)
		add_change(q, CHANGE_FIELD_TYPE, type_same_c(q->facts.types, q->facts.str, a->type, b->type));
	if (!a->placed || !b->placed)
		return;
	if (a->offset != b->offset)
		add_change(q, CHANGE_FIELD_MOVED, false);
	if (a->size && b->size && a->size != b->size)
		add_change(q, CHANGE_FIELD_RESIZED, false);
	if (a->bits != b->bits)
		add_change(q, CHANGE_FIELD_BITFIELD, false);
}

struct pairs {
	struct field *q;
	struct err *err;
	int rc;
};

static void compare_present(struct field *q, const struct field_at *a, const struct field_at *b)
{
	if (field_is_value(q, a) != field_is_value(q, b))
		add_change(q, CHANGE_FIELD_TYPE, false);
	else if (field_is_value(q, a))
		compare_values(q, a, b);
	else
		compare_members(q, a, b);
}

/* Between architectures and flavors a name that is missing was not renamed: only versions are searched. */
static int compare_one_sided(struct field *q, enum query_group_kind group, uint32_t with, uint32_t without,
			     bool added, struct err *err)
{
	enum query_change_kind kind = added ? CHANGE_FIELD_ADDED : CHANGE_FIELD_REMOVED;
	uint32_t first = (uint32_t)q->moves.n;
	int rc = 0;

	if (field_is_value(q, &q->at.v[with]))
		kind = added ? CHANGE_VALUE_ADDED : CHANGE_VALUE_REMOVED;
	if (group == GROUP_REGULAR)
		rc = field_find_moves(q, with, without, err);
	VEC_PUSH(&q->changes,
		 ((struct query_change){
			 .kind = kind, .old_param = first, .new_param = (uint32_t)q->moves.n - first }));
	return rc;
}

static void compare_pair(void *ctx, enum query_group_kind kind, const struct query_member *old_member,
			 const struct query_member *new_member)
{
	struct pairs *p = ctx;
	struct field *q = p->q;
	uint32_t old = old_member->image, new = new_member->image;
	const struct field_at *a = &q->at.v[old], *b = &q->at.v[new];
	bool in_old = a->state == FIELD_PRESENT, in_new = b->state == FIELD_PRESENT;
	struct query_diff d = { .old_member = old_member,
				.new_member = new_member,
				.old_func = old,
				.new_func = new,
				.changes = (uint32_t)q->changes.n };

	if (in_old || in_new)
		q->has_diff_group[kind] = true;
	if (p->rc || (!in_old && !in_new) || a->state > FIELD_ABSENT || b->state > FIELD_ABSENT)
		return;
	if (in_old && in_new)
		compare_present(q, a, b);
	else
		p->rc = compare_one_sided(q, kind, in_old ? old : new, in_old ? new : old, in_new, p->err);
	d.nchanges = (uint32_t)q->changes.n - d.changes;
	VEC_PUSH(&q->diffs[kind], d);
}

/* ---- the whole ---- */

void field_init(struct field *q, const struct query_view *v, struct store *st)
{
	*q = (struct field){ .view = v, .st = st, .name = "", .outer = "", .path = "", .kind = KIND_STRUCT };
	surface_init(&q->facts, store_strtab(st), store_types(st));
	arena_init(&q->texts);
	map_init(&q->loaded);
	VEC_RESERVE(&q->at, v->images->images.n);
	q->at.n = v->images->images.n;
	memset(q->at.v, 0, q->at.n * sizeof(*q->at.v));
}

void field_done(struct field *q)
{
	surface_done(&q->facts);
	arena_done(&q->texts);
	map_done(&q->loaded);
	buf_done(&q->loaded_outer);
	VEC_DONE(&q->has);
	VEC_DONE(&q->at);
	VEC_DONE(&q->changes);
	VEC_DONE(&q->moves);
	for (int k = 0; k < GROUP_NKINDS; k++)
		VEC_DONE(&q->diffs[k]);
}

/* Takes "struct ", "union ", "enum " or "typedef " off the front: the kinds that the rest may be. */
static uint32_t take_keyword(const char **name)
{
	uint32_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(field_kinds); i++) {
		const char *word = kind_words[field_kinds[i]].word;
		size_t n = strlen(word);

		if (!strncmp(*name, word, n) && (*name)[n] == ' ') {
			*name += n + 1;
			return 1u << field_kinds[i];
		}
		all |= 1u << field_kinds[i];
	}
	return all;
}

/* What was loaded of another construct is forgotten; of the same one it serves again (pages). */
static void keep_loaded(struct field *q, const char *outer, size_t len)
{
	if (q->loaded_outer.n == len && (!len || !memcmp(q->loaded_outer.v, outer, len)))
		return;
	surface_reset(&q->facts);
	map_clear(&q->loaded);
	q->has.n = 0;
	q->loaded_outer.n = 0;
	buf_put(&q->loaded_outer, outer, len);
}

static int begin(struct field *q, const char *name, uint32_t *kinds, struct err *err)
{
	const char *at = strstr(name, "::"), *outer = name;

	*kinds = take_keyword(&outer);
	if (!at || at < outer || !at[2])
		return err_set(err, ERR_USAGE, NULL, ERR_NO_OFFSET,
			       "'%s' is no field; one is written task_struct::pid", name);
	/* Only enums have no name. */
	if (at == outer)
		*kinds &= 1u << KIND_ENUM;
	q->changes.n = q->moves.n = 0;
	for (int k = 0; k < GROUP_NKINDS; k++) {
		q->diffs[k].n = 0;
		q->has_diff_group[k] = false;
	}
	keep_loaded(q, name, (size_t)(at - name));
	arena_done(&q->texts);
	arena_init(&q->texts);
	q->name = arena_strndup(&q->texts, name, strlen(name));
	q->outer = arena_strndup(&q->texts, outer, (size_t)(at - outer));
	q->path = arena_strndup(&q->texts, at + 2, strlen(at + 2));
	return 0;
}

/* Whether others have the construct in modules alone, which the image does not know. */
static bool in_unread_module(const struct field *q, size_t image)
{
	const struct image_info *info = &q->view->images->images.v[image].info;

	for (size_t i = 0; i < q->at.n; i++) {
		const struct field_at *at = &q->at.v[i];

		if (at->state <= FIELD_ABSENT && query_in_modules(info, &q->facts, at->kind, at->construct))
			return true;
	}
	return false;
}

/* The kind in the newest image that has the field; what is known of the others is what is known of that kind. */
static bool settle_states(struct field *q)
{
	bool found = false;

	for (size_t i = 0; i < q->at.n; i++)
		if (q->at.v[i].state == FIELD_PRESENT) {
			q->kind = q->at.v[i].kind;
			found = true;
		}
	for (size_t i = 0; i < q->at.n; i++) {
		uint32_t known = q->view->images->images.v[i].info.kinds;

		if (q->at.v[i].state != FIELD_NO_CONSTRUCT)
			continue;
		q->at.v[i].modules = known & 1u << q->kind && in_unread_module(q, i);
		if (!(known & 1u << q->kind) || q->at.v[i].modules)
			q->at.v[i].state = FIELD_UNKNOWN;
	}
	return found;
}

int field_get(struct field *q, struct store *st, const char *name, bool *found, struct err *err)
{
	struct pairs p = { .q = q, .err = err };
	uint32_t kinds, outer;
	int rc;

	q->st = st;
	rc = begin(q, name, &kinds, err);
	if (rc)
		return rc;
	q->kind = kinds & 1u << KIND_STRUCT ? KIND_STRUCT : KIND_ENUM;
	outer = strtab_intern_z(q->facts.str, q->outer);
	if (!q->has.n)
		rc = ask_images(q, err);
	for (size_t i = 0; !rc && i < q->at.n; i++)
		rc = find_image(q, (uint32_t)i, outer, kinds, err);
	if (rc)
		return rc;
	*found = settle_states(q);
	if (*found)
		query_each_pair(q->view, compare_pair, &p);
	return p.rc;
}

/* ---- nearest ---- */

struct told {
	void (*tell)(void *to, const char *name, size_t len);
	void *to;
};

static void tell_fields(void *ctx, void (*tell)(void *to, const char *name, size_t len), void *to)
{
	const struct field *q = ctx;
	struct map told;

	map_init(&told);
	for (size_t i = 0; i < q->at.n; i++) {
		const struct construct *c;

		if (q->at.v[i].state != FIELD_ABSENT)
			continue;
		c = &q->facts.constructs.v[q->at.v[i].construct];
		for (uint32_t j = c->items; j < c->items + c->nitems; j++) {
			const struct item *it = &q->facts.items.v[j];
			uint32_t *was = map_at(&told, it->name);

			if (it->name && *was == MAP_NONE && item_is_flat(&q->facts, c, j))
				tell(to, strtab_text(q->facts.str, it->name),
				     strtab_len(q->facts.str, it->name));
			*was = 1;
		}
	}
	map_done(&told);
}

void field_nearest(const struct field *q, size_t max, struct query_names *ret)
{
	struct buf whole = { 0 };

	query_nearest_told(tell_fields, (void *)q, KIND_FIELD, q->path, max, ret);
	for (size_t i = 0; i < ret->names.n; i++) {
		whole.n = 0;
		buf_printf(&whole, "%s::%s", q->outer, ret->names.v[i].name);
		ret->names.v[i].name = arena_strndup(&ret->arena, whole.v, whole.n);
	}
	buf_done(&whole);
}
