// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * JSON: all facts of the result tree under names and codes that stay (docs/formats/report.md). One
 * line an image and a pair, so that a text diff of two reports is readable. Never leaves out a fact
 * for brevity, except type changes that C text does not show: these are none.
 */
#include "report/json_int.h"

void json_put_key(struct buf *out, const char *key)
{
	buf_char(out, '"');
	buf_puts(out, key);
	PUT(out, "\": ");
}

void json_put_string(struct buf *out, const char *key, const char *s)
{
	json_put_key(out, key);
	buf_json(out, s, strlen(s));
}

static void json_put_hex(struct buf *out, const char *key, uint64_t v)
{
	json_put_key(out, key);
	PUT(out, "\"0x");
	buf_hex(out, v);
	buf_char(out, '"');
}

void json_put_number(struct buf *out, const char *key, uint64_t v)
{
	json_put_key(out, key);
	buf_dec(out, v);
}

void json_put_bool(struct buf *out, const char *key, bool v)
{
	json_put_key(out, key);
	buf_puts(out, v ? "true" : "false");
}

/* A comma, except in front of a list's first element. */
void json_put_comma(struct buf *out, size_t i, const char *comma)
{
	if (i)
		buf_puts(out, comma);
}

void json_put_id(struct buf *out, const struct surface *s, uint32_t id)
{
	buf_json(out, strtab_text(s->str, id), strtab_len(s->str, id));
}

/* ---- images and their facts ---- */

void json_put_owners(struct buf *out, const char *key, const char *owners)
{
	size_t n = 0;

	json_put_key(out, key);
	buf_char(out, '[');
	while (*owners) {
		size_t len = strcspn(owners, ",");

		json_put_comma(out, n++, ", ");
		buf_json(out, owners, len);
		owners += len + (owners[len] == ',');
	}
	buf_char(out, ']');
}

/* A module's name, where it is not the kernel itself. */
static void put_owner(struct buf *out, const struct surface *s, uint32_t owner)
{
	if (!owner)
		return;
	PUT(out, ", ");
	json_put_key(out, "owner");
	json_put_id(out, s, owner);
}

void json_put_absence(struct buf *out, enum query_absence absence)
{
	static const char *const reasons[] = { [UNKNOWN_MODULES] = "modules", [UNKNOWN_TYPES] = "types-alone",
					       [UNKNOWN_DEBUG] = "debug-info" };

	if (absence == ABSENT || absence == ABSENT_SYMBOL) {
		json_put_string(out, "status", absence == ABSENT ? "absent" : "no-symbol");
		return;
	}
	json_put_string(out, "status", "unknown");
	if (absence == UNKNOWN_KIND)
		return;
	PUT(out, ", ");
	json_put_string(out, "reason", reasons[absence]);
}

void json_put_doubts(struct buf *out, const struct image_info *info)
{
	size_t n = 0;

	for (uint32_t i = 0; i < info->nfindings; i++) {
		if (!finding_is_doubt(&info->findings[i], true))
			continue;
		buf_puts(out, n++ ? ", " : ", \"doubts\": [");
		buf_json(out, info->findings[i].code, strlen(info->findings[i].code));
	}
	buf_puts(out, n ? "]" : "");
}

const char *const json_collision_code[COLLISION_NTYPES] = {
	[COLLISION_UNIQUE_GLOBAL] = "unique-global",
	[COLLISION_UNIQUE_STATIC] = "unique-static",
	[COLLISION_STATIC_DUPLICATION] = "static-duplication",
	[COLLISION_STATIC_STATIC] = "static-static-collision",
	[COLLISION_STATIC_GLOBAL] = "static-global-collision",
	[COLLISION_GLOBAL_GLOBAL] = "global-global-collision",
	[COLLISION_UNKNOWN] = "unknown",
	[COLLISION_SYMBOLS] = "symbol-duplication",
};

const char *const json_inline_code[INLINE_NTYPES] = {
	[INLINE_NO] = "no",
	[INLINE_FULL] = "full",
	[INLINE_SELECTIVE] = "selective",
	[INLINE_UNKNOWN] = "unknown",
};

