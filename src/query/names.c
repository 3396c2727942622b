// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The nearest names of one that is not there: what someone meant who typed "vfs_raed", "kmaloc" or
 * "sendmsg". Looks at each name of the store once.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "query/query_int.h"

#include <ctype.h>

/*
 * A name's cost is the least of
 *  - its edits: inserted, deleted, replaced and swapped neighbouring characters (the "optimal string
 *    alignment" distance), COST_EDIT each;
 *  - if it begins with the text: COST_PREFIX and a little for what is left; if it holds the text
 *    elsewhere: COST_PART and the same;
 *  - if the text begins with it (a suffix too much: "vfs_read_v2"): COST_BEGINNING and more for
 *    what is left.
 * Edits are counted up to a bound (a third of the text) within a band around the diagonal, and only
 * for names that pass two cheap filters: the length, and how often each letter occurs, since one
 * edit changes at most two counts by one each. A swap changes none. That leaves some thousand of
 * 170,000 names for the band.
 */
#define COST_EDIT      4
#define COST_PREFIX    3
#define COST_PART      5
#define COST_BEGINNING 4
#define COST_NONE      UINT32_MAX

#define NAME_MAX_LEN 256 /* what is longer is compared in its first so many bytes */
#define EDITS_MAX    6

struct nearest {
	char text[NAME_MAX_LEN]; /* lower case */
	uint32_t len, bound;
	uint8_t letters[64]; /* how often each class of characters occurs */
	size_t max;
	struct query_names *ret;
	enum kind kind; /* of the names that are looked at */
};

/* Lower-case letters, digits, '_' and '.' have a class each; others share some. */
static inline uint32_t letter(unsigned char c)
{
	return c >= 64 ? c & 31u : c & 63u;
}

