// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Boot images: whatever a file is wrapped and compressed in, it opens or says why not, and what it says it holds lies
 * inside it. A small limit, so that what is inflated is no hang.
 */
#include "image/image_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct image *img)
{
	struct image_space *sp = NULL;
	struct image_info info = { 0 };
	struct err err = ERR_INIT;
	struct arena a;

	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];

		if (sec->bytes.data && sec->bytes.size) {
			volatile uint8_t first = sec->bytes.data[0], last = sec->bytes.data[sec->bytes.size - 1];

			(void)first, (void)last;
		}
	}
	arena_init(&a);
	image_identify(img, &a, &info, &err);
	arena_done(&a);
	err_clear(&err);
	if (!image_space_open(img, &sp, &err))
		for (size_t i = 0; i < image_space_nsyms(sp); i += 1 + image_space_nsyms(sp) / 64) {
			struct image_sym sym = image_space_sym(sp, i);
			uint64_t v;

			image_space_pointer(sp, sym.addr, &v);
		}
	image_space_close(sp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct image *img;

	if (!image_open_limited("fuzz", data, size, 1 << 20, &img, &err)) {
		look(img);
		image_close(img);
	} else if (!err.code) {
		__builtin_trap();
	}
	return 0;
}
