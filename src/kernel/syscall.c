// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Syscalls: the entries of the image's tables, each with its number and the function that serves it. A table is
 * an array of function addresses; x86 since 6.9 (kernel commit 1e3ad78334a6, also in stable kernels) keeps one
 * for tracing only, and none at all for i386, where the switch function is run instead (switch.c). Numbers that
 * nobody serves are those of sys_ni_syscall.
 */
#include "kernel/kernel_int.h"

/* More syscalls than any table has; arm's and mips' largest have some 6,000. */
#define ENTRIES_MAX 8192
/* Before 5.4 the x32 calls of the x86 table stand here (arch/x86/entry/syscalls/syscall_64.tbl). */
#define X32_FIRST 512
#define NOT_THERE "ni_syscall"

/* Longer ones before those that they begin with; what stands first names a function that has several names. */
static const char *const prefixes[] = {
	"__x64_compat_sys_", "__x32_compat_sys_", "__ia32_compat_sys_", "__arm64_compat_sys_", "__s390_compat_sys_",
	"__riscv_compat_sys_", "__x64_sys_", "__x32_sys_", "__ia32_sys_", "__arm64_sys_", "__s390x_sys_",
	"__s390_sys_", "__riscv_sys_", "__powerpc_sys_", "__loongarch_sys_", "compat_sys_", "compat_SyS_", "sys32_",
	"sys_", "SyS_", "ptregs_sys_", "ptregs_compat_sys_", "stub32_", "stub_", "__se_compat_sys_", "__se_sys_",
	"__do_compat_sys_", "__do_sys_",
};

const char *kernel_syscall_name(const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (!strncmp(function, prefixes[i], n) && function[n])
			return function + n;
	}
	return NULL;
}

static size_t prefix_rank(const char *function)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(prefixes) && strncmp(function, prefixes[i], strlen(prefixes[i])))
		i++;
	return i;
}

/* A place in a table, and what is to be said of it. */
struct entry {
	uint32_t name, function, table; /* string ids */
	uint32_t number;
	uint32_t next; /* the next entry of that name, or MAP_NONE */
};

struct entries {
	struct kernel *k;
	VEC(struct entry) v;
	struct map first, last; /* by name */
};

/* Wrappers of arm that set up registers are called after what they wrap. */
static size_t name_length(const char *name)
{
	static const char wrapper[] = "_wrapper";
	size_t n = strlen(name), w = sizeof(wrapper) - 1;

	return n > w && !strcmp(name + n - w, wrapper) ? n - w : n;
}

/*
 * The function at an address by the name that suits the table best: one with the table's own prefix, then by the
 * order above (SYSCALL_DEFINE0 of x86 makes __x64_sys_x, __ia32_sys_x and __do_sys_x one function), then one without
 * a suffix; sys_ni_syscall before all, since it serves numbers under the names of others, too. NULL when no symbol
 * there is a syscall's.
 */
static const char *function_at(struct entries *e, uint64_t addr, const char *own)
{
	size_t i = image_space_first(e->k->sp, addr), end = i + KERNEL_ALIASES_MAX, best_rank = SIZE_MAX;
	const char *best = NULL;
	struct image_sym sym;

	for (; i < end && image_space_sym_at(e->k->sp, i, addr, &sym); i++) {
		const char *bare = sym.type == IMAGE_SYM_OBJECT ? NULL : kernel_syscall_name(sym.name);
		size_t rank;

		if (!bare)
			continue;
		if (!strcmp(bare, NOT_THERE))
			return sym.name;
		/* gcc calls a function's second symbol __s390x_sys_dup2.localalias. */
		rank = *own && !strncmp(sym.name, own, strlen(own)) ? 0 : 1 + prefix_rank(sym.name);
		rank = 2 * rank + (strchr(sym.name, '.') != NULL);
		if (rank < best_rank) {
			best = sym.name;
			best_rank = rank;
		}
	}
	return best;
}

