/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * surface: the nouns. What an image is, what its functions are, what a prototype is. Plain facts in
 * tables that refer to each other by 32-bit ids; nothing here reads a file or prints. The meaning
 * of each fact is the contract in docs/semantics.md.
 */
#ifndef KSURF_SURFACE_H
#define KSURF_SURFACE_H

#include "base/base.h"

/* ---- types: one table of nodes, equal trees have equal ids --------------------------------------- */

/* BTF's kinds and numbers (include/uapi/linux/btf.h), as far as a C declaration can hold them. */
enum type_kind {
	TYPE_VOID, TYPE_INT, TYPE_PTR, TYPE_ARRAY, TYPE_STRUCT, TYPE_UNION, TYPE_ENUM, TYPE_FWD, TYPE_TYPEDEF,
	TYPE_VOLATILE, TYPE_CONST, TYPE_RESTRICT, TYPE_FUNC, TYPE_FUNC_PROTO, TYPE_FLOAT = 16, TYPE_ENUM64 = 19,
	TYPE_NKINDS
};

#define TYPE_NO_SIZE UINT32_MAX

/*
 * A node. Structs, unions, enums, typedefs and ints stand by name only. An empty name is an unnamed
 * type. Id 0 is void.
 */
struct type {
	enum type_kind kind;
	bool fwd_union;	 /* FWD: union, not struct */
	uint32_t name;	 /* string id: INT, STRUCT, UNION, ENUM, FWD, TYPEDEF, FLOAT */
	uint32_t ref;	 /* type id: what PTR, ARRAY, qualifiers and FUNC_PROTO (return) refer to */
	uint32_t count;	 /* ARRAY: elements; FUNC_PROTO: parameters */
	uint32_t size;	 /* ENUM, ENUM64: bytes, or TYPE_NO_SIZE */
	uint32_t params; /* FUNC_PROTO: index of the first in type_table.params */
};

/* A parameter without a name has name 0; "..." is an unnamed one of type void, as in BTF. */
struct type_param {
	uint32_t name, type;
};

struct type_table {
	VEC(struct type) types;
	VEC(struct type_param) params;
	uint32_t *slots;
	uint32_t mask;
};

void type_table_init(struct type_table *t);
void type_table_done(struct type_table *t);
/*
 * The id of a node equal to *node, made when there is none. For a FUNC_PROTO node->count parameters
 * are taken from `params`, and node->params is set here; for others `params` is NULL.
 */
uint32_t type_intern(struct type_table *t, const struct type *node,
		     const struct type_param *params);
/* The id, or 0 when there is no such node (or it is void). */
uint32_t type_find(const struct type_table *t, const struct type *node, const struct type_param *params);

static inline const struct type *type_at(const struct type_table *t, uint32_t id) { return &t->types.v[id]; }

/* True for the last parameter of a variadic function. */
static inline bool type_param_is_dots(const struct type_param *p)
{
	return !p->name && !p->type;
}

/*
 * The C declaration of `name` with type `id` ("int (*cb)(void *)", "ssize_t vfs_read(struct file
 * *file, ...)"), without a semicolon; an empty name gives an abstract declarator. C that compiles
 * once the named types are declared: declarators stand where C wants them.
 */
void type_print_c(struct buf *out, const struct type_table *t, const struct strtab *str,
		  uint32_t id, const char *name);
/* True when two types of one table are the same C text (INT or TYPEDEF, STRUCT or FWD: no matter). */
bool type_same_c(const struct type_table *t, const struct strtab *str, uint32_t a, uint32_t b);

/* ---- kinds of constructs ---------------------------------------------------------------------------- */

/* What a program can depend on. The numbers are the store's: never reused. */
enum kind {
	KIND_FUNC,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_TYPEDEF,
	KIND_TRACEPOINT,
	KIND_LSM,
	KIND_KFUNC,
	KIND_SYSCALL,
	KIND_CONFIG,
	KIND_FEATURE, /* helper, map, program, attach and link types: enumerators of the image's own enums */
	KIND_FIELD,   /* struct::member and enum::VALUE; part of another construct, never stored alone */
	KIND_NKINDS
};

