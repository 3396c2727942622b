// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * LSM hooks, from types alone: struct security_hook_heads has a list a hook; since 6.12 (kernel commit
 * 417c5643cd67) hooks are static calls and only union security_list_options names them all.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

/* The members of the union of hook functions: name -> the hook's own prototype, that a pointer points to. */
static void own_protos(const struct kernel *k, const struct construct *options, struct map *protos)
{
	for (uint32_t i = 0; options && i < options->nitems; i++) {
		const struct item *it = &k->s->items.v[options->items + i];

		if (it->name)
			*map_at(protos, it->name) = kernel_proto(k, it->type);
	}
}

void kernel_lsm(struct kernel *k)
{
	struct kernel_found heads, options;
	bool has_heads = kernel_find(k, KIND_STRUCT, "security_hook_heads", &heads);
	bool has_options = kernel_find(k, KIND_UNION, "security_list_options", &options);
	struct construct list;
	struct map protos;
	uint32_t seq = 0;

	if (!has_heads && !has_options)
		return;
	k->s->info.kinds |= 1u << KIND_LSM;
	map_init(&protos);
	own_protos(k, has_options ? options.c : NULL, &protos);
	list = has_heads ? *heads.c : *options.c; /* a copy: adding constructs moves them */
	for (uint32_t i = 0; i < list.nitems; i++) {
		struct item it = k->s->items.v[list.items + i];
		uint32_t proto = it.name ? map_get(&protos, it.name) : 0;
		const struct func *f;
		char name[128];

		if (!it.name || !item_is_flat(k->s, &list, list.items + i))
			continue;
		proto = proto == MAP_NONE ? 0 : proto;
		/* lsm_func_addr stands for whichever hook it is: a plain pointer, no hook. */
		if (!has_heads && !proto)
			continue;
		snprintf(name, sizeof(name), "security_%s", surface_text(k->s, it.name));
		f = kernel_func(k, kernel_name(k, name));
		kernel_add(k, KIND_LSM, it.name, seq++)->type = f && func_has_proto(f) ? f->proto : proto;
	}
	map_done(&protos);
}
