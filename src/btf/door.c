// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The door before libbpf: every header field, record, id and name offset of raw BTF is checked once, through
 * the cursor. Sound bytes go through as they are. From others a sound copy is made in which damaged parts
 * are neutral, so that all other types keep their ids. Format: Documentation/bpf/btf.rst of the kernel; the
 * layout section, which tells the lengths of kinds, is that of newer kernels' include/uapi/linux/btf.h.
 */
#include "btf/btf_int.h"

#define BTF_MAGIC_HOST	 0xeb9f
#define BTF_MAGIC_SWAPPED 0x9feb
#define HEADER_SIZE	 24 /* all that version 1 had at first */
#define HEADER_LAYOUT	 32 /* with the place of the layout section */
#define LAYOUT_SIZE	 4
#define RECORD_SIZE	 12
#define VLEN_MAX	 0xffff
#define KIND_LAST	 KIND_ENUM64
#define KIND_DROPPED	 0xff

/* A record's three words. Newer kernels gave kind and vlen bits that were 0 before. */
struct record {
	uint32_t id, name, info, word;
	uint64_t at; /* in the bytes */
	uint32_t kind, vlen;
	bool kflag;
	struct cur more; /* what follows the three words */
	bool damaged;
};

struct door {
	const char *where;
	struct btf_facts *facts;
	const uint8_t *data;
	uint64_t size;
	bool swap;
	const struct btf_base *base; /* of split BTF; else NULL */
	bool is_base;	    /* others go on from these ids: a copy has not one more */
	uint32_t first;	    /* the id that at and kinds begin with: 0, or that behind the base's */
	uint64_t names_first; /* the offset that the names begin with: 0, or that behind the base's */
	uint64_t types_at, types_len, names_at, names_len, layout_at, layout_len; /* in data */
	VEC(uint32_t) at;   /* BTF id - first -> record's place in the types; 0 for void */
	VEC(uint8_t) kinds; /* BTF id - first -> kind, or KIND_DROPPED */
	bool mend;	    /* something is not as libbpf wants it */
	struct buf *out;    /* second pass: the copy */
	uint64_t lost;	    /* bytes of the types that tell nothing, or not all */
};

/* ---- header ---- */

static bool range_ok(const struct door *d, uint64_t header, uint64_t off, uint64_t len)
{
	return header + off <= d->size && len <= d->size - header - off;
}

static void read_layout(struct door *d, struct cur *c, uint64_t header)
{
	uint64_t off = cur_u32(c), len = cur_u32(c);

	if (!range_ok(d, header, off, len) || len % LAYOUT_SIZE) {
		btf_note(d->facts, BTF_NOTE_HEADER, d->where, HEADER_SIZE,
			 "the layout section is not in the BTF");
		return;
	}
	d->layout_at = header + off;
	d->layout_len = len;
}

static int read_header(struct door *d, struct err *err)
{
	struct cur c = cur_init(d->data, d->size, false);
	uint64_t header, types, names;
	uint32_t magic = cur_u16(&c), version;

	c.swap = d->swap = magic == BTF_MAGIC_SWAPPED;
	if (c.bad || (magic != BTF_MAGIC_HOST && !c.swap))
		return err_set(err, ERR_FORMAT, d->where, 0, "is not BTF");
	version = cur_u8(&c);
	cur_skip(&c, 1); /* flags: none are known */
	header = cur_u32(&c);
	types = cur_u32(&c);
	d->types_len = cur_u32(&c);
	names = cur_u32(&c);
	d->names_len = cur_u32(&c);
	if (version != 1)
		return err_set(err, ERR_UNSUPPORTED, d->where, 2, "BTF version %u is not known", version);
	if (c.bad || header < HEADER_SIZE || header > d->size)
		return err_set(err, ERR_FORMAT, d->where, 4, "the BTF header has a length of %llu bytes",
			       (unsigned long long)header);
	if (!range_ok(d, header, types, d->types_len))
		return err_set(err, ERR_FORMAT, d->where, 8, "the types run past the end of the BTF");
	if (header + names + !d->base > d->size || (!d->names_len && !d->base))
		return err_set(err, ERR_FORMAT, d->where, 16, "the names lie past the end of the BTF");
	if (!range_ok(d, header, names, d->names_len)) {
		d->names_len = d->size - header - names;
		btf_note(d->facts, BTF_NOTE_NAME, d->where, 16, "the names run past the end of the BTF");
		d->mend = true;
	}
	d->types_at = header + types;
	d->names_at = header + names;
	if (header >= HEADER_LAYOUT)
		read_layout(d, &c, header);
	if (header > HEADER_LAYOUT)
		btf_note(d->facts, BTF_NOTE_HEADER, d->where, HEADER_LAYOUT,
			 "the BTF header is of a newer kernel, %llu bytes of it are not known",
			 (unsigned long long)header - HEADER_LAYOUT);
	/* What libbpf is strict about. */
	d->mend |= header != HEADER_SIZE || types % 4 || names < types + d->types_len;
	return 0;
}

