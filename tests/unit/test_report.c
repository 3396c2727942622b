// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports: the recorded pages byte for byte, the project's own style against them, and the other
 * formats over the same functions. The recorded pages stand in $KSURF_SHARED/oracle (../shared when
 * unset); without them these tests say so and the rest still runs.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "dataset/dataset.h"
#include "report/report.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "test_util.h"

static struct {
	char oracle[256], db[256];
	struct store *st;
	struct store_images images;
	struct query_view view;
	char **pages; /* names of the recorded pages */
	size_t npages;
	bool there;
} t;

static const char *tmp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir && strlen(dir) < 200 ? dir : "/tmp";
}

static void remove_store(void)
{
	char path[300];

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
		print_message("# SKIPPED: no recorded pages in %s\n", t.oracle);
		return 0;
	}
	list_pages(text);
	free(text);
	snprintf(t.db, sizeof(t.db), "%s/ksurf-report-%ld.db", tmp_dir(), (long)getpid());
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

#define NEED_PAGES()                                                     \
	do {                                                             \
		if (!t.there) {                                          \
			print_message("# SKIPPED: no recorded pages\n"); \
			skip();                                          \
		}                                                        \
	} while (0)

static void get(struct query_construct *q, const char *name)
{
	struct err err = ERR_INIT;
	bool found;

	if (query_construct_get(q, t.st, name, &found, &err))
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
	struct query_construct q;
	struct buf out = { 0 };
	size_t wrong = 0, bytes = 0;
	uint64_t ns = 0;

	(void)state;
	NEED_PAGES();
	query_construct_init(&q, KIND_FUNC, &t.view, t.st);
	for (size_t i = 0; i < t.npages; i++) {
		uint64_t start;
		size_t size;
		char *want = recorded(t.pages[i], &size);

		get(&q, t.pages[i]);
		out.n = 0;
		report_construct(&out, &q, &o);
		out.n = 0;
		start = stage_now_ns();
		report_construct(&out, &q, &o);
		ns += stage_now_ns() - start;
		bytes += out.n;
		if (out.n != size || memcmp(out.v, want, size)) {
			buf_z(&out);
			print_message("# %s differs in line %zu\n", t.pages[i],
				      first_difference(out.v, want));
			wrong++;
		}
		free(want);
	}
	print_message("# %zu of %zu pages are the recorded ones; %.1f MB at %.0f MB/s\n",
		      t.npages - wrong, t.npages, (double)bytes / 1e6,
		      (double)bytes * 1e3 / (double)ns);
	assert_int_equal(wrong, 0);
	assert_true(t.npages >= 400);
	buf_done(&out);
	query_construct_done(&q);
}

/* ---- the project's own style against the recorded one ---- */

/* Where the two styles may part, and in how many lines of the recorded pages they do. */
enum quirk {
	QUIRK_VARARGS,
	QUIRK_NO_PARAMS,
	QUIRK_QUALIFIED,
	QUIRK_ARRAY,
	QUIRK_INVISIBLE,
	QUIRK_NO_CHANGE,
	NQUIRKS
};

static struct {
	const char *name, *why;
	size_t want, lines;
} quirks[NQUIRKS] = {
	[QUIRK_VARARGS] = { "varargs", "'void (anon)' is '...' in C", 20, 0 },
	[QUIRK_NO_PARAMS] = { "no parameters", "'f()' declares no prototype, 'f(void)' does", 273,
			      0 },
	[QUIRK_QUALIFIED] = { "qualified pointer", "'const T * p' is 'T *const p'", 16, 0 },
	[QUIRK_ARRAY] = { "array", "'T[3] * p' is 'T (*p)[3]'", 3, 0 },
	[QUIRK_INVISIBLE] = { "invisible change", "'X -> X' is no change of C text", 0, 0 },
	[QUIRK_NO_CHANGE] = { "nothing left", "a pair with invisible changes only has none", 54,
			      0 },
};

struct lines {
	VEC(const char *) v; /* each ends in '\n' */
};

