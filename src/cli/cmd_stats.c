// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf stats: all images of the store, or those named, in tables.
 */
#include "cli/cli_int.h"

static void render_stats(struct buf *out, void *ctx, const struct report_options *o)
{
	report_stats(out, ctx, o);
}

/* Leaves the images that the operands name, in the store's order. */
static int choose(struct store_images *images, const struct cli_args *a, struct err *err)
{
	bool *named = base_calloc(images->images.n, sizeof(*named));
	size_t n = 0;
	uint32_t at;
	int rc = 0;

	for (int i = 0; !rc && i < a->noperands; i++) {
		rc = query_find_image(images, a->operands[i], &at, err);
		if (!rc)
			named[at] = true;
	}
	for (size_t i = 0; !rc && i < images->images.n; i++)
		if (named[i])
			images->images.v[n++] = images->images.v[i];
	if (!rc)
		images->images.n = n;
	free(named);
	return rc;
}

static int stats(const struct cli_args *a, struct shelf *s, struct err *err)
{
	struct query_view view;
	struct query_stats q;
	int rc = 0;

	if (a->noperands)
		rc = choose(&s->images, a, err);
	if (!rc)
		rc = query_view_init(&view, &s->images, a->base, err);
	/* An image that is not there is a wrong argument, not a missing result. */
	if (rc && err->code == ERR_NOT_FOUND)
		err->code = ERR_USAGE;
	if (rc)
		return cli_fail(err);
	rc = query_stats(&q, s->st, &view, err);
	if (rc) {
		rc = cli_fail(err);
	} else {
		rc = cli_write(a, false, render_stats, &q);
		query_stats_done(&q);
	}
	query_view_done(&view);
	return rc;
}

int cmd_stats(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct shelf s;
	int rc;

	if (cli_open_shelf(a, &s, &err))
		return cli_fail(&err);
	rc = stats(a, &s, &err);
	cli_close_shelf(&s);
	return rc;
}
