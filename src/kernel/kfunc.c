// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kfuncs: the functions of BTF id sets that are registered as kfunc sets, with their flags, and those that a decl
 * tag names. Sets are found by the symbols that include/linux/btf_ids.h makes; ids are resolved by the image's
 * BTF (resolve_btfids sorts a set, so the symbols of its entries no longer tell which is which). A plain
 * BTF_ID(func, ...) is no kfunc, nor is a set for another use.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

#define SET8_PREFIX "__BTF_ID__set8__"
#define SET_PREFIX "__BTF_ID__set__"
#define SET8_KFUNCS 1u /* BTF_SET8_KFUNCS, since 6.8 (kernel commit 6f3189f38a3e) */
#define PAIRS_MAX 65536

/* include/linux/btf.h. A bit that was given up is not used again, so that words need no version. */
static const char *const flag_words[] = {
	"KF_ACQUIRE",	   /* 6.0 */
	"KF_RELEASE",	   /* 6.0 */
	"KF_RET_NULL",	   /* 6.0 */
	"KF_KPTR_GET",	   /* 6.0 to 6.3 */
	"KF_TRUSTED_ARGS", /* 6.0, for all since 7.0 */
	"KF_SLEEPABLE",	   /* 6.1 */
	"KF_DESTRUCTIVE",  /* 6.1 */
	"KF_RCU",	   /* 6.2 */
	"KF_ITER_NEW",	   /* 6.4 */
	"KF_ITER_NEXT",	   /* 6.4 */
	"KF_ITER_DESTROY", /* 6.4 */
	"KF_RCU_PROTECTED", /* 6.7 */
	"KF_FASTCALL",	   /* 6.12 */
	"KF_ARENA_RET",	   /* 6.16 */
	"KF_ARENA_ARG1",   /* 6.16 */
	"KF_ARENA_ARG2",   /* 6.16 */
	"KF_IMPLICIT_ARGS", /* 7.0 */
};

struct entry {
	uint32_t id; /* BTF id */
	uint32_t flags;
	uint32_t set;  /* string id */
	uint32_t name; /* string id, once BTF has told */
	uint32_t next; /* the next entry of that name, or MAP_NONE */
	uint64_t addr; /* of the set */
};

struct reader {
	struct kernel *k;
	VEC(struct entry) entries;
	VEC(uint32_t) names; /* string ids, each once, in order of arrival */
	struct map first, last; /* by name: entries */
	struct map wanted; /* BTF id -> string id of the function */
};

/* ---- sets ---- */

static void read_set(struct reader *r, const struct image_sym *sym, const char *name, bool is_set8)
{
	unsigned int head = is_set8 ? 8 : 4, each = is_set8 ? 8 : 4;
	struct cur c = image_space_at(r->k->sp, sym->addr, head);
	uint32_t n = cur_u32(&c), set;

	if (c.bad || n > PAIRS_MAX) {
		kernel_note(r->k, KERNEL_NOTE_KFUNC, sym->addr, "set %s claims %u functions", name, n);
		return;
	}
	c = image_space_at(r->k->sp, sym->addr + head, (uint64_t)n * each);
	if (c.bad) {
		kernel_note(r->k, KERNEL_NOTE_KFUNC, sym->addr, "set %s, of %u functions, runs out of its section", name, n);
		return;
	}
	if (!kernel_spend(r->k, n * sizeof(struct entry)))
		return;
	set = kernel_intern(r->k, name, strlen(name));
	for (uint32_t i = 0; i < n; i++) {
		struct entry e = { .id = cur_u32(&c), .set = set, .next = MAP_NONE, .addr = sym->addr };

		if (is_set8)
			e.flags = cur_u32(&c);
		/* Before 6.0 a flag was a set of its own. */
		else if (strstr(name, "_acquire_"))
			e.flags = 1;
		else if (strstr(name, "_release_"))
			e.flags = 2;
		else if (strstr(name, "_ret_null_"))
			e.flags = 4;
		else if (strstr(name, "_kptr_acquire_"))
			e.flags = 8;
		if (e.id) { /* 0: resolve_btfids did not find it */
			VEC_PUSH(&r->entries, e);
			*map_at(&r->wanted, e.id) = 0;
		}
	}
}

/* A symbol of a set, until it is known whether it is one of kfuncs. */
struct candidate {
	struct image_sym sym;
	bool pointed_to;
};

