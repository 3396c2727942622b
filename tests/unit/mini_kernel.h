/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel in small, written by hand in either byte order and pointer size: an ELF file with the tables that
 * src/kernel reads, and a surface with the types that tell their layout. For unit tests and the fuzzer.
 */
#ifndef KSURF_MINI_KERNEL_H
#define KSURF_MINI_KERNEL_H

#include "kernel/kernel.h"

#include <elf.h>
#include <stdio.h>
#include <zlib.h>

enum mini_sec { MINI_TEXT, MINI_INIT, MINI_DATA, MINI_STRINGS, MINI_IDS, MINI_BTF, MINI_RELA, MINI_NSECS };

struct mini_sym {
	const char *name;
	uint64_t addr, size;
	uint8_t type, bind;
	uint16_t shndx;
};

struct mini {
	bool be, is64, zero_pointers; /* zero_pointers: pointers stand in .rela.dyn only */
	uint16_t machine;
	unsigned int p; /* bytes of a pointer */
	struct buf sec[MINI_NSECS];
	VEC(struct mini_sym) syms;
	struct strtab str;
	struct type_table types;
	struct surface s;
	struct buf elf;
	uint32_t seq[KIND_NKINDS];
};

static inline uint64_t mini_base(const struct mini *m, enum mini_sec sec)
{
	return (m->is64 ? 0xffffffff81000000ull : 0xc0100000ull) + (uint64_t)sec * 0x10000;
}

static inline uint64_t mini_here(const struct mini *m, enum mini_sec sec)
{
	return mini_base(m, sec) + m->sec[sec].n;
}

static inline void mini_put(struct mini *m, struct buf *b, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		buf_char(b, (char)(v >> 8 * (m->be ? n - 1 - i : i)));
}

static inline void mini_uint(struct mini *m, enum mini_sec sec, uint64_t v, unsigned int n)
{
	mini_put(m, &m->sec[sec], v, n);
}

static inline void mini_ptr(struct mini *m, enum mini_sec sec, uint64_t v)
{
	if (m->zero_pointers && v) {
		mini_uint(m, MINI_RELA, mini_here(m, sec), m->p);
		mini_uint(m, MINI_RELA, R_AARCH64_RELATIVE, m->p);
		mini_uint(m, MINI_RELA, v, m->p);
		v = 0;
	}
	mini_uint(m, sec, v, m->p);
}

static inline uint64_t mini_text(struct mini *m, const char *text)
{
	uint64_t at = mini_here(m, MINI_STRINGS);

	buf_put(&m->sec[MINI_STRINGS], text, strlen(text) + 1);
	return at;
}

static inline void mini_label(struct mini *m, const char *name, uint64_t addr, uint64_t size, uint8_t type, uint8_t bind)
{
	uint16_t shndx = SHN_ABS;

	for (int i = 0; i < MINI_NSECS; i++)
		if (addr - mini_base(m, (enum mini_sec)i) < 0x10000)
			shndx = (uint16_t)(i + 1);
	VEC_PUSH(&m->syms, ((struct mini_sym){ name, addr, size, type, bind, shndx }));
}

static inline void mini_mark(struct mini *m, const char *name, enum mini_sec sec)
{
	mini_label(m, name, mini_here(m, sec), 0, STT_NOTYPE, STB_GLOBAL);
}

/* ---- the surface ---- */

struct mini_field {
	const char *name;
	unsigned int offset, size, first, bits; /* first: of a bitfield, as BTF counts */
	uint32_t type;
};

static inline struct construct *mini_construct(struct mini *m, enum kind kind, const char *name)
{
	VEC_PUSH(&m->s.constructs, ((struct construct){ .kind = kind,
							.name = strtab_intern_z(&m->str, name),
							.seq = m->seq[kind]++,
							.items = (uint32_t)m->s.items.n }));
	return &m->s.constructs.v[m->s.constructs.n - 1];
}

static inline void mini_struct(struct mini *m, enum kind kind, const char *name, unsigned int size,
			       const struct mini_field *f, size_t n)
{
	struct construct *c = mini_construct(m, kind, name);

	c->size = size;
	c->nitems = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, f[i].name),
						      .value = (int64_t)f[i].offset * 8 + f[i].first,
						      .size = f[i].size,
						      .bits = (uint16_t)f[i].bits,
						      .type = f[i].type,
						      .role = ITEM_MEMBER }));
}

