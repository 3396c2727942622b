// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups of images around a base, their labels, and the image that a text names (semantics,
 * section 1). Knows images by their identity only.
 */
#include "query/query.h"

#include <ctype.h>
#include <stdio.h>

const char *const query_group_text[GROUP_NKINDS] = {
	[GROUP_REGULAR] = "Regular",
	[GROUP_ARCH] = "Arch",
	[GROUP_FLAVOR] = "Flavor",
};

static const struct image_info *info_at(const struct query_view *v, uint32_t i)
{
	return &v->images->images.v[i].info;
}

static bool same_version(const struct image_info *a, const struct image_info *b)
{
	return !memcmp(a->version, b->version, sizeof(a->version));
}

/* The group in which `m` stands around `base`, or GROUP_NKINDS. */
static enum query_group_kind group_of(const struct image_info *base, const struct image_info *m)
{
	bool arch = !strcmp(base->arch, m->arch), flavor = !strcmp(base->flavor, m->flavor);

	if (arch && flavor)
		return GROUP_REGULAR;
	if (!same_version(base, m) || (!arch && !flavor))
		return GROUP_NKINDS;
	return flavor ? GROUP_ARCH : GROUP_FLAVOR;
}

/* ---- base ---- */

struct candidate {
	const struct image_info *info;
	uint32_t relatives; /* in Arch and Flavor */
	uint32_t regular;
};

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* > 0 when a is the better base. Where the contract is silent: what most people run. */
static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
	int c = compare_numbers(a->relatives, b->relatives);

	for (int i = 0; !c && i < 3; i++)
		c = compare_numbers(a->info->version[i], b->info->version[i]);
	if (!c)
		c = compare_numbers(a->regular, b->regular);
	if (!c)
		c = !strcmp(a->info->flavor, "generic") - !strcmp(b->info->flavor, "generic");
	if (!c)
		c = !strcmp(a->info->arch, "amd64") - !strcmp(b->info->arch, "amd64");
	if (!c)
		c = image_compare_revision(a->info->revision, b->info->revision);
	return c ? c : image_compare(a->info, b->info);
}

static uint32_t choose_base(const struct query_view *v)
{
	struct candidate best = { 0 };
	uint32_t n = (uint32_t)v->images->images.n, ret = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct candidate c = { .info = info_at(v, i) };

		for (uint32_t j = 0; j < n; j++) {
			enum query_group_kind g = group_of(c.info, info_at(v, j));

			c.relatives += g == GROUP_ARCH || g == GROUP_FLAVOR;
			c.regular += g == GROUP_REGULAR;
		}
		if (!best.info || compare_candidates(&c, &best) > 0) {
			best = c;
			ret = i;
		}
	}
	return ret;
}

/* ---- labels ---- */

/* How much a label says. Each level is tried for those that the one before leaves alike. */
enum label_level { LABEL_SHORT, LABEL_REVISION, LABEL_NAME };

/* "5.4", "6.12.107": the version without its last ".0". */
static void put_version(struct buf *b, const struct image_info *info)
{
	buf_dec(b, info->version[0]);
	buf_char(b, '.');
	buf_dec(b, info->version[1]);
	if (info->version[2]) {
		buf_char(b, '.');
		buf_dec(b, info->version[2]);
	}
}

/* "6.1.0-56", "6.12.107+deb13": the release up to its revision, as it is written. */
static void put_revision(struct buf *b, const struct image_info *info)
{
	const char *at = info->release;
	size_t n = strlen(info->revision);

	at += strspn(at, "0123456789.");
	if (n && *at && !strncmp(at + 1, info->revision, n))
		buf_put(b, info->release, (size_t)(at + 1 - info->release) + n);
	else
		put_version(b, info);
}

static const char *make_label(struct arena *a, enum query_group_kind kind, enum label_level level,
			      const struct image_info *info)
{
	struct buf b = { 0 };
	const char *ret;

	if (level == LABEL_NAME) {
		buf_puts(&b, info->name);
	} else {
		if (kind == GROUP_ARCH)
			buf_puts(&b, info->arch);
		else if (kind == GROUP_FLAVOR)
			buf_puts(&b, info->flavor);
		else if (level == LABEL_SHORT)
			put_version(&b, info);
		if (level == LABEL_REVISION) {
			if (b.n)
				buf_char(&b, ' ');
			put_revision(&b, info);
		}
	}
	ret = arena_strndup(a, b.v, b.n);
	buf_done(&b);
	return ret;
}

/* Level by level, the labels that are still shared are written anew. */
static void label_group(struct query_view *v, struct query_group *g)
{
	size_t n = g->members.n;
	bool *shared = base_calloc(n, sizeof(*shared));

	for (enum label_level level = LABEL_SHORT; level <= LABEL_NAME; level++) {
		for (size_t i = 0; i < n; i++) {
			struct query_member *m = &g->members.v[i];

			if (level == LABEL_SHORT || shared[i])
				m->label =
					make_label(&v->arena, g->kind, level, info_at(v, m->image));
			if (level == LABEL_SHORT)
				m->ds_label = m->label;
		}
		memset(shared, 0, n * sizeof(*shared));
		for (size_t i = 0; i < n; i++)
			for (size_t j = i + 1; j < n; j++)
				if (!strcmp(g->members.v[i].label, g->members.v[j].label))
					shared[i] = shared[j] = true;
	}
	free(shared);
}

