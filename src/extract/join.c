// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Joins the facts of modules into their kernel's surface. What a module only declares is the function that the
 * kernel, or another module, defines; what both define stays two instances. A construct that is there alike is the
 * same construct. Reads neither DWARF nor BTF.
 */
#include "extract/join_int.h"

/* ---- types that are the same ---- */

/* A forward declaration is the struct or union that it declares. */
static struct type plain_node(const struct type *t)
{
	struct type n = *t;

	n.params = 0;
	if (n.kind == TYPE_FWD) {
		n.kind = n.fwd_union ? TYPE_UNION : TYPE_STRUCT;
		n.fwd_union = false;
	}
	return n;
}

static bool has_ref(const struct type *t)
{
	return t->kind == TYPE_PTR || t->kind == TYPE_ARRAY || t->kind == TYPE_CONST || t->kind == TYPE_VOLATILE ||
	       t->kind == TYPE_RESTRICT || t->kind == TYPE_FUNC_PROTO || t->kind == TYPE_FUNC;
}

/* Arrays of arrays are one: pahole writes them so, and DWARF does not. `n->ref` is of `t`, and plain. */
static void flatten_array(const struct type_table *t, struct type *n)
{
	const struct type *inner = type_at(t, n->ref);

	if (n->kind != TYPE_ARRAY || inner->kind != TYPE_ARRAY)
		return;
	n->count *= inner->count;
	n->ref = inner->ref;
}

/*
 * The type that stands for one of a table when types are compared, in the same table. Ids only refer to lower ones,
 * so one step over the ids is enough; `same` holds those below.
 */
static void same_types(struct type_table *t, uint32_t *same, uint32_t from, uint32_t to)
{
	VEC(struct type_param) params = { 0 };

	for (uint32_t id = from; id < to; id++) {
		const struct type *old = type_at(t, id);
		struct type n = plain_node(old);

		params.n = 0;
		for (uint32_t i = 0; old->kind == TYPE_FUNC_PROTO && i < old->count; i++) {
			struct type_param p = t->params.v[old->params + i];

			p.type = same[p.type];
			VEC_PUSH(&params, p);
		}
		if (has_ref(&n))
			n.ref = same[n.ref];
		flatten_array(t, &n);
		VEC_RESERVE(&params, 1);
		same[id] = id ? type_intern(t, &n, params.v) : 0;
	}
	VEC_DONE(&params);
}

/* ---- the kernel, as modules see it ---- */

/* Enumerators of all unnamed enums by name and value; a difference above 32 bits would need the same name twice. */
static uint64_t enumerator_key(uint32_t name, int64_t value)
{
	return (uint64_t)name << 32 | (uint32_t)value;
}

void kernel_view_init(struct kernel_view *v, struct surface *s)
{
	uint32_t ntypes = (uint32_t)s->types->types.n;

	*v = (struct kernel_view){ .s = s };
	map_init(&v->constructs);
	map_init(&v->unnamed);
	VEC_RESERVE(&v->same, ntypes);
	v->same.n = ntypes;
	same_types(s->types, v->same.v, 0, ntypes);
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];
		uint32_t *at = map_at(&v->constructs, (uint64_t)c->kind << 32 | c->name);

		if (*at == MAP_NONE)
			*at = (uint32_t)i;
		for (uint32_t k = 0; c->kind == KIND_ENUM && !c->name && k < c->nitems; k++) {
			const struct item *it = &s->items.v[c->items + k];

			*map_at(&v->unnamed, enumerator_key(it->name, it->value)) = 1;
		}
	}
}

void kernel_view_open_base(struct kernel_view *v)
{
	const struct surface *s = v->s;
	struct err err = ERR_INIT;

	/* Split BTF goes on from .BTF, not from types that were made of DWARF. */
	if (s->btf && !strcmp(s->info.types_from, "btf"))
		btf_base_open("the kernel's .BTF", s->btf, s->btf_size, &v->base, &err);
}

void kernel_view_done(struct kernel_view *v)
{
	map_done(&v->constructs);
	map_done(&v->unnamed);
	VEC_DONE(&v->same);
	btf_base_close(v->base);
	v->base = NULL;
}

/* ---- what of a module is new to the kernel ---- */

/* Ids of a module as ids of the kernel, found and never made: 0 is none, but of the empty text and void. */
struct translation {
	const struct kernel_view *v;
	const struct module_facts *m;
	uint32_t *type; /* by the module's id: the kernel's same type + 1; 0: not asked yet; NO_TYPE: it has none */
};

#define NO_TYPE UINT32_MAX

static bool kernel_string(const struct translation *t, uint32_t id, uint32_t *ret)
{
	const struct strtab *str = &t->m->str;

	*ret = id ? strtab_find(t->v->s->str, strtab_text(str, id), strtab_len(str, id)) : 0;
	return !id || *ret;
}

