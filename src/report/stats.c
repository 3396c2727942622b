// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All images in numbers, as tables for terminals and in Markdown: the same cells, two frames. Which table of
 * the literature a table is stands in its title (docs/formats/report.md). Numbers come from the tree.
 */
#include "report/report_int.h"

const char *const stats_row_word[STATS_NROWS] = {
	[KIND_FUNC] = "func",		  [KIND_STRUCT] = "struct", [KIND_UNION] = "union",
	[KIND_ENUM] = "enum",		  [KIND_TYPEDEF] = "typedef", [KIND_TRACEPOINT] = "tracepoint",
	[KIND_LSM] = "lsm",		  [KIND_KFUNC] = "kfunc",   [KIND_SYSCALL] = "syscall",
	[KIND_CONFIG] = "config",	  [KIND_FEATURE] = "feature", [KIND_FIELD] = "field",
	[STATS_STATUS] = "func-status",
};

/* Where a table's rows go. */
struct frame {
	struct buf *out;
	const struct query_stats *q;
	bool md, color;
	bool differ; /* in the table at hand the two countings differ */
};

static const struct image_info *info_of(const struct query_stats *q, size_t image)
{
	return &q->view->images->images.v[image].info;
}

/* A table's first row are its titles. */
static void put_frame(struct frame *f, const char *title, struct table *t)
{
	if (f->md) {
		buf_printf(f->out, "\n## %s\n\n", title);
		for (size_t i = 0; i < t->cells.n; i++) {
			PUT(f->out, "| ");
			buf_put(f->out, t->cells.v[i].v, t->cells.v[i].n);
			buf_puts(f->out, (i + 1) % t->columns ? " " : " |\n");
			for (size_t c = 0; i + 1 == t->columns && c < t->columns; c++)
				buf_puts(f->out, c + 1 < t->columns ? c ? "| ---: " : "| --- " : "| ---: |\n");
		}
	} else {
		buf_char(f->out, '\n');
		text_style(f->out, f->color, TEXT_BOLD, title);
		buf_char(f->out, '\n');
		table_put(f->out, t, SIZE_MAX);
	}
	if (f->differ)
		buf_printf(f->out, "%s[n]: as diff counts: only what C text shows, but formats and numbers too%s\n",
			   f->md ? "\n" : "", f->md ? "." : "");
	f->differ = false;
	table_done(t);
}

static void put_cells(struct table *t, uint64_t n, uint64_t all)
{
	struct buf *cell = table_cell(t);

	text_count(cell, n);
	if (all) {
		PUT(cell, " (");
		put_share(cell, n, all);
		buf_char(cell, ')');
	}
}

/* ---- images ---- */

static void kinds_table(struct frame *f)
{
	const struct query_stats *q = f->q;
	struct table t = { .columns = KIND_NKINDS + 2, .right = ~1u };

	buf_puts(table_cell(&t), "Image");
	for (int k = 0; k < KIND_NKINDS; k++) {
		buf_puts(table_cell(&t), kind_words[k].plural);
		if (k == KIND_FUNC)
			buf_puts(table_cell(&t), "prototypes");
	}
	for (size_t i = 0; i < q->counts.n; i++) {
		const struct store_image *im = &q->view->images->images.v[i];

		buf_puts(table_cell(&t), im->info.name);
		for (int k = 0; k < KIND_NKINDS; k++) {
			struct buf *cell = table_cell(&t);

			if (im->info.kinds & 1u << k || k == KIND_FUNC)
				text_count(cell, query_stats_count(&q->counts.v[i], "kind", kind_words[k].word));
			else
				buf_char(cell, '-');
			if (k == KIND_FUNC)
				text_count(table_cell(&t), im->nprotos);
		}
	}
	put_frame(f, "Constructs of each image", &t);
}

bool stats_is_shown(const char *topic, const char *value, uint64_t n)
{
	if (n)
		return true;
	for (int i = COLLISION_GLOBAL_GLOBAL; !strcmp(topic, "collision") && i < COLLISION_NTYPES; i++)
		if (!strcmp(value, collision_type_text[i]))
			return false;
	return strcmp(topic, "inline") || strcmp(value, inline_type_text[INLINE_UNKNOWN]);
}

static uint64_t count_in_all(const struct query_stats *q, const char *topic, const char *value)
{
	uint64_t n = 0;

	for (size_t i = 0; i < q->counts.n; i++)
		n += query_stats_count(&q->counts.v[i], topic, value);
	return n;
}