/* ---- the view ---- */

static void make_groups(struct query_view *v)
{
	const struct image_info *base = info_at(v, v->base);

	for (int k = 0; k < GROUP_NKINDS; k++)
		v->groups[k].kind = (enum query_group_kind)k;
	for (uint32_t i = 0; i < v->images->images.n; i++) {
		enum query_group_kind k = group_of(base, info_at(v, i));

		if (k == GROUP_NKINDS)
			VEC_PUSH(&v->unrelated, i);
		else
			VEC_PUSH(&v->groups[k].members, ((struct query_member){ .image = i }));
	}
	for (int k = 0; k < GROUP_NKINDS; k++) {
		struct query_group *g = &v->groups[k];
		const char *label = make_label(&v->arena, g->kind, LABEL_SHORT, base);

		label_group(v, g);
		g->base = (struct query_member){ .image = v->base,
						 .label = label,
						 .ds_label = label };
		for (size_t i = 0; i < g->members.n; i++)
			if (g->members.v[i].image == v->base)
				g->base = g->members.v[i];
	}
}

int query_view_init(struct query_view *v, const struct store_images *images, const char *base,
		    struct err *err)
{
	uint32_t found;
	int ret = 0;

	*v = (struct query_view){ .images = images };
	arena_init(&v->arena);
	if (!images->images.n)
		return err_set(err, ERR_NOT_FOUND, NULL, ERR_NO_OFFSET, "the store has no images");
	if (base) {
		ret = query_find_image(images, base, &found, err);
		if (ret)
			return ret;
		v->base = found;
	} else {
		v->base = choose_base(v);
	}
	make_groups(v);
	return 0;
}

void query_view_done(struct query_view *v)
{
	for (int k = 0; k < GROUP_NKINDS; k++)
		VEC_DONE(&v->groups[k].members);
	VEC_DONE(&v->unrelated);
	arena_done(&v->arena);
}

/* ---- naming an image ---- */

enum match { MATCH_NONE, MATCH_PART, MATCH_WORDS, MATCH_WHOLE };

/* How well `text` names `name`: "6.1" is a part of 6.12.107, but words of 6.1.0-56. */
static enum match match_name(const char *name, const char *text)
{
	size_t n = strlen(text);
	enum match best = MATCH_NONE;

	if (!strcmp(name, text))
		return MATCH_WHOLE;
	for (const char *at = name; n && (at = strstr(at, text)); at++) {
		bool begins = at == name || !isalnum((unsigned char)at[-1]) ||
			      !isalnum((unsigned char)text[0]);
		bool ends = !isalnum((unsigned char)at[n]) || !isalnum((unsigned char)text[n - 1]);

		if (begins && ends)
			return MATCH_WORDS;
		best = MATCH_PART;
	}
	return best;
}

/* "a, b, c and 4 more": the images that match at least so well. */
static const char *list_images(const struct store_images *images, const char *text,
			       enum match least, struct buf *b)
{
	enum { SHOWN = 6 };
	size_t n = 0;

	for (size_t i = 0; i < images->images.n; i++) {
		const char *name = images->images.v[i].info.name;

		if (match_name(name, text) < least || ++n > SHOWN)
			continue;
		buf_puts(b, n > 1 ? ", " : "");
		buf_puts(b, name);
	}
	if (n > SHOWN)
		buf_printf(b, " and %zu more", n - SHOWN);
	return buf_z(b);
}

int query_find_image(const struct store_images *images, const char *text, uint32_t *ret,
		     struct err *err)
{
	enum match best = MATCH_NONE;
	struct buf list = { 0 };
	uint32_t n = 0, at = 0;
	int code;

	for (size_t i = 0; i < images->images.n; i++) {
		enum match m = match_name(images->images.v[i].info.name, text);

		if (m == MATCH_NONE || m < best)
			continue;
		n = m > best ? 1 : n + 1;
		best = m;
		at = (uint32_t)i;
	}
	if (n == 1) {
		*ret = at;
		return 0;
	}
	if (!images->images.n)
		return err_set(err, ERR_NOT_FOUND, NULL, ERR_NO_OFFSET, "the store has no images");
	list_images(images, text, best, &list);
	if (n)
		code = err_set(err, ERR_USAGE, NULL, ERR_NO_OFFSET, "'%s' names %u images: %s",
			       text, n, list.v);
	else
		code = err_set(err, ERR_NOT_FOUND, NULL, ERR_NO_OFFSET,
			       "no image is called '%s'; there is %s", text, list.v);
	buf_done(&list);
	return code;
}
