// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Details of a function for a terminal: where it is defined, its symbols, who calls it, and what its
 * issues mean. Counts, with the first few by name.
 */
#include "report/term_int.h"

/* Where details stand, behind their titles. */
#define DETAIL_COLUMN 14

/* "  Defined     " and t->text, wrapped behind it. */
static void put_detail(struct term *t, const char *title)
{
	size_t n = strlen(title) + 2;

	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, title);
	text_pad(t->out, DETAIL_COLUMN - n);
	text_wrap(t->out, &t->text, DETAIL_COLUMN, DETAIL_COLUMN, t->width);
}

/* Something that images share (a file, a symbol's name), and in which it is. */
struct shared {
	uint32_t id;
	uint32_t binds; /* bit per enum symbol_bind */
	struct counts lines, times;
	bool *in;
	uint32_t now; /* times in the image at hand */
};

struct shared_list {
	VEC(struct shared) v;
	struct map by_id;
};

static void shared_init(struct shared_list *l)
{
	*l = (struct shared_list){ 0 };
	map_init(&l->by_id);
}

static void shared_done(struct shared_list *l)
{
	for (size_t i = 0; i < l->v.n; i++)
		free(l->v.v[i].in);
	VEC_DONE(&l->v);
	map_done(&l->by_id);
}

static struct shared *shared_at(const struct term *t, struct shared_list *l, uint32_t id)
{
	uint32_t *at = map_at(&l->by_id, id);

	if (*at == MAP_NONE) {
		*at = (uint32_t)l->v.n;
		VEC_PUSH(&l->v, ((struct shared){ .id = id, .in = term_set(t) }));
	}
	return &l->v.v[*at];
}

/* Ends an image: what it had so often counts once. */
static void shared_next_image(struct shared_list *l, size_t cell)
{
	for (size_t i = 0; i < l->v.n; i++) {
		struct shared *e = &l->v.v[i];

		if (!e->now)
			continue;
		term_count(&e->times, !e->times.high, e->now);
		e->in[cell] = true;
		e->now = 0;
	}
}

static const struct shared *next_shared(const struct shared_list *l, size_t *i, size_t shown)
{
	return *i < l->v.n && *i < shown ? &l->v.v[(*i)++] : NULL;
}

static void put_more(struct buf *b, size_t n, size_t shown, const char *what)
{
	if (n > shown) {
		PUT(b, ", and ");
		text_count(b, n - shown);
		buf_puts(b, what);
	}
}

static void put_where(struct term *t)
{
	const size_t shown = 5;
	const struct shared *e;
	struct shared_list l;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		for (uint32_t i = 0; f && func_has_group(f) && i < f->ninstances; i++) {
			const struct instance *in = &t->s->instances.v[f->instances + i];
			struct shared *at;

			if (!in->loc_file)
				continue;
			at = shared_at(t, &l, in->loc_file);
			term_count(&at->lines, !at->lines.high, in->loc_line);
			at->now++;
		}
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, shown))) {
		if (n > 1)
			PUT(&t->text, ", ");
		put_str(&t->text, t->s->str, e->id);
		if (e->lines.high) {
			buf_char(&t->text, ':');
			buf_dec(&t->text, e->lines.low);
			if (e->lines.high != e->lines.low) {
				buf_char(&t->text, '-');
				buf_dec(&t->text, e->lines.high);
			}
		}
		term_put_set_note(t, &t->text, e->in);
	}
	put_more(&t->text, l.v.n, shown, l.v.n == shown + 1 ? " more file" : " more files");
	if (l.v.n)
		put_detail(t, "Defined");
	shared_done(&l);
}

static void put_symbol_entry(struct term *t, const struct shared *e)
{
	static const char *const binds[BIND_NBINDS] = { "local", "global", "weak", "other" };
	const char *name = surface_text(t->s, e->id);

	text_style(&t->text, t->color && strchr(name, '.'), TEXT_WARN, name);
	for (size_t i = 0, n = 0; !strchr(name, '.') && i < BIND_NBINDS; i++)
		if (e->binds & 1u << i) {
			buf_char(&t->text, n++ ? '/' : ' ');
			buf_puts(&t->text, binds[i]);
		}
	if (e->times.high > 1) {
		PUT(&t->text, " x");
		text_range(&t->text, e->times.low, e->times.high);
	}
	term_put_set_note(t, &t->text, e->in);
}

/* Modules that have it, each with the images. */
static void put_modules(struct term *t)
{
	const size_t shown = 8;
	const struct shared *e;
	struct query_owners o = { 0 };
	struct shared_list l;
	bool any = false;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		if (!f)
			continue;
		query_owners_get(&o, t->s, KIND_FUNC, (uint32_t)(f - t->s->funcs.v));
		for (size_t i = 0; i < o.v.n; i++) {
			shared_at(t, &l, o.v.v[i])->now++;
			any |= o.v.v[i];
		}
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, shown))) {
		buf_puts(&t->text, n > 1 ? ", " : "");
		buf_puts(&t->text, e->id ? surface_text(t->s, e->id) : "vmlinux");
		term_put_set_note(t, &t->text, e->in);
	}
	put_more(&t->text, l.v.n, shown, " more");
	if (any)
		put_detail(t, "Owner");
	VEC_DONE(&o.v);
	shared_done(&l);
}

