// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a migration does that SQL cannot. From schema 1 to 2: prototypes become lists of types, which get
 * rows of their own; then names for search, the string index and the counts of the images that are there.
 * Runs inside the migration's transaction.
 */
#include "store/store_int.h"

/* ---- prototypes: from trees to parameters ---- */

struct migrate {
	struct store *st;
	u32s sid_of_str; /* string id -> sid */
	u32s protos;	 /* pids of schema 1 */
	struct strtab trees;
	u32s pid_of_tree;
	u32s child_pids;  /* of each prototype, one after the other */
	u32s first_child; /* pid -> index in child_pids; those of pid end where pid + 1's begin */
	uint32_t next_pid;
	sqlite3_stmt *update;
};

static int list_protos(struct migrate *m, struct err *err)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE, rc = store_prepare(m->st, "SELECT id FROM type ORDER BY id", &q, err);

	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t pid = sqlite3_column_int64(q, 0);

		if (pid <= 0 || pid > STORE_IDS_MAX)
			rc = store_damaged(m->st, err, "a type has the id %lld", (long long)pid);
		else
			VEC_PUSH(&m->protos, (uint32_t)pid);
	}
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(m->st, err, "reading types");
	sqlite3_finalize(q);
	return rc;
}

/* The pid of a type that a prototype names; 0 is void. */
static int child_pid(struct migrate *m, uint32_t type, uint32_t *pid, struct err *err)
{
	struct store *st = m->st;
	struct buf tree = { 0 }, c = { 0 };
	sqlite3_stmt *q;
	uint32_t key;
	int rc = ERR_NONE;

	*pid = 0;
	if (!type)
		return ERR_NONE;
	if (!pack_tree(&tree, &st->types, type, m->sid_of_str.v))
		return store_damaged(st, err, "a prototype is nested too deep");
	key = strtab_intern(&m->trees, tree.v, tree.n);
	u32s_reach(&m->pid_of_tree, key);
	if (!m->pid_of_tree.v[key]) {
		m->pid_of_tree.v[key] = m->next_pid++;
		type_print_c(&c, &st->types, &st->str, type, STORE_NAME_MARK);
		q = store_stmt(st, STMT_TYPE_ADD, err);
		rc = q ? ERR_NONE : ERR_STORE;
		if (q) {
			sqlite3_bind_int64(q, 1, m->pid_of_tree.v[key]);
			sqlite3_bind_blob64(q, 2, tree.v, tree.n, SQLITE_TRANSIENT);
			sqlite3_bind_text64(q, 3, c.v, c.n, SQLITE_TRANSIENT, SQLITE_UTF8);
			rc = store_run(st, q, err, "writing types");
		}
	}
	*pid = m->pid_of_tree.v[key];
	buf_done(&tree);
	buf_done(&c);
	return rc;
}

