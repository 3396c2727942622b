// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Adding an image: one transaction, from "is it here already" to the string index. Never reads a
 * function back.
 *
 * The passes, and what holds after each:
 *   refresh   the writer's caches know every string, type and body that is in the database
 *   assign    each string of the image has its id, new ones counting up in the order of mention
 *   lanes     side by side: new strings are inserted; types and bodies have their ids, and new ones their
 *             bytes and text; functions are packed, a chunk a job; the string index is built
 *   insert    types, functions and constructs in the order of their ids (SQLite only appends), the index,
 *             and the image's own rows
 *   commit    all or nothing
 * Ids follow from the surface alone, so the file's content does not depend on the number of lanes.
 */
#include "store/store_add_int.h"

#include <stdio.h>

#define CHUNK_FUNCS 2048

enum { JOB_STRINGS, JOB_TYPES, JOB_BTF, JOB_INDEX, JOB_CHUNKS /* then the modules' BTF */ };

/* ---- refresh: what the database has ---- */

static int refresh_types(struct store *st, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_TYPES_FROM, err);
	int step;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_int64(q, 1, st->last_pid);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t pid = sqlite3_column_int64(q, 0);
		const void *tree = sqlite3_column_blob(q, 1);
		uint32_t key = strtab_intern(&st->trees, tree ? tree : "",
					     (size_t)sqlite3_column_bytes(q, 1));

		if (pid <= 0 || pid > STORE_IDS_MAX) {
			sqlite3_reset(q);
			return store_damaged(st, err, "a type has the id %lld",
					     (long long)pid);
		}
		u32s_reach(&st->pid_of_tree, key);
		st->pid_of_tree.v[key] = (uint32_t)pid;
		st->last_pid = (uint32_t)pid;
	}
	if (step != SQLITE_DONE)
		store_fail(st, err, "reading types");
	sqlite3_reset(q);
	return step == SQLITE_DONE ? ERR_NONE : ERR_STORE;
}

static int refresh(struct store *st, struct err *err)
{
	uint64_t removes = 0;
	uint32_t before;
	int rc = store_counter(st, "removes", &removes, err);

	if (rc)
		return rc;
	if (removes != st->removes)
		store_forget(st);
	before = st->last_sid;
	rc = store_strings(st, err);
	if (!rc && st->last_sid > before) {
		u32s_reach(&st->sid_of_str, (uint32_t)st->str.entries.n - 1);
		for (uint32_t sid = before + 1; sid <= st->last_sid; sid++)
			if (st->str_of_sid.v[sid])
				st->sid_of_str.v[st->str_of_sid.v[sid]] = sid;
	}
	if (!rc)
		rc = refresh_types(st, err);
	if (!rc)
		rc = add_refresh_bodies(st, err);
	if (!rc)
		st->removes = removes;
	return rc;
}

/* ---- assign: string ids ---- */

void add_need_string(struct add *a, uint32_t id)
{
	const struct strtab *str = a->s->str;
	uint32_t known;

	if (!id || a->sid[id])
		return;
	known = str == &a->st->str ?
			id :
			strtab_find(&a->st->str, strtab_text(str, id), strtab_len(str, id));
	if (known && known < a->st->sid_of_str.n && a->st->sid_of_str.v[known]) {
		a->sid[id] = a->st->sid_of_str.v[known];
		return;
	}
	a->sid[id] = a->next_sid++;
	VEC_PUSH(&a->fresh, id);
}

/* The names in a type's tree; `seen` keeps shared nodes from being walked again and again. */
static void need_names(struct add *a, uint32_t id, struct buf *seen, unsigned int depth)
{
	const struct type *n = type_at(a->s->types, id);

	if (seen->v[id] || depth > STORE_TYPE_DEPTH) /* too deep: pack_tree refuses it */
		return;
	seen->v[id] = 1;
	add_need_string(a, n->name);
	if (n->ref)
		need_names(a, n->ref, seen, depth + 1);
	if (n->kind != TYPE_FUNC_PROTO)
		return;
	for (uint32_t i = 0; i < n->count; i++) {
		struct type_param p = a->s->types->params.v[n->params + i];

		add_need_string(a, p.name);
		need_names(a, p.type, seen, depth + 1);
	}
}

void add_need_type(struct add *a, uint32_t type, struct buf *seen)
{
	if (!type || a->at_of_type[type])
		return;
	VEC_PUSH(&a->types, ((struct add_type){ .type = type }));
	a->at_of_type[type] = (uint32_t)a->types.n;
	need_names(a, type, seen, 0);
}

