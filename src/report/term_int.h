/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A function's report for a terminal: what its three sources share.
 */
#ifndef KSURF_TERM_INT_H
#define KSURF_TERM_INT_H

#include "report/report_int.h"

#define WARN  "\xe2\x9a\xa0" /* U+26A0 */
#define CHECK "\xe2\x9c\x93" /* U+2713 */
#define DASH  "\xe2\x80\x93" /* U+2013 */

/* One image under one label. */
struct cell {
	const char *label;
	uint32_t image;
	const struct func *f; /* NULL: absent */
};

enum { SECTION_OTHER = GROUP_NKINDS, NSECTIONS };

/* A range of term.cells. Other holds the images that stand in no group, under their names. */
struct section {
	size_t from, to;
};

struct term {
	struct buf *out;
	const struct query_func *q;
	const struct surface *s;
	bool color, single;
	size_t width;
	VEC(struct cell) cells; /* each image once, by section */
	struct section sections[NSECTIONS];
	size_t base; /* cell of the base */
	size_t npresent;
	struct buf text, more; /* scratch */
	struct query_compare compare;
};

/* Titles of the sections. */
extern const char *const term_section_title[NSECTIONS];

/* A set of images is a bool per cell. */
bool *term_set(const struct term *t);
size_t term_set_count(const struct section *sec, const bool *in);
/* The labels of all images of the set: "5.4 - 6.8; all 4 of Arch; aws". */
void term_put_set(const struct term *t, struct buf *b, const bool *in);
/* " (4.4 - 5.0)", unless the set is every image that has the function. */
void term_put_set_note(const struct term *t, struct buf *b, const bool *in);

/* An empty line and the title in a line of its own. */
void term_put_title(struct term *t, const char *title);

/* term_proto.c: the prototypes, each with the images that have it and what changed. */
void term_put_prototypes(struct term *t);
/* term_detail.c: where it is, symbols, callers; then what the issues mean. */
void term_put_details(struct term *t);
void term_put_notes(struct term *t);

/* Least and greatest of what images have a different number of. */
struct counts {
	uint32_t low, high;
};

static inline void term_count(struct counts *c, bool first, uint32_t n)
{
	if (first || n < c->low)
		c->low = n;
	if (first || n > c->high)
		c->high = n;
}

#endif
