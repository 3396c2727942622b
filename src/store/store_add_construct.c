// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adding constructs that are no functions. A construct's row says little more than which body it has; the
 * body, with the items as text, is stored once for all images. Bodies are found by their bytes, as types
 * are, and the names of fields for search come from the bodies that are new.
 */
#include "store/store_add_int.h"

/* ---- refresh: bodies that the database has ---- */

/* Remembers a body, and puts it in front of those that have the same name. */
static void know_body(struct store *st, uint32_t key, const struct body *b, uint32_t bid)
{
	uint32_t *last;

	u32s_reach(&st->bid_of_key, key);
	u32s_reach(&st->older_key, key);
	st->bid_of_key.v[key] = bid;
	if (!b->nitems || !body_has_fields(b->kind))
		return;
	last = map_at(&st->key_of_name, b->name);
	st->older_key.v[key] = *last == MAP_NONE ? 0 : *last;
	*last = key;
}

int add_refresh_bodies(struct store *st, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_BODIES_FROM, err);
	struct buf bytes = { 0 };
	int step = SQLITE_DONE, rc = q ? ERR_NONE : ERR_STORE;

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, st->last_bid);
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW) {
		struct body b;
		uint32_t bid;

		rc = store_row_body(st, q, &bid, &b, err);
		if (rc)
			break;
		bytes.n = 0;
		body_put_key(&bytes, &b);
		know_body(st, strtab_intern(&st->bodies, bytes.v, bytes.n), &b, bid);
		st->last_bid = bid;
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading bodies");
	sqlite3_reset(q);
	buf_done(&bytes);
	return rc;
}

/* ---- assign ---- */

void add_need_construct_types(struct add *a, struct buf *seen)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < s->constructs.n; i++)
		add_need_root(a, s->constructs.v[i].type, seen);
	for (size_t i = 0; i < s->items.n; i++)
		add_need_type(a, s->items.v[i].type, seen);
}

void add_need_construct_strings(struct add *a)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		add_need_string(a, c->name);
		add_need_string(a, c->class);
		add_need_string(a, c->system);
		add_need_string(a, c->text);
		for (uint32_t j = c->items; j < c->items + c->nitems; j++) {
			add_need_string(a, s->items.v[j].name);
			add_need_string(a, s->items.v[j].text);
		}
	}
}

/* ---- order ---- */

static int by_id(const void *a, const void *b)
{
	const struct add_construct *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->construct > y->construct) - (x->construct < y->construct);
}

static int check_constructs(struct add *a, struct err *err)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < a->constructs.n; i++) {
		const struct add_construct *r = &a->constructs.v[i];
		const struct construct *c = &s->constructs.v[r->construct];
		uint32_t want = i && r[-1].id == r->id ? c[-1].variant + 1 : 0;

		if (c->variant != want || (want && r[-1].construct + 1 != r->construct))
			return err_set(err, ERR_FORMAT, s->info.name, ERR_NO_OFFSET,
				       "two constructs of kind '%s' are named '%s'", kind_words[c->kind].word,
				       surface_text(s, c->name));
	}
	return ERR_NONE;
}

/* The names of each kind, as a list of ids. */
static void pack_names(struct add *a)
{
	struct buf seen[KIND_NKINDS] = { 0 };

	for (size_t i = 0; i < a->constructs.n; i++) {
		int64_t id = a->constructs.v[i].id;

		if (CONSTRUCT_SID(id))
			add_seen(&seen[CONSTRUCT_KIND(id)], CONSTRUCT_SID(id));
	}
	for (enum kind k = KIND_FUNC + 1; k < KIND_FIELD; k++) {
		pack_ids(&a->image.uses[k], &seen[k]);
		buf_done(&seen[k]);
	}
}

int add_order_constructs(struct add *a, struct err *err)
{
	const struct surface *s = a->s;
	int rc;

	VEC_RESERVE(&a->constructs, s->constructs.n);
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		if (c->kind == KIND_FUNC || c->kind >= KIND_FIELD)
			return err_set(err, ERR_FORMAT, s->info.name, ERR_NO_OFFSET,
				       "a construct has the kind %d", (int)c->kind);
		VEC_PUSH(&a->constructs, ((struct add_construct){
						 .id = CONSTRUCT_ID(a->image.id, c->kind, a->sid[c->name]),
						 .construct = (uint32_t)i,
					 }));
	}
	if (a->constructs.n)
		qsort(a->constructs.v, a->constructs.n, sizeof(*a->constructs.v), by_id);
	rc = check_constructs(a, err);
	if (!rc)
		pack_names(a);
	return rc;
}