static void put_issue_codes(struct buf *out, unsigned int issues)
{
	static const char *const codes[] = { "duplicate",	 "collision",	     "full-inline",  "selective-inline",
					     "transformation", "ambiguous-symbol", "across-owners" };
	size_t n = 0;

	json_put_key(out, "issues");
	buf_char(out, '[');
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (!(issues & 1u << i))
			continue;
		json_put_comma(out, n++, ", ");
		buf_json(out, codes[i], strlen(codes[i]));
	}
	buf_char(out, ']');
}

static void put_callers(struct buf *out, const char *key, const struct surface *s,
			const struct caller *c, uint32_t n)
{
	struct buf scratch = { 0 };

	json_put_key(out, key);
	buf_char(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		json_put_comma(out, i, ", ");
		scratch.n = 0;
		put_str(&scratch, s->str, c[i].file);
		buf_char(&scratch, ':');
		put_str(&scratch, s->str, c[i].func);
		buf_json(out, scratch.v, scratch.n);
	}
	buf_char(out, ']');
	buf_done(&scratch);
}

static void put_instance(struct buf *out, const struct surface *s, const struct instance *in)
{
	const struct caller *c = s->callers.v + in->callers;

	PUT(out, "{");
	json_put_key(out, "file");
	if (in->file)
		json_put_id(out, s, in->file);
	else
		PUT(out, "null");
	PUT(out, ", ");
	json_put_key(out, "location");
	if (in->loc_file) {
		PUT(out, "{");
		json_put_key(out, "file");
		json_put_id(out, s, in->loc_file);
		PUT(out, ", ");
		json_put_number(out, "line", in->loc_line);
		PUT(out, "}");
	} else {
		PUT(out, "null");
	}
	PUT(out, ", ");
	json_put_hex(out, "address", in->addr);
	PUT(out, ", ");
	json_put_bool(out, "external", in->external);
	PUT(out, ", ");
	json_put_bool(out, "inlined", inline_word_is_inlined(in->inline_word));
	PUT(out, ", ");
	json_put_string(out, "inline", inline_word_text[in->inline_word]);
	PUT(out, ", ");
	put_callers(out, "inline_callers", s, c, in->ninline_callers);
	PUT(out, ", ");
	put_callers(out, "direct_callers", s, c + in->ninline_callers, in->ndirect_callers);
	put_owner(out, s, in->owner);
	PUT(out, "}");
}

static void put_symbol(struct buf *out, const struct surface *s, const struct symbol *sym, bool addresses)
{
	PUT(out, "{");
	json_put_key(out, "name");
	json_put_id(out, s, sym->name);
	PUT(out, ", ");
	if (addresses)
		json_put_hex(out, "address", sym->addr);
	else
		PUT(out, "\"address\": null");
	PUT(out, ", ");
	if (addresses)
		json_put_number(out, "size", sym->size);
	else
		PUT(out, "\"size\": null");
	PUT(out, ", ");
	json_put_key(out, "section");
	json_put_id(out, s, sym->section);
	PUT(out, ", ");
	json_put_string(out, "binding", symbol_bind_text[sym->bind]);
	put_owner(out, s, sym->owner);
	PUT(out, "}");
}

static void put_symbols(struct buf *out, const struct surface *s, const struct func *f, const struct image_info *info)
{
	json_put_key(out, "symbols");
	buf_char(out, '[');
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		json_put_comma(out, i, ", ");
		put_symbol(out, s, &s->symbols.v[f->symbols + i], info->facts & FACT_ADDRESSES);
	}
	buf_char(out, ']');
}

