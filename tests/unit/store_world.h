/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the store's tests share: generated surfaces with all the odd values that a surface can hold,
 * equality by meaning, and SQL behind the store's back.
 */
#ifndef KSURF_STORE_WORLD_H
#define KSURF_STORE_WORLD_H

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

static inline const char *path_of(const char *name)
{
	static char paths[32][400];
	static int n;
	char *p = paths[n++ % 32];

	snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

static inline uint64_t size_of(const char *path)
{
	struct stat sb;

	return stat(path, &sb) ? 0 : (uint64_t)sb.st_size;
}

static inline sqlite3 *sql_open(const char *path)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static inline void sql(const char *path, const char *text)
{
	sqlite3 *db = sql_open(path);
	char *msg = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &msg))
		fail_msg("%s: %s", text, msg);
	sqlite3_close(db);
}

static inline int64_t sql_number(const char *path, const char *text)
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
static inline uint64_t sql_hash(const char *path, const char *const *queries)
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

static inline uint32_t rnd(uint32_t n)
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
	uint8_t btf[20000], module_btf[3][500];
	struct image_module modules[6];
};

static inline uint32_t word(struct world *w, const char *fmt, unsigned int n)
{
	char t[80];

	snprintf(t, sizeof(t), fmt, n);
	return strtab_intern_z(&w->str, t);
}

static inline uint32_t random_type(struct world *w, int depth)
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

static inline uint32_t random_proto(struct world *w)
{
	struct type n = { .kind = TYPE_FUNC_PROTO, .count = rnd(5), .size = TYPE_NO_SIZE };
	struct type_param params[5];

	n.ref = random_type(w, 3);
	for (uint32_t i = 0; i < n.count; i++)
		params[i] = (struct type_param){ rnd(5) ? word(w, "arg%u", rnd(30)) : 0,
						 random_type(w, 3) };
	return type_intern(&w->types, &n, params);
}

static inline uint64_t random_addr(void)
{
	static const uint64_t odd[] = { 0, 1, UINT64_MAX, 0x8000000000000000, 0x7fffffffffffffff };

	return rnd(20) ? 0xffffffff81000000 + rnd(1 << 24) : odd[rnd(ARRAY_SIZE(odd))];
}

/* Mostly the kernel. Modules 6 and above are in no image's list. */
static inline uint32_t random_owner(struct world *w, uint32_t before)
{
	return rnd(3) ? before : rnd(2) ? 0 : word(w, "mod_%u", rnd(8));
}

static inline void random_instance(struct world *w, bool many, uint32_t owner)
{
	struct surface *s = &w->s;
	struct instance in = {
		.addr = random_addr(),
		.file = rnd(10) ? word(w, "dir/file%u.c", rnd(25)) : 0,
		.inline_word = rnd(INLINE_NWORDS),
		.external = rnd(2),
		.owner = owner,
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

static inline void random_symbol(struct world *w, const struct func *f, uint32_t owner)
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
		.owner = owner,
	};

	snprintf(name, sizeof(name), "%s%s",
		 rnd(9) ? surface_text(&w->s, f->name) : "quite_different",
		 suffixes[rnd(ARRAY_SIZE(suffixes))]);
	y.name = rnd(40) ? strtab_intern_z(&w->str, name) : 0;
	if (f->ninstances && rnd(3))
		y.addr = w->s.instances.v[f->instances + rnd(f->ninstances)].addr;
	VEC_PUSH(&w->s.symbols, y);
}

static inline void random_func(struct world *w, uint32_t number, bool many)
{
	struct surface *s = &w->s;
	struct func f = {
		.name = word(w, "func%u", number),
		.seq = SEQ_NONE,
		.type_seq = SEQ_NONE,
		.attach = rnd(3) ? 0 : rnd(16),
		.collision = rnd(COLLISION_NTYPES),
		.inline_type = rnd(INLINE_NTYPES),
		.instances = (uint32_t)s->instances.n,
	};
	uint32_t ninstances = rnd(8) ? rnd(3) : rnd(30), nsymbols = rnd(8) ? rnd(2) : rnd(9);
	uint32_t owner = rnd(4) ? 0 : random_owner(w, 0);
	bool several = !rnd(4);

	if (!rnd(5)) { /* a prototype alone */
		f.collision = 0;
		f.inline_type = 0;
		ninstances = nsymbols = 0;
	} else {
		f.seq = number;
	}
	for (; f.ninstances < ninstances; f.ninstances++)
		random_instance(w, many && !f.ninstances, owner = several ? random_owner(w, owner) : owner);
	f.symbols = (uint32_t)s->symbols.n;
	for (; f.nsymbols < nsymbols; f.nsymbols++)
		random_symbol(w, &f, owner = several ? random_owner(w, owner) : owner);
	if (f.seq == SEQ_NONE || rnd(2)) {
		f.type_seq = 3 * number;
		f.proto = random_proto(w);
	}
	VEC_PUSH(&s->funcs, f);
}

