// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All images in numbers, for programs: JSON, an object an image and a pair; CSV, one long table, a number a
 * line.
 */
#include "report/json_int.h"

static const struct store_image *image_of(const struct query_stats *q, size_t i)
{
	return &q->view->images->images.v[i];
}

static const char *const group_code[GROUP_NKINDS] = { "regular", "arch", "flavor" };

/* ---- JSON ---- */

static void json_topic(struct buf *out, const struct store_counts *c, const char *key, const char *topic)
{
	const char *comma = "";

	PUT(out, ", ");
	json_put_key(out, key);
	PUT(out, "{");
	for (size_t i = 0; i < c->v.n; i++) {
		if (strcmp(c->v.v[i].topic, topic) || !stats_is_shown(topic, c->v.v[i].value, c->v.v[i].n))
			continue;
		buf_puts(out, comma);
		json_put_number(out, c->v.v[i].value, c->v.v[i].n);
		comma = ", ";
	}
	PUT(out, "}");
}

static void json_image(struct buf *out, const struct query_stats *q, size_t i)
{
	const struct store_counts *c = &q->counts.v[i];

	PUT(out, "{");
	json_put_string(out, "name", image_of(q, i)->info.name);
	PUT(out, ", ");
	json_put_string(out, "compiler", image_of(q, i)->info.compiler);
	json_topic(out, c, "kinds", "kind");
	PUT(out, ", ");
	json_put_number(out, "prototypes", image_of(q, i)->nprotos);
	json_topic(out, c, "collision", "collision");
	json_topic(out, c, "inline", "inline");
	PUT(out, ", ");
	json_put_number(out, "symbols", image_of(q, i)->nsymbols);
	json_topic(out, c, "suffixes", "suffix");
	json_topic(out, c, "attach", "attach");
	if (image_of(q, i)->info.nmodules) {
		json_topic(out, c, "across", "across");
		json_topic(out, c, "owners", "owner");
	}
	PUT(out, "}");
}

static void json_changes(struct buf *out, const struct query_tally *n)
{
	const char *comma = "";

	json_put_number(out, "changed", n->nchanged);
	PUT(out, ", ");
	json_put_key(out, "changes");
	PUT(out, "{");
	for (int c = 0; c < CHANGE_NKINDS; c++) {
		if (!n->by_change[c])
			continue;
		buf_puts(out, comma);
		json_put_number(out, change_codes[c], n->by_change[c]);
		comma = ", ";
	}
	PUT(out, "}");
}

static void json_row(struct buf *out, const struct query_stats_change *r, unsigned int row)
{
	PUT(out, "{");
	json_put_string(out, "row", stats_row_word[row]);
	PUT(out, ", ");
	json_put_number(out, "old", r->literature.nold);
	PUT(out, ", ");
	json_put_number(out, "new", r->literature.nnew);
	PUT(out, ", ");
	json_put_number(out, "added", r->literature.nadded);
	PUT(out, ", ");
	json_put_number(out, "removed", r->literature.nremoved);
	PUT(out, ", ");
	json_changes(out, &r->literature);
	PUT(out, ", ");
	json_put_key(out, "own");
	PUT(out, "{");
	json_changes(out, &r->own);
	PUT(out, "}}");
}

static void json_stats_pair(struct buf *out, const struct query_stats *q, const struct query_stats_pair *p)
{
	const char *comma = "\n    ";

	PUT(out, "{");
	json_put_string(out, "group", group_code[p->group]);
	PUT(out, ", ");
	json_put_string(out, "old", image_of(q, p->old->image)->info.name);
	PUT(out, ", ");
	json_put_string(out, "new", image_of(q, p->new->image)->info.name);
	PUT(out, ", ");
	json_put_string(out, "old_label", p->old->label);
	PUT(out, ", ");
	json_put_string(out, "new_label", p->new->label);
	PUT(out, ", ");
	json_put_key(out, "rows");
	PUT(out, "[");
	for (unsigned int row = 0; row < STATS_NROWS; row++) {
		if (!p->rows[row].known)
			continue;
		buf_puts(out, comma);
		json_row(out, &p->rows[row], row);
		comma = ",\n    ";
	}
	PUT(out, "]}");
}

