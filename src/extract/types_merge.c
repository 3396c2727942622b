// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unites the types of all units and writes them as BTF. In unit order, on one thread: from here on the number of
 * lanes is forgotten. Reads no DIE.
 *
 * Nodes of lanes become nodes of one table, in which names are texts. Where a name means several types
 * (variants), a use by name means the one of the unit that the using type comes from, if that unit has one, else
 * the first. Types with a name of their own are numbered first, in the order in which units mention them; then
 * what is derived from them (pointers, arrays, prototypes, unnamed structs), each right after what it needs; equal
 * records are written once.
 */
#include "extract/types_int.h"

#include "btf/btf_types.h"

/* BTF kinds that are no types of C. */
enum { TYPE_VAR = 14, TYPE_DATASEC };

#define NOT_YET UINT32_MAX
#define ARRAY_INDEX "__ARRAY_SIZE_TYPE__"
#define BITFIELD_OFFSET_MAX 0xffffffu /* bits, as BTF has 24 for it in a struct with bitfields */

struct merged_func {
	uint32_t name, type, unit;
	bool external;
	uint8_t rank; /* 2: its code is where a symbol of its name is, 1: no code is stated, 0: it is elsewhere */
};

struct merged_var {
	uint32_t name, type, unit;
	bool external;
	uint64_t addr;
};

/* What is known of a node of the one table. */
struct node_info {
	uint32_t unit;	    /* the first that has it */
	uint32_t name_node; /* of a definition: the NAME that it answers */
	uint32_t first_def; /* of a NAME: its first definition; 0: none */
	uint32_t ndefs;
	uint32_t alias;	    /* the node to take in place of this one; 0: itself */
	uint32_t id;	    /* of BTF, 0: none yet */
	bool seen;
	bool by_unit;	    /* what it means depends on the unit that uses it */
};

/* What is known of a lane's node, in a table small enough to stay in the cache: a unit's roots are mostly known. */
enum mark {
	MARK_ROOT = 1,	  /* it was met as a root */
	MARK_VARIANT = 2, /* its name has several definitions */
};

/* A record of the encoder's tail: where, how many words. */
struct tail_record {
	uint32_t at, n, id;
};

struct types_merge {
	struct types_pass *p;
	struct types_counts *counts;
	struct strtab str;
	uint32_t *id_of_offset; /* offset in .debug_str + 1 -> string id */
	struct map id_of_key;	/* lane << 32 | key -> string id */
	uint32_t **node_of;	/* by lane and its node: node, or NOT_YET */
	uint8_t **marks;	/* the same: enum mark */
	struct node_table table;
	VEC(struct node_item) scratch;
	VEC(struct node_info) info; /* by node */
	VEC(uint32_t) roots;	/* nodes with an id of their own, in order */
	VEC(struct merged_func) funcs;
	VEC(struct merged_var) vars;
	struct map def_of_unit; /* unit << 32 | NAME -> definition, for names of several */

	struct btf_encoder enc;
	VEC(uint32_t) words;	/* records being made */
	VEC(struct tail_record) records;
	uint32_t *slots;
	uint32_t mask;
	uint32_t next_id, array_index;
};

/* ---- one table ---- */

static uint32_t intern_key(struct types_merge *m, unsigned int lane, uint32_t key)
{
	char room[4];

	return strtab_intern_z(&m->str, dwarf_name_text(m->p->readers[lane].dwarf, key, room));
}

static uint32_t string_id(struct types_merge *m, unsigned int lane, uint32_t key)
{
	uint32_t *id;

	if (!key)
		return 0;
	if (key <= m->p->dwarf->s.str.size) {
		id = &m->id_of_offset[key];
		if (!*id)
			*id = intern_key(m, lane, key);
		return *id;
	}
	id = map_at(&m->id_of_key, (uint64_t)(dwarf_name_is_shared(key) ? 0 : lane) << 32 | key);
	if (*id == MAP_NONE)
		*id = intern_key(m, lane, key);
	return *id;
}

static uint32_t intern(struct types_merge *m, const struct node *n, const struct node_item *items, uint32_t unit)
{
	uint32_t id = n->kind == TYPE_PTR   ? node_pointer(&m->table, n->ref) :
		      n->kind == TYPE_CONST ? node_const(&m->table, n->ref) :
					      node_intern(&m->table, n, items);

	while (m->info.n < m->table.nodes.n)
		VEC_PUSH(&m->info, ((struct node_info){ .unit = unit }));
	return id;
}

