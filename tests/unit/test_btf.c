// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BTF: every kind of record and of damage, in both byte orders. `test_btf dump FILE [BASE]` prints the constructs
 * of a kernel or of raw BTF as JSON lines, for tests/kernel/btf.sh; `test_btf seeds DIR` writes what the tests
 * read into files, for the fuzzer.
 */
#include "btf/btf_types.h"
#include "image/image.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_util.h"

/* ---- dump ---- */

static void put_type(struct buf *out, const struct surface *s, uint32_t id)
{
	static const char *const words[TYPE_NKINDS] = {
		"VOID", "INT", "PTR", "ARRAY", "STRUCT", "UNION", "ENUM", "FWD", "TYPEDEF", "VOLATILE", "CONST",
		"RESTRICT", "FUNC", "FUNC_PROTO", [TYPE_FLOAT] = "FLOAT", [TYPE_ENUM64] = "ENUM64",
	};
	const struct type *t = type_at(s->types, id);

	buf_puts(out, words[t->kind]);
	switch (t->kind) {
	case TYPE_VOID:
		return;
	case TYPE_PTR:
	case TYPE_CONST:
	case TYPE_VOLATILE:
	case TYPE_RESTRICT:
		buf_char(out, '(');
		put_type(out, s, t->ref);
		break;
	case TYPE_ARRAY:
		buf_printf(out, "(%u ", t->count);
		put_type(out, s, t->ref);
		break;
	case TYPE_FUNC_PROTO:
		buf_char(out, '(');
		put_type(out, s, t->ref);
		for (uint32_t i = 0; i < t->count; i++) {
			const struct type_param *p = &s->types->params.v[t->params + i];

			buf_printf(out, ", %s ", surface_text(s, p->name));
			put_type(out, s, p->type);
		}
		break;
	case TYPE_FWD:
		buf_printf(out, "(%s %s", t->fwd_union ? "union" : "struct", surface_text(s, t->name));
		break;
	case TYPE_ENUM:
	case TYPE_ENUM64:
	case TYPE_FLOAT:
		buf_printf(out, "(%s %u", surface_text(s, t->name), t->size);
		break;
	default:
		buf_printf(out, "(%s", surface_text(s, t->name));
	}
	buf_char(out, ')');
}

static void put_type_field(struct buf *out, const struct surface *s, uint32_t id)
{
	struct buf text = { 0 };

	put_type(&text, s, id);
	buf_puts(out, ", \"type\": ");
	buf_json(out, text.v, text.n);
	buf_done(&text);
}

static void put_text_field(struct buf *out, const struct surface *s, const char *key, uint32_t id)
{
	buf_printf(out, ", \"%s\": ", key);
	buf_json(out, surface_text(s, id), strlen(surface_text(s, id)));
}

static void put_construct(struct buf *out, const struct surface *s, const struct construct *c)
{
	buf_printf(out, "{\"kind\": \"%s\", \"seq\": %u, \"variant\": %u, \"size\": %u, \"flags\": %u",
		   kind_words[c->kind].word, c->seq, c->variant, c->size, c->flags);
	put_text_field(out, s, "name", c->name);
	put_text_field(out, s, "class", c->class);
	put_type_field(out, s, c->type);
	buf_puts(out, ", \"items\": [");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		buf_printf(out, i > c->items ? ", {" : "{");
		if (c->flags & CONSTRUCT_UNSIGNED64)
			buf_printf(out, "\"value\": %llu", (unsigned long long)it->value);
		else
			buf_printf(out, "\"value\": %lld", (long long)it->value);
		put_text_field(out, s, "name", it->name);
		if (it->role == ITEM_MEMBER) {
			buf_printf(out, ", \"size\": %u, \"bits\": %u, \"depth\": %u, \"scope\": %u, \"flat\": %s",
				   it->size, it->bits, it->depth, it->scope, item_is_flat(s, c, i) ? "true" : "false");
			put_type_field(out, s, it->type);
		}
		buf_char(out, '}');
	}
	buf_puts(out, "]}\n");
}

static void put_notes(const struct btf_facts *f, const struct surface *s)
{
	char text[1024];

	fprintf(stderr, "%u types, %zu functions, %zu kfuncs, %u duplicates, %zu constructs, %zu items\n", f->ntypes,
		f->funcs.n, f->kfuncs.n, f->nduplicates, s->constructs.n, s->items.n);
	for (size_t i = 0; i < BTF_NNOTES; i++)
		if (f->notes[i].count)
			fprintf(stderr, "%s %llu %s\n", btf_note_code[i], (unsigned long long)f->notes[i].count,
				err_text(&f->notes[i].first, text, sizeof(text)));
}

/* The .BTF of a kernel, or a whole file of raw BTF. */
static int load(const char *path, struct image **img, char **raw, struct image_bytes *ret, struct err *err)
{
	FILE *f = fopen(path, "rb");
	char magic[2] = { 0 };
	size_t size = f ? fread(magic, 1, 2, f) : 0;

	if (f)
		fclose(f);
	if (size == 2 && (!memcmp(magic, "\x9f\xeb", 2) || !memcmp(magic, "\xeb\x9f", 2))) {
		*raw = slurp(path, &size);
		*ret = (struct image_bytes){ (uint8_t *)*raw, size };
		return 0;
	}
	if (image_open(path, img, err))
		return err->code;
	return image_section(*img, ".BTF", ret, err);
}

