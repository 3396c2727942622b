// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One input of ksurf add: its parts opened, each kernel among them read with the modules and the config that belong
 * to it, and stored. Says what became of it; never prints.
 */
#include "cli/add_int.h"
#include "extract/extract.h"

/* What one image is made of besides the kernel itself. */
struct add_parts {
	VEC(const struct image_part *) modules;
	const struct image_part *config;
	struct image_part stored_config; /* the config that the store knows of the same build, where there is no other */
	struct buf config_text;
	struct buf stored; /* modules of the image that is there of the same build, where some of these are not among them */
};

/* A surface with tables of its own: nothing is shared between images that are read at once. */
struct own_surface {
	struct strtab str;
	struct type_table types;
	struct surface s;
};

static void own_init(struct own_surface *o)
{
	strtab_init(&o->str);
	type_table_init(&o->types);
	surface_init(&o->s, &o->str, &o->types);
}

static void own_done(struct own_surface *o)
{
	surface_done(&o->s);
	type_table_done(&o->types);
	strtab_done(&o->str);
}

/* ---- which parts belong to a kernel ---- */

/* With one kernel all is its own (extract_modules holds modules against it); with several their releases tell. */
static void choose_parts(const struct image_parts *parts, size_t nkernels, const char *release, struct add_parts *ret)
{
	*ret = (struct add_parts){ .config = NULL };
	for (size_t i = 0; i < image_nparts(parts); i++) {
		const struct image_part *part = image_part(parts, i);

		if (part->kind == PART_KERNEL || (nkernels > 1 && strcmp(part->release, release)))
			continue;
		if (part->kind == PART_MODULE)
			VEC_PUSH(&ret->modules, part);
		else if (!ret->config || !strcmp(part->release, release))
			ret->config = part;
	}
}

/* The module's name as the kernel has it, from its file's: "nf_conntrack" of ".../nf-conntrack.ko.xz". */
static bool is_module_of(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *p = slash ? slash + 1 : path;

	for (; *p && *p != '.' && *name; p++, name++)
		if ((*p == '-' ? '_' : *p) != *name)
			return false;
	return !*name && *p == '.';
}

static bool has_modules(const struct image_info *info, const struct add_parts *parts)
{
	for (size_t i = 0; i < parts->modules.n; i++) {
		uint32_t k = 0;

		while (k < info->nmodules && !is_module_of(parts->modules.v[i]->path, info->modules[k].name))
			k++;
		if (k == info->nmodules)
			return false;
	}
	return true;
}

/* ---- is it there already? ---- */

/* True when the stored image of the same build cannot tell less than what would be read now. */
static bool tells_all(const struct image_info *stored, const struct image_info *now, const struct add_parts *parts,
		      const struct cli_args *a)
{
	bool config = a->config || parts->config;

	return (stored->facts & FACT_INSTANCES || (stored->source == now->source && now->source == IMAGE_FROM_BTF)) &&
	       (!config || stored->kinds & 1u << KIND_CONFIG) && has_modules(stored, parts);
}

/* Modules are not added to an image one by one: whoever wants more of them has to name all. */
static void keep_stored_modules(const struct image_info *stored, struct add_parts *parts)
{
	if (!stored->nmodules || has_modules(stored, parts))
		return;
	for (uint32_t i = 0; i < stored->nmodules; i++)
		buf_printf(&parts->stored, "%s%s", i ? "," : "", stored->modules[i].name);
}

/* A debug package comes without the config that the boot image's package brought: that stays with the build. */
static int keep_stored_config(struct store *st, const struct store_image *im, struct add_parts *parts, struct err *err)
{
	struct surface s;
	int rc;

	if (parts->config || !(im->info.kinds & 1u << KIND_CONFIG))
		return 0;
	surface_init(&s, store_strtab(st), store_types(st));
	rc = store_load_constructs(st, im->id, KIND_CONFIG, &s, err);
	for (size_t i = 0; !rc && i < s.constructs.n; i++) {
		const char *name = surface_text(&s, s.constructs.v[i].name), *value = surface_text(&s, s.constructs.v[i].text);

		buf_printf(&parts->config_text, strcmp(value, "n") ? "%s=%s\n" : "# %s is not set\n", name, value);
	}
	surface_done(&s);
	parts->stored_config = (struct image_part){ .kind = PART_CONFIG, .path = "the store's config", .release = "",
						    .data = (const uint8_t *)parts->config_text.v,
						    .size = parts->config_text.n };
	if (!rc)
		parts->config = &parts->stored_config;
	return rc;
}

/* Asked before anything is read: it saves a second an image. The store has the last word when it is added. */
static int is_there(struct add_job *job, const struct image *img, const struct image_info *info,
		    struct add_parts *parts, bool *there, struct err *err)
{
	struct store *st = add_lock_store(job);
	struct store_image im;
	struct arena arena;
	bool found = false;
	uint32_t id;
	int rc = store_find_build(st, info, &found, &id, err);

