// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The store against generated surfaces with all the odd values that a surface can hold: what goes
 * in comes out, whatever happens to the process, the disk or the file. Runs in a folder of its own.
 */
#include "dataset/dataset.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "test_util.h"

/* ---- a folder, files in it, SQL behind the store's back ---- */

static const char *path_of(const char *name)
{
	static char paths[4][400];
	static int n;
	char *p = paths[n++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

static uint64_t size_of(const char *path)
{
	struct stat sb;

	return stat(path, &sb) ? 0 : (uint64_t)sb.st_size;
}

static sqlite3 *sql_open(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db = sql_open(path);
	char *msg = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &msg))
		fail_msg("%s: %s", text, msg);
	sqlite3_close(db);
}

static int64_t sql_number(const char *path, const char *text)
{
	sqlite3 *db = sql_open(path);
	sqlite3_stmt *q;
	int64_t v;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	v = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return v;
}

/* All columns of all rows of some queries as one hash, to say that two stores hold the same. */
static uint64_t sql_hash(const char *path, const char *const *queries)
{
	sqlite3 *db = sql_open(path);
	uint64_t h = 0;

	for (; *queries; queries++) {
		sqlite3_stmt *q;

		assert_int_equal(sqlite3_prepare_v2(db, *queries, -1, &q, NULL), SQLITE_OK);
		while (sqlite3_step(q) == SQLITE_ROW) {
			for (int i = 0; i < sqlite3_column_count(q); i++) {
				const void *p = sqlite3_column_blob(q, i);

				h = base_hash(p ? p : "", (size_t)sqlite3_column_bytes(q, i), h);
			}
		}
		sqlite3_finalize(q);
	}
	sqlite3_close(db);
	return h;
}

/* ---- generated surfaces ---- */

static uint64_t rng;

static uint32_t rnd(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng % n);
}

struct world {
	struct strtab str;
	struct type_table types;
	struct surface s;
	char name[64], build[41];
};

static uint32_t word(struct world *w, const char *fmt, unsigned int n)
{
	char t[80];

	snprintf(t, sizeof(t), fmt, n);
	return strtab_intern_z(&w->str, t);
}

static uint32_t random_type(struct world *w, int depth)
{
	static const enum type_kind kinds[] = {
		TYPE_VOID,  TYPE_INT,	   TYPE_PTR,	    TYPE_ARRAY,	  TYPE_STRUCT,
		TYPE_UNION, TYPE_ENUM,	   TYPE_FWD,	    TYPE_TYPEDEF, TYPE_VOLATILE,
		TYPE_CONST, TYPE_RESTRICT, TYPE_FUNC_PROTO, TYPE_FLOAT,	  TYPE_ENUM64,
	};
	struct type n = { .kind = kinds[rnd(ARRAY_SIZE(kinds))], .size = TYPE_NO_SIZE };
	struct type_param params[20];

	if (depth > 6)
		n.kind = TYPE_INT;
	switch (n.kind) {
	case TYPE_PTR:
	case TYPE_VOLATILE:
	case TYPE_CONST:
	case TYPE_RESTRICT:
		n.ref = random_type(w, depth + 1);
		break;
	case TYPE_ARRAY:
		n.ref = random_type(w, depth + 1);
		n.count = rnd(3) ? rnd(300) : UINT32_MAX;
		break;
	case TYPE_FUNC_PROTO:
		n.ref = random_type(w, depth + 1);
		n.count = rnd(20) ? rnd(4) : 20;
		for (uint32_t i = 0; i < n.count; i++)
			params[i] = (struct type_param){
				rnd(4) ? word(w, "arg%u", rnd(30)) : 0,
				random_type(w, depth + 1),
			};
		break;
	case TYPE_VOID:
		return 0;
	case TYPE_ENUM:
	case TYPE_ENUM64:
	case TYPE_FLOAT:
		n.size = rnd(2) ? rnd(9) : TYPE_NO_SIZE;
		n.name = rnd(5) ? word(w, "enum%u", rnd(10)) : 0;
		break;
	case TYPE_FWD:
		n.fwd_union = rnd(2);
		n.name = word(w, "fwd%u", rnd(10));
		break;
	default:
		n.name = rnd(9) ? word(w, "type%u", rnd(40)) : 0;
	}
	return type_intern(&w->types, &n, params);
}

static uint32_t random_proto(struct world *w)
{
	struct type n = { .kind = TYPE_FUNC_PROTO, .count = rnd(5), .size = TYPE_NO_SIZE };
	struct type_param params[5];

	n.ref = random_type(w, 3);
	for (uint32_t i = 0; i < n.count; i++)
		params[i] = (struct type_param){ rnd(5) ? word(w, "arg%u", rnd(30)) : 0,
						 random_type(w, 3) };
	return type_intern(&w->types, &n, params);
}

static uint64_t random_addr(void)
{
	static const uint64_t odd[] = { 0, 1, UINT64_MAX, 0x8000000000000000, 0x7fffffffffffffff };

	return rnd(20) ? 0xffffffff81000000 + rnd(1 << 24) : odd[rnd(ARRAY_SIZE(odd))];
}

static void random_instance(struct world *w, bool many)
{
	struct surface *s = &w->s;
	struct instance in = {
		.addr = random_addr(),
		.file = rnd(10) ? word(w, "dir/file%u.c", rnd(25)) : 0,
		.inline_word = rnd(INLINE_NWORDS),
		.external = rnd(2),
		.callers = (uint32_t)s->callers.n,
		.ninline_callers = many ? rnd(6000) : rnd(3),
		.ndirect_callers = many ? 5001 + rnd(100) : rnd(4),
	};

	switch (rnd(5)) {
	case 0: /* none */
		break;
	case 1:
		in.loc_file = in.file;
		in.loc_line = rnd(5) ? rnd(3000) : UINT32_MAX;
		break;
	case 2:
		in.loc_file = word(w, "include/h%u.h", rnd(9));
		break;
	default:
		in.loc_file = word(w, "include/h%u.h", rnd(9));
		in.loc_line = rnd(4);
	}
	VEC_PUSH(&s->instances, in);
	for (uint32_t i = 0; i < in.ninline_callers + in.ndirect_callers; i++) {
		struct caller c = { rnd(2) ? in.file : word(w, "dir/file%u.c", rnd(25)),
				    word(w, "func%u", rnd(400)) };

		if (!rnd(9))
			c.file = 0;
		if (!rnd(50))
			c.func = rnd(2) ? 0 : word(w, "no function %u", rnd(9));
		if (i && rnd(2))
			c = s->callers.v[s->callers.n - 1];
		VEC_PUSH(&s->callers, c);
	}
}

