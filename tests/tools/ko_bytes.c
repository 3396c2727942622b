// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An oracle: the sections of a module as elfutils' libdwfl lays them out and relocates them. For each section that
 * is loaded, or is of debug information, a line "INDEX ADDRESS SIZE NAME" and, of debug information, the bytes.
 * Shares no code with ksurf. For tests only.
 *
 *   ko_bytes MODULE >FILE
 */
#include <elfutils/libdwfl.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

/* elfutils does not know all relocations of .debug_frame on RISC-V. */
static int wanted(const char *name)
{
	return !strncmp(name, ".debug_", 7) && strcmp(name, ".debug_frame");
}

static void put_section(Elf_Scn *scn, size_t shstrndx, Elf *elf)
{
	GElf_Shdr h;
	Elf_Data *d;
	const char *name;

	if (!gelf_getshdr(scn, &h) || !(name = elf_strptr(elf, shstrndx, h.sh_name)))
		errx(1, "section %zu cannot be read", elf_ndxscn(scn));
	if (h.sh_flags & SHF_ALLOC) {
		printf("%zu %llu 0 %s\n", elf_ndxscn(scn), (unsigned long long)h.sh_addr, name);
	} else if (wanted(name) && h.sh_type == SHT_PROGBITS && (d = elf_rawdata(scn, NULL)) && d->d_size) {
		d = elf_getdata(scn, NULL);
		printf("%zu 0 %zu %s\n", elf_ndxscn(scn), d->d_size, name);
		fwrite(d->d_buf, 1, d->d_size, stdout);
	}
}

int main(int argc, char **argv)
{
	static const Dwfl_Callbacks calls = {
		.section_address = dwfl_offline_section_address,
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	Dwfl *dwfl = dwfl_begin(&calls);
	Elf_Scn *scn = NULL;
	Dwfl_Module *m;
	Dwarf_Addr bias;
	size_t shstrndx;
	Dwarf *dw;
	Elf *elf;

	if (argc != 2)
		errx(2, "usage: ko_bytes MODULE");
	m = dwfl_report_offline(dwfl, "module", argv[1], -1);
	if (!m)
		errx(1, "%s: %s", argv[1], dwfl_errmsg(-1));
	dwfl_report_end(dwfl, NULL, NULL);
	dw = dwfl_module_getdwarf(m, &bias);
	if (!dw)
		errx(1, "%s: %s", argv[1], dwfl_errmsg(-1));
	if (bias)
		errx(1, "%s: bias %llu", argv[1], (unsigned long long)bias);
	elf = dwarf_getelf(dw);
	if (elf_getshdrstrndx(elf, &shstrndx))
		errx(1, "%s: no names", argv[1]);
	while ((scn = elf_nextscn(elf, scn)))
		put_section(scn, shstrndx, elf);
	dwfl_end(dwfl);
	return 0;
}
