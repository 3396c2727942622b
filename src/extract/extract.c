// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The passes over a kernel image, in order. Read extract_image() from top to bottom: each line is a
 * pass, and the comment above it says what holds from there on.
 */
#include "extract/join_int.h"
#include "extract/types_int.h"

#include "btf/btf_types.h"
#include "kernel/kernel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct extraction {
	struct image *img;
	const struct extract_options *o;
	struct surface *s;
	struct findings findings;
	struct stages unwanted; /* where stages go when nobody asked */
	struct stages *stages;

	struct dwarf dwarf;
	struct unit_reader *readers;
	unsigned int nreaders;
	struct unit_facts *units;
	atomic_uint_fast64_t bytes_done;

	const struct module_source *module; /* NULL: the kernel itself */
	const struct kernel_view *view;	    /* of a module's kernel */
	struct btf_facts btf;
	struct err btf_err;
	bool has_btf, has_dwarf;
	struct image_symbols symbols;
	struct err symbols_err;
	struct merged merged;
};

/* ---- findings ---- */

void finding_copy(struct findings *f, struct arena *a, const struct finding *from)
{
	size_t i;

	for (i = 0; i < f->v.n && strcmp(f->v.v[i].code, from->code); i++)
		;
	if (i == f->v.n)
		VEC_PUSH(&f->v, ((struct finding){ from->code, arena_strndup(a, from->message, strlen(from->message)), 0 }));
	f->v.v[i].count += from->count;
}

void finding_add(struct findings *f, struct arena *a, const char *code, uint64_t count,
		 const struct err *first)
{
	char text[sizeof(first->where) + sizeof(first->msg) + 32];

	finding_copy(f, a, &(struct finding){ code, err_text(first, text, sizeof(text)), count });
}

static void found(struct extraction *x, const char *code, uint64_t count, const char *msg)
{
	struct err err = ERR_INIT;

	if (!count)
		return;
	err_set(&err, ERR_FORMAT, image_path(x->img), ERR_NO_OFFSET, "%s", msg);
	finding_add(&x->findings, &x->s->arena, code, count, &err);
}

static void noted(struct extraction *x, const char *code, const struct dwarf_notes *notes)
{
	if (notes && notes->n)
		finding_add(&x->findings, &x->s->arena, code, notes->n, &notes->first);
}

static void add_notes(struct extraction *x, const char *const *codes, const struct err_note *notes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (notes[i].count)
			finding_add(&x->findings, &x->s->arena, codes[i], notes[i].count, &notes[i].first);
}

/* ---- the passes ---- */

/*
 * The hash of the whole file needs nothing of the other passes and none of them needs it, so it runs
 * beside them, and on beside the storing: the surface is settled when it is there.
 */
struct hashing {
	const struct image *img;
	pthread_t thread;
	bool threaded;
	char sha256[IMAGE_SHA256_HEX];
};

static void *hash_main(void *arg)
{
	struct hashing *h = arg;

	image_sha256(h->img, h->sha256);
	return NULL;
}

static void end_hash(struct surface *s)
{
	struct hashing *h = s->settling;

	if (h->threaded)
		pthread_join(h->thread, NULL);
	s->info.sha256 = arena_strndup(&s->arena, h->sha256, strlen(h->sha256));
	free(h);
}

static void start_hash(struct extraction *x)
{
	struct hashing *h;

	if (*x->s->info.sha256)
		return;
	h = base_calloc(1, sizeof(*h));
	h->img = x->img;
	h->threaded = !pthread_create(&h->thread, NULL, hash_main, h);
	if (!h->threaded)
		hash_main(h);
	x->s->settling = h;
	x->s->settle = end_hash;
}

static int no_dwarf(const struct image *img, struct err *err)
{
	return err_set(err, ERR_MISSING, image_path(img), ERR_NO_OFFSET,
		       "has no DWARF (.debug_info): a stripped kernel. The unstripped vmlinux is in "
		       "the distribution's debug package: Debian linux-image-*-dbg, Ubuntu "
		       "linux-image-*-dbgsym, Fedora and RHEL kernel-debuginfo");
}

/* Whether there is DWARF to be read. Where it is asked for, its lack is an error later. */
static int find_dwarf(struct extraction *x, struct err *err)
{
	struct image_bytes info, abbrev;
	int rc = image_section(x->img, ".debug_info", &info, err);

	rc = rc ? rc : image_section(x->img, ".debug_abbrev", &abbrev, err);
	if (!rc)
		x->has_dwarf = (info.size && abbrev.size) || x->o->types == TYPES_DWARF;
	return rc;
}

