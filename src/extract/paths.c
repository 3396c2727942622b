// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Source paths relative to the kernel's tree, whatever the build directory was. Works on texts only.
 *
 * What producers really write, for fs/read_write.c:
 *   in-tree build       comp_dir /build/linux-6.8.0                     name fs/read_write.c
 *   Ubuntu              comp_dir /build/linux-6.8.0/debian/build/b      name /build/linux-6.8.0/fs/...
 *   Debian 12, C        comp_dir debian/build/build_amd64_x (mapped)    name fs/read_write.c
 *   Debian 12, asm      comp_dir /build/linux-6.1/debian/build/b        name /build/linux-6.1/fs/...
 *   make O=/out         comp_dir /out                                   name /home/me/linux/fs/...
 * So a unit's comp_dir is one root (the build tree), and the part of an absolute name before the
 * kernel's top folder is another (the source tree). Where the source tree begins is put to the vote,
 * as a folder above it may be called "kernel", and one below it "net": the longest place that all
 * units' names agree on is it, if at least three of the top folders are seen there.
 */
#include "extract/extract_int.h"

static const char *const top_folders[] = {
	"arch", "block", "certs", "crypto", "drivers", "fs", "include", "init", "io_uring", "ipc",
	"kernel", "lib", "mm", "net", "rust", "scripts", "security", "sound", "tools", "ubuntu", "usr",
	"virt",
};

void path_join(struct buf *out, const char *comp_dir, const char *dir, const char *name)
{
	size_t comp_len = strlen(comp_dir);

	out->n = 0;
	if (*name != '/') {
		/* Directory 0 is comp_dir itself, and a mapped comp_dir is relative as others are. */
		if (*dir != '/' && comp_len && strncmp(dir, comp_dir, comp_len)) {
			buf_put(out, comp_dir, comp_len);
			buf_char(out, '/');
		}
		if (*dir) {
			buf_puts(out, dir);
			buf_char(out, '/');
		}
	}
	buf_puts(out, name);
}

/* Drops "." components and doubled slashes; ".." stays, as a path is known by its spelling. */
static void tidy(struct buf *out, const char *p, size_t len)
{
	size_t i = 0;

	if (len && p[0] == '/')
		buf_char(out, '/');
	while (i < len) {
		size_t n = 0;

		while (i < len && p[i] == '/')
			i++;
		while (i + n < len && p[i + n] != '/')
			n++;
		if (n && !(n == 1 && p[i] == '.')) {
			if (out->n && out->v[out->n - 1] != '/')
				buf_char(out, '/');
			buf_put(out, p + i, n);
		}
		i += n;
	}
}

/* Resolves ".." by text. */
static void collapse(struct buf *b)
{
	size_t w = 0, floor = b->n && b->v[0] == '/';

	w = floor;
	for (size_t i = floor; i < b->n;) {
		size_t n = 0;

		while (i + n < b->n && b->v[i + n] != '/')
			n++;
		if (n == 2 && !memcmp(b->v + i, "..", 2) && w > floor) {
			while (w > floor && b->v[w - 1] != '/')
				w--;
			if (w > floor)
				w--;
		} else {
			if (w > floor)
				b->v[w++] = '/';
			memmove(b->v + w, b->v + i, n);
			w += n;
		}
		i += n + 1;
	}
	b->n = w;
}

void path_roots_init(struct path_roots *p)
{
	*p = (struct path_roots){ 0 };
	strtab_init(&p->roots);
	strtab_init(&p->places);
}

void path_roots_done(struct path_roots *p)
{
	strtab_done(&p->roots);
	strtab_done(&p->places);
	VEC_DONE(&p->by_length);
	VEC_DONE(&p->votes);
	VEC_DONE(&p->guesses);
}

