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

/* ---- words ---- */

#define OWNERS_SHOWN 4

static void put_owner(struct buf *out, const struct surface *s, uint32_t owner)
{
	if (owner)
		put_str(out, s->str, owner);
	else
		PUT(out, "vmlinux");
}

void put_owners(struct buf *out, const struct surface *s, enum kind kind, uint32_t at)
{
	struct query_owners o = { 0 };

	query_owners_get(&o, s, kind, at);
	for (size_t i = 0; i < o.v.n && i < OWNERS_SHOWN; i++) {
		buf_puts(out, i ? ", " : "");
		put_owner(out, s, o.v.v[i]);
	}
	if (o.v.n > OWNERS_SHOWN)
		buf_printf(out, ", and %zu more", o.v.n - OWNERS_SHOWN);
	VEC_DONE(&o.v);
}

bool has_modules(const struct surface *s, enum kind kind, uint32_t at)
{
	const struct func *f = kind == KIND_FUNC ? &s->funcs.v[at] : NULL;

	for (uint32_t i = 0; f && i < f->nsymbols; i++)
		if (s->symbols.v[f->symbols + i].owner)
			return true;
	for (uint32_t i = 0; f && i < f->ninstances; i++)
		if (s->instances.v[f->instances + i].owner)
			return true;
	for (uint32_t i = at; !f && i < at + construct_nvariants(s, at); i++)
		if (s->constructs.v[i].owner)
			return true;
	return false;
}

/* The most symbols that share one whole name. */
static uint32_t count_ambiguous(const struct surface *s, const struct func *f)
{
	const struct symbol *sym = s->symbols.v + f->symbols;
	uint32_t most = 0;

	for (uint32_t i = 0; i < f->nsymbols; i++) {
		uint32_t n = 0;

		for (uint32_t j = i; j < f->nsymbols; j++)
			n += sym[i].name == sym[j].name;
		most = n > most ? n : most;
	}
	return most;
}

static void put_issue(struct buf *out, const struct surface *s, const struct func *f, unsigned int bit,
		      const char *text)
{
	buf_puts(out, text);
	if (bit == ISSUE_AMBIGUOUS)
		buf_printf(out, " (%u)", count_ambiguous(s, f));
	if (bit != ISSUE_ACROSS_OWNERS)
		return;
	PUT(out, " across owners (");
	put_owners(out, s, KIND_FUNC, (uint32_t)(f - s->funcs.v));
	buf_char(out, ')');
}

bool put_issues(struct buf *out, const struct surface *s, const struct func *f, const char *between)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} words[] = {
		{ ISSUE_DUPLICATE, "Duplicate" },
		{ ISSUE_COLLISION, "Collision" },
		{ ISSUE_ACROSS_OWNERS, NULL }, /* "Duplicate" or "Collision" */
		{ ISSUE_AMBIGUOUS, "Ambiguous symbol" },
		{ ISSUE_FULL_INLINE, "Full Inline" },
		{ ISSUE_SELECTIVE_INLINE, "Selective Inline" },
		{ ISSUE_TRANSFORMATION, "Transformation" },
	};
	unsigned int issues = query_issues(s, f);
	bool any = false, copies = issues & ISSUE_DUPLICATE;

	if (issues & ISSUE_ACROSS_OWNERS)
		issues &= ~(unsigned int)(ISSUE_DUPLICATE | ISSUE_COLLISION);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(issues & words[i].bit))
			continue;
		buf_puts(out, any ? between : "");
		put_issue(out, s, f, words[i].bit, words[i].text ? words[i].text : copies ? "Duplicate" : "Collision");
		any = true;
	}
	return any;
}

/*
 * Findings that say that an image is not what it seems; `page`: that bear upon every report. Words are short: JSON of
 * `images` has the whole message.
 */
static const struct {
	const char *code, *text;
	bool page;
} doubts[] = {
	{ "btf-other-build", "its .BTF is of another build than its DWARF", true },
	{ "debug-flavor", "a debug flavor: it has functions and fields that others have not", true },
	{ "btf-functions-dropped", "its .BTF lacks functions that the kernel has", true },
	{ "no-kallsyms", "it tells no symbols: functions are those of its types", true },
	{ "module-btf-empty", "modules without types of their own", false },
};

static size_t doubt_of(const struct finding *f)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(doubts) && strcmp(f->code, doubts[i].code))
		i++;
	return i;
}

bool finding_is_doubt(const struct finding *f, bool page)
{
	size_t i = doubt_of(f);

	return i < ARRAY_SIZE(doubts) && (doubts[i].page || !page);
}

bool put_doubts(struct buf *out, const struct image_info *info, bool page)
{
	bool any = false;

	for (uint32_t i = 0; i < info->nfindings; i++) {
		if (!finding_is_doubt(&info->findings[i], page))
			continue;
		buf_puts(out, any ? "; " : "");
		buf_puts(out, doubts[doubt_of(&info->findings[i])].text);
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

/* ---- the door ---- */

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
