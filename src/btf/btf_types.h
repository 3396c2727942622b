/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * btf: BTF bytes in, types out. Parsing is libbpf's, behind a door that lets only sound bytes in; here its
 * records become functions, and constructs of the surface. Sees neither files nor ELF. Format:
 * Documentation/bpf/btf.rst of the kernel.
 */
#ifndef KSURF_BTF_TYPES_H
#define KSURF_BTF_TYPES_H

#include "surface/surface.h"

struct btf_func {
	uint32_t name;	/* string id */
	uint32_t proto; /* type id of a FUNC_PROTO */
};

/* What was left out or mended, each with its count and its first place: codes of findings. */
enum btf_note_kind {
	BTF_NOTE_HEADER,    /* btf-header: a part of the header is not known, or makes no sense */
	BTF_NOTE_KIND,	    /* btf-kind: records of kinds that ksurf does not know, stepped over */
	BTF_NOTE_CUT,	    /* btf-cut-off: what follows this place cannot be told */
	BTF_NOTE_RECORD,    /* btf-record: records that make no sense, left out */
	BTF_NOTE_NAME,	    /* btf-name: names outside the strings, read as none */
	BTF_NOTE_REFERENCE, /* btf-reference: references to no type; a member of such a type is void */
	BTF_NOTE_FUNC,	    /* btf-function: functions whose prototype is damaged, left out */
	BTF_NOTE_CONSTRUCT, /* btf-construct: structs and typedefs endless, too large or of no type, left out */
	BTF_NNOTES
};

extern const char *const btf_note_code[BTF_NNOTES];

struct btf_facts {
	VEC(struct btf_func) funcs; /* in BTF's order; the first of a name only */
	VEC(uint32_t) kfuncs;	    /* string ids: functions with the decl tag bpf_kfunc, in BTF's order */
	uint32_t ntypes;	    /* all types of the BTF */
	uint32_t nduplicates;	    /* functions whose name was there before, constructs that were there alike */
	struct err_note notes[BTF_NNOTES];
};

/*
 * Reads raw BTF of either byte order. Functions come back in *ret, for the caller to unite with others;
 * structs, unions, enums, typedefs and features are added to s->constructs and s->items (which hold none of
 * these yet), names to s->str, types to s->types, the kinds to s->info.kinds; s->btf and s->btf_size become
 * `data` and `size`, which the caller keeps for as long as the surface. Pointers are of s->info.pointer_size
 * bytes, or when that is 0, as large as the BTF implies.
 * `where` names the bytes in errors. Nothing is changed on an error: ERR_FORMAT, ERR_UNSUPPORTED when it is
 * not BTF that is known; ERR_DAMAGED when more than lost_max percent of the types' bytes are. What is left out
 * below that is in ret->notes. Time and memory are linear in size, whatever the bytes are.
 */
int btf_read(const char *where, const void *data, uint64_t size, unsigned int lost_max, struct surface *s,
	     struct btf_facts *ret, struct err *err);
void btf_facts_done(struct btf_facts *f);

/* BTF that split BTF goes on from: checked and parsed once, then read by any number of threads. */
struct btf_base;

/* ERR_FORMAT when it is no BTF, or cut off, so that nobody knows where its ids end. A copy of the bytes is kept. */
int btf_base_open(const char *where, const void *data, uint64_t size, struct btf_base **ret, struct err *err);
void btf_base_close(struct btf_base *base);
/*
 * The same as btf_read of split BTF, whose type ids and names go on from those of `base`. Only what the split part
 * adds becomes facts; s->btf stays as it is. Split BTF without types is none. ERR_FORMAT when the two do not belong
 * together: references that the base cannot have, names that begin inside its names.
 */
int btf_read_split(const char *where, const void *data, uint64_t size, unsigned int lost_max,
		   const struct btf_base *base, struct surface *s, struct btf_facts *ret, struct err *err);

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
