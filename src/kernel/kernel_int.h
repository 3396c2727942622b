/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the readers of kernel share: the image in memory, lookups by name, layouts of structs. */
#ifndef KSURF_KERNEL_INT_H
#define KSURF_KERNEL_INT_H

#include "kernel/kernel.h"

/* Symbols that are looked for by name, all in one pass. */
enum kernel_symbol {
	SYM_FTRACE_EVENTS_START, SYM_FTRACE_EVENTS_STOP,
	SYM_MCOUNT_START, SYM_MCOUNT_STOP,
	SYM_KPROBE_START, SYM_KPROBE_STOP,
	SYM_INJECTION_START, SYM_INJECTION_STOP,
	SYM_KPROBES_TEXT_START, SYM_KPROBES_TEXT_END,
	SYM_NOINSTR_TEXT_START, SYM_NOINSTR_TEXT_END,
	SYM_ENTRY_TEXT_START, SYM_ENTRY_TEXT_END,
	SYM_IRQENTRY_TEXT_START, SYM_IRQENTRY_TEXT_END,
	SYM_INIT_BEGIN, SYM_INIT_END,
	SYM_SYS_CALL_TABLE, SYM_IA32_TABLE, SYM_COMPAT_TABLE, SYM_X32_TABLE, SYM_EMU_TABLE, SYM_OABI_TABLE,
	SYM_X64_SYS_CALL, SYM_IA32_SYS_CALL, SYM_X32_SYS_CALL,
	SYM_CONFIG_DATA, SYM_CONFIG_DATA_END,
	SYM_COUNT
};

/* A surface's constructs and functions by name. */
struct kernel_base {
	const struct surface *s;
	struct map constructs; /* kind << 32 | name -> index of the first one */
	uint32_t *func_of_name; /* string id -> func, or MAP_NONE */
	size_t nnames;
};

struct kernel {
	struct image *img;
	struct image_space *sp;
	struct surface *s;
	struct kernel_base own;		/* of s */
	const struct kernel_base *base; /* of a module: its kernel's; else NULL */
	struct kernel_facts *facts;
	struct image_wanted syms[SYM_COUNT]; /* of a kernel */
	struct image_bytes base_btf;
	unsigned int ptr; /* bytes of a pointer */
	bool big_endian;
	char where[288];
	uint64_t budget; /* bytes that tables may still make: see kernel_spend */
	struct map served; /* string ids of native syscalls, by any name of the functions that serve them */
};

/* Counts a note; the first one keeps its address and words. */
void kernel_note(struct kernel *k, enum kernel_note_kind kind, uint64_t addr, const char *fmt, ...)
	BASE_PRINTF(4, 5);

void kernel_index(struct kernel_base *b, const struct surface *s);
void kernel_index_done(struct kernel_base *b);

/* A construct and the surface that its ids are of: a module's own, or its kernel's. */
struct kernel_found {
	const struct surface *s;
	const struct construct *c;
};

/* The string id of a text, 0 when no construct, function or type has it. */
uint32_t kernel_name(const struct kernel *k, const char *name);
/* The construct of that kind and name, of a module or of its kernel; false without. Valid until one is added. */
bool kernel_find(const struct kernel *k, enum kind kind, const char *name, struct kernel_found *ret);
/* Ids of another surface as ids of k->s. */
uint32_t kernel_take_text(struct kernel *k, const struct surface *from, uint32_t text);
uint32_t kernel_take_type(struct kernel *k, const struct surface *from, uint32_t type);
const struct func *kernel_func(const struct kernel *k, uint32_t name);
/* The FUNC_PROTO that a type is, or points to; 0 when it does neither. */
uint32_t kernel_proto(const struct kernel *k, uint32_t type);
/* The value of an enumerator of any enum. */
bool kernel_enumerator(const struct kernel *k, const char *name, int64_t *ret);

/* A member of a struct, also of its unnamed structs and unions. */
struct kernel_field {
	uint64_t bit;	   /* offset */
	unsigned int bits; /* width of a bitfield; 0 when it is none */
	unsigned int size; /* bytes */
};

