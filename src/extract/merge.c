// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unites what all units say: entities become instances of functions, mentions become callers, symbols
 * find their functions. Linear, in unit order, on one thread: this is where the result stops to
 * depend on how many lanes there were. Reads no DWARF.
 */
#include "extract/extract_int.h"

/* A reader's ids as ids of the surface. */
struct lane_ids {
	uint32_t *name, *path;
};

struct merge_inst {
	struct instance in;
	uint32_t func;
	uint32_t unit;	/* the unit that made it */
	uint32_t next;	/* next instance of the function */
	bool defined, copied_far;
	uint64_t body, inlined;
};

struct merge_func {
	uint32_t name;
	uint32_t first, last; /* its instances, chained in order */
	uint32_t ninstances;
	uint32_t external; /* its external instance, or MAP_NONE */
	struct proto_place proto;
};

struct merger {
	struct surface *s;
	struct lane_ids *ids;
	VEC(struct merge_func) funcs;
	VEC(struct merge_inst) insts;
	uint32_t *func_of_name;
	uint8_t *shared; /* by path id: more than one unit speaks of this unit's functions */
	struct map statics; /* hash of a static instance of a shared unit -> its index */
};

static void learn_roots(struct path_roots *roots, const struct unit_facts *units, size_t nunits)
{
	const char *last = "";

	path_roots_init(roots);
	for (size_t i = 0; i < nunits; i++) {
		/* Units of one build share their comp_dir's text; absolute names are few. */
		if (units[i].state != UNIT_READ || (units[i].comp_dir == last && units[i].name[0] != '/'))
			continue;
		path_roots_learn(roots, units[i].comp_dir, units[i].name);
		last = units[i].comp_dir;
	}
	path_roots_settle(roots);
}

static void map_ids(struct merger *m, struct unit_reader *readers, unsigned int nreaders,
		    const struct unit_facts *units, size_t nunits)
{
	struct path_roots roots;
	struct buf path = { 0 };

	learn_roots(&roots, units, nunits);
	m->ids = base_calloc(nreaders, sizeof(*m->ids));
	strtab_reserve(m->s->str, readers[0].names.n + readers[0].paths.entries.n);
	for (unsigned int i = 0; i < nreaders; i++) {
		const struct strtab *paths = &readers[i].paths;

		m->ids[i].name = base_calloc(readers[i].names.n, sizeof(uint32_t));
		m->ids[i].path = base_calloc(paths->entries.n, sizeof(uint32_t));
		for (size_t k = 1; k < readers[i].names.n; k++)
			m->ids[i].name[k] = strtab_intern_z(m->s->str, readers[i].names.v[k]);
		for (uint32_t k = 1; k < paths->entries.n; k++) {
			path_normalise(&roots, strtab_text(paths, k), &path);
			m->ids[i].path[k] = strtab_intern(m->s->str, path.v, path.n);
		}
	}
	buf_done(&path);
	path_roots_done(&roots);
}

/*
 * Units that others speak for too: two units of one path (a file built into two objects) are one unit to the
 * reader of a report, and with LTO the copies of a unit's static function lie in other units.
 */
static void find_shared(struct merger *m, const struct unit_facts *units, size_t nunits)
{
	m->shared = base_calloc(m->s->str->entries.n, 1);
	for (size_t i = 0; i < nunits; i++) {
		const struct unit_facts *u = &units[i];
		const uint32_t *path = m->ids[u->lane].path;

		if (u->state != UNIT_READ)
			continue;
		m->shared[path[u->file]] += m->shared[path[u->file]] < 2;
		for (uint32_t k = 0; k < u->nentities; k++)
			if (u->entities[k].file != u->file)
				m->shared[path[u->entities[k].file]] = 2;
	}
}

static uint32_t get_func(struct merger *m, uint32_t name)
{
	uint32_t i = m->func_of_name[name];

	if (i != MAP_NONE)
		return i;
	i = (uint32_t)m->funcs.n;
	VEC_PUSH(&m->funcs, ((struct merge_func){
			.name = name,
			.first = MAP_NONE,
			.last = MAP_NONE,
			.external = MAP_NONE,
		 }));
	m->func_of_name[name] = i;
	return i;
}

static bool same_static(const struct instance *a, const struct instance *b)
{
	return !a->external && !b->external && a->file == b->file && a->loc_file == b->loc_file &&
	       a->loc_line == b->loc_line;
}

static uint64_t static_key(uint32_t func, const struct instance *in)
{
	uint32_t key[4] = { func, in->file, in->loc_file, in->loc_line };

	return base_hash(key, sizeof(key), 0) >> 1;
}

