// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What changes between two images, for terminals and in Markdown: a table of counts, then each name that
 * differs, in name order. Counts and changes come from the tree (query_pair); nothing is left out.
 */
#include "report/report_int.h"

void put_share(struct buf *out, uint64_t n, uint64_t all)
{
	if (!all)
		buf_char(out, '-');
	else
		buf_printf(out, "%.1f %%", 100.0 * (double)n / (double)all);
}

static const char *name_of(const struct query_pair *p, const struct query_delta *d)
{
	return d->name ? strtab_text(p->facts.str, d->name) : "(unnamed enums)";
}

static const char *image_name(const struct store_image *im)
{
	return im->info.name;
}

/* "Structs" */
static void put_plural(struct buf *out, enum kind kind)
{
	const char *text = kind_words[kind].plural;

	buf_char(out, *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text);
	buf_puts(out, text + 1);
}

/* ---- the table of counts ---- */

enum { COLUMN_KIND, COLUMN_OLD, COLUMN_NEW, COLUMN_ADDED, COLUMN_REMOVED = 5, COLUMN_CHANGED = 7, NCOLUMNS = 9 };

static void put_cells(struct table *t, uint64_t n, uint64_t all)
{
	text_count(table_cell(t), n);
	put_share(table_cell(t), n, all);
}

static void empty_cells(struct table *t, unsigned int n)
{
	while (n--)
		table_cell(t);
}

/* A row of a kind's breakdown: what, how many names, share of the old ones. */
static void put_part(struct table *t, const char *indent, const char *what, uint64_t n, uint64_t old)
{
	struct buf *cell;

	if (!n)
		return;
	cell = table_cell(t);
	buf_puts(cell, indent);
	buf_puts(cell, what);
	empty_cells(t, COLUMN_CHANGED - COLUMN_OLD);
	put_cells(t, n, old);
}

static void put_kind_rows(struct table *t, const struct query_pair *p, const struct query_pair_kind *k,
			  const char *indent)
{
	static const char *const core[CORE_NCLASSES] = {
		[CORE_ABSORBED] = "CO-RE absorbs it",
		[CORE_SIZED] = "CO-RE needs sized reads",
		[CORE_UNKNOWN] = "CO-RE: types do not say",
		[CORE_BROKEN] = "CO-RE breaks",
	};

	buf_puts(table_cell(t), kind_words[k->kind].plural);
	text_count(table_cell(t), k->n.nold);
	text_count(table_cell(t), k->n.nnew);
	put_cells(t, k->n.nadded, k->n.nold);
	put_cells(t, k->n.nremoved, k->n.nold);
	put_cells(t, k->n.nchanged, k->n.nold);
	for (int c = 0; c < CHANGE_NKINDS; c++)
		put_part(t, indent, query_change_text[c], k->n.by_change[c], k->n.nold);
	for (int c = 0; p->layout && c < CORE_NCLASSES; c++)
		put_part(t, indent, core[c], k->n.by_core[c], k->n.nold);
}

/* The table without its first row. */
static void fill_counts(struct table *t, const struct query_pair *p, const char *indent)
{
	for (uint32_t i = 0; i < p->nkinds; i++)
		if (p->kinds[i].in_old && p->kinds[i].in_new)
			put_kind_rows(t, p, &p->kinds[i], indent);
}

static const char *const titles[NCOLUMNS] = { "", "OLD", "NEW", "ADDED", "", "REMOVED", "", "CHANGED", "" };

/* "not known of A: config options, kfuncs": these are counted on neither side. */
static void put_unknown(struct buf *out, const struct query_pair *p, const char *before, const char *after)
{
	static const struct {
		bool in_old, in_new;
	} cases[] = { { false, false }, { false, true }, { true, false } };

	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		bool any = false;

		for (uint32_t i = 0; i < p->nkinds; i++) {
			const struct query_pair_kind *k = &p->kinds[i];

			if (k->in_old != cases[c].in_old || k->in_new != cases[c].in_new)
				continue;
			if (!any && !k->in_old && !k->in_new)
				buf_printf(out, "%snot known of either image: ", before);
			else if (!any)
				buf_printf(out, "%snot known of %s: ", before,
					   image_name(k->in_old ? p->new_image : p->old_image));
			buf_puts(out, any ? ", " : "");
			buf_puts(out, kind_words[k->kind].plural);
			any = true;
		}
		buf_puts(out, any ? after : "");
	}
}

