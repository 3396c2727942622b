// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Constructs of every kind in the store, against what their generator makes: one by one, side by side,
 * by name, counted, removed; and a store of schema 1.
 */
#include "store_world.h"

#define NWORLDS 4

static struct world worlds[NWORLDS];

static void worlds_init(void)
{
	for (unsigned int i = 0; i < NWORLDS; i++)
		world_init(&worlds[i], i);
}

static void worlds_done(void)
{
	for (unsigned int i = 0; i < NWORLDS; i++)
		world_done(&worlds[i]);
}

/* ---- one by one ---- */

static void test_get(void **state)
{
	const char *path = path_of("cget.db");
	struct surface got;
	struct store *st;
	bool found;

	(void)state;
	make_store(path, NWORLDS);
	worlds_init();
	st = open_store(path, STORE_READ);
	surface_init(&got, store_strtab(st), store_types(st));
	for (unsigned int i = 0; i < NWORLDS; i++) {
		const struct surface *s = &worlds[i].s;

		for (size_t c = 0; c < s->constructs.n; c++) {
			const struct construct *want = &s->constructs.v[c];
			uint32_t n = construct_nvariants(s, (uint32_t)c);

			if (want->variant)
				continue;
			surface_reset(&got);
			found = false;
			ok(store_get_construct(st, i + 1, want->kind, surface_text(s, want->name), &got, &found,
					       &err));
			assert_true(found);
			assert_int_equal(got.constructs.n, n);
			for (uint32_t v = 0; v < n; v++)
				same_construct(s, want + v, &got, &got.constructs.v[v]);
		}
	}
	found = true;
	ok(store_get_construct(st, 1, KIND_STRUCT, "no such", &got, &found, &err));
	assert_false(found);
	found = true;
	ok(store_get_construct(st, 1, KIND_STRUCT, "", &got, &found, &err)); /* only enums have that one */
	assert_false(found);
	refused(store_get_construct(st, 9, KIND_STRUCT, "x", &got, &found, &err), ERR_NOT_FOUND, "no image 9");
	refused(store_get_construct(st, 1, KIND_FUNC, "x", &got, &found, &err), ERR_USAGE, "kind 0");
	refused(store_load_constructs(st, 1, KIND_FIELD, &got, &err), ERR_USAGE, "kind 11");
	surface_done(&got);
	store_close(st);
	worlds_done();
}

static void test_btf(void **state)
{
	const char *path = path_of("cbtf.db");
	struct store *st;
	struct buf b = { 0 };

	(void)state;
	make_store(path, 5);
	st = open_store(path, STORE_READ);
	for (unsigned int i = 0; i < 4; i++) {
		struct world w;

		world_init(&w, i);
		b.n = 0;
		ok(store_image_btf(st, i + 1, &b, &err));
		assert_int_equal(b.n, w.s.btf_size);
		assert_memory_equal(b.v, w.s.btf, b.n);
		world_done(&w);
	}
	refused(store_image_btf(st, 5, &b, &err), ERR_NOT_FOUND, "6.4.0-40-cloud-amd64|without");
	refused(store_image_btf(st, 6, &b, &err), ERR_NOT_FOUND, "no image 6");
	store_close(st);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM btf"),
			 2 + 4); /* modules: two, in two lengths */
	sql(path, "UPDATE btf SET data = substr(data, 1, length(data) - 3) WHERE id = 1");
	sql(path, "UPDATE btf SET size = 1 << 40 WHERE id = (SELECT btf FROM image WHERE id = 3)");
	st = open_store(path, STORE_READ);
	refused(store_image_btf(st, 1, &b, &err), ERR_STORE, "6.0.0-0-cloud-amd64|BTF");
	refused(store_image_btf(st, 3, &b, &err), ERR_STORE, "6.2.0-20-cloud-amd64|BTF");
	store_close(st);
	buf_done(&b);
}

