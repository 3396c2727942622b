// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's kallsyms tables, and symbols made of letters. `test_kallsyms dump FILE` prints those of a kernel as
 * /proc/kallsyms does; `symbols` the functions that they become; `bare FILE ARCH` those of bare memory (objcopy -O
 * binary), and where it lies; `seeds DIR` writes what the fuzzer starts from.
 */
#include "image/image_int.h"

#include "test_util.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- dump ---- */

static int say_err(const struct err *err)
{
	char text[900];

	fprintf(stderr, "%s\n", err_text(err, text, sizeof(text)));
	return 1;
}

/* The symbols of code as others see them, in place of those that the file has. */
static int print_symbols(struct image *img)
{
	struct err err = ERR_INIT;
	struct image_symbols syms;

	for (size_t i = 0; i < img->secs.n; i++)
		if (img->secs.v[i].hdr.sh_type == SHT_SYMTAB)
			img->secs.v[i].hdr.sh_type = SHT_NULL;
	if (image_read_kallsyms(img, &err) || image_symbols(img, &syms, &err))
		return say_err(&err);
	for (size_t i = 0; i < syms.v.n; i++)
		printf("%" PRIx64 " %" PRIu64 " %d %s %s\n", syms.v.v[i].addr, syms.v.v[i].size, syms.v.v[i].bind,
		       image_section_name(img, syms.v.v[i].section), syms.v.v[i].name);
	image_symbols_done(&syms);
	return 0;
}

static int print_letters(struct image *img)
{
	struct err err = ERR_INIT;
	struct image_letters l;

	if (image_kallsyms_letters(img, &l, &err))
		return say_err(&err);
	for (size_t i = 0; i < l.n; i++)
		printf("%0*" PRIx64 " %c %s\n", (int)img->pointer_size * 2, l.v[i].addr, l.v[i].letter, l.v[i].name);
	free(l.v);
	return 0;
}

static int dump(const char *path, int (*print)(struct image *img))
{
	struct err err = ERR_INIT;
	struct image *img;
	int rc;

	if (image_open(path, &img, &err))
		return say_err(&err);
	rc = print(img);
	image_close(img);
	return rc;
}

/* Bare memory: nothing is known but the architecture. */
static void bare_init(struct image *img, const char *path, const void *data, uint64_t size, unsigned int word, bool be)
{
	struct image_sec *sec;

	*img = (struct image){ .path = path, .data = data, .size = size, .kind = IMAGE_BOOT };
	arena_init(&img->arena);
	img->pointer_size = word;
	img->big_endian = be;
	VEC_PUSH(&img->secs, ((struct image_sec){ .name = "" }));
	sec = VEC_ADD(&img->secs);
	*sec = (struct image_sec){ .name = "memory", .bytes = { data, size } };
	sec->hdr.sh_type = SHT_PROGBITS;
	sec->hdr.sh_flags = SHF_ALLOC;
	sec->hdr.sh_size = size;
}

static void bare_done(struct image *img)
{
	VEC_DONE(&img->secs);
	arena_done(&img->arena);
}

static int dump_bare(const char *path, const char *arch)
{
	size_t size;
	char *data = slurp(path, &size);
	struct image img;
	int rc = 1;

	if (data) {
		bare_init(&img, path, data, size, strcmp(arch, "armhf") && strcmp(arch, "i386") ? 8 : 4, !strcmp(arch, "s390x"));
		img.arch = arch;
		rc = print_letters(&img);
		fprintf(stderr, "memory at %" PRIx64 "\n", (uint64_t)img.secs.v[1].hdr.sh_addr);
		bare_done(&img);
	}
	free(data);
	return rc;
}

/* ---- a writer ---- */

#define NSYMS 700
#define ADDR  0xffff800081000000ull /* of the memory; 32 bits: 0xc1000000 */
#define NOISE 416