/* A lane's node as a node of the one table. What it is made of has lower ids, so that this ends. */
static uint32_t unite(struct types_merge *m, unsigned int lane, uint32_t id, uint32_t unit)
{
	const struct node_table *t = &m->p->readers[lane].table;
	const struct node *from = &t->nodes.v[id];
	struct node n = *from;
	size_t base = m->scratch.n;

	if (m->node_of[lane][id] != NOT_YET)
		return m->node_of[lane][id];
	if (n.kind != NODE_NAME)
		n.ref = unite(m, lane, from->ref, unit);
	n.name = string_id(m, lane, n.name);
	for (uint32_t i = 0; i < n.nitems; i++) {
		struct node_item item = t->items.v[from->items + i];

		item.name = string_id(m, lane, item.name);
		item.type = unite(m, lane, item.type, unit);
		VEC_PUSH(&m->scratch, item);
	}
	id = n.kind == NODE_NAME && !n.name ? 0 : intern(m, &n, m->scratch.v + base, unit);
	m->scratch.n = base;
	return m->node_of[lane][(uint32_t)(from - t->nodes.v)] = id;
}

static bool has_own_id(const struct node *n)
{
	switch (n->kind) {
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_ENUM:
	case NODE_NAME:
		return true;
	case TYPE_STRUCT:
	case TYPE_UNION:
	case TYPE_TYPEDEF:
		return n->name != 0;
	default:
		return false;
	}
}

/*
 * One function a name: the one whose code is where the symbol is, and not a weak one whose place another took,
 * else the external one, else the first.
 */
static void add_func(struct types_merge *m, struct map *func_of, const struct merged_func *f)
{
	uint32_t *i = map_at(func_of, f->name);
	struct merged_func *old;

	if (*i == MAP_NONE) {
		*i = (uint32_t)m->funcs.n;
		VEC_PUSH(&m->funcs, *f);
		return;
	}
	old = &m->funcs.v[*i];
	if (f->rank > old->rank || (f->rank == old->rank && f->external > old->external))
		*old = *f;
}

/* Which functions and per-CPU variables have a symbol. */
struct merge_symbols {
	uint32_t end; /* names of functions are the first strings, up to this id */
	struct map func_at, var_at; /* hash of name and address: some symbol is there */
	struct map func_of; /* name -> index in merge.funcs */
};

static uint64_t place(uint32_t name, uint64_t addr)
{
	uint64_t key[] = { addr, name };

	return base_hash(key, sizeof(key), 0) >> 1;
}

static void unite_unit(struct types_merge *m, uint32_t unit, struct merge_symbols *symbols)
{
	const struct unit_types *u = &m->p->units[unit];
	const struct types_reader *r = &m->p->readers[u->lane];

	for (uint32_t i = 0; i < u->nroots; i++) {
		uint32_t root = r->roots.v[u->roots + i], id;

		if (m->marks[u->lane][root] & MARK_ROOT)
			continue;
		m->marks[u->lane][root] |= MARK_ROOT;
		id = unite(m, u->lane, root, unit);
		if (!m->info.v[id].seen && has_own_id(&m->table.nodes.v[id]))
			VEC_PUSH(&m->roots, id);
		m->info.v[id].seen = true;
	}
	for (uint32_t i = 0; i < u->nfuncs; i++) {
		const struct unit_symbol *f = &r->funcs.v[u->funcs + i];
		uint32_t name = string_id(m, u->lane, f->name);

		if (!name || name >= symbols->end) {
			m->counts->no_symbol++;
			continue;
		}
		add_func(m, &symbols->func_of,
			 &(struct merged_func){ name, unite(m, u->lane, f->type, unit), unit, f->external,
						!f->addr					     ? 1 :
						map_get(&symbols->func_at, place(name, f->addr)) != MAP_NONE ? 2 :
														 0 });
	}
	for (uint32_t i = 0; i < u->nvars; i++) {
		const struct unit_symbol *v = &r->vars.v[u->vars + i];
		uint32_t name = string_id(m, u->lane, v->name);

		/* Addresses in this section begin at 0 on some machines, where much that is discarded seems to be too. */
		if (map_get(&symbols->var_at, place(name, v->addr)) != MAP_NONE)
			VEC_PUSH(&m->vars, ((struct merged_var){ name, unite(m, u->lane, v->type, unit), unit,
								 v->external, v->addr }));
	}
}

