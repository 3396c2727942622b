// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf merge: other stores into this one, image by image.
 */
#include "cli/cli_int.h"

struct merging {
	const struct cli_args *a;
	uint64_t n[STORE_REPLACED + 1]; /* by enum store_added */
};

static void say_one(void *ctx, const char *name, enum store_added added)
{
	static const char *const words[] = {
		[STORE_ADDED] = "added %s",
		[STORE_ALREADY] = "%s is in the store already",
		[STORE_RENAMED] = "added %s: another build has its name",
		[STORE_REPLACED] = "replaced %s: what was there told less of the same build",
	};
	struct merging *m = ctx;

	m->n[added]++;
	cli_say(m->a, words[added], name);
}

int cmd_merge(const struct cli_args *a)
{
	struct merging m = { .a = a };
	struct err err = ERR_INIT;
	struct store *st;
	int failed = 0;

	if (cli_open_store(a, STORE_WRITE, &st, &err))
		return cli_fail(&err);
	cli_catch_stop();
	for (int i = 0; i < a->noperands && !cli_stopped(); i++) {
		err_clear(&err);
		if (store_merge(st, a->operands[i], a->nlanes ? a->nlanes : lanes_default(), say_one, &m, &err)) {
			cli_fail(&err);
			failed++;
		}
	}
	store_close(st);
	cli_say(a, "added: %llu, replaced: %llu, there already: %llu",
		(unsigned long long)(m.n[STORE_ADDED] + m.n[STORE_RENAMED]), (unsigned long long)m.n[STORE_REPLACED],
		(unsigned long long)m.n[STORE_ALREADY]);
	if (failed && a->noperands > 1)
		cli_warn("%d of %d stores could not be merged, or not wholly", failed, a->noperands);
	cli_end_stopped();
	return failed ? EXIT_COULD_NOT : EXIT_FINE;
}
