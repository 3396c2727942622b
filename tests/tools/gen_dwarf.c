// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes small ELF "kernels" with DWARF by hand, in forms that a test machine's compilers do not make: either byte order and
 * class, DWARF 2 to 5, each form of a string, address, range, reference and constant, partial and type units, a Rust unit;
 * and damaged ones. All of them describe the same functions (tests/fixtures/generated.txt), damage adds one unit in the middle.
 * Sources: DWARF 5, sections 3, 6 and 7; the ELF gABI.
 *
 *   gen_dwarf FILE [be] [32] [d64] [v2|v3|v4|v5] [strp] [strx] [addrx] [rnglistx] [refs] [consts] [indirect] [partial] [types]
 *             [rust] [badtypes] [damage=KIND] [good=N]
 *   gen_dwarf list    the kinds of damage
 */
#define _GNU_SOURCE
#include <dwarf.h>
#include <elf.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT	 0x8000u
#define MAX_SECS 24

struct sec {
	const char *name;
	uint8_t *v;
	size_t n;
	uint32_t type, link, info, entsize;
	uint64_t flags, addr;
};

static struct {
	bool be, is32, d64, strp, strx, addrx, rnglistx, refs, consts, indirect, partial, types,
		rust, badtypes;
	int version;
	unsigned int good;
	const char *damage;
} o = { .version = 5, .good = 20, .damage = "" };

static struct sec info = { .name = ".debug_info" }, abbrev = { .name = ".debug_abbrev" },
		  line = { .name = ".debug_line" }, str = { .name = ".debug_str" },
		  line_str = { .name = ".debug_line_str" }, addrs = { .name = ".debug_addr" },
		  str_offsets = { .name = ".debug_str_offsets" },
		  ranges = { .name = ".debug_ranges" }, rnglists = { .name = ".debug_rnglists" },
		  types = { .name = ".debug_types" }, symtab = { .name = ".symtab" },
		  strtab = { .name = ".strtab" };
static struct sec *to = &info; /* where DIEs go */
static unsigned int turn;      /* forms take turns */

/* ---- bytes ---- */

static void put(struct sec *s, const void *p, size_t n)
{
	s->v = realloc(s->v, s->n + n + 1);
	if (!s->v)
		err(1, "memory");
	memcpy(s->v + s->n, p, n);
	s->n += n;
}

static void set_num(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[o.be ? n - 1 - i : i] = i < 8 ? (uint8_t)(v >> 8 * i) : 0;
}

static void num(struct sec *s, uint64_t v, size_t n)
{
	uint8_t b[16] = { 0 };

	set_num(b, v, n);
	put(s, b, n);
}

static void uleb(struct sec *s, uint64_t v)
{
	do {
		num(s, (v & 0x7f) | (v > 0x7f ? 0x80 : 0), 1);
		v >>= 7;
	} while (v);
}

static uint64_t text(struct sec *s, const char *t)
{
	uint64_t at = s->n;

	put(s, t, strlen(t) + 1);
	return at;
}

static size_t off_size(void)
{
	return o.d64 ? 8 : 4;
}

static size_t addr_size(void)
{
	return o.is32 ? 4 : 8;
}

static void offset(struct sec *s, uint64_t v)
{
	num(s, v, off_size());
}

/* A length field to be closed by end_length(); gives the place of the first byte after it. */
static size_t begin_length(struct sec *s)
{
	if (o.d64)
		num(s, 0xffffffff, 4);
	offset(s, 0);
	return s->n;
}

static void end_length(struct sec *s, size_t start)
{
	set_num(s->v + start - off_size(), s->n - start, off_size());
}

/* ---- DIEs ---- */

enum kind {
	STR,
	FILENAME,
	NUM,
	SMALL,
	FLAG,
	ADDR,
	SIZE,
	REF,
	REFA,
	SIG8,
	RANGES,
	EXPR,
	SECOFF,
	RAW
};

struct at {
	int name;
	enum kind kind;
	uint64_t v;
	const char *s;
	int form; /* RAW: v in that form */
};

static size_t unit; /* offset of the current unit's header in `to` */
static size_t unit_body;
static struct {
	char spec[256];
} specs[128];
static unsigned int nspecs;

static void begin_abbrevs(void)
{
	nspecs = 0;
}

static int pick_form(const struct at *a)
{
	static const int strxs[] = { DW_FORM_strx1, DW_FORM_strx2, DW_FORM_strx3, DW_FORM_strx4,
				     DW_FORM_strx };
	static const int addrxs[] = { DW_FORM_addrx1, DW_FORM_addrx2, DW_FORM_addrx3,
				      DW_FORM_addrx4, DW_FORM_addrx };
	static const int refs[] = { DW_FORM_ref4, DW_FORM_ref2, DW_FORM_ref8, DW_FORM_ref_udata };
	static const int nums[] = { DW_FORM_udata, DW_FORM_data4, DW_FORM_data8, DW_FORM_sdata,
				    DW_FORM_data2 };
	static const int blocks[] = { DW_FORM_exprloc, DW_FORM_block1, DW_FORM_block,
				      DW_FORM_block2, DW_FORM_block4 };

	turn++;
	switch (a->kind) {
	case STR:
		return o.strx ? strxs[turn % 5] : o.strp ? DW_FORM_strp : DW_FORM_string;
	case FILENAME:
		return o.version >= 5 && o.strp ? DW_FORM_line_strp :
		       o.strx			? DW_FORM_strx :
						  DW_FORM_string;
	case NUM:
		return o.consts ? nums[turn % 5] : DW_FORM_data2;
	case SMALL:
		return o.consts && o.version >= 5 ? DW_FORM_implicit_const : DW_FORM_data1;
	case FLAG:
		return o.version >= 4 && a->v && o.consts ? DW_FORM_flag_present : DW_FORM_flag;
	case ADDR:
		return o.addrx ? addrxs[turn % 5] : DW_FORM_addr;
	case SIZE:
		return o.version < 4 ? DW_FORM_addr : o.consts ? DW_FORM_udata : DW_FORM_data4;
	case REF:
		return o.refs ? refs[turn % 4] : DW_FORM_ref4;
	case REFA:
		return DW_FORM_ref_addr;
	case SIG8:
		return DW_FORM_ref_sig8;
	case RANGES:
		return o.rnglistx    ? DW_FORM_rnglistx :
		       o.version < 4 ? (o.d64 ? DW_FORM_data8 : DW_FORM_data4) :
				       DW_FORM_sec_offset;
	case SECOFF:
		return o.version < 4 ? (o.d64 ? DW_FORM_data8 : DW_FORM_data4) : DW_FORM_sec_offset;
	case EXPR:
		return o.consts ? blocks[turn % 5] : DW_FORM_block1;
	case RAW:
		break;
	}
	return a->form;
}

