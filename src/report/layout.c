// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How a struct or union lies in memory: its members in C, each with offset and size, what no member
 * uses, and where cache lines begin. The facts are those that pahole prints, and stand in the same
 * places, so that who reads one reads the other. Knows what the construct's own items say and
 * nothing of the structs that members name.
 */
#include "report/layout_int.h"

/*
 * Holes follow from offsets and sizes alone: neither BTF nor DWARF says what a member is aligned to, unless
 * the source does. So what lies between two members is a hole, whether the compiler had to leave it or the
 * source asked for it with __aligned.
 *
 * Bitfields need a rule, since a member begins in the middle of what another one is stored in. The storage
 * of a bitfield is as large as its type and lies at a multiple of its size. What is left of the storage
 * behind the last field is a hole in bits, up to the storage's end or up to the next member that begins in
 * it; what lies between the storage and the next member is a hole in bytes.
 */
struct gaps {
	int64_t end;	     /* bit behind the last member */
	int64_t storage_end; /* of the bitfield at hand */
	int64_t storage_bits;
	bool in_bitfield;
};

static int64_t type_bits(const struct item *it)
{
	return (int64_t)it->size * 8;
}

static struct layout_gap gap_bits(struct gaps *g, const struct item *it, int64_t start)
{
	struct layout_gap gap = { 0 };
	int64_t until;

	if (g->in_bitfield) {
		until = start < g->storage_end ? start : g->storage_end;
		if (until > g->end) {
			gap.bits = (uint32_t)(until - g->end);
			g->end = until;
		}
	}
	if (it->bits && it->size) {
		int64_t storage = start / type_bits(it) * type_bits(it);

		if (g->end < storage) {
			gap.bytes = (uint32_t)(storage / 8 - g->end / 8);
			g->end = storage;
		}
		if (start > g->end)
			gap.bits += (uint32_t)(start - g->end);
	} else if (start / 8 > g->end / 8) {
		gap.bytes = (uint32_t)(start / 8 - g->end / 8);
	}
	return gap;
}

/* What lies between the member before and this one. */
static struct layout_gap gap_step(struct gaps *g, const struct item *it, int64_t base)
{
	int64_t start = it->value - base;
	struct layout_gap gap = gap_bits(g, it, start);
	int64_t end = start + (it->bits ? it->bits : type_bits(it));

	if (end > g->end)
		g->end = end;
	g->in_bitfield = it->bits;
	if (!it->bits) {
		g->storage_end = g->end;
		g->storage_bits = 0;
	} else if (g->end > g->storage_end || type_bits(it) > g->storage_bits) {
		g->storage_bits = type_bits(it);
		g->storage_end = g->storage_bits ?
					 start / g->storage_bits * g->storage_bits + g->storage_bits :
					 g->end;
		if (g->storage_end < g->end)
			g->storage_end = g->end;
	}
	return gap;
}

static void count_gap(struct layout_sums *sums, struct layout_gap gap)
{
	sums->holes += gap.bytes != 0;
	sums->hole_bytes += gap.bytes;
	sums->bit_holes += gap.bits != 0;
	sums->hole_bits += gap.bits;
}

void layout_sums(const struct surface *s, uint32_t first, uint32_t end, int64_t base, uint32_t size,
		 bool is_union, struct layout_sums *ret, struct layout_gap *gaps)
{
	uint32_t last = UINT32_MAX;
	struct gaps g = { 0 };

	*ret = (struct layout_sums){ 0 };
	for (uint32_t i = first; i < end; i++) {
		const struct item *it = &s->items.v[i];
		struct layout_gap gap = { 0 };

		if (gaps)
			gaps[i - first] = gap;
		if (it->depth > s->items.v[first].depth)
			continue;
		ret->members++;
		if (it->bits)
			ret->bits += it->bits;
		else
			ret->bytes += it->size;
		if (is_union)
			continue;
		gap = gap_step(&g, it, base);
		count_gap(ret, gap);
		if (last == UINT32_MAX)
			ret->front = gap;
		else if (gaps)
			gaps[last - first] = gap;
		last = i;
	}
	if (is_union)
		return;
	if (g.in_bitfield) {
		int64_t until = g.storage_end < (int64_t)size * 8 ? g.storage_end : (int64_t)size * 8;

		if (until > g.end) {
			ret->bit_padding = (uint32_t)(until - g.end);
			g.end = until;
		}
	}
	if (size > g.end / 8)
		ret->padding = (uint32_t)(size - g.end / 8);
}

