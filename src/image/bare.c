// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernels without ELF around them: memory as it is loaded (Image of arm64 and riscv, what a zImage of arm and an image
 * of s390 unpack). Finds what has a shape of its own (.BTF, notes, RELA relocations) and, once kallsyms has told the
 * symbols and with them the address, cuts the memory into sections, so that other readers see no difference. Formats:
 * include/asm-generic/vmlinux.lds.h of the kernel; Documentation/bpf/btf.rst; System V ABI, chapters 4 and 5.
 */
#define _GNU_SOURCE /* memmem */
#include "image/boot_int.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#define MEMORY 1 /* index of the section that is all of it */
#define RELA   2 /* and of its relocations, when there are any */
#define RELA_MIN 64 /* entries: a run of fewer is chance */

/* A range of addresses that is a section. */
struct piece {
	const char *name;
	uint64_t from, to;
	uint32_t type;
	uint64_t flags;
};

/* ---- what has a shape ---- */

/* The bytes of raw BTF that begin here; 0 when it is none. Its end is told by its own header. */
static uint64_t btf_size(const uint8_t *p, uint64_t left, bool swap)
{
	struct cur c = cur_init(p, left, swap);
	uint16_t magic = cur_u16(&c);
	uint8_t version = cur_u8(&c);
	uint64_t header, type_off, type_len, str_off, str_len, size;

	cur_u8(&c);
	header = cur_u32(&c);
	type_off = cur_u32(&c);
	type_len = cur_u32(&c);
	str_off = cur_u32(&c);
	str_len = cur_u32(&c);
	size = header + str_off + str_len;
	if (c.bad || magic != 0xeb9f || version != 1 || header < 24 || header > 64 || type_off || !type_len || !str_len ||
	    str_off < type_len || size > left || p[header + str_off] || p[size - 1])
		return 0;
	return size;
}

/* The largest: programs that the kernel carries may have a small one. */
static bool find_btf(const struct image *img, struct image_bytes *ret)
{
	const uint8_t *p = img->data, *end = p + img->size;
	const char *magic = img->big_endian ? "\xeb\x9f\x01" : "\x9f\xeb\x01";

	*ret = (struct image_bytes){ NULL, 0 };
	for (; (p = memmem(p, (size_t)(end - p), magic, 3)); p++) {
		uint64_t size = btf_size(p, (uint64_t)(end - p), image_swapped(img));

		if (size > ret->size)
			*ret = (struct image_bytes){ p, size };
	}
	return ret->data;
}

/* The bytes of the notes that begin here: as long as they have names of their makers, Linux, Xen, ... */
static uint64_t notes_size(const struct image *img, uint64_t at, uint64_t to)
{
	struct cur c = cur_init(img->data + at, to - at, image_swapped(img));
	uint64_t size = 0;

	while (cur_left(&c) >= 12) {
		uint32_t name = cur_u32(&c), desc = cur_u32(&c);

		cur_u32(&c);
		if (name < 2 || name > 16 || desc > 256 || cur_left(&c) < name || *c.p < 'A' || *c.p > 'Z' || c.p[name - 1])
			break;
		cur_skip(&c, ((uint64_t)name + 3) & ~3ull);
		cur_skip(&c, ((uint64_t)desc + 3) & ~3ull);
		if (c.bad)
			break;
		size = cur_offset(&c);
	}
	return size;
}

/*
 * The build id's note. A vDSO has one, too, but in an ELF file of its own, which begins with a page. The kernel's notes
 * lie in front of .BTF, so the last one there is taken; without .BTF the first of all.
 */
static bool find_notes(const struct image *img, const struct image_bytes *btf, struct image_bytes *ret)
{
	const uint8_t *end = btf->data ? btf->data : img->data + img->size, *p = img->data;

	*ret = (struct image_bytes){ NULL, 0 };
	while ((!ret->data || btf->data) && (p = memmem(p, (size_t)(end - p), "GNU", 4))) {
		uint64_t at = (uint64_t)(p - img->data) - 12;
		struct cur c;

		p += 4;
		if (at > img->size || !memcmp(img->data + (at & ~0xfffull), ELFMAG, SELFMAG))
			continue;
		c = cur_init(img->data + at, (uint64_t)(end - p) + 16, image_swapped(img));
		if (cur_u32(&c) == 4 && cur_u32(&c) == 20 && cur_u32(&c) == 3 && cur_left(&c) >= 24)
			*ret = (struct image_bytes){ img->data + at, notes_size(img, at, (uint64_t)(end - img->data)) };
	}
	return ret->data;
}