static void unite_all(struct types_merge *m, const struct image_symbols *funcs, const struct image_symbols *percpu)
{
	struct merge_symbols s;

	map_init(&s.func_of);
	map_init(&s.func_at);
	map_init(&s.var_at);
	for (size_t i = 0; i < funcs->v.n; i++)
		*map_at(&s.func_at, place(strtab_intern_z(&m->str, funcs->v.v[i].name), funcs->v.v[i].addr)) = 1;
	s.end = (uint32_t)m->str.entries.n;
	for (size_t i = 0; i < percpu->v.n; i++)
		*map_at(&s.var_at, place(strtab_intern_z(&m->str, percpu->v.v[i].name), percpu->v.v[i].addr)) = 1;
	for (uint32_t unit = 0; unit < m->p->dwarf->units.n; unit++)
		if (m->p->units[unit].read)
			unite_unit(m, unit, &s);
	map_done(&s.func_of);
	map_done(&s.func_at);
	map_done(&s.var_at);
}

/* ---- what names mean ---- */

static uint32_t canonical(const struct types_merge *m, uint32_t id)
{
	return m->info.v[id].alias ? m->info.v[id].alias : id;
}

/* The definition that a name means in a unit; 0: there is none. */
static uint32_t meant(const struct types_merge *m, uint32_t name, uint32_t unit)
{
	const struct node_info *x = &m->info.v[name];
	uint32_t def = MAP_NONE;

	if (x->ndefs > 1)
		def = map_get(&m->def_of_unit, (uint64_t)unit << 32 | name);
	return def == MAP_NONE ? x->first_def : def;
}

static bool is_definition(const struct node *n, bool typedefs)
{
	if (n->kind == TYPE_TYPEDEF)
		return n->name && typedefs;
	return n->name && !typedefs && (n->kind == TYPE_STRUCT || n->kind == TYPE_UNION || n->kind == TYPE_ENUM);
}

/* For names of several definitions: which unit has which. */
static void note_variants(struct types_merge *m, bool typedefs)
{
	for (unsigned int lane = 0; lane < m->p->nreaders; lane++) {
		for (size_t i = 0; i < m->p->readers[lane].table.nodes.n; i++) {
			uint32_t id = m->node_of[lane][i];

			if (id != NOT_YET && is_definition(&m->table.nodes.v[id], typedefs) &&
			    m->info.v[m->info.v[canonical(m, id)].name_node].ndefs > 1)
				m->marks[lane][i] |= MARK_VARIANT;
			else
				m->marks[lane][i] &= (uint8_t)~MARK_VARIANT;
		}
	}
	for (uint32_t unit = 0; unit < m->p->dwarf->units.n; unit++) {
		const struct unit_types *u = &m->p->units[unit];
		const uint32_t *roots = m->p->readers[u->lane].roots.v + u->roots;

		for (uint32_t i = 0; u->read && i < u->nroots; i++) {
			uint32_t id, *def;

			if (!(m->marks[u->lane][roots[i]] & MARK_VARIANT))
				continue;
			id = canonical(m, m->node_of[u->lane][roots[i]]);
			def = map_at(&m->def_of_unit, (uint64_t)unit << 32 | m->info.v[id].name_node);
			if (*def == MAP_NONE)
				*def = id;
		}
	}
}

/* Which definitions names have. */
static void find_definitions(struct types_merge *m, bool typedefs)
{
	for (size_t i = 0; i < m->roots.n; i++) {
		struct node n = m->table.nodes.v[m->roots.v[i]];
		struct node_info *x;
		uint32_t name;

		if (!is_definition(&n, typedefs) || m->info.v[m->roots.v[i]].alias)
			continue;
		name = intern(m, &(struct node){ .kind = NODE_NAME, .ref = n.kind, .name = n.name }, NULL,
			      m->info.v[m->roots.v[i]].unit);
		m->info.v[m->roots.v[i]].name_node = name;
		x = &m->info.v[name];
		if (!x->ndefs++)
			x->first_def = m->roots.v[i];
		else
			m->counts->nvariants++;
	}
	note_variants(m, typedefs);
}