static void random_symbol(struct world *w, const struct func *f)
{
	static const char *const sections[] = { ".text", ".init.text", ".exit.text",
						"",	 "a b\tc",     ".data" };
	static const char *const suffixes[] = { "", "", "", ".isra.0", ".constprop.0.cold", "x" };
	char name[120];
	struct symbol y = {
		.addr = random_addr(),
		.size = rnd(9) ? rnd(5000) : UINT64_MAX,
		.section = strtab_intern_z(&w->str, sections[rnd(rnd(2) ? 1 : 6)]),
		.bind = rnd(BIND_NBINDS),
	};

	snprintf(name, sizeof(name), "%s%s",
		 rnd(9) ? surface_text(&w->s, f->name) : "quite_different",
		 suffixes[rnd(ARRAY_SIZE(suffixes))]);
	y.name = rnd(40) ? strtab_intern_z(&w->str, name) : 0;
	if (f->ninstances && rnd(3))
		y.addr = w->s.instances.v[f->instances + rnd(f->ninstances)].addr;
	VEC_PUSH(&w->s.symbols, y);
}

static void random_func(struct world *w, uint32_t number, bool many)
{
	struct surface *s = &w->s;
	struct func f = {
		.name = word(w, "func%u", number),
		.seq = SEQ_NONE,
		.type_seq = SEQ_NONE,
		.collision = rnd(COLLISION_NTYPES),
		.inline_type = rnd(INLINE_NTYPES),
		.instances = (uint32_t)s->instances.n,
	};
	uint32_t ninstances = rnd(8) ? rnd(3) : rnd(30), nsymbols = rnd(8) ? rnd(2) : rnd(9);

	if (!rnd(5)) { /* a prototype alone */
		f.collision = 0;
		f.inline_type = 0;
		ninstances = nsymbols = 0;
	} else {
		f.seq = number;
	}
	for (; f.ninstances < ninstances; f.ninstances++)
		random_instance(w, many && !f.ninstances);
	f.symbols = (uint32_t)s->symbols.n;
	for (; f.nsymbols < nsymbols; f.nsymbols++)
		random_symbol(w, &f);
	if (f.seq == SEQ_NONE || rnd(2)) {
		f.type_seq = 3 * number;
		f.proto = random_proto(w);
	}
	VEC_PUSH(&s->funcs, f);
}

/* Image `seed`: about 4 of 5 of 300 names, so that images share most. */
static void world_init(struct world *w, unsigned int seed)
{
	static const struct finding findings[] = { { "unit-damaged", "x.c: no", 7 },
						   { "odd", "", UINT64_MAX >> 1 } };

	rng = 88172645463325252ull + seed * 7919;
	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
	for (uint32_t i = 0; i < 300; i++)
		if (rnd(5)) /* odd ones in another order of mention */
			random_func(w, seed % 2 ? 299 - i : i, i == 150);
	snprintf(w->name, sizeof(w->name), "6.%u.0-%u-cloud-amd64", seed, seed * 10);
	snprintf(w->build, sizeof(w->build), "%08x%032x", 0xabc00000 + seed, seed);
	w->s.info.name = w->name;
	w->s.info.release = w->name;
	w->s.info.arch = "amd64";
	w->s.info.flavor = "cloud";
	w->s.info.revision = "10";
	w->s.info.version[0] = 6;
	w->s.info.version[1] = seed;
	w->s.info.distro = "debian";
	w->s.info.compiler = "gcc (Debian 12.2.0-14) 12.2.0";
	w->s.info.build_id = w->build;
	w->s.info.sha256 = "00ff";
	w->s.info.banner = "Linux version 6 \xc3\xa4 'quoted'";
	w->s.info.types_from = "btf";
	w->s.info.pointer_size = 8;
	w->s.info.big_endian = seed % 2;
	w->s.info.nfindings = 2;
	w->s.info.findings = findings;
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

/* ---- equality by meaning ---- */

static void same_text(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	assert_int_equal(strtab_len(a->str, x), strtab_len(b->str, y));
	assert_memory_equal(surface_text(a, x), surface_text(b, y), strtab_len(a->str, x));
}

static void same_type(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	const struct type *n = type_at(a->types, x), *m = type_at(b->types, y);

	assert_int_equal(n->kind, m->kind);
	assert_int_equal(n->fwd_union, m->fwd_union);
	assert_int_equal(n->count, m->count);
	assert_int_equal(n->size, m->size);
	same_text(a, n->name, b, m->name);
	if (n->ref || m->ref)
		same_type(a, n->ref, b, m->ref);
	for (uint32_t i = 0; n->kind == TYPE_FUNC_PROTO && i < n->count; i++) {
		struct type_param p = a->types->params.v[n->params + i];
		struct type_param q = b->types->params.v[m->params + i];

		same_text(a, p.name, b, q.name);
		same_type(a, p.type, b, q.type);
	}
}

static void same_instance(const struct surface *a, const struct instance *x,
			  const struct surface *b, const struct instance *y)
{
	assert_int_equal(x->addr, y->addr);
	assert_int_equal(x->loc_line, y->loc_line);
	assert_int_equal(x->inline_word, y->inline_word);
	assert_int_equal(x->external, y->external);
	same_text(a, x->file, b, y->file);
	same_text(a, x->loc_file, b, y->loc_file);
	assert_int_equal(x->ninline_callers, y->ninline_callers);
	assert_int_equal(x->ndirect_callers, y->ndirect_callers);
	for (uint32_t i = 0; i < x->ninline_callers + x->ndirect_callers; i++) {
		struct caller c = a->callers.v[x->callers + i], d = b->callers.v[y->callers + i];

		same_text(a, c.file, b, d.file);
		same_text(a, c.func, b, d.func);
	}
}

static void same_func(const struct surface *a, const struct func *f, const struct surface *b,
		      const struct func *g)
{
	same_text(a, f->name, b, g->name);
	assert_int_equal(f->seq, g->seq);
	assert_int_equal(f->type_seq, g->type_seq);
	assert_int_equal(f->collision, g->collision);
	assert_int_equal(f->inline_type, g->inline_type);
	assert_int_equal(f->ninstances, g->ninstances);
	assert_int_equal(f->nsymbols, g->nsymbols);
	for (uint32_t i = 0; i < f->ninstances; i++)
		same_instance(a, &a->instances.v[f->instances + i], b,
			      &b->instances.v[g->instances + i]);
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		const struct symbol *x = &a->symbols.v[f->symbols + i];
		const struct symbol *y = &b->symbols.v[g->symbols + i];

		assert_int_equal(x->addr, y->addr);
		assert_int_equal(x->size, y->size);
		assert_int_equal(x->bind, y->bind);
		same_text(a, x->name, b, y->name);
		same_text(a, x->section, b, y->section);
	}
	if (func_has_proto(f))
		same_type(a, f->proto, b, g->proto);
}

