// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf search: names of all kinds that match a pattern.
 */
#include "cli/cli_int.h"

#define LIMIT_DEFAULT 200

static void render_search(struct buf *out, void *ctx, const struct report_options *o)
{
	report_search(out, ctx, o);
}

static int search(const struct cli_args *a, struct store *st, const struct query_view *view, struct err *err)
{
	size_t limit = a->limit ? (size_t)a->limit : LIMIT_DEFAULT;
	struct query_search q;
	int rc;

	if (query_search(&q, st, view, a->operands[0], a->regex, a->kinds, limit, err))
		return cli_fail(err);
	rc = cli_write(a, false, render_search, &q);
	if (!rc && !q.matches.n) {
		cli_say(a, "nothing matches %s in %zu image%s", q.pattern, view->images->images.n,
			view->images->images.n == 1 ? "" : "s");
		rc = EXIT_FINDINGS;
	}
	query_search_done(&q);
	return rc;
}

int cmd_search(const struct cli_args *a)
{
	struct shelf s;
	struct err err = ERR_INIT;
	int rc;

	if (cli_open_shelf(a, &s, &err))
		return cli_fail(&err);
	rc = search(a, s.st, &s.view, &err);
	cli_close_shelf(&s);
	return rc;
}
