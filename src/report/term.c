// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A function's report for a person at a terminal. Says once what many images share: images of equal
 * status or prototype are one row, named as a run ("5.0 - 6.8"). Issues and changes stand out by a
 * sign and a word, colour only adds to them. Bulk (instances, callers) is counted, with the first
 * few by name; md and json have all of it.
 */
#include "report/report_int.h"

#define WARN  "\xe2\x9a\xa0" /* U+26A0 */
#define CHECK "\xe2\x9c\x93" /* U+2713 */
#define DASH  "\xe2\x80\x93" /* U+2013 */

/* Where details stand, behind their titles. */
#define DETAIL_COLUMN 14

/* One image under one label. */
struct cell {
	const char *label;
	uint32_t image;
	const struct func *f; /* NULL: absent */
};

enum { SECTION_OTHER = GROUP_NKINDS, NSECTIONS };

/* A range of term.cells. Other holds the images that stand in no group, under their names. */
struct section {
	size_t from, to;
};

struct term {
	struct buf *out;
	const struct query_func *q;
	const struct surface *s;
	bool color, single;
	size_t width;
	VEC(struct cell) cells; /* each image once, by section */
	struct section sections[NSECTIONS];
	size_t base;	    /* cell of the base */
	size_t npresent;
	struct buf text, more; /* scratch */
	struct query_compare compare;
};

static const char *const section_title[NSECTIONS] = { "Regular", "Arch", "Flavor", "Other" };

/* ---- sets of images as text ----------------------------------------------------------------------- */

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