static bool kernel_type(struct translation *t, uint32_t id, uint32_t *ret);

static bool find_kernel_type(struct translation *t, const struct type *old, uint32_t *ret)
{
	const struct type_table *types = &t->m->types;
	struct type n = plain_node(old);
	VEC(struct type_param) params = { 0 };
	bool fine = kernel_string(t, old->name, &n.name) && (!has_ref(&n) || kernel_type(t, old->ref, &n.ref));

	for (uint32_t i = 0; fine && old->kind == TYPE_FUNC_PROTO && i < old->count; i++) {
		const struct type_param *from = &types->params.v[old->params + i];
		struct type_param p;

		fine = kernel_string(t, from->name, &p.name) && kernel_type(t, from->type, &p.type);
		if (fine)
			VEC_PUSH(&params, p);
	}
	VEC_RESERVE(&params, 1);
	if (fine)
		flatten_array(t->v->s->types, &n);
	*ret = fine ? type_find(t->v->s->types, &n, params.v) : 0;
	VEC_DONE(&params);
	return *ret;
}

/* The type of the kernel that stands for one of the module; false when it has none. */
static bool kernel_type(struct translation *t, uint32_t id, uint32_t *ret)
{
	*ret = 0;
	if (!id)
		return true;
	if (!t->type[id])
		t->type[id] = find_kernel_type(t, type_at(&t->m->types, id), ret) ? *ret + 1 : NO_TYPE;
	if (t->type[id] == NO_TYPE)
		return false;
	*ret = t->type[id] - 1;
	return true;
}

static bool same_item(struct translation *t, const struct item *a, const struct item *b)
{
	uint32_t name, type, text;

	return a->value == b->value && a->size == b->size && a->bits == b->bits && a->depth == b->depth &&
	       a->scope == b->scope && a->role == b->role && a->is_signed == b->is_signed &&
	       kernel_string(t, a->name, &name) && name == b->name && kernel_type(t, a->type, &type) &&
	       type == t->v->same.v[b->type] && kernel_string(t, a->text, &text) && text == b->text;
}

/* True when the module's construct is alike the kernel's: all but the order and the owner. */
static bool same_construct(struct translation *t, const struct construct *a, const struct construct *b)
{
	const struct item *of_a = t->m->s.items.v + a->items, *of_b = t->v->s->items.v + b->items;
	uint32_t type, class, system, text;

	if (a->size != b->size || a->flags != b->flags || a->nitems != b->nitems ||
	    !kernel_type(t, a->type, &type) || type != t->v->same.v[b->type] ||
	    !kernel_string(t, a->class, &class) || class != b->class ||
	    !kernel_string(t, a->system, &system) || system != b->system ||
	    !kernel_string(t, a->text, &text) || text != b->text)
		return false;
	for (uint32_t i = 0; i < a->nitems; i++)
		if (!same_item(t, &of_a[i], &of_b[i]))
			return false;
	return true;
}

static bool is_in_kernel(struct translation *t, const struct construct *c)
{
	const struct surface *s = t->v->s;
	uint32_t name, at, n;

	if (!kernel_string(t, c->name, &name))
		return false;
	at = map_get(&t->v->constructs, (uint64_t)c->kind << 32 | name);
	n = at == MAP_NONE ? 0 : construct_nvariants(s, at);
	for (uint32_t i = 0; i < n; i++)
		if (same_construct(t, c, &s->constructs.v[at + i]))
			return true;
	/* A declaration says nothing of what the kernel defines. */
	return n && c->kind == KIND_ENUM && c->name && !c->nitems;
}

/* Of unnamed enums there is one list; what the kernel's has is taken out of the module's. */
static bool drop_known(struct translation *t, struct construct *c)
{
	struct item *it = t->m->s.items.v + c->items;
	uint32_t n = 0, name;

	for (uint32_t i = 0; i < c->nitems; i++)
		if (!kernel_string(t, it[i].name, &name) ||
		    map_get(&t->v->unnamed, enumerator_key(name, it[i].value)) == MAP_NONE)
			it[n++] = it[i];
	c->nitems = n;
	return !n;
}

void module_find_news(struct module_facts *m, const struct kernel_view *v)
{
	struct translation t = { .v = v, .m = m, .type = base_calloc(m->types.types.n, sizeof(*t.type)) };

	for (size_t i = 0; i < m->s.constructs.n; i++) {
		struct construct *c = &m->s.constructs.v[i];
		bool unnamed = c->kind == KIND_ENUM && !c->name;

		if (unnamed ? !drop_known(&t, c) : !is_in_kernel(&t, c))
			VEC_PUSH(&m->news, (uint32_t)i);
	}
	free(t.type);
}

