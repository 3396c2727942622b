// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A field's facts as words that its reports share, and its Markdown page.
 */
#include "report/field_words_int.h"
#include "report/markdown_int.h"

const char *field_last_name(const struct field *q)
{
	const char *dot = strrchr(q->path, '.');

	return dot ? dot + 1 : q->path;
}

void put_field_value(struct buf *b, const struct field *q, const struct field_at *at)
{
	bool is_unsigned = q->facts.constructs.v[at->construct].flags & CONSTRUCT_UNSIGNED64;

	buf_printf(b, is_unsigned ? "%llu" : "%lld", (unsigned long long)at->offset);
}

void put_field_decl(struct buf *b, const struct field *q, const struct field_at *at)
{
	if (field_is_value(q, at)) {
		buf_printf(b, "%s = ", field_last_name(q));
		put_field_value(b, q, at);
		return;
	}
	type_print_c(b, q->facts.types, q->facts.str, at->type, field_last_name(q));
	if (at->bits)
		buf_printf(b, ":%u", at->bits);
}

void put_field_owner(struct buf *b, const struct field *q, const struct field_at *at, const char *before,
		     const char *after)
{
	uint32_t owner = q->facts.constructs.v[at->construct].owner;

	if (!owner)
		return;
	buf_puts(b, before);
	for (const char *s = strtab_text(q->facts.str, owner); *s; s++) {
		buf_char(b, *s);
		if (*s == ',')
			buf_char(b, ' ');
	}
	buf_puts(b, after);
}

void put_field_offset(struct buf *b, int64_t bits)
{
	buf_printf(b, "%lld", (long long)bits / 8);
	if (bits % 8)
		buf_printf(b, ":%lld", (long long)bits % 8);
}

void put_field_move(struct buf *b, const struct field *q, const struct field_move *m)
{
	/* An enumerator has no type of its own. */
	if (m->value)
		buf_printf(b, "%s = %lld", m->path, (long long)m->offset);
	else
		type_print_c(b, q->facts.types, q->facts.str, m->type, m->path);
	if (m->bits)
		buf_printf(b, ":%u", m->bits);
}

void put_field_reasons(struct buf *b, const struct field_move *m)
{
	const unsigned int place = MOVE_SAME_OFFSET | MOVE_SAME_NEIGHBOURS;
	size_t from = b->n;

	if (m->reasons & MOVE_SAME_NAME)
		PUT(b, "same name, ");
	if (m->reasons & MOVE_RELATED_NAME)
		PUT(b, "related name, ");
	if (m->reasons & MOVE_SAME_TYPE)
		PUT(b, "same type, ");
	else if (!m->value)
		PUT(b, "another type, ");
	if (m->value && m->reasons & MOVE_SAME_OFFSET)
		PUT(b, "same value, ");
	else if ((m->reasons & place) == place)
		PUT(b, "same place, ");
	else if (m->reasons & MOVE_SAME_OFFSET)
		PUT(b, "same offset, ");
	else if (m->reasons & MOVE_SAME_NEIGHBOURS)
		PUT(b, "between the same members, ");
	else if (m->reasons & MOVE_SAME_NEIGHBOUR)
		PUT(b, "beside the same member, ");
	if (m->reasons & MOVE_EMBEDDED)
		buf_printf(b, "in %s, which is a member, ", m->whose);
	if (m->reasons & MOVE_POINTED)
		buf_printf(b, "in %s, which a member points to, ", m->whose);
	if (b->n > from)
		b->n -= 2;
}

/* ---- Markdown ---- */

struct md_field {
	struct md m; /* first: what the page's writers are called with */
	const struct field *q;
};

static void put_code(struct md *m, struct buf *text)
{
	md_code(m, text->v, text->n);
	text->n = 0;
}

