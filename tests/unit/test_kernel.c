// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel data structures, and every kind of damage to them, in kernels written by hand (mini_kernel.h).
 * `test_kernel dump VMLINUX [CONFIG]` prints what is not a type as JSON lines, for tests/kernel/data.sh.
 */
#include "extract/extract.h"
#include "kernel/kernel_int.h"

#include <setjmp.h>

#include <cmocka.h>

#include "mini_kernel.h"
#include "test_util.h"

/* ---- dump ---- */

static void put_text(struct buf *out, const struct surface *s, const char *key, uint32_t id)
{
	buf_printf(out, ", \"%s\": ", key);
	buf_json(out, surface_text(s, id), strlen(surface_text(s, id)));
}

static void put_c(struct buf *out, const struct surface *s, const char *key, uint32_t type, const char *name)
{
	struct buf text = { 0 };

	if (type)
		type_print_c(&text, s->types, s->str, type, name);
	buf_printf(out, ", \"%s\": ", key);
	buf_json(out, text.v ? text.v : "", text.n);
	buf_done(&text);
}

static void put_construct(struct buf *out, const struct surface *s, const struct construct *c)
{
	buf_printf(out, "{\"kind\": \"%s\", \"seq\": %u, \"variant\": %u, \"size\": %u, \"flags\": %u",
		   kind_words[c->kind].word, c->seq, c->variant, c->size, c->flags);
	put_text(out, s, "name", c->name);
	put_text(out, s, "class", c->class);
	put_text(out, s, "system", c->system);
	put_text(out, s, "text", c->text);
	put_c(out, s, "type", c->type, "f");
	buf_puts(out, ", \"items\": [");
	for (uint32_t i = c->items; i < c->items + c->nitems; i++) {
		const struct item *it = &s->items.v[i];

		buf_printf(out, "%s{\"role\": %u, \"value\": %lld, \"size\": %u, \"bits\": %u, \"flat\": %s, \"signed\": %s",
			   i > c->items ? ", " : "", it->role, (long long)it->value, it->size, it->bits,
			   item_is_flat(s, c, i) ? "true" : "false", it->is_signed ? "true" : "false");
		put_text(out, s, "name", it->name);
		put_text(out, s, "text", it->text);
		put_c(out, s, "type", it->type, "");
		buf_char(out, '}');
	}
	buf_puts(out, "]}\n");
}

static void flush(struct buf *out)
{
	fwrite(out->v, 1, out->n, stdout);
	out->n = 0;
}

static void put_surface(struct buf *out, const struct surface *s)
{
	for (size_t i = 0; i < s->constructs.n; i++) {
		if (s->constructs.v[i].kind < KIND_TRACEPOINT || s->constructs.v[i].kind == KIND_FEATURE)
			continue;
		put_construct(out, s, &s->constructs.v[i]);
		flush(out);
	}
	for (size_t i = 0; i < s->funcs.n; i++) {
		if (!s->funcs.v[i].nsymbols && !s->funcs.v[i].attach) /* the build adds kfuncs' f_impl to .BTF alone */
			continue;
		buf_printf(out, "{\"kind\": \"attach\", \"bits\": %u", s->funcs.v[i].attach);
		put_text(out, s, "name", s->funcs.v[i].name);
		buf_puts(out, "}\n");
		flush(out);
	}
	for (uint32_t i = 0; i < s->info.nfindings; i++) {
		const struct finding *f = &s->info.findings[i];

		buf_printf(out, "{\"kind\": \"finding\", \"code\": \"%s\", \"count\": %llu, \"message\": ", f->code,
			   (unsigned long long)f->count);
		buf_json(out, f->message, strlen(f->message));
		buf_puts(out, "}\n");
	}
}

/* Who serves each number by the code of x64_sys_call: the same as by its table, where an image has both. */
static void put_switch(struct buf *out, struct image *img)
{
	struct image_wanted code = { .name = "x64_sys_call" };
	struct err err = ERR_INIT;
	struct kernel k = { 0 };
	struct image_sym sym;

	if (image_space_open(img, &k.sp, &err))
		return;
	image_space_find(k.sp, &code, 1);
	for (uint32_t i = 0; code.sym && i < kernel_switch_count(&k, code.sym->addr, code.sym->size); i++) {
		uint64_t to = kernel_switch_target(&k, code.sym->addr, code.sym->size, i);

		buf_printf(out, "{\"kind\": \"switch\", \"number\": %u, \"functions\": [\"\"", i);
		for (size_t n = image_space_first(k.sp, to); to && image_space_sym_at(k.sp, n, to, &sym); n++)
			buf_printf(out, ", \"%s\"", sym.name);
		buf_puts(out, "]}\n");
	}
	image_space_close(k.sp);
}

