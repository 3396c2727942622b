// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Interned strings and a number map, both with open addressing and linear probing, kept at most
 * half full. Iteration order is never a result: ids follow the order of arrival.
 */
#include "base/base.h"

#include <stdlib.h>

#define HASH_K1 0x9e3779b97f4a7c15ull
#define HASH_K2 0xd6e8feb86659fd93ull

static inline uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= HASH_K2;
	return h ^ (h >> 29);
}

uint64_t base_hash(const void *data, size_t len, uint64_t seed)
{
	const uint8_t *p = data;
	uint64_t h = seed ^ (len * HASH_K1), w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		h = mix((h ^ w) * HASH_K1);
	}
	if (len) {
		w = 0;
		memcpy(&w, p, len);
		h = mix((h ^ w) * HASH_K1);
	}
	return mix(h);
}

void strtab_init(struct strtab *t)
{
	*t = (struct strtab){ 0 };
	arena_init(&t->arena);
	t->mask = 1023;
	t->slots = base_calloc(t->mask + 1, sizeof(*t->slots));
	VEC_PUSH(&t->entries, ((struct strtab_entry){ .text = "" }));
}

void strtab_done(struct strtab *t)
{
	arena_done(&t->arena);
	VEC_DONE(&t->entries);
	free(t->slots);
	t->slots = NULL;
}

static void strtab_rehash(struct strtab *t, uint32_t mask)
{
	uint32_t *slots = base_calloc((size_t)mask + 1, sizeof(*slots));

	for (uint32_t id = 1; id < t->entries.n; id++) {
		uint32_t i = t->entries.v[id].hash & mask;

		while (slots[i])
			i = (i + 1) & mask;
		slots[i] = id;
	}
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
}

void strtab_reserve(struct strtab *t, size_t more)
{
	uint32_t mask = t->mask;

	while ((t->entries.n + more) * 2 > mask)
		mask = mask * 2 + 1;
	if (mask != t->mask)
		strtab_rehash(t, mask);
}

/* The slot of the text: it holds its id, or 0 where it would go. */
static uint32_t strtab_slot(const struct strtab *t, const char *s, size_t len, uint32_t hash)
{
	uint32_t i = hash & t->mask;

	for (; t->slots[i]; i = (i + 1) & t->mask) {
		const struct strtab_entry *e = &t->entries.v[t->slots[i]];

		if (e->hash == hash && e->len == len && !memcmp(e->text, s, len))
			break;
	}
	return i;
}

uint32_t strtab_intern(struct strtab *t, const char *s, size_t len)
{
	uint32_t hash, i;

	if (!len)
		return 0;
	hash = (uint32_t)base_hash(s, len, 0);
	i = strtab_slot(t, s, len, hash);
	if (t->slots[i])
		return t->slots[i];
	t->slots[i] = (uint32_t)t->entries.n;
	VEC_PUSH(&t->entries, ((struct strtab_entry){
			.text = arena_strndup(&t->arena, s, len),
			.len = (uint32_t)len,
			.hash = hash,
		 }));
	if (t->entries.n * 2 > t->mask)
		strtab_rehash(t, t->mask * 2 + 1);
	return (uint32_t)t->entries.n - 1;
}

uint32_t strtab_intern_z(struct strtab *t, const char *s)
{
	return strtab_intern(t, s, strlen(s));
}

uint32_t strtab_find(const struct strtab *t, const char *s, size_t len)
{
	if (!len)
		return 0;
	return t->slots[strtab_slot(t, s, len, (uint32_t)base_hash(s, len, 0))];
}

void map_init(struct map *m)
{
	*m = (struct map){ .mask = 63 };
	m->slots = base_alloc((m->mask + 1) * sizeof(*m->slots));
	memset(m->slots, 0xff, (m->mask + 1) * sizeof(*m->slots));
}

void map_done(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
}

void map_clear(struct map *m)
{
	/* A table that one large user made huge is not worth wiping for each small one after it. */
	if (m->mask > 1023 && (uint64_t)m->n * 16 < m->mask) {
		map_done(m);
		map_init(m);
	} else if (m->n)
		memset(m->slots, 0xff, ((size_t)m->mask + 1) * sizeof(*m->slots));
	m->n = 0;
}

static uint32_t map_slot(const struct map *m, uint64_t key)
{
	uint32_t i = (uint32_t)mix(key * HASH_K1) & m->mask;

	while (m->slots[i].key != key && m->slots[i].key != UINT64_MAX)
		i = (i + 1) & m->mask;
	return i;
}

uint32_t map_get(const struct map *m, uint64_t key)
{
	return m->slots[map_slot(m, key)].value;
}

static void map_grow(struct map *m)
{
	struct map old = *m;

	m->mask = old.mask * 2 + 1;
	m->slots = base_alloc(((size_t)m->mask + 1) * sizeof(*m->slots));
	memset(m->slots, 0xff, ((size_t)m->mask + 1) * sizeof(*m->slots));
	for (uint32_t i = 0; i <= old.mask; i++)
		if (old.slots[i].key != UINT64_MAX)
			m->slots[map_slot(m, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

uint32_t *map_at(struct map *m, uint64_t key)
{
	uint32_t i = map_slot(m, key);

	if (m->slots[i].key == UINT64_MAX) {
		if ((m->n + 1) * 2 > m->mask) {
			map_grow(m);
			i = map_slot(m, key);
		}
		m->n++;
		m->slots[i].key = key;
	}
	return &m->slots[i].value;
}
