// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A function's report for a person at a terminal. Says once what many images share: images of equal
 * status or prototype are one row, named as a run ("5.0 - 6.8"). Issues and changes stand out by a
 * sign and a word, colour only adds to them. Bulk (instances, callers) is counted, with the first
 * few by name; md and json have all of it.
 */
#include "report/term_int.h"

const char *const term_section_title[NSECTIONS] = { "Regular", "Arch", "Flavor", "Other" };

/* ---- sets of images as text ---- */

static void put_dash_range(struct buf *b, const char *from, const char *to)
{
	buf_puts(b, from);
	buf_char(b, TEXT_HARD);
	PUT(b, DASH);
	buf_char(b, TEXT_HARD);
	buf_puts(b, to);
}

/* "4.4, 5.0 - 6.8": runs of three and more as a range. */
static void put_runs(const struct term *t, struct buf *b, const struct section *sec, const bool *in)
{
	size_t first = b->n, end;

	for (size_t i = sec->from; i < sec->to; i = end) {
		end = i + 1;
		if (!in[i])
			continue;
		while (end < sec->to && in[end])
			end++;
		if (b->n > first)
			PUT(b, ", ");
		if (end - i > 2) {
			put_dash_range(b, t->cells.v[i].label, t->cells.v[end - 1].label);
			continue;
		}
		buf_puts(b, t->cells.v[i].label);
		if (end - i == 2) {
			PUT(b, ", ");
			buf_puts(b, t->cells.v[i + 1].label);
		}
	}
}

size_t term_set_count(const struct section *sec, const bool *in)
{
	size_t n = 0;

	for (size_t i = sec->from; i < sec->to; i++)
		n += in[i];
	return n;
}

/* The labels of one section's images of the set. */
static void put_section_set(const struct term *t, struct buf *b, int k, const bool *in)
{
	const struct section *sec = &t->sections[k];
	size_t first = b->n;

	if (k == GROUP_REGULAR) {
		put_runs(t, b, sec, in);
		return;
	}
	if (sec->to - sec->from > 2 && term_set_count(sec, in) == sec->to - sec->from) {
		buf_printf(b, "all%c%zu", TEXT_HARD, sec->to - sec->from);
		return;
	}
	for (size_t i = sec->from; i < sec->to; i++) {
		if (!in[i])
			continue;
		if (b->n > first)
			PUT(b, ", ");
		for (const char *s = t->cells.v[i].label; *s; s++)
			buf_char(b, *s == ' ' ? TEXT_HARD : *s);
	}
}

/* The labels of all images of the set: "5.4 - 6.8; all 4 of Arch; aws". */
void term_put_set(const struct term *t, struct buf *b, const bool *in)
{
	size_t first = b->n;

	for (int k = 0; k < NSECTIONS; k++) {
		const struct section *sec = &t->sections[k];
		size_t n = term_set_count(sec, in);

		if (!n)
			continue;
		if (b->n > first)
			PUT(b, "; ");
		put_section_set(t, b, k, in);
		if (k != GROUP_REGULAR && n > 2 && n == sec->to - sec->from)
			buf_printf(b, "%cof%c%s", TEXT_HARD, TEXT_HARD, term_section_title[k]);
	}
}

/* Whether the set holds every image that has the function. */
static bool is_everywhere(const struct term *t, const bool *in)
{
	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].f && !in[i])
			return false;
	return true;
}

/* " (4.4 - 5.0)", unless the set is every image that has the function. */
void term_put_set_note(const struct term *t, struct buf *b, const bool *in)
{
	if (is_everywhere(t, in))
		return;
	PUT(b, " (");
	term_put_set(t, b, in);
	buf_char(b, ')');
}

bool *term_set(const struct term *t)
{
	return base_calloc(t->cells.n, sizeof(bool));
}

/* ---- layout ---- */

void term_put_title(struct term *t, const char *title)
{
	buf_char(t->out, '\n');
	text_style(t->out, t->color, TEXT_BOLD, title);
	buf_char(t->out, '\n');
}

/* ---- status ---- */

/* What makes two images one row. */
struct status {
	bool present, has_group, declared_only;
	unsigned int issues;
	enum collision_type collision;
	enum inline_type inline_type;
};

struct status_row {
	struct status status;
	bool *in;
	struct counts instances, bodies;
};

static struct status status_of(const struct term *t, const struct func *f)
{
	struct status s = { .present = f };

	if (!f || !func_has_group(f))
		return s;
	s.has_group = true;
	s.declared_only = func_is_declared_only(t->s, f);
	s.issues = query_issues(t->s, f);
	s.collision = f->collision;
	s.inline_type = f->inline_type;
	return s;
}

