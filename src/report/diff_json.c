// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What changes between two images, as JSON: every count and every change of the tree, one line a name
 * (docs/formats/report.md). Changes have the codes and fields that a function's report has.
 */
#include "report/json_out_int.h"

struct writer {
	struct buf *out;
	const struct query_pair *p;
	const struct surface *s;
	const struct query_pair_kind *k;
	const struct query_delta *d;
	struct buf text; /* scratch, empty between calls */
};

static void next(struct writer *w)
{
	PUT(w->out, ", ");
}

static uint32_t proto_at(const struct writer *w, uint32_t at)
{
	return w->k->kind == KIND_FUNC ? w->s->funcs.v[at].proto : w->s->constructs.v[at].type;
}

static void put_name(struct writer *w, const char *key, uint32_t name)
{
	if (name) {
		json_text(w->out, key, strtab_text(w->s->str, name));
		return;
	}
	json_key(w->out, key);
	PUT(w->out, "null");
}

/* ---- prototypes ---- */

static void put_param(struct writer *w, const char *key, uint32_t proto, uint32_t at)
{
	const struct type *n = type_at(w->s->types, proto);

	json_key(w->out, key);
	PUT(w->out, "{");
	json_number(w->out, "position", at);
	next(w);
	put_name(w, "name", w->s->types->params.v[n->params + at].name);
	next(w);
	put_change_param(&w->text, w->s, proto, at);
	json_take(w->out, "declaration", &w->text);
	PUT(w->out, "}");
}

static void put_order(struct writer *w, const char *key, uint32_t proto)
{
	const struct type *n = type_at(w->s->types, proto);

	json_key(w->out, key);
	buf_char(w->out, '[');
	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t name = w->s->types->params.v[n->params + i].name;

		buf_puts(w->out, i ? ", " : "");
		if (name)
			buf_json(w->out, strtab_text(w->s->str, name), strtab_len(w->s->str, name));
		else
			PUT(w->out, "null");
	}
	buf_char(w->out, ']');
}

static void put_type(struct writer *w, const char *key, uint32_t type)
{
	type_print_c(&w->text, w->s->types, w->s->str, type, "");
	json_take(w->out, key, &w->text);
}

static void put_proto_change(struct writer *w, const struct query_change *ch)
{
	uint32_t old = proto_at(w, w->d->old), new = proto_at(w, w->d->new);

	if (ch->kind == CHANGE_PARAM_REMOVED || ch->kind == CHANGE_PARAM_TYPE) {
		next(w);
		put_param(w, "old", old, ch->old_param);
	}
	if (ch->kind == CHANGE_PARAM_ADDED || ch->kind == CHANGE_PARAM_TYPE) {
		next(w);
		put_param(w, "new", new, ch->new_param);
	}
	if (ch->kind == CHANGE_PARAM_REORDERED) {
		next(w);
		json_bool(w->out, "shifted_only", ch->shifted_only);
		next(w);
		put_order(w, "old", old);
		next(w);
		put_order(w, "new", new);
	}
	if (ch->kind == CHANGE_RETURN_TYPE) {
		next(w);
		put_type(w, "old", type_at(w->s->types, old)->ref);
		next(w);
		put_type(w, "new", type_at(w->s->types, new)->ref);
	}
}

/* ---- members, values and heads ---- */

/* Offset and size are those of the image; 0 where its types do not say them. */
static void put_member(struct writer *w, const char *key, uint32_t item)
{
	const struct item *it = &w->s->items.v[item];

	json_key(w->out, key);
	PUT(w->out, "{");
	put_item_decl(&w->text, w->s, item);
	json_take(w->out, "declaration", &w->text);
	next(w);
	json_number(w->out, "offset_bits", (uint64_t)it->value);
	next(w);
	json_number(w->out, "size", it->size);
	next(w);
	json_number(w->out, "bits", it->bits);
	PUT(w->out, "}");
}

static void put_value(struct writer *w, const char *key, uint32_t construct, uint32_t item)
{
	json_key(w->out, key);
	put_item_value(w->out, &w->s->constructs.v[construct], w->s->items.v[item].value);
}

