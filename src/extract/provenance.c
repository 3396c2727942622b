// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Signs that an image is not what it seems: types of another build, a kernel built for debugging, functions that the
 * build left out of .BTF. Each is a finding that says what not to conclude; no fact is changed. Thresholds are shares
 * that sound kernels of Linux 5.10 to 7.2 stay far below (docs/semantics.md has what was measured).
 */
#include "extract/extract_int.h"

#include <stdio.h>

/* Functions whose prototypes are read a second time, from DWARF, spread over all. */
#define SAMPLE 1000
/* Fewer are no sign of anything. */
#define FEW 10

/* Of 1,000: what is above is no accident. Sound kernels have 0, 10 and 3 at most. */
enum { STRANGERS_MAX = 1, DIFFERENT_MAX = 50, DROPPED_MAX = 10 };

static bool too_many(uint64_t n, uint64_t of, unsigned int per_mille)
{
	return n >= FEW && n * 1000 > of * per_mille;
}

static void found(struct surface *s, struct findings *f, const char *where, const char *code, uint64_t count,
		  const char *msg)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_FORMAT, where, ERR_NO_OFFSET, "%s", msg);
	finding_add(f, &s->arena, code, count, &err);
}

/* ---- types of another build ---- */

/* NAME_impl, which the build makes of a kfunc NAME for its own use (resolve_btfids, Linux 7.0). */
static bool is_made_by_build(const struct surface *s, uint32_t name)
{
	size_t n = strlen(surface_text(s, name));

	return n > 5 && !strcmp(surface_text(s, name) + n - 5, "_impl");
}

/* Functions of .BTF that no unit has: those of a sound image are all in DWARF. */
static uint64_t count_strangers(const struct surface *s, uint64_t *nbtf)
{
	uint64_t n = 0;

	*nbtf = 0;
	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		if (!(f->attach & ATTACH_BTF))
			continue;
		++*nbtf;
		n += !func_has_group(f) && !is_made_by_build(s, f->name);
	}
	return n;
}

static bool can_be_compared(const struct surface *s, const struct merged *m, size_t i)
{
	const struct func *f = &s->funcs.v[i];

	return f->attach & ATTACH_BTF && f->ninstances == 1 && f->type_seq != SEQ_NONE &&
	       m->protos.v[i].rank == PROTO_DEFINED;
}

/* Of a sample of functions with one body: how many prototypes .BTF and DWARF tell differently. */
static uint64_t count_different(struct proto_places *p, struct surface *s, const struct merged *m, uint64_t *nread)
{
	uint64_t ncandidates = 0, n = 0, step;

	*nread = 0;
	for (size_t i = 0; i < m->protos.n; i++)
		ncandidates += can_be_compared(s, m, i);
	step = ncandidates / SAMPLE + 1;
	for (size_t i = 0, k = 0; i < m->protos.n; i++) {
		uint32_t type;

		if (!can_be_compared(s, m, i) || k++ % step || !proto_at(p, m->protos.v[i].die, &type))
			continue;
		++*nread;
		n += !type_same_c(s->types, s->str, type, s->funcs.v[i].proto);
	}
	return n;
}

static void find_other_build(struct proto_places *p, struct surface *s, const struct merged *m, const char *where,
			     struct findings *f)
{
	uint64_t nbtf, nread, strangers = count_strangers(s, &nbtf), different = count_different(p, s, m, &nread);
	char msg[400];

	if (!too_many(strangers, nbtf, STRANGERS_MAX) && !too_many(different, nread, DIFFERENT_MAX))
		return;
	snprintf(msg, sizeof(msg),
		 ".BTF is of another build than DWARF: %llu of its %llu functions are in no unit, and of %llu compared "
		 "prototypes %llu differ. Types and prototypes are not those of this image's functions; --types dwarf reads "
		 "them from DWARF",
		 (unsigned long long)strangers, (unsigned long long)nbtf, (unsigned long long)nread,
		 (unsigned long long)different);
	found(s, f, where, "btf-other-build", strangers + different, msg);
}

/* ---- functions that the build left out of .BTF ---- */

/* One external function in C that ftrace can trace, of one symbol without a suffix: nothing speaks against it. */
static bool belongs_to_btf(const struct surface *s, const struct func *f)
{
	const struct instance *in;

	if (f->ninstances != 1 || f->nsymbols != 1)
		return false;
	in = &s->instances.v[f->instances];
	return in->external && in->file && f->attach & ATTACH_FTRACE && s->symbols.v[f->symbols].name == f->name;
}

