/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the store's own sources share: the connection with its caches, SQL helpers, and the packing
 * of functions, prototypes and id lists into bytes (store_pack.c, which knows no SQL).
 *
 * "sid" is a string's id in the database, "pid" a type's, "bid" a body's. None is used again after
 * its row is gone, so what a reader once cached stays true for as long as it lives.
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
/* construct.id is image id << 32 | kind << 28 | name's sid; STORE_IDS_MAX keeps sids below 28 bits. */
#define CONSTRUCT_ID(image, kind, sid) ((int64_t)(image) << 32 | (int64_t)(kind) << 28 | (sid))
#define CONSTRUCT_SID(id)	       ((uint32_t)((id) & ((1 << 28) - 1)))
#define CONSTRUCT_KIND(id)	       ((enum kind)((id) >> 28 & 15))

/* The place of the function's name in proto.c: '%' is in no C declaration. */
#define STORE_NAME_MARK "%"

typedef struct ids {
	uint32_t *v;
	size_t n, cap;
} u32s;

enum store_stmt {
	STMT_STRING,	   /* text of a sid */
	STMT_STRINGS_FROM, /* all strings above a sid */
	STMT_STRING_ADD,
	STMT_INDEX,
	STMT_INDEX_ADD,
	STMT_TYPE,
	STMT_TYPES_FROM,
	STMT_TYPE_ADD,
	STMT_BODY,
	STMT_BODIES_FROM,
	STMT_BODY_ADD,
	STMT_CONSTRUCT,
	STMT_CONSTRUCT_ADD,
	STMT_HAS_FUNC,
	STMT_USE,
	STMT_NAMES,
	STMT_NAME_ADD,
	STMT_FUNC,
	STMT_FUNCS,
	STMT_FUNC_ADD,
	STMT_IMAGE_BASE,
	STMT_MODULES,
	STMT_MODULE_BTF,
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
	struct strtab trees; /* packed types as texts */
	u32s pid_of_tree;
	struct strtab bodies; /* body_put_key's bytes as texts */
	u32s bid_of_key;
	u32s older_key;		/* key -> the key before it of a body of the same name, 0: none */
	struct map key_of_name; /* sid -> the last key of a body of that name */
	uint32_t last_sid, last_pid, last_bid; /* known up to and with these */
	uint64_t removes;
};

/* ---- store_schema.c ---- */

/* store_migrations[v] turns schema v into v + 1; the first makes an empty file a store. */
extern const char *const store_migrations[STORE_SCHEMA_VERSION];

/* What SQL cannot do for the images that a store of schema 1 has; after all steps in SQL. */
int store_migrated_2(struct store *st, struct err *err);

/* ---- store.c ---- */

/* A store for reading that is not written to even where its schema is an older one. */
BASE_MUST_CHECK int store_open_only(const char *path, struct store **ret, struct err *err);
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
	uint32_t attach;
	bool transformed;
	const void *detail;
	uint32_t detail_size;
	uint32_t owner; /* sid of the list; 0: NULL */
};

/*
 * How a symbol's name or section is packed, which also says whether it needs a string of its own.
 */
bool pack_symbol_name_is_own(const struct surface *s, const struct func *f, const struct symbol *y);
bool pack_section_is_own(const struct surface *s, const struct symbol *y);
/* Appends a function's blob; sid[] maps the surface's string ids. */
void pack_func(struct buf *out, const struct surface *s, const struct func *f, const uint32_t *sid,
	       uint64_t base);
/* Appends a type's tree, in which names are sids; false when it is too deep or too long to keep. */
bool pack_tree(struct buf *out, const struct type_table *t, uint32_t id, const uint32_t *sid);
/* Sets of ids as bytes (seen->v[id] is 0 or 1) and as (gap, run) pairs. */
void pack_ids(struct buf *out, const struct buf *seen);
/* Adds a list to a set; false when the bytes are no list of ids up to `max`. */
bool unpack_ids(const void *data, size_t size, uint32_t max, struct buf *seen);
/* FNV-1a, 64 bits: the string index's hash, the same on every machine. */
uint64_t store_hash(const char *text, size_t len);

/* ---- store_body.c: items as text ---- */

/* An item with ids of the database. */
struct body_item {
	int64_t value;
	uint32_t name, type, size, text; /* sid, pid, bytes, sid */
	uint32_t owner; /* number of the nearest scope with a name, from 1; follows from the items before */
	uint16_t bits;
	uint8_t depth, scope, role;
	bool is_signed;
};

struct body_items {
	struct body_item *v;
	size_t n, cap;
};

/* A row of table body. `name` is 0 but for kinds that have fields, whose bodies belong to one name. */
struct body {
	enum kind kind;
	uint32_t name, size, flags, type, class, system, text, nitems;
	const char *items; /* JSON; NULL when there are none */
	size_t items_size;
};