static void test_module_btf(void **state)
{
	const char *path = path_of("mbtf.db");
	struct store *st;
	struct buf b = { 0 };

	(void)state;
	make_store(path, 6);
	st = open_store(path, STORE_READ);
	for (unsigned int i = 0; i < 6; i++) {
		struct world w;

		world_init(&w, i);
		for (uint32_t m = 0; m < w.s.info.nmodules; m++) {
			b.n = 0;
			if (!w.modules[m].btf) {
				refused(store_image_module_btf(st, i + 1, w.modules[m].name, &b, &err),
					ERR_NOT_FOUND, "module mod_|without its types");
				continue;
			}
			ok(store_image_module_btf(st, i + 1, w.modules[m].name, &b, &err));
			assert_int_equal(b.n, w.modules[m].btf_size);
			assert_memory_equal(b.v, w.modules[m].btf, b.n);
		}
		world_done(&w);
	}
	refused(store_image_module_btf(st, 1, "mod_1", &b, &err), ERR_NOT_FOUND,
		"6.0.0-0-cloud-amd64|without a module mod_1");
	refused(store_image_module_btf(st, 2, "mod_9", &b, &err), ERR_NOT_FOUND,
		"6.1.0-10-cloud-amd64|module mod_9");
	refused(store_image_module_btf(st, 9, "mod_1", &b, &err), ERR_NOT_FOUND, "no image 9");
	store_close(st);
	/* Equal bytes are there once, and as long as any module has them. */
	assert_int_equal(sql_number(path, "SELECT count(DISTINCT btf) FROM module"), 4);
	st = open_store(path, STORE_WRITE);
	ok(store_remove_image(st, 2, &err));
	assert_int_equal(sql_number(path, "SELECT count(DISTINCT btf) FROM module"), 4);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM module WHERE image = 2"), 0);
	ok(store_remove_image(st, 6, &err));
	assert_int_equal(sql_number(path, "SELECT count(DISTINCT btf) FROM module"), 2);
	store_close(st);
	check_tidy(path);
	sql(path, "UPDATE btf SET data = x'00' WHERE id IN (SELECT btf FROM module)");
	st = open_store(path, STORE_READ);
	refused(store_image_module_btf(st, 4, "mod_0", &b, &err), ERR_STORE,
		"6.3.0-30-cloud-amd64, module mod_0|BTF");
	store_close(st);
	buf_done(&b);
}

/* ---- side by side ---- */

static bool texts_equal(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	return !strcmp(surface_text(a, x), surface_text(b, y));
}

/* The C text is enough here: the generator's types with equal text are equal, but for sizes of enums. */
static bool types_equal(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	const struct type *n = type_at(a->types, x), *m = type_at(b->types, y);
	bool same = n->kind == m->kind && n->fwd_union == m->fwd_union && n->count == m->count &&
		    n->size == m->size && texts_equal(a, n->name, b, m->name) && !n->ref == !m->ref;

	if (same && n->ref)
		same = types_equal(a, n->ref, b, m->ref);
	for (uint32_t i = 0; same && n->kind == TYPE_FUNC_PROTO && i < n->count; i++) {
		struct type_param p = a->types->params.v[n->params + i], q = b->types->params.v[m->params + i];

		same = texts_equal(a, p.name, b, q.name) && types_equal(a, p.type, b, q.type);
	}
	return same;
}

static bool constructs_equal(const struct surface *a, uint32_t x, const struct surface *b, uint32_t y)
{
	uint32_t n = construct_nvariants(a, x);
	bool same = n == construct_nvariants(b, y);

	for (uint32_t v = 0; same && v < n; v++) {
		const struct construct *c = &a->constructs.v[x + v], *d = &b->constructs.v[y + v];

		same = c->size == d->size && texts_equal(a, c->owner, b, d->owner) && c->flags == d->flags &&
		       c->nitems == d->nitems && types_equal(a, c->type, b, d->type) &&
		       texts_equal(a, c->class, b, d->class) && texts_equal(a, c->system, b, d->system) &&
		       texts_equal(a, c->text, b, d->text);
		for (uint32_t i = 0; same && i < c->nitems; i++) {
			const struct item *p = &a->items.v[c->items + i], *q = &b->items.v[d->items + i];

			same = p->value == q->value && p->size == q->size && p->bits == q->bits &&
			       p->depth == q->depth && p->scope == q->scope && p->role == q->role &&
			       p->is_signed == q->is_signed && texts_equal(a, p->name, b, q->name) &&
			       texts_equal(a, p->text, b, q->text) && types_equal(a, p->type, b, q->type);
		}
	}
	return same;
}