/* A use by value in which names of structs are replaced by what they mean in the unit. */
static uint32_t strengthen(struct types_merge *m, uint32_t id, uint32_t unit, unsigned int depth)
{
	struct node n = m->table.nodes.v[id];
	uint32_t ref;

	switch (n.kind) {
	case NODE_NAME:
		return n.ref != TYPE_TYPEDEF && m->info.v[id].first_def ? meant(m, id, unit) : id;
	case TYPE_TYPEDEF:
		return canonical(m, id);
	case TYPE_CONST:
	case TYPE_VOLATILE:
	case TYPE_RESTRICT:
	case TYPE_ARRAY:
		ref = depth < 256 ? strengthen(m, n.ref, unit, depth + 1) : n.ref;
		if (ref == n.ref)
			return id;
		n.ref = ref;
		return intern(m, &n, NULL, unit);
	default:
		return id;
	}
}

/*
 * `typedef struct foo foo_t` in a unit that does not know what foo holds is the same as in one that does: the
 * typedef of a name becomes the typedef of what the name means.
 */
static void unite_typedefs(struct types_merge *m)
{
	size_t nnodes = m->table.nodes.n;

	for (uint32_t id = 1; id < nnodes; id++) {
		struct node n = m->table.nodes.v[id];
		uint32_t ref;

		if (n.kind != TYPE_TYPEDEF)
			continue;
		ref = strengthen(m, n.ref, m->info.v[id].unit, 0);
		if (ref == n.ref)
			continue;
		n.ref = ref;
		ref = intern(m, &n, NULL, m->info.v[id].unit);
		m->info.v[id].alias = ref;
		if (!m->info.v[ref].seen && m->info.v[id].seen)
			VEC_PUSH(&m->roots, ref);
		m->info.v[ref].seen |= m->info.v[id].seen;
	}
}

/* Which nodes mean something else in another unit: what they are made of has lower ids, but for names. */
static void find_dependent(struct types_merge *m)
{
	for (uint32_t id = 1; id < m->table.nodes.n; id++) {
		const struct node *n = &m->table.nodes.v[id];
		bool by_unit = false;

		if (n->kind == NODE_NAME) {
			m->info.v[id].by_unit = m->info.v[id].ndefs > 1;
			continue;
		}
		if (has_own_id(n)) /* means what it means where it comes from */
			continue;
		by_unit = m->info.v[n->ref].by_unit;
		for (uint32_t i = 0; i < n->nitems && !by_unit; i++)
			by_unit = m->info.v[m->table.items.v[n->items + i].type].by_unit;
		m->info.v[id].by_unit = by_unit;
	}
}

/* ---- records ---- */

static uint32_t id_of(struct types_merge *m, uint32_t node, uint32_t unit);

static uint64_t hash_words(const uint32_t *v, size_t n)
{
	return base_hash(v, n * sizeof(*v), 0);
}

static void grow_records(struct types_merge *m)
{
	uint32_t old = m->mask, *slots = m->slots;

	m->mask = old * 2 + 1;
	m->slots = base_calloc((size_t)m->mask + 1, sizeof(*m->slots));
	for (uint32_t k = 0; k <= old; k++) {
		uint32_t i;

		if (!slots[k])
			continue;
		i = (uint32_t)hash_words(m->enc.tail.v + m->records.v[slots[k] - 1].at, m->records.v[slots[k] - 1].n) &
		    m->mask;
		while (m->slots[i])
			i = (i + 1) & m->mask;
		m->slots[i] = slots[k];
	}
	free(slots);
}

/* The id of the tail's record that holds words[base..], made when there is none; takes them off. */
static uint32_t tail_record(struct types_merge *m, size_t base)
{
	const uint32_t *v = m->words.v + base;
	size_t n = m->words.n - base;
	uint32_t i = (uint32_t)hash_words(v, n) & m->mask;

	m->words.n = base;
	for (; m->slots[i]; i = (i + 1) & m->mask)
		if (m->records.v[m->slots[i] - 1].n == n &&
		    !memcmp(m->enc.tail.v + m->records.v[m->slots[i] - 1].at, v, n * sizeof(*v)))
			return m->records.v[m->slots[i] - 1].id;
	VEC_PUSH(&m->records, ((struct tail_record){ (uint32_t)m->enc.tail.n, (uint32_t)n, m->next_id }));
	m->slots[i] = (uint32_t)m->records.n;
	VEC_RESERVE(&m->enc.tail, n);
	memcpy(m->enc.tail.v + m->enc.tail.n, v, n * sizeof(*v));
	m->enc.tail.n += n;
	if (m->records.n * 2 > m->mask)
		grow_records(m);
	return m->next_id++;
}