enum layout { BASE_IN_FRONT, BASE_BEHIND, PLACE, ADDRESSES, ADDRESSES_BEHIND, NLAYOUTS };

struct form {
	enum layout layout;
	unsigned int word;
	bool be, long_markers, percpu, seqs;
};

struct world {
	struct form form;
	struct buf b;
	struct image img;
	/* Where the parts are. */
	size_t num_at, names, markers, tokens, index, offsets, seqs, seqs_end;
	size_t length_at[NSYMS];
	char name[NSYMS][220];
	char letter[NSYMS];
	uint64_t addr[NSYMS];
};

static const char *const grams[] = { "Tsys_", "Dper_cpu_", "tfunc_", "Tdo_", "very_long_", "rstr", "_init", "Tx" };

static void put(struct world *w, uint64_t v, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		buf_char(&w->b, (char)(v >> 8 * (w->form.be ? size - 1 - i : i)));
}

static size_t align(struct world *w)
{
	unsigned int to = w->form.layout == PLACE ? 4 : w->form.word;

	while (w->b.n % to)
		buf_char(&w->b, 0);
	return w->b.n;
}

static void noise(struct world *w)
{
	uint32_t x = 12345;

	for (int i = 0; i < NOISE; i++, x = x * 1664525 + 1013904223)
		buf_char(&w->b, (char)(x >> 24));
	/* Digits that begin no table, twice. */
	for (int i = 0; i < 20; i++)
		buf_char(&w->b, i % 2 ? 0 : (char)('0' + i / 2 % 10));
	for (int i = 0; i < 20; i++)
		buf_char(&w->b, i % 2 ? 0 : (char)('0' + i / 2 % 10));
	while (w->b.n % 8)
		buf_char(&w->b, 1);
}

static uint64_t base_of(const struct world *w)
{
	return w->form.word == 8 ? ADDR : (uint32_t)ADDR + 0x40000000;
}

static void make_symbols(struct world *w)
{
	uint64_t addr = base_of(w);

	for (unsigned int i = 0; i < NSYMS; i++) {
		if (w->form.percpu && i < 20) {
			w->letter[i] = 'A';
			w->addr[i] = i / 2 * 64;
			snprintf(w->name[i], sizeof(w->name[i]), "cpu_thing_%u", i);
			continue;
		}
		w->letter[i] = "TtDrWb"[i % 6];
		w->addr[i] = addr;
		addr += i % 5 ? 16 * (i % 3) : 0; /* some at one address */
		snprintf(w->name[i], sizeof(w->name[i]), i % 7 ? "sys_%u" : "func_%u.isra.0", i);
		if (i % 90 == 3)
			snprintf(w->name[i], sizeof(w->name[i]), "%0*u", 140, i);
	}
	snprintf(w->name[30], sizeof(w->name[30]), "_stext");
	w->letter[30] = 'T';
}

static void put_name(struct world *w, unsigned int i)
{
	char text[256];
	uint8_t out[256];
	unsigned int n = 0;

	w->length_at[i] = w->b.n;
	snprintf(text, sizeof(text), "%c%s", w->letter[i], w->name[i]);
	for (const char *p = text; *p;) {
		unsigned int k = 0;

		while (k < ARRAY_SIZE(grams) && strncmp(p, grams[k], strlen(grams[k])))
			k++;
		out[n++] = (uint8_t)(k < ARRAY_SIZE(grams) ? 128 + k : (uint8_t)*p);
		p += k < ARRAY_SIZE(grams) ? strlen(grams[k]) : 1;
	}
	if (n > 127)
		buf_char(&w->b, (char)(n | 0x80));
	buf_char(&w->b, (char)(n > 127 ? n >> 7 : n));
	buf_put(&w->b, out, n);
}

