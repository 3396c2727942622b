/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * base: the ground that every folder stands on. Errors, memory, bytes, strings, tables, text,
 * worker lanes and stage timers. Knows nothing of kernels, files or formats.
 *
 * Names carry the noun (err_, arena_, strtab_, ...) instead of the folder: they are used in every
 * line of the program. Memory that cannot be had ends the process (base_oom): nothing that ksurf
 * writes is lost by that, since a store changes only when a whole image is committed.
 */
#ifndef KSURF_BASE_H
#define KSURF_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define BASE_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define BASE_MUST_CHECK	   __attribute__((warn_unused_result))
#define BASE_CLEANUP(fn)   __attribute__((cleanup(fn)))
#define BASE_LIKELY(x)	   __builtin_expect(!!(x), 1)
#define BASE_UNLIKELY(x)   __builtin_expect(!!(x), 0)

/* Ends the process with a message on stderr; the only place of the library that does. */
_Noreturn void base_oom(size_t wanted);
/* malloc family that never fails; free with free(). */
void *base_alloc(size_t size);
void *base_calloc(size_t n, size_t size);
void *base_realloc(void *p, size_t size);

/* ---- errors ---------------------------------------------------------------------------------- */

enum err_code {
	ERR_NONE,
	ERR_USAGE,	 /* the caller asked for something that has no meaning */
	ERR_NOT_FOUND,	 /* what was asked for is not there */
	ERR_IO,		 /* the system refused: msg holds strerror */
	ERR_FORMAT,	 /* bytes that are not what they claim to be */
	ERR_MISSING,	 /* a whole input lacks what is needed (no DWARF, no BTF) */
	ERR_UNSUPPORTED, /* well formed, but of a kind that ksurf does not read */
	ERR_DAMAGED,	 /* too much of an input is unreadable to be honest about the rest */
	ERR_STORE,	 /* the database failed: full disk, busy, damaged, newer schema */
};

#define ERR_NO_OFFSET UINT64_MAX

/*
 * What went wrong, owned by the caller. A function that can fail returns an err_code as int (0 is
 * fine) and fills the record; the first failure wins, a later err_set() on a filled record is
 * dropped. `ret` arguments are untouched on failure.
 */
struct err {
	enum err_code code;
	uint64_t offset; /* bytes into `where`, or ERR_NO_OFFSET */
	char where[288]; /* file, or file:section */
	char msg[512];
};

/* What was left out or mended of an input: how often, and the first place with words. */
struct err_note {
	uint64_t count;
	struct err first; /* when count */
};

#define ERR_INIT { .code = ERR_NONE, .offset = ERR_NO_OFFSET }

/* Fills *err unless it already holds a failure; returns `code`. `where` may be NULL. */
int err_set(struct err *err, enum err_code code, const char *where, uint64_t offset,
	    const char *fmt, ...) BASE_PRINTF(5, 6);
void err_clear(struct err *err);
/* "where+0x1f3a: msg" into buf, always terminated; returns buf. */
const char *err_text(const struct err *err, char *buf, size_t size);

/* ---- arena: many small allocations, one lifetime ---------------------------------------------- */

struct arena {
	struct arena_chunk *head;
	char *p, *end;
};

void arena_init(struct arena *a);
void arena_done(struct arena *a);
/* 8-byte aligned, not zeroed. */
void *arena_alloc(struct arena *a, size_t size);
/* Copies len bytes and adds a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* ---- vectors: VEC(int) v = {0}; VEC_PUSH(&v, 1); v.v[0]; VEC_DONE(&v) -------------------------- */

#define VEC(type)         \
	struct {          \
		type *v;  \
		size_t n; \
		size_t cap; \
	}
#define VEC_PUSH(vec, x) (VEC_RESERVE(vec, 1), (vec)->v[(vec)->n++] = (x))
/* A pointer to one new, uninitialised element; valid until the next growth. */
#define VEC_ADD(vec) (VEC_RESERVE(vec, 1), &(vec)->v[(vec)->n++])
#define VEC_RESERVE(vec, more)                                                        \
	((void)((vec)->n + (more) > (vec)->cap &&                                     \
		((vec)->v = vec_grow((vec)->v, &(vec)->cap, (vec)->n + (more), sizeof(*(vec)->v)))))
#define VEC_DONE(vec) (free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->cap = 0)

void *vec_grow(void *v, size_t *cap, size_t need, size_t elem);

/* ---- byte cursor: all file bytes are read through it ------------------------------------------ */

/*
 * Reads run from p to end. A read past the end returns 0, leaves p at end and sets `bad`, which
 * sticks; callers check it once a record. `swap` is set when the bytes are not of the host's order.
 */
struct cur {
	const uint8_t *start, *p, *end;
	bool swap, bad;
};

static inline struct cur cur_init(const void *data, uint64_t size, bool swap)
{
	/* An absent section is read as an empty one; NULL must not be counted from. */
	const uint8_t *d = data ? data : (const uint8_t *)"";

	return (struct cur){ .start = d, .p = d, .end = d + size, .swap = swap };
}

static inline uint64_t cur_left(const struct cur *c)
{
	return (uint64_t)(c->end - c->p);
}

static inline uint64_t cur_offset(const struct cur *c)
{
	return (uint64_t)(c->p - c->start);
}

static inline bool cur_fail(struct cur *c)
{
	c->p = c->end;
	c->bad = true;
	return false;
}

static inline bool cur_need(struct cur *c, uint64_t n)
{
	return BASE_LIKELY(cur_left(c) >= n) ? true : cur_fail(c);
}