static void put(struct types_merge *m, uint32_t word)
{
	VEC_PUSH(&m->words, word);
}

static void put_head(struct types_merge *m, uint32_t name, uint32_t kind, uint32_t vlen, bool flag, uint32_t size)
{
	put(m, btf_encoder_name(&m->enc, name));
	put(m, btf_encoder_info(kind, vlen, flag));
	put(m, size);
}

/* The type that arrays count in: int, as pahole has it; BTF wants one. */
static uint32_t array_index(struct types_merge *m)
{
	uint32_t name = strtab_find(&m->str, "int", 3);
	size_t base = m->words.n;

	for (size_t i = 0; name && !m->array_index && i < m->roots.n; i++) {
		const struct node *n = &m->table.nodes.v[m->roots.v[i]];

		if (n->kind == TYPE_INT && n->name == name && n->size == 4)
			m->array_index = m->info.v[m->roots.v[i]].id;
	}
	if (!m->array_index) {
		put_head(m, strtab_intern_z(&m->str, ARRAY_INDEX), TYPE_INT, 0, false, 4);
		put(m, 32);
		m->array_index = tail_record(m, base);
	}
	return m->array_index;
}

/* An integer or float of a size that BTF has none for is a struct of that size without members. */
static void put_base(struct types_merge *m, const struct node *n)
{
	bool ok = n->kind == TYPE_FLOAT ?
			  n->size == 2 || n->size == 4 || n->size == 8 || n->size == 12 || n->size == 16 :
			  n->size && n->size <= 16;

	put_head(m, n->name, ok ? n->kind : TYPE_STRUCT, 0, false, n->size);
	if (ok && n->kind == TYPE_INT)
		put(m, (n->flags & NODE_SIGNED ? 1u << 24 : n->flags & NODE_BOOL ? 4u << 24 : 0) | n->size * 8);
}

static void put_enum(struct types_merge *m, const struct node *n)
{
	const struct node_item *items = m->table.items.v + n->items;
	bool wide = n->size > 4;

	put_head(m, n->name, wide ? TYPE_ENUM64 : TYPE_ENUM, n->nitems, n->flags & NODE_SIGNED,
		 wide ? 8 : n->size == 1 || n->size == 2 ? n->size : 4);
	for (uint32_t i = 0; i < n->nitems; i++) {
		put(m, btf_encoder_name(&m->enc, items[i].name));
		put(m, items[i].offset);
		if (wide)
			put(m, items[i].bits);
	}
}

static void put_members(struct types_merge *m, const struct node *n, uint32_t unit)
{
	const uint32_t items = n->items, nitems = n->nitems; /* n may move */
	bool bitfields = n->flags & NODE_BITFIELD, far = false;

	for (uint32_t i = 0; i < nitems; i++)
		far |= m->table.items.v[items + i].offset > BITFIELD_OFFSET_MAX;
	m->counts->too_large += bitfields && far;
	bitfields &= !far;
	put_head(m, n->name, n->kind, nitems, bitfields, n->size);
	for (uint32_t i = 0; i < nitems; i++) {
		struct node_item item = m->table.items.v[items + i];

		put(m, btf_encoder_name(&m->enc, item.name));
		put(m, id_of(m, item.type, unit));
		put(m, bitfields ? item.bits << 24 | item.offset : item.offset);
	}
}

static void put_proto(struct types_merge *m, const struct node *n, uint32_t unit)
{
	put_head(m, 0, TYPE_FUNC_PROTO, n->nitems, false, id_of(m, n->ref, unit));
	for (uint32_t i = 0; i < n->nitems; i++) {
		struct node_item item = m->table.items.v[n->items + i];

		put(m, btf_encoder_name(&m->enc, item.name));
		put(m, id_of(m, item.type, unit));
	}
}

