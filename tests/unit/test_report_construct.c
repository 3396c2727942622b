// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports of the kinds that no recorded page shows, and of facts that no dataset has: typedefs, kfuncs, features,
 * tracepoints without a record, members in scopes, images of which a kind is not known. The rest stands in
 * tests/corpus and in the recorded pages.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "report/report.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static struct strtab str;
static struct type_table tab;
static struct store_images images;
static struct query_view view;
static struct query_construct q;

static uint32_t id(const char *text)
{
	return strtab_intern_z(&str, text);
}

static uint32_t named(enum type_kind kind, const char *name)
{
	struct type t = { .kind = kind, .name = id(name), .size = TYPE_NO_SIZE };

	return type_intern(&tab, &t, NULL);
}

static uint32_t over(enum type_kind kind, uint32_t ref)
{
	struct type t = { .kind = kind, .ref = ref, .size = TYPE_NO_SIZE };

	return type_intern(&tab, &t, NULL);
}

static uint32_t proto(const char *param, uint32_t type)
{
	struct type_param p = { id(param), type };
	struct type t = { .kind = TYPE_FUNC_PROTO, .count = 1, .size = TYPE_NO_SIZE };

	return type_intern(&tab, &t, &p);
}

static int setup(void **state)
{
	static const char *const names[] = { "6.1.0-1-generic-amd64", "6.2.0-1-generic-amd64" };
	struct err err = ERR_INIT;

	(void)state;
	strtab_init(&str);
	type_table_init(&tab);
	arena_init(&images.arena);
	for (uint32_t i = 0; i < 2; i++) {
		struct store_image im = { .id = i + 1 };

		assert_int_equal(image_parse_release(&images.arena, names[i], NULL, &im.info, &err), 0);
		im.info.kinds = UINT32_MAX;
		VEC_PUSH(&images.images, im);
	}
	return query_view_init(&view, &images, NULL, &err);
}

static int teardown(void **state)
{
	(void)state;
	query_view_done(&view);
	VEC_DONE(&images.images);
	arena_done(&images.arena);
	type_table_done(&tab);
	strtab_done(&str);
	return 0;
}

/* A report of a construct that no image has yet. */
static void begin(enum kind kind, const char *name)
{
	q = (struct query_construct){ .view = &view, .kind = kind, .name = name };
	surface_init(&q.facts, &str, &tab);
	query_compare_init(&q.compare);
	VEC_PUSH(&q.at, SEQ_NONE);
	VEC_PUSH(&q.at, SEQ_NONE);
}

/* The construct in an image, or one more variant of it. */
static struct construct *has(uint32_t image)
{
	struct construct c = { .kind = q.kind, .name = id(q.name), .items = (uint32_t)q.facts.items.n };

	if (q.at.v[image] == SEQ_NONE)
		q.at.v[image] = (uint32_t)q.facts.constructs.n;
	c.variant = (uint32_t)q.facts.constructs.n - q.at.v[image];
	VEC_PUSH(&q.facts.constructs, c);
	return &q.facts.constructs.v[q.facts.constructs.n - 1];
}

static void item(struct item it, const char *name)
{
	it.name = id(name);
	VEC_PUSH(&q.facts.items, it);
	q.facts.constructs.v[q.facts.constructs.n - 1].nitems++;
}

static char *text;

static const char *report(enum report_format format, enum report_style style)
{
	struct report_options o = { .format = format, .style = style };
	struct buf out = { 0 };

	free(text);
	query_construct_compare(&q);
	report_construct(&out, &q, &o);
	buf_z(&out);
	text = out.v;
	return text;
}

static void end(void)
{
	surface_done(&q.facts);
	VEC_DONE(&q.at);
	VEC_DONE(&q.changes);
	for (int k = 0; k < GROUP_NKINDS; k++)
		VEC_DONE(&q.diffs[k]);
	query_compare_done(&q.compare);
	free(text);
	text = NULL;
}

static void contains(const char *page, const char *part)
{
	if (!strstr(page, part))
		fail_msg("no\n%s\nin\n%s", part, page);
}

static void lacks(const char *page, const char *part)
{
	if (strstr(page, part))
		fail_msg("%s\nin\n%s", part, page);
}

