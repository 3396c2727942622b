// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pages in Markdown: what the pages of all kinds share (groups, labels, changes), and a function's page, in two
 * styles from one walk. `depsurf` is the recorded pages byte for byte; `ksurf` is the same page with C that
 * compiles and real changes only. Every place where they part is an `if (m->own)` here and in
 * markdown_construct.c, and a row in docs/formats/report.md.
 *
 * Pages run to megabytes: what is written per instance and per caller goes through buf_put with
 * known lengths, never through printf.
 */
#include "report/markdown_int.h"

/*
 * Text between HTML tags. The recorded pages do not escape; C has nothing to escape in these places,
 * but the names of Rust functions and types have.
 */
static void put_text(struct md *m, const char *s, size_t n)
{
	if (!m->own) {
		buf_put(m->out, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '<')
			PUT(m->out, "&lt;");
		else if (s[i] == '>')
			PUT(m->out, "&gt;");
		else if (s[i] == '&')
			PUT(m->out, "&amp;");
		else
			buf_char(m->out, s[i]);
	}
}

void md_code(struct md *m, const char *s, size_t n)
{
	PUT(m->out, "<code>");
	put_text(m, s, n);
	PUT(m->out, "</code>");
}

static void put_label(struct md *m, const struct query_member *member)
{
	const char *label = m->own ? member->label : member->ds_label;

	md_code(m, label, strlen(label));
}

void md_proto(const struct md *m, struct buf *out, uint32_t proto, const char *name)
{
	if (m->own)
		type_print_c(out, m->s->types, m->s->str, proto, name);
	else
		ds_put_proto(out, m->s->types, m->s->str, proto, name);
}

void md_decl(const struct md *m, struct buf *out, uint32_t type, const char *name)
{
	if (m->own)
		type_print_c(out, m->s->types, m->s->str, type, name);
	else
		ds_put_decl(out, m->s->types, m->s->str, type, name);
}

void md_open_status(struct md *m, const struct query_member *member)
{
	PUT(m->out, "<li>\n<details>\n<summary>In ");
	put_label(m, member);
	PUT(m->out, ": ");
}

void md_close_status(struct md *m)
{
	PUT(m->out, "</details>\n</li>\n");
}

void md_plain_status(struct md *m, const struct query_member *member, const char *text)
{
	PUT(m->out, "<li>\nIn ");
	put_label(m, member);
	PUT(m->out, ": ");
	buf_puts(m->out, text);
	PUT(m->out, "\n</li>\n");
}

/* ---- status of a function ---- */

static void put_proto(struct md *m, const struct func *f)
{
	if (!m->body.n || m->body_of != f->proto) {
		m->body.n = 0;
		m->body_of = f->proto;
		md_proto(m, &m->body, f->proto, m->name);
	}
	PUT(m->out, "```c\n");
	buf_put(m->out, m->body.v, m->body.n);
	PUT(m->out, ";\n```\n");
}

static void put_callers(struct md *m, const struct caller *c, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		PUT(m->out, "  - ");
		put_str(m->out, m->s->str, c[i].file);
		buf_char(m->out, ':');
		put_str(m->out, m->s->str, c[i].func);
		buf_char(m->out, '\n');
	}
}

static void put_instance(struct md *m, const struct instance *in)
{
	const struct caller *c = m->s->callers.v + in->callers;
	struct buf *out = m->out;

	PUT(out, "```\nIn ");
	if (in->file)
		put_str(out, m->s->str, in->file);
	else
		PUT(out, "None");
	PUT(out, " (");
	buf_hex(out, in->addr);
	PUT(out, ")\nLocation: ");
	if (in->loc_file)
		put_str(out, m->s->str, in->loc_file);
	else
		PUT(out, "None");
	if (in->loc_file && in->loc_line) {
		buf_char(out, ':');
		buf_dec(out, in->loc_line);
	}
	if (in->owner) {
		PUT(out, "\nModule: ");
		put_str(out, m->s->str, in->owner);
	}
	if (inline_word_is_inlined(in->inline_word))
		PUT(out, "\nInline: True\n");
	else
		PUT(out, "\nInline: False\n");
	if (in->ninline_callers) {
		PUT(out, "Inline callers:\n");
		put_callers(m, c, in->ninline_callers);
	}
	if (in->ndirect_callers) {
		PUT(out, "Direct callers:\n");
		put_callers(m, c + in->ninline_callers, in->ndirect_callers);
	}
	PUT(out, "```\n");
}

