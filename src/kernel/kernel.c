// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The frame of the kernel readers: finds symbols, structs and functions by name, reads members by the image's
 * own layouts, and runs one reader a kind of construct. Never trusts a table: every bound is checked.
 */
#include "kernel/kernel_int.h"

#include <stdarg.h>
#include <stdio.h>

/* A hundred times what 7.2 needs. */
#define BUDGET (128ull << 20)

const char *const kernel_note_code[KERNEL_NNOTES] = {
	[KERNEL_NOTE_SYMBOLS] = "kernel-symbols",
	[KERNEL_NOTE_TYPES] = "kernel-types",
	[KERNEL_NOTE_TRACEPOINT] = "tracepoint-damaged",
	[KERNEL_NOTE_SYSCALL] = "syscall-damaged",
	[KERNEL_NOTE_KFUNC] = "kfunc-damaged",
	[KERNEL_NOTE_ATTACH] = "attach-damaged",
	[KERNEL_NOTE_CONFIG] = "config-damaged",
	[KERNEL_NOTE_MODULE] = "module-damaged",
};

static const char *const symbol_names[SYM_COUNT] = {
	[SYM_FTRACE_EVENTS_START] = "__start_ftrace_events",
	[SYM_FTRACE_EVENTS_STOP] = "__stop_ftrace_events",
	[SYM_MCOUNT_START] = "__start_mcount_loc",
	[SYM_MCOUNT_STOP] = "__stop_mcount_loc",
	[SYM_KPROBE_START] = "__start_kprobe_blacklist",
	[SYM_KPROBE_STOP] = "__stop_kprobe_blacklist",
	[SYM_INJECTION_START] = "__start_error_injection_whitelist",
	[SYM_INJECTION_STOP] = "__stop_error_injection_whitelist",
	[SYM_KPROBES_TEXT_START] = "__kprobes_text_start",
	[SYM_KPROBES_TEXT_END] = "__kprobes_text_end",
	[SYM_NOINSTR_TEXT_START] = "__noinstr_text_start",
	[SYM_NOINSTR_TEXT_END] = "__noinstr_text_end",
	[SYM_ENTRY_TEXT_START] = "__entry_text_start",
	[SYM_ENTRY_TEXT_END] = "__entry_text_end",
	[SYM_IRQENTRY_TEXT_START] = "__irqentry_text_start",
	[SYM_IRQENTRY_TEXT_END] = "__irqentry_text_end",
	[SYM_INIT_BEGIN] = "__init_begin",
	[SYM_INIT_END] = "__init_end",
	[SYM_SYS_CALL_TABLE] = "sys_call_table",
	[SYM_IA32_TABLE] = "ia32_sys_call_table",
	[SYM_COMPAT_TABLE] = "compat_sys_call_table",
	[SYM_X32_TABLE] = "x32_sys_call_table",
	[SYM_EMU_TABLE] = "sys_call_table_emu",
	[SYM_OABI_TABLE] = "sys_oabi_call_table",
	[SYM_X64_SYS_CALL] = "x64_sys_call",
	[SYM_IA32_SYS_CALL] = "ia32_sys_call",
	[SYM_X32_SYS_CALL] = "x32_sys_call",
	[SYM_CONFIG_DATA] = "kernel_config_data",
	[SYM_CONFIG_DATA_END] = "kernel_config_data_end",
};

void kernel_note(struct kernel *k, enum kernel_note_kind kind, uint64_t addr, const char *fmt, ...)
{
	struct err_note *n = &k->facts->notes[kind];
	char msg[256];
	va_list args;

	if (!n->count++) {
		va_start(args, fmt);
		vsnprintf(msg, sizeof(msg), fmt, args);
		va_end(args);
		err_clear(&n->first);
		err_set(&n->first, ERR_FORMAT, k->where, addr, "%s", msg);
	}
}

/* ---- by name ---- */

uint32_t kernel_name(const struct kernel *k, const char *name)
{
	return strtab_find(k->s->str, name, strlen(name));
}