static int load_sections(struct image *img, struct stages *stages, struct dwarf_sections *ds, struct err *err)
{
	struct { const char *name; struct dwarf_bytes *to; } wanted[] = {
		{ ".debug_info", &ds->info },	      { ".debug_abbrev", &ds->abbrev },
		{ ".debug_str", &ds->str },	      { ".debug_line", &ds->line },
		{ ".debug_line_str", &ds->line_str }, { ".debug_ranges", &ds->ranges },
		{ ".debug_rnglists", &ds->rnglists }, { ".debug_addr", &ds->addr },
		{ ".debug_str_offsets", &ds->str_offsets },
	};
	uint64_t start = stage_now_ns(), bytes = 0;
	int rc;

	*ds = (struct dwarf_sections){ .file = image_path(img), .swap = image_swapped(img) };
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct image_bytes b;

		rc = image_section(img, wanted[i].name, &b, err);
		if (rc)
			return rc;
		*wanted[i].to = (struct dwarf_bytes){ b.data, b.size };
		bytes += b.size;
	}
	if (!ds->info.size || !ds->abbrev.size)
		return no_dwarf(img, err);
	stage_add(stages, "load sections", start, bytes, ARRAY_SIZE(wanted));
	return 0;
}

int extract_open_dwarf(struct image *img, const struct extract_options *o, struct stages *stages,
		       struct findings *f, struct arena *a, struct dwarf *d, struct err *err)
{
	uint64_t start;
	struct dwarf_sections sections;
	struct dwarf_notes unknown;
	struct err bad = ERR_INIT;
	int rc = load_sections(img, stages, &sections, err);

	if (rc)
		return rc;
	start = stage_now_ns();
	if (dwarf_open(d, &sections, &unknown, &bad)) {
		finding_add(f, a, "dwarf-cut-off", 1, &bad);
		if (!o->force)
			return err_set(err, ERR_DAMAGED, bad.where, bad.offset,
				       "%s; what follows cannot be found (--force keeps the %zu units before)",
				       bad.msg, d->units.n);
	}
	if (unknown.n)
		finding_add(f, a, "unit-unknown", unknown.n, &unknown.first);
	if (unknown.n * 100 > (unknown.n + d->units.n) * EXTRACT_DAMAGE_PERCENT && !o->force)
		return err_set(err, ERR_DAMAGED, unknown.first.where, unknown.first.offset,
			       "%s; %llu of %zu units are of a kind that ksurf does not know (--force keeps the rest)",
			       unknown.first.msg, (unsigned long long)unknown.n, (size_t)unknown.n + d->units.n);
	stage_add(stages, "find units", start, sections.info.size, d->units.n);
	return 0;
}

/* A module's types go on from its kernel's, or from the excerpt of them that it brings along. */
static void read_split_btf(struct extraction *x)
{
	const struct module_source *m = x->module;
	const struct btf_base *base = m->own_base ? m->own_base : x->view->base;
	bool keep = x->o->types == TYPES_BTF || !x->has_dwarf;

	if (m->btf.size && base)
		x->has_btf = !btf_read_split(m->where, m->btf.data, m->btf.size, keep ? 100 : EXTRACT_DAMAGE_PERCENT,
					     base, x->s, &x->btf, &x->btf_err);
}

static void read_btf(struct extraction *x)
{
	struct image_bytes b = { NULL, 0 };
	char where[300];
	bool keep;

	if (x->o->types == TYPES_DWARF)
		return;
	if (x->module) {
		read_split_btf(x);
		return;
	}
	snprintf(where, sizeof(where), "%s:.BTF", image_path(x->img));
	if (image_section(x->img, ".BTF", &b, &x->btf_err) || !b.size)
		return;
	/* Where DWARF can stand in for it, damaged BTF is left alone. */
	keep = x->o->types == TYPES_BTF || !x->has_dwarf;
	x->has_btf = !btf_read(where, b.data, b.size, keep ? 100 : EXTRACT_DAMAGE_PERCENT, x->s, &x->btf, &x->btf_err);
}

/*
 * Jobs of the parallel pass: BTF and symbols, then units in the order of .debug_info. BTF is the only
 * job that touches the surface's tables.
 */
