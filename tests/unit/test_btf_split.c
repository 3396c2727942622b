// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Split BTF, as libbpf writes it, in both byte orders: only what it adds is read, on its own base, and on no other.
 */
#include "btf/btf_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <setjmp.h>

#include <cmocka.h>

#include "test_util.h"

struct raw {
	char *v;
	uint32_t n;
};

/* Raw bytes of a BTF in one order; free() them. */
static struct raw bytes_of(struct btf *btf, bool big)
{
	struct raw ret = { NULL, 0 };
	const void *data;

	assert_int_equal(btf__set_endianness(btf, big ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN), 0);
	data = btf__raw_data(btf, &ret.n);
	assert_non_null(data);
	ret.v = malloc(ret.n);
	memcpy(ret.v, data, ret.n);
	return ret;
}

enum { INT = 1, PTR, S, PROTO, F, FEATURES };

/* `first` is the name that all others lie behind. */
static struct btf *make_base(const char *first)
{
	struct btf *b = btf__new_empty();

	btf__add_int(b, first, 4, BTF_INT_SIGNED);
	btf__add_ptr(b, INT);
	btf__add_struct(b, "s", 16);
	btf__add_field(b, "a", INT, 0, 0);
	btf__add_field(b, "p", PTR, 64, 0);
	btf__add_func_proto(b, INT);
	btf__add_func_param(b, "x", PTR);
	btf__add_func(b, "f", BTF_FUNC_GLOBAL, PROTO);
	btf__add_enum(b, "e", 4);
	btf__add_enum_value(b, "A", 1);
	return b;
}

/* A struct of a module that holds the kernel's; a pointer to that; a function, tagged; an enum; its own s. */
static struct btf *make_split(struct btf *base)
{
	struct btf *b = btf__new_empty_split(base);
	int ptr = btf__add_ptr(b, S), proto, f;

	btf__add_struct(b, "m", 24);
	btf__add_field(b, "s", S, 0, 0);
	btf__add_field(b, "sp", ptr, 128, 0);
	proto = btf__add_func_proto(b, ptr);
	btf__add_func_param(b, "x", INT);
	f = btf__add_func(b, "g", BTF_FUNC_STATIC, proto);
	btf__add_decl_tag(b, "bpf_kfunc", f, -1);
	btf__add_func(b, "f", BTF_FUNC_STATIC, PROTO);
	btf__add_enum(b, "me", 4);
	btf__add_enum_value(b, "B", 2);
	btf__add_struct(b, "s", 4);
	btf__add_field(b, "other", INT, 0, 0);
	return b;
}

struct got {
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct btf_facts facts;
	struct err err;
	int rc;
};

static void read_split(struct got *g, const struct raw *base, const struct raw *split, unsigned int lost_max)
{
	struct btf_base *b = NULL;

	memset(g, 0, sizeof(*g));
	err_clear(&g->err);
	strtab_init(&g->str);
	type_table_init(&g->types);
	surface_init(&g->s, &g->str, &g->types);
	g->s.info.pointer_size = 8;
	g->rc = btf_base_open("base", base->v, base->n, &b, &g->err);
	if (!g->rc)
		g->rc = btf_read_split("split", split->v, split->n, lost_max, b, &g->s, &g->facts, &g->err);
	btf_base_close(b);
}

static void got_done(struct got *g)
{
	btf_facts_done(&g->facts);
	surface_done(&g->s);
	type_table_done(&g->types);
	strtab_done(&g->str);
}

static const char *text_of(const struct got *g, struct buf *out)
{
	out->n = 0;
	for (size_t i = 0; i < g->s.constructs.n; i++) {
		const struct construct *c = &g->s.constructs.v[i];

		buf_printf(out, "%s %s %u {", kind_words[c->kind].word, surface_text(&g->s, c->name), c->size);
		for (uint32_t k = c->items; k < c->items + c->nitems; k++) {
			const struct item *it = &g->s.items.v[k];

			if (it->role == ITEM_MEMBER)
				type_print_c(out, g->s.types, g->s.str, it->type, surface_text(&g->s, it->name));
			else
				buf_puts(out, surface_text(&g->s, it->name));
			buf_printf(out, " %lld;", (long long)it->value);
		}
		buf_puts(out, "}\n");
	}
	for (size_t i = 0; i < g->facts.funcs.n; i++) {
		type_print_c(out, g->s.types, g->s.str, g->facts.funcs.v[i].proto,
			     surface_text(&g->s, g->facts.funcs.v[i].name));
		buf_puts(out, "\n");
	}
	return buf_z(out);
}

/* Base, split and their bytes, in one order. */
struct pair {
	struct btf *btf[2];
	struct raw base, split;
};

static void pair_init(struct pair *p, bool big)
{
	p->btf[0] = make_base("int");
	p->btf[1] = make_split(p->btf[0]);
	p->split = bytes_of(p->btf[1], big);
	p->base = bytes_of(p->btf[0], big);
}

static void pair_done(struct pair *p)
{
	btf__free(p->btf[1]);
	btf__free(p->btf[0]);
	free(p->base.v);
	free(p->split.v);
}

