// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The dataset reader on any bytes, as function groups and as types. What it accepts must survive a
 * round trip: written, read and written again, it is the same text.
 */
#include "dataset/dataset.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct strtab str;
	struct type_table types;
	struct surface s;
};

static int read_into(struct world *w, const char *data, size_t size, bool types)
{
	struct err err = ERR_INIT;

	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
	return dataset_read_mem("fuzz", data, size, types, &w->s, &err);
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

/* The reader makes functions in the order of their lines. */
static void write_all(struct buf *out, const struct surface *s, bool types)
{
	for (size_t i = 0; i < s->funcs.n; i++) {
		if (types)
			dataset_type_json(out, s, &s->funcs.v[i]);
		else
			dataset_func_group_json(out, s, &s->funcs.v[i]);
		buf_char(out, '\n');
	}
}

static void try_kind(const char *data, size_t size, bool types)
{
	struct buf first = { 0 }, second = { 0 };
	struct world a, b;

	if (!read_into(&a, data, size, types)) {
		write_all(&first, &a.s, types);
		if (read_into(&b, first.v, first.n, types))
			abort();
		write_all(&second, &b.s, types);
		if (first.n != second.n || (first.n && memcmp(first.v, second.v, first.n)))
			abort();
		world_done(&b);
	}
	world_done(&a);
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_kind((const char *)data, size, false);
	try_kind((const char *)data, size, true);
	return 0;
}