/* Where a bitfield's storage begins in the construct, in bits. */
static int64_t bitfield_storage(const struct item *it, int64_t base)
{
	int64_t bits = it->size ? type_bits(it) : 8;

	return base + (it->value - base) / bits * bits;
}

void layout_put_member(struct buf *out, const struct surface *s, const struct item *it)
{
	static const char compiles[] = "int /* unnamed enum */", shown[] = "enum { }";
	size_t from = out->n, n = sizeof(compiles) - 1, m = sizeof(shown) - 1;
	char *at;

	type_print_c(out, s->types, s->str, it->type, surface_text(s, it->name));
	if (it->bits)
		buf_printf(out, ":%u", it->bits);
	buf_z(out);
	at = strstr(out->v + from, compiles);
	if (!at)
		return;
	memcpy(at, shown, m);
	memmove(at + m, at + n, (size_t)(out->v + out->n - at) - n);
	out->n -= n - m;
}

/* L1_CACHE_BYTES of the architectures whose kernels have one that is not 64 (arch/X/include/asm/cache.h). */
uint32_t layout_cacheline(const char *arch)
{
	if (!strcmp(arch, "s390x"))
		return 256;
	return !strncmp(arch, "ppc64", 5) ? 128 : 64;
}

bool layout_is_union(const struct surface *s, const struct construct *c)
{
	return c->kind == KIND_UNION ||
	       (c->kind == KIND_TYPEDEF && type_at(s->types, c->type)->kind == TYPE_UNION);
}

/* ---- lines ---- */

enum line_kind {
	LINE_PLAIN,  /* text alone */
	LINE_MEMBER, /* text, offset, size */
	LINE_NOTE,   /* a comment: where a cache line begins */
	LINE_WARN,   /* a comment: a hole */
};

struct line {
	enum line_kind kind;
	uint8_t depth, bit;
	bool has_bit;
	size_t from, to; /* of `text` */
	int64_t offset;	 /* bytes */
	uint32_t size;
};

struct layout {
	const struct surface *s;
	const struct layout_options *o;
	uint32_t cacheline, cachelines; /* bytes; the last one that was said */
	struct buf text, scratch;
	VEC(struct line) lines;
	VEC(struct layout_gap) gaps; /* those of a scope, behind those of its outer ones */
	bool any_bits;
};

/* A line whose text is written until the next one is made. */
static struct line *add_line(struct layout *l, enum line_kind kind, unsigned int depth)
{
	VEC_PUSH(&l->lines, ((struct line){ .kind = kind, .depth = (uint8_t)depth, .from = l->text.n }));
	return &l->lines.v[l->lines.n - 1];
}

static size_t line_end(const struct layout *l, size_t i)
{
	return i + 1 < l->lines.n ? l->lines.v[i + 1].from : l->text.n;
}

static void add_gap(struct layout *l, struct layout_gap gap, unsigned int depth)
{
	if (gap.bits) {
		add_line(l, LINE_WARN, depth);
		buf_printf(&l->text, "/* XXX %u bit%s hole, try to pack */", gap.bits,
			   gap.bits > 1 ? "s" : "");
	}
	if (gap.bytes) {
		add_line(l, LINE_WARN, depth);
		buf_printf(&l->text, "/* XXX %u byte%s hole, try to pack */", gap.bytes,
			   gap.bytes > 1 ? "s" : "");
	}
}

static void add_cacheline(struct layout *l, int64_t offset, unsigned int depth)
{
	uint32_t at = (uint32_t)(offset / l->cacheline), ago = (uint32_t)(offset % l->cacheline);

	if (at <= l->cachelines)
		return;
	l->cachelines = at;
	add_line(l, LINE_NOTE, depth);
	buf_printf(&l->text, "/* --- cacheline %u boundary (%u bytes)", at, at * l->cacheline);
	if (ago)
		buf_printf(&l->text, " was %u byte%s ago", ago, ago > 1 ? "s" : "");
	PUT(&l->text, " --- */");
}

static void add_member(struct layout *l, const struct item *it, int64_t base, unsigned int depth)
{
	struct line *line = add_line(l, LINE_MEMBER, depth);

	line->offset = it->value / 8;
	line->size = it->size;
	if (it->bits) {
		int64_t storage = bitfield_storage(it, base);

		line->offset = storage / 8;
		line->bit = (uint8_t)(it->value - storage);
		line->has_bit = l->any_bits = true;
	}
	layout_put_member(&l->text, l->s, it);
	PUT(&l->text, ";");
}

static uint32_t scope_end(const struct surface *s, uint32_t item, uint32_t end)
{
	uint32_t i = item + 1;

	while (i < end && s->items.v[i].depth > s->items.v[item].depth)
		i++;
	return i;
}

