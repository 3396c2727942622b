// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Constructs of all kinds compared. Constructs are written as text, see make(); the changes are read back
 * as text, one word each.
 */
#include "query/query.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static struct strtab str;
static struct type_table tab;
static struct surface s;

static uint32_t named(enum type_kind kind, const char *name)
{
	struct type t = { .kind = kind, .name = strtab_intern_z(&str, name), .size = TYPE_NO_SIZE };

	return type_intern(&tab, &t, NULL);
}

/* "int", "@u32" (a typedef), "{" (an unnamed struct), "|" (an unnamed union) */
static uint32_t type_of(const char *word)
{
	if (*word == '{')
		return named(TYPE_STRUCT, "");
	if (*word == '|')
		return named(TYPE_UNION, "");
	return *word == '@' ? named(TYPE_TYPEDEF, word + 1) : named(TYPE_INT, word);
}

/*
 * A construct of items "TYPE NAME OFFSET SIZE BITS; ..." (or "= NAME VALUE" for values), each with a '.' a level
 * of depth in front of it; "-" is no name; what begins with { or | is a scope.
 */
static struct construct make(enum kind kind, uint32_t size, const char *text)
{
	struct construct c = { .kind = kind, .name = strtab_intern_z(&str, "c"), .size = size,
			       .items = (uint32_t)s.items.n };
	char copy[2048], *save = NULL;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (char *p = strtok_r(copy, ";", &save); p; p = strtok_r(NULL, ";", &save)) {
		struct item it = { .role = *p == '=' ? ITEM_ENUMERATOR : ITEM_MEMBER };
		char type[64] = "", name[64] = "";
		long long value = 0;
		unsigned int bytes = 0, bits = 0;

		p += strspn(p, " ");
		for (; *p == '.'; p++)
			it.depth++;
		assert_true(sscanf(p, "%63s %63s %lld %u %u", type, name, &value, &bytes, &bits) >= 2);
		if (*type == '=')
			it.role = ITEM_ENUMERATOR;
		else
			it.type = type_of(type);
		it.scope = *type == '{' ? SCOPE_STRUCT : *type == '|' ? SCOPE_UNION : SCOPE_NONE;
		it.name = strcmp(name, "-") ? strtab_intern_z(&str, name) : 0;
		it.value = value;
		it.size = bytes;
		it.bits = (uint16_t)bits;
		VEC_PUSH(&s.items, it);
		c.nitems++;
	}
	return c;
}

static const char *const mark[CHANGE_NKINDS] = {
	[CHANGE_PARAM_ADDED] = "p+",  [CHANGE_PARAM_REMOVED] = "p-",  [CHANGE_PARAM_REORDERED] = "order",
	[CHANGE_PARAM_TYPE] = "p~",   [CHANGE_RETURN_TYPE] = "ret",   [CHANGE_FIELD_ADDED] = "+",
	[CHANGE_FIELD_REMOVED] = "-", [CHANGE_FIELD_TYPE] = "~",      [CHANGE_SIZE] = "size",
	[CHANGE_FIELD_MOVED] = ">",   [CHANGE_FIELD_RESIZED] = "<>",  [CHANGE_FIELD_BITFIELD] = ":",
	[CHANGE_VALUE_ADDED] = "+",   [CHANGE_VALUE_REMOVED] = "-",   [CHANGE_VALUE] = "=",
	[CHANGE_TARGET] = "target",   [CHANGE_EVENT] = "event",	      [CHANGE_TRACE_FUNC] = "func",
	[CHANGE_FORMAT] = "format",   [CHANGE_FLAGS] = "flags",	      [CHANGE_NUMBER] = "number",
	[CHANGE_CONFIG] = "config",
};

static bool has_item(enum query_change_kind k)
{
	return (k >= CHANGE_FIELD_ADDED && k <= CHANGE_FIELD_TYPE) ||
	       (k >= CHANGE_FIELD_MOVED && k <= CHANGE_VALUE);
}

static const char *compare(const struct construct *a, const struct construct *b, bool layout)
{
	static char text[1024];
	struct query_compare c;
	struct buf out = { 0 };

	query_compare_init(&c);
	query_compare_constructs(&c, &s, a, b, layout);
	for (size_t i = 0; i < c.changes.n; i++) {
		const struct query_change *h = &c.changes.v[i];
		bool added = h->kind == CHANGE_FIELD_ADDED || h->kind == CHANGE_VALUE_ADDED;
		uint32_t at = added ? h->new_param : h->old_param;
		const struct construct *of = added ? b : a;

		buf_printf(&out, "%s%s%s", i ? " " : "", h->invisible ? "!" : "", mark[h->kind]);
		if (!has_item(h->kind))
			continue;
		assert_true(at >= of->items && at < of->items + of->nitems);
		buf_puts(&out, strtab_text(&str, s.items.v[at].name));
	}
	snprintf(text, sizeof(text), "%s", buf_z(&out));
	buf_done(&out);
	query_compare_done(&c);
	return text;
}

