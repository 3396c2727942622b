// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The store as show and pages open it.
 */
#include "cli/shelf_int.h"

int cli_open_shelf(const struct cli_args *a, struct shelf *s, struct err *err)
{
	int rc = cli_open_store(a, STORE_READ, &s->st, err);

	if (rc)
		return rc;
	rc = store_images(s->st, &s->images, err);
	if (!rc && !s->images.images.n) {
		store_images_done(&s->images);
		rc = err_set(err, ERR_MISSING, NULL, ERR_NO_OFFSET,
			     "the store holds no images; 'ksurf add vmlinux' reads one");
	} else if (!rc) {
		rc = query_view_init(&s->view, &s->images, a->base, err);
		if (rc)
			store_images_done(&s->images);
	}
	if (rc)
		store_close(s->st);
	/* A --base that is no image is a wrong argument, not a missing result. */
	if (rc == ERR_NOT_FOUND)
		err->code = ERR_USAGE;
	return rc;
}

void cli_close_shelf(struct shelf *s)
{
	query_view_done(&s->view);
	store_images_done(&s->images);
	store_close(s->st);
}