static void test_typedefs(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_TYPEDEF, "cb_t");
	has(0)->type = over(TYPE_PTR, proto("a", named(TYPE_INT, "int")));
	has(1)->type = over(TYPE_PTR, proto("a", named(TYPE_INT, "long int")));
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "# Typedef: <code>cb_t</code>\n\n## Status\n");
	contains(page, "✅</summary>\n\n```c\ntypedef void (*cb_t)(int a);\n```\n</details>");
	contains(page, "<b>Target changed. </b>\n<code>void (*)(int a)</code> ➡️ <code>void (*)(long int a)</code>\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"kind\": \"typedef\"");
	contains(page, "{\"declaration\": \"void (*cb_t)(int a)\"}");
	contains(page, "{\"change\": \"target-changed\", \"old\": \"void (*)(int a)\", \"new\": ");
	end();

	begin(KIND_TYPEDEF, "atomic_t");
	has(0)->type = named(TYPE_STRUCT, "");
	item((struct item){ .type = named(TYPE_INT, "int"), .size = 4 }, "counter");
	has(1)->type = named(TYPE_STRUCT, "");
	item((struct item){ .type = named(TYPE_INT, "long int"), .size = 8 }, "counter");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "```c\ntypedef struct {\n    int counter;\n} atomic_t;\n```");
	contains(page, "<b>Field type changed. </b>\n<code>int counter</code> ➡️ <code>long int counter</code>");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "{\"declaration\": \"struct { } atomic_t\", \"size\": 0, \"members\": [{\"name\": \"counter\", "
		       "\"declaration\": \"int counter\", \"offset_bits\": 0, \"size\": 4}]}");
	end();

	begin(KIND_TYPEDEF, "mode");
	has(0)->type = named(TYPE_ENUM, "");
	item((struct item){ .role = ITEM_ENUMERATOR, .value = -1 }, "A");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "```c\ntypedef enum {\n    A = -1,\n} mode;\n```");
	contains(page, "In <code>6.2</code>: Absent ⚠️");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"values\": [{\"name\": \"A\", \"value\": -1}]");
	end();
}

static void test_kfuncs(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_KFUNC, "bpf_look");
	has(0)->type = proto("p", named(TYPE_INT, "int"));
	item((struct item){ .role = ITEM_SET, .value = 3, .text = id("KF_ACQUIRE | KF_RET_NULL") }, "set_a");
	item((struct item){ .role = ITEM_SET }, "set_b");
	item((struct item){ .role = ITEM_PROGRAM, .value = 6 }, "BPF_PROG_TYPE_XDP");
	item((struct item){ .role = ITEM_PROGRAM }, "BPF_PROG_TYPE_UNSPEC");
	has(1); /* no prototype known */
	item((struct item){ .role = ITEM_SET, .value = 1, .text = id("KF_ACQUIRE") }, "set_a");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "# Kfunc: <code>bpf_look</code>\n");
	contains(page, "```c\nvoid bpf_look(int p);\n```\n\n**Flags:** KF_ACQUIRE | KF_RET_NULL (set_a)\n\n"
		       "**Flags:** none (set_b)\n\n**Programs:** xdp, all\n</details>");
	contains(page, "<summary>In <code>6.2</code>: ✅</summary>\n\n**Flags:** KF_ACQUIRE (set_a)\n</details>");
	contains(page, "<b>Flags changed. </b>\n<code>set_a: KF_ACQUIRE | KF_RET_NULL; set_b: none; for xdp, all</code> ➡️ "
		       "<code>set_a: KF_ACQUIRE</code>\n");
	lacks(page, "type changed");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "{\"declaration\": \"void bpf_look(int p)\", \"sets\": [{\"set\": \"set_a\", \"flags\": 3, "
		       "\"flag_names\": \"KF_ACQUIRE | KF_RET_NULL\"}, {\"set\": \"set_b\", \"flags\": 0, \"flag_names\": \"\"}], "
		       "\"programs\": [\"BPF_PROG_TYPE_XDP\", \"BPF_PROG_TYPE_UNSPEC\"]}");
	contains(page, "{\"declaration\": null, \"sets\": ");
	contains(page, "{\"change\": \"flags-changed\", \"old\": [{\"set\": \"set_a\"");
	end();
}

static void test_features(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_FEATURE, "BPF_MAP_TYPE_RINGBUF");
	has(0)->class = id("bpf_map_type");
	item((struct item){ .role = ITEM_ENUMERATOR, .value = 27 }, "BPF_MAP_TYPE_RINGBUF");
	has(1)->class = id("bpf_map_type");
	item((struct item){ .role = ITEM_ENUMERATOR, .value = 28 }, "BPF_MAP_TYPE_RINGBUF");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "# BPF feature: <code>BPF_MAP_TYPE_RINGBUF</code>\n");
	contains(page, "```c\nBPF_MAP_TYPE_RINGBUF = 27\n```\n");
	contains(page, "<b>Value changed. </b>\nBPF_MAP_TYPE_RINGBUF = 27 -> 28\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "{\"enum\": \"bpf_map_type\", \"values\": [{\"name\": \"BPF_MAP_TYPE_RINGBUF\", \"value\": 27}]}");
	end();
}

