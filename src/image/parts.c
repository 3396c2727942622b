// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Not written yet. */
#include "image/image_int.h"

int image_parts_open(const struct image_input *in, const struct image_parts_options *o, struct image_parts **ret,
		     struct err *err)
{
	(void)o, (void)ret;
	return err_set(err, ERR_UNSUPPORTED, in->path, ERR_NO_OFFSET, "not written yet");
}
void image_parts_close(struct image_parts *p) { (void)p; }
size_t image_nparts(const struct image_parts *p) { (void)p; return 0; }
const struct image_part *image_part(const struct image_parts *p, size_t n) { (void)p, (void)n; return NULL; }
uint64_t image_parts_unasked(const struct image_parts *p) { (void)p; return 0; }
