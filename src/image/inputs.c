// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sorts files and folders into inputs, of which each becomes one image: by names and places, so that a tree of
 * thousands of packages is walked without opening one. Only where a module's or a kernel's path tells no release is
 * the file itself asked. Never unpacks.
 */
#define _GNU_SOURCE /* qsort_r */
#include "image/parts_int.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a package is expected to hold, in the order in which its files are read. */
enum role { ROLE_DEBUG, ROLE_IMAGE, ROLE_MODULES };

struct file {
	const char *path, *root, *release;
	const char *key; /* files of one key are of one input: of kernels root and release, of packages the build */
	enum image_name kind;
	enum role role;
	bool operand, link;
	dev_t dev;
	ino_t ino; /* 0: cannot be looked at */
	size_t input;
};

#define NO_INPUT SIZE_MAX

struct group {
	const char *root, *release, *key;
	bool kernel, asked; /* asked: its kernel's banner has been looked at */
	VEC(size_t) files;
};

struct sorter {
	struct arena *arena;
	VEC(struct file) files;
	VEC(struct group) groups;
	size_t nkernels; /* groups of loose kernels */
	uint64_t nothers;
};

static const char *copy(struct sorter *s, const char *text, size_t n)
{
	return arena_strndup(s->arena, text, n);
}

/* ---- names of packages ---- */

/* What stands before the version and tells which part of one build a package is. */
static bool is_role_word(const char *w, size_t n, enum role *role)
{
	static const struct { const char *word; enum role role; } words[] = {
		{ "linux", ROLE_IMAGE },   { "kernel", ROLE_IMAGE },	{ "image", ROLE_IMAGE },     { "unsigned", ROLE_IMAGE },
		{ "binary", ROLE_IMAGE },  { "core", ROLE_IMAGE },	{ "modules", ROLE_MODULES }, { "extra", ROLE_MODULES },
		{ "internal", ROLE_MODULES }, { "debuginfo", ROLE_DEBUG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == n && !memcmp(words[i].word, w, n)) {
			if (words[i].role != ROLE_IMAGE && *role != ROLE_MODULES)
				*role = words[i].role;
			return true;
		}
	return false;
}

/* Appends a version without the words that follow a release and tell the packages of one build apart. */
static void put_version(struct buf *b, const char *s, enum role *role)
{
	static const char *const words[] = { "-dbgsym", "-dbg", "-unsigned" };

	while (*s) {
		size_t i = 0, m = 0;

		for (; i < ARRAY_SIZE(words); i++) {
			m = strlen(words[i]);
			if (!strncmp(s, words[i], m) && strchr("_-", s[m]))
				break;
		}
		if (i == ARRAY_SIZE(words)) {
			buf_char(b, *s++);
			continue;
		}
		if (i < 2)
			*role = ROLE_DEBUG;
		s += m;
	}
}

/*
 * linux-image-REL[-dbg|-dbgsym]_VERSION_ARCH.deb, kernel-FLAVOR-core-VERSION.ARCH.rpm, and the like: all but the words
 * that differ between packages of one build, or NULL when it is not such a name. Kernels of other names are told
 * apart from all else by this, too, where a folder is walked.
 */
static const char *package_key(struct sorter *s, const char *base, enum role *role)
{
	static const char *const not[] = {
		"headers", "devel", "tools", "doc", "source", "common", "libs", "libc", "perf", "base", "kbuild", "support",
		"compiler", "config", "firmware", "abi", "buildinfo",
	};
	static const char *const ends[] = { ".ddeb", ".deb", ".rpm" };
	const char *w = base, *ret = NULL;
	struct buf b = { 0 };

	*role = ROLE_IMAGE;
	if (strncmp(base, "linux-", 6) && strncmp(base, "kernel-", 7))
		return NULL;
	for (; *w && (*w < '0' || *w > '9'); w += strcspn(w, "-"), w += *w == '-') {
		size_t n = strcspn(w, "-");

		for (size_t i = 0; i < ARRAY_SIZE(not); i++)
			if (strlen(not[i]) == n && !memcmp(w, not[i], n))
				goto out;
		if (!is_role_word(w, n, role))
			buf_printf(&b, "%.*s-", (int)n, w);
	}
	if (!*w)
		goto out;
	put_version(&b, w, role);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (image_name_ends(buf_z(&b), ends[i]))
			b.n -= strlen(ends[i]);
	ret = copy(s, b.v, b.n);
out:
	buf_done(&b);
	return ret;
}

static bool is_distribution_package(const char *base)
{
	return image_name_ends(base, ".deb") || image_name_ends(base, ".ddeb") || image_name_ends(base, ".rpm") ||
	       strstr(base, ".pkg.tar");
}

/* ---- places ---- */

static size_t without_folder(const char *path, size_t n, const char *folder)
{
	size_t m = strlen(folder);

	return n >= m && !memcmp(path + n - m, folder, m) && (n == m || path[n - m - 1] == '/') ? n - m : n;
}

/* Where the system that a file belongs to begins: what stands before boot/, lib/modules/, usr/ and usr/lib/debug/. */
static size_t root_of(const char *path)
{
	size_t n = (size_t)(image_name_base(path) - path);

	for (const char *p = path; (p = strstr(p, "lib/modules/")); p++)
		if (p == path || p[-1] == '/')
			n = (size_t)(p - path);
	n = without_folder(path, n, "boot/");
	n = without_folder(path, n, "usr/lib/debug/");
	return without_folder(path, n, "usr/");
}

/* Loose kernels of one system and one release; of kernels that state none, those whose names differ in the word alone. */
static const char *kernel_key(struct sorter *s, const struct file *f)
{
	struct buf b = { 0 };
	const char *base = image_name_base(f->path), *ret;

	buf_printf(&b, "%s\n%s\n", f->root, f->release);
	if (!*f->release && (!strncmp(base, "vmlinux", 7) || !strncmp(base, "vmlinuz", 7)))
		buf_puts(&b, base + 7);
	else if (!*f->release)
		buf_puts(&b, base);
	ret = copy(s, b.v, b.n);
	buf_done(&b);
	return ret;
}

/* The release that the file itself states; "" when it cannot be read or states none. */
static const char *ask_file(struct sorter *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *text, *ret = "";
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size) {
		void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map != MAP_FAILED) {
			size_t n = image_bytes_release(map, (uint64_t)st.st_size, &text);

			if (n)
				ret = copy(s, text, n);
			munmap(map, (size_t)st.st_size);
		}
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Split BTF is of a module; the header and the first string say so. */
static bool is_split_types(const char *path)
{
	int fd = image_name_ends(path, ".btf") ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat st;
	bool split = false;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size) {
		void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map != MAP_FAILED) {
			split = image_is_split_btf(map, (uint64_t)st.st_size);
			munmap(map, (size_t)st.st_size);
		}
	}
	if (fd >= 0)
		close(fd);
	return split;
}

