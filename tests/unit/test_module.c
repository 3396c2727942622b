// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules: layout, symbols, relocations.
 * `test_module same MODULE BYTES` compares the debug sections of a module with what tests/tools/ko_bytes wrote of it,
 * byte by byte, with the sections where that put them. `relocated MODULE FILE` writes the module with its debug sections
 * relocated. `groups FILE` prints functions, of a module or of a linked file. `dump VMLINUX MODULE...` prints what the
 * tables of modules say.
 */
#include "btf/btf_types.h"
#include "extract/extract.h"
#include "image/image_int.h"
#include "kernel/kernel.h"

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>

#include "mini_module.h"
#include "test_util.h"

/* ---- same ---- */

/* One line and its bytes; false at the end. The place of a section is set, its bytes are compared. */
static bool same_section(struct image *img, struct cur *c, bool compare, int *nbad)
{
	unsigned long index, addr, size;
	struct image_bytes got = { NULL, 0 };
	struct err err = ERR_INIT;
	char name[128], line[256], text[512];
	size_t n = 0, i;
	uint8_t b;

	while (cur_left(c) && (b = cur_u8(c)) != '\n' && n < sizeof(line) - 1)
		line[n++] = (char)b;
	line[n] = '\0';
	if (sscanf(line, "%lu %lu %lu %127s", &index, &addr, &size, name) != 4)
		return false;
	if (!size && index < img->secs.n)
		img->secs.v[index].hdr.sh_addr = addr;
	if (size && compare) {
		if (image_section(img, name, &got, &err))
			printf("%s: %s\n", img->path, err_text(&err, text, sizeof(text)));
		for (i = 0; i < size && i < got.size && got.data[i] == c->p[i]; i++)
			;
		if (i < size || got.size != size) {
			printf("%s:%s: %lu bytes wanted, %lu had, the same up to 0x%zx\n", img->path, name, size,
			       (unsigned long)got.size, i);
			++*nbad;
		}
	}
	cur_skip(c, size);
	return !c->bad;
}

static int same(const char *module, const char *bytes)
{
	struct err err = ERR_INIT;
	struct image *img;
	char text[512];
	int nbad = 0;
	struct cur c;
	size_t n;
	char *v = slurp(bytes, &n);

	if (!v || !n || image_open(module, &img, &err)) {
		printf("%s\n", err_text(&err, text, sizeof(text)));
		return 1;
	}
	c = cur_init(v, n, false);
	while (same_section(img, &c, false, &nbad))
		;
	c = cur_init(v, n, false);
	while (same_section(img, &c, true, &nbad))
		;
	image_close(img);
	free(v);
	return nbad > 0;
}

/* ---- relocated ---- */

/* The same file, relocated with all sections at 0, as readelf does it: what it prints of both is the same. */
static int relocated(const char *module, const char *to)
{
	struct err err = ERR_INIT;
	struct image *img;
	char text[512];
	size_t n, type_at;
	char *v = slurp(module, &n);
	FILE *f;

	if (!v || image_open_mem(module, v, n, &img, &err)) {
		printf("%s\n", err_text(&err, text, sizeof(text)));
		return 1;
	}
	for (size_t i = 0; i < img->secs.n; i++)
		img->secs.v[i].hdr.sh_addr = 0;
	for (size_t i = 0; i < img->secs.n; i++) {
		struct image_sec *sec = &img->secs.v[i];

		if (!sec->relocs || strncmp(sec->name, ".debug_", 7))
			continue;
		if (image_relocate(img, sec, (uint8_t *)v + sec->hdr.sh_offset, sec->hdr.sh_size, &err))
			printf("%s\n", err_text(&err, text, sizeof(text)));
		type_at = img->ehdr.e_shoff + (size_t)sec->relocs * img->ehdr.e_shentsize + 4;
		/* SHT_NULL in either byte order. */
		memset(v + type_at, 0, 4);
	}
	f = fopen(to, "wb");
	if (!f || fwrite(v, 1, n, f) != n || fclose(f))
		return 1;
	image_close(img);
	free(v);
	return 0;
}

