// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "kernel/kernel_int.h"

int kernel_read_module(struct image *module, const struct surface *kernel, struct surface *s, struct kernel_facts *facts,
		       struct err *err)
{
	(void)kernel, (void)s, (void)facts;
	return err_set(err, ERR_UNSUPPORTED, image_path(module), ERR_NO_OFFSET, "not written yet");
}
