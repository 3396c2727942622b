// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An oracle: the function groups of a vmlinux as docs/semantics.md, section 2, defines them, read with
 * elfutils' libdw in the plainest way (one thread, a recursive walk of all DIEs), in the dataset's layout.
 * It shares no code and no reader with ksurf. Slow; for tests only.
 *
 *   dw_facts [-p PREFIX]... VMLINUX   JSON lines of func_groups; PREFIX is taken off paths
 *   dw_facts -o [-p PREFIX]... VMLINUX   "origin FILE:FUNCTION" for each body that names itself by abstract origin,
 *                                        "ranges FILE:FUNCTION" for each instance that has its address from ranges
 *   dw_facts -m [-p PREFIX]... MODULE  the groups of a module, relocated by libdwfl; addresses as docs/semantics.md, section 2,
 *                                      lays a module's sections out
 *   dw_facts -d VMLINUX                the units' compilation directories, each once
 *   dw_facts -s VMLINUX                "NAME <tab> FILE:LINE" for each definition of a function at a unit's top
 */
#define _GNU_SOURCE
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PREFIXES 16
#define MAX_ORIGINS  16

enum word { WORD_INLINED = 1, WORD_SEEN_UNKNOWN = 4, WORD_NOT_SEEN = 5 };

static const char *const words[] = {
	"not declared, not inlined", "not declared, inlined", "declared, not inlined",
	"declared, inlined",	     "seen, unknown",	      "not seen",
};

struct list {
	const char **v;
	size_t n;
};

struct instance {
	char *key;
	const char *file, *loc;
	uint64_t body, copy;
	bool external, has_body, has_copy, ranges,
		foreign; /* foreign: a copy in a unit that is not the origin's */
	int word;
	struct list inlined, direct;
};

struct group {
	const char *name;
	struct instance *v;
	size_t n;
	size_t *symbols, nsymbols;
};

struct sym {
	const char *name, *section;
	uint64_t addr, size;
	int bind;
};

static const char *prefixes[MAX_PREFIXES];
static int nprefixes;
static bool facts_only, dirs_only, definitions_only, is_module;
static struct group *groups;
static size_t ngroups;
static size_t *slots, nslots; /* by name: group index + 1 */
static struct sym *syms;
static size_t nsyms;

static void *grow(void *v, size_t n, size_t elem)
{
	if (n & (n - 1))
		return v;
	v = realloc(v, (n ? 2 * n : 1) * elem);
	if (!v)
		err(1, "memory");
	return v;
}

static void push(struct list *l, const char *s)
{
	l->v = grow(l->v, l->n, sizeof(*l->v));
	l->v[l->n++] = s;
}

static uint64_t hash(const char *s)
{
	uint64_t h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h * 0x9e3779b97f4a7c15u >> 20;
}

static size_t group_slot(const char *name)
{
	size_t i = hash(name) & (nslots - 1);

	while (slots[i] && strcmp(groups[slots[i] - 1].name, name))
		i = (i + 1) & (nslots - 1);
	return i;
}

static struct group *group_at(const char *name, bool make)
{
	size_t i;

	if (2 * ngroups >= nslots) {
		free(slots);
		nslots = nslots ? 2 * nslots : 1024;
		slots = calloc(nslots, sizeof(*slots));
		if (!slots)
			err(1, "memory");
		for (size_t g = 0; g < ngroups; g++)
			slots[group_slot(groups[g].name)] = g + 1;
	}
	i = group_slot(name);
	if (!slots[i]) {
		if (!make)
			return NULL;
		groups = grow(groups, ngroups, sizeof(*groups));
		groups[ngroups++] = (struct group){ .name = strdup(name) };
		slots[i] = ngroups;
	}
	return &groups[slots[i] - 1];
}

/* dir/path without the first prefix that fits. "//" and "/./" go; ".." stays, as a header was included. */
static const char *tidy(const char *dir, const char *path)
{
	char *all;

	if (asprintf(&all, "%s%s%s", *path == '/' || !dir ? "" : dir,
		     *path == '/' || !dir ? "" : "/", path) < 0)
		err(1, "memory");
	for (char *p; (p = strstr(all, "//"));)
		memmove(p, p + 1, strlen(p));
	for (char *p; (p = strstr(all, "/./"));)
		memmove(p, p + 2, strlen(p + 1));
	for (int i = 0; i < nprefixes; i++)
		if (!strncmp(all, prefixes[i], strlen(prefixes[i])))
			return all + strlen(prefixes[i]);
	return all;
}

