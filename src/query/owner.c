// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who has a name (the kernel itself, modules), and what it says that an image has not. An image knows its kernel
 * always, of modules those that were read; functions by debug info, by symbols, or by types alone. What it
 * cannot know is never a difference.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "query/query_int.h"

/* ---- owners ---- */

static void add_owner(struct query_owners *o, uint32_t owner)
{
	for (size_t i = 0; i < o->v.n; i++)
		if (o->v.v[i] == owner)
			return;
	VEC_PUSH(&o->v, owner);
}

static void add_symbol_owners(struct query_owners *o, const struct surface *s, const struct func *f)
{
	for (uint32_t i = 0; i < f->nsymbols; i++)
		add_owner(o, s->symbols.v[f->symbols + i].owner);
}

/* The owners of what is defined; where all is only declared, of that. */
static void add_func_owners(struct query_owners *o, const struct surface *s, const struct func *f)
{
	add_symbol_owners(o, s, f);
	for (uint32_t i = f->instances; i < f->instances + f->ninstances; i++)
		if (s->instances.v[i].addr || s->instances.v[i].loc_file)
			add_owner(o, s->instances.v[i].owner);
	for (uint32_t i = f->instances; !o->v.n && i < f->instances + f->ninstances; i++)
		add_owner(o, s->instances.v[i].owner);
}

/* "nf_conntrack,nf_nat" */
static void add_listed_owners(struct query_owners *o, const struct surface *s, uint32_t owners)
{
	const char *text = surface_text(s, owners);

	if (!owners)
		add_owner(o, 0);
	while (*text) {
		size_t n = strcspn(text, ",");

		add_owner(o, strtab_intern(s->str, text, n));
		text += n + (text[n] == ',');
	}
}

/* The kernel in front: its name is empty. */
static int by_name(const void *a, const void *b, void *str)
{
	return strcmp(strtab_text(str, *(const uint32_t *)a), strtab_text(str, *(const uint32_t *)b));
}

static void get_unsorted(struct query_owners *o, const struct surface *s, enum kind k, uint32_t at)
{
	o->v.n = 0;
	if (k == KIND_FUNC) {
		add_func_owners(o, s, &s->funcs.v[at]);
		return;
	}
	for (uint32_t i = at; i < at + construct_nvariants(s, at); i++)
		add_listed_owners(o, s, s->constructs.v[i].owner);
}

static void sort(const struct surface *s, struct query_owners *o)
{
	if (o->v.n > 1)
		qsort_r(o->v.v, o->v.n, sizeof(*o->v.v), by_name, s->str);
}

void query_owners_get(struct query_owners *o, const struct surface *s, enum kind k, uint32_t at)
{
	get_unsorted(o, s, k, at);
	sort(s, o);
}

static bool has_owner(const struct query_owners *o, uint32_t owner)
{
	for (size_t i = 0; i < o->v.n; i++)
		if (o->v.v[i] == owner)
			return true;
	return false;
}

/* Quickly, since it is asked for every name: the first symbol or instance is mostly the kernel's. */
static bool in_kernel(const struct surface *s, enum kind k, uint32_t at)
{
	const struct func *f;
	struct query_owners o = { 0 };
	bool ret;

	if (k != KIND_FUNC && !s->constructs.v[at].owner)
		return true;
	f = k == KIND_FUNC ? &s->funcs.v[at] : NULL;
	if (f && f->nsymbols && !s->symbols.v[f->symbols].owner)
		return true;
	get_unsorted(&o, s, k, at);
	/* A prototype alone has no owner: types do not say whose function it is. */
	ret = !o.v.n || has_owner(&o, 0);
	VEC_DONE(&o.v);
	return ret;
}

/* ---- what an image knows ---- */

/*
 * Nothing tells whether the modules that were read are all that there are (some were asked for, a distribution has
 * them in two packages, a running kernel shows what is loaded): one that is not listed is unknown.
 */
bool query_knows_module(const struct image_info *info, const char *name)
{
	return !*name || image_has_module(info, name);
}

