// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What changes between two images, as JSON: every count and every change of the tree, one line a name
 * (docs/formats/report.md). Changes have the codes and fields that they have in a construct's report.
 */
#include "report/json_int.h"

struct writer {
	struct buf *out;
	const struct query_pair *p;
	const struct query_pair_kind *k;
};

static void put_name(struct writer *w, const char *key, uint32_t name)
{
	json_put_key(w->out, key);
	if (name)
		json_put_id(w->out, &w->p->facts, name);
	else
		PUT(w->out, "null");
}

static void put_status_change(struct writer *w, const struct query_delta *d, const struct query_change *ch)
{
	const struct surface *s = &w->p->facts;
	const struct func *f = &s->funcs.v[d->old], *g = &s->funcs.v[d->new];

	if (ch->kind == CHANGE_OWNER) {
		json_put_owner_change(w->out, s, ch);
		return;
	}
	PUT(w->out, ", ");
	if (ch->kind == CHANGE_INLINE) {
		json_put_string(w->out, "old", json_inline_code[f->inline_type]);
		PUT(w->out, ", ");
		json_put_string(w->out, "new", json_inline_code[g->inline_type]);
	} else if (ch->kind == CHANGE_COLLISION) {
		json_put_string(w->out, "old", json_collision_code[f->collision]);
		PUT(w->out, ", ");
		json_put_string(w->out, "new", json_collision_code[g->collision]);
	} else {
		put_name(w, "old", ch->old_param == SEQ_NONE ? 0 : s->symbols.v[ch->old_param].name);
		PUT(w->out, ", ");
		put_name(w, "new", ch->new_param == SEQ_NONE ? 0 : s->symbols.v[ch->new_param].name);
	}
}

static void put_change(struct writer *w, const struct query_delta *d, uint32_t at)
{
	const struct query_change *ch = &w->p->changes.v[at];
	const struct surface *s = &w->p->facts;
	struct query_diff pair = { .old_func = d->old, .new_func = d->new };

	PUT(w->out, "{");
	json_put_string(w->out, "change", change_codes[ch->kind]);
	if (w->k->kind == KIND_FUNC && ch->kind >= CHANGE_INLINE)
		put_status_change(w, d, ch);
	else if (w->k->kind == KIND_FUNC)
		json_put_proto_change(w->out, s, ch, s->funcs.v[d->old].proto, s->funcs.v[d->new].proto);
	else
		json_put_construct_change(w->out, s, &pair, ch);
	if (w->p->layout && w->p->core.v[at] != CORE_NCLASSES) {
		PUT(w->out, ", ");
		json_put_string(w->out, "core", query_core_text[w->p->core.v[at]]);
	}
	PUT(w->out, "}");
}

static void put_delta(struct writer *w, const struct query_delta *d)
{
	static const char *const states[] = { "added", "removed", "changed" };

	PUT(w->out, "{");
	put_name(w, "name", d->name);
	PUT(w->out, ", ");
	json_put_string(w->out, "state", states[d->state]);
	if (d->old_variants > 1 || d->new_variants > 1) {
		PUT(w->out, ", ");
		json_put_number(w->out, "old_variants", d->old_variants);
		PUT(w->out, ", ");
		json_put_number(w->out, "new_variants", d->new_variants);
	}
	if (d->state == DELTA_CHANGED) {
		PUT(w->out, ", ");
		json_put_key(w->out, "changes");
		buf_char(w->out, '[');
		for (uint32_t i = 0; i < d->nchanges; i++) {
			json_put_comma(w->out, i, ", ");
			put_change(w, d, d->changes + i);
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
	bool core = w->p->layout && query_has_layout(w->k->kind);
	size_t some = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		PUT(w->out, ", ");
		json_put_number(w->out, counts[i].key, counts[i].n);
	}
	PUT(w->out, ", ");
	json_put_key(w->out, "changes");
	PUT(w->out, "{");
	for (int c = 0; c < CHANGE_NKINDS; c++) {
		if (!n->by_change[c])
			continue;
		json_put_comma(w->out, some++, ", ");
		json_put_number(w->out, change_codes[c], n->by_change[c]);
	}
	PUT(w->out, "}");
	for (int c = 0; core && c < CORE_NCLASSES; c++) {
		buf_puts(w->out, c ? ", " : ", \"core\": {");
		json_put_number(w->out, query_core_text[c], n->by_core[c]);
	}
	buf_puts(w->out, core ? "}" : "");
	if (n->unknown_modules || n->unknown_facts) {
		PUT(w->out, ", ");
		json_put_key(w->out, "not_comparable");
		PUT(w->out, "{");
		json_put_number(w->out, "modules", n->unknown_modules);
		PUT(w->out, ", ");
		json_put_number(w->out, "facts", n->unknown_facts);
		PUT(w->out, "}");
	}
}

static void put_kind(struct writer *w)
{
	PUT(w->out, "{");
	json_put_string(w->out, "kind", kind_words[w->k->kind].word);
	PUT(w->out, ", ");
	json_put_bool(w->out, "known_of_old", w->k->in_old);
	PUT(w->out, ", ");
	json_put_bool(w->out, "known_of_new", w->k->in_new);
	if (w->k->in_old && w->k->in_new) {
		put_counts(w);
		PUT(w->out, ",\n   ");
		json_put_key(w->out, "names");
		buf_char(w->out, '[');
		for (uint32_t i = 0; i < w->k->ndeltas; i++) {
			buf_puts(w->out, i ? ",\n    " : "\n    ");
			put_delta(w, &w->p->deltas.v[w->k->deltas + i]);
		}
		buf_char(w->out, ']');
	}
	PUT(w->out, "}");
}

void json_pair(struct buf *out, const struct query_pair *p)
{
	struct writer w = { .out = out, .p = p };

	PUT(out, "{");
	json_put_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_put_string(out, "kind", "diff");
	PUT(out, ",\n ");
	json_put_string(out, "old", p->old_image->info.name);
	PUT(out, ",\n ");
	json_put_string(out, "new", p->new_image->info.name);
	PUT(out, ",\n ");
	json_put_bool(out, "layout", p->layout);
	PUT(out, ",\n ");
	json_put_number(out, "differences", p->ndifferences);
	PUT(out, ",\n ");
	json_put_key(out, "kinds");
	buf_char(out, '[');
	for (uint32_t i = 0; i < p->nkinds; i++) {
		w.k = &p->kinds[i];
		buf_puts(out, i ? ",\n  " : "\n  ");
		put_kind(&w);
	}
	PUT(out, "]}\n");
}