static void split(struct lines *l, const char *text)
{
	l->v.n = 0;
	for (; *text; text = strchr(text, '\n') + 1)
		VEC_PUSH(&l->v, text);
	VEC_PUSH(&l->v, text);
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static bool same_line(const char *a, const char *b)
{
	size_t n = line_length(a);

	return n == line_length(b) && !memcmp(a, b, n);
}

static bool line_has(const char *line, const char *what)
{
	return memmem(line, line_length(line), what, strlen(what));
}

static bool line_is(const char *line, const char *what)
{
	return line_length(line) == strlen(what) && !memcmp(line, what, strlen(what));
}

/* How often each word stands in a line; words say what is declared, signs only how. */
static uint64_t word_sum(const char *line)
{
	size_t n = line_length(line);
	uint64_t sum = 0;

	for (size_t i = 0; i < n;) {
		size_t k = i;

		while (k < n && (isalnum((unsigned char)line[k]) || line[k] == '_'))
			k++;
		/* "void (anon)" is "..."; "()" is "(void)". */
		if (k > i &&
		    !(k - i == 4 && (!memcmp(line + i, "void", 4) || !memcmp(line + i, "anon", 4))))
			sum += base_hash(line + i, k - i, 1);
		i = k > i ? k : k + 1;
	}
	return sum;
}

/* The quirk that makes two declarations differ, or NQUIRKS. */
static enum quirk declaration_quirk(const char *ds, const char *own)
{
	if (word_sum(ds) != word_sum(own))
		return NQUIRKS;
	if (line_has(ds, "void (anon)") && line_has(own, "..."))
		return QUIRK_VARARGS;
	if (line_has(ds, "()") && line_has(own, "(void)"))
		return QUIRK_NO_PARAMS;
	if (line_has(ds, "] *") && line_has(own, ")["))
		return QUIRK_ARRAY;
	if (!line_has(ds, "*const") && !line_has(ds, "*restrict") &&
	    (line_has(own, "*const") || line_has(own, "*restrict")))
		return QUIRK_QUALIFIED;
	return NQUIRKS;
}

/* "<code>X</code> => <code>X</code>" */
static bool is_invisible(const char *line)
{
	const char *arrow = memmem(line, line_length(line), " \xe2\x9e\xa1\xef\xb8\x8f ", 8);

	return arrow && (size_t)(arrow - line) * 2 + 8 == line_length(line) &&
	       !memcmp(line, arrow + 8, (size_t)(arrow - line));
}

/* An invisible change at ds[i] ("<b>", values, "</li>", "<li>" of the next or "</ul>"): its lines. */
static size_t skip_invisible(const struct lines *ds, size_t i)
{
	return line_has(ds->v.v[i], "type changed. </b>") && is_invisible(ds->v.v[i + 1]) ? 4 : 0;
}

/* "<details>" at ds[i] with nothing but invisible changes: the line behind it, or 0. */
static size_t skip_no_change(const struct lines *ds, size_t i)
{
	if (!line_is(ds->v.v[i], "<details>") ||
	    !line_has(ds->v.v[i + 1], "<summary>Changed between "))
		return 0;
	for (i += 3; line_is(ds->v.v[i], "<li>"); i += 4)
		if (!skip_invisible(ds, i + 1))
			return 0;
	return line_is(ds->v.v[i], "</ul>") && line_is(ds->v.v[i + 1], "</details>") ? i + 2 : 0;
}

static void explain(const char *name, const struct lines *ds, const struct lines *own)
{
	size_t i = 0, j = 0;

	while (i + 1 < ds->v.n && j + 1 < own->v.n) {
		const char *a = ds->v.v[i], *b = own->v.v[j];
		enum quirk q;
		size_t n;

		if (same_line(a, b)) {
			i++;
			j++;
		} else if ((n = skip_no_change(ds, i)) && line_has(b, "No changes between ")) {
			quirks[QUIRK_NO_CHANGE].lines += n - i;
			i = n;
			j++;
		} else if ((n = skip_invisible(ds, i)) ||
			   (line_is(a, "<li>") && (n = skip_invisible(ds, i + 1)))) {
			quirks[QUIRK_INVISIBLE].lines += n;
			i += n;
		} else if ((q = declaration_quirk(a, b)) < NQUIRKS) {
			quirks[q].lines++;
			i++;
			j++;
		} else {
			fail_msg("%s: no quirk explains\n  %.*s\n  %.*s", name, (int)line_length(a),
				 a, (int)line_length(b), b);
		}
	}
	assert_int_equal(i + 1, ds->v.n);
	assert_int_equal(j + 1, own->v.n);
}

static void test_own_style(void **state)
{
	const struct report_options o = { .format = REPORT_MD, .style = STYLE_KSURF };
	struct lines ds = { 0 }, own = { 0 };
	struct query_construct q;
	struct buf out = { 0 };
	size_t same = 0;

	(void)state;
	NEED_PAGES();
	query_construct_init(&q, KIND_FUNC, &t.view, t.st);
	for (size_t i = 0; i < t.npages; i++) {
		size_t size;
		char *want = recorded(t.pages[i], &size);

		get(&q, t.pages[i]);
		out.n = 0;
		report_construct(&out, &q, &o);
		same += out.n == size && !memcmp(out.v, want, size);
		split(&ds, want);
		split(&own, buf_z(&out));
		explain(t.pages[i], &ds, &own);
		free(want);
	}
	print_message("# %zu of %zu pages are the same in both styles\n", same, t.npages);
	for (int k = 0; k < NQUIRKS; k++) {
		print_message("# %5zu lines: %s (%s)\n", quirks[k].lines, quirks[k].name,
			      quirks[k].why);
	}
	for (int k = 0; k < NQUIRKS; k++)
		assert_int_equal(quirks[k].lines, quirks[k].want);
	VEC_DONE(&ds.v);
	VEC_DONE(&own.v);
	buf_done(&out);
	query_construct_done(&q);
}

/* ---- JSON ---- */

static void run_json_tool(const struct buf *text)
{
	char path[256], cmd[320];
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "%s/ksurf-json-XXXXXX", tmp_dir());
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	if (system("command -v python3 >/dev/null 2>&1")) {
		print_message("# SKIPPED: no python3 to read the JSON\n");
		fclose(f);
		unlink(path);
		return;
	}
	assert_int_equal(fwrite(text->v, 1, text->n, f), text->n);
	assert_int_equal(fclose(f), 0);
	snprintf(cmd, sizeof(cmd), "python3 -m json.tool %s >/dev/null", path);
	assert_int_equal(system(cmd), 0);
	unlink(path);
}

