/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a struct, a union or an enum lies in memory, as text: see layout.c.
 */
#ifndef KSURF_LAYOUT_INT_H
#define KSURF_LAYOUT_INT_H

#include "report/report_int.h"

/* What no member uses between a member and the next one, or the end of what holds them. */
struct layout_gap {
	uint32_t bytes, bits;
};

/* The sums of one scope: of a construct, or of an unnamed struct or union in it. */
struct layout_sums {
	uint32_t members;
	uint64_t bytes, bits;		/* of plain members; of bitfields */
	uint32_t holes, bit_holes;	/* how many */
	uint64_t hole_bytes, hole_bits; /* how much */
	uint32_t padding, bit_padding;	/* behind the last member */
	struct layout_gap front;	/* in front of the first one: bits without a name */
};

/* Datasets have no sizes of members, and some no offsets. */
enum layout_known { LAYOUT_ALL, LAYOUT_OFFSETS, LAYOUT_NOTHING };

struct layout_options {
	enum layout_known known;
	size_t indent, width; /* columns */
	uint32_t cacheline;   /* bytes; 0 for 64 */
	bool color;
};

/*
 * The sums of the members s->items[first] .. [end - 1] that stand as deep as the first, in a scope of `size`
 * bytes that begins `base` bits into its construct. gaps[i], unless NULL, is what follows item first + i.
 */
void layout_sums(const struct surface *s, uint32_t first, uint32_t end, int64_t base, uint32_t size,
		 bool is_union, struct layout_sums *ret, struct layout_gap *gaps);
/* A member in C, without a semicolon: "u8 kind:3"; what has an unnamed enum is "enum { } mode". */
void layout_put_member(struct buf *out, const struct surface *s, const struct item *it);
/* Bytes of a cache line of an architecture, in Debian's words. */
uint32_t layout_cacheline(const char *arch);
/* True for a union, and a typedef of one. */
bool layout_is_union(const struct surface *s, const struct construct *c);

/* A struct, union, or typedef of an unnamed one, with offsets, sizes, holes and cache lines, then its sums. */
void layout_put(struct buf *out, const struct surface *s, const struct construct *c,
		const struct layout_options *o);
/* An enum, or a typedef of one, with its values. */
void layout_put_enum(struct buf *out, const struct surface *s, const struct construct *c,
		     const struct layout_options *o);

#endif
