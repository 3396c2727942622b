// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The files that are no lists of lines: syscalls (one JSON object, number to name) and config (a kernel's
 * .config, of which comments and blank lines are not kept).
 */
#include "dataset/dataset_int.h"

/* ---- syscalls ---- */

/* A number as the dataset writes it, which must come back: decimal digits without a leading zero. */
static bool read_number(struct reader *r, int64_t *number)
{
	const char *s;
	size_t len;
	uint32_t v = 0;

	if (!json_string(&r->json, &s, &len))
		return false;
	if (!len || len > 9 || (*s == '0' && len > 1))
		return json_fail(&r->json, "'%.*s' is no syscall's number", len > 64 ? 64 : (int)len, s);
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return json_fail(&r->json, "'%.*s' is no syscall's number", (int)len, s);
		v = v * 10 + (uint32_t)(s[i] - '0');
	}
	*number = v;
	return true;
}

struct entry {
	int64_t number;
	uint32_t name;
};

struct entries {
	VEC(struct entry) v;
};

static bool read_entries(struct reader *r, struct entries *e)
{
	struct json *j = &r->json;

	if (!json_take(j, '{', "an object of syscalls"))
		return false;
	if (json_peek(j) == '}') {
		j->p++;
		return true;
	}
	do {
		struct entry one;

		if (!read_number(r, &one.number) || !json_take(j, ':', "a colon") ||
		    !reader_name(r, "name of a syscall", &one.name))
			return false;
		VEC_PUSH(&e->v, one);
	} while (json_peek(j) != '}' && json_take(j, ',', "a comma or the end of the object"));
	return j->msg[0] ? false : json_take(j, '}', "the end of the object");
}

/* By name in the order of first numbers, then by number. */
static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/*
 * A name may serve several numbers (ni_syscall): its items must lie side by side. First each name's construct,
 * in the order of numbers, with its count; then the places; then the items.
 */
static bool keep_entries(struct reader *r, struct entries *e)
{
	struct surface *s = r->s;
	size_t first = s->constructs.n;
	uint32_t at = (uint32_t)s->items.n;

	if (e->v.n)
		qsort(e->v.v, e->v.n, sizeof(*e->v.v), by_number);
	for (size_t i = 0; i < e->v.n; i++) {
		if (i && e->v.v[i].number == e->v.v[i - 1].number)
			return json_fail(&r->json, "the number %lld twice", (long long)e->v.v[i].number);
		reader_construct(r, e->v.v[i].name, false)->nitems++;
	}
	for (size_t i = first; i < s->constructs.n; i++) {
		s->constructs.v[i].items = at;
		at += s->constructs.v[i].nitems;
		s->constructs.v[i].nitems = 0;
	}
	VEC_RESERVE(&s->items, e->v.n);
	s->items.n += e->v.n;
	for (size_t i = 0; i < e->v.n; i++) {
		struct construct *c = reader_construct(r, e->v.v[i].name, false);

		s->items.v[c->items + c->nitems++] =
			(struct item){ .role = ITEM_ENTRY, .value = e->v.v[i].number };
	}
	return true;
}

static bool read_syscalls(struct reader *r)
{
	struct entries e = { 0 };
	bool ok = read_entries(r, &e);

	if (ok && !json_at_end(&r->json))
		ok = json_fail(&r->json, "more after the object: %s", json_next_kind(&r->json));
	ok = ok && keep_entries(r, &e);
	VEC_DONE(&e.v);
	return ok;
}

/* ---- config ---- */

static bool is_option(const char *s, size_t len)
{
	if (len <= 7 || memcmp(s, "CONFIG_", 7))
		return false;
	for (size_t i = 7; i < len; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
		      s[i] == '_'))
			return false;
	return true;
}

static bool keep_option(struct reader *r, const char *name, size_t len, const char *value, size_t value_len)
{
	struct construct *c = reader_construct(r, strtab_intern(r->s->str, name, len), true);

	if (c)
		c->text = strtab_intern(r->s->str, value, value_len);
	return c;
}

/* "CONFIG_X=value", "# CONFIG_X is not set", another comment, or nothing. */
static bool read_option(struct reader *r, const char *s, size_t len)
{
	static const char off[] = " is not set";
	const size_t noff = sizeof(off) - 1;
	const char *equals;

	while (len && s[len - 1] == '\r')
		len--;
	if (len > 2 + noff && !memcmp(s, "# ", 2) && !memcmp(s + len - noff, off, noff) &&
	    is_option(s + 2, len - 2 - noff))
		return keep_option(r, s + 2, len - 2 - noff, "n", 1);
	if (!len || *s == '#')
		return true;
	equals = memchr(s, '=', len);
	if (!equals || !is_option(s, (size_t)(equals - s)) || memchr(s, '\0', len))
		return json_fail(&r->json, "neither an option nor a comment");
	return keep_option(r, s, (size_t)(equals - s), equals + 1, (size_t)(s + len - equals - 1));
}

static bool read_config(struct reader *r, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end;

		r->nlines++;
		if (!read_option(r, text, (size_t)(stop - text)))
			return false;
		text = nl ? nl + 1 : end;
	}
	return true;
}

/* ---- both ---- */

bool reader_whole(struct reader *r, const char *text, size_t len)
{
	bool ok;

	json_start(&r->json, len ? text : "", len);
	if (r->file == DATASET_CONFIG)
		return read_config(r, len ? text : "", len);
	ok = read_syscalls(r);
	/* The line that the reader came to, for the message. */
	r->nlines = 1;
	for (size_t i = 0; i < len && text + i < r->json.p; i++)
		r->nlines += text[i] == '\n';
	return ok;
}
