// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The slow paths of the byte cursor. LEB128 is DWARF 5, section 7.6. Never allocates.
 */
#include "base/base.h"

uint64_t cur_uint(struct cur *c, unsigned int n)
{
	uint32_t v = 0;

	switch (n) {
	case 1:
		return cur_u8(c);
	case 2:
		return cur_u16(c);
	case 3: /* DW_FORM_strx3, DW_FORM_addrx3 */
		if (!cur_need(c, 3))
			return 0;
		for (unsigned int i = 0; i < 3; i++) {
			bool big = c->swap == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

			v |= (uint32_t)c->p[i] << (big ? 16 - 8 * i : 8 * i);
		}
		c->p += 3;
		return v;
	case 4:
		return cur_u32(c);
	case 8:
		return cur_u64(c);
	default:
		cur_fail(c);
		return 0;
	}
}

uint64_t cur_uleb_slow(struct cur *c)
{
	uint64_t v = 0;
	unsigned int shift = 0;

	while (c->p < c->end) {
		uint8_t b = *c->p++;

		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
		shift += 7;
	}
	cur_fail(c);
	return 0;
}

int64_t cur_sleb(struct cur *c)
{
	uint64_t v = 0;
	unsigned int shift = 0;

	while (c->p < c->end) {
		uint8_t b = *c->p++;

		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
		if (!(b & 0x80)) {
			if ((b & 0x40) && shift < 64)
				v |= ~(uint64_t)0 << shift;
			return (int64_t)v;
		}
	}
	cur_fail(c);
	return 0;
}

const char *cur_str(struct cur *c)
{
	const uint8_t *nul = c->p < c->end ? memchr(c->p, 0, cur_left(c)) : NULL;
	const char *s = (const char *)c->p;

	if (!nul) {
		cur_fail(c);
		return NULL;
	}
	c->p = nul + 1;
	return s;
}
