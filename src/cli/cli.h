/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cli: the command line. One table of commands and options (table.c) makes the parser, the help, the
 * man page and the completions. Data goes to stdout, words to stderr.
 */
#ifndef KSURF_CLI_H
#define KSURF_CLI_H

#define KSURF_VERSION "0.1.0"

/* Exit codes. */
enum {
	EXIT_FINE = 0,
	EXIT_FINDINGS = 1, /* what was asked for is not there */
	EXIT_MISUSE = 2,
	EXIT_COULD_NOT = 3,
};

/* Runs the command of argv; returns the exit code. */
int cli_main(int argc, char **argv);

#endif
