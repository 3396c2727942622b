// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the values of attributes mean: strings (DWARF 5, section 7.5.5), references, addresses and the
 * first address of a range list (2.17.3, 7.25). Reads no DIE; a value that makes no sense is noted.
 */
#include "dwarf/dwarf_int.h"

static const char *text_at(struct dwarf_lane *l, const char *section, struct dwarf_bytes s, uint64_t offset)
{
	/* A section that ends with a NUL, as all do, closes every text in it. */
	if (offset >= s.size || (s.data[s.size - 1] && !memchr(s.data + offset, 0, s.size - offset))) {
		dwarf_note(l, section, offset, "a text outside its section");
		return "";
	}
	return (const char *)s.data + offset;
}

/* An entry of a table of offsets or addresses: base + index * size, 0 outside the section. */
static uint64_t table_entry(struct dwarf_lane *l, const char *section, struct dwarf_bytes s, uint64_t base,
			    uint64_t index, unsigned int size)
{
	struct cur c = cur_init(s.data, s.size, l->d->s.swap);
	uint64_t v;

	if (base > s.size || index > s.size / size)
		cur_fail(&c);
	cur_skip(&c, base + index * size);
	v = cur_uint(&c, size);
	if (c.bad)
		dwarf_note(l, section, base, "an index beyond the table that begins here");
	return v;
}

const char *dwarf_string(struct dwarf_lane *l, const struct dwarf_root *root,
			 const struct dwarf_value *v)
{
	const struct dwarf_sections *s = &l->d->s;

	switch (v->form) {
	case FORM_STRING:
		return v->v ? (const char *)(uintptr_t)v->v : "";
	case FORM_STRP:
		return text_at(l, ".debug_str", s->str, v->v);
	case FORM_LINE_STRP:
		return text_at(l, ".debug_line_str", s->line_str, v->v);
	case FORM_STRX:
	case FORM_STRX1:
	case FORM_STRX2:
	case FORM_STRX3:
	case FORM_STRX4:
	case FORM_GNU_STR_INDEX:
		return text_at(l, ".debug_str", s->str,
			       table_entry(l, ".debug_str_offsets", s->str_offsets, root->str_offsets_base, v->v,
					   root->unit->offset_size));
	default:
		dwarf_note(l, ".debug_info", root->unit->offset, "a text in another file (dwz -m), or no text");
		return "";
	}
}

bool dwarf_is_inline_string(const struct dwarf_value *v)
{
	return v->form == FORM_STRING;
}

/* The type that a type unit holds under a signature (DWARF 5, section 7.32). */
static uint64_t signed_type(const struct dwarf *d, uint64_t signature)
{
	uint32_t i = map_get(&d->unit_of_signature, signature >> 1);

	return i == MAP_NONE ? UINT64_MAX : d->units.v[i].type_die;
}

uint64_t dwarf_ref(const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_value *v)
{
	switch (v->form) {
	case FORM_REF1:
	case FORM_REF2:
	case FORM_REF4:
	case FORM_REF8:
	case FORM_REF_UDATA:
		return v->v < u->end - u->offset ? u->offset + v->v : UINT64_MAX;
	case FORM_REF_ADDR:
		return v->v;
	case FORM_REF_SIG8:
		return signed_type(d, v->v);
	default:
		return UINT64_MAX;
	}
}

uint64_t dwarf_addr(struct dwarf_lane *l, const struct dwarf_root *root,
		    const struct dwarf_value *v)
{
	switch (v->form) {
	case FORM_ADDR:
		return v->v;
	case FORM_ADDRX:
	case FORM_ADDRX1:
	case FORM_ADDRX2:
	case FORM_ADDRX3:
	case FORM_ADDRX4:
	case FORM_GNU_ADDR_INDEX:
		return table_entry(l, ".debug_addr", l->d->s.addr, root->addr_base, v->v, root->unit->addr_size);
	default:
		return 0;
	}
}