static int dump(const char *path, const char *config)
{
	struct stages stages = { .n = 0 };
	struct extract_options o = { .config = config, .stages = &stages };
	struct err err = ERR_INIT;
	struct type_table types;
	struct buf out = { 0 };
	struct image *img = NULL;
	struct strtab str;
	struct surface s;
	char text[1024];
	int rc;

	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	rc = image_open(path, &img, &err);
	rc = rc ? rc : extract_image(img, &o, &s, &err);
	if (rc)
		fprintf(stderr, "%s\n", err_text(&err, text, sizeof(text)));
	else
		put_surface(&out, &s);
	if (!rc)
		put_switch(&out, img);
	flush(&out);
	for (unsigned int i = 0; i < stages.n; i++)
		if (!strcmp(stages.v[i].name, "kernel data"))
			fprintf(stderr, "kernel data: %llu us\n", (unsigned long long)stages.v[i].wall_ns / 1000);
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	image_close(img);
	buf_done(&out);
	return rc != 0;
}


/* ---- what a whole one gives ---- */

static const struct construct *find(const struct mini *m, enum kind kind, const char *name, uint32_t variant)
{
	for (size_t i = 0; i < m->s.constructs.n; i++) {
		const struct construct *c = &m->s.constructs.v[i];

		if (c->kind == kind && c->variant == variant && !strcmp(surface_text(&m->s, c->name), name))
			return c;
	}
	return NULL;
}

static const struct construct *get(const struct mini *m, enum kind kind, const char *name, uint32_t variant)
{
	const struct construct *c = find(m, kind, name, variant);

	if (!c)
		fail_msg("no %s %s", kind_words[kind].word, name);
	return c;
}

static size_t count(const struct mini *m, enum kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < m->s.constructs.n; i++)
		n += m->s.constructs.v[i].kind == kind;
	return n;
}

#define TEXT(m, id, want) assert_string_equal(surface_text(&(m)->s, id), want)

static void has_item(const struct mini *m, const struct construct *c, uint32_t n, enum item_role role,
		     const char *name, const char *text, int64_t value)
{
	const struct item *it = &m->s.items.v[c->items + n];

	assert_true(n < c->nitems);
	assert_int_equal(it->role, role);
	TEXT(m, it->name, name);
	TEXT(m, it->text, text);
	assert_int_equal(it->value, value);
}

static void has_proto(const struct mini *m, uint32_t type, const char *arg)
{
	const struct type *t = type_at(&m->types, type);

	assert_int_equal(t->kind, TYPE_FUNC_PROTO);
	TEXT(m, m->types.params.v[t->params].name, arg);
}

static uint32_t attach_of(const struct mini *m, const char *name)
{
	for (size_t i = 0; i < m->s.funcs.n; i++)
		if (!strcmp(surface_text(&m->s, m->s.funcs.v[i].name), name))
			return m->s.funcs.v[i].attach;
	fail_msg("no function %s", name);
	return 0;
}

/* Reads and expects no note but, perhaps, one kind. */
static void read_noted(struct mini *m, int kind, uint64_t n)
{
	struct kernel_facts facts = { 0 };
	struct err err = ERR_INIT;
	char text[1024];

	if (mini_read(m, &facts, &err))
		fail_msg("%s", err_text(&err, text, sizeof(text)));
	for (int i = 0; i < KERNEL_NNOTES; i++)
		if (facts.notes[i].count != (i == kind ? n : 0))
			fail_msg("%s: %llu times: %s", kernel_note_code[i], (unsigned long long)facts.notes[i].count,
				 err_text(&facts.notes[i].first, text, sizeof(text)));
}

static void whole_tracepoints(const struct mini *m)
{
	unsigned int p = m->p;
	const struct construct *c = get(m, KIND_TRACEPOINT, "one", 0);

	assert_int_equal(count(m, KIND_TRACEPOINT), 4);
	assert_int_equal(c->seq, 0);
	TEXT(m, c->class, "cls");
	TEXT(m, c->system, "alpha");
	TEXT(m, c->text, "\"%d\", REC->a");
	assert_int_equal(c->size, 24);
	assert_int_equal(c->flags, 0);
	assert_int_equal(c->nitems, 7);
	has_proto(m, c->type, "probed");
	has_item(m, c, 1, ITEM_MEMBER, "a", "", 64);
	has_item(m, c, 4, ITEM_FORMAT, "a", "int", 64);
	assert_true(m->s.items.v[c->items + 4].is_signed);
	has_item(m, c, 5, ITEM_FORMAT, "b", "__data_loc char[]", 96);
	assert_false(m->s.items.v[c->items + 5].is_signed);
	has_item(m, c, 6, ITEM_FORMAT, "c", "u64[2]", 128);
	assert_int_equal(m->s.items.v[c->items + 6].size, 16);

	/* The other event of that name follows at once, with its own place in the table. */
	assert_ptr_equal(get(m, KIND_TRACEPOINT, "one", 1), c + 1);
	TEXT(m, c[1].system, "beta");
	assert_int_equal(c[1].seq, 3);
	c = get(m, KIND_TRACEPOINT, "two", 0);
	has_proto(m, c->type, "traced");
	/* Before 5.8 the image has no fields: they are the record's. */
	assert_int_equal(c->nitems, 6);
	has_item(m, c, 4, ITEM_FORMAT, "x", "unsigned int", 64);
	assert_false(m->s.items.v[c->items + 4].is_signed);
	has_item(m, c, 5, ITEM_FORMAT, "s", "__data_loc", 96);
	c = get(m, KIND_TRACEPOINT, "sys_enter_open", 0);
	assert_int_equal(c->flags, CONSTRUCT_NO_RECORD);
	assert_int_equal(c->nitems, 2);
	has_item(m, c, 0, ITEM_FORMAT, "__syscall_nr", "int", 64);
	has_item(m, c, 1, ITEM_FORMAT, "filename", "const char *", (8 + p) * 8);
	assert_int_equal(m->s.items.v[c->items + 1].size, p);
	assert_null(find(m, KIND_TRACEPOINT, "ignored", 0));
	assert_null(find(m, KIND_TRACEPOINT, "sys_enter_gone", 0));
}

