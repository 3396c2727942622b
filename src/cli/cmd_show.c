// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf show and pages: the report of one function, and of all.
 */
#include "cli/cli_int.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEAREST_MAX 5

/* One of the reports that a call prints. */
struct shown {
	const struct query_func *q;
	bool first;
};

static void render_func(struct buf *out, void *ctx, const struct report_options *o)
{
	const struct shown *s = ctx;

	if (!s->first && o->format == REPORT_TERM)
		buf_char(out, '\n');
	report_func(out, s->q, o);
}

static int say_not_found(struct shelf *s, const char *name, struct err *err)
{
	struct query_names near;

	if (query_nearest(s->st, name, NEAREST_MAX, &near, err))
		return cli_fail(err);
	if (s->images.images.n == 1)
		cli_warn("no function %s in %s", name, s->images.images.v[0].info.name);
	else
		cli_warn("no function %s in any of %zu images", name, s->images.images.n);
	if (near.names.n)
		fprintf(stderr, "nearest names:\n");
	for (size_t i = 0; i < near.names.n; i++)
		fprintf(stderr, "  %s\n", near.names.v[i].name);
	query_names_done(&near);
	return EXIT_FINDINGS;
}

int cmd_show(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct query_func q;
	struct shown shown = { .q = &q, .first = true };
	struct shelf s;
	int rc = EXIT_FINE;

	if (open_shelf(a, &s, &err))
		return cli_fail(&err);
	query_func_init(&q, &s.view, s.st);
	for (int i = 0; i < a->noperands; i++) {
		bool found = false;
		int one;

		err_clear(&err);
		if (query_func_get(&q, s.st, a->operands[i], &found, &err))
			one = cli_fail(&err);
		else if (!found)
			one = say_not_found(&s, a->operands[i], &err);
		else
			one = cli_write(a, !shown.first, render_func, &shown);
		shown.first &= !found;
		rc = one > rc ? one : rc;
	}
	query_func_done(&q);
	close_shelf(&s);
	return rc;
}

/* ---- pages ---- */

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
	size_t done = 0;
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
	while (done < text->n) {
		ssize_t n = write(fd, text->v + done, text->n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = page_err(w, name, err);
			break;
		}
		done += (size_t)n;
	}
	if (close(fd) && !rc)
		rc = page_err(w, name, err);
	return rc;
}

static int write_pages(const struct cli_args *a, struct shelf *s, struct page_writer *w,
		       const struct report_options *o, uint64_t *npages, uint64_t *bytes, struct err *err)
{
	size_t n = s->images.images.n;
	uint32_t *ids = base_calloc(n, sizeof(*ids)), name;
	struct buf text = { 0 };
	struct store_walk *walk;
	struct query_func q;
	bool more;
	int rc;

	(void)a;
	for (size_t i = 0; i < n; i++)
		ids[i] = s->images.images.v[i].id;
	rc = store_walk_open(s->st, KIND_FUNC, ids, n, 0, &walk, err);
	free(ids);
	if (rc)
		return rc;
	query_func_init(&q, &s->view, s->st);
	q.at.n = 0;
	VEC_RESERVE(&q.at, n);
	q.at.n = n;
	while (!(rc = store_walk_next(walk, &q.facts, &more, &name, q.at.v, err)) && more) {
		q.name = strtab_text(store_strtab(s->st), name);
		query_func_compare(&q);
		text.n = 0;
		report_func(&text, &q, o);
		rc = write_page(w, q.name, &text, err);
		if (rc)
			break;
		++*npages;
		*bytes += text.n;
	}
	query_func_done(&q);
	store_walk_close(walk);
	buf_done(&text);
	return rc;
}

int cmd_pages(const struct cli_args *a)
{
	/* A page is Markdown unless another format is asked for. */
	static const char *const suffixes[] = { ".md", ".md", ".json" };
	enum report_format format = a->outputs.v[0].format;
	struct report_options o = { .format = format == REPORT_TERM ? REPORT_MD : format, .style = a->style };
	uint64_t npages = 0, bytes = 0, start = stage_now_ns();
	struct stages stages = { .n = 0 };
	struct err err = ERR_INIT;
	struct page_writer w;
	struct shelf s;
	char count[32];
	int rc;

	if (open_shelf(a, &s, &err))
		return cli_fail(&err);
	rc = open_pages(&w, a->operands[0], suffixes[format], &err);
	rc = rc ? rc : write_pages(a, &s, &w, &o, &npages, &bytes, &err);
	close_pages(&w);
	close_shelf(&s);
	if (rc)
		return cli_fail(&err);
	stage_add(&stages, "pages", start, bytes, npages);
	if (a->stats)
		cli_print_stages(&stages);
	cli_say(a, "wrote %s pages to %s", cli_count(npages, count), a->operands[0]);
	return EXIT_FINE;
}