/* ---- records ---- */

/* The id behind the last one that is known. */
static uint32_t end_id(const struct door *d)
{
	return d->first + (uint32_t)d->at.n;
}

/* What stands for a reference to no type: a type more than there are, or void where ids must not become more. */
static uint32_t unknown_id(const struct door *d)
{
	return d->is_base ? 0 : end_id(d);
}

static bool in_second_pass(const struct door *d)
{
	return d->out;
}

#define note_record(d, r, kind_, ...)                                                                 \
	do {                                                                                          \
		(d)->mend = (r)->damaged = true;                                                      \
		if (!in_second_pass(d))                                                               \
			btf_note((d)->facts, kind_, (d)->where, (r)->at, __VA_ARGS__);                \
	} while (0)

static bool read_record(const struct door *d, uint32_t id, uint64_t at, struct record *r)
{
	struct cur c = cur_init(d->data + d->types_at, d->types_len, d->swap);

	cur_skip(&c, at);
	*r = (struct record){ .id = id, .at = d->types_at + at };
	r->name = cur_u32(&c);
	r->info = cur_u32(&c);
	r->word = cur_u32(&c);
	r->kind = r->info >> 24 & 0x7f;
	r->vlen = r->info & 0xffffff;
	r->kflag = r->info >> 31;
	r->more = c;
	return !c.bad;
}

/* Bytes after the three words, or UINT64_MAX for a kind of unknown length. */
static uint64_t length_more(const struct door *d, const struct record *r)
{
	static const uint8_t info[KIND_LAST + 1] = {
		[BTF_KIND_INT] = 4, [BTF_KIND_ARRAY] = 12, [BTF_KIND_VAR] = 4, [KIND_DECL_TAG] = 4,
	};
	static const uint8_t element[KIND_LAST + 1] = {
		[BTF_KIND_STRUCT] = 12, [BTF_KIND_UNION] = 12,	[BTF_KIND_ENUM] = 8,
		[BTF_KIND_FUNC_PROTO] = 8, [BTF_KIND_DATASEC] = 12, [KIND_ENUM64] = 12,
	};
	const uint8_t *l;

	if (r->kind && r->kind <= KIND_LAST)
		return info[r->kind] + (uint64_t)element[r->kind] * r->vlen;
	if (!r->kind || (uint64_t)r->kind * LAYOUT_SIZE >= d->layout_len)
		return UINT64_MAX;
	l = d->data + d->layout_at + (size_t)r->kind * LAYOUT_SIZE;
	return l[0] + (uint64_t)l[1] * r->vlen;
}