void add_need_root(struct add *a, uint32_t type, struct buf *seen)
{
	const struct type_table *t = a->s->types;
	const struct type *n = type_at(t, type);

	if (n->kind != TYPE_FUNC_PROTO) {
		add_need_type(a, type, seen);
		return;
	}
	if (a->at_of_proto[type])
		return;
	add_need_type(a, n->ref, seen);
	for (uint32_t i = 0; i < n->count; i++) {
		add_need_string(a, t->params.v[n->params + i].name);
		add_need_type(a, t->params.v[n->params + i].type, seen);
	}
	VEC_PUSH(&a->types, ((struct add_type){ .type = type, .as_params = true }));
	a->at_of_proto[type] = (uint32_t)a->types.n;
}

/* Before the strings are counted: lists of several owners are new texts. */
static void set_owners(struct add *a)
{
	struct surface *s = a->s;
	struct owners scratch = { 0 };

	a->owner_of_func = base_calloc(s->funcs.n, sizeof(*a->owner_of_func));
	for (size_t i = 0; i < s->funcs.n; i++)
		a->owner_of_func[i] = store_func_owners(s, &s->funcs.v[i], &scratch);
	VEC_DONE(&scratch);
}

static void need_owners(struct add *a)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < s->instances.n; i++)
		add_need_string(a, s->instances.v[i].owner);
	for (size_t i = 0; i < s->symbols.n; i++)
		add_need_string(a, s->symbols.v[i].owner);
	for (size_t i = 0; i < s->constructs.n; i++)
		add_need_string(a, s->constructs.v[i].owner);
	for (size_t i = 0; i < s->funcs.n; i++)
		add_need_string(a, a->owner_of_func[i]);
}

static void need_files(struct add *a)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < s->instances.n; i++) {
		add_need_string(a, s->instances.v[i].file);
		add_need_string(a, s->instances.v[i].loc_file);
	}
	for (size_t i = 0; i < s->callers.n; i++)
		add_need_string(a, s->callers.v[i].file);
}

static void need_types(struct add *a)
{
	const struct surface *s = a->s;
	struct buf seen = { 0 };

	buf_grow(&seen, s->types->types.n);
	memset(seen.v, 0, s->types->types.n);
	for (size_t i = 0; i < s->funcs.n; i++)
		if (func_has_proto(&s->funcs.v[i]))
			add_need_root(a, s->funcs.v[i].proto, &seen);
	add_need_construct_types(a, &seen);
	buf_done(&seen);
}

static void need_symbols(struct add *a)
{
	const struct surface *s = a->s;

	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		for (uint32_t j = f->symbols; j < f->symbols + f->nsymbols; j++) {
			if (pack_symbol_name_is_own(s, f, &s->symbols.v[j]))
				add_need_string(a, s->symbols.v[j].name);
			if (pack_section_is_own(s, &s->symbols.v[j]))
				add_need_string(a, s->symbols.v[j].section);
		}
	}
}

void add_seen(struct buf *seen, uint32_t id)
{
	if (id >= seen->n) {
		buf_grow(seen, id + 1 - seen->n);
		memset(seen->v + seen->n, 0, id + 1 - seen->n);
		seen->n = (size_t)id + 1;
	}
	seen->v[id] = 1;
}

/*
 * Owners, files and the names in types are named again and again in packed bytes, so they come first
 * and get the short ids; then functions, in the order in which the image has them, then the rest.
 */
static void assign(struct add *a)
{
	const struct surface *s = a->s;
	struct buf names = { 0 }, strings = { 0 };

	a->sid = base_calloc(s->str->entries.n, sizeof(*a->sid));
	a->at_of_type = base_calloc(s->types->types.n, sizeof(*a->at_of_type));
	a->at_of_proto = base_calloc(s->types->types.n, sizeof(*a->at_of_proto));
	need_owners(a);
	need_files(a);
	need_types(a);
	for (size_t i = 0; i < s->funcs.n; i++) {
		add_need_string(a, s->funcs.v[i].name);
		add_seen(&names, a->sid[s->funcs.v[i].name]);
	}
	for (size_t i = 0; i < s->callers.n; i++)
		add_need_string(a, s->callers.v[i].func);
	need_symbols(a);
	add_need_construct_strings(a);
	u32s_reach(&a->str_of_sid, a->next_sid);
	for (size_t i = 1; i < s->str->entries.n; i++) {
		if (!a->sid[i])
			continue;
		add_seen(&strings, a->sid[i]);
		a->str_of_sid.v[a->sid[i]] = (uint32_t)i;
	}
	pack_ids(&a->image.uses[KIND_FUNC], &names);
	pack_ids(&a->image.uses[USE_STRINGS], &strings);
	buf_done(&names);
	buf_done(&strings);
}