static const char *attr_text(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;

	return dwarf_formstring(dwarf_attr(die, name, &attr));
}

static bool attr_flag(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	bool flag = false;

	return dwarf_attr(die, name, &attr) && !dwarf_formflag(&attr, &flag) && flag;
}

static const char *unit_file(Dwarf_Die *cu)
{
	const char *name = attr_text(cu, DW_AT_name);

	return name ? tidy(attr_text(cu, DW_AT_comp_dir), name) : "";
}

/* Follows abstract_origin and specification to the DIE that begins the function's description. */
static Dwarf_Die root_of(Dwarf_Die die)
{
	for (int i = 0; i < MAX_ORIGINS; i++) {
		Dwarf_Attribute attr;
		Dwarf_Die next;

		if ((!dwarf_attr(&die, DW_AT_abstract_origin, &attr) &&
		     !dwarf_attr(&die, DW_AT_specification, &attr)) ||
		    !dwarf_formref_die(&attr, &next))
			break;
		die = next;
	}
	return die;
}

/* A walk's place: the unit that is walked, and the body that holds what is met. */
struct place {
	Dwarf_Die *cu;
	const char *file;
	const char *caller;
};

static const char *file_of(Dwarf_Die *root, const struct place *at)
{
	static struct {
		Dwarf_Off off;
		const char *file;
	} cache[4096];
	Dwarf_Die cu;
	Dwarf_Off off;

	if (!dwarf_diecu(root, &cu, NULL, NULL) || dwarf_tag(&cu) == DW_TAG_partial_unit)
		return at->file;
	off = dwarf_dieoffset(&cu);
	if (off == dwarf_dieoffset(at->cu))
		return at->file;
	if (!cache[off / 16 % 4096].file || cache[off / 16 % 4096].off != off) {
		cache[off / 16 % 4096].off = off;
		cache[off / 16 % 4096].file = unit_file(&cu);
	}
	return cache[off / 16 % 4096].file;
}

/* FILE:LINE of a declaration; not by dwarf_decl_file(), which takes file 0 (DWARF 5, clang) for none. */
static char *location(Dwarf_Die *root)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word index;
	Dwarf_Die cu;
	const char *file;
	size_t n;
	char *loc;
	int line;

	if (dwarf_decl_line(root, &line) || !dwarf_attr(root, DW_AT_decl_file, &attr) ||
	    dwarf_formudata(&attr, &index) || !dwarf_diecu(root, &cu, NULL, NULL) ||
	    dwarf_getsrcfiles(&cu, &files, &n) || !(file = dwarf_filesrc(files, index, NULL, NULL)))
		return NULL;
	if (asprintf(&loc, "%s:%d", tidy(attr_text(&cu, DW_AT_comp_dir), file), line) < 0)
		err(1, "memory");
	return loc;
}

static bool lies_in_partial_unit(Dwarf_Die *die)
{
	Dwarf_Die cu;

	return dwarf_diecu(die, &cu, NULL, NULL) && dwarf_tag(&cu) == DW_TAG_partial_unit;
}

static struct instance *instance_of(Dwarf_Die *die, const struct place *at)
{
	Dwarf_Die root = root_of(*die);
	const char *name = attr_text(&root, DW_AT_name), *file;
	bool external, declared;
	struct group *g;
	struct instance *in = NULL;
	Dwarf_Attribute attr;
	Dwarf_Word word;
	char *loc, *key;

	if (dwarf_tag(&root) != DW_TAG_subprogram || !name || !*name ||
	    !strncmp(name, "__compiletime_assert_", 21))
		return NULL;
	external = attr_flag(&root, DW_AT_external);
	declared = attr_flag(&root, DW_AT_declaration);
	file = file_of(&root, at);
	loc = location(&root);
	if (!loc)
		loc = strdup(file);
	if (asprintf(&key, "%s%s%s", external ? "" : loc, external ? "" : "\n",
		     external ? "" : file) < 0)
		err(1, "memory");
	g = group_at(name, true);
	for (size_t i = g->n; i-- && !in;)
		if (g->v[i].external == external && !strcmp(g->v[i].key, key))
			in = &g->v[i];
	if (!in) {
		g->v = grow(g->v, g->n, sizeof(*g->v));
		in = &g->v[g->n++];
		*in = (struct instance){ .key = key, .external = external, .word = WORD_NOT_SEEN };
	}
	/* A reference may come before the definition; what counts is the definition's own place among the units. */
	if (dwarf_dieoffset(die) != dwarf_dieoffset(&root) && !lies_in_partial_unit(&root))
		return in;
	if (!declared && in->word == WORD_NOT_SEEN) {
		in->file = file;
		in->loc = loc;
		in->word = WORD_SEEN_UNKNOWN;
	}
	/* The first that is stated: a weak definition and a strong one are one instance, either may be inlined. */
	if (!declared && in->word == WORD_SEEN_UNKNOWN && dwarf_attr(&root, DW_AT_inline, &attr) &&
	    !dwarf_formudata(&attr, &word) && word < 4)
		in->word = (int)word;
	return in;
}

