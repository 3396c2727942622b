// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What types alone tell where no memory of the kernel can be read: kfuncs by their tags, and tracepoints by the
 * typedef that each has for raw tracepoints (btf_trace_NAME, include/trace/bpf_probe.h, Linux 5.3 on). Never says
 * that a tracepoint is not there: those of system calls have no such typedef.
 */
#include "kernel/kernel_int.h"

#include <stdio.h>

#define RAW "btf_trace_"

static void add_kfuncs(struct kernel *k)
{
	for (size_t i = 0; i < k->facts->nkfuncs; i++) {
		const struct func *f = kernel_func(k, k->facts->kfuncs[i]);

		kernel_add(k, KIND_KFUNC, k->facts->kfuncs[i], (uint32_t)i)->type = f && func_has_proto(f) ? f->proto : 0;
	}
	if (k->facts->nkfuncs)
		k->s->info.kinds |= 1u << KIND_KFUNC;
}

/* The record is known where the event is the first of its class, which then has its name. */
static void add_tracepoint(struct kernel *k, const char *name, uint32_t type, uint32_t seq)
{
	uint32_t id = strtab_intern(k->s->str, name, strlen(name));
	struct construct record = { 0 }, *c;
	struct kernel_found found;
	const struct func *f;
	char text[256];
	bool is;

	snprintf(text, sizeof(text), "trace_event_raw_%s", name);
	is = kernel_find(k, KIND_STRUCT, text, &found);
	if (is)
		record = *found.c; /* a copy: adding constructs moves them */
	snprintf(text, sizeof(text), "trace_event_raw_event_%s", name);
	f = kernel_func(k, kernel_name(k, text));
	c = kernel_add(k, KIND_TRACEPOINT, id, seq);
	c->class = is ? id : 0;
	c->size = record.size;
	c->flags = is ? 0 : CONSTRUCT_NO_RECORD;
	c->type = is && f && func_has_proto(f) ? f->proto : kernel_proto(k, type);
	for (uint32_t i = 0; i < record.nitems && kernel_spend(k, sizeof(struct item)); i++) {
		struct item it = k->s->items.v[record.items + i];

		*kernel_add_item(k, c) = it;
	}
}

static void add_tracepoints(struct kernel *k)
{
	size_t n = k->s->constructs.n;
	uint32_t seq = 0;

	for (size_t i = 0; i < n; i++) {
		struct construct c = k->s->constructs.v[i];
		const char *name = surface_text(k->s, c.name);

		if (c.kind == KIND_TYPEDEF && !c.variant && !strncmp(name, RAW, sizeof(RAW) - 1) && name[sizeof(RAW) - 1])
			add_tracepoint(k, name + sizeof(RAW) - 1, c.type, seq++);
	}
}

void kernel_bare(struct kernel *k)
{
	add_tracepoints(k);
	add_kfuncs(k);
}
