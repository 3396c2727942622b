// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queries: groups and labels, naming an image, prototypes compared, nearest names.
 */
#include "query/query.h"

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- images by name ---- */

static int by_order(const void *a, const void *b)
{
	const struct store_image *x = a, *y = b;

	return image_compare(&x->info, &y->info);
}

static void make_images(struct store_images *images, const char *const *names, size_t n)
{
	struct err err = ERR_INIT;

	*images = (struct store_images){ 0 };
	arena_init(&images->arena);
	for (size_t i = 0; i < n; i++) {
		struct store_image im = { .id = (uint32_t)i + 1 };

		assert_int_equal(
			image_parse_release(&images->arena, names[i], NULL, &im.info, &err), 0);
		VEC_PUSH(&images->images, im);
	}
	if (n)
		qsort(images->images.v, n, sizeof(*images->images.v), by_order);
}

static void free_images(struct store_images *images)
{
	VEC_DONE(&images->images);
	arena_done(&images->arena);
}

#define IMAGES(images, ...)                                       \
	make_images(images, (const char *const[]){ __VA_ARGS__ }, \
		    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void expect_group(const struct query_view *v, int kind, const char *want, bool ds)
{
	const struct query_group *g = &v->groups[kind];
	struct buf b = { 0 };

	for (size_t i = 0; i < g->members.n; i++) {
		buf_puts(&b, i ? "," : "");
		buf_puts(&b, ds ? g->members.v[i].ds_label : g->members.v[i].label);
	}
	assert_string_equal(buf_z(&b), want);
	buf_done(&b);
}

static const char *base_name(const struct query_view *v)
{
	return v->images->images.v[v->base].info.name;
}

/* The 25 images of the recorded pages: their groups, order and labels are in images.json there. */
static void test_recorded_groups(void **state)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct query_view v;

	(void)state;
	IMAGES(&images, "5.4.0-26-lowlatency-amd64", "4.4.0-21-generic-amd64",
	       "4.8.0-22-generic-amd64", "4.10.0-19-generic-amd64", "4.13.0-16-generic-amd64",
	       "4.15.0-20-generic-amd64", "4.18.0-10-generic-amd64", "5.0.0-13-generic-amd64",
	       "5.3.0-18-generic-amd64", "5.4.0-26-generic-amd64", "5.8.0-25-generic-amd64",
	       "5.11.0-16-generic-amd64", "5.13.0-19-generic-amd64", "5.15.0-25-generic-amd64",
	       "5.19.0-21-generic-amd64", "6.2.0-20-generic-amd64", "6.5.0-9-generic-amd64",
	       "6.8.0-31-generic-amd64", "5.4.0-26-generic-arm64", "5.4.0-26-generic-armhf",
	       "5.4.0-26-generic-ppc64el", "5.4.0-24-generic-riscv64", "5.4.0-1009-aws-amd64",
	       "5.4.0-1010-azure-amd64", "5.4.0-1009-gcp-amd64");
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	assert_string_equal(base_name(&v), "5.4.0-26-generic-amd64");
	for (int ds = 0; ds < 2; ds++) {
		expect_group(
			&v, GROUP_REGULAR,
			"4.4,4.8,4.10,4.13,4.15,4.18,5.0,5.3,5.4,5.8,5.11,5.13,5.15,5.19,6.2,6.5,6.8",
			ds);
		expect_group(&v, GROUP_ARCH, "arm64,armhf,ppc64el,riscv64", ds);
		expect_group(&v, GROUP_FLAVOR, "aws,azure,gcp,lowlatency", ds);
	}
	assert_string_equal(v.groups[GROUP_REGULAR].base.label, "5.4");
	assert_string_equal(v.groups[GROUP_ARCH].base.label, "amd64");
	assert_string_equal(v.groups[GROUP_FLAVOR].base.label, "generic");
	assert_int_equal(v.unrelated.n, 0);
	query_view_done(&v);

	/* Around another base the rest is unrelated. */
	assert_int_equal(query_view_init(&v, &images, "6.8", &err), 0);
	assert_string_equal(base_name(&v), "6.8.0-31-generic-amd64");
	assert_int_equal(v.groups[GROUP_REGULAR].members.n, 17);
	assert_int_equal(v.groups[GROUP_ARCH].members.n, 0);
	assert_int_equal(v.unrelated.n, 8);
	query_view_done(&v);
	free_images(&images);
}