	*there = false;
	arena_init(&arena);
	if (!rc && found && info->source != IMAGE_FROM_RUNNING && !(rc = store_get_image(st, id, &arena, &im, err))) {
		keep_stored_modules(&im.info, parts);
		*there = tells_all(&im.info, info, parts, add_args(job));
		if (*there)
			add_say(job, "%s: %s is in the store already; nothing was changed", image_path(img), im.info.name);
		else if (!add_args(job)->config)
			rc = keep_stored_config(st, &im, parts, err);
	}
	arena_done(&arena);
	add_unlock_store(job);
	return rc;
}

/* ---- what is said of an image ---- */

/* Without a fact its absence says nothing: what the reader must not conclude. */
static void say_unknown(struct add_job *job, const struct image_info *info)
{
	static const char *const from[IMAGE_NSOURCES] = {
		[IMAGE_FROM_BOOT] = "boot image: ",
		[IMAGE_FROM_BTF] = "BTF alone: ",
		[IMAGE_FROM_RUNNING] = "running kernel: ",
	};
	const char *what = from[info->source] ? from[info->source] : "";

	if (!(info->facts & FACT_SYMBOLS))
		add_say(job, "  %sno symbols, so which functions there are is unknown", what);
	else if (!(info->facts & FACT_INSTANCES))
		add_say(job, "  %sno DWARF, so places and inlining of functions are unknown", what);
	if (!*info->types_from)
		add_say(job, "  %sno BTF, so types and prototypes are unknown", what);
	if (info->facts & FACT_SYMBOLS && !(info->facts & FACT_ADDRESSES))
		add_say(job, "  %saddresses of symbols are hidden", what);
}

static void say_added(struct add_job *job, const struct surface *s, const char *name, bool replaced)
{
	uint64_t ngroups = 0, nprotos = 0;
	char groups[32], instances[32], protos[32], modules[32];
	struct buf kinds = { 0 };

	for (size_t i = 0; i < s->funcs.n; i++) {
		ngroups += func_has_group(&s->funcs.v[i]);
		nprotos += func_has_proto(&s->funcs.v[i]);
	}
	add_say(job, "%s %s: %s functions, %s instances, %s prototypes", replaced ? "replaced" : "added", name,
		cli_count(ngroups, groups), cli_count(s->instances.n, instances), cli_count(nprotos, protos));
	if (replaced)
		add_say(job, "  the image of this build that was there told less");
	if (*cli_count_kinds(&kinds, s))
		add_say(job, "  %s", buf_z(&kinds) + 2);
	buf_done(&kinds);
	if (s->info.nmodules)
		add_say(job, "  with %s module%s", cli_count(s->info.nmodules, modules), s->info.nmodules == 1 ? "" : "s");
	say_unknown(job, &s->info);
	for (uint32_t i = 0; i < s->info.nfindings; i++)
		if (s->info.source != IMAGE_FROM_RUNNING || strcmp(s->info.findings[i].code, "not-seen"))
			add_say(job, "  %s (%llu): %s", s->info.findings[i].code,
				(unsigned long long)s->info.findings[i].count, s->info.findings[i].message);
}

/* A line each, where the finding not-seen has all in one. */
static void say_unseen(struct add_job *job, const struct image *img)
{
	const struct image_live *live = image_live(img);

	for (size_t i = 0; live && i < live->unseen.n; i++)
		add_say(job, "  not seen: %s: %s", live->unseen.v[i].what, live->unseen.v[i].why);
}

static void say_stored(struct add_job *job, const struct image *img, struct add_parts *parts, const struct surface *s,
		       enum store_added added, const char *name)
{
	if (added == STORE_ALREADY) {
		job->nalready++;
		add_say(job, "%s: %s is in the store already; nothing was changed", image_path(img), name);
		if (parts->config && parts->config != &parts->stored_config)
			add_say(job, "  to keep the config of this one, too, add both in one call, or that one again with "
				     "--config");
	} else {
		job->nadded += added != STORE_REPLACED;
		job->nreplaced += added == STORE_REPLACED;
		say_added(job, s, name, added == STORE_REPLACED);
		say_unseen(job, img);
	}
	if (added == STORE_RENAMED)
		add_say(job, "  another build of %s is in the store, so this one is called %s", s->info.name, name);
	if (parts->stored.n)
		add_say(job, "  one with other modules was there; to have all, name all: --modules %.900s,...",
			buf_z(&parts->stored));
}

/* ---- reading and storing ---- */

static int extract_and_store(struct add_job *job, struct image *img, struct add_parts *parts, struct surface *s,
			     struct err *err)
{
	const struct cli_args *a = add_args(job);
	struct extract_options o = {
		.config = a->config,
		.config_part = parts->config,
		.nlanes = add_lanes(job),
		.force = a->force,
		.types = a->types,
		.stages = &job->stages,
		.progress = add_progress,
		.ctx = job,
	};
	enum store_added added;
	const char *name;
	int rc = extract_image(img, &o, s, err);

