// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One change between two images in one line, as `diff` writes it for terminals and in Markdown. Knows what
 * a change is from the tree alone.
 */
#include "report/report_int.h"

#include <ctype.h>

/* The prototype of a function, or the one that a construct holds. */
static uint32_t proto_of(const struct query_pair *p, enum kind kind, uint32_t at)
{
	return kind == KIND_FUNC ? p->facts.funcs.v[at].proto : p->facts.constructs.v[at].type;
}

static void put_param(struct buf *out, const struct surface *s, uint32_t proto, uint32_t at)
{
	const struct type *n = type_at(s->types, proto);
	const struct type_param *param = &s->types->params.v[n->params + at];

	if (at + 1 == n->count && type_param_is_dots(param))
		PUT(out, "...");
	else
		type_print_c(out, s->types, s->str, param->type, strtab_text(s->str, param->name));
}

static void put_names(struct buf *out, const struct surface *s, uint32_t proto)
{
	const struct type *n = type_at(s->types, proto);

	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t name = s->types->params.v[n->params + i].name;

		buf_puts(out, i ? ", " : "");
		if (name)
			put_str(out, s->str, name);
		else
			buf_char(out, '-');
	}
}

static void put_decl(struct buf *out, const struct surface *s, uint32_t item)
{
	const struct item *it = &s->items.v[item];

	type_print_c(out, s->types, s->str, it->type, strtab_text(s->str, it->name));
	if (it->bits) {
		PUT(out, " : ");
		buf_dec(out, it->bits);
	}
}

/* An offset of bits in bytes: 16, or 16:3 */
static void put_offset(struct buf *out, int64_t bits)
{
	buf_dec(out, (uint64_t)bits / 8);
	if (bits % 8) {
		buf_char(out, ':');
		buf_dec(out, (uint64_t)bits % 8);
	}
}

static void put_bits(struct buf *out, uint16_t bits)
{
	if (!bits)
		PUT(out, "no bitfield");
	else
		buf_printf(out, "%u bit%s", bits, bits == 1 ? "" : "s");
}

static void put_value_line(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	put_str(out, s->str, s->items.v[item].name);
	PUT(out, " = ");
	put_enum_value(out, c, &s->items.v[item]);
}

void put_programs(struct buf *out, const struct surface *s, const struct construct *c, const char *before)
{
	static const char prefix[] = "BPF_PROG_TYPE_";

	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const char *name = surface_text(s, s->items.v[i].name);

		if (s->items.v[i].role != ITEM_PROGRAM)
			continue;
		buf_puts(out, before);
		before = ", ";
		if (!strncmp(name, prefix, sizeof(prefix) - 1))
			name += sizeof(prefix) - 1;
		for (name = strcmp(name, "UNSPEC") ? name : "all"; *name; name++)
			buf_char(out, (char)tolower((unsigned char)*name));
	}
}

/* "SET KF_ACQUIRE|KF_RET_NULL, ..." of a kfunc, "native 42, compat 5" of a syscall; datasets name no table. */
static void put_places(struct buf *out, const struct surface *s, const struct construct *c)
{
	for (uint32_t i = 0; i < c->nitems; i++) {
		const struct item *it = &s->items.v[c->items + i];

		if (it->role == ITEM_PROGRAM)
			break;
		buf_puts(out, i ? ", " : "");
		put_str(out, s->str, it->name);
		buf_puts(out, it->name ? " " : "");
		if (it->role == ITEM_ENTRY)
			buf_dec(out, (uint64_t)it->value);
		else if (it->text)
			put_str(out, s->str, it->text);
		else
			buf_printf(out, "0x%llx", (unsigned long long)it->value);
	}
	if (!c->nitems)
		PUT(out, "none");
	put_programs(out, s, c, " for ");
}

static void put_type(struct buf *out, const struct surface *s, uint32_t type)
{
	type_print_c(out, s->types, s->str, type, "");
}

#define ARROW " -> "

/* The status of a function. */
static void put_status_text(struct buf *out, const struct surface *s, const struct func *old,
			    const struct func *new, const struct query_change *ch)
{
	if (ch->kind == CHANGE_INLINE) {
		buf_printf(out, "inline %s -> %s", inline_type_text[old->inline_type],
			   inline_type_text[new->inline_type]);
	} else if (ch->kind == CHANGE_COLLISION) {
		buf_printf(out, "%s -> %s", collision_type_text[old->collision],
			   collision_type_text[new->collision]);
	} else {
		uint32_t symbol = ch->new_param == SEQ_NONE ? ch->old_param : ch->new_param;

		PUT(out, "symbol ");
		put_str(out, s->str, s->symbols.v[symbol].name);
	}
}

static const struct item *item_or_null(const struct surface *s, uint32_t i)
{
	return i < s->items.n ? &s->items.v[i] : NULL;
}

static const struct construct *construct_or_null(const struct surface *s, enum kind kind, uint32_t i)
{
	return kind != KIND_FUNC && i < s->constructs.n ? &s->constructs.v[i] : NULL;
}

static void put_proto_text(struct buf *out, const struct surface *s, uint32_t old, uint32_t new,
			   const struct query_change *ch)
{
	switch (ch->kind) {
	case CHANGE_PARAM_ADDED:
		put_param(out, s, new, ch->new_param);
		break;
	case CHANGE_PARAM_REMOVED:
		put_param(out, s, old, ch->old_param);
		break;
	case CHANGE_PARAM_REORDERED:
		PUT(out, "order ");
		put_names(out, s, old);
		PUT(out, ARROW);
		put_names(out, s, new);
		buf_puts(out, ch->shifted_only ? " (only shifted)" : "");
		break;
	case CHANGE_PARAM_TYPE:
		put_param(out, s, old, ch->old_param);
		PUT(out, ARROW);
		put_param(out, s, new, ch->new_param);
		break;
	case CHANGE_RETURN_TYPE:
		PUT(out, "returns ");
		put_type(out, s, type_at(s->types, old)->ref);
		PUT(out, ARROW);
		put_type(out, s, type_at(s->types, new)->ref);
		break;
	default:
		break;
	}
}

