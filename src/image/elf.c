// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ELF kernel images through libelf, over one read-only mapping. Every range that is handed out lies
 * inside the file. Never interprets debug information. Format: System V ABI, chapters 4 and 5.
 */
#include "image/image_int.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

static const char *arch_of(const GElf_Ehdr *eh)
{
	bool is64 = eh->e_ident[EI_CLASS] == ELFCLASS64;
	bool little = eh->e_ident[EI_DATA] == ELFDATA2LSB;

	switch (eh->e_machine) {
	case EM_X86_64:
		return "amd64";
	case EM_386:
		return "i386";
	case EM_AARCH64:
		return "arm64";
	case EM_ARM:
		return "armhf";
	case EM_PPC64:
		return little ? "ppc64el" : "ppc64";
	case EM_PPC:
		return "powerpc";
	case EM_RISCV:
		return is64 ? "riscv64" : "riscv32";
	case EM_S390:
		return is64 ? "s390x" : "s390";
	case EM_LOONGARCH:
		return is64 ? "loongarch64" : "loongarch32";
	case EM_MIPS:
		return is64 ? (little ? "mips64el" : "mips64") : (little ? "mipsel" : "mips");
	case EM_SPARCV9:
		return "sparc64";
	default:
		return NULL;
	}
}

static int bad(const struct image *img, uint64_t offset, struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, img->path, offset, "%s", what);
}

static int read_sections(struct image *img, struct err *err)
{
	size_t n, shstrndx;

	if (elf_getshdrnum(img->elf, &n) || elf_getshdrstrndx(img->elf, &shstrndx))
		return err_set(err, ERR_FORMAT, img->path, img->ehdr.e_shoff,
			       "section headers cannot be read: %s (truncated file?)",
			       elf_errmsg(-1));
	if (n > img->size / sizeof(Elf32_Shdr))
		return bad(img, img->ehdr.e_shoff, err, "more section headers than the file has room for");
	for (size_t i = 0; i < n; i++) {
		Elf_Scn *scn = elf_getscn(img->elf, i);
		struct image_sec *sec = VEC_ADD(&img->secs);
		const char *name;

		*sec = (struct image_sec){ .name = "" };
		if (!scn || !gelf_getshdr(scn, &sec->hdr))
			return err_set(err, ERR_FORMAT, img->path, img->ehdr.e_shoff,
				       "section header %zu cannot be read: %s", i, elf_errmsg(-1));
		name = elf_strptr(img->elf, shstrndx, sec->hdr.sh_name);
		if (name)
			sec->name = name;
		if (sec->hdr.sh_type == SHT_NOBITS || sec->hdr.sh_type == SHT_NULL)
			continue;
		if (sec->hdr.sh_offset > img->size ||
		    sec->hdr.sh_size > img->size - sec->hdr.sh_offset)
			return err_set(err, ERR_FORMAT, img->path, sec->hdr.sh_offset,
				       "section %zu (%s, %llu bytes) runs past the end of the file",
				       i, sec->name, (unsigned long long)sec->hdr.sh_size);
		sec->bytes = (struct image_bytes){ img->data + sec->hdr.sh_offset, sec->hdr.sh_size };
	}
	return 0;
}

static int open_elf(struct image *img, struct err *err)
{
	int rc;

	elf_version(EV_CURRENT);
	img->elf = elf_memory((char *)(uintptr_t)img->data, img->size);
	if (!img->elf || elf_kind(img->elf) != ELF_K_ELF || !gelf_getehdr(img->elf, &img->ehdr))
		return bad(img, 0, err, "the ELF header cannot be read (truncated file?)");
	if (img->ehdr.e_type != ET_EXEC && img->ehdr.e_type != ET_DYN && img->ehdr.e_type != ET_REL)
		return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET,
			       "an ELF file of type %u, neither a kernel image (vmlinux) nor a module", img->ehdr.e_type);
	img->arch = arch_of(&img->ehdr);
	if (!img->arch)
		return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET,
			       "ELF machine %u is no architecture that ksurf knows", img->ehdr.e_machine);
	img->pointer_size = img->ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	img->big_endian = img->ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	rc = read_sections(img, err);
	if (rc)
		return rc;
	return img->ehdr.e_type == ET_REL ? image_open_module(img, err) : image_open_stripped(img, err);
}