/* ---- an image and its facts ---- */

struct world {
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct image *img;
};

static void world_init(struct world *w)
{
	*w = (struct world){ 0 };
	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	type_table_done(&w->types);
	strtab_done(&w->str);
	image_close(w->img);
}

/* ---- groups: functions as DWARF tells them, addresses as places in sections ---- */

static void put_place(const struct image *img, uint64_t addr)
{
	for (size_t i = 0; addr && i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];

		if ((sec->hdr.sh_flags & SHF_ALLOC) && addr >= sec->hdr.sh_addr && addr - sec->hdr.sh_addr < sec->hdr.sh_size)
			printf(" %s+0x%llx", sec->name, (unsigned long long)(addr - sec->hdr.sh_addr));
	}
}

static void put_func(const struct world *w, const struct func *f)
{
	struct buf text = { 0 };

	if (func_has_proto(f))
		type_print_c(&text, &w->types, &w->str, f->proto, surface_text(&w->s, f->name));
	printf("%s: %s\n", surface_text(&w->s, f->name), buf_z(&text));
	for (uint32_t i = f->instances; i < f->instances + f->ninstances; i++) {
		const struct instance *in = &w->s.instances.v[i];

		printf("%s at %s:%u external %d %s", surface_text(&w->s, f->name), surface_text(&w->s, in->loc_file),
		       in->loc_line, in->external, inline_word_text[in->inline_word]);
		put_place(w->img, in->addr);
		for (uint32_t n = 0; n < in->ninline_callers + in->ndirect_callers; n++)
			printf(" %s%s:%s", n < in->ninline_callers ? "in " : "by ",
			       surface_text(&w->s, w->s.callers.v[in->callers + n].file),
			       surface_text(&w->s, w->s.callers.v[in->callers + n].func));
		printf("\n");
	}
	for (uint32_t i = f->symbols; i < f->symbols + f->nsymbols; i++) {
		const struct symbol *sym = &w->s.symbols.v[i];

		printf("%s symbol %s %s %u %llu", surface_text(&w->s, f->name), surface_text(&w->s, sym->name),
		       surface_text(&w->s, sym->section), sym->bind, (unsigned long long)sym->size);
		put_place(w->img, sym->addr);
		printf("\n");
	}
	buf_done(&text);
}

static int groups(const char *path)
{
	struct extract_options o = { .types = TYPES_DWARF, .nlanes = 1 };
	struct err err = ERR_INIT;
	struct world w;
	char text[1024];
	int rc;

	world_init(&w);
	w.s.info.name = w.s.info.sha256 = "x";
	rc = image_open(path, &w.img, &err);
	if (!rc) {
		w.s.info.pointer_size = image_pointer_size(w.img);
		rc = extract_image(w.img, &o, &w.s, &err);
	}
	if (rc)
		printf("%s\n", err_text(&err, text, sizeof(text)));
	for (size_t i = 0; !rc && i < w.s.funcs.n; i++)
		put_func(&w, &w.s.funcs.v[i]);
	for (size_t i = 0; !rc && i < w.s.info.nfindings; i++)
		printf("finding %s %s\n", w.s.info.findings[i].code, w.s.info.findings[i].message);
	world_done(&w);
	return rc != 0;
}

/* ---- dump: the facts of modules as lines of text, for tests/kernel/module.sh ---- */

