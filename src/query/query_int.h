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
void query_params_clear(struct query_params *p, size_t expected);
/* Adds q, or puts it in the place of the one that has its key. */
void query_params_put(struct query_params *p, const struct query_param *q);

/*
 * The pairs of images that a report compares: neighbours in Regular, the base and each member in Arch and
 * Flavor.
 */
void query_each_pair(const struct query_view *v,
		     void (*fn)(void *ctx, enum query_group_kind kind, const struct query_member *old_member,
				const struct query_member *new_member),
		     void *ctx);
/* False for an image of which nothing is known of the kind. */
bool query_image_knows(const struct store_image *im, enum kind k);

/* The nearest of the names that `each` tells, by calling tell(to, name, length) for them. */
typedef void query_tell_fn(void *ctx, void (*tell)(void *to, const char *name, size_t len), void *to);
void query_nearest_told(query_tell_fn *each, void *ctx, enum kind kind, const char *name, size_t max,
			struct query_names *ret);

/* ---- fields (field.c, moved.c) ---- */

/* The first variant of a construct in an image of the view, loaded once; SEQ_NONE when it is not there. */
int query_field_load(struct query_field *q, uint32_t image, enum kind kind, uint32_t name, uint32_t *ret,
		     struct err *err);
/*
 * The construct that a member of this type holds by value, arrays and typedefs seen through; SEQ_NONE when it
 * holds none with members.
 */
int query_field_embedded(struct query_field *q, uint32_t image, uint32_t type, uint32_t *ret, struct err *err);
/* Behind the last of the items that item `i` holds, `end` at most. */
uint32_t query_scope_end(const struct surface *s, uint32_t i, uint32_t end);
/*
 * Appends to q->moves at most three likely places of a field that image `from` has and image `to` has not,
 * best first.
 */
int query_field_moves(struct query_field *q, uint32_t from, uint32_t to, struct err *err);

#endif
