// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stores of older schemas, as the programs of their time made them: what they held is there after the migration,
 * the same questions have the same answers, and what is new is what those programs knew.
 */
#include "store_world.h"

/* ---- schema 1: functions alone ---- */

static void drop_text(void *ctx, const char *name, size_t len)
{
	buf_put(ctx, name, len + 1);
}

static uint64_t count_of(const struct store_counts *c, const struct store_count *what)
{
	for (size_t i = 0; i < c->v.n; i++)
		if (!strcmp(c->v.v[i].topic, what->topic) && !strcmp(c->v.v[i].value, what->value))
			return c->v.v[i].n;
	return UINT64_MAX;
}

static void same_images(struct store *a, uint32_t x, struct store *b, uint32_t y)
{
	struct store_counts counts[2];
	struct surface s[2];

	surface_init(&s[0], store_strtab(a), store_types(a));
	surface_init(&s[1], store_strtab(b), store_types(b));
	ok(store_load_image(a, x, &s[0], &err));
	ok(store_load_image(b, y, &s[1], &err));
	assert_in_range(s[0].funcs.n, 5, 60);
	same_surface(&s[0], &s[1]);
	ok(store_image_counts(a, x, &counts[0], &err));
	ok(store_image_counts(b, y, &counts[1], &err));
	assert_in_range(counts[0].v.n, 9, 40);
	for (size_t i = 0; i < counts[0].v.n; i++)
		assert_int_equal(counts[0].v.v[i].n, count_of(&counts[1], &counts[0].v.v[i]));
	for (int i = 0; i < 2; i++) {
		surface_done(&s[i]);
		store_counts_done(&counts[i]);
	}
}

static void same_names(struct store *a, struct store *b)
{
	struct buf names[2] = { 0 };

	ok(store_each_name(a, KIND_FUNC, drop_text, &names[0], &err));
	ok(store_each_name(b, KIND_FUNC, drop_text, &names[1], &err));
	assert_int_equal(names[0].n, names[1].n);
	buf_done(&names[0]);
	buf_done(&names[1]);
}

/* Adds to `to` the images of `from` that it lacks. */
static void copy_images(struct store *from, struct store *to)
{
	struct store_images images;

	ok(store_images(from, &images, &err));
	for (size_t i = 0; i < images.images.n; i++) {
		enum store_added added;
		struct surface s;

		surface_init(&s, store_strtab(from), store_types(from));
		s.info = images.images.v[i].info;
		ok(store_load_image(from, images.images.v[i].id, &s, &err));
		ok(store_add_image(to, &s, 2, &added, NULL, NULL, &err));
		surface_done(&s);
	}
	store_images_done(&images);
}

static void check_migrated(struct store *old, struct store *fresh)
{
	struct store_images images[2];

	ok(store_images(old, &images[0], &err));
	ok(store_images(fresh, &images[1], &err));
	assert_int_equal(images[0].images.n, 6);
	assert_int_equal(images[1].images.n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(images[0].images.v[i].info.name, images[1].images.v[i].info.name);
		assert_int_equal(images[0].images.v[i].info.kinds, 1 << KIND_FUNC);
		same_images(old, images[0].images.v[i].id, fresh, images[1].images.v[i].id);
	}
	same_names(old, fresh);
	store_images_done(&images[0]);
	store_images_done(&images[1]);
}

