// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules of a kernel: each is opened, read on one lane and closed, several lanes side by side; what they say is
 * joined in the order of their names, as soon as all before them are there, so that few are in memory at a time.
 * Never believes a module's name or kernel from its file alone where the file's bytes tell.
 */
#include "extract/join_int.h"

#include <pthread.h>
#include <stdio.h>

/* Parts of one module: stripped, and its debug information. More are as good as two. */
#define PARTS_MAX 8
/* A lane runs ahead of what is joined by no more modules than this. */
#define AHEAD_PER_LANE 8

struct module_job {
	const struct image_part *const *parts;
	size_t nparts;
	struct module_facts *facts; /* NULL: not read yet */
};

struct modules_pass {
	const struct extract_options *o;
	const struct kernel_view *view;
	struct joining *joining;
	struct module_job *jobs;
	size_t njobs, next; /* the next one to be joined */
	unsigned int ahead;
	bool in_join;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* ---- one module ---- */

/* The part of a path that names the module: nf-conntrack of /x/nf-conntrack.ko.debug. */
static size_t stem_of(const char *path, const char **start)
{
	const char *slash = strrchr(path, '/'), *ko;

	*start = slash ? slash + 1 : path;
	ko = strstr(*start, ".ko");
	if (!ko)
		ko = strstr(*start, ".btf");
	return ko ? (size_t)(ko - *start) : strlen(*start);
}

static int compare_stems(const char *a, const char *b)
{
	const char *sa, *sb;
	size_t na = stem_of(a, &sa), nb = stem_of(b, &sb);

	for (size_t i = 0; i < na && i < nb; i++) {
		char x = sa[i] == '-' ? '_' : sa[i], y = sb[i] == '-' ? '_' : sb[i];

		if (x != y)
			return (unsigned char)x < (unsigned char)y ? -1 : 1;
	}
	return na < nb ? -1 : na > nb;
}

static int by_name(const void *a, const void *b)
{
	const struct image_part *pa = *(const struct image_part *const *)a, *pb = *(const struct image_part *const *)b;
	int c = compare_stems(pa->path, pb->path);

	return c ? c : strcmp(pa->path, pb->path);
}

static void found(struct module_facts *m, const char *code, const struct err *err)
{
	finding_add(&m->findings, &m->s.arena, code, 1, err);
}

static void left_out(struct module_facts *m, const char *code, const struct err *err)
{
	found(m, code, err);
	m->left_out = true;
}

struct open_parts {
	struct image *v[PARTS_MAX];
	size_t n;
	struct image *types; /* split BTF in a file of its own; NULL: none */
};

static void open_parts(const struct module_job *job, struct module_facts *m, struct open_parts *ret)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < job->nparts && ret->n < PARTS_MAX; i++) {
		const struct image_part *p = job->parts[i];
		struct image *img;

		err_clear(&err);
		if (image_open_part(p, &img, &err)) {
			found(m, "module-unreadable", &err);
			continue;
		}
		if (image_kind(img) == IMAGE_MODULE) {
			ret->v[ret->n++] = img;
			continue;
		}
		if (image_kind(img) == IMAGE_TYPES && !ret->types) {
			ret->types = img;
			continue;
		}
		err_set(&err, ERR_FORMAT, p->path, ERR_NO_OFFSET, "is no module");
		found(m, "module-unreadable", &err);
		image_close(img);
	}
}

static bool has_bytes(struct image *img, const char *section, struct image_bytes *ret)
{
	struct err err = ERR_INIT;

	*ret = (struct image_bytes){ NULL, 0 };
	return !image_section(img, section, ret, &err) && ret->size;
}

/* The first part that has a section, or else the first one. */
static struct image *part_with(const struct open_parts *p, const char *section, struct image_bytes *ret)
{
	for (size_t i = 0; i < p->n; i++)
		if (has_bytes(p->v[i], section, ret))
			return p->v[i];
	return p->v[0];
}