static void whole_rest(const struct mini *m, const char *table)
{
	bool x86 = m->machine == EM_X86_64;
	const char *open_name = x86 ? "__x64_sys_open" : "sys_open";
	const struct construct *c;

	assert_int_equal(count(m, KIND_SYSCALL), 3); /* and ni_syscall */
	c = get(m, KIND_SYSCALL, "open", 0);
	assert_int_equal(c->nitems, x86 ? 4 : 2);
	has_item(m, c, 0, ITEM_ENTRY, table, open_name, 0);
	has_item(m, c, 1, ITEM_ENTRY, table, open_name, 3);
	if (x86) { /* by code: 1 and 5 */
		has_item(m, c, 2, ITEM_ENTRY, "i386", open_name, 1);
		has_item(m, c, 3, ITEM_ENTRY, "i386", open_name, 5);
	}
	c = get(m, KIND_SYSCALL, "close", 0);
	assert_int_equal(c->seq, 2);
	has_item(m, c, 0, ITEM_ENTRY, table, "sys_close_wrapper", 2);

	assert_int_equal(count(m, KIND_LSM), 2);
	has_proto(m, get(m, KIND_LSM, "file_open", 0)->type, "file");
	has_proto(m, get(m, KIND_LSM, "sk_alloc_security", 0)->type, "sk");

	assert_int_equal(count(m, KIND_KFUNC), 2);
	c = get(m, KIND_KFUNC, "kf_get", 0);
	has_proto(m, c->type, "got");
	has_item(m, c, 0, ITEM_SET, "kf_set", "KF_ACQUIRE|KF_RET_NULL", 5);
	has_item(m, get(m, KIND_KFUNC, "kf_put", 0), 0, ITEM_SET, "kf_set", "KF_RELEASE", 2);

	assert_int_equal(count(m, KIND_CONFIG), 3);
	TEXT(m, get(m, KIND_CONFIG, "CONFIG_A", 0)->text, "y");
	TEXT(m, get(m, KIND_CONFIG, "CONFIG_B", 0)->text, "n");
	TEXT(m, get(m, KIND_CONFIG, "CONFIG_C", 0)->text, "\"x y\"");

	assert_int_equal(attach_of(m, open_name), ATTACH_FTRACE | ATTACH_ERROR_INJECTION);
	assert_int_equal(attach_of(m, "kf_get"), ATTACH_FTRACE | ATTACH_ERROR_INJECTION);
	assert_int_equal(attach_of(m, "kf_put"), ATTACH_NO_KPROBE);
	assert_int_equal(attach_of(m, "sys_close_wrapper"), ATTACH_NO_KPROBE);
	assert_int_equal(attach_of(m, "starts"), 0);
	assert_int_equal(attach_of(m, "before"), 0);
	assert_int_equal(m->s.info.kinds, 1u << KIND_TRACEPOINT | 1u << KIND_LSM | 1u << KIND_KFUNC |
						  1u << KIND_SYSCALL | 1u << KIND_CONFIG);
}

