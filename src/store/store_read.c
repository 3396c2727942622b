// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading: one function, a whole image, all names, and the walk over many images side by side.
 * Strings and prototypes are read when a row first names them, and kept. Never writes.
 */
#include "store/store_int.h"

#include <stdio.h>

/* ---- strings and prototypes by id ---- */

void u32s_reach(u32s *v, uint32_t id)
{
	size_t n = v->n;

	if (id < n)
		return;
	VEC_RESERVE(v, (size_t)id + 1 - n);
	memset(v->v + n, 0, ((size_t)id + 1 - n) * sizeof(*v->v));
	v->n = (size_t)id + 1;
}

static int keep_string(struct store *st, sqlite3_stmt *q, int column, uint32_t sid, uint32_t *id,
		       struct err *err)
{
	const char *t = (const char *)sqlite3_column_text(q, column);
	int len = sqlite3_column_bytes(q, column);

	if (!t || !len)
		return store_damaged(st, err, "string %u is empty", sid);
	u32s_reach(&st->str_of_sid, sid);
	*id = st->str_of_sid.v[sid] = strtab_intern(&st->str, t, (size_t)len);
	return ERR_NONE;
}

int store_string(struct store *st, uint32_t sid, uint32_t *id, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	if (sid < st->str_of_sid.n && st->str_of_sid.v[sid]) {
		*id = st->str_of_sid.v[sid];
		return ERR_NONE;
	}
	if (sid > STORE_IDS_MAX)
		return store_damaged(st, err, "string %u is not there", sid);
	q = store_stmt(st, STMT_STRING, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, sid);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		rc = keep_string(st, q, 0, sid, id, err);
	else if (rc == SQLITE_DONE)
		rc = store_damaged(st, err, "string %u is not there", sid);
	else
		rc = store_fail(st, err, "reading strings");
	sqlite3_reset(q);
	return rc;
}

int store_strings(struct store *st, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_STRINGS_FROM, err);
	int step, rc = ERR_NONE;

	if (!q)
		return ERR_STORE;
	/* Some may have been read one by one: interning them again gives the same id. */
	sqlite3_bind_int64(q, 1, st->last_sid);
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t sid = sqlite3_column_int64(q, 0);
		uint32_t id;

		if (sid <= 0 || sid > STORE_IDS_MAX)
			rc = store_damaged(st, err, "a string has the id %lld", (long long)sid);
		else
			rc = keep_string(st, q, 1, (uint32_t)sid, &id, err);
		if (!rc)
			st->last_sid = (uint32_t)sid;
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading strings");
	sqlite3_reset(q);
	return rc;
}

int store_proto(struct store *st, uint32_t pid, uint32_t *type, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	if (pid < st->type_of_pid.n && st->type_of_pid.v[pid]) {
		*type = st->type_of_pid.v[pid];
		return ERR_NONE;
	}
	if (pid > STORE_IDS_MAX)
		return store_damaged(st, err, "prototype %u is not there", pid);
	q = store_stmt(st, STMT_PROTO, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, pid);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		const void *tree = sqlite3_column_blob(q, 0);

		rc = store_unpack_proto(st, pid, tree, (size_t)sqlite3_column_bytes(q, 0), type,
					err);
	} else if (rc == SQLITE_DONE) {
		rc = store_damaged(st, err, "prototype %u is not there", pid);
	} else {
		rc = store_fail(st, err, "reading prototypes");
	}
	sqlite3_reset(q);
	if (rc)
		return rc;
	u32s_reach(&st->type_of_pid, pid);
	st->type_of_pid.v[pid] = *type;
	return ERR_NONE;
}

int store_image_base(struct store *st, uint32_t image_id, uint64_t *base, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	if (image_id && st->base_image == image_id) {
		*base = st->base;
		return ERR_NONE;
	}
	q = store_stmt(st, STMT_IMAGE_BASE, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, image_id);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*base = (uint64_t)sqlite3_column_int64(q, 0);
		st->base = *base;
		st->base_image = image_id;
	}
	sqlite3_reset(q);
	if (rc == SQLITE_ROW)
		return ERR_NONE;
	return rc == SQLITE_DONE ? err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET,
					   "there is no image %u", image_id) :
				   store_fail(st, err, "reading an image");
}

/* ---- rows ---- */

