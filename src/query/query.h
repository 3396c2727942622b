/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * query: what the facts of many images say of one construct. Groups of images, labels, the status of
 * a function in each image, the differences between images, and the nearest names of one that is not
 * there. One result tree, which every writer in `report` prints. Never formats text.
 */
#ifndef KSURF_QUERY_H
#define KSURF_QUERY_H

#include "store/store.h"

/* ---- groups of images, relative to a base (semantics, section 1) ---- */

enum query_group_kind { GROUP_REGULAR, GROUP_ARCH, GROUP_FLAVOR, GROUP_NKINDS };

extern const char *const query_group_text[GROUP_NKINDS]; /* Regular, Arch, Flavor */

struct query_member {
	uint32_t image;	   /* index in query_view.images->images */
	const char *label; /* shortest unambiguous: 4.4, arm64, aws, 6.1.0-56 */
	const char *ds_label; /* the recorded pages' label: version without its last .0, arch, flavor */
};

struct query_group {
	enum query_group_kind kind;
	VEC(struct query_member) members; /* by image_compare; Arch and Flavor without the base */
	struct query_member base; /* the base under this group's kind of label: amd64, generic */
};

struct query_view {
	struct arena arena;
	const struct store_images *images; /* borrowed */
	uint32_t base;			   /* index in images */
	struct query_group groups[GROUP_NKINDS];
	VEC(uint32_t) unrelated; /* indexes of images that stand in no group */
};

/*
 * Builds the groups around `base` (NULL: the image with the most relatives in Arch plus Flavor, the
 * newest of equals). A base text is any unambiguous part of an image's name (query_find_image).
 */
int query_view_init(struct query_view *v, const struct store_images *images, const char *base, struct err *err);
void query_view_done(struct query_view *v);

/*
 * The image that `text` names: its whole name, else the only one of which it is a part.
 * ERR_NOT_FOUND (with what there is) or ERR_USAGE (ambiguous, with the candidates).
 */
int query_find_image(const struct store_images *images, const char *text, uint32_t *ret, struct err *err);

/* The pairs that a report compares: neighbours in Regular, the base and each member in Arch and Flavor. */
void query_each_pair(const struct query_view *v,
		     void (*fn)(void *ctx, enum query_group_kind kind, const struct query_member *old_member,
				const struct query_member *new_member),
		     void *ctx);
/* False for an image of which nothing is known of the kind. */
bool query_image_knows(const struct store_image *im, enum kind k);

/* What it says that an image has no such name. */
enum query_absence {
	ABSENT,
	ABSENT_SYMBOL,	 /* no DWARF, and no symbol: there is no such function, or it is inlined everywhere */
	UNKNOWN_KIND,	 /* nothing is known of the kind: a dataset without its folder, a kernel without config */
	UNKNOWN_MODULES, /* others have it in modules, which were not read of this one */
	UNKNOWN_TYPES,	 /* BTF alone, which does not list all functions */
	UNKNOWN_DEBUG,	 /* the other image has it without a symbol: only DWARF would tell */
};

/* Who has a name: string ids of modules, by name; 0 is the kernel itself, and the first. */
struct query_owners {
	VEC(uint32_t) v;
};

/* Of the function, or of all variants of the construct, at index `at`; o is reused. */
void query_owners_get(struct query_owners *o, const struct surface *s, enum kind k, uint32_t at);
bool query_knows_module(const struct image_info *info, const char *name); /* "": the kernel itself */
/* Whether it is in modules alone, of which `info` does not know all. */
bool query_in_modules(const struct image_info *info, const struct surface *s, enum kind k, uint32_t at);
void query_put_owners(struct buf *out, const struct surface *s, enum kind k, uint32_t at); /* "vmlinux,nf_nat" */
/* The same for a name that `with` has at index `at` of s, and `without` has not: whether that is a difference. */
enum query_absence query_absence_of(const struct store_image *with, const struct store_image *without,
				    const struct surface *s, enum kind k, uint32_t at);

/* ---- one function over all images ---- */

