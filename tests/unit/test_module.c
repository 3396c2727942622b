// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules: layout, symbols, relocations.
 * `test_module same MODULE BYTES` compares the debug sections of a module with what tests/tools/ko_bytes wrote of it,
 * byte by byte, with the sections where that put them.
 */
#include "image/image_int.h"

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
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
