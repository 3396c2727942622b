// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Images of one build that tell more or less, and stores that are merged: what is left is the same whatever the
 * order, nothing is there twice, the other store is never written, and no failure leaves half an image.
 */
#include "store_world.h"

/* What a merge said of its images, one after the other. */
struct told {
	uint32_t n[STORE_REPLACED + 1];
	char last[80];
};

static void tell(void *ctx, const char *name, enum store_added added)
{
	struct told *t = ctx;

	t->n[added]++;
	snprintf(t->last, sizeof(t->last), "%s", name);
}

static struct told merge(const char *into, const char *path)
{
	struct store *st = open_store(into, STORE_WRITE);
	struct told t = { 0 };

	ok(store_merge(st, path, 2, tell, &t, &err));
	store_close(st);
	return t;
}

static void make_some(const char *path, const unsigned int *seeds, size_t n)
{
	struct store *st = open_store(path, STORE_WRITE);

	for (size_t i = 0; i < n; i++) {
		struct world w;

		world_init(&w, seeds[i]);
		add(st, &w, NULL);
		world_done(&w);
	}
	store_close(st);
}

/* ---- one build, several tellings ---- */

enum { BOOT, BOOT_MODULES, DEBUG, DEBUG_MODULES, NTELLINGS };

/* The same build as a user may have it. What it tells less of is not there. */
static void telling_init(struct world *w, int telling)
{
	static const uint32_t facts[] = { FACT_SYMBOLS | FACT_ADDRESSES,
					  FACT_INSTANCES | FACT_SYMBOLS | FACT_ADDRESSES };
	bool debug = telling >= DEBUG;

	world_init(w, 3);
	w->s.info.facts = facts[debug];
	w->s.info.source = debug ? IMAGE_FROM_KERNEL : IMAGE_FROM_BOOT;
	if (telling == BOOT || telling == DEBUG)
		w->s.info.nmodules = 0;
	for (size_t i = 0; !debug && i < w->s.funcs.n; i++)
		w->s.funcs.v[i].ninstances = 0;
	if (!debug) {
		w->s.instances.n = w->s.callers.n = 0;
		w->s.btf = NULL;
	}
}

static enum store_added add_telling(const char *path, int telling)
{
	struct store *st = open_store(path, STORE_WRITE);
	enum store_added added;
	const char *name;
	struct world w;

	telling_init(&w, telling);
	added = add(st, &w, &name);
	assert_string_equal(name, "6.3.0-30-cloud-amd64");
	world_done(&w);
	store_close(st);
	return added;
}

static void test_better_or_not(void **state)
{
	static const enum store_added want[NTELLINGS][NTELLINGS] = {
		/* [there][new] */
		{ STORE_ALREADY, STORE_REPLACED, STORE_REPLACED, STORE_REPLACED },
		{ STORE_ALREADY, STORE_ALREADY, STORE_REPLACED, STORE_REPLACED },
		{ STORE_ALREADY, STORE_ALREADY, STORE_ALREADY, STORE_REPLACED },
		{ STORE_ALREADY, STORE_ALREADY, STORE_ALREADY, STORE_ALREADY },
	};
	const unsigned int around[] = { 0, 1, 5 };
	char name[40];

	(void)state;
	for (int there = 0; there < NTELLINGS; there++) {
		for (int next = 0; next < NTELLINGS; next++) {
			const char *path, *alone;
			int best = there > next ? there : next;

			snprintf(name, sizeof(name), "better%d%d.db", there, next);
			path = path_of(name);
			make_some(path, around, 2);
			assert_int_equal(add_telling(path, there), STORE_ADDED);
			make_some(path, around, 3); /* two of them are there already */
			assert_int_equal(add_telling(path, next), want[there][next]);
			check_tidy(path);
			/* Nothing of the other is left: the same strings and types as if it had never been there. */
			snprintf(name, sizeof(name), "alone%d%d.db", there, next);
			alone = path_of(name);
			make_some(alone, around, 3);
			add_telling(alone, best);
			same_stores(path, alone);
			assert_int_equal(
				sql_number(
					path,
					"SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM type)"
					" + (SELECT count(*) FROM body) + (SELECT count(*) FROM btf)"),
				sql_number(
					alone,
					"SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM type)"
					" + (SELECT count(*) FROM body) + (SELECT count(*) FROM btf)"));
		}
	}
}