#define MEMBER(name, offset, size)	     { name, offset, size, 0, 0, 0 }
#define MEMBER_OF(name, offset, size, type) { name, offset, size, 0, 0, type }
#define BITS(name, offset, size, first, n)   { name, offset, size, first, n, 0 }
#define MINI_STRUCT(m, name, size, ...)                                             \
	mini_struct(m, KIND_STRUCT, name, size, (const struct mini_field[]){ __VA_ARGS__ }, \
		    sizeof((const struct mini_field[]){ __VA_ARGS__ }) / sizeof(struct mini_field))

static inline uint32_t mini_int(struct mini *m, const char *name)
{
	return type_intern(&m->types, &(struct type){ .kind = TYPE_INT, .name = strtab_intern_z(&m->str, name),
						      .size = TYPE_NO_SIZE }, NULL);
}

/* void (*)(int arg) */
static inline uint32_t mini_proto(struct mini *m, const char *arg)
{
	struct type_param param = { strtab_intern_z(&m->str, arg), mini_int(m, "int") };

	return type_intern(&m->types, &(struct type){ .kind = TYPE_FUNC_PROTO, .count = 1, .size = TYPE_NO_SIZE }, &param);
}

static inline uint32_t mini_pointer(struct mini *m, uint32_t to)
{
	return type_intern(&m->types, &(struct type){ .kind = TYPE_PTR, .ref = to, .size = TYPE_NO_SIZE }, NULL);
}

/* A function of 16 bytes with a symbol and, with an argument, a prototype. */
static inline uint64_t mini_func(struct mini *m, enum mini_sec sec, const char *name, const char *arg)
{
	uint64_t at = mini_here(m, sec);
	uint32_t id = strtab_intern_z(&m->str, name);

	VEC_PUSH(&m->s.funcs, ((struct func){ .name = id,
					      .type_seq = arg ? 0 : SEQ_NONE,
					      .proto = arg ? mini_proto(m, arg) : 0,
					      .symbols = (uint32_t)m->s.symbols.n,
					      .nsymbols = 1 }));
	VEC_PUSH(&m->s.symbols, ((struct symbol){ .addr = at, .size = 16, .name = id }));
	mini_label(m, name, at, 16, STT_FUNC, STB_GLOBAL);
	for (int i = 0; i < 16; i++)
		buf_char(&m->sec[sec], (char)0xcc);
	return at;
}

