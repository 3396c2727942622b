// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bytes of the database back into facts: functions, prototypes, and the strings they name. What a
 * damaged row can do is bounded: reads go through the cursor, counts by the blob's own length, and
 * an id that is not in the store ends in ERR_STORE. docs/formats/store.md gives the layout.
 */
#include "store/store_int.h"
#include "store/store_pack_int.h"

/* What one function's blob is read with. */
struct unpack {
	struct store *st;
	struct surface *s;
	struct cur c;
	struct err *err;
	uint64_t base;
	uint32_t name; /* string id */
	uint32_t name_sid;
	uint64_t addr, file; /* of the instance or symbol before */
	uint32_t owner;	     /* string id: of what stands here */
};

int store_unpack_string(struct store *st, uint64_t sid, uint32_t *id, struct err *err)
{
	if (BASE_LIKELY(sid < st->str_of_sid.n && st->str_of_sid.v[sid])) {
		*id = st->str_of_sid.v[sid];
		return ERR_NONE;
	}
	if (!sid) {
		*id = 0;
		return ERR_NONE;
	}
	return sid > UINT32_MAX ? UNPACK_DAMAGED : store_string(st, (uint32_t)sid, id, err);
}

/* ERR_NONE, or ERR_STORE with *err filled, or UNPACK_DAMAGED: the caller says where. */
static int unpack_string(struct unpack *u, uint64_t sid, uint32_t *id)
{
	return store_unpack_string(u->st, sid, id, u->err);
}

static int unpack_callers(struct unpack *u, struct instance *in, uint64_t own_file)
{
	uint64_t ninline = cur_uleb(&u->c), ndirect = cur_uleb(&u->c), left;
	uint64_t file = own_file, func = u->name_sid;
	struct caller to = { .file = in->file, .func = u->name };
	int rc;

	left = cur_left(&u->c) * PACK_CALLER_RUN_MAX;
	if (ninline > left || ndirect > left - ninline)
		return UNPACK_DAMAGED;
	in->ninline_callers = (uint32_t)ninline;
	in->ndirect_callers = (uint32_t)ndirect;
	VEC_RESERVE(&u->s->callers, ninline + ndirect);
	for (left = ninline + ndirect; left;) {
		uint64_t v = cur_uleb(&u->c), run = 1, own = file;

		switch ((enum pack_caller)(v & 3)) {
		case PACK_CALLER_AGAIN:
			run = (v >> 2) + 1;
			break;
		case PACK_CALLER_OWN_FILE:
			own = own_file;
			break;
		case PACK_CALLER_SAME_FILE:
			break;
		case PACK_CALLER_FILE:
			own = file + unzigzag(cur_uleb(&u->c));
			break;
		}
		if (u->c.bad || run > left || run > PACK_CALLER_RUN_MAX)
			return UNPACK_DAMAGED;
		if (v & 3) {
			func += unzigzag(v >> 2);
			rc = unpack_string(u, func, &to.func);
			if (!rc && own != file)
				rc = unpack_string(u, own, &to.file);
			if (rc)
				return rc;
			file = own;
		}
		for (left -= run; run; run--)
			u->s->callers.v[u->s->callers.n++] = to;
	}
	return ERR_NONE;
}

static int unpack_loc(struct unpack *u, struct instance *in, bool first, enum pack_loc loc)
{
	uint64_t line;

	if (loc == PACK_LOC_NONE)
		return ERR_NONE;
	if (loc == PACK_LOC_AGAIN) {
		if (first)
			return UNPACK_DAMAGED;
		in->loc_file = in[-1].loc_file;
		in->loc_line = in[-1].loc_line;
		return ERR_NONE;
	}
	in->loc_file = in->file;
	if (loc == PACK_LOC_FILE) {
		int rc = unpack_string(u, cur_uleb(&u->c), &in->loc_file);

		if (rc)
			return rc;
	}
	line = cur_uleb(&u->c);
	in->loc_line = (uint32_t)line;
	return line > UINT32_MAX ? UNPACK_DAMAGED : ERR_NONE;
}

static int unpack_owner(struct unpack *u)
{
	int rc = unpack_string(u, cur_uleb(&u->c), &u->owner);

	u->addr = u->owner ? 0 : u->base;
	return rc;
}

