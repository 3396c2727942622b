// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Owners, and what an image cannot know: what a missing name says, which changes of owners count, what of a
 * function two images both know; and how reports tell it. Surfaces are made by hand, expectations too.
 */
#include "query/query_int.h"
#include "report/report.h"

#include <setjmp.h>

#include <cmocka.h>

#include "test_util.h"

static struct strtab str;
static struct type_table types;
static struct surface s;

static const struct image_module reed_and_pond[] = { { "nf_pond", "", NULL, 0 }, { "nf_reed", "", NULL, 0 } };

#define DEBUG  (FACT_INSTANCES | FACT_SYMBOLS | FACT_ADDRESSES)
#define KERNEL .types_from = "btf", .kinds = 1u << KIND_FUNC | 1u << KIND_STRUCT

/* Images of each sort. */
static struct store_image with_modules = { .info = { KERNEL, .facts = DEBUG, .nmodules = 2, .modules = reed_and_pond } };
static struct store_image without = { .info = { KERNEL, .facts = DEBUG } };
static struct store_image one_module = { .info = { KERNEL, .facts = DEBUG, .nmodules = 1, .modules = reed_and_pond } };
static struct store_image boot = { .info = { KERNEL, .facts = FACT_SYMBOLS | FACT_ADDRESSES, .source = IMAGE_FROM_BOOT } };
static struct store_image btf = { .info = { KERNEL, .source = IMAGE_FROM_BTF } };

static int setup(void **state)
{
	(void)state;
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	return 0;
}

static uint32_t id(const char *text)
{
	return strtab_intern_z(&str, text);
}

static uint32_t add_func(const char *name)
{
	VEC_PUSH(&s.funcs, ((struct func){ .name = id(name),
					   .type_seq = SEQ_NONE,
					   .instances = (uint32_t)s.instances.n,
					   .symbols = (uint32_t)s.symbols.n }));
	return (uint32_t)s.funcs.n - 1;
}

/* Of the function that was added last: `file` NULL for one that is only declared. */
static void add_instance(const char *owner, const char *file, bool external)
{
	struct func *f = &s.funcs.v[s.funcs.n - 1];

	VEC_PUSH(&s.instances, ((struct instance){ .owner = id(owner),
						   .loc_file = file ? id(file) : 0,
						   .loc_line = file ? 1 : 0,
						   .inline_word = INLINE_SEEN_UNKNOWN,
						   .external = external }));
	f->ninstances++;
	f->collision = func_collision(&s, f);
	f->inline_type = func_inline(&s, f);
}

static void add_symbol(const char *owner, const char *name)
{
	struct func *f = &s.funcs.v[s.funcs.n - 1];

	VEC_PUSH(&s.symbols, ((struct symbol){ .owner = id(owner), .name = id(name), .section = id(".text") }));
	f->nsymbols++;
	f->collision = func_collision(&s, f);
	f->inline_type = func_inline(&s, f);
}

static uint32_t add_struct(const char *name, const char *owner, uint32_t variant)
{
	VEC_PUSH(&s.constructs, ((struct construct){
					.kind = KIND_STRUCT, .name = id(name), .owner = id(owner), .variant = variant }));
	return (uint32_t)s.constructs.n - 1;
}

static void owners_are(enum kind k, uint32_t at, const char *want)
{
	struct buf b = { 0 };

	query_put_owners(&b, &s, k, at);
	assert_string_equal(buf_z(&b), want);
	buf_done(&b);
}

/* The kernel first, then by name; what a module only declares is not its own. */
static void test_owners(void **state)
{
	uint32_t f, c;

	(void)state;
	f = add_func("pond_init");
	add_symbol("nf_reed", "pond_init");
	add_symbol("nf_pond", "pond_init");
	add_instance("", "a.c", true);
	add_instance("nf_eel", NULL, true);
	owners_are(KIND_FUNC, f, "vmlinux,nf_pond,nf_reed");
	f = add_func("declared");
	add_instance("nf_eel", NULL, true);
	owners_are(KIND_FUNC, f, "nf_eel");
	f = add_func("of_types");
	owners_are(KIND_FUNC, f, "");
	c = add_struct("reed", "nf_pond,nf_reed", 0);
	add_struct("reed", "", 1);
	owners_are(KIND_STRUCT, c, "vmlinux,nf_pond,nf_reed");
}