/* The length of the record that begins at `at`; 0, and a note, when it cannot be told. */
static uint64_t measure(struct door *d, uint64_t at, struct record *r)
{
	bool whole = read_record(d, end_id(d), at, r);
	uint64_t more = length_more(d, r);

	if (!whole)
		note_record(d, r, BTF_NOTE_CUT, "type %u is cut off", r->id);
	else if (more == UINT64_MAX)
		note_record(d, r, BTF_NOTE_CUT,
			    "type %u is of kind %u, which is not known: what follows cannot be told", r->id, r->kind);
	else if (more > cur_left(&r->more))
		note_record(d, r, BTF_NOTE_CUT, "type %u of kind %u with %u elements runs past the end of the types",
			    r->id, r->kind, r->vlen);
	else
		return RECORD_SIZE + more;
	return 0;
}

/* Finds every record. What follows one of unknown length is lost. */
static void find_records(struct door *d)
{
	uint64_t at = 0, length;
	struct record r;

	if (!d->first) {
		VEC_PUSH(&d->at, 0);
		VEC_PUSH(&d->kinds, 0);
	}
	for (; at < d->types_len && (length = measure(d, at, &r)); at += length) {
		if (r.kind > KIND_LAST)
			note_record(d, &r, BTF_NOTE_KIND, "type %u is of kind %u, which is not known: left out", r.id,
				    r.kind);
		VEC_PUSH(&d->at, (uint32_t)at);
		VEC_PUSH(&d->kinds, r.kind > KIND_LAST ? KIND_DROPPED : (uint8_t)r.kind);
	}
	d->lost = d->types_len - at;
}

/* ---- what a record says ---- */

static void put(struct door *d, uint32_t word)
{
	if (in_second_pass(d))
		buf_put(d->out, &word, sizeof(word));
}

/*
 * A name of the base is a whole one: names are there once, and nobody refers into one. Where somebody does, the base
 * is another one.
 */
static bool is_name(const struct door *d, uint32_t offset)
{
	if (offset < d->names_first)
		return !offset || !d->base->names[offset - 1];
	return offset - d->names_first < d->names_len;
}

/* In place of what is of no use: a forward declaration, of the struct that it was or of nothing. */
static void put_neutral(struct door *d, const struct record *r)
{
	bool composite = r->kind == BTF_KIND_STRUCT || r->kind == BTF_KIND_UNION;

	put(d, composite && is_name(d, r->name) ? r->name : 0);
	put(d, (uint32_t)BTF_KIND_FWD << 24 | (r->kind == BTF_KIND_UNION ? 1u << 31 : 0));
	put(d, 0);
}

static uint32_t name(struct door *d, struct record *r, uint32_t offset)
{
	if (BASE_LIKELY(is_name(d, offset)))
		return offset;
	note_record(d, r, BTF_NOTE_NAME, "type %u has a name at 0x%x, outside the names", r->id, offset);
	return 0;
}

static uint32_t kind_of(const struct door *d, uint32_t id)
{
	if (id < d->first)
		return d->base->kinds[id];
	return id - d->first < d->kinds.n ? d->kinds.v[id - d->first] : KIND_DROPPED;
}

/* The id of what is to be a type; of the one that stands for nothing known, when it is none. */
static uint32_t type(struct door *d, struct record *r, uint32_t id)
{
	uint32_t k = kind_of(d, id);

	if (BASE_LIKELY(k != KIND_DROPPED && k != BTF_KIND_FUNC && k != BTF_KIND_VAR && k != BTF_KIND_DATASEC &&
			k != KIND_DECL_TAG))
		return id;
	note_record(d, r, BTF_NOTE_REFERENCE, "type %u refers to %u, which is no type", r->id, id);
	return unknown_id(d);
}

static void put_head(struct door *d, struct record *r, uint32_t word)
{
	put(d, name(d, r, r->name));
	put(d, r->info);
	put(d, word);
}

static void pass_int(struct door *d, struct record *r)
{
	uint32_t info = cur_u32(&r->more), bits = info & 0xff, offset = info >> 16 & 0xff;

	if (r->word > 16 || !bits || offset + bits > r->word * 8) {
		note_record(d, r, BTF_NOTE_RECORD, "type %u is an integer of %u bytes and %u bits at %u", r->id,
			    r->word, bits, offset);
		r->word = r->word > 16 ? 0 : r->word;
		info = (info & 0x0f000000) | r->word * 8;
	}
	put_head(d, r, r->word);
	put(d, info);
}

