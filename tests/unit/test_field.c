// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fields over images that were made by hand and stored: where a path leads, what changes, and what is named
 * as the successor of one that is gone, or is not.
 */
#include "field/field.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_build.h"
#include "test_util.h"

static struct strtab str;
static struct type_table types;
static struct surface s;
static char db[300];
static unsigned int ndbs;

/* "int", "*file" (pointer to struct file), "@u32" (typedef), ":file" (struct file), "{", "|" (unnamed scopes) */
static uint32_t type_of(const char *word)
{
	switch (*word) {
	case '{':
		return build_struct(&s, "");
	case '|':
		return build_union(&s, "");
	case '*':
		return build_ptr(&s, build_struct(&s, word + 1));
	case ':':
		return build_struct(&s, word + 1);
	case '@':
		return build_node(&s, TYPE_TYPEDEF, word + 1, 0, 0);
	default:
		return build_int(&s, word);
	}
}

/* A construct "TYPE NAME BYTE SIZE [BITS]; ..." or "= NAME VALUE; ..."; a '.' a level of depth; "-" is no name. */
static struct construct *make(enum kind kind, const char *name, uint32_t size, const char *text)
{
	char copy[2048], *save = NULL;
	size_t at = s.constructs.n;

	build_construct(&s, kind, name, size);
	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (char *p = strtok_r(copy, ";", &save); p; p = strtok_r(NULL, ";", &save)) {
		char type[64] = "", member[64] = "";
		unsigned int bytes = 0, bits = 0;
		long long value = 0;
		struct item *it;
		uint8_t depth = 0;

		p += strspn(p, " ");
		for (; *p == '.'; p++)
			depth++;
		if (sscanf(p, "%63s %63s %lld %u %u", type, member, &value, &bytes, &bits) < 3)
			continue;
		if (*type == '=') {
			build_value(&s, member, value);
			continue;
		}
		it = build_member(&s, depth, strcmp(member, "-") ? member : "", type_of(type), value, bytes);
		it->bits = (uint16_t)bits;
		it->scope = *type == '{' ? SCOPE_STRUCT : *type == '|' ? SCOPE_UNION : SCOPE_NONE;
	}
	return &s.constructs.v[at];
}

static int setup(void **state)
{
	(void)state;
	snprintf(db, sizeof(db), "%s/%u.db", folder, ndbs++);
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	return 0;
}

/* Stores what was made as an image of this version, and begins the next. */
static void store_as(const char *release)
{
	struct err err = ERR_INIT;
	enum store_added added;
	const char *name;
	struct store *st;

	assert_int_equal(image_parse_release(&s.arena, release, NULL, &s.info, &err), 0);
	s.info.source = IMAGE_FROM_DATASET;
	s.info.kinds |= 1u << KIND_STRUCT | 1u << KIND_UNION | 1u << KIND_ENUM | 1u << KIND_TYPEDEF;
	assert_int_equal(store_open(db, STORE_WRITE, &st, &err), 0);
	assert_int_equal(store_add_image(st, &s, 1, &added, &name, NULL, &err), 0);
	assert_int_equal(added, STORE_ADDED);
	store_close(st);
	surface_done(&s);
	surface_init(&s, &str, &types);
}

struct asked {
	struct store *st;
	struct store_images images;
	struct query_view view;
	struct field q;
	bool found;
};

static void ask(struct asked *a, const char *name)
{
	struct err err = ERR_INIT;

	assert_int_equal(store_open(db, STORE_READ, &a->st, &err), 0);
	assert_int_equal(store_images(a->st, &a->images, &err), 0);
	assert_int_equal(query_view_init(&a->view, &a->images, NULL, &err), 0);
	field_init(&a->q, &a->view, a->st);
	assert_int_equal(field_get(&a->q, a->st, name, &a->found, &err), 0);
}

static void done(struct asked *a)
{
	field_done(&a->q);
	query_view_done(&a->view);
	store_images_done(&a->images);
	store_close(a->st);
}

