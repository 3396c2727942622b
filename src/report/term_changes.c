// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What changes in a struct, union, enum or tracepoint from image to image, for a terminal: a line a pair with
 * the counts, then what came (+), went (-) and changed (~). Pairs without changes are folded; members that
 * moved together are one run.
 */
#include "report/term_construct_int.h"

/* Of one sign, of one pair: more are counted. */
#define SHOWN_MAX 16
#define RUNS_MAX  6

struct pair {
	struct term *t;
	const struct construct *old, *new;
	const struct query_change *changes;
	size_t nchanges;
};

static const struct item *item_at(const struct pair *p, uint32_t i)
{
	return &p->t->s->items.v[i];
}

static bool is_proto_change(enum query_change_kind kind)
{
	return kind <= CHANGE_RETURN_TYPE || kind == CHANGE_TRACE_FUNC;
}

/* What the prototypes' own section says, and what C text does not show. */
static bool is_counted(const struct query_change *c)
{
	return !c->invisible && c->kind != CHANGE_EVENT && !is_proto_change(c->kind);
}

static size_t count_kind(const struct pair *p, enum query_change_kind a, enum query_change_kind b)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nchanges; i++)
		n += is_counted(&p->changes[i]) && (p->changes[i].kind == a || p->changes[i].kind == b);
	return n;
}

/* ---- the line of counts ---- */

static void put_count(struct buf *b, size_t n, const char *what, size_t from)
{
	if (!n)
		return;
	if (b->n > from)
		PUT(b, ", ");
	text_count(b, n);
	buf_char(b, TEXT_HARD);
	buf_puts(b, what);
}

static void put_counts(const struct pair *p, struct buf *b)
{
	size_t from = b->n;

	if (count_kind(p, CHANGE_SIZE, CHANGE_SIZE)) {
		text_count(b, p->old->size);
		buf_printf(b, "%c->%c", TEXT_HARD, TEXT_HARD);
		text_count(b, p->new->size);
		buf_printf(b, "%cbytes", TEXT_HARD);
	}
	put_count(b, count_kind(p, CHANGE_FIELD_ADDED, CHANGE_VALUE_ADDED), "added", from);
	put_count(b, count_kind(p, CHANGE_FIELD_REMOVED, CHANGE_VALUE_REMOVED), "removed", from);
	put_count(b, count_kind(p, CHANGE_FIELD_TYPE, CHANGE_VALUE), "changed", from);
	put_count(b, count_kind(p, CHANGE_FIELD_BITFIELD, CHANGE_FIELD_BITFIELD), "with other bits", from);
	put_count(b, count_kind(p, CHANGE_FIELD_RESIZED, CHANGE_FIELD_RESIZED), "resized", from);
	put_count(b, count_kind(p, CHANGE_FIELD_MOVED, CHANGE_FIELD_MOVED), "moved", from);
	if (count_kind(p, CHANGE_TARGET, CHANGE_TARGET))
		buf_puts(b, b->n > from ? ", another type" : "another type");
	if (count_kind(p, CHANGE_FORMAT, CHANGE_FORMAT))
		buf_puts(b, b->n > from ? ", print format" : "print format");
}

/* ---- details ---- */

/* "struct list_head tasks", "u8 kind:3", "NAME = 4"; words of it do not break. */
static void put_item(const struct pair *p, struct buf *b, const struct construct *c, uint32_t item)
{
	const struct item *it = item_at(p, item);
	size_t from = b->n;

	if (it->role == ITEM_ENUMERATOR) {
		put_str(b, p->t->s->str, it->name);
		buf_printf(b, c->flags & CONSTRUCT_UNSIGNED64 ? " = %llu" : " = %lld",
			   (unsigned long long)it->value);
	} else {
		layout_put_member(b, p->t->s, it);
	}
	for (size_t i = from; i < b->n; i++)
		if (b->v[i] == ' ' && b->v[i - 1] != ',')
			b->v[i] = TEXT_HARD;
}

