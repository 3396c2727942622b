// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * C declarations: known texts, sameness against the text, random types through real compilers, and
 * types that nobody's C ever had.
 */
#include "surface/surface.h"

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct strtab str;
static struct type_table tab;

static int setup(void **state)
{
	(void)state;
	strtab_init(&str);
	type_table_init(&tab);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	type_table_done(&tab);
	strtab_done(&str);
	return 0;
}

static uint32_t named(enum type_kind kind, const char *name)
{
	struct type n = { .kind = kind, .name = strtab_intern_z(&str, name), .size = TYPE_NO_SIZE };

	return type_intern(&tab, &n, NULL);
}

static uint32_t over(enum type_kind kind, uint32_t ref)
{
	return type_intern(&tab, &(struct type){ .kind = kind, .ref = ref, .size = TYPE_NO_SIZE },
			   NULL);
}

static uint32_t ptr(uint32_t ref)
{
	return over(TYPE_PTR, ref);
}

static uint32_t array(uint32_t ref, uint32_t count)
{
	struct type n = { .kind = TYPE_ARRAY, .ref = ref, .count = count, .size = TYPE_NO_SIZE };

	return type_intern(&tab, &n, NULL);
}

static uint32_t proto(uint32_t ret, const struct type_param *p, uint32_t n)
{
	struct type node = {
		.kind = TYPE_FUNC_PROTO, .ref = ret, .count = n, .size = TYPE_NO_SIZE
	};

	return type_intern(&tab, &node, p);
}

static struct type_param param(const char *name, uint32_t type)
{
	return (struct type_param){ strtab_intern_z(&str, name), type };
}

#define PROTO(ret, ...)                                  \
	proto(ret, (struct type_param[]){ __VA_ARGS__ }, \
	      sizeof((struct type_param[]){ __VA_ARGS__ }) / sizeof(struct type_param))

static void expect(uint32_t id, const char *name, const char *text)
{
	struct buf b = { 0 };

	type_print_c(&b, &tab, &str, id, name);
	assert_string_equal(buf_z(&b), text);
	buf_done(&b);
}

