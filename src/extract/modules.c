// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "extract/extract_int.h"

int extract_modules(struct surface *s, const struct extract_options *o, const struct image_part *const *modules, size_t n,
		    struct err *err)
{
	(void)s, (void)o, (void)modules, (void)n;
	return err_set(err, ERR_UNSUPPORTED, NULL, ERR_NO_OFFSET, "not written yet");
}