	if (!rc && parts->modules.n && !cli_stopped())
		rc = extract_modules(s, &o, parts->modules.v, parts->modules.n, err);
	/* What was stopped is not stored; what is being stored is stored wholly. */
	if (rc || cli_stopped())
		return rc;
	/* Alone, the hash is waited for as late as can be; beside others, before they have to wait for it, too. */
	if (!add_is_alone(job))
		surface_settle(s);
	add_take_turn(job);
	rc = store_add_image(add_lock_store(job), s, o.nlanes, &added, &name, &job->stages, err);
	add_unlock_store(job);
	if (rc)
		return rc;
	stage_add(&job->stages, "all", job->start, image_file_size(img), s->funcs.n);
	if (a->stats)
		cli_stages_text(&job->words, &job->stages);
	say_stored(job, img, parts, s, added, name);
	return 0;
}

static int add_image(struct add_job *job, struct image *img, const struct image_parts *parts, size_t nkernels,
		     struct err *err)
{
	struct add_parts own = { .config = NULL };
	struct own_surface os;
	bool there = false;
	int rc;

	own_init(&os);
	rc = extract_identity(img, &os.s, err);
	if (!rc && parts)
		choose_parts(parts, nkernels, os.s.info.release, &own);
	if (!rc)
		rc = is_there(job, img, &os.s.info, &own, &there, err);
	if (there)
		job->nalready++;
	if (!rc && !there && !cli_stopped())
		rc = extract_and_store(job, img, &own, &os.s, err);
	own_done(&os);
	VEC_DONE(&own.modules);
	buf_done(&own.stored);
	buf_done(&own.config_text);
	return rc;
}

/* Fails one image of the job; the others go on. */
static void take_err(struct add_job *job, struct err *err)
{
	add_failed(job, err);
	err_clear(err);
}

static void add_kernels(struct add_job *job, const struct image_parts *parts)
{
	struct err err = ERR_INIT;
	struct image *img;
	size_t nkernels = 0;

	for (size_t i = 0; i < image_nparts(parts); i++)
		nkernels += image_part(parts, i)->kind == PART_KERNEL;
	if (!nkernels) {
		err_set(&err, ERR_MISSING, job->path, ERR_NO_OFFSET, "holds no kernel");
		take_err(job, &err);
	}
	if (nkernels > 1 && add_args(job)->config) {
		err_set(&err, ERR_USAGE, job->path, ERR_NO_OFFSET, "holds %zu kernels; --config is of one", nkernels);
		take_err(job, &err);
		return;
	}
	for (size_t i = 0; i < image_nparts(parts) && !cli_stopped(); i++) {
		const struct image_part *part = image_part(parts, i);

		if (part->kind != PART_KERNEL)
			continue;
		if (image_open_part(part, &img, &err)) {
			take_err(job, &err);
			continue;
		}
		if (add_image(job, img, parts, nkernels, &err))
			take_err(job, &err);
		image_close(img);
		job->stages.n = 0;
		job->start = stage_now_ns();
	}
}

static void add_running(struct add_job *job)
{
	const struct cli_args *a = add_args(job);
	struct err err = ERR_INIT;
	struct image *img;

	if (image_open_running(a->root ? a->root : "/", &img, &err)) {
		take_err(job, &err);
		return;
	}
	if (add_image(job, img, NULL, 1, &err))
		take_err(job, &err);
	image_close(img);
}

/* A module that is named and not there is no reason to leave the image out, but is said. */
static void say_missing_modules(struct add_job *job, const struct image_parts *parts)
{
	const char *names = add_args(job)->modules;

	if (!names || !strcmp(names, "all") || !strcmp(names, "none"))
		return;
	for (const char *p = names; *p; p += p[strcspn(p, ",")] ? strcspn(p, ",") + 1 : strcspn(p, ",")) {
		size_t i = 0, len = strcspn(p, ",");
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)len, p);
		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		while (i < image_nparts(parts) &&
		       (image_part(parts, i)->kind != PART_MODULE || !is_module_of(image_part(parts, i)->path, name)))
			i++;
		if (i == image_nparts(parts) && *name)
			add_say(job, "  %s: no module %s", job->path, name);
	}
}

void add_input(struct add_job *job)
{
	const struct cli_args *a = add_args(job);
	struct image_parts_options o = {
		.modules = a->modules && strcmp(a->modules, "none") ? a->modules : NULL,
		.limit = a->unpack_max,
		.nlanes = add_lanes(job),
		.stages = &job->stages,
	};
	struct err err = ERR_INIT;
	struct image_parts *parts;
	char count[32];

	job->start = stage_now_ns();
	if (!job->in) {
		add_running(job);
		return;
	}
	if (image_parts_open(job->in, &o, &parts, &err)) {
		take_err(job, &err);
		return;
	}
	add_kernels(job, parts);
	say_missing_modules(job, parts);
	if (image_parts_unasked(parts) && job->nadded + job->nreplaced)
		add_say(job, "  modules left out: %s; --modules all or --modules NAME,... reads them with the kernel",
			cli_count(image_parts_unasked(parts), count));
	image_parts_close(parts);
}