/* The words of a node's record. decoder switch */
static void put_node(struct types_merge *m, uint32_t id, uint32_t unit)
{
	const struct node *n = &m->table.nodes.v[id];
	uint32_t ref;

	switch (n->kind) {
	case TYPE_INT:
	case TYPE_FLOAT:
		put_base(m, n);
		break;
	case TYPE_ENUM:
		put_enum(m, n);
		break;
	case TYPE_STRUCT:
	case TYPE_UNION:
		put_members(m, n, unit);
		break;
	case TYPE_FUNC_PROTO:
		put_proto(m, n, unit);
		break;
	case TYPE_ARRAY:
		ref = id_of(m, n->ref, unit);
		put_head(m, 0, TYPE_ARRAY, 0, false, 0);
		put(m, ref);
		put(m, array_index(m));
		put(m, n->size);
		break;
	default: /* TYPEDEF, PTR, qualifiers */
		ref = id_of(m, n->ref, unit);
		put_head(m, n->name, n->kind, 0, false, ref);
	}
}

/* What stands for a name that nothing in the image defines. */
static uint32_t forward(struct types_merge *m, const struct node *n)
{
	size_t base = m->words.n;

	if (n->ref == TYPE_TYPEDEF)
		return 0;
	if (n->ref == TYPE_ENUM)
		put_head(m, n->name, TYPE_ENUM, 0, false, 4);
	else
		put_head(m, n->name, TYPE_FWD, 0, n->ref == TYPE_UNION, 0);
	return tail_record(m, base);
}

/* The BTF id of what a node means to a unit. Types with an id of their own end the recursion. */
static uint32_t id_of(struct types_merge *m, uint32_t node, uint32_t unit)
{
	size_t base = m->words.n;
	uint32_t id, def;

	node = canonical(m, node);
	if (!node)
		return 0;
	if (m->info.v[node].id)
		return m->info.v[node].id;
	if (m->table.nodes.v[node].kind == NODE_NAME) {
		def = meant(m, node, unit);
		id = def ? m->info.v[canonical(m, def)].id : forward(m, &m->table.nodes.v[node]);
	} else {
		put_node(m, node, unit);
		id = tail_record(m, base);
	}
	if (!m->info.v[node].by_unit)
		m->info.v[node].id = id;
	return id;
}

static void number_roots(struct types_merge *m)
{
	for (size_t i = 0; i < m->roots.n; i++)
		if (m->table.nodes.v[m->roots.v[i]].kind != NODE_NAME && !m->info.v[m->roots.v[i]].alias)
			m->info.v[m->roots.v[i]].id = ++m->next_id;
	m->next_id++;
}

static void write_roots(struct types_merge *m)
{
	for (size_t i = 0; i < m->roots.n; i++) {
		uint32_t id = m->roots.v[i];

		if (m->info.v[id].alias)
			continue;
		if (m->table.nodes.v[id].kind == NODE_NAME) {
			id_of(m, id, m->info.v[id].unit); /* a declaration that nothing refers to */
			continue;
		}
		m->words.n = 0;
		put_node(m, id, m->info.v[id].unit);
		VEC_RESERVE(&m->enc.head, m->words.n);
		memcpy(m->enc.head.v + m->enc.head.n, m->words.v, m->words.n * sizeof(uint32_t));
		m->enc.head.n += m->words.n;
		m->words.n = 0;
	}
}

static bool has_names(const struct types_merge *m, const struct node *proto)
{
	for (uint32_t i = 0; i < proto->nitems; i++) {
		const struct node_item *item = &m->table.items.v[proto->items + i];

		if (!item->name && (item->type || i + 1 < proto->nitems)) /* the last may be "..." */
			return false;
	}
	return true;
}

static void write_funcs(struct types_merge *m)
{
	for (size_t i = 0; i < m->funcs.n; i++) {
		const struct merged_func *f = &m->funcs.v[i];
		uint32_t proto;

		if (m->table.nodes.v[f->type].kind != TYPE_FUNC_PROTO || !has_names(m, &m->table.nodes.v[f->type])) {
			m->counts->unnamed_params++;
			continue;
		}
		proto = id_of(m, f->type, f->unit);
		put_head(m, f->name, TYPE_FUNC, f->external, false, proto);
		tail_record(m, m->words.n - 3);
		m->counts->nfuncs++;
	}
}

/* ---- per-CPU variables ---- */

