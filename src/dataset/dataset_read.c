// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * JSON lines of the DepSurf dataset into a surface. Strict in both senses: what a line holds is in
 * the surface to the last bit, or the line is refused with its number and a sentence. Never writes.
 */
#define _GNU_SOURCE /* memrchr */
#include "dataset/dataset_int.h"

#include <stdio.h>

/* ---- objects by a table of keys ---- */

bool reader_open(struct reader *r, struct keyed *k, const struct keys *keys)
{
	*k = (struct keyed){ .keys = keys };
	if (json_peek(&r->json) != '{')
		return json_fail(&r->json, "%s expected, found %s", keys->what,
				 json_next_kind(&r->json));
	r->json.p++;
	return true;
}

static int key_index(const struct keyed *k, const char *s, size_t len)
{
	/* Keys mostly come in the recorded order: try the next one first. */
	for (unsigned int i = 0; i < k->keys->n; i++) {
		unsigned int at = (k->last + i) % k->keys->n;

		if (strlen(k->keys->names[at]) == len && !memcmp(k->keys->names[at], s, len))
			return (int)at;
	}
	return KEY_BAD;
}

/* The next key's index, its value next in the text; KEY_END after the last. */
int reader_key(struct reader *r, struct keyed *k)
{
	struct json *j = &r->json;
	const char *s;
	size_t len;
	int key;

	if (json_peek(j) == '}') {
		j->p++;
		return KEY_END;
	}
	if (k->seen && !json_take(j, ',', "a comma"))
		return KEY_BAD;
	if (!json_string(j, &s, &len))
		return KEY_BAD;
	key = key_index(k, s, len);
	if (key < 0) {
		json_fail(j, "unknown key '%.*s' in %s", len > 64 ? 64 : (int)len, s,
			  k->keys->what);
		return KEY_BAD;
	}
	if (k->seen & 1u << key) {
		json_fail(j, "key '%s' twice in %s", k->keys->names[key], k->keys->what);
		return KEY_BAD;
	}
	k->seen |= 1u << key;
	k->last = (unsigned int)key + 1;
	return json_take(j, ':', "a colon") ? key : KEY_BAD;
}

bool reader_has(struct reader *r, const struct keyed *k, uint32_t wanted)
{
	for (unsigned int i = 0; i < k->keys->n; i++)
		if ((wanted & 1u << i) && !(k->seen & 1u << i))
			return json_fail(&r->json, "no '%s' in %s", k->keys->names[i],
					 k->keys->what);
	return true;
}

/* Calls one(r) for each element of a list. */
bool reader_list(struct reader *r, const char *what, bool (*one)(struct reader *r))
{
	struct json *j = &r->json;

	if (json_peek(j) != '[')
		return json_fail(j, "%s: a list expected, found %s", what, json_next_kind(j));
	j->p++;
	if (json_peek(j) == ']') {
		j->p++;
		return true;
	}
	do {
		if (!one(r))
			return false;
		if (json_peek(j) == ']') {
			j->p++;
			return true;
		}
	} while (json_take(j, ',', "a comma or the end of a list"));
	return false;
}

/* ---- values ---- */

bool reader_text(struct reader *r, uint32_t *id)
{
	const char *s;
	size_t len;

	if (!json_string(&r->json, &s, &len))
		return false;
	*id = strtab_intern(r->s->str, s, len);
	return true;
}

/* A text that stands for something: an empty one would come back as null. */
bool reader_name(struct reader *r, const char *what, uint32_t *id)
{
	if (!reader_text(r, id))
		return false;
	return *id ? true : json_fail(&r->json, "an empty %s", what);
}

bool reader_word(struct reader *r, const char *what, const char *const *words, size_t n,
		      unsigned int *index)
{
	const char *s;
	size_t len;

	if (!json_string(&r->json, &s, &len))
		return false;
	for (*index = 0; *index < n; ++*index)
		if (words[*index] && strlen(words[*index]) == len && !memcmp(words[*index], s, len))
			return true;
	return json_fail(&r->json, "unknown %s '%.*s'", what, len > 64 ? 64 : (int)len, s);
}

bool reader_u32(struct reader *r, const char *what, uint32_t limit, uint32_t *v)
{
	uint64_t wide;

	if (!json_u64(&r->json, &wide))
		return false;
	if (wide >= limit)
		return json_fail(&r->json, "%s is too large", what);
	*v = (uint32_t)wide;
	return true;
}

