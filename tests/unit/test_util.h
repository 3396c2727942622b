/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What several unit tests need: a folder of their own for the length of the program; a file's bytes. */
#ifndef KSURF_TEST_UTIL_H
#define KSURF_TEST_UTIL_H

#include "base/base.h"

#include <stdio.h>
#include <unistd.h>

#define TEST_UNUSED __attribute__((unused))

static TEST_UNUSED char folder[256];

static TEST_UNUSED int folder_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/ksurf-test-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	return !mkdtemp(folder);
}

static TEST_UNUSED int folder_teardown(void **state)
{
	char cmd[300];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", folder);
	return system(cmd);
}

/* The bytes of a file and a NUL behind them, or NULL; free() it. */
static TEST_UNUSED char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	size_t n;

	*size = 0;
	if (!f)
		return NULL;
	do {
		buf_grow(&b, 1 << 16);
		n = fread(b.v + b.n, 1, 1 << 16, f);
		b.n += n;
	} while (n);
	fclose(f);
	*size = b.n;
	buf_z(&b);
	return b.v;
}

#endif
