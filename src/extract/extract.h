/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * extract: the only place where the readers meet the surface. Runs the passes over an open image, in
 * parallel where units are independent, and merges in unit order: the same image gives the same
 * surface with any number of lanes. Never prints, never stores.
 */
#ifndef KSURF_EXTRACT_H
#define KSURF_EXTRACT_H

#include "image/image.h"
#include "surface/surface.h"

/* Damage up to this share of .debug_info is a finding; above it the image is refused, unless forced. */
#define EXTRACT_DAMAGE_PERCENT 2

/* Where types come from: the image's .BTF where it has one, else DWARF. */
enum extract_types { TYPES_AUTO, TYPES_BTF, TYPES_DWARF };

struct extract_options {
	enum extract_types types; /* TYPES_BTF: ERR_MISSING when there is none */
	const char *config; /* a kernel's config file that belongs to the image; NULL: none given */
	const struct image_part *config_part; /* found beside the image: where it has none of its own; NULL: none */
	unsigned int nlanes;   /* 0: one a processor */
	bool force;	       /* keep an image however damaged */
	struct stages *stages; /* NULL: not wanted */
	/* Called now and then, always from the calling thread; NULL: not wanted. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	/* extract_btf has no surface to keep findings in: it hands them out here, before it returns. NULL: not wanted. */
	void (*finding)(void *ctx, const struct finding *f);
	void *ctx;
};

/*
 * Fills the surface (initialised, empty, with tables of its own) from the image. ERR_MISSING: no
 * DWARF in it (the message tells where to get it); ERR_DAMAGED: too much of it is unreadable. The image
 * must stay open until the surface is settled (surface_settle). Works with what the image has: without DWARF
 * functions come from symbols (info.facts says what is known), of raw BTF there are types and prototypes.
 * ERR_MISSING only when there is neither DWARF, nor BTF, nor a symbol. Signs that an image is not what it
 * seems (BTF of another build, a debug flavor, functions that pahole dropped) are findings.
 */
int extract_image(struct image *img, const struct extract_options *o, struct surface *s,
		  struct err *err);

/*
 * Adds modules to the surface of their kernel, which extract_image filled: their functions, types, tracepoints
 * and kfuncs, with the module as owner, joined in the order of names, so that lanes do not matter. Each part is
 * opened here and closed again, one a lane at a time. A module that cannot be read, or that is of another kernel,
 * is left out, and a finding. Where one module is there twice (stripped, and with debug information), what
 * either has is united.
 */
int extract_modules(struct surface *s, const struct extract_options *o, const struct image_part *const *modules,
		    size_t n, struct err *err);

/*
 * The image's types as raw BTF, and nothing else: its .BTF as it stands, or made from DWARF. *ret is appended
 * to. ERR_MISSING when the image has neither.
 */
int extract_btf(struct image *img, const struct extract_options *o, struct buf *ret, struct err *err);

/* The identity alone: name, build id, and so on. Done once: extract_image takes what is there already. */
int extract_identity(struct image *img, struct surface *s, struct err *err);

#endif