/* Bytes of what a node means to a unit; 0 when it has no size. */
static uint64_t size_of(const struct types_merge *m, uint32_t node, uint32_t unit)
{
	uint64_t count = 1;

	for (unsigned int depth = 0; depth < 256 && node && count <= UINT32_MAX; depth++) {
		const struct node *n = &m->table.nodes.v[canonical(m, node)];

		switch (n->kind) {
		case TYPE_PTR:
			return count * m->p->pointer_size;
		case TYPE_ARRAY:
			count *= n->size;
			node = n->ref;
			break;
		case NODE_NAME:
			node = meant(m, node, unit);
			break;
		case TYPE_TYPEDEF:
		case TYPE_CONST:
		case TYPE_VOLATILE:
		case TYPE_RESTRICT:
			node = n->ref;
			break;
		default:
			return count * n->size;
		}
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct merged_var *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* A VAR each, and the section that says where they are. */
static void write_vars(struct types_merge *m)
{
	VEC(uint32_t) section = { 0 };
	uint32_t name = strtab_intern_z(&m->str, PERCPU_SECTION), vlen = 0;

	if (m->vars.n)
		qsort(m->vars.v, m->vars.n, sizeof(*m->vars.v), by_address);
	for (size_t i = 0; i < m->vars.n && vlen < UINT16_MAX; i++) {
		const struct merged_var *v = &m->vars.v[i];
		uint64_t size = size_of(m, v->type, v->unit), at = v->addr - m->p->percpu_addr;
		uint32_t type;

		if ((i && v[-1].addr == v->addr && v[-1].name == v->name) || !v->name || !size ||
		    size > m->p->percpu_size - at)
			continue;
		type = id_of(m, v->type, v->unit);
		put_head(m, v->name, TYPE_VAR, 0, false, type);
		put(m, v->external);
		VEC_PUSH(&section, m->next_id);
		VEC_PUSH(&section, (uint32_t)at);
		VEC_PUSH(&section, (uint32_t)size);
		/* Never an equal one: two static variables of one name are two. */
		VEC_RESERVE(&m->enc.tail, m->words.n);
		memcpy(m->enc.tail.v + m->enc.tail.n, m->words.v, m->words.n * sizeof(uint32_t));
		m->enc.tail.n += m->words.n;
		m->words.n = 0;
		m->next_id++;
		vlen++;
	}
	m->counts->nvars = vlen;
	if (vlen) {
		put_head(m, name, TYPE_DATASEC, vlen, false, (uint32_t)m->p->percpu_size);
		for (size_t i = 0; i < section.n; i++)
			put(m, section.v[i]);
		tail_record(m, 0);
	}
	VEC_DONE(&section);
}

/* ---- the pass ---- */

void types_pass_init(struct types_pass *p, const struct dwarf *d, struct dwarf_lane *const *lanes,
		     unsigned int nlanes, const struct image *img)
{
	*p = (struct types_pass){ .img = img, .dwarf = d, .nreaders = nlanes, .pointer_size = image_pointer_size(img) };
	if (!image_section_place(img, PERCPU_SECTION, &p->percpu_addr, &p->percpu_size))
		p->percpu_size = 0;
	if (p->percpu_size > UINT32_MAX || p->percpu_addr > UINT64_MAX - p->percpu_size)
		p->percpu_size = 0;
	p->readers = base_calloc(nlanes, sizeof(*p->readers));
	for (unsigned int i = 0; i < nlanes; i++)
		types_reader_init(&p->readers[i], lanes[i], p->percpu_addr, p->percpu_addr + p->percpu_size);
	p->units = base_calloc(d->units.n, sizeof(*p->units));
}

void types_pass_done(struct types_pass *p)
{
	for (unsigned int i = 0; i < p->nreaders; i++)
		types_reader_done(&p->readers[i]);
	free(p->readers);
	free(p->units);
	*p = (struct types_pass){ 0 };
}

struct types_job {
	struct types_pass *p;
	const struct extract_options *o;
};

/* Each lane takes units in rising order: what it has met before is of a lower unit. */
static void types_job(void *ctx, unsigned int lane, size_t n)
{
	struct types_job *j = ctx;
	const struct dwarf_unit *u = &j->p->dwarf->units.v[n];

	types_read(&j->p->readers[lane], u, lane, &j->p->units[n]);
	if (!lane && j->o->progress)
		j->o->progress(j->o->ctx, u->end, j->p->dwarf->s.info.size);
}

void types_pass_run(struct types_pass *p, const struct extract_options *o, struct stages *stages)
{
	struct types_job j = { p, o };
	uint64_t start = stage_now_ns(), ndies = 0;

	lanes_run(p->nreaders, p->dwarf->units.n, types_job, &j);
	for (size_t i = 0; i < p->dwarf->units.n; i++)
		ndies += p->units[i].ndies;
	stage_add(stages, "read types of units", start, p->dwarf->s.info.size, ndies);
}

void types_pass_damage(const struct types_pass *p, uint64_t *nunits, uint64_t *bytes, uint64_t *nsplit,
		       const struct err **first)
{
	*nunits = *bytes = *nsplit = 0;
	*first = NULL;
	for (size_t i = 0; i < p->dwarf->units.n; i++) {
		*nsplit += p->units[i].split;
		if (!p->units[i].err)
			continue;
		++*nunits;
		*bytes += p->dwarf->units.v[i].end - p->dwarf->units.v[i].offset;
		*first = *first ? *first : p->units[i].err;
	}
}

void types_pass_findings(const struct types_pass *p, const struct types_counts *counts, struct findings *f,
			 struct arena *a)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < p->dwarf->units.n; i++)
		if (p->units[i].notes)
			finding_add(f, a, "die-type", p->units[i].notes->n, &p->units[i].notes->first);
	err_set(&err, ERR_FORMAT, p->dwarf->s.file, ERR_NO_OFFSET,
		"structs with bitfields beyond 2 MiB, which BTF has no place for: their widths are left out");
	if (counts->too_large)
		finding_add(f, a, "type-too-large", counts->too_large, &err);
}

