/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a field's reports share (field.c).
 */
#ifndef KSURF_REPORT_FIELD_INT_H
#define KSURF_REPORT_FIELD_INT_H

#include "report/report_int.h"

/* The last name of its path. */
const char *field_name(const struct query_field *q);
bool field_is_value(const struct query_field *q, const struct query_field_at *at);
/* An enumerator's value. */
void field_put_value(struct buf *b, const struct query_field *q, const struct query_field_at *at);
/* "struct list_head tasks", "u8 kind:3", "NAME = 4" */
void field_put_decl(struct buf *b, const struct query_field *q, const struct query_field_at *at);
void field_put_move_decl(struct buf *b, const struct query_field *q, const struct query_field_move *m);
/* Bytes, and after a colon the bits that are no whole byte. */
void field_put_offset(struct buf *b, int64_t bits);
/* "related name, same type, same place" */
void field_put_reasons(struct buf *b, const struct query_field_move *m);

void md_field(struct buf *out, const struct query_field *q);
void json_field(struct buf *out, const struct query_field *q);
void term_field(struct buf *out, const struct query_field *q, const struct report_options *o);

#endif
