// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "store/store_int.h"

int store_merge(struct store *st, const char *path, unsigned int nlanes,
		void (*each)(void *ctx, const char *name, enum store_added added), void *ctx, struct err *err)
{
	(void)st, (void)nlanes, (void)each, (void)ctx;
	return err_set(err, ERR_UNSUPPORTED, path, ERR_NO_OFFSET, "not written yet");
}
