// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Layouts of constructs made by hand: what is printed, line by line.
 */
#include "report/layout_int.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_build.h"

static struct {
	struct strtab str;
	struct type_table types;
	struct surface s;
} t;

static int setup(void **state)
{
	(void)state;
	strtab_init(&t.str);
	type_table_init(&t.types);
	surface_init(&t.s, &t.str, &t.types);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	surface_done(&t.s);
	type_table_done(&t.types);
	strtab_done(&t.str);
	return 0;
}

static void expect_width(size_t width, uint32_t cacheline, const char *text)
{
	const struct construct *c = &t.s.constructs.v[t.s.constructs.n - 1];
	struct layout_options o = { .indent = 2, .width = width, .cacheline = cacheline };
	struct buf b = { 0 };

	if (c->nitems && t.s.items.v[c->items].role == ITEM_ENUMERATOR)
		layout_put_enum(&b, &t.s, c, &o);
	else
		layout_put(&b, &t.s, c, &o);
	assert_string_equal(buf_z(&b), text);
	buf_done(&b);
}

static void expect(const char *text)
{
	expect_width(80, 64, text);
}

static void test_holes_and_padding(void **state)
{
	struct surface *s = &t.s;
	uint32_t ch = build_int(s, "char"), lg = build_int(s, "long");

	(void)state;
	build_construct(s, KIND_STRUCT, "pond", 32);
	build_member(s, 0, "a", ch, 0, 1);
	build_member(s, 0, "b", lg, 8, 8);
	build_member(s, 0, "c", ch, 16, 1);
	build_member(s, 0, "d", ch, 18, 1);
	build_member(s, 0, "e", build_int(s, "int"), 20, 4);
	expect("  struct pond {\n"
	       "      char a;  /*  0  1 */\n"
	       "      /* XXX 7 bytes hole, try to pack */\n"
	       "      long b;  /*  8  8 */\n"
	       "      char c;  /* 16  1 */\n"
	       "      /* XXX 1 byte hole, try to pack */\n"
	       "      char d;  /* 18  1 */\n"
	       "      /* XXX 1 byte hole, try to pack */\n"
	       "      int e;   /* 20  4 */\n"
	       "\n"
	       "      /* size: 32, cachelines: 1, members: 5 */\n"
	       "      /* sum members: 15, holes: 3, sum holes: 9 */\n"
	       "      /* padding: 8 */\n"
	       "      /* last cacheline: 32 bytes */\n"
	       "  };\n");
}

static void test_bitfields(void **state)
{
	struct surface *s = &t.s;
	uint32_t u8 = build_int(s, "u8"), u = build_int(s, "unsigned int");

	(void)state;
	build_construct(s, KIND_STRUCT, "reeds", 20);
	build_bitfield(s, 0, "a", u8, 0, 1, 3);
	build_bitfield(s, 0, "b", u8, 4, 1, 1);
	build_member(s, 0, "c", u8, 1, 1);
	build_bitfield(s, 0, "d", u, 32, 4, 30);
	build_bitfield(s, 0, "e", u, 64, 4, 4);
	build_member(s, 0, "f", u, 12, 4);
	build_bitfield(s, 0, "g", u, 128, 4, 5);
	expect("  struct reeds {\n"
	       "      u8 a:3;             /*  0: 0  1 */\n"
	       "      /* XXX 1 bit hole, try to pack */\n"
	       "      u8 b:1;             /*  0: 4  1 */\n"
	       "      /* XXX 3 bits hole, try to pack */\n"
	       "      u8 c;               /*  1     1 */\n"
	       "      /* XXX 2 bytes hole, try to pack */\n"
	       "      unsigned int d:30;  /*  4: 0  4 */\n"
	       "      /* XXX 2 bits hole, try to pack */\n"
	       "      unsigned int e:4;   /*  8: 0  4 */\n"
	       "      /* XXX 28 bits hole, try to pack */\n"
	       "      unsigned int f;     /* 12     4 */\n"
	       "      unsigned int g:5;   /* 16: 0  4 */\n"
	       "\n"
	       "      /* size: 20, cachelines: 1, members: 7 */\n"
	       "      /* sum members: 5, holes: 1, sum holes: 2 */\n"
	       "      /* sum bitfield members: 43 bits, bit holes: 4, sum bit holes: 34 bits */\n"
	       "      /* bit padding: 27 bits */\n"
	       "      /* last cacheline: 20 bytes */\n"
	       "  };\n");
}

