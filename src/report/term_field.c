// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A field for a terminal: what it is in which images, what changes, and where it went when it is gone.
 */
#include "report/field_words_int.h"
#include "report/term_int.h"

struct term_field {
	struct term t;
	const struct field *q;
};

/* ---- status ---- */

static void put_state(const struct term_field *f, size_t cell, struct buf *b)
{
	const struct field *q = f->q;
	const struct field_at *at = &q->at.v[f->t.cells.v[cell].image];
	struct buf text = { 0 };

	switch (at->state) {
	case FIELD_PRESENT:
		text_style(b, f->t.color, at->nvariants > 1 ? TEXT_WARN : TEXT_GOOD,
			   at->nvariants > 1 ? WARN : CHECK);
		buf_char(b, ' ');
		put_field_owner(b, q, at, "of ", ": ");
		put_field_decl(b, q, at);
		break;
	case FIELD_ABSENT:
		buf_printf(&text, "- not in %s %s", kind_words[at->kind].word, q->outer);
		break;
	case FIELD_NO_CONSTRUCT:
		buf_printf(&text, "- absent, no %s %s", kind_words[q->kind].word, q->outer);
		break;
	case FIELD_UNKNOWN:
		buf_puts(&text, term_absence_text(at->modules ? UNKNOWN_MODULES : UNKNOWN_KIND, KIND_STRUCT));
		break;
	}
	text_style(b, f->t.color, TEXT_DIM, buf_z(&text));
	buf_done(&text);
}

static const struct field_at *in_row(const struct term_field *f, const struct term_row *row, size_t cell)
{
	const struct field_at *at = &f->q->at.v[f->t.cells.v[cell].image];

	return row->in[cell] && at->state == FIELD_PRESENT && at->placed ? at : NULL;
}

/* ", at 24, 4 bytes": of all images of a row, whose type is one. */
static void put_place(const struct term_field *f, struct term_row *row)
{
	const struct field_at *low = NULL, *high = NULL, *at;
	struct counts size = { 0 }, variants = { 0 };

	for (size_t i = 0; i < f->t.cells.n; i++) {
		at = in_row(f, row, i);
		if (!at)
			continue;
		term_count(&size, !low, at->size);
		term_count(&variants, !low, at->nvariants);
		low = !low || at->offset < low->offset ? at : low;
		high = !high || at->offset > high->offset ? at : high;
	}
	if (low && !field_is_value(f->q, low)) {
		PUT(&row->text, ", at ");
		put_field_offset(&row->text, low->offset);
		if (low->offset != high->offset) {
			buf_char(&row->text, '-');
			put_field_offset(&row->text, high->offset);
		}
		if (size.high) {
			PUT(&row->text, ", ");
			text_range(&row->text, size.low, size.high);
			buf_puts(&row->text, size.high == 1 ? " byte" : " bytes");
		}
	}
	if (variants.high > 1)
		buf_printf(&row->text, "; %u %s that differ, this is the first with the field", variants.high,
			   kind_words[f->q->kind].plural);
}

static void put_statuses(struct term_field *f)
{
	struct term *t = &f->t;
	struct term_rows rows = { 0 };
	struct buf text = { 0 };

	for (int k = 0; k < NSECTIONS; k++)
		for (size_t i = t->sections[k].from; i < t->sections[k].to; i++) {
			text.n = 0;
			put_state(f, i, &text);
			term_row_at(t, &rows, k, i, &text);
		}
	for (size_t i = 0; i < rows.v.n; i++)
		put_place(f, &rows.v.v[i]);
	term_put_rows(t, "Status", &rows);
	buf_done(&text);
}

/* ---- changes ---- */

static const struct query_change *changes_of(const struct term_field *f, const struct query_diff *d)
{
	return f->q->changes.v + d->changes;
}

static void put_comma(struct buf *b, size_t from)
{
	if (b->n > from)
		PUT(b, ", ");
}

