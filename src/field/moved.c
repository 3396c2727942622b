// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a field went that one image has and its neighbour has not: the members that only the neighbour has
 * are held against it. Names the likely ones with the reasons, or none; never reads a kernel's version.
 */
#include "field/field_int.h"

/*
 * Both constructs become lists of entries, a line for each named member with its path ("state", "se.load"),
 * and each entry that the other list has too is paired off. What is left over on one side has vanished, on
 * the other side has appeared; the field is one that vanished, and each that appeared is a candidate.
 *
 * Two kinds of evidence count. The place: the same offset and size, or the same neighbours, which are the
 * nearest paired members in front and behind, so that what was inserted or removed elsewhere does not matter.
 * The kinship: a related name, or the same type. A name alone, a type alone or an offset alone is no evidence
 * (there are twenty "flags" and "list" in a struct, and an unrelated member may get the hole that another
 * leaves), so each rule wants two things that agree, and a rule without the name wants that there is nobody
 * else with the same claim.
 *
 *	same name, elsewhere	and same type, or same place
 *	same but for "_"	and same type, or same place
 *	one holds the other	and same type and a neighbour, or same place, both pointers or both not
 *	... of several words	and a neighbour (i_ctime became i_ctime_sec and i_ctime_nsec)
 *	few letters differ	and same type and same place
 *	unrelated name		and same type, between the same neighbours, nobody else there; of a number
 *				the same offset too, or a word in common
 *	unrelated name		both pointers, same offset, between the same neighbours, nobody else there
 *
 * A candidate that suits another vanished member better is that one's. Members of structs that are members by
 * value are searched too, for the same name or one that holds it, with the same type; and last, where nothing
 * was found, those of structs that members point to (rq->rq_disk became rq->q->disk), for such a name with a type
 * that few members have. What is told stays what it is, a guess with its reasons.
 */

#define MOVES_MAX 3
/* Pairs of members that one side has alone: where so much is new, nothing can be told from another. */
#define PAIRS_MAX (1u << 18)
#define LIST_MAX  4096
#define NO_OTHER  UINT32_MAX

struct entry {
	uint32_t path, name; /* string ids */
	uint32_t item, type, size;
	uint16_t bits;
	bool scope, value; /* holds other entries; is an enumerator */
	int64_t offset;
	uint32_t other;	     /* index in the other list */
	uint32_t prev, next; /* paths of the nearest paired entries, 0 at the ends */
};

struct side {
	uint32_t image, construct;
	VEC(struct entry) v;
	struct map by_path;
};

struct search {
	struct field *q;
	const struct surface *s;
	struct side from, to;
	const struct entry *field; /* in from */
	size_t first;		   /* of q->moves */
};

/* ---- lists ---- */

static uint32_t join_path(struct surface *s, uint32_t prefix, uint32_t name)
{
	struct buf b = { 0 };
	uint32_t id;

	if (!prefix)
		return name;
	buf_printf(&b, "%s.%s", surface_text(s, prefix), surface_text(s, name));
	id = strtab_intern(s->str, b.v, b.n);
	buf_done(&b);
	return id;
}

static void list_side(struct field *q, struct side *d)
{
	const struct construct *c = &q->facts.constructs.v[d->construct];
	uint32_t prefix[UINT8_MAX + 2] = { 0 };

	map_init(&d->by_path);
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &q->facts.items.v[i];
		struct entry e = {
			.name = it->name, .item = i, .type = it->type, .size = it->size, .bits = it->bits
		};
		uint32_t *at;

		if (it->role != ITEM_MEMBER && it->role != ITEM_ENUMERATOR)
			continue;
		e.path = it->name ? join_path(&q->facts, prefix[it->depth], it->name) : 0;
		prefix[it->depth + 1] = it->name ? e.path : prefix[it->depth];
		at = it->name ? map_at(&d->by_path, e.path) : NULL;
		if (!at || *at != MAP_NONE)
			continue;
		*at = (uint32_t)d->v.n;
		e.scope = it->scope;
		e.value = it->role == ITEM_ENUMERATOR;
		e.offset = it->value;
		e.other = NO_OTHER;
		VEC_PUSH(&d->v, e);
	}
}

static void pair_off(struct side *a, struct side *b)
{
	for (size_t i = 0; i < a->v.n; i++) {
		uint32_t j = map_get(&b->by_path, a->v.v[i].path);

		if (j == MAP_NONE)
			continue;
		a->v.v[i].other = j;
		b->v.v[j].other = (uint32_t)i;
	}
}

