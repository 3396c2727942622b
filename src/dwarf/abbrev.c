// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Abbreviations (DWARF 5, section 7.5.3), each compiled once a lane to a program that passes over a
 * DIE's attributes: neighbouring attributes of fixed size melt into one skip, and only what a report
 * needs is kept. Never touches .debug_info.
 *
 * Most DIEs of a kernel (nine of ten) are types, members, variables and locations that no function's
 * facts need; what passing over one of them costs is the speed of ksurf.
 */
#include "dwarf/dwarf_int.h"

/* Codes up to this index a plain array; a producer that numbers otherwise gets a hash table. */
#define DENSE_MAX (1u << 16)

static enum abbrev_action action_of(uint64_t tag)
{
	switch (tag) {
	case TAG_COMPILE_UNIT:
	case TAG_PARTIAL_UNIT:
	case TAG_LEXICAL_BLOCK:
	case TAG_TRY_BLOCK:
		return ACTION_THROUGH;
	case TAG_SUBPROGRAM:
	case TAG_INLINED_SUBROUTINE:
		return ACTION_REPORT;
	case TAG_CALL_SITE:
	case TAG_GNU_CALL_SITE:
	case TAG_IMPORTED_UNIT:
		return ACTION_REPORT_SKIP;
	default:
		return ACTION_SKIP;
	}
}

/* decoder switch: DW_AT_* (DWARF 5, table 7.5) */
enum dwarf_slot dwarf_slot_of(uint64_t attr)
{
	switch (attr) {
	case 0x01:
		return SLOT_SIBLING;
	case 0x03:
		return SLOT_NAME;
	case 0x0b:
		return SLOT_BYTE_SIZE;
	case 0x10:
		return SLOT_STMT_LIST;
	case 0x11:
		return SLOT_LOW_PC;
	case 0x13:
		return SLOT_LANGUAGE;
	case 0x18:
		return SLOT_IMPORT;
	case 0x1b:
		return SLOT_COMP_DIR;
	case 0x20:
		return SLOT_INLINE;
	case 0x27:
		return SLOT_PROTOTYPED;
	case 0x2f:
		return SLOT_UPPER_BOUND;
	case 0x31:
		return SLOT_ABSTRACT_ORIGIN;
	case 0x37:
		return SLOT_COUNT;
	case 0x3a:
		return SLOT_DECL_FILE;
	case 0x3b:
		return SLOT_DECL_LINE;
	case 0x3c:
		return SLOT_DECLARATION;
	case 0x3e:
		return SLOT_ENCODING;
	case 0x3f:
		return SLOT_EXTERNAL;
	case 0x47:
		return SLOT_SPECIFICATION;
	case 0x49:
		return SLOT_TYPE;
	case 0x52:
		return SLOT_ENTRY_PC;
	case 0x55:
		return SLOT_RANGES;
	case 0x69:
		return SLOT_SIGNATURE;
	case 0x72:
		return SLOT_STR_OFFSETS_BASE;
	case 0x73:
	case 0x2133: /* DW_AT_GNU_addr_base */
		return SLOT_ADDR_BASE;
	case 0x74:
		return SLOT_RNGLISTS_BASE;
	case 0x76:
	case 0x2130: /* DW_AT_GNU_dwo_name */
		return SLOT_DWO_NAME;
	case 0x7e:
	case 0x2111: /* DW_AT_GNU_call_site_value */
		return SLOT_CALL_VALUE;
	case 0x7f:
		return SLOT_CALL_ORIGIN;
	default:
		return SLOT_NSLOTS;
	}
}

/* A table being compiled. */
struct compiler {
	struct dwarf_abbrevs *t;
	const struct dwarf_unit *u;
	uint32_t skip; /* bytes of fixed size not yet written */
};

static void flush_skip(struct compiler *c)
{
	for (; c->skip > OP_SKIP_MAX; c->skip -= OP_SKIP_MAX)
		VEC_PUSH(&c->t->ops, OP_SKIP_MAX);
	if (c->skip)
		VEC_PUSH(&c->t->ops, (uint8_t)c->skip);
	c->skip = 0;
}