/* Functions by a class of theirs, as shares of all that have a group. */
static void class_table(struct frame *f, const char *title, const char *topic, const char *const *values, int n)
{
	const struct query_stats *q = f->q;
	struct table t = { .columns = 1, .right = ~1u };
	bool shown[COLLISION_NTYPES] = { false };

	if (!count_in_all(q, topic, NULL))
		return;
	buf_puts(table_cell(&t), "Image");
	for (int v = 0; v < n; v++) {
		shown[v] = stats_is_shown(topic, values[v], count_in_all(q, topic, values[v]));
		if (!shown[v])
			continue;
		buf_puts(table_cell(&t), values[v]);
		t.columns++;
	}
	for (size_t i = 0; i < q->counts.n; i++) {
		buf_puts(table_cell(&t), info_of(q, i)->name);
		for (int v = 0; v < n; v++) {
			if (!shown[v])
				continue;
			if (!q->view->images->images.v[i].ngroups)
				buf_char(table_cell(&t), '-');
			else
				put_cells(&t, query_stats_count(&q->counts.v[i], topic, values[v]),
					  q->view->images->images.v[i].ngroups);
		}
	}
	put_frame(f, title, &t);
}

/* Compilers make few kinds of suffixes; what is left of them is one column. */
static const char *const suffixes[] = { "isra", "constprop", "part", "cold", "localalias", "llvm", "multiple" };

/* Modules, and the names that several of them, or one and the kernel, have. */
static void owner_table(struct frame *f)
{
	const struct query_stats *q = f->q;
	struct table t = { .columns = 3, .right = ~1u };
	bool any = false;

	for (size_t i = 0; i < q->counts.n; i++)
		any |= info_of(q, i)->nmodules > 0;
	if (!any)
		return;
	buf_puts(table_cell(&t), "Image");
	buf_puts(table_cell(&t), "modules");
	buf_puts(table_cell(&t), "functions of several owners");
	for (size_t i = 0; i < q->counts.n; i++) {
		buf_puts(table_cell(&t), info_of(q, i)->name);
		text_count(table_cell(&t), info_of(q, i)->nmodules);
		if (info_of(q, i)->nmodules)
			put_cells(&t, query_stats_count(&q->counts.v[i], "across", NULL),
				  q->view->images->images.v[i].ngroups);
		else
			buf_char(table_cell(&t), '-');
	}
	put_frame(f, "Modules", &t);
}

static void suffix_table(struct frame *f)
{
	const struct query_stats *q = f->q;
	struct table t = { .columns = ARRAY_SIZE(suffixes) + 5, .right = ~3u };

	buf_puts(table_cell(&t), "Image");
	buf_puts(table_cell(&t), "compiler");
	buf_puts(table_cell(&t), "symbols");
	buf_puts(table_cell(&t), "transformed");
	for (size_t s = 0; s < ARRAY_SIZE(suffixes); s++)
		buf_puts(table_cell(&t), suffixes[s]);
	buf_puts(table_cell(&t), "others");
	for (size_t i = 0; i < q->counts.n; i++) {
		const struct store_counts *c = &q->counts.v[i];
		uint64_t all = q->view->images->images.v[i].nsymbols, left = query_stats_count(c, "suffix", NULL);

		buf_puts(table_cell(&t), info_of(q, i)->name);
		put_compiler(table_cell(&t), info_of(q, i)->compiler);
		text_count(table_cell(&t), all);
		put_cells(&t, left, all);
		for (size_t s = 0; s < ARRAY_SIZE(suffixes); s++) {
			uint64_t n = query_stats_count(c, "suffix", suffixes[s]);

			put_cells(&t, n, n ? all : 0);
			left -= n;
		}
		put_cells(&t, left, left ? all : 0);
	}
	put_frame(f, "Symbols with a suffix (DepSurf: Figure 6)", &t);
}

/* ---- pairs ---- */

static void put_pair(struct table *t, const struct query_stats_pair *p)
{
	buf_puts(table_cell(t), query_group_text[p->group]);
	buf_printf(table_cell(t), "%s - %s", p->old->label, p->new->label);
}

/* "871 (1.8 %)", and "[870]" where our counting differs. */
static void put_both(struct frame *f, struct table *t, uint64_t n, uint64_t own, uint64_t all)
{
	put_cells(t, n, all);
	if (n == own)
		return;
	buf_printf(&t->cells.v[t->cells.n - 1], " [%llu]", (unsigned long long)own);
	f->differ = true;
}

