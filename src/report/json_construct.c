// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * JSON of all kinds but functions: every variant of a construct in every image, with all that is known of it
 * (docs/formats/report.md).
 */
#include "report/json_int.h"

static void put_text(struct buf *out, const char *key, const struct surface *s, uint32_t id)
{
	PUT(out, ", ");
	json_put_key(out, key);
	json_put_id(out, s, id);
}

/* ---- items ---- */

/* A member, a value, a place: what is listed under `key`, by role. */
static void put_list(struct buf *out, const char *key, const struct surface *s, const struct construct *c,
		     enum item_role role,
		     void (*put)(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item))
{
	size_t n = 0;

	json_put_key(out, key);
	buf_char(out, '[');
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		if (s->items.v[i].role != role)
			continue;
		json_put_comma(out, n++, ", ");
		put(out, s, c, i);
	}
	buf_char(out, ']');
}

static void put_name_or_null(struct buf *out, const struct surface *s, uint32_t id)
{
	json_put_key(out, "name");
	if (id)
		json_put_id(out, s, id);
	else
		PUT(out, "null");
}

static void put_declaration(struct buf *out, const struct surface *s, uint32_t type, const char *name)
{
	struct buf text = { 0 };

	type_print_c(&text, s->types, s->str, type, name);
	json_put_key(out, "declaration");
	buf_json(out, text.v, text.n);
	buf_done(&text);
}

static void put_member(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	static const char *const scopes[] = { [SCOPE_STRUCT] = "struct", [SCOPE_UNION] = "union" };
	const struct item *it = &s->items.v[item];

	(void)c;
	PUT(out, "{");
	put_name_or_null(out, s, it->name);
	PUT(out, ", ");
	put_declaration(out, s, it->type, strtab_text(s->str, it->name));
	PUT(out, ", ");
	json_put_number(out, "offset_bits", (uint64_t)it->value);
	PUT(out, ", ");
	json_put_number(out, "size", it->size);
	if (it->bits) {
		PUT(out, ", ");
		json_put_number(out, "bitfield_bits", it->bits);
	}
	if (it->depth) {
		PUT(out, ", ");
		json_put_number(out, "depth", it->depth);
	}
	if (it->scope) {
		PUT(out, ", ");
		json_put_string(out, "scope", scopes[it->scope]);
	}
	PUT(out, "}");
}

static void put_value(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	const struct item *it = &s->items.v[item];

	PUT(out, "{");
	put_name_or_null(out, s, it->name);
	PUT(out, ", ");
	json_put_key(out, "value");
	put_enum_value(out, c, it);
	PUT(out, "}");
}

static void put_format_field(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	const struct item *it = &s->items.v[item];

	(void)c;
	PUT(out, "{");
	put_name_or_null(out, s, it->name);
	put_text(out, "type", s, it->text);
	PUT(out, ", ");
	json_put_number(out, "offset_bits", (uint64_t)it->value);
	PUT(out, ", ");
	json_put_number(out, "size", it->size);
	PUT(out, ", ");
	json_put_bool(out, "signed", it->is_signed);
	PUT(out, "}");
}

static void put_entry(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	const struct item *it = &s->items.v[item];

	(void)c;
	PUT(out, "{");
	json_put_key(out, "table");
	json_put_id(out, s, it->name);
	PUT(out, ", ");
	json_put_number(out, "number", (uint64_t)it->value);
	put_text(out, "function", s, it->text);
	PUT(out, "}");
}

static void put_set(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	const struct item *it = &s->items.v[item];

	(void)c;
	PUT(out, "{");
	json_put_key(out, "set");
	json_put_id(out, s, it->name);
	PUT(out, ", ");
	json_put_number(out, "flags", (uint64_t)it->value);
	put_text(out, "flag_names", s, it->text);
	PUT(out, "}");
}

static void put_name(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item)
{
	(void)c;
	json_put_id(out, s, s->items.v[item].name);
}

/* ---- constructs ---- */

