// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A dataset's folders: which images are there, an image's files in, an image's files out. Memory
 * while reading is one line and the surface. Never interprets a line (dataset_read.c does).
 */
#define _GNU_SOURCE
#include "dataset/dataset_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1u << 20)

const char *const dataset_folder[DATASET_NFILES] = {
	"func_groups", "types_func", "types_struct", "types_union", "types_enum", "tracepoints", "syscalls", "config",
};

const char *const dataset_ext[DATASET_NFILES] = {
	".jsonl", ".jsonl", ".jsonl", ".jsonl", ".jsonl", ".jsonl", ".json", ".config",
};

const enum kind dataset_kind[DATASET_NFILES] = {
	KIND_FUNC, KIND_FUNC,	    KIND_STRUCT,  KIND_UNION,
	KIND_ENUM, KIND_TRACEPOINT, KIND_SYSCALL, KIND_CONFIG,
};

static int io_error(struct err *err, const char *path)
{
	return err_set(err, ERR_IO, path, ERR_NO_OFFSET, "%s", strerror(errno));
}

/* ---- listing ---- */

struct named {
	const char *name;
	struct image_info info;
	bool parsed;
};

/* Names that are no kernel release stand last; dataset_read says what is wrong with them. */
static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c;

	if (x->parsed != y->parsed)
		return x->parsed ? -1 : 1;
	c = x->parsed ? image_compare(&x->info, &y->info) : 0;
	return c ? c : strcmp(x->name, y->name);
}

/* "NAME~1234abcd" is a second build of NAME: the mark is no part of the release. */
static int parse_name(struct arena *a, const char *name, struct image_info *info, struct err *err)
{
	const char *release = arena_strndup(a, name, strcspn(name, "~"));

	return image_parse_release(a, release, NULL, info, err);
}

static int list_folder(const char *path, const char *ext, struct strtab *names, bool *found,
		       struct err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? ERR_NONE : io_error(err, path);
	*found = true;
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name), stem = len - strlen(ext);

		/* A leading dot: a file that is being written. */
		if (len > strlen(ext) && *e->d_name != '.' && !strcmp(e->d_name + stem, ext))
			strtab_intern(names, e->d_name, stem);
	}
	closedir(d);
	return ERR_NONE;
}

static void list_sorted(const struct strtab *names, struct dataset_images *ret)
{
	size_t n = names->entries.n - 1;
	struct named *v = base_calloc(n, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		const struct strtab_entry *e = &names->entries.v[i + 1];
		struct err ignored = ERR_INIT;

		v[i].name = arena_strndup(&ret->arena, e->text, e->len);
		v[i].parsed = !parse_name(&ret->arena, v[i].name, &v[i].info, &ignored);
	}
	qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&ret->names, v[i].name);
	free(v);
}

int dataset_list(const char *dir, struct dataset_images *ret, struct err *err)
{
	struct buf path = { 0 };
	struct strtab names;
	bool found = false;
	int rc = ERR_NONE;

	strtab_init(&names);
	for (size_t i = 0; !rc && i < DATASET_NFILES; i++) {
		path.n = 0;
		buf_printf(&path, "%s/%s", dir, dataset_folder[i]);
		rc = list_folder(buf_z(&path), dataset_ext[i], &names, &found, err);
	}
	if (!rc && !found)
		rc = err_set(err, ERR_MISSING, dir, ERR_NO_OFFSET,
			     "is no dataset: it holds neither func_groups nor types_func, nor another of its folders");
	if (!rc) {
		*ret = (struct dataset_images){ 0 };
		arena_init(&ret->arena);
		list_sorted(&names, ret);
	}
	strtab_done(&names);
	buf_done(&path);
	return rc;
}

void dataset_images_done(struct dataset_images *images)
{
	VEC_DONE(&images->names);
	arena_done(&images->arena);
}

/* ---- reading ---- */