bool reader_owner(struct reader *r, bool several, uint32_t *id)
{
	const char *text;

	if (!reader_name(r, "owner", id))
		return false;
	text = surface_text(r->s, *id);
	if (!several && strchr(text, ','))
		return json_fail(&r->json, "several owners, '%.64s', of one body or symbol", text);
	if (*text == ',' || strstr(text, ",,") || text[strlen(text) - 1] == ',')
		return json_fail(&r->json, "an empty owner in '%.64s'", text);
	return true;
}

/*
 * "fs/read_write.c:450" is a file and a line. A location that would not come back the same from
 * those (no colon: assembly; a line of 0, with leading zeros, beyond 32 bits) is kept whole as the
 * file.
 */
static bool read_loc(struct reader *r, struct instance *in)
{
	const char *s, *colon;
	uint64_t line = 0;
	size_t len, file;

	if (json_null(&r->json))
		return true;
	if (!json_string(&r->json, &s, &len))
		return false;
	if (!len)
		return json_fail(&r->json, "an empty loc");
	colon = memrchr(s, ':', len);
	file = colon ? (size_t)(colon - s) : 0;
	if (file && file + 1 < len && s[file + 1] != '0' && len - file <= 11) {
		for (size_t i = file + 1; i < len; i++) {
			if (s[i] < '0' || s[i] > '9') {
				line = 0;
				break;
			}
			line = line * 10 + (uint64_t)(s[i] - '0');
		}
	}
	if (!line || line > UINT32_MAX)
		file = len;
	else
		in->loc_line = (uint32_t)line;
	in->loc_file = strtab_intern(r->s->str, s, file);
	return true;
}

/* "file:function", cut at the last colon; what has no file to it is a function of file 0. */
static bool read_caller(struct reader *r)
{
	struct strtab *str = r->s->str;
	const char *s, *colon;
	size_t len, file;

	if (!json_string(&r->json, &s, &len))
		return false;
	/* The same caller comes several times in a row (30 % of a kernel's). */
	if (r->last_text && len == r->last_len && !memcmp(s, r->last_text, len)) {
		VEC_PUSH(&r->callers, r->last_caller);
		return true;
	}
	colon = memrchr(s, ':', len);
	file = colon ? (size_t)(colon - s) : 0;
	r->last_caller.file = strtab_intern(str, s, file);
	r->last_caller.func = file ? strtab_intern(str, s + file + 1, len - file - 1) :
				     strtab_intern(str, s, len);
	/* Only a text that stands in the line itself outlives the next string. */
	r->last_text = s >= r->line && s < r->json.end ? s : NULL;
	r->last_len = len;
	VEC_PUSH(&r->callers, r->last_caller);
	return true;
}

/* ---- function groups ---- */

/* Two lists whose keys may come in either order: kept apart until the instance is whole. */
static bool read_caller_list(struct reader *r, const char *what, uint32_t *from, uint32_t *n)
{
	*from = (uint32_t)r->callers.n;
	if (!reader_list(r, what, read_caller))
		return false;
	*n = (uint32_t)r->callers.n - *from;
	return true;
}

static void keep_callers(struct reader *r, struct instance *in, uint32_t inline_from,
			 uint32_t direct_from)
{
	struct surface *s = r->s;

	in->callers = (uint32_t)s->callers.n;
	VEC_RESERVE(&s->callers, r->callers.n);
	if (in->ninline_callers)
		memcpy(s->callers.v + s->callers.n, r->callers.v + inline_from,
		       in->ninline_callers * sizeof(*s->callers.v));
	s->callers.n += in->ninline_callers;
	if (in->ndirect_callers)
		memcpy(s->callers.v + s->callers.n, r->callers.v + direct_from,
		       in->ndirect_callers * sizeof(*s->callers.v));
	s->callers.n += in->ndirect_callers;
}

