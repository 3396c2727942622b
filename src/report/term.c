// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for a person at a terminal: what all kinds share, and a function's. Says once what many
 * images share: images of equal status or prototype are one row, named as a run ("5.0 - 6.8"). Issues
 * and changes stand out by a sign and a word, colour only adds to them. Bulk (instances, callers) is
 * counted, with the first few by name; md and json have all of it.
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

void term_put_section_set(const struct term *t, struct buf *b, int k, const bool *in)
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
		term_put_section_set(t, b, k, in);
		if (k != GROUP_REGULAR && n > 2 && n == sec->to - sec->from)
			buf_printf(b, "%cof%c%s", TEXT_HARD, TEXT_HARD, term_section_title[k]);
	}
}

/* Whether the set holds every image that has it. */
static bool is_everywhere(const struct term *t, const bool *in)
{
	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].present && !in[i])
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

/* ---- rows ---- */

/* Wider labels stand in a line of their own. */
static size_t label_max(const struct term *t)
{
	return t->width < 72 ? t->width / 3 : 24;
}

struct term_row *term_row_at(const struct term *t, struct term_rows *rows, int section, size_t cell,
			     const struct buf *text)
{
	/* Versions are a sequence, others are not: these join any row that is alike. */
	size_t from = section == GROUP_REGULAR && rows->v.n ? rows->v.n - 1 : 0;
	struct term_row *row = NULL;

	for (size_t i = from; !row && i < rows->v.n; i++) {
		struct term_row *r = &rows->v.v[i];

		if (r->section == section && r->text.n == text->n && !memcmp(r->text.v, text->v, text->n))
			row = r;
	}
	if (!row) {
		VEC_PUSH(&rows->v, ((struct term_row){ .section = section, .in = term_set(t) }));
		row = &rows->v.v[rows->v.n - 1];
		buf_put(&row->text, text->v, text->n);
	}
	row->in[cell] = true;
	return row;
}

static void put_row(struct term *t, const char *title, const struct term_row *row, size_t label_width)
{
	size_t column = strlen(term_section_title[0]) + 4, width;

	t->text.n = 0;
	term_put_section_set(t, &t->text, row->section, row->in);
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
	text_wrap(t->out, &row->text, column, column + 2, t->width);
}

/* Columns of the widest label that stands in its row's line. */
static size_t rows_label_width(struct term *t, const struct term_rows *rows)
{
	size_t label_width = 0;

	for (size_t i = 0; i < rows->v.n; i++) {
		size_t w;

		t->text.n = 0;
		term_put_section_set(t, &t->text, rows->v.v[i].section, rows->v.v[i].in);
		w = text_width(t->text.v, t->text.n);
		if (w <= label_max(t) && w > label_width)
			label_width = w;
	}
	return label_width;
}

void term_put_rows(struct term *t, const char *title, struct term_rows *rows)
{
	size_t label_width = rows_label_width(t, rows);
	int last = -1;

	if (t->single && rows->v.n) {
		PUT(t->out, "\n  ");
		text_wrap(t->out, &rows->v.v[0].text, 2, 4, t->width);
	} else {
		term_put_title(t, title);
	}
	for (size_t i = 0; i < rows->v.n; i++) {
		struct term_row *row = &rows->v.v[i];

		if (!t->single)
			put_row(t, row->section == last ? "" : term_section_title[row->section], row, label_width);
		last = row->section;
		free(row->in);
		buf_done(&row->text);
	}
	VEC_DONE(&rows->v);
}

/* ---- status ---- */

/* What makes two images one row. */
struct status {
	bool present, has_group, declared_only;
	unsigned int issues;
	enum collision_type collision;
	enum inline_type inline_type;
	bool symbols; /* the image knows them */
	enum query_absence absence;
	const struct func *of_modules; /* a function that is not the kernel's alone */
};

struct status_row {
	struct status status;
	const struct func *f; /* of the first image */
	bool *in;
	struct counts instances, bodies;
};

static struct status status_of(const struct term *t, const struct cell *c)
{
	const struct func *f = c->f;
	struct status s = { .present = f, .absence = f ? ABSENT : c->absence };

	if (!f)
		return s;
	s.symbols = t->view->images->images.v[c->image].info.facts & FACT_SYMBOLS;
	if (has_modules(t->s, KIND_FUNC, (uint32_t)(f - t->s->funcs.v)))
		s.of_modules = f;
	if (!func_has_group(f))
		return s;
	s.has_group = true;
	s.declared_only = func_is_declared_only(t->s, f);
	s.issues = query_issues(t->s, f);
	s.collision = f->collision;
	s.inline_type = f->inline_type;
	return s;
}