static void emit(struct compiler *c, uint8_t op)
{
	flush_skip(c);
	VEC_PUSH(&c->t->ops, op);
}

static void emit_keep(struct compiler *c, enum dwarf_slot slot, uint64_t form, uint64_t implicit)
{
	if (form == FORM_IMPLICIT_CONST) {
		uint32_t i = (uint32_t)c->t->consts.n;

		VEC_PUSH(&c->t->consts, implicit);
		emit(c, OP_KEEP_CONST);
		VEC_PUSH(&c->t->ops, (uint8_t)slot);
		for (unsigned int k = 0; k < 4; k++)
			VEC_PUSH(&c->t->ops, (uint8_t)(i >> (8 * k)));
		return;
	}
	emit(c, OP_KEEP);
	VEC_PUSH(&c->t->ops, (uint8_t)slot);
	VEC_PUSH(&c->t->ops, (uint8_t)form);
	VEC_PUSH(&c->t->ops, (uint8_t)(form >> 8));
}

/* False for a form that nobody has heard of: its DIEs cannot be passed. */
static bool emit_pass(struct compiler *c, uint64_t form)
{
	static const uint8_t op_of[] = { [-SIZE_LEB] = OP_LEB,	     [-SIZE_STRING] = OP_STRING,
					 [-SIZE_BLOCK1] = OP_BLOCK1, [-SIZE_BLOCK2] = OP_BLOCK2,
					 [-SIZE_BLOCK4] = OP_BLOCK4, [-SIZE_BLOCK] = OP_BLOCK,
					 [-SIZE_INDIRECT] = OP_INDIRECT };
	int size = dwarf_form_size(c->u, form);

	if (size == SIZE_UNKNOWN)
		return false;
	if (size >= 0)
		c->skip += (uint32_t)size;
	else
		emit(c, op_of[-size]);
	return true;
}

static bool is_ref_in_unit(uint64_t form)
{
	return form == FORM_REF4 || form == FORM_REF1 || form == FORM_REF2 || form == FORM_REF8 ||
	       form == FORM_REF_UDATA;
}

/* Compiles one attribute list; the cursor is behind it afterwards. */
static bool compile_attrs(struct compiler *c, struct abbrev *a, struct cur *in)
{
	bool report = a->action >= ACTION_REPORT;

	for (;;) {
		uint64_t attr = cur_uleb(in), form = cur_uleb(in), implicit = 0;
		enum dwarf_slot slot = dwarf_slot_of(attr);

		if (form == FORM_IMPLICIT_CONST)
			implicit = (uint64_t)cur_sleb(in);
		if (in->bad)
			return false;
		if (!attr && !form)
			break;
		if (slot == SLOT_SIBLING && is_ref_in_unit(form)) {
			if (a->children && a->action != ACTION_REPORT && a->action != ACTION_THROUGH) {
				emit(c, OP_SIBLING);
				VEC_PUSH(&c->t->ops, (uint8_t)form);
			} else if (!emit_pass(c, form)) {
				return false;
			}
		} else if (report && slot != SLOT_NSLOTS) {
			if (dwarf_form_size(c->u, form) == SIZE_UNKNOWN)
				return false;
			emit_keep(c, slot, form, implicit);
		} else if (!emit_pass(c, form)) {
			return false;
		}
	}
	emit(c, OP_END);
	return true;
}

static struct abbrev *abbrev_slot(struct dwarf_abbrevs *t, uint64_t code)
{
	uint32_t *at;

	if (code < DENSE_MAX && code <= t->dense.n * 2 + 256) {
		while (t->dense.n <= code)
			VEC_PUSH(&t->dense, ((struct abbrev){ 0 }));
		return &t->dense.v[code];
	}
	at = map_at(&t->sparse_of, code);
	if (*at == MAP_NONE) {
		*at = (uint32_t)t->sparse.n;
		VEC_PUSH(&t->sparse, ((struct abbrev){ 0 }));
	}
	return &t->sparse.v[*at];
}

