// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The images of a store as a table, for terminals and in Markdown (json.c has the third form).
 */
#include "report/report_int.h"

#include <ctype.h>

#define DOUBT "\xe2\x9a\xa0" /* U+26A0 */

/* The first version number ("12.2.0") in s, with its length; NULL when there is none. */
static const char *find_number(const char *s, size_t *n)
{
	for (; *s; s++) {
		*n = strspn(s, "0123456789.");
		if (isdigit((unsigned char)*s) && memchr(s, '.', *n))
			return s;
		s += *n ? *n - 1 : 0;
	}
	return NULL;
}

/*
 * "gcc 9.3.0" of "GNU C89 9.3.0 -mno-sse ..." (DW_AT_producer), of "GCC: (Ubuntu 9.3.0-10ubuntu2) 9.3.0" (.comment)
 * and of "gcc-9 (Ubuntu 9.3.0-10ubuntu2) 9.3.0" (banner); "clang 17.0.6" of "Debian clang version 17.0.6 (9)".
 */
void put_compiler(struct buf *out, const char *s)
{
	const char *clang = strstr(s, "clang version"), *at = clang ? clang : s, *number;
	size_t n = 0;

	bool gcc = !strncmp(s, "GNU ", 4) || !strncmp(s, "GCC", 3) || strstr(s, "gcc");

	if (!clang && (!strncmp(at, "GCC:", 4) || strstr(at, "gcc")) && strchr(at, ')') && strchr(at, ')')[1])
		at = strchr(at, ')');
	number = find_number(at, &n);
	if (!number || (!clang && !gcc)) {
		n = strcspn(s, "\n");
		buf_put(out, s, n < 20 ? n : 20);
		return;
	}
	buf_puts(out, clang ? "clang " : "gcc ");
	buf_put(out, number, n);
}

static void put_version(struct buf *out, const struct image_info *info)
{
	buf_dec(out, info->version[0]);
	buf_char(out, '.');
	buf_dec(out, info->version[1]);
	buf_char(out, '.');
	buf_dec(out, info->version[2]);
}

static void put_findings(struct buf *out, const struct image_info *info)
{
	for (uint32_t i = 0; i < info->nfindings; i++) {
		if (i)
			PUT(out, ", ");
		buf_puts(out, finding_is_doubt(&info->findings[i], false) ? DOUBT " " : "");
		buf_puts(out, info->findings[i].code);
		PUT(out, " ");
		text_count(out, info->findings[i].count);
	}
	if (!info->nfindings)
		buf_char(out, '-');
}

/*
 * Where images came from stands in the table where it is not the same of all, modules where there are any: most
 * stores hold kernels without modules, or datasets.
 */
struct columns {
	bool source, modules;
};

static struct columns columns_of(const struct store_images *images)
{
	struct columns c = { false, false };

	for (size_t i = 0; i < images->images.n; i++) {
		const struct image_info *info = &images->images.v[i].info;

		c.source |= info->source != images->images.v[0].info.source || info->source > IMAGE_FROM_DATASET;
		c.modules |= info->nmodules > 0;
	}
	return c;
}

static const struct {
	const char *term, *md;
} titles[] = {
	{ "IMAGE", "Image" },	      { "SOURCE", "Source" },	{ "ARCH", "Arch" },   { "VERSION", "Version" },
	{ "FLAVOR", "Flavor" },	      { "FUNCTIONS", "Functions" }, { "MODULES", "Modules" }, { "TYPES", "Types" },
	{ "COMPILER", "Compiler" }, { "FINDINGS", "Findings" },
};

enum { COLUMN_SOURCE = 1, COLUMN_FUNCTIONS = 5, COLUMN_MODULES = 6 };

static bool has_column(const struct columns *c, size_t column)
{
	return (column != COLUMN_SOURCE || c->source) && (column != COLUMN_MODULES || c->modules);
}

static void fill(struct table *t, const struct store_images *images, const struct columns *c)
{
	for (size_t i = 0; i < images->images.n; i++) {
		const struct store_image *im = &images->images.v[i];

		buf_puts(table_cell(t), im->info.name);
		if (c->source)
			buf_puts(table_cell(t), image_source_word[im->info.source]);
		buf_puts(table_cell(t), im->info.arch);
		put_version(table_cell(t), &im->info);
		buf_puts(table_cell(t), im->info.flavor);
		text_count(table_cell(t), im->ngroups ? im->ngroups : im->nprotos);
		if (c->modules)
			text_count(table_cell(t), im->info.nmodules);
		buf_puts(table_cell(t), im->info.types_from);
		put_compiler(table_cell(t), im->info.compiler);
		put_findings(table_cell(t), &im->info);
	}
}

/* What is behind the marks in the table. */
static void put_all_doubts(struct buf *out, const struct store_images *images, const char *mark, const char *first)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < images->images.n; i++) {
		text.n = 0;
		if (!put_doubts(&text, &images->images.v[i].info, false))
			continue;
		buf_printf(out, "%s%s%s: %s\n", first, mark, images->images.v[i].info.name, buf_z(&text));
		first = "";
	}
	buf_done(&text);
}

void term_images(struct buf *out, const struct store_images *images, const struct report_options *o)
{
	const struct columns c = columns_of(images);
	struct table t = { 0 };

	if (!images->images.n) {
		PUT(out, "no images\n");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		if (!has_column(&c, i))
			continue;
		if (i == COLUMN_FUNCTIONS || i == COLUMN_MODULES)
			t.right |= 1u << t.columns;
		text_style(table_cell(&t), o->color, TEXT_BOLD, titles[i].term);
		t.columns++;
	}
	fill(&t, images, &c);
	table_put(out, &t, o->width ? o->width : 80);
	table_done(&t);
	put_all_doubts(out, images, DOUBT " ", "\n");
}

/* '|' ends a cell. */
static void put_md_cell(struct buf *out, const struct buf *cell)
{
	for (size_t i = 0; i < cell->n; i++) {
		if (cell->v[i] == '|')
			buf_char(out, '\\');
		buf_char(out, cell->v[i]);
	}
}

void md_images(struct buf *out, const struct store_images *images)
{
	const struct columns c = columns_of(images);
	struct table t = { .columns = ARRAY_SIZE(titles) - !c.source - !c.modules };

	PUT(out, "# Images\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (has_column(&c, i))
			buf_printf(out, "| %s ", titles[i].md);
	PUT(out, "|\n");
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (has_column(&c, i))
			buf_puts(out, i == COLUMN_FUNCTIONS || i == COLUMN_MODULES ? "| ---: " : "| --- ");
	PUT(out, "|\n");
	fill(&t, images, &c);
	for (size_t i = 0; i < t.cells.n; i++) {
		PUT(out, "| ");
		put_md_cell(out, &t.cells.v[i]);
		buf_puts(out, (i + 1) % t.columns ? " " : " |\n");
	}
	table_done(&t);
	put_all_doubts(out, images, "- ", "\n");
}
