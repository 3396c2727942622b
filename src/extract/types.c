// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The types of one unit, from DWARF. A first loop writes down each type DIE as a record; a second makes nodes
 * of them, which are the lane's own: the same type of another unit is the same node. Writes no BTF.
 *
 * What makes two types one. A type is used by value or by name. By value, a struct is what it holds: name, size,
 * members, and so on down through members that are structs themselves. Behind a pointer (and in prototypes) it is
 * its name: `struct B *` is the same type in a unit that knows what B holds and in one that does not, and
 * in one where another B is meant. So a record has up to two nodes: strong (by value) and weak (by name). They
 * differ for structs, unions, enums and typedefs with a name, and for arrays and qualifiers of these.
 */
#include "extract/types_int.h"

#define DEPTH_MAX 256
#define NEST_MAX 128
#define NO_RECORD UINT32_MAX
#define IN_WORK UINT32_MAX
/* Members and enumerators beyond this do not fit in BTF (vlen has 16 bits). */
#define ITEMS_MAX 65535u

/* Records beside BTF's kinds. */
enum { REC_ALIAS = 40, REC_VOID };

struct rec {
	uint32_t offset;
	uint32_t type; /* offset, or DWARF_NO_TYPE */
	uint32_t name, size;
	uint32_t items, nitems; /* the first in raw; others may belong to types that it holds */
	uint32_t strong, weak;	/* node + 1; 0: not asked for; IN_WORK: being made */
	uint8_t kind, flags;
	bool declared;
};

#define ITEM_STORAGE 0x80000000u /* of bits: a width, and a bit offset << 8 in a storage unit of the type's size */

struct raw_item {
	uint32_t name;
	uint32_t type;	 /* offset */
	uint32_t offset; /* bits; low half of an enumerator's value */
	uint32_t bits;	 /* high half */
	uint32_t owner;	 /* record */
};

static uint32_t strong(struct types_reader *r, uint32_t rec, unsigned int depth);
static uint32_t weak(struct types_reader *r, uint32_t rec, unsigned int depth);

/* ---- the table of nodes ---- */

void node_table_init(struct node_table *t)
{
	*t = (struct node_table){ .mask = 4095 };
	t->slots = base_calloc(t->mask + 1, sizeof(*t->slots));
	VEC_PUSH(&t->nodes, ((struct node){ .kind = TYPE_VOID }));
	VEC_RESERVE(&t->items, 16); /* so that there is an address to count from */
}

void node_table_done(struct node_table *t)
{
	VEC_DONE(&t->nodes);
	VEC_DONE(&t->items);
	free(t->slots);
	t->slots = NULL;
}

static inline uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

static uint64_t node_hash(const struct node *n, const struct node_item *items)
{
	uint64_t a = mix((uint64_t)n->kind << 32 | n->flags, (uint64_t)n->name << 32 | n->size);
	uint64_t b = mix(n->nitems, n->ref);

	for (uint32_t i = 0; i < n->nitems; i++) {
		a = mix(a, (uint64_t)items[i].name << 32 | items[i].type);
		b = mix(b, (uint64_t)items[i].offset << 32 | items[i].bits);
	}
	return mix(a, b * 0xd6e8feb86659fd93ull);
}

static void grow(struct node_table *t)
{
	free(t->slots);
	t->mask = t->mask * 2 + 1;
	t->slots = base_calloc((size_t)t->mask + 1, sizeof(*t->slots));
	for (uint32_t id = 1; id < t->nodes.n; id++) {
		uint32_t i = (uint32_t)t->nodes.v[id].hash & t->mask;

		while (t->slots[i])
			i = (i + 1) & t->mask;
		t->slots[i] = id;
	}
}

static bool same_node(const struct node_table *t, const struct node *a, const struct node *b,
		      const struct node_item *items)
{
	return a->hash == b->hash && a->kind == b->kind && a->flags == b->flags && a->name == b->name &&
	       a->size == b->size && a->ref == b->ref && a->nitems == b->nitems &&
	       (!a->nitems || !memcmp(t->items.v + a->items, items, a->nitems * sizeof(*items)));
}

uint32_t node_intern(struct node_table *t, const struct node *want, const struct node_item *items)
{
	struct node n = *want;
	uint32_t i;

	n.hash = node_hash(&n, items);
	for (i = (uint32_t)n.hash & t->mask; t->slots[i]; i = (i + 1) & t->mask)
		if (same_node(t, &t->nodes.v[t->slots[i]], &n, items))
			return t->slots[i];
	n.items = (uint32_t)t->items.n;
	n.ptr = n.cnst = 0;
	VEC_RESERVE(&t->items, n.nitems);
	if (n.nitems)
		memcpy(t->items.v + t->items.n, items, n.nitems * sizeof(*items));
	t->items.n += n.nitems;
	t->slots[i] = (uint32_t)t->nodes.n;
	VEC_PUSH(&t->nodes, n);
	i = (uint32_t)t->nodes.n - 1;
	if (t->nodes.n * 2 > t->mask)
		grow(t);
	return i;
}