static inline void mini_types(struct mini *m)
{
	unsigned int p = m->p;
	struct construct *c;

	MINI_STRUCT(m, "trace_event_call", 6 * p, MEMBER("class", 0, p), MEMBER("name", p, p), MEMBER("tp", p, p),
		    MEMBER("print_fmt", 2 * p, p), MEMBER("flags", 3 * p, 4), MEMBER("data", 4 * p, p));
	MINI_STRUCT(m, "trace_event_class", 2 * p, MEMBER("system", 0, p), MEMBER("fields_array", p, p));
	MINI_STRUCT(m, "trace_event_fields", 2 * p + 16, MEMBER("type", 0, p), MEMBER("name", p, p), MEMBER("size", 2 * p, 4),
		    MEMBER("align", 2 * p + 4, 4), BITS("is_signed", 2 * p + 8, 4, 3, 1),
		    MEMBER("len", 2 * p + 12, 4));
	MINI_STRUCT(m, "tracepoint", p, MEMBER("name", 0, p));
	MINI_STRUCT(m, "trace_entry", 8, MEMBER("pid", 4, 4));
	MINI_STRUCT(m, "syscall_metadata", 4 * p, MEMBER("name", 0, p), BITS("nb_args", p, 1, 0, 7), MEMBER("types", 2 * p, p),
		    MEMBER("args", 3 * p, p));
	MINI_STRUCT(m, "syscall_trace_enter", 8 + p, MEMBER("nr", 8, 4), MEMBER("args", 8 + p, 0));
	MINI_STRUCT(m, "error_injection_entry", 2 * p, MEMBER("addr", 0, p), MEMBER("etype", p, 4));
	MINI_STRUCT(m, "trace_event_raw_cls", 24, MEMBER("ent", 0, 8), MEMBER_OF("a", 8, 4, mini_int(m, "int")),
		    MEMBER("__data_loc_b", 12, 4), MEMBER("__data", 16, 0));
	MINI_STRUCT(m, "trace_event_raw_two", 16, MEMBER("ent", 0, 8), MEMBER_OF("x", 8, 4, mini_int(m, "unsigned int")),
		    MEMBER_OF("__data_loc_s", 12, 4, mini_int(m, "unsigned int")), MEMBER("__data", 16, 0));
	MINI_STRUCT(m, "security_hook_heads", 2 * p, MEMBER("file_open", 0, p), MEMBER("sk_alloc_security", p, p));
	MINI_STRUCT(m, "btf_kfunc_id_set", 2 * p, MEMBER("owner", 0, p), MEMBER("set", p, p));
	c = mini_construct(m, KIND_ENUM, "bpf_prog_type");
	c->nitems = 3;
	for (int i = 0; i < 3; i++)
		VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, (const char *const[]){
						"BPF_PROG_TYPE_UNSPEC", "BPF_PROG_TYPE_XDP", "BPF_PROG_TYPE_TRACING" }[i]),
						      .value = (const int[]){ 0, 6, 26 }[i], .role = ITEM_ENUMERATOR }));
	c = mini_construct(m, KIND_ENUM, "");
	c->nitems = 2;
	VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, "TRACE_EVENT_FL_IGNORE_ENABLE"),
					      .value = 4, .role = ITEM_ENUMERATOR }));
	VEC_PUSH(&m->s.items, ((struct item){ .name = strtab_intern_z(&m->str, "TRACE_EVENT_FL_TRACEPOINT"),
					      .value = 8, .role = ITEM_ENUMERATOR }));
	mini_struct(m, KIND_UNION, "security_list_options", p,
		    (const struct mini_field[]){
			    MEMBER_OF("file_open", 0, p, mini_pointer(m, mini_proto(m, "own"))),
			    MEMBER_OF("sk_alloc_security", 0, p, mini_pointer(m, mini_proto(m, "sk"))),
			    MEMBER_OF("lsm_func_addr", 0, p, mini_pointer(m, 0)),
		    }, 3);
	mini_construct(m, KIND_TYPEDEF, "btf_trace_two")->type = mini_pointer(m, mini_proto(m, "traced"));
}

/* ---- tables ---- */

static inline void mini_field_entry(struct mini *m, const char *type, const char *name, unsigned int size,
				    unsigned int align, bool is_signed)
{
	uint64_t t = type ? mini_text(m, type) : 0, n = name ? mini_text(m, name) : 0;

	mini_ptr(m, MINI_DATA, t);
	mini_ptr(m, MINI_DATA, n);
	mini_uint(m, MINI_DATA, size, 4);
	mini_uint(m, MINI_DATA, align, 4);
	/* Bit 3 of a bitfield word: from the lowest bit, or, big endian, from the highest. */
	mini_uint(m, MINI_DATA, is_signed ? m->be ? 1u << 28 : 1u << 3 : 0, 4);
	mini_uint(m, MINI_DATA, align ? size / align : 0, 4); /* an array's length; of others it says nothing */
}

static inline uint64_t mini_class(struct mini *m, const char *symbol, const char *system, uint64_t fields)
{
	uint64_t text = mini_text(m, system), at = mini_here(m, MINI_DATA);

	mini_label(m, symbol, at, 2 * m->p, STT_OBJECT, STB_LOCAL);
	mini_ptr(m, MINI_DATA, text);
	mini_ptr(m, MINI_DATA, fields);
	return at;
}

static inline uint64_t mini_event(struct mini *m, uint64_t class, const char *name, const char *fmt, unsigned int flags,
				  uint64_t data)
{
	uint64_t text = mini_text(m, name), f = fmt ? mini_text(m, fmt) : 0, at;

	if (flags & 8) {
		at = mini_here(m, MINI_DATA);
		mini_ptr(m, MINI_DATA, text);
		text = at;
	}
	at = mini_here(m, MINI_DATA);
	mini_ptr(m, MINI_DATA, class);
	mini_ptr(m, MINI_DATA, text);
	mini_ptr(m, MINI_DATA, f);
	mini_uint(m, MINI_DATA, flags, 4);
	if (m->is64)
		mini_uint(m, MINI_DATA, 0, 4);
	mini_ptr(m, MINI_DATA, data);
	mini_ptr(m, MINI_DATA, 0);
	return at;
}