static void put_item_change(struct writer *w, const struct query_change *ch)
{
	bool value = ch->kind == CHANGE_VALUE || ch->kind == CHANGE_VALUE_ADDED || ch->kind == CHANGE_VALUE_REMOVED;
	bool added = ch->kind == CHANGE_FIELD_ADDED || ch->kind == CHANGE_VALUE_ADDED;
	bool removed = ch->kind == CHANGE_FIELD_REMOVED || ch->kind == CHANGE_VALUE_REMOVED;

	next(w);
	put_name(w, "name", w->s->items.v[added ? ch->new_param : ch->old_param].name);
	if (!added) {
		next(w);
		if (value)
			put_value(w, "old", w->d->old, ch->old_param);
		else
			put_member(w, "old", ch->old_param);
	}
	if (!removed) {
		next(w);
		if (value)
			put_value(w, "new", w->d->new, ch->new_param);
		else
			put_member(w, "new", ch->new_param);
	}
}

/* A kfunc's sets or a syscall's places in tables. */
static void put_place_list(struct writer *w, const char *key, const struct construct *c)
{
	json_key(w->out, key);
	buf_char(w->out, '[');
	for (uint32_t i = 0; i < c->nitems; i++) {
		const struct item *it = &w->s->items.v[c->items + i];

		PUT(w->out, "{");
		put_name(w, it->role == ITEM_ENTRY ? "table" : "set", it->name);
		next(w);
		json_number(w->out, it->role == ITEM_ENTRY ? "number" : "flags", (uint64_t)it->value);
		next(w);
		put_name(w, it->role == ITEM_ENTRY ? "function" : "flag_words", it->text);
		buf_puts(w->out, i + 1 < c->nitems ? "}, " : "}");
	}
	buf_char(w->out, ']');
}

static void put_head_change(struct writer *w, const struct query_change *ch)
{
	const struct construct *a = &w->s->constructs.v[w->d->old], *b = &w->s->constructs.v[w->d->new];

	if (ch->kind == CHANGE_EVENT || ch->kind == CHANGE_TRACE_FUNC)
		return; /* what changed follows */
	next(w);
	if (ch->kind == CHANGE_SIZE) {
		json_number(w->out, "old", a->size);
		next(w);
		json_number(w->out, "new", b->size);
	} else if (ch->kind == CHANGE_TARGET) {
		put_type(w, "old", a->type);
		next(w);
		put_type(w, "new", b->type);
	} else if (ch->kind == CHANGE_FLAGS || ch->kind == CHANGE_NUMBER) {
		put_place_list(w, "old", a);
		next(w);
		put_place_list(w, "new", b);
	} else {
		put_name(w, "old", a->text);
		next(w);
		put_name(w, "new", b->text);
	}
}

static void put_status_change(struct writer *w, const struct query_change *ch)
{
	const struct func *f = &w->s->funcs.v[w->d->old], *g = &w->s->funcs.v[w->d->new];

	next(w);
	if (ch->kind == CHANGE_INLINE) {
		json_text(w->out, "old", inline_type_text[f->inline_type]);
		next(w);
		json_text(w->out, "new", inline_type_text[g->inline_type]);
	} else if (ch->kind == CHANGE_COLLISION) {
		json_text(w->out, "old", collision_type_text[f->collision]);
		next(w);
		json_text(w->out, "new", collision_type_text[g->collision]);
	} else {
		put_name(w, "old", ch->old_param == SEQ_NONE ? 0 : w->s->symbols.v[ch->old_param].name);
		next(w);
		put_name(w, "new", ch->new_param == SEQ_NONE ? 0 : w->s->symbols.v[ch->new_param].name);
	}
}

static void put_change(struct writer *w, uint32_t at)
{
	const struct query_change *ch = &w->p->changes.v[at];

	PUT(w->out, "{");
	json_text(w->out, "change", change_code[ch->kind]);
	switch (ch->kind) {
	case CHANGE_PARAM_ADDED:
	case CHANGE_PARAM_REMOVED:
	case CHANGE_PARAM_REORDERED:
	case CHANGE_PARAM_TYPE:
	case CHANGE_RETURN_TYPE:
		put_proto_change(w, ch);
		break;
	case CHANGE_INLINE:
	case CHANGE_COLLISION:
	case CHANGE_TRANSFORMATION:
		put_status_change(w, ch);
		break;
	case CHANGE_FIELD_ADDED:
	case CHANGE_FIELD_REMOVED:
	case CHANGE_FIELD_TYPE:
	case CHANGE_FIELD_MOVED:
	case CHANGE_FIELD_RESIZED:
	case CHANGE_FIELD_BITFIELD:
	case CHANGE_VALUE_ADDED:
	case CHANGE_VALUE_REMOVED:
	case CHANGE_VALUE:
		put_item_change(w, ch);
		break;
	default:
		put_head_change(w, ch);
	}
	if (w->p->layout && w->p->core.v[at] != CORE_NCLASSES) {
		next(w);
		json_text(w->out, "core", query_core_text[w->p->core.v[at]]);
	}
	PUT(w->out, "}");
}