/* A function a name, with its symbols; prototypes as split BTF tells. */
static int read_functions(struct world *w, const struct btf_base *base, struct err *err)
{
	struct btf_facts facts = { 0 };
	struct image_symbols syms;
	struct image_bytes btf;
	int rc = image_symbols(w->img, &syms, err);

	for (size_t i = 0; !rc && i < syms.v.n; i++) {
		const struct image_symbol *sym = &syms.v.v[i];
		uint32_t name = strtab_intern_z(&w->str, sym->name);

		VEC_PUSH(&w->s.funcs, ((struct func){ .name = name, .seq = SEQ_NONE, .type_seq = SEQ_NONE,
						      .symbols = (uint32_t)w->s.symbols.n, .nsymbols = 1 }));
		VEC_PUSH(&w->s.symbols, ((struct symbol){ .addr = sym->addr, .size = sym->size, .name = name,
			.section = strtab_intern_z(&w->str, image_section_name(w->img, sym->section)), .bind = sym->bind }));
	}
	image_symbols_done(&syms);
	rc = rc ? rc : image_section(w->img, ".BTF", &btf, err);
	if (!rc && btf.size && base)
		rc = btf_read_split(w->img->path, btf.data, btf.size, 100, base, &w->s, &facts, err);
	for (size_t i = 0; i < facts.funcs.n; i++)
		for (size_t n = 0; n < w->s.funcs.n; n++)
			if (w->s.funcs.v[n].name == facts.funcs.v[i].name) {
				w->s.funcs.v[n].proto = facts.funcs.v[i].proto;
				w->s.funcs.v[n].type_seq = (uint32_t)i;
			}
	btf_facts_done(&facts);
	return rc;
}

static void put_construct(const struct world *w, const char *module, const struct construct *c)
{
	struct buf text = { 0 };

	if (c->type)
		type_print_c(&text, &w->types, &w->str, c->type, "f");
	printf("%s %s %s %s %s %u | %s | %s\n", module, kind_words[c->kind].word, surface_text(&w->s, c->name),
	       surface_text(&w->s, c->class), surface_text(&w->s, c->system), c->size, buf_z(&text), surface_text(&w->s, c->text));
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &w->s.items.v[i];

		text.n = 0;
		if (it->role == ITEM_MEMBER)
			type_print_c(&text, &w->types, &w->str, it->type, surface_text(&w->s, it->name));
		printf("%s item %s %u %s %lld %u %d | %s | %s\n", module, surface_text(&w->s, c->name), it->role,
		       surface_text(&w->s, it->name), (long long)it->value, it->size, it->is_signed,
		       surface_text(&w->s, it->text), buf_z(&text));
	}
	buf_done(&text);
}

static int dump_module(const char *path, const struct surface *kernel, const struct kernel_base *kb,
		       const struct btf_base *base, struct err *err)
{
	struct kernel_facts facts = { .base = kb };
	struct image_modinfo info = { "", "" };
	struct world w;
	char text[1024];
	int rc;

	world_init(&w);
	rc = image_open(path, &w.img, err);
	rc = rc ? rc : read_functions(&w, base, err);
	rc = rc ? rc : kernel_read_module(w.img, kernel, &w.s, &facts, err);
	if (!rc)
		info = image_modinfo(w.img);
	printf("%s module %s %x\n", info.name, info.release, w.s.info.facts);
	for (size_t i = 0; !rc && i < w.s.constructs.n; i++)
		if (w.s.constructs.v[i].kind >= KIND_TRACEPOINT)
			put_construct(&w, info.name, &w.s.constructs.v[i]);
	for (size_t i = 0; !rc && i < w.s.funcs.n; i++)
		printf("%s attach %s %u\n", info.name, surface_text(&w.s, w.s.funcs.v[i].name), w.s.funcs.v[i].attach);
	for (size_t i = 0; !rc && i < KERNEL_NNOTES; i++)
		if (facts.notes[i].count)
			printf("%s note %s %llu %s\n", info.name, kernel_note_code[i], (unsigned long long)facts.notes[i].count,
			       err_text(&facts.notes[i].first, text, sizeof(text)));
	world_done(&w);
	return rc;
}

static int dump(char **paths, int n)
{
	struct extract_options o = { 0 };
	struct btf_base *base = NULL;
	struct kernel_base *kb = NULL;
	struct err err = ERR_INIT, ignored = ERR_INIT;
	struct image_bytes btf;
	struct world w;
	char text[1024];
	int rc;

	world_init(&w);
	rc = image_open(paths[0], &w.img, &err);
	rc = rc ? rc : extract_image(w.img, &o, &w.s, &err);
	rc = rc ? rc : image_section(w.img, ".BTF", &btf, &err);
	/* Without BTF that can be read (armhf), modules are read without their types. */
	if (!rc && btf_base_open(paths[0], btf.data, btf.size, &base, &ignored))
		base = NULL;
	if (!rc)
		kb = kernel_base_open(&w.s);
	for (int i = 1; !rc && i < n; i++)
		rc = dump_module(paths[i], &w.s, kb, base, &err);
	if (rc)
		fprintf(stderr, "%s\n", err_text(&err, text, sizeof(text)));
	kernel_base_close(kb);
	btf_base_close(base);
	world_done(&w);
	return rc != 0;
}

