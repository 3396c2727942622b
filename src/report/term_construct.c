// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The terminal's form of all kinds but functions: for now the Markdown page's text without its marks.
 */
#include "report/report_int.h"

/* Copies a page without its tags, fences and headings' marks, and without the blank lines they leave. */
static void put_plain(struct buf *out, const struct buf *page)
{
	const char *p = page->v, *end = p + page->n;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		size_t from = out->n;

		for (; p < stop; p++) {
			if (*p == '<') {
				while (p < stop && *p != '>')
					p++;
				continue;
			}
			if (*p != '`' && (*p != '#' || out->n > from))
				buf_char(out, *p);
		}
		if (out->n > from && !(out->n == from + 1 && out->v[from] == 'c'))
			buf_char(out, '\n');
		else
			out->n = from;
		p = nl ? nl + 1 : end;
	}
}

void term_construct(struct buf *out, const struct query_construct *q, const struct report_options *o)
{
	struct buf page = { 0 };

	(void)o;
	md_construct(&page, q, STYLE_KSURF);
	put_plain(out, &page);
	buf_done(&page);
}