/* Debian calls its default kernels by their processor on some archs; they are relatives all the same. */
static void test_debian_archs(void **state)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct query_view v;

	(void)state;
	IMAGES(&images, "6.12.107+deb13-amd64", "6.12.107+deb13-arm64", "6.12.107+deb13-armmp-armhf",
	       "6.12.107+deb13-powerpc64le-ppc64el", "6.12.107+deb13-riscv64", "6.12.107+deb13-s390x",
	       "6.12.107+deb13-cloud-amd64", "6.12.107+deb13-arm64-16k-arm64", "6.12.107+deb13-armmp-lpae-armhf");
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	assert_string_equal(base_name(&v), "6.12.107+deb13-amd64");
	expect_group(&v, GROUP_ARCH, "arm64,armhf,ppc64el,riscv64,s390x", false);
	expect_group(&v, GROUP_FLAVOR, "cloud", false);
	query_view_done(&v);
	free_images(&images);
}

static void test_labels(void **state)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct query_view v;

	(void)state;
	/* Two revisions of one version are told apart, others stay short. */
	IMAGES(&images, "6.1.0-50-cloud-amd64", "6.1.0-56-cloud-amd64",
	       "6.12.107+deb13-cloud-amd64", "6.12.107+deb12-cloud-amd64", "5.10.0-32-cloud-amd64",
	       "7.2.13+deb14-cloud-amd64");
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	assert_string_equal(base_name(&v), "7.2.13+deb14-cloud-amd64");
	expect_group(&v, GROUP_REGULAR,
		     "5.10,6.1.0-50,6.1.0-56,6.12.107+deb12,6.12.107+deb13,7.2.13", false);
	expect_group(&v, GROUP_REGULAR, "5.10,6.1,6.1,6.12.107,6.12.107,7.2.13", true);
	query_view_done(&v);
	free_images(&images);

	/* In Arch and Flavor too; the base is the newest of equals. */
	IMAGES(&images, "6.1.0-50-generic-amd64", "6.1.0-56-generic-amd64",
	       "6.1.0-50-generic-arm64", "6.1.0-56-generic-arm64", "6.1.0-56-rt-amd64");
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	assert_string_equal(base_name(&v), "6.1.0-56-generic-amd64");
	expect_group(&v, GROUP_REGULAR, "6.1.0-50,6.1.0-56", false);
	expect_group(&v, GROUP_ARCH, "arm64 6.1.0-50,arm64 6.1.0-56", false);
	expect_group(&v, GROUP_FLAVOR, "rt", false);
	assert_string_equal(v.groups[GROUP_REGULAR].base.label, "6.1.0-56");
	query_view_done(&v);
	free_images(&images);

	/* No relatives at all: the newest. An image alone. None. */
	IMAGES(&images, "5.10.0-32-cloud-amd64", "6.12.107+deb13-cloud-arm64");
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	assert_string_equal(base_name(&v), "6.12.107+deb13-cloud-arm64");
	assert_int_equal(v.groups[GROUP_REGULAR].members.n, 1);
	assert_int_equal(v.unrelated.n, 1);
	query_view_done(&v);
	free_images(&images);
	make_images(&images, NULL, 0);
	assert_int_equal(query_view_init(&v, &images, NULL, &err), ERR_NOT_FOUND);
	query_view_done(&v);
	free_images(&images);
}

static void test_find_image(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *name; /* found, or in the message */
	} cases[] = {
		{ "6.8", 0, "6.8.0-31-generic-amd64" },
		{ "6.8.0-31-generic-amd64", 0, "6.8.0-31-generic-amd64" },
		{ "generic-arm64", 0, "5.4.0-26-generic-arm64" },
		{ "arm64", ERR_USAGE, "names 2 images" },
		{ "aws", 0, "5.4.0-1009-aws-amd64" },
		{ "6.1", 0, "6.1.0-56-cloud-amd64" }, /* as words; a part of 6.12.107 too */
		{ "6.12", 0, "6.12.107+deb13-cloud-arm64" },
		{ "+deb13", 0, "6.12.107+deb13-cloud-arm64" },
		{ "deb", 0, "6.12.107+deb13-cloud-arm64" },
		{ "5.4", ERR_USAGE, "5.4.0-1009-aws-amd64, 5.4.0-26-generic-arm64" },
		{ "amd64", ERR_USAGE, "names 3 images" },
		{ "", ERR_NOT_FOUND, "there is" },
		{ "7.0", ERR_NOT_FOUND, "6.8.0-31-generic-amd64" },
	};
	struct store_images images;

	(void)state;
	IMAGES(&images, "6.8.0-31-generic-amd64", "5.4.0-26-generic-arm64", "5.4.0-1009-aws-amd64",
	       "6.1.0-56-cloud-amd64", "6.12.107+deb13-cloud-arm64");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;
		uint32_t at = 77;

		assert_int_equal(query_find_image(&images, cases[i].text, &at, &err),
				 cases[i].code);
		if (cases[i].code) {
			assert_int_equal(at, 77);
			assert_non_null(strstr(err.msg, cases[i].name));
		} else {
			assert_string_equal(images.images.v[at].info.name, cases[i].name);
		}
	}
	free_images(&images);
}

