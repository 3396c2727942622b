// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arguments to struct cli_args, by the tables. Options may stand before and behind the command and its
 * operands; "--" ends them.
 */
#include "cli/cli_int.h"

#include <ctype.h>
#include <errno.h>

struct parser {
	struct cli_args *a;
	const struct cli_command *cmd;
	int argc, at;
	char **argv;
};

static bool takes(const struct cli_command *cmd, enum cli_option_id id)
{
	for (unsigned int i = 0; i < cli_nglobal_options; i++)
		if (cli_global_options[i] == id)
			return true;
	for (unsigned int i = 0; cmd && i < cmd->noptions; i++)
		if (cmd->options[i] == id)
			return true;
	return false;
}

/* The position of `value` in "a|b|c", or -1. */
static int choice(const char *choices, const char *value)
{
	size_t len = strlen(value);
	int i = 0;

	for (const char *p = choices; *p; i++) {
		size_t n = strcspn(p, "|");

		if (n == len && !memcmp(p, value, n))
			return i;
		p += n + (p[n] == '|');
	}
	return -1;
}

static int misuse(const struct parser *p, const char *what, const char *which)
{
	cli_warn("%s%s; see 'ksurf help%s%s'", what, which, p->cmd ? " " : "", p->cmd ? p->cmd->name : "");
	return EXIT_MISUSE;
}

static void set_output(struct cli_args *a, const char *file)
{
	if (!a->outputs.n || a->outputs.v[a->outputs.n - 1].file)
		VEC_PUSH(&a->outputs, ((struct cli_output){ REPORT_TERM, NULL }));
	a->outputs.v[a->outputs.n - 1].file = file;
}

/* "struct,union" */
static int set_kinds(const struct parser *p, char *value)
{
	char *rest = value, *word;

	while ((word = strsep(&rest, ","))) {
		enum kind k = kind_of_word(word);

		if (k == KIND_NKINDS)
			return misuse(p, "no such kind: ", word);
		p->a->kinds |= 1u << k;
	}
	return EXIT_FINE;
}

/* "16G", "500M", "1000": from 1, and no more than 64 bits hold. */
static bool parse_size(const char *value, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned int shift = 0;
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (end == value || errno || *value < '0' || *value > '9')
		return false;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	*ret = n << shift;
	return n && *ret >> shift == n;
}

/* decoder switch: one line an option */
static int apply(struct parser *p, const struct cli_option *o, char *value)
{
	struct cli_args *a = p->a;
	int chosen = 0;
	char *end;

	if (o->arg && strchr(o->arg, '|')) {
		chosen = choice(o->arg, value);
		if (chosen < 0)
			return misuse(p, o->name, ": no such choice");
	}
	switch (o->id) {
	case OPT_DB:
		a->db = value;
		break;
	case OPT_JOBS:
		a->nlanes = (unsigned int)strtoul(value, &end, 10);
		if (*end || end == value || !a->nlanes || a->nlanes > 256)
			return misuse(p, "--jobs takes a number from 1 to 256, not ", value);
		break;
	case OPT_QUIET:
		a->quiet = true;
		break;
	case OPT_COLOR:
		a->color = (enum cli_color)chosen;
		break;
	case OPT_HELP:
		a->help = true;
		break;
	case OPT_VERSION:
		printf("ksurf %s\n", KSURF_VERSION);
		exit(EXIT_FINE);
	case OPT_STATS:
		a->stats = true;
		break;
	case OPT_FORCE:
		a->force = true;
		break;
	case OPT_KIND:
		return set_kinds(p, value);
	case OPT_TYPES:
		a->types = (enum extract_types)chosen;
		break;
	case OPT_CONFIG:
		a->config = value;
		break;
	case OPT_MODULES:
		a->modules = value;
		break;
	case OPT_MODULE:
		a->module = value;
		break;
	case OPT_RUNNING:
		a->running = true;
		break;
	case OPT_ROOT:
		a->root = value;
		break;
	case OPT_UNPACK_MAX:
		if (!parse_size(value, &a->unpack_max))
			return misuse(p, "--unpack-max takes a size like 500M or 16G, not ", value);
		break;
	case OPT_LAYOUT:
		a->layout = true;
		break;
	case OPT_REGEX:
		a->regex = true;
		break;
	case OPT_LIMIT:
		a->limit = strtoull(value, &end, 10);
		if (*end || end == value || !a->limit)
			return misuse(p, "--limit takes a number from 1, not ", value);
		break;
	case OPT_BASE:
		a->base = value;
		break;
	case OPT_STYLE:
		a->style = (enum report_style)chosen;
		break;
	case OPT_FORMAT:
	case OPT_TABLE_FORMAT:
		VEC_PUSH(&a->outputs, ((struct cli_output){ (enum report_format)chosen, NULL }));
		break;
	case OPT_OUTPUT:
		set_output(a, value);
		break;
	case OPT_MAN:
		a->man = true;
		break;
	case OPT_COMPLETION:
		if (strcmp(value, "bash"))
			return misuse(p, "no completion for ", value);
		a->completion = value;
		break;
	}
	return 0;
}