void module_facts_init(struct module_facts *m, const struct kernel_view *v)
{
	const struct image_info *info = &v->s->info;

	memset(m, 0, sizeof(*m));
	strtab_init(&m->str);
	type_table_init(&m->types);
	surface_init(&m->s, &m->str, &m->types);
	m->s.info.pointer_size = info->pointer_size;
	m->s.info.big_endian = info->big_endian;
	m->name = m->build_id = "";
}

void module_facts_done(struct module_facts *m)
{
	surface_done(&m->s);
	type_table_done(&m->types);
	strtab_done(&m->str);
	VEC_DONE(&m->findings.v);
	VEC_DONE(&m->news);
	free(m->btf);
}

/* ---- modules beside the kernel ---- */

/* Lists are chained by index, in the order of joining; MAP_NONE ends them. */
struct chain {
	uint32_t first, last;
};

struct join_func {
	uint32_t name, attach, proto;
	bool has_group, has_proto;
	bool proto_defined; /* the prototype is of a module that has the function, not of one that calls it */
	struct chain instances, symbols;
};

struct join_instance {
	struct instance in;
	uint32_t next;
	bool declared; /* the function is another owner's */
};

struct join_symbol {
	struct symbol sym;
	uint32_t next;
};

struct join_owner {
	uint32_t name, next;
};

struct join_construct {
	struct construct c;
	struct chain owners;
	uint32_t next; /* of the same kind and name */
};

struct joining {
	struct arena arena; /* of findings */
	struct findings findings;
	struct strtab str;
	struct type_table types;
	VEC(uint32_t) same; /* as in a view */
	VEC(struct join_func) funcs;
	VEC(uint32_t) func_of_name; /* string id -> func, or MAP_NONE */
	VEC(struct join_instance) instances;
	VEC(struct join_symbol) symbols;
	VEC(struct caller) callers;
	VEC(struct join_construct) constructs;
	VEC(struct item) items;
	VEC(struct join_owner) owners;
	struct map of_shape; /* hash -> the last construct of it */
	struct map of_name;  /* kind << 32 | name -> index of heads */
	VEC(struct chain) heads; /* constructs of one kind and name */
	VEC(struct image_module) modules; /* texts and bytes are of `arena` */
};

struct joining *joining_new(void)
{
	struct joining *j = base_calloc(1, sizeof(*j));

	arena_init(&j->arena);
	strtab_init(&j->str);
	type_table_init(&j->types);
	VEC_PUSH(&j->same, 0);
	map_init(&j->of_shape);
	map_init(&j->of_name);
	return j;
}

/* Ids of one table as ids of another. Texts and types are made when they are asked for. */
struct transfer {
	const struct strtab *from_str;
	const struct type_table *from_types;
	struct strtab *str;
	struct type_table *types;
	uint32_t *string, *type; /* id -> id + 1 */
};

static void transfer_init(struct transfer *t, const struct strtab *from_str, const struct type_table *from_types,
			  struct strtab *str, struct type_table *types)
{
	*t = (struct transfer){ from_str, from_types, str, types, NULL, NULL };
	t->string = base_calloc(from_str->entries.n, sizeof(*t->string));
	t->type = base_calloc(from_types->types.n, sizeof(*t->type));
}

static void transfer_done(struct transfer *t)
{
	free(t->string);
	free(t->type);
}

static uint32_t moved_string(struct transfer *t, uint32_t id)
{
	if (!id)
		return 0;
	if (!t->string[id])
		t->string[id] = strtab_intern(t->str, strtab_text(t->from_str, id), strtab_len(t->from_str, id)) + 1;
	return t->string[id] - 1;
}

static uint32_t moved_type(struct transfer *t, uint32_t id)
{
	const struct type *old = type_at(t->from_types, id);
	VEC(struct type_param) params = { 0 };
	struct type n = *old;

	if (!id || t->type[id])
		return id ? t->type[id] - 1 : 0;
	n.name = moved_string(t, old->name);
	if (has_ref(old))
		n.ref = moved_type(t, old->ref);
	for (uint32_t i = 0; old->kind == TYPE_FUNC_PROTO && i < old->count; i++) {
		const struct type_param *p = &t->from_types->params.v[old->params + i];

		VEC_PUSH(&params, ((struct type_param){ moved_string(t, p->name), moved_type(t, p->type) }));
	}
	VEC_RESERVE(&params, 1);
	t->type[id] = type_intern(t->types, &n, params.v) + 1;
	VEC_DONE(&params);
	return t->type[id] - 1;
}

