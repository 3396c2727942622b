// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines of types_struct, types_union, types_enum and tracepoints into constructs, and constructs into lines.
 * Never guesses: a line that would not come back as it was is refused.
 */
#include "dataset/dataset_int.h"

/* ---- reading ---- */

struct construct *reader_construct(struct reader *r, uint32_t name, bool once)
{
	uint32_t *at = map_at(&r->construct_of_name, name);
	enum kind kind = dataset_kind[r->file];

	if (*at == MAP_NONE) {
		*at = (uint32_t)r->s->constructs.n;
		VEC_PUSH(&r->s->constructs, ((struct construct){
						    .kind = kind,
						    .name = name,
						    .seq = r->seq++,
						    .items = (uint32_t)r->s->items.n,
					    }));
	} else if (once) {
		json_fail(&r->json, "a second %s named '%s'", kind_words[kind].word,
			  name ? surface_text(r->s, name) : DATASET_ANON);
		return NULL;
	}
	return &r->s->constructs.v[*at];
}

/* A number that comes back: a bitfield's width is not written where it is 0. */
static bool read_bits(struct reader *r, uint16_t *bits)
{
	uint32_t v;

	if (!reader_u32(r, "bitfield_size", UINT16_MAX + 1, &v))
		return false;
	*bits = (uint16_t)v;
	return v ? true : json_fail(&r->json, "a bitfield_size of 0");
}

static bool read_offset(struct reader *r, int64_t *offset)
{
	uint64_t v;

	if (!json_u64(&r->json, &v))
		return false;
	*offset = (int64_t)v;
	return v <= INT64_MAX ? true : json_fail(&r->json, "bits_offset is too large");
}

static bool read_member(struct reader *r)
{
	enum { NAME, OFFSET, BITS, TYPE };
	static const struct keys keys = { "a member", { "name", "bits_offset", "bitfield_size", "type" }, 4 };
	struct item it = { .role = ITEM_MEMBER };
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case NAME:
			ok = reader_name_or_anon(r, keys.what, &it.name);
			break;
		case OFFSET:
			ok = read_offset(r, &it.value);
			break;
		case BITS:
			ok = read_bits(r, &it.bits);
			break;
		case TYPE:
			ok = reader_tree(r, &it.type);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 1u << NAME | 1u << OFFSET | 1u << TYPE))
		return false;
	VEC_PUSH(&r->s->items, it);
	return true;
}

static bool read_value(struct reader *r)
{
	static const struct keys keys = { "a value", { "name", "val" }, 2 };
	struct item it = { .role = ITEM_ENUMERATOR };
	bool ok = true, below_zero = false;
	struct keyed k;
	uint64_t bits = 0;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		if (key)
			ok = json_i64(&r->json, &bits, &below_zero);
		else
			ok = reader_name(r, "name", &it.name);
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 3))
		return false;
	it.value = (int64_t)bits;
	r->below_zero |= below_zero;
	r->above_int64 |= !below_zero && bits > INT64_MAX;
	if (r->below_zero && r->above_int64)
		return json_fail(&r->json, "values below zero and beyond 63 bits in one enum");
	VEC_PUSH(&r->s->items, it);
	return true;
}

/* {"kind", "name", "size", "members" or "values"}; the items of *c are then the surface's last. */
static bool read_body(struct reader *r, enum kind kind, struct construct *c)
{
	enum { KIND, NAME, SIZE, ITEMS, OWNER };
	static const struct keys all_keys[] = {
		[KIND_STRUCT] = { "a struct", { "kind", "name", "size", "members", "owner" }, 5 },
		[KIND_UNION] = { "a union", { "kind", "name", "size", "members", "owner" }, 5 },
		[KIND_ENUM] = { "an enum", { "kind", "name", "size", "values", "owner" }, 5 },
	};
	static const enum type_kind types[] = {
		[KIND_STRUCT] = TYPE_STRUCT, [KIND_UNION] = TYPE_UNION, [KIND_ENUM] = TYPE_ENUM
	};
	const struct keys *keys = &all_keys[kind];
	unsigned int is = TYPE_VOID;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, keys))
		return false;
	c->items = (uint32_t)r->s->items.n;
	r->params.n = r->depth = r->nunnamed = 0;
	r->below_zero = r->above_int64 = false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case KIND:
			ok = reader_word(r, "kind", dataset_kind_text, TYPE_NKINDS, &is);
			if (ok && is != types[kind])
				ok = json_fail(&r->json, "%s where %s is expected", dataset_kind_text[is],
					       keys->what);
			break;
		case NAME:
			ok = reader_name(r, "name", &c->name);
			break;
		case SIZE:
			ok = reader_u32(r, "size", UINT32_MAX, &c->size);
			break;
		case ITEMS:
			ok = reader_list(r, keys->names[ITEMS], kind == KIND_ENUM ? read_value : read_member);
			break;
		case OWNER:
			ok = reader_owner(r, true, &c->owner);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 0xf))
		return false;
	c->nitems = (uint32_t)r->s->items.n - c->items;
	return true;
}