/* Names that one image alone has, and of which the other cannot tell. */
static void put_not_comparable(struct buf *out, const struct query_pair *p, const char *before, const char *after)
{
	static const char *const why[] = { "in modules that are not known of the other image",
					   "without the debug info or symbols that would tell" };

	for (int w = 0; w < 2; w++) {
		bool any = false;

		for (uint32_t i = 0; i < p->nkinds; i++) {
			const struct query_tally *n = &p->kinds[i].n;
			uint64_t names = w ? n->unknown_facts : n->unknown_modules;

			if (!names)
				continue;
			if (!any)
				buf_printf(out, "%s%s comparable, %s: ", before, *before ? "Not" : "not", why[w]);
			buf_puts(out, any ? ", " : "");
			text_count(out, names);
			buf_char(out, ' ');
			/* Every plural is the singular and an s. */
			buf_put(out, kind_words[p->kinds[i].kind].plural,
				strlen(kind_words[p->kinds[i].kind].plural) - (names == 1));
			any = true;
		}
		buf_puts(out, any ? after : "");
	}
}

/* How functions are held against each other where not both images have debug info. */
static void put_basis(struct buf *out, const struct query_pair *p, const char *before, const char *after)
{
	uint32_t both = p->old_image->info.facts & p->new_image->info.facts;
	bool funcs = false;

	for (uint32_t i = 0; i < p->nkinds; i++)
		funcs |= p->kinds[i].kind == KIND_FUNC && p->kinds[i].in_old && p->kinds[i].in_new;
	if (!funcs || both & FACT_INSTANCES)
		return;
	buf_printf(out, "%sunctions are compared by %s%s", before,
		   both & FACT_SYMBOLS ? "symbol: one without may be inlined everywhere" :
					 "BTF: one that is not in it may be there all the same",
		   after);
}

#define MODULES_SHOWN 16

/* Modules of one image that the other came without, where it came with any: left out, gone, or built in. */
static void put_modules(struct buf *out, const struct image_info *a, const struct image_info *b, const char *before,
			const char *after)
{
	uint32_t n = 0;

	for (uint32_t i = 0; b->nmodules && i < a->nmodules; i++) {
		if (query_knows_module(b, a->modules[i].name))
			continue;
		if (!n)
			buf_printf(out, "%s%sodules of %s alone: ", before, *before ? "M" : "m", a->name);
		if (n < MODULES_SHOWN)
			buf_printf(out, "%s%s", n ? ", " : "", a->modules[i].name);
		n++;
	}
	if (n > MODULES_SHOWN)
		buf_printf(out, ", and %u more", n - MODULES_SHOWN);
	buf_puts(out, n ? after : "");
}

static void put_limits(struct buf *out, const struct query_pair *p, const char *before, const char *after)
{
	put_unknown(out, p, *before ? "\nKinds " : "", after);
	put_basis(out, p, *before ? "\nF" : "f", after);
	put_not_comparable(out, p, before, after);
	put_modules(out, &p->old_image->info, &p->new_image->info, before, after);
	put_modules(out, &p->new_image->info, &p->old_image->info, before, after);
}

/* ---- terminal ---- */

static void term_change(struct buf *out, const struct query_pair *p, enum kind kind,
			const struct query_delta *d, uint32_t at, bool color)
{
	const struct query_change *ch = &p->changes.v[at];
	const char sign[] = { change_sign(ch), '\0' };

	text_pad(out, change_is_detail(kind, ch) ? 6 : 4);
	text_style(out, color, *sign == '+' ? TEXT_GOOD : TEXT_WARN, sign);
	buf_char(out, ' ');
	put_change_text(out, p, kind, d, ch);
	if (p->layout && p->core.v[at] != CORE_NCLASSES && p->core.v[at] != CORE_ABSORBED)
		buf_printf(out, "  [%s]", query_core_text[p->core.v[at]]);
	buf_char(out, '\n');
}