static void test_json_pages(void **state)
{
	const struct report_options o = { .format = REPORT_JSON };
	struct query_construct q;
	struct buf out = { 0 };

	(void)state;
	NEED_PAGES();
	query_construct_init(&q, KIND_FUNC, &t.view, t.st);
	buf_puts(&out, "[");
	for (size_t i = 0; i < t.npages; i++) {
		get(&q, t.pages[i]);
		buf_puts(&out, i ? "," : "");
		report_construct(&out, &q, &o);
	}
	buf_puts(&out, ",");
	report_images(&out, &t.images, &o);
	buf_puts(&out, "]");
	run_json_tool(&out);
	buf_done(&out);
	query_construct_done(&q);
}

/* ---- terminal ---- */

static size_t columns(const char *s, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

/* No line is too wide, unless a word is that would not fit behind a title; none ends in a blank. */
static void check_layout(const char *text, size_t width)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t n = line_length(line), longest = 0;

		assert_true(!n || line[n - 1] != ' ');
		for (size_t i = 0, w = 0; i < n; i++) {
			w = line[i] == ' ' ? 0 : w + 1;
			longest = w > longest ? w : longest;
		}
		if (columns(line, n) > width && longest + 16 <= width)
			fail_msg("wider than %zu: %.*s", width, (int)n, line);
	}
}

static void strip_color(struct buf *out, const struct buf *in)
{
	for (size_t i = 0; i < in->n; i++) {
		if (in->v[i] == '\033')
			while (in->v[i] != 'm')
				i++;
		else
			buf_char(out, in->v[i]);
	}
}