static void put_group_facts(struct buf *out, const struct surface *s, const struct func *f,
			    const struct image_info *info)
{
	struct buf owners = { 0 };

	PUT(out, ", ");
	put_issue_codes(out, query_issues(s, f));
	PUT(out, ", ");
	json_put_string(out, "collision", json_collision_code[f->collision]);
	PUT(out, ", ");
	json_put_string(out, "inline", json_inline_code[f->inline_type]);
	PUT(out, ", ");
	json_put_bool(out, "transformation", func_is_transformed(s, f));
	PUT(out, ", ");
	if (has_modules(s, KIND_FUNC, (uint32_t)(f - s->funcs.v))) {
		query_put_owners(&owners, s, KIND_FUNC, (uint32_t)(f - s->funcs.v));
		json_put_owners(out, "owners", buf_z(&owners));
		PUT(out, ", ");
		buf_done(&owners);
	}
	json_put_key(out, "instances");
	if (!f->ninstances && !(info->facts & FACT_INSTANCES)) {
		PUT(out, "null, ");
		put_symbols(out, s, f, info);
		return;
	}
	buf_char(out, '[');
	for (uint32_t i = 0; i < f->ninstances; i++) {
		json_put_comma(out, i, ", ");
		put_instance(out, s, &s->instances.v[f->instances + i]);
	}
	PUT(out, "], ");
	put_symbols(out, s, f, info);
}

void json_put_identity(struct buf *out, const struct image_info *info)
{
	json_put_string(out, "name", info->name);
	PUT(out, ", ");
	json_put_key(out, "version");
	buf_printf(out, "\"%u.%u.%u\", ", info->version[0], info->version[1], info->version[2]);
	json_put_string(out, "revision", info->revision);
	PUT(out, ", ");
	json_put_string(out, "arch", info->arch);
	PUT(out, ", ");
	json_put_string(out, "flavor", info->flavor);
}

static const char *status_code(const struct surface *s, const struct func *f)
{
	if (!func_has_group(f))
		return "prototype-only";
	return func_is_declared_only(s, f) ? "declared-only" : "present";
}

static void put_attach(struct buf *out, uint32_t attach)
{
	static const char *const words[] = { "ftrace", "no_kprobe", "error_injection", "btf" };

	PUT(out, ", ");
	json_put_key(out, "attach");
	PUT(out, "{");
	for (unsigned int bit = 0; bit < ARRAY_SIZE(words); bit++) {
		json_put_comma(out, bit, ", ");
		json_put_bool(out, words[bit], attach >> bit & 1);
	}
	PUT(out, "}");
}

static void put_image(struct buf *out, const void *ctx, size_t i)
{
	const struct query_construct *q = ctx;
	const struct surface *s = &q->facts;
	const struct func *f = q->at.v[i] == SEQ_NONE ? NULL : &s->funcs.v[q->at.v[i]];
	const struct image_info *info = &q->view->images->images.v[i].info;
	struct buf text = { 0 };

	PUT(out, "{");
	json_put_identity(out, info);
	json_put_doubts(out, info);
	PUT(out, ", ");
	if (f)
		json_put_string(out, "status", status_code(s, f));
	else
		json_put_absence(out, query_construct_absence(q, i));
	if (f) {
		PUT(out, ", ");
		json_put_key(out, "declaration");
		if (func_has_proto(f)) {
			type_print_c(&text, s->types, s->str, f->proto, q->name);
			buf_json(out, text.v, text.n);
		} else {
			PUT(out, "null");
		}
	}
	if (f && image_knows_attach(info))
		put_attach(out, f->attach);
	else if (f && info->source != IMAGE_FROM_DATASET)
		PUT(out, ", \"attach\": null");
	if (f && func_has_group(f))
		put_group_facts(out, s, f, info);
	else if (f && !(info->facts & FACT_SYMBOLS))
		PUT(out, ", \"collision\": \"unknown\", \"inline\": \"unknown\", \"transformation\": null, "
			 "\"instances\": null, \"symbols\": null");
	PUT(out, "}");
	buf_done(&text);
}

/* ---- groups and differences ---- */

