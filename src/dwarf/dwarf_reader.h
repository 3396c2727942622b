/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dwarf: section bytes in, a stream of the DIEs that matter out. DWARF 2 to 5 and GNU extensions, 32
 * and 64-bit, either byte order. Sees neither files nor ELF, and trusts nothing: every offset, form
 * and length is checked, and a reader that meets damage says where.
 *
 * `struct dwarf` is read-only after dwarf_open and shared by all threads; a `struct dwarf_lane` holds
 * what one thread has compiled (abbreviations) and parsed (unit roots, line tables).
 */
#ifndef KSURF_DWARF_READER_H
#define KSURF_DWARF_READER_H

#include "base/base.h"

/* Tags, attributes, forms and languages that the readers use (DWARF 5, section 7.5; GNU from binutils). */
enum {
	TAG_ARRAY_TYPE = 0x01,
	TAG_CLASS_TYPE = 0x02,
	TAG_ENUMERATION_TYPE = 0x04,
	TAG_FORMAL_PARAMETER = 0x05,
	TAG_LEXICAL_BLOCK = 0x0b,
	TAG_MEMBER = 0x0d,
	TAG_POINTER_TYPE = 0x0f,
	TAG_REFERENCE_TYPE = 0x10,
	TAG_COMPILE_UNIT = 0x11,
	TAG_STRUCTURE_TYPE = 0x13,
	TAG_SUBROUTINE_TYPE = 0x15,
	TAG_TYPEDEF = 0x16,
	TAG_UNION_TYPE = 0x17,
	TAG_UNSPECIFIED_PARAMETERS = 0x18,
	TAG_INLINED_SUBROUTINE = 0x1d,
	TAG_PTR_TO_MEMBER_TYPE = 0x1f,
	TAG_SUBRANGE_TYPE = 0x21,
	TAG_BASE_TYPE = 0x24,
	TAG_CONST_TYPE = 0x26,
	TAG_ENUMERATOR = 0x28,
	TAG_PACKED_TYPE = 0x2d,
	TAG_SUBPROGRAM = 0x2e,
	TAG_TRY_BLOCK = 0x32,
	TAG_VARIABLE = 0x34,
	TAG_VOLATILE_TYPE = 0x35,
	TAG_RESTRICT_TYPE = 0x37,
	TAG_NAMESPACE = 0x39,
	TAG_UNSPECIFIED_TYPE = 0x3b,
	TAG_PARTIAL_UNIT = 0x3c,
	TAG_IMPORTED_UNIT = 0x3d,
	TAG_TYPE_UNIT = 0x41,
	TAG_RVALUE_REFERENCE_TYPE = 0x42,
	TAG_ATOMIC_TYPE = 0x47,
	TAG_CALL_SITE = 0x48,
	TAG_CALL_SITE_PARAMETER = 0x49,
	TAG_SKELETON_UNIT = 0x4a,
	TAG_GNU_CALL_SITE = 0x4109,
	TAG_GNU_CALL_SITE_PARAMETER = 0x410a,

	LANG_RUST = 0x1c,
	LANG_MIPS_ASSEMBLER = 0x8001,

	DWARF_FORM_REF_ADDR = 0x10, /* a reference that may leave its unit */

	ENCODING_BOOLEAN = 0x02,
	ENCODING_COMPLEX_FLOAT = 0x03,
	ENCODING_FLOAT = 0x04,
	ENCODING_SIGNED = 0x05,
	ENCODING_SIGNED_CHAR = 0x06,
};

struct dwarf_bytes {
	const uint8_t *data;
	uint64_t size;
};

struct dwarf_sections {
	const char *file; /* for messages */
	bool swap;	  /* bytes are not of the host's order */
	struct dwarf_bytes info, abbrev, str, line, line_str, ranges, rnglists, addr, str_offsets;
};

/* A unit's header (DWARF 5, section 7.5.1). Offsets are into .debug_info. */
struct dwarf_unit {
	uint64_t offset, first_die, end;
	uint64_t abbrev_offset;
	uint64_t signature, type_die; /* of a type unit: its signature, and where the type is */
	uint32_t index;
	uint16_t version;
	uint8_t type; /* DW_UT_*, 1 (compile) before version 5 */
	uint8_t addr_size, offset_size;
};

