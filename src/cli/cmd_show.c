// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf show: the reports of a name, one a kind that has it.
 */
#include "cli/cli_int.h"

#define NEAREST_MAX 5

/* One of the reports that a call prints. */
struct shown {
	const struct field *field; /* or */
	const struct query_construct *construct;
	bool first;
};

static void render(struct buf *out, void *ctx, const struct report_options *o)
{
	const struct shown *s = ctx;

	if (!s->first && o->format == REPORT_TERM)
		buf_char(out, '\n');
	if (s->field)
		report_field(out, s->field, o);
	else
		report_construct(out, s->construct, o);
}

/* "struct", "struct or union", "function, struct or enum"; "construct" for all. */
static void put_kinds(struct buf *out, uint32_t kinds)
{
	unsigned int left = (unsigned int)__builtin_popcount(kinds);

	if (left > 4)
		buf_puts(out, "construct");
	for (enum kind k = 0; k < KIND_NKINDS && left <= 4; k++) {
		if (!(kinds & 1u << k))
			continue;
		buf_puts(out, cli_kind_name(k));
		left--;
		buf_puts(out, left > 1 ? ", " : left ? " or " : "");
		if (!left)
			break;
	}
}

/* That no image has it says nothing where none knows. */
static int say_unknown(const struct shelf *s, uint32_t kinds, const char *name)
{
	struct buf what = { 0 };

	put_kinds(&what, kinds);
	cli_warn("%s: nothing is known of any %s in %s", name, buf_z(&what),
		 s->images.images.n == 1 ? s->images.images.v[0].info.name : "any image");
	buf_done(&what);
	return EXIT_FINDINGS;
}

/* What is inlined wherever it is called has no symbol and no BTF: only DWARF tells that it exists. */
static void say_undebugged(const struct shelf *s, uint32_t kinds)
{
	size_t n = 0;

	for (size_t i = 0; i < s->images.images.n; i++)
		n += !(s->images.images.v[i].info.facts & FACT_INSTANCES);
	if (n && kinds & 1u << KIND_FUNC)
		fprintf(stderr, "%s without debug information, where a function that is always inlined cannot be told\n",
			n == s->images.images.n ? (n == 1 ? "it came" : "all of them came") :
			n == 1			? "one of them came" :
						  "some of them came");
}

/* A name may be in a module that was not read; nobody expects modules of a dataset. */
static void say_unread(const struct shelf *s, uint32_t kinds)
{
	const uint32_t without = 1u << KIND_CONFIG | 1u << KIND_SYSCALL | 1u << KIND_LSM | 1u << KIND_FEATURE;
	size_t n = 0;

	for (size_t i = 0; i < s->images.images.n; i++)
		n += !s->images.images.v[i].info.nmodules &&
		     s->images.images.v[i].info.source != IMAGE_FROM_DATASET;
	if (!n || !(kinds & ~without))
		return;
	if (n == s->images.images.n)
		fprintf(stderr, "a module may have it: none was read (add --modules)\n");
	else
		fprintf(stderr, "a module may have it: %zu of them came without modules (add --modules)\n", n);
}

static int say_not_found(struct shelf *s, uint32_t kinds, const char *name, struct err *err)
{
	struct query_names near;
	struct buf what = { 0 };
	uint32_t known = 0;

	for (size_t i = 0; i < s->images.images.n; i++)
		known |= s->images.images.v[i].info.kinds;
	/* A name that only one kind can have is asked of that. */
	if (!strncmp(name, "CONFIG_", 7) && kinds & 1u << KIND_CONFIG)
		kinds = 1u << KIND_CONFIG;
	if (!(known & kinds) && kinds != 1u << KIND_FIELD)
		return say_unknown(s, kinds, name);
	if (query_nearest_of(s->st, kinds, name, NEAREST_MAX, &near, err))
		return cli_fail(err);
	put_kinds(&what, kinds);
	if (s->images.images.n == 1)
		cli_warn("no %s %s in %s", buf_z(&what), name, s->images.images.v[0].info.name);
	else
		cli_warn("no %s %s in any of %zu images", buf_z(&what), name, s->images.images.n);
	say_unread(s, kinds);
	say_undebugged(s, kinds);
	if (near.names.n)
		fprintf(stderr, "nearest names:\n");
	for (size_t i = 0; i < near.names.n; i++) {
		const struct query_name *n = &near.names.v[i];

		fprintf(stderr, n->kind == KIND_FUNC ? "  %s\n" : "  %s (%s)\n", n->name, cli_kind_name(n->kind));
	}
	query_names_done(&near);
	buf_done(&what);
	return EXIT_FINDINGS;
}