static bool read_instance(struct reader *r)
{
	enum { ADDR, NAME, EXTERNAL, LOC, FILE_, INLINE, CALLER_INLINE, CALLER_FUNC, OWNER };
	static const struct keys keys = { "a member of funcs",
					  { "addr", "name", "external", "loc", "file", "inline",
					    "caller_inline", "caller_func", "owner" },
					  9 };
	struct instance in = { 0 };
	uint32_t name = 0, inline_from = 0, direct_from = 0;
	unsigned int word = 0;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	r->callers.n = 0;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case ADDR:
			ok = json_u64(&r->json, &in.addr);
			break;
		case NAME:
			ok = reader_text(r, &name);
			break;
		case EXTERNAL:
			ok = json_bool(&r->json, &in.external);
			break;
		case LOC:
			ok = read_loc(r, &in);
			break;
		case FILE_:
			ok = json_null(&r->json) || reader_name(r, "file", &in.file);
			break;
		case INLINE:
			ok = reader_word(r, "inline word", inline_word_text, INLINE_NWORDS, &word);
			break;
		case CALLER_INLINE:
			ok = read_caller_list(r, "caller_inline", &inline_from,
					      &in.ninline_callers);
			break;
		case CALLER_FUNC:
			ok = read_caller_list(r, "caller_func", &direct_from, &in.ndirect_callers);
			break;
		case OWNER:
			ok = reader_owner(r, false, &in.owner);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 0xff))
		return false;
	/*
	 * The group's own name may come later in the line: all members are held against the first.
	 */
	if (r->member_name && name != r->member_name)
		return json_fail(&r->json, "two names in one group: '%s' and '%s'",
				 surface_text(r->s, r->member_name), surface_text(r->s, name));
	r->member_name = name;
	in.inline_word = word;
	keep_callers(r, &in, inline_from, direct_from);
	VEC_PUSH(&r->s->instances, in);
	return true;
}

static bool read_symbol(struct reader *r)
{
	enum { ADDR, NAME, SECTION, BIND, SIZE, OWNER };
	static const struct keys keys = { "a symbol",
					  { "addr", "name", "section", "bind", "size", "owner" },
					  6 };
	struct symbol y = { 0 };
	unsigned int word = 0;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case ADDR:
			ok = json_u64(&r->json, &y.addr);
			break;
		case NAME:
			ok = reader_text(r, &y.name);
			break;
		case SECTION:
			ok = reader_text(r, &y.section);
			break;
		case BIND:
			ok = reader_word(r, "binding", symbol_bind_text, BIND_NBINDS, &word);
			break;
		case SIZE:
			ok = json_u64(&r->json, &y.size);
			break;
		case OWNER:
			ok = reader_owner(r, false, &y.owner);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 0x1f))
		return false;
	y.bind = word;
	VEC_PUSH(&r->s->symbols, y);
	return true;
}

/* The function of this name, made when there is none. */
static struct func *reader_func(struct reader *r, uint32_t name)
{
	uint32_t *at = map_at(&r->func_of_name, name);

	if (*at == MAP_NONE) {
		*at = (uint32_t)r->s->funcs.n;
		VEC_PUSH(&r->s->funcs, ((struct func){
					       .name = name,
					       .seq = SEQ_NONE,
					       .type_seq = SEQ_NONE,
				       }));
	}
	return &r->s->funcs.v[*at];
}

static bool keep_group(struct reader *r, uint32_t name, const struct func *g)
{
	struct func *f;

	if (g->ninstances && r->member_name != name)
		return json_fail(&r->json, "a member of the group '%s' is named '%s'",
				 surface_text(r->s, name), surface_text(r->s, r->member_name));
	f = reader_func(r, name);
	if (func_has_group(f))
		return json_fail(&r->json, "a second group named '%s'", surface_text(r->s, name));
	f->seq = r->seq++;
	f->collision = g->collision;
	f->inline_type = g->inline_type;
	f->instances = g->instances;
	f->ninstances = g->ninstances;
	f->symbols = g->symbols;
	f->nsymbols = g->nsymbols;
	return true;
}

