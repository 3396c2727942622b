// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The store against generated surfaces with all the odd values that a surface can hold: what goes
 * in comes out, whatever happens to the process, the disk or the file. Runs in a folder of its own.
 */
#include "store_world.h"

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
		assert_int_equal(im->info.facts, w.s.info.facts);
		assert_int_equal(im->info.source, w.s.info.source);
		assert_int_equal(im->info.nmodules, w.s.info.nmodules);
		for (uint32_t m = 0; m < im->info.nmodules; m++) {
			assert_string_equal(im->info.modules[m].name, w.modules[m].name);
			assert_string_equal(im->info.modules[m].build_id, w.modules[m].build_id);
			assert_null(im->info.modules[m].btf);
		}
		world_done(&w);
	}
	store_images_done(&list);
	store_close(st);
}

static void test_get_image(void **state)
{
	const char *path = path_of("getim.db");
	struct store_images list;
	struct store_image im;
	struct arena a;
	struct store *st;

	(void)state;
	make_store(path, 4);
	st = open_store(path, STORE_READ);
	arena_init(&a);
	ok(store_images(st, &list, &err));
	for (size_t i = 0; i < list.images.n; i++) {
		ok(store_get_image(st, list.images.v[i].id, &a, &im, &err));
		assert_int_equal(im.id, list.images.v[i].id);
		assert_string_equal(im.info.name, list.images.v[i].info.name);
		same_info(&im, &list.images.v[i]);
	}
	refused(store_get_image(st, 9, &a, &im, &err), ERR_NOT_FOUND, "no image 9");
	store_images_done(&list);
	arena_done(&a);
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
		"SELECT * FROM type ORDER BY id",
		"SELECT * FROM body ORDER BY id",
		"SELECT * FROM construct ORDER BY id",
		"SELECT * FROM name ORDER BY id",
		"SELECT * FROM btf ORDER BY id",
		"SELECT * FROM module ORDER BY image, name",
		"SELECT * FROM image_count ORDER BY image, position",
		"SELECT * FROM func ORDER BY id",
		"SELECT * FROM string_index ORDER BY bucket",
		"SELECT * FROM image_use ORDER BY id",
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
	assert_true(after < full * 4 / 5);
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
				    "type) + (SELECT count(*) FROM func) + (SELECT count(*) FROM "
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
	refused(store_open(path, STORE_READ, &st, &err), ERR_STORE, "schema 7|up to 3");
	refused(store_open(path, STORE_WRITE, &st, &err), ERR_STORE, "schema 7|up to 3");
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

static void drop_name(void *ctx, const char *name, size_t len)
{
	(void)ctx, (void)name, (void)len;
}

static int load(const char *path)
{
	struct store *st = NULL;
	struct surface s;
	struct store_images images;
	struct buf btf = { 0 };
	int rc = store_open(path, STORE_READ, &st, &err);

	if (rc)
		return rc;
	surface_init(&s, store_strtab(st), store_types(st));
	rc = store_images(st, &images, &err);
	if (!rc)
		store_images_done(&images);
	if (!rc)
		rc = store_load_image(st, 1, &s, &err);
	for (enum kind k = KIND_STRUCT; !rc && k < KIND_FIELD; k++)
		rc = store_load_constructs(st, 1, k, &s, &err);
	if (!rc)
		rc = store_image_btf(st, 1, &btf, &err);
	for (enum kind k = KIND_FUNC; !rc && k < KIND_NKINDS; k++)
		rc = store_each_name(st, k, drop_name, NULL, &err);
	buf_done(&btf);
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
		{ "UPDATE func SET collision = 8", "function func" },
		{ "UPDATE func SET inline = 4", "function func" },
		{ "UPDATE func SET proto = NULL", "columns" },
		{ "UPDATE func SET proto = 77777 WHERE proto", "type 77777 is not there" },
		{ "UPDATE func SET proto = 4000000000 WHERE proto", "is not there" },
		{ "UPDATE func SET proto = (SELECT id FROM type WHERE tree LIMIT 1) WHERE proto",
		  "prototype is none" },
		{ "UPDATE type SET tree = x'0000'", "its packed tree" },
		{ "UPDATE type SET tree = x'0dffffffff0f00'", "type" },
		{ "UPDATE type SET tree = zeroblob(40000)", "type" },
		{ "UPDATE type SET tree = replace(hex(zeroblob(20000)), '00', x'02')", "type" },
		{ "UPDATE type SET tree = x''", "type" },
		{ "UPDATE type SET params = substr(params, 1, length(params) - 1)", "its parameters" },
		{ "UPDATE type SET params = '[]'", "its parameters" },
		{ "UPDATE type SET params = '[1,2]'", "its parameters" },
		{ "UPDATE type SET params = '[-1]'", "its parameters" },
		{ "UPDATE type SET params = '[1,2,3] '", "its parameters" },
		{ "UPDATE type SET params = '[77777]'", "type 77777 is not there" },
		{ "UPDATE type SET params = '[0,77777,0]'", "string 77777 is not there" },
		{ "UPDATE type SET params = '[' || id || ']'", "packed tree" }, /* of itself */
		{ "UPDATE func SET attach = 16", "columns" },
		{ "UPDATE func SET owner = 77777", "function func|string 77777 is not there" },
		{ "UPDATE func SET owner = 1 << 32", "function func|columns" },
		{ "UPDATE func SET owner = -1", "function func|columns" },
		{ "UPDATE func SET owner = 1 << 31", "function func|is not there" },
		/* An owner alone, of no string, twice; then one that is well, and says other facts. */
		{ "UPDATE func SET detail = x'0701', instances = 1, symbols = 0",
		  "function func|does not add up" },
		{ "UPDATE func SET detail = x'07ffff7f00', instances = 1, symbols = 0, inline_callers = 0, direct_callers = 0",
		  "function func|is not there" },
		{ "UPDATE func SET detail = x'0701070100', instances = 1, symbols = 0, inline_callers = 0,"
		  " direct_callers = 0",
		  "function func|does not add up" },
		{ "UPDATE func SET detail = x'0701' || x'0000', instances = 1, symbols = 0, inline_callers = 0,"
		  " direct_callers = 0",
		  NULL },
		{ "UPDATE func SET detail = x'0700' || x'0000', instances = 1, symbols = 0, inline_callers = 0,"
		  " direct_callers = 0",
		  NULL },
		{ "UPDATE func SET detail = x'80ffff7f0000', instances = 0, symbols = 1, inline_callers = 0,"
		  " direct_callers = 0",
		  "function func|is not there" },
		{ "UPDATE func SET detail = x'80010000', instances = 0, symbols = 1, inline_callers = 0, direct_callers = 0",
		  NULL },
		{ "UPDATE func SET detail = x'8001', instances = 0, symbols = 1, inline_callers = 0, direct_callers = 0",
		  "function func|does not add up" },
		{ "UPDATE construct SET owner = 77777", "struct|string 77777 is not there" },
		{ "UPDATE construct SET owner = -1", "columns" },
		{ "UPDATE construct SET variants = '[[1,2,77777]]'", "string 77777 is not there" },
		{ "UPDATE construct SET variants = '[[1,2,-1]]'", "add up" },
		{ "UPDATE construct SET variants = '[[1,2,99999999999]]'", "add up" },
		{ "UPDATE construct SET variants = '[[1,2,]]'", "add up" },
		{ "UPDATE construct SET variants = '[[1,2,1,1]]'", "add up" },
		{ "UPDATE image SET facts = 16", "6.0.0-0-cloud-amd64: its columns" },
		{ "UPDATE image SET source = 5", "6.0.0-0-cloud-amd64: its columns" },
		{ "UPDATE image SET source = -1", "6.0.0-0-cloud-amd64: its columns" },
		{ "UPDATE construct SET body = 77777", "image 6.0.0-0-cloud-amd64|body 77777 is not there" },
		{ "UPDATE construct SET body = -1", "columns" },
		{ "UPDATE construct SET seq = 1 << 32", "columns" },
		{ "UPDATE construct SET variants = '[[1,2]' WHERE variants NOTNULL", "add up" },
		{ "UPDATE construct SET variants = '[]' WHERE variants NOTNULL", "add up" },
		{ "UPDATE construct SET variants = '[[1,2],]' WHERE variants NOTNULL", "add up" },
		{ "UPDATE body SET kind = kind % 10 + 1", "struct|its body does not add up" },
		{ "UPDATE body SET kind = 0", "body 1: its columns" },
		{ "UPDATE body SET size = -1", "its columns" },
		{ "UPDATE body SET nitems = nitems + 1", "struct|its body does not add up" },
		{ "UPDATE body SET nitems = 4000000000", "struct|its body does not add up" },
		{ "UPDATE body SET class = 77777", "struct|string 77777 is not there" },
		{ "UPDATE body SET type = 77777", "struct|type 77777 is not there" },
		{ "UPDATE body SET items = substr(items, 2)", "its body does not add up" },
		{ "UPDATE body SET items = items || '1' WHERE items NOTNULL", "its body does not add up" },
		{ "UPDATE body SET items = '[[1]]', nitems = 1 WHERE items NOTNULL", NULL },
		{ "UPDATE body SET items = '[[1,]]', nitems = 1 WHERE items NOTNULL",
		  "its body does not add up" },
		{ "UPDATE body SET items = '[[1,1e3]]', nitems = 1 WHERE items NOTNULL",
		  "its body does not add up" },
		{ "UPDATE body SET items = '[[1,9223372036854775808]]', nitems = 1 WHERE items NOTNULL",
		  "its body" },
		{ "UPDATE body SET items = '[[1,-9223372036854775808]]', nitems = 1 WHERE items NOTNULL",
		  NULL },
		{ "UPDATE body SET items = '[[77777]]', nitems = 1 WHERE items NOTNULL",
		  "string 77777 is not there" },
		{ "UPDATE body SET items = '[[1,2,77777]]', nitems = 1 WHERE items NOTNULL",
		  "type 77777 is not there" },
		{ "UPDATE body SET items = '[[1,2,0,1,256]]', nitems = 1 WHERE items NOTNULL",
		  "its body does not add up" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,3]]', nitems = 1 WHERE items NOTNULL",
		  "its body does not add up" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,0,1]]', nitems = 1 WHERE items NOTNULL", "its body" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,0,0,65536]]', nitems = 1 WHERE items NOTNULL",
		  "its body" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,0,0,0,-2]]', nitems = 1 WHERE items NOTNULL",
		  "its body" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,0,0,0,0,0,2]]', nitems = 1 WHERE items NOTNULL",
		  "its body" },
		{ "UPDATE body SET items = '[[1,2,0,1,0,0,0,0,0,0,1,1]]', nitems = 1 WHERE items NOTNULL",
		  "its body" },
		{ "UPDATE name SET names = x'00' WHERE id >> 32 = 3", "names of kind 'enum'" },
		{ "UPDATE name SET size = 1 << 40 WHERE id >> 32 = 3", "names of kind 'enum'" },
		{ "UPDATE btf SET data = x'00'", "6.0.0-0-cloud-amd64: its BTF" },
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
		if (cases[i].words)
			refused(load(path), ERR_STORE, cases[i].words);
		else
			ok(load(path)); /* other facts, but facts */
	}
}