static const struct func *find_func(const struct surface *s, const char *name)
{
	for (size_t i = 0; i < s->funcs.n; i++)
		if (!strcmp(surface_text(s, s->funcs.v[i].name), name))
			return &s->funcs.v[i];
	return NULL;
}

static void same_surface(const struct surface *a, const struct surface *b)
{
	assert_int_equal(a->funcs.n, b->funcs.n);
	for (size_t i = 0; i < a->funcs.n; i++) {
		const struct func *g = find_func(b, surface_text(a, a->funcs.v[i].name));

		assert_non_null(g);
		same_func(a, &a->funcs.v[i], b, g);
	}
}

/* ---- store helpers ---- */

static struct err err;

static void ok(int rc)
{
	char t[1000];

	if (rc)
		fail_msg("%s", err_text(&err, t, sizeof(t)));
}

/* An error of this code whose text has all of the words (separated by |) in it. */
static void refused(int rc, enum err_code code, const char *words)
{
	char t[1000], list[200], *save = NULL;

	snprintf(list, sizeof(list), "%s", words);
	err_text(&err, t, sizeof(t));
	if ((enum err_code)rc != code || err.code != code)
		fail_msg("code %d, wanted %d: %s", rc, code, t);
	for (char *w = strtok_r(list, "|", &save); w; w = strtok_r(NULL, "|", &save))
		if (!strstr(t, w))
			fail_msg("'%s' is not in: %s", w, t);
	err_clear(&err);
}

static struct store *open_store(const char *path, enum store_mode mode)
{
	struct store *st = NULL;

	ok(store_open(path, mode, &st, &err));
	return st;
}

static enum store_added add(struct store *st, struct world *w, const char **name)
{
	enum store_added added = STORE_ALREADY;

	ok(store_add_image(st, &w->s, 2, &added, name, NULL, &err));
	return added;
}

static void make_store(const char *path, unsigned int nimages)
{
	struct store *st = open_store(path, STORE_WRITE);

	for (unsigned int i = 0; i < nimages; i++) {
		struct world w;

		world_init(&w, i);
		assert_int_equal(add(st, &w, NULL), STORE_ADDED);
		world_done(&w);
	}
	store_close(st);
}

static void check_image(struct store *st, uint32_t id, unsigned int seed)
{
	struct world w;
	struct surface got;

	world_init(&w, seed);
	surface_init(&got, store_strtab(st), store_types(st));
	ok(store_load_image(st, id, &got, &err));
	same_surface(&w.s, &got);
	surface_done(&got);
	world_done(&w);
}

/* Every image in the store is whole and is what its generator makes. */
static size_t check_all(const char *path)
{
	struct store *st = open_store(path, STORE_READ);
	struct store_images list;
	size_t n;

	ok(store_images(st, &list, &err));
	n = list.images.n;
	for (size_t i = 0; i < n; i++)
		check_image(st, list.images.v[i].id, list.images.v[i].info.version[1]);
	store_images_done(&list);
	store_close(st);
	return n;
}

/* ---- the tests ---- */

static void test_round_trip(void **state)
{
	const char *path = path_of("new/folders/a.db");
	struct store *st;
	struct store_images list;

	(void)state;
	make_store(path, 6);
	assert_int_equal(check_all(path), 6);
	st = open_store(path, STORE_READ);
	ok(store_images(st, &list, &err));
	for (unsigned int i = 0; i < 6; i++) {
		const struct store_image *im = &list.images.v[i];
		struct world w;

		world_init(&w, i);
		assert_string_equal(im->info.name, w.name);
		assert_string_equal(im->info.build_id, w.build);
		assert_string_equal(im->info.banner, w.s.info.banner);
		assert_string_equal(im->info.compiler, w.s.info.compiler);
		assert_int_equal(im->info.version[1], i);
		assert_int_equal(im->info.big_endian, i % 2);
		assert_int_equal(im->info.nfindings, 2);
		assert_string_equal(im->info.findings[0].message, "x.c: no");
		assert_int_equal(im->info.findings[1].count, UINT64_MAX >> 1);
		assert_int_equal(im->ncallers, w.s.callers.n);
		assert_int_equal(im->nsymbols, w.s.symbols.n);
		world_done(&w);
	}
	store_images_done(&list);
	store_close(st);
}