/* Where a DIE's code begins: low pc, else entry pc, else the first range that is not empty (gcc writes empty ones). */
static bool code_start(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Addr addr, base, end;
	Dwarf_Attribute attr;
	ptrdiff_t at = 0;

	if (!dwarf_lowpc(die, &addr) ||
	    (dwarf_attr(die, DW_AT_entry_pc, &attr) && !dwarf_formaddr(&attr, &addr))) {
		*ret = addr;
		return true;
	}
	while ((at = dwarf_ranges(die, at, &base, &addr, &end)) > 0) {
		if (addr == end)
			continue;
		*ret = addr;
		return true;
	}
	return false;
}

static void walk(Dwarf_Die *die, struct place at);

static void walk_children(Dwarf_Die *die, const struct place *at)
{
	Dwarf_Die child;

	if (dwarf_child(die, &child))
		return;
	do
		walk(&child, *at);
	while (!dwarf_siblingof(&child, &child));
}

/* A subprogram's own DIE tree. gcc leaves some call sites of a body in its abstract tree: those count for it too. */
static void enter_body(Dwarf_Die *die, struct place *at, struct instance *in)
{
	Dwarf_Die root = root_of(*die);
	Dwarf_Attribute attr;
	uint64_t addr;
	char *caller;

	if (code_start(die, &addr) && !in->has_body) {
		in->has_body = true;
		in->body = addr;
		in->ranges = dwarf_attr(die, DW_AT_ranges, &attr);
	}
	if (at->caller)
		return;
	if (asprintf(&caller, "%s:%s", file_of(&root, at), attr_text(&root, DW_AT_name)) < 0)
		err(1, "memory");
	at->caller = caller;
	if (facts_only && dwarf_attr(die, DW_AT_abstract_origin, &attr))
		printf("origin %s\n", caller);
}

static bool lies_elsewhere(Dwarf_Die *die, const struct place *at)
{
	Dwarf_Die root = root_of(*die), cu;

	return dwarf_diecu(&root, &cu, NULL, NULL) && dwarf_tag(&cu) != DW_TAG_partial_unit &&
	       dwarf_dieoffset(&cu) != dwarf_dieoffset(at->cu);
}

static void walk(Dwarf_Die *die, struct place at)
{
	struct instance *in;
	Dwarf_Attribute attr;
	Dwarf_Die other;
	uint64_t addr;

	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
		in = instance_of(die, &at);
		if (in)
			enter_body(die, &at, in);
		break;
	case DW_TAG_inlined_subroutine:
		in = instance_of(die, &at);
		if (in && at.caller)
			push(&in->inlined, at.caller);
		if (in)
			in->foreign |= lies_elsewhere(die, &at);
		if (in && !in->has_copy && code_start(die, &addr)) {
			in->has_copy = true;
			in->copy = addr;
			in->ranges |= dwarf_attr(die, DW_AT_ranges, &attr) != NULL;
		}
		break;
	case DW_TAG_call_site:
	case DW_TAG_GNU_call_site:
		if ((dwarf_attr(die, DW_AT_call_origin, &attr) ||
		     dwarf_attr(die, DW_AT_abstract_origin, &attr)) &&
		    dwarf_formref_die(&attr, &other)) {
			in = instance_of(&other, &at);
			if (in && at.caller)
				push(&in->direct, at.caller);
		}
		break;
	case DW_TAG_imported_unit:
		if (dwarf_attr(die, DW_AT_import, &attr) && dwarf_formref_die(&attr, &other))
			walk_children(&other, &at);
		return;
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_enumeration_type:
		return;
	default:
		break;
	}
	walk_children(die, &at);
}

