// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf diff.
 */
#include "cli/cli_int.h"

int cmd_diff(const struct cli_args *a)
{
	(void)a;
	cli_warn("diff is not there yet");
	return EXIT_COULD_NOT;
}
