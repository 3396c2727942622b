// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two images, compared name by name over all kinds: what came, what went, what changed and how. The counts
 * are those of the literature (a name once a change); what was found of each name is kept for the
 * writers. Never decides how a change is worded.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "query/query_int.h"

/* ---- one name ---- */

void query_suffix(struct buf *out, const char *symbol)
{
	const char *at = strchr(symbol, '.');

	while (at) {
		const char *end = strchr(at + 1, '.');
		size_t n = end ? (size_t)(end - at) : strlen(at);

		if (strspn(at + 1, "0123456789") + 1 < n)
			buf_put(out, at, n);
		at = end;
	}
}

static bool has_suffix(const struct surface *s, const struct func *f, const struct buf *suffix,
		       struct buf *scratch)
{
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		scratch->n = 0;
		query_suffix(scratch, surface_text(s, s->symbols.v[f->symbols + i].name));
		if (scratch->n == suffix->n && !memcmp(scratch->v, suffix->v, suffix->n))
			return true;
	}
	return false;
}

/* The symbols of `f` with a suffix that no symbol of `other` has. */
static void add_suffixes(struct query_compare *c, const struct surface *s, const struct func *f,
			 const struct func *other, bool came)
{
	struct buf suffix = { 0 }, scratch = { 0 };

	for (uint32_t i = f->symbols; i < f->symbols + f->nsymbols; i++) {
		const char *name = surface_text(s, s->symbols.v[i].name);

		if (!strchr(name, '.'))
			continue;
		suffix.n = 0;
		query_suffix(&suffix, name);
		if (suffix.n && !has_suffix(s, other, &suffix, &scratch))
			query_add_change(c, CHANGE_TRANSFORMATION, came ? SEQ_NONE : i, came ? i : SEQ_NONE,
					 false);
	}
	buf_done(&suffix);
	buf_done(&scratch);
}

static bool from_symbols(const struct func *f)
{
	return f->collision == COLLISION_UNKNOWN || f->collision == COLLISION_SYMBOLS;
}

static void compare_funcs(struct query_compare *c, const struct surface *s, const struct func *old,
			  const struct func *new)
{
	if (func_has_proto(old) && func_has_proto(new))
		query_add_proto_changes(c, s, old->proto, new->proto);
	if (!func_has_group(old) || !func_has_group(new))
		return;
	/* What either does not know is no change: without DWARF inlining, and what it is that symbols stand for. */
	if (old->inline_type != new->inline_type && old->inline_type != INLINE_UNKNOWN &&
	    new->inline_type != INLINE_UNKNOWN)
		query_add_change(c, CHANGE_INLINE, 0, 0, false);
	if (old->collision != new->collision && from_symbols(old) == from_symbols(new))
		query_add_change(c, CHANGE_COLLISION, 0, 0, false);
	add_suffixes(c, s, old, new, false);
	add_suffixes(c, s, new, old, true);
}

/* Marks the variants that both images have, one for one. */
static void match_variants(struct query_compare *c, const struct surface *s, const struct construct *old,
			   const struct construct *new, bool *old_taken, uint32_t nold, bool *new_taken,
			   uint32_t nnew, bool layout)
{
	for (uint32_t i = 0; i < nold; i++) {
		for (uint32_t j = 0; j < nnew && !old_taken[i]; j++) {
			if (new_taken[j])
				continue;
			query_compare_constructs(c, s, &old[i], &new[j], layout);
			old_taken[i] = new_taken[j] = !c->changes.n;
		}
	}
}

static uint32_t first_left(const bool *taken, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && taken[i])
		i++;
	return i;
}

/*
 * Two constructs of one name: mostly one variant each. Of more, those that are in both images are put
 * aside, and the first of the others compared. With nothing left on a side there is no change but in the
 * number of variants, which is none: any of them may be what a program meant.
 */
