/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image: opens what a user has (ELF kernel or module, boot image, raw BTF, package, folder, the running system)
 * and hands out named byte ranges, bytes by address, symbols and the identity that the file itself states. Never
 * interprets debug information.
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

enum image_kind {
	IMAGE_KERNEL, /* an ELF kernel, with a symbol table */
	IMAGE_BOOT,   /* a kernel as it boots, out of its wrapping: ELF or bare memory; symbols are those of kallsyms */
	IMAGE_MODULE, /* a relocatable ELF file, its sections laid one behind the other and relocated */
	IMAGE_TYPES,  /* raw BTF: the section .BTF and nothing else */
	IMAGE_LIVE,   /* the running system: .BTF, symbols of /proc/kallsyms, no memory */
};

/*
 * Opens one image: an ELF kernel, a module, a boot image (bzImage, Image, Image.gz, EFI zboot, zImage, ...; the
 * payload is decompressed), raw BTF, or one of these compressed by itself (.ko.xz). What it is is told by its
 * bytes, not by its name. ERR_IO (cannot be read), ERR_FORMAT (none of these, truncated, headers that point
 * outside the file), ERR_UNSUPPORTED (unknown machine), ERR_DAMAGED (a payload that cannot be decompressed,
 * or that is larger than IMAGE_PAYLOAD_MAX).
 */
#define IMAGE_PAYLOAD_MAX (4ull << 30)
BASE_MUST_CHECK int image_open(const char *path, struct image **ret, struct err *err);
/* The same from memory, which stays the caller's; `path` is for messages. */
BASE_MUST_CHECK int image_open_mem(const char *path, const void *data, uint64_t size,
				   struct image **ret, struct err *err);
void image_close(struct image *img);

enum image_kind image_kind(const struct image *img);
const char *image_path(const struct image *img);
/* Debian's word for the architecture. */
const char *image_arch(const struct image *img);
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

/*
 * All function symbols of .symtab; none without one. Of a boot image those of kallsyms that lie in its code; their
 * size is the distance to the next symbol, as the kernel itself has it. Thread-safe once the image is open.
 */
int image_symbols(const struct image *img, struct image_symbols *ret, struct err *err);
/* The data symbols (STT_OBJECT) of one section. Thread-safe once the image is open. */
int image_objects(const struct image *img, const char *section, struct image_symbols *ret, struct err *err);
void image_symbols_done(struct image_symbols *s);

/* ---- the image as it lies in memory ------------------------------------------------------------- */

/* Sections at their addresses, relocated, and every symbol by address. For one thread at a time. */
struct image_space;

enum image_sym_type { IMAGE_SYM_NOTYPE, IMAGE_SYM_OBJECT, IMAGE_SYM_FUNC };

/* A symbol of any type that lies in memory. `name` points into the image. */
struct image_sym {
	const char *name;
	uint64_t addr, size;
	uint32_t section;
	enum image_sym_type type;
	enum symbol_bind bind;
};

/* A symbol that is looked for by name, of at least four letters: `sym` is &found, or NULL when there is none. */
struct image_wanted {
	const char *name;
	const struct image_sym *sym;
	struct image_sym found;
};

/* ERR_FORMAT when the symbol table cannot be read. The image must stay open. */
int image_space_open(const struct image *img, struct image_space **ret, struct err *err);
void image_space_close(struct image_space *sp);
/*
 * Data sections of a module are relocated at their first use. The first relocation that could not be applied, or NULL;
 * what is in that section from there on is not relocated.
 */
const struct err *image_space_damage(const struct image_space *sp);
/*
 * A cursor over the n bytes at an address, in the image's byte order. It is bad from the start when they do not
 * lie wholly in one section. What the file does not hold (.bss) reads as zeros, at most IMAGE_ZEROS at once.
 */
#define IMAGE_ZEROS 4096
struct cur image_space_at(struct image_space *sp, uint64_t addr, uint64_t n);
/* A number of 1, 2, 4 or 8 bytes; false outside the image. */
bool image_space_uint(struct image_space *sp, uint64_t addr, unsigned int size, uint64_t *ret);
/*
 * A pointer. Where the place holds 0 and the image has a relative relocation for it (RELA; linked with
 * --no-apply-dynamic-relocs), the relocation's addend; RELR and REL keep their value in the place itself.
 */
bool image_space_pointer(struct image_space *sp, uint64_t addr, uint64_t *ret);
/* A text that is closed inside its section, of less than IMAGE_TEXT_MAX bytes; else NULL. */
#define IMAGE_TEXT_MAX (64 << 10)
const char *image_space_text(struct image_space *sp, uint64_t addr);
/* The bytes from an address to the end of its section; {NULL, 0} outside all and in .bss. */
struct image_bytes image_space_rest(struct image_space *sp, uint64_t addr);
/* The n-th section of data (no code) that the file holds, by rising address; false behind the last. */
bool image_space_data(struct image_space *sp, size_t n, uint64_t *addr, struct image_bytes *bytes);

/*
 * Symbols are numbered by rising address, those of one address in the order of the symbol table.
 */
