// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Declarations as the recorded pages write them (style `depsurf`): types from left to right, names
 * behind them. Not always C; the project's own style uses type_print_c. Never used for anything
 * but these pages.
 */
#include "report/report_int.h"

/*
 * The rules, all of which the recorded pages show:
 *   pointer             "T *"; to a pointer "T **"; to a function nothing of its own
 *   function            "R(*)(A, B)", the types of its parameters only
 *   array               "T[3]"
 *   qualifier           in front of whatever it qualifies: "const T *" is also a constant pointer
 * and with a name:
 *   pointer             "T *name"
 *   pointer to function "R (*name)(A, B)"
 *   array               "T name[3]"
 *   all else            "T name"
 * Depth is bounded as in cdecl.c: the input may be damaged.
 */
#define DS_DEPTH 64
#define DS_NODES 4096

struct ds {
	struct buf *out;
	const struct type_table *t;
	const struct strtab *str;
	unsigned int nodes;
};

static void ds_type(struct ds *d, uint32_t id, unsigned int depth);

static void ds_name(struct ds *d, const struct type *n)
{
	if (n->name)
		put_str(d->out, d->str, n->name);
	else
		PUT(d->out, "(anon)");
}

static void ds_types(struct ds *d, const struct type *proto, unsigned int depth)
{
	const struct type_param *p = d->t->params.v + proto->params;

	buf_char(d->out, '(');
	for (uint32_t i = 0; i < proto->count && d->nodes <= DS_NODES; i++) {
		if (i)
			PUT(d->out, ", ");
		ds_type(d, p[i].type, depth + 1);
	}
	buf_char(d->out, ')');
}

static void ds_type(struct ds *d, uint32_t id, unsigned int depth)
{
	const struct type *n = type_at(d->t, id);
	enum type_kind to;

	if (depth > DS_DEPTH || ++d->nodes > DS_NODES) {
		PUT(d->out, "...");
		return;
	}
	switch (n->kind) {
	case TYPE_VOID:
		PUT(d->out, "void");
		return;
	case TYPE_STRUCT:
		PUT(d->out, "struct ");
		break;
	case TYPE_UNION:
		PUT(d->out, "union ");
		break;
	case TYPE_ENUM:
	case TYPE_ENUM64:
		PUT(d->out, "enum ");
		break;
	case TYPE_FWD:
		buf_puts(d->out, n->fwd_union ? "union " : "struct ");
		break;
	case TYPE_CONST:
		PUT(d->out, "const ");
		ds_type(d, n->ref, depth + 1);
		return;
	case TYPE_VOLATILE:
		PUT(d->out, "volatile ");
		ds_type(d, n->ref, depth + 1);
		return;
	case TYPE_RESTRICT:
		PUT(d->out, "restrict ");
		ds_type(d, n->ref, depth + 1);
		return;
	case TYPE_FUNC:
		ds_type(d, n->ref, depth + 1);
		return;
	case TYPE_PTR:
		to = type_at(d->t, n->ref)->kind;
		ds_type(d, n->ref, depth + 1);
		if (to == TYPE_PTR)
			buf_char(d->out, '*');
		else if (to != TYPE_FUNC_PROTO)
			PUT(d->out, " *");
		return;
	case TYPE_ARRAY:
		ds_type(d, n->ref, depth + 1);
		buf_char(d->out, '[');
		buf_dec(d->out, n->count);
		buf_char(d->out, ']');
		return;
	case TYPE_FUNC_PROTO:
		ds_type(d, n->ref, depth + 1);
		PUT(d->out, "(*)");
		ds_types(d, n, depth);
		return;
	default:
		break;
	}
	ds_name(d, n);
}

static void ds_decl(struct ds *d, uint32_t id, const char *name)
{
	const struct type *n = type_at(d->t, id);

	if (n->kind == TYPE_PTR) {
		const struct type *to = type_at(d->t, n->ref);

		if (to->kind == TYPE_FUNC_PROTO) {
			ds_type(d, to->ref, 0);
			PUT(d->out, " (*");
			buf_puts(d->out, name);
			buf_char(d->out, ')');
			ds_types(d, to, 0);
			return;
		}
		ds_type(d, id, 0);
		buf_puts(d->out, name);
		return;
	}
	ds_type(d, n->kind == TYPE_ARRAY ? n->ref : id, 0);
	buf_char(d->out, ' ');
	buf_puts(d->out, name);
	if (n->kind == TYPE_ARRAY) {
		buf_char(d->out, '[');
		buf_dec(d->out, n->count);
		buf_char(d->out, ']');
	}
}

void ds_put_decl(struct buf *out, const struct type_table *t, const struct strtab *str, uint32_t id,
		 const char *name)
{
	struct ds d = { .out = out, .t = t, .str = str };

	if (*name)
		ds_decl(&d, id, name);
	else
		ds_type(&d, id, 0);
}

void ds_put_unnamed(struct buf *out, uint32_t n)
{
	PUT(out, "(anon");
	if (n) {
		buf_char(out, '-');
		buf_dec(out, n);
	}
	buf_char(out, ')');
}

void ds_put_proto(struct buf *out, const struct type_table *t, const struct strtab *str,
		  uint32_t proto, const char *name)
{
	const struct type *n = type_at(t, proto);
	uint32_t unnamed = 0;

	ds_put_decl(out, t, str, n->ref, name);
	buf_char(out, '(');
	for (uint32_t i = 0; i < n->count; i++) {
		const struct type_param *p = &t->params.v[n->params + i];
		char number[24] = "(anon)";

		if (i)
			PUT(out, ", ");
		if (!p->name && unnamed++) {
			struct buf b = { .v = number, .cap = sizeof(number) };

			ds_put_unnamed(&b, unnamed - 1);
			number[b.n] = '\0';
		}
		ds_put_decl(out, t, str, p->type, p->name ? strtab_text(str, p->name) : number);
	}
	buf_char(out, ')');
}