static int by_sid(const void *a, const void *b)
{
	const struct add_row *x = a, *y = b;

	return x->sid < y->sid ? -1 : x->sid > y->sid;
}

/* Rows in the order of their names' ids; two functions of one name are the caller's mistake. */
static int order_rows(struct add *a, struct err *err)
{
	const struct surface *s = a->s;
	bool sorted = true;

	a->rows = base_alloc(s->funcs.n * sizeof(*a->rows));
	a->image.base = UINT64_MAX;
	for (size_t i = 0; i < s->funcs.n; i++) {
		const struct func *f = &s->funcs.v[i];

		a->rows[i] = (struct add_row){ .func = (uint32_t)i, .sid = a->sid[f->name] };
		sorted &= !i || a->rows[i - 1].sid < a->rows[i].sid;
		a->image.ngroups += func_has_group(f);
		a->image.nprotos += func_has_proto(f);
	}
	if (!sorted)
		qsort(a->rows, s->funcs.n, sizeof(*a->rows), by_sid);
	for (size_t i = 0; i < s->funcs.n; i++) {
		if (!a->rows[i].sid || (i && a->rows[i].sid == a->rows[i - 1].sid))
			return err_set(err, ERR_FORMAT, s->info.name, ERR_NO_OFFSET,
				       "two functions are named '%s'",
				       surface_text(s, s->funcs.v[a->rows[i].func].name));
	}
	for (size_t i = 0; i < s->instances.n; i++)
		if (s->instances.v[i].addr && !s->instances.v[i].owner &&
		    s->instances.v[i].addr < a->image.base)
			a->image.base = s->instances.v[i].addr;
	if (a->image.base == UINT64_MAX)
		a->image.base = 0;
	return ERR_NONE;
}

/* ---- lanes ---- */

static void job_strings(struct add *a)
{
	struct store *st = a->st;
	sqlite3_stmt *q = store_stmt(st, STMT_STRING_ADD, &a->err);
	int rc = q ? ERR_NONE : ERR_STORE;

	for (size_t i = 0; !rc && i < a->fresh.n; i++) {
		uint32_t id = a->fresh.v[i];

		sqlite3_bind_int64(q, 1, a->first_sid + (int64_t)i);
		sqlite3_bind_text(q, 2, surface_text(a->s, id), (int)strtab_len(a->s->str, id),
				  SQLITE_STATIC);
		rc = store_run(st, q, &a->err, "writing strings");
	}
}

/* Its types stand before it in the list, so they have their ids. */
static void pack_params(struct add *a, uint32_t type, u32s *ids)
{
	const struct type_table *t = a->s->types;
	const struct type *n = type_at(t, type);

	ids->n = 0;
	VEC_PUSH(ids, add_pid(a, n->ref));
	for (uint32_t i = 0; i < n->count; i++) {
		VEC_PUSH(ids, a->sid[t->params.v[n->params + i].name]);
		VEC_PUSH(ids, add_pid(a, t->params.v[n->params + i].type));
	}
	params_put(&a->trees, ids->v, ids->n);
}

static bool job_type(struct add *a, struct add_type *p, u32s *ids, struct buf *seen)
{
	struct store *st = a->st;
	uint32_t key;

	p->tree_at = a->trees.n;
	if (p->as_params)
		pack_params(a, p->type, ids);
	else if (!pack_tree(&a->trees, a->s->types, p->type, a->sid))
		return false;
	p->tree_size = (uint32_t)(a->trees.n - p->tree_at);
	key = strtab_intern(&st->trees, a->trees.v + p->tree_at, p->tree_size);
	u32s_reach(&st->pid_of_tree, key);
	p->is_new = !st->pid_of_tree.v[key];
	if (p->is_new) {
		st->pid_of_tree.v[key] = a->next_pid++;
		p->c_at = a->texts.n;
		if (!p->as_params)
			type_print_c(&a->texts, a->s->types, a->s->str, p->type, STORE_NAME_MARK);
		p->c_size = (uint32_t)(a->texts.n - p->c_at);
	} else {
		a->trees.n = p->tree_at;
	}
	p->pid = st->pid_of_tree.v[key];
	add_seen(seen, p->pid);
	return true;
}

