// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What one unit says of functions: its subprograms, inlined copies and call sites become entities and
 * mentions, in DIE order. One thread, one unit at a time; the merge unites units.
 *
 * How producers describe a function. GCC gives a function that is inlined somewhere an abstract
 * instance (DW_AT_inline; name, place, prototype, no code); each copy refers to it by
 * DW_AT_abstract_origin: an out-of-line body as a second DW_TAG_subprogram ("concrete instance"), an
 * inlined copy as DW_TAG_inlined_subroutine. A function that is never inlined is one subprogram with
 * everything. Functions of other units that are called are subprograms with DW_AT_declaration. Call
 * sites refer to any of these. With LTO and dwz an origin may lie in another unit.
 */
#include "extract/extract_int.h"

#define ORIGIN_DEPTH_MAX 8
#define IMPORT_DEPTH_MAX 16
#define NEST_MAX 256

void unit_reader_init(struct unit_reader *r, const struct dwarf *d)
{
	*r = (struct unit_reader){ 0 };
	dwarf_lane_init(&r->dwarf, d);
	arena_init(&r->arena);
	strtab_init(&r->inline_names);
	VEC_PUSH(&r->names, "");
	strtab_init(&r->paths);
	map_init(&r->name_of_ptr);
	map_init(&r->path_of_file);
	map_init(&r->entity_of_die);
	map_init(&r->imported);
}

void unit_reader_done(struct unit_reader *r)
{
	dwarf_lane_done(&r->dwarf);
	arena_done(&r->arena);
	strtab_done(&r->inline_names);
	VEC_DONE(&r->names);
	strtab_done(&r->paths);
	map_done(&r->name_of_ptr);
	map_done(&r->path_of_file);
	map_done(&r->entity_of_die);
	map_done(&r->imported);
	VEC_DONE(&r->first_of_name);
	VEC_DONE(&r->entities);
	VEC_DONE(&r->mentions);
}

/*
 * A name's id is told by its address: the linker has merged equal texts of a string section. Where it has
 * not, one name has two ids here, and the merge, which compares texts, unites what they name.
 */
static uint32_t name_id(struct unit_reader *r, const struct dwarf_root *root,
			const struct dwarf_value *v)
{
	const char *text = dwarf_string(&r->dwarf, root, v);
	uint32_t *id;

	if (!*text)
		return 0;
	if (dwarf_is_inline_string(v))
		text = strtab_text(&r->inline_names, strtab_intern_z(&r->inline_names, text));
	id = map_at(&r->name_of_ptr, (uintptr_t)text);
	if (*id == MAP_NONE) {
		*id = (uint32_t)r->names.n;
		VEC_PUSH(&r->names, text);
	}
	return *id;
}

static uint32_t path_id(struct unit_reader *r, const char *comp_dir, const char *dir, const char *name)
{
	struct buf path = { 0 };
	uint32_t id;

	path_join(&path, comp_dir, dir, name);
	id = strtab_intern(&r->paths, path.v, path.n);
	buf_done(&path);
	return id;
}

/*
 * The path of the unit that a DIE's function belongs to. A partial unit (dwz) has none of its own: what
 * it holds belongs to the unit that imports it.
 */
static uint32_t unit_path(struct unit_reader *r, const struct dwarf_root *root)
{
	if (root == r->root || root->tag != TAG_COMPILE_UNIT)
		return r->file;
	return path_id(r, root->comp_dir, "", root->name);
}

/* A function's DIE, with what it inherits by DW_AT_specification. */
struct function_die {
	const struct dwarf_root *root;
	const struct dwarf_die *die;
	uint32_t name;
	uint32_t loc_file, loc_line;
	bool external, declaration;
};

static void bad_reference(struct unit_reader *r, const struct err *err)
{
	if (!r->bad_refs.n++)
		r->bad_refs.first = *err;
}

/* The root and DIE at an offset anywhere in .debug_info; `from` is the DIE that refers to it. */
static int far_die(struct unit_reader *r, uint64_t from, uint64_t offset, const struct dwarf_root **root,
		   struct dwarf_die *die, struct err *err)
{
	const struct dwarf_unit *u = r->root->unit;
	int rc;

