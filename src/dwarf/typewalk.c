// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Walks a unit for its types. Abbreviations are compiled once more (abbrev.c compiles them for functions):
 * here members, enumerators and parameters are what nearly all DIEs are, so each attribute that is kept has
 * an operation of its own that knows its form, and what a DIE has is known from its abbreviation. Never
 * recurses. Tags and attributes: DWARF 5, sections 7.5.3 and 7.5.4.
 */
#include "dwarf/dwarf_int.h"

/* What a walk does at a DIE. */
enum type_action {
	TA_SKIP,    /* pass over it and all below */
	TA_THROUGH, /* pass over it, look below */
	TA_LEAF,    /* report it, pass over what is below */
	TA_REPORT,  /* report it, then look below */
};

/*
 * The program: a byte 1..TOP_SKIP_MAX passes over so many bytes; the others as named. Operations that keep
 * have the slot behind them.
 */
enum {
	TOP_END = 0,
	TOP_SKIP_MAX = 199,
	TOP_LEB,
	TOP_BLOCK,
	TOP_PASS,    /* form (2 bytes, low first): any form, slowly */
	TOP_SIBLING, /* form */
	TOP_NAME4,   /* DW_FORM_strp of 4 bytes */
	TOP_NAME,    /* DW_FORM_string */
	TOP_REF4,    /* slot */
	TOP_U8,	     /* slot */
	TOP_U16,     /* slot */
	TOP_U32,     /* slot */
	TOP_ULEB,    /* slot */
	TOP_CONST,   /* slot, index in consts (4 bytes, low first) */
	TOP_KEEP,    /* slot, form (2 bytes, low first): any form, slowly */
};

/* A name's key: an offset in .debug_str and 1; or up to 3 characters; or an id of the lane. */
#define NAME_SHORT 0x80000000u

/* decoder switch: DW_TAG_* */
static enum type_action action_of(uint64_t tag)
{
	switch (tag) {
	case TAG_COMPILE_UNIT:
	case TAG_PARTIAL_UNIT:
	case TAG_TYPE_UNIT:
	case TAG_LEXICAL_BLOCK:
	case TAG_TRY_BLOCK:
	case TAG_NAMESPACE:
		return TA_THROUGH;
	case TAG_ARRAY_TYPE:
	case TAG_CLASS_TYPE:
	case TAG_ENUMERATION_TYPE:
	case TAG_STRUCTURE_TYPE:
	case TAG_SUBROUTINE_TYPE:
	case TAG_UNION_TYPE:
	case TAG_SUBPROGRAM:
		return TA_REPORT;
	case TAG_FORMAL_PARAMETER:
	case TAG_MEMBER:
	case TAG_POINTER_TYPE:
	case TAG_REFERENCE_TYPE:
	case TAG_RVALUE_REFERENCE_TYPE:
	case TAG_PTR_TO_MEMBER_TYPE:
	case TAG_TYPEDEF:
	case TAG_UNSPECIFIED_PARAMETERS:
	case TAG_SUBRANGE_TYPE:
	case TAG_BASE_TYPE:
	case TAG_CONST_TYPE:
	case TAG_ENUMERATOR:
	case TAG_PACKED_TYPE:
	case TAG_VARIABLE:
	case TAG_VOLATILE_TYPE:
	case TAG_RESTRICT_TYPE:
	case TAG_UNSPECIFIED_TYPE:
	case TAG_ATOMIC_TYPE:
		return TA_LEAF;
	default:
		return TA_SKIP;
	}
}

/* decoder switch: DW_AT_* (DWARF 5, table 7.5) */
static enum dwarf_type_slot slot_of(uint64_t attr)
{
	switch (attr) {
	case 0x02: /* DW_AT_location */
	case 0x38: /* DW_AT_data_member_location */
		return TSLOT_LOCATION;
	case 0x03:
		return TSLOT_NAME;
	case 0x0b:
		return TSLOT_SIZE;
	case 0x0c:
		return TSLOT_BIT_OFFSET;
	case 0x0d:
		return TSLOT_BIT_SIZE;
	case 0x11:
		return TSLOT_LOW_PC;
	case 0x1c:
		return TSLOT_CONST;
	case 0x2f:
		return TSLOT_UPPER;
	case 0x31:
		return TSLOT_ORIGIN;
	case 0x37:
		return TSLOT_COUNT;
	case 0x3c:
		return TSLOT_DECLARATION;
	case 0x3e:
		return TSLOT_ENCODING;
	case 0x3f:
		return TSLOT_EXTERNAL;
	case 0x47:
		return TSLOT_SPECIFICATION;
	case 0x49:
		return TSLOT_TYPE;
	case 0x69:
		return TSLOT_SIGNATURE;
	case 0x6b:
		return TSLOT_DATA_BIT_OFFSET;
	default:
		return TSLOT_NSLOTS;
	}
}