static void test_nested(void **state)
{
	struct surface *s = &t.s;
	uint32_t i = build_int(s, "int"), lg = build_int(s, "long");

	(void)state;
	build_construct(s, KIND_STRUCT, "bank", 64);
	build_member(s, 0, "a", i, 0, 4);
	build_scope(s, 0, "", SCOPE_UNION, 0, 8, 16);
	build_member(s, 1, "b", lg, 8, 8);
	build_scope(s, 1, "", SCOPE_STRUCT, 0, 8, 16);
	build_member(s, 2, "c", i, 8, 4);
	build_member(s, 2, "d", lg, 16, 8);
	build_scope(s, 0, "e", SCOPE_STRUCT, 2, 24, 32);
	build_member(s, 1, "f", lg, 24, 8);
	build_member(s, 1, "g", i, 32, 4);
	build_member(s, 0, "tail", build_array(s, build_int(s, "char"), 0), 56, 0);
	expect("  struct bank {\n"
	       "      int a;           /*  0  4 */\n"
	       "      /* XXX 4 bytes hole, try to pack */\n"
	       "      union {\n"
	       "          long b;      /*  8  8 */\n"
	       "          struct {\n"
	       "              int c;   /*  8  4 */\n"
	       "              /* XXX 4 bytes hole, try to pack */\n"
	       "              long d;  /* 16  8 */\n"
	       "          };           /*  8 16 */\n"
	       "      };               /*  8 16 */\n"
	       "      struct {\n"
	       "          long f;      /* 24  8 */\n"
	       "          int g;       /* 32  4 */\n"
	       "          /* XXX 4 bytes of padding */\n"
	       "      } e[2];          /* 24 32 */\n"
	       "      char tail[0];    /* 56  0 */\n"
	       "\n"
	       "      /* size: 64, cachelines: 1, members: 4 */\n"
	       "      /* sum members: 52, holes: 1, sum holes: 4 */\n"
	       "      /* padding: 8 */\n"
	       "  };\n");
}

static void test_cachelines(void **state)
{
	struct surface *s = &t.s;
	uint32_t ch = build_int(s, "char"), lg = build_int(s, "long");

	(void)state;
	build_construct(s, KIND_STRUCT, "stream", 208);
	build_member(s, 0, "a", build_array(s, ch, 64), 0, 64);
	build_member(s, 0, "b", lg, 64, 8);
	build_member(s, 0, "c", build_array(s, ch, 128), 72, 128);
	build_member(s, 0, "d", lg, 200, 8);
	expect("  struct stream {\n"
	       "      char a[64];   /*   0  64 */\n"
	       "      /* --- cacheline 1 boundary (64 bytes) --- */\n"
	       "      long b;       /*  64   8 */\n"
	       "      char c[128];  /*  72 128 */\n"
	       "      /* --- cacheline 3 boundary (192 bytes) was 8 bytes ago --- */\n"
	       "      long d;       /* 200   8 */\n"
	       "\n"
	       "      /* size: 208, cachelines: 4, members: 4 */\n"
	       "      /* last cacheline: 16 bytes */\n"
	       "  };\n");
	expect_width(80, 256,
		     "  struct stream {\n"
		     "      char a[64];   /*   0  64 */\n"
		     "      long b;       /*  64   8 */\n"
		     "      char c[128];  /*  72 128 */\n"
		     "      long d;       /* 200   8 */\n"
		     "\n"
		     "      /* size: 208, cachelines: 1, members: 4 */\n"
		     "      /* last cacheline: 208 bytes */\n"
		     "  };\n");
}

static void test_long_declarations(void **state)
{
	struct surface *s = &t.s;

	(void)state;
	build_construct(s, KIND_STRUCT, "ops", 16);
	build_member(s, 0, "owner", build_ptr(s, build_struct(s, "module")), 0, 8);
	build_member(s, 0, "callback", build_func_ptr(s, "opened_file", "flags"), 8, 8);
	expect_width(60, 64,
		     "  struct ops {\n"
		     "      struct module *owner;  /*  0  8 */\n"
		     "      int (*callback)(struct file *opened_file,\n"
		     "              int flags);    /*  8  8 */\n"
		     "\n"
		     "      /* size: 16, cachelines: 1, members: 2 */\n"
		     "      /* last cacheline: 16 bytes */\n"
		     "  };\n");
}

