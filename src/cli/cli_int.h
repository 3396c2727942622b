/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the commands share: parsed arguments, the tables, messages. */
#ifndef KSURF_CLI_INT_H
#define KSURF_CLI_INT_H

#include "cli/cli.h"
#include "extract/extract.h"
#include "report/report.h"

#include <stdio.h>

/* A result in one format, to one place. */
struct cli_output {
	enum report_format format;
	const char *file; /* NULL: stdout */
};

enum cli_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct cli_args {
	const char *db;
	unsigned int nlanes;
	bool quiet, stats, force, help, man;
	enum cli_color color;
	enum report_style style;
	const char *base, *completion;
	uint32_t kinds; /* bit a kind of --kind; 0: not given */
	enum extract_types types;
	const char *config; /* a kernel's config file */
	const char *modules, *module; /* --modules of add, --module of btf; NULL: not given */
	const char *root;	      /* of --running; NULL: not given */
	bool running;
	uint64_t unpack_max; /* 0: not given */
	bool layout, regex;
	uint64_t limit; /* of lines; 0: not given */
	VEC(struct cli_output) outputs; /* at least one after parsing */
	char **operands;
	int noperands;
};

enum cli_option_id {
	OPT_DB,
	OPT_JOBS,
	OPT_QUIET,
	OPT_COLOR,
	OPT_HELP,
	OPT_VERSION,
	OPT_STATS,
	OPT_FORCE,
	OPT_KIND,
	OPT_TYPES,
	OPT_CONFIG,
	OPT_MODULES,
	OPT_MODULE,
	OPT_RUNNING,
	OPT_ROOT,
	OPT_UNPACK_MAX,
	OPT_LAYOUT,
	OPT_LIMIT,
	OPT_REGEX,
	OPT_BASE,
	OPT_STYLE,
	OPT_FORMAT,
	OPT_TABLE_FORMAT, /* the same, of a command whose result is tables */
	OPT_OUTPUT,
	OPT_MAN,
	OPT_COMPLETION,
};

struct cli_option {
	enum cli_option_id id;
	const char *name;
	char letter; /* 0: none */
	const char *arg; /* NULL: takes none; "a|b|c": one of these */
	const char *help;
};

struct cli_command {
	const char *name, *operands, *summary;
	const char *text; /* a paragraph for the man page and `ksurf help COMMAND` */
	int min_operands, max_operands; /* max -1: any number */
	const enum cli_option_id *options; /* besides the global ones */
	unsigned int noptions;
	int (*run)(const struct cli_args *a);
};

extern const struct cli_option cli_options[];
extern const unsigned int cli_noptions;
extern const enum cli_option_id cli_global_options[];
extern const unsigned int cli_nglobal_options;
extern const struct cli_command cli_commands[];
extern const unsigned int cli_ncommands;

const struct cli_command *cli_find_command(const char *name);
const struct cli_option *cli_option_of(enum cli_option_id id);

/* Fills *args from what follows the program's name; *cmd NULL when none was named. EXIT_MISUSE with words. */
int cli_parse(int argc, char **argv, struct cli_args *args, const struct cli_command **cmd);

void cli_help(FILE *to, const struct cli_command *cmd);
void cli_man(FILE *to);
void cli_completion_bash(FILE *to);

/* "ksurf: ..." on stderr. */
void cli_warn(const char *fmt, ...) BASE_PRINTF(1, 2);
/* The same unless --quiet. */
void cli_say(const struct cli_args *a, const char *fmt, ...) BASE_PRINTF(2, 3);
/* Prints the error and returns the exit code that it means. */
int cli_fail(const struct err *err);
/* "72,853" into buf. */
const char *cli_count(uint64_t n, char buf[static 32]);

/* What one construct of a kind is called in a sentence: "function", "struct", "LSM hook". */
const char *cli_kind_name(enum kind k);
/* ", 7,336 structs, 130 unions, ..." of the kinds but functions that the surface has, into out. */
const char *cli_count_kinds(struct buf *out, const struct surface *s);

/* Opens --db or the default store. */
int cli_open_store(const struct cli_args *a, enum store_mode mode, struct store **st, struct err *err);
/* The store, its images and the view of them that reports are made from. */
struct shelf {
	struct store *st;
	struct store_images images;
	struct query_view view;
};

/* Opens --db or the default store with the groups around --base. A store without images is an error. */
int cli_open_shelf(const struct cli_args *a, struct shelf *s, struct err *err);
void cli_close_shelf(struct shelf *s);
/*
 * Writes a result to each output by `render`; `append` for all but a call's first. EXIT_FINE or
 * EXIT_COULD_NOT.
 */
int cli_write(const struct cli_args *a, bool append,
	      void (*render)(struct buf *out, void *ctx, const struct report_options *o), void *ctx);
/* Writes all bytes to a file; false with errno set. */
bool cli_write_all(int fd, const struct buf *b);
/* The lines of --stats: into a text, or on stderr. */
void cli_stages_text(struct buf *out, const struct stages *s);
void cli_print_stages(const struct stages *s);

/* Commands that take long and can be stopped: SIGINT and SIGTERM are noted, and a second one ends at once. */
void cli_catch_stop(void);
bool cli_stopped(void);
/* Ends the process by the signal that was caught, so that whoever started it sees that; returns when there was none. */
void cli_end_stopped(void);

int cmd_add(const struct cli_args *a);
int cmd_images(const struct cli_args *a);
int cmd_remove(const struct cli_args *a);
int cmd_show(const struct cli_args *a);
int cmd_pages(const struct cli_args *a);
int cmd_merge(const struct cli_args *a);
int cmd_import(const struct cli_args *a);
int cmd_export(const struct cli_args *a);
int cmd_btf(const struct cli_args *a);
int cmd_diff(const struct cli_args *a);
int cmd_stats(const struct cli_args *a);
int cmd_search(const struct cli_args *a);
int cmd_help(const struct cli_args *a);

#endif
