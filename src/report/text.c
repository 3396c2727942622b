// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text for a terminal: width of UTF-8 with colour codes in it, wrapping, colours, tables. Knows
 * nothing of what it prints.
 */
#include "report/report_int.h"

size_t text_width(const char *s, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\033') {
			while (i < n && s[i] != 'm')
				i++;
			continue;
		}
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	}
	return width;
}

void text_pad(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(out, ' ');
}

void text_style(struct buf *out, bool color, const char *style, const char *text)
{
	if (color && *text)
		buf_puts(out, style);
	buf_puts(out, text);
	if (color && *text)
		PUT(out, TEXT_PLAIN);
}

void text_count(struct buf *out, uint64_t n)
{
	if (n >= 1000) {
		text_count(out, n / 1000);
		buf_printf(out, ",%03u", (unsigned int)(n % 1000));
	} else {
		buf_dec(out, n);
	}
}

void text_range(struct buf *out, uint64_t low, uint64_t high)
{
	text_count(out, low);
	if (low == high)
		return;
	buf_char(out, '-');
	text_count(out, high);
}

static size_t word_length(const char *s, size_t n, char blank)
{
	const char *end = memchr(s, blank, n);

	return end ? (size_t)(end - s) : n;
}

static void put_word(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(out, s[i] == TEXT_HARD ? ' ' : s[i]);
}

void text_wrap(struct buf *out, const struct buf *text, size_t column, size_t indent, size_t width)
{
	const char *s = text->v, *end = s + text->n;
	bool first = true;

	while (s < end) {
		size_t n = word_length(s, (size_t)(end - s), ' '), w = text_width(s, n);

		/* What does not fit in a line of its own is broken at its hard blanks after all. */
		if ((first ? column : indent) + w > width) {
			n = word_length(s, n, TEXT_HARD);
			w = text_width(s, n);
		}
		if (!n) {
			s++;
			continue;
		}
		if (!first && column + 1 + w > width) {
			buf_char(out, '\n');
			text_pad(out, indent);
			column = indent;
		} else if (!first) {
			buf_char(out, ' ');
			column++;
		}
		put_word(out, s, n);
		column += w;
		s += n;
		s += s < end && *s == TEXT_HARD;
		first = false;
	}
	buf_char(out, '\n');
}

/* ---- tables ---- */

void table_done(struct table *t)
{
	for (size_t i = 0; i < t->cells.n; i++)
		buf_done(&t->cells.v[i]);
	VEC_DONE(&t->cells);
}

struct buf *table_cell(struct table *t)
{
	VEC_PUSH(&t->cells, (struct buf){ 0 });
	return &t->cells.v[t->cells.n - 1];
}

void table_put(struct buf *out, const struct table *t, size_t width)
{
	size_t widths[TABLE_COLUMNS] = { 0 }, rows = t->cells.n / t->columns;

	for (size_t i = 0; i < rows * t->columns; i++) {
		size_t w = text_width(t->cells.v[i].v, t->cells.v[i].n);

		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (size_t r = 0; r < rows; r++) {
		size_t column = 0;

		for (size_t c = 0; c < t->columns; c++) {
			const struct buf *cell = &t->cells.v[r * t->columns + c];
			size_t w = text_width(cell->v, cell->n), gap = widths[c] - w;
			bool right = t->right & 1u << c;

			if (c + 1 == t->columns && !right) {
				text_wrap(out, cell, column, column, width);
				break;
			}
			text_pad(out, right ? gap : 0);
			buf_put(out, cell->v, cell->n);
			if (c + 1 == t->columns) {
				buf_char(out, '\n');
				break;
			}
			text_pad(out, (right ? 0 : gap) + 2);
			column += widths[c] + 2;
		}
	}
}