/* "present 8 4, absent": state, offset in bits (or value) and size in each image. */
static void expect_at(const char *name, const char *want)
{
	static const char *const states[] = { "present", "absent", "none", "unknown" };
	struct buf b = { 0 };
	struct asked a;

	ask(&a, name);
	for (size_t i = 0; i < a.q.at.n; i++) {
		const struct field_at *at = &a.q.at.v[i];

		buf_printf(&b, "%s%s", i ? ", " : "", states[at->state]);
		if (at->state == FIELD_PRESENT)
			buf_printf(&b, " %lld %u", (long long)at->offset, at->size);
	}
	assert_string_equal(buf_z(&b), want);
	buf_done(&b);
	done(&a);
}

/* "-: __state; i_sec": the changes of each pair of versions, and behind a colon where the field went. */
static void expect_changes(const char *name, const char *want)
{
	static const char *const mark[CHANGE_NKINDS] = {
		[CHANGE_FIELD_ADDED] = "+",  [CHANGE_FIELD_REMOVED] = "-",  [CHANGE_FIELD_TYPE] = "~",
		[CHANGE_FIELD_MOVED] = ">",  [CHANGE_FIELD_RESIZED] = "<>", [CHANGE_FIELD_BITFIELD] = ":",
		[CHANGE_VALUE_ADDED] = "v+", [CHANGE_VALUE_REMOVED] = "v-", [CHANGE_VALUE] = "v~",
	};
	struct buf b = { 0 };
	struct asked a;

	ask(&a, name);
	assert_true(a.found);
	for (size_t i = 0; i < a.q.diffs[GROUP_REGULAR].n; i++) {
		const struct query_diff *d = &a.q.diffs[GROUP_REGULAR].v[i];

		buf_puts(&b, i ? " | " : "");
		for (uint32_t j = 0; j < d->nchanges; j++) {
			const struct query_change *c = &a.q.changes.v[d->changes + j];
			bool one_sided = *mark[c->kind] == '+' || *mark[c->kind] == '-' ||
					 mark[c->kind][1] == '+' || mark[c->kind][1] == '-';

			buf_printf(&b, "%s%s", j ? " " : "", mark[c->kind]);
			for (uint32_t k = 0; one_sided && k < c->new_param; k++)
				buf_printf(&b, " %s", a.q.moves.v[c->old_param + k].path);
		}
	}
	assert_string_equal(buf_z(&b), want);
	buf_done(&b);
	done(&a);
}

static void test_paths(void **state)
{
	(void)state;
	make(KIND_STRUCT, "file", 48,
	     "int a 0 4; | - 8 8; .int b 8 4; .{ - 8 8; ..int c 12 4; { e 16 8; .int d 20 4; :inner in 24 8; @box_t box 32 8;"
	     ":inner rest 40 8");
	make(KIND_STRUCT, "inner", 8, "int x 0 4; int y 4 4");
	make(KIND_TYPEDEF, "box_t", 8, "int lid 4 4")->type = build_struct(&s, "");
	make(KIND_TYPEDEF, "file_t", 0, "")->type = build_struct(&s, "file");
	make(KIND_UNION, "both", 4, "int u 0 4");
	make(KIND_ENUM, "colour", 4, "= RED 3; = BLUE -1");
	make(KIND_ENUM, "", 0, "= LEN 16");
	store_as("5.4.0-1-generic-amd64");
	expect_at("file::a", "present 0 4");
	expect_at("struct file::b", "present 64 4");
	expect_at("file::c", "present 96 4");
	expect_at("file::d", "absent");
	expect_at("file::e.d", "present 160 4");
	expect_at("file::e", "present 128 8");
	expect_at("file::in.y", "present 224 4");
	expect_at("file::box.lid", "present 288 4");
	expect_at("file::in.z", "absent");
	expect_at("file::a.b", "absent");
	expect_at("file::in.", "absent");
	expect_at("file::.a", "absent");
	expect_at("file_t::a", "present 0 4");
	expect_at("box_t::lid", "present 32 4");
	expect_at("both::u", "present 0 4");
	expect_at("union both::u", "present 0 4");
	expect_at("struct both::u", "none");
	expect_at("colour::BLUE", "present -1 0");
	expect_at("::LEN", "present 16 0");
	expect_at("nothing::a", "none");
}