/* Whether the letter counts alone need more edits than the bound. */
static bool letters_differ(const struct nearest *s, const char *name, uint32_t len)
{
	uint8_t left[64];
	uint32_t surplus = 0, common = 0;

	memcpy(left, s->letters, sizeof(left));
	for (uint32_t i = 0; i < len; i++) {
		uint8_t *n = &left[letter((unsigned char)name[i])];

		if (*n) {
			(*n)--;
			common++;
		} else {
			surplus++;
		}
	}
	return (surplus > s->len - common ? surplus : s->len - common) > s->bound;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Edits between text and name, or bound + 1 when there are more. Rows are the text's characters. */
static uint32_t edits(const struct nearest *s, const char *name, uint32_t len)
{
	uint32_t rows[3][NAME_MAX_LEN + 2], *older = rows[0], *old = rows[1], *row = rows[2], *swap;
	const uint32_t far = s->bound + 1;

	for (uint32_t j = 0; j <= len; j++)
		old[j] = least(j, far);
	for (uint32_t i = 1; i <= s->len; i++) {
		uint32_t from = i > s->bound ? i - s->bound : 1, to = least(len, i + s->bound);
		uint32_t best = far;

		row[from - 1] = from == 1 ? least(i, far) : far;
		if (to + 1 <= len)
			row[to + 1] = far;
		for (uint32_t j = from; j <= to; j++) {
			uint32_t d = old[j - 1] + (s->text[i - 1] != name[j - 1]);

			d = least(d, least(old[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && s->text[i - 1] == name[j - 2] &&
			    s->text[i - 2] == name[j - 1])
				d = least(d, older[j - 2] + 1);
			row[j] = least(d, far);
			best = least(best, row[j]);
		}
		if (best >= far && row[from - 1] >= far)
			return far;
		swap = older;
		older = old;
		old = row;
		row = swap;
	}
	return old[len];
}

static uint32_t name_cost(const struct nearest *s, const char *name, uint32_t len)
{
	uint32_t cost = COST_NONE, more = len > s->len ? len - s->len : s->len - len, n;
	const char *at;

	if (len >= s->len && s->len > 1) {
		at = memmem(name, len, s->text, s->len);
		if (at)
			cost = (at == name ? COST_PREFIX : COST_PART) + more / 4;
	} else if (len > 3 && len * 2 > s->len && !memcmp(name, s->text, len)) {
		cost = COST_BEGINNING + more / 2;
	}
	if (more > s->bound || letters_differ(s, name, len))
		return cost;
	n = edits(s, name, len);
	return n > s->bound ? cost : least(cost, n * COST_EDIT);
}

/* The order of results: cost, then the shorter, then by text. */
static bool before(uint32_t cost, const char *name, size_t len, const struct query_name *than)
{
	size_t n = strlen(than->name);

	if (cost != than->distance)
		return cost < than->distance;
	if (len != n)
		return len < n;
	return memcmp(name, than->name, n) < 0;
}

static void keep(struct nearest *s, uint32_t cost, const char *name, size_t len)
{
	struct query_names *r = s->ret;
	size_t i = r->names.n;

	while (i && before(cost, name, len, &r->names.v[i - 1]))
		i--;
	if (i == s->max)
		return;
	if (i && r->names.v[i - 1].distance == cost && r->names.v[i - 1].kind == s->kind &&
	    strlen(r->names.v[i - 1].name) == len && !memcmp(r->names.v[i - 1].name, name, len))
		return; /* a name that was told twice */
	if (r->names.n < s->max)
		(void)VEC_ADD(&r->names);
	memmove(r->names.v + i + 1, r->names.v + i, (r->names.n - 1 - i) * sizeof(*r->names.v));
	r->names.v[i] = (struct query_name){ arena_strndup(&r->arena, name, len), cost, s->kind };
}

static void look_at(void *ctx, const char *name, size_t full)
{
	struct nearest *s = ctx;
	uint32_t len = full < NAME_MAX_LEN ? (uint32_t)full : NAME_MAX_LEN;
	char low[NAME_MAX_LEN];
	uint32_t cost;

	for (uint32_t i = 0; i < len; i++)
		low[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
	cost = name_cost(s, low, len);
	if (cost != COST_NONE)
		keep(s, cost, name, full);
}

/* Beside a near name the far ones are noise. */
static void drop_far(struct query_names *ret)
{
	uint32_t best = ret->names.n ? ret->names.v[0].distance : 0;
	uint32_t limit = best < COST_EDIT ? best + COST_EDIT : best * 2;

	while (ret->names.n && ret->names.v[ret->names.n - 1].distance > limit)
		ret->names.n--;
}

int query_nearest(struct store *st, const char *name, size_t max, struct query_names *ret,
		  struct err *err)
{
	return query_nearest_of(st, 1u << KIND_FUNC, name, max, ret, err);
}

/* False when there is nothing to look for. */
static bool begin(struct nearest *s, const char *name, size_t max, struct query_names *ret)
{
	size_t len = strlen(name);

	*s = (struct nearest){ .max = max, .ret = ret };
	*ret = (struct query_names){ 0 };
	arena_init(&ret->arena);
	if (!max || !len)
		return false;
	s->len = len < NAME_MAX_LEN ? (uint32_t)len : NAME_MAX_LEN;
	s->bound = s->len < 3 ? 1 : least(1 + s->len / 4, EDITS_MAX);
	for (uint32_t i = 0; i < s->len; i++) {
		s->text[i] = (char)tolower((unsigned char)name[i]);
		if (s->letters[letter((unsigned char)s->text[i])] < UINT8_MAX)
			s->letters[letter((unsigned char)s->text[i])]++;
	}
	return true;
}

int query_nearest_of(struct store *st, uint32_t kinds, const char *name, size_t max,
		     struct query_names *ret, struct err *err)
{
	struct nearest s;
	int code = 0;

	if (!begin(&s, name, max, ret))
		return 0;
	for (s.kind = 0; !code && s.kind < KIND_NKINDS; s.kind++)
		if (kinds & 1u << s.kind)
			code = store_each_name(st, s.kind, look_at, &s, err);
	if (code)
		query_names_done(ret);
	else
		drop_far(ret);
	return code;
}

void query_nearest_told(query_tell_fn *each, void *ctx, enum kind kind, const char *name, size_t max,
			struct query_names *ret)
{
	struct nearest s;

	if (!begin(&s, name, max, ret))
		return;
	s.kind = kind;
	each(ctx, look_at, &s);
	drop_far(ret);
}

void query_names_done(struct query_names *names)
{
	VEC_DONE(&names->names);
	arena_done(&names->arena);
}
