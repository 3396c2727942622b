// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A surface as JSON lines of the DepSurf dataset: keys in the recorded order, bytes as Python's
 * json.dumps writes them. Never decides what a fact is.
 */
#include "dataset/dataset_int.h"

#include <stdio.h>

const char *const dataset_kind_text[TYPE_NKINDS] = {
	[TYPE_VOID] = "VOID",	    [TYPE_INT] = "INT",
	[TYPE_PTR] = "PTR",	    [TYPE_ARRAY] = "ARRAY",
	[TYPE_STRUCT] = "STRUCT",   [TYPE_UNION] = "UNION",
	[TYPE_ENUM] = "ENUM",	    [TYPE_FWD] = "FWD",
	[TYPE_TYPEDEF] = "TYPEDEF", [TYPE_VOLATILE] = "VOLATILE",
	[TYPE_CONST] = "CONST",	    [TYPE_RESTRICT] = "RESTRICT",
	[TYPE_FUNC] = "FUNC",	    [TYPE_FUNC_PROTO] = "FUNC_PROTO",
	[TYPE_FLOAT] = "FLOAT",	    [TYPE_ENUM64] = "ENUM64",
};

const char *const dataset_fwd_text[2] = { "struct", "union" };

size_t dataset_anon(char text[32], uint32_t n)
{
	if (!n)
		return (size_t)snprintf(text, 32, DATASET_ANON);
	return (size_t)snprintf(text, 32, "(anon-%u)", n);
}

void dataset_put_text(struct buf *out, const struct surface *s, uint32_t id)
{
	buf_json(out, strtab_text(s->str, id), strtab_len(s->str, id));
}

/* ---- function groups ---- */

static void put_loc(struct buf *out, const struct surface *s, const struct instance *in)
{
	if (!in->loc_file && !in->loc_line) {
		buf_puts(out, "null");
		return;
	}
	dataset_put_text(out, s, in->loc_file);
	if (!in->loc_line)
		return;
	out->n--; /* the closing quote */
	buf_char(out, ':');
	buf_dec(out, in->loc_line);
	buf_char(out, '"');
}

static void put_callers(struct buf *out, const struct surface *s, uint32_t from, uint32_t n,
			struct buf *scratch)
{
	buf_char(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		const struct caller *c = &s->callers.v[from + i];

		if (i)
			buf_puts(out, ", ");
		scratch->n = 0;
		if (c->file) {
			buf_put(scratch, strtab_text(s->str, c->file), strtab_len(s->str, c->file));
			buf_char(scratch, ':');
		}
		buf_put(scratch, strtab_text(s->str, c->func), strtab_len(s->str, c->func));
		buf_json(out, buf_z(scratch), scratch->n);
	}
	buf_char(out, ']');
}

/* The open dataset knows no modules: what is the kernel's own has no such key. */
void dataset_put_owner(struct buf *out, const struct surface *s, uint32_t owner)
{
	if (!owner)
		return;
	buf_puts(out, ", \"owner\": ");
	dataset_put_text(out, s, owner);
}

static void put_instance(struct buf *out, const struct surface *s, const struct func *f,
			 const struct instance *in, struct buf *scratch)
{
	buf_puts(out, "{\"addr\": ");
	buf_dec(out, in->addr);
	buf_puts(out, ", \"name\": ");
	dataset_put_text(out, s, f->name);
	buf_puts(out, in->external ? ", \"external\": true, \"loc\": " :
				     ", \"external\": false, \"loc\": ");
	put_loc(out, s, in);
	buf_puts(out, ", \"file\": ");
	if (in->file)
		dataset_put_text(out, s, in->file);
	else
		buf_puts(out, "null");
	buf_puts(out, ", \"inline\": \"");
	buf_puts(out, inline_word_text[in->inline_word]);
	buf_puts(out, "\", \"caller_inline\": ");
	put_callers(out, s, in->callers, in->ninline_callers, scratch);
	buf_puts(out, ", \"caller_func\": ");
	put_callers(out, s, in->callers + in->ninline_callers, in->ndirect_callers, scratch);
	dataset_put_owner(out, s, in->owner);
	buf_char(out, '}');
}

static void put_symbol(struct buf *out, const struct surface *s, const struct symbol *y)
{
	buf_puts(out, "{\"addr\": ");
	buf_dec(out, y->addr);
	buf_puts(out, ", \"name\": ");
	dataset_put_text(out, s, y->name);
	buf_puts(out, ", \"section\": ");
	dataset_put_text(out, s, y->section);
	buf_puts(out, ", \"bind\": \"");
	buf_puts(out, symbol_bind_text[y->bind]);
	buf_puts(out, "\", \"size\": ");
	buf_dec(out, y->size);
	dataset_put_owner(out, s, y->owner);
	buf_char(out, '}');
}