static void test_form(void **state)
{
	static const char *const bad[] = { "file", "file::", "", "struct file" };
	struct err err = ERR_INIT;
	struct asked a;
	bool found;

	(void)state;
	make(KIND_STRUCT, "file", 4, "int a 0 4");
	store_as("5.4.0-1-generic-amd64");
	ask(&a, "file::a");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err_clear(&err);
		assert_int_equal(field_get(&a.q, a.st, bad[i], &found, &err), ERR_USAGE);
	}
	done(&a);
}

static void test_changes(void **state)
{
	(void)state;
	make(KIND_STRUCT, "file", 16, "int a 0 4; int b 4 4; int c 8 4; int d 12 4 3; int e 12 4");
	make(KIND_ENUM, "colour", 4, "= RED 3");
	store_as("5.4.0-1-generic-amd64");
	make(KIND_STRUCT, "file", 24, "int a 0 4; long b 4 8; int c 16 4; int d 12 4 4; :box e 12 4");
	make(KIND_ENUM, "colour", 4, "= RED 4");
	store_as("5.8.0-1-generic-amd64");
	make(KIND_ENUM, "colour", 4, "= GREEN 4");
	store_as("5.10.0-1-generic-amd64");
	expect_changes("file::a", "");
	expect_changes("file::b", "~ <>");
	expect_changes("file::c", ">");
	expect_changes("file::d", ":");
	expect_changes("file::e", "~");
	expect_changes("colour::RED", "v~ | v- GREEN");
	expect_at("file::a", "present 0 4, present 0 4, none");
}

/* Two versions of a struct, and where a field of the old one went. */
static void expect_moved(const char *old, const char *new, const char *field, const char *want)
{
	char name[80];

	setup(NULL);
	make(KIND_STRUCT, "task", 64, old);
	store_as("5.10.0-1-generic-amd64");
	make(KIND_STRUCT, "task", 64, new);
	store_as("6.1.0-1-generic-amd64");
	snprintf(name, sizeof(name), "task::%s", field);
	expect_changes(name, want);
	teardown(NULL);
}

static void test_related_names(void **state)
{
	(void)state;
	/* task_struct::state: the type changed, the place did not. */
	expect_moved(":info i 0 8; long state 8 8; *void stack 16 8",
		     ":info i 0 8; int __state 8 4; *void stack 16 8", "state", "- __state");
	/* The other way round. */
	expect_moved(":info i 0 8; long state 8 8; *void stack 16 8",
		     ":info i 0 8; int __state 8 4; *void stack 16 8", "__state", "+ state");
	/* One that became two, beside the same member; others like them are not it. */
	expect_moved(
		"int x 0 4; :ts i_atime 8 16; :ts i_ctime 24 16; int y 40 4",
		"int x 0 4; @t i_atime_sec 8 8; @t i_ctime_sec 16 8; int i_ctime_nsec 24 4; int z 28 4; int y 32 4",
		"i_ctime", "- i_ctime_sec i_ctime_nsec");
	/* A word that is in many names, elsewhere. */
	expect_moved("int a 0 4; long flags 8 8; int b 16 4",
		     "int a 0 4; int b 4 4; long c 8 8; *x y 16 8; int gfp_flags 24 4", "flags", "-");
	/* A letter is a word in short names, and none in long ones. */
	expect_moved("int a 0 4; int lport 4 4; int b 8 4",
		     "int a 0 4; int dport 4 4; int sport 8 4; int b 12 4", "lport", "-");
	expect_moved("int a 0 4; *x tier_sibiling 8 8; int b 16 4",
		     "int a 0 4; *x tier_sibling 8 8; *x other 16 8; int b 24 4", "tier_sibiling",
		     "- tier_sibling");
}

