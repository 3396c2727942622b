/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The codes inside a function's blob, for store_pack.c and store_unpack.c (docs/formats/store.md).
 */
#ifndef KSURF_STORE_PACK_INT_H
#define KSURF_STORE_PACK_INT_H

/*
 * An instance's flags that are none: a string id follows, the owner of the instances and symbols from here on, and
 * addresses count from 0 for a module's and from the image's lowest for the kernel's. At first it is the kernel.
 */
#define PACK_OWNER 7

/* A symbol's flags, bit 7: the same, after the flags. */
#define PACK_SYMBOL_OWNER (1 << 7)

/* instance flags, bits 5-6: where the declaration is */
enum pack_loc {
	PACK_LOC_NONE,
	PACK_LOC_OWN_FILE, /* the instance's file; a line follows */
	PACK_LOC_AGAIN,	   /* file and line of the instance before */
	PACK_LOC_FILE,	   /* file and line follow */
};

/* symbol flags, bits 2-3 */
enum pack_name {
	PACK_NAME_SAME,	  /* the group's name */
	PACK_NAME_SUFFIX, /* the group's name and what follows */
	PACK_NAME_OWN,	  /* a string id follows */
};

/* symbol flags, bits 5-6 */
enum pack_section {
	PACK_SECTION_TEXT,
	PACK_SECTION_INIT,
	PACK_SECTION_AGAIN, /* as the symbol before */
	PACK_SECTION_OWN,   /* a string id follows */
};

/* a caller's two low bits; above them the difference of the function's id, or a run's length - 1 */
enum pack_caller {
	PACK_CALLER_AGAIN,
	PACK_CALLER_OWN_FILE,
	PACK_CALLER_SAME_FILE, /* as the caller before */
	PACK_CALLER_FILE,      /* the difference of the file's id follows */
};

/* So that a byte of a damaged blob cannot ask for more than this many callers. */
#define PACK_CALLER_RUN_MAX 32

#endif