struct variant {
	uint32_t body, seq, owner; /* sid of the list, 0: the kernel */
};

/* Scopes that deep inside each other are in no kernel; deeper ones are as if they had no name. */
#define BODY_SCOPES_MAX 64

/* The scopes that are open where an item stands. Begins as zeros. */
struct body_scopes {
	uint32_t number, nopen;
	struct {
		uint32_t owner;
		uint8_t depth;
	} open[BODY_SCOPES_MAX];
};

/*
 * Sets the item's owner and appends "[1,2]", with a comma after another item; the caller writes the outer
 * brackets, the first before it.
 */
void body_put_item(struct buf *out, enum kind kind, struct body_scopes *scopes, struct body_item *it);
/* A member or an enumerator: what can be found as "name::item". */
bool body_is_field(const struct body_item *it);
/* The body's items in place of *ret's; false when the text is not what body_put_item writes. */
bool body_get_items(const void *text, size_t size, enum kind kind, struct body_items *ret);
/* Bytes that are equal where two bodies are. */
void body_put_key(struct buf *out, const struct body *b);
/* Kinds whose items are found by "name::item". */
bool body_has_fields(enum kind kind);
/* The variants after the first, as "[[body,seq],...]", or [body,seq,owner] of a module's. */
void variants_put(struct buf *out, struct variant v);
/* The next one; false at the end, and when the text is no such list (c->bad). */
bool variants_get(struct cur *c, struct variant *ret);

/*
 * A prototype: [return type's pid, name's sid, type's pid, name's sid, ...]. Unlike a tree it can be read by
 * SQL, which puts the C text together from those of the types.
 */
void params_put(struct buf *out, const uint32_t *ids, size_t n);
bool params_get(const void *text, size_t size, struct ids *ret);
/* Numbers and signs of such texts. A wrong one is a bad read. */
void json_put(struct buf *out, int64_t v);
int64_t json_get(struct cur *c);
bool json_is(struct cur *c, uint8_t want);

/* Longer paths are cut off. */
#define BODY_PATH_MAX BODY_SCOPES_MAX

/* Goes through a body's named items: path[0..n) are the sids of "scope.scope.name". */
struct body_fields {
	const struct body_items *items;
	size_t at;
	uint32_t n;
	uint32_t path[BODY_PATH_MAX];
};

void body_fields_init(struct body_fields *f, const struct body_items *items);
bool body_fields_next(struct body_fields *f);

/* ---- store_unpack.c: bytes back into facts ---- */

/*
 * Appends the row's function to s; ERR_STORE with image and function when the bytes do not add up.
 */
int store_unpack_func(struct store *st, const struct func_row *r, uint64_t base, struct surface *s,
		      struct err *err);
int store_unpack_type(struct store *st, uint32_t pid, const void *tree, size_t size,
		      uint32_t *type, struct err *err);
/* A string that packed bytes name; -1 (UNPACK_DAMAGED) when it cannot be one, ERR_STORE with *err filled. */
#define UNPACK_DAMAGED (-1)
int store_unpack_string(struct store *st, uint64_t sid, uint32_t *id, struct err *err);

/* ---- store_read.c ---- */

/* "image NAME, function NAME: why", as far as the names can be read; always ERR_STORE. */
int store_damaged_func(struct store *st, int64_t func_id, const char *why, struct err *err);
/* The image's name for a message, or its number where there is none. */
void store_image_text(struct store *st, uint32_t image_id, char *text, size_t size);
/* The type id of a pid. */
int store_type(struct store *st, uint32_t pid, uint32_t *type, struct err *err);
uint32_t store_column_u32(sqlite3_stmt *q, int column, bool *bad);
/* A number that may be absent: SEQ_NONE. */
uint32_t store_column_seq(sqlite3_stmt *q, int column, bool *bad);

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
#define STORE_FUNC_COLUMNS                                                              \
	"id, seq, type_seq, collision, inline, transformed, attach, proto, instances, " \
	"inline_callers, direct_callers, symbols, detail, owner"
#define STORE_FUNCS_SQL "SELECT " STORE_FUNC_COLUMNS " FROM func WHERE id BETWEEN ?1 AND ?2 ORDER BY id"

/* ---- store_remove.c ---- */

/* Inside a transaction: all that only this image uses is gone. */
int store_remove_rows(struct store *st, uint32_t image, struct err *err);
/* Free pages go back to the file system. */
void store_give_back(struct store *st);

/* ---- store_construct.c ---- */

#define STORE_CONSTRUCT_COLUMNS "id, seq, body, variants, owner"
#define STORE_BODY_COLUMNS      "id, kind, name, size, flags, type, class, system, text, nitems, items"