/*
 * What type_print_c writes in the place of an unnamed type, "{ }", is where the members go: what stands
 * before opens the block, what stands behind closes it ("} e[2]").
 */
static void split_scope(struct layout *l, const struct item *it, size_t *open, size_t *close)
{
	const char *at;

	l->scratch.n = 0;
	type_print_c(&l->scratch, l->s->types, l->s->str, it->type, surface_text(l->s, it->name));
	at = strstr(buf_z(&l->scratch), "{ }");
	/* A named struct that is a member without a name (-fms-extensions) holds its members just so. */
	if (!at) {
		PUT(&l->scratch, " { }");
		at = strstr(buf_z(&l->scratch), "{ }");
	}
	*open = (size_t)(at - l->scratch.v) + 1;
	*close = *open + 1;
}

/* Bytes of one of an item's scope: of one element where the item is an array. */
static uint32_t scope_size(const struct surface *s, const struct item *it)
{
	const struct type *n = type_at(s->types, it->type);
	uint32_t size = it->size;

	for (; n->kind == TYPE_ARRAY || n->kind == TYPE_CONST || n->kind == TYPE_VOLATILE;
	     n = type_at(s->types, n->ref))
		if (n->kind == TYPE_ARRAY && n->count)
			size /= n->count;
	return size;
}

static void add_scope(struct layout *l, uint32_t first, uint32_t end, int64_t base, uint32_t size,
		      bool is_union, unsigned int depth, struct layout_sums *sums);

static void add_nested(struct layout *l, uint32_t item, uint32_t end, unsigned int depth)
{
	const struct item *it = &l->s->items.v[item];
	struct layout_sums sums;
	struct line *line;
	size_t open, close;

	split_scope(l, it, &open, &close);
	add_line(l, LINE_PLAIN, depth);
	buf_put(&l->text, l->scratch.v, open);
	add_scope(l, item + 1, end, it->value, scope_size(l->s, it), it->scope == SCOPE_UNION, depth + 1,
		  &sums);
	line = add_line(l, LINE_MEMBER, depth);
	line->offset = it->value / 8;
	line->size = it->size;
	split_scope(l, it, &open, &close);
	buf_put(&l->text, l->scratch.v + close, l->scratch.n - close);
	while (l->text.v[l->text.n - 1] == ' ')
		l->text.n--;
	PUT(&l->text, ";");
}

static void add_padding(struct layout *l, const struct layout_sums *sums, unsigned int depth)
{
	if (sums->bit_padding) {
		add_line(l, LINE_WARN, depth);
		buf_printf(&l->text, "/* XXX %u bit%s of padding */", sums->bit_padding,
			   sums->bit_padding > 1 ? "s" : "");
	}
	if (sums->padding) {
		add_line(l, LINE_WARN, depth);
		buf_printf(&l->text, "/* XXX %u byte%s of padding */", sums->padding,
			   sums->padding > 1 ? "s" : "");
	}
}

static void add_scope(struct layout *l, uint32_t first, uint32_t end, int64_t base, uint32_t size,
		      bool is_union, unsigned int depth, struct layout_sums *sums)
{
	size_t gaps = l->gaps.n;
	uint32_t cachelines = l->cachelines;
	int64_t last = -1;

	VEC_RESERVE(&l->gaps, end - first);
	l->gaps.n += end - first;
	layout_sums(l->s, first, end, base, size, is_union || l->o->known, sums, l->gaps.v + gaps);
	add_gap(l, sums->front, depth);
	for (uint32_t i = first; i < end; i = scope_end(l->s, i, end)) {
		const struct item *it = &l->s->items.v[i];

		if (i > first && it->value / 8 != last)
			add_cacheline(l, it->value / 8, depth);
		last = it->value / 8;
		if (it->scope)
			add_nested(l, i, scope_end(l->s, i, end), depth);
		else
			add_member(l, it, base, depth);
		add_gap(l, l->gaps.v[gaps + i - first], depth);
		/* The members of a union begin at one place, and each crosses the lines behind it. */
		if (is_union)
			l->cachelines = cachelines;
	}
	if (depth > 1)
		add_padding(l, sums, depth);
	l->gaps.n = gaps;
}

/* ---- text ---- */

static unsigned int digits(uint64_t n)
{
	unsigned int d = 1;

	while (n /= 10)
		d++;
	return d;
}

#define STEP 4 /* columns a level */