static bool knows_all(const struct image_info *info, const struct surface *s, enum kind k, uint32_t at)
{
	struct query_owners o = { 0 };
	bool ret = true;

	get_unsorted(&o, s, k, at);
	for (size_t i = 0; ret && i < o.v.n; i++)
		ret = query_knows_module(info, surface_text(s, o.v.v[i]));
	VEC_DONE(&o.v);
	return ret;
}

/* False where no module has BTF: before 5.11 none was made for them. */
static bool knows_module_types(const struct image_info *info)
{
	for (uint32_t i = 0; i < info->nfindings; i++)
		if (!strcmp(info->findings[i].code, "module-btf-empty") && info->findings[i].count >= info->nmodules)
			return false;
	return true;
}

static bool is_of_types(enum kind k)
{
	return k == KIND_STRUCT || k == KIND_UNION || k == KIND_ENUM || k == KIND_TYPEDEF || k == KIND_KFUNC;
}

bool query_in_modules(const struct image_info *info, const struct surface *s, enum kind k, uint32_t at)
{
	if (in_kernel(s, k, at))
		return false;
	return !knows_all(info, s, k, at) || (is_of_types(k) && !knows_module_types(info));
}

/* What of a function is in the kernel, or in modules that `info` knows: copies behind all others. */
static struct func known_part(const struct image_info *info, struct surface *s, struct func f)
{
	struct func ret = f;

	ret.instances = (uint32_t)s->instances.n;
	ret.symbols = (uint32_t)s->symbols.n;
	ret.ninstances = ret.nsymbols = 0;
	for (uint32_t i = f.instances; i < f.instances + f.ninstances; i++) {
		struct instance in = s->instances.v[i];

		if (!query_knows_module(info, surface_text(s, in.owner)))
			continue;
		VEC_PUSH(&s->instances, in);
		ret.ninstances++;
	}
	for (uint32_t i = f.symbols; i < f.symbols + f.nsymbols; i++) {
		struct symbol sym = s->symbols.v[i];

		if (!query_knows_module(info, surface_text(s, sym.owner)))
			continue;
		VEC_PUSH(&s->symbols, sym);
		ret.nsymbols++;
	}
	if (ret.ninstances == f.ninstances && ret.nsymbols == f.nsymbols)
		return f;
	ret.collision = func_collision(s, &ret);
	ret.inline_type = func_inline(s, &ret);
	if (!ret.ninstances && !ret.nsymbols)
		ret.seq = SEQ_NONE;
	return ret;
}

uint32_t query_known_func(const struct image_info *info, struct surface *s, uint32_t at)
{
	struct func f = s->funcs.v[at], part;

	part = known_part(info, s, f);
	if (part.instances == f.instances && part.symbols == f.symbols)
		return at;
	VEC_PUSH(&s->funcs, part);
	return (uint32_t)s->funcs.n - 1;
}

bool query_image_knows(const struct store_image *im, enum kind k)
{
	return im->info.kinds & 1u << k || (k == KIND_FUNC && (im->ngroups || im->nprotos));
}

/* A function that `with` has and `without` has not, whose owners `without` knows. */
static enum query_absence func_absence(const struct image_info *with, const struct image_info *without,
				       const struct surface *s, const struct func *f)
{
	/* kallsyms does not tell functions from labels in assembly; types are of functions alone. */
	if (without->facts & FACT_INSTANCES)
		return with->facts & FACT_INSTANCES || func_has_proto(f) ? ABSENT : UNKNOWN_DEBUG;
	if (without->facts & FACT_SYMBOLS) {
		bool symbol = !func_has_group(f);

		for (uint32_t i = f->symbols; !symbol && i < f->symbols + f->nsymbols; i++)
			symbol = query_knows_module(without, surface_text(s, s->symbols.v[i].owner));
		return symbol ? ABSENT_SYMBOL : UNKNOWN_DEBUG;
	}
	/* Two lists of the same sort can be held against each other. */
	return with->facts & (FACT_INSTANCES | FACT_SYMBOLS) ? UNKNOWN_TYPES : ABSENT;
}