/* "ffffffff811e9340-ffffffff811e9360: vfs_read (STB_GLOBAL)", and of a module " [nf_nat]" behind it. */
static void put_symbols(struct md *m, const struct func *f, bool addresses)
{
	if (!f->nsymbols)
		return;
	PUT(m->out, "**Symbols:**\n\n```\n");
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		const struct symbol *sym = &m->s->symbols.v[f->symbols + i];

		if (addresses) {
			buf_hex(m->out, sym->addr);
			buf_char(m->out, '-');
			buf_hex(m->out, sym->addr + sym->size);
		} else {
			PUT(m->out, "unknown");
		}
		PUT(m->out, ": ");
		put_str(m->out, m->s->str, sym->name);
		PUT(m->out, " (");
		buf_puts(m->out, symbol_bind_text[sym->bind]);
		PUT(m->out, ")");
		if (sym->owner) {
			PUT(m->out, " [");
			put_str(m->out, m->s->str, sym->owner);
			buf_char(m->out, ']');
		}
		buf_char(m->out, '\n');
	}
	PUT(m->out, "```\n");
}

static void put_group_facts(struct md *m, const struct func *f, const struct image_info *info)
{
	struct buf *out = m->out;

	PUT(out, "**Collision:** ");
	buf_puts(out, collision_type_text[f->collision]);
	PUT(out, "\n\n**Inline:** ");
	buf_puts(out, inline_type_text[f->inline_type]);
	PUT(out, "\n\n**Transformation:** ");
	buf_puts(out, func_is_transformed(m->s, f) ? "True" : "False");
	if (f->ninstances || info->facts & FACT_INSTANCES)
		PUT(out, "\n\n**Instances:**\n\n");
	else
		PUT(out, "\n\n**Instances:** Unknown\n\n");
	for (uint32_t i = 0; i < f->ninstances; i++)
		put_instance(m, &m->s->instances.v[f->instances + i]);
	put_symbols(m, f, info->facts & FACT_ADDRESSES);
}

/* The function's line: issues, or that there are none, as far as that is known; and the modules that have it. */
static void put_summary(struct md *m, const struct func *f, const struct image_info *info)
{
	struct buf *out = m->out;
	uint32_t at = (uint32_t)(f - m->s->funcs.v);

	if (!func_has_group(f))
		buf_puts(out, info->facts & FACT_SYMBOLS ? "Prototype only " MD_WARN : "In BTF, inlining unknown");
	else if (put_issues(out, m->s, f, ", "))
		buf_puts(out, f->inline_type == INLINE_UNKNOWN ? " " MD_WARN ", inlining unknown" : " " MD_WARN);
	else
		buf_puts(out, f->inline_type == INLINE_UNKNOWN ? "Inlining unknown" : MD_CHECK);
	if (!m->own || !has_modules(m->s, KIND_FUNC, at) || func_across_owners(m->s, f))
		return;
	PUT(out, " (");
	put_owners(out, m->s, KIND_FUNC, at);
	buf_char(out, ')');
}

void md_put_absence(struct md *m, const struct query_member *member)
{
	static const char *const words[] = {
		[ABSENT] = MD_ABSENT,
		[ABSENT_SYMBOL] = ("No symbol " MD_WARN),
		[UNKNOWN_KIND] = "Unknown",
		[UNKNOWN_MODULES] = "Unknown (modules not read)",
		[UNKNOWN_TYPES] = "Unknown (not in BTF)",
		[UNKNOWN_DEBUG] = "Unknown",
	};

	/* The recorded pages know nothing that is unknown. */
	md_plain_status(m, member, m->own ? words[query_construct_absence(m->q, member->image)] : MD_ABSENT);
}

