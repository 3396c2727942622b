// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pages of all kinds but functions, in Markdown. Of the kinds that were recorded the page is theirs (oracle, rules
 * 6 to 10), in C that compiles where the style is the project's own; the others have the same shape. Never
 * shows offsets, sizes, numbers or variants: the other forms do.
 */
#include "report/markdown_int.h"

static const char *text_of(const struct md *m, uint32_t id)
{
	return strtab_text(m->s->str, id);
}

/* ---- bodies ---- */

/*
 * The members that a page lists. What an unnamed struct or union holds stands in its place. The recorded
 * pages do not open one that is const; there it is a member without a name.
 */
static bool is_listed(const struct md *m, const struct item *it, unsigned int *hidden)
{
	enum type_kind kind = type_at(m->s->types, it->type)->kind;

	if (it->role != ITEM_MEMBER || it->depth > *hidden)
		return false;
	*hidden = UINT32_MAX;
	if (!it->scope)
		return true;
	if (!it->name && (m->own || kind == TYPE_STRUCT || kind == TYPE_UNION))
		return false;
	*hidden = it->depth;
	return true;
}

static void put_member(const struct md *m, struct buf *out, const struct item *it, uint32_t unnamed)
{
	struct buf name = { 0 };

	if (it->name) {
		md_decl(m, out, it->type, text_of(m, it->name));
	} else if (m->own) {
		md_decl(m, out, it->type, "");
		if (it->bits)
			buf_printf(out, " : %u", it->bits);
	} else {
		ds_put_unnamed(&name, unnamed);
		md_decl(m, out, it->type, buf_z(&name));
	}
	buf_done(&name);
}

static void put_members(const struct md *m, struct buf *out, const struct construct *c)
{
	unsigned int hidden = UINT32_MAX;
	uint32_t unnamed = 0;

	PUT(out, " {\n");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &m->s->items.v[i];

		if (!is_listed(m, it, &hidden))
			continue;
		PUT(out, "    ");
		put_member(m, out, it, unnamed);
		unnamed += !it->name;
		PUT(out, ";\n");
	}
	buf_char(out, '}');
}

static void put_value(const struct md *m, struct buf *out, const struct construct *c, uint32_t item)
{
	const struct item *it = &m->s->items.v[item];

	put_str(out, m->s->str, it->name);
	PUT(out, " = ");
	put_enum_value(out, c, it);
}

static void put_values(const struct md *m, struct buf *out, const struct construct *c)
{
	PUT(out, " {\n");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		PUT(out, "    ");
		put_value(m, out, c, i);
		PUT(out, ",\n");
	}
	buf_char(out, '}');
}

/* "typedef int (*initcall_t)(void);", or the unnamed type that it stands for, with what that holds. */
static void put_typedef(const struct md *m, struct buf *out, const struct construct *c)
{
	const struct type *t = type_at(m->s->types, c->type);
	bool is_enum = t->kind == TYPE_ENUM || t->kind == TYPE_ENUM64;

	PUT(out, "typedef ");
	if (t->name || !(is_enum || t->kind == TYPE_STRUCT || t->kind == TYPE_UNION)) {
		md_decl(m, out, c->type, m->name);
		return;
	}
	buf_puts(out, is_enum ? "enum" : t->kind == TYPE_UNION ? "union" : "struct");
	if (is_enum)
		put_values(m, out, c);
	else
		put_members(m, out, c);
	buf_char(out, ' ');
	buf_puts(out, m->name);
}

static void put_option(const struct md *m, struct buf *out, const struct construct *c)
{
	if (!strcmp(text_of(m, c->text), "n"))
		buf_printf(out, "# %s is not set", m->name);
	else
		buf_printf(out, "%s=%s", m->name, text_of(m, c->text));
}

/* What the event's `format` file lists, where no record tells of it. */
static void put_fields(const struct md *m, struct buf *out, const struct construct *c)
{
	if (!c->nitems)
		return;
	PUT(out, "Format:\n\n```c\n");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &m->s->items.v[i];

		buf_printf(out, "%s %s;\n", text_of(m, it->text), text_of(m, it->name));
	}
	PUT(out, "```\n");
}