static void test_unions_typedefs_and_none(void **state)
{
	struct surface *s = &t.s;

	(void)state;
	build_construct(s, KIND_UNION, "either", 8);
	build_member(s, 0, "a", build_int(s, "int"), 0, 4);
	build_member(s, 0, "b", build_int(s, "long"), 0, 8);
	expect("  union either {\n"
	       "      int a;   /* 0 4 */\n"
	       "      long b;  /* 0 8 */\n"
	       "\n"
	       "      /* size: 8, cachelines: 1, members: 2 */\n"
	       "      /* last cacheline: 8 bytes */\n"
	       "  };\n");
	build_construct(s, KIND_TYPEDEF, "atomic_t", 4)->type = build_struct(s, "");
	build_member(s, 0, "counter", build_int(s, "int"), 0, 4);
	expect("  typedef struct {\n"
	       "      int counter;  /* 0 4 */\n"
	       "\n"
	       "      /* size: 4, cachelines: 1, members: 1 */\n"
	       "      /* last cacheline: 4 bytes */\n"
	       "  } atomic_t;\n");
	build_construct(s, KIND_STRUCT, "nothing", 0);
	expect("  struct nothing {\n"
	       "      /* size: 0, cachelines: 0, members: 0 */\n"
	       "  };\n");
}

static void test_datasets(void **state)
{
	struct surface *s = &t.s;
	struct layout_options o = { .indent = 0, .width = 80, .known = LAYOUT_OFFSETS };
	struct buf b = { 0 };

	(void)state;
	build_construct(s, KIND_STRUCT, "pond", 16);
	build_member(s, 0, "a", build_int(s, "int"), 0, 0);
	build_member(s, 0, "b", build_int(s, "long"), 8, 0);
	layout_put(&b, s, &s->constructs.v[0], &o);
	assert_string_equal(buf_z(&b), "struct pond {\n"
				       "    int a;   /*  0 */\n"
				       "    long b;  /*  8 */\n"
				       "\n"
				       "    /* size: 16, cachelines: 1, members: 2 */\n"
				       "    /* last cacheline: 16 bytes */\n"
				       "};\n");
	b.n = 0;
	o.known = LAYOUT_NOTHING;
	layout_put(&b, s, &s->constructs.v[0], &o);
	assert_string_equal(buf_z(&b), "struct pond {\n"
				       "    int a;\n"
				       "    long b;\n"
				       "};\n");
	buf_done(&b);
}

static void test_enums(void **state)
{
	struct surface *s = &t.s;

	(void)state;
	*build_construct(s, KIND_ENUM, "depth", 4) =
		(struct construct){ .kind = KIND_ENUM,
				    .name = strtab_intern_z(&t.str, "depth"),
				    .size = 4,
				    .flags = CONSTRUCT_SIGNED,
				    .items = (uint32_t)s->items.n };
	build_value(s, "SHALLOW", -1);
	build_value(s, "DEEP_WATER", 7);
	expect("  enum depth {\n"
	       "      SHALLOW    = -1,\n"
	       "      DEEP_WATER = 7,\n"
	       "  }; /* size: 4, signed, values: 2 */\n");
	build_construct(s, KIND_ENUM, "wide", 8)->flags = CONSTRUCT_UNSIGNED64;
	build_value(s, "ALL", -1);
	expect("  enum wide {\n"
	       "      ALL = 18446744073709551615,\n"
	       "  }; /* size: 8, values: 1 */\n");
}

/* Offsets that no compiler makes must not make holes of their own. */
static void test_overlap(void **state)
{
	struct surface *s = &t.s;
	struct layout_sums sums;
	struct layout_gap gaps[3];

	(void)state;
	build_construct(s, KIND_STRUCT, "mud", 4);
	build_member(s, 0, "a", build_int(s, "long"), 0, 8);
	build_bitfield(s, 0, "b", build_int(s, "int"), 2, 0, 9);
	build_member(s, 0, "c", build_int(s, "int"), 2, 4);
	layout_sums(s, 0, 3, 0, 4, false, &sums, gaps);
	assert_int_equal(sums.members, 3);
	assert_int_equal(sums.holes + sums.bit_holes, 0);
	assert_int_equal(sums.padding, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_holes_and_padding),
		T(test_bitfields),
		T(test_nested),
		T(test_cachelines),
		T(test_long_declarations),
		T(test_unions_typedefs_and_none),
		T(test_datasets), T(test_enums),
		T(test_overlap),
	};
#undef T
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