/* Of --kind, JSON and SQL ("struct"); of a page's first line ("Struct"); of more than one ("structs"). */
struct kind_words {
	const char *word, *title, *plural;
};

extern const struct kind_words kind_words[KIND_NKINDS];
/* The kind of a word or plural, or KIND_NKINDS. */
enum kind kind_of_word(const char *word);

/* ---- images --------------------------------------------------------------------------------------- */

/* What an image was read from. The numbers are the store's; image_source_word: vmlinux, dataset, boot, btf, running. */
enum image_source {
	IMAGE_FROM_KERNEL,  /* an ELF kernel with its symbol table */
	IMAGE_FROM_DATASET, /* imported */
	IMAGE_FROM_BOOT,    /* a kernel as it boots: symbols from kallsyms, data from the image, no DWARF */
	IMAGE_FROM_BTF,	    /* types and prototypes alone */
	IMAGE_FROM_RUNNING, /* what a running kernel tells of itself */
	IMAGE_NSOURCES
};
extern const char *const image_source_word[IMAGE_NSOURCES];

/* What can be known of an image's functions. Without a fact its absence says nothing: unknown, never "no". */
enum image_fact {
	FACT_INSTANCES = 1, /* DWARF: places, collisions, inlining, callers */
	FACT_SYMBOLS = 2,   /* a symbol table or kallsyms: existence, suffixes */
	FACT_ADDRESSES = 4, /* where symbols lie (a running kernel hides it from users) */
	FACT_ATTACH = 8,    /* func.attach but ATTACH_BTF, which goes with types */
};

/* A module whose constructs are part of the image. */
struct image_module {
	const char *name;     /* as the kernel has it: nf_conntrack, '_' for '-' */
	const char *build_id; /* lower-case hex, "" when unknown */
	const void *btf;      /* its raw BTF, split with the image's as base; NULL: none */
	uint64_t btf_size;
};

/* What was left out of an image, and how often: never a silent zero. */
struct finding {
	const char *code;    /* stable word, e.g. "unit-damaged" */
	const char *message; /* the first one, with its place */
	uint64_t count;
};

/* An image's identity. All texts are owned by the arena that the image was made in, "" when unknown. */
struct image_info {
	const char *name;    /* 6.1.0-56-cloud-amd64: release and arch */
	const char *release; /* 6.1.0-56-cloud-amd64 as the kernel prints it */
	const char *arch;    /* Debian's word */
	const char *flavor;  /* generic when none */
	const char *revision; /* "56", "26", "1009", "117+deb13": what stands between version and flavor */
	uint32_t version[3];
	const char *distro;   /* debian, ubuntu, ... */
	const char *compiler; /* the first producer text */
	const char *build_id; /* lower-case hex of NT_GNU_BUILD_ID */
	const char *sha256;   /* lower-case hex of the file */
	const char *banner;   /* linux_banner, one line */
	const char *types_from; /* "btf", "dwarf", "dataset" */
	uint32_t kinds; /* bit a kind: what can be known of this image; of others absence says nothing */
	uint32_t facts; /* bits of enum image_fact */
	enum image_source source;
	uint32_t pointer_size; /* bytes */
	bool big_endian;
	uint32_t nfindings;
	const struct finding *findings;
	uint32_t nmodules;
	const struct image_module *modules; /* by name */
};

/*
 * Splits a release and an arch into info->name, release, version, revision, flavor, arch, distro (which
 * info->banner helps with, when it is set); texts go to the arena. `arch` NULL: the release's last word is it
 * (dataset names, 5.4.0-26-generic-amd64). ERR_FORMAT when it does not begin with a version.
 */
int image_parse_release(struct arena *a, const char *release, const char *arch,
			struct image_info *info, struct err *err);
