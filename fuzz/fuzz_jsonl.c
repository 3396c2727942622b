// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The dataset reader on any bytes, as each of its files. What it accepts must survive a round trip: written,
 * read and written again, it is the same text.
 */
#include "dataset/dataset.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct strtab str;
	struct type_table types;
	struct surface s;
};

static int read_into(struct world *w, const char *data, size_t size, enum dataset_file file)
{
	struct err err = ERR_INIT;

	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
	w->s.info.source = IMAGE_FROM_DATASET;
	return dataset_read_mem("fuzz", data, size, file, &w->s, &err);
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

static void try_file(const char *data, size_t size, enum dataset_file file)
{
	struct buf first = { 0 }, second = { 0 };
	struct world a, b;

	if (!read_into(&a, data, size, file)) {
		dataset_write_mem(&first, &a.s, file);
		if (read_into(&b, first.v, first.n, file))
			abort();
		dataset_write_mem(&second, &b.s, file);
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
	for (enum dataset_file file = 0; file < DATASET_NFILES; file++)
		try_file((const char *)data, size, file);
	return 0;
}