static void test_term_pages(void **state)
{
	static const unsigned int widths[] = { 60, 80, 200 };
	struct report_options o = { .format = REPORT_TERM };
	struct query_construct q;
	struct buf out = { 0 }, plain = { 0 };

	(void)state;
	NEED_PAGES();
	query_construct_init(&q, KIND_FUNC, &t.view, t.st);
	for (size_t i = 0; i < t.npages; i++) {
		get(&q, t.pages[i]);
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			o.width = widths[w];
			o.color = true;
			out.n = plain.n = 0;
			report_construct(&out, &q, &o);
			strip_color(&plain, &out);
			o.color = false;
			out.n = 0;
			report_construct(&out, &q, &o);
			/* Colour adds nothing but colour. */
			assert_int_equal(out.n, plain.n);
			assert_memory_equal(out.v, plain.v, out.n);
			check_layout(buf_z(&out), o.width);
			assert_true(out.n < 16384);
		}
	}
	buf_done(&out);
	buf_done(&plain);
	query_construct_done(&q);
}

/* ---- functions made by hand ---- */

static struct {
	struct strtab str;
	struct type_table types;
	struct store_images images;
	struct query_view view;
	struct query_construct q;
	struct buf out;
} h;

static void hand_open(const char *const *names, size_t n)
{
	struct err err = ERR_INIT;

	memset(&h, 0, sizeof(h));
	strtab_init(&h.str);
	type_table_init(&h.types);
	arena_init(&h.images.arena);
	for (size_t i = 0; i < n; i++) {
		struct store_image im = { .id = (uint32_t)i + 1,
					  .info = { .distro = "",
						    .compiler = "",
						    .build_id = "",
						    .sha256 = "",
						    .banner = "",
						    .types_from = "btf",
						    .kinds = 1u << KIND_FUNC,
						    .facts = FACT_INSTANCES | FACT_SYMBOLS | FACT_ADDRESSES } };

		assert_int_equal(
			image_parse_release(&h.images.arena, names[i], NULL, &im.info, &err), 0);
		VEC_PUSH(&h.images.images, im);
	}
	assert_int_equal(query_view_init(&h.view, &h.images, NULL, &err), 0);
	h.q.view = &h.view;
	surface_init(&h.q.facts, &h.str, &h.types);
	query_compare_init(&h.q.compare);
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&h.q.at, SEQ_NONE);
}

static void hand_close(void)
{
	query_construct_done(&h.q);
	query_view_done(&h.view);
	VEC_DONE(&h.images.images);
	arena_done(&h.images.arena);
	type_table_done(&h.types);
	strtab_done(&h.str);
	buf_done(&h.out);
}

static uint32_t id(const char *s)
{
	return strtab_intern_z(&h.str, s);
}

static struct func *hand_func(size_t image, const char *name)
{
	struct surface *s = &h.q.facts;

	h.q.name = surface_text(s, id(name));
	h.q.at.v[image] = (uint32_t)s->funcs.n;
	VEC_PUSH(&s->funcs, ((struct func){ .name = id(name),
					    .type_seq = SEQ_NONE,
					    .instances = (uint32_t)s->instances.n,
					    .symbols = (uint32_t)s->symbols.n }));
	return &s->funcs.v[s->funcs.n - 1];
}

static void hand_instance(struct func *f, const char *file, const char *loc, uint32_t line,
			  bool inlined)
{
	struct surface *s = &h.q.facts;

	VEC_PUSH(&s->instances,
		 ((struct instance){ .file = *file ? id(file) : 0,
				     .loc_file = *loc ? id(loc) : 0,
				     .loc_line = line,
				     .inline_word = inlined ? INLINE_DECLARED_INLINED :
							      INLINE_SEEN_UNKNOWN,
				     .callers = (uint32_t)s->callers.n }));
	f->ninstances++;
}

static void hand_symbol(struct func *f, const char *name, uint64_t addr)
{
	VEC_PUSH(&h.q.facts.symbols,
		 ((struct symbol){
			 .addr = addr, .size = 16, .name = id(name), .section = id(".text") }));
	f->nsymbols++;
}

static void hand_finish(struct func *f)
{
	f->collision = func_collision(&h.q.facts, f);
	f->inline_type = func_inline(&h.q.facts, f);
}