static void test_whole(void **state)
{
	static const struct { bool is64, be, zero; uint16_t machine; const char *table; } v[] = {
		{ true, false, false, EM_X86_64, "x86_64" }, { true, true, false, EM_S390, "s390x" },
		{ false, false, false, EM_ARM, "arm" },	     { false, true, false, EM_PPC, "powerpc" },
		{ true, false, true, EM_AARCH64, "arm64" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mini m;

		mini_init(&m, v[i].is64, v[i].be, v[i].machine);
		m.zero_pointers = v[i].zero;
		mini_whole(&m);
		read_noted(&m, -1, 0);
		whole_tracepoints(&m);
		whole_rest(&m, v[i].table);
		mini_done(&m);
	}
}

/* ---- memory ---- */

static void test_space(void **state)
{
	struct image_space *sp;
	struct err err = ERR_INIT;
	struct image *img;
	struct image_sym sym;
	struct mini m;
	uint64_t v, data;

	(void)state;
	mini_init(&m, true, false, EM_X86_64);
	mini_whole(&m);
	assert_int_equal(image_open_mem("mini", m.elf.v, m.elf.n, &img, &err), 0);
	assert_int_equal(image_space_open(img, &sp, &err), 0);
	data = mini_base(&m, MINI_DATA);
	/* .bss reads as zeros, a page at most; behind the last section and across an end there is nothing. */
	assert_true(image_space_uint(sp, mini_base(&m, MINI_NSECS), 8, &v));
	assert_int_equal(v, 0);
	assert_false(image_space_at(sp, mini_base(&m, MINI_NSECS), IMAGE_ZEROS).bad);
	assert_true(image_space_at(sp, mini_base(&m, MINI_NSECS), IMAGE_ZEROS + 1).bad);
	assert_true(image_space_at(sp, mini_here(&m, MINI_DATA) - 4, 8).bad);
	assert_false(image_space_at(sp, mini_here(&m, MINI_DATA) - 8, 8).bad);
	assert_true(image_space_at(sp, data, UINT64_MAX).bad);
	assert_false(image_space_uint(sp, 0, 8, &v));
	assert_false(image_space_uint(sp, data, 3, &v) && v == 0);
	assert_false(image_space_pointer(sp, UINT64_MAX - 3, &v));
	assert_null(image_space_text(sp, mini_here(&m, MINI_STRINGS)));
	assert_non_null(image_space_text(sp, mini_base(&m, MINI_STRINGS)));
	/* The text that is not closed in its section. */
	assert_null(image_space_text(sp, mini_here(&m, MINI_TEXT) - 2));
	assert_true(image_space_sym_at(sp, image_space_first(sp, mini_base(&m, MINI_TEXT)), mini_base(&m, MINI_TEXT), &sym));
	assert_string_equal(sym.name, "before");
	assert_int_equal(sym.type, IMAGE_SYM_FUNC);
	assert_false(image_space_sym_at(sp, image_space_first(sp, UINT64_MAX), UINT64_MAX, &sym));
	image_space_close(sp);
	image_close(img);
	mini_done(&m);
}

/* ---- damage ---- */

static struct mini_sym *symbol(struct mini *m, const char *name)
{
	for (size_t i = 0; i < m->syms.n; i++)
		if (!strcmp(m->syms.v[i].name, name))
			return &m->syms.v[i];
	fail_msg("no symbol %s", name);
	return NULL;
}

static void poke(struct mini *m, uint64_t addr, uint64_t v, unsigned int n)
{
	for (int i = 0; i < MINI_NSECS; i++) {
		uint64_t at = addr - mini_base(m, (enum mini_sec)i);

		for (unsigned int k = 0; k < n && at < m->sec[i].n; k++)
			m->sec[i].v[at + k] = (char)(v >> 8 * k);
	}
}

static void start(struct mini *m)
{
	mini_init(m, true, false, EM_X86_64);
	mini_whole(m);
}

static void finish_noted(struct mini *m, int kind, uint64_t n)
{
	mini_write(m);
	read_noted(m, kind, n);
	mini_done(m);
}

static uint64_t event(struct mini *m, unsigned int n)
{
	uint64_t at = symbol(m, "__start_ftrace_events")->addr - mini_base(m, MINI_DATA), v;

	memcpy(&v, m->sec[MINI_DATA].v + at + 8 * n, 8);
	return v;
}

static void test_bad_tables(void **state)
{
	static const struct { const char *start, *stop; int kind; } t[] = {
		{ "__start_ftrace_events", "__stop_ftrace_events", KERNEL_NOTE_TRACEPOINT },
		{ "__start_mcount_loc", "__stop_mcount_loc", KERNEL_NOTE_ATTACH },
		{ "__start_kprobe_blacklist", "__stop_kprobe_blacklist", KERNEL_NOTE_ATTACH },
		{ "__start_error_injection_whitelist", "__stop_error_injection_whitelist", KERNEL_NOTE_ATTACH },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct mini m;

		start(&m); /* upside down */
		symbol(&m, t[i].start)->addr = symbol(&m, t[i].stop)->addr + 8;
		finish_noted(&m, t[i].kind, 1);
		start(&m); /* half an entry */
		symbol(&m, t[i].stop)->addr += 4;
		finish_noted(&m, t[i].kind, 1);
		start(&m); /* out of its section */
		symbol(&m, t[i].stop)->addr += 0x8000;
		finish_noted(&m, t[i].kind, 1);
		start(&m); /* out of the image, with an absurd count */
		symbol(&m, t[i].start)->addr = 0x1000;
		symbol(&m, t[i].start)->shndx = SHN_ABS;
		finish_noted(&m, t[i].kind, 1);
		start(&m); /* empty */
		symbol(&m, t[i].stop)->addr = symbol(&m, t[i].start)->addr;
		finish_noted(&m, -1, 0);
	}
}

static void test_bad_events(void **state)
{
	struct mini m;
	uint64_t table;

	(void)state;
	start(&m); /* an event outside the image, and one that is none */
	table = symbol(&m, "__start_ftrace_events")->addr;
	poke(&m, table, 0xdeadbeef000, 8);
	poke(&m, table + 8, 0, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 2);
	start(&m); /* a tracepoint outside the image: no name */
	poke(&m, event(&m, 0) + 8, 0x1234, 8);
	mini_write(&m);
	read_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	assert_int_equal(count(&m, KIND_TRACEPOINT), 3);
	/* What is left of that name is no variant. */
	TEXT(&m, get(&m, KIND_TRACEPOINT, "one", 0)->system, "beta");
	mini_done(&m);
	start(&m); /* a name that is not closed */
	poke(&m, event(&m, 2) + 8, mini_here(&m, MINI_TEXT) - 2, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	start(&m); /* a class outside the image */
	poke(&m, event(&m, 4), 0x1234, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	start(&m); /* no format */
	poke(&m, event(&m, 4) + 16, 0, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	start(&m); /* metadata outside the image: it cannot be told whether the syscall is served */
	poke(&m, event(&m, 2) + 32, 0x1234, 8);
	finish_noted(&m, -1, 0);
}

static void test_bad_fields(void **state)
{
	struct mini m;
	uint64_t fields;

	(void)state;
	for (int i = 0; i < 6; i++) {
		static const struct { unsigned int at; uint64_t v; unsigned int size; } bad[6] = {
			{ 0, 0x1234, 8 },	/* type outside the image */
			{ 8, 0, 8 },		/* no name */
			{ 16, 0xffffffff, 4 },	/* a size of 4 GiB */
			{ 20, 3, 4 },		/* no power of two */
			{ 20, 1u << 31, 4 },	/* an absurd alignment */
			{ 96, 1, 8 },		/* the end is not there */
		};

		start(&m);
		fields = mini_base(&m, MINI_DATA);
		poke(&m, fields + bad[i].at, bad[i].v, bad[i].size);
		finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	}
	start(&m); /* an array that runs out of its section */
	poke(&m, symbol(&m, "event_class_cls")->addr + 8, mini_here(&m, MINI_DATA) - 4, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	start(&m); /* an array without an end */
	for (uint64_t at = 0; at < 400; at++) {
		mini_ptr(&m, MINI_IDS, mini_base(&m, MINI_STRINGS));
		mini_ptr(&m, MINI_IDS, mini_base(&m, MINI_STRINGS));
		mini_uint(&m, MINI_IDS, 4, 8);
		mini_uint(&m, MINI_IDS, 0, 8);
	}
	poke(&m, symbol(&m, "event_class_cls")->addr + 8, mini_here(&m, MINI_IDS) - 400 * 32, 8);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
	start(&m); /* 100 arguments, of 7 bits */
	fields = event(&m, 2) + 32 - mini_base(&m, MINI_DATA);
	memcpy(&fields, m.sec[MINI_DATA].v + fields, 8);
	poke(&m, fields + 8, 100, 1);
	finish_noted(&m, KERNEL_NOTE_TRACEPOINT, 1);
}

/* Without the types that tell a layout nothing is guessed. */
static void test_no_types(void **state)
{
	struct mini m;

	(void)state;
	start(&m);
	m.s.constructs.n = 0;
	mini_write(&m);
	read_noted(&m, KERNEL_NOTE_TYPES, 2); /* trace_event_call, error_injection_entry */
	assert_int_equal(count(&m, KIND_TRACEPOINT), 0);
	assert_int_equal(count(&m, KIND_LSM), 0);
	assert_int_equal(count(&m, KIND_SYSCALL), 3);
	mini_done(&m);
	start(&m); /* no symbols: no tables */
	m.syms.n = 0;
	mini_write(&m);
	read_noted(&m, -1, 0);
	assert_int_equal(m.s.info.kinds, 1u << KIND_LSM);
	mini_done(&m);
}

/* Symbols whose names are not closed: nothing can be found by name, and what needs no symbol is there. */
static void test_bad_symbols(void **state)
{
	static const char last[] = "kernel_config_data_end";
	struct mini m;
	size_t i = 0;

	(void)state;
	start(&m);
	mini_write(&m);
	while (memcmp(m.elf.v + i, last, sizeof(last)))
		i++;
	m.elf.v[i + sizeof(last) - 1] = 'x';
	read_noted(&m, KERNEL_NOTE_SYMBOLS, 1);
	assert_int_equal(m.s.info.kinds, 1u << KIND_LSM);
	mini_done(&m);
}

static void test_bad_syscalls(void **state)
{
	struct mini m;

	(void)state;
	start(&m); /* one that is no function, one inside a function */
	poke(&m, symbol(&m, "sys_call_table")->addr, 0x1234, 8);
	poke(&m, symbol(&m, "sys_call_table")->addr + 24, symbol(&m, "sys_close_wrapper")->addr + 1, 8);
	finish_noted(&m, KERNEL_NOTE_SYSCALL, 2);
	start(&m);
	symbol(&m, "sys_call_table")->size = 1ull << 40;
	symbol(&m, "sys_call_table")->addr = mini_here(&m, MINI_DATA) + 4;
	finish_noted(&m, KERNEL_NOTE_SYSCALL, 1);
	start(&m); /* code that is no tree: an instruction that is not known */
	poke(&m, symbol(&m, "ia32_sys_call")->addr, 0xcc, 1);
	finish_noted(&m, KERNEL_NOTE_SYSCALL, 1);
	start(&m); /* a jump to itself */
	poke(&m, symbol(&m, "ia32_sys_call")->addr, 0xfeeb, 2);
	finish_noted(&m, KERNEL_NOTE_SYSCALL, 1);
	start(&m); /* code outside the image */
	symbol(&m, "ia32_sys_call")->size = 1ull << 40;
	finish_noted(&m, KERNEL_NOTE_SYSCALL, 1);
	start(&m); /* a table of assembly has no size: it ends at the next symbol */
	symbol(&m, "sys_call_table")->size = 0;
	mini_write(&m);
	read_noted(&m, -1, 0);
	whole_rest(&m, "x86_64");
	mini_done(&m);
}

/* Tables of other ages: x32's numbers in x86's table, entries of four bytes on s390x, leaves that are calls. */
static void test_other_syscalls(void **state)
{
	struct mini m;
	uint64_t ni, open, read, code;

	(void)state;
	mini_init(&m, true, false, EM_X86_64);
	ni = mini_func(&m, MINI_TEXT, "sys_ni_syscall", NULL);
	open = mini_func(&m, MINI_TEXT, "sys_open", NULL);
	read = mini_func(&m, MINI_TEXT, "compat_sys_read", NULL);
	mini_label(&m, "sys_call_table", mini_here(&m, MINI_DATA), 514 * 8, STT_OBJECT, STB_GLOBAL);
	for (int i = 0; i < 514; i++)
		mini_ptr(&m, MINI_DATA, i == 2 ? open : i == 513 ? read : ni);
	code = mini_here(&m, MINI_TEXT); /* test %esi,%esi; jne 1f; call read; ret; 1: cmp $3,%esi; jg ni; jmp open */
	buf_put(&m.sec[MINI_TEXT], "\x85\xf6\x75\x06\xe8", 5);
	mini_uint(&m, MINI_TEXT, read - (mini_here(&m, MINI_TEXT) + 4), 4);
	buf_put(&m.sec[MINI_TEXT], "\xc3\x83\xfe\x03\x0f\x8f", 6);
	mini_uint(&m, MINI_TEXT, ni - (mini_here(&m, MINI_TEXT) + 4), 4);
	buf_put(&m.sec[MINI_TEXT], "\xe9", 1);
	mini_uint(&m, MINI_TEXT, open - (mini_here(&m, MINI_TEXT) + 4), 4);
	mini_label(&m, "ia32_sys_call", code, mini_here(&m, MINI_TEXT) - code, STT_FUNC, STB_GLOBAL);
	mini_write(&m);
	read_noted(&m, -1, 0);
	assert_int_equal(get(&m, KIND_SYSCALL, "open", 0)->nitems, 4);
	has_item(&m, get(&m, KIND_SYSCALL, "open", 0), 0, ITEM_ENTRY, "x86_64", "sys_open", 2);
	has_item(&m, get(&m, KIND_SYSCALL, "open", 0), 3, ITEM_ENTRY, "i386", "sys_open", 3);
	has_item(&m, get(&m, KIND_SYSCALL, "read", 0), 0, ITEM_ENTRY, "x32", "compat_sys_read", 513);
	has_item(&m, get(&m, KIND_SYSCALL, "ni_syscall", 0), 2, ITEM_ENTRY, "x86_64", "sys_ni_syscall", 3);
	has_item(&m, get(&m, KIND_SYSCALL, "read", 0), 1, ITEM_ENTRY, "i386", "compat_sys_read", 0);
	mini_done(&m);

	mini_init(&m, true, true, EM_S390); /* addresses of four bytes */
	VEC_PUSH(&m.syms, ((struct mini_sym){ "sys_open", 0x1234, 16, STT_FUNC, STB_GLOBAL, SHN_ABS }));
	mini_label(&m, "sys_call_table", mini_here(&m, MINI_DATA), 8, STT_OBJECT, STB_GLOBAL);
	mini_uint(&m, MINI_DATA, 0x1234, 4);
	mini_uint(&m, MINI_DATA, 0x1234, 4);
	mini_write(&m);
	read_noted(&m, -1, 0);
	has_item(&m, get(&m, KIND_SYSCALL, "open", 0), 1, ITEM_ENTRY, "s390x", "sys_open", 1);
	mini_done(&m);
}

/* Where the compiler puts the patched instructions before a function; elsewhere that is a replaced weak one. */
static void test_patched_before(void **state)
{
	static const struct { uint16_t machine; unsigned int before; bool marked; } t[] = {
		{ EM_AARCH64, 8, true }, { EM_AARCH64, 4, false }, { EM_RISCV, 8, true }, { EM_PPC64, 4, true },
		{ EM_X86_64, 8, false }, { EM_S390, 8, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct mini m;
		uint64_t place;

		mini_init(&m, true, t[i].machine == EM_S390, t[i].machine);
		mini_func(&m, MINI_TEXT, "first", NULL);
		place = mini_here(&m, MINI_TEXT) + 8 - t[i].before;
		mini_uint(&m, MINI_TEXT, 0, 8);
		mini_func(&m, MINI_TEXT, "second", NULL);
		mini_addresses(&m, "__start_mcount_loc", "__stop_mcount_loc", &place, 1);
		mini_write(&m);
		read_noted(&m, -1, 0);
		assert_int_equal(attach_of(&m, "first"), 0);
		assert_int_equal(attach_of(&m, "second"), t[i].marked ? ATTACH_FTRACE : 0);
		mini_done(&m);
	}
}

static void test_kfuncs(void **state)
{
	struct kernel_facts facts = { 0 };
	struct err err = ERR_INIT;
	struct mini m;
	uint32_t tagged;
	uint64_t set;

	(void)state;
	start(&m); /* absurd counts */
	poke(&m, symbol(&m, "__BTF_ID__set8__kf_set")->addr, 0x7fffffff, 4);
	finish_noted(&m, KERNEL_NOTE_KFUNC, 1);
	start(&m);
	poke(&m, symbol(&m, "__BTF_ID__set8__kf_set")->addr, 1000, 4);
	finish_noted(&m, KERNEL_NOTE_KFUNC, 1);
	start(&m); /* an id that is no function; 0 is one that was not resolved */
	poke(&m, symbol(&m, "__BTF_ID__set8__kf_set")->addr + 8, 77, 4);
	poke(&m, symbol(&m, "__BTF_ID__set8__kf_set")->addr + 16, 0, 4);
	finish_noted(&m, KERNEL_NOTE_KFUNC, 1);

	start(&m); /* who may call them, by the calls that register sets: twice, for a program that no enum has, of no set */
	set = symbol(&m, "kf_kset")->addr;
	facts.registrations = (const struct kernel_registration[]){ { 26, set }, { 0, set }, { 26, set }, { 77, set }, { 6, 8 },
								    { 6, set + 1 }, { 6, UINT64_MAX } };
	facts.nregistrations = 7;
	mini_write(&m);
	assert_int_equal(mini_read(&m, &facts, &err), 0);
	assert_int_equal(get(&m, KIND_KFUNC, "kf_get", 0)->nitems, 3);
	has_item(&m, get(&m, KIND_KFUNC, "kf_get", 0), 1, ITEM_PROGRAM, "BPF_PROG_TYPE_TRACING", "", 26);
	has_item(&m, get(&m, KIND_KFUNC, "kf_get", 0), 2, ITEM_PROGRAM, "BPF_PROG_TYPE_UNSPEC", "", 0);
	assert_int_equal(get(&m, KIND_KFUNC, "kf_put", 0)->nitems, 3);
	memset(&facts, 0, sizeof(facts));
	mini_done(&m);

	start(&m); /* before 6.8 no set says what it is for: the one that something points to counts */
	set = symbol(&m, "__BTF_ID__set8__kf_set")->addr;
	poke(&m, set + 4, 0, 4);
	tagged = strtab_intern_z(&m.str, "not_a_kfunc");
	facts.kfuncs = &tagged;
	facts.nkfuncs = 1;
	mini_write(&m);
	assert_int_equal(mini_read(&m, &facts, &err), 0);
	assert_int_equal(count(&m, KIND_KFUNC), 3);
	assert_int_equal(get(&m, KIND_KFUNC, "kf_get", 0)->nitems, 1);
	assert_int_equal(get(&m, KIND_KFUNC, "not_a_kfunc", 0)->nitems, 0); /* the tag alone */
	mini_done(&m);
	start(&m);
	poke(&m, symbol(&m, "__BTF_ID__set8__kf_set")->addr + 4, 0, 4);
	symbol(&m, "__BTF_ID__set8__kf_set")->name = "__BTF_ID__set8__test_fmodret_ids";
	mini_write(&m);
	read_noted(&m, -1, 0);
	assert_int_equal(count(&m, KIND_KFUNC), 0);
	mini_done(&m);

	start(&m); /* before 6.0: plain sets, by their names */
	symbol(&m, "__BTF_ID__set8__kf_set")->name = "__BTF_ID__set__allowlist";
	symbol(&m, "__BTF_ID__set8__other")->name = "__BTF_ID__set__test_ret_null_kfunc_ids";
	poke(&m, symbol(&m, "__BTF_ID__set__test_ret_null_kfunc_ids")->addr + 4, 2, 4);
	mini_write(&m);
	read_noted(&m, -1, 0);
	assert_int_equal(count(&m, KIND_KFUNC), 1);
	has_item(&m, get(&m, KIND_KFUNC, "kf_get", 0), 0, ITEM_SET, "test_ret_null_kfunc_ids", "KF_RET_NULL", 4);
	mini_done(&m);

	for (size_t cut = 0; cut < 80; cut += 3) { /* BTF that is cut off anywhere */
		start(&m);
		m.sec[MINI_BTF].n = cut < m.sec[MINI_BTF].n ? cut : m.sec[MINI_BTF].n;
		mini_write(&m);
		memset(&facts, 0, sizeof(facts));
		assert_int_equal(mini_read(&m, &facts, &err), 0);
		mini_done(&m);
	}
}

/* Since 6.12 only the union of all hooks' functions is left. */
static void test_lsm_union(void **state)
{
	struct mini m;

	(void)state;
	start(&m);
	for (size_t i = 0; i < m.s.constructs.n; i++)
		if (!strcmp(surface_text(&m.s, m.s.constructs.v[i].name), "security_hook_heads"))
			m.s.constructs.v[i].name = 0;
	read_noted(&m, -1, 0);
	assert_int_equal(count(&m, KIND_LSM), 2);
	has_proto(&m, get(&m, KIND_LSM, "file_open", 0)->type, "file");
	has_proto(&m, get(&m, KIND_LSM, "sk_alloc_security", 0)->type, "sk");
	mini_done(&m);
}

/* ---- config ---- */

static int read_config(struct mini *m, const void *bytes, size_t size, struct err *err)
{
	struct kernel_facts facts = { 0 };
	char path[300];
	FILE *f;
	int rc;

	snprintf(path, sizeof(path), "%s/config", folder);
	f = fopen(path, "wb");
	fwrite(bytes, 1, size, f);
	fclose(f);
	start(m);
	facts.config = path;
	err_clear(err);
	rc = mini_read(m, &facts, err);
	return rc;
}

static void test_config(void **state)
{
	static const char good[] = "\n#\n# Automatically generated file; DO NOT EDIT.\n# CONFIG_OLD is not set yet\n"
				   "CONFIG_HZ=250\r\nCONFIG_CC=\"gcc = 12\"\n# CONFIG_X is not set\nCONFIG_X=m\nCONFIG_E=\nCONFIG_LAST=y";
	static const struct { const char *text, *msg; } bad[] = {
		{ "CONFIG_A=y\nCONFIG_B\n", "line 2" }, { "A=y\n", "line 1" },	   { "CONFIG_=y", "line 1" },
		{ "CONFIG_A y\n", "line 1" },		{ "", "holds no option" }, { "# nothing\n", "holds no option" },
	};
	struct err err = ERR_INIT;
	struct kernel_facts facts = { .config = "/nonexistent/config" };
	unsigned char z[512];
	uLongf n = sizeof(z);
	struct mini m;

	(void)state;
	assert_int_equal(read_config(&m, good, sizeof(good) - 1, &err), 0);
	assert_int_equal(count(&m, KIND_CONFIG), 5);
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_HZ", 0)->text, "250");
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_CC", 0)->text, "\"gcc = 12\"");
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_X", 0)->text, "m");
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_E", 0)->text, "");
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_LAST", 0)->text, "y");
	mini_done(&m);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(read_config(&m, bad[i].text, strlen(bad[i].text), &err), ERR_FORMAT);
		assert_non_null(strstr(err.msg, bad[i].msg));
		assert_int_equal(count(&m, KIND_CONFIG), 0);
		mini_done(&m);
	}
	assert_int_equal(read_config(&m, "CONFIG_A=y\0", 11, &err), ERR_FORMAT);
	mini_done(&m);
	start(&m); /* the gzip data that is embedded, as a file; whole and damaged */
	n = (uLongf)(symbol(&m, "kernel_config_data_end")->addr - symbol(&m, "kernel_config_data")->addr);
	memcpy(z, m.sec[MINI_DATA].v + (symbol(&m, "kernel_config_data")->addr - mini_base(&m, MINI_DATA)), n);
	mini_done(&m);
	assert_int_equal(read_config(&m, z, n, &err), 0);
	TEXT(&m, get(&m, KIND_CONFIG, "CONFIG_B", 0)->text, "n");
	mini_done(&m);
	assert_int_equal(read_config(&m, z, n / 2, &err), ERR_FORMAT);
	mini_done(&m);
	start(&m);
	err_clear(&err);
	assert_int_equal(mini_read(&m, &facts, &err), ERR_IO);
	mini_done(&m);
}

static void test_embedded_config(void **state)
{
	struct mini m;
	uint64_t at;

	(void)state;
	start(&m); /* before 5.1 the symbol is an array that begins with the mark */
	at = mini_here(&m, MINI_IDS);
	buf_put(&m.sec[MINI_IDS], "IKCFG_ST", 8);
	buf_put(&m.sec[MINI_IDS], m.sec[MINI_DATA].v + (symbol(&m, "kernel_config_data")->addr - mini_base(&m, MINI_DATA)),
		symbol(&m, "kernel_config_data_end")->addr - symbol(&m, "kernel_config_data")->addr);
	buf_put(&m.sec[MINI_IDS], "IKCFG_ED", 8);
	symbol(&m, "kernel_config_data")->addr = at;
	symbol(&m, "kernel_config_data_end")->name = "nothing";
	mini_write(&m);
	read_noted(&m, -1, 0);
	assert_int_equal(count(&m, KIND_CONFIG), 3);
	mini_done(&m);
	start(&m);
	poke(&m, symbol(&m, "kernel_config_data")->addr + 12, 0xffffffff, 4);
	finish_noted(&m, KERNEL_NOTE_CONFIG, 1);
	start(&m);
	poke(&m, symbol(&m, "kernel_config_data")->addr, 0, 2);
	finish_noted(&m, KERNEL_NOTE_CONFIG, 1);
	start(&m);
	symbol(&m, "kernel_config_data")->addr = mini_here(&m, MINI_DATA) + 0x100;
	finish_noted(&m, KERNEL_NOTE_CONFIG, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_space),
		cmocka_unit_test(test_bad_tables), cmocka_unit_test(test_bad_events),
		cmocka_unit_test(test_bad_fields), cmocka_unit_test(test_no_types),
		cmocka_unit_test(test_other_syscalls), cmocka_unit_test(test_patched_before),
		cmocka_unit_test(test_bad_symbols), cmocka_unit_test(test_bad_syscalls),
		cmocka_unit_test(test_kfuncs), cmocka_unit_test(test_lsm_union),
		cmocka_unit_test(test_config), cmocka_unit_test(test_embedded_config),
	};

	if (argc >= 3 && !strcmp(argv[1], "dump"))
		return dump(argv[2], argv[3]);
	return cmocka_run_group_tests_name("kernel", tests, folder_setup, folder_teardown);
}
