// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text -> string id. SQLite's own index on string.text would double the table and take as long to
 * fill as the rest of an image; this one takes 3 bytes a string and is rewritten whole by each add.
 * Never the truth: it follows from the table string alone.
 *
 * A row is one of 2^k buckets of about 256 strings, chosen by the low bits of the text's FNV-1a
 * hash. It holds for each string the hash's top byte and the id, as the difference from the one before, so
 * that a look-up reads one row of 1 KiB and compares one or two texts.
 */
#include "store/store_int.h"

#define BUCKET_STRINGS 256

static uint64_t bucket_count(size_t nstrings)
{
	uint64_t n = 1;

	while (n * BUCKET_STRINGS < nstrings)
		n *= 2;
	return n;
}

void string_index_build(struct string_index *ix, const char *const *texts, const uint32_t *lens,
			const uint32_t *sids, size_t n)
{
	uint64_t nbuckets = bucket_count(n);
	uint64_t *hashes = base_alloc(n * sizeof(*hashes));
	uint32_t *start = base_calloc(nbuckets + 1, sizeof(*start));
	uint32_t *order = base_alloc(n * sizeof(*order));

	*ix = (struct string_index){ 0 };
	for (size_t i = 0; i < n; i++) {
		hashes[i] = store_hash(texts[i], lens[i]);
		start[index_bucket_of(hashes[i], nbuckets) + 1]++;
	}
	for (uint64_t b = 0; b < nbuckets; b++)
		start[b + 1] += start[b];
	for (size_t i = 0; i < n; i++)
		order[start[index_bucket_of(hashes[i], nbuckets)]++] = (uint32_t)i;
	for (uint64_t b = 0, i = 0; b < nbuckets; b++) { /* start[b] is now the bucket's end */
		struct index_bucket *bucket = VEC_ADD(&ix->buckets);

		bucket->at = ix->bytes.n;
		for (uint32_t before = 0; i < start[b]; before = sids[order[i++]]) {
			buf_char(&ix->bytes, (char)index_tag_of(hashes[order[i]]));
			buf_uleb(&ix->bytes, sids[order[i]] - before);
		}
		bucket->size = ix->bytes.n - bucket->at;
	}
	free(hashes);
	free(start);
	free(order);
}

void string_index_done(struct string_index *ix)
{
	buf_done(&ix->bytes);
	VEC_DONE(&ix->buckets);
}

int string_index_write(struct store *st, const struct string_index *ix, struct err *err)
{
	int rc = store_exec(st, err, "DELETE FROM string_index");
	sqlite3_stmt *q = rc ? NULL : store_stmt(st, STMT_INDEX_ADD, err);

	if (!q)
		return ERR_STORE;
	for (size_t b = 0; !rc && b < ix->buckets.n; b++) {
		const struct index_bucket *bucket = &ix->buckets.v[b];

		sqlite3_bind_int64(q, 1, (int64_t)b);
		sqlite3_bind_blob64(q, 2, ix->bytes.v ? ix->bytes.v + bucket->at : "", bucket->size,
				    SQLITE_STATIC);
		rc = store_run(st, q, err, "writing the string index");
	}
	return rc ? rc : store_counter_set(st, "index_buckets", ix->buckets.n, err);
}

/* Sets *sid when the entry's string is the text. */
static int index_try(struct store *st, uint32_t candidate, const char *text, size_t len,
		     uint32_t *sid, struct err *err)
{
	uint32_t id;
	int rc = store_string(st, candidate, &id, err);

	if (!rc && strtab_len(&st->str, id) == len && !memcmp(strtab_text(&st->str, id), text, len))
		*sid = candidate;
	return rc;
}

int store_find_string(struct store *st, const char *text, size_t len, uint32_t *sid,
		      struct err *err)
{
	uint64_t hash = store_hash(text, len), nbuckets = 0, candidate = 0;
	sqlite3_stmt *q;
	struct cur c;
	int rc;

	*sid = 0;
	rc = store_counter(st, "index_buckets", &nbuckets, err);
	if (rc || !nbuckets)
		return rc;
	if (nbuckets & (nbuckets - 1))
		return store_damaged(st, err, "the string index has %llu buckets",
				     (unsigned long long)nbuckets);
	q = store_stmt(st, STMT_INDEX, err);
	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, index_bucket_of(hash, nbuckets));
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW) {
		rc = rc == SQLITE_DONE ? store_damaged(st, err, "the string index lacks a bucket") :
					 store_fail(st, err, "reading the string index");
		sqlite3_reset(q);
		return rc;
	}
	c = cur_init(sqlite3_column_blob(q, 0), (uint64_t)sqlite3_column_bytes(q, 0), false);
	for (rc = ERR_NONE; !rc && !*sid && cur_left(&c);) {
		uint8_t tag = cur_u8(&c);

		candidate += cur_uleb(&c);
		if (c.bad || candidate > UINT32_MAX)
			rc = store_damaged(st, err, "the string index does not add up");
		else if (tag == index_tag_of(hash))
			rc = index_try(st, (uint32_t)candidate, text, len, sid, err);
	}
	sqlite3_reset(q);
	return rc;
}
