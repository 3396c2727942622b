/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the store's own sources share: the connection with its caches, SQL helpers, and the packing
 * of functions, prototypes and id lists into bytes (store_pack.c, which knows no SQL).
 *
 * "sid" is a string's id in the database, "pid" a prototype's. Both are never used again after
 * their row is gone, so what a reader once cached stays true for as long as it lives.
 */
#ifndef KSURF_STORE_INT_H
#define KSURF_STORE_INT_H

#include <sqlite3.h>

#include "store/store.h"

/* Deeper or longer prototypes than any compiler emits; keeps recursion and shared nodes bounded. */
#define STORE_TYPE_DEPTH 256
#define STORE_TREE_MAX	 (1u << 20)

/* How long a writer waits for another one. */
#define STORE_WAIT_MS 60000

/* Tables by id reach this far, however damaged a store is; an add that would pass it is refused. */
#define STORE_IDS_MAX (1u << 26)

/* func.id is image id << 32 | name's sid. */
#define FUNC_ID(image, sid) ((int64_t)(image) << 32 | (sid))

/* The place of the function's name in proto.c: '%' is in no C declaration. */
#define STORE_NAME_MARK "%"

typedef VEC(uint32_t) u32s;

enum store_stmt {
	STMT_STRING,	   /* text of a sid */
	STMT_STRINGS_FROM, /* all strings above a sid */
	STMT_STRING_ADD,
	STMT_INDEX,
	STMT_INDEX_ADD,
	STMT_PROTO,
	STMT_PROTOS_FROM,
	STMT_PROTO_ADD,
	STMT_FUNC,
	STMT_FUNCS,
	STMT_FUNC_ADD,
	STMT_IMAGE_BASE,
	STMT_COUNTER,
	STMT_COUNTER_SET,
	STMT_NTOTAL
};

struct store {
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	sqlite3_stmt *stmt[STMT_NTOTAL];
	unsigned int read_depth; /* open store_read_begin()s */
	bool read_began;	 /* the first of them began a transaction */
	int check_code;		 /* SQLite's, of the look at what kind of file this is */
	struct arena arena;	 /* names handed out */

	struct strtab str;
	struct type_table types;
	u32s str_of_sid;		     /* sid -> string id, 0: not read yet */
	u32s type_of_pid;		     /* pid -> type id, 0: not read yet */
	uint32_t text_section, init_section; /* ids of ".text", ".init.text" */
	/* The last image that a single function was read from. */
	uint32_t base_image;
	uint64_t base;

	/*
	 * Writers only: the way back, from text and from packed prototype to id. Valid for
	 * `removes`.
	 */
	u32s sid_of_str;
	struct strtab trees; /* packed prototypes as texts */
	u32s pid_of_tree;
	uint32_t last_sid, last_pid; /* known up to and with these */
	uint64_t removes;
};

/* ---- store_schema.c ---- */

/* store_migrations[v] turns schema v into v + 1; the first makes an empty file a store. */
extern const char *const store_migrations[STORE_SCHEMA_VERSION];

/* ---- store.c ---- */

/* Fills *err from the connection's last error; always returns ERR_STORE. */
int store_fail(struct store *st, struct err *err, const char *doing);
int store_damaged(struct store *st, struct err *err, const char *fmt, ...) BASE_PRINTF(3, 4);
int store_exec(struct store *st, struct err *err, const char *sql);
/* The cached statement, reset, or NULL with *err filled. */
sqlite3_stmt *store_stmt(struct store *st, enum store_stmt which, struct err *err);
int store_prepare(struct store *st, const char *sql, sqlite3_stmt **ret, struct err *err);
/* Runs a statement without rows, and resets it. */
int store_run(struct store *st, sqlite3_stmt *q, struct err *err, const char *doing);
int store_counter(struct store *st, const char *name, uint64_t *value, struct err *err);
int store_counter_set(struct store *st, const char *name, uint64_t value, struct err *err);
/*
 * Forgets which ids the database has: after a failed add, after a remove here or elsewhere. What
 * was handed out (texts, types) stays.
 */
void store_forget(struct store *st);
/* A writer's transaction: waits for other writers, then sees all that they committed. */
int store_write_begin(struct store *st, struct err *err);
int store_write_commit(struct store *st, struct err *err);
void store_write_rollback(struct store *st);
/* One unchanging view of the file for several reads; nests. */
int store_read_begin(struct store *st, struct err *err);
void store_read_end(struct store *st);

static inline const char *store_column_text(sqlite3_stmt *q, int column)
{
	const char *t = (const char *)sqlite3_column_text(q, column);

	return t ? t : "";
}

/* ---- store_pack.c: bytes only ---- */

static inline uint64_t zigzag(uint64_t delta)
{
	return delta << 1 ^ (0 - (delta >> 63));
}

static inline uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (0 - (v & 1));
}

