// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The names of the store, apart from its rows, so that a search over half a million of them reads a
 * megabyte or two. Each add writes the names that were new to the store, a compressed row a kind; a remove
 * writes all of them anew. Never the truth: they follow from the lists of what images use and from the
 * bodies.
 *
 * A row holds names, each with its NUL. Of fields it holds groups: the owner's name, its fields' names, an
 * empty name. The owner of the unnamed enums' values is empty.
 */
#include "store/store_int.h"

#define NAME_ROW(kind, image) ((int64_t)(kind) << 32 | (image))

int store_names_write(struct store *st, enum kind kind, uint32_t image, const struct buf *names,
		      struct err *err)
{
	struct buf packed = { 0 };
	sqlite3_stmt *q;
	int rc;

	if (!names->n)
		return ERR_NONE;
	q = store_stmt(st, STMT_NAME_ADD, err);
	if (!q)
		return ERR_STORE;
	store_zstd(&packed, names->v, names->n);
	sqlite3_bind_int64(q, 1, NAME_ROW(kind, image));
	sqlite3_bind_int64(q, 2, (int64_t)names->n);
	sqlite3_bind_blob64(q, 3, packed.v, packed.n, SQLITE_STATIC);
	rc = store_run(st, q, err, "writing names");
	sqlite3_clear_bindings(q);
	buf_done(&packed);
	return rc;
}

/* ---- fields ---- */

/* A flat field's key is its string; that of a longer path is a hash, above all of those. */
static uint64_t path_key(const struct body_fields *f)
{
	if (f->n == 1)
		return f->path[0];
	return base_hash(f->path, f->n * sizeof(f->path[0]), 0) >> 1 | 1ull << 62;
}

void store_names_seen(const struct body_items *items, struct map *seen)
{
	struct body_fields f;

	for (body_fields_init(&f, items); body_fields_next(&f);)
		*map_at(seen, path_key(&f)) = 1;
}

void store_names_fields(struct buf *out, const struct body_items *items, struct map *seen,
			const uint32_t *id_of_sid, const struct strtab *str)
{
	struct body_fields f;

	for (body_fields_init(&f, items); body_fields_next(&f);) {
		uint32_t *have = map_at(seen, path_key(&f));

		if (*have != MAP_NONE)
			continue;
		*have = 1;
		for (uint32_t i = 0; i < f.n; i++) {
			uint32_t id = id_of_sid[f.path[i]];

			buf_put(out, strtab_text(str, id), strtab_len(str, id));
			buf_char(out, i + 1 < f.n ? '.' : '\0');
		}
	}
}

/* ---- all of them anew ---- */

static int rewrite_kind(struct store *st, enum kind kind, struct err *err)
{
	struct buf seen = { 0 }, names = { 0 };
	int rc = store_used(st, kind, &seen, err);

	for (uint32_t sid = 1; !rc && sid < seen.n; sid++) {
		uint32_t id;

		if (!seen.v[sid])
			continue;
		rc = store_string(st, sid, &id, err);
		if (!rc)
			buf_put(&names, strtab_text(&st->str, id), strtab_len(&st->str, id) + 1);
	}
	if (!rc)
		rc = store_names_write(st, kind, 0, &names, err);
	buf_done(&seen);
	buf_done(&names);
	return rc;
}

static int rewrite_body(struct store *st, sqlite3_stmt *q, struct body_items *items, struct map *seen,
			struct buf *names, struct err *err)
{
	uint32_t bid, id;
	struct body b;
	int rc = store_row_body(st, q, &bid, &b, err);

	if (!rc && !body_get_items(b.items, b.items_size, b.kind, items))
		rc = store_damaged(st, err, "body %u: its items do not add up", bid);
	for (size_t i = 0; !rc && i < items->n; i++)
		rc = items->v[i].name ? store_string(st, items->v[i].name, &id, err) : ERR_NONE;
	if (!rc)
		store_names_fields(names, items, seen, st->str_of_sid.v, &st->str);
	return rc;
}