enum { JOB_BTF, JOB_SYMBOLS, JOB_UNITS };

static void job(void *ctx, unsigned int lane, size_t n)
{
	struct extraction *x = ctx;
	const struct dwarf_unit *u;
	uint64_t done;

	if (n == JOB_BTF) {
		read_btf(x);
		return;
	}
	if (n == JOB_SYMBOLS) {
		image_symbols(x->img, &x->symbols, &x->symbols_err);
		return;
	}
	u = &x->dwarf.units.v[n - JOB_UNITS];
	unit_read(&x->readers[lane], u, lane, &x->units[n - JOB_UNITS]);
	done = atomic_fetch_add_explicit(&x->bytes_done, u->end - u->offset, memory_order_relaxed);
	if (!lane && x->o->progress)
		x->o->progress(x->o->ctx, done, x->dwarf.s.info.size);
}

static void read_units(struct extraction *x)
{
	uint64_t start = stage_now_ns(), ndies = 0;

	x->nreaders = x->o->nlanes ? x->o->nlanes : lanes_default();
	x->readers = base_calloc(x->nreaders, sizeof(*x->readers));
	for (unsigned int i = 0; i < x->nreaders; i++)
		unit_reader_init(&x->readers[i], &x->dwarf);
	x->units = base_calloc(x->dwarf.units.n, sizeof(*x->units));
	lanes_run(x->nreaders, JOB_UNITS + x->dwarf.units.n, job, x);
	for (size_t i = 0; i < x->dwarf.units.n; i++)
		ndies += x->units[i].ndies;
	stage_add(x->stages, "read units, BTF, symbols", start, x->dwarf.s.info.size, ndies);
}

/* Counts what was left out, and refuses when that is too much to be honest about the rest. */
static int judge_damage(struct extraction *x, struct err *err)
{
	uint64_t bytes = 0, nrust = 0, nsplit = 0, nbad_units = 0;
	const struct unit_facts *first = NULL;

	for (size_t i = 0; i < x->dwarf.units.n; i++) {
		const struct unit_facts *u = &x->units[i];

		nrust += u->state == UNIT_RUST;
		nsplit += u->state == UNIT_SPLIT;
		noted(x, "die-reference", u->bad_refs);
		noted(x, "die-value", u->bad_values);
		if (u->state == UNIT_DAMAGED) {
			finding_add(&x->findings, &x->s->arena, "unit-damaged", 1, u->err);
			bytes += x->dwarf.units.v[i].end - x->dwarf.units.v[i].offset;
			nbad_units++;
			first = first ? first : u;
		}
	}
	if (nsplit * 2 > x->dwarf.units.n && !x->o->force)
		return err_set(err, ERR_MISSING, image_path(x->img), ERR_NO_OFFSET,
			       "has split DWARF: its functions are described in .dwo files, which are not read; "
			       "build without CONFIG_DEBUG_INFO_SPLIT");
	found(x, "unit-split", nsplit, "units whose DWARF is in .dwo files were left out");
	found(x, "unit-rust", nrust, "units written in Rust were skipped");
	if (bytes * 100 > x->dwarf.s.info.size * EXTRACT_DAMAGE_PERCENT && !x->o->force)
		return err_set(err, ERR_DAMAGED, first->err->where, first->err->offset,
			       "%s; %llu of %zu units are unreadable, too much to tell the truth about this "
			       "image (--force keeps the rest)",
			       first->err->msg, (unsigned long long)nbad_units, x->dwarf.units.n);
	return 0;
}

/* What could not be read of what is no DWARF. */
static void judge_rest(struct extraction *x)
{
	bool none = !x->symbols_err.code && !x->symbols.v.n;

	if (x->btf_err.code)
		finding_add(&x->findings, &x->s->arena, "btf-unreadable", 1, &x->btf_err);
	add_notes(x, btf_note_code, x->btf.notes, BTF_NNOTES);
	if (x->symbols_err.code)
		finding_add(&x->findings, &x->s->arena, "symbols-unreadable", 1, &x->symbols_err);
	found(x, "symbol-name", x->symbols.nbad, "symbols with a name outside the string table were left out");
	if (none && x->has_dwarf && !x->module)
		found(x, "no-symbols", 1, "has no function symbols (.symtab): every function looks fully inlined");
	else if (none && !x->module && image_kind(x->img) != IMAGE_TYPES)
		found(x, "no-kallsyms", 1, "has neither a symbol table nor kallsyms: which functions exist is not known, "
					   "only prototypes are");
}

