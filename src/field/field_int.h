/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two sources of this folder share.
 */
#ifndef KSURF_FIELD_INT_H
#define KSURF_FIELD_INT_H

#include "field/field.h"

/* The first variant of a construct in an image of the view, loaded once; SEQ_NONE when it is not there. */
int field_load(struct field *q, uint32_t image, enum kind kind, uint32_t name, uint32_t *ret,
	       struct err *err);
/*
 * The construct that a member of this type holds by value, arrays and typedefs seen through; SEQ_NONE when it
 * holds none with members.
 */
int field_embedded(struct field *q, uint32_t image, uint32_t type, uint32_t *ret, struct err *err);
/* Behind the last of the items that item `i` holds, `end` at most. */
uint32_t field_scope_end(const struct surface *s, uint32_t i, uint32_t end);
/*
 * Appends to q->moves at most three likely places of a field that image `from` has and image `to` has not,
 * best first.
 */
int field_find_moves(struct field *q, uint32_t from, uint32_t to, struct err *err);

#endif