void json_stats(struct buf *out, const struct query_stats *q)
{
	PUT(out, "{");
	json_put_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_put_string(out, "kind", "stats");
	PUT(out, ",\n ");
	json_put_string(out, "base", image_of(q, q->view->base)->info.name);
	PUT(out, ",\n ");
	json_put_key(out, "images");
	PUT(out, "[");
	for (size_t i = 0; i < q->counts.n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		json_image(out, q, i);
	}
	PUT(out, "],\n ");
	json_put_key(out, "pairs");
	PUT(out, "[");
	for (size_t i = 0; i < q->pairs.n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		json_stats_pair(out, q, &q->pairs.v[i]);
	}
	PUT(out, "]}\n");
}

/* ---- CSV ---- */

/* No text here has a comma or a quote. A share is a part of one, empty when there is no whole. */
static void csv_share(struct buf *out, uint64_t n, uint64_t all)
{
	if (all)
		buf_printf(out, "%.6f", (double)n / (double)all);
}

static void csv_image_line(struct buf *out, const struct store_image *im, const char *table, const char *measure,
			   uint64_t n, uint64_t all)
{
	buf_printf(out, "%s,,,%s,,%s,%llu,", table, im->info.name, measure, (unsigned long long)n);
	csv_share(out, n, all);
	PUT(out, ",,,");
	put_compiler(out, im->info.compiler);
	buf_char(out, '\n');
}

static void csv_image(struct buf *out, const struct query_stats *q, size_t i)
{
	const struct store_image *im = image_of(q, i);
	const struct store_counts *c = &q->counts.v[i];

	csv_image_line(out, im, "image", "prototype", im->nprotos, 0);
	csv_image_line(out, im, "image", "symbol", im->nsymbols, 0);
	for (size_t k = 0; k < c->v.n; k++) {
		const struct store_count *v = &c->v.v[k];
		bool owner = !strcmp(v->topic, "owner"), kind = !strcmp(v->topic, "kind"), suffix = !strcmp(v->topic, "suffix");
		uint64_t all = kind || owner ? 0 : suffix ? im->nsymbols : im->ngroups;

		if (stats_is_shown(v->topic, v->value, v->n))
			csv_image_line(out, im, kind ? "image" : v->topic, v->value, v->n, all);
	}
}

static void csv_pair_line(struct buf *out, const struct query_stats *q, const struct query_stats_pair *p,
			  unsigned int row, const char *table, const char *measure, uint64_t n, uint64_t own)
{
	const struct query_tally *t = &p->rows[row].literature;

	buf_printf(out, "%s,%s,%s,%s,%s,%s,%llu,", table, group_code[p->group],
		   image_of(q, p->old->image)->info.name, image_of(q, p->new->image)->info.name,
		   stats_row_word[row], measure, (unsigned long long)n);
	csv_share(out, n, t->nold);
	buf_char(out, ',');
	if (!strcmp(table, "breakdown"))
		csv_share(out, n, t->nchanged);
	buf_printf(out, ",%llu,\n", (unsigned long long)own);
}

static void csv_pair(struct buf *out, const struct query_stats *q, const struct query_stats_pair *p)
{
	for (unsigned int row = 0; row < STATS_NROWS; row++) {
		const struct query_tally *n = &p->rows[row].literature, *own = &p->rows[row].own;

		if (!p->rows[row].known)
			continue;
		csv_pair_line(out, q, p, row, "change", "old", n->nold, own->nold);
		csv_pair_line(out, q, p, row, "change", "new", n->nnew, own->nnew);
		csv_pair_line(out, q, p, row, "change", "added", n->nadded, own->nadded);
		csv_pair_line(out, q, p, row, "change", "removed", n->nremoved, own->nremoved);
		csv_pair_line(out, q, p, row, "change", "changed", n->nchanged, own->nchanged);
		for (int c = 0; c < CHANGE_NKINDS; c++)
			if (n->by_change[c] || own->by_change[c])
				csv_pair_line(out, q, p, row, "breakdown", change_codes[c], n->by_change[c],
					      own->by_change[c]);
	}
}

void csv_stats(struct buf *out, const struct query_stats *q)
{
	PUT(out, "table,group,old,new,kind,measure,value,share,share_of_changed,own,compiler\n");
	for (size_t i = 0; i < q->counts.n; i++)
		csv_image(out, q, i);
	for (size_t i = 0; i < q->pairs.n; i++)
		csv_pair(out, q, &q->pairs.v[i]);
}