/* ---- bodies ---- */

/* The items with ids of the database, as numbers and as text. */
static void items_text(struct buf *out, const struct add *a, const struct construct *c, struct body_items *items)
{
	struct body_scopes scopes = { 0 };

	items->n = 0;
	if (!c->nitems)
		return;
	buf_char(out, '[');
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &a->s->items.v[i];
		struct body_item *to = VEC_ADD(items);

		*to = (struct body_item){
			.name = a->sid[it->name],
			.value = it->value,
			.type = add_pid(a, it->type),
			.size = it->size,
			.text = a->sid[it->text],
			.bits = it->bits,
			.depth = it->depth,
			.scope = it->scope,
			.role = it->role,
			.is_signed = it->is_signed,
		};
		body_put_item(out, c->kind, &scopes, to);
	}
	buf_char(out, ']');
}

static struct body body_of(const struct add *a, const struct add_construct *r)
{
	const struct construct *c = &a->s->constructs.v[r->construct];

	return (struct body){
		.kind = c->kind,
		.name = body_has_fields(c->kind) && c->nitems ? a->sid[c->name] : 0,
		.size = c->size,
		.flags = c->flags,
		.type = add_root_pid(a, c->type),
		.class = a->sid[c->class],
		.system = a->sid[c->system],
		.text = a->sid[c->text],
		.nitems = c->nitems,
		.items = a->items.v + r->items_at,
		.items_size = r->items_size,
	};
}

/* The scratch space of naming fields. */
struct naming {
	struct map seen;
	struct body_items items, older; /* of the body at hand, and of others of its name */
	struct buf bytes;
};

/* The items of a body that is known by its bytes: nine numbers stand before them. */
static void items_of_key(const struct store *st, uint32_t key, struct body_items *ret)
{
	struct cur c = cur_init(strtab_text(&st->bodies, key), strtab_len(&st->bodies, key), false);
	enum kind kind = (enum kind)cur_uleb(&c);

	for (int i = 0; i < 8; i++)
		cur_uleb(&c);
	if (!body_get_items(c.p, cur_left(&c), kind, ret))
		ret->n = 0; /* a damaged one: who reads it is told */
}

/* The fields that no body of this name had, as a group of names. */
static void name_fields(struct add *a, const struct body *b, struct naming *n)
{
	struct buf *out = &a->names[KIND_FIELD];
	size_t start = out->n, empty;
	uint32_t key = map_get(&a->st->key_of_name, b->name);
	uint32_t owner = a->str_of_sid.v[b->name];

	map_clear(&n->seen);
	for (; key && key != MAP_NONE; key = a->st->older_key.v[key]) {
		items_of_key(a->st, key, &n->older);
		store_names_seen(&n->older, &n->seen);
	}
	buf_put(out, surface_text(a->s, owner), strtab_len(a->s->str, owner) + 1);
	empty = out->n;
	store_names_fields(out, &n->items, &n->seen, a->str_of_sid.v, a->s->str);
	if (out->n == empty)
		out->n = start;
	else
		buf_char(out, '\0');
}

static void add_body(struct add *a, struct add_construct *r, struct naming *n)
{
	struct store *st = a->st;
	struct body b;
	uint32_t key;

	r->items_at = a->items.n;
	items_text(&a->items, a, &a->s->constructs.v[r->construct], &n->items);
	r->items_size = (uint32_t)(a->items.n - r->items_at);
	b = body_of(a, r);
	n->bytes.n = 0;
	body_put_key(&n->bytes, &b);
	key = strtab_intern(&st->bodies, n->bytes.v, n->bytes.n);
	if (key < st->bid_of_key.n && st->bid_of_key.v[key]) {
		r->bid = st->bid_of_key.v[key];
		a->items.n = r->items_at;
		return;
	}
	if (b.nitems && body_has_fields(b.kind))
		name_fields(a, &b, n);
	r->bid = a->next_bid++;
	r->key = key;
	know_body(st, key, &b, r->bid);
}

void add_bodies(struct add *a)
{
	struct naming n = { 0 };
	struct buf seen = { 0 };

	map_init(&n.seen);
	for (size_t i = 0; i < a->constructs.n; i++) {
		add_body(a, &a->constructs.v[i], &n);
		add_seen(&seen, a->constructs.v[i].bid);
	}
	pack_ids(&a->image.uses[USE_BODIES], &seen);
	map_done(&n.seen);
	VEC_DONE(&n.items);
	VEC_DONE(&n.older);
	buf_done(&n.bytes);
	buf_done(&seen);
}