static void test_unrelated_names(void **state)
{
	(void)state;
	/* bio::bi_disk: a pointer for a pointer, alone between the same members. */
	expect_moved("*bio next 0 8; *gendisk bi_disk 8 8; int opf 16 4",
		     "*bio next 0 8; *block_device bi_bdev 8 8; int opf 16 4", "bi_disk", "- bi_bdev");
	/* Not alone: nobody can tell. */
	expect_moved("*bio next 0 8; *gendisk disk 8 8; *y gone 16 8; int opf 24 4",
		     "*bio next 0 8; *block_device bdev 8 8; int opf 16 4", "disk", "-");
	/* A number in the place of a number, of another offset or of another size. */
	expect_moved("int a 0 4; int wake 4 4; int b 8 4", "long x 0 8; int a 8 4; int hot 12 4; int b 16 4",
		     "wake", "-");
	expect_moved("int a 0 4; int wake 4 4; int b 8 4", "int a 0 4; int hot 4 4; int b 8 4", "wake",
		     "- hot");
	/* Bits come and go. */
	expect_moved("int a 0 4; int wake 4 4 1; int b 8 4", "int a 0 4; int hot 4 4 1; int b 8 4", "wake",
		     "-");
	/* Its type is there, but between others. */
	expect_moved("int a 0 4; :rq run 8 8; int b 16 4; int c 20 4",
		     "int a 0 4; int b 4 4; :rq exec 8 8; int c 16 4", "run", "-");
	/* Datasets without offsets: all at 0 is no place. */
	expect_moved("int a 0 0; int wake 0 0; int b 0 0", "int a 0 0; int hot 0 0; int b 0 0", "wake", "-");
	/* Gone, and nothing came. */
	expect_moved("int a 0 4; int b 4 4", "int a 0 4", "b", "-");
}

static void test_nested(void **state)
{
	(void)state;
	/* Into an unnamed struct with a name, and out of one. */
	expect_moved("int a 0 4; *x y 8 8; int b 16 4",
		     "int a 0 4; { n 8 16; .*x y 8 8; .int z 16 4; int b 24 4", "y", "- n.y");
	expect_moved("int a 0 4; { n 8 16; .*x y 8 8; int b 24 4", "int a 0 4; *x y 8 8; int b 16 4", "n.y",
		     "- y");
}

static void test_embedded(void **state)
{
	(void)state;
	/* Into a struct that is a member by value: new, or new in it. */
	make(KIND_STRUCT, "task", 32, "int a 0 4; *x robust 8 8; *x other 16 8; :old o 24 8");
	make(KIND_STRUCT, "old", 8, "int k 0 4");
	store_as("5.10.0-1-generic-amd64");
	make(KIND_STRUCT, "task", 48, "int a 0 4; :old o 8 16; :futex futex 24 16");
	make(KIND_STRUCT, "old", 16, "int k 0 4; *x other 8 8");
	make(KIND_STRUCT, "futex", 16, "int k 0 4; *x robust 8 8");
	store_as("6.1.0-1-generic-amd64");
	expect_changes("task::robust", "- futex.robust");
	expect_changes("task::other", "- o.other");
	/* The mirror: what came out of a struct. */
	expect_changes("task::futex", "+");
}

static void test_pointed(void **state)
{
	(void)state;
	make(KIND_STRUCT, "request", 32, "*queue q 0 8; *gendisk rq_disk 8 8; int flags 16 4; int b 20 4");
	make(KIND_STRUCT, "queue", 8, "int k 0 4");
	store_as("5.10.0-1-generic-amd64");
	make(KIND_STRUCT, "request", 32, "*queue q 0 8; int b 8 4");
	make(KIND_STRUCT, "queue", 24, "int k 0 4; *gendisk disk 8 8; int flags 16 4");
	store_as("6.1.0-1-generic-amd64");
	expect_changes("request::rq_disk", "- q->disk");
	/* A number of a common name is nowhere. */
	expect_changes("request::flags", "-");
}