int store_damaged_func(struct store *st, int64_t func_id, const char *why, struct err *err)
{
	struct err name = ERR_INIT;
	char reason[sizeof(err->msg)], image[160];
	sqlite3_stmt *q = NULL;
	uint32_t id;

	snprintf(reason, sizeof(reason), "%s", why);
	snprintf(image, sizeof(image), "%u", (uint32_t)(func_id >> 32));
	if (!sqlite3_prepare_v2(st->db, "SELECT name FROM image WHERE id = ?1", -1, &q, NULL)) {
		sqlite3_bind_int64(q, 1, func_id >> 32);
		if (sqlite3_step(q) == SQLITE_ROW)
			snprintf(image, sizeof(image), "%s", store_column_text(q, 0));
	}
	sqlite3_finalize(q);
	err_clear(err);
	if (store_string(st, (uint32_t)func_id, &id, &name))
		return store_damaged(st, err, "image %s, function %u: %s", image, (uint32_t)func_id,
				     reason);
	return store_damaged(st, err, "image %s, function %s: %s", image, strtab_text(&st->str, id),
			     reason);
}

static uint32_t column_u32(sqlite3_stmt *q, int column, bool *bad)
{
	int64_t v = sqlite3_column_int64(q, column);

	*bad |= v < 0 || v > UINT32_MAX;
	return (uint32_t)v;
}

/* A number that may be absent: SEQ_NONE. */
static uint32_t column_seq(sqlite3_stmt *q, int column, bool *bad)
{
	if (sqlite3_column_type(q, column) == SQLITE_NULL)
		return SEQ_NONE;
	return column_u32(q, column, bad);
}

int store_row_func(struct store *st, sqlite3_stmt *q, uint64_t base, struct surface *s,
		   struct err *err)
{
	bool bad = false;
	struct func_row r = {
		.id = sqlite3_column_int64(q, 0),
		.seq = column_seq(q, 1, &bad),
		.type_seq = column_seq(q, 2, &bad),
		.collision = column_u32(q, 3, &bad),
		.inline_type = column_u32(q, 4, &bad),
		.ninstances = column_u32(q, 5, &bad),
		.ninline_callers = column_u32(q, 6, &bad),
		.ndirect_callers = column_u32(q, 7, &bad),
		.nsymbols = column_u32(q, 8, &bad),
		.pid = column_u32(q, 9, &bad),
		.detail = sqlite3_column_blob(q, 10),
	};

	r.detail_size = (uint32_t)sqlite3_column_bytes(q, 10);
	if (bad || (r.type_seq != SEQ_NONE) != (r.pid != 0))
		return store_damaged_func(st, r.id, "its columns do not add up", err);
	return store_unpack_func(st, &r, base, s, err);
}

static int get_func(struct store *st, uint32_t image_id, const char *name, struct surface *s,
		    bool *found, struct err *err)
{
	sqlite3_stmt *q;
	uint32_t sid;
	uint64_t base;
	bool hit = false;
	int rc = store_find_string(st, name, strlen(name), &sid, err);

	if (!rc)
		rc = store_image_base(st, image_id, &base, err);
	if (rc)
		return rc;
	if (sid) {
		q = store_stmt(st, STMT_FUNC, err);
		if (!q)
			return ERR_STORE;
		sqlite3_bind_int64(q, 1, FUNC_ID(image_id, sid));
		rc = sqlite3_step(q);
		hit = rc == SQLITE_ROW;
		if (hit)
			rc = store_row_func(st, q, base, s, err);
		else
			rc = rc == SQLITE_DONE ? ERR_NONE :
						 store_fail(st, err, "reading a function");
		sqlite3_reset(q);
	}
	if (!rc)
		*found = hit;
	return rc;
}

int store_get_func(struct store *st, uint32_t image_id, const char *name, struct surface *s,
		   bool *found, struct err *err)
{
	int rc = store_read_begin(st, err);

	if (rc)
		return rc;
	rc = get_func(st, image_id, name, s, found, err);
	store_read_end(st);
	return rc;
}

static int load_image(struct store *st, uint32_t image_id, struct surface *s, struct err *err)
{
	sqlite3_stmt *q = NULL;
	uint64_t base;
	int step = SQLITE_DONE;
	int rc = store_image_base(st, image_id, &base, err);

	if (!rc)
		rc = store_strings(st, err);
	if (!rc && !(q = store_stmt(st, STMT_FUNCS, err)))
		rc = ERR_STORE;
	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, FUNC_ID(image_id, 0));
	sqlite3_bind_int64(q, 2, FUNC_ID(image_id, UINT32_MAX));
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = store_row_func(st, q, base, s, err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading functions");
	sqlite3_reset(q);
	return rc;
}

