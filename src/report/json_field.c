// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A field as JSON: docs/formats/report.md.
 */
#include "report/field_words_int.h"
#include "report/json_int.h"

static const char *const state_code[] = {
	[FIELD_PRESENT] = "present",
	[FIELD_ABSENT] = "absent",
	[FIELD_NO_CONSTRUCT] = "construct-absent",
};

static void put_text(struct buf *out, const char *key, struct buf *text)
{
	json_put_key(out, key);
	buf_json(out, text->v, text->n);
	text->n = 0;
}

static void put_member_place(struct buf *out, int64_t offset, uint32_t size, uint16_t bits)
{
	PUT(out, ", ");
	json_put_number(out, "offset_bits", (uint64_t)offset);
	if (size) {
		PUT(out, ", ");
		json_put_number(out, "size", size);
	}
	if (bits) {
		PUT(out, ", ");
		json_put_number(out, "bitfield_bits", bits);
	}
}

/* What an image says of the field, without the braces. */
static void put_facts(struct buf *out, const struct field *q, const struct field_at *at)
{
	struct buf text = { 0 };

	if (field_is_value(q, at)) {
		json_put_key(out, "value");
		put_field_value(out, q, at);
	} else {
		put_field_decl(&text, q, at);
		put_text(out, "declaration", &text);
		if (at->placed)
			put_member_place(out, at->offset, at->size, at->bits);
	}
	buf_done(&text);
}

static void put_image(struct buf *out, const void *ctx, size_t i)
{
	const struct field *q = ctx;
	const struct field_at *at = &q->at.v[i];

	PUT(out, "{");
	json_put_identity(out, &q->view->images->images.v[i].info);
	PUT(out, ", ");
	if (at->state == FIELD_UNKNOWN)
		json_put_absence(out, at->modules ? UNKNOWN_MODULES : UNKNOWN_KIND);
	else
		json_put_string(out, "status", state_code[at->state]);
	if (at->state == FIELD_PRESENT || at->state == FIELD_ABSENT) {
		PUT(out, ", ");
		json_put_string(out, "construct", kind_words[at->kind].word);
		PUT(out, ", ");
		json_put_number(out, "variants", at->nvariants);
	}
	if (at->state == FIELD_PRESENT) {
		uint32_t owner = q->facts.constructs.v[at->construct].owner;

		PUT(out, ", ");
		put_facts(out, q, at);
		if (owner) {
			PUT(out, ", ");
			json_put_owners(out, "owners", strtab_text(q->facts.str, owner));
		}
	}
	PUT(out, "}");
}

static void put_reasons(struct buf *out, unsigned int reasons)
{
	static const char *const words[] = {
		"same-name",	   "related-name", "same-type", "same-offset",
		"same-neighbours", "embedded",	   "pointed",	"same-neighbour"
	};
	size_t n = 0;

	json_put_key(out, "reasons");
	buf_char(out, '[');
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(reasons & 1u << i))
			continue;
		json_put_comma(out, n++, ", ");
		buf_json(out, words[i], strlen(words[i]));
	}
	buf_char(out, ']');
}

static void put_moves(struct buf *out, const struct field *q, const struct query_change *c, const char *key)
{
	struct buf text = { 0 };

	PUT(out, ", ");
	json_put_key(out, key);
	buf_char(out, '[');
	for (uint32_t i = 0; i < c->new_param; i++) {
		const struct field_move *m = &q->moves.v[c->old_param + i];

		json_put_comma(out, i, ", ");
		PUT(out, "{");
		json_put_string(out, "path", m->path);
		PUT(out, ", ");
		if (m->value) {
			json_put_key(out, "value");
			buf_printf(out, "%lld", (long long)m->offset);
		} else {
			json_put_type(out, "type", &q->facts, m->type);
			put_member_place(out, m->offset, m->size, m->bits);
		}
		if (m->whose) {
			PUT(out, ", ");
			json_put_string(out, "in", m->whose);
		}
		PUT(out, ", ");
		put_reasons(out, m->reasons);
		PUT(out, "}");
	}
	buf_char(out, ']');
	buf_done(&text);
}

static void put_side(struct buf *out, const char *key, const struct field *q, const struct field_at *at)
{
	PUT(out, ", ");
	json_put_key(out, key);
	PUT(out, "{");
	put_facts(out, q, at);
	PUT(out, "}");
}

static void put_change(struct buf *out, const struct json_report *r, const struct query_diff *d,
		       const struct query_change *c)
{
	const struct field *q = r->ctx;

	if (c->kind == CHANGE_FIELD_ADDED || c->kind == CHANGE_VALUE_ADDED) {
		put_side(out, "new", q, &q->at.v[d->new_func]);
		put_moves(out, q, c, "predecessors");
		return;
	}
	put_side(out, "old", q, &q->at.v[d->old_func]);
	if (c->kind == CHANGE_FIELD_REMOVED || c->kind == CHANGE_VALUE_REMOVED)
		put_moves(out, q, c, "successors");
	else
		put_side(out, "new", q, &q->at.v[d->new_func]);
}

void json_field(struct buf *out, const struct field *q)
{
	struct json_report r = {
		.kind = KIND_FIELD,
		.name = q->name,
		.view = q->view,
		.s = &q->facts,
		.changes = q->changes.v,
		.ctx = q,
		.image = put_image,
		.change = put_change,
	};

	for (int k = 0; k < GROUP_NKINDS; k++) {
		r.diffs[k] = q->diffs[k].v;
		r.ndiffs[k] = q->diffs[k].n;
	}
	json_put_report(out, &r);
}
