// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where functions can be attached to, as the image's own tables say: the calls that ftrace patches (__mcount_loc),
 * the kprobe blacklist with the sections that a kernel excludes wholly, the error injection list. An address is
 * mapped to the function whose symbol holds it. Never marks what is gone after boot.
 */
#include "kernel/kernel_int.h"

/* The symbols of the surface's functions by address. */
struct bodies {
	const struct surface *s;
	struct sort_key *v; /* address -> index in s->symbols */
	uint32_t *func;	    /* by index in s->symbols */
	size_t n, last;
};

static void collect(const struct surface *s, struct bodies *b)
{
	*b = (struct bodies){ .s = s, .n = s->symbols.n };
	b->v = base_alloc(b->n * sizeof(*b->v));
	b->func = base_alloc(b->n * sizeof(*b->func));
	memset(b->func, 0, b->n * sizeof(*b->func));
	for (size_t i = 0; i < b->n; i++)
		b->v[i] = (struct sort_key){ s->symbols.v[i].addr, (uint32_t)i };
	for (size_t i = 0; i < s->funcs.n; i++)
		for (uint32_t n = 0; n < s->funcs.v[i].nsymbols; n++)
			b->func[s->funcs.v[i].symbols + n] = (uint32_t)i;
	sort_keys(b->v, b->n);
}

