// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Decompresses what begins at a place, as far as it goes, in each compression that kernels come in: through zlib,
 * liblzma, libzstd, libarchive (bzip2, lz4) and liblzo2. No size of the input is believed: memory grows with what
 * comes out, up to a limit. Formats: magic numbers as in the kernel's lib/decompress.c; LZ4 legacy frame; lzop 1.04.
 */
#include "image/boot_int.h"

#include <archive.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define OUT_STEP   (256u << 10)
#define LZMA_MEMORY (512ull << 20) /* xz -9 takes 65 MiB; the kernel's scripts ask for dictionaries of up to 128 MiB */
#define LZ4_LEGACY 0x184c2102u
#define LZ4_BLOCK_MAX ((8u << 20) + (8u << 20) / 255 + 16) /* LZ4_compressBound of the legacy frame's 8 MiB */
#define LZOP_BLOCK_MAX (64u << 20)

/* ---- what comes out ---- */

/* Room for at least one more byte; false at the limit. */
static bool out_room(struct boot_out *o, uint64_t most)
{
	uint64_t want = o->n / 2 < most ? most : o->n / 2;

	if (o->n >= o->limit) {
		o->full = true;
		return false;
	}
	if (o->cap > o->n)
		return true;
	o->cap = o->n + want < o->limit ? o->n + want : o->limit;
	o->v = base_realloc(o->v, o->cap);
	return true;
}

/* ---- one stream; each leaves in->p behind the last byte it used, false when it is damaged or cut off ---- */

static bool un_gzip(struct cur *in, struct boot_out *o)
{
	z_stream z = { 0 };
	int rc = inflateInit2(&z, 16 + MAX_WBITS);

	while (rc == Z_OK) {
		uint64_t left = cur_left(in), room;

		if (!out_room(o, OUT_STEP))
			break;
		room = o->cap - o->n < UINT32_MAX ? o->cap - o->n : UINT32_MAX;
		z.next_in = (Bytef *)(uintptr_t)in->p;
		z.avail_in = left < UINT32_MAX ? (uInt)left : UINT32_MAX;
		z.next_out = o->v + o->n;
		z.avail_out = (uInt)room;
		rc = inflate(&z, Z_NO_FLUSH);
		in->p = z.next_in;
		o->n += room - z.avail_out;
	}
	inflateEnd(&z);
	return rc == Z_STREAM_END;
}

static bool un_lzma(struct cur *in, struct boot_out *o)
{
	lzma_stream z = LZMA_STREAM_INIT;
	bool xz = cur_left(in) && *in->p == 0xfd;
	lzma_ret rc = xz ? lzma_stream_decoder(&z, LZMA_MEMORY, 0) : lzma_alone_decoder(&z, LZMA_MEMORY);

	while (rc == LZMA_OK) {
		if (!out_room(o, OUT_STEP))
			break;
		z.next_in = in->p;
		z.avail_in = cur_left(in);
		z.next_out = o->v + o->n;
		z.avail_out = o->cap - o->n;
		rc = lzma_code(&z, LZMA_RUN);
		in->p = z.next_in;
		o->n = o->cap - z.avail_out;
	}
	lzma_end(&z);
	return rc == LZMA_STREAM_END;
}

static bool un_zstd(struct cur *in, struct boot_out *o)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer from = { in->p, cur_left(in), 0 };
	size_t rc = 1;

	if (!z)
		base_oom(sizeof(from));
	while (rc && !ZSTD_isError(rc) && out_room(o, OUT_STEP)) {
		ZSTD_outBuffer to = { o->v + o->n, o->cap - o->n, 0 };
		size_t before = from.pos;

		rc = ZSTD_decompressStream(z, &to, &from);
		o->n += to.pos;
		if (rc && !to.pos && from.pos == before)
			break; /* cut off */
	}
	ZSTD_freeDStream(z);
	in->p += from.pos;
	return !rc;
}

/* libarchive's filter over these bytes, which must end where the stream ends. */
static bool un_filter(struct cur *in, struct boot_out *o, int filter)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	la_ssize_t n = -1;
	bool open;

	if (!a)
		base_oom(OUT_STEP);
	open = archive_read_append_filter(a, filter) >= ARCHIVE_WARN && !archive_read_support_format_raw(a) &&
	       !archive_read_open_memory(a, in->p, cur_left(in)) && !archive_read_next_header(a, &entry);
	while (open && out_room(o, OUT_STEP)) {
		n = archive_read_data(a, o->v + o->n, o->cap - o->n);
		if (n <= 0)
			break;
		o->n += (uint64_t)n;
	}
	in->p = in->end;
	archive_read_free(a);
	return !n;
}

static bool un_bzip2(struct cur *in, struct boot_out *o)
{
	return un_filter(in, o, ARCHIVE_FILTER_BZIP2);
}

/*
 * The legacy frame has no end: what cannot be a block's size ends it, and so do the four bytes behind it that say how
 * much comes out. 0: it is cut off in a block.
 */
static uint64_t lz4_legacy_size(struct cur c)
{
	cur_u32(&c);
	for (;;) {
		const uint8_t *end = c.p;
		uint32_t n = cur_u32(&c);

		if (n == LZ4_LEGACY)
			continue;
		if (c.bad || !n || n > LZ4_BLOCK_MAX || !cur_left(&c))
			return (uint64_t)(end - c.start);
		if (n > cur_left(&c))
			return 0;
		cur_skip(&c, n);
	}
}