static void test_from_1(void **state)
{
	static const char *const facts[] = {
		"SELECT image, name, collision, inline, transformed, instances, inline_callers,"
		" direct_callers, symbols, prototype FROM function ORDER BY image, name",
		"SELECT id, name, build, groups, protos, callers FROM image", "SELECT * FROM finding", NULL
	};
	const char *path = path_of("schema1.db"), *copy = path_of("copy1.db");
	struct store *old, *fresh;
	struct surface s;
	bool found = false;
	uint64_t before;

	(void)state;
	if (!make_old_store(path, 1))
		skip();
	assert_int_equal(sql_number(path, "SELECT count(*) FROM function"), 39);
	before = sql_hash(path, facts);
	sql(path,
	    "PRAGMA user_version=2"); /* what claims to be newer than it is is damaged, not brought up to date */
	if (!store_open(path, STORE_READ, &old, &err)) {
		struct store_images images;

		refused(store_images(old, &images, &err), ERR_STORE, "");
		store_close(old);
	}
	err_clear(&err);
	sql(path, "PRAGMA user_version=1");
	old = open_store(path, STORE_READ);
	store_close(old);
	assert_int_equal(sql_number(path, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
	old = open_store(path, STORE_WRITE);
	assert_true(sql_hash(path, facts) == before);
	fresh = open_store(copy, STORE_WRITE);
	copy_images(old, fresh);
	check_migrated(old, fresh);
	surface_init(&s, store_strtab(old), store_types(old)); /* by the string index */
	ok(store_get_func(old, 1, "pond_open", &s, &found, &err));
	assert_true(found);
	surface_done(&s);
	for (uint32_t id = 1; id < 6; id++)
		ok(store_remove_image(old, id, &err));
	copy_images(fresh, old);
	check_migrated(old, fresh);
	store_close(old);
	store_close(fresh);
	/* Nothing that only the migration knew of is left behind. */
	assert_int_equal(sql_number(path, "SELECT count(*) FROM type"),
			 sql_number(copy, "SELECT count(*) FROM type"));
	assert_int_equal(sql_number(path, "SELECT count(*) FROM string"),
			 sql_number(copy, "SELECT count(*) FROM string"));
}

/* ---- schema 2: no facts, owners or modules ---- */

/* tests/fixtures/store_2.sql: tests/corpus/dataset, and the small kernel of tests/fixtures, types from DWARF. */
static void test_from_2(void **state)
{
	static const char *const answers[] = {
		"SELECT image, name, collision, inline, transformed, instances, inline_callers, direct_callers, symbols, btf,"
		" proto, prototype FROM function ORDER BY image, name",
		"SELECT name, prototype FROM function_by_name WHERE name = 'pond_open' ORDER BY image",
		"SELECT image, kind, name, variant, size, items, body FROM struct",
		"SELECT image, kind, struct, variant, field, type, bit_offset, size, bits, position FROM field",
		"SELECT image, name, variant, size, items, body FROM enum",
		"SELECT image, enum, variant, name, value, position FROM enumerator",
		"SELECT image, name, variant, size, type, items, body FROM typedef",
		"SELECT image, name, class, system, size, prototype, format, no_record, body FROM tracepoint",
		"SELECT image, tracepoint, part, field, type, bit_offset, size, is_signed, position FROM tracepoint_field",
		"SELECT image, name, prototype, body FROM lsm_hook",
		"SELECT image, name, id_set FROM kfunc",
		"SELECT * FROM syscall",
		"SELECT * FROM config",
		"SELECT * FROM feature",
		"SELECT * FROM counted",
		"SELECT id, name, version, revision, flavor, arch, distro, types_from, build_id, compiler, added_utc, groups,"
		" protos, instances, callers, symbols, findings FROM image_list",
		"SELECT * FROM btf",
		"SELECT * FROM string",
		"SELECT * FROM type",
		"SELECT * FROM body",
		NULL
	};
	const char *path = path_of("schema2.db"), *fresh = path_of("fresh2.db");
	struct store *st;
	struct world w;
	uint64_t before;

	(void)state;
	if (!make_old_store(path, 2))
		skip();
	assert_int_equal(sql_number(path, "SELECT count(*) FROM function"), 95);
	before = sql_hash(path, answers);
	store_close(open_store(path, STORE_READ));
	assert_int_equal(sql_number(path, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
	assert_true(sql_hash(path, answers) == before);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM image_list WHERE source = 'dataset' AND"
					  " facts = 'instances,symbols,addresses' AND NOT modules"),
			 6);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM image_list WHERE source = 'vmlinux' AND"
					  " facts = 'instances,symbols,addresses' AND NOT modules"),
			 1);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM function WHERE owner NOTNULL"), 0);
	/* It goes on as any other. */
	st = open_store(fresh, STORE_WRITE);
	ok(store_merge(st, path, 2, NULL, NULL, &err));
	world_init(&w, 1);
	add(st, &w, NULL);
	store_close(st);
	st = open_store(path, STORE_WRITE);
	add(st, &w, NULL);
	world_done(&w);
	store_close(st);
	same_stores(path, fresh);
	check_tidy(path);
}

/* A kernel of which schema 2 had the tracepoints had been asked for attach points, too. */
static void test_attach_from_2(void **state)
{
	static const char *const answers[] = {
		"SELECT image, name, ftrace, no_kprobe, error_injection FROM function WHERE image LIKE '%-fix-%'",
		NULL
	};
	const char *path = path_of("attach2.db");
	uint64_t before;

	(void)state;
	if (!make_old_store(path, 2))
		skip();
	sql(path,
	    "UPDATE image SET kinds = kinds | 1 << 5; UPDATE func SET attach = id & 7 WHERE id >> 32 = 7");
	before = sql_hash(path, answers);
	store_close(open_store(path, STORE_WRITE));
	assert_true(sql_hash(path, answers) == before);
	assert_int_equal(
		sql_number(path, "SELECT sum(facts = 15 AND NOT source OR facts = 7 AND source) FROM image"),
		7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_1),
		cmocka_unit_test(test_from_2),
		cmocka_unit_test(test_attach_from_2),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
