// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Images without DWARF, modules and how they are joined. `test_extract dump LANES KERNEL [PART...]` prints all that
 * an image and its modules give, a line a fact, for tests/modules.sh and tests/kernel/modules.sh.
 */
#include "extract/extract.h"

#include <bpf/btf.h>
#include <setjmp.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "test_util.h"

/* ---- dump ---- */

static const char *text(const struct surface *s, uint32_t id)
{
	return id ? surface_text(s, id) : "-";
}

static void put_func(FILE *out, const struct surface *s, const struct func *f)
{
	fprintf(out, "func %s\t%s\t%s\t%s\tattach %u\t%s\n", text(s, f->name),
		func_has_group(f) ? collision_type_text[f->collision] : "no group",
		func_has_group(f) ? inline_type_text[f->inline_type] : "-", func_across_owners(s, f) ? "across" : "-",
		f->attach, func_has_proto(f) ? "proto" : "-");
	for (uint32_t i = f->instances; i < f->instances + f->ninstances; i++) {
		const struct instance *in = &s->instances.v[i];

		fprintf(out, "instance %s\t%s\t%s\t%s:%u\t%s\t%s\n", text(s, f->name), text(s, in->owner), text(s, in->file),
			text(s, in->loc_file), in->loc_line, in->external ? "external" : "static",
			inline_word_text[in->inline_word]);
		for (uint32_t k = 0; k < in->ninline_callers + in->ndirect_callers; k++)
			fprintf(out, "%s %s\t%s\t%s\t%s\n", k < in->ninline_callers ? "copy" : "call", text(s, f->name),
				text(s, in->owner), text(s, s->callers.v[in->callers + k].file),
				text(s, s->callers.v[in->callers + k].func));
	}
	for (uint32_t i = f->symbols; i < f->symbols + f->nsymbols; i++) {
		const struct symbol *sym = &s->symbols.v[i];

		fprintf(out, "symbol %s\t%s\t%s\t%llx\t%llu\n", text(s, sym->name), text(s, sym->owner), text(s, sym->section),
			(unsigned long long)sym->addr, (unsigned long long)sym->size);
	}
	if (func_has_proto(f)) {
		struct buf c = { 0 };

		type_print_c(&c, s->types, s->str, f->proto, text(s, f->name));
		fprintf(out, "proto %s\t%s\n", text(s, f->name), buf_z(&c));
		buf_done(&c);
	}
}

static void put_construct(FILE *out, const struct surface *s, const struct construct *c)
{
	struct buf b = { 0 };

	fprintf(out, "%s %s\t%u\t%s\t%u\t%u", kind_words[c->kind].word, text(s, c->name), c->variant, text(s, c->owner), c->size,
		c->nitems);
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		b.n = 0;
		type_print_c(&b, s->types, s->str, it->type, it->name ? surface_text(s, it->name) : "");
		fprintf(out, "\t%s=%lld", it->role == ITEM_MEMBER ? buf_z(&b) : text(s, it->name), (long long)it->value);
	}
	fputc('\n', out);
	buf_done(&b);
}

static void put_all(FILE *out, const struct surface *s)
{
	for (size_t i = 0; i < s->funcs.n; i++)
		put_func(out, s, &s->funcs.v[i]);
	for (size_t i = 0; i < s->constructs.n; i++)
		put_construct(out, s, &s->constructs.v[i]);
	for (uint32_t i = 0; i < s->info.nmodules; i++)
		fprintf(out, "module %s\t%s\t%llu\n", s->info.modules[i].name, s->info.modules[i].build_id,
			(unsigned long long)s->info.modules[i].btf_size);
	for (uint32_t i = 0; i < s->info.nfindings; i++)
		fprintf(out, "finding %s\t%llu\t%s\n", s->info.findings[i].code,
			(unsigned long long)s->info.findings[i].count, s->info.findings[i].message);
	fprintf(out, "facts %x\tkinds %x\tsource %s\ttypes %s\tarch %s\n", s->info.facts, s->info.kinds,
		image_source_word[s->info.source], s->info.types_from, s->info.arch);
}

struct world {
	struct image *img;
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct err err;
	struct image_part *parts;
	const struct image_part **list;
	size_t nparts;
};

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	err_clear(&w->err);
	strtab_init(&w->str);
	type_table_init(&w->types);
	surface_init(&w->s, &w->str, &w->types);
}

static void world_done(struct world *w)
{
	surface_done(&w->s);
	type_table_done(&w->types);
	strtab_done(&w->str);
	if (w->img)
		image_close(w->img);
	for (size_t i = 0; i < w->nparts; i++)
		free((void *)(uintptr_t)w->parts[i].data);
	free(w->parts);
	free(w->list);
}

