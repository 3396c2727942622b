// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf add: kernel images into the store, one transaction each.
 */
#include "cli/cli_int.h"
#include "extract/extract.h"

#include <unistd.h>

#define PROGRESS_NS 100000000ull

/* The line that a terminal shows while an image is read. */
struct progress {
	const char *path;
	uint64_t last_ns;
};

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;
	uint64_t now = stage_now_ns();

	if (now - p->last_ns < PROGRESS_NS)
		return;
	p->last_ns = now;
	fprintf(stderr, "\r\033[K%s: %llu %%", p->path,
		(unsigned long long)(total ? done * 100 / total : 100));
}

static void clear_progress(const struct progress *p)
{
	if (p->last_ns)
		fputs("\r\033[K", stderr);
}

static void say_added(const struct cli_args *a, const struct surface *s, const char *name)
{
	uint64_t ngroups = 0, nprotos = 0;
	char groups[32], instances[32], protos[32];
	struct buf kinds = { 0 };

	for (size_t i = 0; i < s->funcs.n; i++) {
		ngroups += func_has_group(&s->funcs.v[i]);
		nprotos += func_has_proto(&s->funcs.v[i]);
	}
	cli_say(a, "added %s: %s functions, %s instances, %s prototypes", name, cli_count(ngroups, groups),
		cli_count(s->instances.n, instances), cli_count(nprotos, protos));
	if (*cli_count_kinds(&kinds, s))
		cli_say(a, "  %s", buf_z(&kinds) + 2);
	buf_done(&kinds);
	for (uint32_t i = 0; i < s->info.nfindings; i++)
		cli_say(a, "  %s (%llu): %s", s->info.findings[i].code,
			(unsigned long long)s->info.findings[i].count, s->info.findings[i].message);
}

static int extract_and_store(const struct cli_args *a, struct store *st, struct image *img, struct surface *s,
			     struct err *err)
{
	struct progress p = { .path = image_path(img) };
	bool tty = !a->quiet && isatty(STDERR_FILENO);
	struct stages stages = { .n = 0 };
	uint64_t start = stage_now_ns();
	struct extract_options o = {
		.config = a->config,
		.nlanes = a->nlanes,
		.force = a->force,
		.types = a->types,
		.stages = &stages,
		.progress = tty ? show_progress : NULL,
		.ctx = &p,
	};
	enum store_added added;
	const char *name;
	int rc = extract_image(img, &o, s, err);

	rc = rc ? rc : store_add_image(st, s, a->nlanes ? a->nlanes : lanes_default(), &added, &name, &stages, err);
	clear_progress(&p);
	if (rc)
		return rc;
	stage_add(&stages, "all", start, image_file_size(img), s->funcs.n);
	if (a->stats)
		cli_print_stages(&stages);
	if (added == STORE_ALREADY)
		cli_say(a, "%s: %s is in the store already; nothing was changed", image_path(img), name);
	else
		say_added(a, s, name);
	if (added == STORE_RENAMED)
		cli_say(a, "  another build of %s is in the store, so this one is called %s", s->info.name, name);
	return 0;
}

static int add_one(const struct cli_args *a, struct store *st, const char *path, struct err *err)
{
	struct image *img;
	struct strtab str;
	struct type_table types;
	struct surface s;
	bool found = false;
	uint32_t id;
	int rc = image_open(path, &img, err);

	if (rc)
		return rc;
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	rc = extract_identity(img, &s, err);
	rc = rc ? rc : store_find_build(st, &s.info, &found, &id, err);
	if (!rc && found)
		cli_say(a, "%s: %s is in the store already; nothing was changed", path, s.info.name);
	else if (!rc)
		rc = extract_and_store(a, st, img, &s, err);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	image_close(img);
	return rc;
}

int cmd_add(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct store *st;
	int failed = 0;

	if (a->config && a->noperands > 1) {
		cli_warn("--config is of one image: add the images one by one");
		return EXIT_MISUSE;
	}
	if (cli_open_store(a, STORE_WRITE, &st, &err))
		return cli_fail(&err);
	for (int i = 0; i < a->noperands; i++) {
		err_clear(&err);
		if (add_one(a, st, a->operands[i], &err)) {
			cli_fail(&err);
			failed++;
		}
	}
	store_close(st);
	if (failed && a->noperands > 1)
		cli_warn("%d of %d images could not be added", failed, a->noperands);
	return failed ? EXIT_COULD_NOT : EXIT_FINE;
}
