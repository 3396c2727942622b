// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_open_module(struct image *img, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET, "not written yet");
}
struct image_modinfo image_modinfo(struct image *img)
{
	(void)img;
	return (struct image_modinfo){ "", "" };
}