static void absence_is(const struct store_image *with, const struct store_image *lacks, enum kind k, uint32_t at,
		       enum query_absence want)
{
	assert_int_equal(query_absence_of(with, lacks, &s, k, at), want);
}

/* What it says that one image has no such name. */
static void test_absence(void **state)
{
	uint32_t f, c;

	(void)state;
	f = add_func("kernel_symbol");
	add_instance("", "a.c", true);
	add_symbol("", "kernel_symbol");
	absence_is(&with_modules, &without, KIND_FUNC, f, ABSENT);
	absence_is(&without, &boot, KIND_FUNC, f, ABSENT_SYMBOL);
	absence_is(&without, &btf, KIND_FUNC, f, UNKNOWN_TYPES);
	f = add_func("kernel_inlined");
	add_instance("", "a.c", false);
	absence_is(&without, &with_modules, KIND_FUNC, f, ABSENT);
	absence_is(&without, &boot, KIND_FUNC, f, UNKNOWN_DEBUG);
	/* Only the module's copy has a symbol: a kernel by itself would have none. */
	f = add_func("inlined_but_there");
	add_instance("", "a.h", false);
	add_instance("nf_reed", "a.h", false);
	add_symbol("nf_reed", "inlined_but_there");
	absence_is(&with_modules, &boot, KIND_FUNC, f, UNKNOWN_DEBUG);
	f = add_func("of_reed");
	add_instance("nf_reed", "r.c", true);
	add_symbol("nf_reed", "of_reed");
	absence_is(&with_modules, &without, KIND_FUNC, f, UNKNOWN_MODULES);
	absence_is(&with_modules, &one_module, KIND_FUNC, f, UNKNOWN_MODULES);
	absence_is(&without, &with_modules, KIND_FUNC, f, ABSENT);
	/* A label of kallsyms may be no function; a prototype tells that it is one. */
	f = add_func("label");
	add_symbol("", "label");
	absence_is(&boot, &without, KIND_FUNC, f, UNKNOWN_DEBUG);
	s.funcs.v[f].type_seq = 0;
	absence_is(&boot, &without, KIND_FUNC, f, ABSENT);
	f = add_func("of_types");
	s.funcs.v[f].seq = SEQ_NONE;
	absence_is(&btf, &btf, KIND_FUNC, f, ABSENT);
	absence_is(&btf, &boot, KIND_FUNC, f, ABSENT_SYMBOL);
	c = add_struct("reed", "nf_reed", 0);
	absence_is(&with_modules, &boot, KIND_STRUCT, c, UNKNOWN_MODULES);
	absence_is(&boot, &with_modules, KIND_STRUCT, c, ABSENT);
	c = add_struct("pond", "", 0);
	absence_is(&with_modules, &btf, KIND_STRUCT, c, ABSENT);
	c = add_struct("both", "nf_reed", 0);
	add_struct("both", "", 1);
	absence_is(&with_modules, &without, KIND_STRUCT, c, ABSENT);
}

/* The change of owners as "old -> new", or "" for none; the same the other way round. */
static void change_is(enum kind k, uint32_t old, uint32_t new, const struct store_image *a, const struct store_image *b,
		      const char *want)
{
	struct query_compare c;
	struct buf text = { 0 };

	for (int turn = 0; turn < 2; turn++) {
		query_compare_init(&c);
		query_add_owner_change(&c, &s, k, turn ? new : old, turn ? old : new, turn ? &b->info : &a->info,
				       turn ? &a->info : &b->info);
		text.n = 0;
		if (c.changes.n)
			buf_printf(&text, "%s -> %s",
				   surface_text(&s, turn ? c.changes.v[0].new_param : c.changes.v[0].old_param),
				   surface_text(&s, turn ? c.changes.v[0].old_param : c.changes.v[0].new_param));
		assert_string_equal(buf_z(&text), want);
		query_compare_done(&c);
	}
	buf_done(&text);
}

static uint32_t func_of(const char *name, const char *owner, const char *file, const char *symbol)
{
	uint32_t f = add_func(name);

	if (file)
		add_instance(owner, file, true);
	if (symbol)
		add_symbol(owner, symbol);
	return f;
}