/* An index into the string offsets (or addresses), one for each use. */
static uint64_t index_of(struct sec *table, uint64_t value, size_t width)
{
	if (!table->n) {
		begin_length(table);
		num(table, 5, 2);
		num(table, table == &addrs ? addr_size() : 0, 1);
		num(table, 0, 1);
	}
	num(table, value, width);
	return (table->n - (o.d64 ? 16 : 8)) / width - 1;
}

static void put_value(int form, const struct at *a)
{
	uint64_t v = a->v;

	if (form == DW_FORM_indirect) {
		struct at direct = *a;
		int real = a->kind == STR  ? DW_FORM_string :
			   a->kind == FLAG ? DW_FORM_flag :
					     DW_FORM_udata;

		uleb(to, (uint64_t)real);
		put_value(real, &direct);
		return;
	}
	switch (form) {
	case DW_FORM_string:
		text(to, a->s);
		return;
	case DW_FORM_strp:
		offset(to, a->s ? text(&str, a->s) : v);
		return;
	case DW_FORM_line_strp:
		offset(to, text(&line_str, a->s));
		return;
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_strx:
		v = a->s ? index_of(&str_offsets, text(&str, a->s), off_size()) : v;
		break;
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_addrx:
		v = a->kind == ADDR ? index_of(&addrs, v, addr_size()) : v;
		break;
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		v = a->kind == REF ? v - unit : v;
		break;
	default:
		break;
	}
	switch (form) {
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
	case DW_FORM_data1:
	case DW_FORM_flag:
	case DW_FORM_ref1:
		num(to, v, 1);
		break;
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
	case DW_FORM_data2:
	case DW_FORM_ref2:
		num(to, v, 2);
		break;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		num(to, v, 3);
		break;
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_data4:
	case DW_FORM_ref4:
		num(to, v, 4);
		break;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
		num(to, v, 8);
		break;
	case DW_FORM_data16:
		num(to, v, 16);
		break;
	case DW_FORM_addr:
		num(to, v, addr_size());
		break;
	case DW_FORM_ref_addr: /* an address in DWARF 2, an offset since */
		num(to, v, o.version == 2 ? addr_size() : off_size());
		break;
	case DW_FORM_sec_offset:
		offset(to, v);
		break;
	case DW_FORM_exprloc:
	case DW_FORM_block:
		uleb(to, v ? v : 2);
		num(to, 0x9c9c, 2);
		break;
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
		num(to, 2, form == DW_FORM_block1 ? 1 : form == DW_FORM_block2 ? 2 : 4);
		num(to, 0x9c9c, 2);
		break;
	case DW_FORM_sdata: /* small positive numbers only: one more group keeps the sign clear */
		num(to, (v & 0x7f) | 0x80, 1);
		num(to, v >> 7, 1);
		break;
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		break;
	default:
		uleb(to, v);
	}
}

/* One DIE; returns its offset. Attributes end at name 0. */
static size_t die(int tag, bool children, const struct at *as)
{
	char spec[256];
	size_t at = to->n, n;
	int forms[24], code;
	unsigned int i;

	n = (size_t)snprintf(spec, sizeof(spec), "%x.%d", tag, children);
	for (i = 0; as[i].name; i++) {
		forms[i] = pick_form(&as[i]);
		if (o.indirect && turn % 3 == 0 &&
		    (as[i].kind == STR || as[i].kind == NUM || as[i].kind == FLAG))
			forms[i] = DW_FORM_indirect;
		n += (size_t)snprintf(spec + n, sizeof(spec) - n, ",%x:%x:%x", as[i].name, forms[i],
				      forms[i] == DW_FORM_implicit_const ? (unsigned int)as[i].v :
									   0);
	}
	for (code = 0; code < (int)nspecs && strcmp(specs[code].spec, spec); code++)
		;
	if (code == (int)nspecs) {
		strcpy(specs[nspecs++].spec, spec);
		uleb(&abbrev, nspecs);
		uleb(&abbrev, (uint64_t)tag);
		num(&abbrev, children, 1);
		for (i = 0; as[i].name; i++) {
			uleb(&abbrev, (uint64_t)as[i].name);
			uleb(&abbrev, (uint64_t)forms[i]);
			if (forms[i] == DW_FORM_implicit_const)
				uleb(&abbrev, as[i].v);
		}
		num(&abbrev, 0, 2);
	}
	uleb(to, (uint64_t)code + 1);
	for (i = 0; as[i].name; i++)
		put_value(forms[i], &as[i]);
	return at;
}