/* By (version, flavor, arch, revision), numbers as numbers; < 0, 0, > 0. */
int image_compare(const struct image_info *a, const struct image_info *b);
/* Numbers inside texts compare as numbers: "9" < "31", "107+deb13" < "117+deb13". */
int image_compare_revision(const char *a, const char *b);

/* ---- functions -------------------------------------------------------------------------------------- */

enum collision_type {
	COLLISION_UNIQUE_GLOBAL,
	COLLISION_UNIQUE_STATIC,
	COLLISION_STATIC_DUPLICATION,
	COLLISION_STATIC_STATIC,
	COLLISION_STATIC_GLOBAL,
	COLLISION_GLOBAL_GLOBAL, /* of several owners; all others can be of several owners, too */
	COLLISION_UNKNOWN,	 /* no DWARF, and at most one symbol of each name */
	COLLISION_SYMBOLS,	 /* no DWARF, and several symbols of one name: ambiguous, whatever they are */
	COLLISION_NTYPES
};

enum inline_type { INLINE_NO, INLINE_FULL, INLINE_SELECTIVE, INLINE_UNKNOWN /* no DWARF */, INLINE_NTYPES };

/* DW_AT_inline 0 to 3 (DWARF 5, table 7.20), none stated, or only declared. */
enum inline_word {
	INLINE_NOT_DECLARED_NOT_INLINED, INLINE_NOT_DECLARED_INLINED, INLINE_DECLARED_NOT_INLINED,
	INLINE_DECLARED_INLINED, INLINE_SEEN_UNKNOWN, INLINE_NOT_SEEN, INLINE_NWORDS
};

enum symbol_bind { BIND_LOCAL, BIND_GLOBAL, BIND_WEAK, BIND_OTHER, BIND_NBINDS };

/* The words of reports and of the dataset: "Static Duplication", "Selective", "STB_GLOBAL", ... */
extern const char *const collision_type_text[COLLISION_NTYPES];
extern const char *const inline_type_text[INLINE_NTYPES];
extern const char *const inline_word_text[INLINE_NWORDS];
extern const char *const symbol_bind_text[BIND_NBINDS];

static inline bool inline_word_is_inlined(enum inline_word w)
{
	return w == INLINE_NOT_DECLARED_INLINED || w == INLINE_DECLARED_INLINED;
}

/* The function that holds a call site or an inlined copy: path of its unit, and name. */
struct caller {
	uint32_t file, func; /* string ids */
};

struct instance {
	uint64_t addr;	   /* 0: no code comes from it. In a module: where image_open lays its sections */
	uint32_t owner;	   /* string id of the module's name; 0: the kernel itself */
	uint32_t file;	   /* string id of the unit's path; 0: none (only declared) */
	uint32_t loc_file; /* string id of the declaration's path; 0: no location */
	uint32_t loc_line; /* 0: the location has no line (assembly) */
	enum inline_word inline_word;
	bool external;
	uint32_t callers; /* index in surface.callers: first the inline ones, then the direct ones */
	uint32_t ninline_callers, ndirect_callers;
};

struct symbol {
	uint64_t addr, size;
	uint32_t name, section; /* string ids */
	uint32_t owner;		/* as an instance's */
	enum symbol_bind bind;
};

#define SEQ_NONE UINT32_MAX

/*
 * Where a program can attach to a function, as the image's own tables say: the calls that ftrace patches
 * (__mcount_loc, patchable entries), the kprobe blacklist, the error injection list, the functions of .BTF
 * (fentry and fexit want one).
 */
enum attach { ATTACH_FTRACE = 1, ATTACH_NO_KPROBE = 2, ATTACH_ERROR_INJECTION = 4, ATTACH_BTF = 8 };

/*
 * All functions of one name. `seq` orders groups as the image mentions them, `type_seq` orders
 * declarations; SEQ_NONE where the function has no group (a prototype alone) or no prototype.
 */