static int world_read(struct world *w, const struct extract_options *o, const char *kernel, char **paths, size_t n)
{
	int rc = image_open(kernel, &w->img, &w->err);

	rc = rc ? rc : extract_image(w->img, o, &w->s, &w->err);
	w->parts = calloc(n + 1, sizeof(*w->parts));
	w->list = calloc(n + 1, sizeof(*w->list));
	for (; w->nparts < n && !rc; w->nparts++) {
		size_t size;

		w->parts[w->nparts] = (struct image_part){ .kind = PART_MODULE, .path = paths[w->nparts],
							   .data = (uint8_t *)slurp(paths[w->nparts], &size) };
		w->parts[w->nparts].size = size;
		w->list[w->nparts] = &w->parts[w->nparts];
	}
	return rc ? rc : extract_modules(&w->s, o, w->list, w->nparts, &w->err);
}

static int dump(int argc, char **argv)
{
	struct stages stages = { .n = 0 };
	/* "2d": types from DWARF. */
	struct extract_options o = { .nlanes = (unsigned int)atoi(argv[0]), .stages = &stages,
				     .types = strchr(argv[0], 'd') ? TYPES_DWARF : TYPES_AUTO };
	struct world w;
	char msg[1024];
	int rc;

	world_init(&w);
	rc = world_read(&w, &o, argv[1], argv + 2, (size_t)argc - 2);
	if (rc)
		fprintf(stderr, "%s\n", err_text(&w.err, msg, sizeof(msg)));
	else
		put_all(stdout, &w.s);
	for (unsigned int i = 0; i < stages.n; i++)
		fprintf(stderr, "# %s %llu ms, %llu items\n", stages.v[i].name, (unsigned long long)stages.v[i].wall_ns / 1000000,
			(unsigned long long)stages.v[i].items);
	world_done(&w);
	return rc != 0;
}

/* ---- made images ---- */

static void write_file(const char *name, const void *data, size_t size)
{
	char path[400], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = 0;
		mkdir(path, 0755);
	}
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	fclose(f);
}

static void write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

