/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Markdown pages of all kinds share. For markdown*.c alone.
 */
#ifndef KSURF_MARKDOWN_INT_H
#define KSURF_MARKDOWN_INT_H

#include "report/report_int.h"

#define MD_WARN	 "\xe2\x9a\xa0\xef\xb8\x8f" /* U+26A0 U+FE0F */
#define MD_CHECK "\xe2\x9c\x85"		 /* U+2705 */
#define MD_ARROW "\xe2\x9e\xa1\xef\xb8\x8f" /* U+27A1 U+FE0F */

#define MD_ABSENT "Absent " MD_WARN

/* A page that is being written. */
struct md {
	struct buf *out;
	enum kind kind;
	const char *name;
	const struct query_view *view;
	const struct surface *s;
	const uint32_t *at; /* per image: index of the function or construct, or SEQ_NONE */
	const struct query_construct *q; /* not of a field */
	bool own;	    /* the style ksurf */
	/* What was written last in a status: neighbours mostly have the same. */
	struct buf body;
	struct buf check; /* a construct's line */
	uint32_t body_of; /* type id of the prototype, or index of the construct */
};

/* What a kind writes: an image's place in the status, and what follows a change's heading. */
struct md_writer {
	void (*status)(struct md *m, const struct query_member *member);
	void (*change)(struct md *m, const struct query_diff *d, const struct query_change *c);
};

struct md_diffs {
	const struct query_change *changes;
	const struct query_diff *v[GROUP_NKINDS];
	size_t n[GROUP_NKINDS];
	bool shown[GROUP_NKINDS];
};

/* The whole page; frees m->body. */
void md_page(struct md *m, const struct md_writer *w, const struct md_diffs *diffs);

/* <code>text</code> */
void md_code(struct md *m, const char *s, size_t n);
/* A place in the status without and with details; what stands between the two is the caller's. */
void md_plain_status(struct md *m, const struct query_member *member, const char *text);
/* What it says that the image has no such function or construct. */
void md_put_absence(struct md *m, const struct query_member *member);
void md_open_status(struct md *m, const struct query_member *member);
void md_close_status(struct md *m);
/* A declaration and a function's prototype as the style has them, without a semicolon. */
void md_decl(const struct md *m, struct buf *out, uint32_t type, const char *name);
void md_proto(const struct md *m, struct buf *out, uint32_t proto, const char *name);
/* What follows the heading of a prototype's change. */
void md_change(struct md *m, const struct query_change *c, uint32_t old_proto, uint32_t new_proto);

#endif
