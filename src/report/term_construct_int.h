/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A construct's report for a terminal: what its two sources share.
 */
#ifndef KSURF_TERM_CONSTRUCT_INT_H
#define KSURF_TERM_CONSTRUCT_INT_H

#include "report/layout_int.h"
#include "report/term_int.h"

struct term_construct {
	struct term t; /* first: what the changes' writers are called with */
	const struct query_construct *q;
};

/* What there is to show of a construct: a layout, values, an event's record, or one line that says it all. */
enum shape { SHAPE_MEMBERS, SHAPE_VALUES, SHAPE_RECORD, SHAPE_LINE };

enum shape term_shape(const struct surface *s, const struct construct *c);

/* term_changes.c: what changes from image to image, layout included. */
void term_put_changes(struct term_construct *tc);

#endif
