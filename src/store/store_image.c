// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tables image, finding and image_use: what is in the store, under which name, which of two images of one
 * build tells more, and which strings, types and bodies each image uses. Never touches functions.
 */
#include "store/store_int.h"

#include <time.h>

#define IMAGE_COLUMNS                                                                          \
	"id, name, release, arch, flavor, revision, version_1, version_2, version_3, distro, " \
	"compiler, build_id, sha256, banner, types_from, source, pointer_size, big_endian, "   \
	"added, groups, protos, instances, callers, symbols, kinds, facts"

/* ---- listing ---- */

static char *column_dup(struct arena *a, sqlite3_stmt *q, int column)
{
	const char *t = store_column_text(q, column);

	return arena_strndup(a, t, strlen(t));
}

static uint32_t column_int(sqlite3_stmt *q, int column)
{
	return (uint32_t)sqlite3_column_int64(q, column);
}

#define FACTS_ALL (FACT_INSTANCES | FACT_SYMBOLS | FACT_ADDRESSES | FACT_ATTACH)

static void read_image(struct arena *a, sqlite3_stmt *q, struct store_image *im)
{
	*im = (struct store_image){
		.id = column_int(q, 0),
		.info = {
			.name = column_dup(a, q, 1),
			.release = column_dup(a, q, 2),
			.arch = column_dup(a, q, 3),
			.flavor = column_dup(a, q, 4),
			.revision = column_dup(a, q, 5),
			.version = { column_int(q, 6), column_int(q, 7), column_int(q, 8) },
			.distro = column_dup(a, q, 9),
			.compiler = column_dup(a, q, 10),
			.build_id = column_dup(a, q, 11),
			.sha256 = column_dup(a, q, 12),
			.banner = column_dup(a, q, 13),
			.types_from = column_dup(a, q, 14),
			.source = column_int(q, 15),
			.pointer_size = column_int(q, 16),
			.big_endian = sqlite3_column_int64(q, 17) != 0,
			.kinds = column_int(q, 24),
			.facts = column_int(q, 25),
		},
		.added = (uint64_t)sqlite3_column_int64(q, 18),
		.ngroups = column_int(q, 19),
		.nprotos = column_int(q, 20),
		.ninstances = column_int(q, 21),
		.ncallers = column_int(q, 22),
		.nsymbols = column_int(q, 23),
	};
}

static int read_findings(struct store *st, struct arena *a, struct image_info *info, uint32_t image,
			 struct err *err)
{
	VEC(struct finding) v = { 0 };
	struct finding *kept;
	sqlite3_stmt *q;
	int step, rc = store_prepare(st,
				     "SELECT code, message, count FROM finding WHERE image = ?1 "
				     "ORDER BY position",
				     &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, image);
	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		VEC_PUSH(&v, ((struct finding){
				     .code = column_dup(a, q, 0),
				     .message = column_dup(a, q, 1),
				     .count = (uint64_t)sqlite3_column_int64(q, 2),
			     }));
	if (step != SQLITE_DONE)
		rc = store_fail(st, err, "reading findings");
	sqlite3_finalize(q);
	kept = arena_alloc(a, v.n * sizeof(*kept));
	if (v.n)
		memcpy(kept, v.v, v.n * sizeof(*kept));
	info->nfindings = (uint32_t)v.n;
	info->findings = kept;
	VEC_DONE(&v);
	return rc;
}

static int read_kinds(struct store *st, struct store_image *im, struct err *err)
{
	sqlite3_stmt *q;
	int step,
		rc = store_prepare(st, "SELECT value, n FROM image_count WHERE image = ?1 AND topic = 'kind'",
				   &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, im->id);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		enum kind kind = kind_of_word(store_column_text(q, 0));

		if (kind < KIND_NKINDS)
			im->nconstructs[kind] = column_int(q, 1);
	}
	if (step != SQLITE_DONE)
		rc = store_fail(st, err, "reading counts");
	sqlite3_finalize(q);
	return rc;
}

/* What stands in other tables. */
static int read_rest(struct store *st, struct arena *a, struct store_image *im, struct err *err)
{
	int rc = read_findings(st, a, &im->info, im->id, err);

	if (im->info.source >= IMAGE_NSOURCES || im->info.facts & ~(uint32_t)FACTS_ALL)
		return store_damaged(st, err, "image %s: its columns do not add up", im->info.name);
	if (!rc)
		rc = store_modules_read(st, im->id, a, &im->info, err);
	return rc ? rc : read_kinds(st, im, err);
}