#define DIE(tag, children, ...) die(tag, children, (const struct at[]){ __VA_ARGS__, { 0 } })
/* clang-format off */
#define NAME(x)		{ DW_AT_name, STR, 0, x, 0 }
#define FILE_(n)	{ DW_AT_decl_file, SMALL, n, NULL, 0 }
#define LINE(n)		{ DW_AT_decl_line, NUM, n, NULL, 0 }
#define EXTERNAL	{ DW_AT_external, FLAG, 1, NULL, 0 }
#define STATIC		{ DW_AT_external, FLAG, 0, NULL, 0 } /* as gas writes it */
#define DECLARED	{ DW_AT_declaration, FLAG, 1, NULL, 0 }
#define INLINE(n)	{ DW_AT_inline, SMALL, n, NULL, 0 }
#define LOW(a)		{ DW_AT_low_pc, ADDR, TEXT + (a), NULL, 0 }
#define HIGH(a, n)	{ DW_AT_high_pc, SIZE, o.version < 4 ? TEXT + (a) + (n) : (n), NULL, 0 }
#define ORIGIN(d)	{ DW_AT_abstract_origin, REF, d, NULL, 0 }
#define ORIGINA(d)	{ DW_AT_abstract_origin, REFA, d, NULL, 0 }
#define RANGES_		{ DW_AT_ranges, RANGES, ranges_value(), NULL, 0 }
#define TYPE(d)		{ DW_AT_type, REF, d, NULL, 0 }
#define CALL(d)		{ call_attribute(), REF, d, NULL, 0 }
#define CALLA(d)	{ call_attribute(), REFA, d, NULL, 0 }
#define FRAME		{ DW_AT_frame_base, EXPR, 0, NULL, 0 }
/* clang-format on */

/* Where the one list of ranges lies; with rnglistx, its index. */
static uint64_t ranges_value(void)
{
	return o.version < 5 || o.rnglistx ? 0 : o.d64 ? 20 : 12;
}

static int call_attribute(void)
{
	return o.version >= 5 ? DW_AT_call_origin : DW_AT_abstract_origin;
}

static int call_tag(void)
{
	return o.version >= 5 ? DW_TAG_call_site : DW_TAG_GNU_call_site;
}

static void end_children(void)
{
	num(to, 0, 1);
}

/* ---- line tables: only their file names are of interest ---- */

static uint64_t last_line; /* where the last line table begins */

static uint64_t line_table(const char *source)
{
	uint64_t at = line.n;
	size_t start = begin_length(&line), header;

	last_line = at;
	num(&line, (uint64_t)o.version, 2);
	if (o.version >= 5) {
		num(&line, addr_size(), 1);
		num(&line, 0, 1);
	}
	offset(&line, 0);
	header = line.n;
	num(&line, 1, 1); /* minimum instruction length */
	if (o.version >= 4)
		num(&line, 1, 1); /* operations an instruction */
	num(&line, 1, 1);
	num(&line, 0xfb, 1);
	num(&line, 14, 1);
	num(&line, 13, 1);
	put(&line, "\0\1\1\1\1\0\0\0\1\0\0\1", 12);
	if (o.version >= 5) {
		num(&line, 1, 1);
		uleb(&line, DW_LNCT_path);
		uleb(&line, o.strp ? DW_FORM_line_strp : DW_FORM_string);
		uleb(&line, 2);
		for (int i = 0; i < 2; i++) {
			const char *dir = i ? "include/linux" : "/src/linux";

			o.strp ? offset(&line, text(&line_str, dir)) : (void)text(&line, dir);
		}
		num(&line, 2, 1);
		uleb(&line, DW_LNCT_path);
		uleb(&line, DW_FORM_string);
		uleb(&line, DW_LNCT_directory_index);
		uleb(&line, DW_FORM_udata);
		uleb(&line, 3);
		for (int i = 0; i < 3; i++) {
			text(&line, i < 2 ? source : "a.h");
			uleb(&line, i < 2 ? 0 : 1);
		}
	} else {
		text(&line, "include/linux");
		num(&line, 0, 1);
		text(&line, source);
		put(&line, "\0\0\0", 3);
		text(&line, "a.h");
		put(&line, "\1\0\0", 3);
		num(&line, 0, 1);
	}
	set_num(line.v + header - off_size(), line.n - header, off_size());
	end_length(&line, start);
	return at;
}

/* ---- units ---- */

static void begin_unit_header(int type)
{
	unit = to->n;
	unit_body = begin_length(to);
	num(to, (uint64_t)o.version, 2);
	if (o.version >= 5) {
		num(to, (uint64_t)type, 1);
		num(to, addr_size(), 1);
		offset(to, abbrev.n);
	} else {
		offset(to, abbrev.n);
		num(to, addr_size(), 1);
	}
	begin_abbrevs();
}

static void begin_unit(int tag, const char *source, int lang)
{
	struct at as[16] = {
		{ DW_AT_producer, STR, 0, "gen_dwarf 1", 0 },
		{ DW_AT_language, NUM, (uint64_t)lang, NULL, 0 },
		{ DW_AT_name, FILENAME, 0, source, 0 },
		{ DW_AT_comp_dir, FILENAME, 0, "/src/linux", 0 },
		{ DW_AT_stmt_list, SECOFF, line_table(source), NULL, 0 },
	};
	unsigned int n = 5;

	if (o.strx)
		as[n++] = (struct at){ DW_AT_str_offsets_base, SECOFF, o.d64 ? 16 : 8, NULL, 0 };
	if (o.addrx)
		as[n++] = (struct at){ DW_AT_addr_base, SECOFF, o.d64 ? 16 : 8, NULL, 0 };
	if (o.rnglistx)
		as[n++] = (struct at){ DW_AT_rnglists_base, SECOFF, o.d64 ? 20 : 12, NULL, 0 };
	as[n++] = (struct at){ DW_AT_low_pc, ADDR, TEXT, NULL, 0 };
	begin_unit_header(tag == DW_TAG_partial_unit ? DW_UT_partial : DW_UT_compile);
	die(tag, true, as);
}

