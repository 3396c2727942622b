// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counting an image while all of it is at hand, so that statistics over many images read a few rows
 * each. store.h lists the topics. What is counted of modules stands in table module.
 */
#include "store/store_int.h"

static void count_add(struct store_counts *ret, const char *topic, const char *value, size_t len, uint64_t n)
{
	VEC_PUSH(&ret->v, ((struct store_count){ topic, arena_strndup(&ret->arena, value, len), n }));
}

/* ---- kinds ---- */

static bool counts_as_name(const struct construct *c)
{
	return !c->variant && (c->kind != KIND_ENUM || c->name) &&
	       !(c->kind == KIND_TRACEPOINT && c->flags & CONSTRUCT_NO_RECORD);
}

static void count_kinds(struct store_counts *ret, const struct surface *s, uint32_t kinds)
{
	uint64_t n[KIND_NKINDS] = { 0 };

	for (size_t i = 0; i < s->funcs.n; i++)
		n[KIND_FUNC] += func_has_group(&s->funcs.v[i]);
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		n[c->kind] += counts_as_name(c);
		if (c->variant || !body_has_fields(c->kind))
			continue;
		for (uint32_t j = c->items; j < c->items + c->nitems; j++)
			n[KIND_FIELD] += s->items.v[j].name != 0;
	}
	for (enum kind k = 0; k < KIND_NKINDS; k++)
		if (kinds >> k & 1)
			count_add(ret, "kind", kind_words[k].word, strlen(kind_words[k].word), n[k]);
}

/* ---- functions ---- */

static void count_classes(struct store_counts *ret, const struct surface *s)
{
	uint64_t collision[COLLISION_NTYPES] = { 0 }, inlined[INLINE_NTYPES] = { 0 };

	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		if (!func_has_group(f))
			continue;
		collision[f->collision]++;
		inlined[f->inline_type]++;
	}
	for (int i = 0; i < COLLISION_NTYPES; i++)
		if (i <= COLLISION_STATIC_GLOBAL || collision[i])
			count_add(ret, "collision", collision_type_text[i], strlen(collision_type_text[i]),
				  collision[i]);
	for (int i = 0; i < INLINE_NTYPES; i++)
		if (i <= INLINE_SELECTIVE || inlined[i])
			count_add(ret, "inline", inline_type_text[i], strlen(inline_type_text[i]),
				  inlined[i]);
}

static void count_across(struct store_counts *ret, const struct surface *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->funcs.n; i++)
		n += func_across_owners(s, &s->funcs.v[i]);
	if (n)
		count_add(ret, "across", "func", strlen("func"), n);
}

/*
 * The word of a symbol's suffixes: of "f.isra.0" and "f.isra.0.isra.1" isra, of "f.constprop.0.isra.0"
 * multiple; NULL without a suffix, "" for one of digits alone.
 */
static const char *suffix_word(const char *name, size_t *len)
{
	const char *word = NULL;

	for (const char *p = strchr(name, '.'); p; p = strchr(p, '.')) {
		size_t n = strcspn(++p, ".");

		if (strspn(p, "0123456789") >= n) {
			if (!word)
				word = p, *len = 0;
		} else if (!word || !*len) {
			word = p;
			*len = n;
		} else if (n != *len || memcmp(word, p, n)) {
			*len = strlen("multiple");
			return "multiple";
		}
	}
	return word;
}

static int by_count(const void *a, const void *b)
{
	const struct store_count *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->value, y->value);
}

static void count_suffixes(struct store_counts *ret, const struct surface *s)
{
	struct strtab words;
	VEC(uint64_t) n = { 0 };
	size_t first = ret->v.n;

	strtab_init(&words);
	VEC_PUSH(&n, 0);
	for (size_t i = 0; i < s->symbols.n; i++) {
		size_t len = 0;
		const char *word = suffix_word(surface_text(s, s->symbols.v[i].name), &len);
		uint32_t id = word ? strtab_intern(&words, len ? word : "number", len ? len : 6) : 0;

		if (id >= n.n)
			VEC_PUSH(&n, 0);
		n.v[id]++;
	}
	for (uint32_t id = 1; id < n.n; id++)
		count_add(ret, "suffix", strtab_text(&words, id), strtab_len(&words, id), n.v[id]);
	if (ret->v.n > first)
		qsort(ret->v.v + first, ret->v.n - first, sizeof(*ret->v.v), by_count);
	strtab_done(&words);
	VEC_DONE(&n);
}

static void count_attach(struct store_counts *ret, const struct surface *s)
{
	static const char *const words[] = { "ftrace", "no-kprobe", "error-injection", "btf" };
	uint64_t n[ARRAY_SIZE(words)] = { 0 };

	for (size_t i = 0; i < s->funcs.n; i++)
		for (size_t bit = 0; bit < ARRAY_SIZE(words); bit++)
			n[bit] += s->funcs.v[i].attach >> bit & 1;
	for (size_t bit = 0; bit < ARRAY_SIZE(words); bit++)
		if (n[bit])
			count_add(ret, "attach", words[bit], strlen(words[bit]), n[bit]);
}

void store_count(struct store_counts *ret, const struct surface *s, uint32_t kinds)
{
	arena_init(&ret->arena);
	count_kinds(ret, s, kinds);
	if (s->funcs.n)
		count_classes(ret, s);
	count_suffixes(ret, s);
	count_attach(ret, s);
	count_across(ret, s);
}

/* ---- in the database ---- */

int store_counts_write(struct store *st, uint32_t image, const struct store_counts *c, struct err *err)
{
	sqlite3_stmt *q;
	int rc = store_prepare(st, "INSERT INTO image_count VALUES (?1, ?2, ?3, ?4, ?5)", &q, err);

	for (size_t i = 0; !rc && i < c->v.n; i++) {
		sqlite3_bind_int64(q, 1, image);
		sqlite3_bind_int64(q, 2, (int64_t)i);
		sqlite3_bind_text(q, 3, c->v.v[i].topic, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 4, c->v.v[i].value, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 5, (int64_t)c->v.v[i].n);
		rc = store_run(st, q, err, "writing counts");
	}
	sqlite3_finalize(q);
	return rc;
}

int store_image_counts(struct store *st, uint32_t image_id, struct store_counts *ret, struct err *err)
{
	struct store_counts list = { 0 };
	sqlite3_stmt *q;
	int step, rc = store_prepare(
			  st,
			  "SELECT topic, value, n FROM (SELECT position, topic, value, n FROM image_count "
			  "WHERE image = ?1 UNION ALL SELECT 1 << 32, 'owner', name, names FROM module "
			  "WHERE image = ?1) ORDER BY position, value",
			  &q, err);

	if (rc)
		return rc;
	arena_init(&list.arena);
	sqlite3_bind_int64(q, 1, image_id);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		const char *topic = store_column_text(q, 0), *value = store_column_text(q, 1);

		count_add(&list, arena_strndup(&list.arena, topic, strlen(topic)), value, strlen(value),
			  (uint64_t)sqlite3_column_int64(q, 2));
	}
	if (step != SQLITE_DONE)
		rc = store_fail(st, err, "reading counts");
	sqlite3_finalize(q);
	if (rc)
		store_counts_done(&list);
	else
		*ret = list;
	return rc;
}

void store_counts_done(struct store_counts *c)
{
	VEC_DONE(&c->v);
	arena_done(&c->arena);
}