/* The instance that a static entity is: of this unit, or of another one that speaks of the same unit. */
static uint32_t find_static(struct merger *m, uint32_t func, const struct instance *in, uint32_t unit)
{
	const struct merge_func *f = &m->funcs.v[func];
	const struct merge_inst *last = f->last == MAP_NONE ? NULL : &m->insts.v[f->last];
	uint32_t i;

	if (!last || (last->unit != unit && m->shared[in->file] < 2))
		return MAP_NONE;
	if (m->shared[in->file] == 2) {
		i = map_get(&m->statics, static_key(func, in));
		if (i == MAP_NONE || (m->insts.v[i].func == func && same_static(&m->insts.v[i].in, in)))
			return i;
	}
	for (i = f->first; i != MAP_NONE; i = m->insts.v[i].next)
		if (same_static(&m->insts.v[i].in, in))
			return i;
	return MAP_NONE;
}

static uint32_t get_instance(struct merger *m, const struct entity *e, uint32_t unit)
{
	uint32_t fi = get_func(m, e->name), i;
	struct merge_func *f = &m->funcs.v[fi];
	struct instance in = {
		.file = e->file,
		.loc_file = e->loc_file,
		.loc_line = e->loc_line,
		.inline_word = INLINE_NOT_SEEN,
		.external = e->external,
	};

	i = e->external ? f->external : find_static(m, fi, &in, unit);
	if (i != MAP_NONE)
		return i;
	if (e->external)
		in.file = in.loc_file = in.loc_line = 0;
	i = (uint32_t)m->insts.n;
	VEC_PUSH(&m->insts, ((struct merge_inst){ .in = in, .func = fi, .unit = unit, .next = MAP_NONE }));
	if (f->first == MAP_NONE)
		f->first = i;
	else
		m->insts.v[f->last].next = i;
	f->last = i;
	f->ninstances++;
	if (e->external)
		f->external = i;
	else if (m->shared[in.file] == 2)
		*map_at(&m->statics, static_key(fi, &in)) = i;
	return i;
}

/* From here on the entity's ids are the surface's. */
static void globalise(struct entity *e, const struct lane_ids *ids)
{
	e->name = ids->name[e->name];
	e->file = ids->path[e->file];
	e->loc_file = ids->path[e->loc_file];
}

static void unite(struct merger *m, struct entity *e, uint32_t unit)
{
	struct merge_inst *mi;
	struct merge_func *f;

	e->instance = get_instance(m, e, unit);
	mi = &m->insts.v[e->instance];
	f = &m->funcs.v[mi->func];
	if (!mi->body)
		mi->body = e->body;
	if (!mi->inlined)
		mi->inlined = e->inlined;
	mi->copied_far |= e->copied_far;
	if (e->proto > f->proto.rank)
		f->proto = (struct proto_place){ e->die, e->proto };
	if (!e->defined)
		return;
	if (!mi->defined) {
		mi->defined = true;
		mi->in.file = e->file;
		mi->in.loc_file = e->loc_file;
		mi->in.loc_line = e->loc_line;
	}
	if (mi->in.inline_word >= INLINE_SEEN_UNKNOWN)
		mi->in.inline_word = e->inline_word;
}

/* Not functions: the traps behind compile-time assertions (include/linux/compiler_types.h). */
static bool is_no_function(const char *name)
{
	return !strncmp(name, "__compiletime_assert_", 21);
}

/* Instances grouped by function, functions in order of first mention. */
static void lay_out(struct merger *m, struct merged *ret)
{
	struct surface *s = m->s;
	uint32_t *new_index = ret->new_index;

	VEC_RESERVE(&s->funcs, m->funcs.n);
	VEC_RESERVE(&s->instances, m->insts.n);
	for (size_t i = 0; i < m->funcs.n; i++) {
		const struct merge_func *mf = &m->funcs.v[i];
		struct func f = {
			.name = mf->name,
			.seq = (uint32_t)s->funcs.n,
			.type_seq = SEQ_NONE,
			.instances = (uint32_t)s->instances.n,
			.ninstances = mf->ninstances,
		};

		if (is_no_function(surface_text(s, mf->name))) {
			m->func_of_name[mf->name] = MAP_NONE;
			for (uint32_t k = mf->first; k != MAP_NONE; k = m->insts.v[k].next)
				new_index[k] = MAP_NONE;
			continue;
		}
		m->func_of_name[mf->name] = f.seq;
		VEC_PUSH(&s->funcs, f);
		VEC_PUSH(&ret->protos, mf->proto);
		for (uint32_t k = mf->first; k != MAP_NONE; k = m->insts.v[k].next) {
			struct merge_inst *mi = &m->insts.v[k];

			mi->in.addr = mi->body ? mi->body : mi->inlined;
			/* With GCC's LTO the origin is early debug information, without DW_AT_inline. */
			if (mi->copied_far && mi->in.inline_word == INLINE_SEEN_UNKNOWN)
				mi->in.inline_word = INLINE_NOT_DECLARED_INLINED;
			new_index[k] = (uint32_t)s->instances.n;
			VEC_PUSH(&s->instances, mi->in);
		}
	}
}

