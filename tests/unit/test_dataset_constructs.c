// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The dataset's folders of constructs in both directions: what can be kept comes back byte for byte, what cannot
 * is refused with its line and a reason; and what of an extracted kernel the dataset holds.
 */
#include "dataset/dataset.h"

#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "test_util.h"

struct world {
	struct strtab str;
	struct type_table types;
	struct surface s;
};

static void world_init(struct world *w)
{
	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
	w->s.info.source = IMAGE_FROM_DATASET;
	w->s.info.arch = "amd64";
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

#define INT(name)	"{\"kind\": \"INT\", \"name\": \"" name "\"}"
#define VOID		"{\"name\": \"void\", \"kind\": \"VOID\"}"
#define UNNAMED(kind)	"{\"kind\": \"" kind "\", \"name\": \"(anon)\"}"
#define CONST(type)	"{\"kind\": \"CONST\", \"name\": \"(anon)\", \"type\": " type "}"
#define PTR(type)	"{\"kind\": \"PTR\", \"type\": " type "}"
#define PROTO(params)	"{\"kind\": \"FUNC_PROTO\", \"params\": [" params "], \"ret_type\": " VOID "}"
#define PARAM(name)	"{\"name\": \"" name "\", \"type\": " VOID "}"
#define M(name, at, type) "{\"name\": \"" name "\", \"bits_offset\": " at ", \"type\": " type "}"
#define B(name, at, bits, type) \
	"{\"name\": \"" name "\", \"bits_offset\": " at ", \"bitfield_size\": " bits ", \"type\": " type "}"
#define STRUCT(name, size, members) \
	"{\"kind\": \"STRUCT\", \"name\": \"" name "\", \"size\": " size ", \"members\": [" members "]}"
#define UNION(name, size, members) \
	"{\"kind\": \"UNION\", \"name\": \"" name "\", \"size\": " size ", \"members\": [" members "]}"
#define ENUM(name, size, values) \
	"{\"kind\": \"ENUM\", \"name\": \"" name "\", \"size\": " size ", \"values\": [" values "]}"
#define V(name, val) "{\"name\": \"" name "\", \"val\": " val "}"
#define TP(class, event, func, record, fmt, proto, members)                                               \
	"{\"class_name\": \"" class "\", \"event_name\": \"" event "\", \"func_name\": \"" func           \
	"\", \"struct_name\": \"" record "\", \"fmt_str\": \"" fmt "\", \"func\": {\"kind\": \"FUNC\", "  \
	"\"name\": \"" func "\", \"type\": " proto "}, \"struct\": " STRUCT(record, "24", members) "}"
#define EVENT(class, event) \
	TP(class, event, "trace_event_raw_event_" class, "trace_event_raw_" class, "\\\"%d\\\", REC->a", \
	   PROTO(PARAM("__data")), M("a", "64", INT("int")))

static void comes_back(const char *in, const char *wanted, enum dataset_file file)
{
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	struct world w;

	world_init(&w);
	if (dataset_read_mem("x", in, strlen(in), file, &w.s, &err))
		fail_msg("%s: %s: %s", in, err.where, err.msg);
	dataset_write_mem(&out, &w.s, file);
	assert_string_equal(buf_z(&out), wanted);
	buf_done(&out);
	world_done(&w);
}

static void test_types_come_back(void **state)
{
	static const struct {
		enum dataset_file file;
		const char *line;
	} lines[] = {
		{ DATASET_TYPES_STRUCT, STRUCT("s", "0", "") "\n" },
		{ DATASET_TYPES_STRUCT, STRUCT("s", "4294967294", M("a", "0", INT("int")) ", "
						M("b", "9223372036854775807", PTR(VOID))) "\n" STRUCT("t", "1", "") "\n" },
		{ DATASET_TYPES_STRUCT, STRUCT("s", "8", B("a", "0", "3", INT("int")) ", " B("b", "3", "65535", INT("int"))) "\n" },
		/* Members without a name are numbered; other numbers are names. */
		{ DATASET_TYPES_STRUCT, STRUCT("s", "8", M("(anon)", "0", CONST(UNNAMED("STRUCT"))) ", "
					       M("(anon-1)", "32", CONST(UNNAMED("UNION")))) "\n" },
		{ DATASET_TYPES_STRUCT, STRUCT("s", "8", M("(anon)", "0", INT("int")) ", " M("(anon)", "4", INT("int")) ", "
					       M("(anon-1)", "8", INT("int")) ", " M("(anon-7)", "8", INT("int"))) "\n" },
		/* A member's prototype counts its own. */
		{ DATASET_TYPES_STRUCT, STRUCT("s", "8", M("(anon)", "0", PTR(PROTO(PARAM("(anon)") ", " PARAM("(anon-1)"))))
					       ", " M("(anon-1)", "64", INT("int"))) "\n" },
		{ DATASET_TYPES_STRUCT, STRUCT("(anon)", "8", "") "\n" },
		{ DATASET_TYPES_STRUCT, STRUCT("Vec<u8, \\u00e4>", "8", M("f", "0", INT("u8"))) "\n" },
		{ DATASET_TYPES_UNION, UNION("u", "8", M("a", "0", UNNAMED("STRUCT")) ", " M("b", "0", INT("int"))) "\n" },
		{ DATASET_TYPES_ENUM, ENUM("e", "4", "") "\n" },
		{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "0") ", " V("B", "-1") ", " V("A", "-2147483648")) "\n"
				      ENUM("(anon)", "4", V("C", "4294967295")) "\n" },
		{ DATASET_TYPES_ENUM, ENUM("e", "8", V("A", "9223372036854775807") ", " V("B", "-9223372036854775808")) "\n" },
		{ DATASET_TYPES_ENUM, ENUM("e", "8", V("A", "0") ", " V("B", "18446744073709551615")) "\n" },
		{ DATASET_TRACEPOINTS, EVENT("c", "a") "\n" EVENT("c", "b") "\n" },
		{ DATASET_TRACEPOINTS, TP("c", "a", "trace_event_raw_event_c", "trace_event_raw_c", "", PROTO(""), "") "\n" },
		{ DATASET_TYPES_STRUCT, "{\"kind\": \"STRUCT\", \"name\": \"s\", \"size\": 4, \"members\": [], \"owner\": \"a,b\"}\n" },
		{ DATASET_TYPES_ENUM, "{\"kind\": \"ENUM\", \"name\": \"e\", \"size\": 4, \"values\": [], \"owner\": \"nf_nat\"}\n" },
		{ DATASET_SYSCALLS, "{}" },
		{ DATASET_SYSCALLS, "{\n  \"0\": \"read\",\n  \"1\": \"ni_syscall\",\n  \"2\": \"open\",\n  \"547\": \"ni_syscall\"\n}" },
		{ DATASET_CONFIG, "" },
		{ DATASET_CONFIG, "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"a # b\"\nCONFIG_D=\nCONFIG_64BIT=0x10\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		comes_back(lines[i].line, lines[i].line, lines[i].file);
	/* Other orders and spaces are the same facts. */
	comes_back("{\"values\":[{\"val\":1,\"name\":\"A\"}],\"size\":4,\"name\":\"e\",\"kind\":\"ENUM\"}\r\n\n",
		   ENUM("e", "4", V("A", "1")) "\n", DATASET_TYPES_ENUM);
	comes_back("{\"2\":\"b\",\"10\" : \"a\",\n\n\"1\":\"c\"}\n",
		   "{\n  \"1\": \"c\",\n  \"2\": \"b\",\n  \"10\": \"a\"\n}", DATASET_SYSCALLS);
	comes_back("#\n# Linux/x86 6.1 Kernel Configuration\n#\n\nCONFIG_A=y\r\r\n# CONFIG_B is not set\n# end of A",
		   "CONFIG_A=y\n# CONFIG_B is not set\n", DATASET_CONFIG);
}

/* ---- what is refused ---- */

static const struct bad {
	enum dataset_file file;
	const char *text, *where, *words;
} bad[] = {
	{ DATASET_TYPES_STRUCT, "{}", "f:1", "no 'kind' in a struct" },
	{ DATASET_TYPES_STRUCT, UNION("u", "4", ""), "f:1", "UNION where a struct is expected" },
	{ DATASET_TYPES_UNION, STRUCT("u", "4", ""), "f:1", "STRUCT where a union is expected" },
	{ DATASET_TYPES_ENUM, "{\"kind\": \"ENUM64\"", "f:1", "ENUM64 where an enum is expected" },
	{ DATASET_TYPES_STRUCT, STRUCT("", "4", ""), "f:1", "an empty name" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "-4", ""), "f:1", "below zero" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4294967295", ""), "f:1", "size is too large" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", "") "\n" STRUCT("s", "8", ""), "f:2", "a second struct named 's'" },
	{ DATASET_TYPES_ENUM, ENUM("(anon)", "4", "") "\n" ENUM("(anon)", "4", ""), "f:2", "a second enum named '(anon)'" },
	{ DATASET_TYPES_STRUCT, "{\"kind\": \"STRUCT\", \"name\": \"s\", \"size\": 4, \"values\": []}", "f:1",
	  "unknown key 'values' in a struct" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", "") " x", "f:1", "more after the object" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", "7"), "f:1", "a member expected, found a number" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", "{\"name\": \"a\"}"), "f:1", "no 'bits_offset' in a member" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", M("", "0", INT("int"))), "f:1", "an empty name of a member" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", M("a", "9223372036854775808", INT("int"))), "f:1",
	  "bits_offset is too large" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", B("a", "0", "0", INT("int"))), "f:1", "a bitfield_size of 0" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", B("a", "0", "65536", INT("int"))), "f:1", "bitfield_size is too large" },
	{ DATASET_TYPES_STRUCT, STRUCT("s", "4", M("a", "0", "{\"kind\": \"PTR\"}")), "f:1", "no 'type' in a type" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("", "0")), "f:1", "an empty name" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "-0")), "f:1", "minus 0" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "-")), "f:1", "a number expected after a minus" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "-1.5")), "f:1", "not whole" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "18446744073709551616")), "f:1", "beyond 64 bits" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", V("A", "-9223372036854775809")), "f:1", "beyond 64 bits" },
	{ DATASET_TYPES_ENUM, ENUM("e", "8", V("A", "-1") ", " V("B", "9223372036854775808")), "f:1",
	  "values below zero and beyond 63 bits in one enum" },
	{ DATASET_TYPES_ENUM, ENUM("e", "4", "{\"name\": \"A\"}"), "f:1", "no 'val' in a value" },
	{ DATASET_TRACEPOINTS, EVENT("c", "a") "\n" EVENT("d", "a"), "f:2", "a second tracepoint named 'a'" },
	{ DATASET_TRACEPOINTS, TP("c", "a", "trace_event_raw_event_d", "trace_event_raw_c", "", PROTO(""), ""), "f:1",
	  "the function 'trace_event_raw_event_d' of a tracepoint of class 'c'" },
	{ DATASET_TRACEPOINTS, TP("c", "a", "trace_event_raw_event_c", "s", "", PROTO(""), ""), "f:1",
	  "the struct 's' of a tracepoint of class 'c'" },
	{ DATASET_TYPES_STRUCT, "{\"owner\": \",\"}", "f:1", "an empty owner in ','" },
	{ DATASET_TYPES_STRUCT, "{\"owner\": \"a,\"}", "f:1", "an empty owner in 'a,'" },
	{ DATASET_TYPES_STRUCT, "{\"owner\": \"a,,b\"}", "f:1", "an empty owner" },
	{ DATASET_TRACEPOINTS,
	  "{\"struct\": {\"kind\": \"STRUCT\", \"name\": \"s\", \"size\": 4, \"members\": [], \"owner\": \"a\"}}", "f:1",
	  "an owner of a tracepoint's struct" },
	{ DATASET_TRACEPOINTS, "{\"event_name\": \"a\"}", "f:1", "no 'class_name' in a tracepoint" },
	{ DATASET_TRACEPOINTS, "{\"fmt_str\": null}", "f:1", "a string expected, found null" },
	{ DATASET_TRACEPOINTS, "{\"func\": null}", "f:1", "a function's type expected, found null" },
	{ DATASET_SYSCALLS, "", "f:1", "an object of syscalls expected, found the end" },
	{ DATASET_SYSCALLS, "[]", "f:1", "an object of syscalls expected, found a list" },
	{ DATASET_SYSCALLS, "{\n\"1\": \"a\",\n\"x\": \"b\"}", "f:3", "'x' is no syscall's number" },
	{ DATASET_SYSCALLS, "{\"01\": \"a\"}", "f:1", "'01' is no syscall's number" },
	{ DATASET_SYSCALLS, "{\"\": \"a\"}", "f:1", "'' is no syscall's number" },
	{ DATASET_SYSCALLS, "{\"1234567890\": \"a\"}", "f:1", "no syscall's number" },
	{ DATASET_SYSCALLS, "{\"1\": \"a\", \"1\": \"b\"}", "f:1", "the number 1 twice" },
	{ DATASET_SYSCALLS, "{\"1\": 1}", "f:1", "a string expected, found a number" },
	{ DATASET_SYSCALLS, "{\"1\": \"\"}", "f:1", "an empty name of a syscall" },
	{ DATASET_SYSCALLS, "{\"1\": \"a\" \"2\": \"b\"}", "f:1", "a comma or the end of the object" },
	{ DATASET_SYSCALLS, "{\"1\": \"a\",}", "f:1", "a string expected" },
	{ DATASET_SYSCALLS, "{\"1\": \"a\"", "f:1", "a comma or the end of the object" },
	{ DATASET_SYSCALLS, "{\"k\\", "f:1", "unknown escape" },
	{ DATASET_SYSCALLS, "{}\n{}", "f:2", "more after the object" },
	{ DATASET_CONFIG, "CONFIG_A=y\nCONFIG_B\n", "f:2", "neither an option nor a comment" },
	{ DATASET_CONFIG, "CONFIG_=y\n", "f:1", "neither an option nor a comment" },
	{ DATASET_CONFIG, "CONFIG_A B=y\n", "f:1", "neither an option nor a comment" },
	{ DATASET_CONFIG, "A=y", "f:1", "neither an option nor a comment" },
	{ DATASET_CONFIG, "CONFIG_A=y\n\n# CONFIG_A is not set\n", "f:3", "a second config named 'CONFIG_A'" },
};

