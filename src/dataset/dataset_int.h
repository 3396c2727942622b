/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The line reader that dataset.c feeds from files, and the words of the format. */
#ifndef KSURF_DATASET_INT_H
#define KSURF_DATASET_INT_H

#include "dataset/dataset.h"
#include "dataset/json_int.h"

/* Deeper than any prototype; bounds recursion. */
#define DATASET_DEPTH 200
#define DATASET_ANON  "(anon)"

extern const char *const dataset_kind_text[TYPE_NKINDS];
extern const char *const dataset_fwd_text[2]; /* by fwd_union */

/* "(anon)", "(anon-1)", ...: a prototype's n-th parameter without a name. Its length. */
size_t dataset_anon(char text[32], uint32_t n);

struct reader {
	struct surface *s;
	struct json json;
	const char *where, *line;
	bool types;
	bool blank; /* the last line was empty */
	uint64_t nlines;
	struct map func_of_name;    /* name's string id -> index in s->funcs */
	uint32_t seq, type_seq;	    /* of the next line */
	uint32_t member_name;	    /* of the group's instances so far, 0: none yet */
	VEC(struct caller) callers; /* of one instance */
	const char *last_text;	    /* of the last caller, when it stands in this line */
	size_t last_len;
	struct caller last_caller;
	VEC(struct type_param) params; /* of prototypes that are not whole yet */
	uint32_t nunnamed;	       /* parameters without a name so far, of the innermost */
	unsigned int depth;
};

void reader_init(struct reader *r, struct surface *s, bool types, const char *where);
void reader_done(struct reader *r);
/* One line without its newline; on false reader_error() says why. */
bool reader_line(struct reader *r, const char *line, size_t len);
/* ERR_FORMAT with FILE:LINE. */
int reader_error(const struct reader *r, struct err *err);

#endif
