// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BTF: every kind of record and of damage, in both byte orders. `test_btf dump FILE` prints the constructs
 * of a kernel or of raw BTF as JSON lines, for tests/kernel/btf.sh.
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
	size_t size;

	*raw = slurp(path, &size);
	if (*raw && size > 2 && (!memcmp(*raw, "\x9f\xeb", 2) || !memcmp(*raw, "\xeb\x9f", 2))) {
		*ret = (struct image_bytes){ (uint8_t *)*raw, size };
		return 0;
	}
	if (image_open(path, img, err))
		return err->code;
	return image_section(*img, ".BTF", ret, err);
}

static int dump(const char *path)
{
	struct err err = ERR_INIT;
	struct btf_facts facts;
	struct image_bytes b;
	struct type_table types;
	struct buf out = { 0 };
	struct strtab str;
	struct surface s;
	struct image *img = NULL;
	char text[1024], *raw;

	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	if (load(path, &img, &raw, &b, &err) || btf_read(path, b.data, b.size, 100, &s, &facts, &err)) {
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

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2]);
	return 0;
}