/* ---- walking ---- */

static void add_file(struct sorter *s, const char *path, const struct stat *st, bool operand, bool link)
{
	struct file f = { .kind = image_name_kind(path), .operand = operand, .link = link, .input = NO_INPUT, .key = "" };
	const char *release, *key;
	size_t n;

	if (f.kind == NAME_PACKAGE) {
		key = package_key(s, image_name_base(path), &f.role);
		if (!key && !operand && is_distribution_package(image_name_base(path)))
			f.kind = NAME_OTHER;
		/* Where names do not tell what a package is made of, it stands alone. */
		f.key = key && !strstr(path, ".tar") ? key : "";
	}
	if (f.kind == NAME_KERNEL && is_split_types(path))
		f.kind = NAME_MODULE;
	if (f.kind == NAME_OTHER && !operand) {
		s->nothers++;
		return;
	}
	if (st) {
		f.dev = st->st_dev;
		f.ino = st->st_ino;
	}
	f.path = copy(s, path, strlen(path));
	f.root = copy(s, path, root_of(path));
	n = f.kind == NAME_PACKAGE ? 0 : image_name_release(path, &release);
	f.release = n ? copy(s, release, n) : "";
	VEC_PUSH(&s->files, f);
}

static int walk_folder(struct sorter *s, char *folder, struct err *err)
{
	FTS *fts = fts_open((char *[]){ folder, NULL }, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
	FTSENT *e;
	int rc = 0;

	if (!fts)
		return err_set(err, ERR_IO, folder, ERR_NO_OFFSET, "cannot be walked: %s", strerror(errno));
	while (!rc && (e = fts_read(fts))) {
		struct stat st;

		if (e->fts_info == FTS_F)
			add_file(s, e->fts_path, e->fts_statp, false, false);
		else if (e->fts_info == FTS_SL && image_name_kind(e->fts_path) != NAME_OTHER && !stat(e->fts_path, &st) &&
			 S_ISREG(st.st_mode))
			add_file(s, e->fts_path, &st, false, true);
		else if (e->fts_info == FTS_DNR && e->fts_level == 0)
			rc = err_set(err, ERR_IO, folder, ERR_NO_OFFSET, "cannot be read: %s", strerror(e->fts_errno));
		else if (e->fts_info != FTS_D && e->fts_info != FTS_DP)
			s->nothers++;
	}
	fts_close(fts);
	return rc;
}

/* By path; but links last, so that a file is known by its own name. */
static int by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return x->link != y->link ? x->link - y->link : strcmp(x->path, y->path);
}

