// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The names that match a pattern, with the images that have them: as few words as say it for terminals
 * and in Markdown ("since 5.8, arm64"), all names in JSON. Never looks for anything itself.
 */
#include "report/json_int.h"

#define DASH	"\xe2\x80\x93" /* U+2013 */
#define UNRELATED_NAMED 2

/* ---- a set of images in few words ---- */

struct set_writer {
	struct buf *out;
	const struct query_search *q;
	const struct query_match *m;
	size_t from; /* where the set's text begins */
};

static void part(struct set_writer *w)
{
	if (w->out->n > w->from)
		PUT(w->out, ", ");
}

static bool has(const struct set_writer *w, uint32_t image)
{
	return query_match_in(w->q, w->m, image);
}

static size_t group_count(const struct set_writer *w, const struct query_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->members.n; i++)
		n += has(w, g->members.v[i].image);
	return n;
}

/* Versions in runs: "since 5.8" to the newest, from one to another else. */
static void put_versions(struct set_writer *w, const struct query_group *g)
{
	size_t n = g->members.n, end;

	for (size_t i = 0; i < n; i = end) {
		end = i + 1;
		if (!has(w, g->members.v[i].image))
			continue;
		while (end < n && has(w, g->members.v[end].image))
			end++;
		part(w);
		if (end - i == n && n > 1) {
			PUT(w->out, "all versions");
		} else if (end == n && end - i > 1) {
			buf_printf(w->out, "since %s", g->members.v[i].label);
		} else {
			buf_puts(w->out, g->members.v[i].label);
			if (end - i > 1)
				buf_printf(w->out, DASH "%s", g->members.v[end - 1].label);
		}
	}
}

static void put_others(struct set_writer *w, const struct query_group *g, const char *all)
{
	size_t n = group_count(w, g);

	if (n && n == g->members.n && n > 1) {
		part(w);
		buf_puts(w->out, all);
		return;
	}
	for (size_t i = 0; i < g->members.n; i++) {
		if (!has(w, g->members.v[i].image))
			continue;
		part(w);
		buf_puts(w->out, g->members.v[i].label);
	}
}

/* Images that stand in no group have long names: few are named. */
static void put_unrelated(struct set_writer *w)
{
	const struct query_view *v = w->q->view;
	size_t n = 0;

	for (size_t i = 0; i < v->unrelated.n; i++)
		n += has(w, v->unrelated.v[i]);
	for (size_t i = 0; n <= UNRELATED_NAMED && i < v->unrelated.n; i++) {
		if (!has(w, v->unrelated.v[i]))
			continue;
		part(w);
		buf_puts(w->out, v->images->images.v[v->unrelated.v[i]].info.name);
	}
	if (n > UNRELATED_NAMED) {
		part(w);
		buf_printf(w->out, "%zu of %zu others", n, v->unrelated.n);
	}
}

static void put_set(struct buf *out, const struct query_search *q, const struct query_match *m)
{
	struct set_writer w = { .out = out, .q = q, .m = m, .from = out->n };
	size_t n = 0, known = 0, all = q->view->images->images.n;

	for (uint32_t i = 0; i < all; i++) {
		n += has(&w, i);
		known += has(&w, i) || query_image_knows(&q->view->images->images.v[i], m->kind);
	}
	if (n == known && n > 1) {
		buf_printf(out, "all %zu%s", n, n == all ? "" : " that can tell");
		return;
	}
	put_versions(&w, &q->view->groups[GROUP_REGULAR]);
	put_others(&w, &q->view->groups[GROUP_ARCH], "all archs");
	put_others(&w, &q->view->groups[GROUP_FLAVOR], "all flavors");
	put_unrelated(&w);
}

/* "1,234 more: 200 functions, 1,034 fields"; false when all are shown. */
static bool put_more(struct buf *out, const struct query_search *q)
{
	uint64_t left[KIND_NKINDS], n = 0;
	bool any = false;

	memcpy(left, q->found, sizeof(left));
	for (size_t i = 0; i < q->matches.n; i++)
		left[q->matches.v[i].kind]--;
	for (int k = 0; k < KIND_NKINDS; k++)
		n += left[k];
	if (!n)
		return false;
	text_count(out, n);
	PUT(out, " more: ");
	for (int k = 0; k < KIND_NKINDS; k++) {
		if (!left[k])
			continue;
		buf_puts(out, any ? ", " : "");
		text_count(out, left[k]);
		buf_char(out, ' ');
		/* Every plural is the singular and an s. */
		buf_put(out, kind_words[k].plural, strlen(kind_words[k].plural) - (left[k] == 1));
		any = true;
	}
	return true;
}

/* ---- writers ---- */

/* Lines are cut at a terminal's width only: elsewhere a name is a line. */
void term_search(struct buf *out, const struct query_search *q, const struct report_options *o)
{
	struct table t = { .columns = 3 };

	for (size_t i = 0; i < q->matches.n; i++) {
		const struct query_match *m = &q->matches.v[i];

		text_style(table_cell(&t), o->color, TEXT_DIM, kind_words[m->kind].word);
		text_style(table_cell(&t), o->color, TEXT_BOLD, m->name);
		put_set(table_cell(&t), q, m);
	}
	table_put(out, &t, o->width ? o->width : SIZE_MAX);
	table_done(&t);
	if (put_more(out, q))
		PUT(out, " (--limit)\n");
}

void md_search(struct buf *out, const struct query_search *q)
{
	buf_printf(out, "# Search: <code>%s</code>\n\n| Kind | Name | Images |\n| --- | --- | --- |\n", q->pattern);
	for (size_t i = 0; i < q->matches.n; i++) {
		const struct query_match *m = &q->matches.v[i];

		buf_printf(out, "| %s | `%s` | ", kind_words[m->kind].title, m->name);
		put_set(out, q, m);
		PUT(out, " |\n");
	}
	buf_char(out, '\n');
	if (put_more(out, q))
		PUT(out, ".\n");
	else
		out->n--;
}

static void json_match(struct buf *out, const struct query_search *q, const struct query_match *m)
{
	const char *comma = "";

	PUT(out, "{");
	json_put_string(out, "kind", kind_words[m->kind].word);
	PUT(out, ", ");
	json_put_string(out, "name", m->name);
	PUT(out, ", ");
	json_put_key(out, "images");
	buf_char(out, '[');
	for (uint32_t i = 0; i < q->view->images->images.n; i++) {
		const char *name = q->view->images->images.v[i].info.name;

		if (!query_match_in(q, m, i))
			continue;
		buf_puts(out, comma);
		buf_json(out, name, strlen(name));
		comma = ", ";
	}
	PUT(out, "]}");
}

void json_search(struct buf *out, const struct query_search *q)
{
	const char *comma = "";

	PUT(out, "{");
	json_put_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_put_string(out, "kind", "search");
	PUT(out, ",\n ");
	json_put_string(out, "pattern", q->pattern);
	PUT(out, ",\n ");
	json_put_string(out, "syntax", q->regex ? "regex" : "glob");
	PUT(out, ",\n ");
	json_put_key(out, "found");
	buf_char(out, '{');
	for (int k = 0; k < KIND_NKINDS; k++) {
		if (!q->found[k])
			continue;
		buf_puts(out, comma);
		json_put_number(out, kind_words[k].word, q->found[k]);
		comma = ", ";
	}
	PUT(out, "},\n ");
	json_put_key(out, "matches");
	buf_char(out, '[');
	for (size_t i = 0; i < q->matches.n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		json_match(out, q, &q->matches.v[i]);
	}
	PUT(out, "]}\n");
}