static size_t left_over(const struct side *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->v.n; i++)
		n += d->v.v[i].other == NO_OTHER;
	return n;
}

static bool is_too_much(const struct side *a, const struct side *b)
{
	return a->v.n > LIST_MAX || b->v.n > LIST_MAX || left_over(a) * left_over(b) > PAIRS_MAX;
}

static void set_neighbours(struct side *d)
{
	uint32_t path = 0;

	for (size_t i = 0; i < d->v.n; i++) {
		d->v.v[i].prev = path;
		if (d->v.v[i].other != NO_OTHER)
			path = d->v.v[i].path;
	}
	path = 0;
	for (size_t i = d->v.n; i-- > 0;) {
		d->v.v[i].next = path;
		if (d->v.v[i].other != NO_OTHER)
			path = d->v.v[i].path;
	}
}

/* ---- names ---- */

enum relation { NAME_NONE, NAME_NEAR, NAME_PART, NAME_WORDS, NAME_STEM, NAME_SAME };

/* Underscores, and what a tracepoint's record has in front of the name of a field of any length. */
static void strip(const char **s, size_t *n)
{
	static const char data_loc[] = "__data_loc_";
	size_t len = sizeof(data_loc) - 1;

	if (*n > len && !memcmp(*s, data_loc, len))
		*s += len, *n -= len;
	while (*n && **s == '_')
		++*s, --*n;
	while (*n && (*s)[*n - 1] == '_')
		--*n;
}

/* Whether `part` stands in `whole` between underscores or ends: "disk" in "rq_disk", not in "diskseq". */
static bool holds_words(const char *whole, size_t n, const char *part, size_t m)
{
	for (size_t i = 0; i + m <= n; i++)
		if (!memcmp(whole + i, part, m) && (!i || whole[i - 1] == '_') &&
		    (i + m == n || whole[i + m] == '_'))
			return true;
	return false;
}

#define NEAR_MAX 48

/* Whether at most `bound` letters have to be put in, left out or replaced. */
static bool few_edits(const char *a, size_t n, const char *b, size_t m, unsigned int bound)
{
	unsigned int row[NEAR_MAX + 1];

	if (n > NEAR_MAX || m > NEAR_MAX || (n > m ? n - m : m - n) > bound)
		return false;
	for (unsigned int j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned int replaced = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			if (replaced < row[j])
				row[j] = replaced;
		}
	}
	return row[m] <= bound;
}

static enum relation related(const struct surface *s, uint32_t a, uint32_t b)
{
	const char *p = surface_text(s, a), *r = surface_text(s, b);
	size_t n = strtab_len(s->str, a), m = strtab_len(s->str, b), least;

	if (a == b)
		return NAME_SAME;
	strip(&p, &n);
	strip(&r, &m);
	least = n < m ? n : m;
	if (n == m && !memcmp(p, r, n))
		return NAME_STEM;
	if (least >= 3 && (holds_words(p, n, r, m) || holds_words(r, m, p, n)))
		return memchr(n < m ? p : r, '_', least) ? NAME_WORDS : NAME_PART;
	/* In short names a letter is a word: sport, dport, lport. */
	if (least >= 7 ? few_edits(p, n, r, m, least >= 9 ? 2 : 1) :
			 n != m && least >= 4 && !memcmp(p, r, least))
		return NAME_NEAR;
	return NAME_NONE;
}

/* Whether the names have a word of at least four letters in common. */
static bool share_word(const struct surface *s, uint32_t a, uint32_t b)
{
	const char *p = surface_text(s, a);
	size_t n = strtab_len(s->str, a), m = strtab_len(s->str, b);

	for (size_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n && p[end] != '_'; end++)
			;
		if (end - i >= 4 && holds_words(surface_text(s, b), m, p + i, end - i))
			return true;
	}
	return false;
}

/* Whether the shorter name is at least half of the longer one. */
static bool half_named(const struct surface *s, uint32_t a, uint32_t b)
{
	uint32_t n = strtab_len(s->str, a), m = strtab_len(s->str, b);

	return n < m ? n * 2 >= m : m * 2 >= n;
}

/* ---- evidence ---- */

static bool is_pointer(const struct surface *s, uint32_t type)
{
	return type_at(s->types, type)->kind == TYPE_PTR;
}

