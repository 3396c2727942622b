// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_open_boot(struct image *img, struct err *err)
{
	return err_set(err, ERR_FORMAT, img->path, 0, "not an ELF file; ksurf add wants a vmlinux with debug information");
}