static size_t count_in(const struct section *sec, const bool *in)
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
	if (sec->to - sec->from > 2 && count_in(sec, in) == sec->to - sec->from) {
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
static void put_set(const struct term *t, struct buf *b, const bool *in)
{
	size_t first = b->n;

	for (int k = 0; k < NSECTIONS; k++) {
		const struct section *sec = &t->sections[k];
		size_t n = count_in(sec, in);

		if (!n)
			continue;
		if (b->n > first)
			PUT(b, "; ");
		put_section_set(t, b, k, in);
		if (k != GROUP_REGULAR && n > 2 && n == sec->to - sec->from)
			buf_printf(b, "%cof%c%s", TEXT_HARD, TEXT_HARD, section_title[k]);
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
static void put_set_note(const struct term *t, struct buf *b, const bool *in)
{
	if (is_everywhere(t, in))
		return;
	PUT(b, " (");
	put_set(t, b, in);
	buf_char(b, ')');
}

static bool *new_set(const struct term *t)
{
	return base_calloc(t->cells.n, sizeof(bool));
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static void put_title(struct term *t, const char *title)
{
	buf_char(t->out, '\n');
	text_style(t->out, t->color, TEXT_BOLD, title);
}

/* "  Defined     " and t->text, wrapped behind it. */
static void put_detail(struct term *t, const char *title)
{
	size_t n = strlen(title) + 2;

	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, title);
	text_pad(t->out, DETAIL_COLUMN - n);
	text_wrap(t->out, &t->text, DETAIL_COLUMN, DETAIL_COLUMN, t->width);
}

/* ---- prototypes --------------------------------------------------------------------------------------- */

/* One prototype, the images that have it, and the prototype to hold it against. */
struct proto_row {
	uint32_t proto, against;
	bool has_against;
	int section; /* of its first image */
	bool *in;
};

struct proto_rows {
	VEC(struct proto_row) v;
};

static bool same_proto(const struct term *t, uint32_t a, uint32_t b)
{
	return type_same_c(t->s->types, t->s->str, a, b);
}

static struct proto_row *add_row(const struct term *t, struct proto_rows *rows, uint32_t proto,
				 int section)
{
	VEC_PUSH(&rows->v, ((struct proto_row){ .proto = proto, .section = section,
						.in = new_set(t) }));
	return &rows->v.v[rows->v.n - 1];
}

/* Runs of equal prototypes in the order of versions, each against the one before. */
static void regular_rows(const struct term *t, struct proto_rows *rows)
{
	const struct section *sec = &t->sections[GROUP_REGULAR];

	for (size_t i = sec->from; i < sec->to; i++) {
		const struct func *f = t->cells.v[i].f;
		struct proto_row *last = rows->v.n ? &rows->v.v[rows->v.n - 1] : NULL;

		if (!f || !func_has_proto(f))
			continue;
		if (!last || !same_proto(t, last->proto, f->proto)) {
			uint32_t against = last ? last->proto : 0;
			bool has = last;

			last = add_row(t, rows, f->proto, GROUP_REGULAR);
			last->against = against;
			last->has_against = has;
		}
		last->in[i] = true;
	}
}

/* The row that holds the image, or NULL. */
static struct proto_row *row_of(struct proto_rows *rows, size_t cell)
{
	for (size_t i = 0; i < rows->v.n; i++)
		if (rows->v.v[i].in[cell])
			return &rows->v.v[i];
	return NULL;
}

/* Other images join the base's row, or one of their own section, or open one. */
static void relative_rows(const struct term *t, struct proto_rows *rows)
{
	for (int k = GROUP_ARCH; k < NSECTIONS; k++)
		for (size_t i = t->sections[k].from; i < t->sections[k].to; i++) {
			const struct func *f = t->cells.v[i].f;
			struct proto_row *base = row_of(rows, t->base), *row = NULL;

			if (!f || !func_has_proto(f))
				continue;
			if (base && same_proto(t, base->proto, f->proto))
				row = base;
			for (size_t j = 0; !row && j < rows->v.n; j++)
				if ((rows->v.v[j].section == k || k == SECTION_OTHER) &&
				    same_proto(t, rows->v.v[j].proto, f->proto))
					row = &rows->v.v[j];
			if (!row) {
				uint32_t against = base ? base->proto : 0;
				bool has = base;

				row = add_row(t, rows, f->proto, k);
				row->against = against;
				row->has_against = has;
			}
			row->in[i] = true;
		}
}

/* The text with blanks that do not break, as words of a paragraph. */
static void put_hard(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(b, s[i] == ' ' ? TEXT_HARD : s[i]);
}

/* Whether a change of t->compare makes parameter `at` of the new prototype differ. */
static bool is_changed_param(const struct term *t, uint32_t at)
{
	for (size_t i = 0; i < t->compare.changes.n; i++) {
		const struct query_change *c = &t->compare.changes.v[i];

		if (!c->invisible && c->new_param == at &&
		    (c->kind == CHANGE_PARAM_ADDED || c->kind == CHANGE_PARAM_TYPE))
			return true;
	}
	return false;
}

static void put_param(const struct term *t, struct buf *b, uint32_t proto, uint32_t at)
{
	const struct type *n = type_at(t->s->types, proto);
	const struct type_param *p = &t->s->types->params.v[n->params + at];

	if (at + 1 == n->count && type_param_is_dots(p))
		PUT(b, "...");
	else
		type_print_c(b, t->s->types, t->s->str, p->type, strtab_text(t->s->str, p->name));
}

/*
 * The prototype, broken between parameters only, those that changed marked. The parameters are
 * found in the whole text, since a returned function pointer continues behind them.
 */
static void put_proto(struct term *t, const struct proto_row *row)
{
	const struct type *n = type_at(t->s->types, row->proto);
	const char *at, *end, *open;
	struct buf whole = { 0 };

	type_print_c(&whole, t->s->types, t->s->str, row->proto, t->q->name);
	PUT(&whole, ";");
	at = buf_z(&whole);
	end = at + whole.n;
	open = strstr(at, t->q->name);
	open = open ? strchr(open, '(') : NULL;
	t->text.n = 0;
	if (open) {
		put_hard(&t->text, at, (size_t)(open + 1 - at));
		at = open + 1;
	}
	for (uint32_t i = 0; open && i < n->count; i++) {
		bool mark = t->color && row->has_against && is_changed_param(t, i);

		t->more.n = 0;
		put_param(t, &t->more, row->proto, i);
		if ((size_t)(end - at) < t->more.n || memcmp(at, t->more.v, t->more.n))
			break;
		buf_puts(&t->text, mark ? TEXT_MARK : "");
		put_hard(&t->text, at, t->more.n);
		buf_puts(&t->text, mark ? TEXT_PLAIN : "");
		at += t->more.n;
		if (*at == ',') {
			PUT(&t->text, ", ");
			at += 2;
		}
	}
	put_hard(&t->text, at, (size_t)(end - at));
	buf_done(&whole);
	PUT(t->out, "    ");
	text_wrap(t->out, &t->text, 4, 8, t->width);
}

static void put_names(const struct term *t, struct buf *b, uint32_t proto)
{
	const struct type *n = type_at(t->s->types, proto);

	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t name = t->s->types->params.v[n->params + i].name;

		if (i)
			PUT(b, ", ");
		if (name)
			put_str(b, t->s->str, name);
		else
			put_param(t, b, proto, i);
	}
}

static void put_type(const struct term *t, struct buf *b, uint32_t id)
{
	type_print_c(b, t->s->types, t->s->str, id, "");
}

/* One line of what differs from the prototype before: "+ int flags". */
static void put_change(struct term *t, const struct query_change *c, const struct proto_row *row)
{
	struct buf *b = &t->text;
	const char *sign = "~ ";

	b->n = 0;
	switch (c->kind) {
	case CHANGE_PARAM_ADDED:
		sign = "+ ";
		put_param(t, b, row->proto, c->new_param);
		break;
	case CHANGE_PARAM_REMOVED:
		sign = "- ";
		put_param(t, b, row->against, c->old_param);
		break;
	case CHANGE_PARAM_REORDERED:
		PUT(b, "order: ");
		put_names(t, b, row->against);
		PUT(b, " -> ");
		put_names(t, b, row->proto);
		break;
	case CHANGE_PARAM_TYPE:
		put_param(t, b, row->against, c->old_param);
		PUT(b, " -> ");
		put_param(t, b, row->proto, c->new_param);
		break;
	default:
		PUT(b, "returns ");
		put_type(t, b, type_at(t->s->types, row->against)->ref);
		PUT(b, " -> ");
		put_type(t, b, type_at(t->s->types, row->proto)->ref);
	}
	PUT(t->out, "    ");
	text_style(t->out, t->color, TEXT_MARK, sign);
	text_wrap(t->out, b, 6, 8, t->width);
}

static void put_proto_row(struct term *t, const struct proto_row *row, bool label)
{
	if (label) {
		t->text.n = 0;
		put_set(t, &t->text, row->in);
		if (row->section != GROUP_REGULAR && row->has_against) {
			PUT(&t->text, ", against ");
			buf_puts(&t->text, row->section == SECTION_OTHER ?
				 t->q->view->images->images.v[t->q->view->base].info.name :
				 t->q->view->groups[row->section].base.label);
		}
		PUT(t->out, "  ");
		text_wrap(t->out, &t->text, 2, 2, t->width);
	}
	t->compare.changes.n = 0;
	if (row->has_against)
		query_compare_protos(&t->compare, t->s, row->against, row->proto);
	put_proto(t, row);
	for (size_t i = 0; i < t->compare.changes.n; i++) {
		const struct query_change *c = &t->compare.changes.v[i];

		/* What moved only because of a parameter in front is said by that one. */
		if (!c->invisible && !(c->kind == CHANGE_PARAM_REORDERED && c->shifted_only))
			put_change(t, c, row);
	}
}

static void put_prototypes(struct term *t)
{
	struct proto_rows rows = { 0 };

	regular_rows(t, &rows);
	relative_rows(t, &rows);
	put_title(t, rows.v.n > 1 ? "Prototypes" : "Prototype");
	buf_char(t->out, '\n');
	if (!rows.v.n) {
		t->text.n = 0;
		PUT(&t->text, "not known: no type information holds one");
		PUT(t->out, "    ");
		text_wrap(t->out, &t->text, 4, 4, t->width);
	}
	for (size_t i = 0; i < rows.v.n; i++) {
		put_proto_row(t, &rows.v.v[i], rows.v.n > 1);
		free(rows.v.v[i].in);
	}
	VEC_DONE(&rows.v);
}

/* ---- status -------------------------------------------------------------------------------------------- */

/* What makes two images one row. */
struct status {
	bool present, has_group, declared_only;
	unsigned int issues;
	enum collision_type collision;
	enum inline_type inline_type;
};

struct counts {
	uint32_t low, high;
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

static void count_one(struct counts *c, bool first, uint32_t n)
{
	if (first || n < c->low)
		c->low = n;
	if (first || n > c->high)
		c->high = n;
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
			VEC_PUSH(&rows->v, ((struct status_row){ .status = s, .in = new_set(t) }));
			row = &rows->v.v[rows->v.n - 1];
		}
		if (s.has_group) {
			bool first = !count_in(&t->sections[k], row->in);

			count_one(&row->instances, first, f->ninstances);
			count_one(&row->bodies, first, count_bodies(t->s, f));
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
		text_style(&issues, false, "", ":");
		t->color ? PUT(b, TEXT_WARN) : (void)0;
		PUT(b, WARN " ");
		buf_put(b, issues.v, issues.n);
		t->color ? PUT(b, TEXT_PLAIN) : (void)0;
		buf_char(b, ' ');
		put_facts(b, row);
	} else {
		text_style(b, t->color, TEXT_GOOD, CHECK);
		buf_char(b, ' ');
		put_facts(b, row);
	}
	buf_done(&issues);
}

/* Labels wider than this stand in a line of their own. */
#define LABEL_MAX 24

static void put_status_row(struct term *t, const char *title, const struct status_row *row, int k,
			   size_t label_width)
{
	size_t column = strlen(section_title[0]) + 4, width;

	t->text.n = 0;
	put_section_set(t, &t->text, k, row->in);
	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, title);
	text_pad(t->out, column - 2 - strlen(title));
	width = text_width(t->text.v, t->text.n);
	if (width > LABEL_MAX) {
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
			if (w <= LABEL_MAX && w > label_width)
				label_width = w;
		}
	}
	put_title(t, "Status");
	buf_char(t->out, '\n');
	for (int k = 0; k < NSECTIONS; k++) {
		for (size_t i = 0; i < rows[k].v.n; i++) {
			put_status_row(t, i ? "" : section_title[k], &rows[k].v.v[i], k, label_width);
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

/* ---- details: where, symbols, callers ------------------------------------------------------------------- */

/* Something that images share (a file, a symbol's name), and in which it is. */
struct shared {
	uint32_t id;
	uint32_t binds; /* bit per enum symbol_bind */
	struct counts lines, times;
	bool *in;
	uint32_t now; /* times in the image at hand */
};

struct shared_list {
	VEC(struct shared) v;
	struct map by_id;
};

static void shared_init(struct shared_list *l)
{
	*l = (struct shared_list){ 0 };
	map_init(&l->by_id);
}

static void shared_done(struct shared_list *l)
{
	for (size_t i = 0; i < l->v.n; i++)
		free(l->v.v[i].in);
	VEC_DONE(&l->v);
	map_done(&l->by_id);
}

static struct shared *shared_at(const struct term *t, struct shared_list *l, uint32_t id)
{
	uint32_t *at = map_at(&l->by_id, id);

	if (*at == MAP_NONE) {
		*at = (uint32_t)l->v.n;
		VEC_PUSH(&l->v, ((struct shared){ .id = id, .in = new_set(t) }));
	}
	return &l->v.v[*at];
}

/* Ends an image: what it had so often counts once. */
static void shared_next_image(struct shared_list *l, size_t cell)
{
	for (size_t i = 0; i < l->v.n; i++) {
		struct shared *e = &l->v.v[i];

		if (!e->now)
			continue;
		count_one(&e->times, !e->times.high, e->now);
		e->in[cell] = true;
		e->now = 0;
	}
}

static const struct shared *next_shared(const struct shared_list *l, size_t *i, size_t shown)
{
	return *i < l->v.n && *i < shown ? &l->v.v[(*i)++] : NULL;
}

static void put_more(struct buf *b, size_t n, size_t shown, const char *what)
{
	if (n > shown) {
		PUT(b, ", and ");
		text_count(b, n - shown);
		buf_puts(b, what);
	}
}

static void put_where(struct term *t)
{
	const size_t shown = 5;
	const struct shared *e;
	struct shared_list l;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		for (uint32_t i = 0; f && func_has_group(f) && i < f->ninstances; i++) {
			const struct instance *in = &t->s->instances.v[f->instances + i];
			struct shared *at;

			if (!in->loc_file)
				continue;
			at = shared_at(t, &l, in->loc_file);
			count_one(&at->lines, !at->lines.high, in->loc_line);
			at->now++;
		}
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, shown))) {
		if (n > 1)
			PUT(&t->text, ", ");
		put_str(&t->text, t->s->str, e->id);
		if (e->lines.high) {
			buf_char(&t->text, ':');
			buf_dec(&t->text, e->lines.low);
			if (e->lines.high != e->lines.low) {
				buf_char(&t->text, '-');
				buf_dec(&t->text, e->lines.high);
			}
		}
		put_set_note(t, &t->text, e->in);
	}
	put_more(&t->text, l.v.n, shown, l.v.n == shown + 1 ? " more file" : " more files");
	if (l.v.n)
		put_detail(t, "Defined");
	shared_done(&l);
}