/* Each file once, however often it was named. */
static void drop_repeated(struct sorter *s)
{
	struct map seen;
	size_t n = 0;

	map_init(&seen);
	for (size_t i = 0; i < s->files.n; i++) {
		const struct file *f = &s->files.v[i];
		uint64_t id[2] = { f->dev, f->ino }, key = base_hash(id, sizeof(id), 0) >> 1;
		uint32_t *at = f->ino ? map_at(&seen, key) : NULL;

		if (at && *at != MAP_NONE && s->files.v[*at].dev == f->dev && s->files.v[*at].ino == f->ino) {
			s->files.v[*at].operand |= f->operand;
			continue;
		}
		if (at)
			*at = (uint32_t)n;
		s->files.v[n++] = *f;
	}
	s->files.n = n;
	map_done(&seen);
}

/* ---- groups ---- */

static void join(struct sorter *s, size_t group, size_t file)
{
	s->files.v[file].input = group;
	VEC_PUSH(&s->groups.v[group].files, file);
}

static size_t new_group(struct sorter *s, const struct file *f)
{
	VEC_PUSH(&s->groups, ((struct group){ .root = f->root, .release = f->release, .key = f->key }));
	return s->groups.n - 1;
}

/* Packages of one build, unless it is the same one from two places. */
static bool same_package(const struct sorter *s, const struct group *g, const struct file *f)
{
	for (size_t i = 0; i < g->files.n; i++)
		if (!strcmp(image_name_base(s->files.v[g->files.v[i]].path), image_name_base(f->path)))
			return true;
	return false;
}

/* Groups by key: an index from the key's id to the last group of that key. */
struct keys {
	struct strtab texts;
	VEC(size_t) groups;
};

static size_t *group_of_key(struct keys *k, const char *key)
{
	uint32_t id = strtab_intern_z(&k->texts, key);

	while (k->groups.n <= id)
		VEC_PUSH(&k->groups, NO_INPUT);
	return &k->groups.v[id];
}

static void group_kernels(struct sorter *s)
{
	struct keys keys = { 0 };

	strtab_init(&keys.texts);
	for (size_t i = 0; i < s->files.n; i++) {
		struct file *f = &s->files.v[i];
		bool package = f->kind == NAME_PACKAGE;
		size_t *at = NULL, g = NO_INPUT;

		if (f->kind == NAME_MODULE || f->kind == NAME_CONFIG)
			continue;
		if (f->kind == NAME_KERNEL)
			f->key = kernel_key(s, f);
		if (*f->key)
			at = group_of_key(&keys, f->key);
		if (at && *at != NO_INPUT && !(package && same_package(s, &s->groups.v[*at], f)))
			g = *at;
		if (g == NO_INPUT) {
			g = new_group(s, f);
			s->groups.v[g].kernel = !package;
			s->nkernels += !package;
		}
		if (at)
			*at = g;
		join(s, g, i);
	}
	strtab_done(&keys.texts);
	VEC_DONE(&keys.groups);
}

/* The loose kernel of a release, that of the same system before others; elsewhere only when there is no choice. */
static size_t kernel_of_release(const struct sorter *s, const char *root, const char *release)
{
	size_t found = NO_INPUT, n = 0;

	if (!*release)
		return NO_INPUT;
	for (size_t i = 0; i < s->groups.n; i++) {
		const struct group *g = &s->groups.v[i];

		if (!g->kernel || strcmp(g->release, release))
			continue;
		if (!strcmp(g->root, root))
			return i;
		found = i;
		n++;
	}
	return n == 1 ? found : NO_INPUT;
}

/* Looks into the kernels whose names tell no release, once. */
static void ask_kernels(struct sorter *s)
{
	for (size_t i = 0; i < s->groups.n; i++) {
		struct group *g = &s->groups.v[i];

		if (g->kernel && !g->asked && !*g->release)
			g->release = ask_file(s, s->files.v[g->files.v[0]].path);
		g->asked = true;
	}
}

static size_t only_kernel(const struct sorter *s, const char *release)
{
	for (size_t i = 0; s->nkernels == 1 && i < s->groups.n; i++)
		if (s->groups.v[i].kernel && (!*release || !*s->groups.v[i].release))
			return i;
	return NO_INPUT;
}