static void test_texts(void **state)
{
	uint32_t i = named(TYPE_INT, "int"), c = named(TYPE_INT, "char");
	uint32_t file = named(TYPE_STRUCT, "file"), fn0 = proto(0, NULL, 0);
	uint32_t cb = PROTO(i, param("", ptr(0)));

	(void)state;
	expect(0, "", "void");
	expect(i, "x", "int x");
	expect(ptr(0), "p", "void *p");
	expect(ptr(ptr(c)), "", "char **");
	expect(over(TYPE_CONST, over(TYPE_VOLATILE, i)), "x", "const volatile int x");
	expect(over(TYPE_VOLATILE, over(TYPE_CONST, i)), "x", "const volatile int x");
	expect(ptr(over(TYPE_CONST, file)), "f", "const struct file *f");
	expect(over(TYPE_CONST, ptr(file)), "f", "struct file *const f");
	expect(over(TYPE_RESTRICT, over(TYPE_CONST, ptr(c))), "s", "char *const restrict s");
	expect(over(TYPE_RESTRICT, i), "s", "int s");
	expect(ptr(over(TYPE_CONST, ptr(c))), "v", "char *const *v");
	expect(array(over(TYPE_CONST, ptr(c)), 0), "argv", "char *const argv[0]");
	expect(array(array(i, 3), 2), "a", "int a[2][3]");
	expect(array(ptr(i), 4), "a", "int *a[4]");
	expect(ptr(array(array(i, 3), 2)), "a", "int (*a)[2][3]");
	expect(over(TYPE_CONST, ptr(array(over(TYPE_CONST, i), 2))), "a",
	       "const int (*const a)[2]");
	expect(over(TYPE_CONST, array(i, 3)), "a", "const int a[3]");
	expect(over(TYPE_CONST, array(ptr(i), 3)), "a", "int *const a[3]");
	expect(ptr(cb), "cb", "int (*cb)(void *)");
	expect(ptr(cb), "", "int (*)(void *)");
	expect(ptr(ptr(cb)), "cb", "int (**cb)(void *)");
	expect(over(TYPE_CONST, ptr(cb)), "cb", "int (*const cb)(void *)");
	expect(ptr(over(TYPE_CONST, cb)), "cb", "int (*cb)(void *)");
	expect(cb, "", "int (void *)");
	expect(cb, "f", "int f(void *)");
	expect(array(ptr(cb), 3), "t", "int (*t[3])(void *)");
	expect(ptr(PROTO(ptr(named(TYPE_STRUCT, "page")), param("", 0))), "get",
	       "struct page *(*get)()"); /* no prototype at all */
	expect(ptr(proto(ptr(named(TYPE_STRUCT, "page")), NULL, 0)), "get",
	       "struct page *(*get)(void)");
	/* signal(2) */
	expect(PROTO(ptr(PROTO(0, param("", i))), param("sig", i),
		     param("func", ptr(PROTO(0, param("", i))))),
	       "signal", "void (*signal(int sig, void (*func)(int)))(int)");
	expect(PROTO(ptr(array(i, 4)), param("", i)), "f", "int (*f(int))[4]");
	expect(PROTO(named(TYPE_TYPEDEF, "ssize_t"), param("file", ptr(file)), param("", 0)),
	       "vfs_read", "ssize_t vfs_read(struct file *file, ...)");
	expect(fn0, "f", "void f(void)");
	expect(named(TYPE_STRUCT, ""), "s", "struct { } s");
	expect(ptr(named(TYPE_UNION, "")), "s", "union { } *s");
	expect(named(TYPE_ENUM, ""), "e", "int /* unnamed enum */ e");
	expect(named(TYPE_ENUM64, "big"), "e", "enum big e");
	expect(ptr(named(TYPE_FWD, "cred")), "c", "struct cred *c");
	expect(ptr(type_intern(&tab,
			       &(struct type){ .kind = TYPE_FWD,
					       .fwd_union = true,
					       .name = strtab_intern_z(&str, "u"),
					       .size = TYPE_NO_SIZE },
			       NULL)),
	       "c", "union u *c");
}

static void test_same(void **state)
{
	uint32_t i = named(TYPE_INT, "u32"), t = named(TYPE_TYPEDEF, "u32");
	struct type e4 = { .kind = TYPE_ENUM, .name = strtab_intern_z(&str, "e"), .size = 4 };
	struct type e8 = { .kind = TYPE_ENUM64, .name = e4.name, .size = 8 };

	(void)state;
	assert_int_not_equal(i, t);
	assert_true(type_same_c(&tab, &str, i, t));
	assert_true(type_same_c(&tab, &str, ptr(i), ptr(t)));
	assert_true(type_same_c(&tab, &str, named(TYPE_STRUCT, "s"), named(TYPE_FWD, "s")));
	assert_false(type_same_c(&tab, &str, named(TYPE_UNION, "s"), named(TYPE_FWD, "s")));
	assert_false(type_same_c(&tab, &str, named(TYPE_STRUCT, "s"), named(TYPE_TYPEDEF, "s")));
	assert_true(type_same_c(&tab, &str, type_intern(&tab, &e4, NULL),
				type_intern(&tab, &e8, NULL)));
	assert_false(type_same_c(&tab, &str, i, 0));
	assert_false(type_same_c(&tab, &str, ptr(i), i));
	assert_false(type_same_c(&tab, &str, array(i, 2), array(i, 3)));
	assert_true(type_same_c(&tab, &str, over(TYPE_CONST, array(i, 2)),
				array(over(TYPE_CONST, t), 2)));
	assert_true(type_same_c(&tab, &str, over(TYPE_CONST, over(TYPE_VOLATILE, i)),
				over(TYPE_VOLATILE, over(TYPE_CONST, i))));
	assert_true(type_same_c(&tab, &str, over(TYPE_RESTRICT, i), i));
	assert_false(type_same_c(&tab, &str, over(TYPE_RESTRICT, ptr(i)), ptr(i)));
	assert_true(type_same_c(&tab, &str, PROTO(i, param("a", i)), PROTO(t, param("a", t))));
	assert_false(type_same_c(&tab, &str, PROTO(i, param("a", i)), PROTO(i, param("b", i))));
	assert_false(type_same_c(&tab, &str, PROTO(i, param("a", i)),
				 PROTO(i, param("a", i), param("", 0))));
}