static void put_facts(struct md *m, const struct field *q, const struct field_at *at)
{
	struct buf text = { 0 };

	put_field_decl(&text, q, at);
	put_code(m, &text);
	if (!field_is_value(q, at) && at->placed) {
		PUT(m->out, ", offset ");
		put_field_offset(m->out, at->offset);
		if (at->size)
			buf_printf(m->out, ", %u byte%s", at->size, at->size == 1 ? "" : "s");
	}
	put_field_owner(m->out, q, at, " (", ")");
	buf_done(&text);
}

static void put_status(struct md *m, const struct query_member *member)
{
	const struct field *q = ((struct md_field *)m)->q;
	const struct field_at *at = &q->at.v[member->image];

	switch (at->state) {
	case FIELD_PRESENT:
		PUT(m->out, "<li>\nIn ");
		md_code(m, member->label, strlen(member->label));
		PUT(m->out, ": ");
		put_facts(m, q, at);
		PUT(m->out, "\n</li>\n");
		break;
	case FIELD_ABSENT:
		md_plain_status(m, member, MD_ABSENT);
		break;
	case FIELD_NO_CONSTRUCT:
		m->body.n = 0;
		buf_printf(&m->body, "Absent, and its %s too " MD_WARN, kind_words[q->kind].word);
		md_plain_status(m, member, buf_z(&m->body));
		break;
	case FIELD_UNKNOWN:
		md_plain_status(m, member, at->modules ? "Unknown (modules not read)" : "Unknown");
		break;
	}
}

static void put_moves(struct md *m, const struct field *q, const struct query_change *c, bool added)
{
	struct buf text = { 0 };

	for (uint32_t i = 0; i < c->new_param; i++) {
		const struct field_move *move = &q->moves.v[c->old_param + i];

		buf_puts(m->out, added ? "\nLikely was: " : "\nLikely now: ");
		put_field_move(&text, q, move);
		put_code(m, &text);
		PUT(m->out, " (");
		put_field_reasons(m->out, move);
		PUT(m->out, ")");
	}
	buf_done(&text);
}

static void put_change(struct md *m, const struct query_diff *d, const struct query_change *c)
{
	const struct field *q = ((struct md_field *)m)->q;
	const struct field_at *old = &q->at.v[d->old_func], *new = &q->at.v[d->new_func];
	bool added = c->kind == CHANGE_FIELD_ADDED || c->kind == CHANGE_VALUE_ADDED;
	bool removed = c->kind == CHANGE_FIELD_REMOVED || c->kind == CHANGE_VALUE_REMOVED;
	struct buf text = { 0 };

	if (added || removed) {
		put_field_decl(&text, q, added ? new : old);
		put_code(m, &text);
		put_moves(m, q, c, added);
	} else if (c->kind == CHANGE_FIELD_MOVED) {
		put_field_offset(m->out, old->offset);
		PUT(m->out, " " MD_ARROW " ");
		put_field_offset(m->out, new->offset);
	} else if (c->kind == CHANGE_FIELD_RESIZED) {
		buf_printf(m->out, "%u " MD_ARROW " %u", old->size, new->size);
	} else {
		put_field_decl(&text, q, old);
		put_code(m, &text);
		PUT(m->out, " " MD_ARROW " ");
		put_field_decl(&text, q, new);
		put_code(m, &text);
	}
	PUT(m->out, "\n");
	buf_done(&text);
}

void md_field(struct buf *out, const struct field *q)
{
	static const struct md_writer writer = { put_status, put_change };
	struct md_diffs diffs = { .changes = q->changes.v };
	struct md_field f = { .m = { .out = out,
				     .kind = KIND_FIELD,
				     .name = q->name,
				     .view = q->view,
				     .s = &q->facts,
				     .own = true },
			      .q = q };

	for (int k = 0; k < GROUP_NKINDS; k++) {
		diffs.v[k] = q->diffs[k].v;
		diffs.n[k] = q->diffs[k].n;
		diffs.shown[k] = q->has_diff_group[k];
	}
	md_page(&f.m, &writer, &diffs);
}