/* The start of the first range that is not empty, from .debug_ranges (DWARF 4, section 2.17.3). */
static uint64_t first_range_v4(struct dwarf_lane *l, const struct dwarf_root *root,
			       uint64_t offset)
{
	const struct dwarf_bytes *s = &l->d->s.ranges;
	struct cur c = cur_init(s->data, s->size, l->d->s.swap);
	unsigned int n = root->unit->addr_size;
	uint64_t base = root->low_pc, max = n == 4 ? UINT32_MAX : UINT64_MAX;

	cur_skip(&c, offset);
	if (!cur_left(&c))
		dwarf_note(l, ".debug_ranges", offset, "ranges outside the section");
	while (cur_left(&c)) {
		uint64_t from = cur_uint(&c, n), to = cur_uint(&c, n);

		if (c.bad || (!from && !to))
			break;
		if (from == max)
			base = to;
		else if (from != to)
			return base + from;
	}
	return 0;
}

/* The same from .debug_rnglists (DWARF 5, section 7.25). decoder switch */
static uint64_t first_range_v5(struct dwarf_lane *l, const struct dwarf_root *root,
			       uint64_t offset)
{
	const struct dwarf_bytes *s = &l->d->s.rnglists;
	struct cur c = cur_init(s->data, s->size, l->d->s.swap);
	unsigned int n = root->unit->addr_size;
	struct dwarf_value x = { .form = FORM_ADDRX };
	uint64_t base = root->low_pc, from, to;

	cur_skip(&c, offset);
	if (!cur_left(&c))
		dwarf_note(l, ".debug_rnglists", offset, "ranges outside the section");
	while (cur_left(&c)) {
		switch (cur_u8(&c)) {
		case 1: /* DW_RLE_base_addressx */
			x.v = cur_uleb(&c);
			base = dwarf_addr(l, root, &x);
			continue;
		case 2: /* DW_RLE_startx_endx */
			x.v = cur_uleb(&c);
			from = dwarf_addr(l, root, &x);
			x.v = cur_uleb(&c);
			to = dwarf_addr(l, root, &x);
			break;
		case 3: /* DW_RLE_startx_length */
			x.v = cur_uleb(&c);
			from = dwarf_addr(l, root, &x);
			to = from + cur_uleb(&c);
			break;
		case 4: /* DW_RLE_offset_pair */
			from = base + cur_uleb(&c);
			to = base + cur_uleb(&c);
			break;
		case 5: /* DW_RLE_base_address */
			base = cur_uint(&c, n);
			continue;
		case 6: /* DW_RLE_start_end */
			from = cur_uint(&c, n);
			to = cur_uint(&c, n);
			break;
		case 7: /* DW_RLE_start_length */
			from = cur_uint(&c, n);
			to = from + cur_uleb(&c);
			break;
		default: /* DW_RLE_end_of_list, or damage */
			return 0;
		}
		if (!c.bad && from != to)
			return from;
	}
	return 0;
}

static uint64_t first_range(struct dwarf_lane *l, const struct dwarf_root *root,
			    const struct dwarf_value *v)
{
	uint64_t offset = v->v;

	if (root->unit->version < 5)
		return first_range_v4(l, root, offset);
	if (v->form == FORM_RNGLISTX)
		offset = root->rnglists_base + table_entry(l, ".debug_rnglists", l->d->s.rnglists,
							   root->rnglists_base, v->v, root->unit->offset_size);
	return first_range_v5(l, root, offset);
}