static void add_entry(struct entries *e, const char *function, const char *table, uint32_t number)
{
	const char *bare = kernel_syscall_name(function);
	struct entry new = {
		.name = kernel_intern(e->k, bare, name_length(bare)),
		.function = kernel_intern(e->k, function, strlen(function)),
		.table = kernel_intern(e->k, table, strlen(table)),
		.number = number,
		.next = MAP_NONE,
	};
	uint32_t *at;

	if (!new.name)
		return;
	at = map_at(&e->last, new.name);
	if (*at != MAP_NONE)
		e->v.v[*at].next = (uint32_t)e->v.n;
	*at = (uint32_t)e->v.n;
	at = map_at(&e->first, new.name);
	if (*at == MAP_NONE)
		*at = (uint32_t)e->v.n;
	VEC_PUSH(&e->v, new);
}

/* What tracing compares with: every name of the function (aliases), without a prefix. */
static void note_served(struct entries *e, uint64_t addr)
{
	size_t i = image_space_first(e->k->sp, addr), end = i + KERNEL_ALIASES_MAX;
	struct image_sym sym;

	for (; i < end && image_space_sym_at(e->k->sp, i, addr, &sym); i++) {
		const char *bare = kernel_syscall_name(sym.name);

		if (bare)
			*map_at(&e->k->served, kernel_intern(e->k, bare, name_length(bare))) = 1;
	}
}

/* Descriptions of tables: the word for users is the ABI's, whatever the symbol. */
struct table {
	enum kernel_symbol array, code;
	const char *arch; /* "" for any */
	const char *word; /* NULL: the image's arch */
	const char *own;  /* prefix of its functions */
	bool native;
};

static const struct table tables[] = {
	{ SYM_SYS_CALL_TABLE, SYM_X64_SYS_CALL, "amd64", "x86_64", "__x64_", true },
	{ SYM_SYS_CALL_TABLE, SYM_IA32_SYS_CALL, "i386", "i386", "__ia32_", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "s390x", "s390x", "__s390x_", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "armhf", "arm", "", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "arm64", "arm64", "__arm64_", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "riscv64", "riscv64", "__riscv_", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "ppc64el", "ppc64", "", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "ppc64", "ppc64", "", true },
	{ SYM_SYS_CALL_TABLE, SYM_COUNT, "", NULL, "", true },
	{ SYM_IA32_TABLE, SYM_IA32_SYS_CALL, "amd64", "i386", "__ia32_", false },
	{ SYM_X32_TABLE, SYM_X32_SYS_CALL, "amd64", "x32", "__x32_", false },
	{ SYM_COMPAT_TABLE, SYM_COUNT, "arm64", "arm", "__arm64_compat_", false },
	{ SYM_COMPAT_TABLE, SYM_COUNT, "riscv64", "riscv32", "__riscv_compat_", false },
	{ SYM_COMPAT_TABLE, SYM_COUNT, "", "compat", "", false },
	{ SYM_EMU_TABLE, SYM_COUNT, "", "s390", "__s390_", false },
	{ SYM_OABI_TABLE, SYM_COUNT, "", "arm-oabi", "", false },
};

static void take(struct entries *e, const struct table *t, const char *word, uint64_t addr, uint32_t number)
{
	const char *function = function_at(e, addr, t->own);

	if (!function) {
		kernel_note(e->k, KERNEL_NOTE_SYSCALL, addr, "entry %u of table %s is no function of a syscall", number,
			    word);
		return;
	}
	if (t->native && strcmp(kernel_syscall_name(function), NOT_THERE))
		note_served(e, addr);
	add_entry(e, function, t->native && number >= X32_FIRST && !strcmp(word, "x86_64") ? "x32" : word, number);
}

/* The table's bytes: by its symbol's size, or, for one made by assembly, up to the next symbol. */
static uint64_t table_bytes(struct kernel *k, const struct image_sym *sym)
{
	size_t next = image_space_first(k->sp, sym->addr + 1);
	struct image_bytes rest = image_space_rest(k->sp, sym->addr);
	uint64_t bytes = sym->size ? sym->size : rest.size;

	if (!sym->size && next < image_space_nsyms(k->sp))
		bytes = image_space_sym(k->sp, next).addr - sym->addr;
	return bytes < rest.size ? bytes : rest.size;
}

