// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The dataset in both directions: every value that can be kept comes back byte for byte, every line
 * that cannot is refused with its number and a reason.
 */
#include "dataset/dataset.h"

#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	strtab_done(&w->str);
	type_table_done(&w->types);
}

/* A line of Python's json.dumps, made of the parts that the cases change. */
#define MEMBER(rest) \
	"{\"addr\": 18446744071578845536, \"name\": \"f\", \"external\": false, " rest "}"
#define REST(loc, file, callers)                                                        \
	"\"loc\": " loc ", \"file\": " file ", \"inline\": \"not declared, inlined\", " \
	"\"caller_inline\": [" callers "], \"caller_func\": []"
#define GROUP(members, symbols)                                                                \
	"{\"name\": \"f\", \"collision_type\": \"Unique Static\", \"inline_type\": \"Full\", " \
	"\"funcs\": [" members "], \"symbols\": [" symbols "]}"
#define SYMBOL(addr, section, bind, size)                                                        \
	"{\"addr\": " addr ", \"name\": \"f.isra.0\", \"section\": " section ", \"bind\": " bind \
	", \"size\": " size "}"
#define PLAIN	   GROUP(MEMBER(REST("\"a.c:7\"", "\"a.c\"", "")), "")
#define FUNC(type) "{\"kind\": \"FUNC\", \"name\": \"f\", \"type\": " type "}"
#define VOID	   "{\"name\": \"void\", \"kind\": \"VOID\"}"
#define PROTO(params, ret) \
	"{\"kind\": \"FUNC_PROTO\", \"params\": [" params "], \"ret_type\": " ret "}"
#define PARAM(name, type) "{\"name\": \"" name "\", \"type\": " type "}"
#define PTR(type)	  "{\"kind\": \"PTR\", \"type\": " type "}"
#define NAMED(kind, name) "{\"kind\": \"" kind "\", \"name\": \"" name "\"}"
#define OVER(kind, type)  "{\"kind\": \"" kind "\", \"name\": \"(anon)\", \"type\": " type "}"

static void write_first(struct buf *out, const struct world *w, bool types)
{
	assert_int_equal(w->s.funcs.n, 1);
	if (types)
		dataset_type_json(out, &w->s, &w->s.funcs.v[0]);
	else
		dataset_func_group_json(out, &w->s, &w->s.funcs.v[0]);
}

static void comes_back(const char *in, const char *wanted, bool types)
{
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	struct world w;

	world_init(&w);
	if (dataset_read_mem("x", in, strlen(in), types, &w.s, &err))
		fail_msg("%s: %s: %s", in, err.where, err.msg);
	write_first(&out, &w, types);
	assert_string_equal(buf_z(&out), wanted);
	buf_done(&out);
	world_done(&w);
}