static void put_symbols(struct term *t)
{
	const size_t shown = 8;
	const struct shared *e;
	struct shared_list l;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		for (uint32_t i = 0; f && func_has_group(f) && i < f->nsymbols; i++) {
			const struct symbol *sym = &t->s->symbols.v[f->symbols + i];
			struct shared *at = shared_at(t, &l, sym->name);

			at->binds |= 1u << sym->bind;
			at->now++;
		}
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, shown))) {
		if (n > 1)
			PUT(&t->text, ", ");
		put_symbol_entry(t, e);
	}
	put_more(&t->text, l.v.n, shown, " more");
	if (l.v.n)
		put_detail(t, l.v.n > 1 ? "Symbols" : "Symbol");
	shared_done(&l);
}

/* "kprobe, ftrace, fentry": by which means a function with a symbol can be probed. */
static void put_means(struct buf *b, uint32_t attach)
{
	buf_puts(b, attach & ATTACH_NO_KPROBE ? "no kprobe" : "kprobe");
	if (!(attach & ATTACH_FTRACE))
		PUT(b, ", no ftrace, no fentry");
	else
		buf_puts(b, attach & ATTACH_BTF ? ", ftrace, fentry" : ", ftrace, no fentry (not in BTF)");
	if (attach & ATTACH_ERROR_INJECTION)
		PUT(b, ", error injection");
}

/* Not known of images whose tables were not read. What has no symbol cannot be probed, as the status says. */
static void put_attach(struct term *t)
{
	const struct shared *e;
	struct shared_list l;
	size_t n = 0;

	shared_init(&l);
	for (size_t c = 0; c < t->cells.n; c++) {
		const struct func *f = t->cells.v[c].f;

		const struct image_info *info = &t->view->images->images.v[t->cells.v[c].image].info;

		/* Of a dataset nobody expects it. */
		if (f && f->nsymbols && (image_knows_attach(info) || info->source != IMAGE_FROM_DATASET))
			shared_at(t, &l, image_knows_attach(info) ? f->attach + 1 : 0)->now++;
		shared_next_image(&l, c);
	}
	t->text.n = 0;
	while ((e = next_shared(&l, &n, SIZE_MAX))) {
		if (n > 1)
			PUT(&t->text, "; ");
		if (e->id)
			put_means(&t->text, e->id - 1);
		else
			PUT(&t->text, "not known");
		term_put_set_note(t, &t->text, e->in);
	}
	if (l.v.n)
		put_detail(t, "Attach");
	shared_done(&l);
}

/* One image's symbols with their addresses. */
static void put_addresses(struct term *t, const struct func *f)
{
	const uint32_t shown = 8;

	for (uint32_t i = 0; i < f->nsymbols && i < shown; i++) {
		const struct symbol *sym = &t->s->symbols.v[f->symbols + i];

		t->text.n = 0;
		if (t->view->images->images.v[0].info.facts & FACT_ADDRESSES)
			buf_printf(&t->text, "0x%llx, %llu bytes, %s", (unsigned long long)sym->addr,
				   (unsigned long long)sym->size, surface_text(t->s, sym->section));
		else
			PUT(&t->text, "not known");
		if (sym->owner)
			buf_printf(&t->text, " of %s", surface_text(t->s, sym->owner));
		if (f->nsymbols > 1) {
			PUT(&t->text, ", ");
			put_str(&t->text, t->s->str, sym->name);
		}
		put_detail(t, i ? "" : "Address");
	}
	t->text.n = 0;
	if (f->nsymbols > shown) {
		PUT(&t->text, "and ");
		text_count(&t->text, f->nsymbols - shown);
		PUT(&t->text, " more");
		put_detail(t, "");
	}
}

/* A calling function and how often it calls. */
struct tally {
	struct caller who;
	uint32_t n;
};

struct tallies {
	VEC(struct tally) v;
	struct map index;
	uint64_t total;
};

static void tally(const struct term *t, struct tallies *l, const struct func *f, bool inlined)
{
	for (uint32_t i = 0; i < f->ninstances; i++) {
		const struct instance *in = &t->s->instances.v[f->instances + i];
		uint32_t from = in->callers + (inlined ? 0 : in->ninline_callers);
		uint32_t n = inlined ? in->ninline_callers : in->ndirect_callers;

		for (uint32_t k = from; k < from + n; k++) {
			struct caller who = t->s->callers.v[k];
			uint32_t *at = map_at(&l->index, (uint64_t)who.file << 32 | who.func);

			if (*at == MAP_NONE) {
				*at = (uint32_t)l->v.n;
				VEC_PUSH(&l->v, ((struct tally){ .who = who }));
			}
			l->v.v[*at].n++;
			l->total++;
		}
	}
}