static inline void random_item(struct world *w, struct construct *c, uint32_t i, uint8_t *depth)
{
	static const int64_t odd[] = { 0, -1, INT64_MIN, INT64_MAX, 1ll << 32, 10, 100 };
	static const uint8_t roles[KIND_NKINDS] = {
		[KIND_ENUM] = ITEM_ENUMERATOR, [KIND_FEATURE] = ITEM_ENUMERATOR, [KIND_SYSCALL] = ITEM_ENTRY,
		[KIND_KFUNC] = ITEM_SET,
	};
	struct item it = {
		.name = rnd(9) ? word(w, "item%u", rnd(3) ? i : rnd(40)) : 0,
		.value = rnd(3) ? i * 32 : odd[rnd(ARRAY_SIZE(odd))],
		.role = rnd(9) ? roles[c->kind] : rnd(ITEM_PROGRAM + 1),
	};

	if (it.role == ITEM_MEMBER) {
		it.type = random_type(w, 4);
		it.size = rnd(3) ? 8 : rnd(2) ? 0 : UINT32_MAX;
		it.bits = rnd(5) ? 0 : rnd(65536);
		it.depth = (uint8_t)rnd(*depth + 1u);
		it.scope = rnd(4) ? SCOPE_NONE : rnd(2) ? SCOPE_STRUCT : SCOPE_UNION;
		*depth = it.depth + (it.scope != SCOPE_NONE);
	} else {
		it.text = rnd(4) ? word(w, "text '%u' \"{[", rnd(40)) : 0;
		it.is_signed = rnd(2);
		it.size = rnd(4) ? 0 : rnd(99);
	}
	VEC_PUSH(&w->s.items, it);
	c->nitems++;
}

static inline void random_construct(struct world *w, enum kind kind, uint32_t number, uint32_t variant)
{
	struct construct c = {
		.kind = kind,
		.name = kind == KIND_ENUM && !number ? 0 : word(w, rnd(2) ? "con%u" : "func%u", number),
		.seq = number * 10 + variant,
		.variant = variant,
		.type = rnd(2) ? random_type(w, 3) : 0,
		.size = rnd(4) ? rnd(4000) : UINT32_MAX,
		.class = rnd(3) ? 0 : word(w, "class%u", rnd(9)),
		.system = rnd(3) ? 0 : word(w, "system%u", rnd(9)),
		.text = rnd(3) ? 0 : word(w, "value \"%u\"\n", rnd(9)),
		.flags = rnd(8),
		.owner = rnd(4) ? 0 :
			 rnd(2) ? word(w, "mod_%u", rnd(8)) :
				  word(w, "mod_%u,mod_7", rnd(7)),
		.items = (uint32_t)w->s.items.n,
	};
	uint32_t nitems = rnd(4) ? rnd(6) : rnd(40);
	uint8_t depth = 0;

	if (kind == KIND_CONFIG || kind == KIND_LSM)
		nitems = 0;
	if (kind == KIND_ENUM && !number)
		nitems = 300;
	for (uint32_t i = 0; i < nitems; i++)
		random_item(w, &c, i, &depth);
	VEC_PUSH(&w->s.constructs, c);
}

