// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Growing text, and numbers as text and as LEB128. Never writes to a file.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void buf_done(struct buf *b)
{
	free(b->v);
	*b = (struct buf){ 0 };
}

void buf_grow(struct buf *b, size_t more)
{
	b->v = vec_grow(b->v, &b->cap, b->n + more, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		buf_grow(b, (size_t)n + 1);
		vsnprintf(b->v + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

const char *buf_z(struct buf *b)
{
	if (b->n + 1 > b->cap)
		buf_grow(b, 1);
	b->v[b->n] = '\0';
	return b->v;
}

void buf_dec(struct buf *b, uint64_t v)
{
	char t[20], *p = t + sizeof(t);

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	buf_put(b, p, (size_t)(t + sizeof(t) - p));
}

void buf_hex(struct buf *b, uint64_t v)
{
	char t[16], *p = t + sizeof(t);

	do
		*--p = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	buf_put(b, p, (size_t)(t + sizeof(t) - p));
}

void buf_uleb(struct buf *b, uint64_t v)
{
	uint8_t t[10];
	size_t n = 0;

	do {
		t[n] = (uint8_t)(v & 0x7f) | (v > 0x7f ? 0x80 : 0);
		n++;
	} while (v >>= 7);
	buf_put(b, t, n);
}

static void json_u16(struct buf *b, uint32_t u)
{
	char t[6] = "\\u";

	for (unsigned int i = 0; i < 4; i++)
		t[2 + i] = "0123456789abcdef"[u >> (12 - 4 * i) & 15];
	buf_put(b, t, 6);
}

/* One UTF-8 sequence at s (len bytes left); its length, or 0 when it is not UTF-8. */
static size_t utf8_decode(const uint8_t *s, size_t len, uint32_t *cp)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;

	if (!n || n > len || s[0] > 0xf4)
		return 0;
	*cp = s[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	return n;
}

void buf_json(struct buf *b, const char *s, size_t len)
{
	static const char esc[] = "\"\\\b\f\n\r\t", as[] = "\"\\bfnrt";
	size_t plain = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)s[i];
		const char *e;
		uint32_t cp;
		size_t n;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		buf_put(b, s + plain, i - plain);
		e = c ? strchr(esc, c) : NULL;
		if (e) {
			buf_char(b, '\\');
			buf_char(b, as[e - esc]);
			n = 1;
		} else if (c < 0x80) {
			json_u16(b, c);
			n = 1;
		} else if (!(n = utf8_decode((const uint8_t *)s + i, len - i, &cp))) {
			json_u16(b, 0xfffd);
			n = 1;
		} else if (cp >= 0x10000) {
			json_u16(b, 0xd800 + ((cp - 0x10000) >> 10));
			json_u16(b, 0xdc00 + ((cp - 0x10000) & 0x3ff));
		} else {
			json_u16(b, cp);
		}
		i += n;
		plain = i;
	}
	if (len)
		buf_put(b, s + plain, len - plain);
	buf_char(b, '"');
}