static void merge_init(struct types_merge *m)
{
	strtab_init(&m->str);
	strtab_reserve(&m->str, m->p->readers[0].table.nodes.n);
	node_table_init(&m->table);
	VEC_PUSH(&m->info, ((struct node_info){ 0 })); /* void */
	map_init(&m->id_of_key);
	map_init(&m->def_of_unit);
	m->id_of_offset = base_calloc(m->p->dwarf->s.str.size + 1, sizeof(uint32_t));
	m->node_of = base_calloc(m->p->nreaders, sizeof(*m->node_of));
	m->marks = base_calloc(m->p->nreaders, sizeof(*m->marks));
	for (unsigned int i = 0; i < m->p->nreaders; i++) {
		size_t n = m->p->readers[i].table.nodes.n;

		m->node_of[i] = base_alloc(n * sizeof(uint32_t));
		memset(m->node_of[i], 0xff, n * sizeof(uint32_t));
		m->node_of[i][0] = 0;
		m->marks[i] = base_calloc(n, 1);
	}
	VEC_RESERVE(&m->scratch, 16);
	VEC_RESERVE(&m->words, 16);
	m->mask = 4095;
	m->slots = base_calloc(m->mask + 1, sizeof(*m->slots));
}

static void merge_done(struct types_merge *m)
{
	for (unsigned int i = 0; i < m->p->nreaders; i++) {
		free(m->node_of[i]);
		free(m->marks[i]);
	}
	free(m->node_of);
	free(m->marks);
	free(m->id_of_offset);
	map_done(&m->id_of_key);
	map_done(&m->def_of_unit);
	node_table_done(&m->table);
	VEC_DONE(&m->scratch);
	VEC_DONE(&m->info);
	VEC_DONE(&m->roots);
	VEC_DONE(&m->funcs);
	VEC_DONE(&m->vars);
	btf_encoder_done(&m->enc);
	VEC_DONE(&m->words);
	VEC_DONE(&m->records);
	free(m->slots);
	strtab_done(&m->str);
}

int types_pass_encode(struct types_pass *p, const struct image_symbols *syms, bool swap,
		      struct types_counts *counts, struct buf *ret, struct err *err)
{
	struct types_merge m = { .p = p, .counts = counts };
	struct image_symbols percpu;
	int rc;

	*counts = (struct types_counts){ 0 };
	rc = image_objects(p->img, PERCPU_SECTION, &percpu, err);
	if (rc)
		return rc;
	merge_init(&m);
	btf_encoder_init(&m.enc, &m.str);
	unite_all(&m, syms, &percpu);
	/* Each node is there once; names are open. */
	find_definitions(&m, false);
	unite_typedefs(&m);
	find_definitions(&m, true);
	find_dependent(&m);
	/* Names mean something. */
	number_roots(&m);
	write_roots(&m);
	write_funcs(&m);
	write_vars(&m);
	counts->ntypes = m.next_id - 1;
	rc = btf_encoder_write(&m.enc, swap, ret, err);
	merge_done(&m);
	image_symbols_done(&percpu);
	return rc;
}