/* Of split BTF, with the image or file that has its base. */
static int dump_split(const struct image_bytes *b, const char *base_path, struct surface *s, struct btf_facts *facts,
		      struct err *err)
{
	struct btf_base *base = NULL;
	struct image *img = NULL;
	struct image_bytes kernel;
	char *raw = NULL;
	int rc = load(base_path, &img, &raw, &kernel, err);

	rc = rc ? rc : btf_base_open(base_path, kernel.data, kernel.size, &base, err);
	rc = rc ? rc : btf_read_split("split", b->data, b->size, 0, base, s, facts, err);
	btf_base_close(base);
	if (img)
		image_close(img);
	free(raw);
	return rc;
}

static int dump(const char *path, const char *base_path)
{
	struct err err = ERR_INIT;
	struct btf_facts facts;
	struct image_bytes b;
	struct type_table types;
	struct buf out = { 0 };
	struct strtab str;
	struct surface s;
	struct image *img = NULL;
	char text[1024], *raw = NULL;

	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	if (load(path, &img, &raw, &b, &err) ||
	    (base_path ? dump_split(&b, base_path, &s, &facts, &err) :
			 btf_read(path, b.data, b.size, 100, &s, &facts, &err))) {
		fprintf(stderr, "%s\n", err_text(&err, text, sizeof(text)));
		return 1;
	}
	for (size_t i = 0; i < s.constructs.n; i++) {
		put_construct(&out, &s, &s.constructs.v[i]);
		if (out.n > 1 << 20 || i + 1 == s.constructs.n) {
			fwrite(out.v, 1, out.n, stdout);
			out.n = 0;
		}
	}
	put_notes(&facts, &s);
	btf_facts_done(&facts);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	if (img)
		image_close(img);
	free(raw);
	buf_done(&out);
	return 0;
}

/* ---- BTF by hand ---- */

/* Bytes of a BTF in the making; `swap` for the order that is not the host's. */
struct maker {
	struct buf types, names;
	bool swap;
	uint32_t n, at; /* the last type, and its place in the types */
};

static void put32(struct maker *m, uint32_t v)
{
	v = m->swap ? __builtin_bswap32(v) : v;
	buf_put(&m->types, &v, 4);
}

static uint32_t name(struct maker *m, const char *text)
{
	uint32_t at = (uint32_t)m->names.n;

	if (!at)
		buf_char(&m->names, 0), at = 1;
	if (!*text)
		return 0;
	buf_put(&m->names, text, strlen(text) + 1);
	return at;
}

static uint32_t record(struct maker *m, const char *text, uint32_t kind, uint32_t vlen, bool kflag, uint32_t word)
{
	m->at = (uint32_t)m->types.n;
	put32(m, name(m, text));
	put32(m, (uint32_t)kflag << 31 | kind << 24 | vlen);
	put32(m, word);
	return ++m->n;
}

static uint32_t integer(struct maker *m, const char *text, uint32_t size, uint32_t offset, uint32_t bits)
{
	uint32_t id = record(m, text, TYPE_INT, 0, false, size);

	put32(m, offset << 16 | bits);
	return id;
}

static uint32_t array(struct maker *m, uint32_t type, uint32_t n)
{
	uint32_t id = record(m, "", TYPE_ARRAY, 0, false, 0);

	put32(m, type);
	put32(m, type);
	put32(m, n);
	return id;
}

/* A member of the record just begun; for a parameter, value and so on, fewer words. */
static void member(struct maker *m, const char *text, uint32_t type, uint32_t offset)
{
	put32(m, name(m, text));
	put32(m, type);
	put32(m, offset);
}

static void pair(struct maker *m, const char *text, uint32_t word)
{
	put32(m, name(m, text));
	put32(m, word);
}

/* The whole BTF; free() it. `more` bytes of a longer header, zero. */
static char *whole(const struct maker *m, uint32_t more, size_t *size)
{
	struct maker h = { .swap = m->swap };
	uint16_t magic = m->swap ? 0x9feb : 0xeb9f;
	struct buf out = { 0 };

	put32(&h, 24 + more);
	put32(&h, 0);
	put32(&h, (uint32_t)m->types.n);
	put32(&h, (uint32_t)m->types.n);
	put32(&h, (uint32_t)m->names.n);
	buf_put(&out, &magic, 2);
	buf_char(&out, 1);
	buf_char(&out, 0);
	buf_put(&out, h.types.v, h.types.n);
	for (uint32_t i = 0; i < more; i++)
		buf_char(&out, 0);
	buf_put(&out, m->types.v, m->types.n);
	buf_put(&out, m->names.v, m->names.n);
	buf_done(&h.types);
	*size = out.n;
	return out.v;
}

static void maker_done(struct maker *m)
{
	buf_done(&m->types);
	buf_done(&m->names);
}

/* ---- reading it ---- */

struct got {
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct btf_facts facts;
	struct err err;
	int rc;
};

static const char *seeds_dir;

static void write_seed(const char *data, size_t size)
{
	static unsigned int n;
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%u", seeds_dir, n++);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		fail_msg("cannot write %s", path);
}

