// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf images and remove: what is in the store.
 */
#include "cli/cli_int.h"

static void render_images(struct buf *out, void *ctx, const struct report_options *o)
{
	report_images(out, ctx, o);
}

int cmd_images(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct store *st;
	int rc;

	if (cli_open_store(a, STORE_READ, &st, &err))
		return cli_fail(&err);
	if (store_images(st, &images, &err)) {
		rc = cli_fail(&err);
	} else {
		rc = cli_write(a, false, render_images, &images);
		store_images_done(&images);
	}
	store_close(st);
	return rc;
}

static int remove_one(const struct cli_args *a, struct store *st, const char *name, struct err *err)
{
	struct store_images images;
	uint32_t i;
	int rc = store_images(st, &images, err);

	if (rc)
		return rc;
	rc = query_find_image(&images, name, &i, err);
	rc = rc ? rc : store_remove_image(st, images.images.v[i].id, err);
	if (!rc)
		cli_say(a, "removed %s", images.images.v[i].info.name);
	store_images_done(&images);
	return rc;
}

int cmd_remove(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct store *st;
	int rc = EXIT_FINE;

	/* Not STORE_WRITE on a path that is not there: removing must not make a store. */
	if (cli_open_store(a, STORE_READ, &st, &err))
		return cli_fail(&err);
	store_close(st);
	if (cli_open_store(a, STORE_WRITE, &st, &err))
		return cli_fail(&err);
	for (int i = 0; i < a->noperands; i++) {
		err_clear(&err);
		if (remove_one(a, st, a->operands[i], &err))
			rc = cli_fail(&err);
	}
	store_close(st);
	return rc;
}
