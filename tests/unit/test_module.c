// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules: layout, symbols, relocations.
 * `test_module same MODULE BYTES` compares the debug sections of a module with what tests/tools/ko_bytes wrote of it,
 * byte by byte, with the sections where that put them.
 */
#include "btf/btf_types.h"
#include "extract/extract.h"
#include "image/image_int.h"
#include "kernel/kernel.h"

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>

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

/* ---- dump: the facts of modules as lines of text, for tests/kernel/module.sh ---- */

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
	if (!rc && btf.size)
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
	struct err err = ERR_INIT;
	struct image_bytes btf;
	struct world w;
	char text[1024];
	int rc;

	world_init(&w);
	rc = image_open(paths[0], &w.img, &err);
	rc = rc ? rc : extract_image(w.img, &o, &w.s, &err);
	rc = rc ? rc : image_section(w.img, ".BTF", &btf, &err);
	rc = rc ? rc : btf_base_open(paths[0], btf.data, btf.size, &base, &err);
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

static void nothing(void **state)
{
	(void)state;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
	};

	if (argc == 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3]);
	if (argc > 3 && !strcmp(argv[1], "dump"))
		return dump(argv + 2, argc - 2);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