struct candidates {
	VEC(struct candidate) v; /* by address */
	bool flagged;		 /* some set says that it is one of kfuncs: all that are do */
};

/* Sets are symbols of .BTF_ids. */
static void find_sets(struct kernel *k, const char *prefix, struct candidates *c)
{
	uint64_t addr, size, flags;

	if (!image_space_where(k->sp, ".BTF_ids", &addr, &size))
		return;
	for (size_t i = image_space_first(k->sp, addr); i < image_space_nsyms(k->sp); i++) {
		struct image_sym sym = image_space_sym(k->sp, i);

		if (sym.addr - addr >= size)
			break;
		if (strncmp(sym.name, prefix, strlen(prefix)))
			continue;
		VEC_PUSH(&c->v, ((struct candidate){ .sym = sym }));
		if (image_space_uint(k->sp, sym.addr + 4, 4, &flags))
			c->flagged = c->flagged || (flags & SET8_KFUNCS);
	}
}

static void mark_pointed(struct candidates *c, uint64_t addr)
{
	size_t lo = 0, hi = c->v.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->v.v[mid].sym.addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < c->v.n && c->v.v[lo].sym.addr == addr)
		c->v.v[lo].pointed_to = true;
}

/* Marks the sets that some pointer in the image's data points to: struct btf_kfunc_id_set does. */
static void find_pointers(struct kernel *k, struct candidates *c)
{
	uint64_t low = c->v.n ? c->v.v[0].sym.addr : 0, span = c->v.n ? c->v.v[c->v.n - 1].sym.addr - low : 0, start;
	struct image_bytes b;

	for (size_t i = 0; c->v.n && image_space_data(k->sp, i, &start, &b); i++) {
		struct cur at = cur_init(b.data, b.size, image_swapped(k->img));

		cur_skip(&at, (k->ptr - start % k->ptr) % k->ptr);
		while (cur_left(&at) >= k->ptr) {
			uint64_t p = k->ptr == 8 ? cur_u64(&at) : cur_u32(&at);

			if (p - low <= span)
				mark_pointed(c, p);
		}
	}
}

static void read_sets(struct reader *r)
{
	struct candidates c = { 0 };
	uint64_t flags;

	find_sets(r->k, SET8_PREFIX, &c);
	if (!c.flagged)
		find_pointers(r->k, &c);
	for (size_t i = 0; i < c.v.n; i++) {
		const char *name = c.v.v[i].sym.name + sizeof(SET8_PREFIX) - 1;

		/* Before 6.8, sets of functions whose return may be modified look alike but for their names. */
		if (c.flagged ? image_space_uint(r->k->sp, c.v.v[i].sym.addr + 4, 4, &flags) && (flags & SET8_KFUNCS) :
				c.v.v[i].pointed_to && !strstr(name, "fmodret") && !strstr(name, "modify_return"))
			read_set(r, &c.v.v[i].sym, name, true);
	}
	if (!c.v.n) {
		find_sets(r->k, SET_PREFIX, &c);
		for (size_t i = 0; i < c.v.n; i++)
			if (strstr(c.v.v[i].sym.name, "kfunc"))
				read_set(r, &c.v.v[i].sym, c.v.v[i].sym.name + sizeof(SET_PREFIX) - 1, false);
	}
	VEC_DONE(&c.v);
}

/* ---- names ---- */

#define BTF_MAGIC 0xeb9f

/* Bytes behind the 12 of a record, by kind; -1 for a kind that is not known. include/uapi/linux/btf.h. */
static int64_t record_rest(uint32_t kind, uint32_t vlen)
{
	static const int8_t fixed[] = { -1, 4, 0, 12, -2, -2, -2, 0, 0, 0, 0, 0, 0, -2, 4, -2, 0, 4, 0, -2 };
	uint32_t each = kind == 6 || kind == 13 ? 8 : 12;

	if (kind >= ARRAY_SIZE(fixed) || fixed[kind] == -1)
		return -1;
	return fixed[kind] >= 0 ? fixed[kind] : (int64_t)vlen * each;
}

/* Split BTF counts ids and offsets of names on from its base's. */
struct names {
	uint32_t next_id, next_name;
	struct cur base, own; /* names */
};