void dataset_func_group_json(struct buf *out, const struct surface *s, const struct func *f)
{
	struct buf scratch = { 0 };

	buf_puts(out, "{\"name\": ");
	dataset_put_text(out, s, f->name);
	buf_puts(out, ", \"collision_type\": \"");
	buf_puts(out, collision_type_text[f->collision]);
	buf_puts(out, "\", \"inline_type\": \"");
	buf_puts(out, inline_type_text[f->inline_type]);
	buf_puts(out, "\", \"funcs\": [");
	for (uint32_t i = 0; i < f->ninstances; i++) {
		if (i)
			buf_puts(out, ", ");
		put_instance(out, s, f, &s->instances.v[f->instances + i], &scratch);
	}
	buf_puts(out, "], \"symbols\": [");
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		if (i)
			buf_puts(out, ", ");
		put_symbol(out, s, &s->symbols.v[f->symbols + i]);
	}
	buf_puts(out, "]}");
	buf_done(&scratch);
}

/* ---- prototypes ---- */

static void put_type_name(struct buf *out, const struct surface *s, uint32_t name)
{
	buf_puts(out, ", \"name\": ");
	if (name)
		dataset_put_text(out, s, name);
	else
		buf_puts(out, "\"" DATASET_ANON "\"");
}

static void put_params(struct buf *out, const struct surface *s, const struct type *n)
{
	uint32_t unnamed = 0;
	char anon[32];

	buf_puts(out, ", \"params\": [");
	for (uint32_t i = 0; i < n->count; i++) {
		const struct type_param *p = &s->types->params.v[n->params + i];

		buf_puts(out, i ? ", {\"name\": " : "{\"name\": ");
		if (p->name) {
			dataset_put_text(out, s, p->name);
		} else {
			buf_char(out, '"');
			buf_put(out, anon, dataset_anon(anon, unnamed++));
			buf_char(out, '"');
		}
		buf_puts(out, ", \"type\": ");
		dataset_put_tree(out, s, p->type);
		buf_char(out, '}');
	}
	buf_puts(out, "], \"ret_type\": ");
	dataset_put_tree(out, s, n->ref);
}

/* Keys as recorded: kind, name, then what the kind has; but VOID has its name first. */
void dataset_put_tree(struct buf *out, const struct surface *s, uint32_t id)
{
	const struct type *n = type_at(s->types, id);

	if (n->kind == TYPE_VOID) {
		buf_puts(out, "{\"name\": \"void\", \"kind\": \"VOID\"}");
		return;
	}
	buf_puts(out, "{\"kind\": \"");
	buf_puts(out, dataset_kind_text[n->kind]);
	buf_char(out, '"');
	if (n->kind == TYPE_FUNC_PROTO)
		put_params(out, s, n);
	else if (n->kind != TYPE_PTR)
		put_type_name(out, s, n->name);
	switch (n->kind) {
	case TYPE_ARRAY:
		buf_puts(out, ", \"nr_elems\": ");
		buf_dec(out, n->count);
	/* fallthrough */
	case TYPE_PTR:
	case TYPE_VOLATILE:
	case TYPE_CONST:
	case TYPE_RESTRICT:
		buf_puts(out, ", \"type\": ");
		dataset_put_tree(out, s, n->ref);
		break;
	case TYPE_FWD:
		buf_puts(out, ", \"fwd_kind\": \"");
		buf_puts(out, dataset_fwd_text[n->fwd_union]);
		buf_char(out, '"');
		break;
	case TYPE_ENUM:
	case TYPE_ENUM64:
	case TYPE_FLOAT:
		if (n->size == TYPE_NO_SIZE)
			break;
		buf_puts(out, ", \"size\": ");
		buf_dec(out, n->size);
		break;
	default:
		break;
	}
	buf_char(out, '}');
}

void dataset_put_func(struct buf *out, const struct surface *s, uint32_t name, uint32_t proto)
{
	buf_puts(out, "{\"kind\": \"FUNC\", \"name\": ");
	dataset_put_text(out, s, name);
	buf_puts(out, ", \"type\": ");
	dataset_put_tree(out, s, proto);
	buf_char(out, '}');
}

void dataset_type_json(struct buf *out, const struct surface *s, const struct func *f)
{
	dataset_put_func(out, s, f->name, f->proto);
}

/* ---- files ---- */

static int by_order(const void *a, const void *b)
{
	const struct dataset_line *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static void list_funcs(struct dataset_lines *l)
{
	for (size_t i = 0; i < l->s->funcs.n; i++) {
		const struct func *f = &l->s->funcs.v[i];
		uint32_t seq = l->file == DATASET_TYPES_FUNC ? f->type_seq : f->seq;

		if (seq != SEQ_NONE)
			VEC_PUSH(&l->v, ((struct dataset_line){ .order = seq, .index = (uint32_t)i }));
	}
}

/* What a kernel's own table is called, by Debian's word for the arch. What was imported has no table's name. */
static const char *native_table(const struct surface *s)
{
	static const struct {
		const char *arch, *table;
	} names[] = {
		{ "amd64", "x86_64" },
		{ "armhf", "arm" },
		{ "ppc64el", "ppc64" },
	};

	if (s->info.source == IMAGE_FROM_DATASET)
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(s->info.arch, names[i].arch))
			return names[i].table;
	return s->info.arch;
}

