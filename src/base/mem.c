// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory: allocation that never fails, arenas, vectors. Never interprets what it holds.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ARENA_CHUNK_MIN (64u << 10)
#define ARENA_CHUNK_MAX (4u << 20)
#define HUGE_PAGE (2u << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
};

_Noreturn void base_oom(size_t wanted)
{
	fprintf(stderr, "ksurf: out of memory (%zu bytes wanted); nothing was changed\n", wanted);
	exit(3);
}

void *base_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		base_oom(size);
	return p;
}

void *base_calloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		base_oom(n * size);
	return p;
}

void *base_realloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		base_oom(size);
	return p;
}

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

void arena_done(struct arena *a)
{
	struct arena_chunk *c = a->head;

	while (c) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
	*a = (struct arena){ 0 };
}

/* A large chunk asks for huge pages: a kernel's facts are tens of megabytes, and each fault costs. */
static struct arena_chunk *chunk_alloc(size_t *room)
{
	size_t size = sizeof(struct arena_chunk) + *room;
	struct arena_chunk *c;

	if (size < HUGE_PAGE)
		return base_alloc(size);
	size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
	c = aligned_alloc(HUGE_PAGE, size);
	if (!c)
		base_oom(size);
	madvise(c, size, MADV_HUGEPAGE);
	*room = size - sizeof(*c);
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!a->head || (size_t)(a->end - a->p) < size) {
		size_t room = a->head ? a->head->size * 2 : ARENA_CHUNK_MIN;
		struct arena_chunk *c;

		if (room > ARENA_CHUNK_MAX)
			room = ARENA_CHUNK_MAX;
		if (room < size)
			room = size;
		c = chunk_alloc(&room);

		c->next = a->head;
		c->size = room;
		a->head = c;
		a->p = (char *)(c + 1);
		a->end = a->p + room;
	}
	p = a->p;
	a->p += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void *vec_grow(void *v, size_t *cap, size_t need, size_t elem)
{
	size_t n = *cap ? *cap : 16;

	if (need <= *cap)
		return v;
	while (n < need)
		n *= 2;
	*cap = n;
	return base_realloc(v, n * elem);
}