static bool read_group(struct reader *r)
{
	enum { NAME, COLLISION, INLINE, FUNCS, SYMBOLS };
	static const struct keys keys = { "a function group",
					  { "name", "collision_type", "inline_type", "funcs",
					    "symbols" },
					  5 };
	struct func g = { .instances = (uint32_t)r->s->instances.n,
			  .symbols = (uint32_t)r->s->symbols.n };
	unsigned int collision = 0, inline_type = 0;
	uint32_t name = 0;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	r->member_name = 0;
	r->last_text = NULL;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case NAME:
			ok = reader_name(r, "name", &name);
			break;
		case COLLISION:
			ok = reader_word(r, "collision type", collision_type_text, COLLISION_NTYPES,
				       &collision);
			break;
		case INLINE:
			ok = reader_word(r, "inline type", inline_type_text, INLINE_NTYPES,
				       &inline_type);
			break;
		case FUNCS:
			ok = reader_list(r, "funcs", read_instance);
			break;
		case SYMBOLS:
			ok = reader_list(r, "symbols", read_symbol);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 0x1f))
		return false;
	g.collision = collision;
	g.inline_type = inline_type;
	g.ninstances = (uint32_t)r->s->instances.n - g.instances;
	g.nsymbols = (uint32_t)r->s->symbols.n - g.symbols;
	return keep_group(r, name, &g);
}

/* ---- prototypes ---- */

enum { TREE_KIND, TREE_NAME, TREE_TYPE, TREE_PARAMS, TREE_RET, TREE_ELEMS, TREE_SIZE, TREE_FWD };

#define BIT(key) (1u << (key))

/* What each kind must have; ENUM, ENUM64 and FLOAT may have a size as well. */
static const struct {
	uint32_t must, may;
} tree_keys[TYPE_NKINDS] = {
	[TYPE_VOID] = { BIT(TREE_NAME), 0 },
	[TYPE_INT] = { BIT(TREE_NAME), 0 },
	[TYPE_PTR] = { BIT(TREE_TYPE), 0 },
	[TYPE_ARRAY] = { BIT(TREE_NAME) | BIT(TREE_ELEMS) | BIT(TREE_TYPE), 0 },
	[TYPE_STRUCT] = { BIT(TREE_NAME), 0 },
	[TYPE_UNION] = { BIT(TREE_NAME), 0 },
	[TYPE_ENUM] = { BIT(TREE_NAME), BIT(TREE_SIZE) },
	[TYPE_FWD] = { BIT(TREE_NAME) | BIT(TREE_FWD), 0 },
	[TYPE_TYPEDEF] = { BIT(TREE_NAME), 0 },
	[TYPE_VOLATILE] = { BIT(TREE_NAME) | BIT(TREE_TYPE), 0 },
	[TYPE_CONST] = { BIT(TREE_NAME) | BIT(TREE_TYPE), 0 },
	[TYPE_RESTRICT] = { BIT(TREE_NAME) | BIT(TREE_TYPE), 0 },
	[TYPE_FUNC] = { BIT(TREE_NAME) | BIT(TREE_TYPE), 0 },
	[TYPE_FUNC_PROTO] = { BIT(TREE_PARAMS) | BIT(TREE_RET), 0 },
	[TYPE_FLOAT] = { BIT(TREE_NAME), BIT(TREE_SIZE) },
	[TYPE_ENUM64] = { BIT(TREE_NAME), BIT(TREE_SIZE) },
};

struct tree {
	struct type node;
	unsigned int kind, fwd;
	uint32_t params; /* index in reader.params */
	bool unnamed;	 /* name is "(anon)" */
	bool is_void;	 /* name is "void" */
};

static bool read_tree_name(struct reader *r, struct tree *t)
{
	const char *s;
	size_t len;

	if (!json_string(&r->json, &s, &len))
		return false;
	if (!len)
		return json_fail(&r->json, "an empty name of a type");
	t->unnamed = len == strlen(DATASET_ANON) && !memcmp(s, DATASET_ANON, len);
	t->is_void = len == 4 && !memcmp(s, "void", 4);
	t->node.name = t->unnamed ? 0 : strtab_intern(r->s->str, s, len);
	return true;
}

bool reader_name_or_anon(struct reader *r, const char *what, uint32_t *id)
{
	const char *s;
	char anon[32];
	size_t len, n;

	*id = 0;
	if (!json_string(&r->json, &s, &len))
		return false;
	if (!len)
		return json_fail(&r->json, "an empty name of %s", what);
	if (*s == '(') {
		n = dataset_anon(anon, r->nunnamed);
		if (len == n && !memcmp(s, anon, n)) {
			r->nunnamed++;
			return true;
		}
	}
	*id = strtab_intern(r->s->str, s, len);
	return true;
}

