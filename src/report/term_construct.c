// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A construct that is no function, for a terminal: in which images it is, what it is in one of them (the
 * base, or the newest that has it), and what changes (term_changes.c). Says once what many images share.
 */
#include "report/term_construct_int.h"

/* ---- what a construct is ---- */

static bool is_unnamed_enum(const struct surface *s, const struct construct *c)
{
	const struct type *n = type_at(s->types, c->type);

	return c->kind == KIND_TYPEDEF && !n->name && (n->kind == TYPE_ENUM || n->kind == TYPE_ENUM64);
}

static bool is_unnamed_struct(const struct surface *s, const struct construct *c)
{
	const struct type *n = type_at(s->types, c->type);

	return c->kind == KIND_TYPEDEF && !n->name && (n->kind == TYPE_STRUCT || n->kind == TYPE_UNION);
}

enum shape term_shape(const struct surface *s, const struct construct *c)
{
	switch (c->kind) {
	case KIND_STRUCT:
	case KIND_UNION:
		return SHAPE_MEMBERS;
	case KIND_ENUM:
		return SHAPE_VALUES;
	case KIND_TRACEPOINT:
		return SHAPE_RECORD;
	case KIND_TYPEDEF:
		if (is_unnamed_struct(s, c))
			return SHAPE_MEMBERS;
		return is_unnamed_enum(s, c) ? SHAPE_VALUES : SHAPE_LINE;
	default:
		return SHAPE_LINE;
	}
}

/* The members that hold no others' place: those that stand in no scope. */
static uint32_t count_members(const struct surface *s, const struct construct *c)
{
	uint32_t n = 0;

	for (uint32_t i = c->items; i < c->items + c->nitems; i++)
		n += s->items.v[i].role == ITEM_MEMBER && !s->items.v[i].depth;
	return n;
}

/* ---- status ---- */

/* "x86_64 257 __x64_sys_openat, i386 295 __ia32_compat_sys_openat"; datasets have numbers alone. */
static void put_syscall(const struct surface *s, const struct construct *c, struct buf *b)
{
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		if (i > c->items)
			PUT(b, ", ");
		put_str(b, s->str, it->name);
		if (it->name)
			buf_char(b, TEXT_HARD);
		buf_printf(b, "%lld", (long long)it->value);
		if (it->text)
			buf_char(b, TEXT_HARD);
		put_str(b, s->str, it->text);
	}
}

/* "in sched_ext_kfunc_ids: KF_ACQUIRE | KF_RET_NULL; for tracing" */
static void put_kfunc(const struct surface *s, const struct construct *c, struct buf *b)
{
	if (!c->nitems)
		PUT(b, "in no id set of the image");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		if (it->role != ITEM_SET)
			break;
		buf_puts(b, i > c->items ? "; " : "");
		PUT(b, "in ");
		put_str(b, s->str, it->name);
		PUT(b, ": ");
		if (it->text)
			put_str(b, s->str, it->text);
		else
			PUT(b, "no flags");
	}
	put_programs(b, s, c, "; for ");
}

/* What one line can say of a construct. */
static void put_line(const struct surface *s, const struct construct *c, struct buf *b)
{
	switch (c->kind) {
	case KIND_TYPEDEF:
		PUT(b, "typedef ");
		type_print_c(b, s->types, s->str, c->type, surface_text(s, c->name));
		break;
	case KIND_KFUNC:
		put_kfunc(s, c, b);
		break;
	case KIND_SYSCALL:
		put_syscall(s, c, b);
		break;
	case KIND_CONFIG:
		if (!strcmp(surface_text(s, c->text), "n"))
			PUT(b, "is not set");
		else
			buf_printf(b, "=%s", surface_text(s, c->text));
		break;
	case KIND_FEATURE:
		PUT(b, "enum ");
		put_str(b, s->str, c->class);
		if (c->nitems)
			buf_printf(b, ", value %lld", (long long)s->items.v[c->items].value);
		break;
	default: /* a hook: its prototype follows */
		PUT(b, "present");
	}
}