static void put_param(struct buf *out, const char *key, const struct surface *s, uint32_t proto,
		      uint32_t at)
{
	const struct type *n = type_at(s->types, proto);
	const struct type_param *p = &s->types->params.v[n->params + at];
	struct buf text = { 0 };

	if (at + 1 == n->count && type_param_is_dots(p))
		PUT(&text, "...");
	else
		type_print_c(&text, s->types, s->str, p->type, strtab_text(s->str, p->name));
	json_put_key(out, key);
	PUT(out, "{");
	json_put_number(out, "position", at);
	PUT(out, ", ");
	json_put_key(out, "name");
	if (p->name)
		json_put_id(out, s, p->name);
	else
		PUT(out, "null");
	PUT(out, ", ");
	json_put_key(out, "declaration");
	buf_json(out, text.v, text.n);
	PUT(out, "}");
	buf_done(&text);
}

static void put_param_names(struct buf *out, const char *key, const struct surface *s,
			    uint32_t proto)
{
	const struct type *n = type_at(s->types, proto);

	json_put_key(out, key);
	buf_char(out, '[');
	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t name = s->types->params.v[n->params + i].name;

		json_put_comma(out, i, ", ");
		if (name)
			json_put_id(out, s, name);
		else
			PUT(out, "null");
	}
	buf_char(out, ']');
}

void json_put_type(struct buf *out, const char *key, const struct surface *s, uint32_t id)
{
	struct buf text = { 0 };

	type_print_c(&text, s->types, s->str, id, "");
	json_put_key(out, key);
	buf_json(out, text.v, text.n);
	buf_done(&text);
}

const char *const change_codes[CHANGE_NKINDS] = {
	[CHANGE_PARAM_ADDED] = "param-added",
	[CHANGE_PARAM_REMOVED] = "param-removed",
	[CHANGE_PARAM_REORDERED] = "param-reordered",
	[CHANGE_PARAM_TYPE] = "param-type-changed",
	[CHANGE_RETURN_TYPE] = "return-type-changed",
	[CHANGE_FIELD_ADDED] = "field-added",
	[CHANGE_FIELD_REMOVED] = "field-removed",
	[CHANGE_FIELD_TYPE] = "field-type-changed",
	[CHANGE_SIZE] = "size-changed",
	[CHANGE_FIELD_MOVED] = "field-moved",
	[CHANGE_FIELD_RESIZED] = "field-resized",
	[CHANGE_FIELD_BITFIELD] = "field-bitfield-changed",
	[CHANGE_VALUE_ADDED] = "value-added",
	[CHANGE_VALUE_REMOVED] = "value-removed",
	[CHANGE_VALUE] = "value-changed",
	[CHANGE_TARGET] = "target-changed",
	[CHANGE_EVENT] = "event-changed",
	[CHANGE_TRACE_FUNC] = "function-changed",
	[CHANGE_FORMAT] = "format-changed",
	[CHANGE_FLAGS] = "flags-changed",
	[CHANGE_NUMBER] = "number-changed",
	[CHANGE_CONFIG] = "config-changed",
	[CHANGE_INLINE] = "inline-changed",
	[CHANGE_COLLISION] = "collision-changed",
	[CHANGE_TRANSFORMATION] = "transformation-changed",
	[CHANGE_OWNER] = "owner-changed",
};

void json_put_change_code(struct buf *out, enum query_change_kind kind)
{
	json_put_string(out, "change", change_codes[kind]);
}

void json_put_owner_change(struct buf *out, const struct surface *s, const struct query_change *c)
{
	PUT(out, ", ");
	json_put_owners(out, "old", surface_text(s, c->old_param));
	PUT(out, ", ");
	json_put_owners(out, "new", surface_text(s, c->new_param));
}

