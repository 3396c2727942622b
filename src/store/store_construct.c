// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading constructs that are no functions: one, or all of a kind; and whether an image has a name. A row
 * says which body, the body says the rest. What a damaged row can do is bounded as in store_unpack.c.
 * Never writes.
 */
#include "store/store_int.h"

#include <stdio.h>

int store_damaged_construct(struct store *st, int64_t id, const char *why, struct err *err)
{
	struct err name = ERR_INIT;
	char reason[sizeof(err->msg)], image[160];
	const char *kind = CONSTRUCT_KIND(id) < KIND_NKINDS ? kind_words[CONSTRUCT_KIND(id)].word : "kind?";
	uint32_t string = 0;

	snprintf(reason, sizeof(reason), "%s", why);
	store_image_text(st, (uint32_t)(id >> 32), image, sizeof(image));
	err_clear(err);
	if (CONSTRUCT_SID(id) && store_string(st, CONSTRUCT_SID(id), &string, &name))
		return store_damaged(st, err, "image %s, %s %u: %s", image, kind, CONSTRUCT_SID(id), reason);
	return store_damaged(st, err, "image %s, %s %s: %s", image, kind, strtab_text(&st->str, string), reason);
}

/* ---- bodies ---- */

int store_row_body(struct store *st, sqlite3_stmt *q, uint32_t *bid, struct body *b, struct err *err)
{
	bool bad = false;
	uint32_t id = store_column_u32(q, 0, &bad);

	*b = (struct body){
		.kind = (enum kind)store_column_u32(q, 1, &bad),
		.name = store_column_u32(q, 2, &bad),
		.size = store_column_u32(q, 3, &bad),
		.flags = store_column_u32(q, 4, &bad),
		.type = store_column_u32(q, 5, &bad),
		.class = store_column_u32(q, 6, &bad),
		.system = store_column_u32(q, 7, &bad),
		.text = store_column_u32(q, 8, &bad),
		.nitems = store_column_u32(q, 9, &bad),
		.items = (const char *)sqlite3_column_text(q, 10),
	};
	b->items_size = (size_t)sqlite3_column_bytes(q, 10);
	*bid = id;
	if (bad || !id || id > STORE_IDS_MAX || b->kind >= KIND_FIELD || b->kind == KIND_FUNC)
		return store_damaged(st, err, "body %u: its columns do not add up", id);
	return ERR_NONE;
}

/* The statement with the body's row under it; the caller resets it. */
static int find_body(struct store *st, uint32_t bid, sqlite3_stmt **ret, struct body *b, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_BODY, err);
	int step;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, bid);
	step = sqlite3_step(q);
	*ret = q;
	if (step == SQLITE_ROW)
		return store_row_body(st, q, &bid, b, err);
	return step == SQLITE_DONE ? store_damaged(st, err, "body %u is not there", bid) :
				     store_fail(st, err, "reading bodies");
}

static int unpack_item(struct store *st, const struct body_item *from, struct item *it, struct err *err)
{
	int rc;

	*it = (struct item){
		.value = from->value,
		.size = from->size,
		.bits = from->bits,
		.depth = from->depth,
		.scope = from->scope,
		.role = from->role,
		.is_signed = from->is_signed,
	};
	rc = store_unpack_string(st, from->name, &it->name, err);
	if (!rc)
		rc = store_unpack_string(st, from->text, &it->text, err);
	if (!rc && from->type)
		rc = store_type(st, from->type, &it->type, err);
	return rc;
}

static int unpack_items(struct store *st, const struct body *b, struct surface *s, struct construct *c,
			struct err *err)
{
	struct body_items items = { 0 };
	int rc = ERR_NONE;

	if (!body_get_items(b->items, b->items_size, b->kind, &items) || items.n != b->nitems)
		rc = UNPACK_DAMAGED;
	c->items = (uint32_t)s->items.n;
	c->nitems = b->nitems;
	VEC_RESERVE(&s->items, items.n);
	for (size_t i = 0; !rc && i < items.n; i++)
		rc = unpack_item(st, &items.v[i], VEC_ADD(&s->items), err);
	VEC_DONE(&items);
	return rc;
}

static int unpack_body(struct store *st, const struct body *b, struct surface *s, struct construct *c,
		       struct err *err)
{
	int rc = store_unpack_string(st, b->class, &c->class, err);

