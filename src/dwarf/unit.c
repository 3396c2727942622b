// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Units and single DIEs: headers (DWARF 5, section 7.5.1), forms (7.5.5), roots. What values mean is in
 * value.c; walking a unit is walk.c's.
 */
#include "dwarf/dwarf_int.h"

#include <stdio.h>

#define DWARF_UT_COMPILE 1
#define DWARF_UT_TYPE 2
#define DWARF_UT_SKELETON 4
#define DWARF_UT_SPLIT_COMPILE 5
#define DWARF_UT_SPLIT_TYPE 6

int dwarf_err(const struct dwarf *d, const char *section, uint64_t offset, struct err *err,
	      const char *msg)
{
	char where[256];

	snprintf(where, sizeof(where), "%s:%s", d->s.file, section);
	return err_set(err, ERR_FORMAT, where, offset, "%s", msg);
}

void dwarf_note(struct dwarf_lane *l, const char *section, uint64_t offset, const char *msg)
{
	if (l->notes.n++)
		return;
	err_clear(&l->notes.first);
	dwarf_err(l->d, section, offset, &l->notes.first, msg);
}

/* The header at the cursor; false when it makes no sense. The cursor is at the unit's end afterwards. */
static bool read_header(struct cur *c, struct dwarf_unit *u)
{
	uint64_t length, base = cur_offset(c);

	*u = (struct dwarf_unit){ .offset = base, .offset_size = 4, .type = 1 };
	length = cur_u32(c);
	if (length == 0xffffffff) {
		u->offset_size = 8;
		length = cur_u64(c);
	} else if (length >= 0xfffffff0) {
		return false;
	}
	if (c->bad || length > cur_left(c))
		return false;
	u->end = cur_offset(c) + length;
	u->version = cur_u16(c);
	if (u->version >= 5) {
		u->type = cur_u8(c);
		u->addr_size = cur_u8(c);
		u->abbrev_offset = cur_uint(c, u->offset_size);
		if (u->type == DWARF_UT_SKELETON || u->type == DWARF_UT_SPLIT_COMPILE)
			cur_skip(c, 8); /* dwo_id */
		if (u->type == DWARF_UT_TYPE || u->type == DWARF_UT_SPLIT_TYPE) {
			u->signature = cur_u64(c);
			u->type_die = base + cur_uint(c, u->offset_size);
		}
	} else {
		u->abbrev_offset = cur_uint(c, u->offset_size);
		u->addr_size = cur_u8(c);
	}
	u->first_die = cur_offset(c);
	if (c->bad || u->first_die > u->end)
		return false;
	c->p = c->start + u->end;
	return true;
}

/* What of a header is not as ksurf knows it, or NULL. */
static const char *unknown_header(const struct dwarf_unit *u)
{
	if (u->version < 2 || u->version > 5)
		return "a unit of an unknown DWARF version";
	if (u->addr_size != 4 && u->addr_size != 8)
		return "a unit with addresses of neither 4 nor 8 bytes";
	if (u->type < DWARF_UT_COMPILE || u->type > DWARF_UT_SPLIT_TYPE)
		return "a unit of an unknown type";
	return NULL;
}

int dwarf_open(struct dwarf *d, const struct dwarf_sections *s, struct dwarf_notes *unknown, struct err *err)
{
	struct cur c = cur_init(s->info.data, s->info.size, s->swap);

	*d = (struct dwarf){ .s = *s };
	map_init(&d->unit_of_signature);
	*unknown = (struct dwarf_notes){ .n = 0 };
	while (cur_left(&c)) {
		uint64_t at = cur_offset(&c);
		struct dwarf_unit u;

		if (!read_header(&c, &u))
			return dwarf_err(d, ".debug_info", at, err,
					 "a unit's header is cut off or its length runs past the section");
		if (unknown_header(&u)) {
			if (!unknown->n++)
				err_clear(&unknown->first);
			dwarf_err(d, ".debug_info", at, &unknown->first, unknown_header(&u));
			continue;
		}
		u.index = (uint32_t)d->units.n;
		if (u.type_die)
			*map_at(&d->unit_of_signature, u.signature >> 1) = u.index;
		VEC_PUSH(&d->units, u);
	}
	return 0;
}

