/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store: many images in one SQLite file. The only folder that speaks SQL. One writer, any number of
 * readers, one transaction an image. docs/formats/store.md describes the tables.
 */
#ifndef KSURF_STORE_H
#define KSURF_STORE_H

#include "surface/surface.h"

#define STORE_SCHEMA_VERSION 1

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
};

struct store_images {
	struct arena arena;
	VEC(struct store_image) images; /* by image_compare */
};

int store_images(struct store *st, struct store_images *ret, struct err *err);
void store_images_done(struct store_images *images);

enum store_added {
	STORE_ADDED,
	STORE_ALREADY, /* the same build is there; nothing was changed */
	STORE_RENAMED, /* another build has this name: stored as NAME~BUILDID8 */
};

/*
 * The image that was stored from the same build: equal build id and name, or, when there is no
 * build id, equal sha256 and name, or, for a dataset, equal name. *id is set when *found.
 */
int store_find_build(struct store *st, const struct image_info *info, bool *found, uint32_t *id,
		     struct err *err);

/*
 * Stores a whole image in one transaction; waits for another writer (up to 60 s), then ERR_STORE.
 * On any failure the store is as it was. `nlanes` threads pack rows. *name is the stored name
 * (owned by the store until it closes). Stages are added to `stages` when it is not NULL. Settles the surface, as late as it can.
 */
int store_add_image(struct store *st, struct surface *s, unsigned int nlanes,
		    enum store_added *ret, const char **name, struct stages *stages,
		    struct err *err);
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
 * Walks all function names of some images, each once. At each step `at[i]` is the index in s->funcs
 * of images[i]'s function, or SEQ_NONE; s is reset at each step. Memory does not grow with the
 * number of names, but for strings and types.
 */
struct store_walk;

BASE_MUST_CHECK int store_walk_open(struct store *st, const uint32_t *image_ids, size_t nimages,
				    struct store_walk **ret, struct err *err);
/* *name is 0 at the end, else the string id of the next function's name. */
int store_walk_next(struct store_walk *w, struct surface *s, uint32_t *name, uint32_t *at,
		    struct err *err);
void store_walk_close(struct store_walk *w);

/* Calls fn for each function name in the store (any image), with no order that means anything. */
int store_each_name(struct store *st, void (*fn)(void *ctx, const char *name, size_t len),
		    void *ctx, struct err *err);

#endif