static void put_names(struct world *w)
{
	uint32_t markers[NSYMS / 256 + 1];

	w->num_at = align(w);
	put(w, NSYMS, w->form.long_markers ? w->form.word : 4);
	w->names = align(w);
	for (unsigned int i = 0; i < NSYMS; i++) {
		if (!(i % 256))
			markers[i / 256] = (uint32_t)(w->b.n - w->names);
		put_name(w, i);
	}
	w->markers = align(w);
	for (unsigned int i = 0; i < ARRAY_SIZE(markers); i++)
		put(w, markers[i], w->form.long_markers ? w->form.word : 4);
}

static void put_seqs(struct world *w)
{
	w->seqs = align(w);
	for (unsigned int i = 0; w->form.seqs && i < NSYMS; i++) {
		unsigned int seq = (i + 9) * 317 % NSYMS;

		buf_char(&w->b, (char)(seq >> 16));
		buf_char(&w->b, (char)(seq >> 8));
		buf_char(&w->b, (char)seq);
	}
	w->seqs_end = w->b.n;
}

static void put_tokens(struct world *w)
{
	uint16_t index[256];

	w->tokens = align(w);
	for (unsigned int i = 0; i < 256; i++) {
		index[i] = (uint16_t)(w->b.n - w->tokens);
		if (i >= 128 && i - 128 < ARRAY_SIZE(grams))
			buf_puts(&w->b, grams[i - 128]);
		else if (i > ' ' && i < 127)
			buf_char(&w->b, (char)i);
		else if (i > 200)
			buf_puts(&w->b, "Un");
		buf_char(&w->b, 0);
	}
	w->index = align(w);
	for (unsigned int i = 0; i < 256; i++)
		put(w, index[i], 2);
}

static void put_addresses(struct world *w)
{
	w->offsets = align(w);
	for (unsigned int i = 0; i < NSYMS; i++) {
		if (w->form.layout == ADDRESSES || w->form.layout == ADDRESSES_BEHIND)
			put(w, w->addr[i], w->form.word);
		else if (w->form.layout == PLACE)
			put(w, w->addr[i] - (base_of(w) + w->b.n), 4);
		else if (!w->form.percpu)
			put(w, w->addr[i] - base_of(w), 4);
		else
			put(w, i < 20 ? w->addr[i] : base_of(w) - 1 - w->addr[i], 4);
	}
	align(w);
	if (w->form.layout == BASE_IN_FRONT || w->form.layout == BASE_BEHIND)
		put(w, base_of(w), w->form.word);
}

static void world_init(struct world *w, struct form form)
{
	*w = (struct world){ .form = form };
	make_symbols(w);
	noise(w);
	if (form.layout == BASE_IN_FRONT || form.layout == ADDRESSES) {
		put_addresses(w);
		put_names(w);
		put_seqs(w);
		put_tokens(w);
	} else {
		put_names(w);
		put_tokens(w);
		put_addresses(w);
		put_seqs(w);
	}
	noise(w);
	bare_init(&w->img, "world", w->b.v, w->b.n, form.word, form.be);
	w->img.secs.v[1].hdr.sh_addr = base_of(w);
}

static void world_done(struct world *w)
{
	bare_done(&w->img);
	buf_done(&w->b);
}

static int read_world(struct world *w, struct image_letters *l, struct err *err)
{
	*err = (struct err)ERR_INIT;
	*l = (struct image_letters){ 0 };
	return image_kallsyms_letters(&w->img, l, err);
}

static bool is_whole(const struct world *w, const struct image_letters *l)
{
	if (l->n != NSYMS)
		return false;
	for (unsigned int i = 0; i < NSYMS; i++)
		if (strcmp(l->v[i].name, w->name[i]) || l->v[i].letter != w->letter[i] || l->v[i].addr != w->addr[i])
			return false;
	return true;
}

