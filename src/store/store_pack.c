// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Facts into bytes: a function's instances, callers and symbols; a prototype's tree; lists of ids.
 * docs/formats/store.md gives the layout, store_unpack.c reads it back. Never touches the database.
 *
 * What makes it small. Addresses of one group lie near each other, so each is a difference from the
 * one before. Strings got their ids in the order in which the image mentions them, so functions of
 * one file have ids near each other, and a caller is mostly one byte or two: "same file, the next
 * function but three". One site after another in one caller is the most frequent case of all (30 %
 * of a kernel's callers), and one byte holds up to 32 of them. A symbol mostly has its group's
 * name, an instance's address and the section .text.
 */
#include "store/store_int.h"
#include "store/store_pack_int.h"

uint64_t store_hash(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3ull;
	/* FNV's low bits are its best, the top byte is the worst: fold the middle into it. */
	return h ^ h << 29;
}

/* ---- functions ---- */

static enum pack_name symbol_name_mode(const struct surface *s, const struct func *f,
				       const struct symbol *y)
{
	uint32_t stem = strtab_len(s->str, f->name);

	if (y->name == f->name)
		return PACK_NAME_SAME;
	if (strtab_len(s->str, y->name) > stem &&
	    !memcmp(surface_text(s, y->name), surface_text(s, f->name), stem))
		return PACK_NAME_SUFFIX;
	return PACK_NAME_OWN;
}

bool pack_symbol_name_is_own(const struct surface *s, const struct func *f, const struct symbol *y)
{
	return symbol_name_mode(s, f, y) == PACK_NAME_OWN;
}

static enum pack_section section_mode(const struct surface *s, const struct symbol *y)
{
	const char *t = surface_text(s, y->section);

	if (!strcmp(t, ".text"))
		return PACK_SECTION_TEXT;
	return strcmp(t, ".init.text") ? PACK_SECTION_OWN : PACK_SECTION_INIT;
}

bool pack_section_is_own(const struct surface *s, const struct symbol *y)
{
	return section_mode(s, y) == PACK_SECTION_OWN;
}

static void pack_delta(struct buf *out, uint64_t value, uint64_t *prev)
{
	buf_uleb(out, zigzag(value - *prev));
	*prev = value;
}

static void pack_callers(struct buf *out, const struct surface *s, const struct instance *in,
			 uint32_t name, const uint32_t *sid)
{
	const struct caller *c = s->callers.v + in->callers;
	size_t n = (size_t)in->ninline_callers + in->ndirect_callers;
	uint64_t own_file = sid[in->file], file = own_file, func = sid[name];

	buf_uleb(out, in->ninline_callers);
	buf_uleb(out, in->ndirect_callers);
	for (size_t i = 0; i < n; i++) {
		uint64_t to_file = sid[c[i].file], to_func = sid[c[i].func];
		uint64_t delta = zigzag(to_func - func);
		uint32_t run = 0;

		if (to_file == file && to_func == func) {
			while (i + 1 < n && run + 1 < PACK_CALLER_RUN_MAX &&
			       sid[c[i + 1].file] == file && sid[c[i + 1].func] == func)
				run++, i++;
			buf_uleb(out, (uint64_t)run << 2 | PACK_CALLER_AGAIN);
		} else if (to_file == own_file) {
			buf_uleb(out, delta << 2 | PACK_CALLER_OWN_FILE);
		} else if (to_file == file) {
			buf_uleb(out, delta << 2 | PACK_CALLER_SAME_FILE);
		} else {
			buf_uleb(out, delta << 2 | PACK_CALLER_FILE);
			buf_uleb(out, zigzag(to_file - file));
		}
		file = to_file;
		func = to_func;
	}
}

/* What the instances and symbols of a group are packed after. */
struct pack_before {
	uint64_t base, addr, file;
	uint32_t owner;
};

/* Modules lie anywhere, and mostly far from the kernel. */
static void pack_owner(struct buf *out, uint32_t owner, const uint32_t *sid, struct pack_before *b)
{
	buf_uleb(out, sid[owner]);
	b->owner = owner;
	b->addr = owner ? 0 : b->base;
}

static enum pack_loc loc_mode(const struct instance *in, const struct instance *prev)
{
	if (!in->loc_file && !in->loc_line)
		return PACK_LOC_NONE;
	if (prev && in->loc_file == prev->loc_file && in->loc_line == prev->loc_line)
		return PACK_LOC_AGAIN;
	return in->loc_file == in->file ? PACK_LOC_OWN_FILE : PACK_LOC_FILE;
}

static void pack_instance(struct buf *out, const struct surface *s, const struct func *f, uint32_t i,
			  const uint32_t *sid, struct pack_before *b)
{
	const struct instance *in = &s->instances.v[f->instances + i];
	enum pack_loc loc = loc_mode(in, i ? in - 1 : NULL);
	bool called = in->ninline_callers || in->ndirect_callers;

	if (in->owner != b->owner) {
		buf_char(out, PACK_OWNER);
		pack_owner(out, in->owner, sid, b);
	}
	buf_char(out, (char)(in->inline_word | in->external << 3 | (in->addr != 0) << 4 | loc << 5 |
			     called << 7));
	if (in->addr)
		pack_delta(out, in->addr, &b->addr);
	pack_delta(out, sid[in->file], &b->file);
	if (loc == PACK_LOC_FILE)
		buf_uleb(out, sid[in->loc_file]);
	if (loc == PACK_LOC_FILE || loc == PACK_LOC_OWN_FILE)
		buf_uleb(out, in->loc_line);
	if (called)
		pack_callers(out, s, in, f->name, sid);
}