static bool same_status(const struct status *a, const struct status *b)
{
	return a->present == b->present && a->has_group == b->has_group &&
	       a->declared_only == b->declared_only && a->issues == b->issues &&
	       a->collision == b->collision && a->inline_type == b->inline_type;
}

/* Out-of-line bodies: symbols that are not the cold part of another. */
static uint32_t count_bodies(const struct surface *s, const struct func *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->nsymbols; i++)
		n += !strstr(surface_text(s, s->symbols.v[f->symbols + i].name), ".cold");
	return n;
}

struct status_rows {
	VEC(struct status_row) v;
};

static void status_rows(const struct term *t, int k, struct status_rows *rows)
{
	for (size_t i = t->sections[k].from; i < t->sections[k].to; i++) {
		const struct func *f = t->cells.v[i].f;
		struct status s = status_of(t, f);
		struct status_row *row = NULL;
		/* Versions are a sequence, others are not: these join any row that is alike. */
		size_t from = k == GROUP_REGULAR && rows->v.n ? rows->v.n - 1 : 0;

		for (size_t j = from; !row && j < rows->v.n; j++)
			if (same_status(&rows->v.v[j].status, &s))
				row = &rows->v.v[j];
		if (!row) {
			VEC_PUSH(&rows->v, ((struct status_row){ .status = s, .in = term_set(t) }));
			row = &rows->v.v[rows->v.n - 1];
		}
		if (s.has_group) {
			bool first = !term_set_count(&t->sections[k], row->in);

			term_count(&row->instances, first, f->ninstances);
			term_count(&row->bodies, first, count_bodies(t->s, f));
		}
		row->in[i] = true;
	}
}

/* "static, 190-210 instances, 28-31 out of line" */
static void put_collision(struct buf *b, const struct status_row *row)
{
	static const char *const words[COLLISION_NTYPES] = {
		[COLLISION_UNIQUE_GLOBAL] = "external",
		[COLLISION_UNIQUE_STATIC] = "static",
		[COLLISION_STATIC_DUPLICATION] = "static",
		[COLLISION_STATIC_STATIC] = "different static functions",
		[COLLISION_STATIC_GLOBAL] = "external and static functions",
	};

	buf_puts(b, words[row->status.collision]);
	if (row->instances.high < 2)
		return;
	PUT(b, ", ");
	text_range(b, row->instances.low, row->instances.high);
	PUT(b, " instances");
	if (row->status.inline_type == INLINE_FULL)
		return;
	PUT(b, ", ");
	text_range(b, row->bodies.low, row->bodies.high);
	PUT(b, " out of line");
}

static void put_facts(struct buf *b, const struct status_row *row)
{
	static const char *const words[INLINE_NTYPES] = {
		[INLINE_NO] = ", not inlined",
		[INLINE_FULL] = ", inlined everywhere, no symbol",
		[INLINE_SELECTIVE] = ", inlined in places",
	};

	if (row->status.declared_only) {
		PUT(b, "only declared, no code of its own");
		return;
	}
	put_collision(b, row);
	/* With several instances the count of bodies says the rest. */
	if (row->instances.high < 2 || row->status.inline_type == INLINE_FULL)
		buf_puts(b, words[row->status.inline_type]);
}

static void put_status(const struct term *t, struct buf *b, const struct status_row *row)
{
	const struct status *s = &row->status;
	struct buf issues = { 0 };

	if (!s->present) {
		text_style(b, t->color, TEXT_DIM, "- absent");
	} else if (!s->has_group) {
		text_style(b, t->color, TEXT_WARN, WARN " Prototype only:");
		PUT(b, " in the image's types; no debug info says more");
	} else if (put_issues(&issues, s->issues, ", ")) {
		PUT(&issues, ":");
		buf_puts(b, t->color ? TEXT_WARN : "");
		PUT(b, WARN " ");
		buf_put(b, issues.v, issues.n);
		buf_puts(b, t->color ? TEXT_PLAIN : "");
		PUT(b, " ");
		put_facts(b, row);
	} else {
		text_style(b, t->color, TEXT_GOOD, CHECK);
		buf_char(b, ' ');
		put_facts(b, row);
	}
	buf_done(&issues);
}

/* Wider labels stand in a line of their own. */
static size_t label_max(const struct term *t)
{
	return t->width < 72 ? t->width / 3 : 24;
}

static void put_status_row(struct term *t, const char *title, const struct status_row *row, int k,
			   size_t label_width)
{
	size_t column = strlen(term_section_title[0]) + 4, width;

	t->text.n = 0;
	put_section_set(t, &t->text, k, row->in);
	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, title);
	text_pad(t->out, column - 2 - strlen(title));
	width = text_width(t->text.v, t->text.n);
	if (width > label_max(t)) {
		text_wrap(t->out, &t->text, column, column, t->width);
		text_pad(t->out, column + 2);
		column += 2;
	} else {
		for (size_t i = 0; i < t->text.n; i++)
			buf_char(t->out, t->text.v[i] == TEXT_HARD ? ' ' : t->text.v[i]);
		text_pad(t->out, label_width - width + 2);
		column += label_width + 2;
	}
	t->text.n = 0;
	put_status(t, &t->text, row);
	text_wrap(t->out, &t->text, column, column + 2, t->width);
}