uint64_t dwarf_entry_addr(struct dwarf_lane *l, const struct dwarf_root *root,
			  const struct dwarf_die *die)
{
	const struct dwarf_value *entry = &die->value[SLOT_ENTRY_PC];
	uint64_t addr = 0;

	if (dwarf_has(die, SLOT_LOW_PC))
		addr = dwarf_addr(l, root, &die->value[SLOT_LOW_PC]);
	if (addr)
		return addr;
	if (dwarf_has(die, SLOT_ENTRY_PC))
		addr = dwarf_addr(l, root, entry);
	if (addr || !dwarf_has(die, SLOT_RANGES))
		return addr;
	addr = first_range(l, root, &die->value[SLOT_RANGES]);
	/* A constant DW_AT_entry_pc counts from the DIE's base address (DWARF 5, section 2.18). */
	if (addr && dwarf_has(die, SLOT_ENTRY_PC) &&
	    (entry->form == FORM_UDATA || (entry->form >= FORM_DATA2 && entry->form <= FORM_DATA8) ||
	     entry->form == FORM_DATA1))
		addr += entry->v;
	return addr;
}

/* ---- what a call passes ---- */

/* An expression that is one constant (DWARF 5, section 7.7.1); false for any other. decoder switch */
static bool read_constant(struct dwarf_lane *l, const struct dwarf_root *root, struct cur *c,
			  struct dwarf_call_arg *ret)
{
	struct dwarf_value index = { .form = FORM_ADDRX };
	uint8_t op = cur_u8(c);

	*ret = (struct dwarf_call_arg){ 0 };
	if (op >= 0x30 && op <= 0x4f) { /* DW_OP_lit0 to 31 */
		ret->value = op - 0x30u;
	} else if (op == 0x03) { /* DW_OP_addr */
		*ret = (struct dwarf_call_arg){ true, cur_uint(c, root->unit->addr_size) };
	} else if (op == 0xa1) { /* DW_OP_addrx */
		index.v = cur_uleb(c);
		*ret = (struct dwarf_call_arg){ true, dwarf_addr(l, root, &index) };
	} else if (op == 0x10) { /* DW_OP_constu */
		ret->value = cur_uleb(c);
	} else if (op == 0x11) { /* DW_OP_consts */
		ret->value = (uint64_t)cur_sleb(c);
	} else if (op >= 0x08 && op <= 0x0f) { /* DW_OP_const1u, 1s, 2u, ... 8s: programs' numbers are small */
		ret->value = cur_uint(c, 1u << (op - 0x08) / 2);
	} else {
		return false;
	}
	return !c->bad && !cur_left(c);
}

/* The expression's bytes: their number, as the form has it, then they. */
static bool expression(const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_value *v, struct cur *ret)
{
	struct cur c = cur_init(d->s.info.data, u->end, d->s.swap);
	uint64_t n;

	cur_skip(&c, v->v);
	switch (v->form) {
	case FORM_EXPRLOC:
	case FORM_BLOCK:
		n = cur_uleb(&c);
		break;
	case FORM_BLOCK1:
		n = cur_u8(&c);
		break;
	default: /* a location list, or a producer that nobody has heard of */
		return false;
	}
	if (c.bad || n > cur_left(&c))
		return false;
	*ret = cur_init(c.p, n, d->s.swap);
	return true;
}

size_t dwarf_call_args(struct dwarf_lane *l, const struct dwarf_root *root, uint64_t call,
		       struct dwarf_call_arg *args, size_t max)
{
	struct err err = ERR_INIT;
	struct dwarf_die die;
	size_t n = 0;
	struct cur c;
	uint64_t at;

	if (dwarf_die_at(l, root->unit, call, &die, &err) || !die.children)
		return 0;
	at = die.next;
	while (n < max && !dwarf_die_at(l, root->unit, at, &die, &err) && die.tag) {
		if ((die.tag == TAG_CALL_SITE_PARAMETER || die.tag == TAG_GNU_CALL_SITE_PARAMETER) &&
		    dwarf_has(&die, SLOT_CALL_VALUE) &&
		    expression(l->d, root->unit, &die.value[SLOT_CALL_VALUE], &c))
			n += read_constant(l, root, &c, &args[n]);
		if (die.children)
			break;
		at = die.next;
	}
	return n;
}
