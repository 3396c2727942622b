// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The image as it lies in memory: bytes, pointers and texts at an address, relocated, and symbols by address.
 * Never follows a pointer by itself, never knows what a structure of the kernel looks like. Formats: System V
 * ABI, chapter 4 (symbols, relocations); RELA relative types of each machine's supplement.
 */
#include "image/image_int.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

struct space_section {
	uint64_t addr, size;
	const uint8_t *data; /* NULL: zeros */
	bool code;
	const struct image_sec *pending; /* what is to be relocated at the first access; NULL: nothing */
	uint8_t *copy; /* owned: data, relocated */
};

struct space_reloc {
	uint64_t addr, value;
};

struct image_space {
	const struct image *img;
	VEC(struct space_section) secs; /* by address */
	size_t last; /* the section of the last access: tables are read in runs */
	VEC(struct space_reloc) relocs; /* by address */
	struct symbol_cursor symtab;
	struct sort_key *syms; /* address -> place in the symbol table, by address */
	size_t nsyms;
	struct err damage; /* the first relocation of a module that could not be applied */
};

static const uint8_t zeros[IMAGE_ZEROS];

/* ---- bytes ---- */

/* Insertion sort: linkers write sections in rising order, and there are some forty. */
static void add_section(struct image_space *sp, const struct image_sec *sec)
{
	struct space_section new = { sec->hdr.sh_addr, sec->hdr.sh_size, sec->bytes.data,
				     sec->hdr.sh_flags & SHF_EXECINSTR, NULL, NULL };
	size_t i;

	if (sec->relocs && new.data && !new.code)
		new.pending = sec;

	VEC_PUSH(&sp->secs, new);
	for (i = sp->secs.n - 1; i && sp->secs.v[i - 1].addr > new.addr; i--)
		sp->secs.v[i] = sp->secs.v[i - 1];
	sp->secs.v[i] = new;
}

/* What cannot be relocated stays as the file has it. */
static const struct space_section *ready(struct image_space *sp, struct space_section *s)
{
	if (BASE_LIKELY(!s->pending))
		return s;
	s->copy = base_alloc(s->size);
	memcpy(s->copy, s->data, s->size);
	image_relocate(sp->img, s->pending, s->copy, s->size, &sp->damage);
	s->data = s->copy;
	s->pending = NULL;
	return s;
}

static const struct space_section *section_at(struct image_space *sp, uint64_t addr)
{
	size_t lo = 0, hi = sp->secs.n;

	if (sp->last < sp->secs.n) {
		const struct space_section *s = &sp->secs.v[sp->last];

		if (addr >= s->addr && addr - s->addr < s->size)
			return s;
	}
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (sp->secs.v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || addr - sp->secs.v[lo - 1].addr >= sp->secs.v[lo - 1].size)
		return NULL;
	sp->last = lo - 1;
	return ready(sp, &sp->secs.v[lo - 1]);
}

struct cur image_space_at(struct image_space *sp, uint64_t addr, uint64_t n)
{
	const struct space_section *s = section_at(sp, addr);
	struct cur c = cur_init(NULL, 0, image_swapped(sp->img));

	if (!s || n > s->size - (addr - s->addr) || (!s->data && n > IMAGE_ZEROS)) {
		c.bad = true;
		return c;
	}
	return cur_init(s->data ? s->data + (addr - s->addr) : zeros, n, c.swap);
}

bool image_space_uint(struct image_space *sp, uint64_t addr, unsigned int size, uint64_t *ret)
{
	struct cur c = image_space_at(sp, addr, size);
	uint64_t v = c.bad ? 0 : cur_uint(&c, size);

	if (c.bad)
		return false;
	*ret = v;
	return true;
}