static void end_unit(void)
{
	end_children();
	num(&abbrev, 0, 1);
	end_length(to, unit_body);
}

static void import(size_t cu)
{
	DIE(DW_TAG_imported_unit, false, { DW_AT_import, REFA, cu, NULL, 0 });
}

/* The abstract instance that a partial unit holds for both units, or each holds for itself. */
static size_t shared_inline(void)
{
	return DIE(DW_TAG_subprogram, false, NAME("pu_inl"), FILE_(2), LINE(9), INLINE(3));
}

static void copy_of(size_t shared, unsigned int low)
{
	if (o.partial)
		DIE(DW_TAG_inlined_subroutine, false, ORIGINA(shared), LOW(low), HIGH(low, 4));
	else
		DIE(DW_TAG_inlined_subroutine, false, ORIGIN(shared), LOW(low), HIGH(low, 4));
}

static void type_unit(void)
{
	size_t start;

	if (o.version == 4)
		to = &types;
	begin_unit_header(DW_UT_type);
	num(to, 0x1122334455667788, 8);
	offset(to, 0);
	start = to->n;
	die(DW_TAG_type_unit, true,
	    (const struct at[]){ { DW_AT_language, NUM, DW_LANG_C11, NULL, 0 }, { 0 } });
	set_num(to->v + start - off_size(), to->n - unit, off_size());
	DIE(DW_TAG_structure_type, false, { DW_AT_name, RAW, 0, "signed_one", DW_FORM_string },
	    { DW_AT_byte_size, SMALL, 4, NULL, 0 });
	end_unit();
	to = &info;
}

/* Where the damage goes: the attribute that is to be wrong, in a unit of its own; the rest of the unit is fine. */
static void damaged_unit(void)
{
	const char *d = o.damage;
	size_t x, y, label, self;

	if (!*d)
		return;
	if (!strcmp(d, "zero-length")) {
		end_length(&info, begin_length(&info));
		return;
	}
	begin_unit(DW_TAG_compile_unit, "kernel/damaged.c", DW_LANG_C11);
	self = unit;
	x = DIE(DW_TAG_subprogram, false, NAME("damaged_first"), FILE_(1), LINE(2), EXTERNAL,
		DECLARED);
	if (!strcmp(d, "cycle") || !strcmp(d, "cycle-self")) {
		x = DIE(DW_TAG_subprogram, false,
			{ DW_AT_abstract_origin, RAW, 0, NULL, DW_FORM_ref4 }, LOW(0));
		y = DIE(DW_TAG_subprogram, false,
			{ DW_AT_abstract_origin, RAW, x - unit, NULL, DW_FORM_ref4 }, LOW(0));
		label = !strcmp(d, "cycle") ? y : x;
		set_num(info.v + x + 1, label - unit, 4);
		DIE(DW_TAG_inlined_subroutine, false, ORIGIN(y), LOW(0));
	} else if (!strcmp(d, "abbrev-code")) {
		uleb(to, 9999);
	} else if (!strcmp(d, "abbrev-uleb")) {
		for (int i = 0; i < 40; i++)
			num(to, 0xff, 1);
	} else if (!strcmp(d, "ref-out")) {
		DIE(call_tag(), false, { DW_AT_call_origin, RAW, 0x7fffffff, NULL, DW_FORM_ref4 });
		DIE(DW_TAG_subprogram, false,
		    { DW_AT_abstract_origin, RAW, 0x7ffffffe, NULL, DW_FORM_ref_addr }, LOW(0));
	} else if (!strcmp(d, "ref-middle")) {
		DIE(DW_TAG_subprogram, false,
		    { DW_AT_abstract_origin, RAW, x - unit + 1, NULL, DW_FORM_ref4 }, LOW(0));
	} else if (!strcmp(d, "strp-out")) {
		DIE(DW_TAG_subprogram, false, { DW_AT_name, RAW, 0x7ffffff0, NULL, DW_FORM_strp },
		    EXTERNAL, LOW(0));
	} else if (!strcmp(d, "strx-out")) {
		DIE(DW_TAG_subprogram, false, { DW_AT_name, RAW, 0xffffff, NULL, DW_FORM_strx3 },
		    EXTERNAL, LOW(0));
	} else if (!strcmp(d, "addrx-out")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_addrx"), EXTERNAL,
		    { DW_AT_low_pc, RAW, 0xffffff, NULL, DW_FORM_addrx4 });
	} else if (!strcmp(d, "rnglistx-out")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_ranges"), EXTERNAL,
		    { DW_AT_ranges, RAW, 0xffffff, NULL, DW_FORM_rnglistx });
	} else if (!strcmp(d, "ranges-out")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_ranges"), EXTERNAL,
		    { DW_AT_ranges, RAW, 0x7fffff0, NULL, DW_FORM_sec_offset });
	} else if (!strcmp(d, "file-out")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_file"), EXTERNAL,
		    { DW_AT_decl_file, RAW, 60000, NULL, DW_FORM_data2 }, LINE(3), LOW(0));
	} else if (!strcmp(d, "form-unknown")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_form"),
		    { DW_AT_decl_line, RAW, 1, NULL, 0x7f });
	} else if (!strcmp(d, "block-huge")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_block"),
		    { DW_AT_frame_base, RAW, 1ull << 60, NULL, DW_FORM_exprloc });
	} else if (!strcmp(d, "indirect-loop")) {
		x = DIE(DW_TAG_subprogram, false,
			{ DW_AT_decl_line, RAW, DW_FORM_indirect, NULL, DW_FORM_udata });
		abbrev.v[abbrev.n - 3] = DW_FORM_indirect;
		for (int i = 0; i < 200; i++)
			num(to, DW_FORM_indirect, 1);
	} else if (!strcmp(d, "sibling-self") || !strcmp(d, "sibling-out")) {
		x = DIE(DW_TAG_structure_type, true, { DW_AT_sibling, RAW, 0, NULL, DW_FORM_ref4 });
		set_num(info.v + x + 1, !strcmp(d, "sibling-self") ? x - unit : 0x7fffffff, 4);
		DIE(DW_TAG_subprogram, false, NAME("damaged_nested"), EXTERNAL, LOW(0));
		end_children();
	} else if (!strcmp(d, "import-self")) {
		import(unit_body + (o.version >= 5 ? 4 : 3) + off_size());
	} else if (!strcmp(d, "import-out")) {
		import(0x7ffffff0);
	} else if (!strcmp(d, "deep")) {
		for (int i = 0; i < 100000; i++)
			DIE(DW_TAG_lexical_block, true, LOW(0));
		for (int i = 0; i < 100000; i++)
			end_children();
	} else if (!strcmp(d, "children-open")) {
		for (int i = 0; i < 5; i++)
			DIE(DW_TAG_lexical_block, true, LOW(0));
	} else if (!strcmp(d, "nulls")) {
		for (int i = 0; i < 64; i++)
			num(to, 0, 1);
	} else if (!strcmp(d, "attr-cut")) {
		DIE(DW_TAG_subprogram, false, NAME("damaged_cut"), LOW(0));
		to->n -= 3;
	}
	if (strcmp(d, "attr-cut"))
		end_children();
	num(&abbrev, 0, 1);
	end_length(to, unit_body);
	x = unit_body;
	if (!strcmp(d, "unit-length"))
		set_num(info.v + x - off_size(), 0x7ffffff0, off_size());
	else if (!strcmp(d, "unit-length-reserved"))
		set_num(info.v + self, 0xfffffff3, 4);
	else if (!strcmp(d, "unit-length-short"))
		set_num(info.v + x - off_size(), 3, off_size());
	else if (!strcmp(d, "version"))
		set_num(info.v + x, 77, 2);
	else if (!strcmp(d, "unit-type"))
		info.v[x + 2] = 0x99;
	else if (!strcmp(d, "address-size"))
		info.v[x + (o.version >= 5 ? 3 : 2 + off_size())] = 3;
	else if (!strcmp(d, "abbrev-offset"))
		set_num(info.v + x + (o.version >= 5 ? 4 : 2), 0x7ffffff0, off_size());
	else if (!strcmp(d, "line-length"))
		set_num(line.v + last_line, 0x7ffffff0, 4);
}

