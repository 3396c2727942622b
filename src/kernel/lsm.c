// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * LSM hooks, from types alone: struct security_hook_heads has a list a hook; since 6.12 (kernel commit
 * 417c5643cd67) hooks are static calls and only union security_list_options names them all.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

/* The member of the union of hook functions with that name: a pointer to the hook's own prototype. */
static uint32_t own_proto(const struct kernel *k, const struct construct *options, uint32_t name)
{
	for (uint32_t i = 0; options && i < options->nitems; i++)
		if (k->s->items.v[options->items + i].name == name)
			return kernel_proto(k, k->s->items.v[options->items + i].type);
	return 0;
}

void kernel_lsm(struct kernel *k)
{
	const struct construct *heads = kernel_construct(k, KIND_STRUCT, "security_hook_heads"), *found, *options, *from;
	struct construct list, opts = { 0 };
	uint32_t seq = 0;

	/* An unused kind of type is dropped by the linker's BTF, so either may be there alone. */
	found = kernel_construct(k, KIND_UNION, "security_list_options");
	from = heads ? heads : found;
	if (!from)
		return;
	k->s->info.kinds |= 1u << KIND_LSM;
	list = *from; /* copies: adding constructs moves them */
	if (found)
		opts = *found;
	options = found ? &opts : NULL;
	for (uint32_t i = 0; i < list.nitems; i++) {
		struct item it = k->s->items.v[list.items + i];
		const struct func *f;
		uint32_t proto;
		char name[128];

		if (!it.name || !item_is_flat(k->s, &list, list.items + i))
			continue;
		proto = own_proto(k, options, it.name);
		/* lsm_func_addr stands for whichever hook it is: a plain pointer, no hook. */
		if (!heads && !proto)
			continue;
		snprintf(name, sizeof(name), "security_%s", surface_text(k->s, it.name));
		f = kernel_func(k, kernel_name(k, name));
		kernel_add(k, KIND_LSM, it.name, seq++)->type = f && func_has_proto(f) ? f->proto : proto;
	}
}
