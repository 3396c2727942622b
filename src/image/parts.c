// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opens all files of an input and makes one list of parts of them: plain files mapped, packages unpacked
 * (package.c). Tells kernels by their bytes, and puts the best first. Never writes anything but the temporary file
 * without a name.
 */
#define _GNU_SOURCE /* memmem */
#include "image/parts_int.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_MAGIC  0xeb9f
#define BANNER_MAX 256

/* ---- what bytes tell ---- */

static enum image_rank rank_of_elf(const uint8_t *data, uint64_t size)
{
	enum image_rank rank = RANK_NONE;
	size_t strings;
	GElf_Ehdr eh;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(uintptr_t)data, size);
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &eh) && (eh.e_type == ET_EXEC || eh.e_type == ET_DYN))
		rank = RANK_PLAIN;
	if (rank && !elf_getshdrstrndx(elf, &strings)) {
		GElf_Shdr sh;

		for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn)) && gelf_getshdr(scn, &sh);) {
			const char *name = elf_strptr(elf, strings, sh.sh_name);

			if (sh.sh_type == SHT_SYMTAB && rank < RANK_SYMBOLS)
				rank = RANK_SYMBOLS;
			if (name && sh.sh_type != SHT_NOBITS && (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info")))
				rank = RANK_DWARF;
		}
	}
	elf_end(elf);
	return rank;
}