uint32_t node_pointer(struct node_table *t, uint32_t to)
{
	if (!t->nodes.v[to].ptr) {
		uint32_t id = node_intern(t, &(struct node){ .kind = TYPE_PTR, .ref = to }, NULL);

		t->nodes.v[to].ptr = id;
	}
	return t->nodes.v[to].ptr;
}

uint32_t node_const(struct node_table *t, uint32_t to)
{
	if (!t->nodes.v[to].cnst) {
		uint32_t id = node_intern(t, &(struct node){ .kind = TYPE_CONST, .ref = to }, NULL);

		t->nodes.v[to].cnst = id;
	}
	return t->nodes.v[to].cnst;
}

void types_reader_init(struct types_reader *r, struct dwarf_lane *l, uint64_t var_from, uint64_t var_to)
{
	*r = (struct types_reader){
		.dwarf = l,
		.var_from = var_from,
		.var_to = var_to,
		.far_budget = l->d->s.info.size,
	};
	arena_init(&r->arena);
	node_table_init(&r->table);
	map_init(&r->named);
	map_init(&r->known_funcs);
	map_init(&r->far);
	map_init(&r->far_rec);
	VEC_RESERVE(&r->scratch, 16);
	VEC_RESERVE(&r->roots, 16);
}

void types_reader_done(struct types_reader *r)
{
	node_table_done(&r->table);
	map_done(&r->named);
	map_done(&r->known_funcs);
	map_done(&r->far);
	map_done(&r->far_rec);
	VEC_DONE(&r->roots);
	VEC_DONE(&r->funcs);
	VEC_DONE(&r->vars);
	VEC_DONE(&r->recs);
	VEC_DONE(&r->raw);
	VEC_DONE(&r->scratch);
	free(r->rec_at);
	arena_done(&r->arena);
}

static void note(struct types_reader *r, uint64_t offset, const char *msg)
{
	if (r->notes.n++)
		return;
	err_clear(&r->notes.first);
	dwarf_err(r->dwarf->d, ".debug_info", offset, &r->notes.first, msg);
}

/* ---- first loop: records ---- */

/* What the walk is inside of. */
struct nest {
	struct { uint32_t depth, rec; } v[NEST_MAX];
	unsigned int n;
};

static uint64_t value(const struct dwarf_type_die *die, enum dwarf_type_slot slot, uint64_t other)
{
	return dwarf_type_has(die, slot) ? die->v[slot] : other;
}

static uint32_t new_rec(struct types_reader *r, const struct dwarf_type_die *die, uint8_t kind)
{
	const struct dwarf_unit *u = r->unit;
	uint32_t i = (uint32_t)r->recs.n;
	uint64_t size = value(die, TSLOT_SIZE, 0);

	if (size > UINT32_MAX) {
		note(r, die->offset, "a type of 4 GiB or more, or of no constant size");
		size = 0;
	}
	VEC_PUSH(&r->recs, ((struct rec){
			.offset = die->offset,
			.type = (uint32_t)value(die, TSLOT_TYPE, DWARF_NO_TYPE),
			.name = (uint32_t)value(die, TSLOT_NAME, 0),
			.size = (uint32_t)size,
			.items = (uint32_t)r->raw.n,
			.kind = kind,
			.declared = value(die, TSLOT_DECLARATION, 0) != 0,
		 }));
	if (die->offset >= u->offset && die->offset < u->end)
		r->rec_at[(die->offset - u->offset) / 4] = i;
	else
		*map_at(&r->far_rec, die->offset) = i;
	return i;
}

static void base_rec(struct types_reader *r, const struct dwarf_type_die *die)
{
	uint64_t encoding = value(die, TSLOT_ENCODING, 0);
	bool is_float = encoding == ENCODING_FLOAT || encoding == ENCODING_COMPLEX_FLOAT;
	uint32_t i = new_rec(r, die, is_float ? TYPE_FLOAT : TYPE_INT);

	if (encoding == ENCODING_SIGNED || encoding == ENCODING_SIGNED_CHAR)
		r->recs.v[i].flags = NODE_SIGNED;
	else if (encoding == ENCODING_BOOLEAN)
		r->recs.v[i].flags = NODE_BOOL;
}