struct dwarf {
	struct dwarf_sections s;
	VEC(struct dwarf_unit) units;
	struct map unit_of_signature; /* signature >> 1 (a map has no key UINT64_MAX) -> type unit */
};

/* Values that make no sense, but harm no more than the fact they stand for. */
struct dwarf_notes {
	uint64_t n;
	struct err first; /* when n */
};

/*
 * Finds all units by hopping over their lengths. A header that makes no sense ends the list: that is
 * told in *err with its offset and ERR_FORMAT, and the units before it are there to be read; a unit
 * of an unknown version or type is left out, and counted in *unknown.
 */
int dwarf_open(struct dwarf *d, const struct dwarf_sections *s, struct dwarf_notes *unknown,
	       struct err *err);
void dwarf_close(struct dwarf *d);
/* Fills *err: ERR_FORMAT at an offset of a section of d's file. */
int dwarf_err(const struct dwarf *d, const char *section, uint64_t offset, struct err *err,
	      const char *msg);
/* The unit that holds an offset of .debug_info, or NULL. */
const struct dwarf_unit *dwarf_unit_at(const struct dwarf *d, uint64_t offset);

/* ---- DIEs ------------------------------------------------------------------------------------------ */

/* The attributes that ksurf looks at; all others are skipped. */
enum dwarf_slot {
	SLOT_SIBLING,
	SLOT_NAME,
	SLOT_ABSTRACT_ORIGIN,
	SLOT_SPECIFICATION,
	SLOT_CALL_ORIGIN,
	SLOT_EXTERNAL,
	SLOT_DECLARATION,
	SLOT_INLINE,
	SLOT_PROTOTYPED,
	SLOT_LOW_PC,
	SLOT_ENTRY_PC,
	SLOT_RANGES,
	SLOT_DECL_FILE,
	SLOT_DECL_LINE,
	SLOT_TYPE,
	SLOT_BYTE_SIZE,
	SLOT_ENCODING,
	SLOT_COUNT,
	SLOT_UPPER_BOUND,
	SLOT_IMPORT,
	SLOT_COMP_DIR,
	SLOT_STMT_LIST,
	SLOT_LANGUAGE,
	SLOT_STR_OFFSETS_BASE,
	SLOT_ADDR_BASE,
	SLOT_RNGLISTS_BASE,
	SLOT_DWO_NAME,
	SLOT_SIGNATURE,
	SLOT_CALL_VALUE, /* of a call site's parameter: where its expression stands in .debug_info */
	SLOT_NSLOTS
};

/* A value as its form holds it: number, address index, section offset; what it means is asked below. */
struct dwarf_value {
	uint16_t form;
	uint64_t v;
};

struct dwarf_die {
	uint64_t offset;    /* of the DIE, in .debug_info */
	uint64_t next;	    /* of what follows its attributes: first child or next DIE */
	uint32_t present;   /* bit a slot */
	uint32_t depth;	    /* from a walk: 0 is the unit's root */
	uint16_t tag;	    /* 0: the entry that ends a list of children */
	bool children;
	struct dwarf_value value[SLOT_NSLOTS];
};

static inline bool dwarf_has(const struct dwarf_die *die, enum dwarf_slot slot)
{
	return die->present & (1u << slot);
}

/* ---- one thread's reader ---------------------------------------------------------------------------- */

/* A unit's root attributes, parsed once a lane. */
struct dwarf_root {
	const struct dwarf_unit *unit;
	const char *name, *comp_dir; /* "" when absent */
	uint64_t language;
	uint64_t low_pc;
	uint64_t stmt_list; /* UINT64_MAX when absent */
	uint64_t str_offsets_base, addr_base, rnglists_base;
	uint16_t tag;
	bool split; /* the unit's DIEs are in a .dwo file */
	struct dwarf_notes notes; /* of the root itself and its line table */
	bool files_read;
	struct dwarf_file *files;
	uint32_t nfiles;
};

/* A file of a line table: path = dir / name, either may be absolute. */
struct dwarf_file {
	const char *dir, *name;
};