/* ---- a module by hand ---- */

static const struct {
	uint16_t machine;
	bool is64, be, rela;
	uint32_t abs, pc; /* types of a pointer's and a 32-bit relative place */
} machines[] = {
	{ EM_X86_64, true, false, true, R_X86_64_64, R_X86_64_PC32 },
	{ EM_386, false, false, false, R_386_32, R_386_PC32 },
	{ EM_AARCH64, true, false, true, R_AARCH64_ABS64, R_AARCH64_PREL32 },
	{ EM_ARM, false, false, false, R_ARM_ABS32, R_ARM_REL32 },
	{ EM_PPC64, true, false, true, R_PPC64_ADDR64, R_PPC64_REL32 },
	{ EM_S390, true, true, true, R_390_64, R_390_PC32 },
	{ EM_RISCV, true, false, true, R_RISCV_64, R_RISCV_32_PCREL },
	{ 258, true, false, true, 2, 99 }, /* LoongArch */
};

static struct image *open_mm(struct mm *m)
{
	struct err err = ERR_INIT;
	struct image *img = NULL;
	char text[512];

	mm_write(m);
	if (image_open_mem("lib/modules/x/mini-mod.ko", m->elf.v, m->elf.n, &img, &err))
		fail_msg("%s", err_text(&err, text, sizeof(text)));
	return img;
}

/* Places are 8 bytes apart. */
static uint64_t value_at(const struct mm *m, struct image_bytes b, unsigned int place, unsigned int size)
{
	struct cur c = cur_init(b.data, b.size, m->be);

	cur_skip(&c, place * 8);
	return cur_uint(&c, size);
}

static void set_place(struct mm *m, enum mm_sec sec, unsigned int place, unsigned int size, uint64_t v)
{
	struct buf b = { 0 };

	mm_put(m, &b, v, size);
	memcpy(m->sec[sec].v + place * 8, b.v, size);
	buf_done(&b);
}

static void test_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct image_symbols syms;
		struct err err = ERR_INIT;
		uint64_t addr, size;
		struct image *img;
		struct mm m;

		mm_init(&m, machines[i].machine, machines[i].is64, machines[i].be, machines[i].rela);
		img = open_mm(&m);
		assert_int_equal(image_kind(img), IMAGE_MODULE);
		assert_true(image_section_place(img, ".text", &addr, &size));
		assert_int_equal(addr, MM_TEXT_ADDR);
		assert_true(image_section_place(img, ".init.text", &addr, &size));
		assert_int_equal(addr, MM_INIT_ADDR);
		assert_true(image_section_place(img, ".data", &addr, &size));
		assert_int_equal(addr, MM_DATA_ADDR);
		assert_true(image_section_place(img, ".bss", &addr, &size));
		assert_int_equal(addr, MM_BSS_ADDR);
		assert_true(image_section_place(img, ".debug_info", &addr, &size));
		assert_int_equal(addr, 0);
		assert_int_equal(image_symbols(img, &syms, &err), 0);
		assert_int_equal(syms.v.n, 1);
		assert_string_equal(syms.v.v[0].name, "mini_func");
		assert_int_equal(syms.v.v[0].addr, MM_TEXT_ADDR + MM_FUNC_AT);
		image_symbols_done(&syms);
		image_close(img);
		mm_done(&m);
	}
}