void dwarf_close(struct dwarf *d)
{
	VEC_DONE(&d->units);
	map_done(&d->unit_of_signature);
}

const struct dwarf_unit *dwarf_unit_at(const struct dwarf *d, uint64_t offset)
{
	size_t lo = 0, hi = d->units.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (d->units.v[mid].end <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < d->units.n && offset >= d->units.v[lo].first_die)
		return &d->units.v[lo];
	return NULL;
}

void dwarf_lane_init(struct dwarf_lane *l, const struct dwarf *d)
{
	*l = (struct dwarf_lane){ .d = d };
	arena_init(&l->arena);
	map_init(&l->tables.of);
	map_init(&l->type_tables.of);
	strtab_init(&l->inline_names);
	l->roots = base_calloc(d->units.n, sizeof(*l->roots));
}

void dwarf_lane_done(struct dwarf_lane *l)
{
	dwarf_tables_done(&l->tables);
	dwarf_tables_done(&l->type_tables);
	strtab_done(&l->inline_names);
	free(l->roots);
	arena_done(&l->arena);
}

struct cur dwarf_unit_cur(const struct dwarf *d, const struct dwarf_unit *u, uint64_t offset)
{
	struct cur c = cur_init(d->s.info.data, u->end, d->s.swap);

	cur_skip(&c, offset);
	return c;
}

/* decoder switch: DW_FORM_* */
int dwarf_form_size(const struct dwarf_unit *u, uint64_t form)
{
	switch (form) {
	case FORM_FLAG_PRESENT:
	case FORM_IMPLICIT_CONST:
		return 0;
	case FORM_DATA1:
	case FORM_REF1:
	case FORM_FLAG:
	case FORM_STRX1:
	case FORM_ADDRX1:
		return 1;
	case FORM_DATA2:
	case FORM_REF2:
	case FORM_STRX2:
	case FORM_ADDRX2:
		return 2;
	case FORM_STRX3:
	case FORM_ADDRX3:
		return 3;
	case FORM_DATA4:
	case FORM_REF4:
	case FORM_STRX4:
	case FORM_ADDRX4:
	case FORM_REF_SUP4:
		return 4;
	case FORM_DATA8:
	case FORM_REF8:
	case FORM_REF_SIG8:
	case FORM_REF_SUP8:
		return 8;
	case FORM_DATA16:
		return 16;
	case FORM_ADDR:
		return u->addr_size;
	case FORM_REF_ADDR: /* an address in DWARF 2, an offset since */
		return u->version == 2 ? u->addr_size : u->offset_size;
	case FORM_STRP:
	case FORM_LINE_STRP:
	case FORM_STRP_SUP:
	case FORM_SEC_OFFSET:
	case FORM_GNU_REF_ALT:
	case FORM_GNU_STRP_ALT:
		return u->offset_size;
	case FORM_SDATA:
	case FORM_UDATA:
	case FORM_REF_UDATA:
	case FORM_STRX:
	case FORM_ADDRX:
	case FORM_LOCLISTX:
	case FORM_RNGLISTX:
	case FORM_GNU_ADDR_INDEX:
	case FORM_GNU_STR_INDEX:
		return SIZE_LEB;
	case FORM_STRING:
		return SIZE_STRING;
	case FORM_BLOCK1:
		return SIZE_BLOCK1;
	case FORM_BLOCK2:
		return SIZE_BLOCK2;
	case FORM_BLOCK4:
		return SIZE_BLOCK4;
	case FORM_BLOCK:
	case FORM_EXPRLOC:
		return SIZE_BLOCK;
	case FORM_INDIRECT:
		return SIZE_INDIRECT;
	default:
		return SIZE_UNKNOWN;
	}
}