static void test_adds(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct buf out = { 0 };
		struct pair p;
		struct got g;

		pair_init(&p, big);
		read_split(&g, &p.base, &p.split, 0);
		assert_int_equal(g.rc, 0);
		assert_string_equal(text_of(&g, &out), "struct m 24 {struct s s 0;struct s *sp 128;}\n"
						       "struct s 4 {int other 0;}\n"
						       "enum me 4 {B 2;}\n"
						       "struct s *g(int x)\n"
						       "int f(int *x)\n");
		assert_int_equal(g.facts.kfuncs.n, 1);
		assert_string_equal(strtab_text(&g.str, g.facts.kfuncs.v[0]), "g");
		assert_int_equal(g.facts.ntypes, 8);
		assert_null(g.s.btf);
		for (size_t i = 0; i < BTF_NNOTES; i++)
			assert_int_equal(g.facts.notes[i].count, 0);
		got_done(&g);
		pair_done(&p);
		buf_done(&out);
	}
}

static void test_nothing(void **state)
{
	struct btf *base = make_base("int"), *split = btf__new_empty_split(base);
	struct raw s = bytes_of(split, false), b = bytes_of(base, false);
	struct got g;

	(void)state;
	read_split(&g, &b, &s, 0);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.facts.ntypes, 0);
	assert_int_equal(g.s.constructs.n, 0);
	got_done(&g);
	free(s.v);
	free(b.v);
	btf__free(split);
	btf__free(base);
}

/* An excerpt of the kernel's types (.BTF.base): names and sizes, of which the module's types come out alike. */
static void test_excerpt(void **state)
{
	struct btf *base = btf__new_empty(), *split;
	struct raw s, b;
	struct buf out = { 0 };
	struct got g;

	(void)state;
	btf__add_int(base, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(base, "s", 16);
	split = btf__new_empty_split(base);
	btf__add_ptr(split, 2);
	btf__add_struct(split, "m", 24);
	btf__add_field(split, "s", 2, 0, 0);
	btf__add_field(split, "sp", 3, 128, 0);
	s = bytes_of(split, false);
	b = bytes_of(base, false);
	read_split(&g, &b, &s, 0);
	assert_int_equal(g.rc, 0);
	assert_string_equal(text_of(&g, &out), "struct m 24 {struct s s 0;struct s *sp 128;}\n");
	assert_int_equal(g.s.items.v[0].size, 16);
	got_done(&g);
	buf_done(&out);
	free(s.v);
	free(b.v);
	btf__free(split);
	btf__free(base);
}

/* A base that lacks types, and one whose names lie elsewhere: neither is taken for the right one. */
static void test_other_base(void **state)
{
	struct btf *few = btf__new_empty(), *moved = make_base("long int");
	struct raw other[2];
	struct pair p;
	struct got g;

	(void)state;
	btf__add_int(few, "int", 4, BTF_INT_SIGNED);
	other[0] = bytes_of(few, false);
	other[1] = bytes_of(moved, false);
	pair_init(&p, false);
	for (int i = 0; i < 2; i++) {
		read_split(&g, &other[i], &p.split, 2);
		assert_int_equal(g.rc, ERR_FORMAT);
		assert_non_null(strstr(g.err.msg, "another kernel"));
		assert_int_equal(g.s.constructs.n, 0);
		got_done(&g);
		free(other[i].v);
	}
	pair_done(&p);
	btf__free(few);
	btf__free(moved);
}

/* Nobody knows where the ids of a base end that is cut off. */
static void test_cut_base(void **state)
{
	struct pair p;
	struct got g;

	(void)state;
	pair_init(&p, false);
	for (uint32_t n = 0; n < p.base.n; n++) {
		struct raw cut = { p.base.v, n };

		read_split(&g, &cut, &p.split, 100);
		assert_int_not_equal(g.rc, 0);
		got_done(&g);
	}
	pair_done(&p);
}

static void test_every_byte(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct buf out = { 0 };
		struct pair p;
		struct got g;

		pair_init(&p, big);
		for (uint32_t i = 0; i < p.split.n * 8; i++) {
			p.split.v[i / 8] ^= (char)(1 << i % 8);
			read_split(&g, &p.base, &p.split, 100);
			text_of(&g, &out);
			got_done(&g);
			p.split.v[i / 8] ^= (char)(1 << i % 8);
		}
		for (uint32_t n = 0; n < p.split.n; n++) {
			struct raw cut = { malloc(n ? n : 1), n };

			memcpy(cut.v, p.split.v, n);
			read_split(&g, &p.base, &cut, 100);
			text_of(&g, &out);
			got_done(&g);
			free(cut.v);
		}
		for (uint32_t i = 0; i < p.base.n * 8; i++) {
			p.base.v[i / 8] ^= (char)(1 << i % 8);
			read_split(&g, &p.base, &p.split, 100);
			text_of(&g, &out);
			got_done(&g);
			p.base.v[i / 8] ^= (char)(1 << i % 8);
		}
		pair_done(&p);
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adds),	 cmocka_unit_test(test_nothing), cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_other_base),
		cmocka_unit_test(test_cut_base), cmocka_unit_test(test_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