/* Feeds the whole lines of b to the reader, keeps the rest at b's start. */
static bool feed_lines(struct reader *r, struct buf *b, size_t searched)
{
	const char *from = b->v, *end = b->v + b->n, *nl;

	while ((nl = memchr(from + searched, '\n', (size_t)(end - from) - searched))) {
		if (!reader_line(r, from, (size_t)(nl - from)))
			return false;
		from = nl + 1;
		searched = 0;
	}
	b->n = (size_t)(end - from);
	memmove(b->v, from, b->n);
	return true;
}

static int read_lines(int fd, const char *path, struct reader *r, struct err *err)
{
	bool whole = r->file >= DATASET_SYSCALLS;
	struct buf b = { 0 };
	int rc = ERR_NONE;
	ssize_t n;

	buf_grow(&b, CHUNK);
	for (;;) {
		size_t had = b.n;

		if (b.cap - b.n < CHUNK / 4)
			buf_grow(&b, CHUNK);
		n = read(fd, b.v + b.n, b.cap - b.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b.n += (size_t)n;
		if (!whole && !feed_lines(r, &b, had)) {
			rc = reader_error(r, err);
			break;
		}
	}
	if (n < 0)
		rc = io_error(err, path);
	if (!rc && whole && !reader_whole(r, b.v, b.n))
		rc = reader_error(r, err);
	if (!rc && !whole && b.n && !reader_line(r, b.v, b.n)) /* a last line without a newline */
		rc = reader_error(r, err);
	buf_done(&b);
	return rc;
}

/* One of the image's files, if it is there. */
static int read_file(const char *path, enum dataset_file file, struct surface *s, struct err *err)
{
	struct reader r;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NONE : io_error(err, path);
	s->info.kinds |= 1u << dataset_kind[file];
	reader_init(&r, s, file, path);
	rc = read_lines(fd, path, &r, err);
	reader_done(&r);
	close(fd);
	return rc;
}

/* comment/NAME.txt: the compiler, byte for byte but for the last newline. */
static int read_comment(const char *path, struct surface *s, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct buf b = { 0 };
	int rc = ERR_NONE;
	size_t n;

	if (!f)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NONE : io_error(err, path);
	do {
		buf_grow(&b, 4096);
		n = fread(b.v + b.n, 1, 4096, f);
		b.n += n;
	} while (n && b.n < CHUNK);
	if (ferror(f))
		rc = io_error(err, path);
	else if (n || memchr(b.v, '\0', b.n))
		rc = err_set(err, ERR_FORMAT, path, ERR_NO_OFFSET,
			     n ? "is no compiler's name: over 1 MiB" : "holds a NUL byte");
	if (b.n && b.v[b.n - 1] == '\n')
		b.n--;
	if (!rc)
		s->info.compiler = arena_strndup(&s->arena, b.v, b.n);
	buf_done(&b);
	fclose(f);
	return rc;
}

/* ---- what follows from other folders ---- */

static const struct construct *find(const struct surface *s, enum kind kind, const char *name)
{
	uint32_t id = strtab_find(s->str, name, strlen(name));

	for (size_t i = 0; id && i < s->constructs.n; i++)
		if (s->constructs.v[i].kind == kind && s->constructs.v[i].name == id)
			return &s->constructs.v[i];
	return NULL;
}

/* A dataset may say a name twice where no kernel does. */
static bool is_first(struct map *seen, uint32_t name)
{
	uint32_t *at = map_at(seen, name);
	bool first = *at == MAP_NONE;

	*at = 0;
	return first;
}

/* The prototype that a pointer to a function leads to; MAP_NONE for another type. */
static uint32_t pointed_proto(const struct surface *s, uint32_t type)
{
	const struct type *t = type_at(s->types, type);

	return t->kind == TYPE_PTR && type_at(s->types, t->ref)->kind == TYPE_FUNC_PROTO ? t->ref : MAP_NONE;
}

/*
 * No folder has them: a hook is a member of struct security_hook_heads with a function security_<member>. Kernels
 * from 6.12 on have no such struct: there a hook is a pointer to a function in union security_list_options.
 */
static void derive_hooks(struct surface *s)
{
	const struct construct *heads = find(s, KIND_STRUCT, "security_hook_heads");
	const struct construct *options = heads ? NULL : find(s, KIND_UNION, "security_list_options");
	const struct construct *list = heads ? heads : options;
	uint32_t first = list ? list->items : 0, n = list ? list->nitems : 0, seq = 0;
	struct buf name = { 0 };
	struct map protos, seen;

	if (!list || !(s->info.kinds & 1u << KIND_FUNC))
		return;
	map_init(&protos);
	map_init(&seen);
	for (size_t i = 0; i < s->funcs.n; i++)
		if (func_has_proto(&s->funcs.v[i]))
			*map_at(&protos, s->funcs.v[i].name) = s->funcs.v[i].proto;
	for (uint32_t i = first; i < first + n; i++) {
		uint32_t hook = s->items.v[i].name, proto, own = pointed_proto(s, s->items.v[i].type);

		/* lsm_func_addr stands for whichever hook it is: a plain pointer, no hook. */
		if (options && own == MAP_NONE)
			continue;
		name.n = 0;
		buf_printf(&name, "security_%s", surface_text(s, hook));
		proto = map_get(&protos, strtab_find(s->str, buf_z(&name), name.n));
		proto = options && proto == MAP_NONE ? own : proto;
		if (hook && proto != MAP_NONE && is_first(&seen, hook))
			VEC_PUSH(&s->constructs, ((struct construct){
							 .kind = KIND_LSM,
							 .name = hook,
							 .seq = seq++,
							 .type = proto,
							 .items = (uint32_t)s->items.n,
						 }));
	}
	s->info.kinds |= 1u << KIND_LSM;
	map_done(&protos);
	map_done(&seen);
	buf_done(&name);
}

/* BPF features are values of the kernel's enums; a dataset that lacks some of these does not tell of features. */
static void derive_features(struct surface *s)
{
	size_t n = s->constructs.n;
	uint32_t seq = 0;
	struct map seen;

	if (!find(s, KIND_ENUM, "bpf_func_id") || !find(s, KIND_ENUM, "bpf_map_type") ||
	    !find(s, KIND_ENUM, "bpf_prog_type"))
		return;
	map_init(&seen);
	for (size_t i = 0; i < n; i++) {
		struct construct e = s->constructs.v[i];

		for (uint32_t k = 0; e.kind == KIND_ENUM && k < e.nitems; k++) {
			struct item it = s->items.v[e.items + k];

			if (!feature_is(surface_text(s, e.name), surface_text(s, it.name)) ||
			    !is_first(&seen, it.name))
				continue;
			VEC_PUSH(&s->constructs, ((struct construct){
							 .kind = KIND_FEATURE,
							 .name = it.name,
							 .class = e.name,
							 .seq = seq++,
							 .items = (uint32_t)s->items.n,
							 .nitems = 1,
						 }));
			VEC_PUSH(&s->items, it);
		}
	}
	s->info.kinds |= 1u << KIND_FEATURE;
	map_done(&seen);
}

/* ---- what the functions say of the image ---- */

static void note_owners(struct strtab *names, const struct surface *s, uint32_t owners)
{
	const char *text = surface_text(s, owners);

	while (*text) {
		size_t n = strcspn(text, ",");

		strtab_intern(names, text, n);
		text += n + (text[n] == ',');
	}
}

static int by_module(const void *a, const void *b)
{
	const struct image_module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* No file lists the modules: they are those that have something. */
static void derive_modules(struct surface *s)
{
	struct image_module *v;
	struct strtab names;
	size_t n;

	strtab_init(&names);
	for (size_t i = 0; i < s->instances.n; i++)
		note_owners(&names, s, s->instances.v[i].owner);
	for (size_t i = 0; i < s->symbols.n; i++)
		note_owners(&names, s, s->symbols.v[i].owner);
	for (size_t i = 0; i < s->constructs.n; i++)
		note_owners(&names, s, s->constructs.v[i].owner);
	n = names.entries.n - 1;
	v = arena_alloc(&s->arena, n * sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		const struct strtab_entry *e = &names.entries.v[i + 1];

		v[i] = (struct image_module){ .name = arena_strndup(&s->arena, e->text, e->len), .build_id = "" };
	}
	if (n)
		qsort(v, n, sizeof(*v), by_module);
	s->info.modules = v;
	s->info.nmodules = (uint32_t)n;
	strtab_done(&names);
}

/*
 * Groups that all say "Unknown", and have no instances, are of an image without debug info; symbols all at 0 of
 * one that hides its addresses; functions in types_func alone of BTF.
 */
static void derive_facts(struct surface *s)
{
	bool groups = false, told = s->instances.n > 0, addresses = !s->symbols.n;

	for (size_t i = 0; i < s->funcs.n; i++) {
		groups |= func_has_group(&s->funcs.v[i]);
		told |= func_has_group(&s->funcs.v[i]) && s->funcs.v[i].inline_type != INLINE_UNKNOWN;
	}
	for (size_t i = 0; i < s->symbols.n; i++)
		addresses |= s->symbols.v[i].addr != 0;
	s->info.facts = told || !s->funcs.n ? FACT_INSTANCES : 0;
	if (groups || !s->funcs.n)
		s->info.facts |= FACT_SYMBOLS | (addresses ? FACT_ADDRESSES : 0);
}

static int read_image(const char *dir, const char *image, struct surface *s, struct buf *path,
		      struct err *err)
{
	const uint32_t with_fields = 1u << KIND_STRUCT | 1u << KIND_UNION | 1u << KIND_ENUM;
	int rc = ERR_NONE;

	s->info.kinds = 0;
	for (size_t i = 0; !rc && i < DATASET_NFILES; i++) {
		path->n = 0;
		buf_printf(path, "%s/%s/%s%s", dir, dataset_folder[i], image, dataset_ext[i]);
		rc = read_file(buf_z(path), i, s, err);
	}
	if (!rc && !s->info.kinds)
		rc = err_set(err, ERR_NOT_FOUND, dir, ERR_NO_OFFSET, "holds no image %s", image);
	if (rc)
		return rc;
	if (s->info.kinds & with_fields)
		s->info.kinds |= 1u << KIND_FIELD;
	derive_hooks(s);
	derive_features(s);
	derive_modules(s);
	derive_facts(s);
	path->n = 0;
	buf_printf(path, "%s/comment/%s.txt", dir, image);
	return read_comment(buf_z(path), s, err);
}

int dataset_read(const char *dir, const char *image, struct surface *s, struct err *err)
{
	struct buf path = { 0 };
	int rc;

	if (!*image || strchr(image, '/'))
		return err_set(err, ERR_USAGE, NULL, ERR_NO_OFFSET, "'%s' is no image's name",
			       image);
	rc = parse_name(&s->arena, image, &s->info, err);
	s->info.name = arena_strndup(&s->arena, image, strlen(image));
	s->info.source = IMAGE_FROM_DATASET;
	s->info.types_from = "dataset";
	if (!rc)
		rc = read_image(dir, image, s, &path, err);
	buf_done(&path);
	return rc;
}

/* ---- writing ---- */

/* A file under a temporary name, written in large pieces. */
struct out {
	struct buf path, temp, b;
	int fd;
	struct err *err;
};

static int out_flush(struct out *o)
{
	for (size_t at = 0; at < o->b.n;) {
		ssize_t n = write(o->fd, o->b.v + at, o->b.n - at);

		if (n < 0 && errno != EINTR)
			return io_error(o->err, buf_z(&o->path));
		at += n > 0 ? (size_t)n : 0;
	}
	o->b.n = 0;
	return ERR_NONE;
}

static int make_folder(const char *path, struct err *err)
{
	return mkdir(path, 0777) && errno != EEXIST ? io_error(err, path) : ERR_NONE;
}

static int out_open(struct out *o, const char *dir, const char *folder, const char *name,
		    const char *ext, struct err *err)
{
	*o = (struct out){ .fd = -1, .err = err };
	buf_printf(&o->path, "%s/%s", dir, folder);
	if (make_folder(buf_z(&o->path), err))
		return ERR_IO;
	buf_printf(&o->temp, "%s/%s/.%s%s.%ld", dir, folder, name, ext, (long)getpid());
	buf_printf(&o->path, "/%s%s", name, ext);
	o->fd = open(buf_z(&o->temp), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return o->fd < 0 ? io_error(err, buf_z(&o->temp)) : ERR_NONE;
}

/* Whole and renamed, or gone. */
static int out_close(struct out *o, int rc)
{
	if (o->fd >= 0) {
		if (!rc)
			rc = out_flush(o);
		if (close(o->fd) && !rc)
			rc = io_error(o->err, buf_z(&o->path));
		if (!rc && rename(buf_z(&o->temp), buf_z(&o->path)))
			rc = io_error(o->err, buf_z(&o->path));
		if (rc)
			unlink(buf_z(&o->temp));
	}
	buf_done(&o->path);
	buf_done(&o->temp);
	buf_done(&o->b);
	return rc;
}

static int write_text(const char *dir, const struct surface *s, enum dataset_file file, struct err *err)
{
	struct out o;
	int rc = out_open(&o, dir, dataset_folder[file], s->info.name, dataset_ext[file], err);
	struct dataset_lines lines;

	dataset_lines_init(&lines, s, file);
	while (!rc && dataset_lines_next(&lines, &o.b))
		if (o.b.n >= CHUNK)
			rc = out_flush(&o);
	dataset_lines_done(&lines);
	return out_close(&o, rc);
}

static int write_comment(const char *dir, const struct surface *s, struct err *err)
{
	struct out o;
	int rc = out_open(&o, dir, "comment", s->info.name, ".txt", err);

	if (!rc) {
		buf_puts(&o.b, s->info.compiler);
		buf_char(&o.b, '\n');
	}
	return out_close(&o, rc);
}

/* What the image's kinds do not speak of has no file; neither has what an image without groups would list. */
static bool has_file(const struct surface *s, enum dataset_file file)
{
	bool any[2] = { false, false };

	if (file > DATASET_TYPES_FUNC)
		return s->info.kinds & 1u << dataset_kind[file];
	for (size_t i = 0; i < s->funcs.n; i++) {
		any[0] |= func_has_group(&s->funcs.v[i]);
		any[1] |= func_has_proto(&s->funcs.v[i]);
	}
	/* One with neither has an empty file, so that it can be read at all. */
	return any[file] || (!file && !any[1] && !(s->info.kinds & ~(1u << KIND_FUNC)));
}

int dataset_write(const char *dir, const struct surface *s, struct err *err)
{
	const char *name = s->info.name;
	int rc = ERR_NONE;

	/* The name may come from a kernel's banner: it stays inside the folder. */
	if (!*name || *name == '.' || strchr(name, '/'))
		return err_set(err, ERR_USAGE, dir, ERR_NO_OFFSET,
			       "an image named '%s' cannot be a file's name", name);
	if (make_folder(dir, err))
		return ERR_IO;
	for (enum dataset_file file = 0; !rc && file < DATASET_NFILES; file++)
		if (has_file(s, file))
			rc = write_text(dir, s, file, err);
	if (!rc && s->info.compiler && *s->info.compiler)
		rc = write_comment(dir, s, err);
	return rc;
}