static void job_types(struct add *a)
{
	struct buf seen = { 0 };
	u32s ids = { 0 };

	for (size_t i = 0; i < a->types.n; i++) {
		if (!job_type(a, &a->types.v[i], &ids, &seen)) {
			err_set(&a->type_err, ERR_UNSUPPORTED, a->s->info.name, ERR_NO_OFFSET,
				"a type is nested more than %d deep, or larger than %u bytes",
				STORE_TYPE_DEPTH, STORE_TREE_MAX);
			break;
		}
	}
	pack_ids(&a->image.uses[USE_TYPES], &seen);
	buf_done(&seen);
	VEC_DONE(&ids);
	if (!a->type_err.code)
		add_bodies(a);
}

static void job_index(struct add *a)
{
	const struct store *st = a->st;
	size_t n = 0, cap = a->fresh.n + st->last_sid;
	const char **texts = base_alloc(cap * sizeof(*texts));
	uint32_t *lens = base_alloc(cap * sizeof(*lens)), *sids = base_alloc(cap * sizeof(*sids));

	for (uint32_t sid = 1; sid <= st->last_sid; sid++) {
		uint32_t id = st->str_of_sid.v[sid];

		if (!id)
			continue;
		texts[n] = strtab_text(&st->str, id);
		lens[n] = strtab_len(&st->str, id);
		sids[n++] = sid;
	}
	for (size_t i = 0; i < a->fresh.n; i++) {
		texts[n] = surface_text(a->s, a->fresh.v[i]);
		lens[n] = strtab_len(a->s->str, a->fresh.v[i]);
		sids[n++] = a->first_sid + (uint32_t)i;
	}
	string_index_build(&a->index, texts, lens, sids, n);
	free(texts);
	free(lens);
	free(sids);
}

static void job_chunk(struct add *a, size_t chunk)
{
	struct buf *out = &a->chunks[chunk];
	size_t end = (chunk + 1) * CHUNK_FUNCS;

	if (end > a->s->funcs.n)
		end = a->s->funcs.n;
	for (size_t i = chunk * CHUNK_FUNCS; i < end; i++) {
		struct add_row *r = &a->rows[i];

		r->at = out->n;
		pack_func(out, a->s, &a->s->funcs.v[r->func], a->sid, a->image.base);
		r->size = (uint32_t)(out->n - r->at);
	}
}

static void job_rest(struct add *a, size_t job)
{
	if (job < a->nchunks)
		job_chunk(a, job);
	else
		btf_blob_pack(&a->modules[job - a->nchunks].btf);
}

static void add_job(void *ctx, unsigned int lane, size_t job)
{
	struct add *a = ctx;

	(void)lane;
	switch (job) {
	case JOB_STRINGS:
		job_strings(a);
		break;
	case JOB_TYPES:
		job_types(a);
		break;
	case JOB_BTF:
		btf_blob_pack(&a->btf);
		break;
	case JOB_INDEX:
		job_index(a);
		break;
	default:
		job_rest(a, job - JOB_CHUNKS);
	}
}

/* ---- insert ---- */

static int insert_types(struct add *a, struct err *err)
{
	sqlite3_stmt *q = store_stmt(a->st, STMT_TYPE_ADD, err);
	int rc = q ? ERR_NONE : ERR_STORE;

	for (size_t i = 0; !rc && i < a->types.n; i++) {
		const struct add_type *p = &a->types.v[i];

		if (!p->is_new)
			continue;
		sqlite3_clear_bindings(q);
		sqlite3_bind_int64(q, 1, p->pid);
		if (p->as_params) {
			sqlite3_bind_text(q, 4, a->trees.v + p->tree_at, (int)p->tree_size, SQLITE_STATIC);
		} else {
			sqlite3_bind_blob(q, 2, a->trees.v + p->tree_at, (int)p->tree_size, SQLITE_STATIC);
			sqlite3_bind_text(q, 3, a->texts.v + p->c_at, (int)p->c_size, SQLITE_STATIC);
		}
		rc = store_run(a->st, q, err, "writing types");
	}
	return rc;
}