static void put_tracepoint(const struct md *m, struct buf *out, const struct construct *c)
{
	struct buf name = { 0 };

	if (!(c->flags & CONSTRUCT_NO_RECORD)) {
		PUT(out, "Event:\n\n```c\nstruct trace_event_raw_");
		put_str(out, m->s->str, c->class);
		put_members(m, out, c);
		PUT(out, ";\n```\n");
	}
	if (c->flags & CONSTRUCT_NO_RECORD)
		put_fields(m, out, c);
	if (type_at(m->s->types, c->type)->kind == TYPE_FUNC_PROTO) {
		buf_printf(&name, "trace_event_raw_event_%s", text_of(m, c->class));
		PUT(out, "Function:\n\n```c\n");
		md_proto(m, out, c->type, buf_z(&name));
		PUT(out, ";\n```\n");
	}
	buf_done(&name);
}

static void put_function(const struct md *m, struct buf *out, const struct construct *c)
{
	struct buf name = { 0 };

	if (type_at(m->s->types, c->type)->kind != TYPE_FUNC_PROTO)
		return;
	buf_printf(&name, "%s%s", c->kind == KIND_LSM ? "security_" : "", m->name);
	PUT(out, "```c\n");
	md_proto(m, out, c->type, buf_z(&name));
	PUT(out, ";\n```\n");
	buf_done(&name);
}

/* "**Flags:** KF_ACQUIRE, KF_RET_NULL (set1)" a line a set */
static void put_sets(const struct md *m, struct buf *out, const struct construct *c)
{
	size_t before;

	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &m->s->items.v[i];

		if (it->role != ITEM_SET)
			break;
		buf_puts(out, out->n ? "\n**Flags:** " : "**Flags:** ");
		buf_puts(out, it->text ? text_of(m, it->text) : "none");
		if (it->name) {
			PUT(out, " (");
			put_str(out, m->s->str, it->name);
			buf_char(out, ')');
		}
		buf_char(out, '\n');
	}
	before = out->n;
	put_programs(out, m->s, c, before ? "\n**Programs:** " : "**Programs:** ");
	if (out->n > before)
		buf_char(out, '\n');
}

static void put_block(const struct md *m, struct buf *out, const struct construct *c)
{
	buf_puts(out, c->kind == KIND_CONFIG ? "```\n" : "```c\n");
	switch (c->kind) {
	case KIND_STRUCT:
	case KIND_UNION:
		buf_puts(out, c->kind == KIND_UNION ? "union " : "struct ");
		buf_puts(out, m->name);
		put_members(m, out, c);
		buf_char(out, ';');
		break;
	case KIND_ENUM:
		PUT(out, "enum ");
		buf_puts(out, m->name);
		break;
	case KIND_TYPEDEF:
		put_typedef(m, out, c);
		buf_char(out, ';');
		break;
	case KIND_FEATURE:
		if (c->nitems)
			put_value(m, out, c, c->items);
		break;
	default:
		put_option(m, out, c);
	}
	PUT(out, "\n```\n");
}

static void put_body(const struct md *m, struct buf *out, const struct construct *c)
{
	switch (c->kind) {
	case KIND_TRACEPOINT:
		put_tracepoint(m, out, c);
		break;
	case KIND_SYSCALL:
		break; /* numbers are no part of a page */
	case KIND_KFUNC:
	case KIND_LSM:
		put_function(m, out, c);
		if (c->kind == KIND_KFUNC)
			put_sets(m, out, c);
		break;
	default:
		put_block(m, out, c);
	}
}

/* ---- status ---- */

static bool same_item(const struct item *a, const struct item *b)
{
	return a->name == b->name && a->type == b->type && a->depth == b->depth && a->scope == b->scope &&
	       a->role == b->role && a->text == b->text && a->bits == b->bits;
}