/* Plain columns of a func row; the blob cannot be read without them. */
struct func_row {
	int64_t id;
	uint32_t seq, type_seq; /* SEQ_NONE: NULL */
	uint32_t collision, inline_type;
	uint32_t ninstances, ninline_callers, ndirect_callers, nsymbols;
	uint32_t pid; /* 0: NULL */
	bool transformed;
	const void *detail;
	uint32_t detail_size;
};

/*
 * How a symbol's name or section is packed, which also says whether it needs a string of its own.
 */
bool pack_symbol_name_is_own(const struct surface *s, const struct func *f, const struct symbol *y);
bool pack_section_is_own(const struct surface *s, const struct symbol *y);
/* Appends a function's blob; sid[] maps the surface's string ids. */
void pack_func(struct buf *out, const struct surface *s, const struct func *f, const uint32_t *sid,
	       uint64_t base);
/* Appends a prototype's tree; false when it is too deep or too long to keep. */
bool pack_proto(struct buf *out, const struct type_table *t, uint32_t id, const uint32_t *sid);
/* Sets of ids as bytes (seen->v[id] is 0 or 1) and as (gap, run) pairs. */
void pack_ids(struct buf *out, const struct buf *seen);
/* Adds a list to a set; false when the bytes are no list of ids up to `max`. */
bool unpack_ids(const void *data, size_t size, uint32_t max, struct buf *seen);
/* FNV-1a, 64 bits: the string index's hash, the same on every machine. */
uint64_t store_hash(const char *text, size_t len);

/* ---- store_unpack.c: bytes back into facts ---- */

/*
 * Appends the row's function to s; ERR_STORE with image and function when the bytes do not add up.
 */
int store_unpack_func(struct store *st, const struct func_row *r, uint64_t base, struct surface *s,
		      struct err *err);
int store_unpack_proto(struct store *st, uint32_t pid, const void *tree, size_t size,
		       uint32_t *type, struct err *err);

/* ---- store_read.c ---- */

/* "image NAME, function NAME: why", as far as the names can be read; always ERR_STORE. */
int store_damaged_func(struct store *st, int64_t func_id, const char *why, struct err *err);
/* The type id of a prototype. */
int store_proto(struct store *st, uint32_t pid, uint32_t *type, struct err *err);

/* Room for v[id], new places 0. */
void u32s_reach(u32s *v, uint32_t id);
/* The string id of a sid. ERR_STORE when it is not there. */
int store_string(struct store *st, uint32_t sid, uint32_t *id, struct err *err);
/* The sid of a text, by the string index; 0 when it is not in the store. */
int store_find_string(struct store *st, const char *text, size_t len, uint32_t *sid,
		      struct err *err);
/* Reads all strings that were not read yet: cheaper than one by one when most will be needed. */
int store_strings(struct store *st, struct err *err);
/* The image's lowest address, which its packed addresses count from. */
int store_image_base(struct store *st, uint32_t image_id, uint64_t *base, struct err *err);
/* The row under the statement's cursor, of STMT_FUNC's and STMT_FUNCS' columns, into s. */
int store_row_func(struct store *st, sqlite3_stmt *q, uint64_t base, struct surface *s,
		   struct err *err);
#define STORE_FUNC_COLUMNS                                                                  \
	"id, seq, type_seq, collision, inline, instances, inline_callers, direct_callers, " \
	"symbols, proto, detail"

/* ---- store_image.c ---- */

enum store_use { USE_NAMES, USE_STRINGS, USE_PROTOS };

/* seen->v[id] is 1 for each id that any image uses as `use`; seen->n is past the highest. */
int store_used(struct store *st, enum store_use use, struct buf *seen, struct err *err);
/* The image row, its findings and its use lists. */
struct image_row {
	uint32_t id;
	const char *name, *build; /* stored under, and as the image calls itself */
	uint64_t base;
	uint32_t ngroups, nprotos;
	struct buf uses[3];
};
int store_image_insert(struct store *st, const struct surface *s, const struct image_row *row,
		       struct err *err);
int store_image_exists(struct store *st, const char *name, bool *found, struct err *err);

/* ---- store_index.c: text -> sid, packed ---- */

struct index_bucket {
	size_t at, size; /* in index.bytes */
};

struct string_index {
	struct buf bytes;
	VEC(struct index_bucket) buckets;
};

void string_index_build(struct string_index *ix, const char *const *texts, const uint32_t *lens,
			const uint32_t *sids, size_t n);
void string_index_done(struct string_index *ix);
/* Replaces the whole index in the database. */
int string_index_write(struct store *st, const struct string_index *ix, struct err *err);
/* The bucket of a hash among 2^k, and the byte that tells its entries apart. */
static inline uint32_t index_bucket_of(uint64_t hash, uint64_t nbuckets)
{
	return (uint32_t)(hash & (nbuckets - 1));
}

static inline uint8_t index_tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 56);
}

#endif