/* ---- random types ---- */

static uint64_t seed = 42;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % n;
}

enum place { ANY, OBJECT, RETURNED, ELEMENT };

/* A type that C allows at `place`: no arrays or functions returned, no elements without a size. */
static uint32_t random_type(int depth, enum place place)
{
	static const char *const ints[] = { "int", "char", "long unsigned int", "_Bool",
					    "short int" };
	uint32_t t;

	switch (depth <= 0 ? rnd(5) : rnd(13)) {
	case 0:
		return named(TYPE_INT, ints[rnd(5)]);
	case 1:
		return named(TYPE_TYPEDEF, rnd(2) ? "td_int" : "td_ptr");
	case 2:
		return named(TYPE_STRUCT, "st");
	case 3:
		return rnd(2) ? named(TYPE_ENUM, rnd(4) ? "en" : "") : named(TYPE_UNION, "un");
	case 4:
		return place == ANY || place == RETURNED ? 0 : ptr(0);
	case 5:
	case 6:
		if (place == ELEMENT || place == OBJECT || place == RETURNED || rnd(2))
			return ptr(random_type(depth - 1, ANY));
		/* fall through */
	case 7:
		if (place == RETURNED || place == OBJECT)
			return ptr(array(random_type(depth - 1, ELEMENT), 1 + rnd(5)));
		return array(random_type(depth - 1, ELEMENT), 1 + rnd(5));
	case 8:
		t = random_type(depth - 1, place);
		return over(TYPE_CONST, t);
	case 9:
		t = random_type(depth - 1, place);
		return over(TYPE_VOLATILE, t);
	case 10:
		return over(TYPE_RESTRICT, ptr(random_type(depth - 1, ANY)));
	default: {
		struct type_param p[4];
		uint32_t n = rnd(5);

		for (uint32_t k = 0; k < n && k < 4; k++)
			p[k] = param(rnd(2) ? (const char *[]){ "a", "b", "c", "d" }[k] : "",
				     random_type(depth - 1, OBJECT));
		if (n && n < 4 && rnd(4) == 0)
			p[n++] = param("", 0);
		if (n > 4)
			n = 4;
		t = proto(random_type(depth - 1, RETURNED), p, n);
		return place == ANY ? t : ptr(t);
	}
	}
}

#define NRANDOM 3000

static bool have(const char *compiler)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "command -v %s >/dev/null 2>&1", compiler);
	return !system(cmd);
}

/*
 * Each random type is declared three ways, under one name: as it is, through typeof of its abstract
 * declarator, and as a parameter's pointer. A compiler refuses if these are not the same type.
 */
static void write_declarations(FILE *f)
{
	static const char name[] = "v";
	struct buf b = { 0 };

	fputs("typedef int td_int; typedef int *td_ptr; struct st { int x; }; union un { int x; };\n"
	      "enum en { EN_A };\n",
	      f);
	for (int i = 0; i < NRANDOM; i++) {
		uint32_t t = random_type(6, ANY);
		char id[32];

		snprintf(id, sizeof(id), "%s%d", name, i);
		b.n = 0;
		buf_puts(&b, "extern ");
		if (!t || (type_at(&tab, t)->kind != TYPE_FUNC_PROTO))
			t = ptr(t);
		type_print_c(&b, &tab, &str, t, id);
		buf_puts(&b, ";\nextern typeof(");
		type_print_c(&b, &tab, &str, t, "");
		buf_printf(&b, ") %s;\nextern ", id);
		snprintf(id, sizeof(id), "w%d", i);
		type_print_c(&b, &tab, &str, PROTO(ptr(t), param("p", ptr(t))), id);
		buf_puts(&b, ";\n");
		fputs(buf_z(&b), f);
	}
	buf_done(&b);
}

