// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bytes that are being unpacked: in memory as long as they are few for this machine (an eighth of it, at most
 * 1 GiB; $KSURF_UNPACK_MEMORY in bytes), else in a temporary file without a name. Memory first, since a kernel's
 * 600 MB cost as much to be written to a file as a tenth of what it takes to decompress them. Knows nothing of
 * what is in them.
 */
#define _GNU_SOURCE /* O_TMPFILE, MAP_ANONYMOUS */
#include "image/parts_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_MAX (1ull << 30)

void spool_init(struct spool *s)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES), page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t eighth = pages / 8 * page;
	const char *wanted = getenv("KSURF_UNPACK_MEMORY");

	*s = (struct spool){ .fd = -1, .room = eighth < MEMORY_MAX ? eighth : MEMORY_MAX };
	if (wanted && *wanted)
		s->room = strtoull(wanted, NULL, 10) / page * page;
}

static void unmap(struct spool *s)
{
	if (s->map)
		munmap(s->map, s->mapped);
	s->map = NULL;
	s->mapped = 0;
}

void spool_done(struct spool *s)
{
	unmap(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static const char *folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static int open_file(struct spool *s, struct err *err)
{
	const char *dir = folder();
	char name[512];

	s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0 && snprintf(name, sizeof(name), "%s/ksurf-XXXXXX", dir) < (int)sizeof(name)) {
		s->fd = mkostemp(name, O_CLOEXEC);
		if (s->fd >= 0)
			unlink(name);
	}
	if (s->fd < 0)
		return err_set(err, ERR_IO, dir, ERR_NO_OFFSET,
			       "no temporary file can be made there: %s (TMPDIR names another folder)", strerror(errno));
	return 0;
}

static int write_file(struct spool *s, const char *where, const uint8_t *from, uint64_t n, uint64_t at, struct err *err)
{
	while (n) {
		ssize_t done = pwrite(s->fd, from, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_set(err, ERR_IO, where, ERR_NO_OFFSET,
				       "cannot be unpacked into a temporary file in %s: %s (TMPDIR names another folder)",
				       folder(), strerror(errno));
		from += done;
		at += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

/* The memory is an address range: what is never written costs nothing. */
static bool has_memory(struct spool *s)
{
	if (!s->map && s->fd < 0 && s->room) {
		void *map = mmap(NULL, s->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map != MAP_FAILED) {
			madvise(map, s->room, MADV_HUGEPAGE);
			s->map = map;
			s->mapped = s->room;
		}
	}
	return s->map && s->fd < 0;
}

/* From memory into a file. */
static int spill(struct spool *s, const char *where, struct err *err)
{
	int rc = s->fd < 0 ? open_file(s, err) : 0;

	if (!rc && s->map && s->length)
		rc = write_file(s, where, s->map, s->length, 0, err);
	unmap(s);
	return rc;
}

int spool_put(struct spool *s, const char *where, const void *data, uint64_t n, uint64_t at, struct err *err)
{
	int rc = 0;

	if (has_memory(s) && at <= s->room && n <= s->room - at) {
		memcpy(s->map + at, data, n);
	} else {
		if (s->fd < 0)
			rc = spill(s, where, err);
		rc = rc ? rc : write_file(s, where, data, n, at, err);
	}
	if (!rc && at + n > s->length)
		s->length = at + n;
	return rc;
}

int spool_cut(struct spool *s, const char *where, uint64_t length, struct err *err)
{
	int rc = 0;

	if (has_memory(s) && length <= s->room) {
		if (length < s->length)
			memset(s->map + length, 0, s->length - length);
	} else {
		if (s->fd < 0)
			rc = spill(s, where, err);
		if (!rc && ftruncate(s->fd, (off_t)length))
			rc = err_set(err, ERR_IO, where, ERR_NO_OFFSET, "cannot be unpacked into a temporary file: %s",
				     strerror(errno));
	}
	if (!rc)
		s->length = length;
	return rc;
}

const uint8_t *spool_bytes(struct spool *s)
{
	if (s->fd < 0 || !s->length)
		return s->map;
	if (s->mapped != s->length) {
		void *map;

		unmap(s);
		map = mmap(NULL, s->length, PROT_READ, MAP_SHARED, s->fd, 0);
		if (map == MAP_FAILED)
			return NULL;
		s->map = map;
		s->mapped = s->length;
	}
	return s->map;
}
