/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What ksurf add's sources share: one input is a job (add_image.c), all of them are a run (cmd_add.c). */
#ifndef KSURF_ADD_INT_H
#define KSURF_ADD_INT_H

#include "cli/cli_int.h"

struct add_run;

/* One input: what is said of it, and what became of its images. */
struct add_job {
	struct add_run *run;
	size_t n;		      /* its place in the order of inputs */
	const char *path;	      /* for messages */
	const struct image_input *in; /* NULL: the running kernel, or an operand that cannot be read */
	struct buf words;	      /* printed when it is its turn */
	struct err err;		      /* the first thing that failed */
	struct stages stages;	      /* of the image that is read now */
	uint64_t start;
	unsigned int nadded, nalready, nreplaced, nfailed; /* images */
};

/* Appends a line to what is said of the job, unless --quiet. */
void add_say(struct add_job *job, const char *fmt, ...) BASE_PRINTF(2, 3);
/* The same of an error, whatever --quiet; counts a failed image. */
void add_failed(struct add_job *job, const struct err *err);
/* Waits until all jobs before this one are at their end: from then on it may store, and no other may. */
void add_take_turn(struct add_job *job);
/* The store, for one thread at a time. */
struct store *add_lock_store(struct add_job *job);
void add_unlock_store(struct add_job *job);
/* Called by extract now and then; ctx is the job. */
void add_progress(void *ctx, uint64_t done, uint64_t total);
const struct cli_args *add_args(const struct add_job *job);
/* Threads that a job may use. */
unsigned int add_lanes(const struct add_job *job);
/* Whether no other job runs beside it. */
bool add_is_alone(const struct add_job *job);

/* Reads the images of an input, or the running kernel, and stores them. */
void add_input(struct add_job *job);

#endif