static void changes_table(struct frame *f, unsigned int row, const char *title)
{
	static const char *const titles[] = { "Group", "pair", "old", "new", "added", "removed", "changed" };
	struct table t = { .columns = ARRAY_SIZE(titles), .right = ~3u };

	for (size_t c = 0; c < t.columns; c++)
		buf_puts(table_cell(&t), titles[c]);
	for (size_t i = 0; i < f->q->pairs.n; i++) {
		const struct query_stats_pair *p = &f->q->pairs.v[i];
		const struct query_tally *n = &p->rows[row].literature, *own = &p->rows[row].own;

		if (!p->rows[row].known)
			continue;
		put_pair(&t, p);
		text_count(table_cell(&t), n->nold);
		text_count(table_cell(&t), n->nnew);
		put_cells(&t, n->nadded, n->nold);
		put_cells(&t, n->nremoved, n->nold);
		put_both(f, &t, n->nchanged, own->nchanged, n->nold);
	}
	put_frame(f, title, &t);
}

/* Shares are of the names that changed, as in the literature. */
static void breakdown_table(struct frame *f, unsigned int row, const char *title)
{
	bool used[CHANGE_NKINDS] = { false };
	struct table t = { .columns = 3, .right = ~3u };

	for (size_t i = 0; i < f->q->pairs.n; i++)
		for (int c = 0; c < CHANGE_NKINDS; c++)
			used[c] |= f->q->pairs.v[i].rows[row].literature.by_change[c] ||
				   f->q->pairs.v[i].rows[row].own.by_change[c];
	buf_puts(table_cell(&t), "Group");
	buf_puts(table_cell(&t), "pair");
	buf_puts(table_cell(&t), "changed");
	for (int c = 0; c < CHANGE_NKINDS; c++) {
		if (!used[c])
			continue;
		buf_puts(table_cell(&t), query_change_text[c]);
		t.columns++;
	}
	for (size_t i = 0; i < f->q->pairs.n; i++) {
		const struct query_stats_pair *p = &f->q->pairs.v[i];
		const struct query_tally *n = &p->rows[row].literature, *own = &p->rows[row].own;

		if (!p->rows[row].known)
			continue;
		put_pair(&t, p);
		put_both(f, &t, n->nchanged, own->nchanged, 0);
		for (int c = 0; c < CHANGE_NKINDS; c++)
			if (used[c])
				put_both(f, &t, n->by_change[c], own->by_change[c], n->nchanged);
	}
	if (t.columns > 3)
		put_frame(f, title, &t);
	else
		table_done(&t);
}

static void row_tables(struct frame *f, unsigned int row)
{
	const char *what = row == STATS_STATUS ? "functions by status" :
			   row == KIND_FUNC    ? "functions with types" :
						 kind_words[row].plural;
	bool source = row == KIND_FUNC || row == KIND_STRUCT || row == KIND_TRACEPOINT;
	bool config = row == KIND_CONFIG || row == KIND_SYSCALL;
	struct buf title = { 0 };
	bool any = false;

	for (size_t i = 0; i < f->q->pairs.n; i++)
		any |= f->q->pairs.v[i].rows[row].known;
	if (!any)
		return;
	buf_printf(&title, "Changes of %s%s", what,
		   source ? " (DepSurf: Tables 3 and 5)" : config ? " (DepSurf: Table 5)" : "");
	changes_table(f, row, buf_z(&title));
	title.n = 0;
	buf_printf(&title, "Kinds of change of %s%s", what, source ? " (DepSurf: Table 4)" : "");
	breakdown_table(f, row, buf_z(&title));
	buf_done(&title);
}

void text_stats(struct buf *out, const struct query_stats *q, bool md, bool color)
{
	static const char *const attach[] = { "ftrace", "btf", "no-kprobe", "error-injection" };
	struct frame f = { .out = out, .q = q, .md = md, .color = color };

	buf_printf(out, md ? "# Statistics\n\nBase: <code>%s</code>\n" : "base %s\n",
		   info_of(q, q->view->base)->name);
	kinds_table(&f);
	class_table(&f, "Functions by collision (DepSurf: Table 6)", "collision", collision_type_text,
		    COLLISION_NTYPES);
	class_table(&f, "Functions by inlining (DepSurf: Figure 5)", "inline", inline_type_text, INLINE_NTYPES);
	owner_table(&f);
	suffix_table(&f);
	class_table(&f, "Functions by attach point", "attach", attach, ARRAY_SIZE(attach));
	row_tables(&f, KIND_FUNC);
	row_tables(&f, STATS_STATUS);
	for (unsigned int row = KIND_FUNC + 1; row < KIND_NKINDS; row++)
		row_tables(&f, row);
}