static const struct form forms[] = {
	{ BASE_IN_FRONT, 8, .long_markers = true },
	{ BASE_IN_FRONT, 8, .long_markers = true, .be = true },
	{ BASE_IN_FRONT, 8, .be = false },
	{ BASE_IN_FRONT, 8, .percpu = true },
	{ BASE_IN_FRONT, 8, .be = true },
	{ BASE_IN_FRONT, 4, .be = false },
	{ BASE_IN_FRONT, 4, .be = true },
	{ BASE_IN_FRONT, 8, .seqs = true, .percpu = true },
	{ BASE_IN_FRONT, 4, .seqs = true },
	{ BASE_BEHIND, 8, .seqs = true },
	{ BASE_BEHIND, 8, .seqs = true, .percpu = true },
	{ BASE_BEHIND, 8, .seqs = true, .be = true },
	{ BASE_BEHIND, 4, .seqs = true },
	{ BASE_BEHIND, 4, .seqs = true, .be = true },
	{ PLACE, 8, .seqs = true },
	{ PLACE, 8, .seqs = true, .be = true },
	{ PLACE, 4, .seqs = true },
	{ ADDRESSES, 8, .be = false },
	{ ADDRESSES, 8, .be = true },
	{ ADDRESSES, 4, .be = false },
	{ ADDRESSES_BEHIND, 8, .seqs = true },
	{ ADDRESSES_BEHIND, 4, .seqs = true, .be = true },
};

/* ---- tests ---- */

static void test_layouts(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
		struct image_letters l;
		struct world w;
		struct err err;

		world_init(&w, forms[k]);
		if (read_world(&w, &l, &err) || !is_whole(&w, &l))
			print_error("form %zu: %s, %zu symbols\n", k, err.msg, l.n);
		assert_int_equal(err.code, 0);
		assert_true(is_whole(&w, &l));
		free(l.v);
		world_done(&w);
	}
}

/* Whatever is cut off, there is an error. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
		struct world w;

		world_init(&w, forms[k]);
		for (size_t n = 0, end = w.b.n; n < end; n += 37) {
			size_t needed = w.offsets > w.index ? w.seqs_end : w.index + 512;
			struct image_letters l;
			struct err err;
			char *copy = base_alloc(n + 1); /* so that a sanitizer sees what lies behind */

			memcpy(copy, w.b.v, n);
			w.img.secs.v[1].bytes = (struct image_bytes){ (const uint8_t *)copy, n };
			read_world(&w, &l, &err);
			if (n < needed)
				assert_int_equal(err.code, n < w.index + 512 ? ERR_MISSING : ERR_FORMAT);
			else
				assert_true(!err.code && is_whole(&w, &l));
			if (err.code == ERR_FORMAT)
				assert_int_equal(err.offset, w.tokens);
			free(l.v);
			free(copy);
		}
		world_done(&w);
	}
}

/* One bit of a byte that must fit others: always an error. */
static void flip(struct world *w, size_t at, unsigned int bit, const char *what)
{
	struct image_letters l;
	struct err err;

	w->b.v[at] ^= (char)(1u << bit);
	read_world(w, &l, &err);
	w->b.v[at] ^= (char)(1u << bit);
	if (!err.code)
		print_error("%s, byte %zu, bit %u of layout %d\n", what, at, bit, w->form.layout);
	assert_true(err.code == ERR_FORMAT || err.code == ERR_MISSING);
	assert_true(err.msg[0]);
	free(l.v);
}

static void test_flipped(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
		struct world w;

		world_init(&w, forms[k]);
		for (unsigned int bit = 0; bit < 8; bit++) {
			for (unsigned int i = 0; i < 4; i++)
				flip(&w, (forms[k].be && forms[k].long_markers ? w.names - 4 : w.num_at) + i, bit, "count");
			for (unsigned int i = 0; i < (forms[k].long_markers ? forms[k].word : 4) * (NSYMS / 256 + 1); i++)
				flip(&w, w.markers + i, bit, "marker");
			for (unsigned int i = 0; i < 512; i += 7)
				flip(&w, w.index + i, bit, "index");
			for (unsigned int i = 0; i < NSYMS; i += 11)
				flip(&w, w.length_at[i], bit, "length");
			for (unsigned int i = 0; w.seqs > w.index && i < 3 * NSYMS; i += 13)
				flip(&w, w.seqs + i, bit, "order");
		}
		world_done(&w);
	}
}