static struct item moved_item(struct transfer *t, struct item it)
{
	it.name = moved_string(t, it.name);
	it.type = moved_type(t, it.type);
	it.text = moved_string(t, it.text);
	return it;
}

static struct construct moved_construct(struct transfer *t, struct construct c)
{
	c.name = moved_string(t, c.name);
	c.type = moved_type(t, c.type);
	c.class = moved_string(t, c.class);
	c.system = moved_string(t, c.system);
	c.text = moved_string(t, c.text);
	return c;
}

static struct instance moved_instance(struct transfer *t, struct instance in)
{
	in.file = moved_string(t, in.file);
	in.loc_file = moved_string(t, in.loc_file);
	in.owner = moved_string(t, in.owner);
	return in;
}

static struct symbol moved_symbol(struct transfer *t, struct symbol sym)
{
	sym.name = moved_string(t, sym.name);
	sym.section = moved_string(t, sym.section);
	sym.owner = moved_string(t, sym.owner);
	return sym;
}

#define EMPTY_CHAIN ((struct chain){ MAP_NONE, MAP_NONE })

/* Adds an element to the end of a chain. */
#define CHAIN_PUSH(vec, chain, ...)                                    \
	do {                                                           \
		uint32_t at_ = (uint32_t)(vec)->n;                     \
		VEC_PUSH(vec, __VA_ARGS__);                            \
		(vec)->v[at_].next = MAP_NONE;                         \
		if ((chain)->first == MAP_NONE)                        \
			(chain)->first = at_;                          \
		else                                                   \
			(vec)->v[(chain)->last].next = at_;            \
		(chain)->last = at_;                                   \
	} while (0)

/* ---- a module's functions ---- */

static struct join_func *join_func_of(struct joining *j, uint32_t name)
{
	while (j->func_of_name.n <= name)
		VEC_PUSH(&j->func_of_name, MAP_NONE);
	if (j->func_of_name.v[name] == MAP_NONE) {
		j->func_of_name.v[name] = (uint32_t)j->funcs.n;
		VEC_PUSH(&j->funcs, ((struct join_func){ .name = name, .instances = EMPTY_CHAIN, .symbols = EMPTY_CHAIN }));
	}
	return &j->funcs.v[j->func_of_name.v[name]];
}

/*
 * What an external function without a body here is. One with a body but without code that others could call is a
 * copy of what is defined elsewhere, too: extern inline (the kernel's fortified string functions).
 */
static bool is_declared_by(const struct surface *m, const struct func *f, const struct instance *in)
{
	return in->external && (!in->file || (m->symbols.n && !f->nsymbols));
}

static void add_instances(struct joining *j, struct transfer *t, const struct surface *m, const struct func *f,
			  struct join_func *to, uint32_t owner)
{
	for (uint32_t i = 0; i < f->ninstances; i++) {
		const struct instance *old = &m->instances.v[f->instances + i];
		uint32_t ncallers = old->ninline_callers + old->ndirect_callers;
		struct join_instance n = { .in = moved_instance(t, *old), .declared = is_declared_by(m, f, old) };

		n.in.owner = owner;
		n.in.callers = (uint32_t)j->callers.n;
		for (uint32_t k = 0; k < ncallers; k++) {
			const struct caller *by = &m->callers.v[old->callers + k];

			VEC_PUSH(&j->callers, ((struct caller){ moved_string(t, by->file), moved_string(t, by->func) }));
		}
		CHAIN_PUSH(&j->instances, &to->instances, n);
	}
}

/* Whether the module has the function: code, or a body. */
static bool is_defined_by(const struct surface *m, const struct func *f)
{
	for (uint32_t i = 0; i < f->ninstances; i++)
		if (!is_declared_by(m, f, &m->instances.v[f->instances + i]))
			return true;
	return f->nsymbols;
}

static void add_func(struct joining *j, struct transfer *t, const struct surface *m, const struct func *f,
		     uint32_t owner)
{
	struct join_func *to = join_func_of(j, moved_string(t, f->name));

	to->attach |= f->attach;
	to->has_group |= func_has_group(f);
	if (func_has_proto(f) && (!to->has_proto || (!to->proto_defined && is_defined_by(m, f)))) {
		to->has_proto = true;
		to->proto_defined = is_defined_by(m, f);
		to->proto = moved_type(t, f->proto);
	}
	add_instances(j, t, m, f, to, owner);
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		struct join_symbol n = { .sym = moved_symbol(t, m->symbols.v[f->symbols + i]) };

		n.sym.owner = owner;
		CHAIN_PUSH(&j->symbols, &to->symbols, n);
	}
}

/* ---- a module's constructs ---- */