/* False, and noted, when the image's types do not have it. */
bool kernel_field(struct kernel *k, const char *structure, const char *member, struct kernel_field *ret);
/* The same without a note, for members that come and go. */
bool kernel_field_maybe(const struct kernel *k, const char *structure, const char *member, struct kernel_field *ret);
/* Bytes of a struct; 0 when it is not known. */
uint32_t kernel_sizeof(const struct kernel *k, const char *structure);
/* The field of the struct at `base`: false outside the image. Pointers are relocated. */
bool kernel_value(struct kernel *k, uint64_t base, const struct kernel_field *f, uint64_t *ret);

struct kernel_table {
	uint64_t addr, n;
};

/* Tables lie between two symbols of the linker's script, and in a module are a section. */
enum kernel_table_name { TABLE_EVENTS, TABLE_MCOUNT, TABLE_KPROBE, TABLE_INJECTION, TABLE_COUNT };

/* Whether the image has that table at all. */
bool kernel_has_table(const struct kernel *k, enum kernel_table_name table);
/*
 * A table of entries of `size` bytes. False when there is none (no note), or when it is upside down, misaligned or
 * outside the image (noted as `kind`).
 */
bool kernel_table(struct kernel *k, enum kernel_table_name table, unsigned int size, enum kernel_note_kind kind,
		  struct kernel_table *ret);

struct kernel_range {
	uint64_t from, to;
};

/* Code of one sort that lies together. */
enum kernel_code {
	CODE_INIT,    /* gone after boot, or after loading */
	CODE_KPROBES, /* code of kprobes themselves */
	CODE_NOINSTR, /* not to be instrumented */
	CODE_ENTRY,
	CODE_IRQENTRY,
	CODE_COUNT
};

/* False when the image has none, or does not tell. */
bool kernel_code(const struct kernel *k, enum kernel_code code, struct kernel_range *ret);

/*
 * Takes bytes of a budget that no kernel comes near to, so that damaged tables whose entries all point to the same
 * large thing cannot make more of it than memory holds. False when it is used up.
 */
bool kernel_spend(struct kernel *k, uint64_t bytes);
/* The string id of a text, or 0 when the budget is used up. */
uint32_t kernel_intern(struct kernel *k, const char *text, size_t len);
/* The string id of the text at an address; false when there is none, or an empty one. */
bool kernel_text(struct kernel *k, uint64_t addr, uint32_t *ret);
/* Symbols of one address that are looked at: a table may have a million. */
#define KERNEL_ALIASES_MAX 1024

/* Adds a construct whose items follow from s->items.n on. */
struct construct *kernel_add(struct kernel *k, enum kind kind, uint32_t name, uint32_t seq);
struct item *kernel_add_item(struct kernel *k, struct construct *c);

/* The frame of an image; kernel_done in any case. */
void kernel_init(struct kernel *k, struct image *img, struct surface *s, struct kernel_facts *facts);
void kernel_done(struct kernel *k);

/* ---- the readers; in this order ---- */
void kernel_syscalls(struct kernel *k);
void kernel_tracepoints(struct kernel *k);
void kernel_lsm(struct kernel *k);
void kernel_kfuncs(struct kernel *k);
void kernel_attach(struct kernel *k);
/* In place of those before, where there is no memory to read: what types tell of tracepoints and kfuncs. */
void kernel_bare(struct kernel *k);
int kernel_config(struct kernel *k, struct err *err);

/* ---- syscalls by code ---- */

/*
 * The function that the switch at `addr` (x86, `size` bytes of code: x64_sys_call, ia32_sys_call) jumps to for a
 * number: runs its compares and jumps. 0 when it meets an instruction that such a function does not have.
 */
uint64_t kernel_switch_target(struct kernel *k, uint64_t addr, uint64_t size, uint32_t number);
/* One more than the highest number that it compares with. */
uint32_t kernel_switch_count(struct kernel *k, uint64_t addr, uint64_t size);

/* ---- names of functions that serve syscalls ---- */

/* The name without a prefix, or NULL when it has none: __x64_sys_openat is openat. */
const char *kernel_syscall_name(const char *function);

#endif