/* Raw BTF: one section, of a machine that nothing tells. Both byte orders of its magic. */
static bool is_btf(const struct image *img)
{
	return img->size >= 24 && (!memcmp(img->data, "\x9f\xeb\x01", 3) || !memcmp(img->data, "\xeb\x9f\x01", 3));
}

static int open_types(struct image *img)
{
	img->kind = IMAGE_TYPES;
	img->arch = "";
	img->pointer_size = 0;
	img->big_endian = img->data[0] == 0xeb;
	VEC_PUSH(&img->secs, (struct image_sec){ .name = "" });
	VEC_PUSH(&img->secs, ((struct image_sec){ .name = ".BTF", .hdr = { .sh_type = SHT_PROGBITS, .sh_size = img->size },
						  .bytes = { img->data, img->size } }));
	return 0;
}

int image_open_bytes(struct image *img, struct err *err)
{
	if (img->size == 0)
		return bad(img, ERR_NO_OFFSET, err, "empty file");
	if (img->size >= EI_NIDENT && !memcmp(img->data, ELFMAG, SELFMAG))
		return open_elf(img, err);
	return is_btf(img) ? open_types(img) : image_open_boot(img, err);
}

int image_open_limited(const char *path, const void *data, uint64_t size, uint64_t payload_max, struct image **ret,
		       struct err *err)
{
	struct image *img = base_calloc(1, sizeof(*img));
	int rc;

	arena_init(&img->arena);
	img->path = arena_strndup(&img->arena, path, strlen(path));
	img->data = img->file = data;
	img->size = img->file_size = size;
	img->payload_max = payload_max;
	rc = image_open_bytes(img, err);
	if (rc)
		image_close(img);
	else
		*ret = img;
	return rc;
}

int image_open_mem(const char *path, const void *data, uint64_t size, struct image **ret,
		   struct err *err)
{
	return image_open_limited(path, data, size, IMAGE_PAYLOAD_MAX, ret, err);
}

int image_open_part(const struct image_part *part, struct image **ret, struct err *err)
{
	return image_open_limited(part->path, part->data, part->size,
				  part->payload_max ? part->payload_max : IMAGE_PAYLOAD_MAX, ret, err);
}

int image_open(const char *path, struct image **ret, struct err *err)
{
	struct stat st;
	void *map = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0 || fstat(fd, &st)) {
		rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "not a regular file");
		goto out;
	}
	if (st.st_size) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED) {
			rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be mapped: %s",
				     strerror(errno));
			goto out;
		}
	}
	rc = image_open_mem(path, map, (uint64_t)st.st_size, ret, err);
	if (!rc)
		(*ret)->mapped = true;
	else if (map)
		munmap(map, (size_t)st.st_size);
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

void image_close(struct image *img)
{
	if (!img)
		return;
	for (size_t i = 0; i < img->secs.n; i++)
		free(img->secs.v[i].inflated);
	VEC_DONE(&img->secs);
	if (img->live)
		image_live_done(img->live);
	elf_end(img->elf);
	if (img->mapped && img->file_size)
		munmap((void *)(uintptr_t)img->file, img->file_size);
	free(img->payload);
	arena_done(&img->arena);
	free(img);
}

const char *image_path(const struct image *img)
{
	return img->path;
}

const char *image_arch(const struct image *img)
{
	return img->arch;
}

enum image_kind image_kind(const struct image *img)
{
	return img->kind;
}

uint64_t image_file_size(const struct image *img)
{
	return img->file_size;
}