/* A line of types_struct, types_union or types_enum. The enum "(anon)" is the values of all unnamed ones. */
static bool read_type(struct reader *r)
{
	enum kind kind = dataset_kind[r->file];
	struct construct c = { 0 }, *to;

	if (!read_body(r, kind, &c))
		return false;
	if (kind == KIND_ENUM && !strcmp(surface_text(r->s, c.name), DATASET_ANON))
		c.name = 0;
	to = reader_construct(r, c.name, true);
	if (!to)
		return false;
	to->size = c.size;
	to->items = c.items;
	to->nitems = c.nitems;
	to->flags = r->above_int64 ? CONSTRUCT_UNSIGNED64 : 0;
	to->owner = c.owner;
	return true;
}

#define STRUCT_PREFIX "trace_event_raw_"
#define FUNC_PREFIX   "trace_event_raw_event_"

static bool is_prefixed(const struct surface *s, uint32_t name, const char *prefix, uint32_t rest)
{
	const char *text = surface_text(s, name);
	size_t n = strlen(prefix);

	return !strncmp(text, prefix, n) && !strcmp(text + n, surface_text(s, rest));
}

/* The names of the function and the record follow from the class, and are not kept. */
static bool check_tracepoint(struct reader *r, uint32_t class, const uint32_t funcs[2],
			     const uint32_t structs[2])
{
	const struct surface *s = r->s;

	for (int i = 0; i < 2; i++) {
		if (!is_prefixed(s, funcs[i], FUNC_PREFIX, class))
			return json_fail(&r->json, "the function '%s' of a tracepoint of class '%s'",
					 surface_text(s, funcs[i]), surface_text(s, class));
		if (!is_prefixed(s, structs[i], STRUCT_PREFIX, class))
			return json_fail(&r->json, "the struct '%s' of a tracepoint of class '%s'",
					 surface_text(s, structs[i]), surface_text(s, class));
	}
	return true;
}

static bool read_tracepoint(struct reader *r)
{
	enum { CLASS, EVENT, FUNC_NAME, STRUCT_NAME, FMT, FUNC, STRUCT, OWNER };
	static const struct keys keys = { "a tracepoint",
					  { "class_name", "event_name", "func_name", "struct_name", "fmt_str",
					    "func", "struct", "owner" },
					  8 };
	uint32_t class = 0, event = 0, fmt = 0, owner = 0, funcs[2] = { 0 }, structs[2] = { 0 }, proto = 0;
	struct construct c = { 0 }, *to;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case CLASS:
			ok = reader_name(r, "class_name", &class);
			break;
		case EVENT:
			ok = reader_name(r, "event_name", &event);
			break;
		case FUNC_NAME:
			ok = reader_text(r, &funcs[0]);
			break;
		case STRUCT_NAME:
			ok = reader_text(r, &structs[0]);
			break;
		case FMT:
			ok = reader_text(r, &fmt);
			break;
		case FUNC:
			ok = reader_prototype(r, &funcs[1], &proto);
			break;
		case STRUCT:
			ok = read_body(r, KIND_STRUCT, &c);
			structs[1] = c.name;
			if (ok && c.owner)
				ok = json_fail(&r->json, "an owner of a tracepoint's struct");
			break;
		case OWNER:
			ok = reader_owner(r, true, &owner);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 0x7f) ||
	    !check_tracepoint(r, class, funcs, structs))
		return false;
	to = reader_construct(r, event, true);
	if (!to)
		return false;
	to->owner = owner;
	to->class = class;
	to->text = fmt;
	to->type = proto;
	to->size = c.size;
	to->items = c.items;
	to->nitems = c.nitems;
	return true;
}

bool reader_construct_line(struct reader *r)
{
	return r->file == DATASET_TRACEPOINTS ? read_tracepoint(r) : read_type(r);
}

/* ---- writing ---- */

static void put_member(struct buf *out, const struct surface *s, const struct item *it, uint32_t *unnamed)
{
	char anon[32];

	buf_puts(out, "{\"name\": ");
	if (it->name) {
		dataset_put_text(out, s, it->name);
	} else {
		buf_char(out, '"');
		buf_put(out, anon, dataset_anon(anon, (*unnamed)++));
		buf_char(out, '"');
	}
	buf_puts(out, ", \"bits_offset\": ");
	buf_dec(out, (uint64_t)it->value);
	if (it->bits) {
		buf_puts(out, ", \"bitfield_size\": ");
		buf_dec(out, it->bits);
	}
	buf_puts(out, ", \"type\": ");
	dataset_put_tree(out, s, it->type);
	buf_char(out, '}');
}

/*
 * The flat members: what an unnamed struct or union holds stands in its place, what one with a name holds
 * stands nowhere. An unnamed one that is const (vm_fault) is written as a member without a name, which is how
 * the dataset has it. Members without a name are counted list by list, before lists were melted into one.
 */