static void test_owner_changes(void **state)
{
	uint32_t built_in, reed, pond, both, copies, boot_reed;

	(void)state;
	built_in = func_of("f", "", "f.c", "f");
	reed = func_of("f", "nf_reed", "f.c", "f");
	pond = func_of("f", "nf_pond", "f.c", "f");
	both = func_of("f", "", "f.c", "f");
	add_instance("nf_reed", "g.c", false);
	change_is(KIND_FUNC, built_in, reed, &with_modules, &with_modules, "vmlinux -> nf_reed");
	change_is(KIND_FUNC, built_in, reed, &without, &with_modules, "vmlinux -> nf_reed");
	change_is(KIND_FUNC, pond, reed, &with_modules, &with_modules, "nf_pond -> nf_reed");
	change_is(KIND_FUNC, built_in, both, &with_modules, &with_modules, "vmlinux -> vmlinux,nf_reed");
	/* Which modules the other has beside the kernel is not known. */
	change_is(KIND_FUNC, built_in, both, &without, &with_modules, "");
	change_is(KIND_FUNC, built_in, built_in, &without, &with_modules, "");
	/* More copies of what a header has, or users of a type, are no change; where it is at all is one. */
	copies = func_of("f", "nf_pond", "f.h", "f");
	add_instance("nf_reed", "f.h", false);
	s.funcs.v[copies].collision = COLLISION_STATIC_DUPLICATION;
	change_is(KIND_FUNC, pond, copies, &with_modules, &with_modules, "");
	change_is(KIND_FUNC, built_in, copies, &with_modules, &with_modules, "vmlinux -> nf_pond,nf_reed");
	change_is(KIND_STRUCT, add_struct("a", "nf_pond", 0), add_struct("a", "nf_pond,nf_reed", 0), &with_modules,
		  &with_modules, "");
	change_is(KIND_STRUCT, add_struct("b", "nf_pond", 0), add_struct("b", "", 0), &with_modules, &with_modules,
		  "nf_pond -> vmlinux");
	change_is(KIND_STRUCT, add_struct("c", "nf_eel", 0), add_struct("c", "nf_fry", 0), &with_modules, &with_modules,
		  "");
	/* By symbols alone an inlined copy in the kernel is not seen; of types alone nobody is known. */
	boot_reed = func_of("f", "nf_reed", NULL, "f");
	both = func_of("f", "", "f.h", NULL);
	add_instance("nf_reed", "f.h", false);
	add_symbol("nf_reed", "f");
	change_is(KIND_FUNC, both, boot_reed, &with_modules, &with_modules, "");
	change_is(KIND_FUNC, add_func("f"), reed, &btf, &with_modules, "");
}

/* A function in the kernel and in a module, held against an image without modules, is that of the kernel. */
static void test_known_part(void **state)
{
	uint32_t f = add_func("f"), part;
	struct func *p;

	(void)state;
	add_instance("", "f.c", true);
	add_symbol("", "f");
	add_instance("nf_reed", "g.c", false);
	add_symbol("nf_reed", "f.isra.0");
	assert_int_equal(s.funcs.v[f].collision, COLLISION_STATIC_GLOBAL);
	assert_int_equal(query_known_func(&with_modules.info, &s, f), f);
	part = query_known_func(&without.info, &s, f);
	p = &s.funcs.v[part];
	assert_int_not_equal(part, f);
	assert_int_equal(p->collision, COLLISION_UNIQUE_GLOBAL);
	assert_int_equal(p->nsymbols, 1);
	assert_false(func_is_transformed(&s, p));
	f = func_of("g", "nf_reed", "g.c", "g");
	part = query_known_func(&without.info, &s, f);
	assert_false(func_has_group(&s.funcs.v[part]));
}

/* Without DWARF neither inlining nor what symbols stand for is compared; that symbols became several is. */
static void test_unknown_status(void **state)
{
	struct query_compare c;
	uint32_t debug, one, two;

	(void)state;
	debug = func_of("f", "", "f.c", "f");
	one = func_of("f", "", NULL, "f");
	two = func_of("f", "", NULL, "f");
	add_symbol("", "f");
	query_compare_init(&c);
	query_compare_names(&c, &s, KIND_FUNC, &debug, &one, false);
	assert_int_equal(c.changes.n, 0);
	query_compare_names(&c, &s, KIND_FUNC, &two, &debug, false);
	assert_int_equal(c.changes.n, 0);
	query_compare_names(&c, &s, KIND_FUNC, &one, &two, false);
	assert_int_equal(c.changes.n, 1);
	assert_int_equal(c.changes.v[0].kind, CHANGE_COLLISION);
	query_compare_done(&c);
}

