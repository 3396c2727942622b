// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names that match a glob or a regular expression, over all kinds, and the images that have them. The
 * engine is PCRE2 with its compiler (a glob is turned into a regular expression by PCRE2 too); every name
 * of the store is looked at once. A pattern that takes too many steps is refused, never waited for.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include "query/query.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps for one name, of some 10 to 200 that an honest pattern takes; time for all of them. */
#define MATCH_STEPS 100000
#define MATCH_NS    5000000000ull
/* How many names are looked at between looks at the clock. */
#define CLOCK_EVERY 256

struct matcher {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	bool jit;
	bool members; /* of a field's name only what follows the last "::" is looked at */
};

/* The names of one kind that match and come first, at most `limit`. */
struct picker {
	struct matcher *m;
	struct query_search *q;
	enum kind kind;
	size_t limit;
	VEC(char *) names; /* up to twice the limit, then the last are dropped */
	const char *last;  /* with the limit reached: a name behind it does not come in */
	uint64_t looked, started;
	int code; /* PCRE2's error, or 0 */
	bool late;
};

static int bad_pattern(struct err *err, const char *what, int code, size_t at)
{
	PCRE2_UCHAR msg[256];

	pcre2_get_error_message(code, msg, sizeof(msg));
	return err_set(err, ERR_USAGE, NULL, ERR_NO_OFFSET, "%s, at character %zu: %s", what, at + 1,
		       (const char *)msg);
}

static int compile(struct matcher *m, const char *what, const char *pattern, size_t n, struct err *err)
{
	PCRE2_SIZE at;
	size_t size = 0;
	int code;

	/* Names are bytes: as UTF-8 they would have to be checked first. */
	m->code = pcre2_compile((PCRE2_SPTR)pattern, n, PCRE2_DOTALL | PCRE2_NEVER_UTF, &code, &at, NULL);
	if (!m->code)
		return bad_pattern(err, what, code, at);
	/* Where PCRE2 has no compiler for the processor, or the pattern forbids it, it interprets. */
	m->jit = !pcre2_jit_compile(m->code, PCRE2_JIT_COMPLETE) &&
		 !pcre2_pattern_info(m->code, PCRE2_INFO_JITSIZE, &size) && size;
	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (!m->data || !m->context)
		base_oom(sizeof(*m));
	pcre2_set_match_limit(m->context, MATCH_STEPS);
	pcre2_set_depth_limit(m->context, MATCH_STEPS);
	return 0;
}

/* '*' and '?' do not match '/', which stands in no name: PCRE2 10.42 converts [!a] wrongly without a separator. */
static int compile_glob(struct matcher *m, const char *glob, struct err *err)
{
	PCRE2_UCHAR *regex = NULL;
	PCRE2_SIZE n = 0;
	int code = pcre2_pattern_convert((PCRE2_SPTR)glob, strlen(glob),
					 PCRE2_CONVERT_GLOB | PCRE2_CONVERT_GLOB_NO_STARSTAR, &regex, &n, NULL);

	if (code)
		return bad_pattern(err, "the glob", code, n);
	code = compile(m, "the glob", (const char *)regex, n, err);
	pcre2_converted_pattern_free(regex);
	return code;
}

static void matcher_done(struct matcher *m)
{
	pcre2_match_context_free(m->context);
	pcre2_match_data_free(m->data);
	pcre2_code_free(m->code);
}

static int match(const struct matcher *m, const char *s, size_t n)
{
	if (m->jit)
		return pcre2_jit_match(m->code, (PCRE2_SPTR)s, n, 0, 0, m->data, m->context);
	return pcre2_match(m->code, (PCRE2_SPTR)s, n, 0, 0, m->data, m->context);
}

/* ---- the first names ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void cut(struct picker *p)
{
	if (p->names.n)
		qsort(p->names.v, p->names.n, sizeof(*p->names.v), compare_names);
	if (p->names.n < p->limit)
		return;
	p->names.n = p->limit;
	p->last = p->limit ? p->names.v[p->limit - 1] : "";
}

static void keep(struct picker *p, const char *name, size_t n)
{
	p->q->found[p->kind]++;
	if (!p->limit || (p->last && strncmp(p->last, name, n) < 0))
		return;
	VEC_PUSH(&p->names, arena_strndup(&p->q->arena, name, n));
	if (p->names.n >= 2 * p->limit)
		cut(p);
}

/* What follows the last "::". */
static const char *member_of(const char *name, size_t n)
{
	const char *colons = memrchr(name, ':', n);

	return colons ? colons + 1 : name;
}