static const char *members(const char *from, const char *to)
{
	struct construct a = make(KIND_STRUCT, 8, from), b = make(KIND_STRUCT, 8, to);

	return compare(&a, &b, false);
}

static const char *layout(uint32_t old_size, const char *from, uint32_t new_size, const char *to)
{
	struct construct a = make(KIND_STRUCT, old_size, from), b = make(KIND_STRUCT, new_size, to);

	return compare(&a, &b, true);
}

static int setup(void **state)
{
	(void)state;
	strtab_init(&str);
	type_table_init(&tab);
	surface_init(&s, &str, &tab);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	surface_done(&s);
	type_table_done(&tab);
	strtab_done(&str);
	return 0;
}

static void test_members(void **state)
{
	char many[1500] = "", back[1500] = "";

	(void)state;
	assert_string_equal(members("", ""), "");
	assert_string_equal(members("int a; long b", "int a; long b"), "");
	/* Neither the order nor the offset of fields counts. */
	assert_string_equal(members("int a 0; long b 32", "long b 0; int a 64"), "");
	assert_string_equal(members("int a; int b; int c", "int x; long c; int y; int a"), "+x +y -b ~c");
	assert_string_equal(members("int u; u32 a", "int u; @u32 a"), "!~a");
	/* What an unnamed scope holds is the construct's own: where it moves in or out, nothing changes. */
	assert_string_equal(members("int a; int b", "int a; | -; .int b; .{ -; ..long c"), "+c");
	/* What a named scope holds is the scope's. */
	assert_string_equal(members("int a; { e; .int d; .{ -; ..int f", "int a; { e; .long d; int g"), "+g");
	assert_string_equal(members("int a; | e; .int d; int g", "int a; { e; .long d"), "-g ~e");
	/* Padding is nobody's field. */
	assert_string_equal(members("int a; int - 0 4 3", "int a; int - 0 4 5; long - 0 8 1"), "");
	/* A name that stands twice: its first place, its last type. */
	assert_string_equal(members("int a; int b; long a", "long a; int b"), "");
	/* Long lists go through the map. */
	for (int i = 0; i < 60; i++) {
		sprintf(many + strlen(many), "int f%d;", i);
		sprintf(back + strlen(back), "%s f%d;", i == 7 ? "long" : "int", 60 - i);
	}
	assert_string_equal(members(many, back), "+f60 -f0 ~f53");
	assert_string_equal(members("int a", many), strstr(members("int a", many), "+f0 +f1"));
}

static void test_layout(void **state)
{
	(void)state;
	assert_string_equal(layout(8, "int a 0 4; int b 32 4", 8, "int a 0 4; int b 32 4"), "");
	assert_string_equal(layout(8, "int a 0 4; int b 32 4", 16, "long x 0 8; int a 64 4; int b 96 4"),
			    "+x size >a >b");
	assert_string_equal(layout(8, "int a 0 4; int b 32 4 3", 8, "int a 0 8; int b 40 4 4"),
			    ">b <>a :b");
	assert_string_equal(layout(4, "int a 0 4 1", 4, "int a 0 4"), ":a");
	assert_string_equal(layout(4, "int a 0 4", 8, "int a 0 4"), "size");
	/* Where one side has no layout, nothing is said of it. */
	assert_string_equal(layout(0, "int a; int b", 8, "int a 0 4; int b 32 4"), "");
	assert_string_equal(layout(8, "int a 0 0; int b 32 0", 8, "int a 0 4; int b 32 4"), "");
	assert_string_equal(layout(0, "", 4, "int a 0 4"), "+a size");
}

static void test_values(void **state)
{
	struct construct a = make(KIND_ENUM, 4, "= A 0; = B 1; = C -1");
	struct construct b = make(KIND_ENUM, 4, "= Z 9; = B 2; = C -1");
	struct construct c = make(KIND_ENUM, 8, "= A 0; = B 1; = C -1");
	struct construct d = make(KIND_ENUM, 4, "= A 0; = B 1; = C 4294967295");
	struct construct h = make(KIND_ENUM, 8, "= A 4294967296; = B 1; = C 8589934591");
	struct construct f = make(KIND_FEATURE, 0, "= BPF_A 4"), g = make(KIND_FEATURE, 0, "= BPF_A 5");

	(void)state;
	assert_string_equal(compare(&a, &a, true), "");
	assert_string_equal(compare(&a, &b, true), "+Z -A =B");
	assert_string_equal(compare(&b, &a, true), "+A -Z =B");
	assert_string_equal(compare(&a, &c, false), "");
	assert_string_equal(compare(&a, &c, true), "size");
	/* All bits set: whether that is -1 or 18446744073709551615 is nothing that all images tell. */
	c.flags = CONSTRUCT_UNSIGNED64;
	assert_string_equal(compare(&a, &c, false), "");
	assert_string_equal(compare(&a, &d, false), "");
	assert_string_equal(compare(&d, &a, false), "");
	assert_string_equal(compare(&d, &c, false), "=C");
	assert_string_equal(compare(&a, &h, false), "=A =C");
	/* Of all unnamed enums together none says its size. */
	a.name = d.name = 0;
	d.size = 8;
	assert_string_equal(compare(&a, &d, false), "");
	assert_string_equal(compare(&f, &g, false), "=BPF_A");
}