/* "1084: 0  4" between comment signs; offsets and sizes flush right, room for bits where any member has them. */
static void put_place(const struct layout *l, struct buf *out, const struct line *line, unsigned int width)
{
	buf_puts(out, l->o->color ? TEXT_DIM : "");
	buf_printf(out, "/* %*lld", (int)width, (long long)line->offset);
	if (line->has_bit)
		buf_printf(out, ":%2u", line->bit);
	else if (l->any_bits)
		PUT(out, "   ");
	if (!l->o->known)
		buf_printf(out, " %*u", (int)width, line->size);
	PUT(out, " */");
	buf_puts(out, l->o->color ? TEXT_PLAIN : "");
}

/* Where the places of members stand: behind the widest line that leaves them room. */
static size_t place_column(const struct layout *l, size_t room)
{
	size_t most = l->o->width > room + 1 ? l->o->width - room : 0, column = 0;

	for (size_t i = 0; i < l->lines.n; i++) {
		const struct line *line = &l->lines.v[i];
		size_t w = l->o->indent + line->depth * STEP +
			   text_width(l->text.v + line->from, line->to - line->from) + 2;

		if (line->kind == LINE_MEMBER && w > column && w <= most)
			column = w;
	}
	return column;
}

/* A declaration that leaves no room for its place is broken between parameters; its place ends the last line. */
static void put_member(struct layout *l, struct buf *out, const struct line *line, size_t column, size_t room,
		       unsigned int digits_max)
{
	size_t indent = l->o->indent + line->depth * STEP, start = out->n, last;

	l->scratch.n = 0;
	for (size_t i = line->from; i < line->to; i++) {
		bool hard = l->text.v[i] == ' ' && l->text.v[i - 1] != ',';

		buf_char(&l->scratch, hard ? TEXT_HARD : l->text.v[i]);
	}
	text_pad(out, indent);
	text_wrap(out, &l->scratch, indent, indent + 2 * STEP,
		  l->o->width > room ? l->o->width - room : TEXT_WIDTH_MIN);
	out->n--;
	for (last = out->n; last > start && out->v[last - 1] != '\n'; last--)
		;
	last = text_width(out->v + last, out->n - last);
	text_pad(out, last < column ? column - last : 1);
	put_place(l, out, line, digits_max);
	buf_char(out, '\n');
}

static void put_lines(struct layout *l, struct buf *out, uint32_t size)
{
	unsigned int width = digits(size);
	size_t room = 2 * width + 7 + (l->any_bits ? 3 : 0), column;
	static const char *const styles[] = {
		[LINE_MEMBER] = "", [LINE_NOTE] = TEXT_DIM, [LINE_WARN] = TEXT_WARN
	};

	for (size_t i = 0; i < l->lines.n; i++)
		l->lines.v[i].to = line_end(l, i);
	column = place_column(l, room);
	for (size_t i = 0; i < l->lines.n; i++) {
		const struct line *line = &l->lines.v[i];

		if (line->kind == LINE_MEMBER && l->o->known != LAYOUT_NOTHING) {
			put_member(l, out, line, column, room, width);
			continue;
		}
		text_pad(out, line->to > line->from ? l->o->indent + line->depth * STEP : 0);
		buf_puts(out, l->o->color && line->kind ? styles[line->kind] : "");
		buf_put(out, l->text.v + line->from, line->to - line->from);
		buf_puts(out, l->o->color && line->kind ? TEXT_PLAIN : "");
		buf_char(out, '\n');
	}
}

/* ---- the sums ---- */

static void add_inner_sums(struct layout *l, const struct layout_sums *sums)
{
	struct buf *b = &l->text;

	/* Without holes the size has said it all. */
	if (sums->bytes && (sums->holes || sums->bit_holes)) {
		add_line(l, LINE_NOTE, 1);
		buf_printf(b, "/* sum members: %llu", (unsigned long long)sums->bytes);
		if (sums->holes)
			buf_printf(b, ", holes: %u, sum holes: %llu", sums->holes,
				   (unsigned long long)sums->hole_bytes);
		PUT(b, " */");
	}
	if (sums->bits && (sums->holes || sums->bit_holes)) {
		add_line(l, LINE_NOTE, 1);
		buf_printf(b, "/* sum bitfield members: %llu bits", (unsigned long long)sums->bits);
		if (sums->bit_holes)
			buf_printf(b, ", bit holes: %u, sum bit holes: %llu bits", sums->bit_holes,
				   (unsigned long long)sums->hole_bits);
		PUT(b, " */");
	}
	if (sums->padding) {
		add_line(l, LINE_NOTE, 1);
		buf_printf(b, "/* padding: %u */", sums->padding);
	}
	if (sums->bit_padding) {
		add_line(l, LINE_NOTE, 1);
		buf_printf(b, "/* bit padding: %u bit%s */", sums->bit_padding,
			   sums->bit_padding > 1 ? "s" : "");
	}
}