static size_t kernel_for(struct sorter *s, struct file *f)
{
	size_t g;

	if (!s->nkernels)
		return NO_INPUT;
	if (f->kind == NAME_MODULE && !*f->release)
		f->release = ask_file(s, f->path);
	g = kernel_of_release(s, f->root, f->release);
	if (g == NO_INPUT && *f->release) {
		ask_kernels(s);
		g = kernel_of_release(s, f->root, f->release);
	}
	if (g != NO_INPUT)
		return g;
	/* A build's .config is of the kernel beside it; so is a module's BTF, which says no release. */
	for (size_t i = 0; !*f->release && i < s->groups.n; i++)
		if (s->groups.v[i].kernel && !strcmp(s->groups.v[i].root, f->root))
			return i;
	return f->kind == NAME_MODULE || f->operand ? only_kernel(s, f->release) : NO_INPUT;
}

/* Modules and configs to their kernels. Modules without one stay together, so that there is one message of them. */
static void attach(struct sorter *s)
{
	struct keys keys = { 0 };
	struct buf b = { 0 };

	strtab_init(&keys.texts);
	for (size_t i = 0; i < s->files.n; i++) {
		struct file *f = &s->files.v[i];
		size_t g, *at;

		if (f->kind != NAME_MODULE && f->kind != NAME_CONFIG)
			continue;
		g = kernel_for(s, f);
		if (g == NO_INPUT && f->kind == NAME_CONFIG && !f->operand) {
			s->nothers++;
			continue;
		}
		if (g == NO_INPUT) {
			b.n = 0;
			buf_printf(&b, "%s\n%s", f->root, f->release);
			at = group_of_key(&keys, buf_z(&b));
			g = *at = *at == NO_INPUT ? new_group(s, f) : *at;
		}
		join(s, g, i);
	}
	buf_done(&b);
	strtab_done(&keys.texts);
	VEC_DONE(&keys.groups);
}

/* ---- inputs ---- */

/* Kernels first, a vmlinux before what boots; packages as their roles are. */
static int place_of(const struct file *f)
{
	if (f->kind == NAME_PACKAGE)
		return (int)f->role;
	if (f->kind == NAME_KERNEL || f->kind == NAME_OTHER)
		return strncmp(image_name_base(f->path), "vmlinux", 7) ? 1 : 0;
	return f->kind == NAME_CONFIG ? 2 : 3;
}

static int by_place(const void *a, const void *b, void *ctx)
{
	const struct file *files = ctx, *x = &files[*(const size_t *)a], *y = &files[*(const size_t *)b];

	return place_of(x) != place_of(y) ? place_of(x) - place_of(y) : strcmp(x->path, y->path);
}

static int by_input_path(const void *a, const void *b)
{
	const struct image_input *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void make_inputs(struct sorter *s, struct image_inputs *ret)
{
	for (size_t i = 0; i < s->groups.n; i++) {
		struct group *g = &s->groups.v[i];
		const char **files = arena_alloc(s->arena, g->files.n * sizeof(*files));

		qsort_r(g->files.v, g->files.n, sizeof(*g->files.v), by_place, s->files.v);
		for (size_t k = 0; k < g->files.n; k++)
			files[k] = s->files.v[g->files.v[k]].path;
		VEC_PUSH(&ret->v, ((struct image_input){ files[0], files, g->files.n }));
	}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), by_input_path);
	ret->nothers = s->nothers;
}

int image_inputs_find(char *const *operands, size_t n, struct image_inputs *ret, struct err *err)
{
	struct image_inputs in = { 0 };
	struct sorter s = { .arena = &in.arena };
	int rc = 0;

	arena_init(&in.arena);
	for (size_t i = 0; !rc && i < n; i++) {
		struct stat st;
		bool link = !lstat(operands[i], &st) && S_ISLNK(st.st_mode), there = !stat(operands[i], &st);

		if (there && S_ISDIR(st.st_mode))
			rc = walk_folder(&s, operands[i], err);
		else
			add_file(&s, operands[i], there ? &st : NULL, true, link);
	}
	if (!rc) {
		if (s.files.n)
			qsort(s.files.v, s.files.n, sizeof(*s.files.v), by_path);
		drop_repeated(&s);
		group_kernels(&s);
		attach(&s);
		make_inputs(&s, &in);
		*ret = in;
	} else {
		image_inputs_done(&in);
	}
	for (size_t i = 0; i < s.groups.n; i++)
		VEC_DONE(&s.groups.v[i].files);
	VEC_DONE(&s.groups);
	VEC_DONE(&s.files);
	return rc;
}

void image_inputs_done(struct image_inputs *in)
{
	VEC_DONE(&in->v);
	arena_done(&in->arena);
}