/* ---- prototypes compared ---- */

static struct strtab str;
static struct type_table tab;

static uint32_t named(enum type_kind kind, const char *name)
{
	struct type n = { .kind = kind, .name = strtab_intern_z(&str, name), .size = TYPE_NO_SIZE };

	return type_intern(&tab, &n, NULL);
}

/* "int a, u32 b" as type and name in turn; "-" is no name; ret first. */
static uint32_t proto(const char *text)
{
	struct type_param p[64];
	struct type n = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	char copy[512], *save, *type, *name;

	snprintf(copy, sizeof(copy), "%s", text);
	n.ref = named(TYPE_INT, strtok_r(copy, " ", &save));
	while ((type = strtok_r(NULL, " ", &save)) && (name = strtok_r(NULL, " ", &save))) {
		enum type_kind kind = *type == '@' ? TYPE_TYPEDEF : TYPE_INT;

		p[n.count].name = strcmp(name, "-") ? strtab_intern_z(&str, name) : 0;
		p[n.count++].type = strcmp(type, "void") ? named(kind, type + (*type == '@')) : 0;
	}
	return type_intern(&tab, &n, p);
}

/* "+a -b order ~c ret", "!" before what C does not show, "order?" for shifted only. */
static const char *changes(const char *from, const char *to)
{
	static char text[1024];
	struct surface s = { .str = &str, .types = &tab };
	struct query_compare c;
	uint32_t a = proto(from), b = proto(to);
	const struct type_param *p, *q;

	query_compare_init(&c);
	query_compare_protos(&c, &s, a, b);
	p = tab.params.v + type_at(&tab, a)->params;
	q = tab.params.v + type_at(&tab, b)->params;
	*text = '\0';
	for (size_t i = 0; i < c.changes.n; i++) {
		const struct query_change *h = &c.changes.v[i];
		char *at = text + strlen(text);
		size_t room = sizeof(text) - (size_t)(at - text);
		const char *sep = i ? " " : "", *mark = h->invisible ? "!" : "";

		if (h->kind == CHANGE_PARAM_ADDED)
			snprintf(at, room, "%s+%s", sep, strtab_text(&str, q[h->new_param].name));
		else if (h->kind == CHANGE_PARAM_REMOVED)
			snprintf(at, room, "%s-%s", sep, strtab_text(&str, p[h->old_param].name));
		else if (h->kind == CHANGE_PARAM_REORDERED)
			snprintf(at, room, "%sorder%s", sep, h->shifted_only ? "?" : "");
		else if (h->kind == CHANGE_PARAM_TYPE)
			snprintf(at, room, "%s%s~%s", sep, mark,
				 strtab_text(&str, p[h->old_param].name));
		else
			snprintf(at, room, "%s%sret", sep, mark);
	}
	query_compare_done(&c);
	return text;
}