void json_put_proto_change(struct buf *out, const struct surface *s, const struct query_change *c,
			   uint32_t old_proto, uint32_t new_proto)
{
	if (c->kind == CHANGE_PARAM_REMOVED || c->kind == CHANGE_PARAM_TYPE) {
		PUT(out, ", ");
		put_param(out, "old", s, old_proto, c->old_param);
	}
	if (c->kind == CHANGE_PARAM_ADDED || c->kind == CHANGE_PARAM_TYPE) {
		PUT(out, ", ");
		put_param(out, "new", s, new_proto, c->new_param);
	}
	if (c->kind == CHANGE_PARAM_REORDERED) {
		PUT(out, ", ");
		json_put_bool(out, "shifted_only", c->shifted_only);
		PUT(out, ", ");
		put_param_names(out, "old", s, old_proto);
		PUT(out, ", ");
		put_param_names(out, "new", s, new_proto);
	}
	if (c->kind == CHANGE_OWNER)
		json_put_owner_change(out, s, c);
	if (c->kind == CHANGE_RETURN_TYPE) {
		PUT(out, ", ");
		json_put_type(out, "old", s, type_at(s->types, old_proto)->ref);
		PUT(out, ", ");
		json_put_type(out, "new", s, type_at(s->types, new_proto)->ref);
	}
}

static void put_func_change(struct buf *out, const struct json_report *r, const struct query_diff *d,
			    const struct query_change *c)
{
	const struct surface *s = r->s;

	json_put_proto_change(out, s, c, s->funcs.v[d->old_func].proto, s->funcs.v[d->new_func].proto);
}

static void put_diff(struct buf *out, const struct json_report *r, const struct query_diff *d)
{
	const struct query_change *c = r->changes + d->changes;
	const struct store_image *images = r->view->images->images.v;
	size_t n = 0;

	PUT(out, "{");
	json_put_string(out, "old", images[d->old_member->image].info.name);
	PUT(out, ", ");
	json_put_string(out, "new", images[d->new_member->image].info.name);
	PUT(out, ", ");
	json_put_key(out, "changes");
	buf_char(out, '[');
	for (uint32_t i = 0; i < d->nchanges; i++) {
		if (c[i].invisible)
			continue;
		json_put_comma(out, n++, ", ");
		PUT(out, "{");
		json_put_change_code(out, c[i].kind);
		r->change(out, r, d, &c[i]);
		PUT(out, "}");
	}
	PUT(out, "]}");
}

static void put_group(struct buf *out, const struct json_report *r, const struct query_group *g)
{
	static const char *const codes[GROUP_NKINDS] = { "regular", "arch", "flavor" };
	const struct store_image *images = r->view->images->images.v;

	PUT(out, "{");
	json_put_string(out, "group", codes[g->kind]);
	PUT(out, ", ");
	json_put_string(out, "base_label", g->base.label);
	PUT(out, ", ");
	json_put_key(out, "members");
	buf_char(out, '[');
	for (size_t i = 0; i < g->members.n; i++) {
		json_put_comma(out, i, ", ");
		PUT(out, "{");
		json_put_string(out, "image", images[g->members.v[i].image].info.name);
		PUT(out, ", ");
		json_put_string(out, "label", g->members.v[i].label);
		PUT(out, "}");
	}
	PUT(out, "],\n   ");
	json_put_key(out, "differences");
	buf_char(out, '[');
	for (size_t i = 0; i < r->ndiffs[g->kind]; i++) {
		buf_puts(out, i ? ",\n    " : "\n    ");
		put_diff(out, r, &r->diffs[g->kind][i]);
	}
	PUT(out, "]}");
}

void json_put_report(struct buf *out, const struct json_report *r)
{
	const struct store_images *images = r->view->images;
	size_t n = 0;

	PUT(out, "{");
	json_put_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_put_string(out, "kind", kind_words[r->kind].word);
	PUT(out, ",\n ");
	json_put_string(out, "name", r->name);
	PUT(out, ",\n ");
	json_put_string(out, "base", images->images.v[r->view->base].info.name);
	PUT(out, ",\n ");
	json_put_key(out, "images");
	buf_char(out, '[');
	for (size_t i = 0; i < images->images.n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		r->image(out, r->ctx, i);
	}
	PUT(out, "],\n ");
	json_put_key(out, "groups");
	buf_char(out, '[');
	for (int k = 0; k < GROUP_NKINDS; k++) {
		if (!r->view->groups[k].members.n)
			continue;
		buf_puts(out, n++ ? ",\n  " : "\n  ");
		put_group(out, r, &r->view->groups[k]);
	}
	PUT(out, "]}\n");
}