/* Places 0 to 3: of a pointer's size; 4: relative, of 32 bits. */
static void add_relocs(struct mm *m, size_t i, enum mm_sec sec, enum mm_sec rel)
{
	static const struct { enum mm_sym sym; int64_t addend; } at[] = {
		{ MM_SYM_FUNC, 4 }, { (enum mm_sym)MM_STR, 0x22 }, { MM_SYM_UNDEF, 3 }, { MM_SYM_ABS, -1 }, { MM_SYM_OBJECT, 8 },
	};

	for (unsigned int n = 0; n < ARRAY_SIZE(at); n++) {
		mm_reloc(m, rel, n * 8, at[n].sym, n < 4 ? machines[i].abs : machines[i].pc, at[n].addend);
		/* Of RELA the place may hold anything. */
		set_place(m, sec, n, n < 4 && m->is64 ? 8 : 4, m->rela ? 0x55555555 : (uint64_t)at[n].addend);
	}
}

static void test_every_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		unsigned int p = machines[i].is64 ? 8 : 4;
		struct err err = ERR_INIT;
		struct image_space *sp;
		struct image_bytes b;
		struct image *img;
		struct mm m;
		uint64_t v;

		mm_init(&m, machines[i].machine, machines[i].is64, machines[i].be, machines[i].rela);
		add_relocs(&m, i, MM_INFO, MM_REL_INFO);
		add_relocs(&m, i, MM_DATA, MM_REL_DATA);
		mm_reloc(&m, MM_REL_TEXT, 0, 1, 0xfe, 0); /* code is left alone */
		img = open_mm(&m);
		assert_int_equal(image_section(img, ".debug_info", &b, &err), 0);
		assert_int_equal(value_at(&m, b, 0, p), MM_TEXT_ADDR + MM_FUNC_AT + 4);
		assert_int_equal(value_at(&m, b, 1, p), 0x22);
		assert_int_equal(value_at(&m, b, 2, p), 3);
		assert_int_equal(value_at(&m, b, 3, p), MM_ABS_VALUE - 1);
		assert_int_equal(value_at(&m, b, 4, 4), MM_DATA_ADDR + MM_OBJECT_AT + 8 - 32);
		/* The same from the same copy. */
		v = (uint64_t)(uintptr_t)b.data;
		assert_int_equal(image_section(img, ".debug_info", &b, &err), 0);
		assert_int_equal(v, (uintptr_t)b.data);

		assert_int_equal(image_space_open(img, &sp, &err), 0);
		assert_true(image_space_pointer(sp, MM_DATA_ADDR, &v));
		assert_int_equal(v, MM_TEXT_ADDR + MM_FUNC_AT + 4);
		assert_true(image_space_uint(sp, MM_DATA_ADDR + 32, 4, &v));
		assert_int_equal(v, (uint32_t)(MM_OBJECT_AT + 8 - 32));
		assert_true(image_space_uint(sp, MM_TEXT_ADDR, 4, &v));
		assert_int_equal(v, 0);
		assert_false(image_space_uint(sp, MM_INIT_ADDR - 1, 1, &v));
		assert_null(image_space_damage(sp));
		assert_int_equal(image_space_nsyms(sp), 3); /* with the absolute one */
		assert_string_equal(image_space_sym(sp, 1).name, "mini_func");
		image_space_close(sp);
		image_close(img);
		mm_done(&m);
	}
}

