// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules: relocatable ELF files (.ko, .ko.debug). Gives allocated sections addresses and applies relocations to
 * private copies of what is asked for: debug sections and data, never code. The file is not changed, and what
 * is not asked for costs nothing. Formats: System V ABI, chapter 4; the relocation types of each machine's
 * supplement (psABI), and of LoongArch and RISC-V the pairs that add and subtract.
 */
#include "image/image_int.h"

#include <stdio.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/*
 * The first section lies here: not 0, which is no address, and low, so that an address is short where it is stored
 * and read. A kernel lays a module elsewhere, and each time elsewhere.
 */
#define MODULE_BASE 0x100000ull
/* What all sections may take, .bss too: addresses stay below those of any kernel. */
#define MODULE_MAX (1ull << 30)
#define ALIGN_MAX (1ull << 24)

/* ---- what a type of relocation does ---- */

enum op {
	OP_UNKNOWN,
	OP_NONE,
	OP_ABS,	   /* S + A */
	OP_PC,	   /* S + A - P */
	OP_PREL31, /* the same in 31 bits; the highest bit stays */
	OP_ADD,	   /* what stands there + S + A */
	OP_SUB,	   /* what stands there - S - A */
	OP_SET6,   /* the lower 6 bits of a byte */
	OP_ADD6,
	OP_SUB6,
	OP_SET_LEB, /* an unsigned LEB128 number that keeps its length */
	OP_ADD_LEB,
	OP_SUB_LEB,
};

struct action {
	enum op op;
	unsigned int size; /* bytes of the place */
};

/* Types that binutils and LLVM use and <elf.h> may lack. */
enum {
	AARCH64_PLT32 = 314,
	RISCV_PLT32 = 59, RISCV_SET_ULEB128 = 60, RISCV_SUB_ULEB128 = 61,
	LARCH_32 = 1, LARCH_64 = 2, LARCH_MARK_LA = 20, LARCH_MARK_PCREL = 21,
	LARCH_ADD8 = 47, LARCH_ADD16, LARCH_ADD24, LARCH_ADD32, LARCH_ADD64,
	LARCH_SUB8 = 52, LARCH_SUB16, LARCH_SUB24, LARCH_SUB32, LARCH_SUB64,
	LARCH_32_PCREL = 99, LARCH_RELAX = 100, LARCH_ALIGN = 102, LARCH_ADD6 = 105, LARCH_SUB6 = 106,
	LARCH_ADD_ULEB128 = 107, LARCH_SUB_ULEB128 = 108, LARCH_64_PCREL = 109,
};