static void read_bytes(struct got *g, const char *data, size_t size, unsigned int lost_max)
{
	char *copy = malloc(size ? size : 1);

	if (seeds_dir)
		write_seed(data, size);
	memcpy(copy, data, size);
	strtab_init(&g->str);
	type_table_init(&g->types);
	surface_init(&g->s, &g->str, &g->types);
	memset(&g->facts, 0, sizeof(g->facts));
	err_clear(&g->err);
	g->s.info.pointer_size = 8;
	g->rc = btf_read("b", copy, size, lost_max, &g->s, &g->facts, &g->err);
	/* Nothing of the surface points into the bytes but s->btf. */
	free(copy);
}

static void read_made(struct got *g, const struct maker *m, unsigned int lost_max)
{
	size_t size;
	char *data = whole(m, 0, &size);

	read_bytes(g, data, size, lost_max);
	free(data);
}

static void got_done(struct got *g)
{
	btf_facts_done(&g->facts);
	surface_done(&g->s);
	type_table_done(&g->types);
	strtab_done(&g->str);
}

/* All constructs as text, one a line: what a reader of this test can check by eye. */
static const char *text_of(const struct got *g, struct buf *out)
{
	const struct surface *s = &g->s;

	out->n = 0;
	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		buf_printf(out, "%s %s", kind_words[c->kind].word, surface_text(s, c->name));
		buf_printf(out, c->variant ? "~%u" : "", c->variant);
		buf_printf(out, c->size ? " %u" : "", c->size);
		if (c->flags)
			buf_puts(out, c->flags == CONSTRUCT_SIGNED ? " signed" : " unsigned64");
		if (c->type) {
			buf_puts(out, " = ");
			put_type(out, s, c->type);
		}
		if (c->class)
			buf_printf(out, " of %s", surface_text(s, c->class));
		for (uint32_t k = c->items; k < c->items + c->nitems; k++) {
			const struct item *it = &s->items.v[k];

			if (it->role == ITEM_ENUMERATOR) {
				buf_printf(out, "; %s %lld", surface_text(s, it->name), (long long)it->value);
				continue;
			}
			buf_printf(out, ";%.*s %s ", it->depth, "......", it->name ? surface_text(s, it->name) : "-");
			put_type(out, s, it->type);
			buf_printf(out, " %lld+%u", (long long)it->value, it->size);
			buf_printf(out, it->bits ? ":%u" : "", it->bits);
			buf_puts(out, it->scope == SCOPE_STRUCT ? " s" : it->scope == SCOPE_UNION ? " u" : "");
		}
		buf_char(out, '\n');
	}
	return buf_z(out);
}

static void expect(struct maker *m, const char *want)
{
	struct buf out = { 0 };
	struct got g;

	read_made(&g, m, 0);
	assert_int_equal(g.rc, 0);
	assert_string_equal(text_of(&g, &out), want);
	for (size_t i = 0; i < BTF_NNOTES; i++)
		assert_int_equal(g.facts.notes[i].count, 0);
	got_done(&g);
	buf_done(&out);
	maker_done(m);
}

#define BOTH_ORDERS(swap_) for (int swap_ = 0; swap_ < 2; swap_++)

/* ---- sound BTF ---- */

static void test_nesting(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), inner, arr, con, flex, tag, p;

		inner = record(&m, "", TYPE_UNION, 2, false, 4);
		member(&m, "b", i, 0);
		member(&m, "c", i, 0);
		arr = array(&m, array(&m, inner, 2), 3);
		con = record(&m, "", TYPE_CONST, 0, false, inner);
		flex = array(&m, i, 0);
		tag = record(&m, "user", 18, 0, false, i);
		p = record(&m, "", TYPE_PTR, 0, false, tag);
		record(&m, "s", TYPE_STRUCT, 8, true, 64);
		member(&m, "a", i, 0);
		member(&m, "", inner, 32);
		member(&m, "k", con, 64);
		member(&m, "e", arr, 96);
		member(&m, "f1", i, 3u << 24 | 288);
		member(&m, "", i, 5u << 24 | 291);
		member(&m, "p", p, 320);
		member(&m, "flex", flex, 512);
		expect(&m, "struct s 64; a INT(int) 0+4; - UNION() 32+4 u;. b INT(int) 32+4;. c INT(int) 32+4;"
			   " k CONST(UNION()) 64+4 u;. b INT(int) 64+4;. c INT(int) 64+4;"
			   " e ARRAY(3 ARRAY(2 UNION())) 96+24 u;. b INT(int) 96+4;. c INT(int) 96+4;"
			   " f1 INT(int) 288+4:3; - INT(int) 291+4:5; p PTR(INT(int)) 320+8; flex ARRAY(0 INT(int)) 512+0\n");
	}
}

/* Members without a name whose type has one: their fields are the parent's (-fms-extensions). */
static void test_unnamed_member_of_named_type(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), base, t;

		base = record(&m, "base", TYPE_STRUCT, 1, false, 4);
		member(&m, "x", i, 0);
		t = record(&m, "base_t", TYPE_TYPEDEF, 0, false, base);
		record(&m, "s", TYPE_STRUCT, 3, false, 12);
		member(&m, "", base, 0);
		member(&m, "", t, 32);
		member(&m, "named", base, 64);
		expect(&m, "struct base 4; x INT(int) 0+4\n"
			   "struct s 12; - STRUCT(base) 0+4 s;. x INT(int) 0+4; - TYPEDEF(base_t) 32+4 s;. x INT(int) 32+4;"
			   " named STRUCT(base) 64+4\n"
			   "typedef base_t = STRUCT(base)\n");
	}
}

