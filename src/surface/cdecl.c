// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * C declarations of types. type_print_c writes the declaration of a name with any type that the
 * table can hold; type_same_c says whether two types would be written alike, without writing them.
 * Never resolves names: structs, enums and typedefs stand as they are called. Source: C17, 6.7.6.
 */
#include "surface/surface.h"

/*
 * C's declarators are written inside out. For "pointer to array of 3 pointers to function(int)
 * returning char" the type graph is read from the outside, PTR -> ARRAY -> PTR -> FUNC_PROTO ->
 * char, but the text grows from the name in the middle: what a type puts to the left of the name
 * ("char (*", "(*"), and what it puts to the right (")[3]", ")(int)"). So two walks over the same
 * chain: decl_left goes to the end first and writes on its way back, decl_right writes on its way
 * in. Brackets are needed exactly where a pointer refers to an array or to a function, since these
 * bind stronger.
 *
 * Qualifiers come as nodes in front of what they qualify, and C has no place for some of them:
 * - of an array they belong to its elements ("const int a[3]"), so peel() carries them there;
 * - of a function they mean nothing. gcc's DWARF holds them for __attribute__((const)) and
 *   ((noreturn)) function pointers, and pahole passes them on to BTF: dropped;
 * - "restrict" is for pointers to objects only: dropped elsewhere, but kept on a typedef.
 * Several become one set, written in one order, since their order has no meaning.
 *
 * A table cannot hold a cycle (a node is interned after what it refers to), but it can hold a chain
 * of any depth, and a graph of prototypes whose text is exponential. Both are cut off: DECL_DEPTH
 * levels and DECL_NODES nodes a declaration; "..." stands where something was cut.
 */
#define DECL_DEPTH 64
#define DECL_NODES 4096

enum qual { QUAL_CONST = 1, QUAL_VOLATILE = 2, QUAL_RESTRICT = 4 };

struct decl {
	struct buf *out;
	const struct type_table *t;
	const struct strtab *str;
	size_t start; /* of this declaration in out */
	unsigned int nodes;
};

static void decl_print(struct decl *d, uint32_t id, const char *name, unsigned int depth);

static bool is_suffix_kind(const struct type *n)
{
	return n->kind == TYPE_ARRAY || n->kind == TYPE_FUNC_PROTO;
}

/* Skips qualifiers (and FUNC nodes, which add only a name), adding them to *quals. */
static const struct type *skip_quals(const struct type_table *t, uint32_t id, unsigned int *quals)
{
	const struct type *n = type_at(t, id);

	for (unsigned int i = 0; i < DECL_DEPTH; i++, n = type_at(t, n->ref)) {
		if (n->kind == TYPE_CONST)
			*quals |= QUAL_CONST;
		else if (n->kind == TYPE_VOLATILE)
			*quals |= QUAL_VOLATILE;
		else if (n->kind == TYPE_RESTRICT)
			*quals |= QUAL_RESTRICT;
		else if (n->kind != TYPE_FUNC)
			break;
	}
	return n;
}

/* The same, leaving in *quals what C allows there. */
static const struct type *peel(const struct type_table *t, uint32_t id, unsigned int *quals)
{
	const struct type *n = skip_quals(t, id, quals);
	unsigned int ignored = 0;

	if (n->kind == TYPE_FUNC_PROTO)
		*quals = 0;
	else if ((*quals & QUAL_RESTRICT) && n->kind != TYPE_TYPEDEF && n->kind != TYPE_ARRAY &&
		 (n->kind != TYPE_PTR || skip_quals(t, n->ref, &ignored)->kind == TYPE_FUNC_PROTO))
		*quals &= ~(unsigned int)QUAL_RESTRICT;
	return n;
}

/* A blank, unless what stands before binds by itself: "*", "(" or nothing. */
static void put_gap(struct decl *d)
{
	char c;

	if (d->out->n == d->start)
		return;
	c = d->out->v[d->out->n - 1];
	if (c != '*' && c != '(' && c != ' ')
		buf_char(d->out, ' ');
}

static void put_quals(struct decl *d, unsigned int quals)
{
	static const char *const text[] = { "const", "volatile", "restrict" };

	for (unsigned int i = 0; i < ARRAY_SIZE(text); i++)
		if (quals & 1u << i) {
			put_gap(d);
			buf_puts(d->out, text[i]);
		}
}

/* "struct file", "u32"; an unnamed type as something that compiles in its place. */
static void put_base(struct decl *d, const struct type *n)
{
	const char *name = strtab_text(d->str, n->name);
	const char *tag = NULL;

	put_gap(d);
	switch (n->kind) {
	case TYPE_STRUCT:
		tag = "struct ";
		break;
	case TYPE_UNION:
		tag = "union ";
		break;
	case TYPE_FWD:
		tag = n->fwd_union ? "union " : "struct ";
		break;
	case TYPE_ENUM:
	case TYPE_ENUM64:
		if (!n->name) {
			buf_puts(d->out, "int /* unnamed enum */");
			return;
		}
		tag = "enum ";
		break;
	case TYPE_VOID:
		buf_puts(d->out, "void");
		return;
	default:
		if (!n->name) {
			buf_puts(d->out, "int /* unnamed */");
			return;
		}
	}
	if (tag)
		buf_puts(d->out, tag);
	if (tag && !n->name)
		buf_puts(d->out, "{ }");
	else
		buf_put(d->out, name, strtab_len(d->str, n->name));
}