void kernel_index(struct kernel_base *b, const struct surface *s)
{
	*b = (struct kernel_base){ .s = s, .nnames = s->str->entries.n };
	map_init(&b->constructs);
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];
		uint32_t *at;

		if (!c->name)
			continue;
		at = map_at(&b->constructs, (uint64_t)c->kind << 32 | c->name);
		if (*at == MAP_NONE)
			*at = (uint32_t)i;
	}
	b->func_of_name = base_alloc(b->nnames * sizeof(*b->func_of_name));
	memset(b->func_of_name, 0xff, b->nnames * sizeof(*b->func_of_name));
	for (size_t i = 0; i < s->funcs.n; i++)
		if (s->funcs.v[i].name < b->nnames)
			b->func_of_name[s->funcs.v[i].name] = (uint32_t)i;
}

void kernel_index_done(struct kernel_base *b)
{
	map_done(&b->constructs);
	free(b->func_of_name);
}

static bool find_in(const struct kernel_base *b, enum kind kind, const char *name, struct kernel_found *ret)
{
	uint32_t id = strtab_find(b->s->str, name, strlen(name));
	uint32_t i = id ? map_get(&b->constructs, (uint64_t)kind << 32 | id) : MAP_NONE;

	if (i == MAP_NONE)
		return false;
	*ret = (struct kernel_found){ b->s, &b->s->constructs.v[i] };
	return true;
}

bool kernel_find(const struct kernel *k, enum kind kind, const char *name, struct kernel_found *ret)
{
	return find_in(&k->own, kind, name, ret) || (k->base && find_in(k->base, kind, name, ret));
}

const struct func *kernel_func(const struct kernel *k, uint32_t name)
{
	if (!name || name >= k->own.nnames || k->own.func_of_name[name] == MAP_NONE)
		return NULL;
	return &k->s->funcs.v[k->own.func_of_name[name]];
}

uint32_t kernel_proto(const struct kernel *k, uint32_t type)
{
	const struct type *t = type_at(k->s->types, type);

	if (t->kind == TYPE_PTR)
		t = type_at(k->s->types, type = t->ref);
	return t->kind == TYPE_FUNC_PROTO ? type : 0;
}

static bool find_enumerator(const struct surface *s, const char *name, int64_t *ret)
{
	uint32_t id = strtab_find(s->str, name, strlen(name));

	for (size_t i = 0; id && i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		if (c->kind != KIND_ENUM)
			continue;
		for (uint32_t n = 0; n < c->nitems; n++)
			if (s->items.v[c->items + n].name == id) {
				*ret = s->items.v[c->items + n].value;
				return true;
			}
	}
	return false;
}

bool kernel_enumerator(const struct kernel *k, const char *name, int64_t *ret)
{
	return find_enumerator(k->s, name, ret) || (k->base && find_enumerator(k->base->s, name, ret));
}

/* ---- ids of another surface ---- */

uint32_t kernel_take_text(struct kernel *k, const struct surface *from, uint32_t text)
{
	if (from->str == k->s->str)
		return text;
	return strtab_intern(k->s->str, surface_text(from, text), strtab_len(from->str, text));
}

/* Nodes refer to older ones only, so this ends; it is as deep as a declaration of the image. */
uint32_t kernel_take_type(struct kernel *k, const struct surface *from, uint32_t type)
{
	struct type t = *type_at(from->types, type);
	VEC(struct type_param) params = { 0 };

	if (from->types == k->s->types)
		return type;
	t.name = kernel_take_text(k, from, t.name);
	if (t.ref)
		t.ref = kernel_take_type(k, from, t.ref);
	for (uint32_t i = 0; t.kind == TYPE_FUNC_PROTO && i < t.count; i++) {
		struct type_param p = from->types->params.v[t.params + i];

		VEC_PUSH(&params, ((struct type_param){ kernel_take_text(k, from, p.name), kernel_take_type(k, from, p.type) }));
	}
	type = type_intern(k->s->types, &t, params.v);
	VEC_DONE(&params);
	return type;
}

/* ---- by layout ---- */

bool kernel_field_maybe(const struct kernel *k, const char *structure, const char *member, struct kernel_field *ret)
{
	struct kernel_found f;
	uint32_t name;

	if (!kernel_find(k, KIND_STRUCT, structure, &f))
		return false;
	name = strtab_find(f.s->str, member, strlen(member));
	for (uint32_t i = 0; name && i < f.c->nitems; i++) {
		const struct item *it = &f.s->items.v[f.c->items + i];

		if (it->name != name || it->role != ITEM_MEMBER || !item_is_flat(f.s, f.c, f.c->items + i) || it->value < 0)
			continue;
		*ret = (struct kernel_field){ (uint64_t)it->value, it->bits, it->size };
		return true;
	}
	return false;
}

