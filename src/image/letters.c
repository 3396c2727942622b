// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Symbols with letters, as nm and /proc/kallsyms show them, made into the symbol table of an image that has none:
 * .symtab and .strtab of the image's class and byte order. Never reads the image's bytes. Formats: System V ABI,
 * chapter 4; nm(1) for the letters.
 */
#include "image/image_int.h"

/* A range of addresses and the section that it is. */
struct range {
	uint64_t addr, end;
	uint32_t shndx;
	bool code;
};

struct ranges {
	VEC(struct range) v; /* by address */
	size_t last; /* that of the last symbol, and one: most lie by address */
};

static void add_range(struct ranges *r, struct range new)
{
	size_t i;

	VEC_PUSH(&r->v, new);
	for (i = r->v.n - 1; i && r->v.v[i - 1].addr > new.addr; i--)
		r->v.v[i] = r->v.v[i - 1];
	r->v.v[i] = new;
}

/* The first range that begins behind an address. */
static size_t range_behind(const struct ranges *r, uint64_t addr)
{
	size_t lo = 0, hi = r->v.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (r->v.v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The .data of x86 is executable in some kernels (7.2); nm then has t for each object in it. */
static bool section_is_code(const struct image_sec *sec)
{
	return (sec->hdr.sh_flags & SHF_EXECINSTR) && strncmp(sec->name, ".data", 5);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

/*
 * Letters have no type: what is code in an ELF file's table as a function has the same letter as a label there. The
 * marks that linker scripts put into code, and what assemblers name by themselves, are no functions.
 */
static bool is_label(const char *name)
{
	static const char *const marks[] = { "_text", "_stext", "_etext", "_sinittext", "_einittext" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strcmp(name, marks[i]))
			return true;
	if (name[0] == '.' || strchr(name, '$'))
		return true;
	return name[0] == '_' && strstr(name, "text_") &&
	       (ends_with(name, "_start") || ends_with(name, "_end") || ends_with(name, "_begin"));
}

/*
 * The range of a symbol, NULL when it lies in none. A symbol at the end of a section, as linker scripts define them,
 * is of that section when no other begins there or when it is code and the other is not.
 */
static const struct range *range_of(struct ranges *r, uint64_t addr, char letter)
{
	const struct range *at, *before = NULL;
	size_t k = r->last;

	if (!k || k > r->v.n || addr <= r->v.v[k - 1].addr || addr >= r->v.v[k - 1].end)
		k = r->last = range_behind(r, addr);
	at = k && addr < r->v.v[k - 1].end ? &r->v.v[k - 1] : NULL;
	if (!at && k && addr == r->v.v[k - 1].end)
		return &r->v.v[k - 1];
	if (at && at->addr == addr && k > 1 && r->v.v[k - 2].end == addr)
		before = &r->v.v[k - 2];
	return before && before->code && !at->code && (letter | 0x20) == 't' ? before : at;
}

/* ---- sections ---- */

static uint32_t add_section(struct image *img, const char *name, uint32_t type, uint64_t addr, uint64_t size, bool code)
{
	struct image_sec *sec = VEC_ADD(&img->secs);

	*sec = (struct image_sec){ .name = name };
	sec->hdr.sh_type = type;
	sec->hdr.sh_flags = SHF_ALLOC | (code ? SHF_EXECINSTR : 0);
	sec->hdr.sh_addr = addr;
	sec->hdr.sh_size = size;
	return (uint32_t)img->secs.n - 1;
}

/*
 * Of a system that runs there are symbols and no memory. The sections of its code are told by the linker script's own
 * symbols; they have names and no place, so that nobody reads zeros there.
 */
static void add_live_code(struct image *img, const struct image_letter *v, size_t n, struct ranges *r)
{
	static const char *const code[][3] = {
		{ ".text", "_stext", "_etext" },
		{ ".init.text", "_sinittext", "_einittext" },
	};

	for (size_t p = 0; p < ARRAY_SIZE(code); p++) {
		uint64_t from = 0, to = 0;

		for (size_t i = 0; i < n; i++) {
			if (v[i].section)
				continue;
			if (!from && !strcmp(v[i].name, code[p][1]))
				from = v[i].addr;
			if (!to && !strcmp(v[i].name, code[p][2]))
				to = v[i].addr;
		}
		if (from && from < to)
			add_range(r, (struct range){ from, to, add_section(img, code[p][0], SHT_NOBITS, 0, 0, true), true });
	}
}

static bool has_code(const struct ranges *r)
{
	for (size_t i = 0; i < r->v.n; i++)
		if (r->v.v[i].code)
			return true;
	return false;
}

static void find_ranges(struct image *img, const struct image_letter *v, size_t n, struct ranges *r)
{
	for (size_t i = 0; i < img->secs.n; i++) {
		const GElf_Shdr *h = &img->secs.v[i].hdr;

		if ((h->sh_flags & SHF_ALLOC) && !(h->sh_flags & SHF_TLS) && h->sh_size && h->sh_addr + h->sh_size > h->sh_addr)
			add_range(r, (struct range){ h->sh_addr, h->sh_addr + h->sh_size, (uint32_t)i,
						     section_is_code(&img->secs.v[i]) });
	}
	if (!img->elf && !has_code(r))
		add_live_code(img, v, n, r);
}

/* ---- the table ---- */

struct table {
	struct image *img;
	struct ranges ranges;
	bool trusts; /* no section header tells what is code: letters do */
	char *strings, *strings_end; /* in the image's arena, like the symbols */
	uint8_t *syms, *syms_end;
	const char *last_section; /* of the last symbol that named one */
	uint32_t last_shndx;
};

static uint8_t *put(const struct table *t, uint8_t *p, uint64_t v, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * (t->img->big_endian ? size - 1 - i : i));
	return p + size;
}

static void put_symbol(struct table *t, uint32_t name, uint8_t info, uint32_t shndx, uint64_t addr, uint64_t size)
{
	uint8_t *p = put(t, t->syms_end, name, 4);

	if (t->img->pointer_size == 8) {
		p = put(t, p, info, 1);
		p = put(t, p, 0, 1);
		p = put(t, p, shndx, 2);
		p = put(t, p, addr, 8);
		p = put(t, p, size, 8);
	} else {
		p = put(t, p, addr, 4);
		p = put(t, p, size, 4);
		p = put(t, p, info, 1);
		p = put(t, p, 0, 1);
		p = put(t, p, shndx, 2);
	}
	t->syms_end = p;
}

/* The section that a symbol names; what it is not yet is made, without a place. */
static uint32_t named_section(struct table *t, const char *name)
{
	struct image_sec *sec;

	if (t->last_section && !strcmp(t->last_section, name))
		return t->last_shndx;
	sec = image_find_sec(t->img, name);
	t->last_section = name;
	t->last_shndx = sec ? (uint32_t)(sec - t->img->secs.v) :
			      add_section(t->img, arena_strndup(&t->img->arena, name, strlen(name)), SHT_NOBITS, 0, 0, true);
	return t->last_shndx;
}

static uint8_t info_of(const struct image_letter *l, bool code)
{
	bool weak = memchr("wWvV", l->letter, 4), global = l->letter >= 'A' && l->letter <= 'Z';
	uint8_t type = !code || !memchr("tTwW", l->letter, 4) ? STT_OBJECT : is_label(l->name) ? STT_NOTYPE : STT_FUNC;

	return GELF_ST_INFO(weak ? STB_WEAK : global ? STB_GLOBAL : STB_LOCAL, type);
}

static void add_symbol(struct table *t, const struct image_letter *l, uint64_t next)
{
	const struct range *r = NULL;
	uint32_t shndx = SHN_ABS, name = (uint32_t)(t->strings_end - t->strings);
	size_t length = strlen(l->name) + 1;
	uint64_t size = next > l->addr ? next - l->addr : 0;
	bool code = false;

	if (l->section) {
		shndx = named_section(t, l->section);
		code = section_is_code(&t->img->secs.v[shndx]);
	} else {
		r = range_of(&t->ranges, l->addr, l->letter);
	}
	if (r) {
		shndx = r->shndx;
		code = r->code;
		if (!next || next > r->end)
			size = r->end - l->addr;
	}
	memcpy(t->strings_end, l->name, length);
	t->strings_end += length;
	/* Weak data has a letter of its own, V; where addresses are hidden, W is what a weak function has. */
	code = code || (t->trusts && ((l->letter | 0x20) == 't' ||
				      (t->img->kind == IMAGE_LIVE && (l->letter | 0x20) == 'w')));
	put_symbol(t, name, info_of(l, code), shndx, l->addr, size);
}

/* The distance to the next address ends a symbol; UINT64_MAX never is one. */
static void add_symbols(struct table *t, const struct image_letter *v, size_t n)
{
	struct sort_key *by_addr = base_alloc((n + 1) * sizeof(*by_addr));
	uint64_t *next = base_alloc((n + 1) * sizeof(*next)), behind = 0;
	bool rising = true;

	for (size_t i = 0; i < n; i++) {
		by_addr[i] = (struct sort_key){ v[i].addr, (uint32_t)i };
		rising = rising && (!i || v[i].addr >= v[i - 1].addr);
	}
	if (!rising)
		sort_keys(by_addr, n);
	for (size_t i = n; i-- > 0;) {
		if (i + 1 < n && by_addr[i + 1].key != by_addr[i].key)
			behind = by_addr[i + 1].key;
		next[by_addr[i].value] = behind;
	}
	for (size_t i = 0; i < n; i++)
		add_symbol(t, &v[i], next[i]);
	free(by_addr);
	free(next);
}

static uint32_t add_table(struct image *img, const char *name, uint32_t type, const void *from, const void *to)
{
	struct image_sec *sec = VEC_ADD(&img->secs);

	*sec = (struct image_sec){ .name = name, .bytes = { from, (uint64_t)((const char *)to - (const char *)from) } };
	sec->hdr.sh_type = type;
	sec->hdr.sh_size = sec->bytes.size;
	return (uint32_t)img->secs.n - 1;
}

/* Room for all, and a few bytes behind: readers of names look at some at once. */
static void reserve(struct table *t, const struct image_letter *v, size_t n)
{
	uint64_t size = 1;

	for (size_t i = 0; i < n; i++)
		size += strlen(v[i].name) + 1;
	t->strings = t->strings_end = arena_alloc(&t->img->arena, size + 8);
	memset(t->strings + size, 0, 8);
	*t->strings_end++ = '\0';
	t->syms = t->syms_end = arena_alloc(&t->img->arena, (n + 1) * sizeof(Elf64_Sym));
	put_symbol(t, 0, 0, SHN_UNDEF, 0, 0);
}

int image_set_letters(struct image *img, const struct image_letter *v, size_t n, struct err *err)
{
	struct table t = { .img = img };
	uint32_t strings, symbols;

	if (n >= UINT32_MAX / 64)
		return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET, "%zu symbols", n);
	find_ranges(img, v, n, &t.ranges);
	t.trusts = (!img->elf && img->kind == IMAGE_BOOT) || !has_code(&t.ranges);
	reserve(&t, v, n);
	add_symbols(&t, v, n);
	VEC_DONE(&t.ranges.v);
	strings = add_table(img, ".strtab", SHT_STRTAB, t.strings, t.strings_end);
	symbols = add_table(img, ".symtab", SHT_SYMTAB, t.syms, t.syms_end);
	img->secs.v[symbols].hdr.sh_link = strings;
	return 0;
}
