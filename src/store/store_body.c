// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A construct's items as text and back, and the names of the fields that they make. The text is a JSON
 * array of arrays of whole numbers, so that SQL can ask for a field (json_each), yet a body is one row:
 * 100,000 items as rows would take longer to write than all the rest of an image.
 * docs/formats/store.md gives the layout. Never touches the database.
 *
 * An item is [name, value, type, size, depth, scope, owner, bits, role, text, signed], without the zeros at
 * its end: a member of a struct is mostly four numbers, an enumerator two. `role` counts from the role that
 * is usual for the kind. `owner` is for SQL: the number of the nearest scope with a name, counted from 1; it
 * follows from the items before.
 */
#include "store/store_int.h"

#define ITEM_NUMBERS 11

/* ---- numbers as text ---- */

void json_put(struct buf *out, int64_t v)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[24], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	buf_put(out, p, (size_t)(digits + sizeof(digits) - p));
}

bool json_is(struct cur *c, uint8_t want)
{
	return cur_u8(c) == want ? true : cur_fail(c);
}

/* A whole number of 64 bits, as put_number writes it; anything else is a bad read. */
int64_t json_get(struct cur *c)
{
	bool negative = c->p < c->end && *c->p == '-';
	uint64_t v = 0, max = (uint64_t)INT64_MAX + negative;
	const uint8_t *first;

	c->p += negative;
	for (first = c->p; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		unsigned int digit = *c->p - '0';

		if (v > (max - digit) / 10) {
			cur_fail(c);
			return 0;
		}
		v = v * 10 + digit;
	}
	if (c->p == first)
		cur_fail(c);
	return (int64_t)(negative ? 0 - v : v);
}

/* ---- items ---- */

static int64_t usual_role(enum kind kind)
{
	switch (kind) {
	case KIND_ENUM:
	case KIND_FEATURE:
		return ITEM_ENUMERATOR;
	case KIND_SYSCALL:
		return ITEM_ENTRY;
	case KIND_KFUNC:
		return ITEM_SET;
	default:
		return ITEM_MEMBER;
	}
}

bool body_is_field(const struct body_item *it)
{
	return it->role == ITEM_MEMBER || it->role == ITEM_ENUMERATOR;
}

/* The owner of the next item, which becomes open when it is a scope. */
static uint32_t next_owner(struct body_scopes *o, const struct body_item *it)
{
	uint32_t owner;

	o->number++;
	if (!body_is_field(it))
		return 0;
	while (o->nopen && o->open[o->nopen - 1].depth >= it->depth)
		o->nopen--;
	owner = o->nopen ? o->open[o->nopen - 1].owner : 0;
	if (it->scope && o->nopen < BODY_SCOPES_MAX) {
		o->open[o->nopen].depth = it->depth;
		o->open[o->nopen++].owner = it->name ? o->number : owner;
	}
	return owner;
}

void body_put_item(struct buf *out, enum kind kind, struct body_scopes *scopes, struct body_item *it)
{
	int64_t v[ITEM_NUMBERS] = {
		it->name,  it->value,
		it->type,  it->size,
		it->depth, it->scope,
		0,	   it->bits,
		it->role - usual_role(kind), it->text,
		it->is_signed,
	};
	int n = ITEM_NUMBERS;

	v[6] = it->owner = next_owner(scopes, it);
	while (n > 1 && !v[n - 1])
		n--;
	if (out->v[out->n - 1] == ']')
		buf_char(out, ',');
	buf_char(out, '[');
	for (int i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		json_put(out, v[i]);
	}
	buf_char(out, ']');
}

static bool in_range(int64_t v, int64_t max)
{
	return v >= 0 && v <= max;
}

static bool get_item(struct cur *c, enum kind kind, struct body_scopes *scopes, struct body_item *it)
{
	int64_t v[ITEM_NUMBERS] = { 0 };
	int n = 0;

	json_is(c, '[');
	do {
		v[n++] = json_get(c);
	} while (!c->bad && n < ITEM_NUMBERS && c->p < c->end && *c->p == ',' && c->p++);
	json_is(c, ']');
	v[8] += usual_role(kind);
	if (c->bad || !in_range(v[0], STORE_IDS_MAX) || !in_range(v[2], STORE_IDS_MAX) ||
	    !in_range(v[3], UINT32_MAX) || !in_range(v[4], UINT8_MAX) || !in_range(v[5], SCOPE_UNION) ||
	    !in_range(v[7], UINT16_MAX) || !in_range(v[8], ITEM_PROGRAM) || !in_range(v[9], STORE_IDS_MAX) ||
	    !in_range(v[10], 1))
		return false;
	*it = (struct body_item){
		.name = (uint32_t)v[0],
		.value = v[1],
		.type = (uint32_t)v[2],
		.size = (uint32_t)v[3],
		.depth = (uint8_t)v[4],
		.scope = (uint8_t)v[5],
		.bits = (uint16_t)v[7],
		.role = (uint8_t)v[8],
		.text = (uint32_t)v[9],
		.is_signed = (bool)v[10],
	};
	it->owner = next_owner(scopes, it);
	return v[6] == it->owner;
}

