// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Walks over DIEs: over a whole unit, the inner loop of ksurf, and over the children of one DIE. They run the
 * compiled programs (abbrev.c) on mapped bytes and stop only at the DIEs that are wanted. Never
 * recurses: nesting is a counter, so that no input can exhaust the stack.
 */
#include "dwarf/dwarf_int.h"

int dwarf_walk_init(struct dwarf_walk *w, struct dwarf_lane *l, const struct dwarf_unit *u,
		    struct err *err)
{
	const uint8_t *info = l->d->s.info.data;

	*w = (struct dwarf_walk){
		.lane = l,
		.unit = u,
		.p = info + u->first_die,
		.end = info + u->end,
		.skip_from = UINT32_MAX,
	};
	return dwarf_abbrevs_of(l, u, &w->abbrevs, err);
}

/* Passes over one LEB128; false at the end of the unit. */
static inline bool pass_leb(const uint8_t **p, const uint8_t *end)
{
	while (*p < end)
		if (!(*(*p)++ & 0x80))
			return true;
	return false;
}

/* The operations that are not a plain skip and keep nothing. */
static bool pass_slow(struct cur *c, const struct dwarf_unit *u, uint8_t op)
{
	struct dwarf_value v;

	switch (op) {
	case OP_STRING:
		cur_str(c);
		break;
	case OP_BLOCK1:
		cur_skip(c, cur_u8(c));
		break;
	case OP_BLOCK2:
		cur_skip(c, cur_u16(c));
		break;
	case OP_BLOCK4:
		cur_skip(c, cur_u32(c));
		break;
	case OP_BLOCK:
		cur_skip(c, cur_uleb(c));
		break;
	case OP_INDIRECT:
		dwarf_read_form(c, u, FORM_INDIRECT, 0, &v);
		break;
	default:
		cur_fail(c);
	}
	return !c->bad;
}

/*
 * Runs the program of a DIE that is not reported. *sibling becomes the offset in .debug_info of the
 * next sibling where the DIE states it. Returns the new position, NULL on damage.
 */
static inline const uint8_t *run_skip(const struct dwarf_walk *w, const uint8_t *ops, const uint8_t *p,
				      uint64_t *sibling)
{
	const uint8_t *end = w->end;

	for (;;) {
		uint8_t op = *ops++;

		if (BASE_LIKELY(op <= OP_SKIP_MAX)) {
			if (op == OP_END)
				return p;
			if (BASE_UNLIKELY((size_t)(end - p) < op))
				return NULL;
			p += op;
		} else if (op == OP_LEB) {
			if (BASE_UNLIKELY(!pass_leb(&p, end)))
				return NULL;
		} else if (op == OP_BLOCK && p < end && *p < 0x80) {
			if (BASE_UNLIKELY((size_t)(end - p) <= *p))
				return NULL;
			p += *p + 1;
		} else {
			struct cur c = { .start = p, .p = p, .end = end, .swap = w->lane->d->s.swap };

			if (op == OP_SIBLING) {
				struct dwarf_value v;

				if (!dwarf_read_form(&c, w->unit, *ops++, 0, &v))
					return NULL;
				*sibling = dwarf_ref(w->lane->d, w->unit, &v);
			} else if (!pass_slow(&c, w->unit, op)) {
				return NULL;
			}
			p = c.p;
		}
	}
}

/* Runs the program of a DIE that is reported; *sibling as in run_skip. NULL on damage. */
static const uint8_t *run_keep(const struct dwarf_walk *w, const uint8_t *ops, const uint8_t *p,
			       struct dwarf_die *die, uint64_t *sibling)
{
	struct cur c = { .start = p, .p = p, .end = w->end, .swap = w->lane->d->s.swap };
	struct dwarf_value v;
	uint32_t i;
	uint8_t op;

	die->present = 0;
	while ((op = *ops++) != OP_END) {
		if (op <= OP_SKIP_MAX) {
			cur_skip(&c, op);
		} else if (op == OP_LEB) {
			cur_uleb(&c);
		} else if (op == OP_KEEP) {
			if (!dwarf_read_form(&c, w->unit, ops[1] | (uint32_t)ops[2] << 8, 0,
					     &die->value[ops[0]]))
				return NULL;
			die->present |= 1u << ops[0];
			ops += 3;
		} else if (op == OP_KEEP_CONST) {
			i = ops[1] | (uint32_t)ops[2] << 8 | (uint32_t)ops[3] << 16 | (uint32_t)ops[4] << 24;
			die->value[ops[0]] = (struct dwarf_value){ FORM_IMPLICIT_CONST,
								   w->abbrevs->consts.v[i] };
			die->present |= 1u << ops[0];
			ops += 5;
		} else if (op == OP_SIBLING) {
			if (!dwarf_read_form(&c, w->unit, *ops++, 0, &v))
				return NULL;
			*sibling = dwarf_ref(w->lane->d, w->unit, &v);
		} else if (!pass_slow(&c, w->unit, op)) {
			return NULL;
		}
	}
	return c.bad ? NULL : c.p;
}