static bool read_param(struct reader *r)
{
	static const struct keys keys = { "a parameter", { "name", "type" }, 2 };
	struct type_param p = { 0 };
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		if (key == 1)
			ok = reader_tree(r, &p.type);
		else
			ok = reader_name_or_anon(r, keys.what, &p.name);
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 3))
		return false;
	VEC_PUSH(&r->params, p);
	return true;
}

/* What a node's kind demands of its keys and values, once all of them are read. */
static bool check_tree(struct reader *r, const struct keyed *k, const struct tree *t)
{
	uint32_t must = tree_keys[t->kind].must | BIT(TREE_KIND);
	uint32_t stray = k->seen & ~(must | tree_keys[t->kind].may);
	const char *kind = dataset_kind_text[t->kind];

	if (!reader_has(r, k, must))
		return false;
	if (stray)
		return json_fail(&r->json, "key '%s' in a type of kind %s",
				 k->keys->names[__builtin_ctz(stray)], kind);
	if (t->kind == TYPE_VOID && !t->is_void)
		return json_fail(&r->json, "a type of kind VOID that is not named void");
	/* These have no name; the recorded text is always the same, so it is not kept. */
	if ((t->kind == TYPE_ARRAY || t->kind == TYPE_CONST || t->kind == TYPE_VOLATILE ||
	     t->kind == TYPE_RESTRICT) &&
	    !t->unnamed)
		return json_fail(&r->json, "a type of kind %s with a name", kind);
	return true;
}

/* Those of the prototype around it go on counting where they were. */
static bool read_params(struct reader *r)
{
	uint32_t unnamed = r->nunnamed;
	bool ok;

	r->nunnamed = 0;
	ok = reader_list(r, "params", read_param);
	r->nunnamed = unnamed;
	return ok;
}

static bool read_tree_key(struct reader *r, struct tree *t, int key)
{
	switch (key) {
	case TREE_KIND:
		return reader_word(r, "kind", dataset_kind_text, TYPE_NKINDS, &t->kind);
	case TREE_NAME:
		return read_tree_name(r, t);
	case TREE_TYPE:
	case TREE_RET:
		return reader_tree(r, &t->node.ref);
	case TREE_PARAMS:
		return read_params(r);
	case TREE_ELEMS:
		return reader_u32(r, "nr_elems", UINT32_MAX, &t->node.count);
	case TREE_SIZE:
		return reader_u32(r, "size", TYPE_NO_SIZE, &t->node.size);
	case TREE_FWD:
		return reader_word(r, "fwd_kind", dataset_fwd_text, 2, &t->fwd);
	}
	return false;
}

/*
 * One type. Parameters wait on the reader's stack until their prototype is whole; those of a
 * prototype inside lie above and are gone when it ends.
 */
bool reader_tree(struct reader *r, uint32_t *id)
{
	static const struct keys keys = { "a type",
					  { "kind", "name", "type", "params", "ret_type",
					    "nr_elems", "size", "fwd_kind" },
					  8 };
	struct tree t = { .node = { .size = TYPE_NO_SIZE } };
	size_t params = r->params.n;
	struct keyed k;
	int key;

	if (++r->depth > DATASET_DEPTH)
		return json_fail(&r->json, "a type is nested more than %d deep", DATASET_DEPTH);
	if (!reader_open(r, &k, &keys))
		return false;
	while ((key = reader_key(r, &k)) >= 0)
		if (!read_tree_key(r, &t, key))
			return false;
	if (key == KEY_BAD || !check_tree(r, &k, &t))
		return false;
	if (t.kind == TYPE_FUNC)
		return json_fail(&r->json, "a FUNC inside a type");
	t.node.kind = t.kind;
	t.node.fwd_union = t.fwd;
	if (t.kind == TYPE_VOID)
		t.node.name = 0;
	if (t.kind == TYPE_FUNC_PROTO)
		t.node.count = (uint32_t)(r->params.n - params);
	*id = type_intern(r->s->types, &t.node, t.node.count ? r->params.v + params : NULL);
	r->params.n = params;
	r->depth--;
	return true;
}