static void test_values(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_ENUM, "big");
	has(0)->flags = CONSTRUCT_UNSIGNED64;
	item((struct item){ .role = ITEM_ENUMERATOR, .value = -1 }, "BIG");
	has(1);
	item((struct item){ .role = ITEM_ENUMERATOR, .value = INT64_MIN }, "BIG");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "BIG = 18446744073709551615 -> -9223372036854775808\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"value\": 18446744073709551615}");
	contains(page, "\"value\": -9223372036854775808}");
	/* The recorded pages' numbers are signed, and of the enum's size. */
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "BIG = -1 -> -9223372036854775808\n");
	q.facts.constructs.v[0] = (struct construct){ .kind = KIND_ENUM, .name = id("big"), .size = 4, .nitems = 1 };
	q.facts.items.v[0].value = UINT32_MAX;
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "BIG = -1 -> -9223372036854775808\n");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "BIG = 4294967295 -> -9223372036854775808\n");
	images.images.v[0].info.source = IMAGE_FROM_DATASET;
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "BIG = 4294967295 -> -9223372036854775808\n");
	images.images.v[0].info.source = IMAGE_FROM_KERNEL;
	end();
}

/* The dataset knows no tracepoint without a record; a page of our own does. */
static void test_tracepoints(void **state)
{
	uint32_t i = named(TYPE_INT, "int");
	const char *page;

	(void)state;
	begin(KIND_TRACEPOINT, "sys_enter_read");
	has(0)->flags = CONSTRUCT_NO_RECORD;
	item((struct item){ .role = ITEM_FORMAT, .text = id("int"), .size = 4, .value = 64, .is_signed = true }, "__syscall_nr");
	q.facts.constructs.v[0].text = id("\"%d\", REC->a");
	*has(1) = q.facts.constructs.v[0];
	q.facts.constructs.v[1].text = id("\"%u\", REC->a");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "In <code>6.1</code>: ✅</summary>\n\nFormat:\n\n```c\nint __syscall_nr;\n```\n</details>");
	/* A format is no part of a page. */
	contains(page, "No changes between <code>6.1</code> and <code>6.2</code> ✅");
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "<li>\nIn <code>6.1</code>: Absent ⚠️\n</li>\n<li>\nIn <code>6.2</code>: Absent ⚠️\n</li>\n");
	assert_string_equal(strstr(page, "## Differences"), "## Differences\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"record\": false, \"size\": 0, \"members\": [], \"fields\": [{\"name\": \"__syscall_nr\", "
		       "\"type\": \"int\", \"offset_bits\": 64, \"size\": 4, \"signed\": true}], \"format\": \"\\\"%d\\\", REC->a\"");
	contains(page, "{\"change\": \"format-changed\", \"old\": \"\\\"%d\\\", REC->a\", \"new\": \"\\\"%u\\\", REC->a\"}");
	end();

	/* One that gets a record. */
	begin(KIND_TRACEPOINT, "both");
	has(0)->flags = CONSTRUCT_NO_RECORD;
	has(1)->class = id("both");
	item((struct item){ .type = i, .size = 4 }, "a");
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "In <code>6.1</code>: Absent ⚠️");
	contains(page, "```c\nstruct trace_event_raw_both {\n    int a;\n};\n```\n");
	contains(page, "## Differences\n<b>Regular</b>\n<ul>\n</ul>\n");
	end();
}

/* struct s { union { int a; const struct { int b; }; }; struct { int c; } d; int :3; int e:5; } */
static void test_scopes(void **state)
{
	uint32_t i = named(TYPE_INT, "int"), s = named(TYPE_STRUCT, "");
	const char *page;

	(void)state;
	begin(KIND_STRUCT, "s");
	has(0)->size = 12;
	item((struct item){ .type = named(TYPE_UNION, ""), .scope = SCOPE_UNION, .size = 4 }, "");
	item((struct item){ .type = i, .depth = 1, .size = 4 }, "a");
	item((struct item){ .type = over(TYPE_CONST, s), .scope = SCOPE_STRUCT, .depth = 1, .size = 4 }, "");
	item((struct item){ .type = i, .depth = 2, .size = 4 }, "b");
	item((struct item){ .type = s, .scope = SCOPE_STRUCT, .value = 32, .size = 4 }, "d");
	item((struct item){ .type = i, .depth = 1, .value = 32, .size = 4 }, "c");
	item((struct item){ .type = i, .bits = 3, .value = 64, .size = 4 }, "");
	item((struct item){ .type = i, .bits = 5, .value = 67, .size = 4 }, "e");
	has(0)->size = 1; /* another variant */
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "struct s {\n    int a;\n    int b;\n    struct { } d;\n    int : 3;\n    int e;\n};\n");
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "struct s {\n    int a;\n    const struct (anon) (anon);\n    struct (anon) d;\n    int (anon-1);\n"
		       "    int e;\n};\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"variants\": [{\"size\": 12, \"members\": [{\"name\": null, \"declaration\": \"union { }\", "
		       "\"offset_bits\": 0, \"size\": 4, \"scope\": \"union\"}, {\"name\": \"a\", \"declaration\": \"int a\", "
		       "\"offset_bits\": 0, \"size\": 4, \"depth\": 1}, ");
	contains(page, "{\"name\": \"e\", \"declaration\": \"int e\", \"offset_bits\": 67, \"size\": 4, \"bitfield_bits\": 5}]},"
		       "\n   {\"size\": 1, \"members\": []}]}");
	end();
}