enum query_change_kind {
	CHANGE_PARAM_ADDED,
	CHANGE_PARAM_REMOVED,
	CHANGE_PARAM_REORDERED,
	CHANGE_PARAM_TYPE,
	CHANGE_RETURN_TYPE,
	/* of structs, unions, typedefs of unnamed ones; of a tracepoint's record */
	CHANGE_FIELD_ADDED, CHANGE_FIELD_REMOVED, CHANGE_FIELD_TYPE,
	CHANGE_SIZE, /* their layout, compared only when it is asked for */
	CHANGE_FIELD_MOVED,    /* another offset */
	CHANGE_FIELD_RESIZED,  /* another size in bytes */
	CHANGE_FIELD_BITFIELD, /* became one, is none any more, or has another width */
	/* of enums and typedefs of unnamed ones; of features */
	CHANGE_VALUE_ADDED,
	CHANGE_VALUE_REMOVED,
	CHANGE_VALUE, /* another value */
	CHANGE_TARGET,	  /* a typedef stands for another type */
	CHANGE_EVENT,	  /* a tracepoint's record: its field changes follow */
	CHANGE_TRACE_FUNC, /* a tracepoint's prototype: its parameter changes follow */
	CHANGE_FORMAT,	  /* a tracepoint's print format: in the project's own formats only */
	CHANGE_FLAGS,	  /* a kfunc's sets or flags */
	CHANGE_NUMBER,	  /* a syscall's tables or numbers */
	CHANGE_CONFIG,	  /* an option's value */
	/* of functions' status: ksurf diff */
	CHANGE_INLINE,	  /* No, Selective, Full */
	CHANGE_COLLISION,
	CHANGE_TRANSFORMATION, /* got or lost a suffix */
	CHANGE_OWNER,	  /* of all kinds: from the kernel itself into a module, or the other way, or to another module */
	CHANGE_NKINDS
};

extern const char *const query_change_text[CHANGE_NKINDS]; /* "Param added", ... */

struct query_change {
	enum query_change_kind kind;
	/*
	 * Positions in the prototypes, where the kind has them: added has the new one, removed the old
	 * one, type changed both. Of a name that stands twice it is the last, whose type counts. Of
	 * CHANGE_OWNER string ids: "vmlinux,nf_nat".
	 */
	uint32_t old_param, new_param;
	/* True for a change that the trees have and the C text has not (X -> X). */
	bool invisible;
	/* True for a reordering that only follows from others in front: common ones keep their order. */
	bool shifted_only;
};

/*
 * A pair of neighbours (Regular) or base and member (Arch, Flavor) that both have a prototype, or, of another
 * kind, the construct.
 */
struct query_diff {
	const struct query_member *old_member, *new_member;
	uint32_t old_func, new_func; /* indexes in facts.funcs, or of first variants in facts.constructs */
	uint32_t changes, nchanges;  /* range in the tree's changes */
};

enum query_issue {
	ISSUE_DUPLICATE = 1,
	ISSUE_COLLISION = 2,
	ISSUE_FULL_INLINE = 4,
	ISSUE_SELECTIVE_INLINE = 8,
	ISSUE_TRANSFORMATION = 16,
	ISSUE_AMBIGUOUS = 32,	/* several symbols of one name, and no debug info tells what they are */
	ISSUE_ACROSS_OWNERS = 64, /* a duplicate or collision of several modules, or of one and the kernel */
};

/*
 * A prototype's parameters as comparison sees them, by name. A name that stands twice is one, at its
 * first place with its last type. Parameters without a name are told apart by their number.
 */
struct query_param {
	uint64_t key;	  /* the name's id, or above 32 bits the number among the unnamed */
	uint32_t name;	  /* 0: none */
	uint32_t unnamed; /* 0 for the first parameter without a name, 1 for the next, ... */
	uint32_t type;
	uint32_t at; /* position in the prototype that the type is from */
};

struct query_params {
	VEC(struct query_param) v;
	struct map by_key; /* key -> index in v; only where `mapped`: of long lists */
	bool mapped;
};

void query_params_init(struct query_params *p);
void query_params_done(struct query_params *p);
void query_params_set(struct query_params *p, const struct type_table *t, uint32_t proto);
/* The index in p->v, or MAP_NONE. */
uint32_t query_params_find(const struct query_params *p, uint64_t key);

/* Two prototypes compared; reused from pair to pair. */
struct query_compare {
	struct query_params old_params, new_params;
	VEC(struct query_change) changes;
	bool may_lack_names; /* a prototype without any name is compared by position: a source did not tell them */
};

void query_compare_init(struct query_compare *c);
void query_compare_done(struct query_compare *c);
/* Fills c->changes with what turns one prototype of s->types into the other, in the reports' order. */
void query_compare_protos(struct query_compare *c, const struct surface *s, uint32_t old_proto,
			  uint32_t new_proto);

/* Bits of enum query_issue for a function that has a group. */
unsigned int query_issues(const struct surface *s, const struct func *f);

/* ---- one construct over all images ---- */

