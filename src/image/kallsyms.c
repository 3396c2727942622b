// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_read_kallsyms(struct image *img, struct err *err)
{
	return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET, "not written yet");
}
int image_set_letters(struct image *img, const struct image_letter *v, size_t n, struct err *err)
{
	(void)v, (void)n;
	return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET, "not written yet");
}