/* The name at an offset, or NULL. */
static const char *name_at(const struct names *n, uint32_t offset)
{
	struct cur at = offset < n->next_name ? n->base : n->own;

	cur_skip(&at, offset < n->next_name ? offset : offset - n->next_name);
	return cur_str(&at);
}

/*
 * Gives each wanted id the name of its BTF function, in one pass over the records of raw BTF, and counts ids and names
 * on. False when it is no BTF.
 */
static bool read_names(struct reader *r, struct image_bytes btf, struct names *n)
{
	struct cur c = cur_init(btf.data, btf.size, image_swapped(r->k->img)), types;
	uint32_t magic = cur_u16(&c), hdr_len, type_off, type_len, str_off, str_len;

	cur_skip(&c, 2);
	hdr_len = cur_u32(&c);
	type_off = cur_u32(&c), type_len = cur_u32(&c), str_off = cur_u32(&c), str_len = cur_u32(&c);
	if (c.bad || magic != BTF_MAGIC || (uint64_t)hdr_len + type_off + type_len > btf.size ||
	    (uint64_t)hdr_len + str_off + str_len > btf.size)
		return false;
	types = cur_init(c.start + hdr_len + type_off, type_len, c.swap);
	n->base = n->own;
	n->own = cur_init(c.start + hdr_len + str_off, str_len, c.swap);
	for (; cur_left(&types) >= 12; n->next_id++) {
		uint32_t name = cur_u32(&types), info = cur_u32(&types), kind = info >> 24 & 31;
		int64_t rest = record_rest(kind, info & 0xffff);
		const char *text;

		cur_skip(&types, 4);
		if (rest < 0)
			return false;
		cur_skip(&types, (uint64_t)rest);
		if (kind == 12 && map_get(&r->wanted, n->next_id) != MAP_NONE && (text = name_at(n, name)))
			*map_at(&r->wanted, n->next_id) = kernel_intern(r->k, text, strlen(text));
	}
	n->next_name += str_len;
	return true;
}

/*
 * It is the image's own .BTF that the ids are of, wherever the surface has its types from. A module's goes on from its
 * kernel's, or (out of tree, since 6.11) from a base that it brings along.
 */
static void read_all_names(struct reader *r, struct image_bytes btf)
{
	struct names n = { .next_id = 1, .base = cur_init(NULL, 0, false), .own = cur_init(NULL, 0, false) };
	struct image_bytes base = { NULL, 0 };
	struct err err = ERR_INIT;

	if (!r->entries.n)
		return;
	if (r->k->base) {
		if (image_section(r->k->img, ".BTF.base", &base, &err) || !base.size)
			base = r->k->base_btf;
		if (!read_names(r, base, &n))
			return;
	}
	read_names(r, btf, &n);
}

/* ---- into the surface ---- */

static uint32_t flags_text(struct kernel *k, uint32_t flags)
{
	struct buf b = { 0 };
	uint32_t id;

	for (unsigned int i = 0; i < 32; i++) {
		if (!(flags & 1u << i))
			continue;
		if (b.n)
			buf_char(&b, '|');
		if (i < ARRAY_SIZE(flag_words))
			buf_puts(&b, flag_words[i]);
		else
			buf_printf(&b, "0x%x", 1u << i);
	}
	id = strtab_intern(k->s->str, b.v, b.n);
	buf_done(&b);
	return id;
}

static void add_name(struct reader *r, uint32_t name)
{
	uint32_t *at = map_at(&r->first, name);

	if (*at != MAP_NONE)
		return;
	*at = (uint32_t)r->names.n; /* by index in names until entries are chained */
	VEC_PUSH(&r->names, name);
}

static void chain_entries(struct reader *r)
{
	for (size_t i = 0; i < r->entries.n; i++) {
		struct entry *e = &r->entries.v[i];
		uint32_t *last;

		e->name = map_get(&r->wanted, e->id);
		if (!e->name || e->name == MAP_NONE) {
			kernel_note(r->k, KERNEL_NOTE_KFUNC, ERR_NO_OFFSET, "set %s holds id %u, which is no function of .BTF",
				    surface_text(r->k->s, e->set), e->id);
			e->name = 0;
			continue;
		}
		add_name(r, e->name);
		last = map_at(&r->last, e->name);
		if (*last != MAP_NONE)
			r->entries.v[*last].next = (uint32_t)i;
		*last = (uint32_t)i;
	}
}