static uint64_t joined_hash(const struct joining *j, const struct construct *c)
{
	uint64_t head[] = { (uint64_t)c->kind << 32 | c->name, (uint64_t)j->same.v[c->type] << 32 | c->size,
			    (uint64_t)c->flags << 32 | c->class, (uint64_t)c->system << 32 | c->text };
	uint64_t h = base_hash(head, sizeof(head), 0);

	for (uint32_t i = 0; i < c->nitems; i++) {
		const struct item *it = &j->items.v[c->items + i];
		uint64_t words[] = { (uint64_t)it->name << 32 | j->same.v[it->type], (uint64_t)it->value,
				     (uint64_t)it->size << 32 | it->text,
				     (uint64_t)it->bits << 32 | (uint64_t)it->depth << 24 | (uint64_t)it->scope << 16 |
					     (uint64_t)it->role << 8 | it->is_signed };

		h = base_hash(words, sizeof(words), h);
	}
	return h == UINT64_MAX ? 0 : h;
}

static bool joined_items_alike(const struct joining *j, const struct item *a, const struct item *b)
{
	return a->name == b->name && j->same.v[a->type] == j->same.v[b->type] && a->value == b->value &&
	       a->size == b->size && a->text == b->text && a->bits == b->bits && a->depth == b->depth &&
	       a->scope == b->scope && a->role == b->role && a->is_signed == b->is_signed;
}

static bool joined_alike(const struct joining *j, const struct construct *a, const struct construct *b)
{
	if (a->kind != b->kind || a->name != b->name || j->same.v[a->type] != j->same.v[b->type] ||
	    a->size != b->size || a->class != b->class || a->system != b->system || a->text != b->text ||
	    a->flags != b->flags || a->nitems != b->nitems)
		return false;
	for (uint32_t i = 0; i < a->nitems; i++)
		if (!joined_items_alike(j, &j->items.v[a->items + i], &j->items.v[b->items + i]))
			return false;
	return true;
}

/* One more owner of a construct; modules come by name, so that the list is in order. */
static void add_owner(struct joining *j, struct join_construct *c, uint32_t owner)
{
	if (c->owners.last == MAP_NONE || j->owners.v[c->owners.last].name != owner)
		CHAIN_PUSH(&j->owners, &c->owners, ((struct join_owner){ .name = owner }));
}

static void add_construct(struct joining *j, struct transfer *t, const struct surface *m, const struct construct *old,
			  uint32_t owner)
{
	struct construct c = moved_construct(t, *old);
	uint32_t *same, *head, ntypes;

	c.items = (uint32_t)j->items.n;
	for (uint32_t i = 0; i < old->nitems; i++)
		VEC_PUSH(&j->items, moved_item(t, m->items.v[old->items + i]));
	ntypes = (uint32_t)j->types.types.n;
	if (j->same.n < ntypes) {
		uint32_t from = (uint32_t)j->same.n;

		VEC_RESERVE(&j->same, ntypes - from);
		j->same.n = ntypes;
		same_types(&j->types, j->same.v, from, ntypes);
	}
	same = map_at(&j->of_shape, joined_hash(j, &c));
	if (*same != MAP_NONE && joined_alike(j, &c, &j->constructs.v[*same].c)) {
		j->items.n = c.items;
		add_owner(j, &j->constructs.v[*same], owner);
		return;
	}
	*same = (uint32_t)j->constructs.n;
	head = map_at(&j->of_name, (uint64_t)c.kind << 32 | c.name);
	if (*head == MAP_NONE) {
		*head = (uint32_t)j->heads.n;
		VEC_PUSH(&j->heads, EMPTY_CHAIN);
	}
	CHAIN_PUSH(&j->constructs, &j->heads.v[*head], ((struct join_construct){ .c = c, .owners = EMPTY_CHAIN }));
	add_owner(j, &j->constructs.v[j->constructs.n - 1], owner);
}

/* ---- a module ---- */

static void add_findings(struct joining *j, const struct findings *f)
{
	for (size_t i = 0; i < f->v.n; i++)
		finding_copy(&j->findings, &j->arena, &f->v.v[i]);
}

static void add_module(struct joining *j, const struct module_facts *m)
{
	struct image_module *last = j->modules.n ? &j->modules.v[j->modules.n - 1] : NULL, new = { 0 };

	if (last && !strcmp(last->name, m->name))
		return;
	new.name = arena_strndup(&j->arena, m->name, strlen(m->name));
	new.build_id = arena_strndup(&j->arena, m->build_id, strlen(m->build_id));
	if (m->btf) {
		new.btf = memcpy(arena_alloc(&j->arena, m->btf_size), m->btf, m->btf_size);
		new.btf_size = m->btf_size;
	}
	VEC_PUSH(&j->modules, new);
}