/* Each of these prints the report of a name when there is one, and says so in s->first. */

static int show_construct(const struct cli_args *a, struct shelf *shelf, enum kind kind, const char *name,
			  struct shown *s, bool *found, struct err *err)
{
	struct query_construct q;
	int rc;

	query_construct_init(&q, kind, &shelf->view, shelf->st);
	*s = (struct shown){ .construct = &q, .first = s->first };
	rc = query_construct_get(&q, shelf->st, name, found, err) ? cli_fail(err) : EXIT_FINE;
	if (!rc && *found)
		rc = cli_write(a, !s->first, render, s);
	query_construct_done(&q);
	return rc;
}

/* Where the construct is there without such a field, its own names are nearer than any other's. */
static int say_no_field(struct shelf *shelf, const struct field *q, struct err *err)
{
	const uint32_t kinds = 1u << KIND_STRUCT | 1u << KIND_UNION | 1u << KIND_ENUM | 1u << KIND_TYPEDEF;

	struct query_names near;
	size_t with = 0;

	for (size_t i = 0; i < q->at.n; i++)
		with += q->at.v[i].state == FIELD_ABSENT;
	if (!with)
		return say_not_found(shelf, kinds, q->outer, err);
	cli_warn("no field %s: %s is in %zu of %zu images, and none has it", q->name,
		 *q->outer ? q->outer : "an unnamed enum", with, q->at.n);
	field_nearest(q, NEAREST_MAX, &near);
	if (near.names.n)
		fprintf(stderr, "nearest names:\n");
	for (size_t i = 0; i < near.names.n; i++)
		fprintf(stderr, "  %s\n", near.names.v[i].name);
	query_names_done(&near);
	return EXIT_FINDINGS;
}

/* STRUCT::MEMBER */
static int show_field(const struct cli_args *a, struct shelf *shelf, const char *name, struct shown *s,
		      bool *found, struct err *err)
{
	struct field q;
	int rc;

	*found = false;
	if (!strstr(name, "::"))
		return EXIT_FINE;
	field_init(&q, &shelf->view, shelf->st);
	*s = (struct shown){ .field = &q, .first = s->first };
	rc = field_get(&q, shelf->st, name, found, err) ? cli_fail(err) : EXIT_FINE;
	if (!rc && *found)
		rc = cli_write(a, !s->first, render, s);
	else if (!rc)
		rc = say_no_field(shelf, &q, err);
	field_done(&q);
	return rc;
}

/* All kinds of one name. */
static int show_name(const struct cli_args *a, struct shelf *shelf, const char *name, struct shown *s)
{
	uint32_t kinds = a->kinds ? a->kinds : (1u << KIND_NKINDS) - 1;
	bool any = false, found = false;
	int rc = EXIT_FINE;

	for (enum kind k = 0; k < KIND_NKINDS; k++) {
		struct err err = ERR_INIT;
		int one;

		/* A function may be called a::b; then that is what was meant. */
		if (!(kinds & 1u << k) || (k == KIND_FIELD && any))
			continue;
		one = k == KIND_FIELD ? show_field(a, shelf, name, s, &found, &err) :
					show_construct(a, shelf, k, name, s, &found, &err);
		rc = one > rc ? one : rc;
		any |= found;
		s->first &= !found;
	}
	if (!any && !rc) {
		struct err err = ERR_INIT;

		rc = say_not_found(shelf, kinds, name, &err);
	}
	return rc;
}

int cmd_show(const struct cli_args *a)
{
	struct err err = ERR_INIT;
	struct shown s = { .first = true };
	struct shelf shelf;
	int rc = EXIT_FINE;

	if (cli_open_shelf(a, &shelf, &err))
		return cli_fail(&err);
	for (int i = 0; i < a->noperands; i++) {
		int one = show_name(a, &shelf, a->operands[i], &s);

		rc = one > rc ? one : rc;
	}
	cli_close_shelf(&shelf);
	return rc;
}