static void bind_seq(sqlite3_stmt *q, int at, uint32_t seq)
{
	if (seq == SEQ_NONE)
		sqlite3_bind_null(q, at);
	else
		sqlite3_bind_int64(q, at, seq);
}

static void bind_func(struct add *a, sqlite3_stmt *q, size_t i)
{
	const struct add_row *r = &a->rows[i];
	const struct func *f = &a->s->funcs.v[r->func];
	int64_t ninline = 0, ndirect = 0;
	const char *detail = a->chunks[i / CHUNK_FUNCS].v;

	for (uint32_t j = 0; j < f->ninstances; j++) {
		const struct instance *in = &a->s->instances.v[f->instances + j];

		ninline += in->ninline_callers;
		ndirect += in->ndirect_callers;
	}
	sqlite3_bind_int64(q, 1, FUNC_ID(a->image.id, r->sid));
	bind_seq(q, 2, f->seq);
	bind_seq(q, 3, f->type_seq);
	sqlite3_bind_int64(q, 4, f->collision);
	sqlite3_bind_int64(q, 5, f->inline_type);
	sqlite3_bind_int64(q, 6, func_is_transformed(a->s, f));
	sqlite3_bind_int64(q, 7, f->attach);
	if (func_has_proto(f))
		sqlite3_bind_int64(q, 8, add_root_pid(a, f->proto));
	else
		sqlite3_bind_null(q, 8);
	sqlite3_bind_int64(q, 9, f->ninstances);
	sqlite3_bind_int64(q, 10, ninline);
	sqlite3_bind_int64(q, 11, ndirect);
	sqlite3_bind_int64(q, 12, f->nsymbols);
	sqlite3_bind_blob(q, 13, r->size ? detail + r->at : "", (int)r->size, SQLITE_STATIC);
	if (a->owner_of_func[r->func])
		sqlite3_bind_int64(q, 14, a->sid[a->owner_of_func[r->func]]);
	else
		sqlite3_bind_null(q, 14);
}

static int insert_funcs(struct add *a, struct err *err)
{
	sqlite3_stmt *q = store_stmt(a->st, STMT_FUNC_ADD, err);
	int rc = q ? ERR_NONE : ERR_STORE;

	for (size_t i = 0; !rc && i < a->s->funcs.n; i++) {
		bind_func(a, q, i);
		rc = store_run(a->st, q, err, "writing functions");
	}
	return rc;
}

static int insert_counters(struct add *a, struct err *err)
{
	int rc = store_counter_set(a->st, "next_image", a->image.id + 1, err);

	if (!rc)
		rc = store_counter_set(a->st, "next_string", a->next_sid, err);
	if (!rc)
		rc = store_counter_set(a->st, "next_type", a->next_pid, err);
	return rc ? rc : store_counter_set(a->st, "next_body", a->next_bid, err);
}

static int insert_all(struct add *a, struct err *err)
{
	int rc = insert_types(a, err);

	if (!rc)
		rc = insert_funcs(a, err);
	if (!rc)
		rc = add_insert_constructs(a, err);
	if (!rc)
		rc = add_names(a, err);
	if (!rc)
		rc = btf_blob_write(a->st, &a->btf, &a->image.btf, err);
	return rc ? rc : string_index_write(a->st, &a->index, err);
}

/* The image's own rows, with all that is known of it. */
static int insert_image(struct add *a, struct err *err)
{
	int rc = store_image_insert(a->st, a->s, &a->image, err);

	if (!rc)
		rc = store_modules_write(a->st, a->image.id, &a->s->info, a->modules, err);
	return rc ? rc : insert_counters(a, err);
}

/* ---- the whole ---- */

/*
 * NAME, or when another build has it NAME~BUILDID8, and when that is taken too, NAME~BUILDID8~2,
 * ...
 */
static int choose_name(struct add *a, enum store_added *added, struct err *err)
{
	const struct image_info *info = &a->s->info;
	const char *mark = *info->build_id ? info->build_id : info->sha256;
	struct buf name = { 0 };
	bool taken = false;
	int rc;

	*added = STORE_ADDED;
	buf_puts(&name, info->name);
	for (unsigned int n = *mark ? 1 : 2;; n++) {
		rc = store_image_exists(a->st, buf_z(&name), &taken, err);
		if (rc || !taken)
			break;
		*added = STORE_RENAMED;
		name.n = 0;
		buf_puts(&name, info->name);
		if (*mark)
			buf_printf(&name, "~%.8s", mark);
		if (n > 1)
			buf_printf(&name, "~%u", n);
	}
	if (!rc)
		a->image.name = arena_strndup(&a->st->arena, name.v, name.n);
	a->image.build = info->name;
	buf_done(&name);
	return rc;
}

