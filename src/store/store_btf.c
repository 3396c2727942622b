// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An image's types as raw BTF: one zstd frame, shared by images whose bytes are equal. Never looks
 * inside.
 */
#include "store/store_int.h"

#include <stdio.h>
#include <zstd.h>

/* Measured with a kernel's 5 MiB: docs/formats/store.md. */
#define ZSTD_LEVEL 1

void store_zstd(struct buf *out, const void *data, size_t size)
{
	size_t bound = ZSTD_compressBound(size), n;

	buf_grow(out, bound);
	n = ZSTD_compress(out->v + out->n, bound, data, size, ZSTD_LEVEL);
	if (ZSTD_isError(n)) /* the one reason with room enough */
		base_oom(bound);
	out->n += n;
}

bool store_unzstd(struct buf *out, const void *data, size_t size, uint64_t raw_size)
{
	size_t n;

	/* A block of a frame holds 128 KiB at most, in 4 bytes at least: no damaged size asks for more memory. */
	if (!size || ZSTD_getFrameContentSize(data, size) != raw_size || raw_size / 32768 > size)
		return false;
	buf_grow(out, raw_size + 1);
	n = ZSTD_decompress(out->v + out->n, raw_size, data, size);
	if (ZSTD_isError(n) || n != raw_size)
		return false;
	out->n += n;
	return true;
}

void btf_blob_pack(struct btf_blob *b)
{
	if (!b->raw)
		return;
	b->hash = base_hash(b->raw, b->raw_size, 0);
	store_zstd(&b->packed, b->raw, b->raw_size);
}

/* Sets *id when the row under the cursor holds the same bytes. */
static void same_blob(sqlite3_stmt *q, const struct btf_blob *b, uint32_t *id)
{
	struct buf raw = { 0 };
	const void *data = sqlite3_column_blob(q, 1);

	if (store_unzstd(&raw, data, (size_t)sqlite3_column_bytes(q, 1), b->raw_size) &&
	    !memcmp(raw.v, b->raw, b->raw_size))
		*id = (uint32_t)sqlite3_column_int64(q, 0);
	buf_done(&raw);
}

static int find_blob(struct store *st, const struct btf_blob *b, uint32_t *id, struct err *err)
{
	sqlite3_stmt *q;
	int step, rc = store_prepare(st, "SELECT id, data FROM btf WHERE hash = ?1 AND size = ?2", &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, (int64_t)b->hash);
	sqlite3_bind_int64(q, 2, (int64_t)b->raw_size);
	while ((step = sqlite3_step(q)) == SQLITE_ROW && !*id)
		same_blob(q, b, id);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading BTF");
	sqlite3_finalize(q);
	return rc;
}

int btf_blob_write(struct store *st, const struct btf_blob *b, uint32_t *id, struct err *err)
{
	uint64_t next = 0;
	sqlite3_stmt *q;
	int rc;

	*id = 0;
	if (!b->raw)
		return ERR_NONE;
	rc = find_blob(st, b, id, err);
	if (rc || *id)
		return rc;
	rc = store_counter(st, "next_btf", &next, err);
	if (!rc)
		rc = store_counter_set(st, "next_btf", next + 1, err);
	if (!rc)
		rc = store_prepare(st, "INSERT INTO btf (id, hash, size, data) VALUES (?1, ?2, ?3, ?4)", &q, err);
	if (rc)
		return rc;
	*id = (uint32_t)next;
	sqlite3_bind_int64(q, 1, *id);
	sqlite3_bind_int64(q, 2, (int64_t)b->hash);
	sqlite3_bind_int64(q, 3, (int64_t)b->raw_size);
	sqlite3_bind_blob64(q, 4, b->packed.v, b->packed.n, SQLITE_STATIC);
	rc = store_run(st, q, err, "writing BTF");
	sqlite3_finalize(q);
	return rc;
}

/* The one row of a query: an image's name, its module's (NULL: none), and the id, size and data of the BTF. */
static int read_blob(struct store *st, uint32_t image_id, const char *module, sqlite3_stmt *q,
		     struct buf *ret, struct err *err)
{
	int step = sqlite3_step(q);
	char who[200];

	if (step == SQLITE_DONE)
		return err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET, "there is no image %u", image_id);
	if (step != SQLITE_ROW)
		return store_fail(st, err, "reading BTF");
	if (sqlite3_column_type(q, 1) == SQLITE_NULL)
		return err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET,
			       "image %s was stored without a module %s", store_column_text(q, 0), module);
	snprintf(who, sizeof(who), "image %s%s%s", store_column_text(q, 0), *module ? ", module " : "",
		 module);
	if (sqlite3_column_type(q, 2) == SQLITE_NULL)
		return err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET,
			       "%s was stored without its types as BTF", who);
	if (!store_unzstd(ret, sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4),
			  (uint64_t)sqlite3_column_int64(q, 3)))
		return store_damaged(st, err, "%s: its BTF cannot be unpacked", who);
	return ERR_NONE;
}

int store_image_btf(struct store *st, uint32_t image_id, struct buf *ret, struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(st,
			       "SELECT image.name, 1, image.btf, btf.size, btf.data FROM image "
			       "LEFT JOIN btf ON btf.id = image.btf WHERE image.id = ?1",
			       &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, image_id);
	rc = read_blob(st, image_id, "", q, ret, err);
	sqlite3_finalize(q);
	return rc;
}

int store_image_module_btf(struct store *st, uint32_t image_id, const char *module, struct buf *ret,
			   struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_MODULE_BTF, err);
	int rc;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, image_id);
	sqlite3_bind_text(q, 2, module, -1, SQLITE_STATIC);
	rc = read_blob(st, image_id, module, q, ret, err);
	sqlite3_reset(q);
	return rc;
}