/*
 * Where a mention is counted: twice its instance, and one more for a direct call. MAP_NONE where there is
 * nothing to count.
 */
static uint32_t mention_slot(const struct unit_facts *u, const struct mention *mt, const struct merged *m)
{
	uint32_t i;

	if (mt->caller == NO_ENTITY)
		return MAP_NONE;
	i = m->new_index[u->entities[mt->callee].instance];
	return i == MAP_NONE ? MAP_NONE : 2 * i + !mt->inlined;
}

static void count_callers(const struct unit_facts *u, const struct merged *m, uint32_t *count)
{
	for (uint32_t k = 0; k < u->nmentions; k++) {
		uint32_t slot = mention_slot(u, &u->mentions[k], m);

		if (slot != MAP_NONE)
			count[slot]++;
	}
}

static void place_callers(const struct unit_facts *u, const struct merged *m, uint32_t *next,
			  struct caller *callers)
{
	for (uint32_t k = 0; k < u->nmentions; k++) {
		uint32_t slot = mention_slot(u, &u->mentions[k], m);
		const struct entity *by;

		if (slot == MAP_NONE)
			continue;
		by = &u->entities[u->mentions[k].caller];
		callers[next[slot]++] = (struct caller){ by->file, by->name };
	}
}

/* Counts, then places each caller at its instance: inline callers first, each kind in DIE order. */
void merge_callers(const struct unit_facts *units, size_t nunits, struct surface *s, const struct merged *m)
{
	uint32_t at = 0, *next = base_calloc(s->instances.n, 2 * sizeof(*next));

	for (size_t u = 0; u < nunits; u++)
		count_callers(&units[u], m, next);
	for (size_t i = 0; i < s->instances.n; i++) {
		struct instance *in = &s->instances.v[i];

		in->callers = at;
		in->ninline_callers = next[2 * i];
		in->ndirect_callers = next[2 * i + 1];
		next[2 * i] = at;
		next[2 * i + 1] = at + in->ninline_callers;
		at += in->ninline_callers + in->ndirect_callers;
	}
	VEC_RESERVE(&s->callers, at);
	s->callers.n = at;
	for (size_t u = 0; u < nunits; u++)
		place_callers(&units[u], m, next, s->callers.v);
	free(next);
}

void merge_units(struct unit_reader *readers, unsigned int nreaders, struct unit_facts *units,
		 size_t nunits, struct surface *s, struct merged *ret)
{
	struct merger m = { .s = s };
	size_t nnames;

	*ret = (struct merged){ 0 };
	map_ids(&m, readers, nreaders, units, nunits);
	find_shared(&m, units, nunits);
	map_init(&m.statics);
	nnames = s->str->entries.n;
	VEC_RESERVE(&ret->func_of_name, nnames);
	ret->func_of_name.n = nnames;
	m.func_of_name = ret->func_of_name.v;
	memset(m.func_of_name, 0xff, nnames * sizeof(*m.func_of_name));
	for (size_t u = 0; u < nunits; u++)
		for (uint32_t k = 0; k < units[u].nentities; k++) {
			globalise(&units[u].entities[k], &m.ids[units[u].lane]);
			unite(&m, &units[u].entities[k], (uint32_t)u);
		}
	ret->new_index = base_calloc(m.insts.n, sizeof(*ret->new_index));
	lay_out(&m, ret);
	for (unsigned int i = 0; i < nreaders; i++) {
		free(m.ids[i].name);
		free(m.ids[i].path);
	}
	free(m.ids);
	free(m.shared);
	map_done(&m.statics);
	VEC_DONE(&m.funcs);
	VEC_DONE(&m.insts);
}

void merged_done(struct merged *m)
{
	VEC_DONE(&m->protos);
	VEC_DONE(&m->func_of_name);
	free(m->new_index);
}

/*
 * Labels that a linker script puts around code: _stext, __init_begin, __kprobes_text_start. A symbol table calls
 * them no functions; kallsyms does not tell.
 */
