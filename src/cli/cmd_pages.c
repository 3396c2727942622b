// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf pages: the report of every name of a kind, one file each.
 */
#include "cli/cli_int.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct page_writer {
	int root; /* the folder that pages go to */
	int folders[27]; /* open folders a to z and _, -1 until first used */
	const char *suffix;
	const char *dir;
};

static int page_err(const struct page_writer *w, const char *name, struct err *err)
{
	char where[288];

	snprintf(where, sizeof(where), "%s/%s", w->dir, name);
	return err_set(err, ERR_IO, where, ERR_NO_OFFSET, "cannot be written: %s", strerror(errno));
}

static int open_pages(struct page_writer *w, const char *dir, const char *suffix, struct err *err)
{
	*w = (struct page_writer){ .root = -1, .suffix = suffix, .dir = dir };
	memset(w->folders, 0xff, sizeof(w->folders));
	if (mkdir(dir, 0777) && errno != EEXIST)
		return page_err(w, "", err);
	w->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->root < 0 ? page_err(w, "", err) : 0;
}

static void close_pages(struct page_writer *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->folders); i++)
		if (w->folders[i] >= 0)
			close(w->folders[i]);
	if (w->root >= 0)
		close(w->root);
}

/* The folder of a name, a to z by its first letter, or _ (26) when it has none. */
static int page_index(const char *name)
{
	while (*name && !isalpha((unsigned char)*name))
		name++;
	return *name ? tolower((unsigned char)*name) - 'a' : 26;
}

/* The open folder of a name, made on first use; -1 with words on failure. */
static int page_folder(struct page_writer *w, const char *name, struct err *err)
{
	int i = page_index(name);
	char folder[2] = { (char)(i < 26 ? 'a' + i : '_'), '\0' };

	if (w->folders[i] < 0 && (!mkdirat(w->root, folder, 0777) || errno == EEXIST))
		w->folders[i] = openat(w->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->folders[i] < 0)
		page_err(w, folder, err);
	return w->folders[i];
}