/* Types of one name in another order, one of them with another layout, and one that is not in both. */
static void test_variants(void **state)
{
	uint32_t i = named(TYPE_INT, "int");

	(void)state;
	begin(KIND_STRUCT, "s");
	has(0)->size = 16;
	item((struct item){ .type = i, .size = 4 }, "a");
	has(0)->size = 16;
	item((struct item){ .type = i, .size = 4 }, "b");
	has(1)->size = 16;
	item((struct item){ .type = i, .size = 4 }, "b");
	has(1)->size = 16;
	item((struct item){ .type = i, .size = 4 }, "a");
	contains(report(REPORT_MD, STYLE_KSURF), "No changes between");
	contains(report(REPORT_TERM, 0), "6.1 – 6.2: no changes");
	q.facts.items.v[q.facts.items.n - 1].value = 64;
	contains(report(REPORT_MD, STYLE_KSURF), "No changes between");
	contains(report(REPORT_TERM, 0), "moved: a by +8");
	has(1)->size = 16;
	item((struct item){ .type = i, .size = 4 }, "c");
	contains(report(REPORT_MD, STYLE_KSURF), "No changes between");
	q.facts.items.v[q.facts.items.n - 2].name = id("z");
	contains(report(REPORT_JSON, STYLE_KSURF), "\"name\": \"z\"");
	contains(report(REPORT_TERM, 0), "+ int z");
	end();
}

static void test_unknown(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_CONFIG, "CONFIG_X");
	has(1)->text = id("\"<b>\"");
	images.images.v[0].info.kinds = ~(1u << KIND_CONFIG);
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "<li>\nIn <code>6.1</code>: Unknown\n</li>\n");
	contains(page, "```\nCONFIG_X=\"<b>\"\n```\n");
	page = report(REPORT_MD, STYLE_DEPSURF);
	contains(page, "<li>\nIn <code>6.1</code>: Absent ⚠️\n</li>\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"status\": \"unknown\"}");
	images.images.v[0].info.kinds = UINT32_MAX;
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "\"status\": \"absent\"}");
	has(0)->text = id("n");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "```\n# CONFIG_X is not set\n```\n");
	contains(page, "<b>Config changed. </b>\n<code>n</code> ➡️ <code>\"&lt;b&gt;\"</code>\n");
	end();
}

static void test_syscalls(void **state)
{
	const char *page;

	(void)state;
	begin(KIND_SYSCALL, "read");
	has(0);
	item((struct item){ .role = ITEM_ENTRY, .text = id("__x64_sys_read") }, "x86_64");
	item((struct item){ .role = ITEM_ENTRY, .value = 3, .text = id("__ia32_sys_read") }, "i386");
	has(1);
	item((struct item){ .role = ITEM_ENTRY, .text = id("__x64_sys_read") }, "x86_64");
	page = report(REPORT_MD, STYLE_KSURF);
	contains(page, "<li>\nIn <code>6.1</code>: ✅\n</li>\n<li>\nIn <code>6.2</code>: ✅\n</li>\n</ul>\n\n## Differences\n");
	assert_string_equal(strstr(page, "## Differences"), "## Differences\n");
	page = report(REPORT_JSON, STYLE_KSURF);
	contains(page, "{\"entries\": [{\"table\": \"x86_64\", \"number\": 0, \"function\": \"__x64_sys_read\"}, {\"table\": "
		       "\"i386\", \"number\": 3, \"function\": \"__ia32_sys_read\"}]}");
	contains(page, "{\"change\": \"number-changed\", \"old\": [{\"table\"");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typedefs), cmocka_unit_test(test_kfuncs),	 cmocka_unit_test(test_features),
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_tracepoints), cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_unknown),	 cmocka_unit_test(test_syscalls),
	};

	return cmocka_run_group_tests_name("report of constructs", tests, setup, teardown);
}