/* The owners that have code or a place of a function, or else all; as bits of "mod_N", and of the kernel. */
static unsigned int owners_of(const struct surface *s, const struct func *f)
{
	unsigned int bits[2] = { 0 };

	for (uint32_t i = 0; i < f->ninstances + f->nsymbols; i++) {
		const struct instance *in = i < f->ninstances ? &s->instances.v[f->instances + i] : NULL;
		const char *name =
			surface_text(s, in ? in->owner : s->symbols.v[f->symbols + i - f->ninstances].owner);

		bits[in && !in->addr && !in->loc_file] |= *name ? 1u << (name[4] - '0') : 1u << 10;
	}
	return bits[0] ? bits[0] : bits[1] ? bits[1] : 1u << 10;
}

static bool funcs_equal(const struct surface *a, const struct func *f, const struct surface *b,
			const struct func *g)
{
	return func_has_group(f) == func_has_group(g) && func_has_proto(f) == func_has_proto(g) &&
	       f->collision == g->collision && f->inline_type == g->inline_type && f->attach == g->attach &&
	       func_is_transformed(a, f) == func_is_transformed(b, g) &&
	       (!func_has_proto(f) || types_equal(a, f->proto, b, g->proto));
}

/* Index in the world's funcs or constructs, or SEQ_NONE. */
static uint32_t world_find(const struct surface *s, enum kind kind, const char *name)
{
	const struct func *f;

	if (kind != KIND_FUNC)
		return find_construct(s, kind, name);
	f = find_func(s, name);
	return f ? (uint32_t)(f - s->funcs.v) : SEQ_NONE;
}

/* The names of the worlds that a walk has to show, all or the changed ones. */
static uint32_t expected_steps(enum kind kind, size_t n, bool changed)
{
	struct strtab names;
	uint32_t steps = 0;
	bool unnamed = false;

	strtab_init(&names);
	for (size_t i = 0; i < n; i++) {
		const struct surface *s = &worlds[i].s;

		for (size_t c = 0; kind != KIND_FUNC && c < s->constructs.n; c++)
			if (s->constructs.v[c].kind == kind) {
				unnamed |= !s->constructs.v[c].name;
				strtab_intern_z(&names, surface_text(s, s->constructs.v[c].name));
			}
		for (size_t f = 0; kind == KIND_FUNC && f < s->funcs.n; f++)
			strtab_intern_z(&names, surface_text(s, s->funcs.v[f].name));
	}
	for (uint32_t id = !unnamed; id < names.entries.n; id++) {
		const char *name = strtab_text(&names, id);
		uint32_t first = world_find(&worlds[0].s, kind, name);
		bool same = first != SEQ_NONE;

		for (size_t i = 1; same && i < n; i++) {
			uint32_t at = world_find(&worlds[i].s, kind, name);

			same = at != SEQ_NONE &&
			       (kind == KIND_FUNC ?
					funcs_equal(&worlds[0].s, &worlds[0].s.funcs.v[first], &worlds[i].s,
						    &worlds[i].s.funcs.v[at]) &&
						owners_of(&worlds[0].s, &worlds[0].s.funcs.v[first]) ==
							owners_of(&worlds[i].s, &worlds[i].s.funcs.v[at]) :
					constructs_equal(&worlds[0].s, first, &worlds[i].s, at));
		}
		steps += !changed || !same;
	}
	strtab_done(&names);
	return steps;
}