static void put_signed_line(const struct pair *p, const char *sign)
{
	PUT(p->t->out, "      ");
	text_style(p->t->out, p->t->color, TEXT_MARK, sign);
	text_wrap(p->t->out, &p->t->text, 8, 10, p->t->width);
}

/* A change of the same member that says more than this one. */
static bool is_said(const struct pair *p, const struct query_change *c)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct query_change *o = &p->changes[i];

		if (o == c)
			return false;
		if (!o->invisible && o->new_param == c->new_param &&
		    (o->kind == CHANGE_FIELD_TYPE || o->kind == CHANGE_FIELD_RESIZED))
			return true;
	}
	return false;
}

static void put_changed(const struct pair *p, const struct query_change *c)
{
	struct buf *b = &p->t->text;
	const struct item *old = item_at(p, c->old_param), *new = item_at(p, c->new_param);

	if (c->kind == CHANGE_FIELD_RESIZED) {
		put_item(p, b, p->new, c->new_param);
		buf_printf(b, " (%u%c->%c%u%cbytes)", old->size, TEXT_HARD, TEXT_HARD, new->size, TEXT_HARD);
		return;
	}
	put_item(p, b, p->old, c->old_param);
	PUT(b, " -> ");
	if (old->role == ITEM_ENUMERATOR)
		buf_printf(b, p->new->flags &CONSTRUCT_UNSIGNED64 ? "%llu" : "%lld",
			   (unsigned long long)new->value);
	else
		put_item(p, b, p->new, c->new_param);
}

/* The changes that `sign` stands for, one a line. */
static void put_lines(const struct pair *p, const char *sign, const enum query_change_kind *kinds,
		      size_t nkinds)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nchanges; i++) {
		const struct query_change *c = &p->changes[i];
		bool mine = false;

		for (size_t k = 0; k < nkinds; k++)
			mine |= c->kind == kinds[k];
		if (!mine || !is_counted(c) || (*sign == '~' && is_said(p, c)) || n++ >= SHOWN_MAX)
			continue;
		p->t->text.n = 0;
		if (*sign == '~')
			put_changed(p, c);
		else
			put_item(p, &p->t->text, *sign == '+' ? p->new : p->old,
				 *sign == '+' ? c->new_param : c->old_param);
		put_signed_line(p, sign);
	}
	if (n <= SHOWN_MAX)
		return;
	p->t->text.n = 0;
	PUT(&p->t->text, "and ");
	text_count(&p->t->text, n - SHOWN_MAX);
	PUT(&p->t->text, " more");
	put_signed_line(p, sign);
}

/* ---- what moved ---- */

static int64_t moved_by(const struct pair *p, const struct query_change *c)
{
	return item_at(p, c->new_param)->value - item_at(p, c->old_param)->value;
}

/* "+16", "-8", or in bits where that is no number of bytes. */
static void put_distance(struct buf *b, int64_t bits)
{
	if (bits % 8)
		buf_printf(b, "%+lld%cbits", (long long)bits, TEXT_HARD);
	else
		buf_printf(b, "%+lld", (long long)bits / 8);
}

/* "on_cpu – thread (213) by +16, se by -8": members that follow each other and moved alike are one run. */
static void put_moved(const struct pair *p)
{
	struct buf *b = &p->t->text;
	size_t runs = 0, members = 0;

	b->n = 0;
	for (size_t i = 0, end; i < p->nchanges; i = end) {
		const struct query_change *c = &p->changes[i], *last = c;
		size_t n = 1;

		end = i + 1;
		if (c->kind != CHANGE_FIELD_MOVED)
			continue;
		for (; end < p->nchanges && p->changes[end].kind == CHANGE_FIELD_MOVED &&
		       moved_by(p, &p->changes[end]) == moved_by(p, c);
		     end++, n++)
			last = &p->changes[end];
		if (runs++ >= RUNS_MAX) {
			members += n;
			continue;
		}
		buf_puts(b, b->n ? ", " : "moved: ");
		put_str(b, p->t->s->str, item_at(p, c->old_param)->name);
		if (n > 1) {
			buf_printf(b, "%c%s%c", TEXT_HARD, n > 2 ? DASH : "and", TEXT_HARD);
			put_str(b, p->t->s->str, item_at(p, last->old_param)->name);
		}
		if (n > 2)
			buf_printf(b, "%c(%zu)", TEXT_HARD, n);
		buf_printf(b, "%cby%c", TEXT_HARD, TEXT_HARD);
		put_distance(b, moved_by(p, c));
	}
	if (members)
		buf_printf(b, ", and %zu more", members);
	if (runs)
		put_signed_line(p, "~ ");
}

