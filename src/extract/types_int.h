/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types from DWARF: what the passes over units (types.c) and their merge (types_merge.c) share. Nodes have
 * BTF's kinds and stand in a table where equal nodes have equal ids.
 */
#ifndef KSURF_EXTRACT_TYPES_INT_H
#define KSURF_EXTRACT_TYPES_INT_H

#include "extract/extract_int.h"

/* Beside BTF's kinds: a struct, union, enum or typedef that is meant by its name alone. */
enum { NODE_NAME = 30 };

#define PERCPU_SECTION ".data..percpu"

enum node_flag {
	NODE_SIGNED = 1,  /* INT, ENUM */
	NODE_BOOL = 2,	  /* INT */
	NODE_BITFIELD = 4, /* STRUCT, UNION: at least one */

};

/*
 * A member (type, offset and width in bits), an enumerator (low and high half of its value) or a parameter
 * (type).
 */
struct node_item {
	uint32_t name;
	uint32_t type;
	uint32_t offset;
	uint32_t bits;
};

/*
 * A node. `ref` is what it refers to (NAME: the kind that is named); `size` bytes, or elements of an array.
 * Its items and what it refers to have lower ids. Names are keys (dwarf_name_text) in a lane's table, string
 * ids in the merged one.
 */
struct node {
	uint64_t hash;
	uint32_t name, size, ref, items, nitems;
	uint32_t ptr, cnst; /* the pointer to it, and it as const: 0 when there is none yet */
	uint8_t kind, flags;
};

struct node_table {
	VEC(struct node) nodes; /* 0 is void */
	VEC(struct node_item) items;
	uint32_t *slots;
	uint32_t mask;
};

void node_table_init(struct node_table *t);
void node_table_done(struct node_table *t);
/*
 * The id of the node with these fields; `want->items` is not looked at, the items are given. Pointers and
 * const are found without hashing.
 */
uint32_t node_intern(struct node_table *t, const struct node *want, const struct node_item *items);
uint32_t node_pointer(struct node_table *t, uint32_t to);
uint32_t node_const(struct node_table *t, uint32_t to);

/* A function or a variable that a unit defines. */
struct unit_symbol {
	uint32_t name; /* key */
	uint32_t type; /* node */
	uint32_t die;  /* offset */
	bool external;
	uint64_t addr; /* 0: a function without code of its own here (inlined, or its code is described elsewhere) */
};

/* What a unit has: ranges in its lane's lists. */
struct unit_types {
	unsigned int lane;
	bool read; /* false: skipped or damaged */
	uint32_t roots, nroots;
	uint32_t funcs, nfuncs; /* those with code, and others that the lane had not met in an earlier unit */
	uint32_t vars, nvars;
	uint64_t ndies;
	struct err *err; /* damage that ended the unit */
	struct dwarf_notes *notes; /* NULL: none */
	bool rust, split;
};

struct rec;
struct raw_item;

/* One thread's state over all its units. */
struct types_reader {
	struct dwarf_lane *dwarf;
	struct arena arena;
	struct node_table table;
	struct map named;	   /* kind and name -> NAME node */
	struct map known_funcs;	   /* name and linkage of a function met before */
	struct map far;		   /* offset of a DIE of another unit -> its strong node; + 2^32: its weak one */
	uint64_t far_budget;	   /* DIEs that may yet be read so: each is read once, unless references are hostile */
	VEC(uint32_t) roots;	   /* nodes that stand for themselves, by unit */
	VEC(struct unit_symbol) funcs;
	VEC(struct unit_symbol) vars;
	uint64_t var_from, var_to; /* where variables are wanted */

	/* of the unit being read */
	const struct dwarf_unit *unit;
	VEC(struct rec) recs;
	VEC(struct raw_item) raw;
	VEC(struct node_item) scratch;
	uint32_t *rec_at; /* by offset in the unit / 4: the last record there */
	uint64_t rec_at_n;
	struct map far_rec; /* offset -> record */
	struct dwarf_notes notes;
};

/* Variables at [var_from, var_to) are kept. */
void types_reader_init(struct types_reader *r, struct dwarf_lane *l, uint64_t var_from, uint64_t var_to);
void types_reader_done(struct types_reader *r);
/* Reads a unit's types. Never fails: damage is in *ret. */
void types_read(struct types_reader *r, const struct dwarf_unit *u, unsigned int lane, struct unit_types *ret);

/* ---- the whole image ---- */

/* What of an image the pass over its units makes, and what it counts. */
struct types_pass {
	const struct image *img;
	const struct dwarf *dwarf;
	struct types_reader *readers;
	unsigned int nreaders;
	struct unit_types *units; /* by index */
	uint64_t percpu_addr, percpu_size; /* .data..percpu; size 0: none */
	unsigned int pointer_size;
};

/* `lanes[i]` is the reader of lane i; others may have used it before. */
void types_pass_init(struct types_pass *p, const struct dwarf *d, struct dwarf_lane *const *lanes,
		     unsigned int nlanes, const struct image *img);
void types_pass_done(struct types_pass *p);
/* All units, on all lanes. */
void types_pass_run(struct types_pass *p, const struct extract_options *o, struct stages *stages);

/* How much could not be read; *first is the damage of the lowest unit. */
void types_pass_damage(const struct types_pass *p, uint64_t *nunits, uint64_t *bytes, uint64_t *nsplit,
		       const struct err **first);

/* What the merge counts. */
struct types_counts {
	uint64_t ntypes, nvariants, nfuncs, nvars;
	uint64_t unnamed_params; /* functions left out, as BTF wants names */
	uint64_t no_symbol;	 /* functions left out, as no symbol has their name */
	uint64_t too_large;	 /* structs whose bitfields BTF cannot place */
};

/* Counts what of the types could not be read; units that are damaged as a whole are not its business. */
void types_pass_findings(const struct types_pass *p, const struct types_counts *counts, struct findings *f,
			 struct arena *a);

/* Unites the units' types, in unit order, and appends them to *ret as raw BTF. */
int types_pass_encode(struct types_pass *p, const struct image_symbols *syms, bool swap,
		      struct types_counts *counts, struct buf *ret, struct err *err);

#endif