static void test_addresses_fall(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
		unsigned int size = forms[k].layout >= ADDRESSES ? forms[k].word : 4;
		struct image_letters l;
		struct world w;
		struct err err;

		world_init(&w, forms[k]);
		for (unsigned int i = 0; i < size; i++) {
			char *a = w.b.v + w.offsets + 200 * size + i, *b = w.b.v + w.offsets + 500 * size + i, c = *a;

			*a = *b;
			*b = c;
		}
		assert_int_equal(read_world(&w, &l, &err), ERR_FORMAT);
		assert_non_null(strstr(err.msg, "rise"));
		world_done(&w);
	}
}

/* Names that would grow without end, or have no letter. */
static void test_names(void **state)
{
	struct image_letters l;
	struct world w;
	struct err err;

	(void)state;
	world_init(&w, forms[9]);
	w.b.v[w.length_at[300] + 1] = ' '; /* the empty token */
	assert_int_equal(read_world(&w, &l, &err), ERR_FORMAT);
	assert_int_equal(err.offset, w.length_at[300]);
	assert_non_null(strstr(err.msg, "symbol 300 of 700"));
	world_done(&w);
}

static void test_none(void **state)
{
	struct image_letters l;
	struct world w;
	struct err err;

	(void)state;
	world_init(&w, forms[9]);
	w.img.secs.v[1].hdr.sh_flags = 0;
	assert_int_equal(read_world(&w, &l, &err), ERR_MISSING);
	assert_non_null(strstr(err.msg, "CONFIG_KALLSYMS"));
	w.img.secs.v[1].bytes = (struct image_bytes){ NULL, 0 };
	assert_int_equal(read_world(&w, &l, &err), ERR_MISSING);
	world_done(&w);
}

/* ---- symbols made of letters ---- */

static void add_sec(struct image *img, const char *name, uint64_t addr, uint64_t size, uint64_t flags)
{
	struct image_sec *sec = VEC_ADD(&img->secs);

	*sec = (struct image_sec){ .name = name };
	sec->hdr.sh_type = SHT_NOBITS;
	sec->hdr.sh_flags = SHF_ALLOC | flags;
	sec->hdr.sh_addr = addr;
	sec->hdr.sh_size = size;
}

static void letters_image(struct image *img, unsigned int word, bool be)
{
	*img = (struct image){ .path = "letters", .pointer_size = word, .big_endian = be };
	arena_init(&img->arena);
	VEC_PUSH(&img->secs, ((struct image_sec){ .name = "" }));
}

/* The symbol of a name by whatever reader: type, section, size and binding as text. */
static const char *symbol_of(const struct image *img, const char *name)
{
	static const char *const types[] = { "notype", "object", "func" }, *const binds[] = { "local", "global", "weak" };
	static char text[200];
	struct err err = ERR_INIT;
	struct image_wanted w = { .name = name };
	struct image_space *sp;

	assert_int_equal(image_space_open(img, &sp, &err), 0);
	image_space_find(sp, &w, 1);
	image_space_close(sp);
	if (!w.sym)
		return "none";
	snprintf(text, sizeof(text), "%s %s %s %" PRIx64 "+%" PRIu64, binds[w.found.bind], types[w.found.type],
		 image_section_name(img, w.found.section), w.found.addr, w.found.size);
	return text;
}