/* ---- types from DWARF, where .BTF is not there or not wanted ---- */

static void read_types(struct extraction *x, struct types_pass *pass)
{
	struct dwarf_lane **lanes = base_calloc(x->nreaders, sizeof(*lanes));

	for (unsigned int i = 0; i < x->nreaders; i++)
		lanes[i] = &x->readers[i].dwarf;
	types_pass_init(pass, &x->dwarf, lanes, x->nreaders, x->img);
	free(lanes);
	types_pass_run(pass, x->o, x->stages);
	for (size_t i = 0; i < x->dwarf.units.n; i++)
		if (pass->units[i].err)
			finding_add(&x->findings, &x->s->arena, "types-damaged", 1, pass->units[i].err);
}

/*
 * DWARF's types become BTF and are read as such: one reader, and the same facts for all that comes after. The
 * prototypes of functions stay those of their own pass, which has more of them.
 */
static int make_types(struct extraction *x, struct err *err)
{
	struct types_pass pass;
	struct types_counts counts;
	struct buf btf = { 0 };
	char where[300];
	uint64_t start;
	void *kept;
	int rc;

	if (x->has_btf || (!x->has_dwarf && x->o->types != TYPES_BTF))
		return 0;
	if (x->o->types == TYPES_BTF)
		return err_set(err, x->btf_err.code ? x->btf_err.code : ERR_MISSING, image_path(x->img), ERR_NO_OFFSET,
			       "%s", x->btf_err.code ? x->btf_err.msg : "has no .BTF; --types dwarf makes types from DWARF");
	read_types(x, &pass);
	start = stage_now_ns();
	rc = types_pass_encode(&pass, &x->symbols, image_swapped(x->img), &counts, &btf, err);
	types_pass_findings(&pass, &counts, &x->findings, &x->s->arena);
	types_pass_done(&pass);
	if (!rc) {
		kept = memcpy(arena_alloc(&x->s->arena, btf.n), btf.v, btf.n);
		snprintf(where, sizeof(where), "%s: types from DWARF", image_path(x->img));
		btf_facts_done(&x->btf);
		rc = btf_read(where, kept, btf.n, 100, x->s, &x->btf, err);
		x->btf.funcs.n = 0;
	}
	stage_add(x->stages, "types as BTF", start, btf.n, counts.ntypes);
	buf_done(&btf);
	return rc;
}

static void unite_units(struct extraction *x)
{
	uint64_t start = stage_now_ns();

	if (x->has_dwarf) {
		merge_units(x->readers, x->nreaders, x->units, x->dwarf.units.n, x->s, &x->merged);
		stage_add(x->stages, "merge units", start, 0, x->s->instances.n);
		start = stage_now_ns();
		merge_callers(x->units, x->dwarf.units.n, x->s, &x->merged);
		stage_add(x->stages, "callers", start, 0, x->s->callers.n);
		start = stage_now_ns();
	} else {
		merge_groups(&x->symbols, x->s, &x->merged);
	}
	merge_symbols(x->img, &x->symbols, x->s, &x->merged);
	stage_add(x->stages, "symbols", start, 0, x->s->symbols.n);
}

/* Prototypes of the image's BTF; a function that DWARF does not name is a prototype alone. */
static void set_btf_protos(struct extraction *x)
{
	struct surface *s = x->s;

	for (size_t i = 0; i < x->btf.funcs.n; i++) {
		const struct btf_func *b = &x->btf.funcs.v[i];
		uint32_t f = b->name < x->merged.func_of_name.n ? x->merged.func_of_name.v[b->name] : MAP_NONE;

		if (f == MAP_NONE) {
			f = (uint32_t)s->funcs.n;
			VEC_PUSH(&s->funcs, ((struct func){ .name = b->name, .seq = SEQ_NONE }));
		}
		s->funcs.v[f].proto = b->proto;
		s->funcs.v[f].type_seq = (uint32_t)i;
		s->funcs.v[f].attach |= ATTACH_BTF;
	}
	s->info.types_from = x->has_btf ? "btf" : x->has_dwarf ? "dwarf" : "";
}