/* The one rule is an order: of two that are not the same, one replaces the other, and never both. */
static void test_rule_is_an_order(void **state)
{
	static const struct image_module modules[] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
	struct image_info v[60];

	(void)state;
	rng = 7;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = (struct image_info){
			.facts = rnd(16), .kinds = rnd(4), .nmodules = rnd(3), .modules = modules + rnd(2)
		};
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(v); j++) {
			bool same = v[i].facts == v[j].facts && v[i].kinds == v[j].kinds &&
				    v[i].nmodules == v[j].nmodules &&
				    (!v[i].nmodules || v[i].modules == v[j].modules);

			assert_int_equal(store_replaces(&v[i], &v[j]) + store_replaces(&v[j], &v[i]), !same);
			if (image_tells_more(&v[i], &v[j]))
				assert_true(store_replaces(&v[i], &v[j]));
			for (size_t k = 0; store_replaces(&v[i], &v[j]) && k < ARRAY_SIZE(v); k++)
				if (store_replaces(&v[j], &v[k]))
					assert_true(store_replaces(&v[i], &v[k]));
		}
	}
}

/* A refused image leaves the one that it would have replaced. */
static void test_replace_fails(void **state)
{
	const char *path = path_of("fails.db");
	struct store *st = open_store(path, STORE_WRITE);
	enum store_added added;
	const char *name;
	struct world w;

	(void)state;
	telling_init(&w, BOOT);
	add(st, &w, NULL);
	world_done(&w);
	telling_init(&w, DEBUG);
	w.s.funcs.v[7].name = w.s.funcs.v[3].name;
	refused(store_add_image(st, &w.s, 2, &added, NULL, NULL, &err), ERR_FORMAT,
		"two functions are named");
	world_done(&w);
	assert_int_equal(sql_number(path, "SELECT count(*) FROM image WHERE name = build AND source = 2"), 1);
	telling_init(&w, DEBUG);
	assert_int_equal(add(st, &w, &name), STORE_REPLACED);
	assert_int_equal(add(st, &w, &name), STORE_ALREADY);
	world_done(&w);
	world_init(&w, 4); /* the same connection goes on */
	assert_int_equal(add(st, &w, &name), STORE_ADDED);
	world_done(&w);
	store_close(st);
	check_tidy(path);
	assert_int_equal(check_all(path), 2);
}

/* ---- what is merged ---- */

static void test_merge_into_nothing(void **state)
{
	const char *from = path_of("from.db"), *into = path_of("new/into.db");
	struct told t;

	(void)state;
	make_store(from, 6);
	t = merge(into, from);
	assert_int_equal(t.n[STORE_ADDED], 6);
	assert_string_equal(t.last, "6.5.0-50-cloud-amd64");
	assert_int_equal(check_all(into), 6);
	same_stores(into, from);
	check_tidy(into);
	t = merge(into, from);
	assert_int_equal(t.n[STORE_ALREADY], 6);
	assert_int_equal(t.n[STORE_ADDED] + t.n[STORE_RENAMED] + t.n[STORE_REPLACED], 0);
	t = merge(from, into);
	assert_int_equal(t.n[STORE_ALREADY], 6);
}

static void test_merge_order(void **state)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	static const unsigned int seeds[3][3] = { { 0, 1, 2 }, { 5, 2, 4 }, { 1, 6, 0 } };
	static const int tellings[3] = { DEBUG, BOOT_MODULES, BOOT };
	char names[3][20] = { "part0.db", "part1.db", "part2.db" };
	const char *direct = path_of("direct.db");
	int64_t size;

	(void)state;
	for (int i = 0; i < 3; i++) {
		make_some(path_of(names[i]), seeds[i], 3);
		add_telling(path_of(names[i]), tellings[i]);
		make_some(direct, seeds[i], 3);
	}
	add_telling(direct, DEBUG);
	size = sql_number(direct, "SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM type)"
				  " + (SELECT count(*) FROM body) + (SELECT count(*) FROM btf)");
	for (int i = 0; i < 6; i++) {
		char name[40];
		const char *into;

		snprintf(name, sizeof(name), "order%d.db", i);
		into = path_of(name);
		for (int j = 0; j < 3; j++)
			merge(into, path_of(names[orders[i][j]]));
		same_stores(into, direct);
		check_tidy(into);
		assert_int_equal(
			sql_number(into, "SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM type)"
					 " + (SELECT count(*) FROM body) + (SELECT count(*) FROM btf)"),
			size);
	}
}

/* An image goes by the name of its build, and gets another where that is taken. */
static void test_merge_names(void **state)
{
	const char *from = path_of("renamed.db"), *into = path_of("taken.db");
	static const char *const builds[] = { "aaaaaaaa11", "bbbbbbbb22", "cccccccc33" };
	struct told t;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct store *st = open_store(i < 2 ? from : into, STORE_WRITE);
		struct world w;

		world_init(&w, 4);
		w.s.info.build_id = builds[i];
		add(st, &w, NULL);
		world_done(&w);
		store_close(st);
	}
	t = merge(into, from);
	assert_int_equal(t.n[STORE_RENAMED], 2);
	assert_string_equal(t.last, "6.4.0-40-cloud-amd64~bbbbbbbb");
	assert_int_equal(sql_number(into, "SELECT count(*) FROM image WHERE build = '6.4.0-40-cloud-amd64'"),
			 3);
	t = merge(into, from);
	assert_int_equal(t.n[STORE_ALREADY], 2);
	assert_string_equal(t.last, "6.4.0-40-cloud-amd64~bbbbbbbb");
	t = merge(from, into);
	assert_int_equal(t.n[STORE_RENAMED], 1);
	same_stores(from, into);
}

