/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the writers of this folder share.
 */
#ifndef KSURF_REPORT_INT_H
#define KSURF_REPORT_INT_H

#include "report/report.h"

/* Appends a string literal. */
#define PUT(out, literal) buf_put(out, literal, sizeof(literal) - 1)

static inline void put_str(struct buf *out, const struct strtab *str, uint32_t id)
{
	buf_put(out, strtab_text(str, id), strtab_len(str, id));
}

/* An enumerator's number, of the sign that the enum has. */
void put_enum_value(struct buf *out, const struct construct *c, const struct item *it);

/* "(anon)", "(anon-1)", ...: how the recorded pages call the n-th parameter without a name. */
void ds_put_unnamed(struct buf *out, uint32_t n);
/* A declaration as the recorded pages write it (oracle, rule 9); an empty name gives the type. */
void ds_put_decl(struct buf *out, const struct type_table *t, const struct strtab *str, uint32_t id,
		 const char *name);
/* A function's prototype in the same way, without a semicolon. */
void ds_put_proto(struct buf *out, const struct type_table *t, const struct strtab *str,
		  uint32_t proto, const char *name);

void md_func(struct buf *out, const struct query_construct *q, enum report_style style);
void md_construct(struct buf *out, const struct query_construct *q, enum report_style style);
void json_func(struct buf *out, const struct query_construct *q);
void json_construct(struct buf *out, const struct query_construct *q);
/* The images of a store. */
void json_images(struct buf *out, const struct store_images *images);
void term_images(struct buf *out, const struct store_images *images,
		 const struct report_options *o);
void md_images(struct buf *out, const struct store_images *images);
void term_func(struct buf *out, const struct query_construct *q, const struct report_options *o);
void term_construct(struct buf *out, const struct query_construct *q, const struct report_options *o);

/* ---- text for a terminal (text.c) ---- */

#define TEXT_PLAIN "\033[0m"
#define TEXT_BOLD  "\033[1m"
#define TEXT_DIM   "\033[2m"
#define TEXT_GOOD  "\033[32m"
#define TEXT_WARN  "\033[33m"
#define TEXT_MARK  "\033[1;33m"

/* Narrower terminals get lines of this width. */
#define TEXT_WIDTH_MIN 60

/* A blank at which text_wrap does not break, unless what it joins is wider than a line. */
#define TEXT_HARD '\x1f'

/* Columns that UTF-8 text takes; colour codes take none. */
size_t text_width(const char *s, size_t n);
void text_pad(struct buf *out, size_t n);
/* The text between a colour code and its end, or plain. */
void text_style(struct buf *out, bool color, const char *style, const char *text);
/* 1,987 */
void text_count(struct buf *out, uint64_t n);
/* 28, or 28-31 */
void text_range(struct buf *out, uint64_t low, uint64_t high);
/*
 * The words of `text` in lines of at most `width` columns, with a newline at the end. The first line
 * goes on at `column`, the others begin at `indent`. A word that is too long stands alone.
 */
void text_wrap(struct buf *out, const struct buf *text, size_t column, size_t indent, size_t width);

/* Cells row by row, two blanks between columns; the last column wraps within the width. */
#define TABLE_COLUMNS 32

struct table {
	size_t columns;
	unsigned int right; /* bit per column: numbers, flush right */
	VEC(struct buf) cells;
};

/* A new empty cell, valid until the next. */
struct buf *table_cell(struct table *t);
void table_put(struct buf *out, const struct table *t, size_t width);
void table_done(struct table *t);

/* The program types that may call a kfunc, "tracing, xdp", behind `before`; nothing where none is known. */
void put_programs(struct buf *out, const struct surface *s, const struct construct *c, const char *before);

/* The words of a function's issues, in the order of the contract; false when there are none. */
bool put_issues(struct buf *out, const struct surface *s, const struct func *f, const char *between);
/* "vmlinux, nf_conntrack": who has the function, or the construct by its first variant; of many the first. */
void put_owners(struct buf *out, const struct surface *s, enum kind kind, uint32_t at);
/* Not the kernel's alone. */
bool has_modules(const struct surface *s, enum kind kind, uint32_t at);
/* A finding that puts the image itself in doubt: BTF of another build, a debug flavor, ...; in any of its reports. */
bool finding_is_doubt(const struct finding *f, bool page);
/* What these say; false without. */
bool put_doubts(struct buf *out, const struct image_info *info, bool page);

/* ---- differences between two images (change.c, diff.c, json_diff.c) ---- */

extern const char *const change_codes[CHANGE_NKINDS]; /* json.c: "param-added", ... */

/* A change in one line, without its sign: +, - or ~. */
void put_change_text(struct buf *out, const struct query_pair *p, enum kind kind, const struct query_delta *d,
		     const struct query_change *ch);
/* Of a CHANGE_OWNER: "built in -> module nf_nat". */
void put_owner_change(struct buf *out, const struct surface *s, const struct query_change *ch);
char change_sign(const struct query_change *ch);
/* True for what is told below a head: a tracepoint's record, its function. */
bool change_is_detail(enum kind kind, const struct query_change *ch);
/* "4.2 %" of n in all, or "-". */
void put_share(struct buf *out, uint64_t n, uint64_t all);

void term_pair(struct buf *out, const struct query_pair *p, const struct report_options *o);
void md_pair(struct buf *out, const struct query_pair *p);
void json_pair(struct buf *out, const struct query_pair *p);

void term_search(struct buf *out, const struct query_search *q, const struct report_options *o);
void md_search(struct buf *out, const struct query_search *q);
void json_search(struct buf *out, const struct query_search *q);

extern const char *const stats_row_word[STATS_NROWS]; /* "func", ..., "func-status" */
/* False for a class of functions that most images have none of, and of which this one has none. */
bool stats_is_shown(const char *topic, const char *value, uint64_t n);
void text_stats(struct buf *out, const struct query_stats *q, bool md, bool color);
void json_stats(struct buf *out, const struct query_stats *q);
void csv_stats(struct buf *out, const struct query_stats *q);
/* "gcc 12.2.0" of a producer or .comment text. */
void put_compiler(struct buf *out, const char *s);

#endif