static void refused(const struct bad *b, size_t len)
{
	struct err err = ERR_INIT;
	struct world w;

	world_init(&w);
	if (dataset_read_mem("f", b->text, len, b->file, &w.s, &err) != ERR_FORMAT)
		fail_msg("accepted, or another code (%d): %s", err.code, b->text);
	assert_string_equal(err.where, b->where);
	if (!strstr(err.msg, b->words))
		fail_msg("'%s' is not in '%s' for %s", b->words, err.msg, b->text);
	world_done(&w);
}

static void test_refused(void **state)
{
	static const struct bad nul = { DATASET_CONFIG, "CONFIG_A=a\0b\n", "f:1", "neither an option" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(&bad[i], strlen(bad[i].text));
	refused(&nul, 13);
}

/* ---- what was extracted ---- */

static uint32_t type_named(struct world *w, enum type_kind kind, const char *name)
{
	struct type t = { .kind = kind, .name = strtab_intern_z(&w->str, name), .size = TYPE_NO_SIZE };

	return type_intern(&w->types, &t, NULL);
}

static uint32_t type_const(struct world *w, uint32_t ref)
{
	struct type t = { .kind = TYPE_CONST, .ref = ref, .size = TYPE_NO_SIZE };

	return type_intern(&w->types, &t, NULL);
}

static struct construct *add(struct world *w, enum kind kind, const char *name)
{
	struct construct c = { .kind = kind, .name = strtab_intern_z(&w->str, name), .items = (uint32_t)w->s.items.n };

	for (size_t i = 0; i < w->s.constructs.n; i++)
		c.seq += w->s.constructs.v[i].kind == kind;
	VEC_PUSH(&w->s.constructs, c);
	return &w->s.constructs.v[w->s.constructs.n - 1];
}

static void add_item(struct world *w, struct item it, const char *name)
{
	it.name = strtab_intern_z(&w->str, name);
	VEC_PUSH(&w->s.items, it);
	w->s.constructs.v[w->s.constructs.n - 1].nitems++;
}

static void written(struct world *w, enum dataset_file file, const char *wanted)
{
	struct buf out = { 0 };

	dataset_write_mem(&out, &w->s, file);
	assert_string_equal(buf_z(&out), wanted);
	buf_done(&out);
	world_done(w);
}

static void kernel(struct world *w)
{
	world_init(w);
	w->s.info.source = IMAGE_FROM_KERNEL;
}

/*
 * struct s { int a; union { int b; struct { int c; } d; const struct { int e; }; }; int f:3; const struct { int g; }; }
 * and a variant of it.
 */
static void test_flattened(void **state)
{
	uint32_t i, s, cs;
	struct world w;

	(void)state;
	kernel(&w);
	i = type_named(&w, TYPE_INT, "int");
	s = type_named(&w, TYPE_STRUCT, "");
	cs = type_const(&w, s);
	add(&w, KIND_STRUCT, "s")->size = 16;
	add_item(&w, (struct item){ .type = i }, "a");
	add_item(&w, (struct item){ .type = type_named(&w, TYPE_UNION, ""), .scope = SCOPE_UNION, .value = 32 }, "");
	add_item(&w, (struct item){ .type = i, .value = 32, .depth = 1 }, "b");
	add_item(&w, (struct item){ .type = s, .value = 32, .depth = 1, .scope = SCOPE_STRUCT }, "d");
	add_item(&w, (struct item){ .type = i, .value = 32, .depth = 2 }, "c");
	add_item(&w, (struct item){ .type = cs, .value = 32, .depth = 1, .scope = SCOPE_STRUCT }, "");
	add_item(&w, (struct item){ .type = i, .value = 32, .depth = 2 }, "e");
	add_item(&w, (struct item){ .type = i, .value = 64, .bits = 3 }, "f");
	add_item(&w, (struct item){ .type = cs, .value = 96, .scope = SCOPE_STRUCT }, "");
	add_item(&w, (struct item){ .type = i, .value = 96, .depth = 1 }, "g");
	add(&w, KIND_STRUCT, "s")->variant = 1;
	written(&w, DATASET_TYPES_STRUCT,
		STRUCT("s", "16", M("a", "0", INT("int")) ", " M("b", "32", INT("int")) ", "
		       M("d", "32", UNNAMED("STRUCT")) ", " M("(anon)", "32", CONST(UNNAMED("STRUCT"))) ", "
		       B("f", "64", "3", INT("int")) ", " M("(anon)", "96", CONST(UNNAMED("STRUCT")))) "\n");
}

/* The dataset's values are signed numbers of the enum's size, and its unnamed enums are 4 bytes. */
static void test_signed_values(void **state)
{
	struct world w;
	struct item max32 = { .role = ITEM_ENUMERATOR, .value = UINT32_MAX }, max64 = { .role = ITEM_ENUMERATOR, .value = -1 };

	(void)state;
	kernel(&w);
	add(&w, KIND_ENUM, "e")->size = 4;
	add_item(&w, max32, "A");
	add(&w, KIND_ENUM, "f")->size = 1;
	add_item(&w, (struct item){ .role = ITEM_ENUMERATOR, .value = 200 }, "B");
	add(&w, KIND_ENUM, "g")->size = 8;
	add_item(&w, max32, "C");
	w.s.constructs.v[2].flags = CONSTRUCT_UNSIGNED64;
	add_item(&w, max64, "D");
	add(&w, KIND_ENUM, "")->size = 4;
	add_item(&w, max32, "E");
	written(&w, DATASET_TYPES_ENUM,
		ENUM("e", "4", V("A", "-1")) "\n" ENUM("f", "1", V("B", "-56")) "\n"
		ENUM("g", "8", V("C", "4294967295") ", " V("D", "-1")) "\n" ENUM("(anon)", "4", V("E", "-1")) "\n");
}

static void entry(struct world *w, const char *table, int64_t number)
{
	add_item(w, (struct item){ .role = ITEM_ENTRY, .value = number }, table);
}

static void test_native_syscalls(void **state)
{
	struct world w;

	(void)state;
	kernel(&w);
	add(&w, KIND_SYSCALL, "open");
	entry(&w, "x86_64", 2);
	entry(&w, "i386", 5);
	add(&w, KIND_SYSCALL, "x32_only");
	entry(&w, "x32", 512);
	add(&w, KIND_SYSCALL, "read");
	entry(&w, "x86_64", 0);
	written(&w, DATASET_SYSCALLS, "{\n  \"0\": \"read\",\n  \"2\": \"open\",\n  \"512\": \"x32_only\"\n}");

	/* A table of its own for x32 is not the native one. */
	kernel(&w);
	add(&w, KIND_SYSCALL, "read");
	entry(&w, "x86_64", 0);
	entry(&w, "x32", 0);
	add(&w, KIND_SYSCALL, "x32_only");
	entry(&w, "x32", 512);
	written(&w, DATASET_SYSCALLS, "{\n  \"0\": \"read\"\n}");

	kernel(&w);
	w.s.info.arch = "arm64";
	add(&w, KIND_SYSCALL, "read");
	entry(&w, "arm", 3);
	entry(&w, "arm64", 63);
	written(&w, DATASET_SYSCALLS, "{\n  \"63\": \"read\"\n}");
}

static void test_no_record(void **state)
{
	struct world w;

	(void)state;
	kernel(&w);
	add(&w, KIND_TRACEPOINT, "sys_enter_read")->flags = CONSTRUCT_NO_RECORD;
	written(&w, DATASET_TRACEPOINTS, "");
}

/* ---- a folder ---- */

static void put_file(const char *dir, const char *sub, const char *ext, const char *text)
{
	char path[500];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/6.1.0-9-generic-amd64%s", dir, sub, ext);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

#define HOOK_FUNC(name) "{\"kind\": \"FUNC\", \"name\": \"" name "\", \"type\": " PROTO(PARAM("a")) "}\n"
#define HOOK_PTR PTR(PROTO(PARAM("a")))

static void test_folder(void **state)
{
	const char *const image = "6.1.0-9-generic-amd64";
	struct dataset_images list;
	struct err err = ERR_INIT;
	char dir[300], out[300];
	size_t n = 0;
	struct world w;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/data", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	mkdir(dir, 0755);
	/* One file of any folder makes an image. */
	put_file(dir, "syscalls", ".json", "{}");
	assert_int_equal(dataset_list(dir, &list, &err), 0);
	assert_int_equal(list.names.n, 1);
	assert_string_equal(list.names.v[0], image);
	dataset_images_done(&list);
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	assert_int_equal(w.s.info.kinds, 1u << KIND_SYSCALL);
	world_done(&w);

	/* Hooks: members of security_hook_heads that have a function, in the struct's order. */
	put_file(dir, "types_struct", ".jsonl",
		 STRUCT("security_hook_heads", "24", M("task_kill", "0", INT("int")) ", " M("no_function", "0", INT("int"))
			", " M("file_open", "0", INT("int")) ", " M("task_kill", "8", INT("int"))) "\n");
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	assert_false(w.s.info.kinds & 1u << KIND_LSM); /* without functions nothing is known of hooks */
	world_done(&w);
	put_file(dir, "types_func", ".jsonl",
		 HOOK_FUNC("security_file_open") HOOK_FUNC("security_task_kill") HOOK_FUNC("security_other"));
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	assert_int_equal(w.s.info.kinds, 1u << KIND_SYSCALL | 1u << KIND_STRUCT | 1u << KIND_FUNC | 1u << KIND_FIELD |
						 1u << KIND_LSM);
	for (size_t i = 0; i < w.s.constructs.n; i++) {
		const struct construct *c = &w.s.constructs.v[i];

		if (c->kind != KIND_LSM)
			continue;
		assert_string_equal(surface_text(&w.s, c->name), n ? "file_open" : "task_kill");
		assert_int_equal(c->seq, n++);
		assert_int_equal(type_at(&w.types, c->type)->kind, TYPE_FUNC_PROTO);
	}
	assert_int_equal(n, 2);
	assert_int_equal(dataset_write(out, &w.s, &err), 0);
	world_done(&w);
	/* What was there is there again, and no other folder. */
	world_init(&w);
	assert_int_equal(dataset_read(out, image, &w.s, &err), 0);
	assert_int_equal(w.s.constructs.n, 3);
	assert_int_equal(w.s.info.kinds & 1u << KIND_ENUM, 0);
	world_done(&w);

	/* Without that struct, the pointers to functions of the union that names them all; one has no security_ function. */
	put_file(dir, "types_struct", ".jsonl", STRUCT("other", "24", M("task_kill", "0", INT("int"))) "\n");
	put_file(dir, "types_union", ".jsonl",
		 "{\"kind\": \"UNION\", \"name\": \"security_list_options\", \"size\": 8, \"members\": ["
		 M("sk_alloc", "0", HOOK_PTR) ", " M("lsm_func_addr", "0", INT("int")) ", " M("file_open", "0", HOOK_PTR) "]}\n");
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	n = 0;
	for (size_t i = 0; i < w.s.constructs.n; i++)
		if (w.s.constructs.v[i].kind == KIND_LSM)
			assert_string_equal(surface_text(&w.s, w.s.constructs.v[i].name), n++ ? "file_open" : "sk_alloc");
	assert_int_equal(n, 2);
	world_done(&w);

	/* Features: only where the enums that hold them are there. */
	put_file(dir, "types_enum", ".jsonl",
		 ENUM("bpf_map_type", "4", V("BPF_MAP_TYPE_UNSPEC", "0") ", " V("BPF_MAP_TYPE_HASH", "1")) "\n"
		 ENUM("bpf_func_id", "4", V("BPF_FUNC_map_lookup_elem", "1") ", " V("__BPF_FUNC_MAX_ID", "2")) "\n");
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	assert_false(w.s.info.kinds & 1u << KIND_FEATURE);
	n = w.s.constructs.n;
	world_done(&w);
	put_file(dir, "types_enum", ".jsonl",
		 ENUM("bpf_map_type", "4", V("BPF_MAP_TYPE_UNSPEC", "0") ", " V("BPF_MAP_TYPE_HASH", "1")) "\n"
		 ENUM("bpf_func_id", "4", V("BPF_FUNC_map_lookup_elem", "1") ", " V("__BPF_FUNC_MAX_ID", "2")) "\n"
		 ENUM("bpf_prog_type", "4", V("BPF_MAP_TYPE_HASH", "7")) "\n");
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), 0);
	assert_true(w.s.info.kinds & 1u << KIND_FEATURE);
	assert_int_equal(w.s.constructs.n, n + 3);
	assert_string_equal(surface_text(&w.s, w.s.constructs.v[n + 1].name), "BPF_MAP_TYPE_HASH");
	assert_string_equal(surface_text(&w.s, w.s.constructs.v[n + 2].name), "BPF_FUNC_map_lookup_elem");
	assert_string_equal(surface_text(&w.s, w.s.constructs.v[n + 2].class), "bpf_func_id");
	assert_int_equal(w.s.constructs.v[n + 2].kind, KIND_FEATURE);
	world_done(&w);

	put_file(dir, "syscalls", ".json", "{\n\"1\": 2}");
	world_init(&w);
	assert_int_equal(dataset_read(dir, image, &w.s, &err), ERR_FORMAT);
	assert_non_null(strstr(err.where, "data/syscalls/6.1.0-9-generic-amd64.json:2"));
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_come_back), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_flattened),	cmocka_unit_test(test_signed_values),
		cmocka_unit_test(test_native_syscalls), cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests_name("dataset of constructs", tests, folder_setup, folder_teardown);
}