static inline void cur_skip(struct cur *c, uint64_t n)
{
	if (cur_need(c, n))
		c->p += n;
}

static inline uint8_t cur_u8(struct cur *c)
{
	return cur_need(c, 1) ? *c->p++ : 0;
}

static inline uint16_t cur_u16(struct cur *c)
{
	uint16_t v;

	if (!cur_need(c, 2))
		return 0;
	memcpy(&v, c->p, 2);
	c->p += 2;
	return c->swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t cur_u32(struct cur *c)
{
	uint32_t v;

	if (!cur_need(c, 4))
		return 0;
	memcpy(&v, c->p, 4);
	c->p += 4;
	return c->swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t cur_u64(struct cur *c)
{
	uint64_t v;

	if (!cur_need(c, 8))
		return 0;
	memcpy(&v, c->p, 8);
	c->p += 8;
	return c->swap ? __builtin_bswap64(v) : v;
}

/* n bytes (1, 2, 3, 4 or 8) as an unsigned number; any other n is a bad read. */
uint64_t cur_uint(struct cur *c, unsigned int n);
uint64_t cur_uleb_slow(struct cur *c);
int64_t cur_sleb(struct cur *c);

static inline uint64_t cur_uleb(struct cur *c)
{
	if (BASE_LIKELY(c->p < c->end && *c->p < 0x80))
		return *c->p++;
	return cur_uleb_slow(c);
}

/* A NUL-terminated string at the cursor, without copying; NULL (and bad) when it is not closed. */
const char *cur_str(struct cur *c);

/* ---- strings as 32-bit ids --------------------------------------------------------------------- */

/* Each text once; id 0 is the empty text (and "none"); ids count up from 1 in order of arrival. */
struct strtab_entry {
	const char *text;
	uint32_t len, hash;
};

struct strtab {
	struct arena arena;
	VEC(struct strtab_entry) entries;
	uint32_t *slots;
	uint32_t mask;
};

void strtab_init(struct strtab *t);
void strtab_done(struct strtab *t);
/* Makes room for `more` texts, so that a table whose size is known does not grow step by step. */
void strtab_reserve(struct strtab *t, size_t more);
uint32_t strtab_intern(struct strtab *t, const char *s, size_t len);
uint32_t strtab_intern_z(struct strtab *t, const char *s);
/* The id, or 0 when the text was never interned. */
uint32_t strtab_find(const struct strtab *t, const char *s, size_t len);

static inline const char *strtab_text(const struct strtab *t, uint32_t id)
{
	return t->entries.v[id].text;
}

static inline uint32_t strtab_len(const struct strtab *t, uint32_t id)
{
	return t->entries.v[id].len;
}

uint64_t base_hash(const void *data, size_t len, uint64_t seed);

/* ---- a map from 64-bit key to 32-bit value ----------------------------------------------------- */

/* Any key but UINT64_MAX. An absent key reads as MAP_NONE. */
struct map_slot {
	uint64_t key;
	uint32_t value;
};

struct map {
	struct map_slot *slots;
	uint32_t mask, n;
};

#define MAP_NONE UINT32_MAX

void map_init(struct map *m);
void map_done(struct map *m);
void map_clear(struct map *m);
uint32_t map_get(const struct map *m, uint64_t key);
/* A pointer to the value of `key`, made with MAP_NONE when new; valid until the next call. */
uint32_t *map_at(struct map *m, uint64_t key);

/* ---- sorting by a number ------------------------------------------------------------------------- */

struct sort_key {
	uint64_t key;
	uint32_t value;
};

/* By key, stable; time and memory linear in n. */
void sort_keys(struct sort_key *v, size_t n);

/* ---- text and packed numbers out --------------------------------------------------------------- */

struct buf {
	char *v; /* not NUL-terminated, see buf_z */
	size_t n, cap;
};

void buf_done(struct buf *b);
void buf_grow(struct buf *b, size_t more);
void buf_printf(struct buf *b, const char *fmt, ...) BASE_PRINTF(2, 3);
/* The text, NUL-terminated (the NUL is not counted in n). */
const char *buf_z(struct buf *b);
void buf_dec(struct buf *b, uint64_t v);
void buf_hex(struct buf *b, uint64_t v);
/* A JSON string with its quotes; ASCII only (\u and four digits), as Python's json.dumps writes it. */
void buf_json(struct buf *b, const char *s, size_t len);
void buf_uleb(struct buf *b, uint64_t v);

static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	if (b->n + n > b->cap)
		buf_grow(b, n);
	if (n)
		memcpy(b->v + b->n, p, n);
	b->n += n;
}

static inline void buf_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

/* ---- worker lanes ------------------------------------------------------------------------------- */

/* Processors that this process may run on, at least 1. */
unsigned int lanes_default(void);
/*
 * Runs fn(ctx, lane, job) for each job in 0..njobs-1, jobs handed out in rising order to `nlanes`
 * threads (lane 0 is the caller). Returns when all are done. fn keeps what it makes per job, so
 * that the merge, in job order, does not depend on the number of lanes.
 */
void lanes_run(unsigned int nlanes, size_t njobs,
	       void (*fn)(void *ctx, unsigned int lane, size_t job), void *ctx);

/* ---- stage timers ------------------------------------------------------------------------------- */

struct stage {
	const char *name;
	uint64_t wall_ns, bytes, items;
};

struct stages {
	struct stage v[32];
	unsigned int n;
};

uint64_t stage_now_ns(void);
/* Adds a line that began at start_ns (stage_now_ns) and ends now. */
void stage_add(struct stages *s, const char *name, uint64_t start_ns, uint64_t bytes,
	       uint64_t items);

#endif