/* The slots that a reported DIE of this tag keeps. */
static uint32_t slots_of_tag(uint64_t tag)
{
#define S(name) (1u << TSLOT_##name)
	switch (tag) {
	case TAG_FORMAL_PARAMETER:
	case TAG_TYPEDEF:
	case TAG_UNSPECIFIED_TYPE:
		return S(NAME) | S(TYPE);
	case TAG_MEMBER:
		return S(NAME) | S(TYPE) | S(SIZE) | S(LOCATION) | S(BIT_SIZE) | S(BIT_OFFSET) |
		       S(DATA_BIT_OFFSET) | S(EXTERNAL);
	case TAG_ENUMERATOR:
		return S(NAME) | S(CONST);
	case TAG_SUBPROGRAM:
		return S(NAME) | S(TYPE) | S(DECLARATION) | S(EXTERNAL) | S(ORIGIN) | S(SPECIFICATION) |
		       S(LOW_PC);
	case TAG_VARIABLE:
		return S(NAME) | S(TYPE) | S(DECLARATION) | S(EXTERNAL) | S(ORIGIN) | S(SPECIFICATION) | S(LOCATION);
	case TAG_SUBRANGE_TYPE:
		return S(COUNT) | S(UPPER);
	case TAG_UNSPECIFIED_PARAMETERS:
		return 0;
	default:
		return S(NAME) | S(TYPE) | S(SIZE) | S(ENCODING) | S(DECLARATION) | S(SIGNATURE);
	}
#undef S
}

/* ---- compiling ---- */

struct type_compiler {
	struct dwarf_abbrevs *t;
	const struct dwarf_unit *u;
	uint32_t skip;
};

static void emit(struct type_compiler *c, uint8_t op)
{
	for (; c->skip > TOP_SKIP_MAX; c->skip -= TOP_SKIP_MAX)
		VEC_PUSH(&c->t->ops, TOP_SKIP_MAX);
	if (c->skip)
		VEC_PUSH(&c->t->ops, (uint8_t)c->skip);
	c->skip = 0;
	VEC_PUSH(&c->t->ops, op);
}

static void emit_bytes(struct type_compiler *c, uint32_t v, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++)
		VEC_PUSH(&c->t->ops, (uint8_t)(v >> (8 * k)));
}

/* False for a form that nobody has heard of. */
static bool emit_pass(struct type_compiler *c, uint64_t form)
{
	int size = dwarf_form_size(c->u, form);

	if (size >= 0) {
		c->skip += (uint32_t)size;
	} else if (size == SIZE_LEB) {
		emit(c, TOP_LEB);
	} else if (size == SIZE_BLOCK) {
		emit(c, TOP_BLOCK);
	} else if (size != SIZE_UNKNOWN) {
		emit(c, TOP_PASS);
		emit_bytes(c, (uint32_t)form, 2);
	}
	return size != SIZE_UNKNOWN;
}

static bool is_number(enum dwarf_type_slot slot)
{
	return slot != TSLOT_NAME && slot != TSLOT_TYPE && slot != TSLOT_ORIGIN && slot != TSLOT_SPECIFICATION &&
	       slot != TSLOT_SIGNATURE;
}

/* The operation that keeps a number of this form, or TOP_KEEP. */
static uint8_t number_op(const struct dwarf_unit *u, uint64_t form)
{
	(void)u;
	switch (form) {
	case FORM_DATA1:
	case FORM_FLAG:
		return TOP_U8;
	case FORM_DATA2:
		return TOP_U16;
	case FORM_DATA4:
		return TOP_U32;
	case FORM_UDATA:
		return TOP_ULEB;
	default:
		return TOP_KEEP;
	}
}

