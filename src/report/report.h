/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report: one result in, text out. Markdown (two styles), JSON and terminal text from the same tree.
 * Never reaches the store, never decides what a fact means.
 */
#ifndef KSURF_REPORT_H
#define KSURF_REPORT_H

#include "field/field.h"
#include "query/query.h"

enum report_format { REPORT_TERM, REPORT_MD, REPORT_JSON, REPORT_CSV, REPORT_NFORMATS };
enum report_style { STYLE_KSURF, STYLE_DEPSURF, STYLE_NSTYLES };

extern const char *const report_format_text[REPORT_NFORMATS]; /* term, md, json, csv */
extern const char *const report_style_text[STYLE_NSTYLES];    /* ksurf, depsurf */

#define REPORT_JSON_VERSION 1

struct report_options {
	enum report_format format;
	enum report_style style; /* md only */
	bool color;		 /* term only */
	unsigned int width;	 /* term only: columns, 0 for 80; at least 60 are used */
};

/* The report of one construct, functions included; docs/formats/report.md describes each format. */
void report_construct(struct buf *out, const struct query_construct *q, const struct report_options *o);
/* The report of one field. */
void report_field(struct buf *out, const struct field *q, const struct report_options *o);
/* The images of a store. */
void report_images(struct buf *out, const struct store_images *images,
		   const struct report_options *o);
/* What changes between two images. */
void report_pair(struct buf *out, const struct query_pair *p, const struct report_options *o);
/* The names that match a pattern. */
void report_search(struct buf *out, const struct query_search *q, const struct report_options *o);
/* All images in numbers. */
void report_stats(struct buf *out, const struct query_stats *q, const struct report_options *o);

#endif