/* Most constructs are in most images, and most of those are the same in all. */
static inline void random_constructs(struct world *w, unsigned int seed)
{
	uint64_t keep = rng;

	for (enum kind kind = KIND_STRUCT; kind < KIND_FIELD; kind++) {
		for (uint32_t number = 0; number < 25; number++) {
			uint32_t variants;

			rng = 1 + base_hash(&seed, sizeof(seed), number * 16 + kind);
			if (!rnd(6))
				continue;
			if (rnd(6))
				rng = 1 + number * 977 + kind * 31;
			variants = rnd(8) ? 1 : 1 + rnd(4);
			rng |= 1;
			for (uint32_t v = 0; v < variants; v++) {
				random_construct(w, kind, number, v);
				w->s.constructs.v[w->s.constructs.n - 1].name =
					w->s.constructs.v[w->s.constructs.n - 1 - v].name;
			}
		}
	}
	rng = keep;
}

/* An even image has none; some have their BTF, which is the same in several. */
static inline void random_modules(struct world *w, unsigned int seed)
{
	static const char *const names[] = { "mod_0", "mod_1", "mod_2", "mod_3", "mod_4", "mod_5" };

	memset(w->modules, 0, sizeof(w->modules));
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t j = 0; j < sizeof(w->module_btf[0]); j++)
			w->module_btf[i][j] = (uint8_t)(j >> i);
	w->s.info.nmodules = seed % 2 ? ARRAY_SIZE(names) - seed % 3 : 0;
	w->s.info.modules = w->modules;
	for (uint32_t i = 0; i < w->s.info.nmodules; i++)
		w->modules[i] = (struct image_module){
			.name = names[i],
			.build_id = i % 2 ? "0123abcd" : "",
			.btf = i % 3 == 2 ? NULL : w->module_btf[i % 3],
			.btf_size = i % 3 == 2 ? 0 : sizeof(w->module_btf[0]) - (seed == 3),
		};
}

/* Image `seed`: about 4 of 5 of 300 names, so that images share most. */
static inline void world_init(struct world *w, unsigned int seed)
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
	random_constructs(w, seed);
	for (size_t i = 0; i < sizeof(w->btf); i++) /* the same for two images each */
		w->btf[i] = (uint8_t)(i * i >> (seed / 2 % 5));
	w->s.btf = seed % 5 == 4 ? NULL : w->btf;
	w->s.btf_size = w->s.btf ? sizeof(w->btf) - seed / 2 : 0;
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
	w->s.info.source = seed % 4 == 2 ? IMAGE_FROM_BOOT : IMAGE_FROM_KERNEL;
	w->s.info.facts = seed % 4 == 2 ? FACT_SYMBOLS | FACT_ADDRESSES : 15 - seed % 4;
	random_modules(w, seed);
	w->s.info.pointer_size = 8;
	w->s.info.big_endian = seed % 2;
	w->s.info.nfindings = 2;
	w->s.info.findings = findings;
}

static inline void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

/* ---- equality by meaning ---- */

static inline void same_text(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	assert_int_equal(strtab_len(a->str, x), strtab_len(b->str, y));
	assert_memory_equal(surface_text(a, x), surface_text(b, y), strtab_len(a->str, x));
}