static bool same_owners(const struct surface *s, const struct func *a, const struct func *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	if (!a || !b)
		return a == b;
	query_put_owners(&x, s, KIND_FUNC, (uint32_t)(a - s->funcs.v));
	query_put_owners(&y, s, KIND_FUNC, (uint32_t)(b - s->funcs.v));
	same = x.n == y.n && !memcmp(x.v, y.v, x.n);
	buf_done(&x);
	buf_done(&y);
	return same;
}

static bool same_status(const struct surface *s, const struct status *a, const struct status *b)
{
	return a->absence == b->absence && a->symbols == b->symbols && same_owners(s, a->of_modules, b->of_modules) &&
	       a->present == b->present && a->has_group == b->has_group &&
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
		struct status s = status_of(t, &t->cells.v[i]);
		struct status_row *row = NULL;
		/* Versions are a sequence, others are not: these join any row that is alike. */
		size_t from = k == GROUP_REGULAR && rows->v.n ? rows->v.n - 1 : 0;

		for (size_t j = from; !row && j < rows->v.n; j++)
			if (same_status(t->s, &rows->v.v[j].status, &s))
				row = &rows->v.v[j];
		if (!row) {
			VEC_PUSH(&rows->v, ((struct status_row){ .status = s, .f = f, .in = term_set(t) }));
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
		[COLLISION_GLOBAL_GLOBAL] = "different external functions",
		[COLLISION_UNKNOWN] = "a symbol, no debug info",
		[COLLISION_SYMBOLS] = "symbols of one name, no debug info",
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
		[INLINE_UNKNOWN] = ": inlining and callers are not known",
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

const char *term_absence_text(enum query_absence absence, enum kind kind)
{
	switch (absence) {
	case ABSENT:
		return "- absent";
	case ABSENT_SYMBOL:
		return "- no symbol: absent, or inlined everywhere";
	case UNKNOWN_MODULES:
		return "? not known: the image came without the modules that others have it in";
	case UNKNOWN_TYPES:
		return "? not known: not in the image's BTF, which does not list all functions";
	default:
		break;
	}
	switch (kind) {
	case KIND_CONFIG:
		return "? not known: the image came without its config";
	case KIND_STRUCT:
	case KIND_UNION:
	case KIND_ENUM:
	case KIND_TYPEDEF:
	case KIND_FEATURE:
		return "? not known: the image came without its types";
	default:
		return "? not known: these were not read from the image";
	}
}

static void put_status(const struct term *t, struct buf *b, const struct status_row *row)
{
	const struct status *s = &row->status;
	struct buf issues = { 0 };

	if (!s->present) {
		text_style(b, t->color, TEXT_DIM, term_absence_text(s->absence, KIND_FUNC));
	} else if (!s->has_group && !s->symbols) {
		PUT(b, "? in the image's BTF, so that it is there: inlining and callers are not known");
	} else if (!s->has_group) {
		text_style(b, t->color, TEXT_WARN, WARN " Prototype only:");
		PUT(b, " in the image's types; no debug info says more");
	} else if (put_issues(&issues, t->s, row->f, ", ")) {
		PUT(&issues, ":");
		buf_puts(b, t->color ? TEXT_WARN : "");
		PUT(b, WARN " ");
		buf_put(b, issues.v, issues.n);
		buf_puts(b, t->color ? TEXT_PLAIN : "");
		PUT(b, " ");
		put_facts(b, row);
	} else if (s->inline_type == INLINE_UNKNOWN) {
		PUT(b, "? ");
		put_facts(b, row);
	} else {
		text_style(b, t->color, TEXT_GOOD, CHECK);
		buf_char(b, ' ');
		put_facts(b, row);
	}
	if (s->of_modules && !(s->issues & ISSUE_ACROSS_OWNERS)) {
		PUT(b, "; in ");
		put_owners(b, t->s, KIND_FUNC, (uint32_t)(s->of_modules - t->s->funcs.v));
	}
	buf_done(&issues);
}

static void put_statuses(struct term *t)
{
	struct term_rows all = { 0 };

	for (int k = 0; k < NSECTIONS; k++) {
		struct status_rows rows = { 0 };

		status_rows(t, k, &rows);
		for (size_t i = 0; i < rows.v.n; i++) {
			struct term_row row = { .section = k, .in = rows.v.v[i].in };

			put_status(t, &row.text, &rows.v.v[i]);
			VEC_PUSH(&all.v, row);
		}
		VEC_DONE(&rows.v);
	}
	term_put_rows(t, "Status", &all);
}

/* ---- the whole ---- */

static void add_cell(struct term *t, const char *label, uint32_t image)
{
	if (image == t->view->base)
		t->base = t->cells.n;
	VEC_PUSH(&t->cells, ((struct cell){ .label = label, .image = image }));
}

void term_init(struct term *t, struct buf *out, const struct query_view *v, const char *name,
	       const struct surface *s, const struct report_options *o)
{
	*t = (struct term){ .out = out, .view = v, .s = s, .name = name, .decl = name, .color = o->color };
	t->width = o->width ? o->width : 80;
	if (t->width < TEXT_WIDTH_MIN)
		t->width = TEXT_WIDTH_MIN;
	query_compare_init(&t->compare);
	for (int k = 0; k < NSECTIONS; k++) {
		t->sections[k].from = t->cells.n;
		for (size_t i = 0; k < GROUP_NKINDS && i < v->groups[k].members.n; i++)
			add_cell(t, v->groups[k].members.v[i].label, v->groups[k].members.v[i].image);
		for (size_t i = 0; k == SECTION_OTHER && i < v->unrelated.n; i++)
			add_cell(t, v->images->images.v[v->unrelated.v[i]].info.name, v->unrelated.v[i]);
		t->sections[k].to = t->cells.n;
	}
	t->single = t->cells.n == 1;
}

void term_done(struct term *t)
{
	query_compare_done(&t->compare);
	VEC_DONE(&t->cells);
	buf_done(&t->text);
	buf_done(&t->more);
}

void term_put_heading(struct term *t, const char *word)
{
	const struct store_images *images = t->view->images;
	size_t npresent = 0;

	for (size_t i = 0; i < t->cells.n; i++)
		npresent += t->cells.v[i].present;
	text_style(t->out, t->color, TEXT_BOLD, t->name);
	t->text.n = 0;
	if (t->color)
		PUT(&t->text, TEXT_DIM);
	buf_puts(&t->text, word);
	if (t->single) {
		PUT(&t->text, " in ");
		buf_puts(&t->text, images->images.v[0].info.name);
	} else {
		PUT(&t->text, ", in ");
		if (npresent == t->cells.n)
			PUT(&t->text, "all ");
		else
			buf_printf(&t->text, "%zu of ", npresent);
		buf_printf(&t->text, "%zu images; base ", t->cells.n);
		buf_puts(&t->text, images->images.v[t->view->base].info.name);
	}
	if (t->color)
		PUT(&t->text, TEXT_PLAIN);
	PUT(t->out, "  ");
	text_wrap(t->out, &t->text, text_width(t->name, strlen(t->name)) + 2, 2, t->width);
}

void term_put_doubts(struct term *t)
{
	const struct store_images *images = t->view->images;
	bool any = false;

	for (size_t i = 0; i < images->images.n; i++) {
		t->text.n = 0;
		buf_printf(&t->text, WARN " %s: ", images->images.v[i].info.name);
		if (!put_doubts(&t->text, &images->images.v[i].info, true))
			continue;
		buf_puts(t->out, any ? "" : "\n");
		any = true;
		PUT(t->out, "  ");
		text_wrap(t->out, &t->text, 2, 4, t->width);
	}
}

void term_func(struct buf *out, const struct query_construct *q, const struct report_options *o)
{
	struct term t;

	term_init(&t, out, q->view, q->name, &q->facts, o);
	for (size_t i = 0; i < t.cells.n; i++) {
		struct cell *c = &t.cells.v[i];
		uint32_t at = q->at.v[c->image];

		if (at == SEQ_NONE) {
			c->absence = query_construct_absence(q, c->image);
			continue;
		}
		c->f = &q->facts.funcs.v[at];
		c->present = true;
		c->proto = func_has_proto(c->f) ? c->f->proto : 0;
	}
	term_put_heading(&t, "function");
	if (t.single)
		put_statuses(&t);
	term_put_prototypes(&t, "Prototype", "Prototypes");
	if (!t.single)
		put_statuses(&t);
	term_put_details(&t);
	term_put_notes(&t);
	term_put_doubts(&t);
	term_done(&t);
}