static void check_step(const struct surface *want, enum kind kind, const char *name, const struct surface *got,
		       uint32_t at, bool brief)
{
	uint32_t c = world_find(want, kind, name);

	assert_int_equal(c == SEQ_NONE, at == SEQ_NONE);
	if (c == SEQ_NONE)
		return;
	if (kind != KIND_FUNC) {
		assert_int_equal(construct_nvariants(want, c), construct_nvariants(got, at));
		for (uint32_t v = 0; v < construct_nvariants(want, c); v++)
			same_construct(want, &want->constructs.v[c + v], got, &got->constructs.v[at + v]);
	} else if (brief) {
		const struct func *f = &want->funcs.v[c], *g = &got->funcs.v[at];

		assert_true(funcs_equal(want, f, got, g));
		assert_int_equal(f->nsymbols, g->nsymbols);
		assert_int_equal(g->ninstances, 0);
		assert_int_equal(got->instances.n + got->callers.n, 0);
		for (uint32_t i = 0; i < f->nsymbols; i++) {
			same_text(want, want->symbols.v[f->symbols + i].name, got,
				  got->symbols.v[g->symbols + i].name);
			assert_true(want->symbols.v[f->symbols + i].addr == got->symbols.v[g->symbols + i].addr);
		}
	} else {
		same_func(want, &want->funcs.v[c], got, &got->funcs.v[at]);
	}
}

static void check_walk(struct store *st, enum kind kind, size_t n, unsigned int flags)
{
	uint32_t ids[NWORLDS] = { 1, 2, 3, 4 }, at[NWORLDS], name, steps = 0;
	struct store_walk *walk;
	struct surface s;
	bool more = true;

	surface_init(&s, store_strtab(st), store_types(st));
	ok(store_walk_open(st, kind, ids, n, flags, &walk, &err));
	for (;; steps++) {
		ok(store_walk_next(walk, &s, &more, &name, at, &err));
		if (!more)
			break;
		for (size_t i = 0; i < n; i++)
			check_step(&worlds[i].s, kind, surface_text(&s, name), &s, at[i],
				   flags & STORE_WALK_BRIEF);
	}
	store_walk_close(walk);
	assert_int_equal(steps, expected_steps(kind, n, flags & STORE_WALK_CHANGED));
	surface_done(&s);
}

static void test_walk_kinds(void **state)
{
	const char *path = path_of("cwalk.db");
	struct store *st;

	(void)state;
	make_store(path, NWORLDS);
	worlds_init();
	st = open_store(path, STORE_READ);
	for (enum kind k = KIND_FUNC; k < KIND_FIELD; k++)
		for (size_t n = 1; n <= NWORLDS; n += n > 1 ? 2 : 1)
			for (unsigned int flags = 0; flags < 4; flags++)
				check_walk(st, k, n, flags);
	/* Most of the generator's constructs are the same in two images, and some are not. */
	assert_in_range(expected_steps(KIND_STRUCT, 2, true), 4, 20);
	store_close(st);
	worlds_done();
}

/* ---- by name ---- */

/* All names of a kind that a surface has. */
static void world_names(const struct surface *s, enum kind kind, struct strtab *ret)
{
	for (size_t f = 0; kind == KIND_FUNC && f < s->funcs.n; f++)
		strtab_intern_z(ret, surface_text(s, s->funcs.v[f].name));
	for (size_t c = 0; c < s->constructs.n; c++) {
		const struct construct *k = &s->constructs.v[c];

		if (k->kind == kind && k->name)
			strtab_intern_z(ret, surface_text(s, k->name));
		if (kind != KIND_FIELD || k->kind < KIND_STRUCT || k->kind > KIND_TYPEDEF)
			continue;
		for (uint32_t i = k->items; i < k->items + k->nitems; i++) {
			const struct item *it = &s->items.v[i];
			char path[900], longer[1000];
			uint8_t depth = it->depth;

			if (!it->name || it->role > ITEM_ENUMERATOR)
				continue;
			snprintf(path, sizeof(path), "%s", surface_text(s, it->name));
			for (uint32_t j = i; depth && j-- > k->items;) {
				const struct item *up = &s->items.v[j];

				if (up->depth >= depth || up->role > ITEM_ENUMERATOR)
					continue;
				depth = up->depth;
				if (!up->name || !up->scope)
					continue;
				snprintf(longer, sizeof(longer), "%s.%s", surface_text(s, up->name), path);
				snprintf(path, sizeof(path), "%.899s", longer);
			}
			snprintf(longer, sizeof(longer), "%s::%s", surface_text(s, k->name), path);
			strtab_intern_z(ret, longer);
		}
	}
}

