/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of btf hand to each other. */
#ifndef KSURF_BTF_INT_H
#define KSURF_BTF_INT_H

#include "btf/btf_types.h"

#include <bpf/btf.h>

/* Kinds newer than the headers of the oldest libbpf that ksurf builds with. */
#define KIND_DECL_TAG 17
#define KIND_TYPE_TAG 18
#define KIND_ENUM64   19

/* BTF of a kernel nests a handful of levels; a longer chain is nobody's C. */
#define BTF_DEPTH_MAX 32

/* States of a BTF id in btf_reader.type_of that are no type id. */
#define TYPE_NOT_READ  UINT32_MAX
#define TYPE_IN_WORK   (UINT32_MAX - 1) /* above in this walk: meeting it again is a circle */
#define TYPE_SENSELESS (UINT32_MAX - 2)

/* BTF that others go on from. For any number of threads once it is open. */
struct btf_base {
	struct btf *btf;
	uint32_t ntypes; /* with void, id 0 */
	uint8_t *kinds;	 /* by BTF id */
	char *names;
	uint32_t names_len;
	uint32_t pointer_size;
	bool old_enums; /* see survey_enums */
};

/* What the door makes of split BTF: a sound copy in the host's byte order, and where its records lie. */
struct btf_split {
	struct buf copy;
	VEC(uint32_t) at; /* id - the base's ntypes -> offset in the copy */
	uint64_t names_at, names_len; /* in the copy */
};

/* One reading of one BTF. */
struct btf_reader {
	const char *where;
	const struct btf *btf; /* the base's, of split BTF */
	const struct btf_base *base; /* of split BTF; else NULL */
	const struct btf_split *split;
	uint32_t first;	  /* id that is read first: 1, or that behind the base's */
	uint32_t ntypes;  /* with void, id 0, and the base's */
	uint32_t unknown; /* BTF id of what is no type; 0: none */
	uint32_t pointer_size;
	struct surface *s;
	struct btf_facts *facts;
	uint32_t *type_of;  /* BTF id -> type id, or one of the above */
	uint32_t *size_of;  /* BTF id -> bytes + 1 (0: not asked yet) */
	uint32_t *name_ids; /* offset of a name - names_first -> string id + 1 (0: not asked yet) */
	struct map base_names; /* the same of names of the base, by offset */
	uint32_t names_first, names_size;
	uint64_t names_left; /* characters that names may still have */
};

void btf_note(struct btf_facts *f, enum btf_note_kind kind, const char *where, uint64_t offset,
	      const char *fmt, ...) BASE_PRINTF(5, 6);

static inline const struct btf_type *record_at(const struct btf_reader *r, uint32_t id)
{
	/* Of libbpf's own functions for split BTF not all are exported (1.1). */
	if (r->split && id >= r->base->ntypes)
		return (const struct btf_type *)(const void *)(r->split->copy.v + r->split->at.v[id - r->base->ntypes]);
	return btf__type_by_id(r->btf, id);
}

/* The text at an offset of the names; NULL outside them. */
const char *btf_text(const struct btf_reader *r, uint32_t offset);
/* String id of the name at an offset; 0 when there is none. */
uint32_t btf_name(struct btf_reader *r, uint32_t offset);
/* The type id of a BTF id; sets *bad, and is void, where it makes no sense. Each id is read once. */
uint32_t btf_translate(struct btf_reader *r, uint32_t id, bool *bad);
/* Bytes of a type; 0 for what has no size: void, function, forward declaration. Each id is sized once. */
uint32_t btf_size(struct btf_reader *r, uint32_t id);
/* Past const, volatile, restrict and type tags, and past typedefs and arrays where asked. */
uint32_t btf_skip(const struct btf_reader *r, uint32_t id, bool typedefs, bool arrays);

/*
 * Checks raw BTF. Where libbpf would refuse it or be led astray, *copy becomes a sound one with the same ids
 * and a type more, *unknown, for what is referred to and is no type; 0 without a copy. Sets facts->ntypes and
 * notes.
 * ERR_DAMAGED when more than lost_max percent of the types' bytes are of no use.
 */
int btf_door(const char *where, const void *data, uint64_t size, unsigned int lost_max, struct btf_facts *facts,
	     struct buf *copy, uint32_t *unknown, struct err *err);
/* The same of BTF that others go on from: ids stay what they are, and a reference to no type becomes void. */
int btf_door_base(const char *where, const void *data, uint64_t size, struct btf_base *base, struct buf *copy,
		  struct err *err);
/* The same of split BTF, always into a copy, with a type more. ERR_FORMAT when it is of another base. */
int btf_door_split(const char *where, const void *data, uint64_t size, unsigned int lost_max,
		   const struct btf_base *base, struct btf_facts *facts, struct btf_split *ret, struct err *err);
/* True when no enum that is read says that it is signed. */
bool btf_enums_are_old(const struct btf_reader *r);
/* All constructs of the BTF but its base's, into r->s. */
void btf_constructs(struct btf_reader *r);

#endif
