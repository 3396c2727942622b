/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store: many images in one SQLite file. The only folder that speaks SQL. One writer, any number of
 * readers, one transaction an image. docs/formats/store.md describes the tables.
 */
#ifndef KSURF_STORE_H
#define KSURF_STORE_H

#include "surface/surface.h"

#define STORE_SCHEMA_VERSION 3

struct store;

enum store_mode {
	STORE_READ,  /* must exist; never written, works on read-only media */
	STORE_WRITE, /* created when absent, folders included */
};

/*
 * $KSURF_DB, or $XDG_DATA_HOME/ksurf/ksurf.db, or $HOME/.local/share/ksurf/ksurf.db, into buf;
 * ERR_USAGE when there is no home.
 */
int store_default_path(struct buf *out, struct err *err);

/*
 * Opens a store. ERR_NOT_FOUND when it is to be read and is not there; ERR_STORE when it is no
 * SQLite file, is damaged, or has a newer schema than STORE_SCHEMA_VERSION (the message says both).
 */
BASE_MUST_CHECK int store_open(const char *path, enum store_mode mode, struct store **ret,
			       struct err *err);
void store_close(struct store *st);

/* The strings and types that everything read from this store refers to. Owned by the store. */
struct strtab *store_strtab(struct store *st);
struct type_table *store_types(struct store *st);

/* ---- images ---- */

struct store_image {
	uint32_t id; /* stable while the image is in the store */
	struct image_info info;
	uint64_t added; /* seconds since 1970 */
	uint32_t ngroups, nprotos, ninstances, ncallers, nsymbols;
	uint32_t nconstructs[KIND_NKINDS]; /* as store_image_counts has them; KIND_FUNC: groups */
};

struct store_images {
	struct arena arena;
	VEC(struct store_image) images; /* by image_compare */
};

/* With the names and build ids of their modules, without these' BTF. */
int store_images(struct store *st, struct store_images *ret, struct err *err);
void store_images_done(struct store_images *images);
/* One of them; texts go to the arena. ERR_NOT_FOUND when there is none. */
int store_get_image(struct store *st, uint32_t id, struct arena *a, struct store_image *ret, struct err *err);

enum store_added {
	STORE_ADDED,
	STORE_ALREADY,	/* the same build is there; nothing was changed */
	STORE_RENAMED,	/* another build has this name: stored as NAME~BUILDID8 */
	STORE_REPLACED, /* the same build was there and told less (store_replaces): it is replaced */
};

/*
 * Whether `a` takes the place of `b`, an image of the same build: where image_tells_more says so, and where each
 * tells what the other does not, by what is worth most: facts, then kinds, then modules. Of any number of images
 * the same one is left in the end, whatever their order. `kinds` are to be those of the store (KIND_FUNC and
 * KIND_FIELD included).
 */
bool store_replaces(const struct image_info *a, const struct image_info *b);

/*
 * The image that was stored from the same build: equal build id and name, or, when there is no
 * build id, equal sha256 and name, or, for a dataset, equal name. *id is set when *found.
 */
int store_find_build(struct store *st, const struct image_info *info, bool *found, uint32_t *id,
		     struct err *err);

/*
 * Stores a whole image in one transaction; waits for another writer (up to 60 s), then ERR_STORE.
 * On any failure the store is as it was. `nlanes` threads pack rows. *name is the stored name
 * (owned by the store until it closes). Stages are added to `stages` when it is not NULL. Settles the surface, as
 * late as it can.
 */
int store_add_image(struct store *st, struct surface *s, unsigned int nlanes,
		    enum store_added *ret, const char **name, struct stages *stages,
		    struct err *err);
/*
 * Adds all images of another store (any schema; never written), each as store_add_image does and in a transaction
 * of its own, in the order in which they were added there; `each` is told of every one. Stores merged in any order
 * hold the same facts in the end. An image that cannot be read is left out: the others are merged all the same, and
 * then the first such error is returned. ERR_USAGE when it is the same store.
 */
int store_merge(struct store *st, const char *path, unsigned int nlanes,
		void (*each)(void *ctx, const char *name, enum store_added added), void *ctx, struct err *err);
/* Removes an image and what no other image uses, and gives the space back to the file system. */
int store_remove_image(struct store *st, uint32_t image_id, struct err *err);

/* ---- reading ---- */

