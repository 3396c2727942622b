// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which images have which of many names: from each image's list of names (image_use), read once, instead of a
 * row a name and image. Never writes.
 */
#include "store/store_int.h"

struct asked {
	uint32_t sid, at; /* `at`: index among the names asked for */
};

static int by_sid(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	return (x->sid > y->sid) - (x->sid < y->sid);
}

/* Calls for each asked id that the list holds; both rise. False when the list is damaged. */
static bool mark(const void *list, size_t size, const struct asked *v, size_t n, uint64_t *has, size_t words,
		 size_t image)
{
	struct cur c = cur_init(list, size, false);
	uint64_t id = 0;
	size_t i = 0;

	while (cur_left(&c) && i < n) {
		uint64_t gap = cur_uleb(&c), run = cur_uleb(&c);

		if (c.bad || gap > STORE_IDS_MAX || run > STORE_IDS_MAX || id + gap + run > (uint64_t)STORE_IDS_MAX + 1)
			return false;
		id += gap;
		while (i < n && v[i].sid < id)
			i++;
		for (id += run; i < n && v[i].sid < id; i++)
			has[v[i].at * words + image / 64] |= 1ull << image % 64;
	}
	return true;
}

static int mark_image(struct store *st, enum kind kind, uint32_t id, const struct asked *v, size_t n, uint64_t *has,
		      size_t words, size_t image, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_USE, err);
	int step, rc = ERR_NONE;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, (int64_t)id << 8 | kind);
	step = sqlite3_step(q);
	if (step == SQLITE_ROW && !mark(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0), v, n, has, words, image))
		rc = store_damaged(st, err, "image %u: its list of ids does not add up", id);
	else if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = store_fail(st, err, "looking for names");
	sqlite3_reset(q);
	return rc;
}

static int has_listed(struct store *st, enum kind kind, const char *const *names, size_t n,
		      const uint32_t *image_ids, size_t nimages, uint64_t *has, struct err *err)
{
	size_t words = (nimages + 63) / 64, nasked = 0;
	struct asked *v = base_calloc(n, sizeof(*v));
	int rc = ERR_NONE;

	for (size_t i = 0; !rc && i < n; i++) {
		v[nasked] = (struct asked){ .at = (uint32_t)i };
		rc = store_find_string(st, names[i], strlen(names[i]), &v[nasked].sid, err);
		nasked += v[nasked].sid != 0;
	}
	if (nasked)
		qsort(v, nasked, sizeof(*v), by_sid);
	for (size_t i = 0; !rc && i < nimages; i++)
		rc = mark_image(st, kind, image_ids[i], v, nasked, has, words, i, err);
	free(v);
	return rc;
}

int store_has_many(struct store *st, enum kind kind, const char *const *names, size_t n, const uint32_t *image_ids,
		   size_t nimages, uint64_t *has, struct err *err)
{
	size_t words = (nimages + 63) / 64;
	int rc = n ? store_read_begin(st, err) : ERR_NONE;

	if (rc || !n)
		return rc;
	memset(has, 0, n * words * sizeof(*has));
	/* Fields are in no list; neither are the values of unnamed enums. */
	if (kind != KIND_FIELD)
		rc = has_listed(st, kind, names, n, image_ids, nimages, has, err);
	for (size_t i = 0; !rc && i < n; i++)
		if (kind == KIND_FIELD || !*names[i])
			rc = store_has(st, kind, names[i], image_ids, nimages, has + i * words, err);
	store_read_end(st);
	return rc;
}