static void put_symbol_entry(struct term *t, const struct shared *e)
{
	static const char *const binds[BIND_NBINDS] = { "local", "global", "weak", "other" };
	const char *name = surface_text(t->s, e->id);

	text_style(&t->text, t->color && strchr(name, '.'), TEXT_WARN, name);
	for (size_t i = 0, n = 0; !strchr(name, '.') && i < BIND_NBINDS; i++)
		if (e->binds & 1u << i) {
			buf_char(&t->text, n++ ? '/' : ' ');
			buf_puts(&t->text, binds[i]);
		}
	if (e->times.high > 1) {
		PUT(&t->text, " x");
		text_range(&t->text, e->times.low, e->times.high);
	}
	put_set_note(t, &t->text, e->in);
}

static void put_symbols(struct term *t)
{
	const size_t shown = 8;
	const struct shared *e;
	struct shared_list l;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		for (uint32_t i = 0; f && func_has_group(f) && i < f->nsymbols; i++) {
			const struct symbol *sym = &t->s->symbols.v[f->symbols + i];
			struct shared *at = shared_at(t, &l, sym->name);

			at->binds |= 1u << sym->bind;
			at->now++;
		}
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, shown))) {
		if (n > 1)
			PUT(&t->text, ", ");
		put_symbol_entry(t, e);
	}
	put_more(&t->text, l.v.n, shown, " more");
	if (l.v.n)
		put_detail(t, l.v.n > 1 ? "Symbols" : "Symbol");
	shared_done(&l);
}