bool dwarf_read_form(struct cur *c, const struct dwarf_unit *u, uint64_t form, uint64_t implicit,
		     struct dwarf_value *v)
{
	int size = dwarf_form_size(u, form);

	v->form = (uint16_t)form;
	v->v = 0;
	switch (size) {
	case 0:
		v->v = form == FORM_FLAG_PRESENT ? 1 : implicit;
		break;
	case 1:
	case 2:
	case 3:
	case 4:
	case 8:
		v->v = cur_uint(c, (unsigned int)size);
		break;
	case 16:
		cur_skip(c, 16);
		break;
	case SIZE_LEB:
		v->v = form == FORM_SDATA ? (uint64_t)cur_sleb(c) : cur_uleb(c);
		break;
	case SIZE_STRING:
		v->v = (uintptr_t)cur_str(c);
		break;
	case SIZE_BLOCK1:
		cur_skip(c, cur_u8(c));
		break;
	case SIZE_BLOCK2:
		cur_skip(c, cur_u16(c));
		break;
	case SIZE_BLOCK4:
		cur_skip(c, cur_u32(c));
		break;
	case SIZE_BLOCK:
		cur_skip(c, cur_uleb(c));
		break;
	case SIZE_INDIRECT:
		form = cur_uleb(c);
		/* Neither of the two has its value in .debug_info, and the first would never end. */
		if (form == FORM_INDIRECT || form == FORM_IMPLICIT_CONST)
			return cur_fail(c);
		return dwarf_read_form(c, u, form, 0, v);
	default:
		return cur_fail(c);
	}
	return !c->bad;
}

/* Reads the attributes by the abbreviation's own list; slower than a compiled program, keeps all slots. */
static bool read_attrs(const struct dwarf *d, const struct dwarf_unit *u, const struct abbrev *a,
		       struct cur *c, struct dwarf_die *die)
{
	struct cur spec = cur_init(d->s.abbrev.data, d->s.abbrev.size, d->s.swap);

	cur_skip(&spec, u->abbrev_offset + a->attrs);
	for (;;) {
		uint64_t attr = cur_uleb(&spec), form = cur_uleb(&spec), implicit = 0;
		uint64_t at = cur_offset(c);
		enum dwarf_slot slot;
		struct dwarf_value v;

		if (form == FORM_IMPLICIT_CONST)
			implicit = (uint64_t)cur_sleb(&spec);
		if ((!attr && !form) || spec.bad)
			return !spec.bad;
		if (!dwarf_read_form(c, u, form, implicit, &v))
			return false;
		slot = dwarf_slot_of(attr);
		if (slot == SLOT_CALL_VALUE)
			v.v = at;
		if (slot != SLOT_NSLOTS) {
			die->value[slot] = v;
			die->present |= 1u << slot;
		}
	}
}

int dwarf_die_at(struct dwarf_lane *l, const struct dwarf_unit *u, uint64_t offset,
		 struct dwarf_die *die, struct err *err)
{
	const struct dwarf_abbrevs *t;
	const struct abbrev *a;
	uint64_t code;
	struct cur c;
	int rc;

	if (offset < u->first_die || offset >= u->end)
		return dwarf_err(l->d, ".debug_info", offset, err, "a reference leaves its unit");
	rc = dwarf_abbrevs_of(l, u, &t, err);
	if (rc)
		return rc;
	c = dwarf_unit_cur(l->d, u, offset);
	code = cur_uleb(&c);
	die->offset = offset;
	die->present = 0;
	die->depth = 0;
	die->tag = 0;
	die->children = false;
	die->next = cur_offset(&c);
	if (c.bad)
		return dwarf_err(l->d, ".debug_info", offset, err, "the unit ends in a DIE");
	if (!code)
		return 0;
	a = abbrev_of(t, code);
	if (!a)
		return dwarf_err(l->d, ".debug_info", offset, err,
				 "an abbreviation code that the unit's table does not have");
	die->tag = a->tag;
	die->children = a->children;
	if (!(a->action >= ACTION_REPORT ? dwarf_read_reported(l, u, t, a, &c, die) :
					   read_attrs(l->d, u, a, &c, die)))
		return dwarf_err(l->d, ".debug_info", offset, err, "a DIE is cut off");
	die->next = cur_offset(&c);
	return 0;
}

