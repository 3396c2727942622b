// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf btf: an image's types as raw BTF, or the split BTF of one of its modules. The image is what a file holds
 * (kernel, package, boot image), or one of the store.
 */
#include "cli/cli_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_write(const char *path, struct err *err)
{
	return err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be written: %s", strerror(errno));
}

static int write_all(int fd, const struct buf *b, const char *path, struct err *err)
{
	return cli_write_all(fd, b) ? 0 : cannot_write(path, err);
}

/* Under a name of its own until it is whole, so that FILE is never half written. */
static int write_file(const char *path, const struct buf *b, struct err *err)
{
	struct buf temporary = { 0 };
	struct stat st;
	int fd, rc;

	/* A pipe or a device is written as it is. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		rc = fd < 0 ? cannot_write(path, err) : write_all(fd, b, path, err);
		if (fd >= 0 && close(fd) && !rc)
			rc = cannot_write(path, err);
		return rc;
	}
	buf_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
	fd = open(buf_z(&temporary), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		rc = cannot_write(path, err);
	} else {
		rc = write_all(fd, b, path, err);
		if (close(fd) && !rc)
			rc = cannot_write(path, err);
		if (!rc && rename(buf_z(&temporary), path))
			rc = cannot_write(path, err);
		if (rc)
			unlink(buf_z(&temporary));
	}
	buf_done(&temporary);
	return rc;
}

static void say_finding(void *ctx, const struct finding *f)
{
	cli_say(ctx, "  %s (%llu): %s", f->code, (unsigned long long)f->count, f->message);
}

static const struct image_part *find_part(const struct image_parts *parts, enum image_part_kind kind)
{
	for (size_t i = 0; i < image_nparts(parts); i++)
		if (image_part(parts, i)->kind == kind)
			return image_part(parts, i);
	return NULL;
}

/* Split BTF is a section of its own; nothing is made of it, nor checked against a kernel. */
static int btf_of_module(struct image *img, struct buf *ret, struct err *err)
{
	struct image_bytes b;
	int rc = image_section(img, ".BTF", &b, err);

	if (!rc && !b.size)
		rc = err_set(err, ERR_MISSING, image_path(img), ERR_NO_OFFSET, "has no .BTF");
	if (!rc)
		buf_put(ret, b.data, b.size);
	return rc;
}

static int btf_of_part(const struct cli_args *a, const struct image_part *part, struct stages *stages, struct buf *ret,
		       struct err *err)
{
	struct extract_options o = {
		.types = a->types,
		.nlanes = a->nlanes,
		.force = a->force,
		.stages = stages,
		.finding = say_finding,
		.ctx = (void *)a,
	};
	struct image *img;
	int rc = image_open_part(part, &img, err);

	if (rc)
		return rc;
	rc = part->kind == PART_MODULE ? btf_of_module(img, ret, err) : extract_btf(img, &o, ret, err);
	image_close(img);
	return rc;
}

static int btf_of_input(const struct cli_args *a, const struct image_input *in, struct stages *stages, struct buf *ret,
			struct err *err)
{
	struct image_parts_options o = {
		.modules = a->module, .limit = a->unpack_max, .nlanes = a->nlanes ? a->nlanes : lanes_default(), .stages = stages
	};
	const struct image_part *part;
	struct image_parts *parts;
	int rc = image_parts_open(in, &o, &parts, err);

	if (rc)
		return rc;
	part = find_part(parts, a->module ? PART_MODULE : PART_KERNEL);
	if (part)
		rc = btf_of_part(a, part, stages, ret, err);
	else
		rc = err_set(err, ERR_MISSING, in->path, ERR_NO_OFFSET, "holds no %s%s", a->module ? "module " : "kernel",
			     a->module ? a->module : "");
	image_parts_close(parts);
	return rc;
}

static int btf_of_file(const struct cli_args *a, char *path, struct stages *stages, struct buf *ret, struct err *err)
{
	struct image_inputs in;
	int rc = image_inputs_find(&path, 1, &in, err);

	if (rc)
		return rc;
	if (in.v.n == 1)
		rc = btf_of_input(a, &in.v.v[0], stages, ret, err);
	else
		rc = err_set(err, ERR_USAGE, path, ERR_NO_OFFSET, "holds %zu kernels; name one of them", in.v.n);
	image_inputs_done(&in);
	return rc;
}

static int btf_of_store(const struct cli_args *a, const char *name, struct buf *ret, struct err *err)
{
	struct store_images images;
	struct store *st;
	uint32_t i;
	int rc = cli_open_store(a, STORE_READ, &st, err);

	if (rc)
		return rc;
	rc = store_images(st, &images, err);
	if (!rc) {
		rc = query_find_image(&images, name, &i, err);
		if (!rc && a->module)
			rc = store_image_module_btf(st, images.images.v[i].id, a->module, ret, err);
		else if (!rc)
			rc = store_image_btf(st, images.images.v[i].id, ret, err);
		store_images_done(&images);
	}
	store_close(st);
	return rc;
}

int cmd_btf(const struct cli_args *a)
{
	const char *to = a->outputs.n ? a->outputs.v[0].file : NULL;
	struct stages stages = { .n = 0 };
	uint64_t start = stage_now_ns();
	struct err err = ERR_INIT;
	struct buf btf = { 0 };
	char *name = a->operands[0];
	int rc;

	if (!to && isatty(STDOUT_FILENO)) {
		cli_warn("BTF is not for a terminal: -o FILE, or redirect it");
		return EXIT_MISUSE;
	}
	/* What looks like a path is one, so that a file that is not there is told as that. */
	if (strchr(name, '/') || !access(name, F_OK))
		rc = btf_of_file(a, name, &stages, &btf, &err);
	else
		rc = btf_of_store(a, name, &btf, &err);
	if (!rc)
		rc = to ? write_file(to, &btf, &err) : write_all(STDOUT_FILENO, &btf, "stdout", &err);
	if (!rc && a->stats) {
		stage_add(&stages, "all", start, btf.n, 1);
		cli_print_stages(&stages);
	}
	buf_done(&btf);
	if (!rc)
		return EXIT_FINE;
	cli_fail(&err);
	return EXIT_COULD_NOT;
}