/* One image's symbols with their addresses. */
static void put_addresses(struct term *t, const struct func *f)
{
	const uint32_t shown = 8;

	for (uint32_t i = 0; i < f->nsymbols && i < shown; i++) {
		const struct symbol *sym = &t->s->symbols.v[f->symbols + i];

		t->text.n = 0;
		buf_printf(&t->text, "0x%llx, %llu bytes, %s", (unsigned long long)sym->addr,
			   (unsigned long long)sym->size, surface_text(t->s, sym->section));
		if (f->nsymbols > 1) {
			PUT(&t->text, ", ");
			put_str(&t->text, t->s->str, sym->name);
		}
		put_detail(t, i ? "" : "Address");
	}
	t->text.n = 0;
	if (f->nsymbols > shown) {
		PUT(&t->text, "and ");
		text_count(&t->text, f->nsymbols - shown);
		PUT(&t->text, " more");
		put_detail(t, "");
	}
}

/* A calling function and how often it calls. */
struct tally {
	struct caller who;
	uint32_t n;
};

struct tallies {
	VEC(struct tally) v;
	struct map index;
	uint64_t total;
};

static void tally(const struct term *t, struct tallies *l, const struct func *f, bool inlined)
{
	for (uint32_t i = 0; i < f->ninstances; i++) {
		const struct instance *in = &t->s->instances.v[f->instances + i];
		uint32_t from = in->callers + (inlined ? 0 : in->ninline_callers);
		uint32_t n = inlined ? in->ninline_callers : in->ndirect_callers;

		for (uint32_t k = from; k < from + n; k++) {
			struct caller who = t->s->callers.v[k];
			uint32_t *at = map_at(&l->index, (uint64_t)who.file << 32 | who.func);

			if (*at == MAP_NONE) {
				*at = (uint32_t)l->v.n;
				VEC_PUSH(&l->v, ((struct tally){ .who = who }));
			}
			l->v.v[*at].n++;
			l->total++;
		}
	}
}