/* The record of a DIE that is a type, or NO_RECORD. decoder switch: type DIEs (DWARF 5, chapter 5) */
static uint32_t type_rec(struct types_reader *r, const struct dwarf_type_die *die)
{
	uint64_t encoding;
	uint32_t i;

	switch (die->tag) {
	case TAG_BASE_TYPE:
		base_rec(r, die);
		return NO_RECORD;
	case TAG_POINTER_TYPE:
	case TAG_REFERENCE_TYPE:
	case TAG_RVALUE_REFERENCE_TYPE:
	case TAG_PTR_TO_MEMBER_TYPE:
		return new_rec(r, die, TYPE_PTR);
	case TAG_CONST_TYPE:
		return new_rec(r, die, TYPE_CONST);
	case TAG_VOLATILE_TYPE:
		return new_rec(r, die, TYPE_VOLATILE);
	case TAG_RESTRICT_TYPE:
		return new_rec(r, die, TYPE_RESTRICT);
	case TAG_TYPEDEF:
		return new_rec(r, die, TYPE_TYPEDEF);
	case TAG_ATOMIC_TYPE:
	case TAG_PACKED_TYPE:
		return new_rec(r, die, REC_ALIAS);
	case TAG_UNSPECIFIED_TYPE:
		return new_rec(r, die, REC_VOID);
	case TAG_SUBROUTINE_TYPE:
		return new_rec(r, die, TYPE_FUNC_PROTO);
	case TAG_ARRAY_TYPE:
		return new_rec(r, die, TYPE_ARRAY);
	case TAG_STRUCTURE_TYPE:
	case TAG_CLASS_TYPE:
	case TAG_UNION_TYPE:
		/* A type in a unit of its own leaves a nameless declaration in the unit that uses it. */
		if (dwarf_type_has(die, TSLOT_SIGNATURE)) {
			i = new_rec(r, die, REC_ALIAS);
			r->recs.v[i].type = (uint32_t)die->v[TSLOT_SIGNATURE];
			return i;
		}
		return new_rec(r, die, die->tag == TAG_UNION_TYPE ? TYPE_UNION : TYPE_STRUCT);
	case TAG_ENUMERATION_TYPE:
		if (dwarf_type_has(die, TSLOT_SIGNATURE)) {
			i = new_rec(r, die, REC_ALIAS);
			r->recs.v[i].type = (uint32_t)die->v[TSLOT_SIGNATURE];
			return i;
		}
		i = new_rec(r, die, TYPE_ENUM);
		encoding = value(die, TSLOT_ENCODING, 0);
		if (encoding == ENCODING_SIGNED || encoding == ENCODING_SIGNED_CHAR)
			r->recs.v[i].flags = NODE_SIGNED;
		return i;
	default:
		return NO_RECORD;
	}
}

static void add_item(struct types_reader *r, uint32_t owner, const struct raw_item *item)
{
	struct rec *rec = &r->recs.v[owner];

	if (rec->nitems == ITEMS_MAX) {
		note(r, rec->offset, "a type with more than 65,535 members or enumerators: BTF holds no more");
		return;
	}
	if (!rec->nitems)
		rec->items = (uint32_t)r->raw.n;
	rec->nitems++;
	VEC_PUSH(&r->raw, *item);
	r->raw.v[r->raw.n - 1].owner = owner;
}

/*
 * Where a bitfield is. DWARF 4 and 5 count from the beginning of the struct. Before, they count from the most
 * significant bit of a storage unit, which has the member's own size or its type's.
 */
static void bitfield(struct types_reader *r, const struct dwarf_type_die *die, uint64_t bytes, struct raw_item *item)
{
	uint64_t bits = die->v[TSLOT_BIT_SIZE], from, storage = value(die, TSLOT_SIZE, 0);
	bool big = r->dwarf->d->s.swap == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	if (bits > 255) {
		note(r, die->offset, "a bitfield of more than 255 bits");
		return;
	}
	item->bits = (uint32_t)bits;
	if (dwarf_type_has(die, TSLOT_DATA_BIT_OFFSET)) {
		item->offset = (uint32_t)(bytes * 8 + die->v[TSLOT_DATA_BIT_OFFSET]);
	} else if (dwarf_type_has(die, TSLOT_BIT_OFFSET)) {
		/* Older gcc gives a field that straddles its unit a negative offset, in a short form or long. */
		from = die->v[TSLOT_BIT_OFFSET];
		if (big)
			item->offset = (uint32_t)(bytes * 8 + from);
		else if (storage)
			item->offset = (uint32_t)((bytes + storage) * 8 - from - bits);
		else if (from <= 0xffff)
			item->bits |= ITEM_STORAGE | (uint32_t)from << 8;
	}
}

