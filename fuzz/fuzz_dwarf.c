// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the ELF, DWARF, BTF and symbol readers and the merge: any bytes give a surface whose ranges
 * hold, or an error with words; and types made from DWARF that libbpf reads. The first byte chooses --force, so
 * that damaged images are merged too.
 */
#include "btf/btf_types.h"
#include "dwarf/dwarf_reader.h"
#include "extract/extract.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* What every user of a surface relies on. */
static void check_surface(const struct surface *s)
{
	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		check(f->name && f->name < s->str->entries.n, "name");
		check(!func_has_group(f) || f->ninstances || f->nsymbols, "a group of nothing");
		check((uint64_t)f->instances + f->ninstances <= s->instances.n, "instances");
		check((uint64_t)f->symbols + f->nsymbols <= s->symbols.n, "symbols");
		check(!func_has_proto(f) || type_at(s->types, f->proto)->kind == TYPE_FUNC_PROTO, "prototype");
	}
	for (size_t i = 0; i < s->instances.n; i++) {
		const struct instance *in = &s->instances.v[i];

		check((uint64_t)in->callers + in->ninline_callers + in->ndirect_callers <= s->callers.n, "callers");
		check(in->file < s->str->entries.n && in->loc_file < s->str->entries.n, "paths");
	}
	for (size_t i = 0; i < s->callers.n; i++)
		check(s->callers.v[i].func && s->callers.v[i].func < s->str->entries.n, "caller");
}

/* What calls pass is asked of few calls of a kernel; here of all. */
static void check_calls(struct image *img)
{
	static const char *const names[] = { ".debug_info", ".debug_abbrev", ".debug_addr" };
	struct image_bytes b[ARRAY_SIZE(names)];
	struct dwarf_notes unknown;
	struct err err = ERR_INIT;
	struct dwarf_lane lane;
	struct dwarf d;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (image_section(img, names[i], &b[i], &err))
			return;
	(void)dwarf_open(&d, &(struct dwarf_sections){ .file = "fuzz",
						       .swap = image_swapped(img),
						       .info = { b[0].data, b[0].size },
						       .abbrev = { b[1].data, b[1].size },
						       .addr = { b[2].data, b[2].size } },
			 &unknown, &err);
	dwarf_lane_init(&lane, &d);
	for (size_t i = 0; i < d.units.n; i++) {
		struct dwarf_call_arg args[4];
		const struct dwarf_root *root;
		struct dwarf_walk w;
		struct dwarf_die die;

		if (dwarf_root(&lane, &d.units.v[i], &root, &err) || dwarf_walk_init(&w, &lane, &d.units.v[i], &err))
			continue;
		while (dwarf_walk_next(&w, &die, &err) > 0)
			check(dwarf_call_args(&lane, root, die.offset, args, 4) <= 4, "more than was asked for");
	}
	dwarf_lane_done(&lane);
	dwarf_close(&d);
}

static void print_protos(const struct surface *s)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < s->funcs.n && i < 64; i++)
		if (func_has_proto(&s->funcs.v[i]))
			type_print_c(&text, s->types, s->str, s->funcs.v[i].proto,
				     surface_text(s, s->funcs.v[i].name));
	buf_done(&text);
}

static void check_types(struct image *img, const struct extract_options *o)
{
	struct extract_options from_dwarf = *o;
	struct err err = ERR_INIT;
	struct buf btf = { 0 };

	from_dwarf.types = TYPES_DWARF;
	if (!extract_btf(img, &from_dwarf, &btf, &err))
		check(btf_is_readable(btf.v, btf.n), "BTF that libbpf does not read");
	else
		check(err.code && err.msg[0], "an error without words");
	buf_done(&btf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_options o = { .nlanes = 1 };
	struct err err = ERR_INIT;
	struct type_table types;
	struct strtab str;
	struct surface s;
	struct image *img;

	if (!size)
		return 0;
	o.force = data[0] & 1;
	/* Exactly sized, so that a read past the end is seen. */
	uint8_t *copy = base_alloc(size - 1);

	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	if (!image_open_mem("vmlinux-6.1.0-fuzz", copy, size - 1, &img, &err)) {
		strtab_init(&str);
		type_table_init(&types);
		surface_init(&s, &str, &types);
		if (!extract_image(img, &o, &s, &err)) {
			check_surface(&s);
			print_protos(&s);
		} else {
			check(err.code && err.msg[0], "an error without words");
		}
		surface_done(&s);
		type_table_done(&types);
		strtab_done(&str);
		check_types(img, &o);
		check_calls(img);
		image_close(img);
	} else {
		check(err.code && err.msg[0], "an error without words");
	}
	free(copy);
	return 0;
}