static void put_tally(const struct term *t, struct buf *b, const struct tally *c)
{
	put_str(b, t->s->str, c->who.func);
	if (c->n > 1)
		buf_printf(b, "%cx%u", TEXT_HARD, c->n);
}

/* "6 places in 5.4: ksys_read x2, kernel_read, and 3 more functions" */
static void put_callers(struct term *t, const char *title, size_t cell, bool inlined)
{
	const size_t shown = t->single ? 16 : 6;
	struct tallies l = { 0 };

	map_init(&l.index);
	tally(t, &l, t->cells.v[cell].f, inlined);
	t->text.n = 0;
	text_count(&t->text, l.total);
	buf_puts(&t->text, l.total == 1 ? " place" : " places");
	if (!t->single) {
		PUT(&t->text, " in ");
		buf_puts(&t->text, t->cells.v[cell].label);
	}
	PUT(&t->text, ": ");
	for (size_t i = 0; i < l.v.n && i < shown; i++) {
		if (i)
			PUT(&t->text, ", ");
		put_tally(t, &t->text, &l.v.v[i]);
	}
	put_more(&t->text, l.v.n, shown, l.v.n == shown + 1 ? " more function" : " more functions");
	if (l.total)
		put_detail(t, title);
	VEC_DONE(&l.v);
	map_done(&l.index);
}

/* The image whose callers are shown: the base, or else the newest that has the function. */
static size_t reference_cell(const struct term *t)
{
	size_t found = SIZE_MAX;

	if (t->cells.v[t->base].f && func_has_group(t->cells.v[t->base].f))
		return t->base;
	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].f && func_has_group(t->cells.v[i].f) &&
		    (found == SIZE_MAX || i < t->sections[GROUP_REGULAR].to))
			found = i;
	return found;
}

void term_put_details(struct term *t)
{
	size_t cell = reference_cell(t);

	if (cell == SIZE_MAX)
		return;
	term_put_title(t, "Details");
	put_where(t);
	put_modules(t);
	put_symbols(t);
	put_attach(t);
	if (t->single)
		put_addresses(t, t->cells.v[cell].f);
	put_callers(t, "Called from", cell, false);
	put_callers(t, "Inlined in", cell, true);
}

/* ---- notes ---- */

#define NOTE_CLONED 256 /* beside enum query_issue: a suffix other than .cold */

/* The issues of an image that a note is worth: without a symbol there is nothing to confuse. */
static unsigned int notable_issues(const struct surface *s, const struct func *f)
{
	unsigned int issues = query_issues(s, f);

	if (!f->nsymbols)
		return issues & ISSUE_FULL_INLINE;
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		const char *suffix =
			strchr(surface_text(s, s->symbols.v[f->symbols + i].name), '.');

		if (suffix && strncmp(suffix, ".cold", 5))
			issues |= NOTE_CLONED;
	}
	if (issues & NOTE_CLONED)
		issues &= ~(unsigned int)ISSUE_TRANSFORMATION;
	return issues;
}

/* What the issues that occur mean for a probe, a line each. */
void term_put_notes(struct term *t)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} notes[] = {
		{ ISSUE_DUPLICATE,
		  "Duplicate: the image holds several copies; a probe by name meets one "
		  "of them, or is refused." },
		{ ISSUE_COLLISION,
		  "Collision: different functions share the name; a probe by name may "
		  "meet the wrong one, or is refused." },
		{ ISSUE_AMBIGUOUS,
		  "Ambiguous symbol: several functions, or copies of one, have this symbol; a probe by "
		  "name meets one of them, or is refused." },
		{ ISSUE_ACROSS_OWNERS,
		  "Across owners: the kernel and modules, or several modules, have code of that name; say "
		  "which with module:function where a tool takes it." },
		{ ISSUE_FULL_INLINE, "Full Inline: there is no symbol to attach to." },
		{ ISSUE_SELECTIVE_INLINE,
		  "Selective Inline: a probe misses the calls whose copies were inlined." },
		{ ISSUE_TRANSFORMATION,
		  "Transformation: rare paths were moved to a .cold symbol; a probe "
		  "at the function's entry is not affected." },
		{ NOTE_CLONED,
		  "Transformation: the compiler made a copy of its own; look for the symbols "
		  "with a suffix. Their arguments may differ from the prototype." },
	};
	unsigned int issues = 0;
	bool any = false;

	for (size_t i = 0; i < t->cells.n; i++)
		if (t->cells.v[i].f && func_has_group(t->cells.v[i].f))
			issues |= notable_issues(t->s, t->cells.v[i].f);
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (!(issues & notes[i].bit))
			continue;
		if (!any)
			buf_char(t->out, '\n');
		any = true;
		t->text.n = 0;
		buf_puts(&t->text, notes[i].text);
		PUT(t->out, "  ");
		text_wrap(t->out, &t->text, 2, 4, t->width);
	}
}
