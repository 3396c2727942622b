/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the comparisons of prototypes and of other constructs share. For src/query alone.
 */
#ifndef KSURF_QUERY_INT_H
#define KSURF_QUERY_INT_H

#include "query/query.h"

void query_add_change(struct query_compare *c, enum query_change_kind kind, uint32_t old_at,
		      uint32_t new_at, bool invisible);
/* The same as query_compare_protos, after the changes that c has already. */
void query_add_proto_changes(struct query_compare *c, const struct surface *s, uint32_t old_proto,
			     uint32_t new_proto);
/*
 * What is to be compared now. Declarations, and what a tracepoint's typedef says of its function, have no names;
 * datasets are taken at their word.
 */
static inline void query_compare_of(struct query_compare *c, const struct store_image *old,
				    const struct store_image *new)
{
	c->may_lack_names = old->info.source != IMAGE_FROM_DATASET && new->info.source != IMAGE_FROM_DATASET;
}
void query_params_clear(struct query_params *p, size_t expected);
/* Adds q, or puts it in the place of the one that has its key. */
void query_params_put(struct query_params *p, const struct query_param *q);

/* A symbol's suffixes without numbers, ".isra.cold" for f.isra.0.cold.3, into `out`; empty for none. */
void query_suffix(struct buf *out, const char *symbol);

/* ---- owner.c ---- */

/*
 * What of a function `info` would know too, where it has parts in modules: its index, or that of a copy at the end of
 * s->funcs, whose types are of these parts and which has no group where none is left.
 */
uint32_t query_known_func(const struct image_info *info, struct surface *s, uint32_t at);
/*
 * Adds CHANGE_OWNER where a name that both images have has other owners, as far as both know. `old` and `new`
 * are functions or first variants.
 */
void query_add_owner_change(struct query_compare *c, const struct surface *s, enum kind k, uint32_t old,
			    uint32_t new, const struct image_info *old_info, const struct image_info *new_info);

/* ---- diff.c ---- */

/* Counts a name that one image alone has (the other's index is SEQ_NONE); false when the other cannot know. */
bool query_tally_one_sided(struct query_tally *n, const struct store_image *old_image,
			   const struct store_image *new_image, const struct surface *s, enum kind k, uint32_t old,
			   uint32_t new);

/* ---- core.c: what CO-RE makes of a change ---- */

struct query_core_pair {
	const struct surface *s; /* holds both images' constructs */
	struct map old, new;	 /* what an image's typedefs stand for: name -> type id */
	bool sizes;		 /* both images say members' sizes; datasets do not */
};

/* To be closed after a failure too. */
int query_core_open(struct query_core_pair *c, struct store *st, const struct surface *s,
		    const struct store_image *old, const struct store_image *new, struct err *err);
void query_core_close(struct query_core_pair *c);
enum query_core query_core_of(const struct query_core_pair *c, const struct construct *old,
			      const struct construct *new, const struct query_change *ch);

#endif