static void look_at(void *ctx, const char *name, size_t n)
{
	struct picker *p = ctx;
	const char *s = name;
	int code;

	if (p->code || p->late)
		return;
	if (p->looked++ % CLOCK_EVERY == 0 && stage_now_ns() - p->started > MATCH_NS) {
		p->late = true;
		return;
	}
	if (p->kind == KIND_FIELD && p->m->members)
		s = member_of(name, n);
	code = match(p->m, s, n - (size_t)(s - name));
	if (code >= 0)
		keep(p, name, n);
	else if (code != PCRE2_ERROR_NOMATCH)
		p->code = code;
}

static int too_long(const struct picker *p, struct err *err)
{
	PCRE2_UCHAR msg[256] = "out of time";

	if (p->code)
		pcre2_get_error_message(p->code, msg, sizeof(msg));
	return err_set(err, ERR_USAGE, NULL, ERR_NO_OFFSET,
		       "the pattern takes too long on %s (%s); repetitions within repetitions do",
		       kind_words[p->kind].plural, (const char *)msg);
}

/* ---- the search ---- */

static int add_matches(struct query_search *q, struct store *st, const struct picker *p, const uint32_t *ids,
		       struct err *err)
{
	size_t nimages = q->view->images->images.n, at = q->has.n, n = p->names.n;

	VEC_RESERVE(&q->has, n * q->words);
	q->has.n += n * q->words;
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&q->matches, ((struct query_match){ .kind = p->kind, .name = p->names.v[i],
							     .has = at + i * q->words }));
	return store_has_many(st, p->kind, (const char *const *)p->names.v, n, ids, nimages, q->has.v + at, err);
}

static int search_kind(struct picker *p, struct store *st, const uint32_t *ids, struct err *err)
{
	int rc;

	p->names.n = 0;
	p->last = NULL;
	p->limit = p->q->limit - p->q->matches.n;
	rc = store_each_name(st, p->kind, look_at, p, err);
	if (!rc && (p->code || p->late))
		rc = too_long(p, err);
	cut(p);
	return rc ? rc : add_matches(p->q, st, p, ids, err);
}

static int search_kinds(struct query_search *q, struct matcher *m, struct store *st, uint32_t kinds,
			struct err *err)
{
	struct picker p = { .m = m, .q = q, .started = stage_now_ns() };
	size_t n = q->view->images->images.n;
	uint32_t *ids = base_calloc(n, sizeof(*ids));
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = q->view->images->images.v[i].id;
	for (int k = 0; !rc && k < KIND_NKINDS; k++) {
		p.kind = (enum kind)k;
		if (kinds & 1u << k)
			rc = search_kind(&p, st, ids, err);
	}
	VEC_DONE(&p.names);
	free(ids);
	return rc;
}

int query_search(struct query_search *q, struct store *st, const struct query_view *v, const char *pattern,
		 bool regex, uint32_t kinds, size_t limit, struct err *err)
{
	/* "::" stands in the names of fields alone. */
	bool colons = strstr(pattern, "::") != NULL;
	struct matcher m = { .members = !colons };
	int rc;

	*q = (struct query_search){ .view = v, .pattern = pattern, .regex = regex, .limit = limit };
	arena_init(&q->arena);
	q->words = (v->images->images.n + 63) / 64;
	if (!kinds)
		kinds = colons && !regex ? 1u << KIND_FIELD : UINT32_MAX;
	if (regex)
		rc = compile(&m, "the regular expression", pattern, strlen(pattern), err);
	else
		rc = compile_glob(&m, pattern, err);
	rc = rc ? rc : search_kinds(q, &m, st, kinds, err);
	matcher_done(&m);
	if (rc)
		query_search_done(q);
	return rc;
}

void query_search_done(struct query_search *q)
{
	VEC_DONE(&q->matches);
	VEC_DONE(&q->has);
	arena_done(&q->arena);
}
