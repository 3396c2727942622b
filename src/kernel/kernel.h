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
	const void *config_bytes; /* in: what that file holds, plain or gzip, where it is at hand; NULL: it is read */
	size_t config_size;
	struct err_note notes[KERNEL_NNOTES];
};

/*
 * The same of a module, whose own facts are in `s` and whose kernel's are in `kernel` (layouts and flags come from
 * there): tracepoints, kfuncs and where its functions can be attached to.
 */
int kernel_read_module(struct image *module, const struct surface *kernel, struct surface *s,
		       struct kernel_facts *facts, struct err *err);

/*
 * Adds constructs to a surface that holds functions, prototypes, symbols and types; sets func.attach and the bits
 * of info.kinds. Damage in the image is noted, never an error. Errors: of facts->config
 * (ERR_IO, ERR_FORMAT with the line's number). Linear in the image's symbols and data.
 */
int kernel_read(struct image *img, struct surface *s, struct kernel_facts *facts, struct err *err);

#endif
