/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * btf: BTF bytes in, types out. Parsing is libbpf's; here its records become nodes of the surface's
 * type table. Sees neither files nor ELF. Format: Documentation/bpf/btf.rst of the kernel.
 */
#ifndef KSURF_BTF_TYPES_H
#define KSURF_BTF_TYPES_H

#include "surface/surface.h"

struct btf_func {
	uint32_t name;	/* string id */
	uint32_t proto; /* type id of a FUNC_PROTO */
};

struct btf_funcs {
	VEC(struct btf_func) v; /* in BTF's order; the first of a name only */
	uint32_t ntypes;	/* all types of the BTF */
	uint32_t nduplicates;	/* functions whose name was there before */
	uint32_t nbad;		/* functions whose types make no sense; left out */
};

/*
 * All functions of raw BTF, either byte order, with their prototypes in `types` and names in `str`.
 * `where` names the bytes in errors. ERR_FORMAT when libbpf cannot parse them.
 */
int btf_read_funcs(const char *where, const void *data, uint64_t size, struct strtab *str,
		   struct type_table *types, struct btf_funcs *ret, struct err *err);
void btf_funcs_done(struct btf_funcs *f);

#endif
