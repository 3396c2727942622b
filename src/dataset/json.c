// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The JSON pull reader (RFC 8259). Most strings of a dataset hold neither an escape nor a byte
 * above 0x7f, so they are found eight bytes at a time and handed out where they stand. Never
 * recurses.
 */
#include "dataset/json_int.h"

#include <stdio.h>

void json_start(struct json *j, const char *text, size_t len)
{
	j->p = text;
	j->end = text + len;
	j->msg[0] = '\0';
}

void json_done(struct json *j)
{
	buf_done(&j->scratch);
}

bool json_fail(struct json *j, const char *fmt, ...)
{
	va_list ap;

	if (!j->msg[0]) {
		va_start(ap, fmt);
		vsnprintf(j->msg, sizeof(j->msg), fmt, ap);
		va_end(ap);
	}
	return false;
}

char json_peek(struct json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
		j->p++;
	return j->p < j->end ? *j->p : '\0';
}

const char *json_next_kind(struct json *j)
{
	switch (json_peek(j)) {
	case '\0':
		return j->p < j->end ? "a NUL byte" : "the end of the line";
	case '"':
		return "a string";
	case '{':
		return "an object";
	case '[':
		return "a list";
	case 't':
	case 'f':
		return "true or false";
	case 'n':
		return "null";
	case '-':
	case '0' ... '9':
		return "a number";
	case '}':
	case ']':
		return "a closing bracket";
	case ',':
		return "a comma";
	case ':':
		return "a colon";
	}
	return "something that is not JSON";
}

bool json_take(struct json *j, char c, const char *what)
{
	if (json_peek(j) != c || j->p == j->end)
		return json_fail(j, "%s expected, found %s", what, json_next_kind(j));
	j->p++;
	return true;
}

bool json_at_end(struct json *j)
{
	json_peek(j);
	return j->p == j->end;
}

/* ---- strings ---- */

#define ONES 0x0101010101010101ull
#define HIGH 0x8080808080808080ull

/* Nonzero when one of eight bytes is '"', '\\', a control character or above 0x7f. */
static inline uint64_t special(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';

	return ((w - ONES * 0x20) | (quote - ONES) | (slash - ONES) | w) & HIGH;
}

