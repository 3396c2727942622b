/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What JSON reports of all kinds share. For json*.c alone.
 */
#ifndef KSURF_REPORT_JSON_INT_H
#define KSURF_REPORT_JSON_INT_H

#include "report/report_int.h"

extern const char *const json_collision_code[COLLISION_NTYPES]; /* "unique-global", ... */
extern const char *const json_inline_code[INLINE_NTYPES];	  /* "no", ... */

/* "key": */
void json_put_key(struct buf *out, const char *key);
/* "key": value */
void json_put_string(struct buf *out, const char *key, const char *s);
void json_put_number(struct buf *out, const char *key, uint64_t v);
void json_put_bool(struct buf *out, const char *key, bool v);
void json_put_type(struct buf *out, const char *key, const struct surface *s, uint32_t id);
/* A comma, except in front of a list's first element. */
void json_put_comma(struct buf *out, size_t i, const char *comma);
/* A string of the table, alone. */
void json_put_id(struct buf *out, const struct surface *s, uint32_t id);
/* An image's name, version, revision, arch and flavor. */
void json_put_identity(struct buf *out, const struct image_info *info);

/* "key": ["vmlinux", "nf_nat"] of "vmlinux,nf_nat" */
void json_put_owners(struct buf *out, const char *key, const char *owners);
/* The fields of a CHANGE_OWNER, each with a comma in front of it. */
void json_put_owner_change(struct buf *out, const struct surface *s, const struct query_change *c);
/* "status", and "reason" of what is unknown, unless it is the whole kind. */
void json_put_absence(struct buf *out, enum query_absence absence);
/* , "doubts": codes of findings; nothing without. */
void json_put_doubts(struct buf *out, const struct image_info *info);

/* A report, but for what its kind says of an image and of a change. */
struct json_report {
	enum kind kind;
	const char *name;
	const struct query_view *view;
	const struct surface *s;
	const struct query_change *changes;
	const struct query_diff *diffs[GROUP_NKINDS];
	size_t ndiffs[GROUP_NKINDS];
	const void *ctx; /* of image */
	void (*image)(struct buf *out, const void *ctx, size_t i);
	/* The fields after "change", each with a comma in front of it. */
	void (*change)(struct buf *out, const struct json_report *r, const struct query_diff *d,
		       const struct query_change *c);
};

void json_put_report(struct buf *out, const struct json_report *r);
/* The report of a construct's result tree: r's image and change are set, the rest is taken from q. */
void json_put_construct_report(struct buf *out, const struct query_construct *q, struct json_report r);
/* "change": code */
void json_put_change_code(struct buf *out, enum query_change_kind kind);
/* The fields of a prototype's change. */
void json_put_proto_change(struct buf *out, const struct surface *s, const struct query_change *c,
			   uint32_t old_proto, uint32_t new_proto);
/* The fields of another construct's change, from d->old_func to d->new_func, which are indexes in s->constructs. */
void json_put_construct_change(struct buf *out, const struct surface *s, const struct query_diff *d,
			       const struct query_change *c);

#endif