static int unpack_instance(struct unpack *u, bool first)
{
	uint8_t flags = cur_u8(&u->c);
	struct instance *in = VEC_ADD(&u->s->instances);
	int rc = ERR_NONE;

	*in = (struct instance){ 0 };
	if (flags == PACK_OWNER) {
		rc = unpack_owner(u);
		flags = cur_u8(&u->c);
	}
	*in = (struct instance){
		.owner = u->owner,
		.inline_word = flags & 7,
		.external = flags >> 3 & 1,
		.callers = (uint32_t)u->s->callers.n,
	};
	if (rc || in->inline_word >= INLINE_NWORDS)
		return rc ? rc : UNPACK_DAMAGED;
	if (flags & 1 << 4)
		in->addr = u->addr += unzigzag(cur_uleb(&u->c));
	u->file += unzigzag(cur_uleb(&u->c));
	rc = unpack_string(u, u->file, &in->file);
	if (!rc)
		rc = unpack_loc(u, in, first, (enum pack_loc)(flags >> 5 & 3));
	if (!rc && flags & 1 << 7)
		rc = unpack_callers(u, in, u->file);
	return rc ? rc : u->c.bad ? UNPACK_DAMAGED : ERR_NONE;
}

static int unpack_symbol_name(struct unpack *u, enum pack_name mode, struct symbol *y)
{
	struct strtab *str = &u->st->str;
	char small[256], *t = small;
	uint64_t len;
	size_t stem;

	y->name = u->name;
	if (mode == PACK_NAME_SAME)
		return ERR_NONE;
	if (mode == PACK_NAME_OWN)
		return unpack_string(u, cur_uleb(&u->c), &y->name);
	len = cur_uleb(&u->c);
	if (mode != PACK_NAME_SUFFIX || !cur_need(&u->c, len))
		return UNPACK_DAMAGED;
	stem = strtab_len(str, u->name);
	if (stem + len > sizeof(small))
		t = base_alloc(stem + len);
	memcpy(t, strtab_text(str, u->name), stem);
	memcpy(t + stem, u->c.p, len);
	cur_skip(&u->c, len);
	y->name = strtab_intern(str, t, stem + len);
	if (t != small)
		free(t);
	return ERR_NONE;
}

static int unpack_symbol(struct unpack *u, const struct func *f, bool first)
{
	uint8_t flags = cur_u8(&u->c);
	struct symbol *y = VEC_ADD(&u->s->symbols);
	enum pack_section section = (enum pack_section)(flags >> 5 & 3);
	int rc = flags & PACK_SYMBOL_OWNER ? unpack_owner(u) : ERR_NONE;

	*y = (struct symbol){ .bind = flags & 3, .owner = u->owner };
	if (!rc)
		rc = unpack_symbol_name(u, (enum pack_name)(flags >> 2 & 3), y);
	if (rc)
		return rc;
	if (flags & 1 << 4) {
		uint64_t i = cur_uleb(&u->c);

		if (i >= f->ninstances)
			return UNPACK_DAMAGED;
		u->addr = u->s->instances.v[f->instances + i].addr;
	} else {
		u->addr += unzigzag(cur_uleb(&u->c));
	}
	y->addr = u->addr;
	y->size = cur_uleb(&u->c);
	if (section == PACK_SECTION_AGAIN)
		y->section = first ? 0 : y[-1].section;
	else if (section == PACK_SECTION_OWN)
		rc = unpack_string(u, cur_uleb(&u->c), &y->section);
	else
		y->section = section == PACK_SECTION_TEXT ? u->st->text_section :
							    u->st->init_section;
	return rc ? rc : u->c.bad ? UNPACK_DAMAGED : ERR_NONE;
}

static int unpack_func(struct unpack *u, const struct func_row *r, struct func *f)
{
	uint64_t ninline = 0, ndirect = 0;
	int rc = ERR_NONE;

	/* Every instance and every symbol takes a byte at least. */
	if (r->ninstances > r->detail_size || r->nsymbols > r->detail_size)
		return UNPACK_DAMAGED;
	for (uint32_t i = 0; !rc && i < r->ninstances; i++) {
		const struct instance *in;

		rc = unpack_instance(u, !i);
		in = &u->s->instances.v[u->s->instances.n - 1];
		ninline += in->ninline_callers;
		ndirect += in->ndirect_callers;
	}
	f->ninstances = r->ninstances;
	u->addr = u->owner ? 0 : u->base;
	for (uint32_t i = 0; !rc && i < r->nsymbols; i++)
		rc = unpack_symbol(u, f, !i);
	f->nsymbols = r->nsymbols;
	if (!rc &&
	    (cur_left(&u->c) || ninline != r->ninline_callers || ndirect != r->ndirect_callers))
		rc = UNPACK_DAMAGED;
	return rc;
}

int store_unpack_func(struct store *st, const struct func_row *r, uint64_t base, struct surface *s,
		      struct err *err)
{
	struct unpack u = {
		.st = st,
		.s = s,
		.err = err,
		.base = base,
		.addr = base,
		.c = cur_init(r->detail, r->detail_size, false),
		.name_sid = (uint32_t)r->id,
	};
	size_t ninstances = s->instances.n, nsymbols = s->symbols.n, ncallers = s->callers.n;
	struct func f = {
		.seq = r->seq,
		.type_seq = r->type_seq,
		.attach = r->attach,
		.instances = (uint32_t)ninstances,
		.symbols = (uint32_t)nsymbols,
	};
	uint32_t owners;
	int rc = unpack_string(&u, u.name_sid, &f.name);