/* ---- names and kinds ---- */

static void put_delta(struct writer *w)
{
	static const char *const states[] = { "added", "removed", "changed" };
	const struct query_delta *d = w->d;

	PUT(w->out, "{");
	put_name(w, "name", d->name);
	next(w);
	json_text(w->out, "state", states[d->state]);
	if (d->old_variants > 1 || d->new_variants > 1) {
		next(w);
		json_number(w->out, "old_variants", d->old_variants);
		next(w);
		json_number(w->out, "new_variants", d->new_variants);
	}
	if (d->state == DELTA_CHANGED) {
		next(w);
		json_key(w->out, "changes");
		buf_char(w->out, '[');
		for (uint32_t i = 0; i < d->nchanges; i++) {
			buf_puts(w->out, i ? ", " : "");
			put_change(w, d->changes + i);
		}
		buf_char(w->out, ']');
	}
	PUT(w->out, "}");
}

static void put_counts(struct writer *w)
{
	const struct query_tally *n = &w->k->n;
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = { { "old", n->nold },	   { "new", n->nnew },	       { "added", n->nadded },
		       { "removed", n->nremoved }, { "changed", n->nchanged } };
	size_t some = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		next(w);
		json_number(w->out, counts[i].key, counts[i].n);
	}
	next(w);
	json_key(w->out, "changes");
	PUT(w->out, "{");
	for (int c = 0; c < CHANGE_NKINDS; c++) {
		if (!n->by_change[c])
			continue;
		buf_puts(w->out, some++ ? ", " : "");
		json_number(w->out, change_code[c], n->by_change[c]);
	}
	PUT(w->out, "}");
	for (int c = 0; w->p->layout && c < CORE_NCLASSES; c++) {
		buf_puts(w->out, c ? ", " : ", \"core\": {");
		json_number(w->out, query_core_text[c], n->by_core[c]);
	}
	buf_puts(w->out, w->p->layout ? "}" : "");
}

static void put_kind(struct writer *w)
{
	PUT(w->out, "{");
	json_text(w->out, "kind", kind_words[w->k->kind].word);
	next(w);
	json_bool(w->out, "known_of_old", w->k->in_old);
	next(w);
	json_bool(w->out, "known_of_new", w->k->in_new);
	if (w->k->in_old && w->k->in_new) {
		put_counts(w);
		PUT(w->out, ",\n   ");
		json_key(w->out, "names");
		buf_char(w->out, '[');
		for (uint32_t i = 0; i < w->k->ndeltas; i++) {
			w->d = &w->p->deltas.v[w->k->deltas + i];
			buf_puts(w->out, i ? ",\n    " : "\n    ");
			put_delta(w);
		}
		buf_char(w->out, ']');
	}
	PUT(w->out, "}");
}

void json_pair(struct buf *out, const struct query_pair *p)
{
	struct writer w = { .out = out, .p = p, .s = &p->facts };

	PUT(out, "{");
	json_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_text(out, "kind", "diff");
	PUT(out, ",\n ");
	json_text(out, "old", p->old_image->info.name);
	PUT(out, ",\n ");
	json_text(out, "new", p->new_image->info.name);
	PUT(out, ",\n ");
	json_bool(out, "layout", p->layout);
	PUT(out, ",\n ");
	json_number(out, "differences", p->ndifferences);
	PUT(out, ",\n ");
	json_key(out, "kinds");
	buf_char(out, '[');
	for (uint32_t i = 0; i < p->nkinds; i++) {
		w.k = &p->kinds[i];
		buf_puts(out, i ? ",\n  " : "\n  ");
		put_kind(&w);
	}
	PUT(out, "]}\n");
	buf_done(&w.text);
}