void json_put_construct_report(struct buf *out, const struct query_construct *q, struct json_report r)
{
	r.kind = q->kind;
	r.name = q->name;
	r.view = q->view;
	r.s = &q->facts;
	r.changes = q->changes.v;
	r.ctx = q;
	for (int k = 0; k < GROUP_NKINDS; k++) {
		r.diffs[k] = q->diffs[k].v;
		r.ndiffs[k] = q->diffs[k].n;
	}
	json_put_report(out, &r);
}

void json_func(struct buf *out, const struct query_construct *q)
{
	json_put_construct_report(out, q, (struct json_report){ .image = put_image, .change = put_func_change });
}

static void put_findings(struct buf *out, const struct image_info *info)
{
	json_put_key(out, "findings");
	buf_char(out, '[');
	for (uint32_t k = 0; k < info->nfindings; k++) {
		json_put_comma(out, k, ", ");
		PUT(out, "{");
		json_put_string(out, "code", info->findings[k].code);
		PUT(out, ", ");
		json_put_number(out, "count", info->findings[k].count);
		PUT(out, ", ");
		json_put_string(out, "first", info->findings[k].message);
		PUT(out, "}");
	}
	buf_char(out, ']');
}

static void put_facts(struct buf *out, const struct image_info *info)
{
	static const char *const words[] = { "instances", "symbols", "addresses", "attach" };
	size_t n = 0;

	PUT(out, ", ");
	json_put_key(out, "facts");
	buf_char(out, '[');
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(info->facts >> i & 1))
			continue;
		json_put_comma(out, n++, ", ");
		buf_json(out, words[i], strlen(words[i]));
	}
	buf_char(out, ']');
}

static void put_modules(struct buf *out, const struct image_info *info)
{
	PUT(out, ", ");
	json_put_key(out, "modules");
	buf_char(out, '[');
	for (uint32_t i = 0; i < info->nmodules; i++) {
		json_put_comma(out, i, ", ");
		buf_json(out, info->modules[i].name, strlen(info->modules[i].name));
	}
	buf_char(out, ']');
}

static void put_store_image(struct buf *out, const struct store_image *im)
{
	const struct image_info *info = &im->info;
	const struct {
		const char *key, *text;
	} texts[] = {
		{ "release", info->release },
		{ "distro", info->distro },
		{ "compiler", info->compiler },
		{ "build_id", info->build_id },
		{ "sha256", info->sha256 },
		{ "banner", info->banner },
		{ "types_from", info->types_from },
		{ "source", info->source == IMAGE_FROM_KERNEL ? "kernel" : image_source_word[info->source] },
	};
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {
		{ "functions", im->ngroups },	 { "prototypes", im->nprotos },
		{ "instances", im->ninstances }, { "callers", im->ncallers },
		{ "symbols", im->nsymbols },	 { "pointer_size", info->pointer_size },
		{ "added", im->added },
	};

	PUT(out, "{");
	json_put_identity(out, info);
	for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
		PUT(out, ", ");
		json_put_string(out, texts[k].key, texts[k].text);
	}
	for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
		PUT(out, ", ");
		json_put_number(out, counts[k].key, counts[k].n);
	}
	put_facts(out, info);
	put_modules(out, info);
	PUT(out, ", ");
	json_put_bool(out, "big_endian", info->big_endian);
	PUT(out, ", ");
	put_findings(out, info);
	PUT(out, "}");
}

void json_images(struct buf *out, const struct store_images *images)
{
	PUT(out, "{");
	json_put_number(out, "schema", REPORT_JSON_VERSION);
	PUT(out, ",\n ");
	json_put_string(out, "kind", "images");
	PUT(out, ",\n ");
	json_put_key(out, "images");
	buf_char(out, '[');
	for (size_t i = 0; i < images->images.n; i++) {
		buf_puts(out, i ? ",\n  " : "\n  ");
		put_store_image(out, &images->images.v[i]);
	}
	PUT(out, "]}\n");
}