/* What can be known from what there was. */
static void set_facts(struct extraction *x)
{
	struct image_info *info = &x->s->info;

	info->facts = x->has_dwarf ? FACT_INSTANCES : 0;
	if (x->symbols.v.n)
		info->facts |= FACT_SYMBOLS;
	for (size_t i = 0; i < x->symbols.v.n && !(info->facts & FACT_ADDRESSES); i++)
		if (x->symbols.v.v[i].addr)
			info->facts |= FACT_ADDRESSES;
	if (info->facts & (FACT_INSTANCES | FACT_SYMBOLS))
		info->kinds |= 1u << KIND_FUNC;
}

static void set_dwarf_protos(struct extraction *x)
{
	uint64_t start = stage_now_ns(), ntypes, nbad;

	dwarf_protos(x->readers, x->nreaders, x->units, x->s, &x->merged, &ntypes, &nbad);
	found(x, "prototype", nbad, "functions whose prototype in DWARF cannot be read");
	stage_add(x->stages, "prototypes from DWARF", start, 0, ntypes);
}

/* What the kernel's own tables in the image say; only a config file that is given can fail. */
static int read_kernel(struct extraction *x, struct err *err)
{
	struct kernel_facts facts = {
		.kfuncs = x->btf.kfuncs.v,
		.nkfuncs = x->btf.kfuncs.n,
		.config = x->o->config,
		.config_part = x->o->config_part,
		.base = x->module ? x->view->layouts : NULL,
	};
	const struct image_live *live = image_live(x->img);
	struct image_part text = { .kind = PART_CONFIG, .path = "the running kernel's config" };
	uint64_t start = stage_now_ns(), before = x->s->constructs.n;
	struct registrations registered = { 0 };
	int rc;

	if (live && live->config) {
		text.data = (const uint8_t *)live->config;
		text.size = strlen(live->config);
		facts.config_part = &text;
	}

	if (x->has_dwarf)
		read_registrations(x->readers, x->units, x->s, &registered);
	facts.registrations = registered.v.v;
	facts.nregistrations = registered.v.n;
	rc = x->module ? kernel_read_module(x->module->code, x->view->s, x->s, &facts, err) :
			 kernel_read(x->img, x->s, &facts, err);
	VEC_DONE(&registered.v);
	/* A module's tables may be unreadable; its functions and types are not. */
	if (rc && x->module) {
		err_clear(err);
		rc = 0;
	}
	add_notes(x, kernel_note_code, facts.notes, KERNEL_NNOTES);
	stage_add(x->stages, "kernel data", start, 0, x->s->constructs.n - before);
	return rc;
}

static void free_extraction(struct extraction *x)
{
	for (unsigned int i = 0; i < x->nreaders; i++)
		unit_reader_done(&x->readers[i]);
	free(x->readers);
	free(x->units);
	image_symbols_done(&x->symbols);
	btf_facts_done(&x->btf);
	merged_done(&x->merged);
	VEC_DONE(&x->findings.v);
	dwarf_close(&x->dwarf);
}

int extract_identity(struct image *img, struct surface *s, struct err *err)
{
	char sha256[IMAGE_SHA256_HEX];
	int rc;

	if (*s->info.name)
		return 0;
	if (image_kind(img) == IMAGE_MODULE)
		return err_set(err, ERR_UNSUPPORTED, image_path(img), ERR_NO_OFFSET,
			       "is a module: it is read with its kernel, from a package or a folder that holds both");
	rc = image_identify(img, &s->arena, &s->info, err);

	/* Without a build id the hash is what tells builds apart, so it is wanted before all else. */
	if (!rc && !*s->info.build_id) {
		image_sha256(img, sha256);
		s->info.sha256 = arena_strndup(&s->arena, sha256, strlen(sha256));
	}
	return rc;
}

/* The passes that need DWARF, up to what all units say. */
static int read_dwarf(struct extraction *x, struct err *err)
{
	int rc = extract_open_dwarf(x->img, x->o, x->stages, &x->findings, &x->s->arena, &x->dwarf, err);

	if (rc)
		return rc;
	/* Every unit's place in .debug_info is known; nothing of DWARF is read but headers. */
	read_units(x);
	/* Each unit's functions, copies and calls, and BTF and symbols, are known, each on its own. */
	return judge_damage(x, err);
}