/* Bitfields before the kind flag: an INT has the width, and can be shifted. An ordinary INT is none. */
static void test_old_bitfields(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), three = integer(&m, "int", 4, 0, 3),
			 shifted = integer(&m, "int", 4, 5, 2), con = record(&m, "", TYPE_CONST, 0, false, three);

		record(&m, "s", TYPE_STRUCT, 4, false, 8);
		member(&m, "a", i, 0);
		member(&m, "b", three, 32);
		member(&m, "c", shifted, 32);
		member(&m, "d", con, 39);
		expect(&m, "struct s 8; a INT(int) 0+4; b INT(int) 32+4:3; c INT(int) 37+4:2; d CONST(INT(int)) 39+4:3\n");
	}
}

static void value64(struct maker *m, const char *text, uint64_t v)
{
	put32(m, name(m, text));
	put32(m, (uint32_t)v);
	put32(m, (uint32_t)(v >> 32));
}

static void test_enums(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };

		record(&m, "e", TYPE_ENUM, 2, true, 4);
		pair(&m, "MINUS", (uint32_t)-1);
		pair(&m, "ONE", 1);
		record(&m, "u", TYPE_ENUM, 1, false, 4);
		pair(&m, "HIGH", 0x80000000u);
		record(&m, "e64", TYPE_ENUM64, 2, false, 8);
		value64(&m, "TOP", 1ull << 63);
		value64(&m, "LOW", 2);
		record(&m, "s64", TYPE_ENUM64, 1, true, 8);
		value64(&m, "NEG", (uint64_t)-5);
		record(&m, "u", TYPE_ENUM, 0, false, 4);
		record(&m, "declared", TYPE_ENUM, 0, false, 4);
		record(&m, "", TYPE_ENUM, 1, false, 4);
		pair(&m, "A", 1);
		record(&m, "", TYPE_ENUM64, 1, false, 8);
		value64(&m, "TOP2", 1ull << 63);
		record(&m, "", TYPE_ENUM64, 1, true, 8);
		value64(&m, "NEG2", (uint64_t)-6);
		record(&m, "", TYPE_ENUM, 1, true, 1);
		pair(&m, "B", (uint32_t)-2);
		record(&m, "et", TYPE_TYPEDEF, 0, false, m.n);
		expect(&m, "enum e 4 signed; MINUS -1; ONE 1\n"
			   "enum u 4; HIGH 2147483648\n"
			   "enum e64 8 unsigned64; TOP -9223372036854775808; LOW 2\n"
			   "enum s64 8 signed; NEG -5\n"
			   "enum declared 4\n"
			   "enum  4 signed; A 1; B -2\n"
			   "enum ~1 8 signed; NEG2 -6\n"
			   "enum ~2 8 unsigned64; TOP2 -9223372036854775808\n"
			   "typedef et 1 signed = ENUM( 1); B -2\n");
	}
}

/* BTF that says of no enum that it is signed: small numbers below 0 make one so. */
static void test_old_enums(void **state)
{
	struct maker m = { .swap = false };

	(void)state;
	record(&m, "states", TYPE_ENUM, 2, false, 4);
	pair(&m, "GONE", (uint32_t)-1);
	pair(&m, "HIGH", 0x80000000u);
	record(&m, "masks", TYPE_ENUM, 1, false, 4);
	pair(&m, "BIT", 0x80000000u);
	expect(&m, "enum states 4 signed; GONE -1; HIGH -2147483648\nenum masks 4; BIT 2147483648\n");
}

static void test_typedefs(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), s;

		s = record(&m, "", TYPE_STRUCT, 1, false, 4);
		member(&m, "counter", i, 0);
		record(&m, "atomic_t", TYPE_TYPEDEF, 0, false, s);
		record(&m, "pair_t", TYPE_TYPEDEF, 0, false, array(&m, s, 2));
		record(&m, "nothing_t", TYPE_TYPEDEF, 0, false, 0);
		record(&m, "ptr_t", TYPE_TYPEDEF, 0, false, record(&m, "", TYPE_PTR, 0, false, s));
		expect(&m, "typedef atomic_t 4 = STRUCT(); counter INT(int) 0+4\n"
			   "typedef pair_t 8 = ARRAY(2 STRUCT()); counter INT(int) 0+4\n"
			   "typedef nothing_t\n"
			   "typedef ptr_t = PTR(STRUCT())\n");
	}
}

static void test_variants(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), j = integer(&m, "int", 4, 0, 32);
		struct got g;

		record(&m, "s", TYPE_STRUCT, 1, false, 4);
		member(&m, "a", i, 0);
		record(&m, "between", TYPE_STRUCT, 0, false, 0);
		record(&m, "s", TYPE_STRUCT, 1, false, 4);
		member(&m, "b", i, 0);
		/* Other ids, the same text: there already. */
		record(&m, "s", TYPE_STRUCT, 1, false, 4);
		member(&m, "a", j, 0);
		record(&m, "s", TYPE_STRUCT, 1, false, 8);
		member(&m, "a", i, 0);
		read_made(&g, &m, 0);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.nduplicates, 1);
		got_done(&g);
		expect(&m, "struct s 4; a INT(int) 0+4\nstruct s~1 4; b INT(int) 0+4\nstruct s~2 8; a INT(int) 0+4\n"
			   "struct between\n");
	}
}

