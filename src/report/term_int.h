/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports for a terminal: what their sources share.
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
	bool present;
	uint32_t proto;	      /* type id; 0: none is known */
	const struct func *f; /* functions only; NULL: absent */
	enum query_absence absence; /* of what is not present */
};

enum { SECTION_OTHER = GROUP_NKINDS, NSECTIONS };

/* A range of term.cells. Other holds the images that stand in no group, under their names. */
struct section {
	size_t from, to;
};

struct term {
	struct buf *out;
	const struct query_view *view;
	const struct surface *s;
	const char *name; /* what the report is of */
	const char *decl; /* what its prototypes declare */
	bool color, single;
	size_t width;
	VEC(struct cell) cells; /* each image once, by section */
	struct section sections[NSECTIONS];
	size_t base; /* cell of the base */
	struct buf text, more; /* scratch */
	struct query_compare compare;
};

/* A term with a cell for each image, in which nothing is present yet. */
void term_init(struct term *t, struct buf *out, const struct query_view *v, const char *name,
	       const struct surface *s, const struct report_options *o);
void term_done(struct term *t);
/* The first line: name, kind, in how many images. */
void term_put_heading(struct term *t, const char *word);

/* Why an image has no such function or construct, or that it cannot be known. */
const char *term_absence_text(enum query_absence absence, enum kind kind);
/* Images that are not what they seem, a line each. */
void term_put_doubts(struct term *t);

/* Titles of the sections. */
extern const char *const term_section_title[NSECTIONS];

/* A set of images is a bool per cell. */
bool *term_set(const struct term *t);
size_t term_set_count(const struct section *sec, const bool *in);
/* The labels of all images of the set: "5.4 - 6.8; all 4 of Arch; aws". */
void term_put_set(const struct term *t, struct buf *b, const bool *in);
/* " (4.4 - 5.0)", unless the set is every image that has the function. */
void term_put_set_note(const struct term *t, struct buf *b, const bool *in);

/* The labels of one section's images of the set. */
void term_put_section_set(const struct term *t, struct buf *b, int k, const bool *in);

/* Images of one section that are alike: a line of a table over all sections. */
struct term_row {
	int section;
	bool *in;
	struct buf text;
};

struct term_rows {
	VEC(struct term_row) v;
};

/*
 * The row of a section with this text, which gets the cell: in Regular, a sequence, only the last row, else any;
 * a new one where there is none.
 */
struct term_row *term_row_at(const struct term *t, struct term_rows *rows, int section, size_t cell,
			     const struct buf *text);
/* Title and rows; the rows are gone then. With one image alone only its text, and no title. */
void term_put_rows(struct term *t, const char *title, struct term_rows *rows);

/* An empty line and the title in a line of its own. */
void term_put_title(struct term *t, const char *title);

/*
 * Pairs of images under their groups, those without changes folded (term_changes.c). `counts` writes the line
 * of a pair, nothing where nothing changes; `details` prints what stands below it.
 */
struct term_pairs {
	const struct query_diff *v[GROUP_NKINDS];
	size_t n[GROUP_NKINDS];
	void (*counts)(void *ctx, const struct query_diff *d, struct buf *b);
	void (*details)(void *ctx, const struct query_diff *d);
	void *ctx;
	const char *title; /* NULL: "Changes" */
};

void term_put_pairs(struct term *t, const struct term_pairs *p);

/* term_proto.c: the prototypes, each with the images that have it and what changed. */
void term_put_prototypes(struct term *t, const char *one, const char *several);
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
