// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The yardstick of `make bench`: a one-thread pass over .debug_info that decodes each DIE's abbreviation code and skips its
 * attributes, one by one, and does nothing else. It trusts its input and reads the host's byte order only. With -s it jumps over
 * type DIEs' children by DW_AT_sibling, as a reader that wants functions would. With -m attributes of fixed size that follow each
 * other are skipped in one step: the best that such a pass can do. Prints "SECONDS DIES MIB".
 *
 *   bare_pass [-s] [-m] VMLINUX
 */
#define _GNU_SOURCE
#include <dwarf.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What to do to get past an attribute; runs of fixed sizes are one step. */
enum op {
	OP_END,
	OP_FIXED,
	OP_ULEB,
	OP_STRING,
	OP_BLOCK,
	OP_BLOCK1,
	OP_BLOCK2,
	OP_BLOCK4,
	OP_SIBLING4,
	OP_INDIRECT
};

struct step {
	uint8_t op;
	uint8_t size;
};

struct abbrev {
	uint16_t tag;
	bool children, jump; /* jump: a type with DW_AT_sibling */
	struct step steps[30];
};

struct table {
	uint64_t offset;
	struct abbrev *v;
	size_t n;
};

static const uint8_t *info, *abbrevs;
static size_t info_size;
static bool merge;

static uint64_t uleb(const uint8_t **p)
{
	uint64_t v = 0;
	unsigned int shift = 0;
	uint8_t b;

	do {
		b = *(*p)++;
		v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	return v;
}

static uint64_t fixed(const uint8_t *p, unsigned int n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

static int fixed_size(uint64_t form, unsigned int offset_size, unsigned int address_size)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return (int)address_size;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_ref_addr:
	case DW_FORM_strp_sup:
		return (int)offset_size;
	default:
		return -1;
	}
}

static enum op other(uint64_t form)
{
	switch (form) {
	case DW_FORM_string:
		return OP_STRING;
	case DW_FORM_block1:
		return OP_BLOCK1;
	case DW_FORM_block2:
		return OP_BLOCK2;
	case DW_FORM_block4:
		return OP_BLOCK4;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		return OP_BLOCK;
	case DW_FORM_udata:
	case DW_FORM_sdata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_rnglistx:
	case DW_FORM_loclistx:
		return OP_ULEB;
	default:
		errx(1, "form 0x%llx", (unsigned long long)form);
	}
}

static bool is_type(uint64_t tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type || tag == DW_TAG_array_type ||
	       tag == DW_TAG_subroutine_type;
}

static void compile_abbrevs(struct table *t, uint64_t offset, unsigned int offset_size,
			    unsigned int address_size)
{
	const uint8_t *p = abbrevs + offset;
	uint64_t code, name, form;

	t->n = 1;
	t->v = calloc(1, sizeof(*t->v));
	t->offset = offset;
	while ((code = uleb(&p))) {
		struct abbrev *a;
		unsigned int n = 0;

		if (code >= t->n) {
			t->v = realloc(t->v, (code + 1) * sizeof(*t->v));
			if (!t->v)
				err(1, "memory");
			memset(t->v + t->n, 0, (code + 1 - t->n) * sizeof(*t->v));
			t->n = code + 1;
		}
		a = &t->v[code];
		a->tag = (uint16_t)uleb(&p);
		a->children = *p++;
		for (;;) {
			int size;

			name = uleb(&p);
			form = uleb(&p);
			if (form == DW_FORM_implicit_const)
				uleb(&p);
			if (!name && !form)
				break;
			size = fixed_size(form, offset_size, address_size);
			if (name == DW_AT_sibling && form == DW_FORM_ref4 && a->children &&
			    is_type(a->tag)) {
				a->jump = true;
				a->steps[n++].op = OP_SIBLING4;
			} else if (merge && size >= 0 && n && a->steps[n - 1].op == OP_FIXED &&
				   a->steps[n - 1].size + size < 256) {
				a->steps[n - 1].size = (uint8_t)(a->steps[n - 1].size + size);
			} else if (size >= 0) {
				a->steps[n++] = (struct step){ OP_FIXED, (uint8_t)size };
			} else if (size < 0) {
				a->steps[n++].op = (uint8_t)other(form);
			}
			if (n + 1 >= sizeof(a->steps) / sizeof(*a->steps))
				errx(1, "too many attributes");
		}
	}
}