static int by_image(const void *a, const void *b)
{
	const struct store_image *x = a, *y = b;
	int c = image_compare(&x->info, &y->info);

	if (!c)
		c = strcmp(x->info.name, y->info.name);
	return c ? c : (x->id > y->id) - (x->id < y->id);
}

static int read_images(struct store *st, struct store_images *ret, struct err *err)
{
	sqlite3_stmt *q;
	int step,
		rc = store_prepare(st, "SELECT " IMAGE_COLUMNS " FROM image ORDER BY id", &q, err);

	if (rc)
		return rc;
	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		read_image(&ret->arena, q, VEC_ADD(&ret->images));
	if (step != SQLITE_DONE)
		rc = store_fail(st, err, "reading images");
	sqlite3_finalize(q);
	for (size_t i = 0; !rc && i < ret->images.n; i++)
		rc = read_rest(st, &ret->arena, &ret->images.v[i], err);
	return rc;
}

int store_images(struct store *st, struct store_images *ret, struct err *err)
{
	struct store_images list = { 0 };
	int rc = store_read_begin(st, err);

	if (rc)
		return rc;
	arena_init(&list.arena);
	rc = read_images(st, &list, err);
	store_read_end(st);
	if (rc) {
		store_images_done(&list);
		return rc;
	}
	if (list.images.n)
		qsort(list.images.v, list.images.n, sizeof(*list.images.v), by_image);
	*ret = list;
	return ERR_NONE;
}

void store_images_done(struct store_images *images)
{
	VEC_DONE(&images->images);
	arena_done(&images->arena);
}

int store_get_image(struct store *st, uint32_t id, struct arena *a, struct store_image *ret, struct err *err)
{
	sqlite3_stmt *q;
	int step, rc = store_read_begin(st, err);

	if (rc)
		return rc;
	rc = store_prepare(st, "SELECT " IMAGE_COLUMNS " FROM image WHERE id = ?1", &q, err);
	if (!rc) {
		sqlite3_bind_int64(q, 1, id);
		step = sqlite3_step(q);
		if (step == SQLITE_ROW)
			read_image(a, q, ret);
		else
			rc = step == SQLITE_DONE ? err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET,
							   "there is no image %u", id) :
						   store_fail(st, err, "reading an image");
		sqlite3_finalize(q);
	}
	if (!rc)
		rc = read_rest(st, a, ret, err);
	store_read_end(st);
	return rc;
}

/* ---- which one is better ---- */

/* In the order of their worth, so that more facts are never a lower number. */
static uint32_t worth_of(const struct image_info *info)
{
	static const enum image_fact order[] = { FACT_INSTANCES, FACT_ATTACH, FACT_SYMBOLS, FACT_ADDRESSES };
	uint32_t worth = 0;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		worth = worth << 1 | ((info->facts & order[i]) != 0);
	return worth;
}

static int compare_modules(const struct image_info *a, const struct image_info *b)
{
	int c = (a->nmodules > b->nmodules) - (a->nmodules < b->nmodules);

	for (uint32_t i = 0; !c && i < a->nmodules; i++)
		c = strcmp(b->modules[i].name, a->modules[i].name);
	return c;
}

bool store_replaces(const struct image_info *a, const struct image_info *b)
{
	uint32_t x = worth_of(a), y = worth_of(b);

	if (x != y)
		return x > y;
	if (a->kinds != b->kinds)
		return a->kinds > b->kinds;
	return compare_modules(a, b) > 0;
}

/* ---- finding ---- */

/* The first column of the first row, if any. */
static int find_id(struct store *st, sqlite3_stmt *q, bool *found, uint32_t *id, struct err *err)
{
	int step = sqlite3_step(q);

	*found = step == SQLITE_ROW;
	if (*found)
		*id = column_int(q, 0);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		store_fail(st, err, "looking for an image");
	sqlite3_finalize(q);
	return step == SQLITE_ROW || step == SQLITE_DONE ? ERR_NONE : ERR_STORE;
}

int store_find_build(struct store *st, const struct image_info *info, bool *found, uint32_t *id,
		     struct err *err)
{
	const char *key = "";
	const char *sql = "SELECT id FROM image WHERE build = ?1 AND source = ?3 ORDER BY id";
	sqlite3_stmt *q;
	int rc;