static const char *const damages[] = {
	"zero-length",
	"cycle",
	"cycle-self",
	"abbrev-code",
	"abbrev-uleb",
	"ref-out",
	"ref-middle",
	"strp-out",
	"strx-out",
	"addrx-out",
	"rnglistx-out",
	"ranges-out",
	"file-out",
	"form-unknown",
	"block-huge",
	"indirect-loop",
	"sibling-self",
	"sibling-out",
	"import-self",
	"import-out",
	"deep",
	"children-open",
	"nulls",
	"attr-cut",
	"unit-length",
	"unit-length-reserved",
	"unit-length-short",
	"version",
	"unit-type",
	"address-size",
	"abbrev-offset",
	"line-length",
};

static void good_units(unsigned int from, unsigned int until)
{
	for (unsigned int i = from; i < until; i++) {
		char name[32], source[48];

		snprintf(name, sizeof(name), "good_%02u", i);
		snprintf(source, sizeof(source), "lib/%s.c", name);
		begin_unit(DW_TAG_compile_unit, source, DW_LANG_C11);
		DIE(DW_TAG_subprogram, false, NAME(strdup(name)), FILE_(1), LINE(100 + i), EXTERNAL,
		    LOW(0x1000 + 16 * i), HIGH(0x1000 + 16 * i, 16), FRAME);
		end_unit();
	}
}

#define AT_TYPE(d) { DW_AT_type, RAW, (d)-unit, NULL, DW_FORM_ref4 }
#define BYTES(n)   { DW_AT_byte_size, RAW, n, NULL, DW_FORM_data8 }
#define PLACE(n)   { DW_AT_data_member_location, RAW, n, NULL, DW_FORM_data8 }