size_t image_space_nsyms(const struct image_space *sp);
/* The number of the first symbol at or behind an address; image_space_nsyms when there is none. */
size_t image_space_first(const struct image_space *sp, uint64_t addr);
/* The symbol of a number below image_space_nsyms. */
struct image_sym image_space_sym(const struct image_space *sp, size_t n);
/* False when symbol n does not exist or is at another address. */
bool image_space_sym_at(const struct image_space *sp, size_t n, uint64_t addr, struct image_sym *ret);
/* Where a section lies in memory; false when there is none of that name. */
bool image_space_where(const struct image_space *sp, const char *section, uint64_t *addr, uint64_t *size);
/* The first symbol of each name in the order of the symbol table, in one pass over all. */
void image_space_find(const struct image_space *sp, struct image_wanted *wanted, size_t n);

/*
 * Name, release, arch, version, flavor, distro, compiler, build id, banner, pointer size and byte
 * order into *info, texts into the arena. What the image does not say comes from the file's name;
 * ERR_MISSING when no release can be had from either.
 */
int image_identify(struct image *img, struct arena *a, struct image_info *info, struct err *err);

/* The compiled-in facts of a module: .modinfo, and its name in the kernel. Texts live as long as the image. */
struct image_modinfo {
	const char *name;    /* name=, or the file's name with '_' for '-'; "" when neither */
	const char *release; /* first word of vermagic=; "" when unknown */
};
struct image_modinfo image_modinfo(struct image *img);

#define IMAGE_SHA256_HEX 65
/* SHA-256 of the whole file as lower-case hex. Thread-safe; reads every byte. */
void image_sha256(const struct image *img, char hex[static IMAGE_SHA256_HEX]);

/* ---- what a user has: packages, folders, many at once ------------------------------------------------ */

/*
 * What add is told, sorted into what one image is made of: a package or a file that holds a kernel; a kernel in a
 * folder with the modules and the config that lie there for the same release. Folders are walked whole, links to
 * folders are not followed. By path, so that each run has the same order.
 */
struct image_input {
	const char *path;	  /* for messages: the kernel's, or the package's */
	const char *const *files; /* the kernel or package first */
	size_t nfiles;
};

struct image_inputs {
	struct arena arena;
	VEC(struct image_input) v;
	uint64_t nothers; /* files in folders that are of no use */
};

/* ERR_IO when an operand cannot be read. An operand that is no folder is always an input, whatever it is. */
int image_inputs_find(char *const *operands, size_t n, struct image_inputs *ret, struct err *err);
void image_inputs_done(struct image_inputs *in);

enum image_part_kind { PART_KERNEL, PART_MODULE, PART_CONFIG };

struct image_part {
	enum image_part_kind kind;
	const char *path; /* FILE, or PACKAGE:MEMBER: for messages, and for what only names tell */
	const uint8_t *data;
	uint64_t size;
	const char *release; /* as its path says, or a vmlinux's banner; "" when neither does */
	uint64_t payload_max; /* bytes that may come out of it, when it is compressed itself; 0: IMAGE_PAYLOAD_MAX */
};

#define IMAGE_UNPACK_MAX (16ull << 30)

struct image_parts_options {
	const char *modules; /* NULL: none; "all"; or names with commas, '-' and '_' alike */
	uint64_t limit;	     /* bytes unpacked from one file, and from a part; 0: IMAGE_UNPACK_MAX, IMAGE_PAYLOAD_MAX */
	unsigned int nlanes;
	struct stages *stages; /* NULL: not wanted */
};

/*
 * Opens all files of an input: maps what is plain, unpacks of packages (ar, tar, cpio, rpm, in any compression
 * that libarchive reads) what is wanted, and no more, into memory or a temporary file without a name. Nothing else is
 * written; names in archives are never used as paths. The best kernels come first: with DWARF, with symbols,
 * boot images; several only where they are of several releases. Then modules, then configs. ERR_IO, ERR_FORMAT
 * (damaged; nothing of use in it), ERR_MISSING (modules without a kernel), ERR_DAMAGED (more than the limit).
 */
struct image_parts;

BASE_MUST_CHECK int image_parts_open(const struct image_input *in, const struct image_parts_options *o,
				     struct image_parts **ret, struct err *err);
void image_parts_close(struct image_parts *p);
/* image_open_mem of a part, with its limit. */
BASE_MUST_CHECK int image_open_part(const struct image_part *part, struct image **ret, struct err *err);
size_t image_nparts(const struct image_parts *p);
const struct image_part *image_part(const struct image_parts *p, size_t n);
/* Modules that were there and not asked for, as far as the file was read. */
uint64_t image_parts_unasked(const struct image_parts *p);

/* ---- the running system ------------------------------------------------------------------------------- */

/* What of the running system could not be seen, and why. */
struct image_unseen {
	const char *what; /* "/proc/kallsyms: addresses", ... */
	const char *why;
};

/* Lists of names that only a running kernel has, one a line as in the file; NULL: not readable. */
struct image_live {
	const char *config, *filter_functions, *kprobe_blacklist;
	const char *banner; /* /proc/version; "" when unknown */
	VEC(struct image_unseen) unseen;
	VEC(struct image_module) modules; /* with the BTF of /sys/kernel/btf, by name */
};

/*
 * The running kernel of the system whose proc, sys and boot lie in `root` ("/"). Symbols are those of
 * /proc/kallsyms; of modules they are in sections named "[nf_conntrack]". Needs no privilege: what is not
 * readable is in live->unseen. ERR_MISSING without /proc/kallsyms and BTF both.
 */
BASE_MUST_CHECK int image_open_running(const char *root, struct image **ret, struct err *err);
/* NULL for any other image. */
const struct image_live *image_live(const struct image *img);

#endif