static void emit_keep(struct type_compiler *c, enum dwarf_type_slot slot, uint64_t form, uint64_t implicit)
{
	uint8_t op = TOP_KEEP;

	if (is_number(slot) && (form == FORM_IMPLICIT_CONST || form == FORM_FLAG_PRESENT)) {
		emit(c, TOP_CONST);
		VEC_PUSH(&c->t->ops, (uint8_t)slot);
		emit_bytes(c, (uint32_t)c->t->consts.n, 4);
		VEC_PUSH(&c->t->consts, form == FORM_FLAG_PRESENT ? 1 : implicit);
		return;
	}
	if (slot == TSLOT_NAME && form == FORM_STRP && c->u->offset_size == 4) {
		emit(c, TOP_NAME4);
		return;
	}
	if (slot == TSLOT_NAME && form == FORM_STRING) {
		emit(c, TOP_NAME);
		return;
	}
	if (is_number(slot))
		op = number_op(c->u, form);
	else if (form == FORM_REF4 && slot != TSLOT_NAME)
		op = TOP_REF4;
	emit(c, op);
	VEC_PUSH(&c->t->ops, (uint8_t)slot);
	if (op == TOP_KEEP)
		emit_bytes(c, (uint32_t)form, 2);
}

/* A variable is told of only where it may lie at a fixed address: its location is an expression. */
static bool is_expression(uint64_t form)
{
	return form == FORM_EXPRLOC || form == FORM_BLOCK || form == FORM_BLOCK1 || form == FORM_BLOCK2 ||
	       form == FORM_BLOCK4;
}

/* What is told of a DIE besides its tag: copies of variables and of functions are no news. */
static void judge(struct abbrev *a, struct cur in)
{
	bool expression = false, origin = false;

	for (;;) {
		uint64_t attr = cur_uleb(&in), form = cur_uleb(&in);

		if (form == FORM_IMPLICIT_CONST)
			cur_sleb(&in);
		if ((!attr && !form) || in.bad)
			break;
		if (slot_of(attr) == TSLOT_LOCATION)
			expression |= is_expression(form);
		origin |= slot_of(attr) == TSLOT_ORIGIN;
	}
	if (a->tag == TAG_VARIABLE && (!expression || origin))
		a->action = TA_SKIP;
	if (a->tag == TAG_FORMAL_PARAMETER && origin)
		a->action = TA_SKIP;
	if (a->tag == TAG_SUBPROGRAM && origin)
		a->action = TA_THROUGH;
}

static bool compile_attrs(struct type_compiler *c, struct abbrev *a, struct cur *in)
{
	uint32_t wanted = a->action >= TA_LEAF ? slots_of_tag(a->tag) : 0;

	for (;;) {
		uint64_t attr = cur_uleb(in), form = cur_uleb(in), implicit = 0;
		enum dwarf_type_slot slot = slot_of(attr);

		if (form == FORM_IMPLICIT_CONST)
			implicit = (uint64_t)cur_sleb(in);
		if (in->bad)
			return false;
		if (!attr && !form)
			break;
		if (dwarf_form_size(c->u, form) == SIZE_UNKNOWN)
			return false;
		if (attr == 0x01 && a->children && (a->action == TA_SKIP || a->action == TA_LEAF) &&
		    (form == FORM_REF4 || form == FORM_REF1 || form == FORM_REF2 || form == FORM_REF8 ||
		     form == FORM_REF_UDATA)) {
			emit(c, TOP_SIBLING);
			VEC_PUSH(&c->t->ops, (uint8_t)form);
		} else if (slot != TSLOT_NSLOTS && (wanted >> slot & 1) && !(a->present >> slot & 1) &&
			   (is_number(slot) || form != FORM_IMPLICIT_CONST)) {
			emit_keep(c, slot, form, implicit);
			a->present |= 1u << slot;
		} else {
			emit_pass(c, form);
		}
	}
	emit(c, TOP_END);
	return true;
}

static bool compile_one(struct dwarf_abbrevs *t, const struct dwarf_unit *u, uint64_t tag, struct abbrev *a,
			struct cur *in)
{
	struct type_compiler c = { .t = t, .u = u };

	a->action = (uint8_t)action_of(tag);
	judge(a, *in);
	return compile_attrs(&c, a, in);
}

/* ---- values ---- */

/* A text that stands in .debug_info: short ones are their own key, so that nothing is looked up. */
static uint32_t inline_key(struct dwarf_lane *l, const char *text)
{
	uint32_t key = 0;

	for (unsigned int i = 0; i < 4; i++) {
		if (!text[i])
			return key ? NAME_SHORT | key : 0;
		if (i < 3)
			key |= (uint32_t)(uint8_t)text[i] << (8 * i);
	}
	key = strtab_intern_z(&l->inline_names, text);
	return key < ~DWARF_NAME_LANE ? DWARF_NAME_LANE | key : 0;
}

