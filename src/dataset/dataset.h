/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dataset: the open DepSurf layout, JSON lines in folders, in both directions. Meets the surface
 * only: it knows neither the store nor kernel images. docs/formats/dataset.md gives the fields.
 */
#ifndef KSURF_DATASET_H
#define KSURF_DATASET_H

#include "surface/surface.h"

/* The folders that hold facts, one file an image. `comment` holds the compiler alone. */
enum dataset_file {
	DATASET_FUNC_GROUPS,
	DATASET_TYPES_FUNC,
	DATASET_TYPES_STRUCT,
	DATASET_TYPES_UNION,
	DATASET_TYPES_ENUM,
	DATASET_TRACEPOINTS,
	DATASET_SYSCALLS, /* one JSON object */
	DATASET_CONFIG,	  /* a kernel's .config */
	DATASET_NFILES
};

extern const char *const dataset_folder[DATASET_NFILES]; /* "func_groups", ... */

/* The images of a dataset folder: the names of the files in any of these folders. */
struct dataset_images {
	struct arena arena;
	VEC(const char *) names; /* by image_compare of their parsed names */
};

/* ERR_MISSING when there is none of these folders. */
int dataset_list(const char *dir, struct dataset_images *ret, struct err *err);
void dataset_images_done(struct dataset_images *images);

/*
 * Reads one image into an initialised surface. Lossless: what a line holds is in the surface, or
 * the line is refused: ERR_FORMAT with where "FILE:LINE" and what is wrong in words. info.kinds says
 * which kinds its files tell of. LSM hooks are derived: the members of struct security_hook_heads that
 * have a function security_<member>, or else the pointers to functions in union security_list_options;
 * and BPF features, the values of the enums that feature_is knows.
 */
int dataset_read(const char *dir, const char *image, struct surface *s, struct err *err);

/* Reads one file from memory; `where` names it in errors. */
int dataset_read_mem(const char *where, const char *data, size_t size, enum dataset_file file,
		     struct surface *s, struct err *err);

/*
 * Writes the files of the kinds that s has, and comment/NAME.txt, below dir, each to a
 * temporary name first and renamed when whole. Lines in `seq` and `type_seq` order, keys in the
 * recorded order, bytes as Python's json.dumps writes them. Of variants the first; members flat.
 */
int dataset_write(const char *dir, const struct surface *s, struct err *err);
/* One file's text. */
void dataset_write_mem(struct buf *out, const struct surface *s, enum dataset_file file);

/* One line each, without the newline; for tests and for dataset_write. */
void dataset_func_group_json(struct buf *out, const struct surface *s, const struct func *f);
void dataset_type_json(struct buf *out, const struct surface *s, const struct func *f);
void dataset_construct_json(struct buf *out, const struct surface *s, const struct construct *c);

#endif