static void member(struct types_reader *r, const struct dwarf_type_die *die, uint32_t owner)
{
	uint64_t bytes = value(die, TSLOT_LOCATION, 0);
	struct raw_item item = {
		.name = (uint32_t)value(die, TSLOT_NAME, 0),
		.type = (uint32_t)value(die, TSLOT_TYPE, DWARF_NO_TYPE),
	};

	if (r->recs.v[owner].kind != TYPE_STRUCT && r->recs.v[owner].kind != TYPE_UNION)
		return;
	if (dwarf_type_has(die, TSLOT_EXTERNAL)) /* a static member of C++ */
		return;
	if (bytes > UINT32_MAX / 8 || value(die, TSLOT_DATA_BIT_OFFSET, 0) > UINT32_MAX - bytes * 8) {
		note(r, die->offset, "a member at no constant offset, or beyond 512 MiB, was left out");
		return;
	}
	item.offset = (uint32_t)bytes * 8;
	if (dwarf_type_has(die, TSLOT_BIT_SIZE) && die->v[TSLOT_BIT_SIZE])
		bitfield(r, die, bytes, &item);
	add_item(r, owner, &item);
}

static void enumerator(struct types_reader *r, const struct dwarf_type_die *die, uint32_t owner)
{
	uint64_t v = value(die, TSLOT_CONST, 0);

	if (r->recs.v[owner].kind == TYPE_ENUM)
		add_item(r, owner, &(struct raw_item){ .name = (uint32_t)value(die, TSLOT_NAME, 0),
						       .type = DWARF_NO_TYPE,
						       .offset = (uint32_t)v,
						       .bits = (uint32_t)(v >> 32) });
}

static void subrange(struct types_reader *r, const struct dwarf_type_die *die, uint32_t owner)
{
	uint64_t n = 0;

	/*
	 * Without a bound, or with one that is no constant, the array is flexible or of variable length; an upper
	 * bound of -1, of whatever width, is how some compilers write an array of no elements.
	 */
	if (dwarf_type_has(die, TSLOT_COUNT))
		n = die->v[TSLOT_COUNT] == UINT64_MAX ? 0 : die->v[TSLOT_COUNT];
	else if (dwarf_type_has(die, TSLOT_UPPER) && die->v[TSLOT_UPPER] != UINT32_MAX)
		n = die->v[TSLOT_UPPER] + 1;
	if (n > UINT32_MAX) {
		note(r, die->offset, "an array of 2^32 elements or more");
		n = 0;
	}
	if (r->recs.v[owner].kind == TYPE_ARRAY)
		add_item(r, owner, &(struct raw_item){ .type = DWARF_NO_TYPE, .offset = (uint32_t)n });
}

static void parameter(struct types_reader *r, const struct dwarf_type_die *die, uint32_t owner)
{
	struct raw_item item = { .type = DWARF_NO_TYPE };

	if (r->recs.v[owner].kind != TYPE_FUNC_PROTO && r->recs.v[owner].kind != TYPE_FUNC)
		return;
	if (die->tag == TAG_FORMAL_PARAMETER) {
		/* Names of parameters are kept for functions only, as BTF has it. */
		if (r->recs.v[owner].kind == TYPE_FUNC)
			item.name = (uint32_t)value(die, TSLOT_NAME, 0);
		item.type = (uint32_t)value(die, TSLOT_TYPE, DWARF_NO_TYPE);
	}
	add_item(r, owner, &item);
}

/* The declaration that a definition leaves its name and type to (DWARF 5, section 2.13.2). */
static bool specification(struct types_reader *r, struct dwarf_type_die *die)
{
	uint32_t at = (uint32_t)die->v[TSLOT_SPECIFICATION];
	const struct dwarf_unit *u = dwarf_unit_at(r->dwarf->d, at);
	struct err err = ERR_INIT;
	const struct dwarf_root *root;
	struct dwarf_type_walk w;
	struct dwarf_die decl;

	if (!u || dwarf_type_walk_from(&w, r->dwarf, u, at, &err) || dwarf_root(r->dwarf, u, &root, &err) ||
	    dwarf_die_at(r->dwarf, u, at, &decl, &err)) {
		note(r, die->offset, "a definition of no declaration");
		return false;
	}
	if (!dwarf_type_has(die, TSLOT_NAME) && dwarf_has(&decl, SLOT_NAME)) {
		die->v[TSLOT_NAME] = dwarf_name_key(r->dwarf, root, &decl.value[SLOT_NAME]);
		die->present |= 1u << TSLOT_NAME;
	}
	if (!dwarf_type_has(die, TSLOT_TYPE) && dwarf_has(&decl, SLOT_TYPE)) {
		uint64_t type = dwarf_ref(r->dwarf->d, u, &decl.value[SLOT_TYPE]);

		die->v[TSLOT_TYPE] = type < DWARF_NO_TYPE ? type : DWARF_NO_TYPE - 1;
		die->present |= 1u << TSLOT_TYPE;
	}
	if (!dwarf_type_has(die, TSLOT_EXTERNAL) && dwarf_has(&decl, SLOT_EXTERNAL)) {
		die->v[TSLOT_EXTERNAL] = decl.value[SLOT_EXTERNAL].v;
		die->present |= 1u << TSLOT_EXTERNAL;
	}
	return true;
}