struct named {
	struct strtab names;
	uint32_t n;
};

static void take_name(void *ctx, const char *name, size_t len)
{
	struct named *t = ctx;

	assert_int_equal(strlen(name), len);
	strtab_intern_z(&t->names, name);
	t->n++;
}

/* The store has the names of these worlds, each once. */
static void check_names(struct store *st, const bool *there)
{
	for (enum kind k = KIND_FUNC; k < KIND_NKINDS; k++) {
		struct named got = { 0 };
		struct strtab want;

		strtab_init(&got.names);
		strtab_init(&want);
		for (int i = 0; i < NWORLDS; i++)
			if (there[i])
				world_names(&worlds[i].s, k, &want);
		ok(store_each_name(st, k, take_name, &got, &err));
		assert_int_equal(got.n, want.entries.n - 1);
		assert_int_equal(got.names.entries.n, want.entries.n);
		for (uint32_t id = 1; id < want.entries.n; id++)
			assert_int_not_equal(
				strtab_find(&got.names, strtab_text(&want, id), strtab_len(&want, id)), 0);
		strtab_done(&got.names);
		strtab_done(&want);
	}
}

static void test_each_name(void **state)
{
	const char *path = path_of("cname.db");
	bool there[NWORLDS] = { 0 };
	struct store *st;

	(void)state;
	worlds_init();
	st = open_store(path, STORE_WRITE);
	check_names(st, there);
	for (int i = 0; i < NWORLDS; i++) {
		add(st, &worlds[i], NULL);
		there[i] = true;
		check_names(st, there);
		if (i == 1) { /* and with caches that were not there */
			store_close(st);
			st = open_store(path, STORE_WRITE);
		}
	}
	for (uint32_t id = 1; id <= 3; id++) {
		ok(store_remove_image(st, id, &err));
		there[id - 1] = false;
		check_names(st, there);
	}
	add(st, &worlds[1], NULL);
	there[1] = true;
	check_names(st, there);
	store_close(st);
	worlds_done();
}