	if (!rc)
		rc = store_unpack_string(st, b->system, &c->system, err);
	if (!rc)
		rc = store_unpack_string(st, b->text, &c->text, err);
	if (!rc && b->type)
		rc = store_type(st, b->type, &c->type, err);
	if (!rc)
		rc = unpack_items(st, b, s, c, err);
	c->size = b->size;
	c->flags = b->flags;
	return rc;
}

/* Appends one variant of the construct that row `id` is. */
static int unpack_variant(struct store *st, int64_t id, struct variant v, uint32_t number, struct surface *s,
			  struct err *err)
{
	struct construct c = { .kind = CONSTRUCT_KIND(id), .seq = v.seq, .variant = number };
	size_t nitems = s->items.n;
	sqlite3_stmt *q = NULL;
	struct body b;
	int rc = store_unpack_string(st, CONSTRUCT_SID(id), &c.name, err);

	if (!rc)
		rc = store_unpack_string(st, v.owner, &c.owner, err);
	if (!rc)
		rc = find_body(st, v.body, &q, &b, err);
	if (!rc && b.kind != c.kind)
		rc = UNPACK_DAMAGED;
	if (!rc)
		rc = unpack_body(st, &b, s, &c, err);
	if (q)
		sqlite3_reset(q);
	if (!rc) {
		VEC_PUSH(&s->constructs, c);
		return ERR_NONE;
	}
	s->items.n = nitems;
	return store_damaged_construct(
		st, id, rc == UNPACK_DAMAGED ? "its body does not add up" : err->msg, err);
}

int store_row_construct(struct store *st, sqlite3_stmt *q, struct surface *s, struct err *err)
{
	int64_t id = sqlite3_column_int64(q, 0);
	bool bad = false;
	struct variant v = {
		.seq = store_column_u32(q, 1, &bad),
		.body = store_column_u32(q, 2, &bad),
		.owner = store_column_u32(q, 4, &bad),
	};
	const void *more = sqlite3_column_text(q, 3);
	struct cur c = cur_init(more, (uint64_t)sqlite3_column_bytes(q, 3), false);
	size_t n = s->constructs.n;
	uint32_t number = 0;
	int rc;

	if (bad || CONSTRUCT_KIND(id) >= KIND_FIELD)
		return store_damaged_construct(st, id, "its columns do not add up", err);
	do {
		rc = unpack_variant(st, id, v, number++, s, err);
	} while (!rc && variants_get(&c, &v));
	if (!rc && c.bad)
		rc = store_damaged_construct(st, id, "its variants do not add up", err);
	if (rc)
		s->constructs.n = n;
	return rc;
}

/* ---- one construct ---- */

/*
 * The row of a name, or NULL in *ret when there is none. sid 0 is the unnamed enums' construct, and no
 * other kind's.
 */
static int find_construct(struct store *st, uint32_t image_id, enum kind kind, uint32_t sid,
			  sqlite3_stmt **ret, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_CONSTRUCT, err);
	int step;

	*ret = NULL;
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, CONSTRUCT_ID(image_id, kind, sid));
	step = sqlite3_step(q);
	if (step == SQLITE_ROW) {
		*ret = q;
		return ERR_NONE;
	}
	if (step != SQLITE_DONE)
		store_fail(st, err, "reading a construct");
	sqlite3_reset(q);
	return step == SQLITE_DONE ? ERR_NONE : ERR_STORE;
}

static int get_construct(struct store *st, uint32_t image_id, enum kind kind, const char *name,
			 struct surface *s, bool *found, struct err *err)
{
	sqlite3_stmt *q = NULL;
	uint64_t base;
	uint32_t sid = 0;
	int rc = store_image_base(st, image_id, &base, err);

	if (!rc && *name)
		rc = store_find_string(st, name, strlen(name), &sid, err);
	if (!rc && (sid || !*name))
		rc = find_construct(st, image_id, kind, sid, &q, err);
	if (rc)
		return rc;
	if (q) {
		rc = store_row_construct(st, q, s, err);
		sqlite3_reset(q);
	}
	if (!rc)
		*found = q != NULL;
	return rc;
}