static void test_get_one(void **state)
{
	const char *path = path_of("get.db");
	struct store *st;
	struct world w;
	struct surface got;
	bool found = true;

	(void)state;
	make_store(path, 3);
	st = open_store(path, STORE_READ);
	surface_init(&got, store_strtab(st), store_types(st));
	world_init(&w, 1);
	for (size_t i = 0; i < w.s.funcs.n; i++) {
		const char *name = surface_text(&w.s, w.s.funcs.v[i].name);

		ok(store_get_func(st, 2, name, &got, &found, &err));
		assert_true(found);
		assert_int_equal(got.funcs.n, i + 1);
		same_func(&w.s, &w.s.funcs.v[i], &got, &got.funcs.v[i]);
	}
	ok(store_get_func(st, 2, "func9999", &got, &found, &err));
	assert_false(found);
	ok(store_get_func(st, 2, "", &got, &found, &err));
	assert_false(found);
	ok(store_get_func(st, 2, "dir/file1.c", &got, &found,
			  &err)); /* a string, but no function */
	assert_false(found);
	refused(store_get_func(st, 77, "func1", &got, &found, &err), ERR_NOT_FOUND, "no image 77");
	world_done(&w);
	surface_done(&got);
	store_close(st);
}

static void count_name(void *ctx, const char *name, size_t len)
{
	size_t *n = ctx;

	assert_memory_equal(name, "func", 4);
	assert_int_equal(strlen(name), len);
	++*n;
}

static void test_walk(void **state)
{
	const char *path = path_of("walk.db");
	uint32_t ids[] = { 3, 1, 2 }, at[3], name, steps = 0;
	size_t per_image[3] = { 0 }, names = 0;
	struct store_walk *walk;
	struct world w[3];
	struct surface s;
	struct store *st, *other;
	bool more;

	(void)state;
	make_store(path, 3);
	for (unsigned int i = 0; i < 3; i++)
		world_init(&w[i], ids[i] - 1);
	st = open_store(path, STORE_READ);
	surface_init(&s, store_strtab(st), store_types(st));
	ok(store_walk_open(st, KIND_FUNC, ids, 3, 0, &walk, &err));
	/* Another connection changes the file under the open walk: the walk does not see it. */
	other = open_store(path, STORE_WRITE);
	ok(store_remove_image(other, 1, &err));
	store_close(other);
	for (;; steps++) {
		ok(store_walk_next(walk, &s, &more, &name, at, &err));
		if (!more)
			break;
		for (int i = 0; i < 3; i++) {
			const char *text = surface_text(&s, name);
			const struct func *f = find_func(&w[i].s, text);

			assert_int_equal(!f, at[i] == SEQ_NONE);
			if (f)
				same_func(&w[i].s, f, &s, &s.funcs.v[at[i]]);
			per_image[i] += f != NULL;
		}
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(per_image[i], w[i].s.funcs.n);
	store_walk_close(walk);
	ok(store_each_name(st, KIND_FUNC, count_name, &names, &err));
	assert_true(names < steps && names > 250);
	refused(store_walk_open(st, KIND_FUNC, ids, 3, 0, &walk, &err), ERR_NOT_FOUND, "no image 1");
	surface_done(&s);
	store_close(st);
	for (int i = 0; i < 3; i++)
		world_done(&w[i]);
}

static void test_names(void **state)
{
	const char *path = path_of("names.db"), *name = NULL;
	struct store *st = open_store(path, STORE_WRITE);
	struct world w;
	uint32_t id = 0;
	bool found = false;

	(void)state;
	world_init(&w, 4);
	assert_int_equal(add(st, &w, &name), STORE_ADDED);
	assert_string_equal(name, "6.4.0-40-cloud-amd64");
	assert_int_equal(add(st, &w, &name), STORE_ALREADY);
	assert_string_equal(name, "6.4.0-40-cloud-amd64");
	w.s.info.build_id = "0123456789abcdef";
	assert_int_equal(add(st, &w, &name), STORE_RENAMED);
	assert_string_equal(name, "6.4.0-40-cloud-amd64~01234567");
	assert_int_equal(add(st, &w, &name), STORE_ALREADY);
	assert_string_equal(name, "6.4.0-40-cloud-amd64~01234567");
	w.s.info.build_id = "01234567ffffffff";
	assert_int_equal(add(st, &w, &name), STORE_RENAMED);
	assert_string_equal(name, "6.4.0-40-cloud-amd64~01234567~2");
	w.s.info.build_id = "";
	w.s.info.sha256 = "feedfeedfeed";
	assert_int_equal(add(st, &w, &name), STORE_RENAMED);
	assert_string_equal(name, "6.4.0-40-cloud-amd64~feedfeed");
	assert_int_equal(add(st, &w, &name), STORE_ALREADY);
	/* A dataset's image has its name alone; it is not the kernel's. */
	w.s.info.sha256 = "";
	w.s.info.source = IMAGE_FROM_DATASET;
	assert_int_equal(add(st, &w, &name), STORE_RENAMED);
	assert_string_equal(name, "6.4.0-40-cloud-amd64~2");
	assert_int_equal(add(st, &w, &name), STORE_ALREADY);
	ok(store_find_build(st, &w.s.info, &found, &id, &err));
	assert_true(found);
	assert_int_equal(id, 5);
	store_close(st);
	world_done(&w);
}

static void test_refused_surfaces(void **state)
{
	const char *path = path_of("refused.db");
	struct store *st = open_store(path, STORE_WRITE);
	struct type ptr = { .kind = TYPE_PTR, .size = TYPE_NO_SIZE };
	struct type proto = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	enum store_added added;
	struct world w;
	uint32_t id = 0;

	(void)state;
	world_init(&w, 1);
	w.s.funcs.v[7].name = w.s.funcs.v[3].name;
	refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_FORMAT,
		"6.1.0-10-cloud-amd64|two functions are named");
	world_done(&w);

	world_init(&w, 1);
	for (int i = 0; i < 300; i++) {
		ptr.ref = id;
		id = type_intern(&w.types, &ptr, NULL);
	}
	proto.ref = id;
	w.s.funcs.v[3].type_seq = 3;
	w.s.funcs.v[3].proto = type_intern(&w.types, &proto, NULL);
	refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_UNSUPPORTED, "nested");
	/* A prototype of prototypes of prototypes: 2^60 nodes when written as a tree. */
	id = 0;
	for (int i = 0; i < 60; i++) {
		struct type_param twice[2] = { { 0, id }, { 0, id } };

		proto.count = 2;
		proto.ref = 0;
		id = type_intern(&w.types, &proto, twice);
	}
	w.s.funcs.v[3].proto = id;
	refused(store_add_image(st, &w.s, 1, &added, NULL, NULL, &err), ERR_UNSUPPORTED, "larger");
	world_done(&w);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM string"), 0);

	/* The writer's caches are none the worse for it. */
	world_init(&w, 1);
	assert_int_equal(add(st, &w, NULL), STORE_ADDED);
	world_done(&w);
	store_close(st);
	assert_int_equal(check_all(path), 1);
}