static void compile(const char *compiler, const char *path)
{
	char cmd[512];

	if (!have(compiler)) {
		print_message("# SKIPPED: no %s here\n", compiler);
		return;
	}
	snprintf(cmd, sizeof(cmd), "%s -std=gnu17 -w -fsyntax-only -x c %s", compiler, path);
	assert_int_equal(system(cmd), 0);
}

static const char *tmp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir && strlen(dir) < 200 ? dir : "/tmp";
}

static void test_compiles(void **state)
{
	char path[256];
	FILE *f;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/ksurf-cdecl-XXXXXX", tmp_dir());
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	write_declarations(f);
	assert_int_equal(fclose(f), 0);
	compile("gcc", path);
	compile("clang", path);
	unlink(path);
}

/* type_same_c is equality of the text, over all pairs of some random types. */
static void test_same_is_text(void **state)
{
	enum { N = 500 };
	uint32_t ids[N];
	struct buf a = { 0 }, b = { 0 };
	int equal = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		ids[i] = random_type(3, ANY);
	ids[0] = named(TYPE_TYPEDEF, "int");
	ids[1] = named(TYPE_FWD, "st");
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			bool same;

			a.n = b.n = 0;
			type_print_c(&a, &tab, &str, ids[i], "");
			type_print_c(&b, &tab, &str, ids[j], "");
			same = a.n == b.n && !memcmp(a.v, b.v, a.n);
			equal += same && ids[i] != ids[j];
			assert_int_equal(type_same_c(&tab, &str, ids[i], ids[j]), same);
		}
	assert_true(equal > 0);
	buf_done(&a);
	buf_done(&b);
}

/* Chains and graphs that only damaged input makes: bounded text, bounded time. */
static void test_hostile(void **state)
{
	uint32_t chain = named(TYPE_INT, "int"), other = named(TYPE_INT, "long int");
	uint32_t wide = chain, wide2 = other, quals = chain, fn = proto(0, NULL, 0);
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		chain = ptr(chain);
		other = ptr(other);
		quals = over(i & 1 ? TYPE_RESTRICT : TYPE_PTR, over(TYPE_CONST, quals));
		fn = over(TYPE_CONST, fn);
	}
	for (int i = 0; i < 60; i++) {
		wide = PROTO(wide, param("", wide), param("", wide), param("", wide));
		wide2 = PROTO(wide2, param("", wide2), param("", wide2), param("", wide2));
	}
	type_print_c(&b, &tab, &str, chain, "x");
	type_print_c(&b, &tab, &str, wide, "x");
	type_print_c(&b, &tab, &str, quals, "x");
	type_print_c(&b, &tab, &str, fn, "x");
	assert_true(b.n < 1 << 20);
	assert_false(type_same_c(&tab, &str, chain, other));
	assert_false(type_same_c(&tab, &str, wide, wide2));
	(void)type_same_c(&tab, &str, quals, fn);
	b.n = 0;
	type_print_c(&b, &tab, &str, array(fn, 2), "x");
	type_print_c(&b, &tab, &str, proto(array(fn, 2), NULL, 0), "x");
	type_print_c(&b, &tab, &str, named(TYPE_TYPEDEF, ""), "x");
	type_print_c(&b, &tab, &str, PROTO(0, param("", 0), param("", 0), param("v", 0)), "x");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	 cmocka_unit_test(test_same),
		cmocka_unit_test(test_compiles), cmocka_unit_test(test_same_is_text),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("cdecl", tests, setup, teardown);
}