static void put_counts(void *ctx, const struct query_diff *d, struct buf *b)
{
	const struct term_field *f = ctx;
	const struct field_at *old = &f->q->at.v[d->old_func], *new = &f->q->at.v[d->new_func];
	size_t from = b->n;

	for (uint32_t i = 0; i < d->nchanges; i++) {
		const struct query_change *c = &changes_of(f, d)[i];

		if (c->invisible)
			continue;
		put_comma(b, from);
		switch (c->kind) {
		case CHANGE_FIELD_ADDED:
		case CHANGE_VALUE_ADDED:
			PUT(b, "added");
			break;
		case CHANGE_FIELD_REMOVED:
		case CHANGE_VALUE_REMOVED:
			PUT(b, "removed");
			break;
		case CHANGE_FIELD_MOVED:
			PUT(b, "moved ");
			put_field_offset(b, old->offset);
			PUT(b, " -> ");
			put_field_offset(b, new->offset);
			break;
		case CHANGE_FIELD_RESIZED:
			buf_printf(b, "%u -> %u bytes", old->size, new->size);
			break;
		case CHANGE_FIELD_BITFIELD:
			buf_printf(b, "%u -> %u bits", old->bits, new->bits);
			break;
		case CHANGE_VALUE:
			PUT(b, "another value");
			break;
		default:
			PUT(b, "another type");
		}
	}
}

/* Declarations do not break. */
static void make_hard(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i] == ' ')
			b->v[i] = TEXT_HARD;
}

static void put_line(struct term *t, const char *sign)
{
	PUT(t->out, "      ");
	text_style(t->out, t->color, TEXT_MARK, sign);
	text_wrap(t->out, &t->text, 8, 10, t->width);
}

static void put_moves(struct term_field *f, const struct query_change *c, bool added)
{
	struct term *t = &f->t;

	for (uint32_t i = 0; i < c->new_param; i++) {
		const struct field_move *m = &f->q->moves.v[c->old_param + i];

		t->more.n = 0;
		put_field_move(&t->more, f->q, m);
		make_hard(&t->more);
		t->text.n = 0;
		buf_puts(&t->text, added ? "likely was " : "likely now ");
		buf_put(&t->text, t->more.v, t->more.n);
		PUT(&t->text, ": ");
		put_field_reasons(&t->text, m);
		put_line(t, "? ");
	}
}

static void put_details(void *ctx, const struct query_diff *d)
{
	struct term_field *f = ctx;
	struct term *t = &f->t;

	for (uint32_t i = 0; i < d->nchanges; i++) {
		const struct query_change *c = &changes_of(f, d)[i];
		bool added = c->kind == CHANGE_FIELD_ADDED || c->kind == CHANGE_VALUE_ADDED;
		bool removed = c->kind == CHANGE_FIELD_REMOVED || c->kind == CHANGE_VALUE_REMOVED;

		if (!added && !removed &&
		    (c->invisible || (c->kind != CHANGE_FIELD_TYPE && c->kind != CHANGE_VALUE)))
			continue;
		t->text.n = 0;
		put_field_decl(&t->text, f->q, &f->q->at.v[added ? d->new_func : d->old_func]);
		make_hard(&t->text);
		if (!added && !removed) {
			PUT(&t->text, " -> ");
			t->more.n = 0;
			if (c->kind == CHANGE_VALUE)
				put_field_value(&t->more, f->q, &f->q->at.v[d->new_func]);
			else
				put_field_decl(&t->more, f->q, &f->q->at.v[d->new_func]);
			make_hard(&t->more);
			buf_put(&t->text, t->more.v, t->more.n);
		}
		put_line(t, added ? "+ " : removed ? "- " : "~ ");
		if (added || removed)
			put_moves(f, c, added);
	}
}

/* ---- the whole ---- */

void term_field(struct buf *out, const struct field *q, const struct report_options *o)
{
	struct term_field f = { .q = q };
	struct term_pairs pairs = { .counts = put_counts, .details = put_details, .ctx = &f };

	term_init(&f.t, out, q->view, q->name, &q->facts, o);
	for (size_t i = 0; i < f.t.cells.n; i++)
		f.t.cells.v[i].present = q->at.v[f.t.cells.v[i].image].state == FIELD_PRESENT;
	term_put_heading(&f.t, q->kind == KIND_ENUM ? "value" : "field");
	put_statuses(&f);
	for (int k = 0; k < GROUP_NKINDS; k++) {
		pairs.v[k] = q->diffs[k].v;
		pairs.n[k] = q->diffs[k].n;
	}
	if (!f.t.single)
		term_put_pairs(&f.t, &pairs);
	term_done(&f.t);
}
