// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Config options: of a file that is given (.config as Kconfig writes it, plain or gzip), else of the copy in the
 * image (CONFIG_IKCONFIG: gzip between IKCFG_ST and IKCFG_ED, kernel/configs.c). An option that is not set has the
 * value "n". Never guesses options from what else an image has.
 */
#include "kernel/kernel_int.h"

#include <errno.h>
#include <stdio.h>
#include <zlib.h>

/* A distribution's config has some 300 KiB. */
#define CONFIG_MAX (16u << 20)

/* True for what stands behind CONFIG_: letters, digits and '_'. */
static size_t option_length(const char *p, const char *end)
{
	const char *start = p;

	if (end - p < 7 || memcmp(p, "CONFIG_", 7))
		return 0;
	for (p += 7; p < end && (*p == '_' || (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z')); p++)
		;
	return p - start > 7 ? (size_t)(p - start) : 0;
}

/* One line, without its end: CONFIG_X=value, "# CONFIG_X is not set", another comment, or nothing. */
static bool read_line(struct kernel *k, const char *p, const char *end, struct map *seen, uint32_t *seq)
{
	static const char not_set[] = " is not set";
	const char *value = "n";
	size_t len, value_len = 1;
	uint32_t name, *at;

	if (p < end && end[-1] == '\r')
		end--;
	if (p == end)
		return true;
	if (*p == '#') {
		len = end - p > 2 ? option_length(p + 2, end) : 0;
		/* Any other comment: headings of menus. */
		if (!len || (size_t)(end - p) != 2 + len + sizeof(not_set) - 1 ||
		    memcmp(p + 2 + len, not_set, sizeof(not_set) - 1))
			return true;
		p += 2;
	} else {
		len = option_length(p, end);
		if (!len || p + len == end || p[len] != '=')
			return false;
		value = p + len + 1;
		value_len = (size_t)(end - value);
	}
	name = strtab_intern(k->s->str, p, len);
	at = map_at(seen, name);
	/* The last line of an option counts, as it does for Kconfig. */
	if (*at == MAP_NONE) {
		*at = (uint32_t)k->s->constructs.n;
		kernel_add(k, KIND_CONFIG, name, (*seq)++);
	}
	k->s->constructs.v[*at].text = strtab_intern(k->s->str, value, value_len);
	return true;
}

static int read_text(struct kernel *k, const char *where, const char *text, size_t size, struct err *err)
{
	const char *p = text, *end = text + size;
	size_t nconstructs = k->s->constructs.n;
	uint32_t seq = 0;
	struct map seen;
	int rc = 0;

	map_init(&seen);
	for (uint64_t line = 1; p < end && !rc; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;

		if (memchr(p, 0, (size_t)(stop - p)) || !read_line(k, p, stop, &seen, &seq))
			rc = err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET,
				     "line %llu: neither CONFIG_X=value nor \"# CONFIG_X is not set\"",
				     (unsigned long long)line);
		p = nl ? nl + 1 : end;
	}
	map_done(&seen);
	if (!rc && !seq)
		rc = err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET, "holds no option: is this a kernel's config?");
	if (rc)
		k->s->constructs.n = nconstructs;
	else
		k->s->info.kinds |= 1u << KIND_CONFIG;
	return rc;
}

static bool is_gzip(const uint8_t *p, size_t size)
{
	return size > 2 && p[0] == 0x1f && p[1] == 0x8b;
}

/* Inflates gzip bytes; false when they are damaged or say more than CONFIG_MAX. What follows them is ignored. */
static bool gunzip(const uint8_t *in, size_t size, struct buf *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)(size < UINT32_MAX ? size : UINT32_MAX) };
	int rc;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return false;
	do {
		buf_grow(out, 1 << 16);
		z.next_out = (uint8_t *)out->v + out->n;
		z.avail_out = 1 << 16;
		rc = inflate(&z, Z_NO_FLUSH);
		out->n += (1 << 16) - z.avail_out;
	} while (rc == Z_OK && out->n < CONFIG_MAX);
	inflateEnd(&z);
	return rc == Z_STREAM_END;
}

static int read_bytes(struct kernel *k, const char *where, const uint8_t *p, size_t size, struct err *err)
{
	struct buf text = { 0 };
	int rc;

	if (!is_gzip(p, size))
		return read_text(k, where, (const char *)p, size, err);
	if (gunzip(p, size, &text))
		rc = read_text(k, where, text.v, text.n, err);
	else
		rc = err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET, "cannot be decompressed: damaged gzip data");
	buf_done(&text);
	return rc;
}

static int read_file(struct kernel *k, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct buf b = { 0 };
	size_t n = 1;
	int rc;

	if (!f)
		return err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be opened: %s", strerror(errno));
	while (n && b.n <= CONFIG_MAX) {
		buf_grow(&b, 1 << 16);
		n = fread(b.v + b.n, 1, 1 << 16, f);
		b.n += n;
	}
	if (ferror(f))
		rc = err_set(err, ERR_IO, path, ERR_NO_OFFSET, "cannot be read: %s", strerror(errno));
	else if (b.n > CONFIG_MAX)
		rc = err_set(err, ERR_FORMAT, path, ERR_NO_OFFSET, "is larger than any kernel's config");
	else
		rc = read_bytes(k, path, (const uint8_t *)b.v, b.n, err);
	fclose(f);
	buf_done(&b);
	return rc;
}

/*
 * The copy in the image. Since 5.1 kernel_config_data begins behind the mark IKCFG_ST; before, it was an array that
 * began with the mark itself.
 */
static void read_embedded(struct kernel *k)
{
	const struct image_sym *from = k->syms[SYM_CONFIG_DATA].sym, *to = k->syms[SYM_CONFIG_DATA_END].sym;
	struct image_bytes b;
	struct err err = ERR_INIT;
	const uint8_t *mark;

	if (!from)
		return;
	b = image_space_rest(k->sp, from->addr);
	if (to && to->addr > from->addr && to->addr - from->addr < b.size)
		b.size = to->addr - from->addr;
	mark = b.size >= 8 && !memcmp(b.data, "IKCFG_ST", 8) ? b.data + 8 : b.data;
	if (!b.data || !is_gzip(mark, b.size - (size_t)(mark - b.data))) {
		kernel_note(k, KERNEL_NOTE_CONFIG, from->addr, "the embedded config is no gzip data");
		return;
	}
	if (read_bytes(k, k->where, mark, b.size - (size_t)(mark - b.data), &err))
		kernel_note(k, KERNEL_NOTE_CONFIG, from->addr, "the embedded config: %s", err.msg);
}

/* What somebody found, nobody named: damage is noted. */
static void read_part(struct kernel *k, const struct image_part *part)
{
	struct err err = ERR_INIT;

	if (part->size > CONFIG_MAX)
		err_set(&err, ERR_FORMAT, part->path, ERR_NO_OFFSET, "is larger than any kernel's config");
	else
		read_bytes(k, part->path, part->data, part->size, &err);
	if (err.code)
		kernel_note(k, KERNEL_NOTE_CONFIG, ERR_NO_OFFSET, "%s: %s", part->path, err.msg);
}

int kernel_config(struct kernel *k, struct err *err)
{
	if (k->facts->config)
		return read_file(k, k->facts->config, err);
	read_embedded(k);
	if (k->facts->config_part && !(k->s->info.kinds & 1u << KIND_CONFIG))
		read_part(k, k->facts->config_part);
	return 0;
}