/* A struct, or a pointer to one, that is no list's or lock's: few members of a kernel have that type. */
static bool is_distinctive(const struct surface *s, uint32_t type)
{
	static const char *const common[] = { "list_head",    "hlist_node", "hlist_head",    "rb_node",
					      "rb_root",      "llist_node", "mutex",	     "spinlock",
					      "raw_spinlock", "rcu_head",   "callback_head", "work_struct",
					      "timer_list",   "timespec64" };
	const struct type *n = type_at(s->types, type);

	while (n->kind == TYPE_PTR || n->kind == TYPE_CONST || n->kind == TYPE_VOLATILE ||
	       n->kind == TYPE_ARRAY)
		n = type_at(s->types, n->ref);
	if ((n->kind != TYPE_STRUCT && n->kind != TYPE_UNION && n->kind != TYPE_FWD) || !n->name)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (!strcmp(surface_text(s, n->name), common[i]))
			return false;
	return true;
}

/* A number, or an array or typedef of one as far as its name tells; not a pointer. */
static bool is_plain(const struct surface *s, uint32_t type)
{
	const struct type *n = type_at(s->types, type);

	while (n->kind == TYPE_CONST || n->kind == TYPE_VOLATILE || n->kind == TYPE_ARRAY)
		n = type_at(s->types, n->ref);
	return n->kind == TYPE_INT || n->kind == TYPE_TYPEDEF || n->kind == TYPE_ENUM ||
	       n->kind == TYPE_ENUM64;
}

static bool same_type(const struct surface *s, const struct entry *a, const struct entry *b)
{
	return !a->value && !a->scope && !b->scope && a->bits == b->bits &&
	       type_same_c(s->types, s->str, a->type, b->type);
}

/* Numbers of one size: "unsigned int" and "u32". */
static bool same_number(const struct surface *s, const struct entry *a, const struct entry *b)
{
	return !a->scope && !b->scope && a->bits == b->bits && a->size && a->size == b->size &&
	       is_plain(s, a->type) && is_plain(s, b->type);
}

/* What has no size may have no offset either: datasets do not say. */
static bool same_offset(const struct entry *a, const struct entry *b)
{
	return (a->value || a->size) && a->offset == b->offset && a->size == b->size && a->bits == b->bits;
}

static bool same_slot(const struct entry *a, const struct entry *b)
{
	return a->prev == b->prev && a->next == b->next;
}

/* Whether no other entry that is left over has the same claim: the slot, and the type where that counts. */
static bool alone(const struct surface *s, const struct side *d, const struct entry *e, bool by_type)
{
	for (size_t i = 0; i < d->v.n; i++) {
		const struct entry *o = &d->v.v[i];

		if (o != e && o->other == NO_OTHER && same_slot(o, e) && (!by_type || same_type(s, o, e)))
			return false;
	}
	return true;
}

static bool is_claim_without_name(const struct search *x, const struct entry *f, const struct entry *e,
				  bool type)
{
	if (!same_slot(f, e) || f->scope || e->scope)
		return false;
	/* Numbers come and go: one that follows another need not be the other. */
	if (f->bits ||
	    (type && is_plain(x->s, f->type) && !same_offset(f, e) && !share_word(x->s, f->name, e->name)))
		return false;
	if (type || (f->value && f->offset == e->offset))
		return alone(x->s, &x->from, f, type) && alone(x->s, &x->to, e, type);
	return same_offset(f, e) && is_pointer(x->s, f->type) && is_pointer(x->s, e->type) &&
	       alone(x->s, &x->from, f, false) && alone(x->s, &x->to, e, false);
}