static void put_status(struct md *m, const struct query_member *member)
{
	uint32_t at = m->at[member->image];
	const struct func *f = at == SEQ_NONE ? NULL : &m->s->funcs.v[at];
	const struct image_info *info = &m->view->images->images.v[member->image].info;
	struct buf *out = m->out;

	/*
	 * An image that was read from its BTF alone has prototypes and no groups: the recorded pages
	 * call such a function absent, which it is not.
	 */
	if (!f || (!func_has_group(f) && !m->own)) {
		md_put_absence(m, member);
		return;
	}
	md_open_status(m, member);
	put_summary(m, f, info);
	PUT(out, "</summary>\n\n");
	if (func_has_proto(f)) {
		put_proto(m, f);
		if (func_has_group(f))
			buf_char(out, '\n');
	}
	if (func_has_group(f))
		put_group_facts(m, f, info);
	md_close_status(m);
}

/* ---- differences ---- */

static void put_param(struct md *m, uint32_t proto, uint32_t at)
{
	const struct type *n = type_at(m->s->types, proto);
	const struct type_param *p = m->s->types->params.v + n->params;
	struct buf text = { 0 };

	if (m->own && at + 1 == n->count && type_param_is_dots(&p[at])) {
		PUT(&text, "...");
	} else if (m->own) {
		type_print_c(&text, m->s->types, m->s->str, p[at].type,
			     strtab_text(m->s->str, p[at].name));
	} else if (p[at].name) {
		ds_put_decl(&text, m->s->types, m->s->str, p[at].type,
			    strtab_text(m->s->str, p[at].name));
	} else {
		struct buf name = { 0 };
		uint32_t unnamed = 0;

		for (uint32_t i = 0; i < at; i++)
			unnamed += !p[i].name;
		ds_put_unnamed(&name, unnamed);
		ds_put_decl(&text, m->s->types, m->s->str, p[at].type, buf_z(&name));
		buf_done(&name);
	}
	md_code(m, text.v, text.n);
	buf_done(&text);
}

static void put_type(struct md *m, uint32_t id)
{
	struct buf text = { 0 };

	if (m->own)
		type_print_c(&text, m->s->types, m->s->str, id, "");
	else
		ds_put_decl(&text, m->s->types, m->s->str, id, "");
	md_code(m, text.v, text.n);
	buf_done(&text);
}

/* "file, buf, count, pos" */
static void put_param_names(struct md *m, uint32_t proto)
{
	struct query_params params;
	struct buf text = { 0 };

	query_params_init(&params);
	query_params_set(&params, m->s->types, proto);
	for (size_t i = 0; i < params.v.n; i++) {
		const struct query_param *p = &params.v.v[i];

		if (i)
			PUT(&text, ", ");
		if (p->name)
			put_str(&text, m->s->str, p->name);
		else if (m->own && !p->type)
			PUT(&text, "...");
		else if (m->own)
			type_print_c(&text, m->s->types, m->s->str, p->type, "");
		else
			ds_put_unnamed(&text, p->unnamed);
	}
	md_code(m, text.v, text.n);
	buf_done(&text);
	query_params_done(&params);
}

void md_change(struct md *m, const struct query_change *c, uint32_t old_proto, uint32_t new_proto)
{
	struct buf *out = m->out;

	switch (c->kind) {
	case CHANGE_PARAM_ADDED:
		put_param(m, new_proto, c->new_param);
		break;
	case CHANGE_PARAM_REMOVED:
		put_param(m, old_proto, c->old_param);
		break;
	case CHANGE_PARAM_REORDERED:
		put_param_names(m, old_proto);
		PUT(out, " " MD_ARROW " ");
		put_param_names(m, new_proto);
		break;
	case CHANGE_PARAM_TYPE:
		put_param(m, old_proto, c->old_param);
		PUT(out, " " MD_ARROW " ");
		put_param(m, new_proto, c->new_param);
		break;
	case CHANGE_OWNER:
		put_owner_change(out, m->s, c);
		break;
	default:
		put_type(m, type_at(m->s->types, old_proto)->ref);
		PUT(out, " " MD_ARROW " ");
		put_type(m, type_at(m->s->types, new_proto)->ref);
	}
	buf_char(out, '\n');
}

static void put_func_change(struct md *m, const struct query_diff *d, const struct query_change *c)
{
	md_change(m, c, m->s->funcs.v[d->old_func].proto, m->s->funcs.v[d->new_func].proto);
}

/* ---- pages ---- */

