// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading functions: one, or a whole image's. Strings and types are read when a row first names them, and kept. Never writes.
 */
#include "store/store_int.h"

#include <stdio.h>

/* ---- strings and types by id ---- */

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

/* The packed type of a pid, as bytes of the caller's. */
static int type_bytes(struct store *st, uint32_t pid, struct buf *ret, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	if (pid > STORE_IDS_MAX)
		return store_damaged(st, err, "type %u is not there", pid);
	q = store_stmt(st, STMT_TYPE, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, pid);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		buf_put(ret, sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0));
	else if (rc == SQLITE_DONE)
		store_damaged(st, err, "type %u is not there", pid);
	else
		store_fail(st, err, "reading types");
	sqlite3_reset(q);
	return rc == SQLITE_ROW ? ERR_NONE : ERR_STORE;
}

/* A type by its id: `nested` ones are trees, so that a damaged store cannot lead in circles. */
static int find_type(struct store *st, uint32_t pid, bool nested, uint32_t *type, struct err *err);

/* A prototype that is kept by its parameters. */
static int unpack_params(struct store *st, uint32_t pid, const struct buf *bytes, uint32_t *type,
			 struct err *err)
{
	struct type n = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	VEC(struct type_param) params = { 0 };
	u32s ids = { 0 };
	int rc = ERR_NONE;

	if (!params_get(bytes->v, bytes->n, &ids))
		rc = store_damaged(st, err, "type %u: its parameters do not add up", pid);
	if (!rc)
		rc = find_type(st, ids.v[0], true, &n.ref, err);
	n.count = (uint32_t)(ids.n / 2);
	VEC_RESERVE(&params, n.count + 1);
	for (uint32_t i = 0; !rc && i < n.count; i++) {
		rc = store_unpack_string(st, ids.v[2 * i + 1], &params.v[i].name, err);
		if (!rc)
			rc = find_type(st, ids.v[2 * i + 2], true, &params.v[i].type, err);
	}
	if (!rc)
		*type = type_intern(&st->types, &n, params.v);
	VEC_DONE(&params);
	VEC_DONE(&ids);
	return rc;
}

static int find_type(struct store *st, uint32_t pid, bool nested, uint32_t *type, struct err *err)
{
	struct buf bytes = { 0 };
	int rc;

	if (pid < st->type_of_pid.n && st->type_of_pid.v[pid]) {
		*type = st->type_of_pid.v[pid];
		return ERR_NONE;
	}
	if (!pid) {
		*type = 0;
		return ERR_NONE;
	}
	rc = type_bytes(st, pid, &bytes, err);
	if (!rc && bytes.n && *bytes.v == '[' && !nested)
		rc = unpack_params(st, pid, &bytes, type, err);
	else if (!rc)
		rc = store_unpack_type(st, pid, bytes.v, bytes.n, type, err);
	buf_done(&bytes);
	if (rc)
		return rc;
	u32s_reach(&st->type_of_pid, pid);
	st->type_of_pid.v[pid] = *type;
	return ERR_NONE;
}

int store_type(struct store *st, uint32_t pid, uint32_t *type, struct err *err)
{
	return find_type(st, pid, false, type, err);
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

void store_image_text(struct store *st, uint32_t image_id, char *text, size_t size)
{
	sqlite3_stmt *q = NULL;

	snprintf(text, size, "%u", image_id);
	if (!sqlite3_prepare_v2(st->db, "SELECT name FROM image WHERE id = ?1", -1, &q, NULL)) {
		sqlite3_bind_int64(q, 1, image_id);
		if (sqlite3_step(q) == SQLITE_ROW)
			snprintf(text, size, "%s", store_column_text(q, 0));
	}
	sqlite3_finalize(q);
}

int store_damaged_func(struct store *st, int64_t func_id, const char *why, struct err *err)
{
	struct err name = ERR_INIT;
	char reason[sizeof(err->msg)], image[160];
	uint32_t id;

	snprintf(reason, sizeof(reason), "%s", why);
	store_image_text(st, (uint32_t)(func_id >> 32), image, sizeof(image));
	err_clear(err);
	if (store_string(st, (uint32_t)func_id, &id, &name))
		return store_damaged(st, err, "image %s, function %u: %s", image, (uint32_t)func_id,
				     reason);
	return store_damaged(st, err, "image %s, function %s: %s", image, strtab_text(&st->str, id),
			     reason);
}

uint32_t store_column_u32(sqlite3_stmt *q, int column, bool *bad)
{
	int64_t v = sqlite3_column_int64(q, column);

	*bad |= v < 0 || v > UINT32_MAX;
	return (uint32_t)v;
}

uint32_t store_column_seq(sqlite3_stmt *q, int column, bool *bad)
{
	if (sqlite3_column_type(q, column) == SQLITE_NULL)
		return SEQ_NONE;
	return store_column_u32(q, column, bad);
}

int store_row_func(struct store *st, sqlite3_stmt *q, uint64_t base, struct surface *s,
		   struct err *err)
{
	bool bad = false;
	struct func_row r = {
		.id = sqlite3_column_int64(q, 0),
		.seq = store_column_seq(q, 1, &bad),
		.type_seq = store_column_seq(q, 2, &bad),
		.collision = store_column_u32(q, 3, &bad),
		.inline_type = store_column_u32(q, 4, &bad),
		.attach = store_column_u32(q, 6, &bad),
		.pid = store_column_u32(q, 7, &bad),
		.ninstances = store_column_u32(q, 8, &bad),
		.ninline_callers = store_column_u32(q, 9, &bad),
		.ndirect_callers = store_column_u32(q, 10, &bad),
		.nsymbols = store_column_u32(q, 11, &bad),
		.detail = sqlite3_column_blob(q, 12),
		.owner = store_column_u32(q, 13, &bad),
	};

	r.detail_size = (uint32_t)sqlite3_column_bytes(q, 12);
	if (bad || r.attach > (ATTACH_FTRACE | ATTACH_NO_KPROBE | ATTACH_ERROR_INJECTION | ATTACH_BTF) ||
	    (r.type_seq != SEQ_NONE) != (r.pid != 0))
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