#define CUT_MAX 120 /* of a text that changed, on each side */

/* s[from] to s[to], and three dots where something is left out. */
static void put_cut(struct buf *b, const char *s, size_t n, size_t from, size_t to)
{
	bool cut = to - from > CUT_MAX;

	if (from)
		PUT(b, "...");
	buf_put(b, s + from, cut ? CUT_MAX : to - from);
	if (cut || to < n)
		PUT(b, "...");
}

/* What differs of two texts, in whole words: formats are long, and change in places. */
static void put_texts(const struct pair *p, const char *what, const char *old, const char *new)
{
	size_t n = strlen(old), m = strlen(new), from = 0, behind = 0;

	while (from < n && from < m && old[from] == new[from])
		from++;
	while (from && old[from - 1] != ' ')
		from--;
	while (behind < n - from && behind < m - from && old[n - behind - 1] == new[m - behind - 1])
		behind++;
	while (behind && old[n - behind] != ' ')
		behind--;
	p->t->text.n = 0;
	buf_puts(&p->t->text, what);
	put_cut(&p->t->text, old, n, from, n - behind);
	PUT(&p->t->text, " -> ");
	put_cut(&p->t->text, new, m, from, m - behind);
	put_signed_line(p, "~ ");
}

static void put_details(const struct pair *p)
{
	static const enum query_change_kind added[] = { CHANGE_FIELD_ADDED, CHANGE_VALUE_ADDED };
	static const enum query_change_kind removed[] = { CHANGE_FIELD_REMOVED, CHANGE_VALUE_REMOVED };
	static const enum query_change_kind changed[] = { CHANGE_FIELD_TYPE, CHANGE_VALUE,
							  CHANGE_FIELD_RESIZED, CHANGE_FIELD_BITFIELD };

	put_lines(p, "+ ", added, ARRAY_SIZE(added));
	put_lines(p, "- ", removed, ARRAY_SIZE(removed));
	put_lines(p, "~ ", changed, ARRAY_SIZE(changed));
	put_moved(p);
	if (count_kind(p, CHANGE_FORMAT, CHANGE_FORMAT))
		put_texts(p, "print fmt: ", surface_text(p->t->s, p->old->text),
			  surface_text(p->t->s, p->new->text));
}

/* ---- pairs ---- */

/* What is folded: versions in a row, or labels, of which nothing changes. */
struct folded {
	const char *from, *to; /* Regular */
	struct buf labels;     /* Arch, Flavor */
};

static void put_folded(struct term *t, struct folded *f)
{
	if (!f->from && !f->labels.n)
		return;
	t->text.n = 0;
	buf_puts(&t->text, t->color ? TEXT_DIM : "");
	if (f->from)
		buf_printf(&t->text, "%s%c" DASH "%c%s", f->from, TEXT_HARD, TEXT_HARD, f->to);
	buf_put(&t->text, f->labels.v, f->labels.n);
	PUT(&t->text, ": no changes");
	buf_puts(&t->text, t->color ? TEXT_PLAIN : "");
	PUT(t->out, "    ");
	text_wrap(t->out, &t->text, 4, 6, t->width);
	f->from = NULL;
	f->labels.n = 0;
}

static void fold(struct folded *f, const struct query_diff *d, bool regular)
{
	if (!regular) {
		buf_puts(&f->labels, f->labels.n ? ", " : "");
		buf_puts(&f->labels, d->new_member->label);
		return;
	}
	if (!f->from)
		f->from = d->old_member->label;
	f->to = d->new_member->label;
}