/* How well `e`, which appeared, suits `f`, which vanished; 0: not at all. */
static unsigned int weigh(const struct search *x, const struct entry *f, const struct entry *e,
			  unsigned int *reasons)
{
	enum relation name = related(x->s, f->name, e->name);
	bool type = same_type(x->s, f, e), offset = same_offset(f, e), slot = same_slot(f, e);
	bool place = offset || slot, beside = slot || f->prev == e->prev || f->next == e->next;
	static const unsigned int weight[] = { [NAME_NONE] = 30, [NAME_NEAR] = 40,  [NAME_PART] = 50,
					       [NAME_STEM] = 70, [NAME_WORDS] = 55, [NAME_SAME] = 80 };
	bool suits = false, pointers = is_pointer(x->s, f->type);

	if (f->scope != e->scope)
		return 0;
	/* A value of an enum is its place: where only the order is alike, many are. */
	if (f->value)
		place = offset;
	switch (name) {
	case NAME_SAME:
	case NAME_STEM:
		suits = type || place;
		break;
	case NAME_PART:
		suits = type ? place || beside :
			       pointers == is_pointer(x->s, e->type) && place &&
					(pointers || half_named(x->s, f->name, e->name));
		break;
	case NAME_WORDS:
		suits = f->value ? place : place || beside;
		break;
	case NAME_NEAR:
		suits = place && (type || f->value);
		break;
	case NAME_NONE:
		suits = is_claim_without_name(x, f, e, type);
		break;
	}
	if (!suits)
		return 0;
	*reasons = (name == NAME_SAME ? MOVE_SAME_NAME : 0) |
		   (name && name != NAME_SAME ? MOVE_RELATED_NAME : 0) | (type ? MOVE_SAME_TYPE : 0) |
		   (offset ? MOVE_SAME_OFFSET : 0) |
		   (slot   ? MOVE_SAME_NEIGHBOURS :
		    beside ? MOVE_SAME_NEIGHBOUR :
			     0);
	return weight[name] + (type ? 8 : 0) + (slot ? 5 : 0) + (offset ? 4 : 0);
}

/* Whether another member that vanished suits `e` better. */
static bool is_anothers(const struct search *x, const struct entry *e, unsigned int score)
{
	unsigned int reasons;

	for (size_t i = 0; i < x->from.v.n; i++) {
		const struct entry *f = &x->from.v.v[i];

		if (f != x->field && f->other == NO_OTHER && weigh(x, f, e, &reasons) > score)
			return true;
	}
	return false;
}

/* ---- candidates ---- */

static void add_move(struct search *x, const struct field_move *m)
{
	struct field *q = x->q;
	size_t i = q->moves.n;

	for (; i > x->first && q->moves.v[i - 1].score < m->score; i--)
		;
	if (i - x->first == MOVES_MAX)
		return;
	if (q->moves.n - x->first < MOVES_MAX)
		(void)VEC_ADD(&q->moves);
	memmove(q->moves.v + i + 1, q->moves.v + i, (q->moves.n - 1 - i) * sizeof(*q->moves.v));
	q->moves.v[i] = *m;
}

static struct field_move move_to(const struct search *x, const struct entry *e, unsigned int score,
				 unsigned int reasons)
{
	return (struct field_move){ .path = surface_text(x->s, e->path),
				    .reasons = reasons,
				    .score = score,
				    .type = e->type,
				    .size = e->size,
				    .bits = e->bits,
				    .value = e->value,
				    .offset = e->offset };
}

static void search_construct(struct search *x)
{
	for (size_t i = 0; i < x->to.v.n; i++) {
		const struct entry *e = &x->to.v.v[i];
		unsigned int reasons, score = e->other == NO_OTHER ? weigh(x, x->field, e, &reasons) : 0;
		struct field_move m;

		if (!score || is_anothers(x, e, score))
			continue;
		m = move_to(x, e, score, reasons);
		add_move(x, &m);
	}
}

/* The members of another struct that is reached through `via`, and that the same struct of image `from` has not. */
static void search_other(struct search *x, const struct entry *via, struct side *there,
			 const struct side *before, unsigned int how)
{
	for (size_t i = 0; i < there->v.n; i++) {
		const struct entry *e = &there->v.v[i];
		enum relation name = related(x->s, x->field->name, e->name);
		struct field_move m;
		struct buf path = { 0 };
		bool type;

		if (name < NAME_PART || (before && map_get(&before->by_path, e->path) != MAP_NONE))
			continue;
		type = same_type(x->s, x->field, e);
		if (!type && !(how == MOVE_EMBEDDED && name >= NAME_STEM && same_number(x->s, x->field, e)))
			continue;
		/* "flags" in any struct is no trace: a part of a name needs a type that few have. */
		if ((name <= NAME_WORDS || how == MOVE_POINTED) && !is_distinctive(x->s, e->type))
			continue;
		m = move_to(x, e,
			    (how == MOVE_EMBEDDED ? 55 : 20) + (unsigned int)name + (before ? 6 : 0) +
				    (type ? 3 : 0),
			    how | (type ? MOVE_SAME_TYPE : 0) |
				    (name == NAME_SAME ? MOVE_SAME_NAME : MOVE_RELATED_NAME));
		if (how == MOVE_EMBEDDED)
			m.offset += via->offset;
		buf_printf(&path, "%s%s%s", surface_text(x->s, via->path), how == MOVE_EMBEDDED ? "." : "->",
			   m.path);
		m.path = arena_strndup(&x->q->texts, path.v, path.n);
		m.whose = surface_text(x->s, x->s->constructs.v[there->construct].name);
		buf_done(&path);
		add_move(x, &m);
	}
}