	if (*info->build_id) {
		sql = "SELECT id FROM image WHERE build = ?1 AND build_id = ?2 ORDER BY id";
		key = info->build_id;
	} else if (*info->sha256) {
		sql = "SELECT id FROM image WHERE build = ?1 AND sha256 = ?2 AND build_id = '' "
		      "ORDER BY id";
		key = info->sha256;
	}
	rc = store_prepare(st, sql, &q, err);
	if (rc)
		return rc;
	sqlite3_bind_text(q, 1, info->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, info->source);
	return find_id(st, q, found, id, err);
}

int store_image_exists(struct store *st, const char *name, bool *found, struct err *err)
{
	sqlite3_stmt *q;
	uint32_t id;
	int rc = store_prepare(st, "SELECT id FROM image WHERE name = ?1", &q, err);

	if (rc)
		return rc;
	sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	return find_id(st, q, found, &id, err);
}

/* ---- adding ---- */

static int insert_findings(struct store *st, const struct image_info *info, uint32_t image,
			   struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(st, "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5)", &q, err);

	for (uint32_t i = 0; !rc && i < info->nfindings; i++) {
		const struct finding *f = &info->findings[i];

		sqlite3_bind_int64(q, 1, image);
		sqlite3_bind_int64(q, 2, i);
		sqlite3_bind_text(q, 3, f->code, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, f->message ? f->message : "", -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 5, (int64_t)f->count);
		rc = store_run(st, q, err, "writing findings");
	}
	sqlite3_finalize(q);
	return rc;
}

static int insert_uses(struct store *st, const struct image_row *row, struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(st, "INSERT INTO image_use (id, ids) VALUES (?1, ?2)", &q, err);

	for (unsigned int i = 0; !rc && i < USE_NTOTAL; i++) {
		if (!row->uses[i].n)
			continue;
		sqlite3_bind_int64(q, 1, (int64_t)row->id << 8 | i);
		sqlite3_bind_blob64(q, 2, row->uses[i].v, row->uses[i].n, SQLITE_STATIC);
		rc = store_run(st, q, err, "writing an image");
	}
	sqlite3_finalize(q);
	return rc;
}

static void bind_image(sqlite3_stmt *q, const struct surface *s, const struct image_row *row)
{
	const struct image_info *info = &s->info;
	const char *texts[] = {
		row->name,	row->build,	info->release, info->arch,
		info->flavor,	info->revision, info->distro,  info->compiler,
		info->build_id, info->sha256,	info->banner,  info->types_from,
	};
	int64_t numbers[] = {
		info->version[0],
		info->version[1],
		info->version[2],
		info->source,
		info->pointer_size,
		info->big_endian,
		(int64_t)time(NULL),
		(int64_t)row->base,
		row->ngroups,
		row->nprotos,
		(int64_t)s->instances.n,
		(int64_t)s->callers.n,
		(int64_t)s->symbols.n,
		row->kinds,
		info->facts,
	};
	int at = 1;

	sqlite3_bind_int64(q, at++, row->id);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		sqlite3_bind_text(q, at++, texts[i] ? texts[i] : "", -1, SQLITE_STATIC);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sqlite3_bind_int64(q, at++, numbers[i]);
	if (row->btf)
		sqlite3_bind_int64(q, at, row->btf);
}

int store_image_insert(struct store *st, const struct surface *s, const struct image_row *row,
		       struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(
		st,
		"INSERT INTO image (id, name, build, release, arch, flavor, revision, "
		"distro, compiler, build_id, sha256, banner, types_from, version_1, "
		"version_2, version_3, source, pointer_size, big_endian, added, base, "
		"groups, protos, instances, callers, symbols, kinds, facts, btf) VALUES (?,?,?,?,?,"
		"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&q, err);

	if (rc)
		return rc;
	bind_image(q, s, row);
	rc = store_run(st, q, err, "writing an image");
	sqlite3_finalize(q);
	if (!rc)
		rc = insert_findings(st, &s->info, row->id, err);
	if (!rc)
		rc = store_counts_write(st, row->id, &row->counts, err);
	return rc ? rc : insert_uses(st, row, err);
}

/* ---- what images use ---- */

int store_used(struct store *st, unsigned int use, struct buf *seen, struct err *err)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE;
	int rc = store_prepare(st, "SELECT id >> 8, ids FROM image_use WHERE id & 255 = ?1", &q, err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, use);
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW) {
		const void *list = sqlite3_column_blob(q, 1);

		if (!unpack_ids(list, (size_t)sqlite3_column_bytes(q, 1), STORE_IDS_MAX, seen))
			rc = store_damaged(st, err, "image %u: its list of ids does not add up",
					   column_int(q, 0));
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading images");
	sqlite3_finalize(q);
	return rc;
}