/* ---- roots ---- */

static uint64_t value_or(const struct dwarf_die *die, enum dwarf_slot slot, uint64_t other)
{
	return dwarf_has(die, slot) ? die->value[slot].v : other;
}

static const char *text_or_empty(struct dwarf_lane *l, const struct dwarf_root *root,
				 const struct dwarf_die *die, enum dwarf_slot slot)
{
	return dwarf_has(die, slot) ? dwarf_string(l, root, &die->value[slot]) : "";
}

int dwarf_root(struct dwarf_lane *l, const struct dwarf_unit *u, const struct dwarf_root **ret,
	       struct err *err)
{
	struct dwarf_root *r = l->roots[u->index];
	struct dwarf_notes outer;
	struct dwarf_die die;
	uint64_t header;
	int rc;

	if (r) {
		*ret = r;
		return 0;
	}
	rc = dwarf_die_at(l, u, u->first_die, &die, err);
	if (rc)
		return rc;
	if (die.tag != TAG_COMPILE_UNIT && die.tag != TAG_PARTIAL_UNIT && die.tag != TAG_SKELETON_UNIT &&
	    u->type != DWARF_UT_TYPE)
		return dwarf_err(l->d, ".debug_info", u->first_die, err,
				 "the unit's first DIE is no unit");
	r = arena_alloc(&l->arena, sizeof(*r));
	/* Without a base attribute the tables begin behind their own header (DWARF 5, section 7.26 ff.). */
	header = u->offset_size == 8 ? 16 : 8;
	*r = (struct dwarf_root){
		.unit = u,
		.tag = die.tag,
		.split = dwarf_has(&die, SLOT_DWO_NAME),
		.language = value_or(&die, SLOT_LANGUAGE, 0),
		.stmt_list = value_or(&die, SLOT_STMT_LIST, UINT64_MAX),
		.str_offsets_base = value_or(&die, SLOT_STR_OFFSETS_BASE, u->version < 5 ? 0 : header),
		.addr_base = value_or(&die, SLOT_ADDR_BASE, u->version < 5 ? 0 : header),
		.rnglists_base = value_or(&die, SLOT_RNGLISTS_BASE, header + 4),
	};
	/* Which unit's reader comes here first is chance: what is noted is the unit's own, not the caller's. */
	outer = l->notes;
	l->notes.n = 0;
	r->name = text_or_empty(l, r, &die, SLOT_NAME);
	r->comp_dir = text_or_empty(l, r, &die, SLOT_COMP_DIR);
	if (dwarf_has(&die, SLOT_LOW_PC))
		r->low_pc = dwarf_addr(l, r, &die.value[SLOT_LOW_PC]);
	r->notes = l->notes;
	l->notes = outer;
	l->roots[u->index] = r;
	*ret = r;
	return 0;
}

void dwarf_read_lines(struct dwarf_lane *l, const struct dwarf_root *root)
{
	if (!root->files_read)
		dwarf_read_files(l, l->roots[root->unit->index]);
}

const struct dwarf_file *dwarf_decl_file(struct dwarf_lane *l, const struct dwarf_root *root,
					 uint64_t file)
{
	dwarf_read_lines(l, root);
	if (file < root->nfiles && root->files[file].name)
		return &root->files[file];
	/* File 0 is none before version 5. */
	if (file || root->unit->version >= 5)
		dwarf_note(l, ".debug_line", root->stmt_list, "a DIE names a file that the unit's line table lacks");
	return NULL;
}