bool reader_prototype(struct reader *r, uint32_t *name, uint32_t *proto)
{
	enum { KIND, NAME, TYPE };
	static const struct keys keys = { "a function's type", { "kind", "name", "type" }, 3 };
	enum type_kind is;
	unsigned int kind = 0;
	struct keyed k;
	bool ok = true;
	int key;

	if (!reader_open(r, &k, &keys))
		return false;
	r->params.n = r->depth = r->nunnamed = 0;
	while (ok && (key = reader_key(r, &k)) >= 0) {
		switch (key) {
		case KIND:
			ok = reader_word(r, "kind", dataset_kind_text, TYPE_NKINDS, &kind);
			break;
		case NAME:
			ok = reader_name(r, "name", name);
			break;
		case TYPE:
			ok = reader_tree(r, proto);
			break;
		}
	}
	if (!ok || key == KEY_BAD || !reader_has(r, &k, 7))
		return false;
	is = kind == TYPE_FUNC ? type_at(r->s->types, *proto)->kind : kind;
	if (is != TYPE_FUNC_PROTO || kind != TYPE_FUNC)
		return json_fail(&r->json, "%s where a FUNC of a FUNC_PROTO is expected",
				 dataset_kind_text[is]);
	return true;
}

/* A line of types_func. */
static bool read_func_type(struct reader *r)
{
	uint32_t name = 0, proto = 0;
	struct func *f;

	if (!reader_prototype(r, &name, &proto))
		return false;
	f = reader_func(r, name);
	if (func_has_proto(f))
		return json_fail(&r->json, "a second type of the function '%s'",
				 surface_text(r->s, name));
	f->type_seq = r->type_seq++;
	f->proto = proto;
	return true;
}

/* ---- lines ---- */

void reader_init(struct reader *r, struct surface *s, enum dataset_file file, const char *where)
{
	*r = (struct reader){ .s = s, .file = file, .where = where };
	map_init(&r->func_of_name);
	map_init(&r->construct_of_name);
	VEC_RESERVE(&r->params, 16); /* never NULL: it is pointed into */
	if (file > DATASET_TYPES_FUNC)
		return;
	for (size_t i = 0; i < s->funcs.n; i++) {
		*map_at(&r->func_of_name, s->funcs.v[i].name) = (uint32_t)i;
		r->seq += func_has_group(&s->funcs.v[i]);
		r->type_seq += func_has_proto(&s->funcs.v[i]);
	}
}

void reader_done(struct reader *r)
{
	map_done(&r->func_of_name);
	map_done(&r->construct_of_name);
	VEC_DONE(&r->callers);
	VEC_DONE(&r->params);
	json_done(&r->json);
}

bool reader_line(struct reader *r, const char *line, size_t len)
{
	bool ok;

	r->nlines++;
	json_start(&r->json, line, len);
	r->line = line;
	if (json_at_end(&r->json)) { /* fine at the end of a file, where Python may leave one */
		r->blank = true;
		return true;
	}
	if (r->blank)
		return json_fail(&r->json, "the line before is empty");
	if (r->file == DATASET_FUNC_GROUPS)
		ok = read_group(r);
	else if (r->file == DATASET_TYPES_FUNC)
		ok = read_func_type(r);
	else
		ok = reader_construct_line(r);
	if (ok && !json_at_end(&r->json))
		ok = json_fail(&r->json, "more after the object: %s", json_next_kind(&r->json));
	return ok;
}

int reader_error(const struct reader *r, struct err *err)
{
	char where[sizeof(err->where)];

	snprintf(where, sizeof(where), "%s:%llu", r->where, (unsigned long long)r->nlines);
	return err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET, "%s", r->json.msg);
}

int dataset_read_mem(const char *where, const char *data, size_t size, enum dataset_file file,
		     struct surface *s, struct err *err)
{
	const char *end = size ? data + size : data; /* no bytes may come without a place */
	struct reader r;
	int rc = ERR_NONE;

	reader_init(&r, s, file, where);
	if (file >= DATASET_SYSCALLS && !reader_whole(&r, data, size))
		rc = reader_error(&r, err);
	while (file < DATASET_SYSCALLS && !rc && data < end) {
		const char *nl = memchr(data, '\n', (size_t)(end - data));
		const char *stop = nl ? nl : end;

		if (!reader_line(&r, data, (size_t)(stop - data)))
			rc = reader_error(&r, err);
		data = nl ? nl + 1 : end;
	}
	reader_done(&r);
	return rc;
}