/* A set that a registration leads to, and the program type's name. */
struct use {
	uint64_t set; /* address */
	uint32_t program;
	int64_t value;
};

struct uses {
	VEC(struct use) v;
};

static uint32_t program_name(struct kernel *k, uint64_t value)
{
	struct kernel_found e;

	if (!kernel_find(k, KIND_ENUM, "bpf_prog_type", &e))
		return 0;
	for (uint32_t i = 0; i < e.c->nitems; i++)
		if ((uint64_t)e.s->items.v[e.c->items + i].value == value)
			return kernel_take_text(k, e.s, e.s->items.v[e.c->items + i].name);
	return 0;
}

/* struct btf_kfunc_id_set has the set since 6.0; what comes before 6.0 is told by names alone. */
static void find_uses(struct kernel *k, struct uses *ret)
{
	struct kernel_field set;

	if (!k->facts->nregistrations || !kernel_field_maybe(k, "btf_kfunc_id_set", "set", &set))
		return;
	for (size_t i = 0; i < k->facts->nregistrations; i++) {
		const struct kernel_registration *g = &k->facts->registrations[i];
		uint32_t name = program_name(k, g->program);
		uint64_t addr;

		if (name && kernel_value(k, g->set, &set, &addr))
			VEC_PUSH(&ret->v, ((struct use){ addr, name, (int64_t)g->program }));
	}
}

/* The programs of a set, but those that the construct has already. */
static void add_programs(struct kernel *k, struct construct *c, uint64_t set, const struct uses *uses)
{
	for (size_t i = 0; i < uses->v.n; i++) {
		const struct use *u = &uses->v.v[i];
		bool known = false;

		for (uint32_t j = c->items; u->set == set && j < c->items + c->nitems; j++)
			known |= k->s->items.v[j].role == ITEM_PROGRAM && k->s->items.v[j].name == u->program;
		if (u->set == set && !known)
			*kernel_add_item(k, c) = (struct item){ .name = u->program, .value = u->value, .role = ITEM_PROGRAM };
	}
}

static void emit(struct reader *r, const struct uses *uses)
{
	struct kernel *k = r->k;
	uint32_t *head = base_alloc(r->names.n * sizeof(*head));

	memset(head, 0xff, r->names.n * sizeof(*head));
	for (size_t i = r->entries.n; i-- > 0;)
		if (r->entries.v[i].name)
			head[map_get(&r->first, r->entries.v[i].name)] = (uint32_t)i;
	for (size_t i = 0; i < r->names.n; i++) {
		const struct func *f = kernel_func(k, r->names.v[i]);
		struct construct *c = kernel_add(k, KIND_KFUNC, r->names.v[i], (uint32_t)i);

		c->type = f && func_has_proto(f) ? f->proto : 0;
		for (uint32_t n = head[i]; n != MAP_NONE; n = r->entries.v[n].next)
			*kernel_add_item(k, c) = (struct item){
				.name = r->entries.v[n].set,
				.value = r->entries.v[n].flags,
				.text = flags_text(k, r->entries.v[n].flags),
				.role = ITEM_SET,
			};
		for (uint32_t n = head[i]; n != MAP_NONE; n = r->entries.v[n].next)
			add_programs(k, c, r->entries.v[n].addr, uses);
	}
	free(head);
}

void kernel_kfuncs(struct kernel *k)
{
	struct reader r = { .k = k };
	struct uses uses = { 0 };
	struct image_bytes btf = { NULL, 0 };
	struct err err = ERR_INIT;

	if (image_section(k->img, ".BTF", &btf, &err) || !btf.size)
		return;
	k->s->info.kinds |= 1u << KIND_KFUNC;
	map_init(&r.first);
	map_init(&r.last);
	map_init(&r.wanted);
	read_sets(&r);
	read_all_names(&r, btf);
	chain_entries(&r);
	for (size_t i = 0; i < k->facts->nkfuncs; i++)
		add_name(&r, k->facts->kfuncs[i]);
	find_uses(k, &uses);
	emit(&r, &uses);
	VEC_DONE(&uses.v);
	map_done(&r.first);
	map_done(&r.last);
	map_done(&r.wanted);
	VEC_DONE(&r.names);
	VEC_DONE(&r.entries);
}