/* A kernel loads only modules that were built with it: the release must be the same. */
static bool is_of_kernel(struct module_facts *m, struct image *img, const struct image_info *kernel)
{
	struct image_modinfo mod = image_modinfo(img);
	struct err err = ERR_INIT;

	m->name = arena_strndup(&m->s.arena, mod.name, strlen(mod.name));
	for (char *p = (char *)(uintptr_t)m->name; *p; p++)
		*p = *p == '-' ? '_' : *p;
	if (!*mod.release || !strcmp(mod.release, kernel->release))
		return true;
	err_set(&err, ERR_FORMAT, image_path(img), ERR_NO_OFFSET,
		"modules of another kernel (%s) than %s were left out: nothing is said of them", mod.release,
		kernel->release);
	left_out(m, "module-of-another-kernel", &err);
	return false;
}

static void keep_btf(struct module_facts *m, const struct image_bytes *btf)
{
	m->btf = memcpy(base_alloc(btf->size), btf->data, btf->size);
	m->btf_size = btf->size;
}

/* What of a module's own kind cannot be known. */
static void judge(struct module_facts *m, const struct module_source *src, const struct kernel_view *v, bool has_btf)
{
	struct image_bytes b;
	struct err err = ERR_INIT;

	if (v->base && !has_btf) {
		err_set(&err, ERR_MISSING, image_path(src->code), ERR_NO_OFFSET,
			"modules without .BTF, or without a type in it: which of their functions fentry can find is not known");
		found(m, "module-btf-empty", &err);
	}
	if ((v->s->info.facts & FACT_INSTANCES) && !has_bytes(src->debug, ".debug_info", &b)) {
		err_clear(&err);
		err_set(&err, ERR_MISSING, image_path(src->code), ERR_NO_OFFSET,
			"modules without DWARF: their functions are those with a symbol; inlining and callers in them are "
			"not known");
		found(m, "module-no-dwarf", &err);
	}
}

static void read_open(struct modules_pass *p, const struct open_parts *parts, struct module_facts *m)
{
	struct image_info id = { .build_id = "" };
	struct module_source src = { .where = "" };
	struct image_bytes b, modinfo;
	struct err err = ERR_INIT;
	char where[300];
	bool has_btf = false;

	src.code = part_with(parts, ".modinfo", &modinfo);
	src.debug = part_with(parts, ".debug_info", &b);
	if (!modinfo.size && !b.size) {
		err_set(&err, ERR_FORMAT, image_path(src.code), ERR_NO_OFFSET, "has no .modinfo: no module, or cut off");
		left_out(m, "module-unreadable", &err);
		return;
	}
	if (!is_of_kernel(m, src.code, &p->view->s->info))
		return;
	snprintf(where, sizeof(where), "%s:.BTF", image_path(part_with(parts, ".BTF", &src.btf)));
	src.where = where;
	if (!b.size)
		src.debug = src.code;
	if (src.btf.size && has_bytes(part_with(parts, ".BTF", &b), ".BTF.base", &b) &&
	    btf_base_open(where, b.data, b.size, &src.own_base, &err))
		found(m, "module-btf-base", &err);
	err_clear(&err);
	if (!image_identify(src.code, &m->s.arena, &id, &err))
		m->build_id = id.build_id;
	err_clear(&err);
	if (extract_module(&src, p->o, p->view, m, &has_btf, &err)) {
		left_out(m, "module-unreadable", &err);
	} else {
		judge(m, &src, p->view, has_btf);
		module_find_news(m, p->view);
		if (has_btf && !src.own_base)
			keep_btf(m, &src.btf);
	}
	btf_base_close(src.own_base);
}

/* The kernel that it belongs to is told by the base alone, which btf_read_split holds it against. */
static void read_types(const struct kernel_view *v, struct image *img, struct module_facts *m)
{
	struct err err = ERR_INIT;
	struct image_bytes b;
	const char *stem;
	size_t n = stem_of(image_path(img), &stem);
	char *name = arena_strndup(&m->s.arena, stem, n);

	for (size_t i = 0; i < n; i++)
		name[i] = name[i] == '-' ? '_' : name[i];
	m->name = name;
	if (!v->base) {
		err_set(&err, ERR_MISSING, image_path(img), ERR_NO_OFFSET,
			"split BTF is of no use without the kernel's own .BTF, which it goes on from");
		left_out(m, "module-btf-unreadable", &err);
	} else if (!image_section(img, ".BTF", &b, &err)) {
		m->left_out = !module_types_alone(m, v, image_path(img), b.data, b.size);
	}
}

