/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What boot.c (wrappings), payload.c (compressions) and bare.c (memory without sections) share. */
#ifndef KSURF_BOOT_INT_H
#define KSURF_BOOT_INT_H

#include "image/image_int.h"

/* What has been decompressed. Owned by who set it up; free(v). */
struct boot_out {
	uint8_t *v;
	uint64_t n, cap, limit;
	bool full; /* the limit was met */
};

/* A compression: decompresses one stream at in->p, moves in->p behind it; false when it is damaged or cut off. */
struct boot_codec {
	const char *name, *magic;
	size_t len;
	bool (*run)(struct cur *in, struct boot_out *out);
};

/* The compression whose magic these bytes begin with, or NULL. */
const struct boot_codec *boot_codec_of(const uint8_t *p, uint64_t n);
/* Decompresses at in->p as far as it goes; `where` and in's offset are for messages. ERR_DAMAGED. */
int boot_unpack(const struct boot_codec *codec, struct cur *in, struct boot_out *out, const char *where, struct err *err);

/*
 * Makes img->data a kernel of bare memory: sections that can be told, symbols of kallsyms. What is the matter with these
 * is in img->symbols_err: an image has more than symbols.
 */
int boot_open_bare(struct image *img);

#endif
