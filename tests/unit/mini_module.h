/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A module in small, written by hand in either byte order, of any machine: an ELF file of type REL with code, data and
 * debug sections, and the relocations that a test asks for. For unit tests and the fuzzer.
 */
#ifndef KSURF_MINI_MODULE_H
#define KSURF_MINI_MODULE_H

#include "base/base.h"

#include <elf.h>

enum mm_sec {
	MM_NULL, MM_TEXT, MM_INIT, MM_DATA, MM_BSS, MM_INFO, MM_STR, MM_REL_TEXT, MM_REL_DATA, MM_REL_INFO, MM_SYMTAB,
	MM_STRTAB, MM_MODINFO, MM_SHSTRTAB, MM_NSECS
};

/* Symbols: those of sections have the section's number. */
enum mm_sym { MM_SYM_FUNC = MM_STR + 1, MM_SYM_OBJECT, MM_SYM_UNDEF, MM_SYM_ABS, MM_NSYMS };

/* Where they lie. */
#define MM_FUNC_AT   0x10
#define MM_OBJECT_AT 0x20
#define MM_ABS_VALUE 0x1234

/* Where the sections are put: docs/semantics.md, section 2. */
#define MM_TEXT_ADDR 0x100000ull
#define MM_INIT_ADDR 0x100044ull
#define MM_DATA_ADDR 0x1000a0ull
#define MM_BSS_ADDR  0x100100ull

#define MM_BYTES 64 /* of each section of code and data */

struct mm_header {
	uint32_t type;
	uint64_t flags, align;
	uint32_t link, info, entsize;
};

struct mm {
	bool be, is64, rela;
	uint16_t machine;
	struct buf sec[MM_NSECS];
	struct mm_header header[MM_NSECS];
	uint64_t bss_size;
	struct buf elf;
};

static inline void mm_put(const struct mm *m, struct buf *b, uint64_t v, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		buf_char(b, (char)(v >> 8 * (m->be ? n - 1 - i : i)));
}

/* A number of the class's size. */
static inline void mm_word(const struct mm *m, struct buf *b, uint64_t v)
{
	mm_put(m, b, v, m->is64 ? 8 : 4);
}

static inline void mm_symbol(struct mm *m, const char *name, uint64_t value, uint64_t size, uint8_t info, uint16_t shndx)
{
	struct buf *b = &m->sec[MM_SYMTAB];

	mm_put(m, b, m->sec[MM_STRTAB].n, 4);
	buf_put(&m->sec[MM_STRTAB], name, strlen(name) + 1);
	if (!m->is64) {
		mm_put(m, b, value, 4);
		mm_put(m, b, size, 4);
	}
	buf_char(b, (char)info);
	buf_char(b, 0);
	mm_put(m, b, shndx, 2);
	if (m->is64) {
		mm_put(m, b, value, 8);
		mm_put(m, b, size, 8);
	}
}

static inline void mm_reloc(struct mm *m, enum mm_sec rel, uint64_t at, uint32_t sym, uint32_t type, int64_t addend)
{
	struct buf *b = &m->sec[rel];

	mm_word(m, b, at);
	mm_word(m, b, m->is64 ? (uint64_t)sym << 32 | type : (uint64_t)sym << 8 | type);
	if (m->rela)
		mm_word(m, b, (uint64_t)addend);
}

static inline void mm_init(struct mm *m, uint16_t machine, bool is64, bool be, bool rela)
{
	static const char modinfo[] = "license=GPL\0name=mini_mod\0vermagic=6.1.0-9-mini SMP preempt mod_unload ";
	const uint32_t rel = rela ? SHT_RELA : SHT_REL, each = (is64 ? 8 : 4) * (rela ? 3u : 2u);

	*m = (struct mm){ .be = be, .is64 = is64, .rela = rela, .machine = machine, .bss_size = 0x5000 };
	m->header[MM_TEXT] = (struct mm_header){ SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, 0, 0, 0 };
	m->header[MM_INIT] = (struct mm_header){ SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 4, 0, 0, 0 };
	m->header[MM_DATA] = (struct mm_header){ SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 32, 0, 0, 0 };
	m->header[MM_BSS] = (struct mm_header){ SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 256, 0, 0, 0 };
	m->header[MM_INFO] = (struct mm_header){ SHT_PROGBITS, 0, 1, 0, 0, 0 };
	m->header[MM_STR] = (struct mm_header){ SHT_PROGBITS, 0, 1, 0, 0, 0 };
	m->header[MM_REL_TEXT] = (struct mm_header){ rel, SHF_INFO_LINK, 8, MM_SYMTAB, MM_TEXT, each };
	m->header[MM_REL_DATA] = (struct mm_header){ rel, SHF_INFO_LINK, 8, MM_SYMTAB, MM_DATA, each };
	m->header[MM_REL_INFO] = (struct mm_header){ rel, SHF_INFO_LINK, 8, MM_SYMTAB, MM_INFO, each };
	m->header[MM_SYMTAB] = (struct mm_header){ SHT_SYMTAB, 0, 8, MM_STRTAB, 1, is64 ? 24 : 16 };
	m->header[MM_STRTAB] = (struct mm_header){ SHT_STRTAB, 0, 1, 0, 0, 0 };
	m->header[MM_MODINFO] = (struct mm_header){ SHT_PROGBITS, SHF_ALLOC, 1, 0, 0, 0 };
	m->header[MM_SHSTRTAB] = (struct mm_header){ SHT_STRTAB, 0, 1, 0, 0, 0 };
	for (unsigned int s = MM_TEXT; s <= MM_INFO; s++)
		for (unsigned int i = 0; s != MM_BSS && i < MM_BYTES; i++)
			buf_char(&m->sec[s], 0);
	buf_put(&m->sec[MM_STR], "nothing", 8);
	buf_put(&m->sec[MM_MODINFO], modinfo, sizeof(modinfo));
	mm_symbol(m, "", 0, 0, 0, 0);
	for (uint16_t s = MM_TEXT; s <= MM_STR; s++)
		mm_symbol(m, "", 0, 0, STT_SECTION, s);
	mm_symbol(m, "mini_func", MM_FUNC_AT, 8, STB_GLOBAL << 4 | STT_FUNC, MM_TEXT);
	mm_symbol(m, "mini_object", MM_OBJECT_AT, 8, STT_OBJECT, MM_DATA);
	mm_symbol(m, "elsewhere", 0, 0, STB_GLOBAL << 4, SHN_UNDEF);
	mm_symbol(m, "absolute", MM_ABS_VALUE, 0, 0, SHN_ABS);
}