/* s390x before 5.0 keeps addresses of four bytes: what an entry of eight would be is no function then. */
static unsigned int entry_width(struct entries *e, uint64_t addr)
{
	uint64_t p;

	if (e->k->ptr == 4 || strcmp(image_arch(e->k->img), "s390x"))
		return e->k->ptr;
	if (image_space_pointer(e->k->sp, addr, &p) && function_at(e, p, ""))
		return 8;
	return image_space_uint(e->k->sp, addr, 4, &p) && function_at(e, p, "") ? 4 : 8;
}

static bool entry_at(struct entries *e, uint64_t addr, unsigned int width, uint64_t *ret)
{
	return width == e->k->ptr ? image_space_pointer(e->k->sp, addr, ret) : image_space_uint(e->k->sp, addr, width, ret);
}

/* Kallsyms have no sizes: what lies behind the table, up to the next symbol, seems to be of it, and is no function. */
static uint64_t functions_at(struct entries *e, uint64_t addr, unsigned int width, uint64_t n)
{
	uint64_t i = 0, p;

	while (i < n && i <= ENTRIES_MAX && entry_at(e, addr + i * width, width, &p) && function_at(e, p, ""))
		i++;
	return i;
}

static void read_array(struct entries *e, const struct table *t, const char *word, const struct image_sym *sym)
{
	unsigned int width = entry_width(e, sym->addr);
	uint64_t n = table_bytes(e->k, sym) / width, p;

	if (image_kind(e->k->img) == IMAGE_BOOT)
		n = functions_at(e, sym->addr, width, n);
	if (!n || n > ENTRIES_MAX) {
		kernel_note(e->k, KERNEL_NOTE_SYSCALL, sym->addr, "%s has %llu entries", sym->name, (unsigned long long)n);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		if (entry_at(e, sym->addr + i * width, width, &p))
			take(e, t, word, p, (uint32_t)i);
	}
}

static void read_code(struct entries *e, const struct table *t, const char *word, const struct image_sym *sym)
{
	uint32_t n = kernel_switch_count(e->k, sym->addr, sym->size), nbad = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t to = kernel_switch_target(e->k, sym->addr, sym->size, i);

		if (to)
			take(e, t, word, to, i);
		else
			nbad++;
	}
	if (nbad || !n)
		kernel_note(e->k, KERNEL_NOTE_SYSCALL, sym->addr, "%s: the code does not tell who serves %u of %u numbers",
			    sym->name, nbad, n);
}

static bool read_table(struct entries *e, const struct table *t)
{
	const struct image_sym *array = e->k->syms[t->array].sym;
	const struct image_sym *code = t->code == SYM_COUNT ? NULL : e->k->syms[t->code].sym;
	const char *arch = image_arch(e->k->img), *word = t->word ? t->word : arch;

	if ((*t->arch && strcmp(t->arch, arch)) || (!array && !code))
		return false;
	if (array)
		read_array(e, t, word, array);
	else
		read_code(e, t, word, code);
	return true;
}

/* One construct a name, in the order of the native table, then of the others. */
static void emit(struct entries *e)
{
	uint32_t seq = 0;

	for (size_t i = 0; i < e->v.n; i++) {
		struct construct *c;

		if (map_get(&e->first, e->v.v[i].name) != i)
			continue;
		c = kernel_add(e->k, KIND_SYSCALL, e->v.v[i].name, seq++);
		for (uint32_t n = (uint32_t)i; n != MAP_NONE; n = e->v.v[n].next)
			*kernel_add_item(e->k, c) = (struct item){
				.name = e->v.v[n].table,
				.value = e->v.v[n].number,
				.text = e->v.v[n].function,
				.role = ITEM_ENTRY,
			};
	}
}

void kernel_syscalls(struct kernel *k)
{
	struct entries e = { .k = k };
	uint32_t taken = 0;

	map_init(&e.first);
	map_init(&e.last);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (!(taken & 1u << tables[i].array) && read_table(&e, &tables[i]))
			taken |= 1u << tables[i].array;
	if (taken)
		k->s->info.kinds |= 1u << KIND_SYSCALL;
	emit(&e);
	map_done(&e.first);
	map_done(&e.last);
	VEC_DONE(&e.v);
}