/*
 * The dataset knows the native table alone. Up to 5.3 amd64's holds the numbers of x32 too, from 512 on; later
 * kernels have a table of their own for x32, which begins at 0.
 */
#define X32_FIRST 512

static void list_entries(struct dataset_lines *l, const char *native, bool with_x32)
{
	const struct surface *s = l->s;

	for (size_t i = 0; i < s->constructs.n; i++) {
		const struct construct *c = &s->constructs.v[i];

		for (uint32_t k = c->items; c->kind == KIND_SYSCALL && k < c->items + c->nitems; k++) {
			const struct item *it = &s->items.v[k];
			const char *table = surface_text(s, it->name);

			if (!strcmp(table, native) || (with_x32 && !strcmp(table, "x32")))
				VEC_PUSH(&l->v, ((struct dataset_line){ .order = (uint64_t)it->value, .name = c->name }));
		}
	}
}

static void list_syscalls(struct dataset_lines *l)
{
	const struct surface *s = l->s;
	const char *native = native_table(s);
	bool with_x32 = !strcmp(native, "x86_64");

	for (size_t i = 0; i < s->constructs.n && with_x32; i++) {
		const struct construct *c = &s->constructs.v[i];

		for (uint32_t k = c->items; c->kind == KIND_SYSCALL && k < c->items + c->nitems; k++)
			if (s->items.v[k].value < X32_FIRST && !strcmp(surface_text(s, s->items.v[k].name), "x32"))
				with_x32 = false;
	}
	list_entries(l, native, with_x32);
}

/* Of variants the first, as the reference keeps it. */
static void list_constructs(struct dataset_lines *l)
{
	for (size_t i = 0; i < l->s->constructs.n; i++) {
		const struct construct *c = &l->s->constructs.v[i];

		if (c->kind != dataset_kind[l->file] || c->variant || (c->flags & CONSTRUCT_NO_RECORD))
			continue;
		VEC_PUSH(&l->v, ((struct dataset_line){ .order = c->seq, .index = (uint32_t)i }));
	}
}

void dataset_lines_init(struct dataset_lines *l, const struct surface *s, enum dataset_file file)
{
	*l = (struct dataset_lines){ .s = s, .file = file };
	if (file <= DATASET_TYPES_FUNC)
		list_funcs(l);
	else if (file == DATASET_SYSCALLS)
		list_syscalls(l);
	else
		list_constructs(l);
	if (l->v.n)
		qsort(l->v.v, l->v.n, sizeof(*l->v.v), by_order);
}

void dataset_lines_done(struct dataset_lines *l)
{
	VEC_DONE(&l->v);
}

/* As Python's json.dump with an indent of 2 writes it: without a newline at the end. */
static bool next_syscall(struct dataset_lines *l, struct buf *out)
{
	if (l->at == l->v.n) {
		if (!l->done)
			buf_puts(out, l->at ? "\n}" : "{}");
		l->done = true;
		return false;
	}
	buf_puts(out, l->at ? ",\n  \"" : "{\n  \"");
	buf_dec(out, l->v.v[l->at].order);
	buf_puts(out, "\": ");
	dataset_put_text(out, l->s, l->v.v[l->at++].name);
	return true;
}

static void put_option(struct buf *out, const struct surface *s, const struct construct *c)
{
	const char *value = surface_text(s, c->text);

	if (!strcmp(value, "n"))
		buf_printf(out, "# %s is not set", surface_text(s, c->name));
	else
		buf_printf(out, "%s=%s", surface_text(s, c->name), value);
}

bool dataset_lines_next(struct dataset_lines *l, struct buf *out)
{
	uint32_t at;

	if (l->file == DATASET_SYSCALLS)
		return next_syscall(l, out);
	if (l->at == l->v.n)
		return false;
	at = l->v.v[l->at++].index;
	if (l->file == DATASET_FUNC_GROUPS)
		dataset_func_group_json(out, l->s, &l->s->funcs.v[at]);
	else if (l->file == DATASET_TYPES_FUNC)
		dataset_type_json(out, l->s, &l->s->funcs.v[at]);
	else if (l->file == DATASET_CONFIG)
		put_option(out, l->s, &l->s->constructs.v[at]);
	else
		dataset_construct_json(out, l->s, &l->s->constructs.v[at]);
	buf_char(out, '\n');
	return true;
}

void dataset_write_mem(struct buf *out, const struct surface *s, enum dataset_file file)
{
	struct dataset_lines l;

	dataset_lines_init(&l, s, file);
	while (dataset_lines_next(&l, out))
		;
	dataset_lines_done(&l);
}