/*
 * Fills c->changes with what turns one construct of s into another of the same kind, in the order: added (new
 * order), removed (old order), type or value changed (old order), layout. old_param and new_param of a
 * change are then indexes in s->items (or parameters, for those of a prototype). Flat members only;
 * items by name; of a name that stands twice the last counts. Equal where the C text is equal
 * (`invisible` marks a change of the tree alone).
 */
void query_compare_constructs(struct query_compare *c, const struct surface *s, const struct construct *old,
			      const struct construct *new, bool layout);
/*
 * Fills c->changes with what turns a name's facts in one image into those in another. `old` and `new` are
 * what store_walk_next gave: functions, or first variants. Of functions: prototype, then inline and collision type, then suffixes
 * (a CHANGE_TRANSFORMATION for each symbol with one that came, new_param, or went, old_param: indexes
 * in s->symbols, the other side SEQ_NONE). Of several variants the first that have no equal are
 * compared, and *old and *new moved to them.
 */
void query_compare_names(struct query_compare *c, const struct surface *s, enum kind kind, uint32_t *old,
			 uint32_t *new, bool layout);

/* The result tree of `show` and `pages` for one construct, functions included. */
struct query_construct {
	const struct query_view *view;
	enum kind kind;
	const char *name;
	struct surface facts; /* of each image that has it the function, or all variants, one after the other */
	VEC(uint32_t) at; /* per image of view->images: index in facts.funcs, or of the first variant in
			   * facts.constructs, or SEQ_NONE */
	VEC(struct query_change) changes;
	VEC(struct query_diff) diffs[GROUP_NKINDS];
	bool has_diff_group[GROUP_NKINDS]; /* in any pair of the group either side has it; of functions a prototype */
	struct query_compare compare;	   /* of the pair at hand */
};

void query_construct_init(struct query_construct *q, enum kind kind, const struct query_view *v,
			  struct store *st);
void query_construct_done(struct query_construct *q);
/* Fills q for `name`; *found is false when no image has it. Variants are told apart by construct_nvariants. */
int query_construct_get(struct query_construct *q, struct store *st, const char *name, bool *found,
			struct err *err);
/*
 * Fills diffs and changes from facts and `at`; for those who fill these themselves (pages). Functions are
 * compared by their prototypes, and of several variants those that not both images have.
 */
void query_construct_compare(struct query_construct *q);
enum query_absence query_construct_absence(const struct query_construct *q, size_t image);
/* The construct in an image, or NULL. */
const struct construct *query_construct_in(const struct query_construct *q, size_t image);

/* ---- two images ---- */

/*
 * What becomes of a program that relocates its accesses (CO-RE) and was built with the old types, when it
 * runs on the new image (docs/formats/report.md gives the rule, which is libbpf's).
 */
enum query_core {
	CORE_ABSORBED, /* right: the relocation sees to it */
	CORE_SIZED,    /* right only where the access relocates the size too (BPF_CORE_READ_BITFIELD) */
	CORE_UNKNOWN,  /* the image's types do not say enough: a typedef without its type, no sizes */
	CORE_BROKEN,   /* not found, or of a kind that does not match */
	CORE_NCLASSES
};

extern const char *const query_core_text[CORE_NCLASSES]; /* absorbed, ... */

/* Names of one kind in two images, counted. A name counts once a change, however often it has it. */
struct query_tally {
	uint64_t nold, nnew, nadded, nremoved, nchanged;
	uint64_t by_change[CHANGE_NKINDS];
	uint64_t by_core[CORE_NCLASSES]; /* by the worst of the name's changes; with layout only */
	uint64_t unknown_modules, unknown_facts; /* that one has and the other cannot know: neither added nor removed */
};

/* Whether --layout and CO-RE say anything of a kind. */
static inline bool query_has_layout(enum kind k)
{
	return k == KIND_STRUCT || k == KIND_UNION || k == KIND_TYPEDEF;
}

enum query_delta_state { DELTA_ADDED, DELTA_REMOVED, DELTA_CHANGED };

struct query_delta {
	enum query_delta_state state;
	uint32_t name;			   /* string id; 0: the values of unnamed enums */
	uint32_t old, new;		   /* index in facts.funcs or facts.constructs, or SEQ_NONE */
	uint32_t old_variants, new_variants; /* shapes that the name has in each image */
	uint32_t changes, nchanges;	   /* range in query_pair.changes */
};