static void test_letters(void **state)
{
	static const struct image_letter v[] = {
		{ "_stext", NULL, 0x1000, 'T' },	  { "alpha", NULL, 0x1000, 'T' },
		{ "beta.part.0", NULL, 0x1010, 't' },	  { "gamma", NULL, 0x1010, 'W' },
		{ "__sched_text_end", NULL, 0x1018, 'T' }, { "mapping$x", NULL, 0x1018, 't' },
		{ "last", NULL, 0x10f0, 't' },		  { "_etext", NULL, 0x1100, 'T' },
		{ "first_data", NULL, 0x1100, 'D' },	  { "weak_data", NULL, 0x1140, 'V' },
		{ "called_static", NULL, 0x1200, 't' },	  { "nowhere", NULL, 0x9000, 'A' },
		{ "end_of_bss", NULL, 0x1400, 'B' },
	};

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct err err = ERR_INIT;
		struct image_symbols syms;
		struct image img;

		letters_image(&img, kind & 1 ? 8 : 4, kind & 2);
		add_sec(&img, ".text", 0x1000, 0x100, SHF_EXECINSTR);
		add_sec(&img, ".rodata", 0x1100, 0x100, 0);
		add_sec(&img, ".data", 0x1200, 0x100, SHF_WRITE | SHF_EXECINSTR);
		add_sec(&img, ".bss", 0x1300, 0x100, SHF_WRITE);
		assert_int_equal(image_set_letters(&img, v, ARRAY_SIZE(v), &err), 0);
		assert_string_equal(symbol_of(&img, "alpha"), "global func .text 1000+16");
		assert_string_equal(symbol_of(&img, "beta.part.0"), "local func .text 1010+8");
		assert_string_equal(symbol_of(&img, "gamma"), "weak func .text 1010+8");
		assert_string_equal(symbol_of(&img, "last"), "local func .text 10f0+16");
		assert_string_equal(symbol_of(&img, "_stext"), "global notype .text 1000+16");
		assert_string_equal(symbol_of(&img, "__sched_text_end"), "global notype .text 1018+216");
		assert_string_equal(symbol_of(&img, "mapping$x"), "local notype .text 1018+216");
		assert_string_equal(symbol_of(&img, "_etext"), "global notype .text 1100+0");
		assert_string_equal(symbol_of(&img, "first_data"), "global object .rodata 1100+64");
		assert_string_equal(symbol_of(&img, "weak_data"), "weak object .rodata 1140+192");
		assert_string_equal(symbol_of(&img, "called_static"), "local object .data 1200+256");
		assert_string_equal(symbol_of(&img, "nowhere"), "global object SHN_ABS 9000+0");
		assert_string_equal(symbol_of(&img, "end_of_bss"), "global object .bss 1400+0");
		assert_int_equal(image_symbols(&img, &syms, &err), 0);
		assert_int_equal(syms.v.n, 4);
		assert_int_equal(syms.nbad, 0);
		image_symbols_done(&syms);
		bare_done(&img);
	}
}