	if (offset < u->first_die || offset >= u->end)
		u = dwarf_unit_at(r->dwarf.d, offset);
	if (!u)
		return dwarf_err(r->dwarf.d, ".debug_info", from, err, "a DIE refers to no unit");
	rc = dwarf_root(&r->dwarf, u, root, err);
	return rc ? rc : dwarf_die_at(&r->dwarf, u, offset, die, err);
}

static uint32_t decl_file_id(struct unit_reader *r, const struct dwarf_root *root,
			     const struct dwarf_die *die)
{
	const struct dwarf_file *f = NULL;
	uint32_t *id;

	if (dwarf_has(die, SLOT_DECL_FILE))
		f = dwarf_decl_file(&r->dwarf, root, die->value[SLOT_DECL_FILE].v);
	if (!f)
		return unit_path(r, root);
	id = map_at(&r->path_of_file, (uintptr_t)f);
	if (*id == MAP_NONE)
		*id = path_id(r, root->comp_dir, f->dir, f->name);
	return *id;
}

static void function_facts(struct unit_reader *r, const struct dwarf_root *root,
			   const struct dwarf_die *die, struct function_die *f)
{
	*f = (struct function_die){ .root = root, .die = die };
	if (dwarf_has(die, SLOT_NAME))
		f->name = name_id(r, root, &die->value[SLOT_NAME]);
	if (dwarf_has(die, SLOT_EXTERNAL))
		f->external = die->value[SLOT_EXTERNAL].v != 0;
	if (dwarf_has(die, SLOT_DECLARATION))
		f->declaration = die->value[SLOT_DECLARATION].v != 0;
	if (dwarf_has(die, SLOT_DECL_LINE))
		f->loc_line = (uint32_t)die->value[SLOT_DECL_LINE].v;
	if (!f->external || !f->declaration)
		f->loc_file = decl_file_id(r, root, die);
}

/* A definition that leaves its name to an earlier declaration (DWARF 5, section 2.13.2). */
static bool inherit(struct unit_reader *r, struct function_die *f)
{
	struct err err = ERR_INIT;
	const struct dwarf_root *root;
	struct function_die decl;
	struct dwarf_die die;

	if (f->name || !dwarf_has(f->die, SLOT_SPECIFICATION))
		return f->name != 0;
	if (far_die(r, f->die->offset, dwarf_ref(r->dwarf.d, f->root->unit, &f->die->value[SLOT_SPECIFICATION]),
		    &root, &die, &err)) {
		bad_reference(r, &err);
		return false;
	}
	function_facts(r, root, &die, &decl);
	f->name = decl.name;
	f->external |= decl.external;
	if (!dwarf_has(f->die, SLOT_DECL_LINE)) {
		f->loc_line = decl.loc_line;
		f->loc_file = decl_file_id(r, root, &die);
	}
	return f->name != 0;
}

static uint32_t find_entity(struct unit_reader *r, const struct function_die *f, uint32_t file)
{
	uint64_t first = f->name < r->first_of_name.n ? r->first_of_name.v[f->name] : 0;
	uint32_t i;

	if (first >> 32 != r->generation)
		return NO_ENTITY;
	for (i = (uint32_t)first; i != NO_ENTITY; i = r->entities.v[i].next) {
		const struct entity *e = &r->entities.v[i];

		if (e->external != f->external)
			continue;
		if (f->external || (e->loc_file == f->loc_file && e->loc_line == f->loc_line &&
				    e->file == file))
			return i;
	}
	return NO_ENTITY;
}

static uint32_t get_entity(struct unit_reader *r, const struct function_die *f)
{
	uint32_t file = unit_path(r, f->root), i = find_entity(r, f, file);
	uint64_t first;

	if (i != NO_ENTITY)
		return i;
	while (r->first_of_name.n <= f->name)
		VEC_PUSH(&r->first_of_name, 0);
	first = r->first_of_name.v[f->name];
	i = (uint32_t)r->entities.n;
	VEC_PUSH(&r->entities, ((struct entity){
			.name = f->name,
			.next = first >> 32 == r->generation ? (uint32_t)first : NO_ENTITY,
			.file = file,
			.loc_file = f->external ? 0 : f->loc_file,
			.loc_line = f->external ? 0 : f->loc_line,
			.external = f->external,
			.inline_word = INLINE_NOT_SEEN,
		 }));
	r->first_of_name.v[f->name] = (uint64_t)r->generation << 32 | i;
	return i;
}