/* Compiled tables of .debug_abbrev. */
struct dwarf_tables {
	VEC(struct dwarf_abbrevs *) v;
	struct map of; /* abbreviation offset and sizes -> index in v */
};

struct dwarf_lane {
	const struct dwarf *d;
	struct arena arena;
	struct dwarf_tables tables, type_tables; /* what the walk over functions and that over types have compiled */
	struct dwarf_root **roots; /* by unit index */
	struct strtab inline_names; /* names of dwarf_type_walk that stand in .debug_info itself */
	const struct dwarf_unit *last_unit; /* the one whose table was asked for last, and it */
	const struct dwarf_abbrevs *last_table;
	struct dwarf_notes notes; /* of values asked for below; whoever asks may reset it */
};

void dwarf_lane_init(struct dwarf_lane *l, const struct dwarf *d);
void dwarf_lane_done(struct dwarf_lane *l);

/* The root of a unit; valid as long as the lane. */
int dwarf_root(struct dwarf_lane *l, const struct dwarf_unit *u, const struct dwarf_root **ret,
	       struct err *err);
/* The DIE at an offset of .debug_info, in any unit. ERR_FORMAT when there is none. */
int dwarf_die_at(struct dwarf_lane *l, const struct dwarf_unit *u, uint64_t offset,
		 struct dwarf_die *die, struct err *err);
/*
 * The next DIE with one of the tags of `want` (bit a tag, tags below 64) among siblings: from *at, the
 * offset of a first child or of what follows a sibling, over others and what they hold. Reads it into
 * *die and moves *at behind it and its children. 1: found, 0: the list is at its end, < 0: damage.
 */
int dwarf_next_child(struct dwarf_lane *l, const struct dwarf_unit *u, uint64_t *at, uint64_t want,
		     struct dwarf_die *die, struct err *err);

/* What values mean. `root` is the root of the DIE's own unit. What makes no sense is noted in l->notes. */

/* A string, never NULL; "" when it lies outside its section. */
const char *dwarf_string(struct dwarf_lane *l, const struct dwarf_root *root,
			 const struct dwarf_value *v);
/* True for a string that stands in .debug_info itself (DW_FORM_string), once for each DIE. */
bool dwarf_is_inline_string(const struct dwarf_value *v);
/* The offset in .debug_info that a reference means, or UINT64_MAX (out of the unit, in another file). */
uint64_t dwarf_ref(const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_value *v);
/* An address; 0 when it cannot be had. */
uint64_t dwarf_addr(struct dwarf_lane *l, const struct dwarf_root *root,
		    const struct dwarf_value *v);
/* The entry address of a subprogram or inlined subroutine: low pc, entry pc, first range; 0: no code. */
uint64_t dwarf_entry_addr(struct dwarf_lane *l, const struct dwarf_root *root,
			  const struct dwarf_die *die);
/* What a call passes in one register, where that is known at build time. */
struct dwarf_call_arg {
	bool address; /* of an object; else a number */
	uint64_t value;
};

/*
 * The constants that the call site at an offset passes, in the order of its parameters, at most `max`; what is
 * not constant is left out. The number of them.
 */
size_t dwarf_call_args(struct dwarf_lane *l, const struct dwarf_root *root, uint64_t call,
		       struct dwarf_call_arg *args, size_t max);
/* Reads the unit's line table header, if no DIE has asked for it yet: its damage is noted in the root. */
void dwarf_read_lines(struct dwarf_lane *l, const struct dwarf_root *root);
/* DW_AT_decl_file's file, or NULL (none stated, or no such file). */
const struct dwarf_file *dwarf_decl_file(struct dwarf_lane *l, const struct dwarf_root *root,
					 uint64_t file);

/* ---- walking a unit ---------------------------------------------------------------------------------- */

/*
 * Steps over a unit's DIEs in order and stops at those that functions are made of: subprograms,
 * inlined subroutines, call sites, imported units. Lexical blocks are passed through; everything else
 * is skipped with what it holds, by sibling where there is one.
 */
struct dwarf_walk {
	struct dwarf_lane *lane;
	const struct dwarf_unit *unit;
	const struct dwarf_abbrevs *abbrevs;
	const uint8_t *p, *end;
	uint32_t depth;
	uint32_t skip_from; /* depth of the DIE whose children are passed over, or UINT32_MAX */
	uint64_t ndies;
};