static inline uint64_t mini_meta(struct mini *m, const char *name, const char *type, const char *arg)
{
	uint64_t n = mini_text(m, name), t = mini_text(m, type), a = mini_text(m, arg), lists, at;

	lists = mini_here(m, MINI_DATA);
	mini_ptr(m, MINI_DATA, t);
	mini_ptr(m, MINI_DATA, a);
	at = mini_here(m, MINI_DATA);
	mini_ptr(m, MINI_DATA, n);
	/* One argument: bits 0 to 6, from the lowest bit or the highest. */
	mini_uint(m, MINI_DATA, m->be ? 1 << 1 : 1, 1);
	mini_uint(m, MINI_DATA, 0, m->p - 1);
	mini_ptr(m, MINI_DATA, lists);
	mini_ptr(m, MINI_DATA, lists + m->p);
	return at;
}

static inline void mini_events(struct mini *m)
{
	uint64_t fields, enter, alpha, beta, sys, e[6];

	fields = mini_here(m, MINI_DATA);
	mini_field_entry(m, "int", "a", 4, 4, true);
	mini_field_entry(m, "__data_loc char[]", "b", 4, 4, false);
	mini_field_entry(m, "u64[MANY]", "c", 16, 8, false);
	mini_field_entry(m, NULL, NULL, 0, 0, false);
	enter = mini_here(m, MINI_DATA);
	mini_field_entry(m, "int", "__syscall_nr", 4, 4, true);
	mini_ptr(m, MINI_DATA, m->is64 ? UINT64_MAX : UINT32_MAX);
	mini_ptr(m, MINI_DATA, mini_base(m, MINI_TEXT));
	mini_uint(m, MINI_DATA, 0, 8);
	mini_uint(m, MINI_DATA, 0, 8);
	alpha = mini_class(m, "event_class_cls", "alpha", fields);
	beta = mini_class(m, "event_class_two", "beta", 0);
	sys = mini_class(m, "event_class_syscall_enter", "syscalls", enter);
	e[0] = mini_event(m, alpha, "one", "\"%d\", REC->a", 8, 0);
	e[1] = mini_event(m, alpha, "ignored", "x", 8 | 4, 0);
	e[2] = mini_event(m, sys, "sys_enter_open", NULL, 0, mini_meta(m, "sys_open", "const char *", "filename"));
	e[3] = mini_event(m, sys, "sys_enter_gone", NULL, 0, mini_meta(m, "sys_gone", "int", "x"));
	e[4] = mini_event(m, beta, "two", "two", 8, 0);
	e[5] = mini_event(m, beta, "one", "beta", 8, 0);
	mini_mark(m, "__start_ftrace_events", MINI_DATA);
	for (int i = 0; i < 6; i++)
		mini_ptr(m, MINI_DATA, e[i]);
	mini_mark(m, "__stop_ftrace_events", MINI_DATA);
}

static inline void mini_addresses(struct mini *m, const char *start, const char *stop, const uint64_t *v, size_t n)
{
	mini_mark(m, start, MINI_DATA);
	for (size_t i = 0; i < n; i++)
		mini_ptr(m, MINI_DATA, v[i]);
	mini_mark(m, stop, MINI_DATA);
}

/* cmp $1, %esi; je one; jbe zero; cmp $5, %esi; je five; jmp ni */
static inline void mini_switch(struct mini *m, uint64_t zero, uint64_t one, uint64_t five, uint64_t ni)
{
	struct buf *b = &m->sec[MINI_TEXT];
	uint64_t at = mini_here(m, MINI_TEXT), to[4] = { one, zero, five, ni };
	static const char *const code[4] = { "\x83\xfe\x01\x0f\x84", "\x0f\x86", "\x81\xfe\x05\0\0\0\x0f\x84", "\xe9" };
	static const size_t size[4] = { 5, 2, 8, 1 };

	buf_put(b, "\xf3\x0f\x1e\xfa\xe8\0\0\0\0", 9);
	for (int i = 0; i < 4; i++) {
		buf_put(b, code[i], size[i]);
		mini_uint(m, MINI_TEXT, to[i] - (mini_here(m, MINI_TEXT) + 4), 4);
	}
	mini_label(m, "ia32_sys_call", at, mini_here(m, MINI_TEXT) - at, STT_FUNC, STB_GLOBAL);
}