static void test_typedefs(void **state)
{
	struct construct a = make(KIND_TYPEDEF, 0, ""), b = a, c = a;
	struct construct x = make(KIND_TYPEDEF, 4, "int a 0 4"), y = make(KIND_TYPEDEF, 8, "int a 0 4; int b 32 4");
	struct construct e = make(KIND_TYPEDEF, 4, "= A 0"), f = make(KIND_TYPEDEF, 4, "= A 1");

	(void)state;
	a.type = type_of("int");
	b.type = type_of("long");
	c.type = type_of("@int");
	assert_string_equal(compare(&a, &a, true), "");
	assert_string_equal(compare(&a, &b, true), "target");
	assert_string_equal(compare(&a, &c, true), "!target");
	x.type = y.type = type_of("{");
	assert_string_equal(compare(&x, &y, false), "+b");
	assert_string_equal(compare(&x, &y, true), "+b size");
	assert_string_equal(compare(&x, &a, false), "target");
	y.type = type_of("|");
	assert_string_equal(compare(&x, &y, false), "target");
	e.type = named(TYPE_ENUM, "");
	f.type = named(TYPE_ENUM64, "");
	assert_string_equal(compare(&e, &f, false), "=A");
	assert_string_equal(compare(&e, &x, false), "target");
}

static uint32_t proto(const char *param, const char *type)
{
	struct type_param p = { strtab_intern_z(&str, param), type_of(type) };
	struct type t = { .kind = TYPE_FUNC_PROTO, .count = 1 };

	return type_intern(&tab, &t, &p);
}

static void test_tracepoints(void **state)
{
	struct construct a = make(KIND_TRACEPOINT, 8, "int a 0 4"), b = make(KIND_TRACEPOINT, 8, "@int a 0 4");
	struct construct c = make(KIND_TRACEPOINT, 8, "int a 0 4; int b 32 4"), d = a;

	(void)state;
	a.type = b.type = proto("p", "int");
	c.type = proto("p", "long");
	d.type = proto("p", "@int");
	assert_string_equal(compare(&a, &a, true), "");
	assert_string_equal(compare(&a, &b, false), "!event !~a");
	assert_string_equal(compare(&a, &c, false), "event +b func p~");
	assert_string_equal(compare(&a, &d, false), "!func !p~");
	d.text = strtab_intern_z(&str, "\"%d\", REC->a");
	assert_string_equal(compare(&a, &d, false), "!func !p~ format");
	/* Without a record there is none to compare, and without a prototype either. */
	d.flags = CONSTRUCT_NO_RECORD;
	d.nitems = 0;
	d.type = 0;
	assert_string_equal(compare(&a, &d, false), "format");
}

static void test_others(void **state)
{
	struct construct a = { .kind = KIND_LSM, .type = 0 }, b = a;
	struct construct k = make(KIND_KFUNC, 0, "int set1 4; int set2 0"), l = make(KIND_KFUNC, 0, "int set2 0; int set1 4");
	struct construct x = make(KIND_SYSCALL, 0, "int native 5"), y = make(KIND_SYSCALL, 0, "int native 6");
	struct construct z = make(KIND_SYSCALL, 0, "int native 5; int compat 9");
	struct construct m = { .kind = KIND_CONFIG, .text = strtab_intern_z(&str, "y") }, n = m;

	(void)state;
	a.type = proto("p", "int");
	b.type = proto("q", "int");
	assert_string_equal(compare(&a, &b, false), "p+ p-");
	b.type = 0; /* not known is not changed */
	assert_string_equal(compare(&a, &b, false), "");
	assert_string_equal(compare(&k, &l, false), "");
	k.type = proto("p", "int");
	l.type = proto("p", "long");
	s.items.v[l.items].value = 1;
	assert_string_equal(compare(&k, &l, false), "p~ flags");
	assert_string_equal(compare(&x, &x, false), "");
	assert_string_equal(compare(&x, &y, false), "number");
	assert_string_equal(compare(&x, &z, false), "number");
	assert_string_equal(compare(&z, &x, false), "number");
	assert_string_equal(compare(&m, &n, false), "");
	n.text = strtab_intern_z(&str, "m");
	assert_string_equal(compare(&m, &n, false), "config");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),	    cmocka_unit_test(test_layout),
		cmocka_unit_test(test_values),	    cmocka_unit_test(test_typedefs),
		cmocka_unit_test(test_tracepoints), cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("construct", tests, setup, teardown);
}