static struct module_facts *read_module(struct modules_pass *p, const struct module_job *job)
{
	struct module_facts *m = base_alloc(sizeof(*m));
	struct open_parts parts = { .n = 0 };

	module_facts_init(m, p->view);
	open_parts(job, m, &parts);
	if (parts.n)
		read_open(p, &parts, m);
	else if (parts.types)
		read_types(p->view, parts.types, m);
	else
		m->left_out = true;
	image_close(parts.types);
	for (size_t i = 0; i < parts.n; i++)
		image_close(parts.v[i]);
	return m;
}

/* ---- all modules ---- */

/* Joins what is there, in order; one lane at a time, the others go on reading. */
static void join_ready(struct modules_pass *p)
{
	while (!p->in_join && p->next < p->njobs && p->jobs[p->next].facts) {
		struct module_facts *m = p->jobs[p->next].facts;

		p->in_join = true;
		pthread_mutex_unlock(&p->lock);
		joining_add(p->joining, m);
		module_facts_done(m);
		free(m);
		pthread_mutex_lock(&p->lock);
		p->in_join = false;
		p->jobs[p->next++].facts = NULL;
		pthread_cond_broadcast(&p->moved);
	}
}

static void read_job(void *ctx, unsigned int lane, size_t n)
{
	struct modules_pass *p = ctx;
	struct module_facts *m;

	(void)lane;
	pthread_mutex_lock(&p->lock);
	while (n >= p->next + p->ahead)
		pthread_cond_wait(&p->moved, &p->lock);
	pthread_mutex_unlock(&p->lock);
	m = read_module(p, &p->jobs[n]);
	pthread_mutex_lock(&p->lock);
	p->jobs[n].facts = m;
	join_ready(p);
	pthread_mutex_unlock(&p->lock);
}

/* Parts of one module stand side by side, and are one job. */
static void make_jobs(struct modules_pass *p, const struct image_part **sorted, size_t n)
{
	p->jobs = base_calloc(n, sizeof(*p->jobs));
	for (size_t i = 0; i < n; i++) {
		if (i && !compare_stems(sorted[i]->path, sorted[i - 1]->path)) {
			p->jobs[p->njobs - 1].nparts++;
			continue;
		}
		p->jobs[p->njobs++] = (struct module_job){ .parts = (const struct image_part *const *)&sorted[i], .nparts = 1 };
	}
}

int extract_modules(struct surface *s, const struct extract_options *o, const struct image_part *const *modules, size_t n,
		    struct err *err)
{
	unsigned int nlanes = o->nlanes ? o->nlanes : lanes_default();
	struct modules_pass p = { .o = o, .ahead = nlanes * AHEAD_PER_LANE };
	const struct image_part **sorted;
	struct kernel_view view;
	uint64_t start = stage_now_ns(), bytes = 0;

	(void)err;
	if (!n)
		return 0;
	sorted = base_alloc(n * sizeof(*sorted));
	for (size_t i = 0; i < n; i++) {
		sorted[i] = modules[i];
		bytes += modules[i]->size;
	}
	qsort(sorted, n, sizeof(*sorted), by_name);
	kernel_view_init(&view, s);
	kernel_view_open_base(&view);
	view.layouts = kernel_base_open(s);
	p.view = &view;
	p.joining = joining_new();
	make_jobs(&p, sorted, n);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.moved, NULL);
	lanes_run(nlanes, p.njobs, read_job, &p);
	pthread_cond_destroy(&p.moved);
	pthread_mutex_destroy(&p.lock);
	kernel_base_close(view.layouts);
	kernel_view_done(&view);
	if (o->stages)
		stage_add(o->stages, "modules", start, bytes, p.njobs);
	start = stage_now_ns();
	joining_end(p.joining, s);
	if (o->stages)
		stage_add(o->stages, "join modules", start, 0, s->instances.n);
	free(p.jobs);
	free(sorted);
	return 0;
}