/* Of several options of one name the one that the command takes. */
static const struct cli_option *find_long(const struct cli_command *cmd, const char *name, size_t len)
{
	const struct cli_option *found = NULL;

	for (unsigned int i = 0; i < cli_noptions; i++) {
		const struct cli_option *o = &cli_options[i];

		if (strlen(o->name) == len && !memcmp(o->name, name, len) && (!found || takes(cmd, o->id)))
			found = o;
	}
	return found;
}

static int parse_long(struct parser *p, char *arg)
{
	size_t len = strcspn(arg, "=");
	const struct cli_option *o = find_long(p->cmd, arg, len);
	char *value = arg[len] ? arg + len + 1 : NULL;

	if (!o || !takes(p->cmd, o->id))
		return misuse(p, "unknown option --", arg);
	if (!o->arg && value)
		return misuse(p, "takes no value: --", arg);
	if (o->arg && !value) {
		if (p->at >= p->argc)
			return misuse(p, "wants a value: --", arg);
		value = p->argv[p->at++];
	}
	return apply(p, o, value);
}

static int parse_short(struct parser *p, char *arg)
{
	while (*arg) {
		const struct cli_option *o = NULL;
		char one[2] = { *arg++, '\0' };
		int rc;

		for (unsigned int i = 0; i < cli_noptions; i++)
			if (cli_options[i].letter == one[0])
				o = &cli_options[i];
		if (!o || !takes(p->cmd, o->id))
			return misuse(p, "unknown option -", one);
		if (o->arg) {
			if (!*arg && p->at >= p->argc)
				return misuse(p, "wants a value: -", one);
			return apply(p, o, *arg ? arg : p->argv[p->at++]);
		}
		rc = apply(p, o, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_operands(const struct parser *p)
{
	const struct cli_command *c = p->cmd;

	if (!c || p->a->help)
		return 0;
	if (p->a->noperands < c->min_operands) {
		cli_warn("%s wants %s; see 'ksurf help %s'", c->name, c->operands, c->name);
		return EXIT_MISUSE;
	}
	if (c->max_operands >= 0 && p->a->noperands > c->max_operands)
		return misuse(p, "too many operands: ", p->a->operands[c->max_operands]);
	return 0;
}

/* The command is the first word that is no option and no option's value; options may stand before it. */
static const struct cli_command *find_command(int argc, char **argv, const char **unknown)
{
	for (int i = 1; i < argc; i++) {
		const struct cli_option *o = NULL;
		const struct cli_command *c;

		if (argv[i][0] != '-' || !argv[i][1]) {
			c = cli_find_command(argv[i]);
			*unknown = c ? NULL : argv[i];
			return c;
		}
		if (argv[i][1] == '-' && !strchr(argv[i], '='))
			o = find_long(NULL, argv[i] + 2, strlen(argv[i] + 2));
		else if (argv[i][1] != '-' && !argv[i][2])
			for (unsigned int k = 0; k < cli_noptions; k++)
				if (cli_options[k].letter == argv[i][1])
					o = &cli_options[k];
		if (o && o->arg)
			i++;
	}
	return NULL;
}

int cli_parse(int argc, char **argv, struct cli_args *args, const struct cli_command **cmd)
{
	const char *unknown = NULL;
	struct parser p = { .a = args, .argc = argc, .at = 1, .argv = argv };
	bool options = true, seen = false;
	int rc = 0;

	*args = (struct cli_args){ .operands = argv + 1 };
	*cmd = p.cmd = find_command(argc, argv, &unknown);
	if (unknown)
		return misuse(&p, "no such command: ", unknown);
	/* Operands are gathered at the front of argv, over what was read already. */
	while (!rc && p.at < argc) {
		char *arg = argv[p.at++];

		if (options && !strcmp(arg, "--"))
			options = false;
		else if (options && arg[0] == '-' && arg[1] == '-')
			rc = parse_long(&p, arg + 2);
		else if (options && arg[0] == '-' && arg[1])
			rc = parse_short(&p, arg + 1);
		else if (!seen)
			seen = true; /* the command itself */
		else
			args->operands[args->noperands++] = arg;
	}
	if (!args->outputs.n)
		VEC_PUSH(&args->outputs, ((struct cli_output){ REPORT_TERM, NULL }));
	return rc ? rc : check_operands(&p);
}