static uint32_t proto(const char *a, const char *b, const char *second)
{
	struct type t = { .kind = TYPE_FUNC_PROTO, .count = 2, .size = TYPE_NO_SIZE };
	struct type in = { .kind = TYPE_INT, .name = id("int"), .size = TYPE_NO_SIZE };
	struct type_param params[2] = { { .name = id(a) }, { .name = id(b) } };

	params[0].type = type_intern(&types, &in, NULL);
	in.name = id(second);
	params[1].type = type_intern(&types, &in, NULL);
	return type_intern(&types, &t, params);
}

/* Where a source did not tell names, parameters are told by their place. */
static void test_no_names(void **state)
{
	struct query_compare c;

	(void)state;
	query_compare_init(&c);
	query_compare_protos(&c, &s, proto("", "", "long"), proto("a", "b", "long"));
	assert_int_equal(c.changes.n, 4); /* two came, two went */
	c.may_lack_names = true;
	query_compare_protos(&c, &s, proto("", "", "long"), proto("a", "b", "long"));
	assert_int_equal(c.changes.n, 0);
	query_compare_protos(&c, &s, proto("a", "b", "short"), proto("", "", "long"));
	assert_int_equal(c.changes.n, 1);
	assert_int_equal(c.changes.v[0].kind, CHANGE_PARAM_TYPE);
	query_compare_protos(&c, &s, proto("a", "b", "long"), proto("b", "a", "long"));
	assert_int_not_equal(c.changes.n, 0);
	query_compare_done(&c);
}

/* Modules without BTF tell of functions, not of types. */
static void test_modules_without_types(void **state)
{
	const struct finding none = { "module-btf-empty", "a.ko", 2 }, some = { "module-btf-empty", "a.ko", 1 };
	struct store_image untyped = with_modules;
	uint32_t f, c;

	(void)state;
	f = func_of("f", "nf_reed", "f.c", "f");
	c = add_struct("reed", "nf_reed", 0);
	untyped.info.nfindings = 1;
	untyped.info.findings = &none;
	absence_is(&with_modules, &untyped, KIND_FUNC, f, ABSENT);
	absence_is(&with_modules, &untyped, KIND_STRUCT, c, UNKNOWN_MODULES);
	untyped.info.findings = &some;
	absence_is(&with_modules, &untyped, KIND_STRUCT, c, ABSENT);
}

static void test_issues(void **state)
{
	uint32_t f;

	(void)state;
	f = func_of("f", "", NULL, "f");
	assert_int_equal(query_issues(&s, &s.funcs.v[f]), 0);
	add_symbol("", "f");
	assert_int_equal(query_issues(&s, &s.funcs.v[f]), ISSUE_AMBIGUOUS);
	f = func_of("g", "nf_pond", "g.c", "g");
	add_instance("nf_reed", "g.c", true);
	assert_int_equal(s.funcs.v[f].collision, COLLISION_GLOBAL_GLOBAL);
	assert_int_equal(query_issues(&s, &s.funcs.v[f]), ISSUE_COLLISION | ISSUE_ACROSS_OWNERS);
}

/* ---- reports ---- */

static const struct finding doubts[] = { { "unit-damaged", "unit 3", 2 },
					 { "btf-other-build", "/x/vmlinux:.BTF: of another build", 1 },
					 { "module-btf-empty", "/x/a.ko: no types", 1 } };

struct shelf {
	struct store_images images;
	struct query_view view;
	struct query_construct q;
	struct buf out;
};

static void open_shelf(struct shelf *sh)
{
	static const char *const names[] = { "6.1.0-1-generic-amd64", "6.2.0-1-generic-amd64" };
	struct err err = ERR_INIT;

	*sh = (struct shelf){ 0 };
	arena_init(&sh->images.arena);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct store_image im = i ? boot : with_modules;

		im.ngroups = 1;
		im.info.build_id = im.info.sha256 = im.info.banner = im.info.compiler = im.info.distro = "";
		assert_int_equal(image_parse_release(&sh->images.arena, names[i], NULL, &im.info, &err), 0);
		im.info.findings = doubts;
		im.info.nfindings = i ? 0 : 3;
		VEC_PUSH(&sh->images.images, im);
	}
	assert_int_equal(query_view_init(&sh->view, &sh->images, NULL, &err), 0);
	sh->q.view = &sh->view;
	sh->q.name = "f";
	sh->q.facts = s;
	query_compare_init(&sh->q.compare);
}