static const char *hand_report(enum report_format format, enum report_style style)
{
	const struct report_options o = { .format = format, .style = style };

	query_construct_compare(&h.q);
	h.out.n = 0;
	report_construct(&h.out, &h.q, &o);
	return buf_z(&h.out);
}

#define HAND_OPEN(...)                                  \
	hand_open((const char *const[]){ __VA_ARGS__ }, \
		  sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* kmalloc: thousands of copies are a count. */
static void test_many_instances(void **state)
{
	struct func *f;
	const char *text;

	(void)state;
	HAND_OPEN("6.1.0-56-cloud-amd64");
	f = hand_func(0, "kmalloc");
	for (int i = 0; i < 1987; i++) {
		char file[32];

		snprintf(file, sizeof(file), "drivers/f%d.c", i);
		hand_instance(f, file, "include/linux/slab.h", 549, true);
	}
	for (int i = 0; i < 3; i++)
		hand_symbol(f, "kmalloc", 0xffffffff81000000 + (uint64_t)i);
	hand_finish(f);
	text = hand_report(REPORT_TERM, 0);
	assert_non_null(strstr(
		text, "Duplicate, Selective Inline: static, 1,987 instances, 3 out of line"));
	assert_non_null(strstr(text, "include/linux/slab.h:549"));
	assert_non_null(strstr(text, "0xffffffff81000000"));
	assert_true(strlen(text) < 2000);
	hand_close();
}

/* Where functions can be attached to: of images whose tables were read, and of functions with a symbol. */
static void test_attach(void **state)
{
	static const uint32_t bits[] = { ATTACH_FTRACE | ATTACH_BTF, ATTACH_FTRACE, ATTACH_NO_KPROBE | ATTACH_BTF,
					 ATTACH_FTRACE | ATTACH_BTF | ATTACH_ERROR_INJECTION, 0 };
	const char *text;

	(void)state;
	HAND_OPEN("5.4.0-26-generic-amd64", "5.8.0-25-generic-amd64", "5.11.0-16-generic-amd64", "5.13.0-19-generic-amd64",
		  "5.15.0-25-generic-amd64");
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		struct func *f = hand_func(i, "probed");

		hand_instance(f, "kernel/a.c", "kernel/a.c", 1, false);
		if (i != 3)
			hand_symbol(f, "probed", 0x1000);
		hand_finish(f);
		f->attach = bits[i];
		h.images.images.v[i].info.source = IMAGE_FROM_KERNEL;
		h.images.images.v[i].info.facts |= i != 4 ? FACT_ATTACH : 0;
	}
	text = hand_report(REPORT_TERM, 0);
	assert_non_null(strstr(text, "  Attach      kprobe, ftrace, fentry (5.4); kprobe, ftrace, no fentry (not in"));
	assert_non_null(strstr(text, "no kprobe, no ftrace, no fentry (5.11)"));
	assert_non_null(strstr(text, "(5.11); not known"));
	assert_null(strstr(text, "error injection"));
	text = hand_report(REPORT_JSON, 0);
	assert_non_null(strstr(text, "\"attach\": {\"ftrace\": true, \"no_kprobe\": false, \"error_injection\": false, \"btf\": true}"));
	assert_non_null(strstr(text, "\"attach\": {\"ftrace\": true, \"no_kprobe\": false, \"error_injection\": true, \"btf\": true}"));
	run_json_tool(&h.out);
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		h.images.images.v[i].info.facts &= ~(uint32_t)FACT_ATTACH;
	assert_non_null(strstr(hand_report(REPORT_TERM, 0), "  Attach      not known"));
	assert_non_null(strstr(hand_report(REPORT_JSON, 0), "\"attach\": null"));
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		h.images.images.v[i].info.source = IMAGE_FROM_DATASET;
	assert_null(strstr(hand_report(REPORT_TERM, 0), "Attach"));
	assert_null(strstr(hand_report(REPORT_JSON, 0), "attach"));
	hand_close();
}

