// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adding what another store holds: each of its images is read as facts and added as an extracted one would be, so
 * that ids, names and what is shared come out the same way. Never writes to the other store.
 */
#include "store/store_int.h"

#include <sys/stat.h>

struct merge {
	struct store *st, *from;
	unsigned int nlanes;
	void (*each)(void *ctx, const char *name, enum store_added added);
	void *ctx;
	struct surface s; /* the image at hand */
	struct err first; /* of an image that could not be read */
};

/* ---- what is there ---- */

static int check_other(const struct store *st, const char *path, struct err *err)
{
	struct stat own, other;

	if (st->mode != STORE_WRITE)
		return err_set(err, ERR_USAGE, st->path, ERR_NO_OFFSET, "the store is open for reading");
	if (!stat(st->path, &own) && !stat(path, &other) && own.st_dev == other.st_dev &&
	    own.st_ino == other.st_ino)
		return err_set(err, ERR_USAGE, path, ERR_NO_OFFSET,
			       "is the store that it is to be merged into");
	return ERR_NONE;
}

static int list_ids(struct store *from, struct ids *ids, struct err *err)
{
	sqlite3_stmt *q;
	int step, rc = store_prepare(from, "SELECT id FROM image ORDER BY id", &q, err);

	if (rc)
		return rc;
	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		VEC_PUSH(ids, (uint32_t)sqlite3_column_int64(q, 0));
	if (step != SQLITE_DONE)
		rc = store_fail(from, err, "reading images");
	sqlite3_finalize(q);
	return rc;
}

/* ---- an image ---- */

/* The image calls itself by the name of its build, whatever the other store had to call it. */
static int read_info(struct merge *m, uint32_t id, struct err *err)
{
	struct image_info *info = &m->s.info;
	struct store_image im;
	sqlite3_stmt *q;
	int rc = store_get_image(m->from, id, &m->s.arena, &im, err);

	if (!rc)
		rc = store_prepare(m->from, "SELECT build FROM image WHERE id = ?1", &q, err);
	if (rc)
		return rc;
	*info = im.info;
	sqlite3_bind_int64(q, 1, id);
	if (sqlite3_step(q) == SQLITE_ROW) {
		const char *t = store_column_text(q, 0);

		info->name = arena_strndup(&m->s.arena, t, strlen(t));
	} else {
		rc = store_fail(m->from, err, "reading an image");
	}
	sqlite3_finalize(q);
	return rc;
}

/* Its bytes into the arena; *ret stays NULL where it was stored without. */
static int keep_btf(struct merge *m, int rc, struct buf *bytes, const void **ret, uint64_t *size,
		    struct err *err)
{
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		return ERR_NONE;
	}
	if (!rc) {
		*ret = memcpy(arena_alloc(&m->s.arena, bytes->n), bytes->v, bytes->n);
		*size = bytes->n;
	}
	return rc;
}

static int read_btf(struct merge *m, uint32_t id, struct err *err)
{
	struct image_info *info = &m->s.info;
	struct image_module *modules = arena_alloc(&m->s.arena, info->nmodules * sizeof(*modules));
	struct buf bytes = { 0 };
	int rc = store_image_btf(m->from, id, &bytes, err);

	rc = keep_btf(m, rc, &bytes, &m->s.btf, &m->s.btf_size, err);
	for (uint32_t i = 0; !rc && i < info->nmodules; i++) {
		modules[i] = info->modules[i];
		bytes.n = 0;
		rc = store_image_module_btf(m->from, id, modules[i].name, &bytes, err);
		rc = keep_btf(m, rc, &bytes, &modules[i].btf, &modules[i].btf_size, err);
	}
	info->modules = modules;
	buf_done(&bytes);
	return rc;
}

static int read_facts(struct merge *m, uint32_t id, struct err *err)
{
	int rc = store_load_image(m->from, id, &m->s, err);

	for (enum kind k = KIND_FUNC + 1; !rc && k < KIND_FIELD; k++)
		rc = store_load_constructs(m->from, id, k, &m->s, err);
	return rc ? rc : read_btf(m, id, err);
}

/* Without reading the whole image: whether it would change anything. store_add_image asks again, in its transaction. */
static int is_known(struct merge *m, bool *known, struct err *err)
{
	struct store_image im;
	uint32_t id;
	int rc = store_read_begin(m->st, err);

	*known = false;
	if (rc)
		return rc;
	rc = store_find_build(m->st, &m->s.info, known, &id, err);
	if (!rc && *known) {
		rc = store_get_image(m->st, id, &m->s.arena, &im, err);
		*known = !rc && !store_replaces(&m->s.info, &im.info);
	}
	store_read_end(m->st);
	if (!rc && *known)
		m->each(m->ctx, im.info.name, STORE_ALREADY);
	return rc;
}

/* One unchanging view of the other store for one image; its writers need not wait for the next one. */
static int read_image(struct merge *m, uint32_t id, bool *skip, struct err *err)
{
	int own, rc = store_read_begin(m->from, err);

	if (rc)
		return rc;
	rc = read_info(m, id, err);
	own = rc ? ERR_NONE : is_known(m, skip, err);
	if (!rc && !own && !*skip)
		rc = read_facts(m, id, err);
	store_read_end(m->from);
	if (rc) {
		if (!m->first.code)
			m->first = *err;
		err_clear(err);
	}
	*skip |= rc != ERR_NONE;
	return own;
}

static int merge_image(struct merge *m, uint32_t id, struct err *err)
{
	enum store_added added;
	const char *name;
	bool skip = false;
	int rc;

	surface_init(&m->s, store_strtab(m->from), store_types(m->from));
	rc = read_image(m, id, &skip, err);
	if (!rc && !skip) {
		rc = store_add_image(m->st, &m->s, m->nlanes, &added, &name, NULL, err);
		if (!rc)
			m->each(m->ctx, name, added);
	}
	surface_done(&m->s);
	return rc;
}

static void ignore(void *ctx, const char *name, enum store_added added)
{
	(void)ctx, (void)name, (void)added;
}

int store_merge(struct store *st, const char *path, unsigned int nlanes,
		void (*each)(void *ctx, const char *name, enum store_added added), void *ctx, struct err *err)
{
	struct merge m = {
		.st = st, .nlanes = nlanes, .each = each ? each : ignore, .ctx = ctx, .first = ERR_INIT
	};
	struct ids ids = { 0 };
	int rc = check_other(st, path, err);

	if (!rc)
		rc = store_open_only(path, &m.from, err);
	if (rc)
		return rc;
	rc = list_ids(m.from, &ids, err);
	for (size_t i = 0; !rc && i < ids.n; i++)
		rc = merge_image(&m, ids.v[i], err);
	VEC_DONE(&ids);
	store_close(m.from);
	if (!rc && m.first.code) {
		*err = m.first;
		rc = (int)m.first.code;
	}
	return rc;
}
