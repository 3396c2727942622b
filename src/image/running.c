// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_open_running(const char *root, struct image **ret, struct err *err)
{
	(void)ret;
	return err_set(err, ERR_UNSUPPORTED, root, ERR_NO_OFFSET, "not written yet");
}
const struct image_live *image_live(const struct image *img) { return img->live; }