static enum proto_rank proto_rank(const struct function_die *f)
{
	bool prototyped = dwarf_has(f->die, SLOT_PROTOTYPED) && f->die->value[SLOT_PROTOTYPED].v;

	if (f->root->language == LANG_MIPS_ASSEMBLER)
		return PROTO_NONE;
	if (f->declaration)
		return prototyped ? PROTO_DECLARED : PROTO_NONE;
	return prototyped ? PROTO_DEFINED : PROTO_DEFINED_OLD;
}

static void note_proto(struct entity *e, const struct function_die *f)
{
	enum proto_rank rank = proto_rank(f);

	if (rank > e->proto) {
		e->proto = rank;
		e->die = f->die->offset;
	}
}

/* The entity of a DIE that was not met before, through origins of origins. */
static uint32_t new_reference(struct unit_reader *r, uint64_t from, uint64_t offset)
{
	struct err err = ERR_INIT;
	const struct dwarf_root *root;
	struct function_die f;
	struct dwarf_die die;
	uint64_t at = offset;
	uint32_t ent;

	for (unsigned int depth = 0;; depth++) {
		if (far_die(r, from, at, &root, &die, &err))
			goto bad;
		if (!dwarf_has(&die, SLOT_ABSTRACT_ORIGIN))
			break;
		if (depth == ORIGIN_DEPTH_MAX) {
			dwarf_err(r->dwarf.d, ".debug_info", from, &err, "origins run in a circle");
			goto bad;
		}
		at = dwarf_ref(r->dwarf.d, root->unit, &die.value[SLOT_ABSTRACT_ORIGIN]);
	}
	if (die.tag != TAG_SUBPROGRAM) {
		dwarf_err(r->dwarf.d, ".debug_info", from, &err, "the origin of a copy or call is no subprogram");
		goto bad;
	}
	function_facts(r, root, &die, &f);
	ent = inherit(r, &f) ? get_entity(r, &f) : NO_ENTITY;
	if (ent != NO_ENTITY)
		note_proto(&r->entities.v[ent], &f);
	*map_at(&r->entity_of_die, offset) = ent;
	return ent;
bad:
	bad_reference(r, &err);
	return NO_ENTITY;
}

/* The entity of the DIE that a copy or a call refers to. */
static uint32_t referred_entity(struct unit_reader *r, const struct dwarf_root *root,
				const struct dwarf_die *die, enum dwarf_slot slot)
{
	uint64_t offset = dwarf_ref(r->dwarf.d, root->unit, &die->value[slot]);
	uint32_t known = offset == UINT64_MAX ? MAP_NONE : map_get(&r->entity_of_die, offset);

	return known != MAP_NONE ? known : new_reference(r, die->offset, offset);
}

static void define(struct unit_reader *r, struct entity *e, const struct function_die *f)
{
	const struct dwarf_die *die = f->die;

	/* The first definition tells the place, the first that states DW_AT_inline the word. */
	if (!e->defined) {
		e->defined = true;
		e->inline_word = INLINE_SEEN_UNKNOWN;
		e->file = unit_path(r, f->root);
		e->loc_file = f->loc_file;
		e->loc_line = f->loc_line;
	}
	if (e->inline_word == INLINE_SEEN_UNKNOWN && dwarf_has(die, SLOT_INLINE) &&
	    die->value[SLOT_INLINE].v <= INLINE_DECLARED_INLINED)
		e->inline_word = (enum inline_word)die->value[SLOT_INLINE].v;
	if (!e->body)
		e->body = dwarf_entry_addr(&r->dwarf, f->root, die);
}