static inline void same_type(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
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

static inline void same_instance(const struct surface *a, const struct instance *x,
			  const struct surface *b, const struct instance *y)
{
	assert_int_equal(x->addr, y->addr);
	assert_int_equal(x->loc_line, y->loc_line);
	assert_int_equal(x->inline_word, y->inline_word);
	assert_int_equal(x->external, y->external);
	same_text(a, x->owner, b, y->owner);
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

static inline void same_func(const struct surface *a, const struct func *f, const struct surface *b,
		      const struct func *g)
{
	same_text(a, f->name, b, g->name);
	assert_int_equal(f->seq, g->seq);
	assert_int_equal(f->type_seq, g->type_seq);
	assert_int_equal(f->attach, g->attach);
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
		same_text(a, x->owner, b, y->owner);
	}
	if (func_has_proto(f))
		same_type(a, f->proto, b, g->proto);
}

static inline const struct func *find_func(const struct surface *s, const char *name)
{
	for (size_t i = 0; i < s->funcs.n; i++)
		if (!strcmp(surface_text(s, s->funcs.v[i].name), name))
			return &s->funcs.v[i];
	return NULL;
}

static inline void same_surface(const struct surface *a, const struct surface *b)
{
	assert_int_equal(a->funcs.n, b->funcs.n);
	for (size_t i = 0; i < a->funcs.n; i++) {
		const struct func *g = find_func(b, surface_text(a, a->funcs.v[i].name));

		assert_non_null(g);
		same_func(a, &a->funcs.v[i], b, g);
	}
}

static inline void same_construct(const struct surface *a, const struct construct *c, const struct surface *b,
				  const struct construct *d)
{
	assert_int_equal(c->kind, d->kind);
	same_text(a, c->name, b, d->name);
	assert_int_equal(c->seq, d->seq);
	assert_int_equal(c->variant, d->variant);
	same_type(a, c->type, b, d->type);
	assert_int_equal(c->size, d->size);
	same_text(a, c->class, b, d->class);
	same_text(a, c->system, b, d->system);
	same_text(a, c->text, b, d->text);
	assert_int_equal(c->flags, d->flags);
	same_text(a, c->owner, b, d->owner);
	assert_int_equal(c->nitems, d->nitems);
	for (uint32_t i = 0; i < c->nitems; i++) {
		const struct item *x = &a->items.v[c->items + i], *y = &b->items.v[d->items + i];

		same_text(a, x->name, b, y->name);
		same_type(a, x->type, b, y->type);
		same_text(a, x->text, b, y->text);
		assert_true(x->value == y->value);
		assert_int_equal(x->size, y->size);
		assert_int_equal(x->bits, y->bits);
		assert_int_equal(x->depth, y->depth);
		assert_int_equal(x->scope, y->scope);
		assert_int_equal(x->role, y->role);
		assert_int_equal(x->is_signed, y->is_signed);
	}
}

/* The first variant's index, or SEQ_NONE. */
static inline uint32_t find_construct(const struct surface *s, enum kind kind, const char *name)
{
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		if (c->kind == kind && !c->variant && !strcmp(surface_text(s, c->name), name))
			return (uint32_t)i;
	}
	return SEQ_NONE;
}

/* ---- store helpers ---- */

static struct err err;

static inline void ok(int rc)
{
	char t[1000];

	if (rc)
		fail_msg("%s", err_text(&err, t, sizeof(t)));
}

/* An error of this code whose text has all of the words (separated by |) in it. */
static inline void refused(int rc, enum err_code code, const char *words)
{
	char t[1000], list[256], *save = NULL;

	snprintf(list, sizeof(list), "%s", words);
	err_text(&err, t, sizeof(t));
	if ((enum err_code)rc != code || err.code != code)
		fail_msg("code %d, wanted %d: %s", rc, code, t);
	for (char *w = strtok_r(list, "|", &save); w; w = strtok_r(NULL, "|", &save))
		if (!strstr(t, w))
			fail_msg("'%s' is not in: %s", w, t);
	err_clear(&err);
}

static inline struct store *open_store(const char *path, enum store_mode mode)
{
	struct store *st = NULL;

	ok(store_open(path, mode, &st, &err));
	return st;
}

static inline enum store_added add(struct store *st, struct world *w, const char **name)
{
	enum store_added added = STORE_ALREADY;

	ok(store_add_image(st, &w->s, 2, &added, name, NULL, &err));
	return added;
}

static inline void make_store(const char *path, unsigned int nimages)
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

static inline void check_image(struct store *st, uint32_t id, unsigned int seed)
{
	struct world w;
	struct surface got;

	world_init(&w, seed);
	surface_init(&got, store_strtab(st), store_types(st));
	ok(store_load_image(st, id, &got, &err));
	same_surface(&w.s, &got);
	for (enum kind k = KIND_STRUCT; k < KIND_FIELD; k++)
		ok(store_load_constructs(st, id, k, &got, &err));
	assert_int_equal(got.constructs.n, w.s.constructs.n);
	for (size_t i = 0; i < got.constructs.n; i++)
		same_construct(&w.s, &w.s.constructs.v[i], &got, &got.constructs.v[i]);
	surface_done(&got);
	world_done(&w);
}

/* tests/fixtures/store_N.sql: a store of schema N as the program of that time made it, by sqlite3's .dump. */
static inline bool make_old_store(const char *path, int schema)
{
	char dump[80], cmd[900];

	snprintf(dump, sizeof(dump), "tests/fixtures/store_%d.sql", schema);
	if (access(dump, R_OK) || system("command -v sqlite3 >/dev/null")) {
		print_message("skipped: no sqlite3, or not run from the project's folder\n");
		return false;
	}
	snprintf(cmd, sizeof(cmd), "sqlite3 '%s' < %s", path, dump);
	assert_int_equal(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "PRAGMA application_id=1802728038; PRAGMA user_version=%d", schema);
	sql(path, cmd);
	return true;
}