static void add_sums(struct layout *l, const struct construct *c, const struct layout_sums *sums)
{
	struct buf *b = &l->text;

	add_line(l, LINE_NOTE, 1);
	buf_printf(b, "/* size: %u, cachelines: %u, members: %u */", c->size,
		   (uint32_t)(((uint64_t)c->size + l->cacheline - 1) / l->cacheline), sums->members);
	/* All members of a union lie at its beginning: there is nothing between them to count. */
	if (!layout_is_union(l->s, c) && !l->o->known)
		add_inner_sums(l, sums);
	if (c->size % l->cacheline) {
		add_line(l, LINE_NOTE, 1);
		buf_printf(b, "/* last cacheline: %u bytes */", c->size % l->cacheline);
	}
}

/* "struct file", "typedef union": what stands before the brace. */
static void put_tag(struct buf *b, const struct surface *s, const struct construct *c)
{
	if (c->kind == KIND_TYPEDEF)
		PUT(b, "typedef ");
	buf_puts(b, layout_is_union(s, c) ? "union" : "struct");
	buf_char(b, ' ');
	if (c->kind == KIND_TRACEPOINT) {
		PUT(b, "trace_event_raw_");
		put_str(b, s->str, c->class);
		buf_char(b, ' ');
	} else if (c->kind != KIND_TYPEDEF) {
		put_str(b, s->str, c->name);
		buf_char(b, ' ');
	}
}

/* The members of a construct, without what else it has (a tracepoint's format). */
static uint32_t members_end(const struct surface *s, const struct construct *c)
{
	uint32_t end = c->items;

	while (end < c->items + c->nitems && s->items.v[end].role == ITEM_MEMBER)
		end++;
	return end;
}

void layout_put(struct buf *out, const struct surface *s, const struct construct *c,
		const struct layout_options *o)
{
	struct layout l = { .s = s, .o = o, .cacheline = o->cacheline ? o->cacheline : 64 };
	struct layout_sums sums;

	add_line(&l, LINE_PLAIN, 0);
	put_tag(&l.text, s, c);
	buf_char(&l.text, '{');
	add_scope(&l, c->items, members_end(s, c), 0, c->size, layout_is_union(s, c), 1, &sums);
	if (o->known != LAYOUT_NOTHING) {
		if (sums.members)
			add_line(&l, LINE_PLAIN, 0);
		add_sums(&l, c, &sums);
	}
	add_line(&l, LINE_PLAIN, 0);
	PUT(&l.text, "}");
	if (c->kind == KIND_TYPEDEF) {
		buf_char(&l.text, ' ');
		put_str(&l.text, s->str, c->name);
	}
	PUT(&l.text, ";");
	put_lines(&l, out, c->size);
	buf_done(&l.text);
	buf_done(&l.scratch);
	VEC_DONE(&l.lines);
	VEC_DONE(&l.gaps);
}

void layout_put_enum(struct buf *out, const struct surface *s, const struct construct *c,
		     const struct layout_options *o)
{
	size_t width = 0;

	for (uint32_t i = 0; i < c->nitems; i++) {
		size_t w = strtab_len(s->str, s->items.v[c->items + i].name);

		if (w > width)
			width = w;
	}
	if (width > o->width / 2)
		width = o->width / 2;
	text_pad(out, o->indent);
	buf_printf(out, c->kind == KIND_TYPEDEF ? "typedef enum {\n" : "enum %s%s{\n",
		   surface_text(s, c->name), c->name ? " " : "");
	for (uint32_t i = 0; i < c->nitems; i++) {
		const struct item *it = &s->items.v[c->items + i];
		size_t w = strtab_len(s->str, it->name);

		text_pad(out, o->indent + STEP);
		put_str(out, s->str, it->name);
		text_pad(out, w < width ? width - w : 0);
		buf_printf(out, c->flags & CONSTRUCT_UNSIGNED64 ? " = %llu,\n" : " = %lld,\n",
			   (unsigned long long)it->value);
	}
	text_pad(out, o->indent);
	buf_printf(out, c->kind == KIND_TYPEDEF ? "} %s;" : "};", surface_text(s, c->name));
	if (c->name || c->size) {
		buf_puts(out, o->color ? TEXT_DIM : "");
		buf_printf(out, " /* size: %u, %svalues: %u */", c->size, c->flags & CONSTRUCT_SIGNED ? "signed, " : "",
			   c->nitems);
		buf_puts(out, o->color ? TEXT_PLAIN : "");
	}
	buf_char(out, '\n');
}