void joining_add(struct joining *j, struct module_facts *m)
{
	struct transfer t;
	uint32_t owner;

	add_findings(j, &m->findings);
	if (m->left_out)
		return;
	add_module(j, m);
	owner = strtab_intern_z(&j->str, m->name);
	transfer_init(&t, &m->str, &m->types, &j->str, &j->types);
	for (size_t i = 0; i < m->s.funcs.n; i++)
		add_func(j, &t, &m->s, &m->s.funcs.v[i], owner);
	for (size_t i = 0; i < m->news.n; i++)
		add_construct(j, &t, &m->s, &m->s.constructs.v[m->news.v[i]], owner);
	transfer_done(&t);
}

/* ---- into the kernel's surface ---- */

/* The kernel's lists, made anew with those of modules at their places. */
struct ending {
	struct joining *j;
	struct surface *s;
	struct transfer t;
	uint32_t *func_of;	/* join_func -> func of the surface */
	uint32_t *join_of;	/* func of the surface -> join_func, or MAP_NONE */
	VEC(struct instance) instances;
	VEC(struct caller) callers;
	VEC(struct symbol) symbols;
};

/* Each joined function gets its place: the kernel's function of that name, or a new one behind all. */
static void place_funcs(struct ending *e)
{
	struct surface *s = e->s;
	uint32_t seq = 0, type_seq = 0;
	struct map of_name;

	map_init(&of_name);
	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		*map_at(&of_name, f->name) = (uint32_t)i;
		if (func_has_group(f) && f->seq >= seq)
			seq = f->seq + 1;
		if (func_has_proto(f) && f->type_seq >= type_seq)
			type_seq = f->type_seq + 1;
	}
	for (size_t i = 0; i < e->j->funcs.n; i++) {
		const struct join_func *jf = &e->j->funcs.v[i];
		uint32_t name = moved_string(&e->t, jf->name), at = map_get(&of_name, name);
		struct func *f;

		if (at == MAP_NONE) {
			at = (uint32_t)s->funcs.n;
			VEC_PUSH(&s->funcs, ((struct func){ .name = name, .seq = SEQ_NONE, .type_seq = SEQ_NONE }));
		}
		f = &s->funcs.v[at];
		e->func_of[i] = at;
		f->attach |= jf->attach;
		if (jf->has_group && !func_has_group(f))
			f->seq = seq++;
		if (jf->has_proto && !func_has_proto(f)) {
			f->proto = moved_type(&e->t, jf->proto);
			f->type_seq = type_seq++;
		}
	}
	map_done(&of_name);
}

/* An instance of the group, of either list, and where its callers stand. */
struct member {
	struct instance in;
	const struct caller *callers;
	bool moved; /* strings are the surface's already */
	bool declared;
};

typedef VEC(struct member) member_list;

static void collect_members(struct ending *e, const struct func *f, const struct join_func *jf, member_list *ret)
{
	ret->n = 0;
	for (uint32_t i = 0; i < f->ninstances; i++) {
		const struct instance *in = &e->s->instances.v[f->instances + i];

		VEC_PUSH(ret, ((struct member){ *in, e->s->callers.v + in->callers, true, in->external && !in->file }));
	}
	for (uint32_t i = jf ? jf->instances.first : MAP_NONE; i != MAP_NONE; i = e->j->instances.v[i].next) {
		const struct join_instance *ji = &e->j->instances.v[i];

		VEC_PUSH(ret, ((struct member){ moved_instance(&e->t, ji->in), e->j->callers.v + ji->in.callers, false,
						ji->declared }));
	}
}

static void put_callers(struct ending *e, const struct member *m, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++) {
		struct caller c = m->callers[i];

		if (!m->moved)
			c = (struct caller){ moved_string(&e->t, c.file), moved_string(&e->t, c.func) };
		VEC_PUSH(&e->callers, c);
	}
}

/* How much of an external function an instance is: nothing, a declaration, a copy of its body, itself. */
static int weight(const struct member *m)
{
	if (!m->in.external)
		return 0;
	return !m->declared ? 3 : m->in.file ? 2 : 1;
}

/* The instance that declarations of the group mean: the first of those that weigh most. */
static size_t meant_by_declarations(const member_list *l)
{
	size_t ret = SIZE_MAX;
	int most = 0;

	for (size_t i = 0; i < l->n; i++)
		if (weight(&l->v[i]) > most) {
			most = weight(&l->v[i]);
			ret = i;
		}
	return ret;
}

