// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules of an image: their rows, their split BTF (in table btf, as the images' own), and which of them a
 * function belongs to. Never looks into BTF.
 */
#include "store/store_int.h"

/* ---- owners of functions ---- */

/* What the kernel is called in a list of owners that share a function. */
#define KERNEL_OWNER "vmlinux"

/* A body or code. What a module only declares is the function that another owner defines. */
static bool is_defined(const struct instance *in)
{
	return in->addr || in->loc_file;
}

static void list_owners(const struct surface *s, const struct func *f, bool all, struct owners *ret)
{
	ret->n = 0;
	for (uint32_t i = f->instances; i < f->instances + f->ninstances; i++)
		if (all || is_defined(&s->instances.v[i]))
			VEC_PUSH(ret, surface_text(s, s->instances.v[i].owner));
	for (uint32_t i = f->symbols; i < f->symbols + f->nsymbols; i++)
		VEC_PUSH(ret, surface_text(s, s->symbols.v[i].owner));
}

/* The kernel's text is empty, so it comes first. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t intern_owners(struct surface *s, struct owners *o)
{
	struct buf text = { 0 };
	uint32_t id;

	qsort(o->v, o->n, sizeof(*o->v), by_name);
	for (size_t i = 0; i < o->n; i++) {
		if (i && !strcmp(o->v[i], o->v[i - 1]))
			continue;
		if (i)
			buf_char(&text, ',');
		buf_puts(&text, *o->v[i] ? o->v[i] : KERNEL_OWNER);
	}
	id = strtab_intern(s->str, text.v, text.n);
	buf_done(&text);
	return id;
}

uint32_t store_func_owners(struct surface *s, const struct func *f, struct owners *scratch)
{
	size_t same = 1;

	list_owners(s, f, false, scratch);
	if (!scratch->n)
		list_owners(s, f, true, scratch);
	while (same < scratch->n && scratch->v[same] == scratch->v[0])
		same++;
	if (same < scratch->n)
		return intern_owners(s, scratch);
	return scratch->n ? strtab_find(s->str, scratch->v[0], strlen(scratch->v[0])) : 0;
}

/* ---- counts ---- */

static uint32_t module_at(const struct image_info *info, const char *name, size_t len)
{
	uint32_t lo = 0, hi = info->nmodules;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		int c = strncmp(info->modules[mid].name, name, len);

		if (!c && !info->modules[mid].name[len])
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return UINT32_MAX;
}

/* A name of theirs for each module of the list, once while `group` stays the same. */
static void count_list(const struct image_info *info, const char *list, struct module_row *rows, size_t group)
{
	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ",");
		uint32_t m = module_at(info, p, len);

		if (m != UINT32_MAX && rows[m].counted != group) {
			rows[m].counted = group;
			rows[m].names++;
		}
		p += len + (p[len] == ',');
	}
}

void store_count_owners(const struct surface *s, const uint32_t *owner_of_func, struct module_row *rows)
{
	size_t group = 0;

	if (!s->info.nmodules)
		return;
	for (size_t i = 0; i < s->funcs.n; i++)
		count_list(&s->info, surface_text(s, owner_of_func[i]), rows, ++group);
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		group += !c->variant;
		count_list(&s->info, surface_text(s, c->owner), rows, group);
	}
}

/* ---- rows ---- */

static int insert_module(struct store *st, sqlite3_stmt *q, const struct image_module *m,
			 const struct module_row *row, struct err *err)
{
	uint32_t btf = 0;
	int rc = btf_blob_write(st, &row->btf, &btf, err);

	if (rc)
		return rc;
	sqlite3_bind_text(q, 2, m->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, m->build_id ? m->build_id : "", -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, (int64_t)row->names);
	if (btf)
		sqlite3_bind_int64(q, 5, btf);
	else
		sqlite3_bind_null(q, 5);
	return store_run(st, q, err, "writing modules");
}

int store_modules_write(struct store *st, uint32_t image, const struct image_info *info,
			const struct module_row *rows, struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(
		st, "INSERT INTO module (image, name, build_id, names, btf) VALUES (?1, ?2, ?3, ?4, ?5)", &q,
		err);

	if (rc)
		return rc;
	sqlite3_bind_int64(q, 1, image);
	for (uint32_t i = 0; !rc && i < info->nmodules; i++)
		rc = insert_module(st, q, &info->modules[i], &rows[i], err);
	sqlite3_finalize(q);
	return rc;
}

static const char *column_dup(struct arena *a, sqlite3_stmt *q, int column)
{
	const char *t = store_column_text(q, column);

	return arena_strndup(a, t, strlen(t));
}

int store_modules_read(struct store *st, uint32_t image, struct arena *a, struct image_info *info,
		       struct err *err)
{
	VEC(struct image_module) v = { 0 };
	struct image_module *kept;
	sqlite3_stmt *q = store_stmt(st, STMT_MODULES, err);
	int step, rc = ERR_NONE;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, image);
	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		VEC_PUSH(&v, ((struct image_module){
				     .name = column_dup(a, q, 0),
				     .build_id = column_dup(a, q, 1),
			     }));
	if (step != SQLITE_DONE)
		rc = store_fail(st, err, "reading modules");
	sqlite3_reset(q);
	kept = arena_alloc(a, v.n * sizeof(*kept));
	if (v.n)
		memcpy(kept, v.v, v.n * sizeof(*kept));
	info->nmodules = (uint32_t)v.n;
	info->modules = kept;
	VEC_DONE(&v);
	return rc;
}
