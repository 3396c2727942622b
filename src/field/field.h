/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * field: one member or enumerator over many images. Where it is in each, what changes, and where it went when
 * it is gone. One result tree, which the writers in `report` print. Never formats text.
 */
#ifndef KSURF_FIELD_H
#define KSURF_FIELD_H

#include "query/query.h"

enum field_state {
	FIELD_PRESENT,
	FIELD_ABSENT,	    /* its construct is there without it */
	FIELD_NO_CONSTRUCT, /* its construct is not there */
	FIELD_UNKNOWN,	    /* nothing is known of the image's constructs of this kind */
};

/* A field, or an enumerator, in one image. */
struct field_at {
	enum field_state state;
	enum kind kind;		  /* of its construct, where that is there */
	uint32_t construct, item; /* indexes in facts; the item is that of the last name in the path */
	uint32_t nvariants;	  /* of the construct */
	uint32_t type, size;
	uint16_t bits;	/* width of a bitfield, 0 when it is none */
	bool modules;	/* unknown, since others have the construct in modules, which were not read of this image */
	bool placed;	/* false where the image does not say where its members lie (some datasets) */
	int64_t offset; /* in bits from the beginning of the construct; of an enumerator its value */
};

/* Why one field is thought to be another one under a new name. */
enum field_move_reason {
	MOVE_SAME_NAME = 1,    /* at another place of the construct, or in one that it holds */
	MOVE_RELATED_NAME = 2, /* one holds the other, or but for a letter */
	MOVE_SAME_TYPE = 4,
	MOVE_SAME_OFFSET = 8,	   /* and size; of an enumerator the same value */
	MOVE_SAME_NEIGHBOURS = 16, /* between the same members */
	MOVE_EMBEDDED = 32,	   /* in a struct that is a member, by value */
	MOVE_POINTED = 64,	   /* in a struct that a member points to: not the same memory */
	MOVE_SAME_NEIGHBOUR = 128, /* behind or in front of the same member */
};

struct field_move {
	const char *path;  /* "__state", "se.load", "q->disk" */
	const char *whose; /* of embedded and pointed ones the struct that has the member, else NULL */
	unsigned int reasons, score;
	uint32_t type, size;
	uint16_t bits;
	bool value; /* an enumerator */
	int64_t offset; /* bits from the beginning of the construct, of a pointed one of the struct it is in; value */
};

/*
 * The result tree of `show` and `pages` for one field. A diff is a pair of images of which one has the field, and
 * both its construct; its old_func and new_func are indexes in `at`. Of its changes the kinds count: added,
 * removed, type, moved, resized, bitfield, value; old_param of an added and a removed one is the first of
 * new_param moves: likely predecessors, or successors.
 */
struct field {
	const struct query_view *view;
	struct store *st;
	const char *name;	  /* "task_struct::state", as it was asked for */
	const char *outer, *path; /* "task_struct", "state" */
	enum kind kind;		  /* of the construct, in the newest image that has the field */
	struct surface facts;
	VEC(struct field_at) at; /* per image of view->images */
	VEC(struct query_change) changes;
	VEC(struct field_move) moves;
	VEC(struct query_diff) diffs[GROUP_NKINDS];
	bool has_diff_group[GROUP_NKINDS];
	struct arena texts;
	struct map loaded;	 /* (image, kind, name) -> index in facts.constructs */
	struct buf loaded_outer; /* what facts are of: kept from one field of a construct to the next */
	VEC(uint64_t) has;	 /* of each kind that has fields a bit an image: whether the construct is there */
};

void field_init(struct field *q, const struct query_view *v, struct store *st);
void field_done(struct field *q);
/*
 * Fills q for "struct::member", "union::member", "enum::VALUE", "typedef::member", "::VALUE" of an unnamed enum;
 * the first name may be led by its keyword. A path goes on with dots through members by value: named members
 * of unnamed types (in6_addr::in6_u.u6_addr32), and structs (task_struct::se.vruntime). *found is false when no
 * image has it; q->at says whether the construct is there. ERR_USAGE when `name` is not of that form.
 */
int field_get(struct field *q, struct store *st, const char *name, bool *found, struct err *err);
/* Of a field that field_get did not find: the nearest fields of its construct, with its name in front. */
void field_nearest(const struct field *f, size_t max, struct query_names *ret);

static inline bool field_is_value(const struct field *f, const struct field_at *at)
{
	return f->facts.items.v[at->item].role == ITEM_ENUMERATOR;
}

#endif