static inline void same_counts(struct store *a, uint32_t x, struct store *b, uint32_t y)
{
	struct store_counts p, q;

	ok(store_image_counts(a, x, &p, &err));
	ok(store_image_counts(b, y, &q, &err));
	assert_int_equal(p.v.n, q.v.n);
	for (size_t i = 0; i < p.v.n; i++) {
		assert_string_equal(p.v.v[i].topic, q.v.v[i].topic);
		assert_string_equal(p.v.v[i].value, q.v.v[i].value);
		assert_int_equal(p.v.v[i].n, q.v.v[i].n);
	}
	store_counts_done(&p);
	store_counts_done(&q);
}

static inline void same_btf(struct store *a, uint32_t x, struct store *b, uint32_t y, const char *module)
{
	struct buf p = { 0 }, q = { 0 };
	int rc = module ? store_image_module_btf(a, x, module, &p, &err) : store_image_btf(a, x, &p, &err);

	err_clear(&err);
	assert_true(!rc || rc == ERR_NOT_FOUND);
	assert_int_equal(rc, module ? store_image_module_btf(b, y, module, &q, &err) :
				      store_image_btf(b, y, &q, &err));
	err_clear(&err);
	assert_int_equal(p.n, q.n);
	if (p.n)
		assert_memory_equal(p.v, q.v, p.n);
	buf_done(&p);
	buf_done(&q);
}