/* BTF with functions ids[1], ids[2], ... by name, a prototype before them. */
static inline void mini_btf(struct mini *m, const char *const *names, size_t n)
{
	struct buf strings = { 0 }, types = { 0 };

	buf_char(&strings, 0);
	mini_put(m, &types, 0, 4); /* 1: FUNC_PROTO, void (void) */
	mini_put(m, &types, 13u << 24, 4);
	mini_put(m, &types, 0, 4);
	for (size_t i = 0; i < n; i++) {
		mini_put(m, &types, strings.n, 4);
		mini_put(m, &types, 12u << 24, 4);
		mini_put(m, &types, 1, 4);
		buf_put(&strings, names[i], strlen(names[i]) + 1);
	}
	mini_uint(m, MINI_BTF, 0xeb9f, 2);
	mini_uint(m, MINI_BTF, 1, 2);
	mini_uint(m, MINI_BTF, 24, 4);
	mini_uint(m, MINI_BTF, 0, 4);
	mini_uint(m, MINI_BTF, types.n, 4);
	mini_uint(m, MINI_BTF, types.n, 4);
	mini_uint(m, MINI_BTF, strings.n, 4);
	buf_put(&m->sec[MINI_BTF], types.v, types.n);
	buf_put(&m->sec[MINI_BTF], strings.v, strings.n);
	buf_done(&strings);
	buf_done(&types);
}

/* A set with `n` pairs of id and flags. */
static inline uint64_t mini_set8(struct mini *m, const char *symbol, uint32_t flags, const uint32_t *pairs, uint32_t n)
{
	uint64_t at = mini_here(m, MINI_IDS);

	mini_label(m, symbol, at, 8 + 8 * n, STT_NOTYPE, STB_LOCAL);
	mini_uint(m, MINI_IDS, n, 4);
	mini_uint(m, MINI_IDS, flags, 4);
	for (uint32_t i = 0; i < 2 * n; i++)
		mini_uint(m, MINI_IDS, pairs[i], 4);
	return at;
}

static inline void mini_config(struct mini *m, const char *text)
{
	unsigned char out[1024];
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)text, .avail_in = (unsigned int)strlen(text),
		       .next_out = out, .avail_out = sizeof(out) };

	deflateInit2(&z, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	mini_mark(m, "kernel_config_data", MINI_DATA);
	buf_put(&m->sec[MINI_DATA], out, sizeof(out) - z.avail_out);
	mini_mark(m, "kernel_config_data_end", MINI_DATA);
	deflateEnd(&z);
}

/* ---- the file ---- */

static inline void mini_header(struct mini *m, struct buf *b, uint64_t shoff, unsigned int nsecs)
{
	char ident[16] = { 0x7f, 'E', 'L', 'F', m->is64 ? 2 : 1, m->be ? 2 : 1, 1 };

	buf_put(b, ident, 16);
	mini_put(m, b, ET_EXEC, 2);
	mini_put(m, b, m->machine, 2);
	mini_put(m, b, 1, 4);
	mini_put(m, b, 0, m->p);
	mini_put(m, b, 0, m->p);
	mini_put(m, b, shoff, m->p);
	mini_put(m, b, 0, 4);
	mini_put(m, b, m->is64 ? 64 : 52, 2);
	mini_put(m, b, 0, 2);
	mini_put(m, b, 0, 2);
	mini_put(m, b, m->is64 ? 64 : 40, 2);
	mini_put(m, b, nsecs, 2);
	mini_put(m, b, nsecs - 1, 2);
}

static inline void mini_shdr(struct mini *m, struct buf *b, const uint64_t v[10])
{
	static const uint8_t wide[10] = { 0, 0, 1, 1, 1, 1, 0, 0, 1, 1 };

	for (int i = 0; i < 10; i++)
		mini_put(m, b, v[i], m->is64 && wide[i] ? 8 : 4);
}

