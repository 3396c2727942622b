// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The walk over the names of one kind in many images, side by side. Which names differ is told from the
 * rows' plain columns: equal bodies have one id, and so have equal prototypes. Never writes.
 */
#include "store/store_int.h"

/* One image's rows in order of their names' ids: a k-way merge needs nothing but the lowest. */
struct walk_image {
	sqlite3_stmt *q;
	uint64_t base;
	uint64_t sid; /* of the row under the cursor; UINT64_MAX at the end */
};

struct store_walk {
	struct store *st;
	enum kind kind;
	unsigned int flags;
	struct walk_image *images;
	size_t n;
	uint64_t left_out;
};

static int walk_step(struct store_walk *w, struct walk_image *im, struct err *err)
{
	int rc = sqlite3_step(im->q);

	if (rc == SQLITE_DONE) {
		im->sid = UINT64_MAX;
		return ERR_NONE;
	}
	if (rc != SQLITE_ROW)
		return store_fail(w->st, err, "reading names");
	im->sid = (uint64_t)sqlite3_column_int64(im->q, 0);
	im->sid = w->kind == KIND_FUNC ? (uint32_t)im->sid : CONSTRUCT_SID(im->sid);
	return ERR_NONE;
}

static int walk_start(struct store_walk *w, struct walk_image *im, uint32_t id, struct err *err)
{
	bool func = w->kind == KIND_FUNC;
	int rc = store_image_base(w->st, id, &im->base, err);

	if (!rc)
		rc = store_prepare(w->st, func ? STORE_FUNCS_SQL : STORE_CONSTRUCTS_SQL, &im->q, err);
	if (rc)
		return rc;
	sqlite3_bind_int64(im->q, 1, func ? FUNC_ID(id, 0) : CONSTRUCT_ID(id, w->kind, 0));
	sqlite3_bind_int64(im->q, 2, func ? FUNC_ID(id, UINT32_MAX) : CONSTRUCT_ID(id, w->kind, (1 << 28) - 1));
	return walk_step(w, im, err);
}

int store_walk_open(struct store *st, enum kind kind, const uint32_t *image_ids, size_t nimages,
		    unsigned int flags, struct store_walk **ret, struct err *err)
{
	struct store_walk *w;
	int rc;

	if (kind >= KIND_FIELD)
		return err_set(err, ERR_USAGE, st->path, ERR_NO_OFFSET, "kind %d cannot be walked", (int)kind);
	rc = store_read_begin(st, err);
	if (rc)
		return rc;
	w = base_calloc(1, sizeof(*w));
	w->st = st;
	w->kind = kind;
	w->flags = flags;
	w->images = base_calloc(nimages, sizeof(*w->images));
	rc = store_strings(st, err);
	for (; !rc && w->n < nimages; w->n++)
		rc = walk_start(w, &w->images[w->n], image_ids[w->n], err);
	if (rc) {
		store_walk_close(w);
		return rc;
	}
	*ret = w;
	return ERR_NONE;
}

/* ---- which names differ ---- */

/*
 * What a function is without its instances: STORE_FUNC_COLUMNS 3 to 7, its owners, and whether it has a group. Which
 * suffixes the symbols have is told from the packed detail alone, so those with any are never alike.
 */
static bool same_func(sqlite3_stmt *a, sqlite3_stmt *b)
{
	if (sqlite3_column_int(a, 5))
		return false;
	for (int column = 3; column <= 7; column++)
		if (sqlite3_column_int64(a, column) != sqlite3_column_int64(b, column))
			return false;
	if (sqlite3_column_int64(a, 13) != sqlite3_column_int64(b, 13))
		return false;
	return (sqlite3_column_type(a, 1) == SQLITE_NULL) == (sqlite3_column_type(b, 1) == SQLITE_NULL);
}

