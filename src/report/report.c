// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The door of this folder: which writer serves which format, and the words that all share.
 */
#include "report/field_words_int.h"

const char *const report_format_text[REPORT_NFORMATS] = {
	[REPORT_TERM] = "term",
	[REPORT_MD] = "md",
	[REPORT_JSON] = "json",
	[REPORT_CSV] = "csv",
};

const char *const report_style_text[STYLE_NSTYLES] = {
	[STYLE_KSURF] = "ksurf",
	[STYLE_DEPSURF] = "depsurf",
};

bool put_issues(struct buf *out, unsigned int issues, const char *between)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} words[] = {
		{ ISSUE_DUPLICATE, "Duplicate" },
		{ ISSUE_COLLISION, "Collision" },
		{ ISSUE_FULL_INLINE, "Full Inline" },
		{ ISSUE_SELECTIVE_INLINE, "Selective Inline" },
		{ ISSUE_TRANSFORMATION, "Transformation" },
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(issues & words[i].bit))
			continue;
		if (any)
			buf_puts(out, between);
		buf_puts(out, words[i].text);
		any = true;
	}
	return any;
}

void put_enum_value(struct buf *out, const struct construct *c, const struct item *it)
{
	uint64_t v = (uint64_t)it->value;

	if (it->value < 0 && !(c->flags & CONSTRUCT_UNSIGNED64)) {
		buf_char(out, '-');
		v = -v;
	}
	buf_dec(out, v);
}

void report_field(struct buf *out, const struct field *q, const struct report_options *o)
{
	switch (o->format) {
	case REPORT_MD:
		md_field(out, q);
		break;
	case REPORT_JSON:
		json_field(out, q);
		break;
	default:
		term_field(out, q, o);
	}
}

void report_construct(struct buf *out, const struct query_construct *q, const struct report_options *o)
{
	switch (o->format) {
	case REPORT_MD:
		(q->kind == KIND_FUNC ? md_func : md_construct)(out, q, o->style);
		break;
	case REPORT_JSON:
		(q->kind == KIND_FUNC ? json_func : json_construct)(out, q);
		break;
	default:
		(q->kind == KIND_FUNC ? term_func : term_construct)(out, q, o);
	}
}

void report_images(struct buf *out, const struct store_images *images,
		   const struct report_options *o)
{
	switch (o->format) {
	case REPORT_MD:
		md_images(out, images);
		break;
	case REPORT_JSON:
		json_images(out, images);
		break;
	default:
		term_images(out, images, o);
	}
}

void report_pair(struct buf *out, const struct query_pair *p, const struct report_options *o)
{
	switch (o->format) {
	case REPORT_MD:
		md_pair(out, p);
		break;
	case REPORT_JSON:
		json_pair(out, p);
		break;
	default:
		term_pair(out, p, o);
	}
}

void report_search(struct buf *out, const struct query_search *q, const struct report_options *o)
{
	switch (o->format) {
	case REPORT_MD:
		md_search(out, q);
		break;
	case REPORT_JSON:
		json_search(out, q);
		break;
	default:
		term_search(out, q, o);
	}
}

void report_stats(struct buf *out, const struct query_stats *q, const struct report_options *o)
{
	switch (o->format) {
	case REPORT_JSON:
		json_stats(out, q);
		break;
	case REPORT_CSV:
		csv_stats(out, q);
		break;
	default:
		text_stats(out, q, o->format == REPORT_MD, o->color);
	}
}
