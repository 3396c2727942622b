// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The file names of a line table's header (DWARF 5, section 6.2.4; DWARF 4, the same). The line
 * program itself is never run. A damaged header gives fewer files, and so locations without a path;
 * functions are not lost by that.
 */
#include "dwarf/dwarf_int.h"

#define FORMATS_MAX 8
#define CONTENT_PATH 1
#define CONTENT_DIRECTORY_INDEX 2

struct line_reader {
	struct dwarf_lane *l;
	struct dwarf_root *root;
	struct dwarf_unit forms; /* what form sizes depend on, as the line table states it */
	struct cur c;
	VEC(const char *) dirs;
	VEC(struct dwarf_file) files;
};

static const char *dir_of(const struct line_reader *r, uint64_t index)
{
	return index < r->dirs.n ? r->dirs.v[index] : "";
}

/* Versions 2 to 4: strings, each list ended by an empty one; files count from 1, directory 0 is comp_dir. */
static void read_v2(struct line_reader *r)
{
	const char *s;

	VEC_PUSH(&r->dirs, r->root->comp_dir);
	while ((s = cur_str(&r->c)) && *s)
		VEC_PUSH(&r->dirs, s);
	VEC_PUSH(&r->files, ((struct dwarf_file){ NULL, NULL }));
	while ((s = cur_str(&r->c)) && *s) {
		uint64_t dir = cur_uleb(&r->c);

		cur_uleb(&r->c); /* time */
		cur_uleb(&r->c); /* size */
		VEC_PUSH(&r->files, ((struct dwarf_file){ dir_of(r, dir), s }));
	}
}

/* One table of version 5: a format, and entries of it. Directories and files count from 0. */
static void read_v5_table(struct line_reader *r, bool files)
{
	uint64_t type[FORMATS_MAX], form[FORMATS_MAX], n;
	unsigned int nformats = cur_u8(&r->c);

	if (nformats > FORMATS_MAX) {
		cur_fail(&r->c);
		return;
	}
	for (unsigned int i = 0; i < nformats; i++) {
		type[i] = cur_uleb(&r->c);
		form[i] = cur_uleb(&r->c);
	}
	n = cur_uleb(&r->c);
	/* Each entry has at least a byte, unless the format is empty and then there is none to read. */
	if (n && (n > cur_left(&r->c) || !nformats)) {
		cur_fail(&r->c);
		return;
	}
	for (uint64_t k = 0; k < n && !r->c.bad; k++) {
		struct dwarf_file f = { "", "" };
		struct dwarf_value v;

		for (unsigned int i = 0; i < nformats; i++) {
			if (!dwarf_read_form(&r->c, &r->forms, form[i], 0, &v))
				return;
			if (type[i] == CONTENT_PATH)
				f.name = dwarf_string(r->l, r->root, &v);
			else if (type[i] == CONTENT_DIRECTORY_INDEX)
				f.dir = dir_of(r, v.v);
		}
		if (files)
			VEC_PUSH(&r->files, f);
		else
			VEC_PUSH(&r->dirs, f.name);
	}
}

static void read_header(struct line_reader *r)
{
	struct dwarf_unit *u = &r->forms;
	uint64_t length = cur_u32(&r->c);
	uint8_t max_ops_version = 4, opcode_base;

	u->offset_size = 4;
	if (length == 0xffffffff) {
		u->offset_size = 8;
		length = cur_u64(&r->c);
	}
	if (length > cur_left(&r->c))
		cur_fail(&r->c);
	if (r->c.bad)
		return;
	r->c.end = r->c.p + length;
	u->version = cur_u16(&r->c);
	if (u->version < 2 || u->version > 5) {
		cur_fail(&r->c);
		return;
	}
	if (u->version >= 5) {
		u->addr_size = cur_u8(&r->c);
		cur_u8(&r->c); /* segment_selector_size */
	}
	cur_uint(&r->c, u->offset_size); /* header_length */
	cur_u8(&r->c);			 /* minimum_instruction_length */
	if (u->version >= max_ops_version)
		cur_u8(&r->c); /* maximum_operations_per_instruction */
	cur_skip(&r->c, 3);    /* default_is_stmt, line_base, line_range */
	opcode_base = cur_u8(&r->c);
	cur_skip(&r->c, opcode_base ? opcode_base - 1u : 0);
	if (r->c.bad)
		return;
	if (u->version < 5) {
		read_v2(r);
	} else {
		read_v5_table(r, false);
		read_v5_table(r, true);
	}
}

void dwarf_read_files(struct dwarf_lane *l, struct dwarf_root *root)
{
	const struct dwarf_bytes *s = &l->d->s.line;
	struct line_reader r = {
		.l = l,
		.root = root,
		.forms = *root->unit,
		.c = cur_init(s->data, s->size, l->d->s.swap),
	};
	struct dwarf_notes outer = l->notes;
	size_t size;

	root->files_read = true;
	if (root->stmt_list == UINT64_MAX)
		return;
	l->notes = root->notes;
	cur_skip(&r.c, root->stmt_list);
	read_header(&r);
	if (r.c.bad)
		dwarf_note(l, ".debug_line", root->stmt_list, "the header of a line table is cut off or damaged");
	root->notes = l->notes;
	l->notes = outer;
	size = r.files.n * sizeof(*root->files);
	root->files = arena_alloc(&l->arena, size);
	if (size)
		memcpy(root->files, r.files.v, size);
	root->nfiles = (uint32_t)r.files.n;
	VEC_DONE(&r.dirs);
	VEC_DONE(&r.files);
}
