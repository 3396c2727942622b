/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the sources that add an image share: store_add.c, which has the passes, and
 * store_add_construct.c, which has what constructs that are no functions need of each.
 */
#ifndef KSURF_STORE_ADD_INT_H
#define KSURF_STORE_ADD_INT_H

#include "store/store_int.h"

struct add_row {
	uint32_t func; /* index in the surface */
	uint32_t sid;  /* of the name */
	uint32_t size; /* of the packed detail */
	size_t at;     /* of the packed detail, in the chunk's buffer */
};

struct add_type {
	uint32_t type, pid;
	bool is_new, as_params; /* a prototype as params_put has it, not as a tree */
	size_t tree_at, c_at; /* in add.trees and add.texts; they end where the next begins */
	uint32_t tree_size, c_size;
};

/* A construct in the order of its row: kind, then the name's sid, then the variant. */
struct add_construct {
	int64_t id;
	uint32_t construct; /* index in the surface */
	uint32_t bid;
	uint32_t key; /* in store.bodies when this is the first with a new body, else 0 */
	size_t items_at; /* in add.items */
	uint32_t items_size;
};

struct add {
	struct store *st;
	struct surface *s;
	struct image_row image;

	uint32_t *sid; /* surface string id -> sid, 0: not used */
	u32s str_of_sid; /* and back */
	uint32_t *owner_of_func; /* string ids of the surface, by function */
	u32s fresh;    /* surface string ids that get first_sid, first_sid + 1, ... */
	uint32_t first_sid, next_sid, first_pid, next_pid, next_bid;
	VEC(struct add_type) types; /* each once */
	uint32_t *at_of_type;	    /* type id -> index in types + 1, of its tree */
	uint32_t *at_of_proto;	    /* the same, of its parameters */
	struct buf trees, texts;
	struct add_row *rows; /* by sid */
	struct buf *chunks;
	size_t nchunks;
	VEC(struct add_construct) constructs;
	struct buf items; /* of new bodies, as text */
	struct buf names[KIND_NKINDS]; /* new to the store, packed for search */
	struct btf_blob btf;
	struct module_row *modules; /* as in s->info */
	struct string_index index;
	struct err err; /* of the jobs: only JOB_STRINGS and JOB_TYPES can fail */
	struct err type_err;
};

/* ---- store_add.c ---- */

void add_need_string(struct add *a, uint32_t id);
/* A type of an item, and one that a function or a construct has: a prototype there is kept by parameters. */
void add_need_type(struct add *a, uint32_t type, struct buf *seen);
void add_need_root(struct add *a, uint32_t type, struct buf *seen);
void add_seen(struct buf *seen, uint32_t id);

static inline uint32_t add_pid(const struct add *a, uint32_t type)
{
	return type ? a->types.v[a->at_of_type[type] - 1].pid : 0;
}

static inline uint32_t add_root_pid(const struct add *a, uint32_t type)
{
	bool proto = type_at(a->s->types, type)->kind == TYPE_FUNC_PROTO;

	return proto ? a->types.v[a->at_of_proto[type] - 1].pid : add_pid(a, type);
}

/* ---- store_add_construct.c ---- */

int add_refresh_bodies(struct store *st, struct err *err);
void add_need_construct_types(struct add *a, struct buf *seen);
void add_need_construct_strings(struct add *a);
/* Sorts the rows; ERR_FORMAT when two constructs of a kind have one name and are no variants. */
int add_order_constructs(struct add *a, struct err *err);
/* After the types have their ids: bodies get theirs, new ones their text; names for search. */
void add_bodies(struct add *a);
int add_names(struct add *a, struct err *err);
int add_insert_constructs(struct add *a, struct err *err);

#endif