static void find_dropped(struct surface *s, const char *where, struct findings *f)
{
	uint64_t n = 0, dropped = 0;
	char msg[300];

	for (size_t i = 0; i < s->funcs.n; i++)
		if (belongs_to_btf(s, &s->funcs.v[i])) {
			n++;
			dropped += !(s->funcs.v[i].attach & ATTACH_BTF);
		}
	if (!too_many(dropped, n, DROPPED_MAX))
		return;
	snprintf(msg, sizeof(msg),
		 ".BTF lacks %llu of %llu global functions that ftrace can trace: the pahole of the build dropped them. "
		 "That fentry does not find a function here is the build's doing, not the kernel's",
		 (unsigned long long)dropped, (unsigned long long)n);
	found(s, f, where, "btf-functions-dropped", dropped, msg);
}

void find_btf_doubts(struct unit_reader *readers, const struct unit_facts *units, struct surface *s,
		     const struct merged *m, const char *where, struct findings *f)
{
	struct proto_places p;

	proto_places_init(&p, readers, units, s);
	find_other_build(&p, s, m, where, f);
	proto_places_done(&p);
	if (image_knows_attach(&s->info))
		find_dropped(s, where, f);
}

/* ---- kernels built for debugging ---- */

/* What changes code and structs everywhere: an option, or a function that only such a kernel has. */
static const struct {
	const char *word, *option, *function;
} debugging[] = {
	{ "KASAN", "CONFIG_KASAN_GENERIC", "__asan_load8" },
	{ "KASAN", "CONFIG_KASAN_SW_TAGS", "__hwasan_load8_noabort" },
	{ "KMSAN", "CONFIG_KMSAN", "__msan_metadata_ptr_for_load_8" },
	{ "KCSAN", "CONFIG_KCSAN", "__tsan_read8" },
	{ "lockdep", "CONFIG_LOCKDEP", "lock_acquire" },
	{ "KCOV", "CONFIG_KCOV", "__sanitizer_cov_trace_pc" },
	{ "gcov", "CONFIG_GCOV_KERNEL", "__gcov_init" },
};

static bool has_option(const struct surface *s, uint32_t name)
{
	for (size_t i = 0; name && i < s->constructs.n; i++)
		if (s->constructs.v[i].kind == KIND_CONFIG && s->constructs.v[i].name == name)
			return !strcmp(surface_text(s, s->constructs.v[i].text), "y");
	return false;
}

static bool has_symbol(const struct surface *s, uint32_t name)
{
	for (size_t i = 0; name && i < s->funcs.n; i++)
		if (s->funcs.v[i].name == name)
			return s->funcs.v[i].nsymbols;
	return false;
}

static uint32_t id_of(const struct surface *s, const char *text)
{
	return strtab_find(s->str, text, strlen(text));
}

/* Fedora's +debug, and what others call theirs. */
static bool is_debug_release(const char *release)
{
	size_t n = strlen(release);

	return strstr(release, "+debug") || (n > 6 && !strcmp(release + n - 6, "-debug")) ||
	       (n > 4 && !strcmp(release + n - 4, "-dbg"));
}

void find_debug_flavor(struct surface *s, const char *where, struct findings *f)
{
	struct buf words = { 0 };
	const char *last = "";
	uint64_t n = 0;
	char msg[400];

	for (size_t i = 0; i < ARRAY_SIZE(debugging); i++) {
		if (!strcmp(last, debugging[i].word) ||
		    (!has_option(s, id_of(s, debugging[i].option)) && !has_symbol(s, id_of(s, debugging[i].function))))
			continue;
		last = debugging[i].word;
		buf_printf(&words, "%s%s", n++ ? ", " : "", last);
	}
	if (is_debug_release(s->info.release))
		buf_printf(&words, "%sits name", n++ ? ", " : "");
	if (n) {
		snprintf(msg, sizeof(msg),
			 "is a kernel built for debugging (%s): its structs are larger, other functions are inlined, and some "
			 "exist only here. Nothing follows from it for the flavor that is in use",
			 buf_z(&words));
		found(s, f, where, "debug-flavor", n, msg);
	}
	buf_done(&words);
}
