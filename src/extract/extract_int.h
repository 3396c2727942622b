/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the passes of extract hand to each other. */
#ifndef KSURF_EXTRACT_INT_H
#define KSURF_EXTRACT_INT_H

#include "dwarf/dwarf_reader.h"
#include "extract/extract.h"
#include "kernel/kernel.h"

#define NO_ENTITY UINT32_MAX

/*
 * How well a DIE states a function's prototype. Assembly and the compiler's own declarations of builtins
 * state none, though their DIEs look like "void f(void)".
 */
enum proto_rank {
	PROTO_NONE,
	PROTO_DECLARED,	/* a declaration with DW_AT_prototyped */
	PROTO_DEFINED_OLD, /* a definition in C without it: f() */
	PROTO_DEFINED,
};

/*
 * What one unit says of one function: all its DIEs of that function melted into one. External
 * functions are told apart by name, static ones by name, place of declaration and unit.
 */
struct entity {
	uint32_t name;	   /* lane name id; the merge makes it, file and loc_file the surface's string ids */
	uint32_t next;	   /* next entity of this unit with the same name */
	uint32_t file;	   /* lane path id of the unit that declares it */
	uint32_t loc_file; /* lane path id, of the definition once there is one */
	uint32_t loc_line;
	bool external;
	bool defined; /* some DIE is no mere declaration */
	bool copied_far; /* there is an inlined copy whose origin lies in another unit */
	enum inline_word inline_word;
	uint64_t body;	  /* address of the first out-of-line body, 0: none */
	uint64_t inlined; /* address of the first inlined copy, 0: none */
	uint64_t die;	  /* offset of the DIE that states the prototype best */
	enum proto_rank proto;
	uint32_t instance; /* set by the merge: index in merge.instances */
};

/* A call site or an inlined copy: who is called, in whose out-of-line body. */
struct mention {
	uint32_t callee, caller; /* indexes in unit_facts.entities; caller may be NO_ENTITY */
	bool inlined;
};

enum unit_state {
	UNIT_READ,
	UNIT_PARTIAL, /* read where it is imported */
	UNIT_RUST,    /* functions of no C caller */
	UNIT_SPLIT,   /* its DIEs are in a .dwo file */
	UNIT_OTHER,   /* type units: hold no functions */
	UNIT_DAMAGED,
};

struct unit_facts {
	enum unit_state state;
	unsigned int lane;
	uint32_t file; /* lane path id */
	const char *name, *comp_dir; /* as the unit states them */
	struct entity *entities;
	struct mention *mentions;
	uint32_t nentities, nmentions;
	uint64_t ndies;
	struct err *err; /* UNIT_DAMAGED: why */
	struct dwarf_notes *bad_refs, *bad_values; /* NULL: none */
};

/* One thread's state over all its units. Ids of its tables mean nothing outside it. */
struct unit_reader {
	struct dwarf_lane dwarf;
	struct arena arena;
	struct strtab paths;
	VEC(const char *) names; /* by name id; 0 is none. Equal texts may have two ids: see name_id */
	struct strtab inline_names; /* names that stand in .debug_info itself */
	struct map name_of_ptr;	 /* address of a text -> name id */
	struct map path_of_file; /* address of a struct dwarf_file -> path id */

	/* of the unit being read */
	const struct dwarf_root *root;
	uint32_t file;
	uint32_t generation;
	VEC(uint64_t) first_of_name; /* name id -> generation << 32 | entity */
	struct map entity_of_die;
	struct map imported; /* offsets of partial units that were read for this unit */
	VEC(struct entity) entities;
	VEC(struct mention) mentions;
	struct dwarf_notes bad_refs; /* references to DIEs that cannot be read */
};

void unit_reader_init(struct unit_reader *r, const struct dwarf *d);
void unit_reader_done(struct unit_reader *r);
/* Reads one unit; what it holds goes to the reader's arena. Never fails: damage is a state. */
void unit_read(struct unit_reader *r, const struct dwarf_unit *u, unsigned int lane,
	       struct unit_facts *ret);

/* ---- paths ---- */

/* comp_dir / dir / name as text, without tidying, into *out (reset first). */
void path_join(struct buf *out, const char *comp_dir, const char *dir, const char *name);

/*
 * The places where a kernel's source and build trees lie, learned from its units; paths are made
 * relative to them.
 */
struct path_votes {
	uint32_t units;	  /* whose name has a top folder of the kernel right below this place */
	uint32_t folders; /* which ones, a bit each */
};

