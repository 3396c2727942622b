// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two images compared, all images counted, names searched: small images are put into a store, and what is found
 * is read back as text. Expectations are by hand.
 */
#include "query/query_int.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_util.h"

static struct strtab str;
static struct type_table types;

static uint32_t id(const char *s)
{
	return strtab_intern_z(&str, s);
}

static uint32_t node(enum type_kind kind, const char *name, uint32_t ref, uint32_t count)
{
	struct type t = { .kind = kind, .name = id(name), .ref = ref, .count = count, .size = TYPE_NO_SIZE };

	return type_intern(&types, &t, NULL);
}

/*
 * "int", "@u32" typedef, "%task" struct, "|un" union, "#en" enum, "!f" float, each with "*" in front a
 * pointer, with "[3" in front an array.
 */
static uint32_t type_of(const char *w)
{
	static const struct {
		char c;
		enum type_kind kind;
	} kinds[] = { { '@', TYPE_TYPEDEF }, { '%', TYPE_STRUCT }, { '|', TYPE_UNION },
		      { '#', TYPE_ENUM },    { '!', TYPE_FLOAT },  { '?', TYPE_FWD } };

	if (*w == '*')
		return node(TYPE_PTR, "", type_of(w + 1), 0);
	if (*w == '[')
		return node(TYPE_ARRAY, "", type_of(w + 2), (uint32_t)(w[1] - '0'));
	if (!strcmp(w, "void"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (*w == kinds[i].c)
			return node(kinds[i].kind, w + 1, 0, 0);
	return node(TYPE_INT, w, 0, 0);
}

/* "RETURN TYPE NAME, TYPE NAME" */
static uint32_t proto_of(const char *text)
{
	struct type t = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	struct type_param params[8];
	char copy[256], *save = NULL, type[64], name[64];
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(sscanf(copy, "%63s%n", type, &n), 1);
	t.ref = type_of(type);
	for (char *p = strtok_r(copy + n, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		assert_int_equal(sscanf(p, "%63s %63s", type, name), 2);
		params[t.count++] = (struct type_param){ id(name), type_of(type) };
	}
	return type_intern(&types, &t, params);
}

static void add_symbol(struct surface *s, const char *name)
{
	VEC_PUSH(&s->symbols, ((struct symbol){ .addr = 4096, .size = 8, .name = id(name), .section = id(".text") }));
}

/* `proto` NULL: none; `symbols`: names with blanks between them, "" for a function that is inlined everywhere. */
static void add_func(struct surface *s, const char *name, const char *proto, bool external, bool inlined,
		     const char *symbols)
{
	struct func f = { .name = id(name), .type_seq = SEQ_NONE, .seq = (uint32_t)s->funcs.n,
			  .instances = (uint32_t)s->instances.n, .ninstances = 1,
			  .symbols = (uint32_t)s->symbols.n };
	char copy[256], *save = NULL;

	if (proto) {
		f.proto = proto_of(proto);
		f.type_seq = f.seq;
	}
	VEC_PUSH(&s->instances, ((struct instance){ .file = id("a.c"), .loc_file = id("a.c"), .loc_line = 3,
						    .inline_word = inlined ? INLINE_NOT_DECLARED_INLINED :
									     INLINE_SEEN_UNKNOWN,
						    .external = external }));
	snprintf(copy, sizeof(copy), "%s", symbols);
	for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save), f.nsymbols++)
		add_symbol(s, p);
	VEC_PUSH(&s->funcs, f);
	s->funcs.v[s->funcs.n - 1].collision = func_collision(s, &s->funcs.v[s->funcs.n - 1]);
	s->funcs.v[s->funcs.n - 1].inline_type = func_inline(s, &s->funcs.v[s->funcs.n - 1]);
}

/* Items "TYPE NAME OFFSET SIZE BITS;" or "= NAME VALUE;". */
static struct construct *add_construct(struct surface *s, enum kind kind, const char *name, uint32_t size,
				       const char *items)
{
	struct construct c = { .kind = kind, .name = id(name), .size = size, .seq = (uint32_t)s->constructs.n,
			       .items = (uint32_t)s->items.n };
	char copy[512], *save = NULL;

	for (size_t i = 0; i < s->constructs.n; i++)
		if (s->constructs.v[i].kind == kind && s->constructs.v[i].name == c.name)
			c.variant = s->constructs.v[i].variant + 1;
	snprintf(copy, sizeof(copy), "%s", items);
	for (char *p = strtok_r(copy, ";", &save); p; p = strtok_r(NULL, ";", &save), c.nitems++) {
		char type[64], field[64];
		long long value = 0;
		unsigned int bytes = 0, bits = 0;
		struct item it = { .role = ITEM_MEMBER };

		assert_true(sscanf(p, "%63s %63s %lld %u %u", type, field, &value, &bytes, &bits) >= 2);
		if (*type == '=')
			it.role = ITEM_ENUMERATOR;
		else
			it.type = type_of(type);
		it.name = id(field);
		it.value = value;
		it.size = bytes;
		it.bits = (uint16_t)bits;
		VEC_PUSH(&s->items, it);
	}
	VEC_PUSH(&s->constructs, c);
	return &s->constructs.v[s->constructs.n - 1];
}

#define KINDS (1u << KIND_FUNC | 1u << KIND_STRUCT | 1u << KIND_ENUM | 1u << KIND_TYPEDEF | 1u << KIND_FIELD)

static void begin(struct surface *s, const char *name, uint32_t kinds)
{
	struct err err = ERR_INIT;

	surface_init(s, &str, &types);
	s->info = (struct image_info){ .distro = "", .compiler = "GCC: (X) 12.2.0", .build_id = "", .sha256 = name,
				       .banner = "", .types_from = "btf", .pointer_size = 8 };
	assert_int_equal(image_parse_release(&s->arena, name, NULL, &s->info, &err), 0);
	s->info.kinds = kinds;
}

static void put(struct store *st, struct surface *s)
{
	struct err err = ERR_INIT;
	enum store_added added;
	const char *name;

	if (store_add_image(st, s, 1, &added, &name, NULL, &err))
		fail_msg("%s", err.msg);
	surface_done(s);
}

static void old_image(struct store *st)
{
	struct surface s;
	struct construct *c;

	begin(&s, "6.1.0-1-generic-amd64", KINDS);
	add_func(&s, "same", "int int a", true, false, "same");
	add_func(&s, "gone", "int int a", true, false, "gone");
	add_func(&s, "proto", "int int a, *%file f", true, false, "proto");
	add_func(&s, "status", "void", false, false, "status status.cold");
	add_func(&s, "clones", "void", false, false, "clones.isra.0");
	add_func(&s, "tree", "int @u32 a", true, false, "tree");
	add_func(&s, "inlined", "int", false, true, "");
	add_construct(&s, KIND_STRUCT, "same", 4, "int a 0 4");
	add_construct(&s, KIND_STRUCT, "moved", 8, "int a 0 4; int b 32 4");
	add_construct(&s, KIND_STRUCT, "sized", 8, "@num a 0 4; int b 32 4 3");
	add_construct(&s, KIND_STRUCT, "broken", 8, "int a 0 4; @num b 32 4; *int p 64 8");
	add_construct(&s, KIND_STRUCT, "twice", 4, "int a 0 4");
	add_construct(&s, KIND_STRUCT, "twice", 8, "long b 0 8");
	add_construct(&s, KIND_STRUCT, "file", 4, "int mode 0 4");
	add_construct(&s, KIND_STRUCT, "vague", 12, "@myth a 0 4; [2@num b 32 8; ?later c 96 4; #hue d 128 4");
	add_construct(&s, KIND_ENUM, "", 4, "= LOOSE 1; = LOST 2");
	add_construct(&s, KIND_ENUM, "color", 4, "= RED 0; = BLUE 1");
	c = add_construct(&s, KIND_TYPEDEF, "num", 0, "");
	c->type = type_of("int");
	put(st, &s);
}

static void new_image(struct store *st)
{
	struct surface s;
	struct construct *c;

	begin(&s, "6.2.0-1-generic-amd64", KINDS | 1u << KIND_CONFIG);
	add_func(&s, "same", "int int a", true, false, "same");
	add_func(&s, "came", "int int a", true, false, "came");
	add_func(&s, "proto", "long *%file f, long a, int flags", true, false, "proto");
	add_func(&s, "status", "void", true, true, "status");
	add_func(&s, "clones", "void", false, false, "clones.isra.3 clones.constprop.0.cold");
	add_func(&s, "tree", "int u32 a", true, false, "tree");
	add_construct(&s, KIND_STRUCT, "same", 4, "int a 0 4");
	add_construct(&s, KIND_STRUCT, "moved", 16, "int b 64 4; int a 0 4; int c 32 4");
	add_construct(&s, KIND_STRUCT, "sized", 16, "@num a 0 8; int b 64 4");
	add_construct(&s, KIND_STRUCT, "broken", 8, "!float a 0 4; @num b 32 8; *%file p 64 8");
	add_construct(&s, KIND_STRUCT, "twice", 8, "long b 0 8");
	add_construct(&s, KIND_STRUCT, "twice", 4, "int c 0 4");
	add_construct(&s, KIND_STRUCT, "file", 4, "int mode 0 4");
	add_construct(&s, KIND_STRUCT, "vague", 12, "int a 0 4; [4@num b 32 16; ?later___2 c 96 4; #tint d 128 4");
	add_construct(&s, KIND_ENUM, "", 4, "= LOOSE 1; = FOUND 3");
	add_construct(&s, KIND_ENUM, "color", 4, "= RED 0; = GREEN 1; = BLUE 2");
	c = add_construct(&s, KIND_TYPEDEF, "num", 0, "");
	c->type = type_of("long");
	put(st, &s);
}

struct shelf {
	struct store *st;
	struct store_images images;
	struct query_view view;
};

static void open_shelf(struct shelf *s, void (*fill)(struct store *st))
{
	struct err err = ERR_INIT;
	char path[300];
	static int n;

	snprintf(path, sizeof(path), "%s/%d.db", folder, n++);
	strtab_init(&str);
	type_table_init(&types);
	assert_int_equal(store_open(path, STORE_WRITE, &s->st, &err), 0);
	fill(s->st);
	assert_int_equal(store_images(s->st, &s->images, &err), 0);
	assert_int_equal(query_view_init(&s->view, &s->images, NULL, &err), 0);
}

static void close_shelf(struct shelf *s)
{
	query_view_done(&s->view);
	store_images_done(&s->images);
	store_close(s->st);
	type_table_done(&types);
	strtab_done(&str);
}

static void two_images(struct store *st)
{
	old_image(st);
	new_image(st);
}

/* ---- diff ---- */

static const char *const mark[CHANGE_NKINDS] = {
	[CHANGE_PARAM_ADDED] = "p+",   [CHANGE_PARAM_REMOVED] = "p-",	[CHANGE_PARAM_REORDERED] = "order",
	[CHANGE_PARAM_TYPE] = "p~",    [CHANGE_RETURN_TYPE] = "ret",	[CHANGE_FIELD_ADDED] = "f+",
	[CHANGE_FIELD_REMOVED] = "f-", [CHANGE_FIELD_TYPE] = "f~",	[CHANGE_SIZE] = "size",
	[CHANGE_FIELD_MOVED] = ">",    [CHANGE_FIELD_RESIZED] = "<>",	[CHANGE_FIELD_BITFIELD] = "bits",
	[CHANGE_VALUE_ADDED] = "v+",   [CHANGE_VALUE_REMOVED] = "v-",	[CHANGE_VALUE] = "v~",
	[CHANGE_TARGET] = "target",    [CHANGE_INLINE] = "inline",	[CHANGE_COLLISION] = "collision",
	[CHANGE_TRANSFORMATION] = "suffix",
};

/* " f+:b" with what the change points at; with a class: " f+:b/a" (absorbed, sized, broken). */
static void put_change(struct buf *b, const struct query_pair *p, size_t at)
{
	const struct query_change *ch = &p->changes.v[at];

	buf_printf(b, " %s", mark[ch->kind]);
	if (ch->kind == CHANGE_TRANSFORMATION) {
		bool came = ch->old_param == SEQ_NONE;

		buf_printf(b, "%c%s", came ? '+' : '-',
			   surface_text(&p->facts, p->facts.symbols.v[came ? ch->new_param : ch->old_param].name));
	} else if ((ch->kind >= CHANGE_FIELD_ADDED && ch->kind <= CHANGE_FIELD_TYPE) ||
		   (ch->kind >= CHANGE_FIELD_MOVED && ch->kind <= CHANGE_VALUE)) {
		bool came = ch->kind == CHANGE_FIELD_ADDED || ch->kind == CHANGE_VALUE_ADDED;
		uint32_t item = came ? ch->new_param : ch->old_param;

		buf_printf(b, ":%s", surface_text(&p->facts, p->facts.items.v[item].name));
	}
	if (p->layout && p->core.v[at] != CORE_NCLASSES)
		buf_printf(b, "/%c", query_core_text[p->core.v[at]][0]);
}

/* Each kind's names in order: "+came -gone ~proto( p+ order)". */
static const char *diff(struct shelf *s, const char *a, const char *b, uint32_t kinds, bool layout,
			struct query_pair *keep)
{
	static struct buf text;
	struct err err = ERR_INIT;
	struct query_pair p;
	uint32_t x, y;

	text.n = 0;
	assert_int_equal(query_find_image(&s->images, a, &x, &err), 0);
	assert_int_equal(query_find_image(&s->images, b, &y, &err), 0);
	query_pair_init(&p, s->st);
	assert_int_equal(query_pair_get(&p, s->st, &s->images.images.v[x], &s->images.images.v[y], kinds, layout,
					&err), 0);
	assert_true(!layout || p.core.n == p.changes.n);
	for (uint32_t i = 0; i < p.deltas.n; i++) {
		const struct query_delta *d = &p.deltas.v[i];

		buf_printf(&text, "%s%c%s", i ? " " : "", "+-~"[d->state], surface_text(&p.facts, d->name));
		for (uint32_t k = 0; k < d->nchanges; k++) {
			buf_puts(&text, k ? "" : "(");
			put_change(&text, &p, d->changes + k);
			buf_puts(&text, k + 1 == d->nchanges ? " )" : "");
		}
	}
	if (keep)
		*keep = p;
	else
		query_pair_done(&p);
	return buf_z(&text);
}

static void test_functions(void **state)
{
	struct query_pair p;
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	assert_string_equal(diff(&s, "6.1", "6.2", 1u << KIND_FUNC, false, &p),
			    "+came ~clones( suffix+clones.constprop.0.cold ) -gone -inlined"
			    " ~proto( p+ order p~ ret ) ~status( inline collision suffix-status.cold )");
	assert_int_equal(p.nkinds, 1);
	assert_int_equal(p.kinds[0].n.nold, 7);
	assert_int_equal(p.kinds[0].n.nnew, 6);
	assert_int_equal(p.kinds[0].n.nadded, 1);
	assert_int_equal(p.kinds[0].n.nremoved, 2);
	assert_int_equal(p.kinds[0].n.nchanged, 3);
	assert_int_equal(p.kinds[0].n.by_change[CHANGE_TRANSFORMATION], 2);
	assert_int_equal(p.kinds[0].n.by_change[CHANGE_PARAM_TYPE], 1);
	assert_int_equal(p.ndifferences, 6);
	query_pair_done(&p);
	assert_string_equal(diff(&s, "6.2", "6.1", 1u << KIND_FUNC, false, NULL),
			    "-came ~clones( suffix-clones.constprop.0.cold ) +gone +inlined"
			    " ~proto( p- order p~ ret ) ~status( inline collision suffix+status.cold )");
	close_shelf(&s);
}

static void test_constructs(void **state)
{
	struct query_pair p;
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	/* Of "twice" one variant is in both images; the others are compared. */
	assert_string_equal(diff(&s, "6.1", "6.2", 1u << KIND_STRUCT | 1u << KIND_ENUM | 1u << KIND_TYPEDEF, false, &p),
			    "~broken( f~:a f~:p ) ~moved( f+:c ) ~twice( f+:c f-:a )"
			    " ~vague( f~:a f~:b f~:c f~:d ) ~( v+:FOUND v-:LOST ) ~color( v+:GREEN v~:BLUE ) ~num( target )");
	assert_int_equal(p.deltas.v[2].old_variants, 2);
	assert_int_equal(p.deltas.v[2].new_variants, 2);
	query_pair_done(&p);
	assert_string_equal(diff(&s, "6.2", "6.1", 1u << KIND_STRUCT, false, NULL),
			    "~broken( f~:a f~:p ) ~moved( f-:c ) ~twice( f+:a f-:c ) ~vague( f~:a f~:b f~:c f~:d )");
	close_shelf(&s);
}

static void test_layout(void **state)
{
	struct query_pair p;
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	assert_string_equal(
		diff(&s, "6.1", "6.2", 1u << KIND_FUNC | 1u << KIND_STRUCT | 1u << KIND_TYPEDEF, true, &p),
		"+came ~clones( suffix+clones.constprop.0.cold ) -gone -inlined ~proto( p+ order p~ ret )"
		" ~status( inline collision suffix-status.cold )"
		/* int -> float is no field of a kind that matches; pointers all go together. */
		" ~broken( f~:a/b f~:p/a <>:b/s ) ~moved( f+:c/a size/a >:b/a )"
		" ~sized( size/a >:b/a <>:a/s bits:b/s ) ~twice( f+:c/a f-:a/b )"
		/* A typedef that no image explains; an array of another length; names up to a flavor; another enum. */
		" ~vague( f~:a/u f~:b/s f~:c/a f~:d/b <>:b/s ) ~num( target/a )");
	assert_int_equal(p.kinds[1].n.by_core[CORE_ABSORBED], 1);
	assert_int_equal(p.kinds[1].n.by_core[CORE_SIZED], 1);
	assert_int_equal(p.kinds[1].n.by_core[CORE_BROKEN], 3);
	query_pair_done(&p);
	close_shelf(&s);
}

static void test_nothing_and_unknown(void **state)
{
	struct query_pair p;
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	assert_string_equal(diff(&s, "6.1", "6.1", UINT32_MAX, true, &p), "");
	assert_int_equal(p.ndifferences, 0);
	assert_int_equal(p.nkinds, KIND_NKINDS - 1); /* all but fields */
	query_pair_done(&p);
	/* Only 6.2 can tell of config options: they are no difference. */
	assert_string_equal(diff(&s, "6.1", "6.2", 1u << KIND_CONFIG, false, &p), "");
	assert_int_equal(p.nkinds, 1);
	assert_false(p.kinds[0].in_old);
	assert_true(p.kinds[0].in_new);
	query_pair_done(&p);
	close_shelf(&s);
}

static void expect_suffix(const char *symbol, const char *want)
{
	struct buf b = { 0 };

	query_suffix(&b, symbol);
	assert_string_equal(buf_z(&b), want);
	buf_done(&b);
}

static void test_suffix(void **state)
{
	(void)state;
	expect_suffix("vfs_read", "");
	expect_suffix("f.isra.0", ".isra");
	expect_suffix("f.constprop.0.isra.12", ".constprop.isra");
	expect_suffix("f.cold", ".cold");
	expect_suffix("f.llvm.1234567", ".llvm");
	expect_suffix("f.0", "");
	expect_suffix("f.", "");
	expect_suffix("f.part.0.cold.3", ".part.cold");
}

/* ---- stats ---- */

static void test_stats(void **state)
{
	const struct query_stats_change *r;
	struct err err = ERR_INIT;
	struct query_stats q;
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	assert_int_equal(query_stats(&q, s.st, &s.view, &err), 0);
	assert_int_equal(q.pairs.n, 1);
	assert_string_equal(q.pairs.v[0].old->label, "6.1");

	/* What is inlined everywhere is in no image's BTF; "tree" differs as a tree only. */
	r = &q.pairs.v[0].rows[KIND_FUNC];
	assert_true(r->known);
	assert_int_equal(r->literature.nold, 6);
	assert_int_equal(r->literature.nnew, 6);
	assert_int_equal(r->literature.nadded, 1);
	assert_int_equal(r->literature.nremoved, 1);
	assert_int_equal(r->literature.nchanged, 2);
	assert_int_equal(r->literature.by_change[CHANGE_PARAM_TYPE], 2);
	assert_int_equal(r->own.nchanged, 1);
	assert_int_equal(r->own.by_change[CHANGE_PARAM_TYPE], 1);
	assert_int_equal(r->own.by_change[CHANGE_INLINE], 0);

	r = &q.pairs.v[0].rows[STATS_STATUS];
	assert_int_equal(r->own.nold, 7);
	assert_int_equal(r->own.nchanged, 2);
	assert_int_equal(r->own.by_change[CHANGE_COLLISION], 1);

	/* The values of unnamed enums are no name. */
	r = &q.pairs.v[0].rows[KIND_ENUM];
	assert_int_equal(r->own.nold, 1);
	assert_int_equal(r->own.nchanged, 1);
	assert_false(q.pairs.v[0].rows[KIND_CONFIG].known);
	assert_false(q.pairs.v[0].rows[KIND_FIELD].known);

	assert_int_equal(query_stats_count(&q.counts.v[0], "kind", "struct"), 7);
	assert_int_equal(query_stats_count(&q.counts.v[0], "suffix", "cold"), 1);
	assert_int_equal(query_stats_count(&q.counts.v[1], "suffix", "multiple"), 1);
	assert_int_equal(query_stats_count(&q.counts.v[0], "inline", NULL), 7);
	query_stats_done(&q);
	close_shelf(&s);
}

/* ---- search ---- */

/* "func came 01, ...", and "; N more" for those beyond the limit. */
static const char *search(struct shelf *s, const char *pattern, bool regex, uint32_t kinds, size_t limit)
{
	static struct buf text;
	struct err err = ERR_INIT;
	struct query_search q;
	uint64_t left = 0;

	text.n = 0;
	if (query_search(&q, s->st, &s->view, pattern, regex, kinds, limit, &err)) {
		assert_int_equal(err.code, ERR_USAGE);
		buf_printf(&text, "error: %s", err.msg);
		return buf_z(&text);
	}
	for (int k = 0; k < KIND_NKINDS; k++)
		left += q.found[k];
	for (size_t i = 0; i < q.matches.n; i++) {
		const struct query_match *m = &q.matches.v[i];
		const uint32_t ids[2] = { s->images.images.v[0].id, s->images.images.n > 1 ? s->images.images.v[1].id : 0 };
		uint64_t has;

		/* One by one the store says the same. */
		assert_int_equal(store_has(s->st, m->kind, m->name, ids, s->images.images.n, &has, &err), 0);
		assert_int_equal(has, q.has.v[m->has]);
		buf_printf(&text, "%s%s %s %d%d", i ? ", " : "", kind_words[m->kind].word, m->name,
			   query_match_in(&q, m, 0), query_match_in(&q, m, 1));
	}
	if (left > q.matches.n)
		buf_printf(&text, "; %llu more", (unsigned long long)(left - q.matches.n));
	query_search_done(&q);
	return buf_z(&text);
}

static void test_search(void **state)
{
	struct shelf s;

	(void)state;
	open_shelf(&s, two_images);
	assert_string_equal(search(&s, "same", false, 0, 9), "func same 11, struct same 11");
	assert_string_equal(search(&s, "?ame", false, 1u << KIND_FUNC, 9), "func came 01, func same 11");
	assert_string_equal(search(&s, "[c-s]ame", false, 1u << KIND_FUNC, 9), "func came 01, func same 11");
	assert_string_equal(search(&s, "*n*", false, 0, 9),
			    "func clones 11, func gone 10, func inlined 10, struct broken 11, typedef num 11");
	/* A field by its own name, or by both with "::". */
	assert_string_equal(search(&s, "c", false, 0, 9), "field moved::c 01, field twice::c 01, field vague::c 11");
	assert_string_equal(search(&s, "m*::[ab]", false, 0, 9), "field moved::a 11, field moved::b 11");
	assert_string_equal(search(&s, "color::*", false, 0, 9),
			    "field color::BLUE 11, field color::GREEN 01, field color::RED 11");
	assert_string_equal(search(&s, "::LO*", false, 0, 9), "field ::LOOSE 11, field ::LOST 10");
	assert_string_equal(search(&s, "(mod|LOS)", true, 0, 9), "field ::LOST 10, field file::mode 11");
	assert_string_equal(search(&s, "^f.*::m", true, 0, 9), "field file::mode 11");
	assert_string_equal(search(&s, "^s|e$", true, 1u << KIND_FUNC, 2), "func came 01, func gone 10; 3 more");
	assert_string_equal(search(&s, "*", false, 1u << KIND_FUNC, 1), "func came 01; 7 more");
	assert_string_equal(search(&s, "nothing*", false, 0, 9), "");
	assert_string_equal(search(&s, "", false, 0, 9), "");
	close_shelf(&s);
}

static void many_names(struct store *st)
{
	struct surface s;

	begin(&s, "6.1.0-1-generic-amd64", 1u << KIND_FUNC);
	add_func(&s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "int", true,
		 false, "a");
	for (int i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f_%03d", (i * 37) % 1000);
		add_func(&s, name, "int", true, false, name);
	}
	put(st, &s);
}

static void test_search_limits(void **state)
{
	struct shelf s;

	(void)state;
	open_shelf(&s, many_names);
	/* The first names, whatever the order in which they came. */
	assert_string_equal(search(&s, "f_*", false, 0, 3), "func f_000 10, func f_001 10, func f_002 10; 997 more");
	assert_string_equal(search(&s, "f_9*", false, 0, 1), "func f_900 10; 99 more");
	/* Malformed: with the place. */
	assert_string_equal(search(&s, "tcp[", false, 0, 3),
			    "error: the glob, at character 5: missing terminating ] for character class");
	assert_string_equal(search(&s, "a(b", true, 0, 3),
			    "error: the regular expression, at character 4: missing closing parenthesis");
	/* 2^70 ways: refused. */
	assert_non_null(strstr(search(&s, "^(a+)+$", true, 0, 3), "takes too long"));
	assert_non_null(strstr(search(&s, "^(a|aa)+$", true, 0, 3), "takes too long"));
	/* A glob never does: PCRE2 converts it without ways back. */
	assert_string_equal(search(&s, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*c", false, 0, 3), "");
	close_shelf(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),	    cmocka_unit_test(test_constructs),
		cmocka_unit_test(test_layout),		    cmocka_unit_test(test_nothing_and_unknown),
		cmocka_unit_test(test_suffix),		    cmocka_unit_test(test_stats),
		cmocka_unit_test(test_search),		    cmocka_unit_test(test_search_limits),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