/* True when the two surely have the same body. */
static bool same_body(const struct surface *s, const struct construct *a, const struct construct *b)
{
	bool members = a->kind != KIND_ENUM && a->kind != KIND_TYPEDEF && a->kind != KIND_FEATURE;

	if (a->kind == KIND_ENUM)
		return true;
	if (a->nitems != b->nitems || a->type != b->type || a->class != b->class || a->text != b->text ||
	    a->flags != b->flags)
		return false;
	for (uint32_t i = 0; i < a->nitems; i++) {
		const struct item *x = &s->items.v[a->items + i], *y = &s->items.v[b->items + i];

		if (!same_item(x, y) || (!members && x->value != y->value))
			return false;
	}
	return true;
}

/* The dataset knows no tracepoint without a record. */
static const struct construct *construct_in(const struct md *m, uint32_t image)
{
	const struct construct *c = m->at[image] == SEQ_NONE ? NULL : &m->s->constructs.v[m->at[image]];

	return c && !m->own && (c->flags & CONSTRUCT_NO_RECORD) ? NULL : c;
}

static void put_status(struct md *m, const struct query_member *member)
{
	const struct construct *c = construct_in(m, member->image), *all = m->s->constructs.v;
	struct buf *check = &m->check;

	if (!c) {
		md_put_absence(m, member);
		return;
	}
	check->n = 0;
	PUT(check, MD_CHECK);
	if (m->own && has_modules(m->s, m->kind, m->at[member->image])) {
		PUT(check, " (");
		put_owners(check, m->s, m->kind, m->at[member->image]);
		buf_char(check, ')');
	}
	if (!m->body.n || !same_body(m->s, &all[m->body_of], c)) {
		m->body.n = 0;
		put_body(m, &m->body, c);
	}
	m->body_of = m->at[member->image];
	if (!m->body.n) {
		md_plain_status(m, member, buf_z(check));
		return;
	}
	md_open_status(m, member);
	buf_put(m->out, check->v, check->n);
	PUT(m->out, "</summary>\n\n");
	buf_put(m->out, m->body.v, m->body.n);
	md_close_status(m);
}

/* ---- changes ---- */

/* The number among the members without a name that the recorded pages give it. */
static uint32_t unnamed_before(const struct md *m, const struct construct *c, uint32_t item)
{
	unsigned int hidden = UINT32_MAX;
	uint32_t n = 0;

	for (uint32_t i = c->items; i < item; i++)
		n += is_listed(m, &m->s->items.v[i], &hidden) && !m->s->items.v[i].name;
	return n;
}

static void put_field(struct md *m, const struct construct *c, uint32_t item)
{
	const struct item *it = &m->s->items.v[item];
	struct buf text = { 0 };

	put_member(m, &text, it, it->name ? 0 : unnamed_before(m, c, item));
	md_code(m, text.v, text.n);
	buf_done(&text);
}

/* The recorded pages' numbers are signed. */
static void put_number(struct md *m, const struct query_member *member, const struct construct *c, uint32_t item)
{
	struct item it = m->s->items.v[item];
	struct construct as = *c;

	if (!m->own && m->view->images->images.v[member->image].info.source != IMAGE_FROM_DATASET) {
		it.value = enum_value_signed(c, it.value);
		as.flags &= ~(uint32_t)CONSTRUCT_UNSIGNED64;
	}
	put_enum_value(m->out, &as, &it);
}

static void put_values_change(struct md *m, const struct query_diff *d, const struct query_change *c,
			      const struct construct *old, const struct construct *new)
{
	bool added = c->kind == CHANGE_VALUE_ADDED;
	uint32_t first = added ? c->new_param : c->old_param;

	put_str(m->out, m->s->str, m->s->items.v[first].name);
	PUT(m->out, " = ");
	put_number(m, added ? d->new_member : d->old_member, added ? new : old, first);
	if (c->kind == CHANGE_VALUE) {
		PUT(m->out, " -> ");
		put_number(m, d->new_member, new, c->new_param);
	}
}

static void put_target(struct md *m, const struct construct *c)
{
	struct buf text = { 0 };

	md_decl(m, &text, c->type, "");
	md_code(m, text.v, text.n);
	buf_done(&text);
}

