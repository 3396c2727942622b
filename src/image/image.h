/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image: opens the file that a user has and hands out named byte ranges, function symbols and the
 * identity that the file itself states. Never interprets debug information.
 */
#ifndef KSURF_IMAGE_H
#define KSURF_IMAGE_H

#include "surface/surface.h"

/* A compressed section that claims more than this is refused; 4 GiB is 20 times a kernel's .debug_info. */
#define IMAGE_SECTION_MAX (4ull << 30)

struct image;

struct image_bytes {
	const uint8_t *data; /* NULL when the image has no such section */
	uint64_t size;
};

/* A function symbol (STT_FUNC, defined), in symbol-table order. `name` points into the image. */
struct image_symbol {
	const char *name;
	uint64_t addr, size;
	uint32_t section; /* index for image_section_name */
	enum symbol_bind bind;
};

struct image_symbols {
	VEC(struct image_symbol) v;
	uint64_t nbad; /* symbols whose name lies outside the string table */
};

/*
 * Opens an ELF kernel image. ERR_IO (cannot be read), ERR_FORMAT (not ELF, truncated, headers that
 * point outside the file), ERR_UNSUPPORTED (not an executable image, unknown machine).
 */
BASE_MUST_CHECK int image_open(const char *path, struct image **ret, struct err *err);
/* The same from memory, which stays the caller's; `path` is for messages. */
BASE_MUST_CHECK int image_open_mem(const char *path, const void *data, uint64_t size,
				   struct image **ret, struct err *err);
void image_close(struct image *img);

const char *image_path(const struct image *img);
uint64_t image_file_size(const struct image *img);
/* True when the image's byte order is not the host's. */
bool image_swapped(const struct image *img);
/* Bytes of an address. */
unsigned int image_pointer_size(const struct image *img);

/*
 * The bytes of a section, decompressed on first use (SHF_COMPRESSED with zlib or zstd, and the older
 * .zdebug_*; held until the image closes). An absent section gives {NULL, 0} and no error. Not for
 * two threads at once.
 */
int image_section(struct image *img, const char *name, struct image_bytes *ret, struct err *err);
/* Where a section is loaded; false without one. */
bool image_section_place(const struct image *img, const char *name, uint64_t *addr, uint64_t *size);
/* As text: .text, or SHN_ABS. */
const char *image_section_name(const struct image *img, uint32_t section);

/* All function symbols of .symtab; none without one. Thread-safe once the image is open. */
int image_symbols(const struct image *img, struct image_symbols *ret, struct err *err);
/* The data symbols (STT_OBJECT) of one section. Thread-safe once the image is open. */
int image_objects(const struct image *img, const char *section, struct image_symbols *ret, struct err *err);
void image_symbols_done(struct image_symbols *s);

/*
 * Name, release, arch, version, flavor, distro, compiler, build id, banner, pointer size and byte
 * order into *info, texts into the arena. What the image does not say comes from the file's name;
 * ERR_MISSING when no release can be had from either.
 */
int image_identify(struct image *img, struct arena *a, struct image_info *info, struct err *err);

#define IMAGE_SHA256_HEX 65
/* SHA-256 of the whole file as lower-case hex. Thread-safe; reads every byte. */
void image_sha256(const struct image *img, char hex[static IMAGE_SHA256_HEX]);

#endif