/* Members lie in their struct. A member of no size may lie at its end. */
static bool members_fit(const struct record *r)
{
	uint64_t size = (uint64_t)r->word * 8;
	struct cur c = r->more;

	for (uint32_t i = 0; i < r->vlen; i++) {
		uint32_t offset;

		cur_skip(&c, 8);
		offset = cur_u32(&c);
		if (r->kflag ? (uint64_t)(offset & 0xffffff) + (offset >> 24) > size : offset > size)
			return false;
	}
	return true;
}

static void pass_struct(struct door *d, struct record *r)
{
	if (!members_fit(r)) {
		note_record(d, r, BTF_NOTE_RECORD, "type %u is a struct or union with a member past its end",
			    r->id);
		put_neutral(d, r);
		return;
	}
	put_head(d, r, r->word);
	for (uint32_t i = 0; i < r->vlen; i++) {
		put(d, name(d, r, cur_u32(&r->more)));
		put(d, type(d, r, cur_u32(&r->more)));
		put(d, cur_u32(&r->more));
	}
}

static void pass_enum(struct door *d, struct record *r, unsigned int words)
{
	put_head(d, r, r->word);
	for (uint32_t i = 0; i < r->vlen; i++) {
		put(d, name(d, r, cur_u32(&r->more)));
		for (unsigned int w = 0; w < words; w++)
			put(d, cur_u32(&r->more));
	}
}

static void pass_proto(struct door *d, struct record *r)
{
	put_head(d, r, type(d, r, r->word));
	for (uint32_t i = 0; i < r->vlen; i++) {
		put(d, name(d, r, cur_u32(&r->more)));
		put(d, type(d, r, cur_u32(&r->more)));
	}
}

static void pass_array(struct door *d, struct record *r)
{
	put_head(d, r, 0);
	put(d, type(d, r, cur_u32(&r->more)));
	put(d, type(d, r, cur_u32(&r->more)));
	put(d, cur_u32(&r->more));
}

static void pass_func(struct door *d, struct record *r)
{
	if (kind_of(d, r->word) != BTF_KIND_FUNC_PROTO || !is_name(d, r->name)) {
		note_record(d, r, BTF_NOTE_FUNC, "type %u is a function without a prototype or name", r->id);
		put_neutral(d, r);
		return;
	}
	put_head(d, r, r->word);
}

static void pass_datasec(struct door *d, struct record *r)
{
	put_head(d, r, r->word);
	for (uint32_t i = 0; i < r->vlen; i++) {
		uint32_t id = cur_u32(&r->more), k = kind_of(d, id);

		if (k != BTF_KIND_VAR && k != BTF_KIND_FUNC) {
			note_record(d, r, BTF_NOTE_REFERENCE,
				    "type %u, a data section, holds %u, which is no variable", r->id, id);
			id = unknown_id(d);
		}
		put(d, id);
		put(d, cur_u32(&r->more));
		put(d, cur_u32(&r->more));
	}
}

static void pass_decl_tag(struct door *d, struct record *r)
{
	if (kind_of(d, r->word) == KIND_DROPPED || !is_name(d, r->name)) {
		note_record(d, r, BTF_NOTE_RECORD, "type %u is a tag of %u, which is no type", r->id, r->word);
		put_neutral(d, r);
		return;
	}
	put_head(d, r, r->word);
	put(d, cur_u32(&r->more));
}