static void put_flags(struct md *m, const struct construct *c)
{
	struct buf text = { 0 };

	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &m->s->items.v[i];

		if (it->role != ITEM_SET)
			break;
		buf_puts(&text, i > c->items ? "; " : "");
		put_str(&text, m->s->str, it->name);
		PUT(&text, ": ");
		buf_puts(&text, it->text ? text_of(m, it->text) : "none");
	}
	put_programs(&text, m->s, c, "; for ");
	md_code(m, text.v, text.n);
	buf_done(&text);
}

static void put_change(struct md *m, const struct query_diff *d, const struct query_change *c)
{
	const struct construct *old = &m->s->constructs.v[d->old_func], *new = &m->s->constructs.v[d->new_func];
	struct buf *out = m->out;

	switch (c->kind) {
	case CHANGE_EVENT:
	case CHANGE_TRACE_FUNC:
		return;
	case CHANGE_FIELD_ADDED:
		put_field(m, new, c->new_param);
		break;
	case CHANGE_FIELD_REMOVED:
		put_field(m, old, c->old_param);
		break;
	case CHANGE_FIELD_TYPE:
		put_field(m, old, c->old_param);
		PUT(out, " " MD_ARROW " ");
		put_field(m, new, c->new_param);
		break;
	case CHANGE_VALUE_ADDED:
	case CHANGE_VALUE_REMOVED:
	case CHANGE_VALUE:
		put_values_change(m, d, c, old, new);
		break;
	case CHANGE_TARGET:
		put_target(m, old);
		PUT(out, " " MD_ARROW " ");
		put_target(m, new);
		break;
	case CHANGE_FLAGS:
		put_flags(m, old);
		PUT(out, " " MD_ARROW " ");
		put_flags(m, new);
		break;
	case CHANGE_CONFIG:
		md_code(m, text_of(m, old->text), strtab_len(m->s->str, old->text));
		PUT(out, " " MD_ARROW " ");
		md_code(m, text_of(m, new->text), strtab_len(m->s->str, new->text));
		break;
	default:
		md_change(m, c, old->type, new->type);
		return;
	}
	buf_char(out, '\n');
}

/* ---- the page ---- */

static bool in_group(const struct md *m, const struct query_group *g)
{
	if (g->kind != GROUP_REGULAR && construct_in(m, g->base.image))
		return true;
	for (size_t i = 0; i < g->members.n; i++)
		if (construct_in(m, g->members.v[i].image))
			return true;
	return false;
}

/* The pairs that the style knows both sides of. */
static void keep_known(struct md *m, const struct query_construct *q, int k, struct query_diff *kept,
		       struct md_diffs *diffs)
{
	diffs->v[k] = kept;
	for (size_t i = 0; i < q->diffs[k].n; i++) {
		const struct query_diff *d = &q->diffs[k].v[i];

		if (construct_in(m, d->old_member->image) && construct_in(m, d->new_member->image))
			kept[diffs->n[k]++] = *d;
	}
}

void md_construct(struct buf *out, const struct query_construct *q, enum report_style style)
{
	static const struct md_writer writer = { put_status, put_change };
	struct md_diffs diffs = { .changes = q->changes.v };
	struct query_diff *kept[GROUP_NKINDS];
	struct md m = {
		.out = out,
		.kind = q->kind,
		.name = q->name,
		.view = q->view,
		.s = &q->facts,
		.at = q->at.v,
		.q = q,
		.own = style == STYLE_KSURF,
	};

	for (int k = 0; k < GROUP_NKINDS; k++) {
		kept[k] = base_calloc(q->diffs[k].n, sizeof(*kept[k]));
		keep_known(&m, q, k, kept[k], &diffs);
		/* Recorded pages compare no syscalls. */
		diffs.shown[k] = q->has_diff_group[k] && in_group(&m, &q->view->groups[k]) &&
				 q->kind != KIND_SYSCALL;
	}
	md_page(&m, &writer, &diffs);
	buf_done(&m.check);
	for (int k = 0; k < GROUP_NKINDS; k++)
		free(kept[k]);
}
