// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All images in numbers: what each has, and what changes between neighbours. Two countings stand side by side:
 * that of the literature (DepSurf, EuroSys 2025), which compares types as trees, and ours, which counts
 * what C text shows. docs/formats/report.md says which table is which of theirs, and where the two differ.
 */
#include "query/query_int.h"

/* ---- what a name is in one image ---- */

/*
 * The functions of the literature are those in an image's BTF. A dataset has them as they are. Of a kernel
 * without BTF, they are those with a prototype that have a symbol: pahole would encode no others.
 */
static bool in_types(const struct store_image *im, const struct func *f)
{
	if (!func_has_proto(f))
		return false;
	if (image_knows_attach(&im->info) && !strcmp(im->info.types_from, "btf"))
		return f->attach & ATTACH_BTF;
	return im->info.source == IMAGE_FROM_DATASET || !func_has_group(f) || f->inline_type != INLINE_FULL;
}

struct counter {
	struct query_stats *q;
	struct query_compare compare;
	struct surface s; /* the name at hand */
	uint32_t no;	  /* string id of "n": a config option that is not set */
};

/* Whether the name counts in an image in a row of the tables; `at` is where it is, or SEQ_NONE. */
static bool counts(const struct counter *c, enum kind kind, unsigned int row, uint32_t image, uint32_t at)
{
	const struct store_image *im = &c->q->view->images->images.v[image];
	const struct construct *x;

	if (at == SEQ_NONE)
		return false;
	if (kind == KIND_FUNC) {
		const struct func *f = &c->s.funcs.v[at];

		return row == STATS_STATUS ? func_has_group(f) : in_types(im, f);
	}
	x = &c->s.constructs.v[at];
	switch (kind) {
	case KIND_ENUM:
		return x->name;
	case KIND_TRACEPOINT:
		return !(x->flags & CONSTRUCT_NO_RECORD);
	case KIND_CONFIG:
		return x->text != c->no;
	default:
		return true;
	}
}

/* ---- what a change is in each counting ---- */

static bool in_row(unsigned int row, enum query_change_kind k)
{
	bool status = k == CHANGE_INLINE || k == CHANGE_COLLISION || k == CHANGE_TRANSFORMATION;

	return row >= STATS_KINDS_END ? status : !status;
}

/*
 * The literature sees invisible changes too, but neither formats nor a syscall's number. Of kinds that it
 * does not know, there is one counting only.
 */
static bool in_literature(unsigned int row, const struct query_change *ch)
{
	switch (row) {
	case KIND_TYPEDEF:
	case KIND_KFUNC:
	case KIND_FEATURE:
		return !ch->invisible;
	case KIND_SYSCALL:
		return false;
	default:
		return ch->kind != CHANGE_FORMAT;
	}
}

static void tally(struct query_tally *n, const struct query_compare *c, unsigned int row, bool literature)
{
	bool seen[CHANGE_NKINDS] = { false }, any = false;

	for (size_t i = 0; i < c->changes.n; i++) {
		const struct query_change *ch = &c->changes.v[i];

		if (!in_row(row, ch->kind) || (literature ? !in_literature(row, ch) : ch->invisible))
			continue;
		n->by_change[ch->kind] += !seen[ch->kind];
		seen[ch->kind] = any = true;
	}
	n->nchanged += any;
}

/* ---- pairs ---- */

/* What one of two images has and the other cannot know counts in neither. */
static void presence(struct query_tally *n, bool old, bool new, const struct query_tally *one_sided)
{
	bool unknown = one_sided->unknown_modules || one_sided->unknown_facts;

	n->unknown_modules += one_sided->unknown_modules;
	n->unknown_facts += one_sided->unknown_facts;
	n->nold += old && !unknown;
	n->nnew += new && !unknown;
	n->nadded += new && !old && !unknown;
	n->nremoved += old && !new && !unknown;
}

/* Whether an image that lacks a name could have it, in one_sided's counts. */
static void ask_absence(const struct counter *c, const struct query_stats_pair *p, enum kind k, uint32_t old,
			uint32_t new, struct query_tally *one_sided)
{
	const struct store_image *images = c->q->view->images->images.v;

	*one_sided = (struct query_tally){ 0 };
	if ((old == SEQ_NONE) != (new == SEQ_NONE))
		query_tally_one_sided(one_sided, &images[p->old->image], &images[p->new->image], &c->s, k, old, new);
}

/* Where both images have one body, nothing is to be compared. */
static bool same_facts(const struct counter *c, enum kind kind, uint32_t a, uint32_t b)
{
	const struct construct *x, *y;

	if (kind == KIND_FUNC)
		return false;
	x = &c->s.constructs.v[a];
	y = &c->s.constructs.v[b];
	return x->items == y->items && x->nitems && x->type == y->type && x->text == y->text;
}

/* Of functions in modules what both images know. */
static void keep_known_parts(struct counter *c, const struct query_stats_pair *p, uint32_t *old, uint32_t *new)
{
	const struct image_info *a = &c->q->view->images->images.v[p->old->image].info;
	const struct image_info *b = &c->q->view->images->images.v[p->new->image].info;

	if (!a->nmodules && !b->nmodules)
		return;
	*old = query_known_func(b, &c->s, *old);
	*new = query_known_func(a, &c->s, *new);
}