/* Relocations at one place, one after the other. Values are those of 8 bytes, little endian. */
static const struct {
	uint16_t machine;
	struct { uint32_t type, sym; int64_t addend; } r[2];
	uint64_t before, after;
} pairs[] = {
	/* RISC-V: ADD8 to ADD64 are 33 to 36, SUB8 to SUB64 37 to 40 */
	{ EM_RISCV, { { 33, MM_STR, 0x30 }, { 37, MM_STR, 0x10 } }, 0x1105, 0x1125 },
	{ EM_RISCV, { { 34, MM_STR, 0x300 }, { 38, MM_STR, 0x301 } }, 0x110000, 0x11ffff },
	{ EM_RISCV, { { 35, MM_SYM_FUNC, 8 }, { 39, MM_TEXT, 0 } }, 0xaa00000001, 0xaa00000019 },
	{ EM_RISCV, { { 36, MM_SYM_OBJECT, 0 }, { 40, MM_TEXT, 1 } }, 0, MM_DATA_ADDR + MM_OBJECT_AT - MM_TEXT_ADDR - 1 },
	/* SET6 53, SUB6 52: the upper two bits are an opcode */
	{ EM_RISCV, { { 53, MM_STR, 0x7f }, { 52, MM_STR, 0x10 } }, 0x1180, 0x11af },
	{ EM_RISCV, { { 54, MM_STR, 0x1ff }, { 37, MM_STR, 1 } }, 0x1100, 0x11fe },
	{ EM_RISCV, { { 55, MM_STR, 0x12345 }, { 38, MM_STR, 1 } }, 0x110000, 0x112344 },
	{ EM_RISCV, { { 56, MM_SYM_FUNC, 0 }, { 39, MM_TEXT, 0 } }, 0x77, MM_FUNC_AT },
	/* SET_ULEB128 60, SUB_ULEB128 61: 0x80 0x00 keeps two bytes */
	{ EM_RISCV, { { 60, MM_SYM_FUNC, 0x100 }, { 61, MM_TEXT, 0 } }, 0x330080, 0x330290 },
	{ EM_RISCV, { { 60, MM_SYM_FUNC, 0 }, { 61, MM_TEXT, 0 } }, 0x33008080, 0x33008090 },
	{ EM_RISCV, { { 51, 0, 0 }, { 1, MM_STR, 0x44 } }, 0x1, 0x44 },
	/* LoongArch: ADD8.. 47 to 51, SUB8.. 52 to 56; of 24 bits, too */
	{ 258, { { 47, MM_STR, 0x30 }, { 52, MM_STR, 0x10 } }, 0x1105, 0x1125 },
	{ 258, { { 48, MM_STR, 0x300 }, { 53, MM_STR, 0x301 } }, 0x110000, 0x11ffff },
	{ 258, { { 49, MM_SYM_FUNC, 0x20000 }, { 54, MM_TEXT, 0 } }, 0x11000000, 0x11020010 },
	{ 258, { { 50, MM_SYM_FUNC, 8 }, { 55, MM_TEXT, 0 } }, 0xaa00000001, 0xaa00000019 },
	{ 258, { { 51, MM_SYM_OBJECT, 0 }, { 56, MM_TEXT, 1 } }, 0, MM_DATA_ADDR + MM_OBJECT_AT - MM_TEXT_ADDR - 1 },
	{ 258, { { 105, MM_STR, 0x7f }, { 106, MM_STR, 0x10 } }, 0x1181, 0x11b0 },
	{ 258, { { 107, MM_SYM_FUNC, 0x100 }, { 108, MM_TEXT, 0 } }, 0x330080, 0x330290 },
	{ 258, { { 100, 0, 0 }, { 109, MM_STR, 0x44 } }, 0x1, 0x44 },
	{ EM_ARM, { { 40, 0, 0 }, { 42, MM_TEXT, 0 } }, 0x80000010, 0x80000000 | (MM_TEXT_ADDR + 0x10) },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		bool arm = pairs[i].machine == EM_ARM;
		struct err err = ERR_INIT;
		struct image_bytes b;
		struct image *img;
		struct mm m;

		mm_init(&m, pairs[i].machine, !arm, false, !arm);
		set_place(&m, MM_INFO, 0, 8, pairs[i].before);
		for (int n = 0; n < 2; n++)
			mm_reloc(&m, MM_REL_INFO, 0, pairs[i].r[n].sym, pairs[i].r[n].type, pairs[i].r[n].addend);
		img = open_mm(&m);
		assert_int_equal(image_section(img, ".debug_info", &b, &err), 0);
		if (value_at(&m, b, 0, 8) != pairs[i].after)
			fail_msg("pair %zu: 0x%llx, not 0x%llx", i, (unsigned long long)value_at(&m, b, 0, 8),
				 (unsigned long long)pairs[i].after);
		image_close(img);
		mm_done(&m);
	}
}

/* ---- damage ---- */

