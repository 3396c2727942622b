// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a migration does that SQL cannot: names for search and counts of the images that are there. Runs
 * inside the migration's transaction.
 */
#include "store/store_int.h"

static int count_image(struct store *st, uint32_t image, struct err *err)
{
	struct store_counts counts = { 0 };
	struct surface s;
	int rc;

	surface_init(&s, &st->str, &st->types);
	rc = store_load_image(st, image, &s, err);
	if (!rc) {
		store_count(&counts, &s, 1 << KIND_FUNC);
		rc = store_counts_write(st, image, &counts, err);
		store_counts_done(&counts);
	}
	surface_done(&s);
	return rc;
}

int store_migrated_2(struct store *st, struct err *err)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE, rc = store_prepare(st, "SELECT id FROM image ORDER BY id", &q, err);

	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = count_image(st, (uint32_t)sqlite3_column_int64(q, 0), err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading images");
	sqlite3_finalize(q);
	return rc ? rc : store_names_rewrite(st, err);
}