/* So much is new that nothing can be told: no guess, and no time spent on one. */
static void test_too_much(void **state)
{
	char name[32];

	(void)state;
	for (int v = 0; v < 2; v++) {
		build_construct(&s, KIND_STRUCT, "task", 65536);
		for (int i = 0; i < 3000; i++) {
			snprintf(name, sizeof(name), "%s_%d", v ? "new" : "old", i);
			build_member(&s, 0, name, build_ptr(&s, build_struct(&s, "x")), i * 8, 8);
		}
		build_member(&s, 0, v ? "__state" : "state", build_int(&s, "long"), 24000, 8);
		store_as(v ? "6.1.0-1-generic-amd64" : "5.10.0-1-generic-amd64");
	}
	expect_changes("task::state", "-");
	expect_changes("task::old_7", "-");
}

static void test_unknown(void **state)
{
	struct err err = ERR_INIT;
	struct asked a;

	(void)state;
	make(KIND_STRUCT, "task", 8, "int a 0 4");
	store_as("5.10.0-1-generic-amd64");
	make(KIND_STRUCT, "other", 8, "int a 0 4");
	store_as("6.1.0-1-generic-amd64");
	ask(&a, "task::a");
	/* An image that came without its types. */
	a.images.images.v[1].info.kinds = 1u << KIND_FUNC;
	assert_int_equal(field_get(&a.q, a.st, "task::a", &a.found, &err), 0);
	assert_int_equal(a.q.at.v[0].state, FIELD_PRESENT);
	assert_int_equal(a.q.at.v[1].state, FIELD_UNKNOWN);
	assert_int_equal(a.q.diffs[GROUP_REGULAR].n, 0);
	done(&a);
}

static void test_variants(void **state)
{
	struct asked a;

	(void)state;
	make(KIND_STRUCT, "task", 8, "int a 0 4");
	make(KIND_STRUCT, "task", 16, "int b 8 4")->variant = 1;
	store_as("5.10.0-1-generic-amd64");
	expect_at("task::b", "present 64 4");
	ask(&a, "task::b");
	assert_int_equal(a.q.at.v[0].nvariants, 2);
	done(&a);
}

static void test_nearest(void **state)
{
	struct query_names near;
	struct asked a;

	(void)state;
	make(KIND_STRUCT, "task", 32,
	     "long state 0 8; int static_prio 8 4; int pid 12 4; | - 16 8; .int exit_state 16 4");
	make(KIND_STRUCT, "other", 8, "long stat 0 8");
	store_as("5.10.0-1-generic-amd64");
	ask(&a, "task::stat");
	assert_false(a.found);
	field_nearest(&a.q, 3, &near);
	assert_int_equal(near.names.n, 3);
	assert_string_equal(near.names.v[0].name, "task::state");
	query_names_done(&near);
	done(&a);
}

/* Fields one after the other from one query, as pages does it. */
static void test_again(void **state)
{
	static const char *const names[] = { "task::a", "task::b",  "other::a",
					     "task::a", "task::zz", "task::b" };
	static const int64_t offsets[] = { 0, 32, 64, 0, -1, 32 };
	struct err err = ERR_INIT;
	struct asked a;

	(void)state;
	make(KIND_STRUCT, "task", 8, "int a 0 4; int b 4 4");
	make(KIND_STRUCT, "other", 16, "int a 8 4");
	store_as("5.10.0-1-generic-amd64");
	ask(&a, names[0]);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(field_get(&a.q, a.st, names[i], &a.found, &err), 0);
		assert_int_equal(a.found, offsets[i] >= 0);
		if (a.found)
			assert_int_equal(a.q.at.v[0].offset, offsets[i]);
	}
	done(&a);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_paths),
		T(test_form),
		T(test_changes),
		cmocka_unit_test(test_related_names),
		cmocka_unit_test(test_unrelated_names),
		cmocka_unit_test(test_nested),
		T(test_embedded),
		T(test_pointed),
		T(test_too_much),
		T(test_unknown),
		T(test_variants),
		T(test_nearest),
		T(test_again),
	};
#undef T
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