static uint32_t str_key(struct dwarf_lane *l, uint64_t offset)
{
	const struct dwarf_bytes *s = &l->d->s.str;

	if (BASE_LIKELY(offset < s->size && offset < NAME_SHORT - 1 && !s->data[s->size - 1]))
		return (uint32_t)offset + 1;
	if (offset < s->size && memchr(s->data + offset, 0, s->size - offset))
		return inline_key(l, (const char *)s->data + offset);
	dwarf_note(l, ".debug_str", offset, "a text outside its section");
	return 0;
}

uint32_t dwarf_name_key(struct dwarf_lane *l, const struct dwarf_root *root, const struct dwarf_value *v)
{
	const struct dwarf_bytes *s = &l->d->s.str;
	const char *text = dwarf_string(l, root, v);
	uintptr_t at = (uintptr_t)text - (uintptr_t)s->data;

	return at < s->size ? str_key(l, at) : inline_key(l, text);
}

const char *dwarf_name_text(const struct dwarf_lane *l, uint32_t key, char room[static 4])
{
	if (!key)
		return "";
	if (key < NAME_SHORT)
		return (const char *)l->d->s.str.data + key - 1;
	if (key >= DWARF_NAME_LANE)
		return strtab_text(&l->inline_names, key & ~DWARF_NAME_LANE);
	for (unsigned int i = 0; i < 3; i++)
		room[i] = (char)(key >> (8 * i));
	room[3] = '\0';
	return room;
}

static uint64_t ref_value(const struct dwarf_type_walk *w, const struct dwarf_value *v)
{
	uint64_t ref = dwarf_ref(w->lane->d, w->unit, v);

	return ref < w->lane->d->s.info.size ? ref : DWARF_NO_TYPE - 1; /* no DIE is there: told when it is used */
}

/* An expression that is a constant offset or a fixed address (DWARF 5, section 2.5), as compilers write it. */
static uint64_t expression_value(const struct dwarf_type_walk *w, struct cur c, uint64_t len)
{
	struct dwarf_value v = { .form = FORM_ADDRX };
	uint64_t ret;

	if (len > cur_left(&c) || !len)
		return UINT64_MAX;
	c.end = c.p + len;
	switch (cur_u8(&c)) {
	case 0x03: /* DW_OP_addr */
		ret = cur_uint(&c, w->unit->addr_size);
		break;
	case 0x10: /* DW_OP_constu, with an addition behind it */
		ret = cur_uleb(&c);
		if (cur_left(&c))
			cur_skip(&c, cur_u8(&c) == 0x22 ? 0 : 1 + cur_left(&c));
		break;
	case 0x23: /* DW_OP_plus_uconst */
		ret = cur_uleb(&c);
		break;
	case 0xa1: /* DW_OP_addrx */
	case 0xfb: /* DW_OP_GNU_addr_index */
		v.v = cur_uleb(&c);
		ret = dwarf_addr(w->lane, w->root, &v);
		break;
	default:
		return UINT64_MAX;
	}
	return c.bad || cur_left(&c) ? UINT64_MAX : ret;
}

static uint64_t block_length(struct cur *c, uint64_t form)
{
	switch (form) {
	case FORM_BLOCK1:
		return cur_u8(c);
	case FORM_BLOCK2:
		return cur_u16(c);
	case FORM_BLOCK4:
		return cur_u32(c);
	default:
		return cur_uleb(c);
	}
}

/* Any form for any slot; what the operations above do not know. False on damage. */
static bool keep_slow(const struct dwarf_type_walk *w, struct cur *c, enum dwarf_type_slot slot, uint64_t form,
		      uint64_t *ret)
{
	struct dwarf_value v;
	struct cur block = *c;

	if (is_expression(form)) {
		uint64_t len = block_length(&block, form);

		if (slot == TSLOT_LOCATION)
			*ret = expression_value(w, block, len);
		else
			*ret = is_number(slot) ? UINT64_MAX : slot == TSLOT_NAME ? 0 : DWARF_NO_TYPE - 1;
		return dwarf_read_form(c, w->unit, form, 0, &v);
	}
	if (!dwarf_read_form(c, w->unit, form, 0, &v))
		return false;
	if (slot == TSLOT_NAME)
		*ret = dwarf_name_key(w->lane, w->root, &v);
	else if (slot == TSLOT_LOW_PC)
		*ret = dwarf_addr(w->lane, w->root, &v);
	else if (!is_number(slot))
		*ret = ref_value(w, &v);
	else if (is_expression(v.form) || v.form == FORM_SEC_OFFSET || v.form == FORM_LOCLISTX)
		*ret = UINT64_MAX;
	else
		*ret = v.v;
	/* An upper bound that is another DIE (a variable's length) is no number. */
	if (slot == TSLOT_UPPER || slot == TSLOT_COUNT)
		if (dwarf_ref(w->lane->d, w->unit, &v) != UINT64_MAX)
			*ret = UINT64_MAX;
	return true;
}