enum query_absence query_absence_of(const struct store_image *with, const struct store_image *without,
				    const struct surface *s, enum kind k, uint32_t at)
{
	if (!query_image_knows(without, k))
		return UNKNOWN_KIND;
	if (query_in_modules(&without->info, s, k, at))
		return UNKNOWN_MODULES;
	return k == KIND_FUNC ? func_absence(&with->info, &without->info, s, &s->funcs.v[at]) : ABSENT;
}

enum query_absence query_construct_absence(const struct query_construct *q, size_t image)
{
	const struct store_image *im = &q->view->images->images.v[image];

	if (!query_image_knows(im, q->kind))
		return UNKNOWN_KIND;
	for (size_t i = 0; i < q->at.n; i++)
		if (q->at.v[i] != SEQ_NONE && query_in_modules(&im->info, &q->facts, q->kind, q->at.v[i]))
			return UNKNOWN_MODULES;
	if (q->kind != KIND_FUNC || im->info.facts & FACT_INSTANCES)
		return ABSENT;
	return im->info.facts & FACT_SYMBOLS ? ABSENT_SYMBOL : UNKNOWN_TYPES;
}

/* ---- changes ---- */

/* A module that one has and the other, which knows it, has not. */
static bool differ_known(const struct surface *s, const struct query_owners *a, const struct query_owners *b,
			 const struct image_info *of_b)
{
	for (size_t i = 0; i < a->v.n; i++)
		if (!has_owner(b, a->v.v[i]) && query_knows_module(of_b, surface_text(s, a->v.v[i])))
			return true;
	return false;
}

static bool have_common(const struct query_owners *a, const struct query_owners *b)
{
	for (size_t i = 0; i < a->v.n; i++)
		if (has_owner(b, a->v.v[i]))
			return true;
	return false;
}

/*
 * Copies in each module that includes a header, or what may be such: how many there are is no change of the
 * function.
 */
static bool is_copied(const struct surface *s, enum kind k, uint32_t at)
{
	return k != KIND_FUNC || s->funcs.v[at].collision == COLLISION_STATIC_DUPLICATION ||
	       s->funcs.v[at].collision == COLLISION_SYMBOLS;
}

static void put_joined(struct buf *out, const struct surface *s, struct query_owners *o)
{
	sort(s, o);
	for (size_t i = 0; i < o->v.n; i++) {
		buf_puts(out, i ? "," : "");
		buf_puts(out, o->v.v[i] ? surface_text(s, o->v.v[i]) : "vmlinux");
	}
}

void query_put_owners(struct buf *out, const struct surface *s, enum kind k, uint32_t at)
{
	struct query_owners o = { 0 };

	get_unsorted(&o, s, k, at);
	put_joined(out, s, &o);
	VEC_DONE(&o.v);
}

static uint32_t join(const struct surface *s, struct query_owners *o)
{
	struct buf text = { 0 };
	uint32_t id;

	put_joined(&text, s, o);
	id = strtab_intern(s->str, text.v, text.n);
	buf_done(&text);
	return id;
}

void query_add_owner_change(struct query_compare *c, const struct surface *s, enum kind k, uint32_t old,
			    uint32_t new, const struct image_info *old_info, const struct image_info *new_info)
{
	struct query_owners a = { 0 }, b = { 0 };
	bool differ;

	if (!old_info->nmodules && !new_info->nmodules)
		return;
	/* Without debug info who has only inlined copies is not seen. */
	if (k == KIND_FUNC && (!s->funcs.v[old].ninstances || !s->funcs.v[new].ninstances)) {
		add_symbol_owners(&a, s, &s->funcs.v[old]);
		add_symbol_owners(&b, s, &s->funcs.v[new]);
	} else {
		get_unsorted(&a, s, k, old);
		get_unsorted(&b, s, k, new);
	}
	differ = differ_known(s, &a, &b, new_info) || differ_known(s, &b, &a, old_info);
	if (is_copied(s, k, old) || is_copied(s, k, new))
		differ = differ && (has_owner(&a, 0) != has_owner(&b, 0) || !have_common(&a, &b));
	if (differ && a.v.n && b.v.n)
		query_add_change(c, CHANGE_OWNER, join(s, &a), join(s, &b), false);
	VEC_DONE(&a.v);
	VEC_DONE(&b.v);
}