/* decoder switch: BTF kinds */
static void pass_record(struct door *d, struct record *r)
{
	if (r->kind != BTF_KIND_FUNC && r->vlen > VLEN_MAX) {
		note_record(d, r, BTF_NOTE_RECORD, "type %u has %u elements", r->id, r->vlen);
		put_neutral(d, r);
		return;
	}
	switch (r->kind) {
	case BTF_KIND_INT:
		pass_int(d, r);
		break;
	case BTF_KIND_ARRAY:
		pass_array(d, r);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		pass_struct(d, r);
		break;
	case BTF_KIND_ENUM:
		pass_enum(d, r, 1);
		break;
	case KIND_ENUM64:
		pass_enum(d, r, 2);
		break;
	case BTF_KIND_FUNC:
		pass_func(d, r);
		break;
	case BTF_KIND_FUNC_PROTO:
		pass_proto(d, r);
		break;
	case BTF_KIND_VAR:
		put_head(d, r, type(d, r, r->word));
		put(d, cur_u32(&r->more));
		break;
	case BTF_KIND_DATASEC:
		pass_datasec(d, r);
		break;
	case KIND_DECL_TAG:
		pass_decl_tag(d, r);
		break;
	case BTF_KIND_FWD:
	case BTF_KIND_FLOAT:
		put_head(d, r, r->word);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case KIND_TYPE_TAG:
		put_head(d, r, type(d, r, r->word));
		break;
	default: /* found unknown before */
		put_neutral(d, r);
	}
}

static void pass_records(struct door *d)
{
	for (uint32_t i = !d->first; i < d->at.n; i++) {
		struct record r;

		read_record(d, d->first + i, d->at.v[i], &r);
		if (d->base && in_second_pass(d))
			d->at.v[i] = (uint32_t)d->out->n;
		pass_record(d, &r);
		if (r.damaged && !in_second_pass(d))
			d->lost += (i + 1 < d->at.n ? d->at.v[i + 1] : d->types_len) - d->at.v[i];
	}
}

/* A name that is not closed is none: who knows how it went on. */
static int check_names(struct door *d, struct err *err)
{
	const uint8_t *names = d->data + d->names_at;
	uint64_t closed = d->names_len;

	while (closed && names[closed - 1])
		closed--;
	if (!closed && d->names_len)
		return err_set(err, ERR_FORMAT, d->where, d->names_at, "the names of the BTF are not closed");
	if (!d->base && names[0]) {
		btf_note(d->facts, BTF_NOTE_NAME, d->where, d->names_at,
			 "the names do not begin with an empty one");
		d->mend = true;
	}
	if (closed != d->names_len) {
		d->names_len = closed;
		btf_note(d->facts, BTF_NOTE_NAME, d->where, d->names_at + closed, "the last name is not closed");
		d->mend = true;
	}
	return 0;
}

/* A copy that libbpf takes: a header of version 1, types in the host's byte order and an unknown one, names. */
static void write_copy(struct door *d, struct buf *out)
{
	static const struct record unknown;
	static const char nul[1];
	uint32_t head[6] = { 0, HEADER_SIZE };
	uint16_t magic = BTF_MAGIC_HOST;

	buf_put(out, head, sizeof(head));
	d->out = out;
	pass_records(d);
	if (d->base)
		VEC_PUSH(&d->at, (uint32_t)out->n);
	if (!d->is_base)
		put_neutral(d, &unknown);
	head[3] = (uint32_t)(out->n - HEADER_SIZE);
	head[4] = head[3];
	head[5] = (uint32_t)d->names_len;
	memcpy(out->v, head, sizeof(head));
	memcpy(out->v, &magic, sizeof(magic));
	out->v[2] = 1;
	if (d->base) {
		buf_put(out, d->data + d->names_at, d->names_len);
		return;
	}
	buf_put(out, nul, 1);
	buf_put(out, d->data + d->names_at + 1, d->names_len - 1);
}