static void test_lanes_do_not_matter(void **state)
{
	static const char *const all[] = {
		"SELECT * FROM string ORDER BY id",
		"SELECT * FROM proto ORDER BY id",
		"SELECT * FROM func ORDER BY id",
		"SELECT * FROM string_index ORDER BY bucket",
		"SELECT * FROM image_use ORDER BY image",
		"SELECT * FROM counter ORDER BY name",
		NULL,
	};
	const char *names[] = { "lanes1.db", "lanes7.db" };
	uint64_t hash[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct store *st = open_store(path_of(names[i]), STORE_WRITE);

		for (unsigned int seed = 0; seed < 4; seed++) {
			enum store_added added;
			struct world w;

			world_init(&w, seed);
			ok(store_add_image(st, &w.s, i ? 7 : 1, &added, NULL, NULL, &err));
			world_done(&w);
			if (!i) { /* and neither do caches that were not there */
				store_close(st);
				st = open_store(path_of(names[i]), STORE_WRITE);
			}
		}
		store_close(st);
		hash[i] = sql_hash(path_of(names[i]), all);
	}
	assert_true(hash[0] == hash[1]);
}

static void test_remove(void **state)
{
	const char *path = path_of("remove.db");
	struct store *st;
	uint64_t full, after;

	(void)state;
	make_store(path, 5);
	full = size_of(path);
	st = open_store(path, STORE_WRITE);
	for (uint32_t id = 2; id <= 4; id++)
		ok(store_remove_image(st, id, &err));
	after = size_of(path);
	assert_true(after < full * 3 / 4);
	refused(store_remove_image(st, 2, &err), ERR_NOT_FOUND, "no image 2");
	store_close(st);
	assert_int_equal(check_all(path), 2);

	/* What comes back is the same; ids are not. */
	make_store(path_of("one.db"), 1);
	st = open_store(path, STORE_WRITE);
	for (unsigned int seed = 1; seed <= 3; seed++) {
		struct world w;

		world_init(&w, seed);
		assert_int_equal(add(st, &w, NULL), STORE_ADDED);
		world_done(&w);
	}
	ok(store_remove_image(st, 1, &err));
	ok(store_remove_image(st, 5, &err));
	store_close(st);
	assert_int_equal(check_all(path), 3);
	st = open_store(path, STORE_WRITE);
	for (uint32_t id = 6; id <= 8; id++)
		ok(store_remove_image(st, id, &err));
	store_close(st);
	assert_int_equal(sql_number(path,
				    "SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM "
				    "proto) + (SELECT count(*) FROM func) + (SELECT count(*) FROM "
				    "finding) + (SELECT count(*) FROM image_use)"),
			 0);
	assert_true(size_of(path) < 200000);
	assert_int_equal(sql_number(path, "PRAGMA freelist_count"), 0);
}

/* A writer that was open while another one removed does not believe its caches. */
static void test_remove_elsewhere(void **state)
{
	const char *path = path_of("elsewhere.db");
	struct store *a, *b;
	struct world w;

	(void)state;
	a = open_store(path, STORE_WRITE);
	b = open_store(path, STORE_WRITE);
	world_init(&w, 0);
	add(a, &w, NULL);
	world_done(&w);
	world_init(&w, 1);
	add(b, &w, NULL);
	world_done(&w);
	ok(store_remove_image(a, 2, &err));
	world_init(&w, 2);
	add(b, &w, NULL);
	world_done(&w);
	ok(store_remove_image(a, 1, &err));
	world_init(&w, 3);
	add(b, &w, NULL);
	add(a, &w, NULL);
	world_done(&w);
	store_close(a);
	store_close(b);
	assert_int_equal(check_all(path), 2);
}

/* ---- what cannot be opened ---- */