static int first_ids(struct add *a, struct err *err)
{
	uint64_t image = 0, sid = 0, pid = 0, bid = 0;
	const struct surface *s = a->s;
	int rc = store_counter(a->st, "next_image", &image, err);

	if (!rc)
		rc = store_counter(a->st, "next_string", &sid, err);
	if (!rc)
		rc = store_counter(a->st, "next_type", &pid, err);
	if (!rc)
		rc = store_counter(a->st, "next_body", &bid, err);
	if (rc)
		return rc;
	if (image >= INT32_MAX || sid + s->str->entries.n > STORE_IDS_MAX ||
	    pid + s->types->types.n > STORE_IDS_MAX || bid + s->constructs.n > STORE_IDS_MAX)
		return err_set(
			err, ERR_STORE, a->st->path, ERR_NO_OFFSET,
			"no ids are left: export the images and import them into a new store");
	a->image.id = (uint32_t)image;
	a->first_sid = a->next_sid = (uint32_t)sid;
	a->first_pid = a->next_pid = (uint32_t)pid;
	a->next_bid = (uint32_t)bid;
	return ERR_NONE;
}

uint32_t store_kinds(const struct surface *s)
{
	const uint32_t with_fields = 1 << KIND_STRUCT | 1 << KIND_UNION | 1 << KIND_ENUM;
	uint32_t kinds = s->info.kinds;
	/* Of these the extraction says what it knows the whole of: some tracepoints of raw BTF are not all. */
	bool partial = s->info.source == IMAGE_FROM_BTF || s->info.source == IMAGE_FROM_RUNNING;

	for (size_t i = 0; !partial && i < s->constructs.n; i++)
		kinds |= 1u << (s->constructs.v[i].kind & 31);
	if (s->funcs.n && !partial)
		kinds |= 1 << KIND_FUNC;
	if (kinds & with_fields)
		kinds |= 1 << KIND_FIELD;
	return kinds;
}

static void set_modules(struct add *a)
{
	const struct image_info *info = &a->s->info;

	a->modules = base_calloc(info->nmodules, sizeof(*a->modules));
	for (uint32_t i = 0; i < info->nmodules; i++) {
		a->modules[i].btf.raw = info->modules[i].btf;
		a->modules[i].btf.raw_size = info->modules[i].btf_size;
	}
}

static void add_stage(struct stages *stages, const char *name, uint64_t *start, uint64_t bytes,
		      uint64_t items)
{
	if (stages)
		stage_add(stages, name, *start, bytes, items);
	*start = stage_now_ns();
}

/* Inside the transaction; everything up to COMMIT. */
static int add_image(struct add *a, unsigned int nlanes, struct stages *stages, struct err *err)
{
	uint64_t start = stage_now_ns();
	int rc = refresh(a->st, err);

	set_owners(a);
	set_modules(a);
	if (!rc)
		rc = first_ids(a, err);
	if (rc)
		return rc;
	assign(a);
	rc = order_rows(a, err);
	if (!rc)
		rc = add_order_constructs(a, err);
	add_stage(stages, "store: ids", &start, 0, a->fresh.n);
	if (rc)
		return rc;
	a->nchunks = (a->s->funcs.n + CHUNK_FUNCS - 1) / CHUNK_FUNCS;
	a->chunks = base_calloc(a->nchunks, sizeof(*a->chunks));
	lanes_run(nlanes, JOB_CHUNKS + a->nchunks + a->s->info.nmodules, add_job, a);
	if (a->err.code || a->type_err.code) {
		*err = a->err.code ? a->err : a->type_err;
		return (int)err->code;
	}
	add_stage(stages, "store: pack", &start, 0, a->s->instances.n);
	rc = insert_all(a, err);
	add_stage(stages, "store: rows", &start, 0, a->s->funcs.n);
	if (rc)
		return rc;
	store_count(&a->image.counts, a->s, a->image.kinds);
	store_count_owners(a->s, a->owner_of_func, a->modules);
	surface_settle(a->s);
	add_stage(stages, "wait for sha256", &start, 0, 1);
	return insert_image(a, err);
}