static int migrate_proto(struct migrate *m, uint32_t pid, struct err *err)
{
	struct store *st = m->st;
	struct buf text = { 0 };
	u32s ids = { 0 };
	struct type n;
	uint32_t type, child = 0;
	int rc = store_type(st, pid, &type, err);

	if (rc)
		return rc;
	n = *type_at(&st->types, type);
	if (n.kind != TYPE_FUNC_PROTO)
		return store_damaged(st, err, "type %u: is no prototype", pid);
	rc = child_pid(m, n.ref, &child, err);
	VEC_PUSH(&ids, child);
	VEC_PUSH(&m->child_pids, child);
	for (uint32_t i = 0; !rc && i < n.count; i++) {
		struct type_param p = st->types.params.v[n.params + i];

		rc = child_pid(m, p.type, &child, err);
		VEC_PUSH(&ids, m->sid_of_str.v[p.name]);
		VEC_PUSH(&ids, child);
		VEC_PUSH(&m->child_pids, child);
	}
	params_put(&text, ids.v, ids.n);
	if (!rc) {
		sqlite3_bind_text64(m->update, 1, text.v, text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		sqlite3_bind_int64(m->update, 2, pid);
		rc = store_run(st, m->update, err, "writing types");
	}
	buf_done(&text);
	VEC_DONE(&ids);
	return rc;
}

static int migrate_protos(struct migrate *m, struct err *err)
{
	struct store *st = m->st;
	int rc = store_strings(st, err);

	if (!rc)
		rc = list_protos(m, err);
	if (!rc)
		rc = store_prepare(st, "UPDATE type SET tree = NULL, c = NULL, params = ?1 WHERE id = ?2",
				   &m->update, err);
	u32s_reach(&m->sid_of_str, (uint32_t)st->str.entries.n);
	for (uint32_t sid = 1; sid < st->str_of_sid.n; sid++)
		m->sid_of_str.v[st->str_of_sid.v[sid]] = st->str_of_sid.v[sid] ? sid : 0;
	for (size_t i = 0; !rc && i < m->protos.n; i++) {
		u32s_reach(&m->first_child, m->protos.v[i]);
		m->first_child.v[m->protos.v[i]] = (uint32_t)m->child_pids.n;
		rc = migrate_proto(m, m->protos.v[i], err);
	}
	return rc;
}

/* ---- what images use ---- */

/* How many types the prototype has that begins at index `at` of the list of prototypes. */
static uint32_t children_end(const struct migrate *m, size_t i)
{
	return i + 1 < m->protos.n ? m->first_child.v[m->protos.v[i + 1]] : (uint32_t)m->child_pids.n;
}

static int migrate_use(struct migrate *m, sqlite3_stmt *q, sqlite3_stmt *update, struct err *err)
{
	struct buf seen = { 0 }, packed = { 0 };
	int rc = ERR_NONE;

	if (!unpack_ids(sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1), STORE_IDS_MAX, &seen))
		return store_damaged(m->st, err, "an image's list of ids does not add up");
	buf_grow(&seen, m->next_pid);
	if (seen.n < m->next_pid) {
		memset(seen.v + seen.n, 0, m->next_pid - seen.n);
		seen.n = m->next_pid;
	}
	for (size_t i = 0; i < m->protos.n; i++)
		for (uint32_t c = m->first_child.v[m->protos.v[i]]; c < children_end(m, i); c++)
			if (seen.v[m->protos.v[i]] && m->child_pids.v[c])
				seen.v[m->child_pids.v[c]] = 1;
	pack_ids(&packed, &seen);
	sqlite3_bind_blob64(update, 1, packed.v ? packed.v : "", packed.n, SQLITE_TRANSIENT);
	sqlite3_bind_int64(update, 2, sqlite3_column_int64(q, 0));
	rc = store_run(m->st, update, err, "writing an image");
	buf_done(&seen);
	buf_done(&packed);
	return rc;
}

static int migrate_uses(struct migrate *m, struct err *err)
{
	sqlite3_stmt *q = NULL, *update = NULL;
	int step = SQLITE_DONE;
	int rc = store_prepare(m->st, "SELECT id, ids FROM image_use WHERE id & 255 = 17", &q, err);

	if (!rc)
		rc = store_prepare(m->st, "UPDATE image_use SET ids = ?1 WHERE id = ?2", &update, err);
	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = migrate_use(m, q, update, err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(m->st, err, "reading images");
	sqlite3_finalize(q);
	sqlite3_finalize(update);
	return rc;
}

static int migrate_types(struct store *st, struct err *err)
{
	struct migrate m = { .st = st };
	uint64_t next = 0;
	int rc = store_counter(st, "next_type", &next, err);

	strtab_init(&m.trees);
	m.next_pid = (uint32_t)next;
	if (!rc)
		rc = migrate_protos(&m, err);
	if (!rc)
		rc = migrate_uses(&m, err);
	if (!rc)
		rc = store_counter_set(st, "next_type", m.next_pid, err);
	sqlite3_finalize(m.update);
	strtab_done(&m.trees);
	VEC_DONE(&m.sid_of_str);
	VEC_DONE(&m.protos);
	VEC_DONE(&m.pid_of_tree);
	VEC_DONE(&m.child_pids);
	VEC_DONE(&m.first_child);
	return rc;
}

/* ---- counts ---- */

static int count_image(struct store *st, uint32_t image, struct err *err)
{
	struct store_counts counts = { 0 };
	struct surface s;
	int rc;

	surface_init(&s, &st->str, &st->types);
	rc = store_load_image(st, image, &s, err);
	if (!rc) {
		store_count(&counts, &s, 1 << KIND_FUNC);
		rc = store_counts_write(st, image, &counts, err);
		store_counts_done(&counts);
	}
	surface_done(&s);
	return rc;
}

static int count_images(struct store *st, struct err *err)
{
	sqlite3_stmt *q;
	int step = SQLITE_DONE, rc = store_prepare(st, "SELECT id FROM image ORDER BY id", &q, err);

	while (!rc && (step = sqlite3_step(q)) == SQLITE_ROW)
		rc = count_image(st, (uint32_t)sqlite3_column_int64(q, 0), err);
	if (!rc && step != SQLITE_DONE)
		rc = store_fail(st, err, "reading images");
	sqlite3_finalize(q);
	return rc;
}

int store_migrated_2(struct store *st, struct err *err)
{
	int rc = migrate_types(st, err);

	if (!rc)
		rc = store_reindex(st, err);
	if (!rc)
		rc = count_images(st, err);
	if (!rc)
		rc = store_names_rewrite(st, err);
	store_forget(st);
	return rc;
}