bool body_get_items(const void *text, size_t size, enum kind kind, struct body_items *ret)
{
	struct cur c = cur_init(text, size, false);
	struct body_scopes scopes = { 0 };

	ret->n = 0;
	if (!size)
		return true;
	json_is(&c, '[');
	for (;;) {
		struct body_item it;

		if (!get_item(&c, kind, &scopes, &it))
			return false;
		VEC_PUSH(ret, it);
		if (!cur_left(&c) || *c.p != ',')
			break;
		c.p++;
	}
	return json_is(&c, ']') && !cur_left(&c);
}

/* ---- the body itself ---- */

void body_put_key(struct buf *out, const struct body *b)
{
	const uint32_t head[] = { b->kind, b->name,   b->size, b->flags, b->type,
				  b->class, b->system, b->text, b->nitems };

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		buf_uleb(out, head[i]);
	buf_put(out, b->items, b->items_size);
}

bool body_has_fields(enum kind kind)
{
	return kind == KIND_STRUCT || kind == KIND_UNION || kind == KIND_ENUM || kind == KIND_TYPEDEF;
}

/* ---- variants ---- */

void variants_put(struct buf *out, struct variant v)
{
	if (out->n)
		out->v[out->n - 1] = ',';
	else
		buf_char(out, '[');
	buf_char(out, '[');
	json_put(out, v.body);
	buf_char(out, ',');
	json_put(out, v.seq);
	if (v.owner) {
		buf_char(out, ',');
		json_put(out, v.owner);
	}
	buf_put(out, "]]", 2);
}

bool variants_get(struct cur *c, struct variant *ret)
{
	int64_t body, seq, owner = 0;

	if (!cur_left(c))
		return false;
	json_is(c, c->p == c->start ? '[' : ',');
	json_is(c, '[');
	body = json_get(c);
	json_is(c, ',');
	seq = json_get(c);
	if (cur_left(c) && *c->p == ',' && c->p++)
		owner = json_get(c);
	json_is(c, ']');
	if (cur_left(c) == 1)
		json_is(c, ']');
	if (c->bad || !in_range(body, STORE_IDS_MAX) || !in_range(seq, UINT32_MAX) ||
	    !in_range(owner, STORE_IDS_MAX))
		return cur_fail(c);
	*ret = (struct variant){ (uint32_t)body, (uint32_t)seq, (uint32_t)owner };
	return true;
}

/* ---- prototypes ---- */

void params_put(struct buf *out, const uint32_t *ids, size_t n)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		json_put(out, ids[i]);
	}
	buf_char(out, ']');
}

bool params_get(const void *text, size_t size, struct ids *ret)
{
	struct cur c = cur_init(text, size, false);

	ret->n = 0;
	json_is(&c, '[');
	do {
		int64_t id = json_get(&c);

		if (c.bad || !in_range(id, STORE_IDS_MAX))
			return false;
		VEC_PUSH(ret, (uint32_t)id);
	} while (cur_left(&c) && *c.p == ',' && c.p++);
	/* The return type, then a name and a type for each parameter. */
	return json_is(&c, ']') && !cur_left(&c) && ret->n % 2;
}

/* ---- fields ---- */

void body_fields_init(struct body_fields *f, const struct body_items *items)
{
	*f = (struct body_fields){ .items = items };
}

/* The names of the scopes that own an item, and its own. */
static void set_path(struct body_fields *f, const struct body_item *it)
{
	const struct body_item *items = f->items->v;
	uint32_t at;

	f->n = 1;
	for (uint32_t o = it->owner; o && f->n < BODY_PATH_MAX; o = items[o - 1].owner)
		f->n++;
	at = f->n - 1;
	f->path[at] = it->name;
	for (uint32_t o = it->owner; at; o = items[o - 1].owner)
		f->path[--at] = items[o - 1].name;
}

bool body_fields_next(struct body_fields *f)
{
	while (f->at < f->items->n) {
		const struct body_item *it = &f->items->v[f->at++];

		if (!it->name || !body_is_field(it))
			continue;
		set_path(f, it);
		return true;
	}
	return false;
}