int store_load_image(struct store *st, uint32_t image_id, struct surface *s, struct err *err)
{
	int rc = store_read_begin(st, err);

	if (rc)
		return rc;
	rc = load_image(st, image_id, s, err);
	store_read_end(st);
	return rc;
}

/* ---- the walk ---- */

/* One image's rows in order of their names' ids: a k-way merge needs nothing but the lowest. */
struct walk_image {
	sqlite3_stmt *q;
	uint64_t base;
	uint64_t sid; /* of the row under the cursor; UINT64_MAX at the end */
};

struct store_walk {
	struct store *st;
	struct walk_image *images;
	size_t n;
};

static int walk_step(struct store_walk *w, struct walk_image *im, struct err *err)
{
	int rc = sqlite3_step(im->q);

	if (rc == SQLITE_ROW)
		im->sid = (uint32_t)sqlite3_column_int64(im->q, 0);
	else if (rc == SQLITE_DONE)
		im->sid = UINT64_MAX;
	else
		return store_fail(w->st, err, "reading functions");
	return ERR_NONE;
}

static int walk_start(struct store_walk *w, struct walk_image *im, uint32_t id, struct err *err)
{
	int rc = store_image_base(w->st, id, &im->base, err);

	if (!rc)
		rc = store_prepare(w->st,
				   "SELECT " STORE_FUNC_COLUMNS
				   " FROM func WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
				   &im->q, err);
	if (rc)
		return rc;
	sqlite3_bind_int64(im->q, 1, FUNC_ID(id, 0));
	sqlite3_bind_int64(im->q, 2, FUNC_ID(id, UINT32_MAX));
	return walk_step(w, im, err);
}

int store_walk_open(struct store *st, enum kind kind, const uint32_t *image_ids, size_t nimages,
		    unsigned int flags, struct store_walk **ret, struct err *err)
{
	struct store_walk *w;
	int rc = store_read_begin(st, err);

	(void)kind;
	(void)flags;
	if (rc)
		return rc;
	w = base_calloc(1, sizeof(*w));
	w->st = st;
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

int store_walk_next(struct store_walk *w, struct surface *s, bool *more, uint32_t *name,
		    uint32_t *at, struct err *err)
{
	uint64_t lowest = UINT64_MAX;
	int rc;

	surface_reset(s);
	for (size_t i = 0; i < w->n; i++)
		if (w->images[i].sid < lowest)
			lowest = w->images[i].sid;
	*name = 0;
	*more = lowest != UINT64_MAX;
	if (!*more)
		return ERR_NONE;
	for (size_t i = 0; i < w->n; i++) {
		struct walk_image *im = &w->images[i];

		at[i] = SEQ_NONE;
		if (im->sid != lowest)
			continue;
		rc = store_row_func(w->st, im->q, im->base, s, err);
		if (!rc)
			rc = walk_step(w, im, err);
		if (rc)
			return rc;
		at[i] = (uint32_t)s->funcs.n - 1;
	}
	*name = w->st->str_of_sid.v[lowest];
	return ERR_NONE;
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

/* ---- names ---- */

static int each_name(struct store *st, void (*fn)(void *ctx, const char *name, size_t len),
		     void *ctx, struct err *err)
{
	struct buf seen = { 0 };
	int rc = store_used(st, USE_NAMES, &seen, err);

	for (uint32_t sid = 0; !rc && sid < seen.n; sid++) {
		uint32_t id;

		if (!seen.v[sid])
			continue;
		rc = store_string(st, sid, &id, err);
		if (!rc)
			fn(ctx, strtab_text(&st->str, id), strtab_len(&st->str, id));
	}
	buf_done(&seen);
	return rc;
}

int store_each_name(struct store *st, enum kind kind,
		    void (*fn)(void *ctx, const char *name, size_t len), void *ctx, struct err *err)
{
	int rc = store_read_begin(st, err);

	(void)kind;
	if (rc)
		return rc;
	rc = store_strings(st, err);
	if (!rc)
		rc = each_name(st, fn, ctx, err);
	store_read_end(st);
	return rc;
}
