// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The readers of kernel data, of a module: the same tables, as sections of the module, laid out as its kernel's types
 * tell. What load_module() of the kernel finds by name (find_module_sections() in kernel/module/main.c).
 */
#include "kernel/kernel_int.h"

struct kernel_base *kernel_base_open(const struct surface *kernel)
{
	struct kernel_base *b = base_alloc(sizeof(*b));

	kernel_index(b, kernel);
	return b;
}

void kernel_base_close(struct kernel_base *b)
{
	if (!b)
		return;
	kernel_index_done(b);
	free(b);
}

/* Every module has a struct module; a file of debug information alone has its place, but not its bytes. */
static bool is_loadable(struct kernel *k)
{
	uint64_t addr, size;

	return image_space_where(k->sp, ".gnu.linkonce.this_module", &addr, &size) && image_space_rest(k->sp, addr).data;
}

/* Nine of ten modules have no table whose layout the kernel's types must tell. */
static bool wants_layouts(const struct kernel *k)
{
	uint64_t addr, size;

	return kernel_has_table(k, TABLE_EVENTS) || kernel_has_table(k, TABLE_INJECTION) ||
	       image_space_where(k->sp, ".BTF_ids", &addr, &size);
}

static void read_tables(struct kernel *k)
{
	const struct surface *kernel = k->base->s;

	k->base_btf = (struct image_bytes){ k->facts->base_btf, k->facts->base_btf_size };
	if (!k->base_btf.data && !strcmp(kernel->info.types_from, "btf"))
		k->base_btf = (struct image_bytes){ kernel->btf, kernel->btf_size };
	kernel_tracepoints(k);
	kernel_attach(k);
	kernel_kfuncs(k);
}

int kernel_read_module(struct image *module, const struct surface *kernel, struct surface *s,
		       struct kernel_facts *facts, struct err *err)
{
	struct kernel_base none = { .s = kernel }, *made = NULL;
	struct err bad = ERR_INIT;
	struct kernel k;

	(void)err;
	map_init(&none.constructs);
	kernel_init(&k, module, s, facts);
	k.base = facts->base ? facts->base : &none;
	if (image_space_open(module, &k.sp, &bad)) {
		kernel_note(&k, KERNEL_NOTE_SYMBOLS, bad.offset, "%s", bad.msg);
	} else if (is_loadable(&k)) {
		if (!facts->base && wants_layouts(&k))
			k.base = made = kernel_base_open(kernel);
		read_tables(&k);
	}
	if (k.sp && image_space_damage(k.sp)) {
		facts->notes[KERNEL_NOTE_MODULE].count = 1;
		facts->notes[KERNEL_NOTE_MODULE].first = *image_space_damage(k.sp);
	}
	kernel_done(&k);
	kernel_base_close(made);
	map_done(&none.constructs);
	return 0;
}