/*
 * A function's record, or NO_RECORD where it is only declared, or has no code of its own here and the lane has
 * met it in an earlier unit: an inline function of a header says the same in each.
 */
static uint32_t function(struct types_reader *r, struct dwarf_type_die *die)
{
	uint32_t *known, i;
	uint64_t addr = value(die, TSLOT_LOW_PC, 0);
	bool external;

	if (value(die, TSLOT_DECLARATION, 0) || dwarf_type_has(die, TSLOT_ORIGIN))
		return NO_RECORD;
	if (dwarf_type_has(die, TSLOT_SPECIFICATION) && !specification(r, die))
		return NO_RECORD;
	external = value(die, TSLOT_EXTERNAL, 0) != 0;
	if (!value(die, TSLOT_NAME, 0))
		return NO_RECORD;
	if (!addr) {
		known = map_at(&r->known_funcs, die->v[TSLOT_NAME] << 1 | external);
		if (*known != MAP_NONE)
			return NO_RECORD;
		*known = 1;
	}
	i = new_rec(r, die, TYPE_FUNC);
	r->recs.v[i].flags = external;
	VEC_PUSH(&r->funcs, ((struct unit_symbol){ .name = r->recs.v[i].name, .type = i, .die = die->offset,
						   .external = external, .addr = addr }));
	return i;
}

static void variable(struct types_reader *r, struct dwarf_type_die *die)
{
	uint64_t addr = value(die, TSLOT_LOCATION, UINT64_MAX);

	if (addr < r->var_from || addr >= r->var_to || value(die, TSLOT_DECLARATION, 0))
		return;
	if (dwarf_type_has(die, TSLOT_SPECIFICATION) && !specification(r, die))
		return;
	if (value(die, TSLOT_NAME, 0) && dwarf_type_has(die, TSLOT_TYPE))
		VEC_PUSH(&r->vars, ((struct unit_symbol){
				.name = (uint32_t)die->v[TSLOT_NAME],
				.type = (uint32_t)die->v[TSLOT_TYPE], /* becomes the node in make_nodes */
				.die = die->offset,
				.external = value(die, TSLOT_EXTERNAL, 0) != 0,
				.addr = addr,
			 }));
}

/* Makes records of what a walk reports. 0, or < 0 on damage. */
static int read_recs(struct types_reader *r, struct dwarf_type_walk *w, bool functions, struct err *err)
{
	struct nest nest = { .n = 0 };
	struct dwarf_type_die die;
	int more;

	while ((more = dwarf_type_walk_next(w, &die, err)) > 0) {
		uint32_t owner, rec = NO_RECORD, left = die.passed < die.depth ? die.passed : die.depth;

		while (nest.n && nest.v[nest.n - 1].depth >= left)
			nest.n--;
		owner = nest.n && nest.v[nest.n - 1].depth + 1 == die.depth ? nest.v[nest.n - 1].rec : NO_RECORD;
		switch (die.tag) {
		case TAG_MEMBER:
			if (owner != NO_RECORD)
				member(r, &die, owner);
			continue;
		case TAG_ENUMERATOR:
			if (owner != NO_RECORD)
				enumerator(r, &die, owner);
			continue;
		case TAG_FORMAL_PARAMETER:
		case TAG_UNSPECIFIED_PARAMETERS:
			if (owner != NO_RECORD)
				parameter(r, &die, owner);
			continue;
		case TAG_SUBRANGE_TYPE:
			if (owner != NO_RECORD)
				subrange(r, &die, owner);
			continue;
		case TAG_VARIABLE:
			if (functions)
				variable(r, &die);
			continue;
		case TAG_SUBPROGRAM:
			if (functions)
				rec = function(r, &die);
			break;
		default:
			rec = type_rec(r, &die);
		}
		if (die.children && rec != NO_RECORD) {
			if (nest.n == NEST_MAX) {
				note(r, die.offset, "types nested too deep");
				continue;
			}
			nest.v[nest.n].depth = die.depth;
			nest.v[nest.n++].rec = rec;
		}
	}
	return more;
}

/* ---- second loop: nodes ---- */

/* Reads the DIE at an offset of another unit, and what it holds, as records of this one. */
static uint32_t read_far(struct types_reader *r, uint32_t offset)
{
	const struct dwarf_unit *u = dwarf_unit_at(r->dwarf->d, offset);
	uint32_t first = (uint32_t)r->recs.n;
	struct err err = ERR_INIT;
	struct dwarf_type_walk w;
	int more;

	/* In the own unit there is a record for each type, so this is none. */
	if (!u || u == r->unit || !r->far_budget || dwarf_type_walk_from(&w, r->dwarf, u, offset, &err))
		return NO_RECORD;
	more = read_recs(r, &w, false, &err);
	r->far_budget = w.ndies < r->far_budget ? r->far_budget - w.ndies : 0;
	return more < 0 || r->recs.n == first || r->recs.v[first].offset != offset ? NO_RECORD : first;
}