static void test_features(void **state)
{
	struct maker m = { .swap = false };

	(void)state;
	record(&m, "bpf_map_type", TYPE_ENUM, 3, false, 4);
	pair(&m, "BPF_MAP_TYPE_UNSPEC", 0);
	pair(&m, "BPF_MAP_TYPE_HASH", 1);
	pair(&m, "__MAX_BPF_MAP_TYPE", 2);
	record(&m, "bpf_func_id", TYPE_ENUM, 3, false, 4);
	pair(&m, "BPF_FUNC_unspec", 0);
	pair(&m, "BPF_FUNC_map_lookup_elem", 1);
	pair(&m, "__BPF_FUNC_MAX_ID", 2);
	record(&m, "bpf_map_type", TYPE_ENUM, 1, false, 4);
	pair(&m, "BPF_MAP_TYPE_OTHER", 7);
	expect(&m, "enum bpf_map_type 4; BPF_MAP_TYPE_UNSPEC 0; BPF_MAP_TYPE_HASH 1; __MAX_BPF_MAP_TYPE 2\n"
		   "enum bpf_map_type~1 4; BPF_MAP_TYPE_OTHER 7\n"
		   "enum bpf_func_id 4; BPF_FUNC_unspec 0; BPF_FUNC_map_lookup_elem 1; __BPF_FUNC_MAX_ID 2\n"
		   "feature BPF_MAP_TYPE_HASH of bpf_map_type; BPF_MAP_TYPE_HASH 1\n"
		   "feature BPF_FUNC_map_lookup_elem of bpf_func_id; BPF_FUNC_map_lookup_elem 1\n");
}

static void test_functions(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t i = integer(&m, "int", 4, 0, 32), proto, f, g_;
		struct got g;

		proto = record(&m, "", TYPE_FUNC_PROTO, 2, false, i);
		pair(&m, "x", i);
		pair(&m, "", 0);
		f = record(&m, "f", TYPE_FUNC, 1, false, proto);
		record(&m, "f", TYPE_FUNC, 0, false, record(&m, "", TYPE_FUNC_PROTO, 0, false, 0));
		g_ = record(&m, "g", TYPE_FUNC, 1, false, proto);
		record(&m, "bpf_kfunc", 17, 0, false, g_);
		put32(&m, (uint32_t)-1);
		record(&m, "other", 17, 0, false, f);
		put32(&m, (uint32_t)-1);
		/* What no fact is made of. */
		record(&m, "v", 14, 0, false, i);
		put32(&m, 1);
		record(&m, ".data", 15, 1, false, 4);
		put32(&m, m.n - 1);
		put32(&m, 0);
		put32(&m, 4);
		record(&m, "double", TYPE_FLOAT, 0, false, 8);
		read_made(&g, &m, 0);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.funcs.n, 2);
		assert_string_equal(strtab_text(&g.str, g.facts.funcs.v[0].name), "f");
		assert_int_equal(type_at(&g.types, g.facts.funcs.v[0].proto)->count, 2);
		assert_int_equal(g.facts.nduplicates, 1);
		assert_int_equal(g.facts.kfuncs.n, 1);
		assert_string_equal(strtab_text(&g.str, g.facts.kfuncs.v[0]), "g");
		assert_int_equal(g.facts.ntypes, m.n);
		got_done(&g);
		maker_done(&m);
	}
}

/* ---- damage ---- */

enum { INT_ = 1, PTR_, S, T, PROTO, F, E, LAST, NBASE };

/* Something of most kinds; at[id]: its place in the bytes. */
static void make_base(struct maker *m, uint32_t at[static NBASE])
{
	integer(m, "int", 4, 0, 32);
	at[INT_] = 24 + m->at;
	record(m, "", TYPE_PTR, 0, false, INT_);
	at[PTR_] = 24 + m->at;
	record(m, "s", TYPE_STRUCT, 2, false, 16);
	at[S] = 24 + m->at;
	member(m, "a", INT_, 0);
	member(m, "p", PTR_, 64);
	record(m, "t", TYPE_TYPEDEF, 0, false, S);
	at[T] = 24 + m->at;
	record(m, "", TYPE_FUNC_PROTO, 1, false, INT_);
	at[PROTO] = 24 + m->at;
	pair(m, "x", PTR_);
	record(m, "f", TYPE_FUNC, 0, false, PROTO);
	at[F] = 24 + m->at;
	record(m, "e", TYPE_ENUM, 1, false, 4);
	at[E] = 24 + m->at;
	pair(m, "A", 1);
	record(m, "last", TYPE_STRUCT, 1, false, 4);
	at[LAST] = 24 + m->at;
	member(m, "z", INT_, 0);
}

#define STRUCT_S    "struct s 16; a INT(int) 0+4; p PTR(INT(int)) 64+8\n"
#define STRUCT_LAST "struct last 4; z INT(int) 0+4\n"
#define ENUM_E	    "enum e 4; A 1\n"
#define TYPEDEF_T   "typedef t = STRUCT(s)\n"
#define ALL	    STRUCT_S STRUCT_LAST ENUM_E TYPEDEF_T
#define NO_PLACE    UINT32_MAX