static void add_done(struct add *a)
{
	for (size_t i = 0; i < a->nchunks; i++)
		buf_done(&a->chunks[i]);
	for (size_t i = 0; i < ARRAY_SIZE(a->image.uses); i++)
		buf_done(&a->image.uses[i]);
	free(a->chunks);
	free(a->rows);
	free(a->sid);
	free(a->at_of_type);
	free(a->at_of_proto);
	free(a->owner_of_func);
	for (uint32_t i = 0; a->modules && i < a->s->info.nmodules; i++)
		buf_done(&a->modules[i].btf.packed);
	free(a->modules);
	VEC_DONE(&a->fresh);
	VEC_DONE(&a->str_of_sid);
	VEC_DONE(&a->types);
	VEC_DONE(&a->constructs);
	buf_done(&a->trees);
	buf_done(&a->texts);
	buf_done(&a->items);
	buf_done(&a->btf.packed);
	for (size_t i = 0; i < ARRAY_SIZE(a->names); i++)
		buf_done(&a->names[i]);
	store_counts_done(&a->image.counts);
	string_index_done(&a->index);
}

/*
 * The image of the same build, if there is one, and whether the new one takes its place: *old is then set, and the
 * name is kept.
 */
static int look_for_build(struct add *a, bool *found, uint32_t *old, struct err *err)
{
	struct image_info info = a->s->info;
	struct store_image im;
	struct arena arena;
	uint32_t id;
	int rc = store_find_build(a->st, &info, found, &id, err);

	if (rc || !*found)
		return rc;
	arena_init(&arena);
	rc = store_get_image(a->st, id, &arena, &im, err);
	if (!rc) {
		info.kinds = a->image.kinds;
		if (store_replaces(&info, &im.info))
			*old = id;
		a->image.name = arena_strndup(&a->st->arena, im.info.name, strlen(im.info.name));
		a->image.build = info.name;
	}
	arena_done(&arena);
	return rc;
}

/* The old image's name becomes free, and what both use stays where it is: so the new one is added first. */
static int replace_image(struct add *a, uint32_t old, unsigned int nlanes, struct stages *stages,
			 struct err *err)
{
	char sql[80];
	int rc;

	snprintf(sql, sizeof(sql), "UPDATE image SET name = '' WHERE id = %u", old);
	rc = store_exec(a->st, err, sql);
	if (!rc)
		rc = add_image(a, nlanes, stages, err);
	return rc ? rc : store_remove_rows(a->st, old, err);
}

static int add_or_replace(struct add *a, unsigned int nlanes, enum store_added *added, struct stages *stages,
			  struct err *err)
{
	bool found = false;
	uint32_t old = 0;
	uint64_t start;
	int rc = look_for_build(a, &found, &old, err);

	*added = old ? STORE_REPLACED : STORE_ALREADY;
	if (rc || (found && !old))
		return rc;
	a->btf.raw = a->s->btf;
	a->btf.raw_size = a->s->btf_size;
	if (!old)
		rc = choose_name(a, added, err);
	if (!rc)
		rc = old ? replace_image(a, old, nlanes, stages, err) : add_image(a, nlanes, stages, err);
	start = stage_now_ns();
	if (!rc)
		rc = store_write_commit(a->st, err);
	add_stage(stages, "store: commit", &start, 0, 1);
	if (rc || old)
		store_forget(a->st);
	if (!rc && !old) {
		a->st->last_pid = a->next_pid - 1;
		a->st->last_bid = a->next_bid - 1;
	}
	return rc;
}

int store_add_image(struct store *st, struct surface *s, unsigned int nlanes, enum store_added *ret,
		    const char **name, struct stages *stages, struct err *err)
{
	struct add a = { .st = st, .s = s, .err = ERR_INIT, .type_err = ERR_INIT };
	enum store_added added;
	int rc = store_write_begin(st, err);

	if (rc)
		return rc;
	if (!*s->info.build_id) /* its sha256 is what tells it from others */
		surface_settle(s);
	a.image.kinds = store_kinds(s);
	rc = add_or_replace(&a, nlanes, &added, stages, err);
	add_done(&a);
	store_write_rollback(st);
	if (rc)
		return rc;
	if (added == STORE_REPLACED)
		store_give_back(st);
	*ret = added;
	if (name)
		*name = a.image.name;
	return ERR_NONE;
}
