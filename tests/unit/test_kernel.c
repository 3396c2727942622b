// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel data structures. `test_kernel dump VMLINUX [CONFIG]` prints what is not a type as JSON lines, for
 * tests/kernel/data.sh.
 */
#include "extract/extract.h"
#include "kernel/kernel.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_util.h"

/* ---- dump ---- */

static void put_text(struct buf *out, const struct surface *s, const char *key, uint32_t id)
{
	buf_printf(out, ", \"%s\": ", key);
	buf_json(out, surface_text(s, id), strlen(surface_text(s, id)));
}

static void put_c(struct buf *out, const struct surface *s, const char *key, uint32_t type, const char *name)
{
	struct buf text = { 0 };

	if (type)
		type_print_c(&text, s->types, s->str, type, name);
	buf_printf(out, ", \"%s\": ", key);
	buf_json(out, text.v ? text.v : "", text.n);
	buf_done(&text);
}

static void put_construct(struct buf *out, const struct surface *s, const struct construct *c)
{
	buf_printf(out, "{\"kind\": \"%s\", \"seq\": %u, \"variant\": %u, \"size\": %u, \"flags\": %u",
		   kind_words[c->kind].word, c->seq, c->variant, c->size, c->flags);
	put_text(out, s, "name", c->name);
	put_text(out, s, "class", c->class);
	put_text(out, s, "system", c->system);
	put_text(out, s, "text", c->text);
	put_c(out, s, "type", c->type, "f");
	buf_puts(out, ", \"items\": [");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		buf_printf(out, "%s{\"role\": %u, \"value\": %lld, \"size\": %u, \"bits\": %u, \"flat\": %s, \"signed\": %s",
			   i > c->items ? ", " : "", it->role, (long long)it->value, it->size, it->bits,
			   item_is_flat(s, c, i) ? "true" : "false", it->is_signed ? "true" : "false");
		put_text(out, s, "name", it->name);
		put_text(out, s, "text", it->text);
		put_c(out, s, "type", it->type, "");
		buf_char(out, '}');
	}
	buf_puts(out, "]}\n");
}

static void put_surface(struct buf *out, const struct surface *s)
{
	for (size_t i = 0; i < s->constructs.n; i++)
		if (s->constructs.v[i].kind >= KIND_TRACEPOINT && s->constructs.v[i].kind != KIND_FEATURE)
			put_construct(out, s, &s->constructs.v[i]);
	for (size_t i = 0; i < s->funcs.n; i++) {
		if (!s->funcs.v[i].attach)
			continue;
		buf_printf(out, "{\"kind\": \"attach\", \"bits\": %u", s->funcs.v[i].attach);
		put_text(out, s, "name", s->funcs.v[i].name);
		buf_puts(out, "}\n");
	}
	for (uint32_t i = 0; i < s->info.nfindings; i++) {
		const struct finding *f = &s->info.findings[i];

		buf_printf(out, "{\"kind\": \"finding\", \"code\": \"%s\", \"count\": %llu, \"message\": ", f->code,
			   (unsigned long long)f->count);
		buf_json(out, f->message, strlen(f->message));
		buf_puts(out, "}\n");
	}
}

static int dump(const char *path, const char *config)
{
	struct stages stages = { .n = 0 };
	struct extract_options o = { .config = config, .stages = &stages };
	struct err err = ERR_INIT;
	struct type_table types;
	struct buf out = { 0 };
	struct image *img = NULL;
	struct strtab str;
	struct surface s;
	char text[1024];
	int rc;

	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	rc = image_open(path, &img, &err);
	rc = rc ? rc : extract_image(img, &o, &s, &err);
	if (rc)
		fprintf(stderr, "%s\n", err_text(&err, text, sizeof(text)));
	else
		put_surface(&out, &s);
	fwrite(out.v, 1, out.n, stdout);
	for (unsigned int i = 0; i < stages.n; i++)
		if (!strcmp(stages.v[i].name, "kernel data"))
			fprintf(stderr, "kernel data: %llu us\n", (unsigned long long)stages.v[i].wall_ns / 1000);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	image_close(img);
	buf_done(&out);
	return rc != 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2], argv[3]);
	return 0;
}