static uint32_t rec_of(struct types_reader *r, uint32_t offset)
{
	const struct dwarf_unit *u = r->unit;
	uint32_t i;

	if (BASE_LIKELY(offset >= u->offset && offset < u->end)) {
		i = r->rec_at[(offset - u->offset) / 4];
		/* Up to four stand there; or what does is of an earlier unit. */
		for (unsigned int k = 0; k < 3 && i && i < r->recs.n && r->recs.v[i].offset > offset; k++)
			i--;
		return i < r->recs.n && r->recs.v[i].offset == offset ? i : NO_RECORD;
	}
	i = map_get(&r->far_rec, offset);
	return i != MAP_NONE ? i : read_far(r, offset);
}

/* The node of the type at an offset; void when there is none. */
static uint32_t type_node(struct types_reader *r, uint32_t from, uint32_t offset, bool by_name, unsigned int depth)
{
	uint32_t rec, *known;
	uint64_t key;
	bool far;

	if (offset == DWARF_NO_TYPE)
		return 0;
	far = offset < r->unit->offset || offset >= r->unit->end;
	key = (uint64_t)by_name << 32 | offset;
	if (far) {
		known = map_at(&r->far, key);
		if (*known != MAP_NONE)
			return *known;
	}
	rec = rec_of(r, offset);
	if (rec == NO_RECORD) {
		note(r, r->recs.v[from].offset, "a reference to a DIE that is no type");
		return 0;
	}
	if (depth >= DEPTH_MAX) {
		note(r, r->recs.v[from].offset, "types refer to each other too deep, or in a circle");
		return 0;
	}
	rec = by_name ? weak(r, rec, depth + 1) : strong(r, rec, depth + 1);
	if (far)
		*map_at(&r->far, key) = rec;
	return rec;
}

static uint32_t named(struct types_reader *r, uint8_t kind, uint32_t name)
{
	uint32_t *id = map_at(&r->named, (uint64_t)kind << 32 | name);

	if (*id == MAP_NONE)
		*id = node_intern(&r->table, &(struct node){ .kind = NODE_NAME, .ref = kind, .name = name }, NULL);
	return *id;
}

static uint32_t modifier(struct types_reader *r, uint8_t kind, uint32_t to)
{
	if (kind == TYPE_PTR)
		return node_pointer(&r->table, to);
	if (kind == TYPE_CONST)
		return node_const(&r->table, to);
	return node_intern(&r->table, &(struct node){ .kind = kind, .ref = to }, NULL);
}

/* Bytes of a type of the unit, for a bitfield whose storage unit is not told. */
static uint64_t storage_size(struct types_reader *r, uint32_t offset)
{
	for (unsigned int depth = 0; depth < 32 && offset != DWARF_NO_TYPE; depth++) {
		uint32_t rec = rec_of(r, offset);

		if (rec == NO_RECORD)
			return 0;
		if (r->recs.v[rec].size)
			return r->recs.v[rec].size;
		offset = r->recs.v[rec].type;
	}
	return 0;
}

static void place_in_storage(struct types_reader *r, struct node_item *item, uint32_t type)
{
	uint64_t size = storage_size(r, type), from = item->bits >> 8 & 0xffff;

	item->bits &= 0xff;
	item->offset = (uint32_t)(item->offset + size * 8 - from - item->bits);
}

/* The items of a struct, union, enum or prototype, pushed on r->scratch. */
static void push_items(struct types_reader *r, uint32_t rec, unsigned int depth, bool by_name, uint8_t *flags)
{
	uint32_t n = r->recs.v[rec].nitems, at = r->recs.v[rec].items;
	bool is_enum = r->recs.v[rec].kind == TYPE_ENUM;

	for (; n; at++) {
		const struct raw_item raw = r->raw.v[at];
		struct node_item item = { raw.name, 0, raw.offset, raw.bits };

		if (raw.owner != rec)
			continue;
		n--;
		if (!is_enum) {
			if (item.bits & ITEM_STORAGE)
				place_in_storage(r, &item, raw.type);
			if (item.bits)
				*flags |= NODE_BITFIELD;
			item.type = type_node(r, rec, raw.type, by_name, depth);
		}
		VEC_PUSH(&r->scratch, item);
	}
}

static uint32_t aggregate(struct types_reader *r, uint32_t rec, unsigned int depth, bool by_name)
{
	const struct rec *x = &r->recs.v[rec];
	struct node node = { .kind = x->kind, .name = x->name, .size = x->size, .flags = x->flags };
	size_t base = r->scratch.n;
	uint32_t id;

	push_items(r, rec, depth, by_name, &node.flags);
	node.nitems = (uint32_t)(r->scratch.n - base);
	id = node_intern(&r->table, &node, r->scratch.v + base);
	r->scratch.n = base;
	return id;
}

