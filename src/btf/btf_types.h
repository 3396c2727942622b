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

/* Whether libbpf can read these bytes as BTF. */
bool btf_is_readable(const void *data, uint64_t size);

/* ---- writing raw BTF ---------------------------------------------------------------------------------- */

/*
 * Raw BTF being made. All that a type is made of are 32-bit words: they are in host order here and become the
 * image's when written. Types of `head` are numbered first, from 1, those of `tail` behind them.
 */
struct btf_encoder {
	const struct strtab *names;
	VEC(uint32_t) offset_of; /* string id -> offset in strings + 1; 0: not there yet */
	struct buf strings;
	VEC(uint32_t) head, tail;
};

void btf_encoder_init(struct btf_encoder *e, const struct strtab *names);
void btf_encoder_done(struct btf_encoder *e);
/* The offset of a name in BTF's strings; each is there once, in the order of first use. */
uint32_t btf_encoder_name(struct btf_encoder *e, uint32_t id);
/* The second word of a type's record. */
static inline uint32_t btf_encoder_info(uint32_t kind, uint32_t vlen, bool kind_flag)
{
	return (uint32_t)kind_flag << 31 | kind << 24 | (vlen & 0xffff);
}
/* Header, types and strings; appended to *ret. ERR_UNSUPPORTED when they do not fit in 4 GiB. */
int btf_encoder_write(const struct btf_encoder *e, bool swap, struct buf *ret, struct err *err);

#endif