static void put_tally(const struct term *t, struct buf *b, const struct tally *c)
{
	put_str(b, t->s->str, c->who.func);
	if (c->n > 1)
		buf_printf(b, "%cx%u", TEXT_HARD, c->n);
}

/* "6 places in 5.4: ksys_read x2, kernel_read, and 3 more functions" */
static void put_callers(struct term *t, const char *title, size_t cell, bool inlined)
{
	const size_t shown = t->single ? 16 : 6;
	struct tallies l = { 0 };

	map_init(&l.index);
	tally(t, &l, t->cells.v[cell].f, inlined);
	t->text.n = 0;
	text_count(&t->text, l.total);
	buf_puts(&t->text, l.total == 1 ? " place" : " places");
	if (!t->single) {
		PUT(&t->text, " in ");
		buf_puts(&t->text, t->cells.v[cell].label);
	}
	PUT(&t->text, ": ");
	for (size_t i = 0; i < l.v.n && i < shown; i++) {
		if (i)
			PUT(&t->text, ", ");
		put_tally(t, &t->text, &l.v.v[i]);
	}
	put_more(&t->text, l.v.n, shown, l.v.n == shown + 1 ? " more function" : " more functions");
	if (l.total)
		put_detail(t, title);
	VEC_DONE(&l.v);
	map_done(&l.index);
}

