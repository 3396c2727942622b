// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one table of commands and options. Parser, help, man page and completions are made from it.
 */
#include "cli/cli_int.h"

const struct cli_option cli_options[] = {
	{ OPT_DB, "db", 0, "FILE",
	  "the store; default $KSURF_DB, then $XDG_DATA_HOME/ksurf/ksurf.db" },
	{ OPT_JOBS, "jobs", 'j', "N", "threads to use; default one a processor" },
	{ OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors" },
	{ OPT_COLOR, "color", 0, "auto|always|never", "colours; auto: on a terminal without NO_COLOR" },
	{ OPT_HELP, "help", 'h', NULL, "this help" },
	{ OPT_VERSION, "version", 0, NULL, "the version" },
	{ OPT_STATS, "stats", 0, NULL, "print a line a pass: wall time, bytes, items" },
	{ OPT_FORCE, "force", 0, NULL, "keep what is readable of an image that is badly damaged" },
	{ OPT_KIND, "kind", 0, "KIND", "func, struct, union, enum, typedef, field, tracepoint, lsm, kfunc, syscall, "
				       "config or feature; several with commas or given again" },
	{ OPT_TYPES, "types", 0, "auto|btf|dwarf", "where types come from; auto: the image's .BTF, else DWARF" },
	{ OPT_CONFIG, "config", 0, "FILE", "the config that the kernel was built with" },
	{ OPT_MODULES, "modules", 0, "NAMES", "modules to read with their kernel: names with commas, all, or none; "
					      "default none, since all of a distribution's cost ten kernels" },
	{ OPT_MODULE, "module", 0, "NAME", "the split BTF of this module, whose base is the kernel's" },
	{ OPT_RUNNING, "running", 0, NULL, "the running kernel: what /proc, /sys and /boot tell of it" },
	{ OPT_ROOT, "root", 0, "DIR", "where the proc, sys and boot of --running are; default /" },
	{ OPT_UNPACK_MAX, "unpack-max", 0, "SIZE", "unpack at most so much of one file (K, M, G); default 16G, 4G of a "
						     "kernel or module that is compressed by itself" },
	{ OPT_LAYOUT, "layout", 0, NULL, "sizes, offsets and bitfields too" },
	{ OPT_LIMIT, "limit", 0, "N", "print at most N lines" },
	{ OPT_REGEX, "regex", 'E', NULL, "PATTERN is a regular expression, not a glob" },
	{ OPT_BASE, "base", 0, "IMAGE", "the image that groups are made around; default the one with the "
					"most relatives" },
	{ OPT_STYLE, "style", 0, "ksurf|depsurf", "Markdown: C that compiles and real changes only, or the "
						  "published pages byte for byte" },
	{ OPT_FORMAT, "format", 0, "term|md|json", "the form of the result; may be given more than once, each with its "
						   "own --output" },
	{ OPT_TABLE_FORMAT, "format", 0, "term|md|json|csv", "the form of the tables; may be given more than once, each "
							     "with its own --output" },
	{ OPT_OUTPUT, "output", 'o', "FILE", "where the format before it goes; default stdout" },
	{ OPT_MAN, "man", 0, NULL, "the whole manual as a man page" },
	{ OPT_COMPLETION, "completion", 0, "bash", "a completion script" },
};
const unsigned int cli_noptions = ARRAY_SIZE(cli_options);

const enum cli_option_id cli_global_options[] = { OPT_DB,    OPT_JOBS, OPT_QUIET,
						  OPT_COLOR, OPT_HELP, OPT_VERSION };
const unsigned int cli_nglobal_options = ARRAY_SIZE(cli_global_options);

#define OPTIONS(...)                                 \
	.options = (const enum cli_option_id[]){ __VA_ARGS__ }, \
	.noptions = sizeof((enum cli_option_id[]){ __VA_ARGS__ }) / sizeof(enum cli_option_id)

const struct cli_command cli_commands[] = {
	{ "add", "PATH...", "read kernels into the store",
	  "PATH is what you have: an ELF kernel (vmlinux) of any architecture and byte order, a package that holds one "
	  "(.deb, .ddeb, .rpm, .pkg.tar.zst, any tar), a kernel as it boots (vmlinuz, Image, zImage), raw BTF, or a "
	  "folder, which is walked whole: each kernel in it is an image, with the modules and the config that lie there "
	  "for the same release. Nothing needs to be unpacked. With DWARF all is known: "
	  "functions with instances, locations, inlining, callers, symbols and prototypes; structs, unions, enums, typedefs "
	  "and BPF features; tracepoints, LSM hooks, kfuncs, system calls and where functions can be attached to. Of what "
	  "lacks it the rest is known, and what is not is said. --running needs no PATH and no privilege. "
	  "An image is stored wholly or not at all; the same build again changes nothing, or replaces an image that tells "
	  "less. An image that cannot be read does not stop the others: exit 3 at the end. Many are read at once, "
	  "--jobs and memory permitting, and stored in the order of their paths.",
	  0, -1, OPTIONS(OPT_MODULES, OPT_RUNNING, OPT_ROOT, OPT_TYPES, OPT_CONFIG, OPT_UNPACK_MAX, OPT_STATS, OPT_FORCE),
	  .run = cmd_add },
	{ "images", "", "list the images of the store", NULL, 0, 0, OPTIONS(OPT_FORMAT, OPT_OUTPUT),
	  .run = cmd_images },
	{ "remove", "IMAGE...", "remove images and give the space back",
	  "IMAGE is any unambiguous part of an image's name.", 1, -1, .run = cmd_remove },
	{ "show", "NAME...", "report a function, or another construct, over all images",
	  "Its status in each image (of a function: prototype, collision, inlining, transformation, instances, "
	  "callers, symbols) and the differences between images, in the groups Regular (version), Arch and "
	  "Flavor. Of a struct its layout; task_struct::state is a field, with where it went when it is gone. "
	  "Without --kind, each kind that has the name, functions first. A name that no image has: exit 1, with "
	  "the nearest names of the kinds that were asked for.",
	  1, -1, OPTIONS(OPT_KIND, OPT_BASE, OPT_STYLE, OPT_FORMAT, OPT_OUTPUT), .run = cmd_show },
	{ "pages", "DIR", "write the report of every function, or of other kinds, below DIR",
	  "One file each, DIR/v/vfs_read.md: the folder is the name's first letter in lower case, or _ when "
	  "it has none. With several kinds DIR/struct/f/file.md, a folder a kind. A field's is "
	  "DIR/f/file::f_mode.md.",
	  1, 1, OPTIONS(OPT_KIND, OPT_BASE, OPT_STYLE, OPT_FORMAT, OPT_STATS), .run = cmd_pages },
	{ "search", "PATTERN", "names of all kinds that match, and the images that have them",
	  "PATTERN is a glob (*, ?, [a-z]) that must match a whole name: 'tcp_*_sendmsg'. With -E it is a regular "
	  "expression (PCRE2) that matches anywhere in a name. A field or enumerator matches by its own name "
	  "('*state*'), or, where PATTERN has '::', with that of its struct or enum ('task_struct::*state*'). "
	  "Fields come last. At most 200 names are printed (--limit). Nothing matches: exit 1. A pattern that "
	  "is malformed or takes too long: exit 2.",
	  1, 1, OPTIONS(OPT_REGEX, OPT_KIND, OPT_LIMIT, OPT_FORMAT, OPT_OUTPUT), .run = cmd_search },
	{ "diff", "OLD NEW", "what changes between two images",
	  "OLD and NEW are any unambiguous parts of images' names. A table of counts for each kind (a name counts "
	  "once a kind of change; shares are of OLD's names), then each name that differs, in name order: + came, "
	  "- went, ~ changed. Functions differ by prototype, inlining, ambiguity and suffixes of their "
	  "symbols. --layout adds sizes, offsets and bitfields, and what CO-RE makes of each change: absorbed, "
	  "sized (right only where the access relocates the size too, as BPF_CORE_READ_BITFIELD does), unknown or "
	  "broken. "
	  "Exit 1 when there are differences.",
	  2, 2, OPTIONS(OPT_KIND, OPT_LAYOUT, OPT_FORMAT, OPT_OUTPUT), .run = cmd_diff },
	{ "stats", "[IMAGE...]", "tables over all images, or those named",
	  "Each image's constructs, collisions, inlining and transformed symbols; what changes between neighbours of "
	  "the groups Regular, Arch and Flavor. With --format csv one long table.",
	  0, -1, OPTIONS(OPT_BASE, OPT_TABLE_FORMAT, OPT_OUTPUT), .run = cmd_stats },
	{ "btf", "IMAGE", "write an image's types as BTF",
	  "IMAGE is a file as add takes it (kernel, package, boot image), or an image of the store. The types are those of "
	  "its .BTF, byte for byte, or else made from DWARF, as BTF that bpftool and libbpf (btf_custom_path) read.",
	  1, 1, OPTIONS(OPT_MODULE, OPT_TYPES, OPT_OUTPUT, OPT_UNPACK_MAX, OPT_STATS, OPT_FORCE), .run = cmd_btf },
	{ "merge", "STORE...", "add all images of other stores",
	  "Stores made on other machines, of this version or an older one; they are only read. Of each image it is said "
	  "what happened: added, there already, or in place of one of the same build that told less. The order of "
	  "stores does not matter. A store that cannot be read does not stop the others: exit 3 at the end.",
	  1, -1, .run = cmd_merge },
	{ "import", "DIR", "import images in the open dataset layout",
	  "DIR holds IMAGE.jsonl in func_groups, types_func, types_struct, types_union, types_enum and "
	  "tracepoints, syscalls/IMAGE.json and config/IMAGE.config, or some of these; LSM hooks follow from "
	  "functions and structs. Nothing is lost: an export gives the same lines. A broken line is reported with "
	  "file and line, and nothing of its image is kept.",
	  1, 1, OPTIONS(OPT_STATS), .run = cmd_import },
	{ "export", "DIR [IMAGE...]", "write images in the open dataset layout", "All images, or those named.",
	  1, -1, .run = cmd_export },
	{ "help", "[COMMAND]", "tell how to use ksurf or a command", NULL, 0, 1,
	  OPTIONS(OPT_MAN, OPT_COMPLETION), .run = cmd_help },
};
const unsigned int cli_ncommands = ARRAY_SIZE(cli_commands);

const struct cli_command *cli_find_command(const char *name)
{
	for (unsigned int i = 0; i < cli_ncommands; i++)
		if (!strcmp(cli_commands[i].name, name))
			return &cli_commands[i];
	return NULL;
}

const struct cli_option *cli_option_of(enum cli_option_id id)
{
	for (unsigned int i = 0; i < cli_noptions; i++)
		if (cli_options[i].id == id)
			return &cli_options[i];
	return NULL;
}