static void read_symbols(Elf *elf)
{
	Elf_Scn *scn = NULL;
	size_t shstrndx;

	elf_getshdrstrndx(elf, &shstrndx);
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr, own;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		for (size_t i = 0; data && i < shdr.sh_size / shdr.sh_entsize; i++) {
			const char *name, *section = "";
			struct group *g;
			char *base;
			GElf_Sym s;

			if (!gelf_getsym(data, (int)i, &s) || GELF_ST_TYPE(s.st_info) != STT_FUNC)
				continue;
			name = elf_strptr(elf, shdr.sh_link, s.st_name);
			if (!name || !strncmp(name, "__pfx", 5))
				continue;
			base = strndup(name, strcspn(name, "."));
			g = group_at(base, false);
			free(base);
			if (!g)
				continue;
			if (s.st_shndx < SHN_LORESERVE &&
			    gelf_getshdr(elf_getscn(elf, s.st_shndx), &own))
				section = elf_strptr(elf, shstrndx, own.sh_name);
			if (is_module && section)
				s.st_value += own.sh_addr;
			syms = grow(syms, nsyms, sizeof(*syms));
			syms[nsyms] = (struct sym){ name, section, s.st_value, s.st_size,
						    GELF_ST_BIND(s.st_info) };
			g->symbols = grow(g->symbols, g->nsymbols, sizeof(*g->symbols));
			g->symbols[g->nsymbols++] = nsyms++;
		}
	}
}

/* ---- modules ---- */

#define MODULE_BASE 0x100000

struct loaded {
	uint64_t addr, size, ours; /* where libdwfl puts a section, and where it is documented to be */
};

static struct loaded *loaded;
static size_t nloaded;

static void lay_out(Elf *elf)
{
	uint64_t at = MODULE_BASE;
	Elf_Scn *scn = NULL;
	GElf_Shdr h;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &h) || !(h.sh_flags & SHF_ALLOC))
			continue;
		if (h.sh_addralign > 1)
			at = (at + h.sh_addralign - 1) / h.sh_addralign * h.sh_addralign;
		loaded = grow(loaded, nloaded, sizeof(*loaded));
		loaded[nloaded++] = (struct loaded){ h.sh_addr, h.sh_size, at };
		at += h.sh_size + 1;
	}
}

static uint64_t address(uint64_t addr)
{
	for (size_t i = 0; i < nloaded; i++)
		if (addr >= loaded[i].addr && addr - loaded[i].addr < loaded[i].size)
			return addr - loaded[i].addr + loaded[i].ours;
	return addr;
}

static Dwarf *open_module(const char *path)
{
	static const Dwfl_Callbacks calls = {
		.section_address = dwfl_offline_section_address,
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	Dwfl *dwfl = dwfl_begin(&calls);
	Dwfl_Module *m = dwfl_report_offline(dwfl, "module", path, -1);
	Dwarf_Addr bias;
	Dwarf *dw;

	dwfl_report_end(dwfl, NULL, NULL);
	dw = m ? dwfl_module_getdwarf(m, &bias) : NULL;
	if (!dw)
		errx(1, "%s: %s", path, dwfl_errmsg(-1));
	lay_out(dwarf_getelf(dw));
	return dw;
}

static const char *collision(const struct group *g)
{
	bool one_loc = true, all_static = true;

	if (g->n == 1)
		return g->v[0].external ? "Unique Global" : "Unique Static";
	for (size_t i = 0; i < g->n; i++) {
		const char *a = g->v[i].loc, *b = g->v[0].loc;

		one_loc &= a && b ? !strcmp(a, b) : a == b;
		all_static &= !g->v[i].external;
	}
	return one_loc	  ? "Static Duplication" :
	       all_static ? "Static-Static Collision" :
			    "Static-Global Collision";
}

static const char *inlining(const struct group *g)
{
	if (!g->nsymbols)
		return "Full";
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].word == 1 || g->v[i].word == 3)
			return "Selective";
	return "No";
}

static void put_text(const char *key, const char *s)
{
	printf("\"%s\": ", key);
	if (s)
		printf("\"%s\"", s);
	else
		printf("null");
}

static void put_list(const char *key, const struct list *l)
{
	printf(", \"%s\": [", key);
	for (size_t i = 0; i < l->n; i++)
		printf("%s\"%s\"", i ? ", " : "", l->v[i]);
	putchar(']');
}

