// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's kallsyms tables. `test_kallsyms dump FILE` prints those of an ELF kernel as /proc/kallsyms does;
 * `test_kallsyms bare FILE ARCH` those of bare memory (objcopy -O binary), and where it lies.
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

static int dump(const char *path)
{
	struct err err = ERR_INIT;
	struct image *img;
	int rc;

	if (image_open(path, &img, &err))
		return say_err(&err);
	rc = print_letters(img);
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
		bare_init(&img, path, data, size, strcmp(arch, "armhf") ? 8 : 4, !strcmp(arch, "s390x"));
		rc = print_letters(&img);
		fprintf(stderr, "memory at %" PRIx64 "\n", (uint64_t)img.secs.v[1].hdr.sh_addr);
		bare_done(&img);
	}
	free(data);
	return rc;
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

	if (argc == 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "bare"))
		return dump_bare(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