/* The image whose callers are shown: the base, or else the newest that has the function. */
static size_t reference_cell(const struct term *t)
{
	size_t found = SIZE_MAX;

	if (t->cells.v[t->base].f && func_has_group(t->cells.v[t->base].f))
		return t->base;
	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].f && func_has_group(t->cells.v[i].f) &&
		    (found == SIZE_MAX || i < t->sections[GROUP_REGULAR].to))
			found = i;
	return found;
}

static void put_details(struct term *t)
{
	size_t cell = reference_cell(t);

	if (cell == SIZE_MAX)
		return;
	put_title(t, "Details");
	buf_char(t->out, '\n');
	put_where(t);
	put_symbols(t);
	if (t->single)
		put_addresses(t, t->cells.v[cell].f);
	put_callers(t, "Called from", cell, false);
	put_callers(t, "Inlined in", cell, true);
}

/* ---- notes ----------------------------------------------------------------------------------------------- */

#define NOTE_CLONED 32 /* beside enum query_issue: a suffix other than .cold */

/* The issues of an image that a note is worth: without a symbol there is nothing to confuse. */
static unsigned int notable_issues(const struct surface *s, const struct func *f)
{
	unsigned int issues = query_issues(s, f);

	if (!f->nsymbols)
		return issues & ISSUE_FULL_INLINE;
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		const char *suffix = strchr(surface_text(s, s->symbols.v[f->symbols + i].name), '.');

		if (suffix && strncmp(suffix, ".cold", 5))
			issues |= NOTE_CLONED;
	}
	if (issues & NOTE_CLONED)
		issues &= ~(unsigned int)ISSUE_TRANSFORMATION;
	return issues;
}

/* What the issues that occur mean for a probe, a line each. */
static void put_notes(struct term *t)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} notes[] = {
		{ ISSUE_DUPLICATE, "Duplicate: the image holds several copies; a probe by name meets one "
				   "of them, or is refused." },
		{ ISSUE_COLLISION, "Collision: different functions share the name; a probe by name may "
				   "meet the wrong one, or is refused." },
		{ ISSUE_FULL_INLINE, "Full Inline: there is no symbol to attach to." },
		{ ISSUE_SELECTIVE_INLINE,
		  "Selective Inline: a probe misses the calls whose copies were inlined." },
		{ ISSUE_TRANSFORMATION, "Transformation: rare paths were moved to a .cold symbol; a probe "
					"at the function's entry is not affected." },
		{ NOTE_CLONED, "Transformation: the compiler made a copy of its own; look for the symbols "
			       "with a suffix. Their arguments may differ from the prototype." },
	};
	unsigned int issues = 0;
	bool any = false;

	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].f && func_has_group(t->cells.v[i].f))
			issues |= notable_issues(t->s, t->cells.v[i].f);
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (!(issues & notes[i].bit))
			continue;
		if (!any)
			buf_char(t->out, '\n');
		any = true;
		t->text.n = 0;
		buf_puts(&t->text, notes[i].text);
		PUT(t->out, "  ");
		text_wrap(t->out, &t->text, 2, 4, t->width);
	}
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

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
			add_cell(t, v->groups[k].members.v[i].label, v->groups[k].members.v[i].image);
		for (size_t i = 0; k == SECTION_OTHER && i < v->unrelated.n; i++)
			add_cell(t, v->images->images.v[v->unrelated.v[i]].info.name, v->unrelated.v[i]);
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
	if (t.width < 40)
		t.width = 40;
	query_compare_init(&t.compare);
	collect(&t);
	put_heading(&t);
	if (t.single)
		put_single_status(&t);
	put_prototypes(&t);
	if (!t.single)
		put_statuses(&t);
	put_details(&t);
	put_notes(&t);
	query_compare_done(&t.compare);
	VEC_DONE(&t.cells);
	buf_done(&t.text);
	buf_done(&t.more);
}