static void compare_variants(struct query_compare *c, const struct surface *s, uint32_t *old, uint32_t *new,
			     bool layout)
{
	const struct construct *a = &s->constructs.v[*old], *b = &s->constructs.v[*new];
	uint32_t nold = construct_nvariants(s, *old), nnew = construct_nvariants(s, *new), i = 0, j = 0;
	bool *taken;

	if (nold > 1 || nnew > 1) {
		taken = base_calloc((size_t)nold + nnew, sizeof(*taken));
		match_variants(c, s, a, b, taken, nold, taken + nold, nnew, layout);
		i = first_left(taken, nold);
		j = first_left(taken + nold, nnew);
		free(taken);
	}
	c->changes.n = 0;
	if (i == nold || j == nnew)
		return;
	*old += i;
	*new += j;
	query_compare_constructs(c, s, a + i, b + j, layout);
}

void query_compare_names(struct query_compare *c, const struct surface *s, enum kind kind, uint32_t *old,
			 uint32_t *new, bool layout)
{
	c->changes.n = 0;
	if (kind == KIND_FUNC)
		compare_funcs(c, s, &s->funcs.v[*old], &s->funcs.v[*new]);
	else
		compare_variants(c, s, old, new, layout);
}

/* ---- two images ---- */

struct differ {
	struct query_pair *p;
	struct store *st;
	struct query_compare compare;
	struct surface s; /* the name at hand */
	struct query_core_pair core; /* with layout only */
	bool owners;		     /* an image has modules: of functions without a symbol instances tell whose */
};

void query_pair_init(struct query_pair *p, struct store *st)
{
	*p = (struct query_pair){ 0 };
	surface_init(&p->facts, store_strtab(st), store_types(st));
}

void query_pair_done(struct query_pair *p)
{
	surface_done(&p->facts);
	VEC_DONE(&p->deltas);
	VEC_DONE(&p->changes);
	VEC_DONE(&p->core);
}

/* Copies a function, with its symbols, or a construct, with its items, when `whole`; its new index. */
static uint32_t keep(struct differ *d, enum kind kind, uint32_t at, bool whole, uint32_t *moved)
{
	struct surface *to = &d->p->facts;

	*moved = 0;
	if (at == SEQ_NONE)
		return SEQ_NONE;
	if (kind == KIND_FUNC) {
		struct func f = d->s.funcs.v[at];

		*moved = (uint32_t)to->symbols.n - f.symbols;
		for (uint32_t i = 0; whole && i < f.nsymbols; i++)
			VEC_PUSH(&to->symbols, d->s.symbols.v[f.symbols + i]);
		f.symbols += *moved;
		f.nsymbols = whole ? f.nsymbols : 0;
		f.ninstances = 0;
		VEC_PUSH(&to->funcs, f);
		return (uint32_t)to->funcs.n - 1;
	}
	struct construct c = d->s.constructs.v[at];

	*moved = (uint32_t)to->items.n - c.items;
	for (uint32_t i = 0; whole && i < c.nitems; i++)
		VEC_PUSH(&to->items, d->s.items.v[c.items + i]);
	c.items += *moved;
	c.nitems = whole ? c.nitems : 0;
	VEC_PUSH(&to->constructs, c);
	return (uint32_t)to->constructs.n - 1;
}

/* True for the kinds of change whose positions are indexes in s->items. */
static bool change_has_items(enum query_change_kind k)
{
	switch (k) {
	case CHANGE_FIELD_ADDED:
	case CHANGE_FIELD_REMOVED:
	case CHANGE_FIELD_TYPE:
	case CHANGE_FIELD_MOVED:
	case CHANGE_FIELD_RESIZED:
	case CHANGE_FIELD_BITFIELD:
	case CHANGE_VALUE_ADDED:
	case CHANGE_VALUE_REMOVED:
	case CHANGE_VALUE:
		return true;
	default:
		return false;
	}
}

/* The positions of a change after its facts moved. One that only one side has is the same on both. */
static struct query_change move_change(struct query_change ch, uint32_t old_moved, uint32_t new_moved)
{
	bool one_side = ch.kind == CHANGE_FIELD_ADDED || ch.kind == CHANGE_VALUE_ADDED;