static uint64_t pass(bool siblings)
{
	const uint8_t *p = info, *end = info + info_size;
	struct table t = { 0 };
	uint64_t dies = 0;

	while (p < end) {
		const uint8_t *unit = p, *next, *jump;
		unsigned int offset_size = 4, address_size, version;
		uint64_t length = fixed(p, 4), offset, code;
		uint8_t type = DW_UT_compile;

		p += 4;
		if (length == 0xffffffff) {
			offset_size = 8;
			length = fixed(p, 8);
			p += 8;
		}
		next = p + length;
		version = (unsigned int)fixed(p, 2);
		p += 2;
		if (version >= 5) {
			type = *p++;
			address_size = *p++;
			offset = fixed(p, offset_size);
			p += offset_size;
			if (type == DW_UT_type)
				p += 8 + offset_size;
			else if (type == DW_UT_skeleton || type == DW_UT_split_compile)
				p += 8;
		} else {
			offset = fixed(p, offset_size);
			p += offset_size;
			address_size = *p++;
		}
		if (!t.v || t.offset != offset) {
			free(t.v);
			compile_abbrevs(&t, offset, offset_size, address_size);
		}
		while (p < next) {
			const struct abbrev *a;

			code = uleb(&p);
			if (!code)
				continue;
			dies++;
			a = &t.v[code];
			jump = NULL;
			for (const struct step *s = a->steps; s->op; s++) {
				switch ((enum op)s->op) {
				case OP_FIXED:
					p += s->size;
					break;
				case OP_ULEB:
					while (*p++ & 0x80)
						;
					break;
				case OP_STRING:
					p += strlen((const char *)p) + 1;
					break;
				case OP_BLOCK: {
					uint64_t n = uleb(&p);

					p += n;
					break;
				}
				case OP_BLOCK1:
					p += 1 + fixed(p, 1);
					break;
				case OP_BLOCK2:
					p += 2 + fixed(p, 2);
					break;
				case OP_BLOCK4:
					p += 4 + fixed(p, 4);
					break;
				case OP_SIBLING4:
					jump = unit + fixed(p, 4);
					p += 4;
					break;
				case OP_END:
				case OP_INDIRECT:
					break;
				}
			}
			if (jump && siblings)
				p = jump;
		}
		p = next;
	}
	free(t.v);
	return dies;
}

static const uint8_t *section(Elf *elf, const char *name, size_t *size)
{
	Elf_Scn *scn = NULL;
	size_t names;

	elf_getshdrstrndx(elf, &names);
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		Elf_Data *data;

		gelf_getshdr(scn, &shdr);
		if (strcmp(elf_strptr(elf, names, shdr.sh_name), name))
			continue;
		if (shdr.sh_flags & SHF_COMPRESSED)
			elf_compress(scn, 0, 0);
		data = elf_rawdata(scn, NULL);
		*size = data->d_size;
		return data->d_buf;
	}
	errx(1, "no %s", name);
}

int main(int argc, char **argv)
{
	bool siblings = false;
	struct timespec a, b;
	uint64_t dies;
	size_t size;
	Elf *elf;
	int fd, opt;

	while ((opt = getopt(argc, argv, "sm")) != -1) {
		siblings |= opt == 's';
		merge |= opt == 'm';
	}
	if (optind + 1 != argc)
		errx(2, "usage: bare_pass [-s] [-m] VMLINUX");
	fd = open(argv[optind], O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[optind]);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	info = section(elf, ".debug_info", &info_size);
	abbrevs = section(elf, ".debug_abbrev", &size);
	/* Pages are mapped before the clock starts: the pass is about decoding. */
	for (size_t i = 0; i < info_size; i += 4096)
		*(volatile const uint8_t *)(info + i);
	clock_gettime(CLOCK_MONOTONIC, &a);
	dies = pass(siblings);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.4f %llu %.1f\n",
	       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9,
	       (unsigned long long)dies, (double)info_size / 1048576);
	return 0;
}
