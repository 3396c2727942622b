// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Constructs that are no functions, out of the store.
 */
#include "store/store_int.h"

int store_get_construct(struct store *st, uint32_t image_id, enum kind kind, const char *name, struct surface *s,
			bool *found, struct err *err)
{
	(void)st, (void)image_id, (void)kind, (void)name, (void)s, (void)err;
	*found = false;
	return 0;
}

int store_load_constructs(struct store *st, uint32_t image_id, enum kind kind, struct surface *s, struct err *err)
{
	(void)st, (void)image_id, (void)kind, (void)s, (void)err;
	return 0;
}

int store_image_btf(struct store *st, uint32_t image_id, struct buf *ret, struct err *err)
{
	(void)st, (void)image_id, (void)ret;
	return err_set(err, ERR_NOT_FOUND, NULL, ERR_NO_OFFSET, "no BTF");
}

int store_has(struct store *st, enum kind kind, const char *name, const uint32_t *image_ids, size_t nimages,
	      uint64_t *has, struct err *err)
{
	(void)st, (void)kind, (void)name, (void)image_ids, (void)nimages, (void)err;
	*has = 0;
	return 0;
}

int store_image_counts(struct store *st, uint32_t image_id, struct store_counts *ret, struct err *err)
{
	(void)st, (void)image_id, (void)ret, (void)err;
	return 0;
}

void store_counts_done(struct store_counts *c)
{
	(void)c;
}