static void look_at_pair(struct counter *c, enum kind kind, const uint32_t *at, struct query_stats_pair *p)
{
	uint32_t old = at[p->old->image], new = at[p->new->image];
	const unsigned int rows[] = { kind, STATS_STATUS };
	struct query_tally one_sided;
	bool compared = false;

	ask_absence(c, p, kind, old, new, &one_sided);
	for (size_t r = 0; r < (kind == KIND_FUNC ? 2 : 1); r++) {
		struct query_stats_change *n = &p->rows[rows[r]];
		bool in_old = counts(c, kind, rows[r], p->old->image, old);
		bool in_new = counts(c, kind, rows[r], p->new->image, new);

		if (!n->known)
			continue;
		presence(&n->literature, in_old, in_new, &one_sided);
		presence(&n->own, in_old, in_new, &one_sided);
		if (!in_old || !in_new || same_facts(c, kind, old, new))
			continue;
		query_compare_of(&c->compare, &c->q->view->images->images.v[p->old->image],
				 &c->q->view->images->images.v[p->new->image]);
		if (!compared && kind == KIND_FUNC)
			keep_known_parts(c, p, &old, &new);
		if (!compared)
			query_compare_names(&c->compare, &c->s, kind, &old, &new, false);
		compared = true;
		if (!c->compare.changes.n)
			continue;
		tally(&n->literature, &c->compare, rows[r], true);
		tally(&n->own, &c->compare, rows[r], false);
	}
}

static int count_kind(struct counter *c, struct store *st, enum kind kind, const uint32_t *ids, uint32_t *at,
		      struct err *err)
{
	struct query_stats *q = c->q;
	struct store_walk *w;
	unsigned int flags = STORE_WALK_BRIEF;
	uint32_t name;
	bool more;
	int rc;

	/* The owners of functions without a symbol are those of their instances. */
	for (size_t i = 0; i < q->view->images->images.n; i++)
		if (q->view->images->images.v[i].info.nmodules)
			flags = 0;
	rc = store_walk_open(st, kind, ids, q->view->images->images.n, flags, &w, err);
	if (rc)
		return rc;
	while (!(rc = store_walk_next(w, &c->s, &more, &name, at, err)) && more)
		for (size_t i = 0; i < q->pairs.n; i++)
			look_at_pair(c, kind, at, &q->pairs.v[i]);
	store_walk_close(w);
	return rc;
}

static void add_pair(struct query_stats *q, const struct query_group *g, const struct query_member *old,
		     const struct query_member *new)
{
	const struct store_image *images = q->view->images->images.v;
	struct query_stats_pair p = { .group = g->kind, .old = old, .new = new };

	for (unsigned int row = 0; row < STATS_NROWS; row++) {
		enum kind k = row == STATS_STATUS ? KIND_FUNC : (enum kind)row;

		p.rows[row].known = query_image_knows(&images[old->image], k) &&
				    query_image_knows(&images[new->image], k);
		if (row == KIND_FIELD)
			p.rows[row].known = false;
		if (row == STATS_STATUS)
			p.rows[row].known &= images[old->image].ngroups && images[new->image].ngroups &&
					     !((images[old->image].info.facts ^ images[new->image].info.facts) &
					       FACT_INSTANCES);
		if (row == KIND_FUNC)
			p.rows[row].known &= images[old->image].nprotos && images[new->image].nprotos;
	}
	VEC_PUSH(&q->pairs, p);
}

static void make_pairs(struct query_stats *q)
{
	for (int k = 0; k < GROUP_NKINDS; k++) {
		const struct query_group *g = &q->view->groups[k];

		for (size_t i = 0; i < g->members.n; i++) {
			if (k != GROUP_REGULAR)
				add_pair(q, g, &g->base, &g->members.v[i]);
			else if (i)
				add_pair(q, g, &g->members.v[i - 1], &g->members.v[i]);
		}
	}
}

static int count_pairs(struct query_stats *q, struct store *st, struct err *err)
{
	size_t n = q->view->images->images.n;
	uint32_t *ids = base_calloc(n, sizeof(*ids)), *at = base_calloc(n, sizeof(*at));
	struct counter c = { .q = q, .no = strtab_intern_z(store_strtab(st), "n") };
	int rc = 0;

	surface_init(&c.s, store_strtab(st), store_types(st));
	query_compare_init(&c.compare);
	for (size_t i = 0; i < n; i++)
		ids[i] = q->view->images->images.v[i].id;
	for (int k = 0; !rc && q->pairs.n && k < KIND_NKINDS; k++)
		if (k != KIND_FIELD)
			rc = count_kind(&c, st, (enum kind)k, ids, at, err);
	query_compare_done(&c.compare);
	surface_done(&c.s);
	free(ids);
	free(at);
	return rc;
}

int query_stats(struct query_stats *q, struct store *st, const struct query_view *v, struct err *err)
{
	int rc = 0;

	*q = (struct query_stats){ .view = v };
	for (size_t i = 0; !rc && i < v->images->images.n; i++) {
		struct store_counts counts;

		rc = store_image_counts(st, v->images->images.v[i].id, &counts, err);
		if (!rc)
			VEC_PUSH(&q->counts, counts);
	}
	make_pairs(q);
	rc = rc ? rc : count_pairs(q, st, err);
	if (rc)
		query_stats_done(q);
	return rc;
}

void query_stats_done(struct query_stats *q)
{
	for (size_t i = 0; i < q->counts.n; i++)
		store_counts_done(&q->counts.v[i]);
	VEC_DONE(&q->counts);
	VEC_DONE(&q->pairs);
}

uint64_t query_stats_count(const struct store_counts *c, const char *topic, const char *value)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->v.n; i++)
		if (!strcmp(c->v.v[i].topic, topic) && (!value || !strcmp(c->v.v[i].value, value)))
			n += c->v.v[i].n;
	return n;
}