/* Where one of these stands in a file, a kernel boots from it, wrapped in something or bare. */
static bool is_boot(const uint8_t *data, uint64_t size)
{
	static const struct {
		uint64_t at;
		const char *bytes;
		size_t n;
	} marks[] = {
		{ 0x202, "HdrS", 4 },		  /* x86's setup header */
		{ 0, "MZ", 2 },			  /* an EFI program: zboot, arm64, riscv, loongarch */
		{ 0x38, "ARM\x64", 4 },		  /* arm64 */
		{ 0x38, "RSC\x05", 4 },		  /* riscv */
		{ 0x24, "\x18\x28\x6f\x01", 4 },  /* zImage of arm */
		{ 0x24, "\x01\x6f\x28\x18", 4 },  /* the same, big endian */
		{ 0x10008, "S390EP", 6 },	  /* s390 */
		{ 0, "\x27\x05\x19\x56", 4 },	  /* U-Boot's uImage */
		{ 0, "\xd0\x0d\xfe\xed", 4 },	  /* U-Boot's FIT */
		{ 0, "ANDROID!", 8 },		  /* Android's boot.img */
		{ 0, "\x1f\x8b", 2 },		  /* compressed as a whole: gzip, */
		{ 0, "\xfd" "7zXZ", 5 },	  /* xz, */
		{ 0, "\x28\xb5\x2f\xfd", 4 },	  /* zstd, */
		{ 0, "BZh", 3 },		  /* bzip2, */
		{ 0, "\x04\x22\x4d\x18", 4 },	  /* lz4, */
		{ 0, "\x02\x21\x4c\x18", 4 },	  /* its older form, */
		{ 0, "\x89LZO", 4 },		  /* lzop, */
		{ 0, "\x5d\0\0", 3 },		  /* lzma */
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (size >= marks[i].at + marks[i].n && !memcmp(data + marks[i].at, marks[i].bytes, marks[i].n))
			return true;
	return false;
}

static bool is_btf(const uint8_t *data, uint64_t size)
{
	struct cur c = cur_init(data, size, false);
	uint16_t magic = cur_u16(&c);

	return !c.bad && (magic == BTF_MAGIC || __builtin_bswap16(magic) == BTF_MAGIC);
}

bool image_is_split_btf(const uint8_t *data, uint64_t size)
{
	struct cur c = cur_init(data, size, false);
	uint32_t head, at, len;

	c.swap = cur_u16(&c) != BTF_MAGIC;
	cur_skip(&c, 2);
	head = cur_u32(&c);
	cur_skip(&c, 8);
	at = cur_u32(&c);
	len = cur_u32(&c);
	if (c.bad || (uint64_t)head + at >= size)
		return false;
	return !len || data[head + at];
}

enum image_rank image_rank_of(const char *name, const uint8_t *data, uint64_t size)
{
	if (size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		return rank_of_elf(data, size);
	if (is_btf(data, size))
		return RANK_TYPES;
	if (!is_boot(data, size))
		return RANK_NONE;
	return strncmp(image_name_base(name), "vmlinux", 7) ? RANK_BOOT : RANK_PLAIN;
}

size_t image_bytes_release(const uint8_t *data, uint64_t size, const char **ret)
{
	static const char *const marks[] = { "Linux version ", "vermagic=" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t m = strlen(marks[i]), n = 0;
		const uint8_t *p = data;

		while ((p = memmem(p, size - (uint64_t)(p - data), marks[i], m))) {
			p += m;
			while (n < BANNER_MAX && n < size - (uint64_t)(p - data) && p[n] > ' ' && p[n] < 0x7f)
				n++;
			if (n && *p >= '0' && *p <= '9') {
				*ret = (const char *)p;
				return n;
			}
			n = 0;
		}
	}
	return 0;
}

/* Bytes that packages begin with, and that no kernel does that is not compressed. */
static bool is_container(const uint8_t *data, uint64_t size)
{
	static const struct {
		uint64_t at;
		const char *bytes;
		size_t n;
	} marks[] = {
		{ 0, "!<arch>\n", 8 },	     { 0, "\xed\xab\xee\xdb", 4 }, { 0, "07070", 5 },
		{ 257, "ustar", 5 },	     { 0, "\x1f\x8b", 2 },	   { 0, "\xfd" "7zXZ", 5 },
		{ 0, "\x28\xb5\x2f\xfd", 4 }, { 0, "BZh", 3 },		   { 0, "\x04\x22\x4d\x18", 4 },
		{ 0, "\x5d\0\0", 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (size >= marks[i].at + marks[i].n && !memcmp(data + marks[i].at, marks[i].bytes, marks[i].n))
			return true;
	return false;
}

/* ---- files ---- */

static int map_file(struct image_parts *p, const char *path, struct image_bytes *ret, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	struct stat st;
	void *map;

	*ret = (struct image_bytes){ NULL, 0 };
	if (fd < 0 || fstat(fd, &st))
		rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be opened: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
	else if (!st.st_size)
		rc = err_set(err, ERR_FORMAT, path, ERR_NO_OFFSET, "empty file");
	if (!rc) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED) {
			rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be mapped: %s", strerror(errno));
		} else {
			*ret = (struct image_bytes){ map, (uint64_t)st.st_size };
			VEC_PUSH(&p->maps, *ret);
		}
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static bool is_relocatable(const uint8_t *data, uint64_t size)
{
	struct cur c = cur_init(data, size, false);
	uint16_t type;

	if (size < 18 || memcmp(data, ELFMAG, SELFMAG))
		return false;
	cur_skip(&c, 16);
	type = cur_u16(&c);
	return type == ET_REL || __builtin_bswap16(type) == ET_REL;
}

/* A file that is no package. What its bytes do not tell, its name does; what neither tells is left to image_open_mem. */
static void add_plain(struct image_parts *p, const struct image_parts_options *o, const char *path, struct image_bytes b)
{
	enum image_name name = image_name_kind(path);
	struct part_found f = { .part = { .kind = PART_KERNEL, .path = arena_strndup(&p->arena, path, strlen(path)),
					  .data = b.data, .size = b.size },
				.at = PART_MAPPED, .rank = RANK_NONE };

	f.name = f.part.path;
	if (is_relocatable(b.data, b.size) || name == NAME_MODULE ||
	    (is_btf(b.data, b.size) && image_is_split_btf(b.data, b.size)))
		f.part.kind = PART_MODULE;
	else if (name == NAME_CONFIG)
		f.part.kind = PART_CONFIG;
	else
		f.rank = image_rank_of(path, b.data, b.size);
	if (f.part.kind == PART_MODULE && (name == NAME_MODULE || image_name_ends(path, ".btf")) &&
	    !image_name_asked(path, o->modules)) {
		p->unasked++;
		return;
	}
	p->has_dwarf |= f.rank == RANK_DWARF;
	p->has_config |= f.part.kind == PART_CONFIG;
	VEC_PUSH(&p->found, f);
}

static int open_file(struct image_parts *p, const struct image_parts_options *o, const char *path, struct err *err)
{
	struct image_bytes b;
	bool plain = image_name_kind(path) == NAME_MODULE;
	int rc;

	/* A module that nobody asked for is not even looked at. */
	if (plain && !image_name_asked(path, o->modules)) {
		p->unasked++;
		return 0;
	}
	rc = map_file(p, path, &b, err);
	if (rc)
		return rc;
	if (!plain && image_name_kind(path) != NAME_PACKAGE && !is_container(b.data, b.size))
		plain = true;
	if (!plain)
		rc = image_unpack(p, o, path, b, &plain, err);
	if (!rc && plain && image_name_kind(path) == NAME_PACKAGE)
		return err_set(err, ERR_FORMAT, path, ERR_NO_OFFSET,
			       "is named as a package, but is none that can be read, or is cut off");
	if (!rc && plain)
		add_plain(p, o, path, b);
	return rc;
}

/* ---- the list ---- */

static size_t release_of(const struct part_found *f, const char **ret)
{
	size_t n = image_name_release(f->name, ret);

	if (!n && f->rank >= RANK_PLAIN)
		n = image_bytes_release(f->part.data, f->part.size, ret);
	return n;
}

/* All is unpacked: the parts point to it. */
static int settle(struct image_parts *p, const struct image_parts_options *o, const char *path, struct err *err)
{
	const uint8_t *all = spool_bytes(&p->spool);

	if (p->end && !all)
		return err_set(err, ERR_IO, path, ERR_NO_OFFSET, "what was unpacked cannot be mapped: %s", strerror(errno));
	for (size_t i = 0; i < p->found.n; i++)
		if (p->found.v[i].at != PART_MAPPED)
			p->found.v[i].part.data = all + p->found.v[i].at;
	for (size_t i = 0; i < p->found.n; i++) {
		const char *text;
		size_t n = release_of(&p->found.v[i], &text);

		p->found.v[i].part.payload_max = o->limit;
		p->found.v[i].part.release = arena_strndup(&p->arena, n ? text : "", n);
	}
	return 0;
}

/* Kernels, the best first; of each release one. A kernel whose release nobody tells is of any. */
static void list_kernels(struct image_parts *p)
{
	for (int rank = RANK_DWARF; rank >= RANK_NONE; rank--) {
		for (size_t i = 0; i < p->found.n; i++) {
			const struct part_found *f = &p->found.v[i];
			size_t k = 0;

			if (f->part.kind != PART_KERNEL || (int)f->rank != rank)
				continue;
			while (k < p->v.n && *f->part.release && *p->v.v[k].release && strcmp(f->part.release, p->v.v[k].release))
				k++;
			if (k == p->v.n)
				VEC_PUSH(&p->v, f->part);
		}
	}
}

/* Of each release the first config. */
static void list_others(struct image_parts *p, enum image_part_kind kind)
{
	size_t first = p->v.n;

	for (size_t i = 0; i < p->found.n; i++) {
		const struct image_part *part = &p->found.v[i].part;
		size_t k = first;

		if (part->kind != kind)
			continue;
		while (k < p->v.n && (kind == PART_MODULE || strcmp(part->release, p->v.v[k].release)))
			k++;
		if (k == p->v.n)
			VEC_PUSH(&p->v, *part);
	}
}

static int check_kernel(const struct image_parts *p, const struct image_input *in, struct err *err)
{
	size_t nmodules = p->unasked;

	if (p->v.n && p->v.v[0].kind == PART_KERNEL)
		return 0;
	for (size_t i = 0; i < p->v.n; i++)
		nmodules += p->v.v[i].kind == PART_MODULE;
	if (nmodules)
		return err_set(err, ERR_MISSING, in->path, ERR_NO_OFFSET,
			       "modules without their kernel: give its vmlinux, or its package, in the same call");
	if (p->v.n)
		return err_set(err, ERR_MISSING, in->path, ERR_NO_OFFSET,
			       "a config without its kernel: give its vmlinux, or its package, in the same call");
	return err_set(err, ERR_FORMAT, in->path, ERR_NO_OFFSET,
		       "no kernel is in it (no vmlinux, no vmlinuz or other boot image, no .btf)");
}

int image_parts_open(const struct image_input *in, const struct image_parts_options *o, struct image_parts **ret,
		     struct err *err)
{
	struct image_parts *p = base_calloc(1, sizeof(*p));
	uint64_t start = stage_now_ns();
	int rc = 0;

	arena_init(&p->arena);
	spool_init(&p->spool);
	for (size_t i = 0; !rc && i < in->nfiles; i++)
		rc = open_file(p, o, in->files[i], err);
	rc = rc ? rc : settle(p, o, in->path, err);
	if (!rc) {
		list_kernels(p);
		list_others(p, PART_MODULE);
		list_others(p, PART_CONFIG);
		rc = check_kernel(p, in, err);
	}
	if (rc) {
		image_parts_close(p);
		return rc;
	}
	if (o->stages && p->end)
		stage_add(o->stages, "unpack", start, p->end, p->v.n);
	*ret = p;
	return 0;
}

void image_parts_close(struct image_parts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->maps.n; i++)
		munmap((void *)(uintptr_t)p->maps.v[i].data, p->maps.v[i].size);
	spool_done(&p->spool);
	VEC_DONE(&p->maps);
	VEC_DONE(&p->found);
	VEC_DONE(&p->v);
	arena_done(&p->arena);
	free(p);
}

size_t image_nparts(const struct image_parts *p)
{
	return p->v.n;
}

const struct image_part *image_part(const struct image_parts *p, size_t n)
{
	return &p->v.v[n];
}

uint64_t image_parts_unasked(const struct image_parts *p)
{
	return p->unasked;
}
