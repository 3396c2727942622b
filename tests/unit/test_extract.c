// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Images without DWARF, modules and how they are joined. `test_extract dump LANES KERNEL [PART...]` prints all that
 * an image and its modules give, a line a fact, for tests/modules.sh and tests/kernel/modules.sh.
 */
#include "extract/extract.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_util.h"

/* ---- dump ---- */

static const char *text(const struct surface *s, uint32_t id)
{
	return id ? surface_text(s, id) : "-";
}

static void put_func(FILE *out, const struct surface *s, const struct func *f)
{
	fprintf(out, "func %s\t%s\t%s\t%s\tattach %u\t%s\n", text(s, f->name),
		func_has_group(f) ? collision_type_text[f->collision] : "no group",
		func_has_group(f) ? inline_type_text[f->inline_type] : "-", func_across_owners(s, f) ? "across" : "-",
		f->attach, func_has_proto(f) ? "proto" : "-");
	for (uint32_t i = f->instances; i < f->instances + f->ninstances; i++) {
		const struct instance *in = &s->instances.v[i];

		fprintf(out, "instance %s\t%s\t%s\t%s:%u\t%s\t%s\n", text(s, f->name), text(s, in->owner), text(s, in->file),
			text(s, in->loc_file), in->loc_line, in->external ? "external" : "static",
			inline_word_text[in->inline_word]);
		for (uint32_t k = 0; k < in->ninline_callers + in->ndirect_callers; k++)
			fprintf(out, "%s %s\t%s\t%s\t%s\n", k < in->ninline_callers ? "copy" : "call", text(s, f->name),
				text(s, in->owner), text(s, s->callers.v[in->callers + k].file),
				text(s, s->callers.v[in->callers + k].func));
	}
	for (uint32_t i = f->symbols; i < f->symbols + f->nsymbols; i++) {
		const struct symbol *sym = &s->symbols.v[i];

		fprintf(out, "symbol %s\t%s\t%s\t%llx\t%llu\n", text(s, sym->name), text(s, sym->owner), text(s, sym->section),
			(unsigned long long)sym->addr, (unsigned long long)sym->size);
	}
	if (func_has_proto(f)) {
		struct buf c = { 0 };

		type_print_c(&c, s->types, s->str, f->proto, text(s, f->name));
		fprintf(out, "proto %s\t%s\n", text(s, f->name), buf_z(&c));
		buf_done(&c);
	}
}

static void put_construct(FILE *out, const struct surface *s, const struct construct *c)
{
	struct buf b = { 0 };

	fprintf(out, "%s %s\t%u\t%s\t%u\t%u", kind_words[c->kind].word, text(s, c->name), c->variant, text(s, c->owner), c->size,
		c->nitems);
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		b.n = 0;
		type_print_c(&b, s->types, s->str, it->type, it->name ? surface_text(s, it->name) : "");
		fprintf(out, "\t%s=%lld", it->role == ITEM_MEMBER ? buf_z(&b) : text(s, it->name), (long long)it->value);
	}
	fputc('\n', out);
	buf_done(&b);
}

static void put_all(FILE *out, const struct surface *s)
{
	for (size_t i = 0; i < s->funcs.n; i++)
		put_func(out, s, &s->funcs.v[i]);
	for (size_t i = 0; i < s->constructs.n; i++)
		put_construct(out, s, &s->constructs.v[i]);
	for (uint32_t i = 0; i < s->info.nmodules; i++)
		fprintf(out, "module %s\t%s\t%llu\n", s->info.modules[i].name, s->info.modules[i].build_id,
			(unsigned long long)s->info.modules[i].btf_size);
	for (uint32_t i = 0; i < s->info.nfindings; i++)
		fprintf(out, "finding %s\t%llu\t%s\n", s->info.findings[i].code,
			(unsigned long long)s->info.findings[i].count, s->info.findings[i].message);
	fprintf(out, "facts %x\tkinds %x\tsource %s\ttypes %s\tarch %s\n", s->info.facts, s->info.kinds,
		image_source_word[s->info.source], s->info.types_from, s->info.arch);
}

struct world {
	struct image *img;
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct err err;
	struct image_part *parts;
	const struct image_part **list;
	size_t nparts;
};

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	err_clear(&w->err);
	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	type_table_done(&w->types);
	strtab_done(&w->str);
	if (w->img)
		image_close(w->img);
	for (size_t i = 0; i < w->nparts; i++)
		free((void *)(uintptr_t)w->parts[i].data);
	free(w->parts);
	free(w->list);
}

static int world_read(struct world *w, const struct extract_options *o, const char *kernel, char **paths, size_t n)
{
	int rc = image_open(kernel, &w->img, &w->err);

	rc = rc ? rc : extract_image(w->img, o, &w->s, &w->err);
	w->parts = calloc(n + 1, sizeof(*w->parts));
	w->list = calloc(n + 1, sizeof(*w->list));
	for (; w->nparts < n && !rc; w->nparts++) {
		size_t size;

		w->parts[w->nparts] = (struct image_part){ .kind = PART_MODULE, .path = paths[w->nparts],
							   .data = (uint8_t *)slurp(paths[w->nparts], &size) };
		w->parts[w->nparts].size = size;
		w->list[w->nparts] = &w->parts[w->nparts];
	}
	return rc ? rc : extract_modules(&w->s, o, w->list, w->nparts, &w->err);
}

static int dump(int argc, char **argv)
{
	struct stages stages = { .n = 0 };
	struct extract_options o = { .nlanes = (unsigned int)atoi(argv[0]), .stages = &stages };
	struct world w;
	char msg[1024];
	int rc;

	world_init(&w);
	rc = world_read(&w, &o, argv[1], argv + 2, (size_t)argc - 2);
	if (rc)
		fprintf(stderr, "%s\n", err_text(&w.err, msg, sizeof(msg)));
	else
		put_all(stdout, &w.s);
	for (unsigned int i = 0; i < stages.n; i++)
		fprintf(stderr, "# %s %llu ms, %llu items\n", stages.v[i].name, (unsigned long long)stages.v[i].wall_ns / 1000000,
			(unsigned long long)stages.v[i].items);
	world_done(&w);
	return rc != 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "dump"))
		return dump(argc - 2, argv + 2);
	return 0;
}
