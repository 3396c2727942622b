/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel: data structures of a kernel in its image, as constructs of the surface: tracepoints, LSM hooks,
 * kfuncs, syscalls, config options, and where functions can be attached to. Layouts and flags come from the
 * image's own types, which the surface holds already; nothing here knows a version.
 */
#ifndef KSURF_KERNEL_H
#define KSURF_KERNEL_H

#include "image/image.h"
#include "surface/surface.h"

/* What was left out, each with its count and its first place: codes of findings. */
enum kernel_note_kind {
	KERNEL_NOTE_SYMBOLS,	/* kernel-symbols: the symbol table cannot be read, so no table can be found */
	KERNEL_NOTE_TYPES,	/* kernel-types: no struct or flag in the image's types tells how a table is laid out */
	KERNEL_NOTE_TRACEPOINT, /* tracepoint-damaged: events, or fields of events, that make no sense */
	KERNEL_NOTE_SYSCALL,	/* syscall-damaged: entries of a table that are no function */
	KERNEL_NOTE_KFUNC,	/* kfunc-damaged: id sets that make no sense */
	KERNEL_NOTE_ATTACH,	/* attach-damaged: tables of addresses that make no sense */
	KERNEL_NOTE_CONFIG,	/* config-damaged: an embedded config that cannot be read */
	KERNEL_NOTE_MODULE,	/* module-damaged: data of a module that cannot be relocated */
	KERNEL_NNOTES
};

extern const char *const kernel_note_code[KERNEL_NNOTES];

/* A call register_btf_kfunc_id_set(program, set). */
struct kernel_registration {
	uint64_t program; /* enum bpf_prog_type */
	uint64_t set;	  /* address of a struct btf_kfunc_id_set */
};

struct kernel_facts {
	const uint32_t *kfuncs; /* in: string ids of functions with the decl tag bpf_kfunc */
	size_t nkfuncs;
	const struct kernel_registration *registrations; /* in: which programs a kfunc set is for, where known */
	size_t nregistrations;
	const char *config; /* in: a config file; NULL: the image's own, when it has one */
	const struct image_part *config_part; /* in: what counts when it has none: plain or gzip; NULL: none */
	const struct kernel_base *base; /* in, of a module: its kernel, made once for all modules; NULL: made here */
	const void *base_btf; /* in, of a module: its kernel's .BTF; NULL: what the kernel's surface holds, if it is that */
	uint64_t base_btf_size;
	struct err_note notes[KERNEL_NNOTES];
};

/*
 * Adds constructs to a surface that holds functions, prototypes, symbols and types; sets func.attach and the bits
 * of info.kinds. Damage in the image is noted, never an error. Errors: of facts->config
 * (ERR_IO, ERR_FORMAT with the line's number). Linear in the image's symbols and data.
 */
int kernel_read(struct image *img, struct surface *s, struct kernel_facts *facts, struct err *err);

/*
 * The same of a module, whose own facts are in `s` (with tables of its own, or the kernel's) and whose kernel's are in
 * `kernel`, which layouts and flags come from: tracepoints, kfuncs and where its functions can be attached to. A file
 * with debug information alone has none of it: then nothing is added, and no bit of facts and kinds is set. Modules
 * can be read at the same time, where the tables of `s` are their own. Never fails: the code is for what may come.
 */
int kernel_read_module(struct image *module, const struct surface *kernel, struct surface *s,
		       struct kernel_facts *facts, struct err *err);
/* The kernel's constructs by name, for facts->base: making it takes as long as reading many a module. */
struct kernel_base *kernel_base_open(const struct surface *kernel);
void kernel_base_close(struct kernel_base *b);

#endif