static bool compile_one(struct dwarf_abbrevs *t, const struct dwarf_unit *u, uint64_t tag, struct abbrev *a,
			struct cur *in)
{
	struct compiler c = { .t = t, .u = u };

	a->action = (uint8_t)action_of(tag);
	return compile_attrs(&c, a, in);
}

static int compile(struct dwarf_lane *l, const struct dwarf_unit *u, abbrev_compiler *one, struct dwarf_abbrevs *t,
		   struct err *err)
{
	const struct dwarf_bytes *s = &l->d->s.abbrev;
	struct cur in = cur_init(s->data, s->size, l->d->s.swap);

	if (u->abbrev_offset >= s->size)
		return dwarf_err(l->d, ".debug_info", u->offset, err,
				 "the unit's abbreviations lie outside .debug_abbrev");
	cur_skip(&in, u->abbrev_offset);
	for (;;) {
		uint64_t at = cur_offset(&in), code = cur_uleb(&in);
		struct abbrev a = { .known = true };
		uint64_t tag;

		if (in.bad)
			return dwarf_err(l->d, ".debug_abbrev", at, err, "the table is cut off");
		if (!code)
			return 0;
		tag = cur_uleb(&in);
		a.tag = (uint16_t)(tag > UINT16_MAX ? UINT16_MAX : tag);
		a.children = cur_u8(&in) != 0;
		if (cur_offset(&in) - u->abbrev_offset > UINT32_MAX)
			return dwarf_err(l->d, ".debug_abbrev", at, err, "the table is larger than 4 GiB");
		a.attrs = (uint32_t)(cur_offset(&in) - u->abbrev_offset);
		a.ops = (uint32_t)t->ops.n;
		if (!one(t, u, tag, &a, &in))
			return dwarf_err(l->d, ".debug_abbrev", at, err,
					 "an abbreviation is cut off or has an unknown form");
		*abbrev_slot(t, code) = a;
	}
}

int dwarf_table_of(struct dwarf_lane *l, struct dwarf_tables *tables, const struct dwarf_unit *u,
		   abbrev_compiler *one, const struct dwarf_abbrevs **ret, struct err *err)
{
	/* Sizes are 1 to 8, so three bits and a version bit beside the offset make the key. */
	uint64_t key = u->abbrev_offset << 8 | (uint64_t)(u->version == 2) << 7 |
		       (uint64_t)(u->offset_size == 8) << 6 | u->addr_size;
	uint32_t i = map_get(&tables->of, key);
	struct dwarf_abbrevs *t;
	int rc;

	if (i != MAP_NONE) {
		*ret = tables->v.v[i];
		return 0;
	}
	t = base_calloc(1, sizeof(*t));
	map_init(&t->sparse_of);
	VEC_PUSH(&tables->v, t);
	rc = compile(l, u, one, t, err);
	if (rc)
		return rc;
	*map_at(&tables->of, key) = (uint32_t)tables->v.n - 1;
	*ret = t;
	return 0;
}

void dwarf_tables_done(struct dwarf_tables *tables)
{
	for (size_t i = 0; i < tables->v.n; i++) {
		struct dwarf_abbrevs *t = tables->v.v[i];

		VEC_DONE(&t->dense);
		VEC_DONE(&t->sparse);
		VEC_DONE(&t->ops);
		VEC_DONE(&t->consts);
		map_done(&t->sparse_of);
		free(t);
	}
	VEC_DONE(&tables->v);
	map_done(&tables->of);
}

int dwarf_abbrevs_of(struct dwarf_lane *l, const struct dwarf_unit *u, const struct dwarf_abbrevs **ret,
		     struct err *err)
{
	int rc;

	if (u != l->last_unit) {
		rc = dwarf_table_of(l, &l->tables, u, compile_one, &l->last_table, err);
		l->last_unit = rc ? NULL : u;
		if (rc)
			return rc;
	}
	*ret = l->last_table;
	return 0;
}
