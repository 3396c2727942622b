/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the sources of image share: the open ELF file. */
#ifndef KSURF_IMAGE_INT_H
#define KSURF_IMAGE_INT_H

#include "image/image.h"

#include <gelf.h>

struct image_sec {
	const char *name;
	GElf_Shdr hdr;
	struct image_bytes bytes; /* as in the file; {NULL, 0} for SHT_NOBITS */
	uint8_t *inflated;	  /* owned, when it was compressed or is relocated, and has been asked for */
	uint64_t inflated_size;
	uint32_t relocs, next_relocs; /* of a module: the first section of relocations for this one; the next such; 0: none */
};

struct image {
	struct arena arena;
	enum image_kind kind;
	const char *path;
	const uint8_t *file; /* what was opened */
	uint64_t file_size;
	bool mapped; /* file is a mapping of ours */
	const uint8_t *data; /* the image in it: the file, a part of it, or payload */
	uint64_t size;
	uint8_t *payload; /* owned: what a part of the file was decompressed to */
	uint64_t payload_max;
	unsigned int depth; /* wrappings that were taken off */
	uint64_t load_align, load_offset; /* of bare memory: where it begins, behind a multiple of what */
	struct err symbols_err; /* why kallsyms could not be read, though they are there */
	struct image_live *live;
	Elf *elf;
	GElf_Ehdr ehdr;
	VEC(struct image_sec) secs; /* by section index */
	const char *arch;
	unsigned int pointer_size;
	bool big_endian;
};

/* Steps over the symbol table in the file's order and byte order. */
struct symbol_cursor {
	const struct image *img;
	struct cur c;
	bool is64;
	struct image_bytes strings;
	const char *name; /* NULL: outside the string table */
	uint64_t value, size;
	uint32_t shndx;
	uint8_t info;
};

/* An image without a symbol table has an empty one. */
int image_open_symbols(const struct image *img, struct symbol_cursor *s, struct err *err);
bool image_next_symbol(struct symbol_cursor *s);
enum symbol_bind image_bind_of(uint8_t info);

/* A symbol as nm and /proc/kallsyms show it. */
struct image_letter {
	const char *name;    /* lives as long as the image */
	const char *section; /* NULL: the one that the address lies in */
	uint64_t addr;
	char letter;
};

/*
 * Gives an image without a symbol table these symbols, as a table of ELF's form made in memory (.symtab and .strtab
 * in img->secs), so that nobody else sees a difference. Letters: upper case is global, w and v weak; t T and
 * w W in code are functions, others objects. Sizes are the distance to the next address.
 */
int image_set_letters(struct image *img, const struct image_letter *v, size_t n, struct err *err);
/*
 * Finds the kernel's kallsyms tables in the bytes of img->secs and gives the image their symbols. Of bare memory
 * (one section at an unknown address) it also finds out the address and sets it. ERR_MISSING when there are none.
 */
int image_read_kallsyms(struct image *img, struct err *err);
struct image_letters {
	struct image_letter *v; /* free() it; the names lie in the image's arena */
	size_t n;
};
/* The first half of that: the address of bare memory is set, the symbols are not. */
int image_kallsyms_letters(struct image *img, struct image_letters *ret, struct err *err);

#define IMAGE_KERNEL_SPAN (1ull << 30) /* from a kernel's first function to its last */
/* Where bare memory begins, of which the symbols' addresses are known; false when it cannot be told. */
bool image_place_letters(const struct image *img, struct image_bytes b, const struct image_letter *v, size_t n, uint64_t *ret);
/* The same where the symbols' addresses are offsets into it. */
bool image_place_offsets(const struct image *img, struct image_bytes b, const struct image_letter *v, size_t n, uint64_t *ret);
/*
 * img->data is no ELF file and no BTF: finds the kernel in it, decompresses it, and opens it as ELF or as bare memory
 * with the sections that can be told (.BTF, code, data), symbols from kallsyms.
 */
int image_open_boot(struct image *img, struct err *err);
#define BOOT_DEPTH_MAX 4
/* Tells what img->data is by its first bytes, and opens it as that. */
int image_open_bytes(struct image *img, struct err *err);
/* image_open_mem with another limit than IMAGE_PAYLOAD_MAX. */
BASE_MUST_CHECK int image_open_limited(const char *path, const void *data, uint64_t size, uint64_t payload_max,
				       struct image **ret, struct err *err);
/* An ELF kernel, its sections read: of one without a symbol table (or of a wrapper of a kernel) what a boot image tells. */
int image_open_stripped(struct image *img, struct err *err);
/* An ELF file of type REL: gives allocated sections addresses, and applies relocations when bytes are asked for. */
int image_open_module(struct image *img, struct err *err);
/*
 * Applies a module's relocations of a section to a copy of its bytes. A place in a section that is not loaded is what
 * is added alone (S = 0), and so is one to a symbol that the module does not define. ERR_FORMAT: a relocation of unknown
 * type, outside the section, to no symbol; err->offset is its place. The copy is then relocated up to there.
 */
int image_relocate(const struct image *img, const struct image_sec *sec, uint8_t *to, uint64_t size, struct err *err);

/* Frees what image_open_running made beside the image's arena. */
void image_live_done(struct image_live *live);
/* Appends the GNU build id of a note section, as hex; false when there is none. */
bool image_note_build_id(struct image_bytes notes, bool swap, struct buf *hex);
/* R_*_RELATIVE of the machine; 0 where it is not known. */
uint32_t image_relative_type(const struct image *img);
/* The bytes at a virtual address up to the end of its section; {NULL, 0} outside all. */
struct image_bytes image_at(const struct image *img, uint64_t addr);
/* The value of the first symbol of that name, of any type; 0 when there is none. */
uint64_t image_symbol_value(const struct image *img, const char *name);
struct image_sec *image_find_sec(struct image *img, const char *name);
/* Inflates a compressed section into img; `sec` is left as it was on failure. */
int image_inflate(struct image *img, struct image_sec *sec, struct err *err);

#endif