static bool decl_spent(struct decl *d, unsigned int depth)
{
	return depth > DECL_DEPTH || ++d->nodes > DECL_NODES;
}

static void decl_left(struct decl *d, uint32_t id, unsigned int quals, unsigned int depth)
{
	const struct type *n = peel(d->t, id, &quals);
	unsigned int inner = 0;

	if (decl_spent(d, depth)) {
		put_gap(d);
		buf_puts(d->out, "...");
		return;
	}
	switch (n->kind) {
	case TYPE_PTR:
		decl_left(d, n->ref, 0, depth + 1);
		put_gap(d);
		if (is_suffix_kind(peel(d->t, n->ref, &inner)))
			buf_char(d->out, '(');
		buf_char(d->out, '*');
		put_quals(d, quals);
		break;
	case TYPE_ARRAY:
		decl_left(d, n->ref, quals, depth + 1);
		break;
	case TYPE_FUNC_PROTO:
		decl_left(d, n->ref, 0, depth + 1);
		break;
	default:
		put_quals(d, quals);
		put_base(d, n);
	}
}

static void decl_params(struct decl *d, const struct type *proto, unsigned int depth)
{
	const struct type_param *p = d->t->params.v + proto->params;

	buf_char(d->out, '(');
	if (!proto->count)
		buf_puts(d->out, "void");
	for (uint32_t i = 0; i < proto->count && d->nodes <= DECL_NODES; i++) {
		if (i)
			buf_puts(d->out, ", ");
		/* "..." alone is how BTF has a function without a prototype, and not C. */
		if (i == proto->count - 1 && type_param_is_dots(&p[i]))
			buf_puts(d->out, i ? "..." : "");
		else
			decl_print(d, p[i].type, strtab_text(d->str, p[i].name), depth + 1);
	}
	buf_char(d->out, ')');
}

static void decl_right(struct decl *d, uint32_t id, unsigned int depth)
{
	unsigned int quals = 0;
	const struct type *n = peel(d->t, id, &quals);

	if (decl_spent(d, depth))
		return;
	switch (n->kind) {
	case TYPE_PTR:
		if (is_suffix_kind(peel(d->t, n->ref, &quals)))
			buf_char(d->out, ')');
		break;
	case TYPE_ARRAY:
		buf_char(d->out, '[');
		buf_dec(d->out, n->count);
		buf_char(d->out, ']');
		break;
	case TYPE_FUNC_PROTO:
		decl_params(d, n, depth);
		break;
	default:
		return;
	}
	decl_right(d, n->ref, depth + 1);
}

static void decl_print(struct decl *d, uint32_t id, const char *name, unsigned int depth)
{
	size_t outer = d->start;
	unsigned int quals = 0;

	d->start = d->out->n;
	decl_left(d, id, 0, depth);
	if (*name || peel(d->t, id, &quals)->kind == TYPE_FUNC_PROTO)
		put_gap(d);
	buf_puts(d->out, name);
	decl_right(d, id, depth);
	d->start = outer;
}

void type_print_c(struct buf *out, const struct type_table *t, const struct strtab *str,
		  uint32_t id, const char *name)
{
	struct decl d = { .out = out, .t = t, .str = str };

	decl_print(&d, id, name, 0);
}

/* ---- sameness ---- */

/* What put_base writes before a name: kinds that write alike are one class. */
static int base_class(const struct type *n)
{
	switch (n->kind) {
	case TYPE_VOID:
		return 0;
	case TYPE_STRUCT:
		return 1;
	case TYPE_UNION:
		return 2;
	case TYPE_FWD:
		return n->fwd_union ? 2 : 1;
	case TYPE_ENUM:
	case TYPE_ENUM64:
		return 3;
	default:
		return 4;
	}
}

struct same {
	const struct type_table *t;
	unsigned int nodes;
};

static bool same_at(struct same *s, uint32_t a, unsigned int aq, uint32_t b, unsigned int bq,
		    unsigned int depth);

static bool same_params(struct same *s, const struct type *a, const struct type *b,
			unsigned int depth)
{
	const struct type_param *p = s->t->params.v + a->params, *q = s->t->params.v + b->params;

	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (p[i].name != q[i].name || !same_at(s, p[i].type, 0, q[i].type, 0, depth + 1))
			return false;
	return true;
}

static bool same_at(struct same *s, uint32_t a, unsigned int aq, uint32_t b, unsigned int bq,
		    unsigned int depth)
{
	const struct type *m, *n;

	if (a == b && aq == bq)
		return true;
	if (depth > DECL_DEPTH || ++s->nodes > DECL_NODES)
		return false;
	m = peel(s->t, a, &aq);
	n = peel(s->t, b, &bq);
	if (m->kind == TYPE_ARRAY && n->kind == TYPE_ARRAY)
		return m->count == n->count && same_at(s, m->ref, aq, n->ref, bq, depth + 1);
	if (aq != bq)
		return false;
	if (m->kind == TYPE_PTR || is_suffix_kind(m) || n->kind == TYPE_PTR || is_suffix_kind(n))
		return m->kind == n->kind && same_at(s, m->ref, 0, n->ref, 0, depth + 1) &&
		       (m->kind != TYPE_FUNC_PROTO || same_params(s, m, n, depth));
	return base_class(m) == base_class(n) && m->name == n->name;
}

bool type_same_c(const struct type_table *t, const struct strtab *str, uint32_t a, uint32_t b)
{
	struct same s = { .t = t };

	(void)str; /* equal texts have equal ids */
	return same_at(&s, a, 0, b, 0, 0);
}