static bool un_lz4(struct cur *in, struct boot_out *o)
{
	struct cur c = cur_init(in->p, cur_left(in), __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__), first = c;
	bool fine;

	if (cur_u32(&first) == LZ4_LEGACY)
		c.end = c.p + lz4_legacy_size(c);
	fine = cur_left(&c) && un_filter(&c, o, ARCHIVE_FILTER_LZ4);
	in->p = c.end;
	return fine;
}

/* The header of lzop; the flags' bits of checksums that each block has into *sums: of its bytes, of its packed bytes. */
static bool lzop_header(struct cur *c, unsigned int sums[2])
{
	uint16_t version;
	uint32_t flags;

	cur_skip(c, 9);
	version = cur_u16(c);
	cur_skip(c, 2);
	if (version >= 0x940)
		cur_skip(c, 2);
	cur_skip(c, version >= 0x940 ? 2 : 1); /* method, level */
	flags = cur_u32(c);
	if (flags & 0x800)
		cur_skip(c, 4); /* filter */
	cur_skip(c, version >= 0x940 ? 12 : 8); /* mode, time */
	cur_skip(c, cur_u8(c)); /* name */
	cur_skip(c, 4);
	if (flags & 0x40) { /* an extra field, and its checksum */
		cur_skip(c, cur_u32(c));
		cur_skip(c, 4);
	}
	sums[0] = !!(flags & 1) + !!(flags & 0x100);
	sums[1] = !!(flags & 2) + !!(flags & 0x200);
	return !c->bad;
}

static bool lzop_block(struct cur *c, uint32_t size, uint32_t packed, struct boot_out *o)
{
	lzo_uint n = size;

	if (packed > size || packed > cur_left(c) || size > LZOP_BLOCK_MAX || size / 256 > packed)
		return false;
	if (!out_room(o, size) || o->limit - o->n < size) {
		o->full = true;
		return false;
	}
	if (o->cap - o->n < size) {
		o->cap = o->n + size;
		o->v = base_realloc(o->v, o->cap);
	}
	if (packed == size)
		memcpy(o->v + o->n, c->p, size);
	else if (lzo1x_decompress_safe(c->p, packed, o->v + o->n, &n, NULL) != LZO_E_OK || n != size)
		return false;
	o->n += size;
	cur_skip(c, packed);
	return true;
}

static bool un_lzo(struct cur *in, struct boot_out *o)
{
	struct cur c = cur_init(in->p, cur_left(in), __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
	unsigned int sums[2];
	bool fine = lzop_header(&c, sums);

	while (fine) {
		uint32_t size = cur_u32(&c), packed;

		if (!size)
			break;
		packed = cur_u32(&c);
		cur_skip(&c, 4ull * (sums[0] + (packed < size ? sums[1] : 0)));
		fine = !c.bad && lzop_block(&c, size, packed, o);
	}
	in->p = c.p;
	return fine && !c.bad;
}

/* ---- which ---- */

/* lzma has no magic: the usual properties, a dictionary of a power of two, a size that is unknown or below 1 GiB. */
static bool is_lzma(const uint8_t *p, uint64_t n)
{
	struct cur c = cur_init(p, n, __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__);
	uint8_t props = cur_u8(&c);
	uint32_t dict = cur_u32(&c);
	uint64_t size = cur_u64(&c);

	return !c.bad && props == 0x5d && dict >= 1 << 12 && dict <= 1u << 30 && !(dict & (dict - 1)) &&
	       (size == UINT64_MAX || size < 1 << 30) && !cur_u8(&c);
}

static const struct boot_codec codecs[] = {
	{ "gzip", "\x1f\x8b\x08", 3, un_gzip },
	{ "xz", "\xfd" "7zXZ\0", 6, un_lzma },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, un_zstd },
	{ "lz4", "\x02\x21\x4c\x18", 4, un_lz4 },
	{ "lz4", "\x04\x22\x4d\x18", 4, un_lz4 },
	{ "lzop", "\x89LZO\0\r\n\x1a\n", 9, un_lzo },
	{ "bzip2", "BZh", 3, un_bzip2 },
	{ "lzma", "\x5d\0\0", 3, un_lzma },
};

const struct boot_codec *boot_codec_of(const uint8_t *p, uint64_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		const struct boot_codec *c = &codecs[i];

		if (n < c->len || *p != (uint8_t)*c->magic || memcmp(p, c->magic, c->len))
			continue;
		if (c->run == un_lzma && *p == 0x5d && !is_lzma(p, n))
			continue;
		if (c->run == un_bzip2 && (n < 10 || memcmp(p + 4, "1AY&SY", 6)))
			continue;
		return c;
	}
	return NULL;
}

int boot_unpack(const struct boot_codec *codec, struct cur *in, struct boot_out *o, const char *where,
		   struct err *err)
{
	uint64_t start = cur_offset(in);
	bool fine;

	/* Several streams in a row are one: what pigz, pzstd and cat make. */
	do
		fine = codec->run(in, o);
	while (fine && boot_codec_of(in->p, cur_left(in)) == codec);
	if (fine && o->n)
		return 0;
	if (o->full)
		return err_set(err, ERR_DAMAGED, where, start, "%s: more than %llu bytes come out, the limit for one payload "
			       "(--unpack-max)", codec->name, (unsigned long long)o->limit);
	return err_set(err, ERR_DAMAGED, where, start, "%s: cannot be decompressed, damaged or cut off after %llu bytes",
		       codec->name, (unsigned long long)(cur_offset(in) - start));
}