/* The longest run of relative relocations of 24 bytes: place, type, addend. */
static bool find_rela(const struct image *img, struct image_bytes *ret)
{
	struct cur c = cur_init(img->data, img->size, image_swapped(img));
	uint32_t type = image_relative_type(img);

	*ret = (struct image_bytes){ NULL, 0 };
	if (!type || img->pointer_size != 8)
		return false;
	for (uint64_t at = 0; at + 24 <= img->size;) {
		const uint8_t *start = img->data + at;

		c.p = start + 8;
		/* Entries are three words: in a run of many, every third word is the type. */
		while (cur_left(&c) >= 16 && cur_u64(&c) == type && cur_left(&c) >= 16)
			cur_skip(&c, 16);
		if ((uint64_t)(c.p - start) / 24 * 24 > ret->size)
			*ret = (struct image_bytes){ start, (uint64_t)(c.p - start) / 24 * 24 };
		at += (uint64_t)(c.p - start) > 48 ? (uint64_t)(c.p - start) / 24 * 24 : 8;
	}
	return ret->size >= 24 * RELA_MIN;
}

/* ---- what symbols bound ---- */

static const struct image_letter *letter_of(const struct image_letter *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return &v[i];
	return NULL;
}

/* The first one that holds an address is its section. */
static const struct { const char *name, *from, *to; uint32_t type; uint64_t flags; } bounds[] = {
	{ ".rela.dyn", "__pi_rela_start", "__pi_rela_end", SHT_RELA, SHF_ALLOC },  /* arm64, 6.9 */
	{ ".rela.dyn", "__rela_start", "__rela_end", SHT_RELA, SHF_ALLOC },	   /* arm64, 6.2 */
	{ ".rela.dyn", "__rela_dyn_start", "__rela_dyn_end", SHT_RELA, SHF_ALLOC }, /* riscv */
	{ ".notes", "__start_notes", "__stop_notes", SHT_NOTE, SHF_ALLOC },
	{ ".data..percpu", "__per_cpu_start", "__per_cpu_end", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
	{ ".exit.text", "__exittext_begin", "__exittext_end", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".init.text", "_sinittext", "_einittext", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".head.text", "_start", "_stext", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".head.text", "_text", "_stext", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".text", "_stext", "_etext", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
	{ ".amode31.text", "_stext_amode31", "_etext_amode31", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR }, /* s390 */
	{ ".rodata.text", "__idmap_text_start", "__idmap_text_end", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR }, /* arm64 */
	{ ".rodata", "__start_rodata", "__end_rodata", SHT_PROGBITS, SHF_ALLOC },
	{ ".init.data", "__init_begin", "__init_end", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
	{ ".data", "_sdata", "_edata", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
};

#define NPIECES (ARRAY_SIZE(bounds) + 8)

struct cut {
	struct image *img;
	uint64_t from, to; /* of the memory */
	struct piece v[NPIECES];
	size_t n;
};

/* A piece outside the memory, or upside down, is none. */
static void add_piece(struct cut *c, const char *name, uint64_t from, uint64_t to, uint32_t type, uint64_t flags)
{
	if (from >= c->from && to <= c->to && from < to)
		c->v[c->n++] = (struct piece){ name, from, to, type, flags };
}

static void add_bytes(struct cut *c, const char *name, struct image_bytes b, uint32_t type)
{
	uint64_t from = c->from + (uint64_t)(b.data - c->img->data);

	add_piece(c, name, from, from + b.size, type, SHF_ALLOC);
}

/* .BTF_ids follows .BTF, and each id in it has a symbol; the next symbol of another name is behind it. */
static void add_ids(struct cut *c, struct image_bytes btf, const struct image_letter *v, size_t n)
{
	uint64_t from = (c->from + (uint64_t)(btf.data - c->img->data) + btf.size + 3) & ~3ull, last = 0, end = UINT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (v[i].addr > last && v[i].addr >= from && !strncmp(v[i].name, "__BTF_ID__", 10))
			last = v[i].addr;
	for (size_t i = 0; i < n; i++)
		if (v[i].addr > last && v[i].addr < end)
			end = v[i].addr;
	if (last)
		add_piece(c, ".BTF_ids", from, end, SHT_PROGBITS, SHF_ALLOC);
}

/*
 * Where no symbol bounds .exit.text, it lies behind .init.text, up to the first symbol that is no code; where the
 * kernel has symbols of code alone, up to the end of the last one's page.
 */
static void add_exit(struct cut *c, const struct image_letter *v, size_t n)
{
	const struct image_letter *from = letter_of(v, n, "_einittext");
	uint64_t to = UINT64_MAX, last = 0;

	if (!from || letter_of(v, n, "__exittext_begin"))
		return;
	for (size_t i = 0; i < n; i++)
		if (v[i].addr >= from->addr && v[i].letter != 't' && v[i].letter != 'T' && v[i].addr < to)
			to = v[i].addr;
	for (size_t i = 0; i < n; i++)
		if (v[i].addr > last && v[i].addr < to && v[i].addr < c->to)
			last = v[i].addr;
	if ((last | 0xfff) + 1 < to)
		to = (last | 0xfff) + 1;
	if (last > from->addr)
		add_piece(c, ".exit.text", from->addr, to, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
}

/* ---- cutting ---- */

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static const struct piece *piece_at(const struct cut *c, uint64_t addr)
{
	static const struct piece rest = { ".kernel", 0, UINT64_MAX, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE };

	for (size_t i = 0; i < c->n; i++)
		if (addr >= c->v[i].from && addr < c->v[i].to)
			return &c->v[i];
	return &rest;
}

static void push_section(struct cut *c, const struct piece *p, uint64_t from, uint64_t to)
{
	struct image_sec *sec = VEC_ADD(&c->img->secs);
	bool zeros = p->type == SHT_NOBITS;

	*sec = (struct image_sec){
		.name = p->name,
		.hdr = { .sh_type = p->type, .sh_flags = p->flags, .sh_addr = from, .sh_size = to - from,
			 .sh_offset = from - c->from },
	};
	if (!zeros)
		sec->bytes = (struct image_bytes){ c->img->data + (from - c->from), to - from };
}

static void cut(struct cut *c)
{
	uint64_t at[2 * NPIECES + 2], start = c->from;
	size_t n = 0;

	at[n++] = c->to;
	for (size_t i = 0; i < c->n; i++) {
		at[n++] = c->v[i].from;
		at[n++] = c->v[i].to;
	}
	qsort(at, n, sizeof(*at), by_number);
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = piece_at(c, start);

		if (at[i] <= start || (at[i] < c->to && piece_at(c, at[i]) == p))
			continue;
		push_section(c, p, start, at[i]);
		start = at[i];
	}
}

static void name_sections(struct image *img, const struct image_letter *v, size_t n)
{
	uint64_t addr = img->secs.v[MEMORY].hdr.sh_addr;
	struct cut c = { .img = img, .from = addr, .to = addr + img->size };
	const struct image_letter *a, *b, *end = letter_of(v, n, "_end");
	struct image_bytes btf, notes;

	if (find_btf(img, &btf)) {
		add_bytes(&c, ".BTF", btf, SHT_PROGBITS);
		add_ids(&c, btf, v, n);
	}
	if (!letter_of(v, n, "__start_notes") && find_notes(img, &btf, &notes))
		add_bytes(&c, ".notes", notes, SHT_NOTE);
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
		if ((a = letter_of(v, n, bounds[i].from)) && (b = letter_of(v, n, bounds[i].to)))
			add_piece(&c, bounds[i].name, a->addr, b->addr, bounds[i].type, bounds[i].flags);
	/* Without CONFIG_KALLSYMS_ALL what lies at the address of _etext has no symbol: _sinittext, where it follows. */
	a = letter_of(v, n, "_etext");
	b = letter_of(v, n, "_einittext");
	if (a && b && !letter_of(v, n, "_sinittext"))
		add_piece(&c, ".init.text", a->addr, b->addr, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
	add_exit(&c, v, n);
	if (img->secs.n > RELA)
		add_bytes(&c, ".rela.dyn", img->secs.v[RELA].bytes, SHT_RELA);
	img->secs.n = MEMORY;
	cut(&c);
	if (end && end->addr > c.to && end->addr - c.to < 1 << 30)
		push_section(&c, &(struct piece){ ".bss", 0, 0, SHT_NOBITS, SHF_ALLOC | SHF_WRITE }, c.to, end->addr);
}

/* ---- the whole ---- */

int boot_open_bare(struct image *img)
{
	struct image_letters letters = { NULL, 0 };
	struct image_bytes rela;
	int rc;

	img->kind = IMAGE_BOOT;
	VEC_PUSH(&img->secs, (struct image_sec){ .name = "" });
	VEC_PUSH(&img->secs, ((struct image_sec){
			.name = ".kernel",
			.hdr = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_size = img->size },
			.bytes = { img->data, img->size } }));
	if (find_rela(img, &rela))
		VEC_PUSH(&img->secs, ((struct image_sec){
				.name = ".rela.dyn",
				.hdr = { .sh_type = SHT_RELA, .sh_flags = SHF_ALLOC, .sh_size = rela.size,
					 .sh_offset = (uint64_t)(rela.data - img->data) },
				.bytes = rela }));
	rc = image_kallsyms_letters(img, &letters, &img->symbols_err);
	name_sections(img, letters.v, letters.n);
	if (!rc)
		rc = image_set_letters(img, letters.v, letters.n, &img->symbols_err);
	free(letters.v);
	return rc;
}