/* The same bodies of the same owners in the same order; where in the image they stand does not matter. */
static bool same_construct(sqlite3_stmt *a, sqlite3_stmt *b)
{
	struct variant v = { 0 }, w = { 0 };
	struct cur c, d;
	bool more, more_b;

	if (sqlite3_column_int64(a, 2) != sqlite3_column_int64(b, 2) ||
	    sqlite3_column_int64(a, 4) != sqlite3_column_int64(b, 4))
		return false;
	if (sqlite3_column_type(a, 3) == SQLITE_NULL && sqlite3_column_type(b, 3) == SQLITE_NULL)
		return true;
	c = cur_init(sqlite3_column_text(a, 3), (uint64_t)sqlite3_column_bytes(a, 3), false);
	d = cur_init(sqlite3_column_text(b, 3), (uint64_t)sqlite3_column_bytes(b, 3), false);
	do {
		more = variants_get(&c, &v);
		more_b = variants_get(&d, &w);
	} while (more && more_b && v.body == w.body && v.owner == w.owner);
	return !more && !more_b && !c.bad && !d.bad;
}

static bool all_alike(const struct store_walk *w, uint64_t sid)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->images[i].sid != sid)
			return false;
		if (i && !(w->kind == KIND_FUNC ? same_func : same_construct)(w->images[0].q, w->images[i].q))
			return false;
	}
	return true;
}

/* ---- steps ---- */

static uint64_t lowest(const struct store_walk *w)
{
	uint64_t sid = UINT64_MAX;

	for (size_t i = 0; i < w->n; i++)
		if (w->images[i].sid < sid)
			sid = w->images[i].sid;
	return sid;
}

static int step_all(struct store_walk *w, uint64_t sid, struct err *err)
{
	int rc = ERR_NONE;

	for (size_t i = 0; !rc && i < w->n; i++)
		if (w->images[i].sid == sid)
			rc = walk_step(w, &w->images[i], err);
	return rc;
}

/* Instances and callers are packed before the symbols, so they are read and dropped. */
static int read_brief(struct store_walk *w, struct walk_image *im, struct surface *s, struct err *err)
{
	size_t ninstances = s->instances.n, ncallers = s->callers.n;
	int rc = store_row_func(w->st, im->q, im->base, s, err);

	if (rc)
		return rc;
	s->funcs.v[s->funcs.n - 1].instances = s->funcs.v[s->funcs.n - 1].ninstances = 0;
	s->instances.n = ninstances;
	s->callers.n = ncallers;
	return ERR_NONE;
}

static int read_row(struct store_walk *w, struct walk_image *im, struct surface *s, uint32_t *at,
		    struct err *err)
{
	if (w->kind != KIND_FUNC) {
		*at = (uint32_t)s->constructs.n;
		return store_row_construct(w->st, im->q, s, err);
	}
	*at = (uint32_t)s->funcs.n;
	return w->flags & STORE_WALK_BRIEF ? read_brief(w, im, s, err) :
					     store_row_func(w->st, im->q, im->base, s, err);
}

int store_walk_next(struct store_walk *w, struct surface *s, bool *more, uint32_t *name,
		    uint32_t *at, struct err *err)
{
	uint64_t sid;
	int rc = ERR_NONE;

	surface_reset(s);
	*name = 0;
	for (sid = lowest(w); w->flags & STORE_WALK_CHANGED && sid != UINT64_MAX && all_alike(w, sid);
	     sid = lowest(w)) {
		w->left_out++;
		rc = step_all(w, sid, err);
		if (rc)
			return rc;
	}
	*more = sid != UINT64_MAX;
	if (!*more)
		return ERR_NONE;
	for (size_t i = 0; !rc && i < w->n; i++) {
		at[i] = SEQ_NONE;
		if (w->images[i].sid == sid)
			rc = read_row(w, &w->images[i], s, &at[i], err);
	}
	if (!rc)
		rc = step_all(w, sid, err);
	if (!rc && sid)
		rc = store_string(w->st, (uint32_t)sid, name, err);
	return rc;
}

uint64_t store_walk_left_out(const struct store_walk *w)
{
	return w->left_out;
}

void store_walk_close(struct store_walk *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		sqlite3_finalize(w->images[i].q);
	store_read_end(w->st);
	free(w->images);
	free(w);
}