/* A running kernel: no memory, modules by name, and nothing that could be read as zeros. */
static void test_live_letters(void **state)
{
	static const struct image_letter v[] = {
		{ "_stext", NULL, 0x1000, 'T' },	   { "alpha", NULL, 0x1000, 'T' },
		{ "_etext", NULL, 0x1100, 'T' },	   { "some_data", NULL, 0x1200, 'd' },
		{ "module_a", "[nf_conntrack]", 0x800, 't' }, { "module_b", "[nf_conntrack]", 0x810, 't' },
		{ "module_data", "[ext4]", 0x900, 'd' },
	};
	struct err err = ERR_INIT;
	struct image_space *sp;
	struct image img;
	uint64_t number;

	(void)state;
	letters_image(&img, 8, false);
	assert_int_equal(image_set_letters(&img, v, ARRAY_SIZE(v), &err), 0);
	assert_string_equal(symbol_of(&img, "alpha"), "global func .text 1000+256");
	assert_string_equal(symbol_of(&img, "module_a"), "local func [nf_conntrack] 800+16");
	assert_string_equal(symbol_of(&img, "module_b"), "local func [nf_conntrack] 810+240");
	assert_string_equal(symbol_of(&img, "module_data"), "local object [ext4] 900+1792");
	assert_string_equal(symbol_of(&img, "some_data"), "local object SHN_ABS 1200+0");
	assert_int_equal(image_space_open(&img, &sp, &err), 0);
	assert_false(image_space_uint(sp, 0x1200, 8, &number));
	assert_false(image_space_uint(sp, 0x1000, 8, &number));
	image_space_close(sp);
	bare_done(&img);

	/* Without privilege all addresses are 0; the letters still tell functions. */
	letters_image(&img, 8, false);
	assert_int_equal(image_set_letters(&img, &(struct image_letter){ "alpha", NULL, 0, 'T' }, 1, &err), 0);
	{
		struct image_symbols syms;

		assert_int_equal(image_symbols(&img, &syms, &err), 0);
		assert_int_equal(syms.v.n, 1);
		assert_string_equal(syms.v.v[0].name, "alpha");
		assert_int_equal(syms.v.v[0].size, 0);
		image_symbols_done(&syms);
	}
	bare_done(&img);
	letters_image(&img, 8, false);
	assert_int_equal(image_set_letters(&img, NULL, 0, &err), 0);
	assert_string_equal(symbol_of(&img, "alpha"), "none");
	bare_done(&img);
}

/* ---- where bare memory lies ---- */

#define MEMORY 0x20000
#define PLACED 0xffff800080200000ull

struct memory {
	uint8_t v[MEMORY];
	struct image img;
	struct image_letter letters[600];
	char names[600][16];
};

/* 600 functions of 64 bytes behind the first page, each of which calls and is pointed to. */
static void memory_init(struct memory *m, uint64_t addr)
{
	letters_image(&m->img, 8, false);
	m->img.arch = "arm64";
	memset(m->v, 0, sizeof(m->v));
	for (uint32_t i = 0; i < 600; i++) {
		uint32_t at = 0x1000 + i * 64 + i * i % 11 * 4, k = i * 7 % 600, to = 0x1000 + k * 64 + k * k % 11 * 4;
		uint32_t call = 0x94000000 | (((to - at - 8) / 4) & 0x3ffffff);
		uint64_t pointer = PLACED + to;

		memcpy(m->v + at + 8, &call, 4);
		memcpy(m->v + 0x10000 + i * 8, &pointer, 8);
		snprintf(m->names[i], sizeof(m->names[i]), "function_%u", i);
		m->letters[i] = (struct image_letter){ m->names[i], NULL, addr + at, 't' };
	}
}

static void test_place(void **state)
{
	struct memory *m = base_alloc(sizeof(*m));
	struct image_bytes b = { m->v, MEMORY };
	uint64_t addr = 0;

	(void)state;
	memory_init(m, PLACED);
	assert_true(image_place_letters(&m->img, b, m->letters, 600, &addr));
	assert_int_equal(addr, PLACED);
	m->img.arch = "armhf";
	assert_false(image_place_letters(&m->img, b, m->letters, 600, &addr));
	/* The banner, which has a symbol; another text like it lies elsewhere. */
	memcpy(m->v + 0x18010, "Linux version %s", 16);
	memcpy(m->v + 0x18888, "Linux version 6.12.1 ", 20);
	m->letters[599] = (struct image_letter){ "linux_banner", NULL, PLACED + 0x3000 + 0x18888, 'D' };
	assert_true(image_place_letters(&m->img, b, m->letters, 600, &addr));
	assert_int_equal(addr, PLACED + 0x3000);
	bare_done(&m->img);

	memory_init(m, 0);
	assert_true(image_place_offsets(&m->img, b, m->letters, 600, &addr));
	assert_int_equal(addr, PLACED);
	memset(m->v + 0x10000, 0, 600 * 8);
	assert_false(image_place_offsets(&m->img, b, m->letters, 600, &addr));
	bare_done(&m->img);
	free(m);
}