static inline void mini_write_symbols(struct mini *m, struct buf *tab, struct buf *names)
{
	static const char zero[24];

	buf_put(tab, zero, m->is64 ? 24 : 16);
	buf_char(names, 0);
	for (size_t i = 0; i < m->syms.n; i++) {
		const struct mini_sym *s = &m->syms.v[i];

		mini_put(m, tab, names->n, 4);
		if (!m->is64) {
			mini_put(m, tab, s->addr, 4);
			mini_put(m, tab, s->size, 4);
		}
		mini_put(m, tab, (uint64_t)s->bind << 4 | s->type, 1);
		mini_put(m, tab, 0, 1);
		mini_put(m, tab, s->shndx, 2);
		if (m->is64) {
			mini_put(m, tab, s->addr, 8);
			mini_put(m, tab, s->size, 8);
		}
		buf_put(names, s->name, strlen(s->name) + 1);
	}
}

/* Sections in the order of enum mini_sec, .bss, .symtab, .strtab, .shstrtab; into m->elf. */
static inline void mini_write(struct mini *m)
{
	static const char *const names[] = { ".text", ".init.text", ".data", ".rodata", ".BTF_ids", ".BTF", ".rela.dyn", ".bss",
					     ".symtab", ".strtab", ".shstrtab" };
	enum { BSS = MINI_NSECS, SYMTAB, STRTAB, SHSTRTAB, NALL };
	struct buf tab = { 0 }, strs = { 0 }, shnames = { 0 }, *parts[NALL];
	uint64_t offset[NALL], at = m->is64 ? 64 : 52;
	uint32_t name[NALL];

	mini_write_symbols(m, &tab, &strs);
	buf_char(&shnames, 0);
	for (int i = 0; i < NALL; i++) {
		name[i] = (uint32_t)shnames.n;
		buf_put(&shnames, names[i], strlen(names[i]) + 1);
		parts[i] = i < MINI_NSECS ? &m->sec[i] : i == SYMTAB ? &tab : i == STRTAB ? &strs : i == SHSTRTAB ? &shnames : NULL;
	}
	for (int i = 0; i < NALL; i++) {
		offset[i] = at;
		at += parts[i] ? (parts[i]->n + 7) & ~7ull : 0;
	}
	m->elf.n = 0;
	mini_header(m, &m->elf, at, NALL + 1);
	for (int i = 0; i < NALL; i++) {
		while (m->elf.n < offset[i])
			buf_char(&m->elf, 0);
		if (parts[i])
			buf_put(&m->elf, parts[i]->v, parts[i]->n);
	}
	while (m->elf.n < at)
		buf_char(&m->elf, 0);
	mini_shdr(m, &m->elf, (const uint64_t[10]){ 0 });
	for (int i = 0; i < NALL; i++) {
		bool code = i == MINI_TEXT || i == MINI_INIT, mem = i <= BSS;
		uint64_t type = i == BSS ? SHT_NOBITS : i == SYMTAB ? SHT_SYMTAB : i == STRTAB || i == SHSTRTAB ? SHT_STRTAB :
				i == MINI_RELA ? SHT_RELA : SHT_PROGBITS;

		mini_shdr(m, &m->elf, (const uint64_t[10]){ name[i], type, mem ? code ? 6 : 3 : 0,
			  mem ? mini_base(m, (enum mini_sec)i) : 0, offset[i], parts[i] ? parts[i]->n : 0x1000,
			  i == SYMTAB ? STRTAB + 1 : 0, i == SYMTAB ? 1 : 0, 8, i == SYMTAB ? m->is64 ? 24 : 16 : 0 });
	}
	buf_done(&tab);
	buf_done(&strs);
	buf_done(&shnames);
}

static inline void mini_init(struct mini *m, bool is64, bool be, uint16_t machine)
{
	memset(m, 0, sizeof(*m));
	m->is64 = is64;
	m->be = be;
	m->machine = machine;
	m->p = is64 ? 8 : 4;
	strtab_init(&m->str);
	type_table_init(&m->types);
	surface_init(&m->s, &m->str, &m->types);
	m->s.info.pointer_size = m->p;
	m->s.info.big_endian = be;
}

