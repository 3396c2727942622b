/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dataset: the open DepSurf layout, JSON lines in folders, in both directions. Meets the surface
 * only: it knows neither the store nor kernel images. docs/formats/dataset.md gives the fields.
 */
#ifndef KSURF_DATASET_H
#define KSURF_DATASET_H

#include "surface/surface.h"

/*
 * The images of a dataset folder: the names NAME of func_groups/NAME.jsonl and
 * types_func/NAME.jsonl.
 */
struct dataset_images {
	struct arena arena;
	VEC(const char *) names; /* by image_compare of their parsed names */
};

/* ERR_MISSING when the folder holds neither func_groups nor types_func. */
int dataset_list(const char *dir, struct dataset_images *ret, struct err *err);
void dataset_images_done(struct dataset_images *images);

/*
 * Reads one image into an initialised surface. Lossless: what a line holds is in the surface, or
 * the line is refused: ERR_FORMAT with where "FILE:LINE" and what is wrong in words.
 */
int dataset_read(const char *dir, const char *image, struct surface *s, struct err *err);

/*
 * Reads one func_groups (or, with types, types_func) stream from memory; `where` names it in
 * errors.
 */
int dataset_read_mem(const char *where, const char *data, size_t size, bool types,
		     struct surface *s, struct err *err);

/*
 * Writes func_groups/NAME.jsonl, types_func/NAME.jsonl and comment/NAME.txt below dir, each to a
 * temporary name first and renamed when whole. Lines in `seq` and `type_seq` order, keys in the
 * recorded order, bytes as Python's json.dumps writes them.
 */
int dataset_write(const char *dir, const struct surface *s, struct err *err);

/* One line each, without the newline; for tests and for dataset_write. */
void dataset_func_group_json(struct buf *out, const struct surface *s, const struct func *f);
void dataset_type_json(struct buf *out, const struct surface *s, const struct func *f);

#endif