/* A unit that can be walked to its end, of types that make no sense; one of them does. */
static void bad_types(void)
{
	size_t number, at, chain;

	begin_unit(DW_TAG_compile_unit, "kernel/types.c", DW_LANG_C11);
	number = DIE(DW_TAG_base_type, false, NAME("int"), BYTES(4), { DW_AT_encoding, SMALL, DW_ATE_signed, NULL, 0 });
	DIE(DW_TAG_typedef, false, NAME("itself"), AT_TYPE(to->n));
	at = DIE(DW_TAG_pointer_type, false, AT_TYPE(to->n));
	DIE(DW_TAG_typedef, false, NAME("to_itself"), AT_TYPE(at));
	at = DIE(DW_TAG_structure_type, true, NAME("holds_itself"), BYTES(8));
	DIE(DW_TAG_member, false, NAME("me"), AT_TYPE(at), PLACE(0));
	end_children();
	DIE(DW_TAG_structure_type, true, NAME("lost"), BYTES(8));
	DIE(DW_TAG_member, false, NAME("outside"), AT_TYPE(unit + 0x7fffffff), PLACE(0));
	DIE(DW_TAG_member, false, NAME("between"), AT_TYPE(number + 1), PLACE(4));
	end_children();
	chain = to->n;
	for (int i = 0; i < 2000; i++) /* each refers to the next */
		DIE(DW_TAG_volatile_type, false, AT_TYPE(to->n + 5));
	DIE(DW_TAG_base_type, false, NAME("char"), BYTES(1), { DW_AT_encoding, SMALL, DW_ATE_signed_char, NULL, 0 });
	DIE(DW_TAG_typedef, false, NAME("deep"), AT_TYPE(chain));
	at = DIE(DW_TAG_array_type, true, AT_TYPE(number));
	DIE(DW_TAG_subrange_type, false, { DW_AT_upper_bound, RAW, 1ull << 40, NULL, DW_FORM_data8 });
	DIE(DW_TAG_subrange_type, false, { DW_AT_upper_bound, RAW, UINT64_MAX, NULL, DW_FORM_data8 });
	end_children();
	DIE(DW_TAG_typedef, false, NAME("vast"), AT_TYPE(at));
	DIE(DW_TAG_structure_type, true, NAME("huge"), BYTES(1ull << 40));
	DIE(DW_TAG_member, false, NAME("far"), AT_TYPE(number), PLACE(1ull << 40));
	DIE(DW_TAG_member, false, NAME("wide"), AT_TYPE(number), PLACE(0), { DW_AT_bit_size, RAW, 300, NULL, DW_FORM_data2 });
	end_children();
	DIE(DW_TAG_enumeration_type, true, NAME("many"), BYTES(4));
	for (unsigned int i = 0; i < 70000; i++)
		DIE(DW_TAG_enumerator, false, { DW_AT_name, RAW, 0, "e", DW_FORM_string },
		    { DW_AT_const_value, RAW, i, NULL, DW_FORM_udata });
	end_children();
	DIE(DW_TAG_structure_type, true, NAME("still_good"), BYTES(4));
	DIE(DW_TAG_member, false, NAME("a"), AT_TYPE(number), PLACE(0));
	end_children();
	/* A clone of a function with "..." right behind another function, whose parameter that is not. */
	at = DIE(DW_TAG_subprogram, true, NAME("variadic"), EXTERNAL, INLINE(1));
	DIE(DW_TAG_unspecified_parameters, false, LINE(7));
	end_children();
	DIE(DW_TAG_subprogram, true, NAME("fixed"), EXTERNAL, AT_TYPE(number), LOW(0x240), HIGH(0x240, 8));
	DIE(DW_TAG_formal_parameter, false, NAME("a"), AT_TYPE(number));
	end_children();
	DIE(DW_TAG_subprogram, true, ORIGIN(at), LOW(0x250), HIGH(0x250, 8));
	DIE(DW_TAG_unspecified_parameters, false, LINE(7));
	end_children();
	end_unit();
}

static void all_units(void)
{
	size_t int_type, inl, target, twice, shared = 0, body, partial = 0, signed_type;

	if (o.types)
		type_unit();
	if (o.partial) {
		begin_unit(DW_TAG_partial_unit, "kernel/partial", DW_LANG_C11);
		partial = unit_body + (o.version >= 5 ? 4 : 3) + off_size();
		shared = shared_inline();
		end_unit();
	}
	begin_unit(DW_TAG_compile_unit, "kernel/a.c", DW_LANG_C11);
	if (o.partial)
		import(partial);
	int_type = DIE(DW_TAG_base_type, false, NAME("int"), { DW_AT_byte_size, SMALL, 4, NULL, 0 },
		       { DW_AT_encoding, SMALL, DW_ATE_signed, NULL, 0 });
	if (!o.partial)
		shared = shared_inline();
	inl = DIE(DW_TAG_subprogram, true, NAME("leaf_inl"), FILE_(2), LINE(7), INLINE(3),
		  TYPE(int_type));
	DIE(DW_TAG_formal_parameter, false, NAME("x"), TYPE(int_type));
	end_children();
	target = DIE(DW_TAG_subprogram, false, NAME("target"), FILE_(1), LINE(3), EXTERNAL,
		     DECLARED, TYPE(int_type));
	signed_type = o.types ? DIE(DW_TAG_pointer_type, false,
				    { DW_AT_type, SIG8, 0x1122334455667788, NULL, 0 }) :
				int_type;
	DIE(DW_TAG_subprogram, true, NAME("outer"), FILE_(1), LINE(10), EXTERNAL, TYPE(int_type),
	    LOW(0), HIGH(0, 0x40), FRAME);
	DIE(DW_TAG_formal_parameter, false, NAME("first"), TYPE(int_type),
	    { DW_AT_location, EXPR, 0, NULL, 0 });
	DIE(DW_TAG_formal_parameter, false, NAME("second"), TYPE(signed_type));
	DIE(DW_TAG_lexical_block, true, LOW(0x08), HIGH(0x08, 0x20));
	if (o.version >= 5 && o.consts)
		DIE(DW_TAG_variable, false, NAME("v"),
		    { DW_AT_const_value, RAW, 5, NULL, DW_FORM_data16 });
	DIE(DW_TAG_inlined_subroutine, true, ORIGIN(inl), LOW(0x10), HIGH(0x10, 8));
	copy_of(shared, 0x12);
	end_children();
	end_children();
	DIE(call_tag(), false, CALL(target), LOW(0x30));
	end_children();
	DIE(DW_TAG_subprogram, false, NAME("ranged"), FILE_(1), LINE(30), EXTERNAL, RANGES_);
	twice = DIE(DW_TAG_subprogram, false, NAME("twice"), FILE_(1), LINE(40), EXTERNAL,
		    INLINE(1));
	DIE(DW_TAG_subprogram, true, ORIGIN(twice), LOW(0xa0), HIGH(0xa0, 0x10));
	DIE(call_tag(), false, CALL(target));
	end_children();
	DIE(DW_TAG_subprogram, false, NAME("dup"), FILE_(1), LINE(50), STATIC, LOW(0xc0),
	    HIGH(0xc0, 8));
	end_unit();

	good_units(0, o.good / 2);
	damaged_unit();
	if (o.badtypes)
		bad_types();
	if (o.rust) {
		begin_unit(DW_TAG_compile_unit, "rust/core.rs", DW_LANG_Rust);
		DIE(DW_TAG_subprogram, true, NAME("rust_fn"), EXTERNAL, LOW(0x200), HIGH(0x200, 8));
		DIE(call_tag(), false, CALLA(target));
		end_children();
		end_unit();
	}

	begin_unit(DW_TAG_compile_unit, "kernel/b.c", DW_LANG_C99);
	if (o.partial)
		import(partial);
	else
		shared = shared_inline();
	body = DIE(DW_TAG_subprogram, false, NAME("target"), FILE_(1), LINE(5), EXTERNAL,
		   LOW(0x100), HIGH(0x100, 0x10));
	DIE(DW_TAG_subprogram, true, NAME("caller_b"), FILE_(1), LINE(12), LOW(0x120),
	    HIGH(0x120, 0x20));
	DIE(DW_TAG_inlined_subroutine, false, ORIGINA(inl), LOW(0x128), HIGH(0x128, 4));
	copy_of(shared, 0x12c);
	DIE(call_tag(), false, CALL(body));
	DIE(call_tag(), false, CALLA(twice));
	end_children();
	DIE(DW_TAG_subprogram, false, NAME("never"), FILE_(1), LINE(2), EXTERNAL, DECLARED);
	DIE(DW_TAG_subprogram, false, NAME("__compiletime_assert_12"), FILE_(1), LINE(2), EXTERNAL,
	    DECLARED);
	DIE(DW_TAG_subprogram, false, NAME("dup"), FILE_(1), LINE(20), LOW(0x140), HIGH(0x140, 8));
	end_unit();
	good_units(o.good / 2, o.good);
}