/* "built in", "module nf_nat", "built in, and modules nf_nat, nf_tables" of "vmlinux,nf_nat,nf_tables" */
static void put_owner_words(struct buf *out, const char *owners)
{
	bool kernel = !strncmp(owners, "vmlinux", 7) && (!owners[7] || owners[7] == ',');

	if (kernel) {
		PUT(out, "built in");
		owners += owners[7] ? 8 : 7;
	}
	if (!*owners)
		return;
	buf_puts(out, kernel ? ", and " : "");
	buf_puts(out, strchr(owners, ',') ? "modules " : "module ");
	for (; *owners; owners++) {
		buf_char(out, *owners);
		if (*owners == ',')
			buf_char(out, ' ');
	}
}

void put_owner_change(struct buf *out, const struct surface *s, const struct query_change *ch)
{
	put_owner_words(out, surface_text(s, ch->old_param));
	PUT(out, ARROW);
	put_owner_words(out, surface_text(s, ch->new_param));
}

/* decoder switch: one line a kind of change, without its sign */
void put_change_text(struct buf *out, const struct query_pair *p, enum kind kind, const struct query_delta *d,
		     const struct query_change *ch)
{
	const struct surface *s = &p->facts;
	const struct construct *a = construct_or_null(s, kind, d->old), *b = construct_or_null(s, kind, d->new);
	const struct item *x = item_or_null(s, ch->old_param), *y = item_or_null(s, ch->new_param);

	switch (ch->kind) {
	case CHANGE_PARAM_ADDED:
	case CHANGE_PARAM_REMOVED:
	case CHANGE_PARAM_REORDERED:
	case CHANGE_PARAM_TYPE:
	case CHANGE_RETURN_TYPE:
		put_proto_text(out, s, proto_of(p, kind, d->old), proto_of(p, kind, d->new), ch);
		break;
	case CHANGE_FIELD_ADDED:
		put_decl(out, s, ch->new_param);
		break;
	case CHANGE_FIELD_REMOVED:
		put_decl(out, s, ch->old_param);
		break;
	case CHANGE_FIELD_TYPE:
		put_decl(out, s, ch->old_param);
		PUT(out, ARROW);
		put_decl(out, s, ch->new_param);
		break;
	case CHANGE_SIZE:
		buf_printf(out, "size %u -> %u", a->size, b->size);
		break;
	case CHANGE_FIELD_MOVED:
		put_str(out, s->str, x->name);
		PUT(out, " at ");
		put_offset(out, x->value);
		PUT(out, ARROW);
		put_offset(out, y->value);
		break;
	case CHANGE_FIELD_RESIZED:
		put_str(out, s->str, x->name);
		buf_printf(out, " size %u -> %u", x->size, y->size);
		break;
	case CHANGE_FIELD_BITFIELD:
		put_str(out, s->str, x->name);
		buf_char(out, ' ');
		put_bits(out, x->bits);
		PUT(out, ARROW);
		put_bits(out, y->bits);
		break;
	case CHANGE_VALUE_ADDED:
		put_value_line(out, s, b, ch->new_param);
		break;
	case CHANGE_VALUE_REMOVED:
		put_value_line(out, s, a, ch->old_param);
		break;
	case CHANGE_VALUE:
		put_value_line(out, s, a, ch->old_param);
		PUT(out, ARROW);
		put_enum_value(out, b, y);
		break;
	case CHANGE_TARGET:
		put_type(out, s, a->type);
		PUT(out, ARROW);
		put_type(out, s, b->type);
		break;
	case CHANGE_EVENT:
		PUT(out, "record:");
		break;
	case CHANGE_TRACE_FUNC:
		PUT(out, "function:");
		break;
	case CHANGE_FORMAT:
		PUT(out, "print format");
		break;
	case CHANGE_FLAGS:
	case CHANGE_NUMBER:
		put_places(out, s, a);
		PUT(out, ARROW);
		put_places(out, s, b);
		break;
	case CHANGE_CONFIG:
		put_str(out, s->str, a->text);
		PUT(out, ARROW);
		put_str(out, s->str, b->text);
		break;
	case CHANGE_INLINE:
	case CHANGE_COLLISION:
	case CHANGE_TRANSFORMATION:
		put_status_text(out, s, &s->funcs.v[d->old], &s->funcs.v[d->new], ch);
		break;
	case CHANGE_OWNER:
		put_owner_change(out, s, ch);
		break;
	case CHANGE_NKINDS:
		break;
	}
}

bool change_is_detail(enum kind kind, const struct query_change *ch)
{
	return kind == KIND_TRACEPOINT && ch->kind != CHANGE_EVENT && ch->kind != CHANGE_TRACE_FUNC &&
	       ch->kind != CHANGE_FORMAT;
}

char change_sign(const struct query_change *ch)
{
	switch (ch->kind) {
	case CHANGE_PARAM_ADDED:
	case CHANGE_FIELD_ADDED:
	case CHANGE_VALUE_ADDED:
		return '+';
	case CHANGE_PARAM_REMOVED:
	case CHANGE_FIELD_REMOVED:
	case CHANGE_VALUE_REMOVED:
		return '-';
	case CHANGE_TRANSFORMATION:
		return ch->new_param == SEQ_NONE ? '-' : '+';
	default:
		return '~';
	}
}