static void test_groups_come_back(void **state)
{
	static const char *const lines[] = {
		PLAIN,
		GROUP("", ""),
		GROUP(MEMBER(REST("null", "null", "")), ""),
		GROUP(MEMBER(REST("null", "\"a.c\"", "")), ""),
		GROUP(MEMBER(REST("\"a.S\"", "\"a.S\"", "")), ""),
		GROUP(MEMBER(REST("\"a:b:9\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:0\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:07\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:4294967295\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:4294967296\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:99999999999999999999\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:\"", "null", "")), ""),
		GROUP(MEMBER(REST("\":7\"", "null", "")), ""),
		GROUP(MEMBER(REST("\"a.c:7x\"", "null", "")), ""),
		GROUP(MEMBER(REST("null", "null",
				  "\"a.c:g\", \"a.c:g\", \"a:b:g\", \"g\", \":g\", \"a.c:\", "
				  "\"\", \":\"")),
		      ""),
		GROUP(MEMBER(REST("\"\\u00e4\\ud83d\\ude00\\\"\\\\\\n\\u007f.c:7\"", "\"\\t/\"",
				  "")),
		      ""),
		GROUP("", SYMBOL("0", "\".text\"", "\"STB_WEAK\"", "18446744073709551615")),
		GROUP("", SYMBOL("18446744073709551615", "\"\"", "\"STB_OTHER\"", "0")),
		GROUP("", SYMBOL("1", "\".init.text\"", "\"STB_LOCAL\"",
				 "2") ", " SYMBOL("1", "\"odd one\"", "\"STB_GLOBAL\"", "2")),
	};

	static const char of_module[] =
		"{\"name\": \"f\", \"collision_type\": \"Global-Global Collision\", \"inline_type\": \"No\", \"funcs\": [{\"addr\": 0, "
		"\"name\": \"f\", \"external\": true, \"loc\": null, \"file\": null, \"inline\": \"not seen\", \"caller_inline\": [], "
		"\"caller_func\": [], \"owner\": \"nf_nat\"}], \"symbols\": [{\"addr\": 0, \"name\": \"f\", \"section\": \".text\", "
		"\"bind\": \"STB_LOCAL\", \"size\": 0, \"owner\": \"nf_nat\"}]}";
	static const char unknown[] = "{\"name\": \"f\", \"collision_type\": \"Symbol Duplication\", \"inline_type\": \"Unknown\", "
				      "\"funcs\": [], \"symbols\": []}";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		comes_back(lines[i], lines[i], false);
	comes_back(of_module, of_module, false);
	comes_back(unknown, unknown, false);
	/* Other key orders and spaces are the same facts. */
	comes_back(
		"{\"symbols\":[],\"funcs\":[{\"caller_func\":[\"a:d\"],\"caller_inline\":[\"a:i\"],"
		"\"inline\":\"not seen\",\"file\":null,\"loc\":null,\"external\":true,\"name\":\"\\u0066\","
		"\"addr\":0}],\"inline_type\":\"No\",\"collision_type\":\"Unique Global\",\"name\":\"f\"}\r\n\n",
		"{\"name\": \"f\", \"collision_type\": \"Unique Global\", \"inline_type\": \"No\", \"funcs\": "
		"[{\"addr\": 0, \"name\": \"f\", \"external\": true, \"loc\": null, \"file\": null, "
		"\"inline\": \"not seen\", \"caller_inline\": [\"a:i\"], \"caller_func\": [\"a:d\"]}], "
		"\"symbols\": []}",
		false);
	/* UTF-8 comes back as Python escapes it. */
	comes_back(GROUP(MEMBER(REST("\"\xc3\xa4\xf0\x9f\x98\x80.c\"", "null", "")), ""),
		   GROUP(MEMBER(REST("\"\\u00e4\\ud83d\\ude00.c\"", "null", "")), ""), false);
}

