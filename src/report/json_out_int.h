/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A JSON object's members, one call each. The caller writes braces and commas.
 */
#ifndef KSURF_JSON_OUT_INT_H
#define KSURF_JSON_OUT_INT_H

#include "report/report_int.h"

/* "KEY": */
static inline void json_key(struct buf *out, const char *key)
{
	buf_char(out, '"');
	buf_puts(out, key);
	PUT(out, "\": ");
}

static inline void json_text(struct buf *out, const char *key, const char *s)
{
	json_key(out, key);
	buf_json(out, s, strlen(s));
}

/* What `text` holds; it is emptied for the next. */
static inline void json_take(struct buf *out, const char *key, struct buf *text)
{
	json_key(out, key);
	buf_json(out, text->v, text->n);
	text->n = 0;
}

static inline void json_number(struct buf *out, const char *key, uint64_t v)
{
	json_key(out, key);
	buf_dec(out, v);
}

static inline void json_bool(struct buf *out, const char *key, bool v)
{
	json_key(out, key);
	buf_puts(out, v ? "true" : "false");
}

#endif
