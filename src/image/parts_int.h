/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What inputs.c, parts.c and package.c share: what names tell, what was found so far, and xz in blocks. */
#ifndef KSURF_PARTS_INT_H
#define KSURF_PARTS_INT_H

#include "image/image.h"

/* ---- what a name tells; nothing is opened ----------------------------------------------------------- */

enum image_name { NAME_OTHER, NAME_KERNEL, NAME_MODULE, NAME_CONFIG, NAME_PACKAGE };

/* By the last component; the folders count only where a build tree keeps files that look like kernels. */
enum image_name image_name_kind(const char *path);
/*
 * The release that a path states: the folder behind "modules/", else what follows the '-' of vmlinux-REL,
 * vmlinuz-REL, config-REL and the like, else REL.btf. Its length, 0 when there is none; it begins with a digit.
 */
size_t image_name_release(const char *path, const char **ret);
/* Whether a list of names with commas, or "all", asks for the module in this file. NULL asks for none. */
bool image_name_asked(const char *path, const char *list);
/* The part of a path behind the last slash. */
const char *image_name_base(const char *path);
bool image_name_ends(const char *name, const char *end);

/* ---- what bytes tell ------------------------------------------------------------------------------------ */

/* How much is known of a kernel, the best last; RANK_NONE is no kernel. */
enum image_rank { RANK_NONE, RANK_TYPES, RANK_BOOT, RANK_PLAIN, RANK_SYMBOLS, RANK_DWARF };

/* The name tells one thing only: a vmlinux that is compressed has more to say than a vmlinuz. */
enum image_rank image_rank_of(const char *name, const uint8_t *data, uint64_t size);
/* Raw BTF that is of a module: its strings go on behind those of its base, so that the first is not empty. */
bool image_is_split_btf(const uint8_t *data, uint64_t size);
/* The release in a kernel's banner, or in a module's vermagic; its length, 0 when there is none to be seen. */
size_t image_bytes_release(const uint8_t *data, uint64_t size, const char **ret);

/* ---- bytes that are being unpacked ----------------------------------------------------------------------- */

struct spool {
	uint8_t *map;
	uint64_t mapped, length, room; /* room: bytes that are kept in memory */
	int fd;			       /* of the temporary file; -1: all is in memory */
};

void spool_init(struct spool *s);
void spool_done(struct spool *s);
/* Writes n bytes at an offset; holes are zeros. ERR_IO, with TMPDIR named. `where` is what is unpacked. */
int spool_put(struct spool *s, const char *where, const void *data, uint64_t n, uint64_t at, struct err *err);
/* Sets the length; what is behind it is forgotten. */
int spool_cut(struct spool *s, const char *where, uint64_t length, struct err *err);
/* All bytes, until the next put or cut; NULL when there are none, or they cannot be mapped. */
const uint8_t *spool_bytes(struct spool *s);

/* ---- parts that are being collected ----------------------------------------------------------------------- */

#define PART_MAPPED UINT64_MAX

struct part_found {
	struct image_part part;
	const char *name; /* its path, in a package the member's alone */
	uint64_t at; /* where its bytes lie in the spool; PART_MAPPED: elsewhere */
	enum image_rank rank;
};

struct image_parts {
	struct arena arena;
	VEC(struct image_part) v;
	VEC(struct part_found) found;
	VEC(struct image_bytes) maps;
	struct spool spool;
	uint64_t end; /* of what is in it */
	uint64_t unasked;
	bool has_dwarf, has_config;
};

/*
 * Takes what is wanted out of the archive in these bytes, which are those of the file `path`. *plain is set where
 * they are no archive after all, but a compressed file. Nothing is added on failure.
 */
int image_unpack(struct image_parts *p, const struct image_parts_options *o, const char *path,
		 struct image_bytes bytes, bool *plain, struct err *err);

/* ---- xz whose stream has several blocks ------------------------------------------------------------------ */

struct unxz;

/* NULL when the bytes are not one stream of several blocks of a size that is worth it. */
struct unxz *unxz_open(const uint8_t *data, uint64_t size, unsigned int nlanes);
void unxz_close(struct unxz *x);
/*
 * The next block, whole and checked; valid until the next call. 1, 0 behind the last, -1 when it is damaged: then
 * *what is a sentence that lives as long as x.
 */
int unxz_next(struct unxz *x, const uint8_t **ret, size_t *n, const char **what);

#endif