static void add_root(struct path_roots *p, const char *s, size_t len)
{
	struct buf tidied = { 0 };
	size_t before = p->roots.entries.n, i;
	uint32_t id;

	tidy(&tidied, s, len);
	/* "/" is where everything lies, and no tree. */
	id = tidied.n > 1 ? strtab_intern(&p->roots, tidied.v, tidied.n) : 0;
	buf_done(&tidied);
	if (p->roots.entries.n == before)
		return;
	VEC_PUSH(&p->by_length, id);
	for (i = p->by_length.n - 1; i > 0 && strtab_len(&p->roots, p->by_length.v[i - 1]) <
							strtab_len(&p->roots, id); i--)
		p->by_length.v[i] = p->by_length.v[i - 1];
	p->by_length.v[i] = id;
}

/* The index of a top folder's name, or -1. */
static int top_folder(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(top_folders); i++)
		if (strlen(top_folders[i]) == len && !memcmp(top_folders[i], s, len))
			return (int)i;
	return -1;
}

static void vote(struct path_roots *p, const char *root, size_t len, int folder)
{
	uint32_t id = strtab_intern(&p->places, root, len);

	while (p->votes.n <= id)
		VEC_PUSH(&p->votes, ((struct path_votes){ 0 }));
	p->votes.v[id].units++;
	p->votes.v[id].folders |= 1u << folder;
}

void path_roots_learn(struct path_roots *p, const char *comp_dir, const char *name)
{
	size_t common = 0;
	bool first = true;

	if (*comp_dir)
		add_root(p, comp_dir, strlen(comp_dir));
	if (*name != '/')
		return;
	p->nvoters++;
	for (size_t i = 0; comp_dir[i] && comp_dir[i] == name[i]; i++)
		if (name[i] == '/')
			common = i;
	for (size_t at = 0; name[at];) {
		size_t n = strcspn(name + at + 1, "/");
		int folder = name[at + 1 + n] ? top_folder(name + at + 1, n) : -1;

		if (folder >= 0 && at) {
			vote(p, name, at, folder);
			/* Without a verdict the tree begins at the first top folder behind where the two part. */
			if (first && at >= common) {
				VEC_PUSH(&p->guesses, strtab_intern(&p->places, name, at));
				first = false;
			}
		}
		at += 1 + n;
	}
}

void path_roots_settle(struct path_roots *p)
{
	uint32_t best = 0;

	for (uint32_t id = 1; id < p->votes.n; id++)
		if (p->votes.v[id].units == p->nvoters && __builtin_popcount(p->votes.v[id].folders) >= 3 &&
		    strtab_len(&p->places, id) > strtab_len(&p->places, best))
			best = id;
	if (best)
		add_root(p, strtab_text(&p->places, best), strtab_len(&p->places, best));
	for (size_t i = 0; !best && i < p->guesses.n; i++)
		add_root(p, strtab_text(&p->places, p->guesses.v[i]), strtab_len(&p->places, p->guesses.v[i]));
}

/* The root that `path` lies in, longest first; 0: none. */
static uint32_t root_of(const struct path_roots *p, const struct buf *path)
{
	for (size_t i = 0; i < p->by_length.n; i++) {
		uint32_t id = p->by_length.v[i];
		size_t n = strtab_len(&p->roots, id);

		if (path->n > n && path->v[n] == '/' && !memcmp(path->v, strtab_text(&p->roots, id), n))
			return id;
	}
	return 0;
}

static void strip(struct buf *b, size_t n)
{
	memmove(b->v, b->v + n, b->n - n);
	b->n -= n;
}

void path_normalise(struct path_roots *p, const char *path, struct buf *out)
{
	uint32_t root;
	size_t n;

	out->n = 0;
	tidy(out, path, strlen(path));
	root = root_of(p, out);
	if (!root)
		return;
	n = strtab_len(&p->roots, root) + 1;
	if (out->n - n < 3 || memcmp(out->v + n, "../", 3)) {
		strip(out, n);
		return;
	}
	/* "../../../fs/x.c" from a build tree inside the source tree. */
	collapse(out);
	root = root_of(p, out);
	if (root)
		strip(out, strtab_len(&p->roots, root) + 1);
}