int dwarf_walk_init(struct dwarf_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
		    struct err *err);
/* 1: *die is the next one; 0: the unit is at its end; < 0: damage, told in *err. */
int dwarf_walk_next(struct dwarf_walk *w, struct dwarf_die *die, struct err *err);

/* ---- walking a unit's types ---------------------------------------------------------------------------- */

/* What a type is made of. References and names are what dwarf_type_die says they are. */
enum dwarf_type_slot {
	TSLOT_NAME,	  /* a key */
	TSLOT_TYPE,	  /* offset in .debug_info, or DWARF_NO_TYPE */
	TSLOT_SIZE,
	TSLOT_ENCODING,
	TSLOT_COUNT,
	TSLOT_UPPER,
	TSLOT_LOCATION,	  /* a member's offset in bytes, a variable's address; UINT64_MAX: none that is constant */
	TSLOT_BIT_SIZE,
	TSLOT_BIT_OFFSET, /* DWARF 2 and 3: from the most significant bit of the storage unit */
	TSLOT_DATA_BIT_OFFSET,
	TSLOT_CONST,
	TSLOT_DECLARATION,
	TSLOT_EXTERNAL,
	TSLOT_ORIGIN,	/* offset in .debug_info, or DWARF_NO_TYPE */
	TSLOT_SPECIFICATION,
	TSLOT_LOW_PC, /* of a subprogram: an address; 0 when it cannot be had */
	TSLOT_SIGNATURE, /* the type in a unit of its own that this one stands for: its offset */
	TSLOT_NSLOTS
};

#define DWARF_NO_TYPE UINT32_MAX

/*
 * A DIE as the type walk reports it. Which values are there is the abbreviation's; others are not set. Names
 * are keys: 0 is none, and dwarf_name_text gives the text. Equal keys of one lane are equal names; a name
 * may have two keys where the linker has not merged it.
 */
struct dwarf_type_die {
	uint32_t offset; /* in .debug_info */
	uint32_t depth;	 /* 0 is the unit's root */
	uint32_t passed; /* the least depth of what was passed through on the way here, or UINT32_MAX */
	uint32_t present;
	uint16_t tag;
	bool children;
	uint64_t v[TSLOT_NSLOTS];
};

static inline bool dwarf_type_has(const struct dwarf_type_die *die, enum dwarf_type_slot slot)
{
	return die->present & (1u << slot);
}

/*
 * Steps over a unit's DIEs and stops at those that types are made of, at any depth: types, members,
 * enumerators, subranges, parameters, subprograms with a name of their own, variables at a fixed address.
 * Copies of inlined functions and call sites are passed over: what they use is described where it is
 * declared.
 */
struct dwarf_type_walk {
	struct dwarf_lane *lane;
	const struct dwarf_unit *unit;
	const struct dwarf_root *root;
	const struct dwarf_abbrevs *abbrevs;
	const uint8_t *p, *end;
	uint32_t depth;
	uint32_t skip_from;
	uint64_t ndies;
};

/* ERR_UNSUPPORTED when .debug_info has 4 GiB or more. */
int dwarf_type_walk_init(struct dwarf_type_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
			 struct err *err);
/* The same from one DIE of the unit: it and what it holds. */
int dwarf_type_walk_from(struct dwarf_type_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
			 uint64_t offset, struct err *err);
/* 1: *die is the next one; 0: the unit is at its end; < 0: damage, told in *err. */
int dwarf_type_walk_next(struct dwarf_type_walk *w, struct dwarf_type_die *die, struct err *err);

/* Whether a key's text is the same in all lanes of one image. */
#define DWARF_NAME_LANE 0xc0000000u
static inline bool dwarf_name_is_shared(uint32_t key)
{
	return key < DWARF_NAME_LANE;
}

/* The key of a name that is no part of a type walk. */
uint32_t dwarf_name_key(struct dwarf_lane *l, const struct dwarf_root *root, const struct dwarf_value *v);
/* The text of a name's key, never NULL; `room` holds the short ones. */
const char *dwarf_name_text(const struct dwarf_lane *l, uint32_t key, char room[static 4]);

#endif
