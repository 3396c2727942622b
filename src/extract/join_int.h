/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How facts of modules become part of their kernel's surface. While modules are being read nobody changes the
 * kernel's surface: readers look into it, and what they found is collected beside it, and joined at the end.
 */
#ifndef KSURF_JOIN_INT_H
#define KSURF_JOIN_INT_H

#include "btf/btf_types.h"
#include "extract/extract_int.h"

/* A kernel's surface as those who read modules look into it. For any number of threads. */
struct kernel_view {
	struct surface *s;
	struct map constructs;	/* kind << 32 | name -> index of the first one */
	struct map unnamed;	/* enumerators of unnamed enums: see join_view_init */
	VEC(uint32_t) same;	/* type id -> the type that stands for it when types are compared */
	struct btf_base *base;	/* s->btf; NULL: none that split BTF could go on from */
	struct kernel_base *layouts; /* what the readers of a module's tables ask of its kernel */
};

/* Makes nodes in s->types; from then on the surface must stay as it is until the view is done. */
void kernel_view_init(struct kernel_view *v, struct surface *s);
/* Opens s->btf as the base of split BTF, where it is the image's own. */
void kernel_view_open_base(struct kernel_view *v);
void kernel_view_done(struct kernel_view *v);

struct module_facts;
/* Types and prototypes of a module of which there is split BTF and nothing else. Damage is a finding, and false. */
bool module_types_alone(struct module_facts *m, const struct kernel_view *v, const char *where, const void *btf,
			uint64_t size);

/* One module on its own: a surface with strings and types of its own. */
struct module_facts {
	const char *name; /* in the arena of s */
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct findings findings; /* texts in the arena of s */
	VEC(uint32_t) news; /* constructs that the kernel does not have alike, by rising index */
	const char *build_id;
	void *btf; /* owned: raw split BTF on the kernel's; NULL: none */
	uint64_t btf_size;
	bool left_out;
};

void module_facts_init(struct module_facts *m, const struct kernel_view *v);
void module_facts_done(struct module_facts *m);
/* Sets m->news. */
void module_find_news(struct module_facts *m, const struct kernel_view *v);

/* All modules that were joined so far. Ids are of its own tables. */
struct joining;

struct joining *joining_new(void);
/* Adds what a module says; modules come in the order of their names. The module is needed no more. */
void joining_add(struct joining *j, struct module_facts *m);
/* Puts it all into the kernel's surface, whose view is done by now. Frees j. */
void joining_end(struct joining *j, struct surface *s);

/* ---- one module ---- */

/* Where the facts of one module come from; `code` and `debug` may be one file. */
struct module_source {
	struct image *code;  /* as the kernel loads it: sections with bytes, symbols */
	struct image *debug; /* with DWARF */
	const char *where;   /* of `btf` */
	struct image_bytes btf;
	struct btf_base *own_base; /* from .BTF.base; NULL: the kernel's */
};

/*
 * All passes over one module, on one lane. Functions come from DWARF where the kernel's do, else from symbols; types
 * from split BTF, else from DWARF. *has_btf: the BTF was read, and has types.
 */
int extract_module(const struct module_source *src, const struct extract_options *o, const struct kernel_view *v,
		   struct module_facts *m, bool *has_btf, struct err *err);

/* ---- the running system ---- */

/* Attach points by the kernel's own lists, where both can be read. */
void live_attach(const struct image_live *live, struct surface *s);
/* What could not be seen, as one finding. */
void live_unseen(const struct image *img, const struct image_live *live, struct findings *f, struct arena *a);
/* Types and prototypes of loaded modules; info.findings is settled already. */
void live_modules(const struct image_live *live, struct surface *s);

#endif