/* The whole way: bare memory whose tables count from their own place. */
static void test_bare(void **state)
{
	struct image_letters l;
	struct world w;
	struct err err;

	(void)state;
	world_init(&w, (struct form){ PLACE, 8, .seqs = true });
	w.img.secs.v[1].hdr.sh_addr = 0;
	w.img.arch = "arm64";
	assert_int_equal(read_world(&w, &l, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "cannot be told"));
	world_done(&w);
	world_init(&w, (struct form){ BASE_BEHIND, 8, .seqs = true });
	w.img.secs.v[1].hdr.sh_addr = 0;
	w.img.arch = "riscv64";
	w.img.load_align = 0x200000;
	assert_int_equal(read_world(&w, &l, &err), 0);
	assert_true(is_whole(&w, &l));
	assert_int_equal(w.img.secs.v[1].hdr.sh_addr, ADDR & ~0x1fffffull);
	free(l.v);
	world_done(&w);
}

/* relative_base holds 0 and is told by a relocation, in memory whose address is known and in bare memory. */
static void test_relocated(void **state)
{
	(void)state;
	for (int bare = 0; bare < 2; bare++) {
		struct image_letters l;
		struct image_sec *sec;
		struct world w;
		struct err err;
		uint64_t rela[6];

		world_init(&w, (struct form){ BASE_BEHIND, 8, .seqs = true });
		memset(w.b.v + w.seqs - 8, 0, 8);
		w.img.secs.v[1].hdr.sh_addr = bare ? 0 : ADDR;
		w.img.arch = "arm64";
		w.img.load_align = 0x200000;
		w.img.load_offset = 0x1000000 & 0x1fffff;
		assert_int_equal(read_world(&w, &l, &err), bare ? ERR_UNSUPPORTED : ERR_FORMAT);
		rela[0] = ADDR + 8, rela[1] = 0x403, rela[2] = ADDR + 0x40;
		rela[3] = ADDR + w.seqs - 8, rela[4] = 0x403, rela[5] = ADDR;
		sec = VEC_ADD(&w.img.secs);
		*sec = (struct image_sec){ .name = ".rela.dyn", .bytes = { (const uint8_t *)rela, sizeof(rela) } };
		sec->hdr.sh_type = SHT_RELA;
		sec->hdr.sh_flags = SHF_ALLOC;
		assert_int_equal(read_world(&w, &l, &err), 0);
		assert_true(is_whole(&w, &l));
		assert_int_equal(w.img.secs.v[1].hdr.sh_addr, ADDR);
		free(l.v);
		world_done(&w);
	}
}

/* ---- seeds ---- */

/* The fuzzer's inputs: a byte of options, then the memory. */
static int write_seeds(const char *dir)
{
	for (size_t k = 0; k < ARRAY_SIZE(forms); k++) {
		char path[400];
		struct world w;
		FILE *f;

		world_init(&w, forms[k]);
		snprintf(path, sizeof(path), "%s/%zu", dir, k);
		f = fopen(path, "wb");
		if (!f)
			return 1;
		fputc((forms[k].word == 8) | forms[k].be << 1 | 4, f);
		fwrite(w.b.v, 1, w.b.n, f);
		fclose(f);
		world_done(&w);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts), cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_addresses_fall), cmocka_unit_test(test_names), cmocka_unit_test(test_none),
		cmocka_unit_test(test_letters), cmocka_unit_test(test_live_letters), cmocka_unit_test(test_place),
		cmocka_unit_test(test_bare), cmocka_unit_test(test_relocated),
	};

	if (argc == 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2], print_letters);
	if (argc == 3 && !strcmp(argv[1], "seeds"))
		return write_seeds(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "symbols"))
		return dump(argv[2], print_symbols);
	if (argc == 4 && !strcmp(argv[1], "bare"))
		return dump_bare(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
