// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Worker lanes over a shared job counter, and stage timers. Holds no result of its own.
 */
#define _GNU_SOURCE
#include "base/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define LANES_MAX 256

unsigned int lanes_default(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 1)
		return 1;
	return (unsigned int)CPU_COUNT(&set);
}

struct lanes {
	void (*fn)(void *ctx, unsigned int lane, size_t job);
	void *ctx;
	size_t njobs;
	atomic_size_t next;
};

struct lane_start {
	struct lanes *lanes;
	unsigned int lane;
};

static void *lane_main(void *arg)
{
	struct lane_start *start = arg;
	struct lanes *l = start->lanes;
	size_t job;

	while ((job = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed)) < l->njobs)
		l->fn(l->ctx, start->lane, job);
	return NULL;
}

void lanes_run(unsigned int nlanes, size_t njobs,
	       void (*fn)(void *ctx, unsigned int lane, size_t job), void *ctx)
{
	struct lanes l = { .fn = fn, .ctx = ctx, .njobs = njobs };
	struct lane_start start[LANES_MAX];
	pthread_t threads[LANES_MAX];
	unsigned int n = nlanes > LANES_MAX ? LANES_MAX : nlanes, started = 1;

	if (n > njobs)
		n = (unsigned int)njobs;
	for (unsigned int i = 0; i < n; i++)
		start[i] = (struct lane_start){ &l, i };
	/* A thread that cannot be had is no error: the lanes that are there do its jobs. */
	while (started < n && !pthread_create(&threads[started], NULL, lane_main, &start[started]))
		started++;
	if (n)
		lane_main(&start[0]);
	for (unsigned int i = 1; i < started && i < n; i++)
		pthread_join(threads[i], NULL);
}

uint64_t stage_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

void stage_add(struct stages *s, const char *name, uint64_t start_ns, uint64_t bytes,
	       uint64_t items)
{
	if (s->n < ARRAY_SIZE(s->v))
		s->v[s->n++] = (struct stage){ name, stage_now_ns() - start_ns, bytes, items };
}