static inline void same_info(const struct store_image *x, const struct store_image *y)
{
	const struct image_info *p = &x->info, *q = &y->info;
	const char *texts[][2] = {
		{ p->release, q->release },	  { p->arch, q->arch },	    { p->flavor, q->flavor },
		{ p->revision, q->revision },	  { p->distro, q->distro }, { p->compiler, q->compiler },
		{ p->build_id, q->build_id },	  { p->sha256, q->sha256 }, { p->banner, q->banner },
		{ p->types_from, q->types_from },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(texts[i][0], texts[i][1]);
	assert_memory_equal(p->version, q->version, sizeof(p->version));
	assert_int_equal(p->kinds, q->kinds);
	assert_int_equal(p->facts, q->facts);
	assert_int_equal(p->source, q->source);
	assert_int_equal(p->pointer_size, q->pointer_size);
	assert_int_equal(p->big_endian, q->big_endian);
	assert_int_equal(p->nfindings, q->nfindings);
	for (uint32_t i = 0; i < p->nfindings; i++) {
		assert_string_equal(p->findings[i].code, q->findings[i].code);
		assert_string_equal(p->findings[i].message, q->findings[i].message);
		assert_int_equal(p->findings[i].count, q->findings[i].count);
	}
	assert_int_equal(p->nmodules, q->nmodules);
	for (uint32_t i = 0; i < p->nmodules; i++) {
		assert_string_equal(p->modules[i].name, q->modules[i].name);
		assert_string_equal(p->modules[i].build_id, q->modules[i].build_id);
	}
	assert_int_equal(x->ngroups, y->ngroups);
	assert_int_equal(x->nprotos, y->nprotos);
	assert_int_equal(x->ninstances, y->ninstances);
	assert_int_equal(x->ncallers, y->ncallers);
	assert_int_equal(x->nsymbols, y->nsymbols);
	assert_memory_equal(x->nconstructs, y->nconstructs, sizeof(x->nconstructs));
}

/* Two images of two stores hold the same, but for id, name and time. */
static inline void same_stored(struct store *a, const struct store_image *x, struct store *b,
			       const struct store_image *y)
{
	struct surface s[2];

	same_info(x, y);
	surface_init(&s[0], store_strtab(a), store_types(a));
	surface_init(&s[1], store_strtab(b), store_types(b));
	ok(store_load_image(a, x->id, &s[0], &err));
	ok(store_load_image(b, y->id, &s[1], &err));
	same_surface(&s[0], &s[1]);
	for (enum kind k = KIND_STRUCT; k < KIND_FIELD; k++) {
		ok(store_load_constructs(a, x->id, k, &s[0], &err));
		ok(store_load_constructs(b, y->id, k, &s[1], &err));
	}
	assert_int_equal(s[0].constructs.n, s[1].constructs.n);
	for (size_t i = 0; i < s[0].constructs.n; i++)
		same_construct(&s[0], &s[0].constructs.v[i], &s[1], &s[1].constructs.v[i]);
	same_counts(a, x->id, b, y->id);
	same_btf(a, x->id, b, y->id, NULL);
	for (uint32_t i = 0; i < x->info.nmodules; i++)
		same_btf(a, x->id, b, y->id, x->info.modules[i].name);
	surface_done(&s[0]);
	surface_done(&s[1]);
}

/* Two stores hold the same images, whatever they are called and in which order they came. */
static inline void same_stores(const char *one, const char *other)
{
	struct store *a = open_store(one, STORE_READ), *b = open_store(other, STORE_READ);
	struct store_images p, q;

	ok(store_images(a, &p, &err));
	ok(store_images(b, &q, &err));
	assert_int_equal(p.images.n, q.images.n);
	for (size_t i = 0; i < p.images.n; i++) {
		size_t j = 0;

		while (j < q.images.n && (strcmp(p.images.v[i].info.release, q.images.v[j].info.release) ||
					  strcmp(p.images.v[i].info.arch, q.images.v[j].info.arch) ||
					  strcmp(p.images.v[i].info.build_id, q.images.v[j].info.build_id)))
			j++;
		assert_true(j < q.images.n);
		same_stored(a, &p.images.v[i], b, &q.images.v[j]);
	}
	store_images_done(&p);
	store_images_done(&q);
	store_close(a);
	store_close(b);
}

static inline void count_any_name(void *ctx, const char *name, size_t len)
{
	(void)name, (void)len;
	++*(int64_t *)ctx;
}

/* No text, type, body or BTF is there twice, none that no image uses, and the names for search are those of the images. */
static inline void check_tidy(const char *path)
{
	struct store *st;

	assert_int_equal(sql_number(path, "SELECT count(*) - count(DISTINCT text) FROM string"), 0);
	assert_int_equal(
		sql_number(path, "SELECT count(*) - count(DISTINCT coalesce(params, tree)) FROM type"), 0);
	assert_int_equal(sql_number(path,
				    "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT kind, name, "
				    "size, flags, type, class, system, text, items FROM body)) FROM body"),
			 0);
	assert_int_equal(sql_number(path,
				    "SELECT count(*) FROM btf WHERE id NOT IN (SELECT btf FROM image WHERE "
				    "btf NOTNULL UNION SELECT btf FROM module WHERE btf NOTNULL)"),
			 0);
	assert_int_equal(
		sql_number(path,
			   "SELECT (SELECT count(*) FROM func WHERE id >> 32 NOT IN (SELECT id FROM image))"
			   " + (SELECT count(*) FROM construct WHERE id >> 32 NOT IN (SELECT id FROM image))"
			   " + (SELECT count(*) FROM module WHERE image NOT IN (SELECT id FROM image))"
			   " + (SELECT count(*) FROM finding WHERE image NOT IN (SELECT id FROM image))"
			   " + (SELECT count(*) FROM image_count WHERE image NOT IN (SELECT id FROM image))"
			   " + (SELECT count(*) FROM image_use WHERE id >> 8 NOT IN (SELECT id FROM image))"),
		0);
	st = open_store(path, STORE_READ);
	for (enum kind k = KIND_FUNC; k < KIND_FIELD; k++) {
		char text[200];
		int64_t n = 0;

		ok(store_each_name(st, k, count_any_name, &n, &err));
		snprintf(text, sizeof(text), k ? "SELECT count(DISTINCT id & 268435455) FROM construct WHERE id >> 28 & 15 = %d"
						 " AND id & 268435455" :
						 "SELECT count(DISTINCT id & 4294967295) FROM func",
			 (int)k);
		assert_int_equal(n, sql_number(path, text));
	}
	store_close(st);
}

/* Every image in the store is whole and is what its generator makes. */
static inline size_t check_all(const char *path)
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

#endif
