// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the search for kallsyms tables in memory: any bytes give symbols that are closed texts, whose number and length
 * the bytes bound, by rising address, and a symbol table that its readers read; or an error with words. The first byte is
 * options: 64 bits, big endian, memory at a known address.
 */
#include "image/image_int.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void check_letters(const struct image_letters *l, size_t size)
{
	uint64_t total = 0;

	check(l->n && l->n <= size / 2, "more symbols than bytes");
	for (size_t i = 0; i < l->n; i++) {
		size_t len = strlen(l->v[i].name);

		check(len && len < 512 && l->v[i].letter, "name");
		check(!i || l->v[i].addr >= l->v[i - 1].addr, "addresses rise");
		total += len;
	}
	check(total <= 32 * size, "growth");
}

static void check_symbols(struct image *img, const struct image_letters *l)
{
	struct err err = ERR_INIT;
	struct image_symbols syms;
	struct image_space *sp;

	check(!image_set_letters(img, l->v, l->n, &err), "symbol table");
	check(!image_symbols(img, &syms, &err) && syms.v.n <= l->n && !syms.nbad, "functions");
	image_symbols_done(&syms);
	check(!image_space_open(img, &sp, &err) && image_space_nsyms(sp) <= l->n, "space");
	for (size_t i = 0; i < image_space_nsyms(sp); i += 50)
		check(image_space_sym(sp, i).name, "symbol");
	image_space_close(sp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const archs[] = { "arm64", "armhf", "riscv64", "s390x", "loongarch64", NULL };
	unsigned int options = size ? data[0] : 0;
	struct image img = { .path = "fuzz", .pointer_size = options & 1 ? 8 : 4, .big_endian = options & 2 };
	struct image_letters l;
	struct err err = ERR_INIT;
	struct image_sec *sec;
	int rc;

	if (!size)
		return 0;
	arena_init(&img.arena);
	img.arch = archs[(options >> 3) % 6];
	img.load_align = options & 0x80 ? 0x1000 : 0;
	VEC_PUSH(&img.secs, ((struct image_sec){ .name = "" }));
	sec = VEC_ADD(&img.secs);
	*sec = (struct image_sec){ .name = "memory", .bytes = { data + 1, size - 1 } };
	sec->hdr.sh_type = SHT_PROGBITS;
	sec->hdr.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	sec->hdr.sh_size = size - 1;
	sec->hdr.sh_addr = options & 4 ? 0x81000000 : 0;
	rc = image_kallsyms_letters(&img, &l, &err);
	check(rc == (int)err.code, "code");
	if (rc) {
		check(err.msg[0], "an error without words");
	} else {
		check_letters(&l, size);
		check_symbols(&img, &l);
		free(l.v);
	}
	VEC_DONE(&img.secs);
	arena_done(&img.arena);
	return 0;
}