/* ---- walking ---- */

static inline uint64_t load(const struct dwarf_type_walk *w, const uint8_t *p, unsigned int n)
{
	uint16_t v16;
	uint32_t v32;

	if (n == 2) {
		memcpy(&v16, p, 2);
		return w->lane->d->s.swap ? __builtin_bswap16(v16) : v16;
	}
	memcpy(&v32, p, 4);
	return w->lane->d->s.swap ? __builtin_bswap32(v32) : v32;
}

/* The operations that are seldom. Returns the new position, NULL on damage; *ops moves on. */
static const uint8_t *run_slow(const struct dwarf_type_walk *w, uint8_t op, const uint8_t **ops,
			       const uint8_t *p, struct dwarf_type_die *die, uint64_t *sibling)
{
	struct cur c = { .start = p, .p = p, .end = w->end, .swap = w->lane->d->s.swap };
	struct dwarf_value v;
	const char *text;

	switch (op) {
	case TOP_PASS:
		if (!dwarf_read_form(&c, w->unit, (*ops)[0] | (uint32_t)(*ops)[1] << 8, 0, &v))
			return NULL;
		*ops += 2;
		break;
	case TOP_SIBLING:
		if (!dwarf_read_form(&c, w->unit, *(*ops)++, 0, &v))
			return NULL;
		*sibling = dwarf_ref(w->lane->d, w->unit, &v);
		break;
	case TOP_NAME:
		text = cur_str(&c);
		if (!text)
			return NULL;
		die->v[TSLOT_NAME] = inline_key(w->lane, text);
		break;
	case TOP_KEEP:
		if (!keep_slow(w, &c, (*ops)[0], (*ops)[1] | (uint32_t)(*ops)[2] << 8, &die->v[(*ops)[0]]))
			return NULL;
		*ops += 3;
		break;
	default:
		cur_skip(&c, cur_uleb(&c)); /* TOP_BLOCK */
	}
	return c.bad ? NULL : c.p;
}

/* Runs the program of a DIE. Returns the new position, NULL on damage. decoder switch */
static inline const uint8_t *run(const struct dwarf_type_walk *w, const uint8_t *ops, const uint8_t *p,
				 struct dwarf_type_die *die, uint64_t *sibling)
{
	const uint8_t *end = w->end;
	uint64_t v;
	uint32_t i;

	for (;;) {
		uint8_t op = *ops++;

		if (op <= TOP_SKIP_MAX) {
			if (op == TOP_END)
				return p;
			if (BASE_UNLIKELY((size_t)(end - p) < op))
				return NULL;
			p += op;
			continue;
		}
		switch (op) {
		case TOP_LEB:
			for (;;) {
				if (BASE_UNLIKELY(p == end))
					return NULL;
				if (!(*p++ & 0x80))
					break;
			}
			break;
		case TOP_NAME4:
			if (BASE_UNLIKELY(end - p < 4))
				return NULL;
			die->v[TSLOT_NAME] = str_key(w->lane, load(w, p, 4));
			p += 4;
			break;
		case TOP_REF4:
			if (BASE_UNLIKELY(end - p < 4))
				return NULL;
			v = w->unit->offset + load(w, p, 4);
			die->v[*ops++] = v < w->unit->end ? v : DWARF_NO_TYPE - 1;
			p += 4;
			break;
		case TOP_U8:
			if (BASE_UNLIKELY(p == end))
				return NULL;
			die->v[*ops++] = *p++;
			break;
		case TOP_U16:
			if (BASE_UNLIKELY(end - p < 2))
				return NULL;
			die->v[*ops++] = load(w, p, 2);
			p += 2;
			break;
		case TOP_U32:
			if (BASE_UNLIKELY(end - p < 4))
				return NULL;
			die->v[*ops++] = load(w, p, 4);
			p += 4;
			break;
		case TOP_ULEB: {
			struct cur c = { .start = p, .p = p, .end = end };

			die->v[*ops++] = cur_uleb(&c);
			if (BASE_UNLIKELY(c.bad))
				return NULL;
			p = c.p;
			break;
		}
		case TOP_CONST:
			i = ops[1] | (uint32_t)ops[2] << 8 | (uint32_t)ops[3] << 16 | (uint32_t)ops[4] << 24;
			die->v[ops[0]] = w->abbrevs->consts.v[i];
			ops += 5;
			break;
		default:
			p = run_slow(w, op, &ops, p, die, sibling);
			if (BASE_UNLIKELY(!p))
				return NULL;
		}
	}
}