struct path_roots {
	struct strtab roots;
	VEC(uint32_t) by_length; /* ids of roots, longest first */
	struct strtab places;	 /* where the source tree might begin */
	VEC(struct path_votes) votes; /* by place */
	VEC(uint32_t) guesses;	 /* places, used where the vote has no result */
	uint32_t nvoters;
};

void path_roots_init(struct path_roots *p);
void path_roots_done(struct path_roots *p);
/* Once for each unit, then path_roots_settle; only then can paths be normalised. */
void path_roots_learn(struct path_roots *p, const char *comp_dir, const char *unit_name);
void path_roots_settle(struct path_roots *p);
/* `path` relative to the kernel's tree where it lies in it; *out is reset first. */
void path_normalise(struct path_roots *p, const char *path, struct buf *out);

/* ---- findings ---- */

struct findings {
	VEC(struct finding) v;
};

/* Counts a finding; the first message of a code is kept (copied to the arena). */
void finding_add(struct findings *f, struct arena *a, const char *code, uint64_t count,
		 const struct err *first);

/* The same of one that another list has; what its code has so far keeps its message. */
void finding_copy(struct findings *f, struct arena *a, const struct finding *from);

/*
 * Finds the image's DWARF and its units; what is wrong with it becomes findings. ERR_MISSING without any,
 * ERR_DAMAGED when too many units cannot be found or are unknown, unless o->force. Close *d in any case.
 */
int extract_open_dwarf(struct image *img, const struct extract_options *o, struct stages *stages,
		       struct findings *f, struct arena *a, struct dwarf *d, struct err *err);

/* ---- merge ---- */

/* Where the prototypes of merged functions stand: parallel to surface.funcs. */
struct proto_place {
	uint64_t die;
	enum proto_rank rank;
};

struct merged {
	VEC(struct proto_place) protos; /* by func */
	VEC(uint32_t) func_of_name;	/* surface string id -> func, or MAP_NONE */
	uint32_t *new_index;		/* instance as entities know it -> index in surface.instances, or MAP_NONE */
};

/* Unites what all units say, in unit order, into s->funcs and instances. */
void merge_units(struct unit_reader *readers, unsigned int nreaders, struct unit_facts *units,
		 size_t nunits, struct surface *s, struct merged *m);
/*
 * Without DWARF: a function for each stem of a symbol, in the order of symbols. Labels of the linker and mapping
 * symbols, which kallsyms has among the functions, make none.
 */
void merge_groups(const struct image_symbols *syms, struct surface *s, struct merged *m);
void merged_done(struct merged *m);
/* Gives each instance its callers. */
void merge_callers(const struct unit_facts *units, size_t nunits, struct surface *s,
		   const struct merged *m);
/* Gives each function its symbols, collision and inline type. */
void merge_symbols(const struct image *img, const struct image_symbols *syms, struct surface *s,
		   const struct merged *m);

/* ---- who may call kfuncs ---- */

struct registrations {
	VEC(struct kernel_registration) v; /* in the order of DWARF */
};

/* After the merge, when entities have the surface's names. */
void read_registrations(struct unit_reader *readers, const struct unit_facts *units, const struct surface *s,
			struct registrations *ret);

/* ---- prototypes from DWARF ---- */

/* Reads prototypes at the places where DWARF states them. */
struct proto_places {
	struct unit_reader *readers;
	const struct unit_facts *units;
	struct surface *s;
	struct map type_of_die;
	uint64_t ntypes;
};

void proto_places_init(struct proto_places *p, struct unit_reader *readers, const struct unit_facts *units,
		       struct surface *s);
void proto_places_done(struct proto_places *p);
/* The FUNC_PROTO of a subprogram; false when it cannot be read. */
bool proto_at(struct proto_places *p, uint64_t die, uint32_t *ret);

/*
 * Sets the prototype of each function that has none from its DIE. *nbad counts those unreadable. Each
 * unit is read by the lane that has its abbreviations compiled.
 */
void dwarf_protos(struct unit_reader *readers, unsigned int nreaders,
		  const struct unit_facts *units, struct surface *s, const struct merged *m,
		  uint64_t *ntypes, uint64_t *nbad);

/* ---- doubts ---- */

/* Whether .BTF is of the same build as DWARF, and has the functions that it should have. */
void find_btf_doubts(struct unit_reader *readers, const struct unit_facts *units, struct surface *s,
		     const struct merged *m, const char *where, struct findings *f);
/* Whether the kernel was built for debugging: by its config, functions and name. */
void find_debug_flavor(struct surface *s, const char *where, struct findings *f);

#endif