static void write_text(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void test_open_errors(void **state)
{
	const char *path = path_of("bad.db");
	struct store *st = NULL;
	char junk[5000];

	(void)state;
	refused(store_open(path_of("none.db"), STORE_READ, &st, &err), ERR_NOT_FOUND,
		"none.db|no store");
	refused(store_open(path_of("none/none.db"), STORE_READ, &st, &err), ERR_NOT_FOUND,
		"no store");
	memset(junk, 'x', sizeof(junk));
	write_text(path, junk, sizeof(junk));
	refused(store_open(path, STORE_READ, &st, &err), ERR_STORE, "bad.db|is not a ksurf store");
	refused(store_open(path, STORE_WRITE, &st, &err), ERR_STORE, "bad.db|is not a ksurf store");
	refused(store_open(path_of("bad.db/x.db"), STORE_WRITE, &st, &err), ERR_STORE, "bad.db");
	refused(store_open(folder, STORE_WRITE, &st, &err), ERR_STORE, folder);
	refused(store_open(folder, STORE_READ, &st, &err), ERR_STORE, folder);

	write_text(path, "", 0);
	refused(store_open(path, STORE_READ, &st, &err), ERR_STORE, "empty file");
	assert_int_equal(size_of(path), 0);
	unlink(path);
	sql(path, "CREATE TABLE photos (a); INSERT INTO photos VALUES (1)");
	refused(store_open(path, STORE_READ, &st, &err), ERR_STORE, "not a ksurf store");
	refused(store_open(path, STORE_WRITE, &st, &err), ERR_STORE, "not a ksurf store");
	assert_int_equal(sql_number(path, "SELECT count(*) FROM sqlite_master"), 1);
	unlink(path);

	make_store(path, 1);
	sql(path, "PRAGMA user_version=7");
	refused(store_open(path, STORE_READ, &st, &err), ERR_STORE, "schema 7|up to 1");
	refused(store_open(path, STORE_WRITE, &st, &err), ERR_STORE, "schema 7|up to 1");
	assert_null(st);
}

static void test_usage(void **state)
{
	const char *path = path_of("usage.db");
	uint32_t ids[] = { 1 };
	struct store_walk *walk;
	enum store_added added;
	struct store *st;
	struct world w;

	(void)state;
	make_store(path, 1);
	world_init(&w, 1);
	st = open_store(path, STORE_READ);
	refused(store_add_image(st, &w.s, 1, &added, NULL, NULL, &err), ERR_USAGE,
		"open for reading");
	refused(store_remove_image(st, 1, &err), ERR_USAGE, "open for reading");
	store_close(st);
	st = open_store(path, STORE_WRITE);
	ok(store_walk_open(st, KIND_FUNC, ids, 1, 0, &walk, &err));
	refused(store_add_image(st, &w.s, 1, &added, NULL, NULL, &err), ERR_USAGE, "walk");
	store_walk_close(walk);
	assert_int_equal(add(st, &w, NULL), STORE_ADDED);
	store_close(st);
	world_done(&w);
}

static void test_default_path(void **state)
{
	struct buf b = { 0 };

	(void)state;
	setenv("KSURF_DB", "x/y.db", 1);
	ok(store_default_path(&b, &err));
	assert_string_equal(buf_z(&b), "x/y.db");
	b.n = 0;
	unsetenv("KSURF_DB");
	setenv("XDG_DATA_HOME", "/data", 1);
	ok(store_default_path(&b, &err));
	assert_string_equal(buf_z(&b), "/data/ksurf/ksurf.db");
	b.n = 0;
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("HOME", "/h", 1);
	ok(store_default_path(&b, &err));
	assert_string_equal(buf_z(&b), "/h/.local/share/ksurf/ksurf.db");
	unsetenv("HOME");
	refused(store_default_path(&b, &err), ERR_USAGE, "--db");
	buf_done(&b);
}

/* ---- damage ---- */

static int load(const char *path)
{
	struct store *st = NULL;
	struct surface s;
	int rc = store_open(path, STORE_READ, &st, &err);

	if (rc)
		return rc;
	surface_init(&s, store_strtab(st), store_types(st));
	rc = store_load_image(st, 1, &s, &err);
	surface_done(&s);
	store_close(st);
	return rc;
}

static void test_damaged_named(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "UPDATE func SET detail = substr(detail, 1, length(detail) - 1) WHERE instances = 2",
		  "image 6.0.0-0-cloud-amd64|function func|does not add up" },
		{ "UPDATE func SET detail = detail || x'00' WHERE instances = 1", "function func" },
		{ "UPDATE func SET instances = instances + 1", "function func" },
		{ "UPDATE func SET instances = 4000000000", "function func" },
		{ "UPDATE func SET instances = -1", "columns" },
		{ "UPDATE func SET symbols = 9 WHERE symbols = 0", "function func" },
		{ "UPDATE func SET direct_callers = 99", "function func" },
		{ "UPDATE func SET collision = 5", "function func" },
		{ "UPDATE func SET inline = 3", "function func" },
		{ "UPDATE func SET proto = NULL", "columns" },
		{ "UPDATE func SET proto = 77777 WHERE proto", "prototype 77777 is not there" },
		{ "UPDATE func SET proto = 4000000000 WHERE proto", "is not there" },
		{ "UPDATE proto SET tree = x'00'", "prototype 1: its packed tree" },
		{ "UPDATE proto SET tree = x'0dffffffff0f00'", "prototype" },
		{ "UPDATE proto SET tree = zeroblob(40000)", "prototype" },
		{ "UPDATE proto SET tree = replace(hex(zeroblob(20000)), '00', x'02')",
		  "prototype" },
		{ "UPDATE proto SET tree = x''", "prototype" },
		{ "DELETE FROM string WHERE id % 2", "is not there" },
		{ "UPDATE string SET text = ''", "is empty" },
		{ "UPDATE string SET id = id + 4000000000", "has the id" },
	};
	const char *path = path_of("damaged.db"), *good = path_of("good.db");
	char cmd[900];

	(void)state;
	make_store(good, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(cmd, sizeof(cmd), "cp '%s' '%s'", good, path);
		assert_int_equal(system(cmd), 0);
		sql(path, cases[i].sql);
		refused(load(path), ERR_STORE, cases[i].words);
	}
}

/* Writers meet damaged lists and counters. */
static void test_damaged_writer(void **state)
{
	static const char *const cases[] = {
		"DELETE FROM counter WHERE name = 'next_string'",
		"UPDATE image_use SET strings = x'ff'",
		"UPDATE image_use SET protos = x'0001ffffffff7f01'",
		"UPDATE image_use SET strings = x'05ffffffffffffffffff01'",
	};
	const char *path = path_of("damaged2.db"), *good = path_of("good2.db");
	char cmd[900];

	(void)state;
	make_store(good, 2);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum store_added added;
		struct store *st;
		struct world w;

		snprintf(cmd, sizeof(cmd), "cp '%s' '%s'", good, path);
		assert_int_equal(system(cmd), 0);
		sql(path, cases[i]);
		st = open_store(path, STORE_WRITE);
		world_init(&w, 2);
		if (store_remove_image(st, 1, &err) == ERR_NONE)
			refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_STORE,
				"damaged");
		else
			refused(ERR_STORE, ERR_STORE, "damaged");
		world_done(&w);
		store_close(st);
	}
}

