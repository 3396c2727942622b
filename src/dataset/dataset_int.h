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

extern const char *const dataset_ext[DATASET_NFILES]; /* ".jsonl", ".json", ".config" */
/* The kind of the constructs that a file holds. */
extern const enum kind dataset_kind[DATASET_NFILES];

struct reader {
	struct surface *s;
	struct json json;
	const char *where, *line;
	enum dataset_file file;
	bool blank; /* the last line was empty */
	uint64_t nlines;
	struct map func_of_name;    /* name's string id -> index in s->funcs */
	struct map construct_of_name; /* of the file's kind -> index in s->constructs */
	uint32_t seq, type_seq;	    /* of the next line */
	uint32_t member_name;	    /* of the group's instances so far, 0: none yet */
	VEC(struct caller) callers; /* of one instance */
	const char *last_text;	    /* of the last caller, when it stands in this line */
	size_t last_len;
	struct caller last_caller;
	VEC(struct type_param) params; /* of prototypes that are not whole yet */
	uint32_t nunnamed;	       /* parameters, or members, without a name so far, of the innermost */
	unsigned int depth;
	bool below_zero, above_int64; /* values of the enum at hand */
};

void reader_init(struct reader *r, struct surface *s, enum dataset_file file, const char *where);
void reader_done(struct reader *r);
/* One line without its newline; on false reader_error() says why. */
bool reader_line(struct reader *r, const char *line, size_t len);
/* A whole file that is no list of lines: syscalls, config. */
bool reader_whole(struct reader *r, const char *text, size_t len);
/* ERR_FORMAT with FILE:LINE. */
int reader_error(const struct reader *r, struct err *err);

/* ---- objects by a table of keys, and values (dataset_read.c) ---- */

#define KEYS_MAX 9

struct keys {
	const char *what; /* for messages: "a symbol" */
	const char *names[KEYS_MAX];
	unsigned int n;
};

struct keyed {
	const struct keys *keys;
	uint32_t seen; /* bit i: key i was there */
	unsigned int last;
};

enum { KEY_END = -1, KEY_BAD = -2 };

bool reader_open(struct reader *r, struct keyed *k, const struct keys *keys);
/* The next key's index, its value next in the text; KEY_END after the last. */
int reader_key(struct reader *r, struct keyed *k);
/* Fails on a key that was to be there (bits). */
bool reader_has(struct reader *r, const struct keyed *k, uint32_t wanted);
/* Calls one(r) for each element of a list. */
bool reader_list(struct reader *r, const char *what, bool (*one)(struct reader *r));
bool reader_text(struct reader *r, uint32_t *id);
/* A text that stands for something: an empty one would come back as null. */
bool reader_name(struct reader *r, const char *what, uint32_t *id);
/* A member's or parameter's name: 0 for the "(anon)", "(anon-1)", ... that is next in its list. */
bool reader_name_or_anon(struct reader *r, const char *what, uint32_t *id);
bool reader_word(struct reader *r, const char *what, const char *const *words, size_t n, unsigned int *index);
bool reader_u32(struct reader *r, const char *what, uint32_t limit, uint32_t *v);
/* A module's name; where there may be several, with commas between. */
bool reader_owner(struct reader *r, bool several, uint32_t *id);
/* One type, r->depth levels deep. */
bool reader_tree(struct reader *r, uint32_t *id);
/* {"kind": "FUNC", "name": NAME, "type": PROTO} */
bool reader_prototype(struct reader *r, uint32_t *name, uint32_t *proto);

/* ---- a file's text, line by line (dataset_write.c) ---- */

struct dataset_line {
	uint64_t order;
	uint32_t index; /* in s->funcs or s->constructs */
	uint32_t name;	/* of a syscall */
};

struct dataset_lines {
	const struct surface *s;
	enum dataset_file file;
	VEC(struct dataset_line) v;
	size_t at;
	bool done;
};

void dataset_lines_init(struct dataset_lines *l, const struct surface *s, enum dataset_file file);
/* Appends the next line; false after the last. */
bool dataset_lines_next(struct dataset_lines *l, struct buf *out);
void dataset_lines_done(struct dataset_lines *l);

/* ---- the other folders (dataset_constructs.c, dataset_whole.c) ---- */

bool reader_construct_line(struct reader *r);
/* The construct of a name, made when there is none; NULL, and a failure, when `once` and there is one. */
struct construct *reader_construct(struct reader *r, uint32_t name, bool once);
void dataset_put_text(struct buf *out, const struct surface *s, uint32_t id);
/* , "owner": "nf_nat" */
void dataset_put_owner(struct buf *out, const struct surface *s, uint32_t owner);
void dataset_put_tree(struct buf *out, const struct surface *s, uint32_t id);
void dataset_put_func(struct buf *out, const struct surface *s, uint32_t name, uint32_t proto);

#endif