static void put_group(const struct group *g)
{
	static const char *const binds[] = { "STB_LOCAL", "STB_GLOBAL", "STB_WEAK" };

	printf("{\"name\": \"%s\", \"collision_type\": \"%s\", \"inline_type\": \"%s\", \"funcs\": [",
	       g->name, collision(g), inlining(g));
	for (size_t i = 0; i < g->n; i++) {
		const struct instance *in = &g->v[i];

		printf("%s{\"addr\": %llu, \"name\": \"%s\", \"external\": %s, ", i ? ", " : "",
		       (unsigned long long)address(in->has_body ? in->body : in->copy), g->name,
		       in->external ? "true" : "false");
		put_text("loc", in->loc);
		printf(", ");
		put_text("file", in->file);
		printf(", ");
		put_text("inline", words[in->word]);
		put_list("caller_inline", &in->inlined);
		put_list("caller_func", &in->direct);
		putchar('}');
	}
	printf("], \"symbols\": [");
	for (size_t i = 0; i < g->nsymbols; i++) {
		const struct sym *s = &syms[g->symbols[i]];

		printf("%s{\"addr\": %llu, \"name\": \"%s\", \"section\": \"%s\", \"bind\": \"%s\", \"size\": %llu}",
		       i ? ", " : "", (unsigned long long)address(s->addr), s->name, s->section,
		       s->bind < 3 ? binds[s->bind] : "STB_OTHER", (unsigned long long)s->size);
	}
	printf("]}\n");
}

static void put_definitions(Dwarf_Die *cu)
{
	Dwarf_Attribute attr;
	Dwarf_Die die;
	int line = 0;

	if (dwarf_child(cu, &die))
		return;
	do {
		if (dwarf_tag(&die) != DW_TAG_subprogram || dwarf_hasattr(&die, DW_AT_declaration) ||
		    !dwarf_attr_integrate(&die, DW_AT_name, &attr) || dwarf_hasattr(&die, DW_AT_abstract_origin))
			continue;
		dwarf_decl_line(&die, &line);
		printf("%s\t%s:%d\n", dwarf_diename(&die), dwarf_decl_file(&die) ? dwarf_decl_file(&die) : "", line);
	} while (!dwarf_siblingof(&die, &die));
}

int main(int argc, char **argv)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;
	Dwarf *dw;
	int opt, fd;

	while ((opt = getopt(argc, argv, "dmosp:")) != -1) {
		if (opt == 'o')
			facts_only = true;
		else if (opt == 'd')
			dirs_only = true;
		else if (opt == 'm')
			is_module = true;
		else if (opt == 's')
			definitions_only = true;
		else if (opt == 'p' && nprefixes < MAX_PREFIXES)
			prefixes[nprefixes++] = optarg;
		else
			errx(2, "usage: dw_facts [-m|-o|-d|-s] [-p PREFIX]... VMLINUX");
	}
	if (optind + 1 != argc)
		errx(2, "usage: dw_facts [-m|-o|-d|-s] [-p PREFIX]... VMLINUX");
	fd = open(argv[optind], O_RDONLY);
	elf_version(EV_CURRENT);
	dw = fd < 0 ? NULL : is_module ? open_module(argv[optind]) : dwarf_begin(fd, DWARF_C_READ);
	if (!dw)
		errx(1, "%s: cannot be read: %s", argv[optind], dwarf_errmsg(-1));
	while (!dwarf_get_units(dw, unit, &unit, NULL, &type, &die, NULL)) {
		struct place at = { .cu = &die };
		Dwarf_Attribute attr;
		Dwarf_Word lang = 0;

		if (dwarf_tag(&die) != DW_TAG_compile_unit)
			continue;
		if (dwarf_attr(&die, DW_AT_language, &attr))
			dwarf_formudata(&attr, &lang);
		if (lang == DW_LANG_Rust)
			continue;
		if (dirs_only && attr_text(&die, DW_AT_comp_dir)) {
			const char *dir = attr_text(&die, DW_AT_comp_dir);
			size_t before = ngroups;

			group_at(dir, true);
			if (ngroups > before)
				puts(dir);
			continue;
		}
		if (definitions_only) {
			put_definitions(&die);
			continue;
		}
		at.file = unit_file(&die);
		walk_children(&die, &at);
	}
	if (dirs_only || definitions_only)
		return 0;
	/* gcc's LTO does not state that a function was inlined; the copies in other units show it. */
	for (size_t i = 0; i < ngroups; i++)
		for (size_t j = 0; j < groups[i].n; j++)
			if (groups[i].v[j].word == WORD_SEEN_UNKNOWN && groups[i].v[j].foreign)
				groups[i].v[j].word = WORD_INLINED;
	read_symbols(dwarf_getelf(dw));
	for (size_t i = 0; i < ngroups; i++) {
		if (!facts_only)
			put_group(&groups[i]);
		for (size_t j = 0; j < groups[i].n && facts_only; j++)
			if (groups[i].v[j].ranges)
				printf("ranges %s:%s\n", groups[i].v[j].file, groups[i].name);
	}
	return 0;
}