/* Writers meet damaged lists and counters. */
static void test_damaged_writer(void **state)
{
	static const char *const cases[] = {
		"DELETE FROM counter WHERE name = 'next_string'",
		"UPDATE image_use SET ids = x'ff' WHERE id % 256 = 16",
		"UPDATE image_use SET ids = x'0001ffffffff7f01' WHERE id % 256 = 17",
		"UPDATE image_use SET ids = x'05ffffffffffffffffff01' WHERE id % 256 = 16",
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
		{ "type", "tree" },
		{ "type", "params" },
		{ "body", "items" },
		{ "construct", "variants" },
		{ "name", "names" },
		{ "btf", "data" },
		{ "string_index", "entries" },
	};
	const char *path = path_of("random.db");
	unsigned int failures = 0;

	(void)state;
	make_store(path, 1);
	rng = 4711;
	for (int round = 0; round < 120; round++) {
		const char *const *c = columns[rnd(ARRAY_SIZE(columns))];
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
			sql_number(path, "SELECT count(*) - count(DISTINCT coalesce(params, tree)) FROM type"), 0);
		assert_int_equal(
			sql_number(path, "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT kind, name, "
					 "size, flags, type, class, system, text, items FROM body)) FROM body"),
			0);
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

/* ---- views ---- */

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
		cmocka_unit_test(test_get_image),
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
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_default_path),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