static void put_group(struct term *t, const struct query_group *g, const struct term_pairs *p)
{
	bool regular = g->kind == GROUP_REGULAR;
	const struct query_member *last = NULL;
	struct folded folded = { 0 };
	struct buf counts = { 0 };

	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, term_section_title[g->kind]);
	if (!regular)
		buf_printf(t->out, ", against %s", g->base.label);
	buf_char(t->out, '\n');
	for (size_t i = 0; i < p->n[g->kind]; i++) {
		const struct query_diff *d = &p->v[g->kind][i];

		counts.n = 0;
		p->counts(p->ctx, d, &counts);
		/* A version between that lacks it ends what is folded. */
		if (regular && ((last && last != d->old_member) || counts.n))
			put_folded(t, &folded);
		last = d->new_member;
		if (!counts.n) {
			fold(&folded, d, regular);
			continue;
		}
		t->text.n = 0;
		if (regular)
			buf_printf(&t->text, "%s%c->%c", d->old_member->label, TEXT_HARD, TEXT_HARD);
		buf_printf(&t->text, "%s: ", d->new_member->label);
		buf_put(&t->text, counts.v, counts.n);
		PUT(t->out, "    ");
		text_wrap(t->out, &t->text, 4, 6, t->width);
		p->details(p->ctx, d);
	}
	put_folded(t, &folded);
	buf_done(&folded.labels);
	buf_done(&counts);
}

void term_put_pairs(struct term *t, const struct term_pairs *p)
{
	bool titled = false;

	for (int k = 0; k < GROUP_NKINDS; k++) {
		if (!p->n[k])
			continue;
		if (!titled)
			term_put_title(t, p->title ? p->title : "Changes");
		titled = true;
		put_group(t, &t->view->groups[k], p);
	}
}

/* ---- a construct's ---- */

static struct pair compare(void *ctx, const struct query_diff *d)
{
	const struct construct *all = ((struct term *)ctx)->s->constructs.v;
	uint32_t old = d->old_func - all[d->old_func].variant, new = d->new_func - all[d->new_func].variant;
	struct term *t = ctx;

	/* With layout, which is not asked of the result tree, other variants may be those that differ. */
	query_compare_names(&t->compare, t->s, all[old].kind, &old, &new, true);
	return (struct pair){ .t = t,
			      .old = &all[old],
			      .new = &all[new],
			      .changes = t->compare.changes.v,
			      .nchanges = t->compare.changes.n };
}

static void counts_of(void *ctx, const struct query_diff *d, struct buf *b)
{
	const struct query_construct *q = ((struct term_construct *)ctx)->q;
	struct pair p = compare(ctx, d);

	put_counts(&p, b);
	for (uint32_t i = d->changes; i < d->changes + d->nchanges; i++) {
		if (q->changes.v[i].kind != CHANGE_OWNER)
			continue;
		buf_puts(b, b->n ? ", " : "");
		put_owner_change(b, p.t->s, &q->changes.v[i]);
	}
}

static void details_of(void *ctx, const struct query_diff *d)
{
	struct pair p = compare(ctx, d);

	put_details(&p);
}

/* Constructs that one line says are compared by their lines, and prototypes have a section of their own. */
static bool has_changes(const struct term_construct *tc)
{
	const struct query_construct *q = tc->q;

	for (size_t i = 0; i < q->at.n; i++) {
		const struct construct *c = query_construct_in(q, i);

		if (c && term_shape(&q->facts, c) != SHAPE_LINE)
			return true;
	}
	return false;
}

void term_put_changes(struct term_construct *tc)
{
	struct term_pairs p = { .counts = counts_of, .details = details_of, .ctx = &tc->t };

	if (!has_changes(tc))
		return;
	for (int k = 0; k < GROUP_NKINDS; k++) {
		p.v[k] = tc->q->diffs[k].v;
		p.n[k] = tc->q->diffs[k].n;
	}
	for (size_t i = 0; i < tc->q->at.n; i++)
		if (tc->q->at.v[i] != SEQ_NONE && construct_nvariants(tc->t.s, tc->q->at.v[i]) > 1)
			p.title = "Changes, of the first that not both have";
	term_put_pairs(&tc->t, &p);
}