static void put_members(struct buf *out, const struct surface *s, const struct construct *c)
{
	uint32_t unnamed[256] = { 0 };
	unsigned int hidden = UINT32_MAX; /* items deeper than this are in a scope that is not opened */
	bool first = true;

	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];
		enum type_kind kind = type_at(s->types, it->type)->kind;

		if (it->role != ITEM_MEMBER || it->depth > hidden)
			continue;
		hidden = UINT32_MAX;
		if (it->scope && !it->name && (kind == TYPE_STRUCT || kind == TYPE_UNION)) {
			unnamed[(it->depth + 1) & 0xff] = 0;
			continue;
		}
		if (it->scope)
			hidden = it->depth;
		buf_puts(out, first ? "" : ", ");
		put_member(out, s, it, &unnamed[it->depth]);
		first = false;
	}
}

/*
 * A kernel's values are written as the dataset has them: as signed numbers of the enum's size. What was
 * imported is written as it was.
 */
static void put_value(struct buf *out, const struct surface *s, const struct construct *c,
		      const struct item *it)
{
	int64_t v = it->value;
	bool is_unsigned = c->flags & CONSTRUCT_UNSIGNED64;

	if (s->info.source != IMAGE_FROM_DATASET) {
		v = enum_value_signed(c, v);
		is_unsigned = false;
	}
	buf_puts(out, "{\"name\": ");
	dataset_put_text(out, s, it->name);
	buf_puts(out, ", \"val\": ");
	if (v < 0 && !is_unsigned) {
		buf_char(out, '-');
		v = (int64_t)-(uint64_t)v;
	}
	buf_dec(out, (uint64_t)v);
	buf_char(out, '}');
}

static void put_values(struct buf *out, const struct surface *s, const struct construct *c)
{
	for (uint32_t i = 0; i < c->nitems; i++) {
		buf_puts(out, i ? ", " : "");
		put_value(out, s, c, &s->items.v[c->items + i]);
	}
}

static void put_body(struct buf *out, const struct surface *s, const struct construct *c, enum kind kind,
		     const char *prefix, uint32_t name)
{
	static const char *const words[] = { [KIND_STRUCT] = "STRUCT", [KIND_UNION] = "UNION", [KIND_ENUM] = "ENUM" };

	buf_puts(out, "{\"kind\": \"");
	buf_puts(out, words[kind]);
	buf_puts(out, "\", \"name\": \"");
	buf_puts(out, prefix);
	if (name) {
		size_t quote = out->n;

		dataset_put_text(out, s, name);
		memmove(out->v + quote, out->v + quote + 1, out->n - quote - 1);
		out->n--;
	} else {
		buf_puts(out, DATASET_ANON "\"");
	}
	buf_puts(out, ", \"size\": ");
	buf_dec(out, name || s->info.source == IMAGE_FROM_DATASET ? c->size : 4);
	buf_puts(out, kind == KIND_ENUM ? ", \"values\": [" : ", \"members\": [");
	if (kind == KIND_ENUM)
		put_values(out, s, c);
	else
		put_members(out, s, c);
	buf_char(out, ']');
	/* A tracepoint's own stands behind its record. */
	if (!*prefix)
		dataset_put_owner(out, s, c->owner);
	buf_char(out, '}');
}

static void put_prefixed(struct buf *out, const struct surface *s, const char *key, const char *prefix, uint32_t name)
{
	struct buf text = { 0 };

	buf_puts(&text, prefix);
	buf_put(&text, strtab_text(s->str, name), strtab_len(s->str, name));
	buf_puts(out, key);
	buf_json(out, buf_z(&text), text.n);
	buf_done(&text);
}

static void put_tracepoint(struct buf *out, const struct surface *s, const struct construct *c)
{
	buf_puts(out, "{\"class_name\": ");
	dataset_put_text(out, s, c->class);
	buf_puts(out, ", \"event_name\": ");
	dataset_put_text(out, s, c->name);
	put_prefixed(out, s, ", \"func_name\": ", FUNC_PREFIX, c->class);
	put_prefixed(out, s, ", \"struct_name\": ", STRUCT_PREFIX, c->class);
	buf_puts(out, ", \"fmt_str\": ");
	dataset_put_text(out, s, c->text);
	put_prefixed(out, s, ", \"func\": {\"kind\": \"FUNC\", \"name\": ", FUNC_PREFIX, c->class);
	buf_puts(out, ", \"type\": ");
	dataset_put_tree(out, s, c->type);
	buf_puts(out, "}, \"struct\": ");
	put_body(out, s, c, KIND_STRUCT, STRUCT_PREFIX, c->class);
	dataset_put_owner(out, s, c->owner);
	buf_char(out, '}');
}

void dataset_construct_json(struct buf *out, const struct surface *s, const struct construct *c)
{
	if (c->kind == KIND_TRACEPOINT)
		put_tracepoint(out, s, c);
	else
		put_body(out, s, c, c->kind, "", c->name);
}