static void test_has(void **state)
{
	const char *path = path_of("chas.db");
	uint32_t ids[70];
	struct store *st;
	uint64_t has[2];

	(void)state;
	worlds_init();
	make_store(path, NWORLDS);
	for (uint32_t i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = i % 7 < NWORLDS ? i % 7 + 1 : 99;
	st = open_store(path, STORE_READ);
	for (enum kind k = KIND_FUNC; k < KIND_NKINDS; k++) {
		struct strtab all, own[NWORLDS];

		strtab_init(&all);
		for (int i = 0; i < NWORLDS; i++) {
			strtab_init(&own[i]);
			world_names(&worlds[i].s, k, &own[i]);
			world_names(&worlds[i].s, k, &all);
		}
		strtab_intern_z(&all, k == KIND_FIELD ? "func1::no" : "no such name");
		strtab_intern_z(&all, "con1::item1.item2.item3.item4");
		for (uint32_t id = 1; id < all.entries.n; id++) {
			const char *name = strtab_text(&all, id);

			memset(has, 0xff, sizeof(has));
			ok(store_has(st, k, name, ids, ARRAY_SIZE(ids), has, &err));
			for (uint32_t i = 0; i < ARRAY_SIZE(ids); i++) {
				bool want = i % 7 < NWORLDS && strtab_find(&own[i % 7], name, strlen(name));

				assert_int_equal(want, has[i / 64] >> i % 64 & 1);
			}
		}
		for (int i = 0; i < NWORLDS; i++)
			strtab_done(&own[i]);
		strtab_done(&all);
	}
	ok(store_has(st, KIND_FIELD, "no colons", ids, 4, has, &err));
	assert_int_equal(has[0], 0);
	ok(store_has(st, KIND_FIELD, "::", ids, 4, has, &err));
	assert_int_equal(has[0], 0);
	ok(store_has(st, KIND_STRUCT, "", ids, 4, has, &err));
	assert_int_equal(has[0], 0);
	store_close(st);
	worlds_done();
}

/* ---- counted ---- */

static uint64_t counted(struct store *st, uint32_t image, const char *topic, const char *value)
{
	struct store_counts counts;
	uint64_t n = 0;

	ok(store_image_counts(st, image, &counts, &err));
	for (size_t i = 0; i < counts.v.n; i++)
		if (!strcmp(counts.v.v[i].topic, topic) && (!value || !strcmp(counts.v.v[i].value, value)))
			n += counts.v.v[i].n;
	store_counts_done(&counts);
	return n;
}

static void test_counts(void **state)
{
	static const struct {
		const char *symbol, *word;
	} suffixes[] = {
		{ "f.isra.0", "isra" },	      { "f.constprop.0.isra.0", "multiple" },
		{ "f.isra.0.isra.3", "isra" }, { "f.part.0.cold", "multiple" },
		{ "f.cold", "cold" },	      { "f.llvm.1234", "llvm" },
		{ "f.17", "number" },	      { "f.3.cold.4", "cold" },
	};
	const char *path = path_of("counts.db");
	struct store *st = open_store(path, STORE_WRITE);
	struct store_images images;
	struct world w;

	(void)state;
	world_init(&w, 1);
	w.s.symbols.n = w.s.funcs.n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		struct symbol y = { .name = strtab_intern_z(&w.str, suffixes[i].symbol) };

		VEC_PUSH(&w.s.symbols, y);
	}
	w.s.info.kinds = 1 << KIND_CONFIG;
	add(st, &w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		uint64_t want = 0;

		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++)
			want += !strcmp(suffixes[i].word, suffixes[j].word);
		assert_int_equal(counted(st, 1, "suffix", suffixes[i].word), want);
	}
	assert_int_equal(counted(st, 1, "suffix", NULL), ARRAY_SIZE(suffixes));
	ok(store_images(st, &images, &err));
	for (enum kind k = KIND_STRUCT; k < KIND_FIELD; k++) {
		uint32_t want = 0;

		for (size_t i = 0; i < w.s.constructs.n; i++) {
			const struct construct *c = &w.s.constructs.v[i];

			want += c->kind == k && !c->variant && c->name &&
				(k != KIND_TRACEPOINT || !(c->flags & CONSTRUCT_NO_RECORD));
		}
		assert_int_equal(counted(st, 1, "kind", kind_words[k].word), want);
		assert_int_equal(images.images.v[0].nconstructs[k], want);
	}
	/* Every kind that is there, and fields where there are structs; but there was no function. */
	assert_int_equal(images.images.v[0].info.kinds, (1 << KIND_NKINDS) - 2);
	store_images_done(&images);
	store_close(st);
	world_done(&w);
}

