// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the reader of raw BTF: any bytes give functions and constructs whose ranges hold and whose number the
 * length bounds, or an error with words and nothing else. The same bytes are read as split BTF that goes on from
 * themselves, where they can be a base.
 */
#include "btf/btf_types.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void check_construct(const struct surface *s, size_t i, uint32_t *next)
{
	const struct construct *c = &s->constructs.v[i];
	unsigned int depth = 0;

	check(c->kind < KIND_NKINDS && c->name < s->str->entries.n && c->type < s->types->types.n, "construct");
	check((uint64_t)c->items + c->nitems <= s->items.n, "items");
	check(c->variant == (c->variant ? *next : 0), "variants side by side");
	*next = c->variant + 1;
	for (uint32_t k = c->items; k < c->items + c->nitems; k++) {
		const struct item *it = &s->items.v[k];

		check(it->name < s->str->entries.n && it->type < s->types->types.n, "item");
		check(it->depth <= depth, "an item in no scope");
		check(it->role == ITEM_ENUMERATOR || it->value >= 0, "offset");
		depth = it->depth + (it->scope != SCOPE_NONE);
		item_is_flat(s, c, k);
	}
}

static void check_surface(const struct surface *s, const struct btf_facts *f, size_t size)
{
	struct buf text = { 0 };
	uint32_t next = 0;

	check(s->items.n <= 4096 + size && s->constructs.n <= size, "more than the bytes can mean");
	for (size_t i = 0; i < s->constructs.n; i++)
		check_construct(s, i, &next);
	for (size_t i = 0; i < f->funcs.n; i++) {
		check(f->funcs.v[i].name && f->funcs.v[i].name < s->str->entries.n, "name");
		check(type_at(s->types, f->funcs.v[i].proto)->kind == TYPE_FUNC_PROTO, "prototype");
		if (i < 64)
			type_print_c(&text, s->types, s->str, f->funcs.v[i].proto,
				     surface_text(s, f->funcs.v[i].name));
	}
	for (size_t i = 0; i < BTF_NNOTES; i++)
		check(!f->notes[i].count || f->notes[i].first.msg[0], "a note without words");
	buf_done(&text);
}

/* Ids and names of the split part lie behind those of the base, so that references of both sorts are met. */
static void read_split(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct btf_facts facts = { 0 };
	struct btf_base *base;
	struct type_table types;
	struct strtab str;
	struct surface s;

	if (btf_base_open("base", data, size, &base, &err)) {
		check(err.code && err.msg[0], "an error of a base without words");
		return;
	}
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	if (!btf_read_split("split", data, size, 100, base, &s, &facts, &err))
		check_surface(&s, &facts, 2 * size);
	else
		check(err.code && err.msg[0] && !s.constructs.n && !facts.funcs.n, "an error of split BTF");
	btf_facts_done(&facts);
	btf_base_close(base);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct btf_facts facts = { 0 };
	struct type_table types;
	struct strtab str;
	struct surface s;
	/* Exactly sized, so that a read past the end is seen. */
	uint8_t *copy = base_alloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	if (!btf_read("fuzz", copy, size, 100, &s, &facts, &err)) {
		check_surface(&s, &facts, size);
	} else {
		check(err.code && err.msg[0], "an error without words");
		check(!s.constructs.n && !s.items.n && !facts.funcs.n, "facts with an error");
	}
	btf_facts_done(&facts);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	read_split(copy, size);
	free(copy);
	return 0;
}
