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
	struct form kind;
	struct buf b;
	struct image img;
	/* Where the parts are. */
	size_t num_at, names, markers, tokens, index, offsets, offsets_end, base;
	size_t length_at[NSYMS];
	char name[NSYMS][220];
	char letter[NSYMS];
	uint64_t addr[NSYMS];
};

static const char *const grams[] = { "Tsys_", "Dper_cpu_", "tfunc_", "Tdo_", "very_long_", "rstr", "_init", "Tx" };

static void put(struct world *w, uint64_t v, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		buf_char(&w->b, (char)(v >> 8 * (w->kind.be ? size - 1 - i : i)));
}

static size_t align(struct world *w)
{
	unsigned int to = w->kind.layout == PLACE ? 4 : w->kind.word;

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
	return w->kind.word == 8 ? ADDR : (uint32_t)ADDR + 0x40000000;
}

static void make_symbols(struct world *w)
{
	uint64_t addr = base_of(w);

	for (unsigned int i = 0; i < NSYMS; i++) {
		if (w->kind.percpu && i < 20) {
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
	put(w, NSYMS, w->kind.long_markers ? w->kind.word : 4);
	w->names = align(w);
	for (unsigned int i = 0; i < NSYMS; i++) {
		if (!(i % 256))
			markers[i / 256] = (uint32_t)(w->b.n - w->names);
		put_name(w, i);
	}
	w->markers = align(w);
	for (unsigned int i = 0; i < ARRAY_SIZE(markers); i++)
		put(w, markers[i], w->kind.long_markers ? w->kind.word : 4);
}

static void put_seqs(struct world *w)
{
	align(w);
	for (unsigned int i = 0; w->kind.seqs && i < NSYMS; i++) {
		unsigned int seq = i * 317 % NSYMS;

		buf_char(&w->b, (char)(seq >> 16));
		buf_char(&w->b, (char)(seq >> 8));
		buf_char(&w->b, (char)seq);
	}
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
		if (w->kind.layout == ADDRESSES || w->kind.layout == ADDRESSES_BEHIND)
			put(w, w->addr[i], w->kind.word);
		else if (w->kind.layout == PLACE)
			put(w, w->addr[i] - (base_of(w) + w->b.n), 4);
		else if (!w->kind.percpu)
			put(w, w->addr[i] - base_of(w), 4);
		else
			put(w, i < 20 ? w->addr[i] : base_of(w) - 1 - w->addr[i], 4);
	}
	w->offsets_end = w->b.n;
	w->base = align(w);
	if (w->kind.layout == BASE_IN_FRONT || w->kind.layout == BASE_BEHIND)
		put(w, base_of(w), w->kind.word);
}

static void world_init(struct world *w, struct form kind)
{
	*w = (struct world){ .kind = kind };
	make_symbols(w);
	noise(w);
	if (kind.layout == BASE_IN_FRONT || kind.layout == ADDRESSES) {
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
	bare_init(&w->img, "world", w->b.v, w->b.n, kind.word, kind.be);
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

static const struct form kinds[] = {
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
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct image_letters l;
		struct world w;
		struct err err;

		world_init(&w, kinds[k]);
		if (read_world(&w, &l, &err) || !is_whole(&w, &l))
			print_error("form %zu: %s, %zu symbols\n", k, err.msg, l.n);
		assert_int_equal(err.code, 0);
		assert_true(is_whole(&w, &l));
		free(l.v);
		world_done(&w);
	}
}

/* Whatever is cut off, there is an error; with the seqs, which nobody reads, all is there. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct world w;

		world_init(&w, kinds[k]);
		for (size_t n = 0, end = w.b.n; n < end; n += 37) {
			bool base = kinds[k].layout == BASE_BEHIND;
			size_t needed = w.offsets > w.index ? (base ? w.base + kinds[k].word : w.offsets_end) : w.index + 512;
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
		print_error("%s, byte %zu, bit %u of layout %d\n", what, at, bit, w->kind.layout);
	assert_true(err.code == ERR_FORMAT || err.code == ERR_MISSING);
	assert_true(err.msg[0]);
	free(l.v);
}

static void test_flipped(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct world w;

		world_init(&w, kinds[k]);
		for (unsigned int bit = 0; bit < 8; bit++) {
			for (unsigned int i = 0; i < 4; i++)
				flip(&w, (kinds[k].be && kinds[k].long_markers ? w.names - 4 : w.num_at) + i, bit, "count");
			for (unsigned int i = 0; i < (kinds[k].long_markers ? kinds[k].word : 4) * (NSYMS / 256 + 1); i++)
				flip(&w, w.markers + i, bit, "marker");
			for (unsigned int i = 0; i < 512; i += 7)
				flip(&w, w.index + i, bit, "index");
			for (unsigned int i = 0; i < NSYMS; i += 11)
				flip(&w, w.length_at[i], bit, "length");
		}
		world_done(&w);
	}
}

static void test_addresses_fall(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		unsigned int size = kinds[k].layout >= ADDRESSES ? kinds[k].word : 4;
		struct image_letters l;
		struct world w;
		struct err err;

		world_init(&w, kinds[k]);
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
	world_init(&w, kinds[9]);
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
	world_init(&w, kinds[9]);
	w.img.secs.v[1].hdr.sh_flags = 0;
	assert_int_equal(read_world(&w, &l, &err), ERR_MISSING);
	assert_non_null(strstr(err.msg, "CONFIG_KALLSYMS"));
	w.img.secs.v[1].bytes = (struct image_bytes){ NULL, 0 };
	assert_int_equal(read_world(&w, &l, &err), ERR_MISSING);
	world_done(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts), cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_addresses_fall), cmocka_unit_test(test_names), cmocka_unit_test(test_none),
	};

	if (argc == 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2], print_letters);
	if (argc == 3 && !strcmp(argv[1], "symbols"))
		return dump(argv[2], print_symbols);
	if (argc == 4 && !strcmp(argv[1], "bare"))
		return dump_bare(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