/* Random bytes anywhere in the packed parts: an error or other facts, never a crash or a hang. */
static void test_damaged_random(void **state)
{
	static const char *const columns[][2] = {
		{ "func", "detail" },
		{ "proto", "tree" },
		{ "string_index", "entries" },
	};
	const char *path = path_of("random.db");
	unsigned int failures = 0;

	(void)state;
	make_store(path, 1);
	rng = 4711;
	for (int round = 0; round < 60; round++) {
		const char *const *c = columns[rnd(3)];
		sqlite3 *db = sql_open(path);
		sqlite3_stmt *q, *u;
		char text[200];

		snprintf(text, sizeof(text),
			 "SELECT rowid, %s FROM %s WHERE length(%s) ORDER BY random() "
			 "LIMIT 5",
			 c[1], c[0], c[1]);
		assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
		snprintf(text, sizeof(text), "UPDATE %s SET %s = ?1 WHERE rowid = ?2", c[0], c[1]);
		assert_int_equal(sqlite3_prepare_v2(db, text, -1, &u, NULL), SQLITE_OK);
		sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
		while (sqlite3_step(q) == SQLITE_ROW) {
			int n = sqlite3_column_bytes(q, 1);
			uint8_t *copy = base_alloc((size_t)n);

			memcpy(copy, sqlite3_column_blob(q, 1), (size_t)n);
			copy[rnd((uint32_t)n)] = (uint8_t)rnd(256);
			sqlite3_bind_blob(u, 1, copy, n, free);
			sqlite3_bind_int64(u, 2, sqlite3_column_int64(q, 0));
			assert_int_equal(sqlite3_step(u), SQLITE_DONE);
			sqlite3_reset(u);
		}
		sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
		sqlite3_finalize(q);
		sqlite3_finalize(u);
		sqlite3_close(db);
		if (load(path)) {
			assert_int_equal(err.code, ERR_STORE);
			failures++;
			err_clear(&err);
			unlink(path);
			make_store(path, 1);
			rng += (uint64_t)round;
		}
	}
	assert_true(failures > 0);
}

/* A file that was cut off, or of which pages were lost. */
static void test_damaged_file(void **state)
{
	const char *path = path_of("cut.db");
	uint64_t full;

	(void)state;
	make_store(path, 1);
	full = size_of(path);
	for (uint64_t cut = 100; cut < full; cut += full / 7) {
		unlink(path);
		make_store(path, 1);
		assert_int_equal(truncate(path, (off_t)(full - cut)), 0);
		refused(load(path), ERR_STORE, "cut.db|damaged");
	}
}

/* ---- other processes ---- */

/* Adds images first, first + 1, ...; the exit code says how it went. */
static pid_t fork_adder(const char *path, unsigned int first, unsigned int n)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct err e = ERR_INIT;
		struct store *st = NULL;
		int rc = store_open(path, STORE_WRITE, &st, &e);

		for (unsigned int i = first; !rc && i < first + n; i++) {
			enum store_added added;
			struct world w;

			world_init(&w, i);
			rc = store_add_image(st, &w.s, 2, &added, NULL, NULL, &e);
			world_done(&w);
		}
		if (rc)
			fprintf(stderr, "%s: %s\n", e.where, e.msg);
		store_close(st);
		_exit(rc ? 1 : 0);
	}
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_two_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 12; round++) {
		char name[32];
		const char *path;
		pid_t a, b;

		snprintf(name, sizeof(name), "two%d.db", round);
		path = path_of(name);
		a = fork_adder(path, 0, 3);
		b = fork_adder(path, 3, 3);
		assert_int_equal(wait_for(a), 0);
		assert_int_equal(wait_for(b), 0);
		assert_int_equal(check_all(path), 6);
		/* Nothing twice: each text and each prototype once, whoever came first. */
		assert_int_equal(
			sql_number(path, "SELECT count(*) - count(DISTINCT text) FROM string"), 0);
		assert_int_equal(
			sql_number(path, "SELECT count(*) - count(DISTINCT tree) FROM proto"), 0);
	}
}

static void test_kill(void **state)
{
	const char *path = path_of("kill.db");
	size_t seen = 0;

	(void)state;
	rng = 99;
	for (int round = 0; round < 25; round++) {
		uint32_t wait_us = rnd(30000);
		uint64_t keep = rng;
		pid_t pid = fork_adder(path, 0, 20);

		usleep(wait_us);
		kill(pid, SIGKILL);
		wait_for(pid);
		if (!access(path, F_OK) && size_of(path)) {
			struct store *st = open_store(path, STORE_WRITE);

			store_close(st);
			assert_int_equal(sql_number(path,
						    "SELECT count(*) FROM pragma_integrity_check "
						    "WHERE integrity_check != 'ok'"),
					 0);
			seen = check_all(path);
		}
		if (seen == 20)
			unlink(path);
		rng = keep;
	}
	assert_int_equal(wait_for(fork_adder(path, 0, 20)), 0);
	assert_int_equal(check_all(path), 20);
}

/* A file size limit stands in for a full disk: the same error from write(2). */
static void test_full_disk(void **state)
{
	const char *path = path_of("full.db");

	(void)state;
	make_store(path, 1);
	for (uint64_t room = 1; room < 300000; room = room * 3 + 4096) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid) {
			struct rlimit limit = { size_of(path) + room, size_of(path) + room };
			struct err e = ERR_INIT;
			struct store *st = NULL;
			enum store_added added;
			struct world w;
			int rc;

			world_init(&w, 1);
			rc = store_open(path, STORE_WRITE, &st, &e);
			if (rc)
				_exit(2);
			signal(SIGXFSZ, SIG_IGN);
			limit.rlim_cur = limit.rlim_max = room;
			setrlimit(RLIMIT_FSIZE, &limit);
			rc = store_add_image(st, &w.s, 2, &added, NULL, NULL, &e);
			/* The same store goes on reading what it had. */
			if (rc == ERR_STORE && strstr(e.where, "full.db") && e.msg[0]) {
				struct surface s;

				err_clear(&e);
				surface_init(&s, store_strtab(st), store_types(st));
				rc = store_load_image(st, 1, &s, &e) ? 4 : 3;
			}
			_exit(rc);
		}
		assert_int_equal(wait_for(pid), 3 << 8);
		assert_int_equal(check_all(path), 1);
	}
	assert_int_equal(wait_for(fork_adder(path, 0, 2)), 0);
	assert_int_equal(check_all(path), 2);
}