struct damage {
	uint32_t id, word, value; /* the record, which of its 32-bit words, what it becomes */
	enum btf_note_kind kind;
	uint32_t nfuncs;
	bool no_place;
	const char *text; /* constructs that are left */
};

/* clang-format off */
static const struct damage damages[] = {
	{ INT_, 2, 32,		BTF_NOTE_RECORD,    1, false, "struct s 16; a INT(int) 0+0; p PTR(INT(int)) 64+8\n"
							      "struct last 4; z INT(int) 0+0\n" ENUM_E TYPEDEF_T },
	{ INT_, 3, 0,		BTF_NOTE_RECORD,    1, false, ALL },
	{ INT_, 3, 8 << 16 | 32, BTF_NOTE_RECORD,   1, false, ALL },
	{ PTR_, 0, 0x7fffff,	BTF_NOTE_NAME,	    1, false, ALL },
	{ PTR_, 2, 99,		BTF_NOTE_REFERENCE, 0, false, "struct s 16; a INT(int) 0+4; p VOID 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	{ PTR_, 2, F,		BTF_NOTE_REFERENCE, 0, false, "struct s 16; a INT(int) 0+4; p VOID 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	{ PTR_, 2, UINT32_MAX,	BTF_NOTE_REFERENCE, 0, false, "struct s 16; a INT(int) 0+4; p VOID 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	/* A pointer to itself. */
	{ PTR_, 2, PTR_,	BTF_NOTE_REFERENCE, 0, true,  "struct s 16; a INT(int) 0+4; p VOID 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	{ S, 0, 0x1000,		BTF_NOTE_NAME,	    1, false, STRUCT_LAST ENUM_E
							      "typedef t 16 = STRUCT(); a INT(int) 0+4; p PTR(INT(int)) 64+8\n" },
	{ S, 3, 0x1000,		BTF_NOTE_NAME,	    1, false, "struct s 16; - INT(int) 0+4; p PTR(INT(int)) 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	{ S, 4, 77,		BTF_NOTE_REFERENCE, 1, false, "struct s 16; a VOID 0+0; p PTR(INT(int)) 64+8\n" STRUCT_LAST
							      ENUM_E TYPEDEF_T },
	/* A member past the end: a struct of which no more than the name is known. */
	{ S, 8, 129,		BTF_NOTE_RECORD,    1, false, STRUCT_LAST ENUM_E "typedef t = FWD(struct s)\n" },
	{ S, 2, 4,		BTF_NOTE_RECORD,    1, false, STRUCT_LAST ENUM_E "typedef t = FWD(struct s)\n" },
	/* By value in itself. */
	{ S, 4, S,		BTF_NOTE_CONSTRUCT, 1, true,  STRUCT_LAST ENUM_E TYPEDEF_T },
	{ S, 4, T,		BTF_NOTE_CONSTRUCT, 1, true,  STRUCT_LAST ENUM_E TYPEDEF_T },
	/* No kind, a kind of the future, and more members than there are bytes: what follows is lost. */
	{ E, 1, 1,		BTF_NOTE_CUT,	    1, false, STRUCT_S TYPEDEF_T },
	{ E, 1, 25u << 24 | 1,	BTF_NOTE_CUT,	    1, false, STRUCT_S TYPEDEF_T },
	{ LAST, 1, 4u << 24 | 0xffff, BTF_NOTE_CUT, 1, false, STRUCT_S ENUM_E TYPEDEF_T },
	{ LAST, 1, 4u << 24 | 2, BTF_NOTE_CUT,	    1, false, STRUCT_S ENUM_E TYPEDEF_T },
	{ T, 2, T,		BTF_NOTE_CONSTRUCT, 1, true,  STRUCT_S STRUCT_LAST ENUM_E },
	{ T, 2, F,		BTF_NOTE_REFERENCE, 1, false, STRUCT_S STRUCT_LAST ENUM_E },
	{ T, 1, 10u << 24,	BTF_NOTE_HEADER,    1, true,  STRUCT_S STRUCT_LAST ENUM_E }, /* CONST: no damage */
	{ PROTO, 2, 50,		BTF_NOTE_REFERENCE, 0, false, ALL },
	{ PROTO, 4, 50,		BTF_NOTE_REFERENCE, 0, false, ALL },
	{ PROTO, 4, PROTO,	BTF_NOTE_FUNC,	    0, true,  ALL },
	{ F, 2, S,		BTF_NOTE_FUNC,	    0, false, ALL },
	{ F, 2, 1000,		BTF_NOTE_FUNC,	    0, false, ALL },
	{ F, 0, 0x1000,		BTF_NOTE_FUNC,	    0, false, ALL },
	{ F, 0, 0,		BTF_NOTE_FUNC,	    0, true,  ALL },
	{ E, 3, 0x1000,		BTF_NOTE_NAME,	    1, false, STRUCT_S STRUCT_LAST "enum e 4;  1\n" TYPEDEF_T },
};
/* clang-format on */

static void poke(char *data, uint32_t at, uint32_t value, bool swap)
{
	value = swap ? __builtin_bswap32(value) : value;
	memcpy(data + at, &value, 4);
}

static void test_damage(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		struct buf out = { 0 };
		uint32_t at[NBASE];
		size_t size;
		char *data;

		make_base(&m, at);
		for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
			const struct damage *d = &damages[i];
			const struct err_note *n;
			struct got g;

			data = whole(&m, 0, &size);
			poke(data, at[d->id] + 4 * d->word, d->value, swap);
			read_bytes(&g, data, size, 100);
			free(data);
			n = &g.facts.notes[d->kind];
			assert_int_equal(g.rc, 0);
			assert_string_equal(text_of(&g, &out), d->text);
			assert_int_equal(g.facts.funcs.n, d->nfuncs);
			assert_int_equal(n->count != 0, d->kind != BTF_NOTE_HEADER);
			if (n->count && d->no_place)
				assert_true(n->first.offset == ERR_NO_OFFSET);
			else if (n->count)
				assert_int_equal(n->first.offset, at[d->id]);
			got_done(&g);
		}
		buf_done(&out);
		maker_done(&m);
	}
}

