// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From argv to the command that it names. Does no work of its own.
 */
#include "cli/cli_int.h"

int cli_main(int argc, char **argv)
{
	const struct cli_command *cmd;
	struct cli_args args;
	int rc = cli_parse(argc, argv, &args, &cmd);

	if (!rc && (args.help || !cmd)) {
		cli_help(args.help ? stdout : stderr, cmd);
		rc = args.help ? EXIT_FINE : EXIT_MISUSE;
	} else if (!rc) {
		rc = cmd->run(&args);
	}
	VEC_DONE(&args.outputs);
	return rc;
}