/* The ranges of `ranged`: [0x80, 0x90) and [0x60, 0x68) of the text. */
static void all_ranges(void)
{
	size_t start;

	for (int i = 0; i < 3; i++) {
		num(&ranges, i == 0 ? 0x80 : i == 1 ? 0x60 : 0, addr_size());
		num(&ranges, i == 0 ? 0x90 : i == 1 ? 0x68 : 0, addr_size());
	}
	start = begin_length(&rnglists);
	num(&rnglists, 5, 2);
	num(&rnglists, addr_size(), 1);
	num(&rnglists, 0, 1);
	num(&rnglists, o.rnglistx ? 1 : 0, 4);
	if (o.rnglistx)
		offset(&rnglists, off_size());
	num(&rnglists, DW_RLE_offset_pair, 1);
	uleb(&rnglists, 0x80);
	uleb(&rnglists, 0x90);
	num(&rnglists, DW_RLE_offset_pair, 1);
	uleb(&rnglists, 0x60);
	uleb(&rnglists, 0x68);
	num(&rnglists, DW_RLE_end_of_list, 1);
	end_length(&rnglists, start);
}

/* ---- ELF ---- */

static void symbol(const char *name, unsigned int at, unsigned int size, int bind, int type,
		   unsigned int shndx)
{
	uint64_t n = text(&strtab, name);

	num(&symtab, n, 4);
	if (o.is32) {
		num(&symtab, at, 4);
		num(&symtab, size, 4);
	}
	num(&symtab, (uint64_t)(bind << 4 | type), 1);
	num(&symtab, 0, 1);
	num(&symtab, shndx, 2);
	if (!o.is32) {
		num(&symtab, at, 8);
		num(&symtab, size, 8);
	}
}

static void all_symbols(void)
{
	text(&strtab, "");
	symbol("", 0, 0, STB_LOCAL, STT_NOTYPE, 0);
	symbol("dup", TEXT + 0xc0, 8, STB_LOCAL, STT_FUNC, 1);
	symbol("caller_b", TEXT + 0x120, 0x20, STB_LOCAL, STT_FUNC, 1);
	symbol("dup", TEXT + 0x140, 8, STB_LOCAL, STT_FUNC, 1);
	symbol("ranged.cold", TEXT + 0x60, 8, STB_LOCAL, STT_FUNC, 1);
	symbol("__pfx_outer", TEXT - 0x10, 16, STB_LOCAL, STT_FUNC, 1);
	symtab.info = 6;
	symbol("linux_banner", 0x4000, 80, STB_GLOBAL, STT_OBJECT, 2);
	symbol("outer", TEXT, 0x40, STB_GLOBAL, STT_FUNC, 1);
	symbol("ranged", TEXT + 0x80, 0x10, STB_GLOBAL, STT_FUNC, 1);
	symbol("twice", TEXT + 0xa0, 0x10, STB_WEAK, STT_FUNC, 1);
	symbol("target", TEXT + 0x100, 0x10, STB_GLOBAL, STT_FUNC, 1);
	if (o.badtypes)
		symbol("fixed", TEXT + 0x240, 8, STB_GLOBAL, STT_FUNC, 1);
	for (unsigned int i = 0; i < o.good; i++) {
		char name[32];

		snprintf(name, sizeof(name), "good_%02u", i);
		symbol(strdup(name), TEXT + 0x1000 + 16 * i, 16, STB_GLOBAL, STT_FUNC, 1);
	}
}

static void word(struct sec *s, uint64_t v)
{
	num(s, v, addr_size());
}