	if (!rc)
		rc = unpack_string(&u, r->owner, &owners);
	u.name = f.name;
	f.collision = r->collision;
	f.inline_type = r->inline_type;
	if (!rc && (!f.name || r->collision >= COLLISION_NTYPES || r->inline_type >= INLINE_NTYPES))
		rc = UNPACK_DAMAGED;
	if (!rc)
		rc = unpack_func(&u, r, &f);
	if (!rc && r->pid)
		rc = store_type(st, r->pid, &f.proto, err);
	if (!rc && r->pid && type_at(&st->types, f.proto)->kind != TYPE_FUNC_PROTO)
		rc = store_damaged(st, err, "its prototype is none");
	if (!rc) {
		VEC_PUSH(&s->funcs, f);
		return ERR_NONE;
	}
	s->instances.n = ninstances;
	s->symbols.n = nsymbols;
	s->callers.n = ncallers;
	/* A string or prototype that is not there is an error of its own; say whose it was. */
	return store_damaged_func(
		st, r->id, rc == UNPACK_DAMAGED ? "its packed detail does not add up" : err->msg,
		err);
}

/* ---- types ---- */

static int unpack_type(struct unpack *u, unsigned int depth, uint32_t *id);

static int unpack_params(struct unpack *u, struct type *n, unsigned int depth, uint32_t *id)
{
	struct type_param small[16], *params = small;
	uint64_t count = cur_uleb(&u->c);
	int rc;

	/* Every parameter takes two bytes at least. */
	if (count > cur_left(&u->c) / 2)
		return UNPACK_DAMAGED;
	n->count = (uint32_t)count;
	if (count > ARRAY_SIZE(small))
		params = base_alloc(count * sizeof(*params));
	rc = unpack_type(u, depth, &n->ref);
	for (uint64_t i = 0; !rc && i < count; i++) {
		rc = unpack_string(u, cur_uleb(&u->c), &params[i].name);
		if (!rc)
			rc = unpack_type(u, depth, &params[i].type);
	}
	if (!rc)
		*id = type_intern(&u->st->types, n, params);
	if (params != small)
		free(params);
	return rc;
}

static int unpack_type(struct unpack *u, unsigned int depth, uint32_t *id)
{
	uint8_t tag = cur_u8(&u->c);
	struct type n = { .kind = tag & 31, .size = TYPE_NO_SIZE };
	bool mark = tag >> 5;
	int rc = ERR_NONE;

	if (depth > STORE_TYPE_DEPTH || tag >> 6)
		return UNPACK_DAMAGED;
	switch (n.kind) {
	case TYPE_VOID:
		break;
	case TYPE_ARRAY: {
		uint64_t count = cur_uleb(&u->c);

		if (count > UINT32_MAX)
			return UNPACK_DAMAGED;
		n.count = (uint32_t)count;
	} /* fallthrough */
	case TYPE_PTR:
	case TYPE_VOLATILE:
	case TYPE_CONST:
	case TYPE_RESTRICT:
		rc = unpack_type(u, depth + 1, &n.ref);
		break;
	case TYPE_FUNC_PROTO:
		return unpack_params(u, &n, depth + 1, id);
	case TYPE_FWD:
		n.fwd_union = mark;
		rc = unpack_string(u, cur_uleb(&u->c), &n.name);
		break;
	case TYPE_INT:
	case TYPE_STRUCT:
	case TYPE_UNION:
	case TYPE_TYPEDEF:
		rc = unpack_string(u, cur_uleb(&u->c), &n.name);
		break;
	case TYPE_ENUM:
	case TYPE_ENUM64:
	case TYPE_FLOAT:
		rc = unpack_string(u, cur_uleb(&u->c), &n.name);
		if (mark) {
			uint64_t size = cur_uleb(&u->c);

			if (size >= TYPE_NO_SIZE)
				return UNPACK_DAMAGED;
			n.size = (uint32_t)size;
		}
		break;
	default:
		return UNPACK_DAMAGED;
	}
	if (rc || u->c.bad)
		return rc ? rc : UNPACK_DAMAGED;
	*id = type_intern(&u->st->types, &n, NULL);
	return ERR_NONE;
}

int store_unpack_type(struct store *st, uint32_t pid, const void *tree, size_t size,
		      uint32_t *type, struct err *err)
{
	struct unpack u = { .st = st, .err = err, .c = cur_init(tree, size, false) };
	int rc = unpack_type(&u, 0, type);

	if (!rc && cur_left(&u.c))
		rc = UNPACK_DAMAGED;
	if (rc == UNPACK_DAMAGED)
		rc = store_damaged(st, err, "type %u: its packed tree does not add up", pid);
	return rc;
}