static void test_types_come_back(void **state)
{
	static const char *const lines[] = {
		FUNC(PROTO("", VOID)),
		FUNC(PROTO(PARAM("a", PTR(OVER("CONST", NAMED("STRUCT", "s")))),
			   NAMED("INT", "int"))),
		FUNC(PROTO(PARAM("(anon)", VOID) ", " PARAM("b", VOID) ", " PARAM("(anon-1)", VOID),
			   VOID)),
		FUNC(PROTO(PARAM("(anon-1)", VOID) ", " PARAM("(anon)", VOID) ", " PARAM("(anon)",
											 VOID),
			   VOID)),
		FUNC(PROTO(PARAM("(anon)",
				 PTR(PROTO(PARAM("(anon)", VOID) ", " PARAM("(anon-1)", VOID),
					   NAMED("UNION", "u")))) ", " PARAM("(anon-1)", VOID),
			   PTR(PROTO(PARAM("(anon)", VOID), VOID)))),
		FUNC(PROTO("", OVER("VOLATILE", OVER("RESTRICT", OVER("CONST", VOID))))),
		FUNC(PROTO("", NAMED("STRUCT", "(anon)"))),
		FUNC(PROTO("", NAMED("ENUM", "(anon)"))),
		FUNC(PROTO("", "{\"kind\": \"ENUM\", \"name\": \"e\", \"size\": 4}")),
		FUNC(PROTO("", "{\"kind\": \"ENUM64\", \"name\": \"e\", \"size\": 8}")),
		FUNC(PROTO("", "{\"kind\": \"FLOAT\", \"name\": \"double\", \"size\": 8}")),
		FUNC(PROTO("", NAMED("FLOAT", "double"))),
		FUNC(PROTO("", "{\"kind\": \"FWD\", \"name\": \"w\", \"fwd_kind\": \"union\"}")),
		FUNC(PROTO("", "{\"kind\": \"FWD\", \"name\": \"w\", \"fwd_kind\": \"struct\"}")),
		FUNC(PROTO(
			"",
			PTR("{\"kind\": \"ARRAY\", \"name\": \"(anon)\", \"nr_elems\": 4294967294, "
			    "\"type\": " NAMED("TYPEDEF", "u8") "}"))),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		comes_back(lines[i], lines[i], true);
	comes_back(
		"{\"type\": {\"ret_type\": {\"kind\": \"VOID\", \"name\": \"void\"}, \"params\": [{\"type\": "
		"{\"type\": " VOID
		", \"kind\": \"PTR\"}, \"name\": \"p\"}], \"kind\": \"FUNC_PROTO\"}, "
		"\"name\": \"f\", \"kind\": \"FUNC\"}",
		FUNC(PROTO(PARAM("p", PTR(VOID)), VOID)), true);
}

/* ---- what is refused ---- */

static void refused(const char *in, size_t len, bool types, const char *where, const char *words)
{
	struct err err = ERR_INIT;
	struct world w;

	world_init(&w);
	if (dataset_read_mem("d/f.jsonl", in, len, types, &w.s, &err) != ERR_FORMAT)
		fail_msg("accepted, or another code (%d): %s", err.code, in);
	assert_string_equal(err.where, where);
	assert_int_equal(err.offset, ERR_NO_OFFSET);
	if (!strstr(err.msg, words))
		fail_msg("'%s' is not in '%s' for %s", words, err.msg, in);
	world_done(&w);
}

static const struct bad {
	const char *line, *words;
} bad_groups[] = {
	{ "{", "the end of the line" },
	{ "[]", "a function group expected, found a list" },
	{ "{}", "no 'name' in a function group" },
	{ "nonsense", "found" },
	{ "\x01", "not JSON" },
	{ PLAIN " x", "more after the object" },
	{ PLAIN PLAIN, "more after the object: an object" },
	{ "{\"name\": \"f\"}", "no 'collision_type' in a function group" },
	{ "{\"name\": \"f\", \"name\": \"f\"}", "key 'name' twice" },
	{ "{\"name\": \"f\" \"x\": 1}", "a comma expected" },
	{ "{\"name\" \"f\"}", "a colon expected" },
	{ "{\"name\": \"f\",}", "a string expected, found a closing bracket" },
	{ "{\"nome\": \"f\"}", "unknown key 'nome' in a function group" },
	{ "{\"name\": 7}", "a string expected, found a number" },
	{ "{\"name\": null}", "a string expected, found null" },
	{ "{\"name\": \"\"}", "an empty name" },
	{ "{\"name\": \"f", "a string is not closed" },
	{ "{\"name\": \"\\q\"}", "unknown escape" },
	{ "{\"name\": \"\\u12g4\"}", "four hex digits" },
	{ "{\"name\": \"\\u12", "four hex digits" },
	{ "{\"name\": \"\\u0000\"}", "NUL character" },
	{ "{\"name\": \"\\ud800\"}", "surrogate" },
	{ "{\"name\": \"\\ud800\\u0041\"}", "surrogate" },
	{ "{\"name\": \"\\udc00\"}", "surrogate" },
	{ "{\"name\": \"a\tb\"}", "control character" },
	{ "{\"name\": \"\xff\"}", "not UTF-8" },
	{ "{\"name\": \"\xc0\x80\"}", "not UTF-8" },
	{ "{\"name\": \"\xed\xa0\x80\"}", "not UTF-8" },
	{ "{\"name\": \"\xf4\x90\x80\x80\"}", "not UTF-8" },
	{ "{\"name\": \"\xe2\x82\"}", "not UTF-8" },
	{ "{\"collision_type\": \"Unique\"}", "unknown collision type 'Unique'" },
	{ "{\"inline_type\": \"no\"}", "unknown inline type 'no'" },
	{ "{\"funcs\": {}}", "funcs: a list expected, found an object" },
	{ "{\"funcs\": [7]}", "a member of funcs expected, found a number" },
	{ "{\"funcs\": [{}]}", "no 'addr' in a member of funcs" },
	{ "{\"funcs\": [{\"addr\": -1}]}", "below zero" },
	{ "{\"funcs\": [{\"addr\": 1.5}]}", "not whole" },
	{ "{\"funcs\": [{\"addr\": 1e3}]}", "not whole" },
	{ "{\"funcs\": [{\"addr\": 012}]}", "begins with 0" },
	{ "{\"funcs\": [{\"addr\": 18446744073709551616}]}", "beyond 64 bits" },
	{ "{\"funcs\": [{\"addr\": \"1\"}]}", "a number expected, found a string" },
	{ "{\"funcs\": [{\"external\": 1}]}", "true or false expected, found a number" },
	{ "{\"funcs\": [{\"external\": nul}]}", "true or false expected" },
	{ "{\"funcs\": [{\"loc\": 3}]}", "a string expected" },
	{ "{\"funcs\": [{\"loc\": \"\"}]}", "an empty loc" },
	{ "{\"funcs\": [{\"file\": \"\"}]}", "an empty file" },
	{ "{\"funcs\": [{\"file\": nul}]}", "a string expected, found null" },
	{ "{\"funcs\": [{\"inline\": \"inlined\"}]}", "unknown inline word 'inlined'" },
	{ "{\"funcs\": [{\"caller_inline\": null}]}", "caller_inline: a list expected, found null" },
	{ "{\"funcs\": [{\"caller_func\": [1]}]}", "a string expected" },
	{ "{\"funcs\": [{\"caller_func\": [\"a:b\",]}]}", "a string expected" },
	{ "{\"funcs\": [{\"caller_func\": [\"a:b\" \"c:d\"]}]}", "a comma or the end of a list expected" },
	{ "{\"funcs\": [{\"caller\": []}]}", "unknown key 'caller' in a member of funcs" },
	{ "{\"funcs\": [{\"owner\": \"\"}]}", "an empty owner" },
	{ "{\"funcs\": [{\"owner\": null}]}", "a string expected, found null" },
	{ "{\"funcs\": [{\"owner\": \"a,b\"}]}", "several owners, 'a,b', of one body or symbol" },
	{ "{\"symbols\": [{\"owner\": \"a,b\"}]}", "several owners" },
	{ "{\"owner\": \"a\"}", "unknown key 'owner' in a function group" },
	{ "{\"symbols\": [{}]}", "no 'addr' in a symbol" },
	{ "{\"symbols\": [{\"bind\": \"STB_LOOS\"}]}", "unknown binding 'STB_LOOS'" },
	{ "{\"symbols\": [{\"size\": -4}]}", "below zero" },
	{ "{\"symbols\": [{\"type\": 1}]}", "unknown key 'type' in a symbol" },
	{ "{\"name\": \"g\", \"collision_type\": \"Unique Static\", \"inline_type\": \"No\", \"funcs\": ["
	  MEMBER(REST("null", "null", "")) "], \"symbols\": []}", "a member of the group 'g' is named 'f'" },
	{ GROUP(MEMBER(REST("null", "null", "")) ", {\"addr\": 0, \"name\": \"h\", \"external\": false, "
		REST("null", "null", "") "}", ""), "two names in one group: 'f' and 'h'" },
}, bad_types[] = {
	{ "{\"kind\": \"FUNC\", \"name\": \"f\"}", "no 'type' in a function's type" },
	{ "{\"kind\": \"FUNC\", \"name\": \"f\", \"size\": 4}", "unknown key 'size'" },
	{ "{\"kind\": \"STRUCT\", \"name\": \"f\", \"type\": " PROTO("", VOID) "}", "STRUCT where a FUNC" },
	{ FUNC(VOID), "VOID where a FUNC of a FUNC_PROTO is expected" },
	{ FUNC(PTR(PROTO("", VOID))), "PTR where a FUNC of a FUNC_PROTO" },
	{ FUNC(PROTO("", NAMED("DATASEC", "x"))), "unknown kind 'DATASEC'" },
	{ FUNC(PROTO("", "{\"name\": \"x\"}")), "no 'kind' in a type" },
	{ FUNC(PROTO("", "{\"kind\": \"INT\"}")), "no 'name' in a type" },
	{ FUNC(PROTO("", "{\"kind\": \"INT\", \"name\": \"i\", \"size\": 4}")), "key 'size' in a type of kind INT" },
	{ FUNC(PROTO("", "{\"kind\": \"INT\", \"name\": \"\"}")), "an empty name of a type" },
	{ FUNC(PROTO("", "{\"kind\": \"PTR\", \"name\": \"(anon)\", \"type\": " VOID "}")),
	  "key 'name' in a type of kind PTR" },
	{ FUNC(PROTO("", "{\"kind\": \"CONST\", \"name\": \"c\", \"type\": " VOID "}")),
	  "a type of kind CONST with a name" },
	{ FUNC(PROTO("", NAMED("VOID", "int"))), "not named void" },
	{ FUNC(PROTO("", "{\"kind\": \"FWD\", \"name\": \"w\", \"fwd_kind\": \"enum\"}")),
	  "unknown fwd_kind 'enum'" },
	{ FUNC(PROTO("", "{\"kind\": \"ENUM\", \"name\": \"e\", \"size\": 4294967295}")), "size is too large" },
	{ FUNC(PROTO("", "{\"kind\": \"ARRAY\", \"name\": \"(anon)\", \"nr_elems\": 4294967296, \"type\": "
			 VOID "}")), "nr_elems is too large" },
	{ FUNC(PROTO("", FUNC(PROTO("", VOID)))), "a FUNC inside a type" },
	{ FUNC(PROTO("{\"name\": \"a\"}", VOID)), "no 'type' in a parameter" },
	{ FUNC(PROTO(PARAM("", VOID), VOID)), "an empty name of a parameter" },
	{ FUNC("{\"kind\": \"FUNC_PROTO\", \"params\": {}, \"ret_type\": " VOID "}"), "params: a list expected" },
	{ FUNC("{\"kind\": \"FUNC_PROTO\", \"params\": []}"), "no 'ret_type' in a type" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_groups); i++)
		refused(bad_groups[i].line, strlen(bad_groups[i].line), false, "d/f.jsonl:1",
			bad_groups[i].words);
	for (size_t i = 0; i < ARRAY_SIZE(bad_types); i++)
		refused(bad_types[i].line, strlen(bad_types[i].line), true, "d/f.jsonl:1",
			bad_types[i].words);
	refused("{\"name\": \"a\0b\"}", 15, false, "d/f.jsonl:1", "a NUL byte in a string");
	refused("{\"name\":\0 \"a\"}", 14, false, "d/f.jsonl:1", "a NUL byte");
}