static void test_compare(void **state)
{
	char many[512] = "int", swapped[512] = "int";

	(void)state;
	strtab_init(&str);
	type_table_init(&tab);
	assert_string_equal(changes("int int a", "int int a"), "");
	assert_string_equal(changes("int int a", "long int a"), "ret");
	assert_string_equal(changes("int int a", "int int a int b"), "+b");
	assert_string_equal(changes("int int a int b", "int int b"), "-a order?");
	assert_string_equal(changes("int int a", "int int z int a"), "+z order?");
	assert_string_equal(changes("int int a int b", "int int b int a"), "order");
	assert_string_equal(changes("int int a int b int c", "int long c int x int a"),
			    "+x -b order ~c");
	assert_string_equal(changes("int int a int b", "int int x int y"), "+x +y -a -b");
	/* A typedef and an int of one name are one text. */
	assert_string_equal(changes("int u32 a", "int @u32 a"), "!~a");
	/* Unnamed parameters are known by their number among the unnamed. */
	assert_string_equal(changes("int int - int a", "int int a int -"), "order");
	assert_string_equal(changes("int int - long -", "int int -"), "-");
	assert_string_equal(changes("int int - long -", "int int - int -"), "~");
	assert_string_equal(changes("int int a", "int int a void -"), "+");
	/* A name that stands twice: its first place, its last type. */
	assert_string_equal(changes("int int a int b long a", "int long a int b"), "");
	assert_string_equal(changes("int int a int b long a", "int int a int b"), "~a");
	/* Long lists go through the map. */
	for (int i = 0; i < 60; i++) {
		snprintf(many + strlen(many), sizeof(many) - strlen(many), " int p%d", i);
		snprintf(swapped + strlen(swapped), sizeof(swapped) - strlen(swapped), " int p%d",
			 59 - i);
	}
	assert_string_equal(changes(many, many), "");
	assert_string_equal(changes(many, swapped), "order");
	assert_string_equal(changes(swapped, "int int p3"),
			    strstr(changes(swapped, "int int p3"), "-p59"));
	type_table_done(&tab);
	strtab_done(&str);
}

/* ---- a store of names ---- */

static void add_func(struct surface *s, const char *name, uint32_t proto_id)
{
	struct instance in = { .inline_word = INLINE_SEEN_UNKNOWN, .external = true };
	struct func f = {
		.name = strtab_intern_z(s->str, name),
		.seq = (uint32_t)s->funcs.n,
		.type_seq = proto_id ? (uint32_t)s->funcs.n : SEQ_NONE,
		.proto = proto_id,
		.inline_type = INLINE_FULL,
		.instances = (uint32_t)s->instances.n,
		.ninstances = 1,
		.symbols = (uint32_t)s->symbols.n,
	};

	VEC_PUSH(&s->instances, in);
	VEC_PUSH(&s->funcs, f);
}

static struct {
	char db[256];
	struct store *st;
} t;

#define NNAMES 170000

static void add_image(const char *name, size_t nnames, const char *vfs_read)
{
	static const char *const words[] = { "tcp",  "vfs",   "read", "write", "ext4", "xfs",
					     "page", "alloc", "free", "lock",  "init", "sched",
					     "rcu",  "dev",   "net",  "sock" };
	struct err err = ERR_INIT;
	enum store_added added;
	struct surface s;
	const char *stored;

	strtab_init(&str);
	type_table_init(&tab);
	surface_init(&s, &str, &tab);
	assert_int_equal(image_parse_release(&s.arena, name, NULL, &s.info, &err), 0);
	add_func(&s, "vfs_read", proto(vfs_read));
	add_func(&s, "__vfs_read", 0);
	add_func(&s, "vfs_readlink", 0);
	add_func(&s, "tcp_sendmsg", 0);
	add_func(&s, "__kmalloc_node_track_caller", 0);
	for (size_t i = 0; i < nnames; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s_%s_%s_%zu", words[i % 16], words[i / 16 % 16],
			 words[i / 256 % 16], i / 4096);
		add_func(&s, text, 0);
	}
	assert_int_equal(store_add_image(t.st, &s, 1, &added, &stored, NULL, &err), 0);
	surface_done(&s);
	type_table_done(&tab);
	strtab_done(&str);
}

static const char *tmp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir && strlen(dir) < 200 ? dir : "/tmp";
}

static int setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	snprintf(t.db, sizeof(t.db), "%s/ksurf-query-%ld.db", tmp_dir(), (long)getpid());
	if (store_open(t.db, STORE_WRITE, &t.st, &err))
		return -1;
	add_image("5.4.0-26-generic-amd64", 10, "int int a");
	add_image("5.8.0-25-generic-amd64", NNAMES, "int int a int b");
	add_image("5.4.0-26-generic-arm64", 10, "int int a");
	return 0;
}

static int teardown(void **state)
{
	char path[300];

	(void)state;
	store_close(t.st);
	for (const char *const *s = (const char *const[]){ "", "-wal", "-shm", NULL }; *s; s++) {
		snprintf(path, sizeof(path), "%s%s", t.db, *s);
		unlink(path);
	}
	return 0;
}