static void put_size(struct buf *out, const struct construct *c)
{
	json_put_number(out, "size", c->size);
	PUT(out, ", ");
}

static void put_proto(struct buf *out, const struct surface *s, const struct construct *c, const char *prefix,
		      uint32_t name)
{
	struct buf text = { 0 };

	if (type_at(s->types, c->type)->kind == TYPE_FUNC_PROTO) {
		buf_puts(&text, prefix);
		put_str(&text, s->str, name);
		put_declaration(out, s, c->type, buf_z(&text));
	} else {
		json_put_key(out, "declaration");
		PUT(out, "null");
	}
	buf_done(&text);
}

static void put_typedef(struct buf *out, const struct surface *s, const struct construct *c)
{
	bool values = c->nitems && s->items.v[c->items].role == ITEM_ENUMERATOR;

	put_declaration(out, s, c->type, strtab_text(s->str, c->name));
	if (type_at(s->types, c->type)->name || !c->nitems)
		return;
	PUT(out, ", ");
	put_size(out, c);
	if (values)
		put_list(out, "values", s, c, ITEM_ENUMERATOR, put_value);
	else
		put_list(out, "members", s, c, ITEM_MEMBER, put_member);
}

static void put_tracepoint(struct buf *out, const struct surface *s, const struct construct *c)
{
	json_put_key(out, "class");
	json_put_id(out, s, c->class);
	put_text(out, "system", s, c->system);
	PUT(out, ", ");
	put_proto(out, s, c, "trace_event_raw_event_", c->class);
	PUT(out, ", ");
	json_put_bool(out, "record", !(c->flags & CONSTRUCT_NO_RECORD));
	PUT(out, ", ");
	put_size(out, c);
	put_list(out, "members", s, c, ITEM_MEMBER, put_member);
	PUT(out, ", ");
	put_list(out, "fields", s, c, ITEM_FORMAT, put_format_field);
	put_text(out, "format", s, c->text);
}

static void put_construct(struct buf *out, const struct surface *s, const struct construct *c)
{
	switch (c->kind) {
	case KIND_STRUCT:
	case KIND_UNION:
		put_size(out, c);
		put_list(out, "members", s, c, ITEM_MEMBER, put_member);
		break;
	case KIND_ENUM:
		put_size(out, c);
		put_list(out, "values", s, c, ITEM_ENUMERATOR, put_value);
		break;
	case KIND_TYPEDEF:
		put_typedef(out, s, c);
		break;
	case KIND_TRACEPOINT:
		put_tracepoint(out, s, c);
		break;
	case KIND_LSM:
		put_proto(out, s, c, "security_", c->name);
		break;
	case KIND_KFUNC:
		put_proto(out, s, c, "", c->name);
		PUT(out, ", ");
		put_list(out, "sets", s, c, ITEM_SET, put_set);
		PUT(out, ", ");
		put_list(out, "programs", s, c, ITEM_PROGRAM, put_name);
		break;
	case KIND_SYSCALL:
		put_list(out, "entries", s, c, ITEM_ENTRY, put_entry);
		break;
	case KIND_CONFIG:
		json_put_key(out, "value");
		json_put_id(out, s, c->text);
		break;
	default: /* a feature */
		json_put_key(out, "enum");
		json_put_id(out, s, c->class);
		PUT(out, ", ");
		put_list(out, "values", s, c, ITEM_ENUMERATOR, put_value);
	}
}

static void put_image(struct buf *out, const void *ctx, size_t i)
{
	const struct query_construct *q = ctx;
	uint32_t first = q->at.v[i], n = first == SEQ_NONE ? 0 : construct_nvariants(&q->facts, first);

	PUT(out, "{");
	json_put_identity(out, &q->view->images->images.v[i].info);
	json_put_doubts(out, &q->view->images->images.v[i].info);
	PUT(out, ", ");
	if (n)
		json_put_string(out, "status", "present");
	else
		json_put_absence(out, query_construct_absence(q, i));
	if (n) {
		PUT(out, ", ");
		json_put_key(out, "variants");
		buf_char(out, '[');
	}
	for (uint32_t v = 0; v < n; v++) {
		buf_puts(out, v ? ",\n   {" : "{");
		put_construct(out, &q->facts, &q->facts.constructs.v[first + v]);
		if (q->facts.constructs.v[first + v].owner) {
			PUT(out, ", ");
			json_put_owners(out, "owners",
					surface_text(&q->facts, q->facts.constructs.v[first + v].owner));
		}
		PUT(out, "}");
	}
	buf_puts(out, n ? "]}" : "}");
}