/* Bodies of one name stand together, whatever their kinds: struct x and typedef x. */
static int rewrite_fields(struct store *st, struct err *err)
{
	struct buf names = { 0 };
	struct body_items items = { 0 };
	struct map seen;
	sqlite3_stmt *q;
	int64_t owner = -1;
	int step = SQLITE_DONE;
	int rc = store_prepare(st,
			       "SELECT " STORE_BODY_COLUMNS " FROM body WHERE nitems AND kind IN (1,2,3,4)"
			       " ORDER BY name, id",
			       &q, err);

	map_init(&seen);
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW) {
		uint32_t sid = (uint32_t)sqlite3_column_int64(q, 2), id = 0;

		if (owner != sid) {
			if (owner >= 0)
				buf_char(&names, '\0');
			map_clear(&seen);
			rc = sid ? store_string(st, sid, &id, err) : ERR_NONE;
			if (!rc)
				buf_put(&names, strtab_text(&st->str, id), strtab_len(&st->str, id) + 1);
			owner = sid;
		}
		if (!rc)
			rc = rewrite_body(st, q, &items, &seen, &names, err);
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading bodies");
	if (owner >= 0)
		buf_char(&names, '\0');
	sqlite3_finalize(q);
	if (!rc)
		rc = store_names_write(st, KIND_FIELD, 0, &names, err);
	map_done(&seen);
	VEC_DONE(&items);
	buf_done(&names);
	return rc;
}

int store_names_rewrite(struct store *st, struct err *err)
{
	int rc = store_exec(st, err, "DELETE FROM name");

	if (!rc)
		rc = store_strings(st, err);
	for (enum kind k = 0; !rc && k < KIND_FIELD; k++)
		rc = rewrite_kind(st, k, err);
	return rc ? rc : rewrite_fields(st, err);
}

/* ---- reading ---- */

struct each {
	void (*fn)(void *ctx, const char *name, size_t len);
	void *ctx;
};

/* The length of the next text, or SIZE_MAX when it is not closed. */
static size_t next_text(const struct cur *c)
{
	const uint8_t *end = cur_left(c) ? memchr(c->p, '\0', cur_left(c)) : NULL;

	return end ? (size_t)(end - c->p) : SIZE_MAX;
}

static bool each_plain(struct cur c, const struct each *e)
{
	while (cur_left(&c)) {
		size_t len = next_text(&c);

		if (len == SIZE_MAX)
			return false;
		e->fn(e->ctx, (const char *)c.p, len);
		cur_skip(&c, len + 1);
	}
	return true;
}

static bool each_field(struct cur c, struct buf *name, const struct each *e)
{
	while (cur_left(&c)) {
		size_t len = next_text(&c), owner;

		if (len == SIZE_MAX)
			return false;
		name->n = 0;
		buf_put(name, c.p, len);
		buf_put(name, "::", 2);
		owner = name->n;
		for (;;) {
			cur_skip(&c, len + 1);
			len = next_text(&c);
			if (len == SIZE_MAX)
				return false;
			if (!len)
				break;
			name->n = owner;
			buf_put(name, c.p, len + 1);
			e->fn(e->ctx, name->v, name->n - 1);
		}
		cur_skip(&c, 1);
	}
	return true;
}

static int each_row(struct store *st, enum kind kind, sqlite3_stmt *q, const struct each *e, struct err *err)
{
	struct buf raw = { 0 }, name = { 0 };
	int64_t size = sqlite3_column_int64(q, 0);
	const void *data = sqlite3_column_blob(q, 1);
	bool ok = size > 0 && store_unzstd(&raw, data, (size_t)sqlite3_column_bytes(q, 1), (uint64_t)size);

	if (ok) {
		struct cur c = cur_init(raw.v, raw.n, false);

		ok = kind == KIND_FIELD ? each_field(c, &name, e) : each_plain(c, e);
	}
	buf_done(&raw);
	buf_done(&name);
	return ok ? ERR_NONE : store_damaged(st, err, "the names of kind '%s' do not add up", kind_words[kind].word);
}

int store_each_name(struct store *st, enum kind kind,
		    void (*fn)(void *ctx, const char *name, size_t len), void *ctx, struct err *err)
{
	const struct each e = { fn, ctx };
	sqlite3_stmt *q = store_stmt(st, STMT_NAMES, err);
	int step = SQLITE_DONE, rc = q ? ERR_NONE : ERR_STORE;

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, NAME_ROW(kind, 0));
	sqlite3_bind_int64(q, 2, NAME_ROW(kind, UINT32_MAX));
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = each_row(st, kind, q, &e, err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading names");
	sqlite3_reset(q);
	return rc;
}