static void test_func(void **state)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct query_view v;
	struct query_construct q;
	bool found;

	(void)state;
	assert_int_equal(store_images(t.st, &images, &err), 0);
	assert_int_equal(query_view_init(&v, &images, NULL, &err), 0);
	query_construct_init(&q, KIND_FUNC, &v, t.st);
	assert_int_equal(query_construct_get(&q, t.st, "vfs_read", &found, &err), 0);
	assert_true(found);
	assert_string_equal(q.name, "vfs_read");
	assert_int_equal(q.facts.funcs.n, 3);
	assert_int_equal(q.diffs[GROUP_REGULAR].n, 1);
	assert_int_equal(q.diffs[GROUP_REGULAR].v[0].nchanges, 1);
	assert_string_equal(q.diffs[GROUP_REGULAR].v[0].old_member->label, "5.4");
	assert_int_equal(q.diffs[GROUP_ARCH].n, 1);
	assert_int_equal(q.diffs[GROUP_ARCH].v[0].nchanges, 0);
	assert_string_equal(q.diffs[GROUP_ARCH].v[0].old_member->label, "amd64");
	assert_false(q.has_diff_group[GROUP_FLAVOR]);
	/* No prototype anywhere: no differences, but a status. */
	assert_int_equal(query_construct_get(&q, t.st, "tcp_sendmsg", &found, &err), 0);
	assert_true(found);
	assert_false(q.has_diff_group[GROUP_REGULAR]);
	assert_int_equal(query_issues(&q.facts, &q.facts.funcs.v[0]), ISSUE_FULL_INLINE);
	assert_int_equal(query_construct_get(&q, t.st, "no_such_function", &found, &err), 0);
	assert_false(found);
	for (size_t i = 0; i < q.at.n; i++)
		assert_int_equal(q.at.v[i], SEQ_NONE);
	query_construct_done(&q);
	query_view_done(&v);
	store_images_done(&images);
}

static void test_nearest(void **state)
{
	static const struct {
		const char *text, *first, *also;
	} cases[] = {
		{ "vfs_raed", "vfs_read", NULL },
		{ "vfs_rea", "vfs_read", "vfs_readlink" },
		{ "VFS_READ", "vfs_read", NULL },
		{ "tcp_send_msg", "tcp_sendmsg", NULL },
		{ "sendmsg", "tcp_sendmsg", NULL },
		{ "kmalloc_node", "__kmalloc_node_track_caller", NULL },
		{ "vfs_read_v2", "vfs_read", NULL },
		{ "zzzzzzzzzzzz", NULL, NULL },
		{ "", NULL, NULL },
	};
	struct query_names names;
	struct err err = ERR_INIT;
	uint64_t best = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t start = stage_now_ns(), ns;
		bool also = !cases[i].also;

		assert_int_equal(query_nearest(t.st, cases[i].text, 5, &names, &err), 0);
		ns = stage_now_ns() - start;
		if (*cases[i].text && ns < best)
			best = ns;
		assert_true(names.names.n <= 5);
		if (cases[i].first)
			assert_string_equal(names.names.v[0].name, cases[i].first);
		else
			assert_int_equal(names.names.n, 0);
		for (size_t k = 1; k < names.names.n; k++) {
			assert_true(names.names.v[k - 1].distance <= names.names.v[k].distance);
			also |= cases[i].also && !strcmp(names.names.v[k].name, cases[i].also);
		}
		assert_true(also);
		query_names_done(&names);
	}
	print_message("# nearest of %d names: %.1f ms\n", NNAMES, (double)best / 1e6);
}

/* Long and strange texts, and bounds of the list. */
static void test_nearest_limits(void **state)
{
	struct query_names names;
	struct err err = ERR_INIT;
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(query_nearest(t.st, text, 5, &names, &err), 0);
	query_names_done(&names);
	assert_int_equal(query_nearest(t.st, "\xff\xfe\x80 x%s", 5, &names, &err), 0);
	query_names_done(&names);
	assert_int_equal(query_nearest(t.st, "vfs_read", 0, &names, &err), 0);
	assert_int_equal(names.names.n, 0);
	query_names_done(&names);
	assert_int_equal(query_nearest(t.st, "vfs_read", 1, &names, &err), 0);
	assert_int_equal(names.names.n, 1);
	assert_int_equal(names.names.v[0].distance, 0);
	query_names_done(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_groups),
		cmocka_unit_test(test_debian_archs), cmocka_unit_test(test_labels),
		cmocka_unit_test(test_find_image),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_func),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_limits),
	};

	return cmocka_run_group_tests_name("query", tests, setup, teardown);
}