/* Facts without a prototype, a prototype without facts, neither, and a place without a line. */
static void test_parts(void **state)
{
	struct type proto = { .kind = TYPE_FUNC_PROTO, .size = TYPE_NO_SIZE };
	const char *text;
	struct func *f;

	(void)state;
	HAND_OPEN("5.4.0-26-generic-amd64", "5.8.0-25-generic-amd64", "5.11.0-16-generic-amd64");
	f = hand_func(0, "memset");
	hand_instance(f, "arch/x86/lib/memset_64.S", "arch/x86/lib/memset_64.S", 0, false);
	hand_instance(f, "", "", 0, false);
	hand_symbol(f, "memset", 0x1000);
	hand_finish(f);
	f = hand_func(1, "memset");
	f->seq = SEQ_NONE;
	f->type_seq = 0;
	f->proto = type_intern(&h.types, &proto, NULL);
	text = hand_report(REPORT_MD, STYLE_DEPSURF);
	assert_non_null(strstr(text, "In <code>5.4</code>: Collision"));
	assert_null(strstr(text, "```c"));
	assert_non_null(strstr(text, "In <code>5.8</code>: Absent"));
	assert_non_null(strstr(text, "Location: arch/x86/lib/memset_64.S\nInline"));
	assert_non_null(strstr(text, "In None (0)\nLocation: None\nInline: False\n"));
	/* Groups without images, and an empty group of differences. */
	assert_non_null(
		strstr(text, "<b>Arch</b>\n<ul>\n</ul>\n<b>Flavor</b>\n<ul>\n</ul>\n\n## Diff"));
	assert_non_null(strstr(text, "## Differences\n<b>Regular</b>\n<ul>\n</ul>\n"));
	text = hand_report(REPORT_MD, STYLE_KSURF);
	assert_null(strstr(text, "Arch"));
	assert_non_null(strstr(text, "In <code>5.8</code>: Prototype only"));
	assert_non_null(strstr(text, "```c\nvoid memset(void);\n```\n</details>"));
	assert_non_null(strstr(text, "In <code>5.11</code>: Absent"));
	text = hand_report(REPORT_JSON, 0);
	assert_non_null(strstr(text, "\"status\": \"prototype-only\""));
	assert_non_null(strstr(text, "\"status\": \"absent\""));
	run_json_tool(&h.out);
	text = hand_report(REPORT_TERM, 0);
	assert_non_null(strstr(text, "Prototype only"));
	hand_close();
}

/* Each kind of change in each format. */
static void test_changes(void **state)
{
	struct type in = { .kind = TYPE_INT, .size = TYPE_NO_SIZE },
		    p = { .kind = TYPE_FUNC_PROTO };
	struct type td = { .kind = TYPE_TYPEDEF, .size = TYPE_NO_SIZE };
	uint32_t i, l, u1, u2, old_proto, new_proto;
	const char *text;

	(void)state;
	HAND_OPEN("5.4.0-26-generic-amd64", "5.8.0-25-generic-amd64");
	in.name = id("int");
	i = type_intern(&h.types, &in, NULL);
	in.name = id("long int");
	l = type_intern(&h.types, &in, NULL);
	in.name = td.name = id("u32");
	u1 = type_intern(&h.types, &in, NULL);
	u2 = type_intern(&h.types, &td, NULL);
	p.ref = i;
	p.count = 4;
	old_proto = type_intern(
		&h.types, &p,
		(struct type_param[]){
			{ id("a"), i }, { id("b"), i }, { id("gone"), i }, { id("u"), u1 } });
	p.ref = l;
	p.count = 5;
	new_proto = type_intern(&h.types, &p,
				(struct type_param[]){ { id("b"), l },
						       { id("a"), i },
						       { id("u"), u2 },
						       { id("fresh"), i },
						       { 0, 0 } });
	for (uint32_t k = 0; k < 2; k++) {
		struct func *f = hand_func(k, "changes");

		f->type_seq = 0;
		f->proto = k ? new_proto : old_proto;
		hand_instance(f, "a.c", "a.c", 1, false);
		hand_symbol(f, "changes", 1);
		hand_finish(f);
	}
	text = hand_report(REPORT_MD, STYLE_DEPSURF);
	assert_non_null(strstr(text, "<b>Param added. </b>\n<code>int fresh</code>"));
	assert_non_null(strstr(text, "<b>Param added. </b>\n<code>void (anon)</code>"));
	assert_non_null(strstr(text, "<b>Param removed. </b>\n<code>int gone</code>"));
	assert_non_null(strstr(text, "<code>a, b, gone, u</code> "));
	assert_non_null(strstr(text, "<code>b, a, u, fresh, (anon)</code>"));
	assert_non_null(
		strstr(text, "<code>u32 u</code> \xe2\x9e\xa1\xef\xb8\x8f <code>u32 u</code>"));
	assert_non_null(
		strstr(text, "<code>int</code> \xe2\x9e\xa1\xef\xb8\x8f <code>long int</code>"));
	text = hand_report(REPORT_MD, STYLE_KSURF);
	assert_non_null(strstr(text, "<b>Param added. </b>\n<code>...</code>"));
	assert_null(strstr(text, "<code>u32 u</code> "));
	text = hand_report(REPORT_TERM, 0);
	assert_non_null(strstr(text, "    + int fresh\n    + ...\n    - int gone\n"
				     "    ~ order: a, b, gone, u -> b, a, u, fresh, ...\n"
				     "    ~ int b -> long int b\n    ~ returns int -> long int\n"));
	text = hand_report(REPORT_JSON, 0);
	assert_non_null(strstr(text,
			       "{\"change\": \"param-type-changed\", \"old\": {\"position\": 1, "
			       "\"name\": \"b\", \"declaration\": \"int b\"}"));
	assert_non_null(strstr(text, "{\"change\": \"return-type-changed\", \"old\": \"int\", "
				     "\"new\": \"long int\"}"));
	run_json_tool(&h.out);
	hand_close();
}