static const struct {
	uint64_t at;
	uint32_t sym, type;
	uint8_t before; /* of the last byte */
	uint64_t offset;
	const char *msg;
} damaged[] = {
	{ 8, UINT32_MAX, 1, 0, 8, "a relocation to no symbol, number 4294967295" },
	{ 8, MM_TEXT, 99, 0, 8, "a relocation of unknown type 99" },
	{ 64, MM_TEXT, 1, 0, 64, "a relocation behind the section's end, of type 1" },
	{ 61, MM_TEXT, 1, 0, 61, "a relocation behind the section's end, of type 1" },
	{ UINT64_MAX - 1, MM_TEXT, 1, 0, UINT64_MAX - 1, "a relocation behind the section's end, of type 1" },
	{ 8, MM_NSYMS, 1, 0, 8, "a relocation to no symbol, number 11" },
	{ 63, MM_TEXT, 60, 0x80, 63, "a relocation of a number that is not closed, of type 60" },
};

static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		for (enum mm_sec sec = MM_DATA; sec <= MM_INFO; sec += MM_INFO - MM_DATA) {
			uint64_t v;
			struct err err = ERR_INIT;
			struct image_space *sp;
			struct image_bytes b;
			struct image *img;
			struct mm m;

			mm_init(&m, EM_RISCV, true, false, true);
			m.sec[sec].v[MM_BYTES - 1] = (char)damaged[i].before;
			if (i) /* of the first one it is the only relocation */
				mm_reloc(&m, sec == MM_DATA ? MM_REL_DATA : MM_REL_INFO, 0, MM_TEXT, 2, 0);
			mm_reloc(&m, sec == MM_DATA ? MM_REL_DATA : MM_REL_INFO, damaged[i].at, damaged[i].sym, damaged[i].type, 0);
			img = open_mm(&m);
			assert_int_equal(image_section(img, sec == MM_DATA ? ".data" : ".debug_info", &b, &err), ERR_FORMAT);
			assert_string_equal(err.msg, damaged[i].msg);
			assert_int_equal(err.offset, damaged[i].offset);
			/* What is before it is relocated, the rest is as it was. */
			assert_int_equal(image_space_open(img, &sp, &err), 0);
			assert_true(image_space_uint(sp, MM_DATA_ADDR, 8, &v));
			assert_int_equal(v, sec == MM_DATA && i ? MM_TEXT_ADDR : 0);
			assert_int_equal(image_space_damage(sp) != NULL, sec == MM_DATA);
			if (sec == MM_DATA)
				assert_string_equal(image_space_damage(sp)->msg, damaged[i].msg);
			image_space_close(sp);
			image_close(img);
			mm_done(&m);
		}
	}
}

/* Asks for .debug_info; the words of the error, of opening or of that. */
static void fails(struct mm *m, const char *msg)
{
	struct err err = ERR_INIT;
	struct image *img = NULL;
	struct image_bytes b;

	mm_write(m);
	if (!image_open_mem("mini-mod.ko", m->elf.v, m->elf.n, &img, &err))
		assert_int_not_equal(image_section(img, ".debug_info", &b, &err), 0);
	assert_string_equal(err.msg, msg);
	image_close(img);
	mm_done(m);
}

