// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Boot images: wrappings, compressions and bare memory. `test_boot tell FILE` prints what an image is, `test_boot same
 * BOOT DEBUG` holds a boot image against the debug image of the same build and prints lines of TAP (tests/kernel/boot.sh).
 */
#include "image/boot_int.h"
#include "test_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <elf.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

static int failed(const struct err *err)
{
	char text[1024];

	fprintf(stderr, "%s\n", err_text(err, text, sizeof(text)));
	return 1;
}

/* ---- tell ---- */

static const char *const kind_word[] = { "kernel", "boot", "module", "types", "live" };

static int tell(const char *path)
{
	struct image_info info = { 0 };
	struct err err = ERR_INIT;
	struct image *img;
	struct arena a;

	if (image_open(path, &img, &err))
		return failed(&err);
	printf("%s %s %u %s\n", kind_word[image_kind(img)], image_arch(img), image_pointer_size(img),
	       img->big_endian ? "big" : "little");
	printf("data-symbols %s\n", image_symbol_value(img, "linux_banner") ? "yes" : "no");
	arena_init(&a);
	if (!image_identify(img, &a, &info, &err))
		printf("release %s\nbanner %s\nbuild-id %s\n", info.release, info.banner, info.build_id);
	for (size_t i = 1; i < img->secs.n; i++)
		if (img->secs.v[i].hdr.sh_size)
			printf("%zu %s %#llx %#llx type %u flags %#llx\n", i, img->secs.v[i].name,
			       (unsigned long long)img->secs.v[i].hdr.sh_addr, (unsigned long long)img->secs.v[i].hdr.sh_size,
			       img->secs.v[i].hdr.sh_type, (unsigned long long)img->secs.v[i].hdr.sh_flags);
	if (img->symbols_err.code)
		printf("symbols: %s\n", img->symbols_err.msg);
	arena_done(&a);
	image_close(img);
	return 0;
}

/* ---- same ---- */

static void result(bool fine, const char *fmt, ...) BASE_PRINTF(2, 3);
static void result(bool fine, const char *fmt, ...)
{
	va_list args;

	printf("%s - ", fine ? "ok" : "not ok");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void same_btf(struct image *boot, struct image *debug)
{
	struct image_bytes a, b;
	struct err err = ERR_INIT;

	if (image_section(boot, ".BTF", &a, &err) || image_section(debug, ".BTF", &b, &err)) {
		result(false, "sections are readable");
		return;
	}
	result(a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size)), ".BTF is the debug image's, %llu and %llu bytes",
	       (unsigned long long)a.size, (unsigned long long)b.size);
}

static void same_identity(struct image *boot, struct image *debug)
{
	struct image_info a = { 0 }, b = { 0 };
	struct err err = ERR_INIT;
	struct arena arena;

	arena_init(&arena);
	if (image_identify(boot, &arena, &a, &err) || image_identify(debug, &arena, &b, &err)) {
		result(false, "has an identity: %s", err.msg);
	} else {
		result(!strcmp(a.banner, b.banner) && *a.banner, "banner: %s, %s", a.banner, b.banner);
		result(!strcmp(a.build_id, b.build_id) && *a.build_id, "build id: %s, %s", a.build_id, b.build_id);
		result(!strcmp(a.name, b.name) && a.pointer_size == b.pointer_size && a.big_endian == b.big_endian &&
		       !strcmp(a.arch, b.arch), "name, machine: %s, %s", a.name, b.name);
	}
	arena_done(&arena);
}

/* Vectors of arm are linked for where they are copied to; they lie among the rest. */
static bool lies_elsewhere(const struct image_sec *sec)
{
	return !strncmp(sec->name, ".vectors", 8) || !strcmp(sec->name, ".stubs");
}

struct memory {
	struct image_space *boot, *debug;
	uint64_t bytes, bad, pointers; /* compared; that differ */
};

/* Bytes that differ, or that the boot image does not have. */
static void same_section(struct memory *m, const struct image_sec *sec)
{
	uint64_t wrong = 0, first = 0, x = 0, y;

	for (uint64_t at = 0; at < sec->bytes.size; at++, m->bytes++) {
		uint64_t addr = sec->hdr.sh_addr + at;
		struct cur c = image_space_at(m->boot, addr, 1);

		if ((c.bad || *c.p != sec->bytes.data[at]) && !wrong++)
			first = addr;
		if (!(addr % 8) && image_space_pointer(m->debug, addr, &y) &&
		    (!image_space_pointer(m->boot, addr, &x) || x != y) && !m->pointers++)
			printf("# pointer at %#llx: %#llx, not %#llx\n", (unsigned long long)addr, (unsigned long long)x,
			       (unsigned long long)y);
	}
	if (wrong)
		printf("# %s: %llu of %llu bytes differ or are absent, first at %#llx\n", sec->name, (unsigned long long)wrong,
		       (unsigned long long)sec->bytes.size, (unsigned long long)first);
	m->bad += wrong;
}

/* Each allocated section of the debug image, its bytes and its pointers, as the boot image has them at these addresses. */
static void same_memory(const struct image *boot, const struct image *debug)
{
	struct memory m = { 0 };
	struct err err = ERR_INIT;

	if (image_space_open(boot, &m.boot, &err) || image_space_open(debug, &m.debug, &err)) {
		result(false, "memory can be opened: %s", err.msg);
		image_space_close(m.boot);
		return;
	}
	for (size_t i = 0; i < debug->secs.n; i++) {
		const struct image_sec *sec = &debug->secs.v[i];

		if ((sec->hdr.sh_flags & SHF_ALLOC) && sec->hdr.sh_addr && sec->bytes.data && !lies_elsewhere(sec))
			same_section(&m, sec);
	}
	result(m.bytes && !m.bad, "%llu bytes of memory, %llu differ", (unsigned long long)m.bytes, (unsigned long long)m.bad);
	result(m.bytes && !m.pointers, "%llu pointers differ", (unsigned long long)m.pointers);
	image_space_close(m.boot);
	image_space_close(m.debug);
}

static int same(const char *boot_path, const char *debug_path)
{
	struct image *boot = NULL, *debug = NULL;
	struct err err = ERR_INIT;

	if (image_open(boot_path, &boot, &err) || image_open(debug_path, &debug, &err)) {
		image_close(boot);
		return failed(&err);
	}
	same_identity(boot, debug);
	same_btf(boot, debug);
	same_memory(boot, debug);
	image_close(boot);
	image_close(debug);
	return 0;
}

/* ---- compressions: what a build would make ---- */

static void put_le(struct buf *b, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		buf_char(b, (char)(v >> 8 * i));
}

static void put_be(struct buf *b, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		buf_char(b, (char)(v >> 8 * (n - 1 - i)));
}

static void poke_le(struct buf *b, size_t at, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		b->v[at + i] = (char)(v >> 8 * i);
}

static void pad(struct buf *b, size_t n)
{
	while (b->n < n)
		buf_char(b, 0);
}

static void with_gzip(struct buf *out, const struct buf *in)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	buf_grow(out, in->n + 4096);
	z.next_in = (Bytef *)in->v;
	z.avail_in = (uInt)in->n;
	z.next_out = (Bytef *)out->v + out->n;
	z.avail_out = (uInt)(in->n + 4096);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += z.total_out;
	deflateEnd(&z);
}

static void with_lzma_coder(struct buf *out, const struct buf *in, lzma_stream *z)
{
	buf_grow(out, in->n + 4096);
	z->next_in = (const uint8_t *)in->v;
	z->avail_in = in->n;
	z->next_out = (uint8_t *)out->v + out->n;
	z->avail_out = in->n + 4096;
	assert_int_equal(lzma_code(z, LZMA_FINISH), LZMA_STREAM_END);
	out->n += z->total_out;
	lzma_end(z);
}

/* As scripts/xz_wrap.sh: the filter for x86, and CRC32. */
static void with_xz(struct buf *out, const struct buf *in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	lzma_filter f[] = { { LZMA_FILTER_X86, NULL }, { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL } };

	assert_false(lzma_lzma_preset(&o, 6));
	assert_int_equal(lzma_stream_encoder(&z, f, LZMA_CHECK_CRC32), LZMA_OK);
	with_lzma_coder(out, in, &z);
}

static void with_lzma(struct buf *out, const struct buf *in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	assert_false(lzma_lzma_preset(&o, 6));
	assert_int_equal(lzma_alone_encoder(&z, &o), LZMA_OK);
	with_lzma_coder(out, in, &z);
}

static void with_zstd(struct buf *out, const struct buf *in)
{
	size_t room = ZSTD_compressBound(in->n), n;

	buf_grow(out, room);
	n = ZSTD_compress(out->v + out->n, room, in->v, in->n, 3);
	assert_false(ZSTD_isError(n));
	out->n += n;
}

static void with_archive(struct buf *out, const struct buf *in, int (*filter)(struct archive *))
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t room = 2 * in->n + 65536, used = 0;

	buf_grow(out, room);
	assert_int_equal(filter(a), ARCHIVE_OK);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, out->v + out->n, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, in->v, in->n), in->n);
	archive_write_close(a);
	archive_entry_free(e);
	archive_write_free(a);
	out->n += used;
}

static void with_bzip2(struct buf *out, const struct buf *in)
{
	with_archive(out, in, archive_write_add_filter_bzip2);
}

static void with_lz4(struct buf *out, const struct buf *in)
{
	with_archive(out, in, archive_write_add_filter_lz4);
}

/* Blocks of literals alone: a token, lengths in 255s, the bytes. */
static void with_lz4_legacy(struct buf *out, const struct buf *in)
{
	put_le(out, 0x184c2102, 4);
	for (size_t at = 0; at < in->n; at += 40000) {
		size_t n = in->n - at < 40000 ? in->n - at : 40000, left = n - 15;
		struct buf block = { 0 };

		assert_true(n > 15);
		buf_char(&block, (char)0xf0);
		for (; left >= 255; left -= 255)
			buf_char(&block, (char)255);
		buf_char(&block, (char)left);
		buf_put(&block, in->v + at, n);
		put_le(out, block.n, 4);
		buf_put(out, block.v, block.n);
		buf_done(&block);
	}
}

static void with_lzop(struct buf *out, const struct buf *in)
{
	static const uint8_t magic[] = { 0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a, '\n' };
	uint8_t *work = base_alloc(LZO1X_1_MEM_COMPRESS), block[20000];

	buf_put(out, magic, 9);
	put_be(out, 0x1040, 2);
	put_be(out, 0x20a0, 2);
	put_be(out, 0x0940, 2);
	put_be(out, 0x0103, 2); /* method, level */
	put_be(out, 3, 4);	/* adler32 of the bytes and of the packed bytes; nobody checks them */
	for (int i = 0; i < 3; i++)
		put_be(out, 0, 4); /* mode and times */
	buf_char(out, 6);
	buf_puts(out, "Image\n");
	put_be(out, 0, 4);
	for (size_t at = 0; at < in->n; at += 16384) {
		size_t n = in->n - at < 16384 ? in->n - at : 16384;
		lzo_uint packed = sizeof(block);

		assert_int_equal(lzo1x_1_compress((const lzo_bytep)in->v + at, n, block, &packed, work), LZO_E_OK);
		put_be(out, n, 4);
		put_be(out, packed < n ? packed : n, 4);
		put_be(out, 0, packed < n ? 8 : 4);
		if (packed < n)
			buf_put(out, block, packed);
		else
			buf_put(out, in->v + at, n);
	}
	put_be(out, 0, 4);
	free(work);
}

static const struct codec {
	const char *name, *word; /* word: of a zboot header */
	void (*run)(struct buf *out, const struct buf *in);
	bool sum; /* damage of one bit is seen */
} codecs[] = {
	{ "gzip", "gzip", with_gzip, true },  { "xz", "xzkern", with_xz, true },    { "lzma", "lzma", with_lzma, false },
	{ "zstd", "zstd22", with_zstd, false }, { "bzip2", "bzip2", with_bzip2, true }, { "lz4", "lz4", with_lz4, true },
	{ "lz4", "lz4", with_lz4_legacy, false }, { "lzop", "lzo", with_lzop, false },
};

/* ---- kernels ---- */

#define BTF_AT	 0x2080
#define NOTES_AT 0x2000
#define RELA_AT	 0x6000
#define NRELA	 100
#define KERNEL_SIZE 0x20000

static size_t kernel_size = KERNEL_SIZE; /* for seeds: less */

static const char banner[] = "Linux version 6.9.0-test (a@b) (gcc) #1 SMP\n";

static void put_number(struct buf *b, bool be, uint64_t v, unsigned int n)
{
	(be ? put_be : put_le)(b, v, n);
}

/* A type, its name: the least that is BTF. */
static size_t put_btf(struct buf *b, bool be)
{
	size_t start = b->n;

	put_number(b, be, 0xeb9f, 2);
	put_number(b, be, 0x0001, 2);
	if (be)
		b->v[b->n - 2] = 1, b->v[b->n - 1] = 0;
	put_number(b, be, 24, 4);
	put_number(b, be, 0, 4);
	put_number(b, be, 16, 4);
	put_number(b, be, 16, 4);
	put_number(b, be, 5, 4);
	put_number(b, be, 1, 4);
	put_number(b, be, 1 << 24, 4); /* INT */
	put_number(b, be, 4, 4);
	put_number(b, be, 0x01000020, 4);
	buf_put(b, "\0int", 5);
	return b->n - start;
}

/* Bare memory: notes of a vDSO's kind and the kernel's, .BTF, relocations, a banner; noise, so that it does not vanish. */
static void bare_kernel(struct buf *b, bool be, uint32_t relative)
{
	uint32_t noise = 1;

	pad(b, 0x1000);
	buf_put(b, ELFMAG, 4);
	pad(b, 0x1100);
	for (int i = 0; i < 2; i++) {
		put_number(b, be, 4, 4);
		put_number(b, be, 20, 4);
		put_number(b, be, 3, 4);
		buf_put(b, "GNU", 4);
		for (int k = 0; k < 20; k++)
			buf_char(b, (char)(i ? 0xab : 0xcd));
		if (!i)
			pad(b, NOTES_AT);
	}
	pad(b, BTF_AT);
	put_btf(b, be);
	pad(b, 0x3000);
	buf_put(b, banner, sizeof(banner));
	pad(b, RELA_AT);
	for (int i = 0; relative && i < NRELA; i++) {
		put_number(b, be, 0x1000000 + 8 * (unsigned int)i, 8);
		put_number(b, be, relative, 8);
		put_number(b, be, 0x1003000, 8);
	}
	while (b->n < kernel_size) {
		noise = noise * 1103515245 + 12345;
		buf_char(b, (char)(noise >> 24 & 15));
	}
}

static void arm64_image(struct buf *b)
{
	bare_kernel(b, false, R_AARCH64_RELATIVE);
	memcpy(b->v, "MZ", 2);
	memcpy(b->v + 0x38, "ARM\x64", 4);
}

/* ---- wrappings ---- */

static void bzimage(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	size_t payload;

	pad(out, 0x1000 + 512);
	payload = out->n;
	c->run(out, kernel);
	if (strcmp(c->name, "gzip"))
		put_le(out, kernel->n, 4);
	memcpy(out->v, "MZ", 2);
	out->v[0x1f1] = 7;
	poke_le(out, 0x1fe, 0xaa55, 2);
	memcpy(out->v + 0x202, "HdrS", 4);
	poke_le(out, 0x206, 0x20f, 2);
	poke_le(out, 0x248, payload - 8 * 512, 4);
	poke_le(out, 0x24c, out->n - payload, 4);
	buf_puts(out, "what a signature adds");
}

static void pe(struct buf *out, uint16_t machine)
{
	poke_le(out, 0, 0x5a4d, 2);
	poke_le(out, 0x3c, 0x40, 4);
	poke_le(out, 0x40, 0x4550, 4);
	poke_le(out, 0x44, machine, 2);
}

static void zboot(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	pad(out, 0x400);
	c->run(out, kernel);
	pe(out, 0xaa64);
	memcpy(out->v + 4, "zimg", 4);
	poke_le(out, 8, 0x400, 4);
	poke_le(out, 12, out->n - 0x400, 4);
	memcpy(out->v + 24, c->word, strlen(c->word));
	if (strcmp(c->name, "gzip"))
		put_le(out, kernel->n, 4);
	pad(out, out->n + 100);
}

/* Before the payload what only looks like one. */
static void decoys(struct buf *out)
{
	struct buf small = { 0 };

	buf_puts(&small, "this is no kernel, though it can be unpacked");
	buf_put(out, "\x1f\x8b\x08\0\0\0\0\0\0\0nonsense", 18);
	buf_put(out, "\xfd" "7zXZ\0\0\4nonsense", 16);
	buf_put(out, "\x28\xb5\x2f\xfdnonsense", 12);
	with_gzip(out, &small);
	with_xz(out, &small);
	buf_done(&small);
}

static void zimage(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	pad(out, 0x100);
	decoys(out);
	pad(out, 0x800);
	c->run(out, kernel);
	put_le(out, kernel->n, 4);
	poke_le(out, 0x24, 0x016f2818, 4);
	poke_le(out, 0x34, 0x45454545, 4);
	poke_le(out, 0x38, 0xc0, 4);
	poke_le(out, 0xc0, 5, 4);
	poke_le(out, 0xc4, 0x5a534c4b, 4);
	poke_le(out, 0xc8, out->n - 4, 4);
	poke_le(out, 0xd0, 0x8000, 4);
	pad(out, out->n + 77);
}

static void s390(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	pad(out, 0x10008);
	buf_puts(out, "S390EP");
	decoys(out);
	pad(out, 0x11000);
	c->run(out, kernel);
	pad(out, out->n + 1000);
}

static void uki(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	struct buf inner = { 0 };

	bzimage(&inner, kernel, c);
	pad(out, 0x400);
	pe(out, 0x8664);
	poke_le(out, 0x46, 2, 2);
	poke_le(out, 0x54, 240, 2);
	memcpy(out->v + 0x40 + 24 + 240, ".osrel\0", 8);
	memcpy(out->v + 0x40 + 24 + 240 + 40, ".linux\0", 8);
	poke_le(out, 0x40 + 24 + 280 + 8, inner.n, 4);
	poke_le(out, 0x40 + 24 + 280 + 16, inner.n, 4);
	poke_le(out, 0x40 + 24 + 280 + 20, 0x400, 4);
	buf_put(out, inner.v, inner.n);
	buf_done(&inner);
}

static void android(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	pad(out, 2048);
	c->run(out, kernel);
	memcpy(out->v, "ANDROID!", 8);
	poke_le(out, 8, out->n - 2048, 4);
	poke_le(out, 36, 2048, 4);
	pad(out, out->n + 3000);
}

static void uboot(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	struct buf inner = { 0 };

	c->run(&inner, kernel);
	put_be(out, 0x27051956, 4);
	put_be(out, 0, 8);
	put_be(out, inner.n, 4);
	pad(out, 64);
	buf_put(out, inner.v, inner.n);
	pad(out, out->n + 9);
	buf_done(&inner);
}

static void plain(struct buf *out, const struct buf *kernel, const struct codec *c)
{
	c->run(out, kernel);
}

enum inside { INSIDE_ARM64, INSIDE_ARM, INSIDE_S390 };

static const struct wrapping {
	const char *name;
	void (*run)(struct buf *out, const struct buf *kernel, const struct codec *c);
	enum inside inside;
} wrappings[] = {
	{ "alone", plain, INSIDE_ARM64 }, { "bzImage", bzimage, INSIDE_ARM64 }, { "zboot", zboot, INSIDE_ARM64 },
	{ "zImage", zimage, INSIDE_ARM }, { "s390", s390, INSIDE_S390 },	 { "UKI", uki, INSIDE_ARM64 },
	{ "Android", android, INSIDE_ARM64 }, { "U-Boot", uboot, INSIDE_ARM64 },
};

static void kernel_of(struct buf *b, enum inside inside)
{
	if (inside == INSIDE_ARM64)
		arm64_image(b);
	else
		bare_kernel(b, inside == INSIDE_S390, inside == INSIDE_S390 ? R_390_RELATIVE : 0);
}

/* ---- tests ---- */

static struct image *open_buf(const struct buf *b, uint64_t limit, struct err *err)
{
	struct image *img = NULL;

	err_clear(err);
	return image_open_limited("k", b->v, b->n, limit, &img, err) ? NULL : img;
}

static void check_section(struct image *img, const char *name, uint64_t at, uint64_t size)
{
	uint64_t addr = 0, n = 0;

	assert_true(image_section_place(img, name, &addr, &n));
	assert_int_equal(addr, at);
	assert_int_equal(n, size);
}

static void check_kernel(struct image *img, enum inside inside, const struct buf *file)
{
	static const char *const archs[] = { "arm64", "armhf", "s390x" };
	struct image_info info = { 0 };
	struct image_bytes btf;
	struct err err = ERR_INIT;
	struct arena a;

	assert_int_equal(image_kind(img), IMAGE_BOOT);
	assert_string_equal(image_arch(img), archs[inside]);
	assert_int_equal(image_pointer_size(img), inside == INSIDE_ARM ? 4 : 8);
	assert_int_equal(img->big_endian, inside == INSIDE_S390);
	assert_int_equal(image_file_size(img), file->n);
	assert_int_equal(image_section(img, ".BTF", &btf, &err), 0);
	assert_int_equal(btf.size, 45);
	check_section(img, ".BTF", BTF_AT, 45);
	check_section(img, ".notes", NOTES_AT, 36);
	if (inside != INSIDE_ARM)
		check_section(img, ".rela.dyn", RELA_AT, 24 * NRELA);
	arena_init(&a);
	assert_int_equal(image_identify(img, &a, &info, &err), 0);
	assert_string_equal(info.release, "6.9.0-test");
	assert_string_equal(info.build_id, "abababababababababababababababababababab");
	arena_done(&a);
}

/* Each wrapping in each compression; at the limit, over it, cut off, and with bits changed. */
static void test_all(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(wrappings); w++) {
		for (size_t c = 0; c < ARRAY_SIZE(codecs); c++) {
			struct buf kernel = { 0 }, file = { 0 }, cut;
			struct err err = ERR_INIT;
			struct image *img;
			char text[1024];

			kernel_of(&kernel, wrappings[w].inside);
			wrappings[w].run(&file, &kernel, &codecs[c]);
			img = open_buf(&file, KERNEL_SIZE + 4096, &err);
			if (!img)
				fail_msg("%s, %s: %s", wrappings[w].name, codecs[c].name, err_text(&err, text, sizeof(text)));
			check_kernel(img, wrappings[w].inside, &file);
			image_close(img);

			assert_null(open_buf(&file, KERNEL_SIZE - 1, &err));
			assert_int_equal(err.code, ERR_DAMAGED);
			assert_non_null(strstr(err.msg, "--unpack-max"));
			for (size_t n = 0; n < file.n; n += n < 0x500 ? 131 : 29989) {
				cut = (struct buf){ file.v, n, n };
				img = open_buf(&cut, KERNEL_SIZE + 4096, &err);
				if (img && n < file.n / 2)
					fail_msg("%s, %s: opens, cut off after %zu bytes", wrappings[w].name, codecs[c].name, n);
				image_close(img);
			}
			for (size_t at = 0; at < file.n; at += 4001) {
				file.v[at] ^= 0x10;
				img = open_buf(&file, KERNEL_SIZE + 4096, &err);
				image_close(img);
				file.v[at] ^= 0x10;
			}
			buf_done(&kernel);
			buf_done(&file);
		}
	}
}

/* Damage in the middle of a payload whose compression has a checksum is an error, and says where the payload is. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(codecs); c++) {
		struct buf kernel = { 0 }, file = { 0 };
		struct err err = ERR_INIT;

		arm64_image(&kernel);
		bzimage(&file, &kernel, &codecs[c]);
		file.v[file.n / 2] ^= 0x40;
		if (codecs[c].sum) {
			assert_null(open_buf(&file, UINT64_MAX, &err));
			assert_int_equal(err.code, ERR_DAMAGED);
			assert_int_equal(err.offset, 0x1200);
			assert_non_null(strstr(err.msg, codecs[c].name));
		} else {
			image_close(open_buf(&file, UINT64_MAX, &err));
		}
		buf_done(&kernel);
		buf_done(&file);
	}
}

/* An x86 payload says how much must come out; one that is cut where a block ends is shorter. */
static void test_size(void **state)
{
	struct buf kernel = { 0 }, file = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	arm64_image(&kernel);
	bzimage(&file, &kernel, &codecs[3]);
	poke_le(&file, file.n - strlen("what a signature adds") - 4, KERNEL_SIZE + 1, 4);
	assert_null(open_buf(&file, UINT64_MAX, &err));
	assert_int_equal(err.code, ERR_DAMAGED);
	assert_non_null(strstr(err.msg, "131072"));
	poke_le(&file, 0x24c, 0x7fffffff, 4);
	assert_null(open_buf(&file, UINT64_MAX, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	assert_int_equal(err.offset, 0x1200);
	buf_done(&kernel);
	buf_done(&file);
}

/* Compressed again and again: up to BOOT_DEPTH_MAX, the bare image counts as none. */
static void test_depth(void **state)
{
	struct buf b[BOOT_DEPTH_MAX + 2] = { { 0 } };
	struct err err = ERR_INIT;
	struct image *img;

	(void)state;
	arm64_image(&b[0]);
	for (size_t i = 1; i < ARRAY_SIZE(b); i++) {
		with_gzip(&b[i], &b[i - 1]);
		img = open_buf(&b[i], UINT64_MAX, &err);
		assert_int_equal(!img, i > BOOT_DEPTH_MAX);
		image_close(img);
	}
	assert_int_equal(err.code, ERR_DAMAGED);
	for (size_t i = 0; i < ARRAY_SIZE(b); i++)
		buf_done(&b[i]);
}

/* Zeros: a thousand times larger than the file, within the limit; and a search among many of these, all together. */
static void test_bombs(void **state)
{
	struct buf zeros = { 0 }, file = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	pad(&zeros, 1 << 20);
	with_gzip(&file, &zeros);
	assert_null(open_buf(&file, 1 << 19, &err));
	assert_int_equal(err.code, ERR_DAMAGED);
	assert_non_null(strstr(err.msg, "524288"));
	assert_null(open_buf(&file, 1 << 21, &err));
	assert_int_equal(err.code, ERR_FORMAT); /* zeros are nothing */
	file.n = 0;
	pad(&file, 0x10008);
	buf_puts(&file, "S390EP");
	for (int i = 0; i < 10; i++)
		with_gzip(&file, &zeros);
	assert_null(open_buf(&file, 10 << 20, &err)); /* all but meet it, and none is a kernel */
	assert_int_equal(err.code, ERR_DAMAGED);
	assert_null(open_buf(&file, 5 << 20, &err));
	assert_int_equal(err.code, ERR_DAMAGED);
	assert_non_null(strstr(err.msg, "--unpack-max"));
	buf_done(&zeros);
	buf_done(&file);
}

/* Raw BTF of both byte orders, as it is and compressed. */
static void test_types(void **state)
{
	(void)state;
	for (int be = 0; be < 2; be++) {
		struct buf btf = { 0 }, file = { 0 };
		struct image_bytes bytes;
		struct err err = ERR_INIT;
		struct image *img;

		put_btf(&btf, be);
		with_xz(&file, &btf);
		for (int packed = 0; packed < 2; packed++) {
			img = open_buf(packed ? &file : &btf, UINT64_MAX, &err);
			assert_non_null(img);
			assert_int_equal(image_kind(img), IMAGE_TYPES);
			assert_string_equal(image_arch(img), "");
			assert_int_equal(img->big_endian, be);
			assert_int_equal(image_section(img, ".BTF", &bytes, &err), 0);
			assert_int_equal(bytes.size, btf.n);
			assert_memory_equal(bytes.data, btf.v, btf.n);
			image_close(img);
		}
		buf_done(&btf);
		buf_done(&file);
	}
}

/* An ELF kernel in a bzImage has its sections; without any symbol it has none, and that is no fault. */
static void test_elf(void **state)
{
	struct buf kernel = { 0 }, file = { 0 };
	struct image_symbols symbols;
	struct err err = ERR_INIT;
	Elf64_Ehdr eh = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1, .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 2, .e_shstrndx = 1, .e_shoff = 0x1000 };
	Elf64_Shdr sh[2] = { { 0 }, { .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = 0x800, .sh_size = 11 } };
	struct image *img;

	(void)state;
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	buf_put(&kernel, &eh, sizeof(eh));
	pad(&kernel, 0x800);
	buf_put(&kernel, "\0.shstrtab", 11);
	pad(&kernel, 0x1000);
	buf_put(&kernel, sh, sizeof(sh));
	bzimage(&file, &kernel, &codecs[0]);
	img = open_buf(&file, UINT64_MAX, &err);
	assert_non_null(img);
	assert_int_equal(image_kind(img), IMAGE_BOOT);
	assert_string_equal(image_arch(img), "amd64");
	assert_int_equal(image_symbols(img, &symbols, &err), 0);
	assert_int_equal(symbols.v.n, 0);
	image_symbols_done(&symbols);
	image_close(img);
	buf_done(&kernel);
	buf_done(&file);
}

/* Each wrapping and compression in small, for fuzz/fuzz_boot. */
static int seeds(const char *dir)
{
	kernel_size = 0;
	for (size_t w = 0; w < ARRAY_SIZE(wrappings); w++)
		for (size_t c = 0; c < ARRAY_SIZE(codecs); c++) {
			struct buf kernel = { 0 }, file = { 0 };
			char path[512];
			FILE *f;

			kernel_of(&kernel, wrappings[w].inside);
			wrappings[w].run(&file, &kernel, &codecs[c]);
			snprintf(path, sizeof(path), "%s/%s-%zu", dir, wrappings[w].name, c);
			f = fopen(path, "wb");
			if (!f || fwrite(file.v, 1, file.n, f) != file.n || fclose(f))
				return 1;
			buf_done(&kernel);
			buf_done(&file);
		}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),   cmocka_unit_test(test_damaged), cmocka_unit_test(test_size),
		cmocka_unit_test(test_depth), cmocka_unit_test(test_bombs),   cmocka_unit_test(test_types),
		cmocka_unit_test(test_elf),
	};

	if (argc == 3 && !strcmp(argv[1], "tell"))
		return tell(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "seeds"))
		return seeds(argv[2]);
	return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