int dwarf_type_walk_init(struct dwarf_type_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
			 struct err *err)
{
	return dwarf_type_walk_from(w, l, u, u->first_die, err);
}

int dwarf_type_walk_from(struct dwarf_type_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
			 uint64_t offset, struct err *err)
{
	int rc;

	if (l->d->s.info.size >= DWARF_NO_TYPE - 1)
		return err_set(err, ERR_UNSUPPORTED, l->d->s.file, ERR_NO_OFFSET,
			       "has 4 GiB of .debug_info or more: its types are not read");
	if (offset < u->first_die || offset > u->end)
		return dwarf_err(l->d, ".debug_info", offset, err, "a reference leaves its unit");
	*w = (struct dwarf_type_walk){
		.lane = l,
		.unit = u,
		.p = l->d->s.info.data + offset,
		.end = l->d->s.info.data + u->end,
		.skip_from = UINT32_MAX,
	};
	rc = dwarf_root(l, u, &w->root, err);
	return rc ? rc : dwarf_table_of(l, &l->type_tables, u, compile_one, &w->abbrevs, err);
}

static int damage(const struct dwarf_type_walk *w, const uint8_t *at, struct err *err, const char *msg)
{
	dwarf_err(w->lane->d, ".debug_info", (uint64_t)(at - w->lane->d->s.info.data), err, msg);
	return -1;
}

/* The code at p, which is before the end; moves p behind it. */
static inline uint64_t read_code(const uint8_t **p, const uint8_t *end)
{
	struct cur c = { .start = *p, .p = *p, .end = end };
	uint64_t code = *c.p;

	if (BASE_LIKELY(code < 0x80)) {
		++*p;
		return code;
	}
	code = cur_uleb(&c);
	*p = c.p;
	return code;
}

int dwarf_type_walk_next(struct dwarf_type_walk *w, struct dwarf_type_die *die, struct err *err)
{
	const uint8_t *info = w->lane->d->s.info.data, *p = w->p, *end = w->end;
	uint32_t depth = w->depth, skip_from = w->skip_from, passed = UINT32_MAX;
	uint64_t ndies = w->ndies;
	int rc = 0;

	while (p < end) {
		const uint8_t *at = p;
		uint64_t code = read_code(&p, end), sibling = 0;
		const struct abbrev *a;
		bool below;

		if (!code) {
			if (depth <= 1) {
				p = end; /* padding may follow a unit's last DIE */
				break;
			}
			if (--depth == skip_from)
				skip_from = UINT32_MAX;
			continue;
		}
		ndies++;
		a = abbrev_of(w->abbrevs, code);
		if (BASE_UNLIKELY(!a)) {
			rc = damage(w, at, err, "an abbreviation code that the unit's table does not have");
			break;
		}
		p = run(w, w->abbrevs->ops.v + a->ops, p, die, &sibling);
		if (BASE_UNLIKELY(!p)) {
			rc = damage(w, at, err, "a DIE runs past its unit");
			break;
		}
		below = a->action == TA_REPORT || a->action == TA_THROUGH;
		if (a->action >= TA_LEAF && skip_from == UINT32_MAX &&
		    (a->tag != TAG_VARIABLE || die->v[TSLOT_LOCATION] != UINT64_MAX)) {
			die->offset = (uint32_t)(at - info);
			die->depth = depth;
			die->passed = passed;
			die->present = a->present;
			die->tag = a->tag;
			die->children = a->children;
			rc = 1;
		} else if (below && depth < passed) {
			passed = depth;
		}
		if (a->children) {
			if (sibling) {
				if (sibling <= (uint64_t)(at - info) || sibling > w->unit->end) {
					rc = damage(w, at, err, "DW_AT_sibling points back or out of the unit");
					break;
				}
				p = info + sibling;
			} else {
				if (!below && skip_from == UINT32_MAX)
					skip_from = depth;
				depth++;
			}
		}
		if (!depth)
			end = w->end = p; /* the walk's first DIE holds nothing */
		if (rc)
			break;
	}
	w->p = p;
	w->depth = depth;
	w->skip_from = skip_from;
	w->ndies = ndies;
	return rc;
}