/* Returns the entity whose body follows, or NO_ENTITY for a declaration. */
static uint32_t read_subprogram(struct unit_reader *r, const struct dwarf_root *root,
				const struct dwarf_die *die)
{
	struct function_die f;
	uint32_t ent;

	if (dwarf_has(die, SLOT_ABSTRACT_ORIGIN)) {
		ent = referred_entity(r, root, die, SLOT_ABSTRACT_ORIGIN);
		if (ent != NO_ENTITY && !r->entities.v[ent].body)
			r->entities.v[ent].body = dwarf_entry_addr(&r->dwarf, root, die);
		return ent;
	}
	ent = map_get(&r->entity_of_die, die->offset);
	function_facts(r, root, die, &f);
	if (ent == MAP_NONE) {
		if (!inherit(r, &f))
			return NO_ENTITY;
		ent = get_entity(r, &f);
		*map_at(&r->entity_of_die, die->offset) = ent;
	} else if (ent == NO_ENTITY) {
		return NO_ENTITY;
	}
	note_proto(&r->entities.v[ent], &f);
	if (f.declaration)
		return NO_ENTITY;
	define(r, &r->entities.v[ent], &f);
	return ent;
}

static void read_inlined(struct unit_reader *r, const struct dwarf_root *root,
			 const struct dwarf_die *die, uint32_t caller)
{
	struct entity *e;
	uint32_t ent;

	if (!dwarf_has(die, SLOT_ABSTRACT_ORIGIN))
		return;
	ent = referred_entity(r, root, die, SLOT_ABSTRACT_ORIGIN);
	if (ent == NO_ENTITY)
		return;
	e = &r->entities.v[ent];
	e->copied_far |= die->value[SLOT_ABSTRACT_ORIGIN].form == DWARF_FORM_REF_ADDR;
	if (!e->inlined)
		e->inlined = dwarf_entry_addr(&r->dwarf, root, die);
	VEC_PUSH(&r->mentions, ((struct mention){ ent, caller, true }));
}

static void read_call(struct unit_reader *r, const struct dwarf_root *root, const struct dwarf_die *die,
		      uint32_t caller)
{
	enum dwarf_slot slot = dwarf_has(die, SLOT_CALL_ORIGIN) ? SLOT_CALL_ORIGIN : SLOT_ABSTRACT_ORIGIN;
	uint32_t ent;

	if (!dwarf_has(die, slot)) /* an indirect call */
		return;
	ent = referred_entity(r, root, die, slot);
	if (ent != NO_ENTITY)
		VEC_PUSH(&r->mentions, ((struct mention){ ent, caller, false }));
}

/* The out-of-line functions that the walk is inside of; nested ones are GNU C's or a block's. */
struct nest {
	struct { uint32_t depth, entity; } v[NEST_MAX];
	unsigned int n;
};

static int read_dies(struct unit_reader *r, const struct dwarf_root *root, unsigned int imports,
		     uint64_t *ndies, struct err *err);

static int read_import(struct unit_reader *r, const struct dwarf_root *root, const struct dwarf_die *die,
		       unsigned int imports, uint64_t *ndies, struct err *err)
{
	const struct dwarf *d = r->dwarf.d;
	uint64_t offset = dwarf_has(die, SLOT_IMPORT) ? dwarf_ref(d, root->unit, &die->value[SLOT_IMPORT]) :
							 UINT64_MAX;
	const struct dwarf_unit *u = offset == UINT64_MAX ? NULL : dwarf_unit_at(d, offset);
	const struct dwarf_root *other;
	uint32_t *seen;
	int rc;

	if (!u || u == root->unit || imports == IMPORT_DEPTH_MAX) {
		struct err bad = ERR_INIT;

		dwarf_err(d, ".debug_info", die->offset, &bad, "an import of no unit, or in a circle");
		bad_reference(r, &bad);
		return 0;
	}
	seen = map_at(&r->imported, u->offset);
	if (*seen != MAP_NONE)
		return 0;
	*seen = 1;
	rc = dwarf_root(&r->dwarf, u, &other, err);
	return rc ? rc : read_dies(r, other, imports + 1, ndies, err);
}

