// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the unpacking of packages: any bytes give parts whose ranges hold and that are within the limit, or an error
 * with words and nothing else. The first byte of an input is options.
 */
#define _GNU_SOURCE /* memfd_create */
#include "image/image.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIMIT (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void check_parts(const struct image_parts *p, size_t size)
{
	uint64_t total = 0, sum = 0;
	int kind = PART_KERNEL;

	check(image_nparts(p) && image_part(p, 0)->kind == PART_KERNEL, "no kernel");
	for (size_t i = 0; i < image_nparts(p); i++) {
		const struct image_part *part = image_part(p, i);

		check((int)part->kind >= kind, "order");
		kind = (int)part->kind;
		check(part->path[0] && part->release, "no name");
		for (uint64_t k = 0; k < part->size; k++)
			sum += part->data[k];
		total += part->size;
	}
	check(total <= LIMIT || total <= size, "more than the limit");
	check(sum <= total * 255, "sum");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const modules[] = { NULL, "all", "one,two", "a" };
	struct image_parts_options o = { .limit = LIMIT };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct image_parts *p = NULL;
	struct err err = ERR_INIT;
	char path[64];
	const char *files[] = { path };
	struct image_input in = { path, files, 1 };

	check(fd >= 0, "no memory for a file");
	if (size) {
		o.modules = modules[data[0] & 3];
		o.nlanes = data[0] & 4 ? 2 : 1;
		data++;
		size--;
	}
	check(write(fd, data, size) == (ssize_t)size, "write");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!image_parts_open(&in, &o, &p, &err))
		check_parts(p, size);
	else
		check(err.code && err.msg[0] && !p, "an error without words");
	image_parts_close(p);
	close(fd);
	return 0;
}