/* The index of the first instance that has this address, or ninstances. */
static uint32_t instance_at(const struct surface *s, const struct func *f, uint64_t addr)
{
	uint32_t i = 0;

	while (i < f->ninstances && s->instances.v[f->instances + i].addr != addr)
		i++;
	return i;
}

static void pack_symbol(struct buf *out, const struct surface *s, const struct func *f, uint32_t i,
			const uint32_t *sid, struct pack_before *b)
{
	const struct symbol *y = &s->symbols.v[f->symbols + i];
	enum pack_name name = symbol_name_mode(s, f, y);
	enum pack_section section = i && y->section == y[-1].section ? PACK_SECTION_AGAIN :
								       section_mode(s, y);
	uint32_t instance = instance_at(s, f, y->addr);
	bool shared = instance < f->ninstances, owner = y->owner != b->owner;

	buf_char(out,
		 (char)(y->bind | name << 2 | shared << 4 | section << 5 | (owner ? PACK_SYMBOL_OWNER : 0)));
	if (owner)
		pack_owner(out, y->owner, sid, b);
	if (name == PACK_NAME_SUFFIX) {
		uint32_t stem = strtab_len(s->str, f->name);
		uint32_t len = strtab_len(s->str, y->name) - stem;

		buf_uleb(out, len);
		buf_put(out, surface_text(s, y->name) + stem, len);
	} else if (name == PACK_NAME_OWN) {
		buf_uleb(out, sid[y->name]);
	}
	if (shared) {
		buf_uleb(out, instance);
		b->addr = y->addr;
	} else {
		pack_delta(out, y->addr, &b->addr);
	}
	buf_uleb(out, y->size);
	if (section == PACK_SECTION_OWN)
		buf_uleb(out, sid[y->section]);
}

void pack_func(struct buf *out, const struct surface *s, const struct func *f, const uint32_t *sid,
	       uint64_t base)
{
	struct pack_before b = { .base = base, .addr = base };

	for (uint32_t i = 0; i < f->ninstances; i++)
		pack_instance(out, s, f, i, sid, &b);
	b.addr = b.owner ? 0 : base;
	for (uint32_t i = 0; i < f->nsymbols; i++)
		pack_symbol(out, s, f, i, sid, &b);
}

/* ---- types ---- */

static bool pack_type(struct buf *out, const struct type_table *t, uint32_t id, const uint32_t *sid,
		      unsigned int depth, size_t end)
{
	const struct type *n = type_at(t, id);
	bool sized = (n->kind == TYPE_ENUM || n->kind == TYPE_ENUM64 || n->kind == TYPE_FLOAT) &&
		     n->size != TYPE_NO_SIZE;
	bool mark = n->kind == TYPE_FWD ? n->fwd_union : sized;

	if (depth > STORE_TYPE_DEPTH || out->n > end)
		return false;
	buf_char(out, (char)(n->kind | mark << 5));
	switch (n->kind) {
	case TYPE_VOID:
		return true;
	case TYPE_ARRAY:
		buf_uleb(out, n->count);
		return pack_type(out, t, n->ref, sid, depth + 1, end);
	case TYPE_PTR:
	case TYPE_VOLATILE:
	case TYPE_CONST:
	case TYPE_RESTRICT:
		return pack_type(out, t, n->ref, sid, depth + 1, end);
	case TYPE_FUNC_PROTO:
		buf_uleb(out, n->count);
		if (!pack_type(out, t, n->ref, sid, depth + 1, end))
			return false;
		for (uint32_t i = 0; i < n->count; i++) {
			const struct type_param *p = &t->params.v[n->params + i];

			buf_uleb(out, sid[p->name]);
			if (!pack_type(out, t, p->type, sid, depth + 1, end))
				return false;
		}
		return true;
	default: /* by name only */
		buf_uleb(out, sid[n->name]);
		if (sized)
			buf_uleb(out, n->size);
		return true;
	}
}

bool pack_tree(struct buf *out, const struct type_table *t, uint32_t id, const uint32_t *sid)
{
	size_t at = out->n;

	if (pack_type(out, t, id, sid, 0, at + STORE_TREE_MAX))
		return true;
	out->n = at;
	return false;
}

/* ---- id lists ---- */

void pack_ids(struct buf *out, const struct buf *seen)
{
	size_t next = 0; /* the lowest id that may come */

	for (size_t i = 0; i < seen->n;) {
		size_t end = i;

		while (end < seen->n && seen->v[end])
			end++;
		if (end > i) {
			buf_uleb(out, i - next);
			buf_uleb(out, end - i);
			next = end;
		}
		i = end + 1;
	}
}

bool unpack_ids(const void *data, size_t size, uint32_t max, struct buf *seen)
{
	struct cur c = cur_init(data, size, false);
	uint64_t next = 0;

	while (cur_left(&c)) {
		uint64_t gap = cur_uleb(&c), run = cur_uleb(&c), end;

		/* `max` bounds what a damaged list can ask for. */
		if (c.bad || gap > max || run > max || next + gap + run > (uint64_t)max + 1)
			return false;
		end = next + gap + run;
		if (end > seen->n) {
			buf_grow(seen, end - seen->n);
			memset(seen->v + seen->n, 0, end - seen->n);
			seen->n = end;
		}
		memset(seen->v + next + gap, 1, run);
		next = end;
	}
	return true;
}