static uint64_t relocated(const struct image_space *sp, uint64_t addr)
{
	size_t lo = 0, hi = sp->relocs.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (sp->relocs.v[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < sp->relocs.n && sp->relocs.v[lo].addr == addr ? sp->relocs.v[lo].value : 0;
}

bool image_space_pointer(struct image_space *sp, uint64_t addr, uint64_t *ret)
{
	uint64_t v;

	if (!image_space_uint(sp, addr, sp->img->pointer_size, &v))
		return false;
	*ret = v ? v : relocated(sp, addr);
	return true;
}

struct image_bytes image_space_rest(struct image_space *sp, uint64_t addr)
{
	const struct space_section *s = section_at(sp, addr);

	if (!s || !s->data)
		return (struct image_bytes){ NULL, 0 };
	return (struct image_bytes){ s->data + (addr - s->addr), s->size - (addr - s->addr) };
}

const char *image_space_text(struct image_space *sp, uint64_t addr)
{
	struct image_bytes b = image_space_rest(sp, addr);

	return b.data && memchr(b.data, 0, b.size < IMAGE_TEXT_MAX ? b.size : IMAGE_TEXT_MAX) ? (const char *)b.data : NULL;
}

bool image_space_data(struct image_space *sp, size_t n, uint64_t *addr, struct image_bytes *bytes)
{
	for (size_t i = 0; i < sp->secs.n; i++) {
		if (!sp->secs.v[i].data || sp->secs.v[i].code || n--)
			continue;
		ready(sp, &sp->secs.v[i]);
		*addr = sp->secs.v[i].addr;
		*bytes = (struct image_bytes){ sp->secs.v[i].data, sp->secs.v[i].size };
		return true;
	}
	return false;
}

bool image_space_where(const struct image_space *sp, const char *section, uint64_t *addr, uint64_t *size)
{
	for (size_t i = 0; i < sp->img->secs.n; i++) {
		const struct image_sec *sec = &sp->img->secs.v[i];

		if (!(sec->hdr.sh_flags & SHF_ALLOC) || strcmp(sec->name, section))
			continue;
		*addr = sec->hdr.sh_addr;
		*size = sec->hdr.sh_size;
		return true;
	}
	return false;
}

/* ---- relocations ---- */

uint32_t image_relative_type(const struct image *img)
{
	switch (img->ehdr.e_machine) {
	case EM_X86_64:
		return R_X86_64_RELATIVE;
	case EM_AARCH64:
		return R_AARCH64_RELATIVE;
	case EM_PPC64:
		return R_PPC64_RELATIVE;
	case EM_S390:
		return R_390_RELATIVE;
	case EM_RISCV:
		return R_RISCV_RELATIVE;
	case EM_LOONGARCH:
		return 3; /* R_LARCH_RELATIVE */
	default:
		return 0;
	}
}

static int by_addr(const void *a, const void *b)
{
	const struct space_reloc *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Keeps the relocations whose place holds 0: where it does not, the linker has written the value there too. */
static void read_relocs(struct image_space *sp, const struct image_sec *sec)
{
	struct cur c = cur_init(sec->bytes.data, sec->bytes.size, image_swapped(sp->img));
	bool is64 = sp->img->pointer_size == 8, sorted = true;
	uint32_t wanted = image_relative_type(sp->img);

	while (wanted && cur_left(&c) >= (is64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela))) {
		uint64_t addr = is64 ? cur_u64(&c) : cur_u32(&c), info = is64 ? cur_u64(&c) : cur_u32(&c), at;
		uint64_t value = is64 ? cur_u64(&c) : cur_u32(&c);

		if ((is64 ? (uint32_t)info : (uint32_t)(info & 0xff)) != wanted || !value ||
		    !image_space_uint(sp, addr, sp->img->pointer_size, &at) || at)
			continue;
		sorted = sorted && (!sp->relocs.n || sp->relocs.v[sp->relocs.n - 1].addr < addr);
		VEC_PUSH(&sp->relocs, ((struct space_reloc){ addr, value }));
	}
	if (!sorted)
		qsort(sp->relocs.v, sp->relocs.n, sizeof(*sp->relocs.v), by_addr);
}

/* ---- symbols ---- */

static size_t entry_size(const struct image_space *sp)
{
	return sp->symtab.is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

/*
 * Per-processor symbols of x86 are offsets from 0 in a section at 0, but the linker script's __init_begin is
 * given to the same section with its full address. Symbols of linker scripts are absolute in some images.
 */
static bool in_memory(const struct image *img, const struct symbol_cursor *s)
{
	uint8_t type = GELF_ST_TYPE(s->info);
	const GElf_Shdr *h;

	if (!s->name || !s->value || type == STT_SECTION || type == STT_FILE || s->shndx == SHN_UNDEF)
		return false;
	if (s->shndx == SHN_ABS)
		return true;
	if (s->shndx >= img->secs.n)
		return false;
	h = &img->secs.v[s->shndx].hdr;
	return (h->sh_flags & SHF_ALLOC) && (h->sh_addr || s->value > h->sh_size);
}

/* Only addresses are kept and sorted; what else a symbol says is read when it is asked for. */
static void read_symbols(struct image_space *sp)
{
	struct symbol_cursor s = sp->symtab;

	sp->syms = base_alloc(cur_left(&s.c) / entry_size(sp) * sizeof(*sp->syms));
	for (uint32_t i = 0; image_next_symbol(&s); i++)
		if (in_memory(sp->img, &s))
			sp->syms[sp->nsyms++] = (struct sort_key){ s.value, i };
	sort_keys(sp->syms, sp->nsyms);
}

static enum image_sym_type type_of(uint8_t info)
{
	switch (GELF_ST_TYPE(info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return IMAGE_SYM_FUNC;
	case STT_OBJECT:
		return IMAGE_SYM_OBJECT;
	default:
		return IMAGE_SYM_NOTYPE;
	}
}

static struct image_sym sym_of(const struct symbol_cursor *s)
{
	return (struct image_sym){
		.name = s->name,
		.addr = s->value,
		.size = s->size,
		.section = s->shndx,
		.type = type_of(s->info),
		.bind = image_bind_of(s->info),
	};
}

size_t image_space_nsyms(const struct image_space *sp)
{
	return sp->nsyms;
}

struct image_sym image_space_sym(const struct image_space *sp, size_t n)
{
	struct symbol_cursor s = sp->symtab;

	cur_skip(&s.c, (uint64_t)sp->syms[n].value * entry_size(sp));
	image_next_symbol(&s);
	return sym_of(&s);
}

bool image_space_sym_at(const struct image_space *sp, size_t n, uint64_t addr, struct image_sym *ret)
{
	if (n >= sp->nsyms || sp->syms[n].key != addr)
		return false;
	*ret = image_space_sym(sp, n);
	return true;
}

size_t image_space_first(const struct image_space *sp, uint64_t addr)
{
	size_t lo = 0, hi = sp->nsyms;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (sp->syms[mid].key < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* A few bits of how a name begins, to put most of 200,000 names aside by four bytes. */
static uint32_t beginning(const char *name)
{
	uint32_t v;

	memcpy(&v, name, 4);
	return v * 0x9e3779b1u >> 20;
}

void image_space_find(const struct image_space *sp, struct image_wanted *wanted, size_t n)
{
	struct image_bytes strings = sp->symtab.strings;
	struct symbol_cursor s = sp->symtab;
	bool maybe[1 << 12] = { false };

	for (size_t i = 0; i < n; i++) {
		maybe[beginning(wanted[i].name)] = true;
		wanted[i].sym = NULL;
	}
	while (image_next_symbol(&s)) {
		if (!s.name || strings.size - (size_t)((const uint8_t *)s.name - strings.data) < 5)
			continue;
		if (!maybe[beginning(s.name)] || !in_memory(sp->img, &s))
			continue;
		for (size_t i = 0; i < n; i++)
			if (!wanted[i].sym && !strcmp(wanted[i].name, s.name)) {
				wanted[i].found = sym_of(&s);
				wanted[i].sym = &wanted[i].found;
			}
	}
}

/* ---- the whole ---- */

int image_space_open(const struct image *img, struct image_space **ret, struct err *err)
{
	struct image_space *sp;
	struct symbol_cursor s;
	int rc = image_open_symbols(img, &s, err);

	if (rc)
		return rc;
	sp = base_calloc(1, sizeof(*sp));
	err_clear(&sp->damage);
	sp->img = img;
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];

		/* Per-processor data of x86 lies at 0 and up: no address of its own. */
		if ((sec->hdr.sh_flags & SHF_ALLOC) && sec->hdr.sh_addr && sec->hdr.sh_size &&
		    sec->hdr.sh_addr + sec->hdr.sh_size > sec->hdr.sh_addr)
			add_section(sp, sec);
	}
	for (size_t i = 0; i < img->secs.n; i++)
		if (img->secs.v[i].hdr.sh_type == SHT_RELA && (img->secs.v[i].hdr.sh_flags & SHF_ALLOC))
			read_relocs(sp, &img->secs.v[i]);
	sp->symtab = s;
	read_symbols(sp);
	*ret = sp;
	return 0;
}

const struct err *image_space_damage(const struct image_space *sp)
{
	return sp->damage.code ? &sp->damage : NULL;
}

void image_space_close(struct image_space *sp)
{
	if (!sp)
		return;
	for (size_t i = 0; i < sp->secs.n; i++)
		free(sp->secs.v[i].copy);
	VEC_DONE(&sp->secs);
	VEC_DONE(&sp->relocs);
	free(sp->syms);
	free(sp);
}
