// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf diff: two images of the store, over all kinds or those of --kind.
 */
#include "cli/cli_int.h"

static void render_pair(struct buf *out, void *ctx, const struct report_options *o)
{
	report_pair(out, ctx, o);
}

/* An image of the command line that is not there is a wrong argument, not a missing result. */
static int find_image(const struct store_images *images, const char *text, uint32_t *ret, struct err *err)
{
	int rc = query_find_image(images, text, ret, err);

	if (rc == ERR_NOT_FOUND)
		err->code = ERR_USAGE;
	return rc;
}

static int diff(const struct cli_args *a, struct store *st, const struct store_images *images, struct err *err)
{
	uint32_t kinds = a->kinds ? a->kinds : UINT32_MAX, old, new;
	struct query_pair p;
	int rc;

	if (find_image(images, a->operands[0], &old, err) || find_image(images, a->operands[1], &new, err))
		return cli_fail(err);
	query_pair_init(&p, st);
	rc = query_pair_get(&p, st, &images->images.v[old], &images->images.v[new], kinds, a->layout, err);
	if (rc)
		rc = cli_fail(err);
	else
		rc = cli_write(a, false, render_pair, &p);
	if (!rc && p.ndifferences)
		rc = EXIT_FINDINGS;
	query_pair_done(&p);
	return rc;
}

int cmd_diff(const struct cli_args *a)
{
	struct store_images images;
	struct err err = ERR_INIT;
	struct store *st;
	int rc;

	if (a->kinds & 1u << KIND_FIELD) {
		cli_warn("fields are part of structs and unions: --kind struct,union");
		return EXIT_MISUSE;
	}
	if (cli_open_store(a, STORE_READ, &st, &err))
		return cli_fail(&err);
	rc = store_images(st, &images, &err);
	if (rc) {
		rc = cli_fail(&err);
	} else {
		rc = diff(a, st, &images, &err);
		store_images_done(&images);
	}
	store_close(st);
	return rc;
}