bool kernel_field(struct kernel *k, const char *structure, const char *member, struct kernel_field *ret)
{
	if (kernel_field_maybe(k, structure, member, ret))
		return true;
	kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET, "the image's types have no %s::%s", structure, member);
	return false;
}

uint32_t kernel_sizeof(const struct kernel *k, const char *structure)
{
	struct kernel_found f;

	return kernel_find(k, KIND_STRUCT, structure, &f) ? f.c->size : 0;
}

/* BTF counts a bitfield's offset from the lowest bit of the first byte, or, big endian, from the highest. */
static bool bitfield_value(struct kernel *k, uint64_t base, const struct kernel_field *f, uint64_t *ret)
{
	unsigned int first = f->bit % 8, n = (first + f->bits + 7) / 8;
	struct cur c = image_space_at(k->sp, base + f->bit / 8, n);
	uint64_t v = 0;

	if (c.bad || n > 8)
		return false;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t byte = cur_u8(&c);

		v = k->big_endian ? v << 8 | byte : v | byte << (8 * i);
	}
	v >>= k->big_endian ? 8 * n - first - f->bits : first;
	*ret = f->bits < 64 ? v & ((1ull << f->bits) - 1) : v;
	return true;
}

bool kernel_value(struct kernel *k, uint64_t base, const struct kernel_field *f, uint64_t *ret)
{
	if (f->bits)
		return bitfield_value(k, base, f, ret);
	if (f->size == k->ptr)
		return image_space_pointer(k->sp, base + f->bit / 8, ret);
	return (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8) &&
	       image_space_uint(k->sp, base + f->bit / 8, f->size, ret);
}

/* ---- tables ---- */

static const struct { enum kernel_symbol start, stop; const char *section; } tables[TABLE_COUNT] = {
	[TABLE_EVENTS] = { SYM_FTRACE_EVENTS_START, SYM_FTRACE_EVENTS_STOP, "_ftrace_events" },
	[TABLE_MCOUNT] = { SYM_MCOUNT_START, SYM_MCOUNT_STOP, "__mcount_loc" },
	[TABLE_KPROBE] = { SYM_KPROBE_START, SYM_KPROBE_STOP, "_kprobe_blacklist" },
	[TABLE_INJECTION] = { SYM_INJECTION_START, SYM_INJECTION_STOP, "_error_injection_whitelist" },
};

static const struct { enum kernel_symbol start, stop; const char *section; } codes[CODE_COUNT] = {
	[CODE_INIT] = { SYM_INIT_BEGIN, SYM_INIT_END, ".init.text" },
	[CODE_KPROBES] = { SYM_KPROBES_TEXT_START, SYM_KPROBES_TEXT_END, ".kprobes.text" },
	[CODE_NOINSTR] = { SYM_NOINSTR_TEXT_START, SYM_NOINSTR_TEXT_END, ".noinstr.text" },
	[CODE_ENTRY] = { SYM_ENTRY_TEXT_START, SYM_ENTRY_TEXT_END, NULL },
	[CODE_IRQENTRY] = { SYM_IRQENTRY_TEXT_START, SYM_IRQENTRY_TEXT_END, NULL },
};

/* A module's section; a kernel's place between two symbols. Kallsyms without data symbols leave the section. */
static bool find_range(const struct kernel *k, enum kernel_symbol start, enum kernel_symbol stop, const char *section,
		       struct kernel_range *ret)
{
	const struct image_sym *a = k->syms[start].sym, *b = k->syms[stop].sym;
	uint64_t size;

	if (k->base || (!a && !b && image_kind(k->img) == IMAGE_BOOT)) {
		if (!section || !image_space_where(k->sp, section, &ret->from, &size))
			return false;
		ret->to = ret->from + size;
		return true;
	}
	if (!a || !b)
		return false;
	*ret = (struct kernel_range){ a->addr, b->addr };
	return true;
}

bool kernel_code(const struct kernel *k, enum kernel_code code, struct kernel_range *ret)
{
	return find_range(k, codes[code].start, codes[code].stop, codes[code].section, ret);
}

static bool table_range(const struct kernel *k, enum kernel_table_name table, struct kernel_range *ret)
{
	if (find_range(k, tables[table].start, tables[table].stop, tables[table].section, ret))
		return true;
	/* Where the compiler makes the table, a module has it under the compiler's name (arm64, riscv, ...). */
	return table == TABLE_MCOUNT && k->base &&
	       find_range(k, SYM_MCOUNT_START, SYM_MCOUNT_STOP, "__patchable_function_entries", ret);
}