static bool is_label(const char *name)
{
	static const char *const names[] = {
		"_text", "_stext", "_etext", "_sinittext", "_einittext", "_sexittext", "_eexittext", "_head", "_end",
		"__init_begin", "__init_end", "__inittext_begin", "__inittext_end", "__exittext_begin",
		"__exittext_end", "_samode31", "_eamode31", "_stext_amode31", "_etext_amode31", "_edata",
	};
	static const char *const ends[] = { "text_start", "text_end", "_text_begin", "TEXT_START", "TEXT_END" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (n > strlen(ends[i]) && !strcmp(name + n - strlen(ends[i]), ends[i]))
			return true;
	/* $x, $d and the like of arm and riscv; what is the compiler's own. */
	return name[0] == '$' || name[0] == '.' || !name[0];
}

/* The end of the part of a symbol's name that is the function's: what follows '.' is the compiler's. */
static size_t stem_length(const char *name)
{
	return strcspn(name, ".");
}

static bool is_padding(const char *name)
{
	/* CONFIG_CALL_PADDING names the bytes before a function (kernel commit 9f2899fe36a6). */
	return !strncmp(name, "__pfx", 5);
}

void merge_groups(const struct image_symbols *syms, struct surface *s, struct merged *m)
{
	struct map of_stem;
	uint32_t *f;

	map_init(&of_stem);
	for (size_t i = 0; i < syms->v.n; i++) {
		const char *name = syms->v.v[i].name;
		uint32_t stem;

		if (is_padding(name) || is_label(name) || is_no_function(name))
			continue;
		stem = strtab_intern(s->str, name, stem_length(name));
		f = map_at(&of_stem, stem);
		if (*f != MAP_NONE)
			continue;
		*f = (uint32_t)s->funcs.n;
		VEC_PUSH(&s->funcs, ((struct func){ .name = stem, .seq = *f, .type_seq = SEQ_NONE }));
	}
	map_done(&of_stem);
	VEC_RESERVE(&m->func_of_name, s->str->entries.n);
	m->func_of_name.n = s->str->entries.n;
	memset(m->func_of_name.v, 0xff, m->func_of_name.n * sizeof(*m->func_of_name.v));
	for (size_t i = 0; i < s->funcs.n; i++)
		m->func_of_name.v[s->funcs.v[i].name] = (uint32_t)i;
}

/* The function of a symbol: its name up to the first '.'; MAP_NONE for padding and unknown names. */
static uint32_t func_of_symbol(const struct surface *s, const struct merged *m, const char *name,
			       uint32_t *stem)
{
	if (is_padding(name))
		return MAP_NONE;
	*stem = strtab_find(s->str, name, stem_length(name));
	return *stem && *stem < m->func_of_name.n ? m->func_of_name.v[*stem] : MAP_NONE;
}

/* The module whose symbols a running kernel lists: they are in a section "[module]". */
static uint32_t owner_of_section(const struct surface *s, uint32_t section)
{
	const char *name = surface_text(s, section);
	size_t n = strlen(name);

	return n > 2 && name[0] == '[' && name[n - 1] == ']' ? strtab_intern(s->str, name + 1, n - 2) : 0;
}

void merge_symbols(const struct image *img, const struct image_symbols *syms, struct surface *s,
		   const struct merged *m)
{
	uint32_t *func = base_calloc(syms->v.n, sizeof(*func)), *stem = base_calloc(syms->v.n, sizeof(*stem));
	struct map section_ids;
	uint32_t at = 0, owner;

	map_init(&section_ids);
	for (size_t i = 0; i < syms->v.n; i++) {
		func[i] = func_of_symbol(s, m, syms->v.v[i].name, &stem[i]);
		if (func[i] != MAP_NONE)
			s->funcs.v[func[i]].nsymbols++;
	}
	for (size_t i = 0; i < s->funcs.n; i++) {
		s->funcs.v[i].symbols = at;
		at += s->funcs.v[i].nsymbols;
		s->funcs.v[i].nsymbols = 0;
	}
	VEC_RESERVE(&s->symbols, at);
	s->symbols.n = at;
	for (size_t i = 0; i < syms->v.n; i++) {
		const struct image_symbol *sym = &syms->v.v[i];
		const char *name = sym->name;
		uint32_t *section;
		struct func *f;

		if (func[i] == MAP_NONE)
			continue;
		f = &s->funcs.v[func[i]];
		section = map_at(&section_ids, sym->section);
		if (*section == MAP_NONE)
			*section = strtab_intern_z(s->str, image_section_name(img, sym->section));
		owner = owner_of_section(s, *section);
		s->symbols.v[f->symbols + f->nsymbols++] = (struct symbol){
			.owner = owner,
			.addr = sym->addr,
			.size = sym->size,
			.name = strchr(name, '.') ? strtab_intern_z(s->str, name) : stem[i],
			.section = *section,
			.bind = sym->bind,
		};
	}
	for (size_t i = 0; i < s->funcs.n; i++) {
		s->funcs.v[i].collision = func_collision(s, &s->funcs.v[i]);
		s->funcs.v[i].inline_type = func_inline(s, &s->funcs.v[i]);
	}
	map_done(&section_ids);
	free(func);
	free(stem);
}