static inline void mm_section(struct mm *m, unsigned int i, uint64_t name, uint64_t offset)
{
	const struct mm_header *h = &m->header[i];

	mm_put(m, &m->elf, name, 4);
	mm_put(m, &m->elf, h->type, 4);
	mm_word(m, &m->elf, h->flags);
	mm_word(m, &m->elf, 0);
	mm_word(m, &m->elf, offset);
	mm_word(m, &m->elf, i == MM_BSS ? m->bss_size : m->sec[i].n);
	mm_put(m, &m->elf, h->link, 4);
	mm_put(m, &m->elf, h->info, 4);
	mm_word(m, &m->elf, h->align);
	mm_word(m, &m->elf, h->entsize);
}

static inline void mm_ident(struct mm *m)
{
	struct buf *b = &m->elf;

	buf_put(b, ELFMAG, SELFMAG);
	buf_char(b, m->is64 ? ELFCLASS64 : ELFCLASS32);
	buf_char(b, m->be ? ELFDATA2MSB : ELFDATA2LSB);
	buf_char(b, EV_CURRENT);
	for (int i = 7; i < EI_NIDENT; i++)
		buf_char(b, 0);
	mm_put(m, b, ET_REL, 2);
	mm_put(m, b, m->machine, 2);
	mm_put(m, b, EV_CURRENT, 4);
}

/* The file, into m->elf. Names of sections are numbers of what is above but for those that are looked for. */
static inline void mm_write(struct mm *m)
{
	static const char *const names[MM_NSECS] = {
		"", ".text", ".init.text", ".data", ".bss", ".debug_info", ".debug_str", ".rel.text", ".rel.data",
		".rel.debug_info", ".symtab", ".strtab", ".modinfo", ".shstrtab",
	};
	uint64_t name[MM_NSECS], offset[MM_NSECS], head = m->is64 ? 64 : 52, at = head;

	m->elf.n = m->sec[MM_SHSTRTAB].n = 0;
	for (unsigned int i = 0; i < MM_NSECS; i++) {
		name[i] = m->sec[MM_SHSTRTAB].n;
		buf_put(&m->sec[MM_SHSTRTAB], names[i], strlen(names[i]) + 1);
	}
	for (unsigned int i = 0; i < MM_NSECS; i++) {
		offset[i] = at;
		at = (at + m->sec[i].n + 7) & ~7ull;
	}
	mm_ident(m);
	mm_word(m, &m->elf, 0);
	mm_word(m, &m->elf, 0);
	mm_word(m, &m->elf, at);
	mm_put(m, &m->elf, 0, 4);
	mm_put(m, &m->elf, head, 2);
	mm_put(m, &m->elf, 0, 2);
	mm_put(m, &m->elf, 0, 2);
	mm_put(m, &m->elf, m->is64 ? 64 : 40, 2);
	mm_put(m, &m->elf, MM_NSECS, 2);
	mm_put(m, &m->elf, MM_SHSTRTAB, 2);
	for (unsigned int i = 0; i < MM_NSECS; i++) {
		if (m->sec[i].n)
			buf_put(&m->elf, m->sec[i].v, m->sec[i].n);
		while (m->elf.n % 8)
			buf_char(&m->elf, 0);
	}
	for (unsigned int i = 0; i < MM_NSECS; i++)
		mm_section(m, i, name[i], offset[i]);
}

static inline void mm_done(struct mm *m)
{
	for (unsigned int i = 0; i < MM_NSECS; i++)
		buf_done(&m->sec[i]);
	buf_done(&m->elf);
}

#endif
