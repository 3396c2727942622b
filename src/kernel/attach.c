// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where functions can be attached to, as the image's own tables say: the calls that ftrace patches (__mcount_loc),
 * the kprobe blacklist with the sections that a kernel excludes wholly, the error injection list. An address is
 * mapped to the function whose symbol holds it. Never marks what is gone after boot.
 */
#include "kernel/kernel_int.h"

/*
 * Compilers may put the patched instructions before the function (-fpatchable-function-entry=N,M: arm64 with
 * CALL_OPS has 8 bytes there), so the table names a place that no symbol holds.
 */
#define BEFORE_MAX 16

/* A symbol of a function of the surface. */
struct body {
	uint64_t addr, end;
	uint32_t func;
};

struct bodies {
	VEC(struct body) v; /* by address */
};

static int by_addr(const void *a, const void *b)
{
	const struct body *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->func < y->func ? -1 : x->func > y->func;
}

static void collect(const struct kernel *k, struct bodies *b)
{
	const struct surface *s = k->s;

	VEC_RESERVE(&b->v, s->symbols.n);
	for (size_t i = 0; i < s->funcs.n; i++)
		for (uint32_t n = 0; n < s->funcs.v[i].nsymbols; n++) {
			const struct symbol *sym = &s->symbols.v[s->funcs.v[i].symbols + n];

			VEC_PUSH(&b->v, ((struct body){ sym->addr, sym->addr + (sym->size ? sym->size : 1), (uint32_t)i }));
		}
	qsort(b->v.v, b->v.n, sizeof(*b->v.v), by_addr);
}

/* Index of the first body that begins behind an address. */
static size_t behind(const struct bodies *b, uint64_t addr)
{
	size_t lo = 0, hi = b->v.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (b->v.v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Marks the functions whose body holds the address: several when a body has several names. */
static bool mark(struct kernel *k, const struct bodies *b, uint64_t addr, enum attach bit)
{
	size_t i = behind(b, addr);
	uint64_t start;

	if (!i || addr >= b->v.v[i - 1].end)
		return false;
	start = b->v.v[i - 1].addr;
	for (; i && b->v.v[i - 1].addr == start; i--)
		if (addr < b->v.v[i - 1].end)
			k->s->funcs.v[b->v.v[i - 1].func].attach |= (uint32_t)bit;
	return true;
}

static void mark_range(struct kernel *k, const struct bodies *b, enum kernel_symbol start, enum kernel_symbol end)
{
	const struct image_sym *from = k->syms[start].sym, *to = k->syms[end].sym;

	if (!from || !to)
		return;
	for (size_t i = from->addr ? behind(b, from->addr - 1) : 0; i < b->v.n && b->v.v[i].addr < to->addr; i++)
		k->s->funcs.v[b->v.v[i].func].attach |= ATTACH_NO_KPROBE;
}

static bool is_init(const struct kernel *k, uint64_t addr)
{
	const struct image_sym *from = k->syms[SYM_INIT_BEGIN].sym, *to = k->syms[SYM_INIT_END].sym;

	return from && to && addr >= from->addr && addr < to->addr;
}

/*
 * The bodies that hold no entry are weak functions that another one replaced, and assembly: the kernel does not
 * list them either. Places of 0 are those that sorttable cleared.
 */
static void read_mcount(struct kernel *k, const struct bodies *b)
{
	const char *arch = image_arch(k->img);
	bool before = !strcmp(arch, "arm64") || !strcmp(arch, "riscv64") || !strncmp(arch, "ppc64", 5);
	struct kernel_table t;
	uint64_t addr;

	if (!kernel_table(k, SYM_MCOUNT_START, SYM_MCOUNT_STOP, k->ptr, KERNEL_NOTE_ATTACH, &t))
		return;
	for (uint64_t i = 0; i < t.n; i++) {
		if (!image_space_pointer(k->sp, t.addr + i * k->ptr, &addr) || !addr || is_init(k, addr))
			continue;
		if (!mark(k, b, addr, ATTACH_FTRACE) && before) {
			size_t next = behind(b, addr);

			if (next < b->v.n && b->v.v[next].addr - addr <= BEFORE_MAX)
				mark(k, b, b->v.v[next].addr, ATTACH_FTRACE);
		}
	}
}

/*
 * populate_kprobe_blacklist() of the kernel: the list of NOKPROBE_SYMBOL, .kprobes.text, .noinstr.text; and of the
 * machines' arch_populate_kprobe_blacklist(): .entry.text (x86, arm64, riscv), .irqentry.text (arm64, s390,
 * loongarch).
 */
static void read_blacklist(struct kernel *k, const struct bodies *b)
{
	const char *arch = image_arch(k->img);
	bool arm64 = !strcmp(arch, "arm64");
	struct kernel_table t;
	uint64_t addr;

	if (kernel_table(k, SYM_KPROBE_START, SYM_KPROBE_STOP, k->ptr, KERNEL_NOTE_ATTACH, &t))
		for (uint64_t i = 0; i < t.n; i++)
			if (image_space_pointer(k->sp, t.addr + i * k->ptr, &addr) && addr)
				mark(k, b, addr, ATTACH_NO_KPROBE);
	mark_range(k, b, SYM_KPROBES_TEXT_START, SYM_KPROBES_TEXT_END);
	mark_range(k, b, SYM_NOINSTR_TEXT_START, SYM_NOINSTR_TEXT_END);
	if (arm64 || !strcmp(arch, "amd64") || !strcmp(arch, "i386") || !strcmp(arch, "riscv64"))
		mark_range(k, b, SYM_ENTRY_TEXT_START, SYM_ENTRY_TEXT_END);
	if (arm64 || !strcmp(arch, "s390x") || !strcmp(arch, "loongarch64"))
		mark_range(k, b, SYM_IRQENTRY_TEXT_START, SYM_IRQENTRY_TEXT_END);
}

static void read_injection(struct kernel *k, const struct bodies *b)
{
	uint32_t size = kernel_sizeof(k, "error_injection_entry");
	struct kernel_field f;
	struct kernel_table t;
	uint64_t addr;

	if (!k->syms[SYM_INJECTION_START].sym)
		return;
	if (!size || !kernel_field_maybe(k, "error_injection_entry", "addr", &f)) {
		kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET, "the image's types have no error_injection_entry::addr");
		return;
	}
	if (!kernel_table(k, SYM_INJECTION_START, SYM_INJECTION_STOP, size, KERNEL_NOTE_ATTACH, &t))
		return;
	for (uint64_t i = 0; i < t.n; i++)
		if (kernel_value(k, t.addr + i * size, &f, &addr) && addr)
			mark(k, b, addr, ATTACH_ERROR_INJECTION);
}

void kernel_attach(struct kernel *k)
{
	struct bodies b = { 0 };

	collect(k, &b);
	read_mcount(k, &b);
	read_blacklist(k, &b);
	read_injection(k, &b);
	VEC_DONE(&b.v);
}
