// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_inputs_find(char *const *operands, size_t n, struct image_inputs *ret, struct err *err)
{
	(void)n, (void)ret;
	return err_set(err, ERR_UNSUPPORTED, operands[0], ERR_NO_OFFSET, "not written yet");
}
void image_inputs_done(struct image_inputs *in) { (void)in; }