static struct action x86_64_action(uint32_t type)
{
	switch (type) {
	case R_X86_64_NONE:
		return (struct action){ OP_NONE, 0 };
	case R_X86_64_64:
		return (struct action){ OP_ABS, 8 };
	case R_X86_64_32:
	case R_X86_64_32S:
		return (struct action){ OP_ABS, 4 };
	case R_X86_64_16:
		return (struct action){ OP_ABS, 2 };
	case R_X86_64_8:
		return (struct action){ OP_ABS, 1 };
	case R_X86_64_PC64:
		return (struct action){ OP_PC, 8 };
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return (struct action){ OP_PC, 4 };
	case R_X86_64_PC16:
		return (struct action){ OP_PC, 2 };
	case R_X86_64_PC8:
		return (struct action){ OP_PC, 1 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action i386_action(uint32_t type)
{
	switch (type) {
	case R_386_NONE:
		return (struct action){ OP_NONE, 0 };
	case R_386_32:
		return (struct action){ OP_ABS, 4 };
	case R_386_16:
		return (struct action){ OP_ABS, 2 };
	case R_386_8:
		return (struct action){ OP_ABS, 1 };
	case R_386_PC32:
	case R_386_PLT32:
		return (struct action){ OP_PC, 4 };
	case R_386_PC16:
		return (struct action){ OP_PC, 2 };
	case R_386_PC8:
		return (struct action){ OP_PC, 1 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action arm64_action(uint32_t type)
{
	switch (type) {
	case R_AARCH64_NONE:
	case 256: /* R_AARCH64_NONE of early drafts */
		return (struct action){ OP_NONE, 0 };
	case R_AARCH64_ABS64:
		return (struct action){ OP_ABS, 8 };
	case R_AARCH64_ABS32:
		return (struct action){ OP_ABS, 4 };
	case R_AARCH64_ABS16:
		return (struct action){ OP_ABS, 2 };
	case R_AARCH64_PREL64:
		return (struct action){ OP_PC, 8 };
	case R_AARCH64_PREL32:
	case AARCH64_PLT32:
		return (struct action){ OP_PC, 4 };
	case R_AARCH64_PREL16:
		return (struct action){ OP_PC, 2 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action arm_action(uint32_t type)
{
	switch (type) {
	case R_ARM_NONE:
	case R_ARM_V4BX:
		return (struct action){ OP_NONE, 0 };
	case R_ARM_ABS32:
	case R_ARM_TARGET1: /* absolute on Linux */
		return (struct action){ OP_ABS, 4 };
	case R_ARM_ABS16:
		return (struct action){ OP_ABS, 2 };
	case R_ARM_ABS8:
		return (struct action){ OP_ABS, 1 };
	case R_ARM_REL32:
		return (struct action){ OP_PC, 4 };
	case R_ARM_PREL31:
		return (struct action){ OP_PREL31, 4 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action ppc64_action(uint32_t type)
{
	switch (type) {
	case R_PPC64_NONE:
		return (struct action){ OP_NONE, 0 };
	case R_PPC64_ADDR64:
	case R_PPC64_UADDR64:
		return (struct action){ OP_ABS, 8 };
	case R_PPC64_ADDR32:
	case R_PPC64_UADDR32:
		return (struct action){ OP_ABS, 4 };
	case R_PPC64_ADDR16:
	case R_PPC64_UADDR16:
		return (struct action){ OP_ABS, 2 };
	case R_PPC64_REL64:
		return (struct action){ OP_PC, 8 };
	case R_PPC64_REL32:
		return (struct action){ OP_PC, 4 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action s390_action(uint32_t type)
{
	switch (type) {
	case R_390_NONE:
		return (struct action){ OP_NONE, 0 };
	case R_390_64:
		return (struct action){ OP_ABS, 8 };
	case R_390_32:
		return (struct action){ OP_ABS, 4 };
	case R_390_16:
		return (struct action){ OP_ABS, 2 };
	case R_390_8:
		return (struct action){ OP_ABS, 1 };
	case R_390_PC64:
		return (struct action){ OP_PC, 8 };
	case R_390_PC32:
		return (struct action){ OP_PC, 4 };
	case R_390_PC16:
		return (struct action){ OP_PC, 2 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action riscv_action(uint32_t type)
{
	switch (type) {
	case R_RISCV_NONE:
	case R_RISCV_RELAX:
	case R_RISCV_ALIGN:
		return (struct action){ OP_NONE, 0 };
	case R_RISCV_64:
		return (struct action){ OP_ABS, 8 };
	case R_RISCV_32:
	case R_RISCV_SET32:
		return (struct action){ OP_ABS, 4 };
	case R_RISCV_SET16:
		return (struct action){ OP_ABS, 2 };
	case R_RISCV_SET8:
		return (struct action){ OP_ABS, 1 };
	case R_RISCV_32_PCREL:
	case RISCV_PLT32:
		return (struct action){ OP_PC, 4 };
	case R_RISCV_ADD8:
	case R_RISCV_ADD16:
	case R_RISCV_ADD32:
	case R_RISCV_ADD64:
		return (struct action){ OP_ADD, 1u << (type - R_RISCV_ADD8) };
	case R_RISCV_SUB8:
	case R_RISCV_SUB16:
	case R_RISCV_SUB32:
	case R_RISCV_SUB64:
		return (struct action){ OP_SUB, 1u << (type - R_RISCV_SUB8) };
	case R_RISCV_SET6:
		return (struct action){ OP_SET6, 1 };
	case R_RISCV_SUB6:
		return (struct action){ OP_SUB6, 1 };
	case RISCV_SET_ULEB128:
		return (struct action){ OP_SET_LEB, 1 };
	case RISCV_SUB_ULEB128:
		return (struct action){ OP_SUB_LEB, 1 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

static struct action loongarch_action(uint32_t type)
{
	static const uint8_t sizes[] = { 1, 2, 3, 4, 8 };

	switch (type) {
	case 0:
	case LARCH_MARK_LA:
	case LARCH_MARK_PCREL:
	case LARCH_RELAX:
	case LARCH_ALIGN:
		return (struct action){ OP_NONE, 0 };
	case LARCH_64:
		return (struct action){ OP_ABS, 8 };
	case LARCH_32:
		return (struct action){ OP_ABS, 4 };
	case LARCH_64_PCREL:
		return (struct action){ OP_PC, 8 };
	case LARCH_32_PCREL:
		return (struct action){ OP_PC, 4 };
	case LARCH_ADD8:
	case LARCH_ADD16:
	case LARCH_ADD24:
	case LARCH_ADD32:
	case LARCH_ADD64:
		return (struct action){ OP_ADD, sizes[type - LARCH_ADD8] };
	case LARCH_SUB8:
	case LARCH_SUB16:
	case LARCH_SUB24:
	case LARCH_SUB32:
	case LARCH_SUB64:
		return (struct action){ OP_SUB, sizes[type - LARCH_SUB8] };
	case LARCH_ADD6:
		return (struct action){ OP_ADD6, 1 };
	case LARCH_SUB6:
		return (struct action){ OP_SUB6, 1 };
	case LARCH_ADD_ULEB128:
		return (struct action){ OP_ADD_LEB, 1 };
	case LARCH_SUB_ULEB128:
		return (struct action){ OP_SUB_LEB, 1 };
	default:
		return (struct action){ OP_UNKNOWN, 0 };
	}
}

typedef struct action (*action_fn)(uint32_t type);

/* NULL: a machine whose relocations are not known. */
static action_fn actions_of(const struct image *img)
{
	switch (img->ehdr.e_machine) {
	case EM_X86_64:
		return x86_64_action;
	case EM_386:
		return i386_action;
	case EM_AARCH64:
		return arm64_action;
	case EM_ARM:
		return arm_action;
	case EM_PPC64:
		return ppc64_action;
	case EM_S390:
		return s390_action;
	case EM_RISCV:
		return riscv_action;
	case EM_LOONGARCH:
		return loongarch_action;
	default:
		return NULL;
	}
}

/* ---- applying ---- */

/* The section that is relocated, and what is looked up for it. */
struct place {
	const struct image *img;
	const struct image_sec *sec;
	uint8_t *to;
	uint64_t size;
	action_fn action;
	struct symbol_cursor symtab;
	uint64_t nsyms;
	uint32_t sym; /* the last one: most of a section's relocations are to few symbols */
	uint64_t value;
};

static int bad_reloc(const struct place *p, uint64_t offset, struct err *err, const char *what, uint64_t number)
{
	char where[sizeof(err->where)];

	snprintf(where, sizeof(where), "%s:%s", p->img->path, p->sec->name);
	return err_set(err, ERR_FORMAT, where, offset, "%s %llu", what, (unsigned long long)number);
}

static uint64_t entry_size(const struct symbol_cursor *s)
{
	return s->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

/* The address of a symbol; 0 of one that another module or the kernel has, and in sections that are not loaded. */
static bool find_symbol(struct place *p, uint32_t sym)
{
	struct symbol_cursor s = p->symtab;

	if (sym >= p->nsyms)
		return false;
	if (sym == p->sym)
		return true;
	cur_skip(&s.c, sym * entry_size(&s));
	if (!image_next_symbol(&s) || s.shndx == SHN_XINDEX)
		return false;
	p->sym = sym;
	p->value = s.shndx == SHN_UNDEF ? 0 : s.value;
	return true;
}

static uint64_t get(const struct place *p, uint64_t at, unsigned int size)
{
	struct cur c = cur_init(p->to + at, size, p->symtab.c.swap);

	return cur_uint(&c, size);
}

static void put(struct place *p, uint64_t at, unsigned int size, uint64_t v)
{
	uint32_t v4 = (uint32_t)v;

	/* Nearly all places are of 4 bytes. */
	if (size == 4) {
		v4 = p->symtab.c.swap ? __builtin_bswap32(v4) : v4;
		memcpy(p->to + at, &v4, 4);
		return;
	}
	for (unsigned int i = 0; i < size; i++)
		p->to[at + i] = (uint8_t)(v >> 8 * (p->img->big_endian ? size - 1 - i : i));
}

/* Modulo what the number's bytes hold: between the relocations of a pair it may be too large. False: not closed. */
static bool put_leb(struct place *p, uint64_t at, enum op op, uint64_t v)
{
	uint64_t end = at, old = 0;

	do {
		if (end == p->size || end - at == 10)
			return false;
		old |= (uint64_t)(p->to[end] & 0x7f) << (7 * (end - at));
	} while (p->to[end++] & 0x80);
	v = op == OP_ADD_LEB ? old + v : op == OP_SUB_LEB ? old - v : v;
	for (; at < end; at++, v >>= 7)
		p->to[at] = (uint8_t)((p->to[at] & 0x80) | (v & 0x7f));
	return true;
}

static int64_t sign_extend(uint64_t v, unsigned int size)
{
	return (int64_t)(v << (64 - 8 * size)) >> (64 - 8 * size);
}

/* `v` is S + A of a place that lies in the section. False when the bytes there cannot be such a place. */
static bool apply(struct place *p, struct action a, uint64_t at, uint64_t v)
{
	uint64_t here = p->sec->hdr.sh_addr + at;

	switch (a.op) {
	case OP_ABS:
		put(p, at, a.size, v);
		return true;
	case OP_PC:
		put(p, at, a.size, v - here);
		return true;
	case OP_PREL31:
		put(p, at, 4, (get(p, at, 4) & 0x80000000) | ((v - here) & 0x7fffffff));
		return true;
	case OP_ADD:
		put(p, at, a.size, get(p, at, a.size) + v);
		return true;
	case OP_SUB:
		put(p, at, a.size, get(p, at, a.size) - v);
		return true;
	case OP_SET6:
		p->to[at] = (uint8_t)((p->to[at] & 0xc0) | (v & 0x3f));
		return true;
	case OP_ADD6:
		p->to[at] = (uint8_t)((p->to[at] & 0xc0) | ((p->to[at] + v) & 0x3f));
		return true;
	case OP_SUB6:
		p->to[at] = (uint8_t)((p->to[at] & 0xc0) | ((p->to[at] - v) & 0x3f));
		return true;
	default:
		return put_leb(p, at, a.op, v);
	}
}

static int apply_section(struct place *p, const struct image_sec *rel, struct err *err)
{
	struct cur c = cur_init(rel->bytes.data, rel->bytes.size, p->symtab.c.swap);
	bool is64 = p->symtab.is64, has_addend = rel->hdr.sh_type == SHT_RELA;
	unsigned int word = is64 ? 8 : 4;

	if (cur_left(&c) % (word * (has_addend ? 3u : 2u)))
		return bad_reloc(p, ERR_NO_OFFSET, err, "has a damaged section of relocations, of bytes", cur_left(&c));
	while (cur_left(&c)) {
		uint64_t at = is64 ? cur_u64(&c) : cur_u32(&c), info = is64 ? cur_u64(&c) : cur_u32(&c);
		uint64_t addend = !has_addend ? 0 : is64 ? cur_u64(&c) : (uint64_t)(int32_t)cur_u32(&c);
		uint32_t sym = is64 ? (uint32_t)(info >> 32) : (uint32_t)info >> 8;
		uint32_t type = is64 ? (uint32_t)info : info & 0xff;
		struct action a = p->action(type);

		if (a.op == OP_NONE)
			continue;
		if (a.op == OP_UNKNOWN)
			return bad_reloc(p, at, err, "a relocation of unknown type", type);
		if (at > p->size || a.size > p->size - at)
			return bad_reloc(p, at, err, "a relocation behind the section's end, of type", type);
		if (!find_symbol(p, sym))
			return bad_reloc(p, at, err, "a relocation to no symbol, number", sym);
		if (!has_addend)
			addend = a.op == OP_PREL31 ? (uint64_t)(sign_extend(get(p, at, 4) << 1, 4) >> 1) :
						     (uint64_t)sign_extend(get(p, at, a.size), a.size);
		if (!apply(p, a, at, p->value + addend))
			return bad_reloc(p, at, err, "a relocation of a number that is not closed, of type", type);
	}
	return 0;
}

int image_relocate(const struct image *img, const struct image_sec *sec, uint8_t *to, uint64_t size, struct err *err)
{
	struct place p = {
		.img = img,
		.sec = sec,
		.to = to,
		.size = size,
		.action = actions_of(img),
		.sym = UINT32_MAX,
	};
	int rc;

	if (!p.action)
		return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET, "a module of %s: its relocations are not known",
			       img->arch);
	rc = image_open_symbols(img, &p.symtab, err);
	p.nsyms = cur_left(&p.symtab.c) / entry_size(&p.symtab);
	p.symtab.c.swap = image_swapped(img); /* also without a symbol table */
	for (uint32_t i = sec->relocs; !rc && i; i = img->secs.v[i].next_relocs)
		rc = apply_section(&p, &img->secs.v[i], err);
	return rc;
}

/* ---- opening ---- */

/* Chains the relocation sections of each section, in their order. */
static int find_relocs(struct image *img, struct err *err)
{
	for (size_t i = img->secs.n; i-- > 1;) {
		struct image_sec *rel = &img->secs.v[i];

		if ((rel->hdr.sh_type != SHT_REL && rel->hdr.sh_type != SHT_RELA) || !rel->bytes.size)
			continue;
		if (rel->hdr.sh_info >= img->secs.n || rel->hdr.sh_info == i)
			return err_set(err, ERR_FORMAT, img->path, rel->hdr.sh_offset,
				       "%s relocates section %u, which does not exist", rel->name, rel->hdr.sh_info);
		rel->next_relocs = img->secs.v[rel->hdr.sh_info].relocs;
		img->secs.v[rel->hdr.sh_info].relocs = (uint32_t)i;
	}
	return 0;
}

/* By index, with a byte between them at least, so that the end of one is not the start of the next. */
static int lay_out(struct image *img, struct err *err)
{
	uint64_t at = MODULE_BASE;

	for (size_t i = 0; i < img->secs.n; i++) {
		GElf_Shdr *h = &img->secs.v[i].hdr;
		uint64_t align = h->sh_addralign ? h->sh_addralign : 1;

		h->sh_addr = 0;
		if (!(h->sh_flags & SHF_ALLOC) || h->sh_type == SHT_NULL)
			continue;
		if ((align & (align - 1)) || align > ALIGN_MAX || h->sh_size > MODULE_MAX)
			return err_set(err, ERR_FORMAT, img->path, h->sh_offset, "section %zu (%s) of %llu bytes, aligned to %llu",
				       i, img->secs.v[i].name, (unsigned long long)h->sh_size, (unsigned long long)align);
		h->sh_addr = (at + align - 1) & ~(align - 1);
		at = h->sh_addr + h->sh_size + 1;
		if (at > MODULE_MAX)
			return err_set(err, ERR_FORMAT, img->path, h->sh_offset, "sections of more than %llu bytes",
				       MODULE_MAX);
	}
	return 0;
}

int image_open_module(struct image *img, struct err *err)
{
	int rc = lay_out(img, err);

	img->kind = IMAGE_MODULE;
	return rc ? rc : find_relocs(img, err);
}

/* ---- what it says of itself ---- */

/* The file's name up to .ko, in the arena. */
static char *file_name(struct image *img)
{
	const char *slash = strrchr(img->path, '/'), *colon = strrchr(img->path, ':');
	const char *name = slash ? slash + 1 : colon ? colon + 1 : img->path, *end = strstr(name, ".ko");

	return arena_strndup(&img->arena, name, end ? (size_t)(end - name) : strlen(name));
}

struct image_modinfo image_modinfo(struct image *img)
{
	const struct image_sec *sec = image_find_sec(img, ".modinfo");
	struct image_modinfo ret = { "", "" };
	struct cur c = cur_init(NULL, 0, false);
	const char *word;
	char *name;

	if (sec)
		c = cur_init(sec->bytes.data, sec->bytes.size, false);
	while (cur_left(&c) && (word = cur_str(&c))) {
		if (!strncmp(word, "name=", 5))
			ret.name = word + 5;
		else if (!strncmp(word, "vermagic=", 9))
			ret.release = arena_strndup(&img->arena, word + 9, strcspn(word + 9, " "));
	}
	if (!*ret.name) {
		name = file_name(img);
		for (char *p = name; *p; p++)
			*p = *p == '-' ? '_' : *p;
		ret.name = name;
	}
	return ret;
}