/* ---- other stores as they are ---- */

static uint64_t file_hash(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "r");
	char part[4096];
	uint64_t h;
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)))
		buf_put(&b, part, n);
	fclose(f);
	h = base_hash(b.v, b.n, b.n);
	buf_done(&b);
	return h;
}

static void test_merge_old(void **state)
{
	char name[40];

	(void)state;
	for (int schema = 1; schema < STORE_SCHEMA_VERSION; schema++) {
		const char *old, *into;
		uint64_t before;

		snprintf(name, sizeof(name), "old%d.db", schema);
		old = path_of(name);
		snprintf(name, sizeof(name), "into%d.db", schema);
		into = path_of(name);
		if (!make_old_store(old, schema))
			skip();
		before = file_hash(old);
		assert_int_equal(merge(into, old).n[STORE_ADDED], schema == 1 ? 6 : 7);
		assert_true(file_hash(old) == before);
		snprintf(name, sizeof(name), "old%d.db-wal", schema);
		assert_int_equal(access(path_of(name), F_OK), -1);
		check_tidy(into);
		same_stores(into, old); /* which migrates it */
		assert_true(file_hash(old) != before);
	}
}

static void test_merge_refused(void **state)
{
	const char *own = path_of("own.db"), *other = path_of("other.db");
	struct store *st;

	(void)state;
	make_store(own, 1);
	make_store(other, 1);
	assert_int_equal(symlink(own, path_of("link.db")), 0);
	st = open_store(own, STORE_WRITE);
	refused(store_merge(st, own, 2, NULL, NULL, &err), ERR_USAGE, "own.db|is the store that");
	refused(store_merge(st, path_of("link.db"), 2, NULL, NULL, &err), ERR_USAGE,
		"link.db|is the store that");
	refused(store_merge(st, path_of("none.db"), 2, NULL, NULL, &err), ERR_NOT_FOUND, "none.db|no store");
	refused(store_merge(st, folder, 2, NULL, NULL, &err), ERR_STORE, folder);
	sql(other, "PRAGMA user_version=9");
	refused(store_merge(st, other, 2, NULL, NULL, &err), ERR_STORE, "other.db|schema 9|up to 3");
	store_close(st);
	st = open_store(own, STORE_READ);
	sql(other, "PRAGMA user_version=3");
	refused(store_merge(st, other, 2, NULL, NULL, &err), ERR_USAGE, "own.db|open for reading");
	store_close(st);
	unlink(other);
	sql(other, "CREATE TABLE photos (a)");
	st = open_store(own, STORE_WRITE);
	refused(store_merge(st, other, 2, NULL, NULL, &err), ERR_STORE, "other.db|not a ksurf store");
	store_close(st);
	assert_int_equal(check_all(own), 1);
}

/* What of a damaged store can be read is merged; the error is about the other store. */
static void test_merge_damaged(void **state)
{
	static const struct {
		const char *sql;
		uint32_t left;
	} cases[] = {
		{ "UPDATE func SET detail = x'00' WHERE id >> 32 = 2", 2 },
		{ "UPDATE func SET owner = 77777 WHERE id >> 32 = 2", 2 },
		{ "UPDATE construct SET owner = -1 WHERE id >> 32 = 2", 2 },
		{ "UPDATE construct SET body = 77777 WHERE id >> 32 = 3", 2 },
		{ "UPDATE image SET facts = 16 WHERE id = 1", 2 },
		{ "UPDATE image SET source = 5 WHERE id = 1", 2 },
		{ "UPDATE btf SET data = x'00' WHERE id IN (SELECT btf FROM module WHERE image = 2)", 2 },
		{ "UPDATE string SET text = ''", 0 },
		{ "DROP TABLE module", 0 },
	};
	const char *own = path_of("whole.db"), *other = path_of("hurt.db"), *good = path_of("well.db");
	struct world w;
	char cmd[900];

	(void)state;
	make_store(good, 3);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told t = { 0 };
		struct store *st;

		unlink(own);
		snprintf(cmd, sizeof(cmd), "cp '%s' '%s'", good, other);
		assert_int_equal(system(cmd), 0);
		sql(other, cases[i].sql);
		st = open_store(own, STORE_WRITE);
		world_init(&w, 9);
		add(st, &w, NULL);
		world_done(&w);
		refused(store_merge(st, other, 2, tell, &t, &err), ERR_STORE, "hurt.db");
		assert_int_equal(t.n[STORE_ADDED], cases[i].left);
		store_close(st);
		assert_int_equal(check_all(own), cases[i].left + 1);
		check_tidy(own);
	}
}

