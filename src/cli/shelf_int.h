/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What show and pages make reports from: the store, its images and the view of them. */
#ifndef KSURF_SHELF_INT_H
#define KSURF_SHELF_INT_H

#include "cli/cli_int.h"

struct shelf {
	struct store *st;
	struct store_images images;
	struct query_view view;
};

/* ERR_MISSING when the store holds no images, ERR_USAGE when --base is none of them. */
int cli_open_shelf(const struct cli_args *a, struct shelf *s, struct err *err);
void cli_close_shelf(struct shelf *s);

#endif
