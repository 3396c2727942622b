// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who an image is, from what it carries: linux_banner (init/version.c), the GNU build id note,
 * .comment, the ELF header. The file's name only fills what the image lacks.
 */
#define _GNU_SOURCE /* memmem */
#include "image/image_int.h"

#include <stdio.h>

#define BANNER_MAX 1024
#define NOTE_GNU_BUILD_ID 3

static const char *banner_text(struct arena *a, const uint8_t *p, uint64_t size)
{
	uint64_t n = 0;

	while (n < size && n < BANNER_MAX && p[n] && p[n] != '\n')
		n++;
	return arena_strndup(a, (const char *)p, n);
}

/* The banner by its symbol, else the first "Linux version <digit>" of the image's data. */
static const char *find_banner(struct image *img, struct arena *a)
{
	static const char start[] = "Linux version ";
	struct image_bytes at = image_at(img, image_symbol_value(img, "linux_banner"));

	if (at.size > sizeof(start) && !memcmp(at.data, start, sizeof(start) - 1))
		return banner_text(a, at.data, at.size);
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];
		const uint8_t *p = sec->bytes.data, *end, *hit;

		if (!p || !(sec->hdr.sh_flags & SHF_ALLOC) || (sec->hdr.sh_flags & SHF_EXECINSTR))
			continue;
		for (end = p + sec->bytes.size;
		     (hit = memmem(p, (size_t)(end - p), start, sizeof(start) - 1)); p = hit + 1)
			if (hit + sizeof(start) < end && hit[sizeof(start) - 1] >= '0' &&
			    hit[sizeof(start) - 1] <= '9')
				return banner_text(a, hit, (uint64_t)(end - hit));
	}
	return "";
}

bool image_note_build_id(struct image_bytes notes, bool swap, struct buf *hex)
{
	struct cur c = cur_init(notes.data, notes.size, swap);

	while (cur_left(&c) >= 12) {
		uint32_t namesz = cur_u32(&c), descsz = cur_u32(&c), type = cur_u32(&c);
		const uint8_t *name = c.p, *desc;

		cur_skip(&c, ((uint64_t)namesz + 3) & ~3ull);
		desc = c.p;
		cur_skip(&c, ((uint64_t)descsz + 3) & ~3ull);
		if (c.bad || type != NOTE_GNU_BUILD_ID || namesz != 4 || memcmp(name, "GNU", 4) || descsz > 64)
			continue;
		for (uint32_t k = 0; k < descsz; k++)
			buf_printf(hex, "%02x", desc[k]);
		return true;
	}
	return false;
}

static const char *find_build_id(struct image *img, struct arena *a)
{
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];
		struct buf hex = { 0 };
		const char *text;

		if (sec->hdr.sh_type != SHT_NOTE || !image_note_build_id(sec->bytes, image_swapped(img), &hex))
			continue;
		text = arena_strndup(a, hex.v, hex.n);
		buf_done(&hex);
		return text;
	}
	return "";
}

static const char *find_comment(struct image *img, struct arena *a)
{
	const struct image_sec *sec = image_find_sec(img, ".comment");
	uint64_t n = 0, from;

	if (!sec || !sec->bytes.data)
		return "";
	/* A linked module may begin with an empty one. */
	while (n < sec->bytes.size && !sec->bytes.data[n])
		n++;
	from = n;
	while (n < sec->bytes.size && sec->bytes.data[n])
		n++;
	return arena_strndup(a, (const char *)sec->bytes.data + from, n - from);
}

/* The release in "Linux version RELEASE (...", or in a file name vmlinux-RELEASE; "" when neither. */
static const char *find_release(const struct image *img, struct arena *a, const char *banner)
{
	const char *slash = strrchr(img->path, '/'), *file = slash ? slash + 1 : img->path;
	const char *p = banner;

	if (!strncmp(p, "Linux version ", 14)) {
		p += 14;
		return arena_strndup(a, p, strcspn(p, " "));
	}
	while (*file && (*file < '0' || *file > '9'))
		file++;
	return arena_strndup(a, file, strlen(file));
}

/* Of a module: vermagic, or, where the file holds debug information only, the folder: lib/modules/RELEASE/. */
static const char *module_release(struct image *img, struct arena *a)
{
	const char *release = image_modinfo(img).release, *folder = strstr(img->path, "lib/modules/");

	if (*release || !folder)
		return arena_strndup(a, release, strlen(release));
	folder += strlen("lib/modules/");
	return arena_strndup(a, folder, strcspn(folder, "/"));
}

static enum image_source source_of(const struct image *img)
{
	switch (img->kind) {
	case IMAGE_BOOT:
		return IMAGE_FROM_BOOT;
	case IMAGE_TYPES:
		return IMAGE_FROM_BTF;
	case IMAGE_LIVE:
		return IMAGE_FROM_RUNNING;
	default:
		return IMAGE_FROM_KERNEL;
	}
}

int image_identify(struct image *img, struct arena *a, struct image_info *info, struct err *err)
{
	bool module = img->kind == IMAGE_MODULE;
	const char *banner = module ? "" : img->live ? img->live->banner : find_banner(img, a);
	const char *release = module ? module_release(img, a) : find_release(img, a, banner);
	struct err bad = ERR_INIT;

	info->banner = banner;
	if (image_parse_release(a, release, img->arch, info, &bad)) {
		if (*banner)
			return err_set(err, ERR_FORMAT, img->path, ERR_NO_OFFSET, "linux_banner: %s", bad.msg);
		return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET,
			       module ? "a module without vermagic: its kernel is not known" :
			       "holds no linux_banner, and the file's name tells no release: is this a whole kernel?");
	}
	info->build_id = find_build_id(img, a);
	info->compiler = find_comment(img, a);
	info->source = source_of(img);
	info->pointer_size = img->pointer_size;
	info->big_endian = img->big_endian;
	return 0;
}