static int write_page(struct page_writer *w, const char *name, const struct buf *text, struct err *err)
{
	char file[256];
	int fd, rc = 0, folder = page_folder(w, name, err);

	if (folder < 0)
		return ERR_IO;
	/* A name comes from an image or a dataset: it must not choose a place outside its folder. */
	if (snprintf(file, sizeof(file), "%s%s", name, w->suffix) >= (int)sizeof(file))
		errno = ENAMETOOLONG;
	else if (strchr(name, '/'))
		errno = EINVAL;
	else
		errno = 0;
	if (errno)
		return page_err(w, name, err);
	fd = openat(folder, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return page_err(w, name, err);
	if (!cli_write_all(fd, text))
		rc = page_err(w, name, err);
	if (close(fd) && !rc)
		rc = page_err(w, name, err);
	return rc;
}

/* ---- all names of a kind ---- */

struct writing {
	struct page_writer w;
	struct report_options o;
	struct buf text;
	uint64_t npages, bytes;
};

static int put_page(struct writing *p, const char *name, struct err *err)
{
	int rc = write_page(&p->w, name, &p->text, err);

	p->npages += !rc;
	p->bytes += p->text.n;
	p->text.n = 0;
	return rc;
}

/* The values of unnamed enums stand under no name; the recorded pages would call it so, ours have none. */
#define UNNAMED "(anon)"

static int write_constructs(struct shelf *s, struct store_walk *walk, enum kind kind, struct writing *p,
			    struct err *err)
{
	struct query_construct q;
	uint32_t name;
	bool more;
	int rc;

	query_construct_init(&q, kind, &s->view, s->st);
	while (!(rc = store_walk_next(walk, &q.facts, &more, &name, q.at.v, err)) && more) {
		if (!name && (p->o.format != REPORT_MD || p->o.style != STYLE_DEPSURF))
			continue;
		q.name = name ? strtab_text(store_strtab(s->st), name) : UNNAMED;
		query_construct_compare(&q);
		report_construct(&p->text, &q, &p->o);
		rc = put_page(p, q.name, err);
		if (rc)
			break;
	}
	query_construct_done(&q);
	return rc;
}

struct field_names {
	struct arena texts;
	VEC(const char *) v;
};

static void add_name(void *ctx, const char *name, size_t len)
{
	struct field_names *names = ctx;

	VEC_PUSH(&names->v, arena_strndup(&names->texts, name, len));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By name, so that the fields of a construct follow each other: it is read once for all of them. */
static int write_fields(struct shelf *s, struct writing *p, struct err *err)
{
	struct field_names names = { 0 };
	struct field q;
	bool found;
	int rc;

	arena_init(&names.texts);
	field_init(&q, &s->view, s->st);
	rc = store_each_name(s->st, KIND_FIELD, add_name, &names, err);
	if (names.v.n)
		qsort(names.v.v, names.v.n, sizeof(*names.v.v), compare_names);
	for (size_t i = 0; !rc && i < names.v.n; i++) {
		if (i && !strcmp(names.v.v[i], names.v.v[i - 1]))
			continue;
		rc = field_get(&q, s->st, names.v.v[i], &found, err);
		if (rc || !found)
			continue;
		report_field(&p->text, &q, &p->o);
		rc = put_page(p, q.name, err);
	}
	field_done(&q);
	VEC_DONE(&names.v);
	arena_done(&names.texts);
	return rc;
}

static int write_kind(struct shelf *s, enum kind kind, struct writing *p, struct err *err)
{
	size_t n = s->images.images.n;
	struct store_walk *walk;
	uint32_t *ids;
	int rc;

	if (kind == KIND_FIELD)
		return write_fields(s, p, err);
	ids = base_calloc(n, sizeof(*ids));
	for (size_t i = 0; i < n; i++)
		ids[i] = s->images.images.v[i].id;
	rc = store_walk_open(s->st, kind, ids, n, 0, &walk, err);
	free(ids);
	if (rc)
		return rc;
	rc = write_constructs(s, walk, kind, p, err);
	store_walk_close(walk);
	return rc;
}

/* One kind goes to DIR itself, several to DIR/KIND. */
static int write_kinds(const struct cli_args *a, struct shelf *s, struct writing *p, struct stages *stages,
		       struct err *err)
{
	/* A page is Markdown unless another format is asked for. */
	static const char *const suffixes[] = { ".md", ".md", ".json", ".md" };
	const char *suffix = suffixes[a->outputs.v[0].format], *dir = a->operands[0];
	uint32_t kinds = a->kinds ? a->kinds : 1u << KIND_FUNC;
	bool several = kinds & (kinds - 1);
	struct buf path = { 0 };
	int rc = 0;

	if (several && mkdir(dir, 0777) && errno != EEXIST)
		return err_set(err, ERR_IO, dir, ERR_NO_OFFSET, "cannot be written: %s", strerror(errno));
	for (enum kind k = 0; !rc && k < KIND_NKINDS; k++) {
		uint64_t start = stage_now_ns(), npages = p->npages, bytes = p->bytes;

		if (!(kinds & 1u << k))
			continue;
		path.n = 0;
		buf_printf(&path, several ? "%s/%s" : "%s", dir, kind_words[k].word);
		rc = open_pages(&p->w, buf_z(&path), suffix, err);
		rc = rc ? rc : write_kind(s, k, p, err);
		close_pages(&p->w);
		stage_add(stages, kind_words[k].plural, start, p->bytes - bytes, p->npages - npages);
	}
	buf_done(&path);
	return rc;
}

int cmd_pages(const struct cli_args *a)
{
	enum report_format format = a->outputs.v[0].format;
	struct writing p = { .o = { .format = format == REPORT_JSON ? REPORT_JSON : REPORT_MD, .style = a->style } };
	struct stages stages = { .n = 0 };
	struct err err = ERR_INIT;
	struct shelf s;
	char count[32];
	int rc;

	if (cli_open_shelf(a, &s, &err))
		return cli_fail(&err);
	rc = write_kinds(a, &s, &p, &stages, &err);
	cli_close_shelf(&s);
	buf_done(&p.text);
	if (rc)
		return cli_fail(&err);
	if (a->stats)
		cli_print_stages(&stages);
	cli_say(a, "wrote %s pages to %s", cli_count(p.npages, count), a->operands[0]);
	return EXIT_FINE;
}