/* An enum is signed where its type says so, and where a value is negative (compilers without the former). */
static uint32_t enumeration(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	struct rec *x = &r->recs.v[rec];
	uint32_t under;

	if (x->type != DWARF_NO_TYPE) {
		under = rec_of(r, x->type);
		for (unsigned int i = 0; i < 32 && under != NO_RECORD && r->recs.v[under].kind != TYPE_INT; i++)
			under = r->recs.v[under].type == DWARF_NO_TYPE ? NO_RECORD : rec_of(r, r->recs.v[under].type);
		x = &r->recs.v[rec];
		if (under != NO_RECORD)
			x->flags |= r->recs.v[under].flags & NODE_SIGNED;
	} else {
		for (uint32_t at = x->items, n = x->nitems; n; at++) {
			if (r->raw.v[at].owner != rec)
				continue;
			if (r->raw.v[at].bits >> 31 && x->size <= 4)
				x->flags |= NODE_SIGNED;
			n--;
		}
	}
	return aggregate(r, rec, depth, false);
}

static uint32_t array(struct types_reader *r, uint32_t rec, unsigned int depth, bool by_name)
{
	uint32_t id = type_node(r, rec, r->recs.v[rec].type, by_name, depth);
	uint32_t n = r->recs.v[rec].nitems, at = r->recs.v[rec].items + n;

	/* The last dimension is the innermost. Subranges hold nothing, so that theirs lie side by side. */
	if (!n)
		return node_intern(&r->table, &(struct node){ .kind = TYPE_ARRAY, .ref = id }, NULL);
	if (n > DEPTH_MAX) {
		note(r, r->recs.v[rec].offset, "an array of too many dimensions");
		return 0;
	}
	while (n) {
		if (r->raw.v[--at].owner != rec) {
			note(r, r->recs.v[rec].offset, "an array's dimensions are torn apart");
			return 0;
		}
		id = node_intern(&r->table,
				 &(struct node){ .kind = TYPE_ARRAY, .ref = id, .size = r->raw.v[at].offset }, NULL);
		n--;
	}
	return id;
}

/* A prototype's parameters are by name: what a struct holds is not what tells two prototypes apart. */
static uint32_t prototype(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	struct node node = { .kind = TYPE_FUNC_PROTO };
	size_t base = r->scratch.n;
	uint32_t id;

	node.ref = type_node(r, rec, r->recs.v[rec].type, true, depth);
	push_items(r, rec, depth, true, &node.flags);
	node.nitems = (uint32_t)(r->scratch.n - base);
	id = node_intern(&r->table, &node, r->scratch.v + base);
	r->scratch.n = base;
	return id;
}

/* decoder switch */
static uint32_t make_strong(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	const struct rec *x = &r->recs.v[rec];
	struct node node = { .kind = x->kind, .name = x->name, .size = x->size, .flags = x->flags };

	switch (x->kind) {
	case TYPE_INT:
	case TYPE_FLOAT:
		return node_intern(&r->table, &node, NULL);
	case TYPE_STRUCT:
	case TYPE_UNION:
		return x->declared && x->name ? named(r, x->kind, x->name) : aggregate(r, rec, depth, false);
	case TYPE_ENUM:
		return x->declared && x->name ? named(r, x->kind, x->name) : enumeration(r, rec, depth);
	case TYPE_TYPEDEF:
		node.size = 0;
		node.ref = type_node(r, rec, x->type, false, depth);
		return node_intern(&r->table, &node, NULL);
	case TYPE_PTR:
		return modifier(r, TYPE_PTR, type_node(r, rec, x->type, true, depth));
	case TYPE_CONST:
	case TYPE_VOLATILE:
	case TYPE_RESTRICT:
		return modifier(r, x->kind, type_node(r, rec, x->type, false, depth));
	case TYPE_ARRAY:
		return array(r, rec, depth, false);
	case TYPE_FUNC_PROTO:
	case TYPE_FUNC:
		return prototype(r, rec, depth);
	case REC_ALIAS:
		return type_node(r, rec, x->type, false, depth);
	default:
		return 0;
	}
}

static uint32_t make_weak(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	const struct rec *x = &r->recs.v[rec];

	switch (x->kind) {
	case TYPE_STRUCT:
	case TYPE_UNION:
	case TYPE_ENUM:
	case TYPE_TYPEDEF:
		return x->name ? named(r, x->kind, x->name) : strong(r, rec, depth);
	case TYPE_CONST:
	case TYPE_VOLATILE:
	case TYPE_RESTRICT:
		return modifier(r, x->kind, type_node(r, rec, x->type, true, depth));
	case TYPE_ARRAY:
		return array(r, rec, depth, true);
	case REC_ALIAS:
		return type_node(r, rec, x->type, true, depth);
	default:
		return strong(r, rec, depth);
	}
}