static void expect_error(const char *data, size_t size, enum err_code code, uint64_t offset)
{
	struct got g;

	read_bytes(&g, data, size, 2);
	assert_int_equal(g.rc, code);
	assert_int_equal(g.err.code, code);
	assert_int_equal(g.err.offset, offset);
	assert_int_equal(g.s.constructs.n + g.facts.funcs.n, 0);
	assert_null(g.s.btf);
	got_done(&g);
}

static void test_header(void **state)
{
	static const struct {
		uint32_t at, value;
		enum err_code code;
		uint64_t offset;
	} bad[] = {
		{ 4, 23, ERR_FORMAT, 4 },	     { 4, 0xffffff, ERR_FORMAT, 4 },
		{ 8, 0x10000, ERR_FORMAT, 8 },	     { 12, 0x10000, ERR_FORMAT, 8 },
		{ 12, UINT32_MAX, ERR_FORMAT, 8 },   { 16, 0x10000, ERR_FORMAT, 16 },
		{ 16, UINT32_MAX, ERR_FORMAT, 16 },  { 20, 0, ERR_FORMAT, 16 },
		{ 12, 0, ERR_FORMAT, 12 },
	};

	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint32_t at[NBASE];
		size_t size;
		char *data;

		make_base(&m, at);
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			data = whole(&m, 0, &size);
			poke(data, bad[i].at, bad[i].value, swap);
			expect_error(data, size, bad[i].code, bad[i].offset);
			free(data);
		}
		data = whole(&m, 0, &size);
		data[2] = 2;
		expect_error(data, size, ERR_UNSUPPORTED, 2);
		data[0] = 0;
		expect_error(data, size, ERR_FORMAT, 0);
		expect_error(data, 0, ERR_FORMAT, 0);
		free(data);
		/* More lost than is bearable: the error names the place. */
		data = whole(&m, 0, &size);
		poke(data, at[E] + 4, 25u << 24 | 1, swap);
		expect_error(data, size, ERR_DAMAGED, at[E]);
		free(data);
		maker_done(&m);
	}
}

/* Names that are cut off or not closed: those that are whole count, and no half of a name is one. */
static void test_names(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		struct buf out = { 0 };
		uint32_t at[NBASE];
		struct got g;
		size_t size;
		char *data;

		make_base(&m, at);
		data = whole(&m, 0, &size);
		read_bytes(&g, data, size - 4, 100); /* "last" loses its end, and "z" is gone */
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_NAME].first.offset, 16);
		assert_string_equal(text_of(&g, &out), STRUCT_S ENUM_E TYPEDEF_T);
		got_done(&g);
		data[size - 1] = 'z';
		read_bytes(&g, data, size, 100);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_NAME].first.offset, size - 2);
		assert_string_equal(text_of(&g, &out), STRUCT_S "struct last 4; - INT(int) 0+4\n" ENUM_E TYPEDEF_T);
		got_done(&g);
		data[size - 1] = 0;
		data[size - m.names.n] = 'x';
		read_bytes(&g, data, size, 100);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_NAME].first.offset, size - m.names.n);
		assert_string_equal(text_of(&g, &out), ALL);
		got_done(&g);
		free(data);
		buf_done(&out);
		maker_done(&m);
	}
}

/* A header of a newer kernel, with a layout section (behind the names) or with what is not known yet. */
static void test_newer_header(void **state)
{
	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		uint8_t layout[26][4] = { [25] = { 4, 8 } };
		struct buf out = { 0 };
		uint32_t at[NBASE], odd, user;
		struct got g;
		size_t size;
		char *data;

		make_base(&m, at);
		data = whole(&m, 16, &size);
		read_bytes(&g, data, size, 0);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_HEADER].count, 1);
		assert_int_equal(g.facts.notes[BTF_NOTE_HEADER].first.offset, 32);
		assert_string_equal(text_of(&g, &out), ALL);
		got_done(&g);
		free(data);

		odd = record(&m, "odd", 25, 2, true, 7);
		for (int i = 0; i < 5; i++)
			put32(&m, 0xffffffff);
		user = record(&m, "user", TYPE_STRUCT, 1, false, 4);
		member(&m, "o", odd, 0);
		(void)user;
		data = whole(&m, 8, &size);
		data = realloc(data, size + sizeof(layout));
		memcpy(data + size, layout, sizeof(layout));
		poke(data, 24, (uint32_t)size - 32, swap);
		poke(data, 28, sizeof(layout), swap);
		read_bytes(&g, data, size + sizeof(layout), 100);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_HEADER].count, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_KIND].count, 1);
		assert_int_equal(g.facts.notes[BTF_NOTE_KIND].first.offset, at[LAST] + 8 + 24);
		assert_true(g.facts.notes[BTF_NOTE_REFERENCE].count > 0);
		assert_string_equal(text_of(&g, &out), STRUCT_S STRUCT_LAST "struct user 4; o VOID 0+0\n" ENUM_E TYPEDEF_T);
		got_done(&g);
		/* A layout outside the file is no layout, and the kind is not known. */
		poke(data, 28, 4096, swap);
		read_bytes(&g, data, size + sizeof(layout), 100);
		assert_int_equal(g.rc, 0);
		assert_int_equal(g.facts.notes[BTF_NOTE_HEADER].first.offset, 24);
		assert_int_equal(g.facts.notes[BTF_NOTE_CUT].first.offset, at[LAST] + 8 + 24);
		assert_string_equal(text_of(&g, &out), ALL);
		got_done(&g);
		free(data);
		buf_done(&out);
		maker_done(&m);
	}
}

