/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the sources of dwarf share: forms, compiled abbreviations. */
#ifndef KSURF_DWARF_INT_H
#define KSURF_DWARF_INT_H

#include "dwarf/dwarf_reader.h"

/* Attribute forms (DWARF 5, table 7.6; GNU_* from binutils' dwarf2.def). */
enum {
	FORM_ADDR = 0x01,
	FORM_BLOCK2 = 0x03,
	FORM_BLOCK4 = 0x04,
	FORM_DATA2 = 0x05,
	FORM_DATA4 = 0x06,
	FORM_DATA8 = 0x07,
	FORM_STRING = 0x08,
	FORM_BLOCK = 0x09,
	FORM_BLOCK1 = 0x0a,
	FORM_DATA1 = 0x0b,
	FORM_FLAG = 0x0c,
	FORM_SDATA = 0x0d,
	FORM_STRP = 0x0e,
	FORM_UDATA = 0x0f,
	FORM_REF_ADDR = DWARF_FORM_REF_ADDR,
	FORM_REF1 = 0x11,
	FORM_REF2 = 0x12,
	FORM_REF4 = 0x13,
	FORM_REF8 = 0x14,
	FORM_REF_UDATA = 0x15,
	FORM_INDIRECT = 0x16,
	FORM_SEC_OFFSET = 0x17,
	FORM_EXPRLOC = 0x18,
	FORM_FLAG_PRESENT = 0x19,
	FORM_STRX = 0x1a,
	FORM_ADDRX = 0x1b,
	FORM_REF_SUP4 = 0x1c,
	FORM_STRP_SUP = 0x1d,
	FORM_DATA16 = 0x1e,
	FORM_LINE_STRP = 0x1f,
	FORM_REF_SIG8 = 0x20,
	FORM_IMPLICIT_CONST = 0x21,
	FORM_LOCLISTX = 0x22,
	FORM_RNGLISTX = 0x23,
	FORM_REF_SUP8 = 0x24,
	FORM_STRX1 = 0x25,
	FORM_STRX2 = 0x26,
	FORM_STRX3 = 0x27,
	FORM_STRX4 = 0x28,
	FORM_ADDRX1 = 0x29,
	FORM_ADDRX2 = 0x2a,
	FORM_ADDRX3 = 0x2b,
	FORM_ADDRX4 = 0x2c,
	FORM_GNU_ADDR_INDEX = 0x1f01,
	FORM_GNU_STR_INDEX = 0x1f02,
	FORM_GNU_REF_ALT = 0x1f20,
	FORM_GNU_STRP_ALT = 0x1f21,
};

/* What a walk does at a DIE. */
enum abbrev_action {
	ACTION_SKIP,	/* pass over it and all below */
	ACTION_THROUGH, /* pass over it, look below */
	ACTION_REPORT,	/* stop, then look below */
	ACTION_REPORT_SKIP, /* stop, then pass over what is below */
};

struct abbrev {
	uint32_t attrs; /* where the attribute list is, from the beginning of the table */
	uint32_t ops;	/* index in abbrevs.ops of the program that passes over the attributes */
	uint32_t present; /* types only: the slots that the program keeps, bit a slot */
	uint16_t tag;
	uint8_t action;
	bool children : 1;
	bool known : 1; /* false: no such code in this table */
};

/* One table of .debug_abbrev for one size of addresses and offsets. */
struct dwarf_abbrevs {
	VEC(struct abbrev) dense; /* by code, as producers number from 1 up */
	VEC(struct abbrev) sparse; /* of codes beyond the dense ones */
	struct map sparse_of;
	VEC(uint8_t) ops;
	VEC(uint64_t) consts; /* values of DW_FORM_implicit_const */
};

/*
 * The skip program: a byte 1..OP_SKIP_MAX passes over that many bytes; the others as named. A
 * reporting DIE's program holds OP_KEEP slot form for what is kept.
 */
enum {
	OP_END = 0,
	OP_SKIP_MAX = 239,
	OP_LEB,
	OP_STRING,
	OP_BLOCK1,
	OP_BLOCK2,
	OP_BLOCK4,
	OP_BLOCK,
	OP_INDIRECT,
	OP_SIBLING, /* form */
	OP_KEEP,	/* slot, form (2 bytes, low first) */
	OP_KEEP_CONST,	/* slot, index in consts (4 bytes, low first) */
};

/*
 * Writes the program for one abbreviation, whose tag and children are set, and sets the rest of it; `in` is at the
 * attribute list and then behind it. False when the list is cut off or has a form that nobody has heard of.
 */
typedef bool abbrev_compiler(struct dwarf_abbrevs *t, const struct dwarf_unit *u, uint64_t tag, struct abbrev *a,
			     struct cur *in);
/* A unit's table, compiled when `tables` does not have it yet. */
int dwarf_table_of(struct dwarf_lane *l, struct dwarf_tables *tables, const struct dwarf_unit *u,
		   abbrev_compiler *compile, const struct dwarf_abbrevs **ret, struct err *err);
void dwarf_tables_done(struct dwarf_tables *tables);
/* The compiled table of a unit, from the lane's cache. */
int dwarf_abbrevs_of(struct dwarf_lane *l, const struct dwarf_unit *u,
		     const struct dwarf_abbrevs **ret, struct err *err);

static inline const struct abbrev *abbrev_of(const struct dwarf_abbrevs *t, uint64_t code)
{
	uint32_t i;

	if (BASE_LIKELY(code < t->dense.n))
		return t->dense.v[code].known ? &t->dense.v[code] : NULL;
	i = map_get(&t->sparse_of, code);
	return i == MAP_NONE ? NULL : &t->sparse.v[i];
}

/* The slot of an attribute, or SLOT_NSLOTS. */
enum dwarf_slot dwarf_slot_of(uint64_t attr);

/* Bytes of a form in this unit: >= 0 fixed, or one of these. */
enum {
	SIZE_LEB = -1,
	SIZE_STRING = -2,
	SIZE_BLOCK1 = -3,
	SIZE_BLOCK2 = -4,
	SIZE_BLOCK4 = -5,
	SIZE_BLOCK = -6,
	SIZE_INDIRECT = -7,
	SIZE_UNKNOWN = -8,
};
int dwarf_form_size(const struct dwarf_unit *u, uint64_t form);

/*
 * Reads a value of `form` at the cursor. A string gives its address as a number, a block or an
 * unknown form 0; FORM_INDIRECT is resolved and v->form is the real one. False on damage.
 */
bool dwarf_read_form(struct cur *c, const struct dwarf_unit *u, uint64_t form, uint64_t implicit,
		     struct dwarf_value *v);

/* Reads the attributes of a DIE that walks report, by its compiled program. False on damage. */
bool dwarf_read_reported(struct dwarf_lane *l, const struct dwarf_unit *u, const struct dwarf_abbrevs *t,
			 const struct abbrev *a, struct cur *c, struct dwarf_die *die);
/* A cursor over .debug_info from `offset` to the unit's end. */
struct cur dwarf_unit_cur(const struct dwarf *d, const struct dwarf_unit *u, uint64_t offset);
/* Frees what the type walk has compiled (typewalk.c). */
/* Counts a value that makes no sense; the first one is kept with its place. */
void dwarf_note(struct dwarf_lane *l, const char *section, uint64_t offset, const char *msg);
/* Parses the unit's line table header into root->files (line.c). */
void dwarf_read_files(struct dwarf_lane *l, struct dwarf_root *root);

#endif
