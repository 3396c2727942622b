// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf import and export: images in the open dataset layout, into the store and out of it.
 */
#include "cli/cli_int.h"
#include "dataset/dataset.h"

#include <pthread.h>

/* One image on its way from JSON lines to the store. */
struct import_job {
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct err err;
	int rc;
	bool read;
};

/*
 * Readers take images in order and run ahead of the writer by a few, so that memory is bounded by
 * `ahead` images and the store is written in the dataset's order.
 */
struct import {
	const char *dir;
	const struct dataset_images *images;
	struct import_job *jobs;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t next, written, ahead;
};

static void read_job(struct import *im, size_t i)
{
	struct import_job *j = &im->jobs[i];

	strtab_init(&j->str);
	type_table_init(&j->types);
	surface_init(&j->s, &j->str, &j->types);
	err_clear(&j->err);
	j->rc = dataset_read(im->dir, im->images->names.v[i], &j->s, &j->err);
}

static void free_job(struct import_job *j)
{
	surface_done(&j->s);
	type_table_done(&j->types);
	strtab_done(&j->str);
}

static void *reader_main(void *arg)
{
	struct import *im = arg;
	size_t i;

	pthread_mutex_lock(&im->lock);
	for (;;) {
		while (im->next < im->images->names.n && im->next >= im->written + im->ahead)
			pthread_cond_wait(&im->moved, &im->lock);
		if (im->next >= im->images->names.n)
			break;
		i = im->next++;
		pthread_mutex_unlock(&im->lock);
		read_job(im, i);
		pthread_mutex_lock(&im->lock);
		im->jobs[i].read = true;
		pthread_cond_broadcast(&im->moved);
	}
	pthread_mutex_unlock(&im->lock);
	return NULL;
}

static int store_job(const struct cli_args *a, struct store *st, struct import_job *j, const char *image,
		     struct stages *stages)
{
	enum store_added added;
	const char *name;
	char groups[32];
	struct buf kinds = { 0 };

	if (j->rc)
		return cli_fail(&j->err);
	if (store_add_image(st, &j->s, a->nlanes ? a->nlanes : lanes_default(), &added, &name, stages, &j->err))
		return cli_fail(&j->err);
	if (added == STORE_ALREADY)
		cli_say(a, "%s is in the store already; nothing was changed", image);
	else
		cli_say(a, "imported %s: %s functions%s", name, cli_count(j->s.funcs.n, groups),
			cli_count_kinds(&kinds, &j->s));
	buf_done(&kinds);
	return EXIT_FINE;
}

static size_t import_all(const struct cli_args *a, struct import *im, struct store *st)
{
	unsigned int nreaders = a->nlanes ? a->nlanes : lanes_default(), started = 0;
	pthread_t *threads = base_calloc(nreaders, sizeof(*threads));
	size_t failed = 0;

	im->ahead = nreaders + 1;
	while (started < nreaders && !pthread_create(&threads[started], NULL, reader_main, im))
		started++;
	for (size_t i = 0; i < im->images->names.n; i++) {
		struct stages stages = { .n = 0 };
		struct import_job *j = &im->jobs[i];

		if (!started)
			read_job(im, i);
		pthread_mutex_lock(&im->lock);
		while (started && !j->read)
			pthread_cond_wait(&im->moved, &im->lock);
		pthread_mutex_unlock(&im->lock);
		failed += store_job(a, st, j, im->images->names.v[i], &stages) != EXIT_FINE;
		if (a->stats)
			cli_print_stages(&stages);
		free_job(j);
		pthread_mutex_lock(&im->lock);
		im->written++;
		pthread_cond_broadcast(&im->moved);
		pthread_mutex_unlock(&im->lock);
	}
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return failed;
}

int cmd_import(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct dataset_images images;
	struct store *st;
	struct import im = { .dir = a->operands[0], .images = &images };
	size_t failed;

	if (dataset_list(im.dir, &images, &err))
		return cli_fail(&err);
	if (cli_open_store(a, STORE_WRITE, &st, &err)) {
		dataset_images_done(&images);
		return cli_fail(&err);
	}
	pthread_mutex_init(&im.lock, NULL);
	pthread_cond_init(&im.moved, NULL);
	im.jobs = base_calloc(images.names.n, sizeof(*im.jobs));
	failed = import_all(a, &im, st);
	if (failed)
		cli_warn("%zu of %zu images could not be imported", failed, images.names.n);
	free(im.jobs);
	pthread_cond_destroy(&im.moved);
	pthread_mutex_destroy(&im.lock);
	store_close(st);
	dataset_images_done(&images);
	return failed ? EXIT_COULD_NOT : EXIT_FINE;
}

static int export_one(const struct cli_args *a, struct store *st, const struct store_image *image,
		      struct surface *s, struct err *err)
{
	static const enum kind kinds[] = { KIND_STRUCT,	    KIND_UNION,	  KIND_ENUM,
					   KIND_TRACEPOINT, KIND_SYSCALL, KIND_CONFIG };
	int rc;

	surface_reset(s);
	s->info = image->info;
	rc = store_load_image(st, image->id, s, err);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(kinds); i++)
		rc = store_load_constructs(st, image->id, kinds[i], s, err);
	rc = rc ? rc : dataset_write(a->operands[0], s, err);
	if (!rc)
		cli_say(a, "exported %s", image->info.name);
	return rc;
}

/* True when the image is among those named, or none is named. */
static bool wanted(const bool *named, const struct cli_args *a, size_t i)
{
	return a->noperands == 1 || named[i];
}

int cmd_export(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct store_images images;
	struct surface s;
	struct store *st;
	bool *named;
	int rc = EXIT_FINE;

	if (cli_open_store(a, STORE_READ, &st, &err))
		return cli_fail(&err);
	if (store_images(st, &images, &err)) {
		store_close(st);
		return cli_fail(&err);
	}
	named = base_calloc(images.images.n, sizeof(*named));
	for (int i = 1; i < a->noperands && !rc; i++) {
		uint32_t found;

		if (query_find_image(&images, a->operands[i], &found, &err))
			rc = cli_fail(&err);
		else
			named[found] = true;
	}
	surface_init(&s, store_strtab(st), store_types(st));
	for (size_t i = 0; i < images.images.n && !rc; i++)
		if (wanted(named, a, i) && export_one(a, st, &images.images.v[i], &s, &err))
			rc = cli_fail(&err);
	surface_done(&s);
	free(named);
	store_images_done(&images);
	store_close(st);
	return rc;
}