struct func {
	uint32_t name; /* string id */
	uint32_t attach; /* bits of enum attach: any symbol of the group is in the table */
	uint32_t seq, type_seq;
	enum collision_type collision;
	enum inline_type inline_type;
	uint32_t proto; /* type id of a FUNC_PROTO, when type_seq is not SEQ_NONE */
	uint32_t instances, ninstances; /* range in surface.instances */
	uint32_t symbols, nsymbols;	/* range in surface.symbols */
};

static inline bool func_has_group(const struct func *f) { return f->seq != SEQ_NONE; }
static inline bool func_has_proto(const struct func *f) { return f->type_seq != SEQ_NONE; }

/* ---- constructs that are no functions --------------------------------------------------------------- */

/* What an item is to its construct. */
enum item_role {
	ITEM_MEMBER,	 /* of a struct, union, typedef of an unnamed one, or a tracepoint's record */
	ITEM_ENUMERATOR, /* of an enum or a typedef of an unnamed one; the value of a feature */
	ITEM_FORMAT,	 /* of a tracepoint: a field as its `format` file shows it */
	ITEM_ENTRY,	 /* of a syscall: a place in a table */
	ITEM_SET,	 /* of a kfunc: a BTF id set that holds it */
	ITEM_PROGRAM,	 /* of a kfunc: a program type that may call it, where known; the last role */
};

/* An item that holds the items after it, as long as their depth is greater. */
enum item_scope { SCOPE_NONE, SCOPE_STRUCT, SCOPE_UNION };

/*
 * A line of a construct. Members: what an unnamed struct or union holds follows it, one deeper, so that
 * both the nested layout and the flat one can be told from the list:
 *	struct { int a; union { int b; long c; }; struct { int d; } e[2]; }
 * is	a; scope union, no name; .b; .c; e with scope struct; .d
 * Flat are the members whose scopes are all without a name (a, b, c, e); a member in a scope with a name is
 * the field e.d, whose offset is that of the first element where e is an array.
 */
struct item {
	uint32_t name;	/* string id; 0: none (padding bitfield, unnamed scope) */
	uint32_t type;	/* MEMBER: type id. An unnamed struct, union or enum is a type node without a name */
	int64_t value;	/* MEMBER, FORMAT: offset in bits from the construct; ENUMERATOR: value (a uint64
			 * where CONSTRUCT_UNSIGNED64); ENTRY: syscall number; SET: flags */
	uint32_t size;	/* MEMBER, FORMAT: bytes of the type; 0 where it has none (flexible array, function) */
	uint32_t text;	/* string id. FORMAT: type as text; ENTRY: function that serves it; SET: flags in words */
	uint16_t bits;	/* MEMBER: width of a bitfield, 0 when it is none */
	uint8_t depth;	/* MEMBER: number of scopes that hold it */
	uint8_t scope;	/* enum item_scope */
	uint8_t role;	/* enum item_role */
	bool is_signed; /* FORMAT */
};

enum construct_flag {
	CONSTRUCT_UNSIGNED64 = 1, /* an enum with a value above INT64_MAX: values are unsigned */
	CONSTRUCT_SIGNED = 2,	  /* an enum of a signed type */
	CONSTRUCT_NO_RECORD = 4,  /* a tracepoint without a record struct (sys_enter_*): no part of datasets */
};

/*
 * A construct: a head and its items. What the head's fields hold, by kind (others are 0):
 *	struct, union	size
 *	enum		size; name 0 holds the values of all unnamed enums, in the order of the image (64-bit
 *			ones are a variant of their own, and those with values above INT64_MAX another)
 *	typedef		type: what it stands for; of an unnamed struct, union or enum: size, and its items
 *	tracepoint	name: the event's; class: of trace_event_raw_<class>, trace_event_raw_event_<class>;
 *			system; text: the format (print fmt); type: prototype of trace_event_raw_event_<class>;
 *			items: the record struct's members, then the format's fields; size: of the record
 *	lsm		name: the hook's (file_open); type: prototype of security_<hook>
 *	kfunc		type: prototype; items: the sets with their flags, then program types (..._UNSPEC: all)
 *	syscall		name without a prefix (openat); items: (name: table, value: number, text: function)
 *	config		name: CONFIG_X; text: the value as in the file, "n" for one that is not set
 *	feature		class: the enum (bpf_func_id); one item, the value
 * Constructs of one kind and name but of another shape are variants: they stand one after the other, and
 * count up from variant 0.
 */