static void write_elf(const char *path)
{
	static struct sec textsec = { .name = ".text" }, rodata = { .name = ".rodata" },
			  note = { .name = ".notes" }, shstrtab = { .name = ".shstrtab" };
	struct sec out = { 0 }, heads = { 0 };
	struct sec *all[MAX_SECS] = { NULL,	    &textsec, &rodata,	 &note,	    &info,
				      &abbrev,	    &line,    &str,	 &line_str, &addrs,
				      &str_offsets, &ranges,  &rnglists, &types,    &symtab,
				      &strtab,	    &shstrtab };
	unsigned int n = 1, kept = 1, head = o.is32 ? 52 : 64, shent = o.is32 ? 40 : 64;
	uint8_t zeros[64] = { 0 };
	FILE *f;

	textsec.n = 0x1000 + 16 * o.good;
	textsec.type = SHT_NOBITS;
	text(&rodata,
	     "Linux version 6.9.0-gen-amd64 (me@host) (gen_dwarf 1) #1 SMP Mon Jan 1 00:00:00 UTC 2024\n");
	num(&note, 4, 4);
	num(&note, 20, 4);
	num(&note, 3, 4);
	put(&note, "GNU", 4);
	for (int i = 0; i < 20; i++)
		num(&note, (uint64_t)(i * 7 + o.version + o.be), 1);
	note.type = SHT_NOTE;
	textsec.flags = SHF_ALLOC | SHF_EXECINSTR;
	textsec.addr = TEXT;
	rodata.flags = SHF_ALLOC;
	rodata.addr = 0x4000;
	symtab.type = SHT_SYMTAB;
	symtab.entsize = o.is32 ? 16 : 24;
	strtab.type = SHT_STRTAB;
	shstrtab.type = SHT_STRTAB;
	text(&shstrtab, "");
	for (; all[n]; n++) {
		if (!all[n]->n)
			continue;
		all[kept++] = all[n];
		if (all[n] == &strtab)
			symtab.link = kept - 1;
	}
	n = kept;
	for (unsigned int i = 1; i < n; i++)
		if (all[i] == &strtab)
			symtab.link = i;
	put(&heads, zeros, shent);
	for (unsigned int i = 1; i < n; i++) {
		struct sec *s = all[i];
		uint64_t name = text(&shstrtab, s->name);

		while ((head + out.n) % 8)
			num(&out, 0, 1);
		num(&heads, name, 4);
		num(&heads, s->type ? s->type : SHT_PROGBITS, 4);
		word(&heads, s->flags);
		word(&heads, s->addr);
		word(&heads, head + out.n);
		if (s == &shstrtab) /* the last one: its own name is in it */
			while (s->n % 8)
				num(s, 0, 1);
		word(&heads, s->n);
		num(&heads, s->link, 4);
		num(&heads, s->info, 4);
		word(&heads, 8);
		word(&heads, s->entsize);
		if (s->type != SHT_NOBITS)
			put(&out, s->v, s->n);
	}
	while ((head + out.n) % 8)
		num(&out, 0, 1);
	f = fopen(path, "wb");
	if (!f)
		err(1, "%s", path);
	{
		struct sec h = { 0 };
		uint8_t ident[16] = { 0x7f, 'E', 'L', 'F', o.is32 ? 1 : 2, o.be ? 2 : 1, 1 };

		put(&h, ident, 16);
		num(&h, ET_EXEC, 2);
		num(&h, o.be ? (o.is32 ? EM_PPC : EM_S390) : o.is32 ? EM_386 : EM_X86_64, 2);
		num(&h, 1, 4);
		word(&h, TEXT);
		word(&h, 0);
		word(&h, head + out.n);
		num(&h, 0, 4);
		num(&h, head, 2);
		num(&h, o.is32 ? 32 : 56, 2);
		num(&h, 0, 2);
		num(&h, shent, 2);
		num(&h, n, 2);
		num(&h, n - 1, 2);
		fwrite(h.v, 1, h.n, f);
	}
	fwrite(out.v, 1, out.n, f);
	fwrite(heads.v, 1, heads.n, f);
	if (fclose(f))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "be", &o.be },
		{ "32", &o.is32 },
		{ "d64", &o.d64 },
		{ "strp", &o.strp },
		{ "strx", &o.strx },
		{ "addrx", &o.addrx },
		{ "rnglistx", &o.rnglistx },
		{ "refs", &o.refs },
		{ "consts", &o.consts },
		{ "indirect", &o.indirect },
		{ "partial", &o.partial },
		{ "types", &o.types },
		{ "rust", &o.rust },
		{ "badtypes", &o.badtypes },
	};

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++)
			puts(damages[i]);
		return 0;
	}
	if (argc < 2)
		errx(2, "usage: gen_dwarf FILE [WORD]...");
	for (int i = 2; i < argc; i++) {
		size_t k;

		for (k = 0; k < sizeof(flags) / sizeof(*flags); k++)
			if (!strcmp(argv[i], flags[k].name))
				break;
		if (k < sizeof(flags) / sizeof(*flags))
			*flags[k].flag = true;
		else if (argv[i][0] == 'v' && argv[i][1] >= '2' && argv[i][1] <= '5')
			o.version = argv[i][1] - '0';
		else if (!strncmp(argv[i], "damage=", 7))
			o.damage = argv[i] + 7;
		else if (!strncmp(argv[i], "good=", 5))
			o.good = (unsigned int)strtoul(argv[i] + 5, NULL, 10);
		else
			errx(2, "what is '%s'?", argv[i]);
	}
	text(&str, "");
	all_ranges();
	all_units();
	all_symbols();
	if (str_offsets.n)
		end_length(&str_offsets, o.d64 ? 12 : 4);
	if (addrs.n)
		end_length(&addrs, o.d64 ? 12 : 4);
	write_elf(argv[1]);
	return 0;
}