struct query_pair_kind {
	enum kind kind;
	bool in_old, in_new; /* the image can tell of this kind; if not both, nothing is counted */
	struct query_tally n;
	uint32_t deltas, ndeltas; /* range in query_pair.deltas, by name */
};

/* The result tree of `diff`. Only changes that C text shows; of names that one image alone has, what both know. */
struct query_pair {
	const struct store_image *old_image, *new_image;
	bool layout;
	struct surface facts; /* functions with their symbols only */
	VEC(struct query_delta) deltas;
	VEC(struct query_change) changes;
	VEC(uint8_t) core; /* enum query_core of each change; with layout only */
	struct query_pair_kind kinds[KIND_NKINDS];
	uint32_t nkinds;
	uint64_t ndifferences; /* names, over all kinds */
};

void query_pair_init(struct query_pair *p, struct store *st);
void query_pair_done(struct query_pair *p);
/* Fills p; `kinds`: bit a kind, KIND_FIELD has no meaning here. About 1 us a name that differs. */
int query_pair_get(struct query_pair *p, struct store *st, const struct store_image *old,
		   const struct store_image *new, uint32_t kinds, bool layout, struct err *err);

/* ---- names ---- */

struct query_name {
	const char *name;
	unsigned int distance;
	enum kind kind;
};

struct query_names {
	struct arena arena;
	VEC(struct query_name) names;
};

/*
 * At most `max` names of functions nearest to `name`: edits, parts and prefixes; nearest first.
 * `distance` only orders them (about four an edit). About 60 ns a name of the store.
 */
int query_nearest(struct store *st, const char *name, size_t max, struct query_names *ret,
		  struct err *err);
/* The same of the kinds whose bits are set; of equally near names the lower kind stands first. */
int query_nearest_of(struct store *st, uint32_t kinds, const char *name, size_t max,
		     struct query_names *ret, struct err *err);
/* The nearest of the names that `each` tells, by calling tell(to, name, length) for them. */
typedef void query_tell_fn(void *ctx, void (*tell)(void *to, const char *name, size_t len), void *to);
void query_nearest_told(query_tell_fn *each, void *ctx, enum kind k, const char *name, size_t max, struct query_names *ret);
void query_names_done(struct query_names *names);

/* ---- names that match a pattern ---- */

struct query_match {
	enum kind kind;
	const char *name; /* of a field: struct::member, enum::VALUE */
	size_t has;	  /* index in query_search.has: bit i for view->images[i] */
};

struct query_search {
	struct arena arena;
	const struct query_view *view;
	const char *pattern;
	bool regex;
	size_t limit;
	VEC(struct query_match) matches; /* at most `limit`; by kind, fields last, then by name */
	VEC(uint64_t) has;		 /* `words` a match */
	size_t words;
	uint64_t found[KIND_NKINDS]; /* with those beyond the limit */
};

/*
 * Names that match a glob (wholly) or a regular expression (PCRE2, anywhere in the name). `kinds` 0: all;
 * a glob with "::" then means fields. A field is looked at as struct::member where the pattern has "::",
 * else only its member. ERR_USAGE for a pattern that is malformed (with the place) or takes too long.
 */
int query_search(struct query_search *q, struct store *st, const struct query_view *v, const char *pattern,
		 bool regex, uint32_t kinds, size_t limit, struct err *err);
void query_search_done(struct query_search *q);

static inline bool query_match_in(const struct query_search *q, const struct query_match *m, uint32_t image)
{
	return q->has.v[m->has + image / 64] >> image % 64 & 1;
}

/* ---- all images in numbers ---- */

/* A row of the tables is a kind, of functions their types; or functions by status, over all groups. */
enum { STATS_KINDS_END = KIND_NKINDS, STATS_STATUS = KIND_NKINDS, STATS_NROWS };

struct query_stats_change {
	bool known; /* both images can tell */
	struct query_tally literature, own;
};

/* Neighbours of Regular, or the base and a member of Arch or Flavor. */
struct query_stats_pair {
	enum query_group_kind group;
	const struct query_member *old, *new;
	struct query_stats_change rows[STATS_NROWS];
};

struct query_stats {
	const struct query_view *view;
	VEC(struct store_counts) counts; /* per image of view->images */
	VEC(struct query_stats_pair) pairs;
};

/* Two walks' worth of time an image: about 0.1 s. */
int query_stats(struct query_stats *q, struct store *st, const struct query_view *v, struct err *err);
void query_stats_done(struct query_stats *q);
/* The sum of an image's counts of a topic, or of one value of it. */
uint64_t query_stats_count(const struct store_counts *c, const char *topic, const char *value);

#endif