/* The callers of one kind that instance i stands for: its own, and those of declarations that mean it. */
static uint32_t put_all_callers(struct ending *e, const member_list *l, size_t i, size_t meant, bool direct)
{
	size_t before = e->callers.n;

	for (size_t k = 0; k < l->n; k++) {
		const struct instance *in = &l->v[k].in;

		if (k == i || (i == meant && l->v[k].declared))
			put_callers(e, &l->v[k], direct ? in->ninline_callers : 0,
				    direct ? in->ndirect_callers : in->ninline_callers);
	}
	return (uint32_t)(e->callers.n - before);
}

static void put_instances(struct ending *e, struct func *f, const member_list *l)
{
	size_t meant = meant_by_declarations(l);

	f->instances = (uint32_t)e->instances.n;
	for (size_t i = 0; i < l->n; i++) {
		struct instance in = l->v[i].in;

		if (l->v[i].declared && i != meant)
			continue;
		in.callers = (uint32_t)e->callers.n;
		in.ninline_callers = put_all_callers(e, l, i, meant, false);
		in.ndirect_callers = put_all_callers(e, l, i, meant, true);
		VEC_PUSH(&e->instances, in);
	}
	f->ninstances = (uint32_t)e->instances.n - f->instances;
}

static void put_symbols(struct ending *e, struct func *f, const struct join_func *jf)
{
	uint32_t from = f->symbols;

	f->symbols = (uint32_t)e->symbols.n;
	for (uint32_t i = 0; i < f->nsymbols; i++)
		VEC_PUSH(&e->symbols, e->s->symbols.v[from + i]);
	for (uint32_t i = jf ? jf->symbols.first : MAP_NONE; i != MAP_NONE; i = e->j->symbols.v[i].next)
		VEC_PUSH(&e->symbols, moved_symbol(&e->t, e->j->symbols.v[i].sym));
	f->nsymbols = (uint32_t)e->symbols.n - f->symbols;
}

/* Takes the place of a list of the surface. */
#define REPLACE(list, with)           \
	do {                          \
		VEC_DONE(list);       \
		(list)->v = (with)->v; \
		(list)->n = (with)->n; \
		(list)->cap = (with)->cap; \
	} while (0)

static void end_funcs(struct ending *e)
{
	struct surface *s = e->s;
	member_list l = { 0 };

	e->func_of = base_calloc(e->j->funcs.n, sizeof(*e->func_of));
	place_funcs(e);
	e->join_of = base_alloc(s->funcs.n * sizeof(*e->join_of));
	memset(e->join_of, 0xff, s->funcs.n * sizeof(*e->join_of));
	for (size_t i = 0; i < e->j->funcs.n; i++)
		e->join_of[e->func_of[i]] = (uint32_t)i;
	VEC_RESERVE(&e->instances, s->instances.n + e->j->instances.n);
	VEC_RESERVE(&e->callers, s->callers.n + e->j->callers.n);
	VEC_RESERVE(&e->symbols, s->symbols.n + e->j->symbols.n);
	for (size_t i = 0; i < s->funcs.n; i++) {
		struct func *f = &s->funcs.v[i];
		const struct join_func *jf = e->join_of[i] == MAP_NONE ? NULL : &e->j->funcs.v[e->join_of[i]];

		collect_members(e, f, jf, &l);
		put_instances(e, f, &l);
		put_symbols(e, f, jf);
	}
	REPLACE(&s->instances, &e->instances);
	REPLACE(&s->callers, &e->callers);
	REPLACE(&s->symbols, &e->symbols);
	for (size_t i = 0; i < s->funcs.n; i++) {
		if (e->join_of[i] == MAP_NONE || !func_has_group(&s->funcs.v[i]))
			continue;
		s->funcs.v[i].collision = func_collision(s, &s->funcs.v[i]);
		s->funcs.v[i].inline_type = func_inline(s, &s->funcs.v[i]);
	}
	VEC_DONE(&l);
	free(e->func_of);
	free(e->join_of);
}

static uint32_t owners_text(struct ending *e, const struct join_construct *c, struct buf *text)
{
	text->n = 0;
	for (uint32_t i = c->owners.first; i != MAP_NONE; i = e->j->owners.v[i].next) {
		if (text->n)
			buf_char(text, ',');
		buf_puts(text, strtab_text(&e->j->str, e->j->owners.v[i].name));
	}
	return strtab_intern(e->s->str, text->v, text->n);
}

typedef VEC(struct construct) construct_list;

/* The constructs of one kind and name that modules add, behind the kernel's `nvariants`. */
static void put_constructs(struct ending *e, uint32_t head, uint32_t *seq, uint32_t nvariants, construct_list *out)
{
	struct buf text = { 0 };

	for (uint32_t i = e->j->heads.v[head].first; i != MAP_NONE; i = e->j->constructs.v[i].next) {
		const struct join_construct *jc = &e->j->constructs.v[i];
		struct construct c = moved_construct(&e->t, jc->c);

		c.items = (uint32_t)e->s->items.n;
		for (uint32_t k = 0; k < c.nitems; k++)
			VEC_PUSH(&e->s->items, moved_item(&e->t, e->j->items.v[jc->c.items + k]));
		c.owner = owners_text(e, jc, &text);
		c.variant = nvariants++;
		c.seq = seq[c.kind]++;
		VEC_PUSH(out, c);
	}
	buf_done(&text);
}