static int read_dies(struct unit_reader *r, const struct dwarf_root *root, unsigned int imports,
		     uint64_t *ndies, struct err *err)
{
	struct nest nest = { .n = 0 };
	struct dwarf_walk walk;
	struct dwarf_die die;
	int rc = dwarf_walk_init(&walk, &r->dwarf, root->unit, err), more = 0;

	while (!rc && (more = dwarf_walk_next(&walk, &die, err)) > 0) {
		uint32_t caller, ent;

		while (nest.n && nest.v[nest.n - 1].depth >= die.depth)
			nest.n--;
		caller = nest.n ? nest.v[nest.n - 1].entity : NO_ENTITY;
		switch (die.tag) {
		case TAG_SUBPROGRAM:
			ent = read_subprogram(r, root, &die);
			if (die.children && nest.n < NEST_MAX &&
			    (ent != NO_ENTITY || !dwarf_has(&die, SLOT_DECLARATION))) {
				nest.v[nest.n].depth = die.depth;
				nest.v[nest.n++].entity = ent;
			}
			break;
		case TAG_INLINED_SUBROUTINE:
			read_inlined(r, root, &die, caller);
			break;
		case TAG_IMPORTED_UNIT:
			rc = read_import(r, root, &die, imports, ndies, err);
			break;
		default:
			read_call(r, root, &die, caller);
		}
	}
	*ndies += walk.ndies;
	return rc ? rc : more < 0 ? ERR_FORMAT : 0;
}

static enum unit_state state_of(const struct dwarf_root *root)
{
	if (root->tag == TAG_PARTIAL_UNIT)
		return UNIT_PARTIAL;
	if (root->split)
		return UNIT_SPLIT;
	if (root->tag != TAG_COMPILE_UNIT)
		return UNIT_OTHER;
	return root->language == LANG_RUST ? UNIT_RUST : UNIT_READ;
}

static void begin_unit(struct unit_reader *r, const struct dwarf_root *root)
{
	r->root = root;
	r->file = path_id(r, root->comp_dir, "", root->name);
	r->generation++;
	map_clear(&r->entity_of_die);
	map_clear(&r->imported);
	r->entities.n = r->mentions.n = 0;
	r->bad_refs.n = 0;
	r->dwarf.notes.n = 0;
}

static void *keep(struct unit_reader *r, const void *v, size_t size)
{
	void *p = arena_alloc(&r->arena, size);

	if (size)
		memcpy(p, v, size);
	return p;
}

static struct dwarf_notes *keep_notes(struct unit_reader *r, const struct dwarf_notes *notes,
				      const struct dwarf_notes *more)
{
	struct dwarf_notes *kept;

	if (!notes->n && !more->n)
		return NULL;
	kept = keep(r, more->n ? more : notes, sizeof(*kept));
	kept->n = notes->n + more->n;
	return kept;
}

void unit_read(struct unit_reader *r, const struct dwarf_unit *u, unsigned int lane,
	       struct unit_facts *ret)
{
	static const struct dwarf_notes none;
	struct err err = ERR_INIT;
	const struct dwarf_root *root;

	*ret = (struct unit_facts){ .state = UNIT_DAMAGED, .lane = lane, .name = "", .comp_dir = "" };
	if (dwarf_root(&r->dwarf, u, &root, &err))
		goto damaged;
	ret->name = root->name;
	ret->comp_dir = root->comp_dir;
	ret->state = state_of(root);
	if (ret->state != UNIT_READ) {
		ret->bad_values = keep_notes(r, &none, &root->notes);
		return;
	}
	begin_unit(r, root);
	ret->file = r->file;
	if (read_dies(r, root, 0, &ret->ndies, &err))
		goto damaged;
	dwarf_read_lines(&r->dwarf, root);
	ret->nentities = (uint32_t)r->entities.n;
	ret->nmentions = (uint32_t)r->mentions.n;
	ret->entities = keep(r, r->entities.v, r->entities.n * sizeof(*r->entities.v));
	ret->mentions = keep(r, r->mentions.v, r->mentions.n * sizeof(*r->mentions.v));
	ret->bad_refs = keep_notes(r, &none, &r->bad_refs);
	ret->bad_values = keep_notes(r, &r->dwarf.notes, &root->notes);
	return;
damaged:
	ret->state = UNIT_DAMAGED;
	ret->err = keep(r, &err, sizeof(err));
}