static void put_statuses(struct term *t)
{
	struct status_rows rows[NSECTIONS] = { 0 };
	size_t label_width = 0;

	for (int k = 0; k < NSECTIONS; k++) {
		status_rows(t, k, &rows[k]);
		for (size_t i = 0; i < rows[k].v.n; i++) {
			size_t w;

			t->text.n = 0;
			put_section_set(t, &t->text, k, rows[k].v.v[i].in);
			w = text_width(t->text.v, t->text.n);
			if (w <= label_max(t) && w > label_width)
				label_width = w;
		}
	}
	term_put_title(t, "Status");
	for (int k = 0; k < NSECTIONS; k++) {
		for (size_t i = 0; i < rows[k].v.n; i++) {
			put_status_row(t, i ? "" : term_section_title[k], &rows[k].v.v[i], k,
				       label_width);
			free(rows[k].v.v[i].in);
		}
		VEC_DONE(&rows[k].v);
	}
}

/* One image alone: its status is one line. */
static void put_single_status(struct term *t)
{
	struct status_rows rows = { 0 };

	for (int k = 0; k < NSECTIONS; k++)
		status_rows(t, k, &rows);
	t->text.n = 0;
	put_status(t, &t->text, &rows.v.v[0]);
	PUT(t->out, "\n  ");
	text_wrap(t->out, &t->text, 2, 4, t->width);
	free(rows.v.v[0].in);
	VEC_DONE(&rows.v);
}

/* ---- the whole ---- */

static void add_cell(struct term *t, const char *label, uint32_t image)
{
	uint32_t at = t->q->at.v[image];
	const struct func *f = at == SEQ_NONE ? NULL : &t->s->funcs.v[at];

	if (image == t->q->view->base)
		t->base = t->cells.n;
	t->npresent += f != NULL;
	VEC_PUSH(&t->cells, ((struct cell){ label, image, f }));
}

static void collect(struct term *t)
{
	const struct query_view *v = t->q->view;

	for (int k = 0; k < NSECTIONS; k++) {
		t->sections[k].from = t->cells.n;
		for (size_t i = 0; k < GROUP_NKINDS && i < v->groups[k].members.n; i++)
			add_cell(t, v->groups[k].members.v[i].label,
				 v->groups[k].members.v[i].image);
		for (size_t i = 0; k == SECTION_OTHER && i < v->unrelated.n; i++)
			add_cell(t, v->images->images.v[v->unrelated.v[i]].info.name,
				 v->unrelated.v[i]);
		t->sections[k].to = t->cells.n;
	}
	t->single = t->cells.n == 1;
}

static void put_heading(struct term *t)
{
	const struct store_images *images = t->q->view->images;

	text_style(t->out, t->color, TEXT_BOLD, t->q->name);
	t->text.n = 0;
	if (t->color)
		PUT(&t->text, TEXT_DIM);
	if (t->single) {
		PUT(&t->text, "function in ");
		buf_puts(&t->text, images->images.v[0].info.name);
	} else {
		PUT(&t->text, "function, in ");
		if (t->npresent == t->cells.n)
			PUT(&t->text, "all ");
		else
			buf_printf(&t->text, "%zu of ", t->npresent);
		buf_printf(&t->text, "%zu images; base ", t->cells.n);
		buf_puts(&t->text, images->images.v[t->q->view->base].info.name);
	}
	if (t->color)
		PUT(&t->text, TEXT_PLAIN);
	PUT(t->out, "  ");
	text_wrap(t->out, &t->text, text_width(t->q->name, strlen(t->q->name)) + 2, 2, t->width);
}

void term_func(struct buf *out, const struct query_func *q, const struct report_options *o)
{
	struct term t = { .out = out, .q = q, .s = &q->facts, .color = o->color };

	t.width = o->width ? o->width : 80;
	if (t.width < TEXT_WIDTH_MIN)
		t.width = TEXT_WIDTH_MIN;
	query_compare_init(&t.compare);
	collect(&t);
	put_heading(&t);
	if (t.single)
		put_single_status(&t);
	term_put_prototypes(&t);
	if (!t.single)
		put_statuses(&t);
	term_put_details(&t);
	term_put_notes(&t);
	query_compare_done(&t.compare);
	VEC_DONE(&t.cells);
	buf_done(&t.text);
	buf_done(&t.more);
}
