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

#include <cmocka.h>

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

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "tell"))
		return tell(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3]);
	return 0;
}
