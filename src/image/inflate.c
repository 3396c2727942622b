// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compressed debug sections, through zlib and libzstd. Formats: System V ABI, "Section Compression"
 * (Elf32_Chdr, Elf64_Chdr), and the older .zdebug_*: "ZLIB" and a big-endian 64-bit size.
 */
#include "image/image_int.h"

#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define CHDR_ZLIB 1
#define CHDR_ZSTD 2

static int sec_err(const struct image *img, const struct image_sec *sec, struct err *err,
		   enum err_code code, const char *what)
{
	char where[256];

	snprintf(where, sizeof(where), "%s:%s", img->path, sec->name);
	return err_set(err, code, where, 0, "%s", what);
}

/* zlib takes at most 4 GiB at once, and so does IMAGE_SECTION_MAX; both counts are checked there. */
static bool unzlib(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size)
{
	uLongf n = out_size;

	return uncompress(out, &n, in, in_size) == Z_OK && n == out_size;
}

static bool unzstd(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size)
{
	size_t n = ZSTD_decompress(out, out_size, in, in_size);

	return !ZSTD_isError(n) && n == out_size;
}

int image_inflate(struct image *img, struct image_sec *sec, struct err *err)
{
	struct cur c = cur_init(sec->bytes.data, sec->bytes.size, image_swapped(img));
	uint32_t type = CHDR_ZLIB;
	uint64_t size;
	uint8_t *out;
	bool ok;

	if (sec->hdr.sh_flags & SHF_COMPRESSED) {
		type = cur_u32(&c);
		if (img->pointer_size == 8)
			cur_u32(&c); /* ch_reserved */
		size = cur_uint(&c, img->pointer_size);
		cur_uint(&c, img->pointer_size); /* ch_addralign */
	} else {
		c.swap = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
		if (cur_u32(&c) != 0x5a4c4942) /* "ZLIB" */
			return sec_err(img, sec, err, ERR_FORMAT, "no ZLIB header");
		size = cur_u64(&c);
	}
	if (c.bad)
		return sec_err(img, sec, err, ERR_FORMAT, "the compression header is cut off");
	if (type != CHDR_ZLIB && type != CHDR_ZSTD)
		return sec_err(img, sec, err, ERR_UNSUPPORTED, "compressed in a way that ksurf does not know");
	/* zlib packs at most 1032 to 1, so a larger claim is a lie; zstd can do better on zeros only. */
	if (size > IMAGE_SECTION_MAX || size / 2048 > cur_left(&c))
		return sec_err(img, sec, err, ERR_FORMAT, "claims an absurd uncompressed size");
	out = base_alloc(size);
	ok = type == CHDR_ZLIB ? unzlib(c.p, cur_left(&c), out, size) :
				 unzstd(c.p, cur_left(&c), out, size);
	if (!ok) {
		free(out);
		return sec_err(img, sec, err, ERR_FORMAT, "cannot be decompressed: damaged data");
	}
	sec->inflated = out;
	sec->inflated_size = size;
	return 0;
}