bool dwarf_read_reported(struct dwarf_lane *l, const struct dwarf_unit *u, const struct dwarf_abbrevs *t,
			 const struct abbrev *a, struct cur *c, struct dwarf_die *die)
{
	struct dwarf_walk w = { .lane = l, .unit = u, .abbrevs = t, .end = c->end };
	uint64_t sibling;

	c->p = run_keep(&w, t->ops.v + a->ops, c->p, die, &sibling);
	return c->p != NULL;
}

/* Passes over a DIE that a walk would report; what it keeps is not wanted. */
static const uint8_t *pass_reported(const struct dwarf_walk *w, const struct abbrev *a, const uint8_t *p,
				    uint64_t *sibling)
{
	struct dwarf_die unwanted;

	return run_keep(w, w->abbrevs->ops.v + a->ops, p, &unwanted, sibling);
}

static int damage(const struct dwarf_walk *w, const uint8_t *at, struct err *err, const char *msg)
{
	dwarf_err(w->lane->d, ".debug_info", (uint64_t)(at - w->lane->d->s.info.data), err, msg);
	return -1;
}

/* The code at p; moves p behind it. Most are one or two bytes. */
static inline uint64_t read_code(const uint8_t **p, const uint8_t *end)
{
	uint64_t code = *(*p)++;

	if (BASE_UNLIKELY(code & 0x80)) {
		unsigned int shift = 7;

		code &= 0x7f;
		while (*p < end) {
			uint8_t b = *(*p)++;

			if (shift < 64)
				code |= (uint64_t)(b & 0x7f) << shift;
			shift += 7;
			if (!(b & 0x80))
				break;
		}
	}
	return code;
}

int dwarf_walk_next(struct dwarf_walk *w, struct dwarf_die *die, struct err *err)
{
	const uint8_t *info = w->lane->d->s.info.data, *p = w->p, *end = w->end;
	uint32_t depth = w->depth, skip_from = w->skip_from;
	uint64_t ndies = w->ndies;
	int rc = 0;

	while (p < end) {
		const uint8_t *at = p;
		uint64_t code = read_code(&p, end), sibling = 0;
		const struct abbrev *a;
		bool look_below;

		if (!code) {
			/* Padding may follow a unit's last DIE. */
			if (depth <= 1)
				break;
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
		if (BASE_LIKELY(a->action < ACTION_REPORT || skip_from != UINT32_MAX)) {
			if (a->action < ACTION_REPORT)
				p = run_skip(w, w->abbrevs->ops.v + a->ops, p, &sibling);
			else
				p = run_keep(w, w->abbrevs->ops.v + a->ops, p, die, &sibling);
			look_below = a->action == ACTION_THROUGH;
		} else {
			die->depth = depth;
			die->tag = a->tag;
			die->children = a->children;
			die->offset = (uint64_t)(at - info);
			p = run_keep(w, w->abbrevs->ops.v + a->ops, p, die, &sibling);
			look_below = a->action == ACTION_REPORT;
			rc = 1;
		}
		if (BASE_UNLIKELY(!p)) {
			rc = damage(w, at, err, "a DIE runs past its unit");
			break;
		}
		if (a->children) {
			if (sibling) {
				if (sibling <= (uint64_t)(at - info) || sibling > w->unit->end) {
					rc = damage(w, at, err, "DW_AT_sibling points back or out of the unit");
					break;
				}
				p = info + sibling;
			} else {
				if (!look_below && skip_from == UINT32_MAX)
					skip_from = depth;
				depth++;
			}
		}
		if (rc || !depth)
			break;
	}
	w->p = p;
	w->depth = depth;
	w->skip_from = skip_from;
	w->ndies = ndies;
	return rc;
}

int dwarf_next_child(struct dwarf_lane *l, const struct dwarf_unit *u, uint64_t *at, uint64_t want,
		     struct dwarf_die *die, struct err *err)
{
	const uint8_t *info = l->d->s.info.data;
	struct dwarf_walk w;
	uint32_t depth = 0;
	bool found = false;
	int rc = dwarf_walk_init(&w, l, u, err);

	if (rc)
		return -1;
	if (*at < u->first_die || *at > u->end)
		return damage(&w, info + u->offset, err, "a list of children leaves its unit");
	for (w.p = info + *at; w.p < w.end;) {
		const uint8_t *start = w.p;
		uint64_t code = read_code(&w.p, w.end), sibling = 0;
		const struct abbrev *a = abbrev_of(w.abbrevs, code);

		if (!code) {
			if (!depth)
				break; /* *at stays: the list ends here */
			depth--;
		} else if (!a) {
			return damage(&w, start, err, "an abbreviation code that the unit's table does not have");
		} else {
			if (!depth && a->tag < 64 && (want >> a->tag & 1)) {
				if (dwarf_die_at(l, u, (uint64_t)(start - info), die, err))
					return -1;
				found = true;
			}
			w.p = a->action < ACTION_REPORT ? run_skip(&w, w.abbrevs->ops.v + a->ops, w.p, &sibling) :
							  pass_reported(&w, a, w.p, &sibling);
			if (!w.p || (sibling && (sibling <= (uint64_t)(start - info) || sibling > u->end)))
				return damage(&w, start, err, "a DIE runs past its unit, or its sibling points back");
			if (a->children && sibling)
				w.p = info + sibling;
			else
				depth += a->children;
		}
		if (found && !depth) {
			*at = (uint64_t)(w.p - info);
			return 1;
		}
	}
	return found ? 1 : 0;
}
