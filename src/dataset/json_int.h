/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A pull reader for JSON (RFC 8259), one value at a time, strict: UTF-8, no NUL, no trailing
 * commas. Numbers are unsigned 64-bit integers, since kernel addresses do not fit a signed one;
 * that, and its speed, is why the dataset is not read through jansson, whose integers are signed.
 */
#ifndef KSURF_JSON_INT_H
#define KSURF_JSON_INT_H

#include "base/base.h"

struct json {
	const char *p, *end;
	struct buf scratch; /* the last string, when it had escapes */
	char msg[200];	    /* the first failure in words; "" while all is well */
};

/* Text in memory; scratch is kept from text to text. */
void json_start(struct json *j, const char *text, size_t len);
void json_done(struct json *j);
/* Says what is wrong; the first call wins. Always false. */
bool json_fail(struct json *j, const char *fmt, ...) BASE_PRINTF(2, 3);

/* The next character that is not white space, without taking it; 0 at the end. */
char json_peek(struct json *j);
/* Takes one character; on failure says that `what` was expected. */
bool json_take(struct json *j, char c, const char *what);
/* Valid until the next string of this reader, or in the text itself. */
bool json_string(struct json *j, const char **s, size_t *len);
bool json_u64(struct json *j, uint64_t *v);
/* A whole number of either sign, as the 64 bits that hold it. */
bool json_i64(struct json *j, uint64_t *bits, bool *below_zero);
bool json_bool(struct json *j, bool *v);
/* Takes a null if it is next. */
bool json_null(struct json *j);
/* True when nothing but white space is left. */
bool json_at_end(struct json *j);

/* What stands next, in words, for messages: "a string", "a number", ... */
const char *json_next_kind(struct json *j);

#endif
