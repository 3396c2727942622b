// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Prototypes for a terminal: each once, over the images that have it, with what
 * changed against the one before (versions) or against the base (Arch, Flavor).
 */
#include "report/term_int.h"

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
	VEC_PUSH(&rows->v,
		 ((struct proto_row){ .proto = proto, .section = section, .in = term_set(t) }));
	return &rows->v.v[rows->v.n - 1];
}

/* Runs of equal prototypes in the order of versions, each against the one before. */
static void regular_rows(const struct term *t, struct proto_rows *rows)
{
	const struct section *sec = &t->sections[GROUP_REGULAR];

	for (size_t i = sec->from; i < sec->to; i++) {
		uint32_t proto = t->cells.v[i].proto;
		struct proto_row *last = rows->v.n ? &rows->v.v[rows->v.n - 1] : NULL;

		if (!proto)
			continue;
		if (!last || !same_proto(t, last->proto, proto)) {
			uint32_t against = last ? last->proto : 0;
			bool has = last;

			last = add_row(t, rows, proto, GROUP_REGULAR);
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
			uint32_t proto = t->cells.v[i].proto;
			struct proto_row *base = row_of(rows, t->base), *row = NULL;

			if (!proto)
				continue;
			if (base && same_proto(t, base->proto, proto))
				row = base;
			for (size_t j = 0; !row && j < rows->v.n; j++)
				if ((rows->v.v[j].section == k || k == SECTION_OTHER) &&
				    same_proto(t, rows->v.v[j].proto, proto))
					row = &rows->v.v[j];
			if (!row) {
				uint32_t against = base ? base->proto : 0;
				bool has = base;

				row = add_row(t, rows, proto, k);
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

	type_print_c(&whole, t->s->types, t->s->str, row->proto, t->decl);
	PUT(&whole, ";");
	at = buf_z(&whole);
	end = at + whole.n;
	open = strstr(at, t->decl);
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

/* Text that was written since `from` does not break. */
static void make_hard(struct buf *b, size_t from)
{
	for (size_t i = from; i < b->n; i++)
		if (b->v[i] == ' ')
			b->v[i] = TEXT_HARD;
}

static void put_hard_param(const struct term *t, struct buf *b, uint32_t proto, uint32_t at)
{
	size_t from = b->n;

	put_param(t, b, proto, at);
	make_hard(b, from);
}

static void put_hard_type(const struct term *t, struct buf *b, uint32_t id)
{
	size_t from = b->n;

	type_print_c(b, t->s->types, t->s->str, id, "");
	make_hard(b, from);
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
		put_hard_param(t, b, row->proto, c->new_param);
		break;
	case CHANGE_PARAM_REMOVED:
		sign = "- ";
		put_hard_param(t, b, row->against, c->old_param);
		break;
	case CHANGE_PARAM_REORDERED:
		PUT(b, "order: ");
		put_names(t, b, row->against);
		PUT(b, " -> ");
		put_names(t, b, row->proto);
		break;
	case CHANGE_PARAM_TYPE:
		put_hard_param(t, b, row->against, c->old_param);
		PUT(b, " -> ");
		put_hard_param(t, b, row->proto, c->new_param);
		break;
	default:
		PUT(b, "returns ");
		put_hard_type(t, b, type_at(t->s->types, row->against)->ref);
		PUT(b, " -> ");
		put_hard_type(t, b, type_at(t->s->types, row->proto)->ref);
	}
	PUT(t->out, "    ");
	text_style(t->out, t->color, TEXT_MARK, sign);
	text_wrap(t->out, b, 6, 8, t->width);
}

static void put_proto_row(struct term *t, const struct proto_row *row, bool label)
{
	if (label) {
		t->text.n = 0;
		term_put_set(t, &t->text, row->in);
		if (row->section != GROUP_REGULAR && row->has_against) {
			PUT(&t->text, ", against ");
			buf_puts(&t->text,
				 row->section == SECTION_OTHER ?
					 t->view->images->images.v[t->view->base].info.name :
					 t->view->groups[row->section].base.label);
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

void term_put_prototypes(struct term *t, const char *one, const char *several)
{
	struct proto_rows rows = { 0 };

	regular_rows(t, &rows);
	relative_rows(t, &rows);
	term_put_title(t, rows.v.n > 1 ? several : one);
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