	if (ch.kind == CHANGE_TRANSFORMATION) {
		ch.old_param += ch.old_param == SEQ_NONE ? 0 : old_moved;
		ch.new_param += ch.new_param == SEQ_NONE ? 0 : new_moved;
	} else if (change_has_items(ch.kind)) {
		uint32_t from = one_side ? new_moved : old_moved;

		if (ch.kind == CHANGE_FIELD_REMOVED || ch.kind == CHANGE_VALUE_REMOVED)
			new_moved = old_moved;
		ch.old_param += from;
		ch.new_param += new_moved;
	}
	return ch;
}

static void add_delta(struct differ *d, struct query_pair_kind *pk, struct query_delta delta, uint32_t old,
		      uint32_t new)
{
	struct query_pair *p = d->p;
	bool both = old != SEQ_NONE && new != SEQ_NONE;
	uint32_t old_moved, new_moved;

	delta.changes = (uint32_t)p->changes.n;
	delta.state = both ? DELTA_CHANGED : old == SEQ_NONE ? DELTA_ADDED : DELTA_REMOVED;
	delta.old = keep(d, pk->kind, old, both, &old_moved);
	delta.new = keep(d, pk->kind, new, both, &new_moved);
	for (size_t i = 0; both && i < d->compare.changes.n; i++)
		if (!d->compare.changes.v[i].invisible)
			VEC_PUSH(&p->changes, move_change(d->compare.changes.v[i], old_moved, new_moved));
	delta.nchanges = (uint32_t)p->changes.n - delta.changes;
	VEC_PUSH(&p->deltas, delta);
}

/* Classes the changes of the delta that was added last; where that has no meaning, marks them so. */
static void class_changes(struct differ *d, struct query_tally *n, bool layout)
{
	struct query_pair *p = d->p;
	const struct query_delta *delta = &p->deltas.v[p->deltas.n - 1];
	enum query_core worst = CORE_ABSORBED;

	for (size_t i = p->core.n; i < p->changes.n; i++) {
		enum query_core c = CORE_NCLASSES;

		if (layout)
			c = query_core_of(&d->core, &p->facts.constructs.v[delta->old],
					  &p->facts.constructs.v[delta->new], &p->changes.v[i]);
		VEC_PUSH(&p->core, (uint8_t)c);
		worst = c > worst ? c : worst;
	}
	if (layout)
		n->by_core[worst]++;
}

static void tally_changes(struct query_tally *n, const struct query_compare *c)
{
	bool seen[CHANGE_NKINDS] = { false }, any = false;

	for (size_t i = 0; i < c->changes.n; i++) {
		const struct query_change *ch = &c->changes.v[i];

		if (ch->invisible)
			continue;
		n->by_change[ch->kind] += !seen[ch->kind];
		seen[ch->kind] = any = true;
	}
	n->nchanged += any;
}

static uint32_t nvariants(const struct surface *s, enum kind kind, uint32_t at)
{
	if (at == SEQ_NONE)
		return 0;
	return kind == KIND_FUNC ? 1 : construct_nvariants(s, at);
}

bool query_tally_one_sided(struct query_tally *n, const struct store_image *old_image,
			   const struct store_image *new_image, const struct surface *s, enum kind k, uint32_t old,
			   uint32_t new)
{
	bool removed = new == SEQ_NONE;
	enum query_absence a = removed ? query_absence_of(old_image, new_image, s, k, old) :
					 query_absence_of(new_image, old_image, s, k, new);

	n->unknown_modules += a == UNKNOWN_MODULES;
	n->unknown_facts += a == UNKNOWN_TYPES || a == UNKNOWN_DEBUG;
	if (a != ABSENT && a != ABSENT_SYMBOL)
		return false;
	n->nremoved += removed;
	n->nadded += !removed;
	return true;
}