/* What a pointer points to, or the type itself. */
static uint32_t pointed(const struct surface *s, uint32_t type, bool *is_ptr)
{
	const struct type *n = type_at(s->types, type);

	while (n->kind == TYPE_CONST || n->kind == TYPE_VOLATILE)
		n = type_at(s->types, type = n->ref);
	*is_ptr = n->kind == TYPE_PTR;
	return *is_ptr ? n->ref : type;
}

/* Searches what one member of the newer side holds or points to. */
static int search_via(struct search *x, const struct entry *via, bool pointers, struct err *err)
{
	struct side there = { .image = x->to.image }, before = { .image = x->from.image };
	bool is_ptr;
	uint32_t type = pointed(x->s, via->type, &is_ptr);
	int rc;

	if (is_ptr != pointers || via->scope || via->value || via->bits)
		return 0;
	rc = field_embedded(x->q, there.image, type, &there.construct, err);
	if (rc || there.construct == SEQ_NONE || there.construct == x->to.construct)
		return rc;
	rc = field_embedded(x->q, before.image, type, &before.construct, err);
	/* Pointed to: a struct that was not there before tells nothing of this one's members. */
	if (rc || (is_ptr && before.construct == SEQ_NONE))
		return rc;
	list_side(x->q, &there);
	if (before.construct != SEQ_NONE)
		list_side(x->q, &before);
	/* By value in a new member all that it holds is new here. */
	search_other(x, via, &there, via->other != NO_OTHER && before.construct != SEQ_NONE ? &before : NULL,
		     is_ptr ? MOVE_POINTED : MOVE_EMBEDDED);
	map_done(&there.by_path);
	map_done(&before.by_path);
	VEC_DONE(&there.v);
	VEC_DONE(&before.v);
	return 0;
}

static int search_members(struct search *x, bool pointers, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < x->to.v.n; i++) {
		const struct entry *via = &x->to.v.v[i];

		/* A pointer that is new itself is another story than what it points to. */
		if (!pointers || via->other != NO_OTHER)
			rc = search_via(x, via, pointers, err);
	}
	return rc;
}

static bool is_guess(const struct field_move *m)
{
	return m->reasons & (MOVE_EMBEDDED | MOVE_POINTED) && !(m->reasons & MOVE_SAME_NAME);
}

/* Beside a good candidate the poor ones are noise; of equal ones in other structs all are. */
static void drop_poor(struct search *x)
{
	struct field *q = x->q;
	size_t n = q->moves.n - x->first;
	struct field_move *m = q->moves.v + x->first;

	if (n > 1 && is_guess(&m[0]) && is_guess(&m[1]) && m[0].score == m[1].score)
		q->moves.n = x->first;
	while (q->moves.n > x->first && q->moves.v[q->moves.n - 1].score + 20 < q->moves.v[x->first].score)
		q->moves.n--;
}

int field_find_moves(struct field *q, uint32_t from, uint32_t to, struct err *err)
{
	struct search x = { .q = q, .s = &q->facts, .first = q->moves.n };
	uint32_t at;
	int rc = 0;

	x.from = (struct side){ .image = from, .construct = q->at.v[from].construct };
	x.to = (struct side){ .image = to, .construct = q->at.v[to].construct };
	list_side(q, &x.from);
	list_side(q, &x.to);
	pair_off(&x.from, &x.to);
	set_neighbours(&x.from);
	set_neighbours(&x.to);
	at = map_get(&x.from.by_path, strtab_find(q->facts.str, q->path, strlen(q->path)));
	/* A path into a struct that is a member by value: that struct's own page says what became of it. */
	if (at != MAP_NONE && x.from.v.v[at].other == NO_OTHER && !is_too_much(&x.from, &x.to)) {
		x.field = &x.from.v.v[at];
		search_construct(&x);
		if (!x.field->value && !x.field->scope)
			rc = search_members(&x, false, err);
		if (!rc && q->moves.n == x.first && !x.field->value && !x.field->scope)
			rc = search_members(&x, true, err);
		drop_poor(&x);
	}
	map_done(&x.from.by_path);
	map_done(&x.to.by_path);
	VEC_DONE(&x.from.v);
	VEC_DONE(&x.to.v);
	return rc;
}