unsigned int image_pointer_size(const struct image *img)
{
	return img->pointer_size;
}

bool image_swapped(const struct image *img)
{
	return img->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

struct image_sec *image_find_sec(struct image *img, const char *name)
{
	for (size_t i = 0; i < img->secs.n; i++)
		if (!strcmp(img->secs.v[i].name, name))
			return &img->secs.v[i];
	return NULL;
}

bool image_section_place(const struct image *img, const char *name, uint64_t *addr, uint64_t *size)
{
	for (size_t i = 0; i < img->secs.n; i++) {
		if (strcmp(img->secs.v[i].name, name))
			continue;
		*addr = img->secs.v[i].hdr.sh_addr;
		*size = img->secs.v[i].hdr.sh_size;
		return true;
	}
	return false;
}

/* Decompresses and relocates; `sec` is left as it was on failure. */
static int own_bytes(struct image *img, struct image_sec *sec, bool compressed, struct err *err)
{
	int rc = 0;

	if (compressed) {
		rc = image_inflate(img, sec, err);
	} else {
		sec->inflated = base_alloc(sec->bytes.size);
		sec->inflated_size = sec->bytes.size;
		memcpy(sec->inflated, sec->bytes.data, sec->bytes.size);
	}
	if (!rc && sec->relocs)
		rc = image_relocate(img, sec, sec->inflated, sec->inflated_size, err);
	if (rc) {
		free(sec->inflated);
		sec->inflated = NULL;
	}
	return rc;
}

int image_section(struct image *img, const char *name, struct image_bytes *ret, struct err *err)
{
	struct image_sec *sec = image_find_sec(img, name);
	bool compressed;
	char zname[64];
	int rc;

	/* binutils before 2.26 named compressed sections .zdebug_*; some distributions still do. */
	if (!sec && !strncmp(name, ".debug_", 7)) {
		snprintf(zname, sizeof(zname), ".z%s", name + 1);
		sec = image_find_sec(img, zname);
	}
	if (!sec) {
		*ret = (struct image_bytes){ NULL, 0 };
		return 0;
	}
	compressed = (sec->hdr.sh_flags & SHF_COMPRESSED) || !strncmp(sec->name, ".zdebug_", 8);
	if (!sec->bytes.size || (!compressed && !sec->relocs)) {
		*ret = sec->bytes;
		return 0;
	}
	if (!sec->inflated && (rc = own_bytes(img, sec, compressed, err)))
		return rc;
	*ret = (struct image_bytes){ sec->inflated, sec->inflated_size };
	return 0;
}

const char *image_section_name(const struct image *img, uint32_t section)
{
	if (section == SHN_ABS)
		return "SHN_ABS";
	return section < img->secs.n ? img->secs.v[section].name : "";
}

struct image_bytes image_at(const struct image *img, uint64_t addr)
{
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];

		if ((sec->hdr.sh_flags & SHF_ALLOC) && sec->bytes.data && addr >= sec->hdr.sh_addr &&
		    addr - sec->hdr.sh_addr < sec->bytes.size)
			return (struct image_bytes){ sec->bytes.data + (addr - sec->hdr.sh_addr),
						     sec->bytes.size - (addr - sec->hdr.sh_addr) };
	}
	return (struct image_bytes){ NULL, 0 };
}

bool image_next_symbol(struct symbol_cursor *s)
{
	struct cur *c = &s->c;
	uint32_t name;

	if (cur_left(c) < (s->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)))
		return false;
	name = cur_u32(c);
	if (s->is64) {
		s->info = cur_u8(c);
		cur_u8(c);
		s->shndx = cur_u16(c);
		s->value = cur_u64(c);
		s->size = cur_u64(c);
	} else {
		s->value = cur_u32(c);
		s->size = cur_u32(c);
		s->info = cur_u8(c);
		cur_u8(c);
		s->shndx = cur_u16(c);
	}
	/* The table ends with a NUL (image_open_symbols), so that any offset inside it is a closed text. */
	s->name = name < s->strings.size ? (const char *)s->strings.data + name : NULL;
	/* A module's symbols are places in sections. */
	if (s->img->kind == IMAGE_MODULE && s->shndx < s->img->secs.n)
		s->value += s->img->secs.v[s->shndx].hdr.sh_addr;
	return true;
}

