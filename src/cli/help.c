// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Help, man page and completions, all from the table (table.c).
 */
#include "cli/cli_int.h"

#include <ctype.h>

static const char intro[] =
	"ksurf tells eBPF developers what each Linux kernel offers and what changes between kernels. It reads "
	"kernel images, keeps many of them in one file, and tells of every function, type, hook and table what each "
	"image has and what differs.";

#define COLUMNS 80
#define INDENT 34

/* Prints text from column `at` on in lines of at most COLUMNS, the further ones indented. */
static void paragraph(FILE *to, const char *text, size_t at, size_t indent)
{
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (!first && at + 1 + n > COLUMNS) {
			fprintf(to, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		if (!first)
			fputc(' ', to);
		fwrite(text, 1, n, to);
		at += n + !first;
		first = false;
		text += n + (text[n] == ' ');
	}
	fputc('\n', to);
}

/* "  head     text", the text in a column of its own. */
static void entry(FILE *to, const char *head, const char *text)
{
	size_t n = strlen(head) + 2;

	fprintf(to, "  %s", head);
	if (n >= INDENT) {
		fputc('\n', to);
		n = 0;
	}
	fprintf(to, "%*s", (int)(INDENT - n), "");
	paragraph(to, text, INDENT, INDENT);
}

static void option_line(FILE *to, const struct cli_option *o)
{
	char head[64];

	snprintf(head, sizeof(head), "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		 o->letter ? ", " : "  ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	entry(to, head, o->help);
}

static void global_options(FILE *to)
{
	for (unsigned int i = 0; i < cli_nglobal_options; i++)
		option_line(to, cli_option_of(cli_global_options[i]));
}

void cli_help(FILE *to, const struct cli_command *cmd)
{
	if (!cmd) {
		fprintf(to, "usage: ksurf [OPTION...] COMMAND [OPERAND...]\n\n");
		paragraph(to, intro, 0, 0);
		fprintf(to, "\ncommands:\n");
		for (unsigned int i = 0; i < cli_ncommands; i++) {
			char head[64];

			snprintf(head, sizeof(head), "%s %s", cli_commands[i].name, cli_commands[i].operands);
			entry(to, head, cli_commands[i].summary);
		}
		fprintf(to, "\noptions:\n");
		global_options(to);
		fprintf(to, "\n'ksurf help COMMAND' tells more. Exit: 0 fine, 1 not found or different, 2 misuse, 3 could not.\n");
		return;
	}
	fprintf(to, "usage: ksurf %s%s%s%s\n\n%c%s.\n", cmd->name, cmd->noptions ? " [OPTION...]" : "",
		*cmd->operands ? " " : "", cmd->operands, toupper((unsigned char)cmd->summary[0]), cmd->summary + 1);
	if (cmd->text) {
		fputc('\n', to);
		paragraph(to, cmd->text, 0, 0);
	}
	if (cmd->noptions) {
		fprintf(to, "\noptions:\n");
		for (unsigned int i = 0; i < cmd->noptions; i++)
			option_line(to, cli_option_of(cmd->options[i]));
	}
	fprintf(to, "\nglobal options:\n");
	global_options(to);
}

/* Text for roff: '-' and '\' escaped, no line that begins with a control character. */
static void roff(FILE *to, const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", to);
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", to);
		else if (*s == '\\')
			fputs("\\e", to);
		else
			fputc(*s, to);
	}
}

static void man_option(FILE *to, const struct cli_option *o)
{
	fputs(".TP\n", to);
	fputs(".B ", to);
	if (o->letter)
		fprintf(to, "\\-%c, ", o->letter);
	fputs("\\-\\-", to);
	roff(to, o->name);
	if (o->arg) {
		fputs(" \\fI", to);
		roff(to, o->arg);
		fputs("\\fR", to);
	}
	fputc('\n', to);
	roff(to, o->help);
	fputs(".\n", to);
}

static void man_command(FILE *to, const struct cli_command *c)
{
	fprintf(to, ".SS \"%s %s\"\n", c->name, c->operands);
	fputc(toupper((unsigned char)c->summary[0]), to);
	roff(to, c->summary + 1);
	fputs(".\n", to);
	if (c->text) {
		roff(to, c->text);
		fputc('\n', to);
	}
	for (unsigned int i = 0; i < c->noptions; i++)
		man_option(to, cli_option_of(c->options[i]));
}

void cli_man(FILE *to)
{
	fprintf(to, ".TH KSURF 1 \"\" \"ksurf %s\" \"User Commands\"\n", KSURF_VERSION);
	fputs(".SH NAME\nksurf \\- what each Linux kernel offers, and what changes between kernels\n", to);
	fputs(".SH SYNOPSIS\n.B ksurf\n[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIOPERAND\\fR...]\n", to);
	fputs(".SH DESCRIPTION\n", to);
	roff(to, intro);
	fputs("\n.SH OPTIONS\n", to);
	for (unsigned int i = 0; i < cli_nglobal_options; i++)
		man_option(to, cli_option_of(cli_global_options[i]));
	fputs(".SH COMMANDS\n", to);
	for (unsigned int i = 0; i < cli_ncommands; i++)
		man_command(to, &cli_commands[i]);
	fputs(".SH EXIT STATUS\n.TP\n.B 0\nFine.\n.TP\n.B 1\nWhat was asked for is not there.\n"
	      ".TP\n.B 2\nMisuse.\n.TP\n.B 3\nCould not do it, or only in part.\n", to);
	fputs(".SH ENVIRONMENT\n.TP\n.B KSURF_DB\nThe store, where \\-\\-db is not given.\n"
	      ".TP\n.B XDG_DATA_HOME\nHolds ksurf/ksurf.db, the default store.\n"
	      ".TP\n.B TMPDIR\nWhere packages that do not fit in memory are unpacked, into a file without a name.\n"
	      ".TP\n.B KSURF_UNPACK_MEMORY\nHow many bytes of a package fit; default an eighth of the memory, at most 1 GiB.\n"
	      ".TP\n.B NO_COLOR\nNo colours, whatever the terminal.\n", to);
	fputs(".SH EXAMPLES\n.nf\nksurf add vmlinux\nksurf show vfs_read\n"
	      "ksurf show vfs_read \\-\\-format json | jq .\nksurf pages site \\-\\-kind func\n.fi\n", to);
}

static void words(FILE *to, const enum cli_option_id *ids, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		fprintf(to, " --%s", cli_option_of(ids[i])->name);
}

void cli_completion_bash(FILE *to)
{
	fputs("# bash completion for ksurf\n_ksurf()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	      "prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w\n\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	      "\t\tcase $w in\n\t\t", to);
	for (unsigned int i = 0; i < cli_ncommands; i++)
		fprintf(to, "%s%s", i ? "|" : "", cli_commands[i].name);
	fputs(") cmd=$w; break;;\n\t\tesac\n\tdone\n\tcase $prev in\n", to);
	for (unsigned int i = 0; i < cli_noptions; i++) {
		const struct cli_option *o = &cli_options[i];

		if (!o->arg || !islower((unsigned char)o->arg[0]) || o->id == OPT_FORMAT)
			continue; /* OPT_TABLE_FORMAT's words hold OPT_FORMAT's */
		fprintf(to, "\t--%s) COMPREPLY=($(compgen -W '", o->name);
		for (const char *p = o->arg; *p; p++)
			fputc(*p == '|' ? ' ' : *p, to);
		fputs("' -- \"$cur\")); return;;\n", to);
	}
	fputs("\tesac\n\tcase $cmd in\n\t'') w='", to);
	for (unsigned int i = 0; i < cli_ncommands; i++)
		fprintf(to, "%s ", cli_commands[i].name);
	words(to, cli_global_options, cli_nglobal_options);
	fputs("';;\n", to);
	for (unsigned int i = 0; i < cli_ncommands; i++) {
		fprintf(to, "\t%s) w='", cli_commands[i].name);
		words(to, cli_commands[i].options, cli_commands[i].noptions);
		words(to, cli_global_options, cli_nglobal_options);
		fputs("';;\n", to);
	}
	fputs("\tesac\n\tif [[ -z $cmd || $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$w\" -- \"$cur\"))\n"
	      "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\ncomplete -o filenames -F _ksurf ksurf\n", to);
}

int cmd_help(const struct cli_args *a)
{
	const struct cli_command *c = NULL;

	if (a->man) {
		cli_man(stdout);
	} else if (a->completion) {
		cli_completion_bash(stdout);
	} else {
		if (a->noperands && !(c = cli_find_command(a->operands[0]))) {
			cli_warn("no such command: %s", a->operands[0]);
			return EXIT_MISUSE;
		}
		cli_help(stdout, c);
	}
	return EXIT_FINE;
}