/* Shapes whose facts would grow without end, or whose reading would not end. */
static void test_webs(void **state)
{
	struct maker m = { .swap = false };
	char text[5000];
	struct got g;
	uint32_t last;

	(void)state;
	/* Unnamed structs, each twice in the next. */
	last = record(&m, "", TYPE_STRUCT, 1, false, 0x1fffffff);
	member(&m, "x", 0, 0);
	for (int i = 0; i < 30; i++) {
		uint32_t inner = last;

		last = record(&m, i == 29 ? "web" : "", TYPE_STRUCT, 2, false, 0x1fffffff);
		member(&m, "l", inner, 0);
		member(&m, "r", inner, 8);
	}
	/* Prototypes, each with two parameters of the one before; the last makes no sense. */
	last = 4000;
	for (int i = 0; i < 30; i++) {
		uint32_t inner = last;

		last = record(&m, "", TYPE_FUNC_PROTO, 2, false, 0);
		pair(&m, "l", inner);
		pair(&m, "r", inner);
	}
	record(&m, "f", TYPE_FUNC, 0, false, last);
	/* A chain of pointers, deep. */
	last = 0;
	for (int i = 0; i < 100000; i++)
		last = record(&m, "", TYPE_PTR, 0, false, last);
	record(&m, "deep", TYPE_TYPEDEF, 0, false, last);
	/* Two structs in each other, and two typedefs. */
	record(&m, "one", TYPE_STRUCT, 1, false, 4);
	member(&m, "t", m.n + 1, 0);
	record(&m, "two", TYPE_STRUCT, 1, false, 4);
	member(&m, "o", m.n - 1, 0);
	record(&m, "ta", TYPE_TYPEDEF, 0, false, m.n + 2);
	record(&m, "", TYPE_PTR, 0, false, m.n + 2);
	record(&m, "tb", TYPE_TYPEDEF, 0, false, m.n);
	record(&m, "ta2", TYPE_TYPEDEF, 0, false, m.n);
	memset(text, 'n', sizeof(text));
	text[sizeof(text) - 1] = 0;
	record(&m, text, TYPE_TYPEDEF, 0, false, 0);
	read_made(&g, &m, 100);
	assert_int_equal(g.rc, 0);
	assert_int_equal(g.facts.funcs.n, 0);
	assert_int_equal(g.facts.notes[BTF_NOTE_FUNC].count, 1);
	assert_true(g.facts.notes[BTF_NOTE_NAME].count);
	assert_true(g.facts.notes[BTF_NOTE_CONSTRUCT].count >= 4);
	got_done(&g);
	maker_done(&m);
}

/* Every byte changed, and every length: any outcome but a crash, and ranges hold (ASan, and text_of). */
static void test_every_byte(void **state)
{
	static const uint8_t masks[] = { 0xff, 0x01, 0x80, 0x10 };

	(void)state;
	BOTH_ORDERS(swap)
	{
		struct maker m = { .swap = swap };
		struct buf out = { 0 };
		uint32_t at[NBASE];
		struct got g;
		size_t size;
		char *data;

		make_base(&m, at);
		data = whole(&m, 0, &size);
		for (size_t i = 0; i < size * ARRAY_SIZE(masks); i++) {
			data[i / ARRAY_SIZE(masks)] ^= (char)masks[i % ARRAY_SIZE(masks)];
			read_bytes(&g, data, size, 100);
			text_of(&g, &out);
			assert_true(!g.rc || g.err.msg[0]);
			got_done(&g);
			data[i / ARRAY_SIZE(masks)] ^= (char)masks[i % ARRAY_SIZE(masks)];
		}
		for (size_t n = 0; n < size; n++) {
			read_bytes(&g, data, n, 100);
			text_of(&g, &out);
			got_done(&g);
		}
		free(data);
		buf_done(&out);
		maker_done(&m);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_unnamed_member_of_named_type),
		cmocka_unit_test(test_old_bitfields),
		cmocka_unit_test(test_enums),
		cmocka_unit_test(test_old_enums),
		cmocka_unit_test(test_typedefs),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_newer_header),
	};
	const struct CMUnitTest long_tests[] = {
		cmocka_unit_test(test_webs),
		cmocka_unit_test(test_every_byte),
	};

	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "dump"))
		return dump(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "seeds"))
		seeds_dir = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL) ||
	       (!seeds_dir && cmocka_run_group_tests(long_tests, NULL, NULL));
}