/*
 * Appends the function `name` of image `image_id` to s->funcs (with its instances, callers and
 * symbols) when the image has it; *found says so. `s` must use store_strtab and store_types.
 */
int store_get_func(struct store *st, uint32_t image_id, const char *name, struct surface *s,
		   bool *found, struct err *err);

/* Appends all functions of an image, in no order that means anything; `s` as above. */
int store_load_image(struct store *st, uint32_t image_id, struct surface *s, struct err *err);

/*
 * Appends construct `name` of `kind` (no function, no field) to s->constructs, variants one after the
 * other, when the image has it; *found says so. `s` as above.
 */
int store_get_construct(struct store *st, uint32_t image_id, enum kind kind, const char *name,
			struct surface *s, bool *found, struct err *err);
/* Appends all constructs of a kind that an image has, in `seq` order. */
int store_load_constructs(struct store *st, uint32_t image_id, enum kind kind, struct surface *s,
			  struct err *err);
/* The image's types as raw BTF into *ret; ERR_NOT_FOUND when it was stored without any. */
int store_image_btf(struct store *st, uint32_t image_id, struct buf *ret, struct err *err);

/* The split BTF of one of its modules; ERR_NOT_FOUND without. */
int store_image_module_btf(struct store *st, uint32_t image_id, const char *module, struct buf *ret,
			   struct err *err);

/*
 * Walks all names of one kind in some images, each once. At each step `at[i]` is the index of images[i]'s
 * function in s->funcs, or of its construct's first variant in s->constructs, or SEQ_NONE; s is reset
 * at each step. Memory does not grow with the number of names, but for strings and types.
 */
struct store_walk;

enum store_walk_flag {
	STORE_WALK_CHANGED = 1, /* leave out names that all the images have, all alike */
	STORE_WALK_BRIEF = 2,	/* functions without instances and callers (symbols are there) */
};

BASE_MUST_CHECK int store_walk_open(struct store *st, enum kind kind, const uint32_t *image_ids,
				    size_t nimages, unsigned int flags, struct store_walk **ret,
				    struct err *err);
/* *more is false at the end. *name is 0 for the construct of the unnamed enums. */
int store_walk_next(struct store_walk *w, struct surface *s, bool *more, uint32_t *name, uint32_t *at,
		    struct err *err);
/* How many names STORE_WALK_CHANGED left out so far; all the images have them. */
uint64_t store_walk_left_out(const struct store_walk *w);
void store_walk_close(struct store_walk *w);

/*
 * Calls fn for each name of a kind in the store (any image), once each, with no order that means anything.
 * KIND_FIELD: "struct::member" of structs, unions and typedefs of unnamed ones, "struct::scope.member" of what
 * an inner struct with a name holds, "enum::VALUE", and "::VALUE" of unnamed enums. 20 to 30 ns a name: kept
 * apart from the rows, for search.
 */
int store_each_name(struct store *st, enum kind kind,
		    void (*fn)(void *ctx, const char *name, size_t len), void *ctx, struct err *err);
/* Bit i of has[i / 64]: images[i] has the construct; a field too, by the names that store_each_name gives. */
int store_has(struct store *st, enum kind kind, const char *name, const uint32_t *image_ids,
	      size_t nimages, uint64_t *has, struct err *err);
/* The same for many names, in less time: name n's bits begin at has[n * ((nimages + 63) / 64)]. */
int store_has_many(struct store *st, enum kind kind, const char *const *names, size_t n, const uint32_t *image_ids,
		   size_t nimages, uint64_t *has, struct err *err);

/*
 * What was counted of an image when it was stored: topic "kind" (value: its word; names, without the unnamed
 * enums' and tracepoints without a record), "collision" and "inline" (value: the type's text; name groups),
 * "suffix" (value: isra, constprop, part, cold, ..., multiple, number for one of digits alone; symbols),
 * "attach" (ftrace, no-kprobe, error-injection, btf; names), "across" (func: names that several owners have),
 * "owner" (value: a module; names that it has, alone or with others). In this order; what only images without DWARF
 * or with modules can have is there only where there is any.
 */
struct store_count {
	const char *topic, *value;
	uint64_t n;
};

struct store_counts {
	struct arena arena;
	VEC(struct store_count) v;
};

int store_image_counts(struct store *st, uint32_t image_id, struct store_counts *ret, struct err *err);
void store_counts_done(struct store_counts *c);

#endif