/* ---- names ---- */

/* Names that no image of the store has: functions stand in a->rows, the others in a->constructs. */
static int new_names(struct add *a, enum kind kind, size_t from, size_t to, struct err *err)
{
	struct buf seen = { 0 }, *out = &a->names[kind];
	int rc = from < to ? store_used(a->st, kind, &seen, err) : ERR_NONE;

	for (size_t i = from; !rc && i < to; i++) {
		uint32_t sid = kind == KIND_FUNC ? a->rows[i].sid : CONSTRUCT_SID(a->constructs.v[i].id);
		uint32_t id = a->str_of_sid.v[sid];
		bool variant = kind != KIND_FUNC && i > from && a->constructs.v[i - 1].id == a->constructs.v[i].id;

		if (sid && !variant && (sid >= seen.n || !seen.v[sid]))
			buf_put(out, surface_text(a->s, id), strtab_len(a->s->str, id) + 1);
	}
	buf_done(&seen);
	return rc;
}

int add_names(struct add *a, struct err *err)
{
	size_t from, to = 0;
	int rc = new_names(a, KIND_FUNC, 0, a->s->funcs.n, err);

	for (enum kind k = KIND_FUNC + 1; !rc && k < KIND_FIELD; k++) {
		for (from = to; to < a->constructs.n && CONSTRUCT_KIND(a->constructs.v[to].id) == k; to++)
			;
		rc = new_names(a, k, from, to, err);
	}
	for (enum kind k = KIND_FUNC; !rc && k < KIND_NKINDS; k++)
		rc = store_names_write(a->st, k, a->image.id, &a->names[k], err);
	return rc;
}

/* ---- insert ---- */

static int insert_body(struct add *a, sqlite3_stmt *q, const struct add_construct *r, struct err *err)
{
	struct body b = body_of(a, r);
	const uint32_t head[] = { r->bid, b.kind,  b.name,   b.size, b.flags,
				  b.type, b.class, b.system, b.text, b.nitems };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		sqlite3_bind_int64(q, (int)i + 1, head[i]);
	if (b.items_size)
		sqlite3_bind_text64(q, 11, b.items, b.items_size, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_null(q, 11);
	return store_run(a->st, q, err, "writing bodies");
}

static int insert_bodies(struct add *a, struct err *err)
{
	sqlite3_stmt *q = store_stmt(a->st, STMT_BODY_ADD, err);
	int rc = q ? ERR_NONE : ERR_STORE;

	for (size_t i = 0; !rc && i < a->constructs.n; i++)
		if (a->constructs.v[i].key)
			rc = insert_body(a, q, &a->constructs.v[i], err);
	return rc;
}

static struct variant variant_of(const struct add *a, const struct add_construct *r)
{
	const struct construct *c = &a->s->constructs.v[r->construct];

	return (struct variant){ .body = r->bid, .seq = c->seq, .owner = a->sid[c->owner] };
}

static void bind_sid(sqlite3_stmt *q, int at, uint32_t sid)
{
	if (sid)
		sqlite3_bind_int64(q, at, sid);
	else
		sqlite3_bind_null(q, at);
}

/* Row i and the variants after it; *next is the row after those. */
static int insert_construct(struct add *a, sqlite3_stmt *q, size_t i, size_t *next, struct err *err)
{
	const struct add_construct *r = &a->constructs.v[i];
	struct buf variants = { 0 };
	int rc;

	for (*next = i + 1; *next < a->constructs.n && a->constructs.v[*next].id == r->id; ++*next)
		variants_put(&variants, variant_of(a, &a->constructs.v[*next]));
	sqlite3_bind_int64(q, 1, r->id);
	sqlite3_bind_int64(q, 2, a->s->constructs.v[r->construct].seq);
	sqlite3_bind_int64(q, 3, r->bid);
	if (variants.n)
		sqlite3_bind_text64(q, 4, variants.v, variants.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		sqlite3_bind_null(q, 4);
	bind_sid(q, 5, variant_of(a, r).owner);
	rc = store_run(a->st, q, err, "writing constructs");
	buf_done(&variants);
	return rc;
}

int add_insert_constructs(struct add *a, struct err *err)
{
	int rc = insert_bodies(a, err);
	sqlite3_stmt *q = rc ? NULL : store_stmt(a->st, STMT_CONSTRUCT_ADD, err);

	if (!q)
		return ERR_STORE;
	for (size_t i = 0; !rc && i < a->constructs.n;)
		rc = insert_construct(a, q, i, &i, err);
	return rc;
}