/* Names that are no C, as Rust's: text between tags is escaped, and JSON stays JSON. */
static void test_strange_names(void **state)
{
	const char *text;
	struct func *f;

	(void)state;
	HAND_OPEN("6.8.0-31-generic-amd64");
	f = hand_func(0, "fmt<&\"T\\\">");
	hand_instance(f, "a\x01\xff.rs", "b.rs", 3, true);
	hand_finish(f);
	text = hand_report(REPORT_MD, STYLE_KSURF);
	assert_non_null(strstr(text, "<code>fmt&lt;&amp;\"T\\\"&gt;</code>"));
	(void)hand_report(REPORT_JSON, 0);
	run_json_tool(&h.out);
	(void)hand_report(REPORT_TERM, 0);
	hand_close();
}

static void test_images(void **state)
{
	struct report_options o = { .format = REPORT_TERM, .width = 120 };
	struct finding finding = { "unit-damaged", "vmlinux:.debug_info+0x10: bad", 1234 };
	struct buf out = { 0 };

	(void)state;
	HAND_OPEN("6.1.0-56-cloud-amd64", "6.12.107+deb13-cloud-arm64");
	h.images.images.v[0].info.compiler = "GNU C11 12.2.0 -mno-sse -mcmodel=kernel";
	h.images.images.v[0].info.findings = &finding;
	h.images.images.v[0].info.nfindings = 1;
	h.images.images.v[0].ngroups = 72853;
	h.images.images.v[1].info.compiler = "Debian clang version 17.0.6 (9)";
	report_images(&out, &h.images, &o);
	assert_non_null(strstr(buf_z(&out), "72,853  btf    gcc 12.2.0    unit-damaged 1,234\n"));
	assert_non_null(strstr(buf_z(&out), "clang 17.0.6  -\n"));
	out.n = 0;
	o.format = REPORT_MD;
	report_images(&out, &h.images, &o);
	assert_non_null(
		strstr(buf_z(&out), "| 6.1.0-56-cloud-amd64 | amd64 | 6.1.0 | cloud | 72,853 |"));
	out.n = 0;
	o.format = REPORT_JSON;
	report_images(&out, &h.images, &o);
	run_json_tool(&out);
	buf_done(&out);
	hand_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_pages), cmocka_unit_test(test_own_style),
		cmocka_unit_test(test_json_pages),     cmocka_unit_test(test_term_pages),
		cmocka_unit_test(test_many_instances), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_changes),	       cmocka_unit_test(test_strange_names),
		cmocka_unit_test(test_images),
	};

	return cmocka_run_group_tests_name("report", tests, setup, teardown);
}