/* ---- changes ---- */

typedef void put_item_fn(struct buf *out, const struct surface *s, const struct construct *c, uint32_t item);

/* "old" and "new", as far as the change has them. */
static void put_items(struct buf *out, const struct surface *s, const struct construct *old, uint32_t old_item,
		      const struct construct *new, uint32_t new_item, put_item_fn *put)
{
	if (old) {
		PUT(out, ", ");
		json_put_key(out, "old");
		put(out, s, old, old_item);
	}
	if (new) {
		PUT(out, ", ");
		json_put_key(out, "new");
		put(out, s, new, new_item);
	}
}

static void put_lists(struct buf *out, const struct surface *s, const struct construct *old,
		      const struct construct *new, enum item_role role, put_item_fn *put)
{
	PUT(out, ", ");
	put_list(out, "old", s, old, role, put);
	PUT(out, ", ");
	put_list(out, "new", s, new, role, put);
}

void json_put_construct_change(struct buf *out, const struct surface *s, const struct query_diff *d,
			       const struct query_change *c)
{
	const struct construct *old = &s->constructs.v[d->old_func], *new = &s->constructs.v[d->new_func];

	switch (c->kind) {
	case CHANGE_EVENT:
	case CHANGE_TRACE_FUNC:
		break;
	case CHANGE_FIELD_ADDED:
		put_items(out, s, NULL, 0, new, c->new_param, put_member);
		break;
	case CHANGE_FIELD_REMOVED:
		put_items(out, s, old, c->old_param, NULL, 0, put_member);
		break;
	case CHANGE_FIELD_TYPE:
	case CHANGE_FIELD_MOVED:
	case CHANGE_FIELD_RESIZED:
	case CHANGE_FIELD_BITFIELD:
		put_items(out, s, old, c->old_param, new, c->new_param, put_member);
		break;
	case CHANGE_VALUE_ADDED:
		put_items(out, s, NULL, 0, new, c->new_param, put_value);
		break;
	case CHANGE_VALUE_REMOVED:
		put_items(out, s, old, c->old_param, NULL, 0, put_value);
		break;
	case CHANGE_VALUE:
		put_items(out, s, old, c->old_param, new, c->new_param, put_value);
		break;
	case CHANGE_SIZE:
		PUT(out, ", ");
		json_put_number(out, "old", old->size);
		PUT(out, ", ");
		json_put_number(out, "new", new->size);
		break;
	case CHANGE_TARGET:
		PUT(out, ", ");
		json_put_type(out, "old", s, old->type);
		PUT(out, ", ");
		json_put_type(out, "new", s, new->type);
		break;
	case CHANGE_FORMAT:
	case CHANGE_CONFIG:
		put_text(out, "old", s, old->text);
		put_text(out, "new", s, new->text);
		break;
	case CHANGE_FLAGS:
		put_lists(out, s, old, new, ITEM_SET, put_set);
		break;
	case CHANGE_NUMBER:
		put_lists(out, s, old, new, ITEM_ENTRY, put_entry);
		break;
	default:
		json_put_proto_change(out, s, c, old->type, new->type);
	}
}

static void put_change(struct buf *out, const struct json_report *r, const struct query_diff *d,
		       const struct query_change *c)
{
	json_put_construct_change(out, r->s, d, c);
}

void json_construct(struct buf *out, const struct query_construct *q)
{
	json_put_construct_report(out, q, (struct json_report){ .image = put_image, .change = put_change });
}