/* The first byte at or after p that is special, or end. */
static const char *plain_end(const char *p, const char *end)
{
	uint64_t w;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		if (special(w))
			break;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 &&
	       (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* Length of the UTF-8 sequence at p (Unicode, table 3-7), or 0 when it is none. */
static size_t utf8_length(const unsigned char *p, const unsigned char *end)
{
	size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	unsigned char low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
	unsigned char high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;

	if (*p < 0xc2 || *p > 0xf4 || (size_t)(end - p) < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool hex4(struct json *j, uint32_t *v)
{
	*v = 0;
	if (j->end - j->p < 4)
		return json_fail(j, "\\u without four hex digits");
	for (int i = 0; i < 4; i++, j->p++) {
		char c = *j->p;

		*v <<= 4;
		if (c >= '0' && c <= '9')
			*v |= (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*v |= (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return json_fail(j, "\\u without four hex digits");
	}
	return true;
}

static void put_utf8(struct buf *b, uint32_t u)
{
	if (u < 0x80) {
		buf_char(b, (char)u);
		return;
	}
	if (u < 0x800) {
		buf_char(b, (char)(0xc0 | u >> 6));
	} else {
		if (u < 0x10000) {
			buf_char(b, (char)(0xe0 | u >> 12));
		} else {
			buf_char(b, (char)(0xf0 | u >> 18));
			buf_char(b, (char)(0x80 | (u >> 12 & 0x3f)));
		}
		buf_char(b, (char)(0x80 | (u >> 6 & 0x3f)));
	}
	buf_char(b, (char)(0x80 | (u & 0x3f)));
}

/* After \u. Characters beyond 16 bits come as two. */
static bool escape_u(struct json *j)
{
	uint32_t u, low;

	if (!hex4(j, &u))
		return false;
	if (!u)
		return json_fail(j, "a string holds a NUL character");
	if (u >= 0xd800 && u < 0xdc00) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return json_fail(j, "half a surrogate pair");
		j->p += 2;
		if (!hex4(j, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return json_fail(j, "half a surrogate pair");
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	} else if (u >= 0xdc00 && u < 0xe000) {
		return json_fail(j, "half a surrogate pair");
	}
	put_utf8(&j->scratch, u);
	return true;
}

static bool escape(struct json *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = ++j->p < j->end ? *j->p : '\0';
	const char *at = c ? strchr(from, c) : NULL;

	j->p++;
	if (c == 'u')
		return escape_u(j);
	if (!at)
		return json_fail(j, "an unknown escape in a string");
	buf_char(&j->scratch, to[at - from]);
	return true;
}

/* The rest of a string that is not plain; what came before is in scratch. */
static bool string_slow(struct json *j, const char **s, size_t *len)
{
	while (j->p < j->end) {
		const char *plain = plain_end(j->p, j->end);
		unsigned char c;
		size_t n;

		buf_put(&j->scratch, j->p, (size_t)(plain - j->p));
		j->p = plain;
		if (plain == j->end)
			break;
		c = (unsigned char)*plain;
		if (c == '"') {
			j->p++;
			*s = buf_z(&j->scratch);
			*len = j->scratch.n;
			return true;
		}
		if (c == '\\') {
			if (!escape(j))
				return false;
		} else if (c < 0x20) {
			return json_fail(j, c ? "a control character in a string" :
						"a NUL byte in a string");
		} else {
			n = utf8_length((const unsigned char *)plain,
					(const unsigned char *)j->end);
			if (!n)
				return json_fail(j, "a string is not UTF-8");
			buf_put(&j->scratch, plain, n);
			j->p += n;
		}
	}
	return json_fail(j, "a string is not closed");
}

bool json_string(struct json *j, const char **s, size_t *len)
{
	const char *from, *to;

	if (json_peek(j) != '"')
		return json_fail(j, "a string expected, found %s", json_next_kind(j));
	from = ++j->p;
	to = plain_end(from, j->end);
	if (to < j->end && *to == '"') {
		*s = from;
		*len = (size_t)(to - from);
		j->p = to + 1;
		return true;
	}
	j->scratch.n = 0;
	return string_slow(j, s, len);
}

/* ---- the rest ---- */

bool json_u64(struct json *j, uint64_t *v)
{
	char c = json_peek(j);
	const char *from = j->p;

	if (c == '-')
		return json_fail(j, "a number below zero");
	if (c < '0' || c > '9')
		return json_fail(j, "a number expected, found %s", json_next_kind(j));
	*v = 0;
	for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++) {
		unsigned int digit = (unsigned int)(*j->p - '0');

		if (*v > (UINT64_MAX - digit) / 10)
			return json_fail(j, "a number beyond 64 bits");
		*v = *v * 10 + digit;
	}
	if (*from == '0' && j->p - from > 1)
		return json_fail(j, "a number begins with 0");
	if (j->p < j->end && (*j->p == '.' || *j->p == 'e' || *j->p == 'E'))
		return json_fail(j, "a number is not whole");
	return true;
}

bool json_i64(struct json *j, uint64_t *bits, bool *below_zero)
{
	*below_zero = json_peek(j) == '-';
	if (!*below_zero)
		return json_u64(j, bits);
	j->p++;
	if (j->p == j->end || *j->p < '0' || *j->p > '9')
		return json_fail(j, "a number expected after a minus");
	if (!json_u64(j, bits))
		return false;
	if (!*bits)
		return json_fail(j, "minus 0");
	if (*bits > (uint64_t)INT64_MAX + 1)
		return json_fail(j, "a number beyond 64 bits");
	*bits = -*bits;
	return true;
}

static bool word(struct json *j, const char *w, size_t len)
{
	if ((size_t)(j->end - j->p) < len || memcmp(j->p, w, len))
		return false;
	j->p += len;
	return true;
}

bool json_bool(struct json *j, bool *v)
{
	json_peek(j);
	if (word(j, "true", 4))
		*v = true;
	else if (word(j, "false", 5))
		*v = false;
	else
		return json_fail(j, "true or false expected, found %s", json_next_kind(j));
	return true;
}

bool json_null(struct json *j)
{
	json_peek(j);
	return word(j, "null", 4);
}