static void term_delta(struct buf *out, const struct query_pair *p, enum kind kind,
		       const struct query_delta *d, bool color)
{
	static const char *const signs[] = { [DELTA_ADDED] = "+", [DELTA_REMOVED] = "-", [DELTA_CHANGED] = "~" };

	PUT(out, "  ");
	text_style(out, color, d->state == DELTA_ADDED ? TEXT_GOOD : TEXT_WARN, signs[d->state]);
	buf_char(out, ' ');
	buf_puts(out, name_of(p, d));
	if (d->old_variants > 1 || d->new_variants > 1)
		buf_printf(out, " (shapes: %u -> %u)", d->old_variants, d->new_variants);
	buf_char(out, '\n');
	for (uint32_t i = 0; i < d->nchanges; i++)
		term_change(out, p, kind, d, d->changes + i, color);
}

void term_pair(struct buf *out, const struct query_pair *p, const struct report_options *o)
{
	struct table t = { .columns = NCOLUMNS, .right = ~1u };

	buf_printf(out, "%s -> %s\n\n", image_name(p->old_image), image_name(p->new_image));
	if (p->ndifferences) {
		for (size_t i = 0; i < NCOLUMNS; i++)
			text_style(table_cell(&t), o->color, TEXT_BOLD, titles[i]);
		fill_counts(&t, p, "  ");
		table_put(out, &t, SIZE_MAX);
	} else {
		PUT(out, "no differences\n");
	}
	table_done(&t);
	put_limits(out, p, "", "\n");
	for (uint32_t i = 0; i < p->nkinds; i++) {
		const struct query_pair_kind *k = &p->kinds[i];
		struct buf title = { 0 };

		if (!k->ndeltas)
			continue;
		buf_char(out, '\n');
		put_plural(&title, k->kind);
		text_style(out, o->color, TEXT_BOLD, buf_z(&title));
		buf_char(out, '\n');
		buf_done(&title);
		for (uint32_t j = 0; j < k->ndeltas; j++)
			term_delta(out, p, k->kind, &p->deltas.v[k->deltas + j], o->color);
	}
}

/* ---- Markdown ---- */

/* Code in a list item: '`' cannot stand in a name or in C. */
static void md_delta(struct buf *out, const struct query_pair *p, enum kind kind, const struct query_delta *d)
{
	static const char *const words[] = { "added", "removed", "changed" };

	buf_printf(out, "- `%s` %s", name_of(p, d), words[d->state]);
	if (d->old_variants > 1 || d->new_variants > 1)
		buf_printf(out, " (shapes: %u, %u)", d->old_variants, d->new_variants);
	buf_char(out, '\n');
	for (uint32_t i = 0; i < d->nchanges; i++) {
		const struct query_change *ch = &p->changes.v[d->changes + i];

		buf_printf(out, "%s- %s: `%c ", change_is_detail(kind, ch) ? "    " : "  ",
			   query_change_text[ch->kind], change_sign(ch));
		put_change_text(out, p, kind, d, ch);
		buf_char(out, '`');
		if (p->layout && p->core.v[d->changes + i] != CORE_NCLASSES)
			buf_printf(out, " (CO-RE: %s)", query_core_text[p->core.v[d->changes + i]]);
		buf_char(out, '\n');
	}
}

static void md_counts(struct buf *out, const struct query_pair *p)
{
	struct table t = { .columns = NCOLUMNS };

	PUT(out, "| Kind | Old | New | Added | | Removed | | Changed | |\n"
		 "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
	fill_counts(&t, p, "- ");
	for (size_t i = 0; i < t.cells.n; i++) {
		PUT(out, "| ");
		buf_put(out, t.cells.v[i].v, t.cells.v[i].n);
		buf_puts(out, (i + 1) % NCOLUMNS ? " " : " |\n");
	}
	table_done(&t);
}

void md_pair(struct buf *out, const struct query_pair *p)
{
	buf_printf(out, "# Difference: <code>%s</code> to <code>%s</code>\n\n", image_name(p->old_image),
		   image_name(p->new_image));
	if (p->ndifferences)
		md_counts(out, p);
	else
		PUT(out, "No differences.\n");
	put_limits(out, p, "\n", "\n");
	for (uint32_t i = 0; i < p->nkinds; i++) {
		const struct query_pair_kind *k = &p->kinds[i];

		if (!k->ndeltas)
			continue;
		PUT(out, "\n## ");
		put_plural(out, k->kind);
		PUT(out, "\n\n");
		for (uint32_t j = 0; j < k->ndeltas; j++)
			md_delta(out, p, k->kind, &p->deltas.v[k->deltas + j]);
	}
}