static int check_kind(struct store *st, enum kind kind, struct err *err)
{
	if (kind > KIND_FUNC && kind < KIND_FIELD)
		return ERR_NONE;
	return err_set(err, ERR_USAGE, st->path, ERR_NO_OFFSET, "kind %d is not stored as constructs", (int)kind);
}

int store_get_construct(struct store *st, uint32_t image_id, enum kind kind, const char *name,
			struct surface *s, bool *found, struct err *err)
{
	int rc = check_kind(st, kind, err);

	if (!rc)
		rc = store_read_begin(st, err);
	if (rc)
		return rc;
	rc = get_construct(st, image_id, kind, name, s, found, err);
	store_read_end(st);
	return rc;
}

/* ---- all of a kind ---- */

struct seq_order {
	uint32_t seq, at, n; /* of the first variant; place in the list, variants */
};

static int by_seq(const void *a, const void *b)
{
	const struct seq_order *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Rows come by name; constructs from index `from` on go into the image's order. */
static void sort_constructs(struct surface *s, size_t from)
{
	size_t n = s->constructs.n - from;
	struct construct *old = base_alloc(n * sizeof(*old)), *to = s->constructs.v + from;
	VEC(struct seq_order) order = { 0 };

	if (n)
		memcpy(old, to, n * sizeof(*old));
	for (size_t i = 0; i < n; i++) {
		if (!old[i].variant)
			VEC_PUSH(&order, ((struct seq_order){ old[i].seq, (uint32_t)i, 0 }));
		order.v[order.n - 1].n++;
	}
	if (n)
		qsort(order.v, order.n, sizeof(*order.v), by_seq);
	for (size_t i = 0; i < order.n; i++) {
		memcpy(to, old + order.v[i].at, order.v[i].n * sizeof(*to));
		to += order.v[i].n;
	}
	VEC_DONE(&order);
	free(old);
}

static int load_constructs(struct store *st, uint32_t image_id, enum kind kind, struct surface *s,
			   struct err *err)
{
	sqlite3_stmt *q = NULL;
	uint64_t base;
	size_t from = s->constructs.n;
	int step = SQLITE_DONE, rc = store_image_base(st, image_id, &base, err);

	if (!rc)
		rc = store_strings(st, err);
	if (!rc)
		rc = store_prepare(st, STORE_CONSTRUCTS_SQL, &q, err);
	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, CONSTRUCT_ID(image_id, kind, 0));
	sqlite3_bind_int64(q, 2, CONSTRUCT_ID(image_id, kind, (1 << 28) - 1));
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = store_row_construct(st, q, s, err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading constructs");
	sqlite3_finalize(q);
	if (!rc)
		sort_constructs(s, from);
	return rc;
}

int store_load_constructs(struct store *st, uint32_t image_id, enum kind kind, struct surface *s,
			  struct err *err)
{
	int rc = check_kind(st, kind, err);

	if (!rc)
		rc = store_read_begin(st, err);
	if (rc)
		return rc;
	rc = load_constructs(st, image_id, kind, s, err);
	store_read_end(st);
	return rc;
}

/* ---- presence ---- */

/* A name as its ids: of a field the owner's and the path's. */
struct wanted {
	uint32_t owner; /* sid */
	uint32_t path[BODY_PATH_MAX], n;
	bool known;	    /* all of its words are in the store */
	struct map has;	    /* bid -> 0 or 1 */
	struct body_items items;
};

static int find_part(struct store *st, struct wanted *w, const char *t, size_t len, uint32_t *sid,
		     struct err *err)
{
	int rc = len ? store_find_string(st, t, len, sid, err) : ERR_NONE;

	w->known &= *sid != 0;
	return rc;
}

/* The last "::" parts owner and path: names of Rust types have some of their own. */
static int find_field_name(struct store *st, struct wanted *w, const char *name, struct err *err)
{
	const char *colons = NULL, *p;
	int rc = ERR_NONE;

	for (p = strstr(name, "::"); p; p = strstr(p + 1, "::"))
		colons = p;
	w->known = colons != NULL;
	if (!colons)
		return ERR_NONE;
	if (colons > name)
		rc = find_part(st, w, name, (size_t)(colons - name), &w->owner, err);
	for (p = colons + 2; !rc && w->known; p++) {
		size_t len = strcspn(p, ".");

		if (w->n == BODY_PATH_MAX)
			w->known = false;
		else
			rc = find_part(st, w, p, len, &w->path[w->n++], err);
		p += len;
		if (!*p)
			break;
	}
	return rc;
}

static int body_has(struct store *st, struct wanted *w, uint32_t bid, bool *has, struct err *err)
{
	uint32_t *known = map_at(&w->has, bid);
	struct body_fields f;
	sqlite3_stmt *q = NULL;
	struct body b;
	int rc = ERR_NONE;

	if (*known != MAP_NONE) {
		*has |= *known;
		return ERR_NONE;
	}
	rc = find_body(st, bid, &q, &b, err);
	if (!rc && !body_get_items(b.items, b.items_size, b.kind, &w->items))
		rc = store_damaged(st, err, "body %u: its items do not add up", bid);
	if (q)
		sqlite3_reset(q);
	if (rc)
		return rc;
	*known = 0;
	for (body_fields_init(&f, &w->items); !*known && body_fields_next(&f);)
		*known = f.n == w->n && !memcmp(f.path, w->path, f.n * sizeof(f.path[0]));
	*has |= *known;
	return ERR_NONE;
}

/* Whether any variant of the row under the cursor has the field. */
static int row_has(struct store *st, struct wanted *w, sqlite3_stmt *q, bool *has, struct err *err)
{
	struct cur c = cur_init(sqlite3_column_text(q, 3), (uint64_t)sqlite3_column_bytes(q, 3), false);
	bool bad = false;
	struct variant v = { .body = store_column_u32(q, 2, &bad) };
	int rc;

	do {
		rc = body_has(st, w, v.body, has, err);
	} while (!rc && !*has && variants_get(&c, &v));
	return rc;
}

static int image_has_field(struct store *st, struct wanted *w, uint32_t image, bool *has, struct err *err)
{
	int rc = ERR_NONE;

	for (enum kind k = KIND_STRUCT; !rc && !*has && k <= KIND_TYPEDEF; k++) {
		sqlite3_stmt *q;

		if (!w->owner && k != KIND_ENUM)
			continue;
		rc = find_construct(st, image, k, w->owner, &q, err);
		if (rc || !q)
			continue;
		rc = row_has(st, w, q, has, err);
		sqlite3_reset(q);
	}
	return rc;
}

static int image_has(struct store *st, enum kind kind, struct wanted *w, uint32_t image, bool *has,
		     struct err *err)
{
	sqlite3_stmt *q;
	int step;

	*has = false;
	if (kind == KIND_FIELD)
		return image_has_field(st, w, image, has, err);
	q = store_stmt(st, kind == KIND_FUNC ? STMT_HAS_FUNC : STMT_CONSTRUCT, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, kind == KIND_FUNC ? FUNC_ID(image, w->owner) : CONSTRUCT_ID(image, kind, w->owner));
	step = sqlite3_step(q);
	*has = step == SQLITE_ROW;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		store_fail(st, err, "looking for a name");
	sqlite3_reset(q);
	return step == SQLITE_ROW || step == SQLITE_DONE ? ERR_NONE : ERR_STORE;
}

static int has_name(struct store *st, enum kind kind, struct wanted *w, const char *name,
		    const uint32_t *image_ids, size_t nimages, uint64_t *has, struct err *err)
{
	int rc;

	w->known = true;
	rc = kind == KIND_FIELD ? find_field_name(st, w, name, err) :
				  find_part(st, w, name, strlen(name), &w->owner, err);
	if (kind == KIND_ENUM && !*name)
		w->known = true;
	for (size_t i = 0; !rc && w->known && i < nimages; i++) {
		bool there = false;

		rc = image_has(st, kind, w, image_ids[i], &there, err);
		has[i / 64] |= (uint64_t)there << i % 64;
	}
	return rc;
}

int store_has(struct store *st, enum kind kind, const char *name, const uint32_t *image_ids, size_t nimages,
	      uint64_t *has, struct err *err)
{
	struct wanted w = { 0 };
	int rc = store_read_begin(st, err);

	if (rc)
		return rc;
	memset(has, 0, (nimages + 63) / 64 * sizeof(*has));
	map_init(&w.has);
	rc = has_name(st, kind, &w, name, image_ids, nimages, has, err);
	map_done(&w.has);
	VEC_DONE(&w.items);
	store_read_end(st);
	return rc;
}
