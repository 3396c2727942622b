// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Removing an image: its rows, then the bodies, types and strings that only it used, in one
 * transaction; then the free pages go back to the file system. The id lists that each image was
 * stored with say what is still used, so no function is read. Never renumbers: ids stay what they
 * were.
 */
#include "store/store_int.h"

static int delete_rows(struct store *st, const char *sql, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(st, sql, &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, from);
	sqlite3_bind_int64(q, 2, to);
	rc = store_run(st, q, err, "removing");
	sqlite3_finalize(q);
	return rc;
}

/* Deletes the rows whose id no image uses any more. */
static int sweep(struct store *st, unsigned int use, const char *ids_sql, const char *delete_sql,
		 struct err *err)
{
	struct buf seen = { 0 };
	VEC(int64_t) gone = { 0 };
	sqlite3_stmt *q = NULL;
	int step, rc = store_used(st, use, &seen, err);

	if (!rc)
		rc = store_prepare(st, ids_sql, &q, err);
	if (!rc) {
		while ((step = sqlite3_step(q)) == SQLITE_ROW) {
			int64_t id = sqlite3_column_int64(q, 0);

			if ((uint64_t)id >= seen.n || !seen.v[id])
				VEC_PUSH(&gone, id);
		}
		if (step != SQLITE_DONE)
			rc = store_fail(st, err, "removing");
	}
	sqlite3_finalize(q);
	q = NULL;
	if (!rc)
		rc = store_prepare(st, delete_sql, &q, err);
	for (size_t i = 0; !rc && i < gone.n; i++) {
		sqlite3_bind_int64(q, 1, gone.v[i]);
		rc = store_run(st, q, err, "removing");
	}
	sqlite3_finalize(q);
	VEC_DONE(&gone);
	buf_done(&seen);
	return rc;
}

int store_reindex(struct store *st, struct err *err)
{
	VEC(const char *) texts = { 0 };
	u32s lens = { 0 }, sids = { 0 };
	struct string_index ix = { 0 };
	int rc = store_strings(st, err);

	for (uint32_t sid = 1; !rc && sid < st->str_of_sid.n; sid++) {
		uint32_t id = st->str_of_sid.v[sid];

		if (!id)
			continue;
		VEC_PUSH(&texts, strtab_text(&st->str, id));
		VEC_PUSH(&lens, strtab_len(&st->str, id));
		VEC_PUSH(&sids, sid);
	}
	if (!rc) {
		string_index_build(&ix, texts.v, lens.v, sids.v, sids.n);
		rc = string_index_write(st, &ix, err);
	}
	string_index_done(&ix);
	VEC_DONE(&texts);
	VEC_DONE(&lens);
	VEC_DONE(&sids);
	return rc;
}

static int sweep_all(struct store *st, struct err *err)
{
	int rc = store_exec(st, err,
			    "DELETE FROM btf WHERE id NOT IN"
			    " (SELECT btf FROM image WHERE btf IS NOT NULL"
			    "  UNION SELECT btf FROM module WHERE btf IS NOT NULL)");

	if (!rc)
		rc = sweep(st, USE_BODIES, "SELECT id FROM body", "DELETE FROM body WHERE id = ?1", err);
	if (!rc)
		rc = sweep(st, USE_TYPES, "SELECT id FROM type", "DELETE FROM type WHERE id = ?1", err);
	return rc ? rc : sweep(st, USE_STRINGS, "SELECT id FROM string", "DELETE FROM string WHERE id = ?1", err);
}

int store_remove_rows(struct store *st, uint32_t image, struct err *err)
{
	uint64_t base, removes = 0;
	int rc;

	st->base_image = 0;
	rc = store_image_base(st, image, &base, err); /* ERR_NOT_FOUND */
	if (!rc)
		rc = delete_rows(st, "DELETE FROM func WHERE id BETWEEN ?1 AND ?2",
				 FUNC_ID(image, 0), FUNC_ID(image, UINT32_MAX), err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM construct WHERE id BETWEEN ?1 AND ?2",
				 FUNC_ID(image, 0), FUNC_ID(image, UINT32_MAX), err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM finding WHERE image = ?1", image, 0, err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM module WHERE image = ?1", image, 0, err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM image_count WHERE image = ?1", image, 0, err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM image_use WHERE id >> 8 = ?1", image, 0, err);
	if (!rc)
		rc = delete_rows(st, "DELETE FROM image WHERE id = ?1", image, 0, err);
	if (!rc)
		rc = sweep_all(st, err);
	store_forget(st);
	if (!rc)
		rc = store_reindex(st, err);
	if (!rc)
		rc = store_names_rewrite(st, err);
	if (!rc)
		rc = store_counter(st, "removes", &removes, err);
	return rc ? rc : store_counter_set(st, "removes", removes + 1, err);
}

/*
 * Outside a transaction; the rows are gone already, so what is not given back now is used later.
 * The log can only be emptied when nobody reads from it: no minute is spent on waiting for that.
 */
void store_give_back(struct store *st)
{
	sqlite3_busy_timeout(st->db, 100);
	sqlite3_exec(st->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
	sqlite3_exec(st->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	sqlite3_busy_timeout(st->db, STORE_WAIT_MS);
}

int store_remove_image(struct store *st, uint32_t image_id, struct err *err)
{
	int rc = store_write_begin(st, err);

	if (rc)
		return rc;
	rc = store_remove_rows(st, image_id, err);
	if (!rc)
		rc = store_write_commit(st, err);
	store_write_rollback(st);
	store_forget(st);
	if (!rc)
		store_give_back(st);
	return rc;
}