static void put_state(const struct term_construct *tc, size_t cell, struct buf *b)
{
	const struct term *t = &tc->t;
	uint32_t image = t->cells.v[cell].image;
	const struct construct *c = query_construct_in(tc->q, image);
	uint32_t variants;

	if (!c) {
		text_style(b, t->color, TEXT_DIM, term_absence_text(t->cells.v[cell].absence, tc->q->kind));
		return;
	}
	variants = construct_nvariants(t->s, tc->q->at.v[image]);
	text_style(b, t->color, variants > 1 ? TEXT_WARN : TEXT_GOOD, variants > 1 ? WARN : CHECK);
	buf_char(b, ' ');
	if (has_modules(t->s, tc->q->kind, tc->q->at.v[image])) {
		PUT(b, "of ");
		put_owners(b, t->s, tc->q->kind, tc->q->at.v[image]);
		PUT(b, ": ");
	}
	if (variants > 1)
		buf_printf(b, "%u %s of this name, which differ; the first: ", variants,
			   kind_words[tc->q->kind].plural);
	if (term_shape(t->s, c) == SHAPE_LINE)
		put_line(t->s, c, b);
}

static void count_all(const struct term_construct *tc, const struct term_row *row, struct counts *bytes,
		      struct counts *items)
{
	const struct term *t = &tc->t;
	bool first = true;

	for (size_t i = 0; i < t->cells.n; i++) {
		const struct construct *c = row->in[i] ? query_construct_in(tc->q, t->cells.v[i].image) :
							 NULL;

		if (!c)
			continue;
		term_count(bytes, first, c->size);
		term_count(items, first,
			   term_shape(t->s, c) == SHAPE_VALUES ? c->nitems : count_members(t->s, c));
		first = false;
	}
}

static void put_number(struct buf *b, const struct counts *n, const char *one, const char *several)
{
	text_range(b, n->low, n->high);
	buf_puts(b, n->high == 1 ? one : several);
}

/* "9,024-9,728 bytes, 240-244 members": of all images of a row. */
static void put_measure(const struct term_construct *tc, struct term_row *row)
{
	const struct construct *c = NULL;
	struct counts bytes = { 0 }, items = { 0 };

	for (size_t i = 0; !c && i < tc->t.cells.n; i++)
		c = row->in[i] ? query_construct_in(tc->q, tc->t.cells.v[i].image) : NULL;
	if (!c || term_shape(tc->t.s, c) == SHAPE_LINE)
		return;
	count_all(tc, row, &bytes, &items);
	if (c->kind == KIND_TRACEPOINT && (c->flags & CONSTRUCT_NO_RECORD)) {
		PUT(&row->text, "no record of its own");
		return;
	}
	if (bytes.high) {
		put_number(&row->text, &bytes, " byte", " bytes");
		PUT(&row->text, ", ");
	}
	if (term_shape(tc->t.s, c) == SHAPE_VALUES)
		put_number(&row->text, &items, " value", " values");
	else
		put_number(&row->text, &items, " member", " members");
}

static void put_statuses(struct term_construct *tc)
{
	struct term *t = &tc->t;
	struct term_rows rows = { 0 };
	struct buf text = { 0 };

	for (int k = 0; k < NSECTIONS; k++)
		for (size_t i = t->sections[k].from; i < t->sections[k].to; i++) {
			text.n = 0;
			put_state(tc, i, &text);
			term_row_at(t, &rows, k, i, &text);
		}
	for (size_t i = 0; i < rows.v.n; i++)
		put_measure(tc, &rows.v.v[i]);
	term_put_rows(t, "Status", &rows);
	buf_done(&text);
}

/* Of what comes and stays (features, kfuncs, system calls): the version that has it first, if one before has not. */
static void put_since(struct term_construct *tc)
{
	struct term *t = &tc->t;
	const struct section *sec = &t->sections[GROUP_REGULAR];
	size_t i = sec->from;

	while (i < sec->to && !t->cells.v[i].present)
		i++;
	if (i == sec->from || i == sec->to || t->cells.v[i - 1].absence != ABSENT)
		return;
	buf_printf(t->out, "  Since    %s\n", t->cells.v[i].label);
}

/* ---- what it is in one image ---- */

/* The base's, or of the newest version that has it, or of any. */
static const struct construct *shown_construct(const struct term_construct *tc, uint32_t *image)
{
	const struct term *t = &tc->t;
	const struct section *sec = &t->sections[GROUP_REGULAR];
	size_t at = t->cells.n;

	if (t->cells.v[t->base].present)
		at = t->base;
	for (size_t i = sec->to; at == t->cells.n && i-- > sec->from;)
		if (t->cells.v[i].present)
			at = i;
	for (size_t i = 0; at == t->cells.n && i < t->cells.n; i++)
		if (t->cells.v[i].present)
			at = i;
	if (at == t->cells.n)
		return NULL;
	*image = t->cells.v[at].image;
	return query_construct_in(tc->q, *image);
}

static void put_place_title(struct term *t, const char *title, uint32_t image)
{
	t->more.n = 0;
	buf_puts(&t->more, title);
	if (!t->single)
		buf_printf(&t->more, " in %s", t->view->images->images.v[image].info.name);
	term_put_title(t, buf_z(&t->more));
}