struct construct {
	enum kind kind;
	uint32_t name; /* string id */
	uint32_t seq;  /* order among the kind's constructs, as the image has them */
	uint32_t variant;
	uint32_t type; /* type id */
	uint32_t size; /* bytes */
	uint32_t class, system, text; /* string ids */
	uint32_t flags; /* enum construct_flag */
	uint32_t owner; /* string id: modules' names in order, "nf_conntrack,nf_nat"; 0: the kernel itself */
	uint32_t items, nitems; /* range in surface.items */
};

/* All that is known of one image, or a part of it. Strings and types may be shared with others. */
struct surface {
	struct arena arena; /* texts of info */
	struct image_info info;
	struct strtab *str;
	struct type_table *types;
	VEC(struct func) funcs;
	VEC(struct instance) instances;
	VEC(struct caller) callers;
	VEC(struct symbol) symbols;
	VEC(struct construct) constructs;
	VEC(struct item) items;
	/* The image's types as raw BTF, whole: its own .BTF or made from DWARF; NULL when there is none. */
	const void *btf;
	uint64_t btf_size;
	/* Set while a part of info is still being worked out beside the rest: surface_settle. */
	void (*settle)(struct surface *s);
	void *settling;
};

void surface_init(struct surface *s, struct strtab *str, struct type_table *types);
void surface_done(struct surface *s);
/*
 * Waits for what is not there yet: info.sha256, which takes as long as all other facts together. Whoever
 * reads info.sha256 of an image that was just extracted calls it first; surface_done does too.
 */
void surface_settle(struct surface *s);
/* Forgets functions and constructs, keeps info, strings, types and the memory. */
void surface_reset(struct surface *s);

static inline const char *surface_text(const struct surface *s, uint32_t id)
{
	return strtab_text(s->str, id);
}

/* Any symbol of the group with a '.' in its name. */
bool func_is_transformed(const struct surface *s, const struct func *f);
/* The collision and inline types that the group's instances and symbols imply (semantics, section 2). */
enum collision_type func_collision(const struct surface *s, const struct func *f);
enum inline_type func_inline(const struct surface *s, const struct func *f);
/*
 * True when more than one owner has code or a body of that name: the kernel and a module, or two modules. What a
 * module only declares is the function that another owner defines.
 */
bool func_across_owners(const struct surface *s, const struct func *f);
/* Only declared, and without a symbol: __builtin_memcpy. Cannot be traced. */
bool func_is_declared_only(const struct surface *s, const struct func *f);

/* True when `a` tells all that `b` tells, and more: facts, kinds, modules. Of one build, the better image. */
bool image_tells_more(const struct image_info *a, const struct image_info *b);
bool image_has_module(const struct image_info *info, const char *name);
bool image_knows_attach(const struct image_info *info); /* FACT_ATTACH */
/* How many constructs of one kind and name begin at index `c` of s->constructs: 1, or more with variants. */
uint32_t construct_nvariants(const struct surface *s, uint32_t c);
/* True for a value of one of the kernel's enums of BPF features (bpf_func_id, ...), unless it only ends or begins it. */
bool feature_is(const char *enum_name, const char *value);
/* A kernel's value as the open dataset has it: a signed number of the enum's size, 4 bytes for unnamed ones. */
int64_t enum_value_signed(const struct construct *e, int64_t value);
/* True for a member that a flat list shows: named, or a bitfield of padding, and in no scope with a name. */
bool item_is_flat(const struct surface *s, const struct construct *c, uint32_t item);

#endif
