/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a field's reports share (field.c).
 */
#ifndef KSURF_REPORT_FIELD_WORDS_INT_H
#define KSURF_REPORT_FIELD_WORDS_INT_H

#include "report/report_int.h"

/* The last name of its path. */
const char *field_last_name(const struct field *q);
/* An enumerator's value. */
void put_field_value(struct buf *b, const struct field *q, const struct field_at *at);
/* "struct list_head tasks", "u8 kind:3", "NAME = 4" */
void put_field_decl(struct buf *b, const struct field *q, const struct field_at *at);
/* "nf_conntrack, nf_nat", whose construct it is; nothing where that is the kernel's own. */
void put_field_owner(struct buf *b, const struct field *q, const struct field_at *at, const char *before,
		     const char *after);
void put_field_move(struct buf *b, const struct field *q, const struct field_move *m);
/* Bytes, and after a colon the bits that are no whole byte. */
void put_field_offset(struct buf *b, int64_t bits);
/* "related name, same type, same place" */
void put_field_reasons(struct buf *b, const struct field_move *m);

void md_field(struct buf *out, const struct field *q);
void json_field(struct buf *out, const struct field *q);
void term_field(struct buf *out, const struct field *q, const struct report_options *o);

#endif