#define STORE_CONSTRUCTS_SQL \
	"SELECT " STORE_CONSTRUCT_COLUMNS " FROM construct WHERE id BETWEEN ?1 AND ?2 ORDER BY id"

/* The row under the cursor, of STORE_CONSTRUCT_COLUMNS, with its variants, into s. */
int store_row_construct(struct store *st, sqlite3_stmt *q, struct surface *s, struct err *err);
/* The row under the cursor, of STORE_BODY_COLUMNS; *b points into the statement. */
int store_row_body(struct store *st, sqlite3_stmt *q, uint32_t *bid, struct body *b, struct err *err);
int store_damaged_construct(struct store *st, int64_t id, const char *why, struct err *err);

/* ---- store_name.c: names for search ---- */

/* Writes one row of names; an empty list is not written. */
int store_names_write(struct store *st, enum kind kind, uint32_t image, const struct buf *names,
		      struct err *err);
/* Appends a body's field names, without those in `seen` (keys of paths), which get added. */
void store_names_fields(struct buf *out, const struct body_items *items, struct map *seen,
			const uint32_t *id_of_sid, const struct strtab *str);
/* Adds the keys of a body's paths. */
void store_names_seen(const struct body_items *items, struct map *seen);
/* All names of the store anew, from the lists of what images use and from the bodies. */
int store_names_rewrite(struct store *st, struct err *err);

/* ---- store_btf.c ---- */

/* An image's BTF, compressed beside other work, then found or written. */
struct btf_blob {
	const void *raw; /* NULL: none */
	uint64_t raw_size, hash;
	struct buf packed;
};

void btf_blob_pack(struct btf_blob *b);
int btf_blob_write(struct store *st, const struct btf_blob *b, uint32_t *id, struct err *err);
/* Whole texts as zstd frames, bounded by what the frame says of itself and `max`. */
void store_zstd(struct buf *out, const void *data, size_t size);
/* False when the bytes are no frame, or not one of `size` bytes. */
bool store_unzstd(struct buf *out, const void *data, size_t size, uint64_t raw_size);

/* ---- store_module.c ---- */

struct owners {
	const char **v;
	size_t n, cap;
};

/*
 * The modules that a group of functions belongs to, as a string id of the surface: a name, or a list in order
 * ("nf_conntrack,nf_nat") with "vmlinux" first where the kernel has such a function, too; 0 where the kernel alone
 * has it. What an owner only declares is not its own, unless nobody has more of it.
 */
uint32_t store_func_owners(struct surface *s, const struct func *f, struct owners *scratch);

/* A module's row: how many names it has, and its BTF, compressed beside other work. */
struct module_row {
	uint64_t names;
	size_t counted; /* the last name that was */
	struct btf_blob btf;
};

/* Sets rows[i].names of info.modules[i]. */
void store_count_owners(const struct surface *s, const uint32_t *owner_of_func, struct module_row *rows);
int store_modules_write(struct store *st, uint32_t image, const struct image_info *info,
			const struct module_row *rows, struct err *err);
/* All modules of an image without their BTF; texts in the arena. */
int store_modules_read(struct store *st, uint32_t image, struct arena *a, struct image_info *info,
		       struct err *err);

/* ---- store_count.c ---- */

/* Counts all topics but "owner"; `kinds` are those that get a count, be it 0. */
void store_count(struct store_counts *ret, const struct surface *s, uint32_t kinds);
int store_counts_write(struct store *st, uint32_t image, const struct store_counts *c, struct err *err);

/* ---- store_image.c ---- */

/* What an image uses: names of a kind (the kind's number), and: */
enum store_use { USE_STRINGS = 16, USE_TYPES, USE_BODIES, USE_NTOTAL };

/* seen->v[id] is 1 for each id that any image uses as `use`; seen->n is past the highest. */
int store_used(struct store *st, unsigned int use, struct buf *seen, struct err *err);
/* The image row, its findings and its use lists. */
struct image_row {
	uint32_t id;
	const char *name, *build; /* stored under, and as the image calls itself */
	uint64_t base;
	uint32_t ngroups, nprotos, kinds;
	uint32_t btf; /* id, 0: none */
	struct buf uses[USE_NTOTAL];
	struct store_counts counts;
};
int store_image_insert(struct store *st, const struct surface *s, const struct image_row *row,
		       struct err *err);
int store_image_exists(struct store *st, const char *name, bool *found, struct err *err);
/* A bit for each kind that the surface says can be known, or that is there. */
uint32_t store_kinds(const struct surface *s);

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
/* The same, from the strings that the database has (store_remove.c). */
int store_reindex(struct store *st, struct err *err);
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