/* What an image without DWARF or with modules has beside the others' counts, and nobody else. */
static void test_counts_of_modules(void **state)
{
	const char *path = path_of("mcounts.db");
	struct store *st = open_store(path, STORE_WRITE);
	uint64_t collision[COLLISION_NTYPES] = { 0 }, inlined[INLINE_NTYPES] = { 0 }, across = 0,
		 owned[6] = { 0 };
	struct world w;

	(void)state;
	world_init(&w, 1);
	for (size_t i = 0; i < w.s.funcs.n; i++) {
		const struct func *f = &w.s.funcs.v[i];
		unsigned int owners = owners_of(&w.s, f);

		for (int m = 0; m < 6; m++)
			owned[m] += owners >> m & 1;
		if (!func_has_group(f))
			continue;
		collision[f->collision]++;
		inlined[f->inline_type]++;
		across += func_across_owners(&w.s, f);
	}
	for (size_t i = 0; i < w.s.constructs.n; i++) {
		uint32_t n = construct_nvariants(&w.s, (uint32_t)i);
		char text[20];

		if (w.s.constructs.v[i].variant)
			continue;
		for (int m = 0; m < 6; m++) {
			bool has = false;

			snprintf(text, sizeof(text), "mod_%d", m);
			for (uint32_t v = 0; v < n; v++)
				has |= strstr(surface_text(&w.s, w.s.constructs.v[i + v].owner), text) !=
				       NULL;
			owned[m] += has;
		}
	}
	add(st, &w, NULL);
	for (int i = 0; i < COLLISION_NTYPES; i++)
		assert_int_equal(counted(st, 1, "collision", collision_type_text[i]), collision[i]);
	for (int i = 0; i < INLINE_NTYPES; i++)
		assert_int_equal(counted(st, 1, "inline", inline_type_text[i]), inlined[i]);
	assert_int_equal(counted(st, 1, "across", NULL), across);
	assert_true(across && collision[COLLISION_SYMBOLS] && inlined[INLINE_UNKNOWN]);
	for (int m = 0; m < 6; m++) {
		char text[20];

		snprintf(text, sizeof(text), "mod_%d", m);
		assert_int_equal(counted(st, 1, "owner", text), m < (int)w.s.info.nmodules ? owned[m] : 0);
		assert_true(owned[m] > 5);
	}
	world_done(&w);
	/* A kernel alone has none of these topics and words. */
	world_init(&w, 0);
	for (size_t i = 0; i < w.s.funcs.n; i++) {
		w.s.funcs.v[i].collision %= COLLISION_GLOBAL_GLOBAL;
		w.s.funcs.v[i].inline_type %= INLINE_UNKNOWN;
	}
	for (size_t i = 0; i < w.s.instances.n; i++)
		w.s.instances.v[i].owner = 0;
	for (size_t i = 0; i < w.s.symbols.n; i++)
		w.s.symbols.v[i].owner = 0;
	add(st, &w, NULL);
	assert_int_equal(
		sql_number(
			path,
			"SELECT count(*) FROM counted WHERE image LIKE '6.0.%' AND (topic IN ('owner', 'across')"
			" OR value IN ('Unknown', 'Symbol Duplication', 'Global-Global Collision'))"),
		0);
	assert_int_equal(
		sql_number(path,
			   "SELECT count(*) FROM counted WHERE image LIKE '6.0.%' AND topic = 'collision'"),
		5);
	assert_int_equal(
		sql_number(path,
			   "SELECT count(*) FROM counted WHERE image LIKE '6.0.%' AND topic = 'inline'"),
		3);
	world_done(&w);
	store_close(st);
}

/* Constructs of one kind and name that are no variants are the caller's mistake. */
static void test_refused(void **state)
{
	struct store *st = open_store(path_of("crefused.db"), STORE_WRITE);
	enum store_added added;
	struct world w;

	(void)state;
	world_init(&w, 1);
	w.s.constructs.v[w.s.constructs.n - 1].name = w.s.constructs.v[w.s.constructs.n - 9].name;
	refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_FORMAT, "kind 'feature'|named");
	world_done(&w);
	world_init(&w, 1);
	w.s.constructs.v[5].kind = KIND_FIELD;
	refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_FORMAT, "kind 11");
	world_done(&w);
	world_init(&w, 1);
	assert_int_equal(add(st, &w, NULL), STORE_ADDED);
	world_done(&w);
	store_close(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_btf),
		cmocka_unit_test(test_walk_kinds),
		cmocka_unit_test(test_each_name),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_module_btf),
		cmocka_unit_test(test_counts_of_modules),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