static void write_btf(const char *name, struct btf *btf, bool big)
{
	uint32_t size;
	const void *data;

	btf__set_endianness(btf, big ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	data = btf__raw_data(btf, &size);
	write_file(name, data, size);
}

/* A kernel's types: registers with one telling member, a hook, a kfunc, a raw tracepoint, functions. */
static struct btf *make_kernel(const char *member, int pointer_size)
{
	struct btf *b = btf__new_empty();
	int word = btf__add_int(b, "long unsigned int", (size_t)pointer_size, 0), ptr = btf__add_ptr(b, 0), proto, f;

	btf__add_struct(b, "pt_regs", (uint32_t)pointer_size);
	btf__add_field(b, member, word, 0, 0);
	proto = btf__add_func_proto(b, word);
	btf__add_func_param(b, "p", ptr);
	btf__add_func(b, "plain", BTF_FUNC_GLOBAL, proto);
	f = btf__add_func(b, "tagged", BTF_FUNC_GLOBAL, proto);
	btf__add_decl_tag(b, "bpf_kfunc", f, -1);
	btf__add_typedef(b, "btf_trace_made", btf__add_ptr(b, proto));
	btf__add_typedef(b, "btf_trace_of_class", btf__add_ptr(b, proto));
	btf__add_struct(b, "trace_event_raw_made", 8);
	btf__add_field(b, "value", word, 0, 0);
	return b;
}

static const struct construct *construct_of(const struct surface *s, enum kind kind, const char *name)
{
	for (size_t i = 0; i < s->constructs.n; i++)
		if (s->constructs.v[i].kind == kind && !strcmp(surface_text(s, s->constructs.v[i].name), name))
			return &s->constructs.v[i];
	return NULL;
}

static const struct func *func_of(const struct surface *s, const char *name)
{
	for (size_t i = 0; i < s->funcs.n; i++)
		if (!strcmp(surface_text(s, s->funcs.v[i].name), name))
			return &s->funcs.v[i];
	return NULL;
}

static const struct finding *finding_of(const struct surface *s, const char *code)
{
	for (uint32_t i = 0; i < s->info.nfindings; i++)
		if (!strcmp(s->info.findings[i].code, code))
			return &s->info.findings[i];
	return NULL;
}

static void read_image(struct world *w, const char *name)
{
	struct extract_options o = { .nlanes = 2 };
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	world_init(w);
	assert_int_equal(image_open(path, &w->img, &w->err), 0);
	assert_int_equal(extract_image(w->img, &o, &w->s, &w->err), 0);
}

/* ---- raw BTF ---- */

static void test_types_alone(void **state)
{
	static const char name[] = "hub/ubuntu/20.04/x86_64/5.4.0-26-generic.btf";
	struct btf *b = make_kernel("di", 8);
	const struct construct *c;
	struct world w;

	(void)state;
	write_btf(name, b, false);
	read_image(&w, name);
	assert_string_equal(w.s.info.name, "5.4.0-26-generic-amd64");
	assert_string_equal(w.s.info.arch, "amd64");
	assert_string_equal(w.s.info.distro, "ubuntu");
	assert_int_equal(w.s.info.source, IMAGE_FROM_BTF);
	assert_int_equal(w.s.info.facts, 0);
	assert_int_equal(w.s.info.pointer_size, 8);
	assert_string_equal(w.s.info.types_from, "btf");
	assert_false(w.s.info.kinds & 1 << KIND_FUNC);
	assert_true(w.s.info.kinds & 1 << KIND_STRUCT);
	assert_int_equal(w.s.info.nfindings, 0);
	assert_false(func_has_group(func_of(&w.s, "plain")));
	assert_true(func_has_proto(func_of(&w.s, "plain")));
	assert_int_equal(func_of(&w.s, "plain")->attach, ATTACH_BTF);
	assert_non_null(construct_of(&w.s, KIND_KFUNC, "tagged"));
	assert_null(construct_of(&w.s, KIND_KFUNC, "plain"));
	c = construct_of(&w.s, KIND_TRACEPOINT, "made");
	assert_non_null(c);
	assert_int_equal(c->nitems, 1);
	assert_string_equal(surface_text(&w.s, c->class), "made");
	c = construct_of(&w.s, KIND_TRACEPOINT, "of_class");
	assert_int_equal(c->flags, CONSTRUCT_NO_RECORD);
	assert_int_equal(c->class, 0);
	/* Those of system calls have no such types, so nothing follows from absence. */
	assert_false(w.s.info.kinds & 1 << KIND_TRACEPOINT);
	world_done(&w);
	btf__free(b);
}

/* The machine by its registers, whatever the folders say; the folders where the registers say nothing. */
static void test_machines(void **state)
{
	static const struct {
		const char *member;
		int pointer_size;
		bool big;
		const char *path, *arch;
	} machines[] = {
		{ "di", 8, false, "5.1.0.btf", "amd64" },	  { "di", 4, false, "5.1.0.btf", "i386" },
		{ "orig_x0", 8, false, "5.1.0.btf", "arm64" },	  { "psw", 8, true, "5.1.0.btf", "s390x" },
		{ "orig_gpr2", 8, true, "5.1.0.btf", "s390x" },	  { "epc", 8, false, "5.1.0.btf", "riscv64" },
		{ "gpr", 8, false, "5.1.0.btf", "ppc64el" },	  { "uregs", 4, false, "5.1.0.btf", "armhf" },
		{ "csr_era", 8, false, "5.1.0.btf", "loongarch64" },  { "di", 8, false, "arm64/5.1.0.btf", "amd64" },
		{ "none", 8, false, "aarch64/5.1.0.btf", "arm64" }, { "none", 8, true, "s390x/5.1.0.btf", "s390x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct btf *b = make_kernel(machines[i].member, machines[i].pointer_size);
		struct world w;

		btf__set_pointer_size(b, (size_t)machines[i].pointer_size);
		write_btf(machines[i].path, b, machines[i].big);
		read_image(&w, machines[i].path);
		assert_string_equal(w.s.info.arch, machines[i].arch);
		assert_int_equal(w.s.info.big_endian, machines[i].big);
		assert_int_equal(w.s.info.pointer_size, machines[i].pointer_size);
		assert_string_equal(w.s.info.release, "5.1.0");
		world_done(&w);
		btf__free(b);
	}
}

static void test_nobodys_types(void **state)
{
	static const char *const names[] = { "nobody.btf", "5.1.0-unknown.btf" };
	struct btf *b[2] = { make_kernel("di", 8), make_kernel("none", 8) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		char path[400];
		struct world w;

		write_btf(names[i], b[i], false);
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		world_init(&w);
		assert_int_equal(image_open(path, &w.img, &w.err), 0);
		assert_int_equal(extract_image(w.img, &(struct extract_options){ .nlanes = 1 }, &w.s, &w.err), ERR_MISSING);
		world_done(&w);
		btf__free(b[i]);
	}
}

/* ---- the running system ---- */

static const char kallsyms[] = "ffffffff81000000 T _stext\n"
			       "ffffffff81000010 T plain\n"
			       "ffffffff81000020 t plain.cold\n"
			       "ffffffff81000030 t local\n"
			       "ffffffff81000040 t local\n"
			       "ffffffff81000050 T _etext\n"
			       "ffffffffc0000000 t local\t[one]\n"
			       "ffffffffc0000010 T of_one\t[one]\n";

static void write_running(const char *root)
{
	char name[300];
	struct btf *b = make_kernel("di", 8), *mod = btf__new_empty_split(b);
	static const char *const texts[][2] = {
		{ "proc/version", "Linux version 6.5.0-live (me@host) (gcc) #1 SMP\n" },
		{ "proc/sys/kernel/arch", "x86_64\n" },
		{ "proc/modules", "one 16384 0 - Live 0xffffffffc0000000\n" },
		{ "proc/kallsyms", kallsyms },
		{ "boot/config-6.5.0-live", "CONFIG_ONE=y\n# CONFIG_TWO is not set\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(name, sizeof(name), "%s/%s", root, texts[i][0]);
		write_text(name, texts[i][1]);
	}
	btf__add_struct(mod, "of_module", 8);
	btf__add_field(mod, "word", 1, 0, 0);
	btf__add_func(mod, "of_one", BTF_FUNC_GLOBAL, 4);
	snprintf(name, sizeof(name), "%s/sys/kernel/btf/vmlinux", root);
	write_btf(name, b, false);
	snprintf(name, sizeof(name), "%s/sys/kernel/btf/one", root);
	write_btf(name, mod, false);
	btf__free(mod);
	btf__free(b);
}

static void read_running(struct world *w, const char *root)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", folder, root);
	world_init(w);
	assert_int_equal(image_open_running(path, &w->img, &w->err), 0);
	assert_int_equal(extract_image(w->img, &(struct extract_options){ .nlanes = 2 }, &w->s, &w->err), 0);
}

static void test_running(void **state)
{
	const struct construct *c;
	const struct func *f;
	struct world w;

	(void)state;
	write_running("root");
	write_text("root/sys/kernel/tracing/available_filter_functions", "plain\nlocal\nof_one [one]\nnobody\n");
	write_text("root/sys/kernel/debug/kprobes/blacklist", "0xffffffff81000030-0xffffffff81000040\tlocal\n");
	read_running(&w, "root");
	assert_int_equal(w.s.info.source, IMAGE_FROM_RUNNING);
	assert_int_equal(w.s.info.facts, FACT_SYMBOLS | FACT_ADDRESSES | FACT_ATTACH);
	assert_true(w.s.info.kinds & 1 << KIND_FUNC);
	f = func_of(&w.s, "plain");
	assert_int_equal(f->nsymbols, 2);
	assert_int_equal(f->collision, COLLISION_UNKNOWN);
	assert_int_equal(f->inline_type, INLINE_UNKNOWN);
	assert_true(func_is_transformed(&w.s, f));
	assert_int_equal(f->attach, ATTACH_FTRACE | ATTACH_BTF);
	f = func_of(&w.s, "local");
	assert_int_equal(f->nsymbols, 3);
	assert_int_equal(f->collision, COLLISION_SYMBOLS);
	assert_true(func_across_owners(&w.s, f));
	assert_int_equal(f->attach, ATTACH_FTRACE | ATTACH_NO_KPROBE);
	f = func_of(&w.s, "of_one");
	assert_string_equal(surface_text(&w.s, w.s.symbols.v[f->symbols].owner), "one");
	assert_true(func_has_proto(f));
	assert_int_equal(f->attach, ATTACH_FTRACE | ATTACH_BTF);
	assert_null(func_of(&w.s, "_stext"));
	assert_null(func_of(&w.s, "_etext"));
	c = construct_of(&w.s, KIND_STRUCT, "of_module");
	assert_string_equal(surface_text(&w.s, c->owner), "one");
	assert_int_equal(construct_of(&w.s, KIND_STRUCT, "pt_regs")->owner, 0);
	assert_string_equal(surface_text(&w.s, construct_of(&w.s, KIND_CONFIG, "CONFIG_ONE")->text), "y");
	assert_int_equal(w.s.info.nmodules, 1);
	assert_true(w.s.info.modules[0].btf_size > 0);
	world_done(&w);
}

/* Without the lists nothing is said of where functions can be attached to, and that is said. */
static void test_unseen(void **state)
{
	struct world w;

	(void)state;
	write_running("user");
	write_text("user/sys/kernel/tracing/available_filter_functions", "plain\n");
	read_running(&w, "user");
	assert_false(w.s.info.facts & FACT_ATTACH);
	assert_int_equal(func_of(&w.s, "plain")->attach, ATTACH_BTF);
	assert_non_null(finding_of(&w.s, "not-seen"));
	assert_non_null(strstr(finding_of(&w.s, "not-seen")->message, "blacklist"));
	world_done(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_alone), cmocka_unit_test(test_machines), cmocka_unit_test(test_nobodys_types),
		cmocka_unit_test(test_running),	    cmocka_unit_test(test_unseen),
	};

	if (argc >= 4 && !strcmp(argv[1], "dump"))
		return dump(argc - 2, argv + 2);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