static void end_constructs(struct ending *e)
{
	struct surface *s = e->s;
	uint32_t seq[KIND_NKINDS] = { 0 }, head, nvariants;
	bool *done = base_calloc(e->j->heads.n, sizeof(*done));
	construct_list out = { 0 };
	struct map heads; /* kind and name, as the surface's ids -> head */

	map_init(&heads);
	for (size_t i = 0; i < e->j->heads.n; i++) {
		const struct construct *c = &e->j->constructs.v[e->j->heads.v[i].first].c;

		*map_at(&heads, (uint64_t)c->kind << 32 | moved_string(&e->t, c->name)) = (uint32_t)i;
	}
	for (size_t i = 0; i < s->constructs.n; i++)
		if (s->constructs.v[i].seq >= seq[s->constructs.v[i].kind])
			seq[s->constructs.v[i].kind] = s->constructs.v[i].seq + 1;
	VEC_RESERVE(&out, s->constructs.n + e->j->constructs.n);
	for (uint32_t i = 0; i < s->constructs.n; i += nvariants) {
		const struct construct *c = &s->constructs.v[i];

		nvariants = construct_nvariants(s, i);
		for (uint32_t k = 0; k < nvariants; k++)
			VEC_PUSH(&out, c[k]);
		head = map_get(&heads, (uint64_t)c->kind << 32 | c->name);
		if (head == MAP_NONE || done[head])
			continue;
		done[head] = true;
		put_constructs(e, head, seq, nvariants, &out);
	}
	for (uint32_t i = 0; i < e->j->heads.n; i++)
		if (!done[i])
			put_constructs(e, i, seq, 0, &out);
	REPLACE(&s->constructs, &out);
	free(done);
	map_done(&heads);
}

/* Findings of the kernel and of its modules: one of each code. */
static void end_findings(struct ending *e)
{
	struct findings all = { 0 };
	struct image_info *info = &e->s->info;
	struct finding *kept;

	for (uint32_t i = 0; i < info->nfindings; i++)
		finding_copy(&all, &e->s->arena, &info->findings[i]);
	for (size_t i = 0; i < e->j->findings.v.n; i++)
		finding_copy(&all, &e->s->arena, &e->j->findings.v.v[i]);
	kept = arena_alloc(&e->s->arena, all.v.n * sizeof(*kept));
	if (all.v.n)
		memcpy(kept, all.v.v, all.v.n * sizeof(*kept));
	info->findings = kept;
	info->nfindings = (uint32_t)all.v.n;
	VEC_DONE(&all.v);
}

static void end_modules(struct ending *e)
{
	struct image_info *info = &e->s->info;
	size_t n = e->j->modules.n;
	struct image_module *kept = arena_alloc(&e->s->arena, n * sizeof(*kept));

	for (size_t i = 0; i < n; i++) {
		struct image_module m = e->j->modules.v[i];

		m.name = arena_strndup(&e->s->arena, m.name, strlen(m.name));
		m.build_id = arena_strndup(&e->s->arena, m.build_id, strlen(m.build_id));
		if (m.btf)
			m.btf = memcpy(arena_alloc(&e->s->arena, m.btf_size), m.btf, m.btf_size);
		kept[i] = m;
	}
	info->modules = kept;
	info->nmodules = (uint32_t)n;
}

void joining_end(struct joining *j, struct surface *s)
{
	struct ending e = { .j = j, .s = s };

	transfer_init(&e.t, &j->str, &j->types, s->str, s->types);
	end_funcs(&e);
	end_constructs(&e);
	end_findings(&e);
	end_modules(&e);
	transfer_done(&e.t);
	arena_done(&j->arena);
	VEC_DONE(&j->findings.v);
	strtab_done(&j->str);
	type_table_done(&j->types);
	VEC_DONE(&j->same);
	VEC_DONE(&j->funcs);
	VEC_DONE(&j->func_of_name);
	VEC_DONE(&j->instances);
	VEC_DONE(&j->symbols);
	VEC_DONE(&j->callers);
	VEC_DONE(&j->constructs);
	VEC_DONE(&j->items);
	VEC_DONE(&j->owners);
	VEC_DONE(&j->heads);
	VEC_DONE(&j->modules);
	map_done(&j->of_shape);
	map_done(&j->of_name);
	free(j);
}