static uint32_t strong(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	uint32_t id = r->recs.v[rec].strong;

	if (id == IN_WORK) {
		note(r, r->recs.v[rec].offset, "a type holds itself");
		return 0;
	}
	if (id)
		return id - 1;
	r->recs.v[rec].strong = IN_WORK;
	id = make_strong(r, rec, depth);
	r->recs.v[rec].strong = id + 1;
	return id;
}

static uint32_t weak(struct types_reader *r, uint32_t rec, unsigned int depth)
{
	uint32_t id = r->recs.v[rec].weak;

	if (id == IN_WORK) {
		note(r, r->recs.v[rec].offset, "a type refers to itself");
		return 0;
	}
	if (id)
		return id - 1;
	r->recs.v[rec].weak = IN_WORK;
	id = make_weak(r, rec, depth);
	r->recs.v[rec].weak = id + 1;
	return id;
}

/* ---- a unit ---- */

static bool is_root(const struct rec *x)
{
	switch (x->kind) {
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_ENUM:
		return true;
	case TYPE_STRUCT:
	case TYPE_UNION:
	case TYPE_TYPEDEF:
		return x->name != 0;
	default:
		return false;
	}
}

static void make_nodes(struct types_reader *r, struct unit_types *ret)
{
	size_t n = r->recs.n; /* what is read from other units stands for itself there */

	for (uint32_t i = 0; i < n; i++) {
		const struct rec *x = &r->recs.v[i];

		if (is_root(x)) {
			uint32_t id = strong(r, i, 0);

			VEC_PUSH(&r->roots, id);
		}
	}
	for (size_t i = ret->funcs; i < r->funcs.n; i++)
		r->funcs.v[i].type = strong(r, r->funcs.v[i].type, 0);
	for (size_t i = ret->vars; i < r->vars.n; i++) {
		uint32_t rec = rec_of(r, r->vars.v[i].type);

		if (rec == NO_RECORD)
			note(r, r->vars.v[i].die, "a reference to a DIE that is no type");
		r->vars.v[i].type = rec == NO_RECORD ? 0 : strong(r, rec, 0);
	}
}

static void begin_unit(struct types_reader *r, const struct dwarf_unit *u)
{
	uint64_t need = (u->end - u->offset) / 4 + 1;

	r->unit = u;
	r->recs.n = r->raw.n = r->scratch.n = 0;
	r->notes.n = 0;
	map_clear(&r->far_rec);
	r->dwarf->notes.n = 0;
	if (need > r->rec_at_n) {
		free(r->rec_at);
		r->rec_at_n = need * 2;
		r->rec_at = base_calloc(r->rec_at_n, sizeof(*r->rec_at));
	}
}

static void *keep(struct types_reader *r, const void *v, size_t size)
{
	return memcpy(arena_alloc(&r->arena, size), v, size);
}

void types_read(struct types_reader *r, const struct dwarf_unit *u, unsigned int lane, struct unit_types *ret)
{
	const struct dwarf_root *root;
	struct err err = ERR_INIT;
	struct dwarf_type_walk w;

	*ret = (struct unit_types){
		.lane = lane,
		.roots = (uint32_t)r->roots.n,
		.funcs = (uint32_t)r->funcs.n,
		.vars = (uint32_t)r->vars.n,
	};
	if (dwarf_root(r->dwarf, u, &root, &err) || dwarf_type_walk_init(&w, r->dwarf, u, &err))
		goto damaged;
	ret->rust = root->language == LANG_RUST;
	ret->split = root->split;
	if (ret->rust || ret->split)
		return;
	begin_unit(r, u);
	if (read_recs(r, &w, true, &err) < 0)
		goto damaged;
	make_nodes(r, ret);
	ret->read = true;
	ret->ndies = w.ndies;
	ret->nroots = (uint32_t)r->roots.n - ret->roots;
	ret->nfuncs = (uint32_t)r->funcs.n - ret->funcs;
	ret->nvars = (uint32_t)r->vars.n - ret->vars;
	if (!r->notes.n)
		r->notes.first = r->dwarf->notes.first;
	r->notes.n += r->dwarf->notes.n;
	if (r->notes.n)
		ret->notes = keep(r, &r->notes, sizeof(r->notes));
	return;
damaged:
	/* Another unit may have the same functions. */
	for (size_t i = ret->funcs; i < r->funcs.n; i++)
		if (!r->funcs.v[i].addr)
			*map_at(&r->known_funcs, (uint64_t)r->funcs.v[i].name << 1 | r->funcs.v[i].external) = MAP_NONE;
	r->funcs.n = ret->funcs;
	r->vars.n = ret->vars;
	ret->err = keep(r, &err, sizeof(err));
}