static void test_refused_line_numbers(void **state)
{
	static const char twice[] = PLAIN "\n" PLAIN "\n", gap[] = PLAIN "\n\n" PLAIN "\n";
	static const char types[] = FUNC(PROTO("", VOID)) "\n" FUNC(PROTO("", VOID));
	char *deep, *p;

	(void)state;
	refused(twice, sizeof(twice) - 1, false, "d/f.jsonl:2", "a second group named 'f'");
	refused(gap, sizeof(gap) - 1, false, "d/f.jsonl:3", "the line before is empty");
	refused(types, sizeof(types) - 1, true, "d/f.jsonl:2", "a second type of the function 'f'");
	/* A million brackets do not end in the stack. */
	deep = p = base_alloc(32u << 20);
	p += sprintf(p, "{\"kind\": \"FUNC\", \"name\": \"f\", \"type\": ");
	for (int i = 0; i < 1000000; i++)
		p += sprintf(p, "{\"kind\": \"PTR\", \"type\": ");
	refused(deep, (size_t)(p - deep), true, "d/f.jsonl:1", "nested more than");
	free(deep);
}

/* ---- folders ---- */

static const char *path_of(const char *name)
{
	static char paths[4][400];
	static int n;
	char *p = paths[n++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", folder, name);
	return p;
}

static void put_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void same_file(const char *a, const char *b, bool newline_may_lack)
{
	size_t n, m;
	char *x = slurp(a, &n), *y = slurp(b, &m);

	if (!x || !y || n != m + (newline_may_lack && n == m + 1) || memcmp(x, y, m))
		fail_msg("%s and %s differ", a, b);
	free(x);
	free(y);
}

static void test_folders(void **state)
{
	struct err err = ERR_INIT;
	struct dataset_images list;
	struct world w;
	char dir[400];

	(void)state;
	snprintf(dir, sizeof(dir), "%s", path_of("data"));
	assert_int_equal(dataset_list(dir, &list, &err), ERR_MISSING);
	err_clear(&err);
	mkdir(dir, 0755);
	mkdir(path_of("data/types_func"), 0755);
	put_file("data/types_func/6.1.0-10-generic-amd64.jsonl", FUNC(PROTO("", VOID)));
	put_file("data/types_func/6.1.0-9-generic-amd64.jsonl", FUNC(PROTO("", VOID)) "\n\n");
	put_file("data/types_func/.hidden.jsonl", "");
	put_file("data/types_func/readme.txt", "");
	assert_int_equal(dataset_list(dir, &list, &err), ERR_NONE);
	assert_int_equal(list.names.n, 2);
	assert_string_equal(list.names.v[0], "6.1.0-9-generic-amd64");
	assert_string_equal(list.names.v[1], "6.1.0-10-generic-amd64");
	dataset_images_done(&list);

	/* Either folder alone is enough; a comment keeps all but its last newline. */
	mkdir(path_of("data/comment"), 0755);
	put_file("data/comment/6.1.0-9-generic-amd64.txt", "GCC: one\nand two\n\n");
	world_init(&w);
	assert_int_equal(dataset_read(dir, "6.1.0-9-generic-amd64", &w.s, &err), ERR_NONE);
	assert_string_equal(w.s.info.compiler, "GCC: one\nand two\n");
	assert_string_equal(w.s.info.arch, "amd64");
	assert_int_equal(w.s.info.source, IMAGE_FROM_DATASET);
	assert_false(func_has_group(&w.s.funcs.v[0]));
	assert_int_equal(dataset_write(path_of("out"), &w.s, &err), ERR_NONE);
	same_file(path_of("out/comment/6.1.0-9-generic-amd64.txt"),
		  path_of("data/comment/6.1.0-9-generic-amd64.txt"), false);
	assert_int_equal(access(path_of("out/func_groups"), F_OK), -1);
	/* A name from a hostile banner stays inside the folder. */
	w.s.info.name = "../escape";
	assert_int_equal(dataset_write(path_of("out"), &w.s, &err), ERR_USAGE);
	world_done(&w);

	err_clear(&err);
	world_init(&w);
	assert_int_equal(dataset_read(dir, "6.1.0-11-generic-amd64", &w.s, &err), ERR_NOT_FOUND);
	err_clear(&err);
	put_file("data/types_func/6.1.0-11-generic-amd64.jsonl",
		 FUNC(PROTO("", VOID)) "\n{\"kind\": 1}\n");
	assert_int_equal(dataset_read(dir, "6.1.0-11-generic-amd64", &w.s, &err), ERR_FORMAT);
	assert_non_null(strstr(err.where, "data/types_func/6.1.0-11-generic-amd64.jsonl:2"));
	world_done(&w);
	err_clear(&err);
	world_init(&w);
	put_file("data/types_func/nonsense.jsonl", "");
	assert_int_equal(dataset_read(dir, "nonsense", &w.s, &err), ERR_FORMAT);
	world_done(&w);
}

/* Lines longer than any buffer. */
static void test_long_lines(void **state)
{
	struct err err = ERR_INIT;
	const char *name = "6.1.0-1-generic-amd64";
	struct world w;
	FILE *f;

	(void)state;
	mkdir(path_of("long"), 0755);
	mkdir(path_of("long/func_groups"), 0755);
	f = fopen(path_of("long/func_groups/6.1.0-1-generic-amd64.jsonl"), "w");
	for (int line = 0; line < 3; line++) {
		fprintf(f,
			"{\"name\": \"f%d\", \"collision_type\": \"Unique Static\", \"inline_type\": \"No\", "
			"\"funcs\": [{\"addr\": 1, \"name\": \"f%d\", \"external\": true, \"loc\": null, "
			"\"file\": null, \"inline\": \"not seen\", \"caller_inline\": [], "
			"\"caller_func\": [\"a:b\"",
			line, line);
		for (int i = 0; i < line * 400000; i++)
			fprintf(f, ", \"dir/file.c:function_%d\"", i % 977);
		fprintf(f, "]}], \"symbols\": []}%s", line < 2 ? "\n" : "");
	}
	fclose(f);
	world_init(&w);
	assert_int_equal(dataset_read(path_of("long"), name, &w.s, &err), ERR_NONE);
	assert_int_equal(w.s.funcs.n, 3);
	assert_int_equal(w.s.callers.n, 3 + 400000 + 800000);
	assert_int_equal(dataset_write(path_of("long2"), &w.s, &err), ERR_NONE);
	same_file(path_of("long2/func_groups/6.1.0-1-generic-amd64.jsonl"),
		  path_of("long/func_groups/6.1.0-1-generic-amd64.jsonl"), true);
	world_done(&w);
}

/* The recorded sample, byte for byte. */
static void test_recorded(void **state)
{
	static const char *const parts[] = { "func_groups/%s.jsonl",  "types_func/%s.jsonl", "types_struct/%s.jsonl",
					     "types_union/%s.jsonl",  "types_enum/%s.jsonl", "tracepoints/%s.jsonl",
					     "syscalls/%s.json",      "comment/%s.txt" };
	const char *shared = getenv("KSURF_SHARED");
	struct err err = ERR_INIT;
	struct dataset_images list;
	char dir[400];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/oracle/dataset", shared ? shared : "../shared");
	if (access(dir, R_OK)) {
		print_message("skipped: no recorded dataset\n");
		skip();
	}
	assert_int_equal(dataset_list(dir, &list, &err), ERR_NONE);
	assert_true(list.names.n > 20);
	for (size_t i = 0; i < list.names.n; i++) {
		struct world w;

		world_init(&w);
		if (dataset_read(dir, list.names.v[i], &w.s, &err) ||
		    dataset_write(path_of("recorded"), &w.s, &err))
			fail_msg("%s: %s", err.where, err.msg);
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
			char name[200], a[700], b[700];

			snprintf(name, sizeof(name), parts[k], list.names.v[i]);
			snprintf(a, sizeof(a), "%s/%s", dir, name);
			snprintf(b, sizeof(b), "%s/recorded/%s", folder, name);
			same_file(b, a, true);
		}
		world_done(&w);
	}
	dataset_images_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_come_back),
		cmocka_unit_test(test_types_come_back),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_line_numbers),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