/* What an image without DWARF has. */
static int read_rest(struct extraction *x, struct err *err)
{
	uint64_t start = stage_now_ns();

	lanes_run(x->o->nlanes ? x->o->nlanes : lanes_default(), JOB_UNITS, job, x);
	stage_add(x->stages, "read BTF, symbols", start, x->s->btf_size, x->symbols.v.n);
	if (x->has_btf || x->symbols.v.n)
		return 0;
	if (x->btf_err.code)
		return err_set(err, x->btf_err.code, x->btf_err.where, x->btf_err.offset, "%s", x->btf_err.msg);
	return no_dwarf(x->img, err);
}

static int run_passes(struct extraction *x, struct err *err)
{
	const struct image_live *live = image_live(x->img);
	int rc;

	rc = extract_identity(x->img, x->s, err);
	if (rc)
		return rc;
	/* The image has a name. */
	start_hash(x);
	rc = find_dwarf(x, err);
	if (rc)
		return rc;
	rc = x->has_dwarf ? read_dwarf(x, err) : read_rest(x, err);
	if (rc)
		return rc;
	judge_rest(x);
	/* What is missing is counted, and little. */
	rc = make_types(x, err);
	if (rc)
		return rc;
	/* Types are constructs, whatever they were read from. */
	unite_units(x);
	/* Functions have their instances, callers and symbols; from here on lanes do not matter. */
	set_btf_protos(x);
	if (x->has_dwarf)
		set_dwarf_protos(x);
	set_facts(x);
	/* Functions have prototypes. */
	rc = read_kernel(x, err);
	if (x->has_btf && x->has_dwarf)
		find_btf_doubts(x->readers, x->units, x->s, &x->merged, image_path(x->img), &x->findings);
	find_debug_flavor(x->s, image_path(x->img), &x->findings);
	if (live) {
		live_attach(live, x->s);
		live_unseen(x->img, live, &x->findings, &x->s->arena);
	}
	/* All is there but, perhaps, the hash. */
	return rc;
}

int extract_image(struct image *img, const struct extract_options *o, struct surface *s, struct err *err)
{
	struct extraction x = { .img = img, .o = o, .s = s };
	struct finding *kept;
	int rc;

	err_clear(&x.btf_err);
	err_clear(&x.symbols_err);
	x.stages = o->stages ? o->stages : &x.unwanted;
	rc = run_passes(&x, err);
	if (!rc) {
		kept = arena_alloc(&s->arena, x.findings.v.n * sizeof(*kept));
		if (x.findings.v.n)
			memcpy(kept, x.findings.v.v, x.findings.v.n * sizeof(*kept));
		s->info.findings = kept;
		s->info.nfindings = (uint32_t)x.findings.v.n;
	}
	free_extraction(&x);
	if (!rc && image_live(img))
		live_modules(image_live(img), s);
	return rc;
}

/* A module has its own .BTF, or the one that its kernel's was made like: from DWARF. */
static bool wants_types(const struct extraction *x)
{
	return x->has_dwarf && !x->has_btf && x->o->types != TYPES_BTF;
}

static int run_module(struct extraction *x, struct err *err)
{
	const struct image_info *kernel = &x->view->s->info;
	struct image_bytes info = { NULL, 0 };
	int rc = 0;

	if (kernel->facts & FACT_INSTANCES)
		rc = image_section(x->img, ".debug_info", &info, err);
	if (rc)
		return rc;
	x->has_dwarf = info.size;
	rc = x->has_dwarf ? read_dwarf(x, err) : 0;
	if (rc)
		return rc;
	if (!x->has_dwarf)
		lanes_run(1, JOB_UNITS, job, x);
	judge_rest(x);
	rc = wants_types(x) ? make_types(x, err) : 0;
	if (rc)
		return rc;
	unite_units(x);
	set_btf_protos(x);
	if (x->has_dwarf)
		set_dwarf_protos(x);
	return read_kernel(x, err);
}

int extract_module(const struct module_source *src, const struct extract_options *o, const struct kernel_view *v,
		   struct module_facts *m, bool *has_btf, struct err *err)
{
	struct extract_options own = { .types = o->types, .nlanes = 1, .force = o->force };
	struct extraction x = { .img = src->debug, .o = &own, .s = &m->s, .module = src, .view = v };
	int rc;

	err_clear(&x.btf_err);
	err_clear(&x.symbols_err);
	x.stages = &x.unwanted;
	x.findings = m->findings;
	rc = run_module(&x, err);
	m->findings = x.findings;
	memset(&x.findings, 0, sizeof(x.findings));
	*has_btf = x.has_btf && x.btf.ntypes;
	free_extraction(&x);
	return rc;
}