static bool has_format(const struct surface *s, const struct construct *c)
{
	return c->nitems && s->items.v[c->items + c->nitems - 1].role == ITEM_FORMAT;
}

/* "char[16]" and "comm" as C has them: char comm[16]. */
static void put_format_field(struct buf *b, const char *type, const char *name)
{
	size_t n = strcspn(type, "[");

	while (n && type[n - 1] == ' ')
		n--;
	buf_printf(b, "%.*s%s%s%s", (int)n, type, n && type[n - 1] == '*' ? "" : " ", name,
		   type + strcspn(type, "["));
}

/* The fields of an event's format file. */
static void put_format(struct term *t, const struct construct *c)
{
	static const char *const titles[] = { "field", "offset", "size", "signed" };
	struct table table = { .columns = 4, .right = 1u << 1 | 1u << 2 };

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		struct buf *cell = table_cell(&table);

		if (!i)
			PUT(cell, "  ");
		text_style(cell, t->color, TEXT_DIM, titles[i]);
	}
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &t->s->items.v[i];
		struct buf *cell;

		if (it->role != ITEM_FORMAT)
			continue;
		cell = table_cell(&table);
		PUT(cell, "  ");
		put_format_field(cell, surface_text(t->s, it->text), surface_text(t->s, it->name));
		buf_dec(table_cell(&table), (uint64_t)it->value / 8);
		buf_dec(table_cell(&table), it->size);
		buf_puts(table_cell(&table), it->is_signed ? "yes" : "no");
	}
	table_put(t->out, &table, t->width);
	table_done(&table);
}

static void put_record(struct term *t, const struct construct *c, uint32_t image,
		       const struct layout_options *o)
{
	if (has_format(t->s, c)) {
		put_place_title(t, "Format", image);
		put_format(t, c);
	} else if (!(c->flags & CONSTRUCT_NO_RECORD) && c->nitems) {
		put_place_title(t, "Record", image);
		layout_put(t->out, t->s, c, o);
	}
	if (!c->text)
		return;
	t->text.n = 0;
	PUT(&t->text, "print fmt: ");
	put_str(&t->text, t->s->str, c->text);
	PUT(t->out, "  ");
	text_wrap(t->out, &t->text, 2, 4, t->width);
}

static enum layout_known known_layout(const struct image_info *info, const struct construct *c)
{
	if (info->source != IMAGE_FROM_DATASET)
		return LAYOUT_ALL;
	return c->size || !c->nitems ? LAYOUT_OFFSETS : LAYOUT_NOTHING;
}

static void put_shape(struct term *t, const struct construct *c, uint32_t image, struct layout_options *o)
{
	o->known = known_layout(&t->view->images->images.v[image].info, c);
	switch (term_shape(t->s, c)) {
	case SHAPE_MEMBERS:
		layout_put(t->out, t->s, c, o);
		break;
	case SHAPE_VALUES:
		layout_put_enum(t->out, t->s, c, o);
		break;
	case SHAPE_RECORD:
		put_record(t, c, image, o);
		break;
	case SHAPE_LINE:
		break;
	}
}

/* Of constructs of one name that differ all are shown, in the order of the image. */
static void put_body(struct term_construct *tc)
{
	static const char *const titles[] = { [SHAPE_MEMBERS] = "Layout", [SHAPE_VALUES] = "Values" };
	struct term *t = &tc->t;
	struct layout_options o = { .indent = 2, .width = t->width, .color = t->color };
	const struct construct *c;
	uint32_t image = 0, n;
	enum shape shape;

	c = shown_construct(tc, &image);
	if (!c)
		return;
	o.cacheline = layout_cacheline(t->view->images->images.v[image].info.arch);
	shape = term_shape(t->s, c);
	if (shape == SHAPE_MEMBERS || shape == SHAPE_VALUES)
		put_place_title(t, titles[shape], image);
	n = shape == SHAPE_RECORD ? 1 : construct_nvariants(t->s, (uint32_t)(c - t->s->constructs.v));
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_char(t->out, '\n');
		if (n > 1 && shape != SHAPE_LINE && has_modules(t->s, c->kind, (uint32_t)(c - t->s->constructs.v)))
			buf_printf(t->out, "  /* of %s */\n", c[i].owner ? surface_text(t->s, c[i].owner) : "vmlinux");
		put_shape(t, c + i, image, &o);
	}
}

/* ---- prototypes ---- */