/* Readers see what was committed while a writer is in the middle. */
static void test_readers_do_not_wait(void **state)
{
	const char *path = path_of("readers.db");
	uint64_t start;
	sqlite3 *db;

	(void)state;
	make_store(path, 2);
	db = sql_open(path);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM func; DELETE FROM image",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	start = stage_now_ns();
	assert_int_equal(check_all(path), 2);
	assert_true(stage_now_ns() - start < 20000000000ull);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
}

static int read_only_child(const char *path)
{
	struct err e = ERR_INIT;
	struct store *st = NULL;
	struct store_images list;
	struct surface s;
	int rc;

	if (!geteuid() && (setgid(65534) || setuid(65534)))
		return 9;
	if (!access(folder, W_OK))
		return 8; /* who may write everywhere cannot test this */
	rc = store_open(path, STORE_READ, &st, &e);
	if (!rc)
		rc = store_images(st, &list, &e);
	if (rc) {
		fprintf(stderr, "%s: %s\n", e.where, e.msg);
		return rc;
	}
	surface_init(&s, store_strtab(st), store_types(st));
	rc = store_load_image(st, list.images.v[0].id, &s, &e);
	store_close(st);
	if (!rc && store_open(path, STORE_WRITE, &st, &e) != ERR_STORE)
		return 7;
	return rc;
}

static void test_read_only_folder(void **state)
{
	const char *path = path_of("odd %41?#name.db");
	pid_t pid;
	int status;

	(void)state;
	make_store(path, 1);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	pid = fork();
	if (!pid)
		_exit(read_only_child(path));
	status = wait_for(pid);
	assert_int_equal(chmod(folder, 0755), 0);
	if (status >> 8 == 8 || status >> 8 == 9) {
		print_message("skipped: this user may write everywhere\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* ---- the manual's questions ---- */

static void run_select(const char *path, char *text)
{
	sqlite3 *db = sql_open(path);
	sqlite3_stmt *q;
	int rc;

	if (sqlite3_prepare_v2(db, text, -1, &q, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		;
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(q);
	sqlite3_close(db);
}

/* Every ```sql block of docs/formats/store.md. */
static void test_documented_selects(void **state)
{
	const char *path = path_of("doc.db");
	FILE *f = fopen("docs/formats/store.md", "r");
	struct buf b = { 0 };
	char line[400];
	bool inside = false;
	int n = 0;

	(void)state;
	if (!f) {
		print_message("skipped: not run from the project's folder\n");
		skip();
	}
	make_store(path, 2);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "```", 3)) {
			if (inside) {
				run_select(path, (char *)buf_z(&b));
				n++;
			}
			inside = !inside && !strcmp(line, "```sql\n");
			b.n = 0;
		} else if (inside) {
			buf_puts(&b, line);
		}
	}
	fclose(f);
	buf_done(&b);
	assert_true(n >= 5);
}

static void test_views(void **state)
{
	const char *path = path_of("views.db");
	struct world w;
	int64_t n = 0;

	(void)state;
	make_store(path, 2);
	world_init(&w, 1);
	for (size_t i = 0; i < w.s.funcs.n; i++) {
		const struct func *f = &w.s.funcs.v[i];

		n += func_has_group(f) && f->collision == COLLISION_UNIQUE_STATIC &&
		     f->inline_type == INLINE_SELECTIVE;
	}
	assert_int_equal(sql_number(path,
				    "SELECT count(*) FROM function WHERE image = "
				    "'6.1.0-10-cloud-amd64' AND collision = 'Unique Static' AND "
				    "inline = 'Selective'"),
			 n);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM function WHERE image LIKE '6.1.%'"),
			 (int64_t)w.s.funcs.n);
	assert_int_equal(
		sql_number(path, "SELECT count(*) FROM function_by_name WHERE name = 'func7'"),
		sql_number(path, "SELECT count(*) FROM function WHERE name = 'func7'"));
	assert_int_equal(sql_number(path,
				    "SELECT count(*) FROM function WHERE prototype IS NOT NULL AND "
				    "instr(prototype, name) = 0"),
			 0);
	world_done(&w);
}

/* ---- a recorded kernel ---- */

static void test_recorded(void **state)
{
	const char *shared = getenv("KSURF_SHARED");
	struct dataset_images names;
	struct store *st;
	char dir[400];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/oracle/dataset", shared ? shared : "../shared");
	if (access(dir, R_OK)) {
		print_message("skipped: no recorded dataset\n");
		skip();
	}
	ok(dataset_list(dir, &names, &err));
	st = open_store(path_of("recorded.db"), STORE_WRITE);
	for (size_t i = 0; i < names.names.n; i++) {
		struct strtab str;
		struct type_table types;
		struct surface s, got;
		enum store_added added;

		strtab_init(&str);
		type_table_init(&types);
		surface_init(&s, &str, &types);
		ok(dataset_read(dir, names.names.v[i], &s, &err));
		ok(store_add_image(st, &s, 2, &added, NULL, NULL, &err));
		surface_init(&got, store_strtab(st), store_types(st));
		ok(store_load_image(st, (uint32_t)i + 1, &got, &err));
		same_surface(&s, &got);
		surface_done(&got);
		surface_done(&s);
		strtab_done(&str);
		type_table_done(&types);
	}
	store_close(st);
	dataset_images_done(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_get_one),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused_surfaces),
		cmocka_unit_test(test_lanes_do_not_matter),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_remove_elsewhere),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_damaged_named),
		cmocka_unit_test(test_damaged_writer),
		cmocka_unit_test(test_damaged_random),
		cmocka_unit_test(test_damaged_file),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_readers_do_not_wait),
		cmocka_unit_test(test_read_only_folder),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_documented_selects),
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_default_path),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
