// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sorting many records by a 64-bit number: radix, lowest digit first. Never compares.
 */
#include "base/base.h"

#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)
#define NDIGITS	   ((64 + DIGIT_BITS - 1) / DIGIT_BITS)

static inline uint32_t digit(uint64_t key, unsigned int d)
{
	return (uint32_t)(key >> (d * DIGIT_BITS)) & (DIGITS - 1);
}

/*
 * A digit that all keys share costs nothing but its count: a kernel's addresses differ in some 26 bits, so that
 * three passes sort them, however high they are.
 */
void sort_keys(struct sort_key *v, size_t n)
{
	struct sort_key *from = v, *to, *spare;
	uint32_t(*count)[DIGITS];
	uint64_t any = 0;

	for (size_t i = 1; i < n; i++)
		any |= v[i].key ^ v[0].key;
	if (!any)
		return;
	to = spare = base_alloc(n * sizeof(*spare));
	count = base_calloc(NDIGITS, sizeof(*count));
	for (unsigned int d = 0; d < NDIGITS; d++) {
		uint32_t at = 0, *c = count[d];
		struct sort_key *swap = from;

		if (!digit(any, d))
			continue;
		for (size_t i = 0; i < n; i++)
			c[digit(from[i].key, d)]++;
		for (unsigned int k = 0; k < DIGITS; k++) {
			uint32_t m = c[k];

			c[k] = at;
			at += m;
		}
		for (size_t i = 0; i < n; i++)
			to[c[digit(from[i].key, d)]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
	free(count);
	free(spare);
}