enum symbol_bind image_bind_of(uint8_t info)
{
	switch (GELF_ST_BIND(info)) {
	case STB_LOCAL:
		return BIND_LOCAL;
	case STB_GLOBAL:
		return BIND_GLOBAL;
	case STB_WEAK:
		return BIND_WEAK;
	default:
		return BIND_OTHER;
	}
}

static const struct image_sec *symtab_of(const struct image *img)
{
	for (size_t i = 0; i < img->secs.n; i++)
		if (img->secs.v[i].hdr.sh_type == SHT_SYMTAB &&
		    img->secs.v[i].hdr.sh_link < img->secs.n)
			return &img->secs.v[i];
	return NULL;
}

int image_open_symbols(const struct image *img, struct symbol_cursor *s, struct err *err)
{
	const struct image_sec *sec = symtab_of(img);

	*s = (struct symbol_cursor){ .img = img, .c = cur_init(NULL, 0, false), .is64 = img->pointer_size == 8 };
	if (!sec && img->symbols_err.code)
		return err_set(err, img->symbols_err.code, img->symbols_err.where, img->symbols_err.offset, "%s",
			       img->symbols_err.msg);
	if (!sec)
		return 0;
	s->strings = img->secs.v[sec->hdr.sh_link].bytes;
	if (!s->strings.size || s->strings.data[s->strings.size - 1])
		return err_set(err, ERR_FORMAT, img->path, sec->hdr.sh_offset,
			       "the symbol table's strings are not closed");
	s->c = cur_init(sec->bytes.data, sec->bytes.size, image_swapped(img));
	return 0;
}

int image_symbols(const struct image *img, struct image_symbols *ret, struct err *err)
{
	struct symbol_cursor s;
	int rc = image_open_symbols(img, &s, err);

	*ret = (struct image_symbols){ 0 };
	while (!rc && image_next_symbol(&s)) {
		if (GELF_ST_TYPE(s.info) != STT_FUNC || s.shndx == SHN_UNDEF)
			continue;
		if (s.name)
			VEC_PUSH(&ret->v, ((struct image_symbol){ s.name, s.value, s.size, s.shndx, image_bind_of(s.info) }));
		else
			ret->nbad++;
	}
	return rc;
}

int image_objects(const struct image *img, const char *section, struct image_symbols *ret, struct err *err)
{
	struct symbol_cursor s;
	int rc = image_open_symbols(img, &s, err);

	*ret = (struct image_symbols){ 0 };
	while (!rc && image_next_symbol(&s))
		if (GELF_ST_TYPE(s.info) == STT_OBJECT && s.name && s.shndx < img->secs.n &&
		    !strcmp(img->secs.v[s.shndx].name, section))
			VEC_PUSH(&ret->v, ((struct image_symbol){ s.name, s.value, s.size, s.shndx, image_bind_of(s.info) }));
	return rc;
}

uint64_t image_symbol_value(const struct image *img, const char *name)
{
	struct err err = ERR_INIT;
	struct symbol_cursor s;

	if (!image_open_symbols(img, &s, &err))
		while (image_next_symbol(&s))
			if (s.name && !strcmp(s.name, name))
				return s.value;
	return 0;
}

void image_symbols_done(struct image_symbols *s)
{
	VEC_DONE(&s->v);
}

void image_sha256(const struct image *img, char hex[static IMAGE_SHA256_HEX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, img->file_size, img->file);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	hex[2 * sizeof(digest)] = '\0';
}