/* Names the note that weighs most. Split BTF that refers to what is not there is of another base. */
static int refuse(const struct door *d, struct err *err)
{
	static const enum btf_note_kind by_weight[] = {
		BTF_NOTE_CUT, BTF_NOTE_RECORD, BTF_NOTE_REFERENCE, BTF_NOTE_FUNC, BTF_NOTE_NAME, BTF_NOTE_KIND,
	};
	const struct err_note *notes = d->facts->notes;
	bool other = d->base && (notes[BTF_NOTE_REFERENCE].count || notes[BTF_NOTE_FUNC].count || notes[BTF_NOTE_NAME].count);
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(by_weight) && !notes[by_weight[i]].count)
		i++;
	return err_set(err, other ? ERR_FORMAT : ERR_DAMAGED, d->where, notes[by_weight[i]].first.offset,
		       "%s; %llu of %llu bytes of types are of no use%s", notes[by_weight[i]].first.msg,
		       (unsigned long long)d->lost, (unsigned long long)d->types_len,
		       other ? ": is it of another kernel?" : "");
}

static int pass(struct door *d, unsigned int lost_max, struct buf *copy, struct err *err)
{
	int rc = read_header(d, err);

	if (!rc)
		rc = check_names(d, err);
	if (rc)
		return rc;
	find_records(d);
	pass_records(d);
	if (!d->base && d->at.n == 1 && !d->lost)
		return err_set(err, ERR_FORMAT, d->where, 12, "the BTF has no types");
	if (d->lost * 100 > d->types_len * lost_max)
		return refuse(d, err);
	if (d->mend || d->base)
		write_copy(d, copy);
	return 0;
}

static int run(struct door *d, unsigned int lost_max, struct buf *copy, struct err *err)
{
	if (d->size > INT32_MAX)
		return err_set(err, ERR_FORMAT, d->where, 0, "the BTF is larger than 2 GiB");
	return pass(d, lost_max, copy, err);
}

int btf_door(const char *where, const void *data, uint64_t size, unsigned int lost_max, struct btf_facts *facts,
	     struct buf *copy, uint32_t *unknown, struct err *err)
{
	struct door d = { .where = where, .facts = facts, .data = data, .size = size };
	int rc = run(&d, lost_max, copy, err);

	facts->ntypes = d.at.n ? (uint32_t)d.at.n - 1 : 0;
	*unknown = copy->n ? unknown_id(&d) : 0;
	VEC_DONE(&d.at);
	VEC_DONE(&d.kinds);
	return rc;
}

int btf_door_split(const char *where, const void *data, uint64_t size, unsigned int lost_max,
		   const struct btf_base *base, struct btf_facts *facts, struct btf_split *ret, struct err *err)
{
	struct door d = { .where = where, .facts = facts, .data = data, .size = size, .base = base,
			  .first = base->ntypes, .names_first = base->names_len };
	int rc = run(&d, lost_max, &ret->copy, err);

	facts->ntypes = rc ? 0 : (uint32_t)d.at.n - 1;
	VEC_DONE(&ret->at);
	ret->at.v = d.at.v;
	ret->at.n = d.at.n;
	ret->at.cap = d.at.cap;
	ret->names_len = d.names_len;
	ret->names_at = ret->copy.n - d.names_len;
	VEC_DONE(&d.kinds);
	return rc;
}

int btf_door_base(const char *where, const void *data, uint64_t size, struct btf_base *base, struct buf *copy,
		  struct err *err)
{
	struct btf_facts facts = { 0 };
	struct door d = { .where = where, .facts = &facts, .data = data, .size = size, .is_base = true };
	uint64_t claimed;
	struct cur c;
	int rc = run(&d, 100, copy, err);

	/* Ids and names of others go on from where these end, so they must end where they say. */
	c = cur_init(data, size, d.swap);
	cur_skip(&c, 20);
	claimed = cur_u32(&c);
	if (!rc && (facts.notes[BTF_NOTE_CUT].count || claimed != d.names_len))
		rc = err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET, "is cut off: no other BTF can go on from it");
	if (!rc) {
		base->ntypes = (uint32_t)d.at.n;
		base->names_len = (uint32_t)d.names_len;
		base->kinds = d.kinds.v;
	} else {
		VEC_DONE(&d.kinds);
	}
	VEC_DONE(&d.at);
	return rc;
}