static void test_damaged_sections(void **state)
{
	struct mm m;

	(void)state;
	mm_init(&m, EM_X86_64, true, false, true);
	mm_reloc(&m, MM_REL_INFO, 0, MM_TEXT, R_X86_64_64, 0);
	m.sec[MM_REL_INFO].n--;
	fails(&m, "has a damaged section of relocations, of bytes 23");
	mm_init(&m, EM_X86_64, true, false, true);
	mm_reloc(&m, MM_REL_INFO, 0, MM_TEXT, R_X86_64_64, 0);
	m.header[MM_REL_INFO].info = MM_NSECS;
	fails(&m, ".rel.debug_info relocates section 14, which does not exist");
	mm_init(&m, EM_X86_64, true, false, true);
	mm_reloc(&m, MM_REL_INFO, 0, MM_TEXT, R_X86_64_64, 0);
	m.header[MM_REL_INFO].info = MM_REL_INFO;
	fails(&m, ".rel.debug_info relocates section 9, which does not exist");
	mm_init(&m, EM_X86_64, true, false, true);
	m.header[MM_DATA].align = 24;
	fails(&m, "section 3 (.data) of 64 bytes, aligned to 24");
	mm_init(&m, EM_X86_64, true, false, true);
	m.header[MM_DATA].align = 1ull << 40;
	fails(&m, "section 3 (.data) of 64 bytes, aligned to 1099511627776");
	mm_init(&m, EM_X86_64, true, false, true);
	m.bss_size = UINT64_MAX - 0x100;
	fails(&m, "section 4 (.bss) of 18446744073709551359 bytes, aligned to 256");
	mm_init(&m, EM_X86_64, true, false, true);
	m.bss_size = (1ull << 30) - 0x100;
	fails(&m, "sections of more than 1073741824 bytes");
	mm_init(&m, EM_SPARCV9, true, true, true);
	mm_reloc(&m, MM_REL_INFO, 0, MM_TEXT, R_SPARC_64, 0);
	fails(&m, "a module of sparc64: its relocations are not known");
}

/* Two sections of relocations that relocate each other, and one section that two relocate. */
static void test_chains(void **state)
{
	struct err err = ERR_INIT;
	struct image_bytes b;
	struct image *img;
	struct mm m;

	(void)state;
	mm_init(&m, EM_X86_64, true, false, true);
	mm_reloc(&m, MM_REL_DATA, 0, MM_TEXT, R_X86_64_64, 1);
	mm_reloc(&m, MM_REL_INFO, 8, MM_TEXT, R_X86_64_64, 2);
	m.header[MM_REL_DATA].info = MM_INFO;
	img = open_mm(&m);
	assert_int_equal(image_section(img, ".debug_info", &b, &err), 0);
	assert_int_equal(value_at(&m, b, 0, 8), MM_TEXT_ADDR + 1);
	assert_int_equal(value_at(&m, b, 1, 8), MM_TEXT_ADDR + 2);
	image_close(img);
	m.header[MM_REL_DATA].info = MM_REL_INFO;
	m.header[MM_REL_INFO].info = MM_REL_DATA;
	img = open_mm(&m);
	assert_int_equal(image_section(img, ".rel.data", &b, &err), 0);
	image_close(img);
	mm_done(&m);
}

/* ---- identity ---- */

static void test_modinfo(void **state)
{
	struct image_info info = { 0 };
	struct err err = ERR_INIT;
	struct image *img;
	struct arena a;
	struct mm m;

	(void)state;
	arena_init(&a);
	mm_init(&m, EM_X86_64, true, false, true);
	img = open_mm(&m);
	assert_string_equal(image_modinfo(img).name, "mini_mod");
	assert_string_equal(image_modinfo(img).release, "6.1.0-9-mini");
	assert_int_equal(image_identify(img, &a, &info, &err), 0);
	assert_string_equal(info.release, "6.1.0-9-mini");
	image_close(img);

	/* Debug information alone: of the file's name and folder. */
	m.header[MM_MODINFO].type = SHT_NOBITS;
	mm_write(&m);
	assert_int_equal(image_open_mem("p.deb:./lib/modules/5.10.0-1-x/kernel/nf-a_b.ko.debug", m.elf.v, m.elf.n, &img, &err), 0);
	assert_string_equal(image_modinfo(img).name, "nf_a_b");
	assert_string_equal(image_modinfo(img).release, "");
	assert_int_equal(image_identify(img, &a, &info, &err), 0);
	assert_string_equal(info.release, "5.10.0-1-x");
	image_close(img);
	assert_int_equal(image_open_mem("nf.ko", m.elf.v, m.elf.n, &img, &err), 0);
	assert_int_equal(image_identify(img, &a, &info, &err), ERR_MISSING);
	image_close(img);
	mm_done(&m);
	arena_done(&a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_every_machine),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_damaged_sections),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_modinfo),
	};

	if (argc == 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "relocated"))
		return relocated(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "groups"))
		return groups(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "dump"))
		return dump(argv + 2, argc - 2);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