static void look_at(struct differ *d, struct query_pair_kind *pk, uint32_t name, uint32_t old, uint32_t new)
{
	bool layout = d->p->layout && query_has_layout(pk->kind);
	struct query_tally *n = &pk->n;
	struct query_delta delta = { .name = name, .old_variants = nvariants(&d->s, pk->kind, old),
				     .new_variants = nvariants(&d->s, pk->kind, new) };
	uint64_t changed = n->nchanged;
	uint32_t first_old = old, first_new = new;

	n->nold += old != SEQ_NONE;
	n->nnew += new != SEQ_NONE;
	if (old == SEQ_NONE || new == SEQ_NONE) {
		if (query_tally_one_sided(n, d->p->old_image, d->p->new_image, &d->s, pk->kind, old, new))
			add_delta(d, pk, delta, old, new);
		return;
	}
	if (d->owners && pk->kind == KIND_FUNC) {
		old = query_known_func(&d->p->new_image->info, &d->s, old);
		new = query_known_func(&d->p->old_image->info, &d->s, new);
	}
	query_compare_names(&d->compare, &d->s, pk->kind, &old, &new, layout);
	if (d->owners)
		query_add_owner_change(&d->compare, &d->s, pk->kind, first_old, first_new, &d->p->old_image->info,
				       &d->p->new_image->info);
	tally_changes(n, &d->compare);
	if (n->nchanged == changed)
		return;
	add_delta(d, pk, delta, old, new);
	if (d->p->layout)
		class_changes(d, n, layout);
}

/* Sorts by name: the order of the store is none. */
static int compare_deltas(const void *a, const void *b, void *strtab)
{
	const struct query_delta *x = a, *y = b;

	return strcmp(strtab_text(strtab, x->name), strtab_text(strtab, y->name));
}

static int walk_kind(struct differ *d, struct query_pair_kind *pk, struct err *err)
{
	const uint32_t ids[2] = { d->p->old_image->id, d->p->new_image->id };
	struct store_walk *w;
	uint32_t name, at[2];
	bool more;
	unsigned int flags = STORE_WALK_CHANGED | (d->owners ? 0 : STORE_WALK_BRIEF);
	int rc = store_walk_open(d->st, pk->kind, ids, 2, flags, &w, err);

	if (rc)
		return rc;
	pk->deltas = (uint32_t)d->p->deltas.n;
	while (!(rc = store_walk_next(w, &d->s, &more, &name, at, err)) && more)
		look_at(d, pk, name, at[0], at[1]);
	pk->n.nold += store_walk_left_out(w);
	pk->n.nnew += store_walk_left_out(w);
	store_walk_close(w);
	pk->ndeltas = (uint32_t)d->p->deltas.n - pk->deltas;
	if (pk->ndeltas)
		qsort_r(d->p->deltas.v + pk->deltas, pk->ndeltas, sizeof(*d->p->deltas.v), compare_deltas,
			store_strtab(d->st));
	d->p->ndifferences += pk->ndeltas;
	return rc;
}

static int walk_kinds(struct differ *d, uint32_t kinds, struct err *err)
{
	struct query_pair *p = d->p;
	int rc = 0;

	for (int k = 0; !rc && k < KIND_NKINDS; k++) {
		struct query_pair_kind *pk = &p->kinds[p->nkinds];

		if (k == KIND_FIELD || !(kinds & 1u << k))
			continue;
		*pk = (struct query_pair_kind){ .kind = (enum kind)k,
						.in_old = query_image_knows(p->old_image, (enum kind)k),
						.in_new = query_image_knows(p->new_image, (enum kind)k) };
		p->nkinds++;
		if (pk->in_old && pk->in_new)
			rc = walk_kind(d, pk, err);
	}
	return rc;
}

int query_pair_get(struct query_pair *p, struct store *st, const struct store_image *old,
		   const struct store_image *new, uint32_t kinds, bool layout, struct err *err)
{
	struct differ d = { .p = p, .st = st, .owners = old->info.nmodules || new->info.nmodules };
	int rc = 0;

	p->old_image = old;
	p->new_image = new;
	p->layout = layout;
	surface_init(&d.s, store_strtab(st), store_types(st));
	query_compare_init(&d.compare);
	query_compare_of(&d.compare, old, new);
	if (layout)
		rc = query_core_open(&d.core, st, &p->facts, old, new, err);
	rc = rc ? rc : walk_kinds(&d, kinds, err);
	query_core_close(&d.core);
	query_compare_done(&d.compare);
	surface_done(&d.s);
	return rc;
}
