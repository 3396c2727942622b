// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports: the recorded pages byte for byte, the project's own style against them, and the other
 * formats over the same functions. The recorded pages stand in $KSURF_SHARED/oracle (../shared when
 * unset); without them these tests say so and the rest still runs.
 */
#include "dataset/dataset.h"
#include "report/report.h"

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	char oracle[256], db[64];
	struct store *st;
	struct store_images images;
	struct query_view view;
	char **pages; /* names of the recorded pages */
	size_t npages;
	bool there;
} t;

static char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	size_t n;

	if (!f)
		return NULL;
	do {
		buf_grow(&b, 1 << 16);
		n = fread(b.v + b.n, 1, 1 << 16, f);
		b.n += n;
	} while (n);
	fclose(f);
	*size = b.n;
	buf_z(&b);
	return b.v;
}

static void remove_store(void)
{
	char path[96];

	for (const char *const *s = (const char *const[]){ "", "-wal", "-shm", NULL }; *s; s++) {
		snprintf(path, sizeof(path), "%s%s", t.db, *s);
		unlink(path);
	}
}

static void die(struct err *err)
{
	char text[1024];

	fprintf(stderr, "%s\n", err_text(err, text, sizeof(text)));
	remove_store();
	exit(1);
}

static void import(void)
{
	struct dataset_images list;
	struct err err = ERR_INIT;
	char dir[300];

	snprintf(dir, sizeof(dir), "%s/dataset", t.oracle);
	if (store_open(t.db, STORE_WRITE, &t.st, &err) || dataset_list(dir, &list, &err))
		die(&err);
	for (size_t i = 0; i < list.names.n; i++) {
		enum store_added added;
		struct type_table types;
		struct strtab str;
		struct surface s;
		const char *name;

		strtab_init(&str);
		type_table_init(&types);
		surface_init(&s, &str, &types);
		if (dataset_read(dir, list.names.v[i], &s, &err) ||
		    store_add_image(t.st, &s, 1, &added, &name, NULL, &err))
			die(&err);
		surface_done(&s);
		type_table_done(&types);
		strtab_done(&str);
	}
	dataset_images_done(&list);
}

/* The first column of function.manifest.tsv. */
static void list_pages(const char *text)
{
	VEC(char *) names = { 0 };

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		VEC_PUSH(&names, strndup(line, strcspn(line, "\t\n")));
		if (!strchr(line, '\n'))
			break;
	}
	t.pages = names.v;
	t.npages = names.n;
}

static int setup(void **state)
{
	const char *shared = getenv("KSURF_SHARED");
	struct err err = ERR_INIT;
	char path[320], *text;
	size_t size;

	(void)state;
	snprintf(t.oracle, sizeof(t.oracle), "%s/oracle", shared ? shared : "../shared");
	snprintf(path, sizeof(path), "%s/expected/function.manifest.tsv", t.oracle);
	text = slurp(path, &size);
	if (!text) {
		print_message("SKIPPED: no recorded pages in %s\n", t.oracle);
		return 0;
	}
	list_pages(text);
	free(text);
	snprintf(t.db, sizeof(t.db), "/tmp/ksurf-report-%ld.db", (long)getpid());
	import();
	if (store_images(t.st, &t.images, &err) || query_view_init(&t.view, &t.images, NULL, &err))
		die(&err);
	t.there = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!t.there)
		return 0;
	query_view_done(&t.view);
	store_images_done(&t.images);
	store_close(t.st);
	remove_store();
	for (size_t i = 0; i < t.npages; i++)
		free(t.pages[i]);
	free(t.pages);
	return 0;
}

#define NEED_PAGES()                                                  \
	do {                                                          \
		if (!t.there) {                                       \
			print_message("SKIPPED: no recorded pages\n"); \
			skip();                                       \
		}                                                     \
	} while (0)

static void get(struct query_func *q, const char *name)
{
	struct err err = ERR_INIT;
	bool found;

	if (query_func_get(q, t.st, name, &found, &err))
		die(&err);
	assert_true(found);
}

static char *recorded(const char *name, size_t *size)
{
	char path[512], *text;

	snprintf(path, sizeof(path), "%s/expected/function/%s.md", t.oracle, name);
	text = slurp(path, size);
	if (!text)
		fail_msg("no page %s", path);
	return text;
}

/* The number of the first line in which two texts differ. */
static size_t first_difference(const char *a, const char *b)
{
	size_t line = 1;

	for (; *a && *a == *b; a++, b++)
		line += *a == '\n';
	return line;
}

static void test_recorded_pages(void **state)
{
	const struct report_options o = { .format = REPORT_MD, .style = STYLE_DEPSURF };
	struct query_func q;
	struct buf out = { 0 };
	size_t wrong = 0, bytes = 0;
	uint64_t ns = 0;

	(void)state;
	NEED_PAGES();
	query_func_init(&q, &t.view, t.st);
	for (size_t i = 0; i < t.npages; i++) {
		uint64_t start;
		size_t size;
		char *want = recorded(t.pages[i], &size);

		get(&q, t.pages[i]);
		out.n = 0;
		report_func(&out, &q, &o);
		out.n = 0;
		start = stage_now_ns();
		report_func(&out, &q, &o);
		ns += stage_now_ns() - start;
		bytes += out.n;
		if (out.n != size || memcmp(out.v, want, size)) {
			buf_z(&out);
			print_message("%s differs in line %zu\n", t.pages[i],
				      first_difference(out.v, want));
			wrong++;
		}
		free(want);
	}
	print_message("%zu of %zu pages are the recorded ones; %.1f MB at %.0f MB/s\n",
		      t.npages - wrong, t.npages, (double)bytes / 1e6,
		      (double)bytes * 1e3 / (double)ns);
	assert_int_equal(wrong, 0);
	assert_true(t.npages >= 400);
	buf_done(&out);
	query_func_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_pages),
	};

	return cmocka_run_group_tests_name("report", tests, setup, teardown);
}