/* Index of the first body that begins behind an address. Tables are sorted, so it is mostly near the last one. */
static size_t behind(struct bodies *b, uint64_t addr)
{
	size_t lo = 0, hi = b->n, i = b->last;

	if (i < b->n && b->v[i].key <= addr)
		for (lo = i; i < b->n && i < lo + 32; i++)
			if (b->v[i].key > addr)
				return b->last = i;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (b->v[mid].key <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return b->last = lo;
}

/* True when body i begins at or before the address and does not end before it. */
static bool holds(const struct bodies *b, size_t i, uint64_t addr)
{
	uint64_t size = b->s->symbols.v[b->v[i].value].size;

	return addr - b->v[i].key < (size ? size : 1);
}

static bool begins(struct bodies *b, uint64_t addr)
{
	size_t i = behind(b, addr);

	return i && b->v[i - 1].key == addr;
}

/* Marks the functions whose body holds the address: several when a body has several names. */
static bool mark(struct kernel *k, struct bodies *b, uint64_t addr, enum attach bit)
{
	size_t i = behind(b, addr), end = i > KERNEL_ALIASES_MAX ? i - KERNEL_ALIASES_MAX : 0;
	bool marked = false;
	uint64_t start = i ? b->v[i - 1].key : 0;

	for (; i > end && b->v[i - 1].key == start; i--)
		if (holds(b, i - 1, addr)) {
			k->s->funcs.v[b->func[b->v[i - 1].value]].attach |= (uint32_t)bit;
			marked = true;
		}
	return marked;
}

static void mark_code(struct kernel *k, struct bodies *b, enum kernel_code code)
{
	struct kernel_range r;

	if (!kernel_code(k, code, &r))
		return;
	for (size_t i = r.from ? behind(b, r.from - 1) : 0; i < b->n && b->v[i].key < r.to; i++)
		k->s->funcs.v[b->func[b->v[i].value]].attach |= ATTACH_NO_KPROBE;
}

/*
 * How far before a function the table names it: compilers put the patched instructions there when asked
 * (-fpatchable-function-entry=N,M: arm64 and riscv with call ops, powerpc out of line).
 */
static uint64_t patched_before(const struct kernel *k)
{
	const char *arch = image_arch(k->img);

	if (!strcmp(arch, "arm64") || !strcmp(arch, "riscv64"))
		return 8;
	return strncmp(arch, "ppc64", 5) ? 0 : 4;
}

/*
 * Kallsyms have no sizes: a symbol goes on to the next one, over what a weak function left that another one replaced. So
 * a call that is patched is taken to be one only where compilers put it: behind endbr (x86), bti, or what saves the
 * return address. False for what lies farther behind the start of its function.
 */
static bool near_start(const struct kernel *k, struct bodies *b, uint64_t addr)
{
	const char *arch = image_arch(k->img);
	size_t i = behind(b, addr);

	return image_kind(k->img) != IMAGE_BOOT || !i || addr - b->v[i - 1].key <= (!strcmp(arch, "amd64") ? 4 : 16);
}

/*
 * True when most entries are before a function, as the compiler was asked for all of them. Where the function before
 * has no size, both seem to hold the place.
 */
static bool most_before(struct kernel *k, struct bodies *b, const struct kernel_table *t, uint64_t before)
{
	uint64_t addr, n = 0;

	if (image_kind(k->img) != IMAGE_BOOT || !before)
		return false;
	for (uint64_t i = 0; i < t->n; i++)
		if (image_space_pointer(k->sp, t->addr + i * k->ptr, &addr) && addr)
			n += begins(b, addr + before);
	return n > t->n / 2;
}

/*
 * Entries that no body holds are those of weak functions that another one replaced: the kernel does not list them
 * either. Entries of 0 are the same, cleared by sorttable.
 */
static void read_mcount(struct kernel *k, struct bodies *b)
{
	uint64_t addr, before = patched_before(k);
	struct kernel_range init = { 0, 0 };
	struct kernel_table t;
	bool all_before;
	size_t next;

	if (!kernel_table(k, TABLE_MCOUNT, k->ptr, KERNEL_NOTE_ATTACH, &t))
		return;
	kernel_code(k, CODE_INIT, &init);
	all_before = most_before(k, b, &t, before);
	for (uint64_t i = 0; i < t.n; i++) {
		if (!image_space_pointer(k->sp, t.addr + i * k->ptr, &addr) || !addr || (addr >= init.from && addr < init.to))
			continue;
		if (all_before && begins(b, addr + before))
			addr += before;
		if (!near_start(k, b, addr) || mark(k, b, addr, ATTACH_FTRACE) || !before)
			continue;
		next = behind(b, addr);
		if (next < b->n && b->v[next].key == addr + before)
			mark(k, b, addr + before, ATTACH_FTRACE);
	}
}

/*
 * populate_kprobe_blacklist() of the kernel: the list of NOKPROBE_SYMBOL, .kprobes.text, .noinstr.text; and of the
 * machines' arch_populate_kprobe_blacklist(): .entry.text (x86, arm64), .irqentry.text (arm64, riscv, s390,
 * loongarch). Of a module the first three: add_module_kprobe_blacklist().
 */
static void read_blacklist(struct kernel *k, struct bodies *b)
{
	const char *arch = image_arch(k->img);
	bool arm64 = !strcmp(arch, "arm64");
	struct kernel_table t;
	uint64_t addr;

	if (kernel_table(k, TABLE_KPROBE, k->ptr, KERNEL_NOTE_ATTACH, &t))
		for (uint64_t i = 0; i < t.n; i++)
			if (image_space_pointer(k->sp, t.addr + i * k->ptr, &addr) && addr)
				mark(k, b, addr, ATTACH_NO_KPROBE);
	mark_code(k, b, CODE_KPROBES);
	mark_code(k, b, CODE_NOINSTR);
	if (arm64 || !strcmp(arch, "amd64") || !strcmp(arch, "i386"))
		mark_code(k, b, CODE_ENTRY);
	if (arm64 || !strcmp(arch, "riscv64") || !strcmp(arch, "s390x") || !strcmp(arch, "loongarch64"))
		mark_code(k, b, CODE_IRQENTRY);
}

static void read_injection(struct kernel *k, struct bodies *b)
{
	uint32_t size = kernel_sizeof(k, "error_injection_entry");
	struct kernel_field f;
	struct kernel_table t;
	uint64_t addr;

	if (!kernel_has_table(k, TABLE_INJECTION))
		return;
	if (!size || !kernel_field_maybe(k, "error_injection_entry", "addr", &f)) {
		kernel_note(k, KERNEL_NOTE_TYPES, ERR_NO_OFFSET, "the image's types have no error_injection_entry::addr");
		return;
	}
	if (!kernel_table(k, TABLE_INJECTION, size, KERNEL_NOTE_ATTACH, &t))
		return;
	for (uint64_t i = 0; i < t.n; i++)
		if (kernel_value(k, t.addr + i * size, &f, &addr) && addr)
			mark(k, b, addr, ATTACH_ERROR_INJECTION);
}

void kernel_attach(struct kernel *k)
{
	struct bodies b;

	collect(k->s, &b);
	read_mcount(k, &b);
	read_blacklist(k, &b);
	read_injection(k, &b);
	k->s->info.facts |= FACT_ATTACH;
	free(b.v);
	free(b.func);
}