bool kernel_has_table(const struct kernel *k, enum kernel_table_name table)
{
	struct kernel_range r;

	return table_range(k, table, &r);
}

bool kernel_table(struct kernel *k, enum kernel_table_name table, unsigned int size, enum kernel_note_kind kind,
		  struct kernel_table *ret)
{
	const char *name = tables[table].section;
	struct kernel_range r;
	uint64_t bytes;

	if (!table_range(k, table, &r) || r.from == r.to)
		return false;
	bytes = r.to - r.from;
	if (r.to < r.from || bytes % size) {
		kernel_note(k, kind, r.from, "no table of %s: %lld bytes for entries of %u", name, (long long)bytes, size);
		return false;
	}
	if (image_space_at(k->sp, r.from, bytes).bad) {
		kernel_note(k, kind, r.from, "the table of %s, %llu bytes, runs out of its section", name,
			    (unsigned long long)bytes);
		return false;
	}
	*ret = (struct kernel_table){ r.from, bytes / size };
	return true;
}

bool kernel_spend(struct kernel *k, uint64_t bytes)
{
	bool fine = bytes <= k->budget;

	k->budget = fine ? k->budget - bytes : 0;
	return fine;
}

uint32_t kernel_intern(struct kernel *k, const char *text, size_t len)
{
	return kernel_spend(k, len) ? strtab_intern(k->s->str, text, len) : 0;
}

bool kernel_text(struct kernel *k, uint64_t addr, uint32_t *ret)
{
	const char *text = addr ? image_space_text(k->sp, addr) : NULL;

	*ret = text ? kernel_intern(k, text, strlen(text)) : 0;
	return *ret;
}

/* ---- into the surface ---- */

struct construct *kernel_add(struct kernel *k, enum kind kind, uint32_t name, uint32_t seq)
{
	VEC_PUSH(&k->s->constructs, ((struct construct){
			.kind = kind, .name = name, .seq = seq, .items = (uint32_t)k->s->items.n }));
	return &k->s->constructs.v[k->s->constructs.n - 1];
}

struct item *kernel_add_item(struct kernel *k, struct construct *c)
{
	VEC_PUSH(&k->s->items, (struct item){ 0 });
	c->nitems++;
	return &k->s->items.v[k->s->items.n - 1];
}

static bool open_space(struct kernel *k)
{
	struct err err = ERR_INIT;

	if (image_space_open(k->img, &k->sp, &err)) {
		kernel_note(k, KERNEL_NOTE_SYMBOLS, err.offset, "%s", err.msg);
		return false;
	}
	for (size_t i = 0; i < SYM_COUNT; i++)
		k->syms[i].name = symbol_names[i];
	image_space_find(k->sp, k->syms, SYM_COUNT);
	return image_space_nsyms(k->sp) > 0;
}

void kernel_init(struct kernel *k, struct image *img, struct surface *s, struct kernel_facts *facts)
{
	*k = (struct kernel){
		.img = img,
		.s = s,
		.facts = facts,
		.ptr = image_pointer_size(img),
		.big_endian = image_swapped(img) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__),
		.budget = BUDGET,
	};
	memset(facts->notes, 0, sizeof(facts->notes));
	snprintf(k->where, sizeof(k->where), "%s:memory", image_path(img));
	kernel_index(&k->own, s);
	map_init(&k->served);
}

void kernel_done(struct kernel *k)
{
	image_space_close(k->sp);
	kernel_index_done(&k->own);
	map_done(&k->served);
}

int kernel_read(struct image *img, struct surface *s, struct kernel_facts *facts, struct err *err)
{
	bool has_memory;
	struct kernel k;
	int rc;

	kernel_init(&k, img, s, facts);
	has_memory = image_kind(img) != IMAGE_TYPES && image_kind(img) != IMAGE_LIVE && open_space(&k);
	if (has_memory) {
		kernel_syscalls(&k);
		kernel_tracepoints(&k);
		kernel_attach(&k);
		kernel_kfuncs(&k);
	} else {
		kernel_bare(&k);
	}
	kernel_lsm(&k);
	rc = kernel_config(&k, err);
	kernel_done(&k);
	return rc;
}