/*
 * What a BPF program gets of a tracepoint: its prototype without the first parameter, the tracer's own data
 * (void *__data).
 */
static uint32_t proto_of_program(const struct surface *s, uint32_t proto)
{
	struct type n = *type_at(s->types, proto);
	struct type_param *params;
	uint32_t ret;

	if (!n.count)
		return proto;
	n.count--;
	params = base_alloc((n.count ? n.count : 1) * sizeof(*params));
	memcpy(params, s->types->params.v + n.params + 1, n.count * sizeof(*params));
	ret = type_intern(s->types, &n, params);
	free(params);
	return ret;
}

static bool has_proto(const struct surface *s, const struct construct *c)
{
	return (c->kind == KIND_LSM || c->kind == KIND_KFUNC || c->kind == KIND_TRACEPOINT) &&
	       type_at(s->types, c->type)->kind == TYPE_FUNC_PROTO;
}

static void put_attach(struct term *t, const char *title, const char *section, const char *name)
{
	PUT(t->out, "  ");
	text_style(t->out, t->color, TEXT_DIM, title);
	buf_printf(t->out, "  SEC(\"%s/%s\")\n", section, name);
}

static void put_attaching(struct term_construct *tc)
{
	struct term *t = &tc->t;
	const struct construct *c;
	uint32_t image = 0;

	c = shown_construct(tc, &image);
	if (!c || (c->kind != KIND_LSM && c->kind != KIND_TRACEPOINT))
		return;
	term_put_title(t, "Attach");
	if (c->kind == KIND_LSM) {
		put_attach(t, "BTF", "lsm", t->name);
		return;
	}
	/* The events of one syscall are made from sys_enter and sys_exit: only the event itself can be had. */
	if (!(c->flags & CONSTRUCT_NO_RECORD)) {
		put_attach(t, "BTF", "tp_btf", t->name);
		put_attach(t, "raw", "raw_tp", t->name);
	}
	if (!c->system)
		return;
	t->more.n = 0;
	buf_printf(&t->more, "tp/%s", surface_text(t->s, c->system));
	put_attach(t, "tp ", buf_z(&t->more), t->name);
}

static void put_protos(struct term_construct *tc)
{
	struct term *t = &tc->t;
	struct buf decl = { 0 };
	const struct construct *c;
	uint32_t image;

	c = shown_construct(tc, &image);
	if (c && c->flags & CONSTRUCT_NO_RECORD)
		return;
	if (tc->q->kind == KIND_LSM)
		PUT(&decl, "security_");
	buf_puts(&decl, t->name);
	t->decl = buf_z(&decl);
	if (tc->q->kind == KIND_TRACEPOINT)
		term_put_prototypes(t, "Arguments of tp_btf and raw_tp programs",
				    "Arguments of tp_btf and raw_tp programs");
	else
		term_put_prototypes(t, "Prototype", "Prototypes");
	t->decl = t->name;
	buf_done(&decl);
}

/* ---- the whole ---- */

static void set_cells(struct term_construct *tc)
{
	struct term *t = &tc->t;

	for (size_t i = 0; i < t->cells.n; i++) {
		struct cell *cell = &t->cells.v[i];
		const struct construct *c = query_construct_in(tc->q, cell->image);

		cell->present = c;
		cell->absence = c ? ABSENT : query_construct_absence(tc->q, cell->image);
		if (c && has_proto(t->s, c))
			cell->proto = c->kind == KIND_TRACEPOINT ? proto_of_program(t->s, c->type) : c->type;
	}
}

void term_construct(struct buf *out, const struct query_construct *q, const struct report_options *o)
{
	static const char *const words[KIND_NKINDS] = {
		[KIND_LSM] = "LSM hook", [KIND_CONFIG] = "config option", [KIND_FEATURE] = "BPF feature"
	};
	struct term_construct tc = { .q = q };
	const char *name = *q->name ? q->name : "unnamed enums";

	term_init(&tc.t, out, q->view, name, &q->facts, o);
	set_cells(&tc);
	term_put_heading(&tc.t, words[q->kind] ? words[q->kind] : kind_words[q->kind].word);
	put_statuses(&tc);
	if (q->kind == KIND_FEATURE || q->kind == KIND_KFUNC || q->kind == KIND_SYSCALL)
		put_since(&tc);
	if (q->kind == KIND_LSM || q->kind == KIND_KFUNC || q->kind == KIND_TRACEPOINT)
		put_protos(&tc);
	put_body(&tc);
	put_attaching(&tc);
	if (!tc.t.single)
		term_put_changes(&tc);
	term_put_doubts(&tc.t);
	term_done(&tc.t);
}
