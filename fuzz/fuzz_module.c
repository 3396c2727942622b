// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Modules that are damaged. First byte with its highest bit: the rest is the file, and its tables are read by the layouts of
 * tests/fixtures/module/tables.h. Else the machine of a module written by hand (tests/unit/mini_module.h), then six bytes a
 * relocation: section, place (two), symbol, type, what is added.
 */
#include "../tests/unit/mini_kernel.h"
#include "../tests/unit/mini_module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct { uint16_t machine; bool is64, be, rela; } machines[] = {
	{ EM_X86_64, true, false, true },  { EM_386, false, false, false }, { EM_AARCH64, true, false, true },
	{ EM_ARM, false, false, false },   { EM_PPC64, true, false, true }, { EM_S390, true, true, true },
	{ EM_RISCV, true, false, true },   { 258, true, false, true },	    { EM_SPARCV9, true, true, true },
};

/* The layouts of a 64-bit kernel. */
static void layouts(struct mini *m)
{
	struct construct *c;

	MINI_STRUCT(m, "trace_event_call", 56, MEMBER("class", 16, 8), MEMBER("name", 24, 8), MEMBER("tp", 24, 8),
		    MEMBER("print_fmt", 32, 8), MEMBER("data", 40, 8), MEMBER("flags", 48, 4));
	MINI_STRUCT(m, "trace_event_class", 24, MEMBER("system", 0, 8), MEMBER("fields_array", 16, 8));
	MINI_STRUCT(m, "trace_event_fields", 40, MEMBER("type", 0, 8), MEMBER("name", 8, 8), MEMBER("size", 16, 4),
		    MEMBER("align", 20, 4), MEMBER("is_signed", 24, 4), MEMBER("len", 32, 4));
	MINI_STRUCT(m, "tracepoint", 16, MEMBER("name", 8, 8));
	MINI_STRUCT(m, "trace_entry", 8, MEMBER("pid", 4, 4));
	MINI_STRUCT(m, "error_injection_entry", 16, MEMBER("addr", 0, 8), MEMBER("etype", 8, 4));
	MINI_STRUCT(m, "btf_kfunc_id_set", 16, MEMBER("owner", 0, 8), MEMBER("set", 8, 8));
	MINI_STRUCT(m, "trace_event_raw_shared", 12, MEMBER("ent", 0, 8), MEMBER_OF("number", 8, 4, mini_int(m, "int")));
	c = mini_construct(m, KIND_ENUM, "");
	c->nitems = 2;
	VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, "TRACE_EVENT_FL_IGNORE_ENABLE"),
					      .value = 8, .role = ITEM_ENUMERATOR }));
	VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, "TRACE_EVENT_FL_TRACEPOINT"),
					      .value = 16, .role = ITEM_ENUMERATOR }));
	mini_btf(m, (const char *const[]){ "a", "b", "c" }, 3);
	m->s.btf = m->sec[MINI_BTF].v;
	m->s.btf_size = m->sec[MINI_BTF].n;
	m->s.info.types_from = "btf";
}

static void read_tables(struct image *img, const struct image_symbols *syms)
{
	struct kernel_facts facts = { 0 };
	struct err err = ERR_INIT;
	struct type_table types;
	struct mini kernel;
	struct strtab str;
	struct surface s;

	mini_init(&kernel, true, false, EM_X86_64);
	layouts(&kernel);
	strtab_init(&str);
	type_table_init(&types);
	surface_init(&s, &str, &types);
	for (size_t i = 0; i < syms->v.n; i++) {
		uint32_t name = strtab_intern_z(&str, syms->v.v[i].name);

		VEC_PUSH(&s.funcs, ((struct func){ .name = name, .symbols = (uint32_t)i, .nsymbols = 1 }));
		VEC_PUSH(&s.symbols, ((struct symbol){ .addr = syms->v.v[i].addr, .size = syms->v.v[i].size, .name = name }));
	}
	if (kernel_read_module(img, &kernel.s, &s, &facts, &err))
		__builtin_trap();
	for (size_t i = 0; i < s.constructs.n; i++)
		if (s.constructs.v[i].name >= str.entries.n || s.constructs.v[i].type >= types.types.n ||
		    (uint64_t)s.constructs.v[i].items + s.constructs.v[i].nitems > s.items.n)
			__builtin_trap();
	surface_done(&s);
	type_table_done(&types);
	strtab_done(&str);
	mini_done(&kernel);
}

static void read_module(const void *data, size_t size)
{
	static const char *const sections[] = { ".debug_info", ".debug_line", ".debug_rnglists", ".debug_frame", ".debug_str" };
	struct image_symbols syms = { 0 };
	struct image_info info = { 0 };
	struct image *img = NULL;
	struct err err = ERR_INIT;
	struct image_bytes b;
	struct arena a;

	/* Other files have fuzzers of their own. */
	if (size < EI_NIDENT + 2 || memcmp(data, ELFMAG, SELFMAG) ||
	    image_open_mem("lib/modules/6.1.0/fuzz.ko", data, size, &img, &err))
		return;
	if (image_kind(img) == IMAGE_MODULE) {
		arena_init(&a);
		for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
			err_clear(&err);
			if (!image_section(img, sections[i], &b, &err) && b.size)
				(void)*(const volatile uint8_t *)(b.data + b.size - 1);
		}
		image_identify(img, &a, &info, &err);
		err_clear(&err);
		if (!image_symbols(img, &syms, &err))
			read_tables(img, &syms);
		image_symbols_done(&syms);
		arena_done(&a);
	}
	image_close(img);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t kind = size ? data[0] % (sizeof(machines) / sizeof(machines[0])) : 0;
	struct mm m;

	if (size && data[0] & 0x80) {
		/* A copy of its own, so that one byte too far is seen. */
		uint8_t *copy = base_alloc(size - 1);

		memcpy(copy, data + 1, size - 1);
		read_module(copy, size - 1);
		free(copy);
		return 0;
	}
	mm_init(&m, machines[kind].machine, machines[kind].is64, machines[kind].be, machines[kind].rela);
	for (size_t i = 1; i + 6 <= size; i += 6)
		mm_reloc(&m, data[i] & 1 ? MM_REL_INFO : MM_REL_DATA, (uint64_t)data[i + 1] << (data[i + 2] & 63), data[i + 3],
			 data[i + 4] | (uint32_t)(data[i] & 2) << 7, (int8_t)data[i + 5]);
	mm_write(&m);
	read_module(m.elf.v, m.elf.n);
	mm_done(&m);
	return 0;
}