/* A tracepoint's format is no part of a page: the other forms tell of it. */
static bool is_shown(const struct md *m, const struct query_change *c)
{
	return c->kind != CHANGE_FORMAT && (m->own ? !c->invisible : c->kind != CHANGE_OWNER);
}

static void put_diff(struct md *m, const struct query_diff *d, const struct query_change *c,
		     const struct md_writer *w)
{
	struct buf *out = m->out;
	bool any = false;

	for (uint32_t i = 0; i < d->nchanges; i++)
		any |= is_shown(m, &c[i]);
	if (any)
		PUT(out, "<li>\n<details>\n<summary>Changed between ");
	else
		PUT(out, "<li>\nNo changes between ");
	put_label(m, d->old_member);
	PUT(out, " and ");
	put_label(m, d->new_member);
	if (!any) {
		PUT(out, " " MD_CHECK "\n</li>\n");
		return;
	}
	PUT(out, " " MD_WARN "</summary>\n<ul>\n");
	for (uint32_t i = 0; i < d->nchanges; i++) {
		if (!is_shown(m, &c[i]))
			continue;
		PUT(out, "<li>\n<b>");
		buf_puts(out, query_change_text[c[i].kind]);
		PUT(out, ". </b>\n");
		w->change(m, d, &c[i]);
		PUT(out, "</li>\n");
	}
	PUT(out, "</ul>\n</details>\n</li>\n");
}

static void open_group(struct md *m, int kind)
{
	PUT(m->out, "<b>");
	buf_puts(m->out, query_group_text[kind]);
	PUT(m->out, "</b>\n<ul>\n");
}

/* Images that are not what they seem: whoever reads the page must know. */
static void put_warnings(struct md *m)
{
	const struct store_images *images = m->view->images;
	struct buf text = { 0 };
	bool any = false;

	for (size_t i = 0; m->own && i < images->images.n; i++) {
		const struct image_info *info = &images->images.v[i].info;

		text.n = 0;
		if (!put_doubts(&text, info, true))
			continue;
		if (!any)
			PUT(m->out, "\n## Warnings\n");
		any = true;
		PUT(m->out, "- ");
		md_code(m, info->name, strlen(info->name));
		PUT(m->out, ": ");
		put_text(m, text.v, text.n);
		buf_char(m->out, '\n');
	}
	buf_done(&text);
}

void md_page(struct md *m, const struct md_writer *w, const struct md_diffs *diffs)
{
	struct buf *out = m->out;

	PUT(out, "# ");
	buf_puts(out, kind_words[m->kind].title);
	PUT(out, ": ");
	md_code(m, m->name, strlen(m->name));
	PUT(out, "\n\n## Status\n");
	for (int k = 0; k < GROUP_NKINDS; k++) {
		const struct query_group *g = &m->view->groups[k];

		if (m->own && !g->members.n)
			continue;
		open_group(m, k);
		for (size_t i = 0; i < g->members.n; i++)
			w->status(m, &g->members.v[i]);
		PUT(out, "</ul>\n");
	}
	PUT(out, "\n## Differences\n");
	for (int k = 0; k < GROUP_NKINDS; k++) {
		if (!diffs->shown[k])
			continue;
		open_group(m, k);
		for (size_t i = 0; i < diffs->n[k]; i++)
			put_diff(m, &diffs->v[k][i], diffs->changes + diffs->v[k][i].changes, w);
		PUT(out, "</ul>\n");
	}
	put_warnings(m);
	buf_done(&m->body);
}

void md_func(struct buf *out, const struct query_construct *q, enum report_style style)
{
	static const struct md_writer writer = { put_status, put_func_change };
	struct md_diffs diffs = { .changes = q->changes.v };
	struct md m = {
		.out = out,
		.kind = KIND_FUNC,
		.name = q->name,
		.view = q->view,
		.s = &q->facts,
		.at = q->at.v,
		.q = q,
		.own = style == STYLE_KSURF,
	};

	for (int k = 0; k < GROUP_NKINDS; k++) {
		diffs.v[k] = q->diffs[k].v;
		diffs.n[k] = q->diffs[k].n;
		diffs.shown[k] = q->has_diff_group[k];
	}
	md_page(&m, &writer, &diffs);
}