/* The surface stays the test's. */
static void close_shelf(struct shelf *sh)
{
	VEC_DONE(&sh->q.at);
	VEC_DONE(&sh->q.changes);
	for (int k = 0; k < GROUP_NKINDS; k++)
		VEC_DONE(&sh->q.diffs[k]);
	query_compare_done(&sh->q.compare);
	query_view_done(&sh->view);
	VEC_DONE(&sh->images.images);
	arena_done(&sh->images.arena);
	buf_done(&sh->out);
}

static const char *show(struct shelf *sh, enum report_format format, enum report_style style)
{
	const struct report_options o = { .format = format, .style = style };

	query_construct_compare(&sh->q);
	sh->out.n = 0;
	report_construct(&sh->out, &sh->q, &o);
	return buf_z(&sh->out);
}

static const char *images(struct shelf *sh, enum report_format format)
{
	const struct report_options o = { .format = format, .width = 200 };

	sh->out.n = 0;
	report_images(&sh->out, &sh->images, &o);
	return buf_z(&sh->out);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no\n%s\nin\n%s", part, text);
}

/* An image that is not what it seems is told wherever it takes part. */
static void test_doubts(void **state)
{
	struct shelf sh;
	uint32_t f;

	(void)state;
	f = func_of("f", "nf_reed", "f.c", "f");
	open_shelf(&sh);
	VEC_PUSH(&sh.q.at, f);
	VEC_PUSH(&sh.q.at, SEQ_NONE);
	has(show(&sh, REPORT_MD, STYLE_KSURF),
	    "\n## Warnings\n- <code>6.1.0-1-generic-amd64</code>: its .BTF is of another build than its DWARF\n");
	assert_null(strstr(show(&sh, REPORT_MD, STYLE_DEPSURF), "Warnings"));
	has(show(&sh, REPORT_TERM, 0), "\n  \xe2\x9a\xa0 6.1.0-1-generic-amd64: its .BTF is of another build than its DWARF\n");
	has(show(&sh, REPORT_JSON, 0), "\"doubts\": [\"btf-other-build\"], \"status\": \"present\"");
	has(images(&sh, REPORT_TERM), "unit-damaged 2, \xe2\x9a\xa0 btf-other-build 1, ");
	has(images(&sh, REPORT_TERM), "\n\xe2\x9a\xa0 6.1.0-1-generic-amd64: its .BTF is of another build than its DWARF; modules without types of their own\n");
	has(images(&sh, REPORT_MD), "\n- 6.1.0-1-generic-amd64: its .BTF is of another build than its DWARF; modules ");
	close_shelf(&sh);
}

static void test_images(void **state)
{
	struct shelf sh;

	(void)state;
	open_shelf(&sh);
	has(images(&sh, REPORT_TERM), "IMAGE                  SOURCE   ARCH   VERSION  FLAVOR   FUNCTIONS  MODULES  TYPES");
	has(images(&sh, REPORT_TERM), "6.1.0-1-generic-amd64  vmlinux  amd64  6.1.0    generic          1        2  btf");
	has(images(&sh, REPORT_TERM), "6.2.0-1-generic-amd64  boot     amd64  6.2.0    generic          1        0  btf");
	has(images(&sh, REPORT_MD), "| Image | Source | Arch | Version | Flavor | Functions | Modules | Types | Compiler | Findings |\n"
				    "| --- | --- | --- | --- | --- | ---: | ---: | --- | --- | --- |\n| 6.1.0-1");
	has(images(&sh, REPORT_JSON), "\"facts\": [\"instances\", \"symbols\", \"addresses\"], \"modules\": [\"nf_pond\", \"nf_reed\"]");
	has(images(&sh, REPORT_JSON), "\"source\": \"boot\"");
	has(images(&sh, REPORT_JSON), "\"facts\": [\"symbols\", \"addresses\"], \"modules\": []");
	/* Two kernels without modules are told as before. */
	sh.images.images.v[0] = sh.images.images.v[1];
	sh.images.images.v[0].info.source = sh.images.images.v[1].info.source = IMAGE_FROM_KERNEL;
	has(images(&sh, REPORT_TERM), "IMAGE                  ARCH   VERSION  FLAVOR   FUNCTIONS  TYPES");
	close_shelf(&sh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_owners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modules_without_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_issues, setup, teardown),
		cmocka_unit_test_setup_teardown(test_doubts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_images, setup, teardown),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