static inline void mini_done(struct mini *m)
{
	surface_done(&m->s);
	type_table_done(&m->types);
	strtab_done(&m->str);
	for (int i = 0; i < MINI_NSECS; i++)
		buf_done(&m->sec[i]);
	buf_done(&m->elf);
	VEC_DONE(&m->syms);
}

/* All of it: what test_kernel.c says of it is what this builds. */
static inline void mini_whole(struct mini *m)
{
	static const char *const btf_names[] = { "kf_get", "kf_put", "not_a_kfunc" };
	uint64_t open, ni, close, put, get, init, sets;

	mini_types(m);
	mini_func(m, MINI_TEXT, "before", NULL);
	mini_label(m, m->machine == EM_X86_64 ? "__x64_sys_open.localalias" : "sys_open.localalias", mini_here(m, MINI_TEXT), 16,
		   STT_FUNC, STB_LOCAL);
	open = mini_func(m, MINI_TEXT, m->machine == EM_X86_64 ? "__x64_sys_open" : "sys_open", "name");
	ni = mini_func(m, MINI_TEXT, "sys_ni_syscall", NULL);
	close = mini_func(m, MINI_TEXT, "sys_close_wrapper", NULL);
	mini_label(m, "__se_sys_close_wrapper", close, 16, STT_FUNC, STB_LOCAL);
	mini_func(m, MINI_TEXT, "trace_event_raw_event_cls", "probed");
	mini_func(m, MINI_TEXT, "security_file_open", "file");
	get = mini_func(m, MINI_TEXT, "kf_get", "got");
	put = mini_func(m, MINI_TEXT, "kf_put", "put");
	init = mini_func(m, MINI_INIT, "starts", NULL);
	mini_label(m, "__init_begin", mini_base(m, MINI_INIT), 0, STT_NOTYPE, STB_GLOBAL);
	mini_label(m, "__init_end", mini_here(m, MINI_INIT), 0, STT_NOTYPE, STB_GLOBAL);
	mini_label(m, "__noinstr_text_start", close, 0, STT_NOTYPE, STB_GLOBAL);
	mini_label(m, "__noinstr_text_end", close + 16, 0, STT_NOTYPE, STB_GLOBAL);
	if (m->machine == EM_X86_64)
		mini_switch(m, close, open, open, ni);
	mini_events(m);
	mini_label(m, "sys_call_table", mini_here(m, MINI_DATA), 4 * m->p, STT_OBJECT, STB_GLOBAL);
	mini_ptr(m, MINI_DATA, open);
	mini_ptr(m, MINI_DATA, ni);
	mini_ptr(m, MINI_DATA, close);
	mini_ptr(m, MINI_DATA, open);
	mini_addresses(m, "__start_mcount_loc", "__stop_mcount_loc", (const uint64_t[]){ 0, open, get + 4, init }, 4);
	mini_addresses(m, "__start_kprobe_blacklist", "__stop_kprobe_blacklist", (const uint64_t[]){ put }, 1);
	mini_addresses(m, "__start_error_injection_whitelist", "__stop_error_injection_whitelist",
		       (const uint64_t[]){ open, 0, get, 0 }, 4);
	mini_btf(m, btf_names, 3);
	sets = mini_set8(m, "__BTF_ID__set8__kf_set", 1, (const uint32_t[]){ 2, 1 | 4, 3, 2 }, 2);
	mini_set8(m, "__BTF_ID__set8__other", 0, (const uint32_t[]){ 4, 0 }, 1);
	mini_label(m, "kf_kset", mini_here(m, MINI_DATA), 2 * m->p, STT_OBJECT, STB_LOCAL);
	mini_ptr(m, MINI_DATA, 0);
	mini_ptr(m, MINI_DATA, sets);
	mini_config(m, "# comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x y\"\n");
	mini_write(m);
}

static inline int mini_read(struct mini *m, struct kernel_facts *facts, struct err *err)
{
	struct image *img;
	int rc = image_open_mem("mini", m->elf.v, m->elf.n, &img, err);

	if (rc)
		return rc;
	rc = kernel_read(img, &m->s, facts, err);
	image_close(img);
	return rc;
}

#endif