/* Of an older schema, too: what cannot be brought up to date is not merged at all. */
static void test_merge_old_damaged(void **state)
{
	const char *own = path_of("sound.db"), *one = path_of("bad1.db"), *two = path_of("bad2.db");
	struct told t = { 0 };
	struct store *st;

	(void)state;
	if (!make_old_store(one, 1) || !make_old_store(two, 2))
		skip();
	make_store(own, 1);
	sql(one, "UPDATE proto SET tree = x'00'");
	sql(two, "UPDATE func SET detail = x'00' WHERE id >> 32 = 2");
	st = open_store(own, STORE_WRITE);
	refused(store_merge(st, one, 2, tell, &t, &err), ERR_STORE, "bad1.db|damaged");
	assert_int_equal(t.n[STORE_ADDED], 0);
	refused(store_merge(st, two, 2, tell, &t, &err), ERR_STORE, "bad2.db|image 6.2.0-1004-aws-amd64");
	assert_int_equal(t.n[STORE_ADDED], 6);
	store_close(st);
	check_tidy(own);
}

static void test_merge_cut(void **state)
{
	const char *own = path_of("uncut.db"), *other = path_of("cut.db");
	uint64_t full;

	(void)state;
	make_store(other, 2);
	full = size_of(other);
	for (uint64_t cut = 100; cut < full; cut += full / 7) {
		struct store *st;
		int rc;

		unlink(other);
		make_store(other, 2);
		assert_int_equal(truncate(other, (off_t)(full - cut)), 0);
		st = open_store(own, STORE_WRITE);
		rc = store_merge(st, other, 2, NULL, NULL, &err);
		refused(rc, ERR_STORE, "cut.db|damaged");
		store_close(st);
		check_all(own);
		check_tidy(own);
	}
}

/* ---- several at once ---- */

static pid_t fork_merger(const char *into, const char *from)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct err e = ERR_INIT;
		struct store *st = NULL;
		int rc = store_open(into, STORE_WRITE, &st, &e);

		rc = rc ? rc : store_merge(st, from, 2, NULL, NULL, &e);
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

static void test_merges_at_once(void **state)
{
	static const unsigned int seeds[3][4] = { { 0, 1, 2, 3 }, { 3, 4, 5, 6 }, { 6, 7, 0, 8 } };
	char names[3][20] = { "at0.db", "at1.db", "at2.db" };
	pid_t pid[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		make_some(path_of(names[i]), seeds[i], 4);
	for (int round = 0; round < 5; round++) {
		char name[40];
		const char *into;

		snprintf(name, sizeof(name), "at_into%d.db", round);
		into = path_of(name);
		for (int i = 0; i < 3; i++)
			pid[i] = fork_merger(into, path_of(names[i]));
		for (int i = 0; i < 3; i++)
			assert_int_equal(wait_for(pid[i]), 0);
		assert_int_equal(check_all(into), 9);
		check_tidy(into);
	}
	/* Each into the other, both ways at once. */
	pid[0] = fork_merger(path_of(names[0]), path_of(names[1]));
	pid[1] = fork_merger(path_of(names[1]), path_of(names[0]));
	assert_int_equal(wait_for(pid[0]), 0);
	assert_int_equal(wait_for(pid[1]), 0);
	assert_int_equal(check_all(path_of(names[0])), 7);
	same_stores(path_of(names[0]), path_of(names[1]));
}

static void test_merge_killed(void **state)
{
	const char *from = path_of("kfrom.db"), *into = path_of("kinto.db");

	(void)state;
	make_store(from, 8);
	rng = 3;
	for (int round = 0; round < 12; round++) {
		pid_t pid = fork_merger(into, from);

		usleep(rnd(60000));
		kill(pid, SIGKILL);
		wait_for(pid);
		if (!access(into, F_OK) && size_of(into)) {
			store_close(open_store(into, STORE_WRITE));
			check_all(into);
		}
	}
	assert_int_equal(wait_for(fork_merger(into, from)), 0);
	same_stores(into, from);
	check_tidy(into);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_better_or_not),  cmocka_unit_test(test_rule_is_an_order),
		cmocka_unit_test(test_replace_fails),  cmocka_unit_test(test_merge_into_nothing),
		cmocka_unit_test(test_merge_order),    cmocka_unit_test(test_merge_names),
		cmocka_unit_test(test_merge_old),      cmocka_unit_test(test_merge_refused),
		cmocka_unit_test(test_merge_damaged),  cmocka_unit_test(test_merge_cut), cmocka_unit_test(test_merge_old_damaged),
		cmocka_unit_test(test_merges_at_once), cmocka_unit_test(test_merge_killed),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
