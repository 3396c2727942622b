// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opening and closing a store, its schema and migrations, transactions, and the SQL helpers of this
 * folder. SQLite in WAL mode: readers see the last committed image and never wait, writers queue
 * for up to a minute. Never interprets a function's facts.
 */
#define _GNU_SOURCE
#include "store/store_int.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* "ksrf", so that file(1) and this program tell a store from any other SQLite file. */
#define APPLICATION_ID 0x6b737266

/*
 * The page size was measured with a kernel image: 4, 8, 16 and 32 KiB pages; see
 * docs/formats/store.md. auto_vacuum and page_size only work before the first page is written.
 */
#define CREATE_PRAGMAS "PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL;"

static const char *const stmt_sql[STMT_NTOTAL] = {
	[STMT_STRING] = "SELECT text FROM string WHERE id = ?1",
	[STMT_STRINGS_FROM] = "SELECT id, text FROM string WHERE id > ?1 ORDER BY id",
	[STMT_STRING_ADD] = "INSERT INTO string (id, text) VALUES (?1, ?2)",
	[STMT_INDEX] = "SELECT entries FROM string_index WHERE bucket = ?1",
	[STMT_INDEX_ADD] = "INSERT INTO string_index (bucket, entries) VALUES (?1, ?2)",
	[STMT_TYPE] = "SELECT coalesce(params, tree) FROM type WHERE id = ?1",
	[STMT_TYPES_FROM] = "SELECT id, coalesce(params, tree) FROM type WHERE id > ?1 ORDER BY id",
	[STMT_TYPE_ADD] = "INSERT INTO type (id, tree, c, params) VALUES (?1, ?2, ?3, ?4)",
	[STMT_BODY] = "SELECT " STORE_BODY_COLUMNS " FROM body WHERE id = ?1",
	[STMT_BODIES_FROM] = "SELECT " STORE_BODY_COLUMNS " FROM body WHERE id > ?1 ORDER BY id",
	[STMT_BODY_ADD] = "INSERT INTO body (" STORE_BODY_COLUMNS ") "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[STMT_CONSTRUCT] = "SELECT " STORE_CONSTRUCT_COLUMNS " FROM construct WHERE id = ?1",
	[STMT_CONSTRUCT_ADD] = "INSERT INTO construct (" STORE_CONSTRUCT_COLUMNS ") "
			       "VALUES (?1, ?2, ?3, ?4, ?5)",
	[STMT_HAS_FUNC] = "SELECT 1 FROM func WHERE id = ?1",
	[STMT_USE] = "SELECT ids FROM image_use WHERE id = ?1",
	[STMT_NAMES] = "SELECT size, names FROM name WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
	[STMT_NAME_ADD] = "INSERT INTO name (id, size, names) VALUES (?1, ?2, ?3)",
	[STMT_FUNC] = "SELECT " STORE_FUNC_COLUMNS " FROM func WHERE id = ?1",
	[STMT_FUNCS] = STORE_FUNCS_SQL,
	[STMT_FUNC_ADD] = "INSERT INTO func (" STORE_FUNC_COLUMNS ") "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[STMT_IMAGE_BASE] = "SELECT base FROM image WHERE id = ?1",
	[STMT_MODULES] = "SELECT name, build_id FROM module WHERE image = ?1 ORDER BY name",
	[STMT_MODULE_BTF] = "SELECT image.name, module.name, module.btf, btf.size, btf.data FROM image "
			    "LEFT JOIN module ON module.image = image.id AND module.name = ?2 "
			    "LEFT JOIN btf ON btf.id = module.btf WHERE image.id = ?1",
	[STMT_COUNTER] = "SELECT value FROM counter WHERE name = ?1",
	[STMT_COUNTER_SET] = "INSERT OR REPLACE INTO counter (name, value) VALUES (?1, ?2)",
};

/* ---- errors and statements ---- */

int store_fail(struct store *st, struct err *err, const char *doing)
{
	int code = st->db ? sqlite3_errcode(st->db) : SQLITE_NOMEM;
	int sys = st->db ? sqlite3_system_errno(st->db) : 0;

	switch (code) {
	case SQLITE_BUSY:
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET,
			       "%s: another process is writing to this store (waited %d s)", doing,
			       STORE_WAIT_MS / 1000);
	case SQLITE_NOTADB:
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "is not a ksurf store (%s)",
			       sqlite3_errmsg(st->db));
	case SQLITE_CORRUPT:
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET,
			       "%s: the store is damaged (%s)", doing, sqlite3_errmsg(st->db));
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		if (sys)
			return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "%s: %s (%s)",
				       doing, sqlite3_errmsg(st->db), strerror(sys));
	}
	return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "%s: %s", doing,
		       st->db ? sqlite3_errmsg(st->db) : "out of memory");
}

int store_damaged(struct store *st, struct err *err, const char *fmt, ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "the store is damaged: %s", msg);
}

int store_exec(struct store *st, struct err *err, const char *sql)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) ? store_fail(st, err, sql) : ERR_NONE;
}

int store_prepare(struct store *st, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	if (sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL))
		return store_fail(st, err, "reading the schema");
	return ERR_NONE;
}

sqlite3_stmt *store_stmt(struct store *st, enum store_stmt which, struct err *err)
{
	sqlite3_stmt **q = &st->stmt[which];

	if (*q)
		sqlite3_reset(*q);
	else if (store_prepare(st, stmt_sql[which], q, err))
		return NULL;
	return *q;
}

int store_run(struct store *st, sqlite3_stmt *q, struct err *err, const char *doing)
{
	int rc = sqlite3_step(q);

	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		store_fail(st, err, doing);
		sqlite3_reset(q);
		return ERR_STORE;
	}
	sqlite3_reset(q);
	return ERR_NONE;
}

int store_counter(struct store *st, const char *name, uint64_t *value, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_COUNTER, err);
	int rc;

	if (!q)
		return ERR_STORE;
	sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*value = (uint64_t)sqlite3_column_int64(q, 0);
	else if (rc == SQLITE_DONE)
		rc = store_damaged(st, err, "the counter %s is gone", name);
	else
		store_fail(st, err, "reading a counter");
	sqlite3_reset(q);
	return rc == SQLITE_ROW ? ERR_NONE : ERR_STORE;
}

int store_counter_set(struct store *st, const char *name, uint64_t value, struct err *err)
{
	sqlite3_stmt *q = store_stmt(st, STMT_COUNTER_SET, err);

	if (!q)
		return ERR_STORE;
	sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, (int64_t)value);
	return store_run(st, q, err, "writing a counter");
}

/* A pragma's number, or a query's; `*value` stays when there is no row. */
static int store_number(struct store *st, const char *sql, int64_t *value, struct err *err)
{
	sqlite3_stmt *q;
	int rc;

	if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL))
		return store_fail(st, err, "opening");
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(q, 0);
	else if (rc != SQLITE_DONE)
		store_fail(st, err, "opening");
	sqlite3_finalize(q);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_NONE : ERR_STORE;
}

/* ---- transactions ---- */

int store_write_begin(struct store *st, struct err *err)
{
	if (st->mode != STORE_WRITE)
		return err_set(err, ERR_USAGE, st->path, ERR_NO_OFFSET,
			       "the store is open for reading");
	if (st->read_depth)
		return err_set(err, ERR_USAGE, st->path, ERR_NO_OFFSET,
			       "a walk through it is open");
	if (sqlite3_exec(st->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return store_fail(st, err, "waiting to write");
	return ERR_NONE;
}

int store_write_commit(struct store *st, struct err *err)
{
	if (sqlite3_exec(st->db, "COMMIT", NULL, NULL, NULL))
		return store_fail(st, err, "writing");
	return ERR_NONE;
}

void store_write_rollback(struct store *st)
{
	/* SQLite has rolled back by itself after some errors (full disk, I/O). */
	if (!sqlite3_get_autocommit(st->db))
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
}

int store_read_begin(struct store *st, struct err *err)
{
	if (!st->read_depth) {
		/* Inside a writer's transaction there is one already. */
		st->read_began = sqlite3_get_autocommit(st->db);
		if (st->read_began && sqlite3_exec(st->db, "BEGIN", NULL, NULL, NULL))
			return store_fail(st, err, "reading");
	}
	st->read_depth++;
	return ERR_NONE;
}

void store_read_end(struct store *st)
{
	if (!--st->read_depth && st->read_began && !sqlite3_get_autocommit(st->db))
		sqlite3_exec(st->db, "COMMIT", NULL, NULL, NULL);
}

/* ---- opening ---- */

int store_default_path(struct buf *out, struct err *err)
{
	const char *db = getenv("KSURF_DB"), *data = getenv("XDG_DATA_HOME"),
		   *home = getenv("HOME");

	/* XDG: a relative $XDG_DATA_HOME is to be ignored. */
	if (db && *db)
		buf_puts(out, db);
	else if (data && *data == '/')
		buf_printf(out, "%s/ksurf/ksurf.db", data);
	else if (home && *home)
		buf_printf(out, "%s/.local/share/ksurf/ksurf.db", home);
	else
		return err_set(
			err, ERR_USAGE, NULL, ERR_NO_OFFSET,
			"no place for the store: set HOME or KSURF_DB, or name a file with --db");
	return ERR_NONE;
}

/* mkdir -p of the path's folder. */
static int make_folders(const char *path, struct err *err)
{
	char *dir = strdup(path);
	int rc = ERR_NONE;

	if (!dir)
		base_oom(strlen(path));
	for (char *p = dir + 1; *p && !rc; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(dir, 0777) && errno != EEXIST)
			rc = err_set(err, ERR_STORE, dir, ERR_NO_OFFSET,
				     "cannot make the folder: %s", strerror(errno));
		*p = '/';
	}
	free(dir);
	return rc;
}

static int check_inside(struct store *st, int64_t *version, struct err *err)
{
	int64_t application = 0, tables = 0;
	int rc = store_number(st, "PRAGMA application_id", &application, err);

	if (!rc)
		rc = store_number(st, "PRAGMA user_version", version, err);
	if (!rc)
		rc = store_number(st, "SELECT count(*) FROM sqlite_master", &tables, err);
	if (rc)
		return rc;
	if (application != APPLICATION_ID && (application || tables || *version))
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET,
			       "is an SQLite database, but not a ksurf store");
	if (*version > STORE_SCHEMA_VERSION)
		return err_set(
			err, ERR_STORE, st->path, ERR_NO_OFFSET,
			"has schema %lld, and this ksurf reads schemas up to %d: use a newer ksurf",
			(long long)*version, STORE_SCHEMA_VERSION);
	return ERR_NONE;
}

/*
 * Whether this is a store, and of which schema. *version 0 is an empty file, which a writer may
 * turn into a store. One transaction: another process may be turning it into one right now.
 */
static int store_check(struct store *st, int64_t *version, struct err *err)
{
	int rc = store_read_begin(st, err);

	if (rc)
		return rc;
	rc = check_inside(st, version, err);
	st->check_code = sqlite3_errcode(st->db);
	store_read_end(st);
	return rc;
}

/* Brings the schema up to date in one transaction; of two processes the second finds it done. */
static int store_migrate(struct store *st, struct err *err)
{
	char done[64];
	int64_t version = 0;
	int rc = store_write_begin(st, err);

	if (rc)
		return rc;
	rc = store_check(st, &version, err);
	for (int64_t v = version; !rc && v < STORE_SCHEMA_VERSION; v++)
		rc = store_exec(st, err, store_migrations[v]);
	if (!rc && version == 1)
		rc = store_migrated_2(st, err);
	if (!rc && version < STORE_SCHEMA_VERSION) {
		snprintf(done, sizeof(done), "PRAGMA application_id=%d; PRAGMA user_version=%d",
			 APPLICATION_ID, STORE_SCHEMA_VERSION);
		rc = store_exec(st, err, done);
	}
	if (!rc)
		rc = store_write_commit(st, err);
	store_write_rollback(st);
	return rc;
}

/*
 * WAL mode is kept in the file, so this changes something only once. The change needs the file for
 * itself, and of two processes that make one store at once each would wait for the other to let go,
 * SQLite's waiting included: so each lets go at once and tries again, after pauses that differ. A
 * file system that cannot do WAL (some network ones) keeps its rollback journal: correct, but
 * readers wait.
 */
static int store_set_wal(struct store *st, struct err *err)
{
	const long pause_ms = 1 + getpid() % 7;
	const struct timespec pause = { .tv_nsec = pause_ms * 1000000 };
	int code = SQLITE_BUSY;

	sqlite3_busy_timeout(st->db, 0);
	for (long waited = 0; waited < STORE_WAIT_MS; waited += pause_ms) {
		code = sqlite3_exec(st->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
		if (code != SQLITE_BUSY && code != SQLITE_LOCKED)
			break;
		nanosleep(&pause, NULL);
	}
	if (code)
		return store_fail(st, err, "opening");
	sqlite3_busy_timeout(st->db, STORE_WAIT_MS);
	return ERR_NONE;
}

static int store_open_write(struct store *st, struct err *err)
{
	int64_t version = 0;
	int rc = make_folders(st->path, err);

	if (rc)
		return rc;
	if (sqlite3_open_v2(st->path, &st->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL))
		return store_fail(st, err, "opening");
	sqlite3_busy_timeout(st->db, STORE_WAIT_MS);
	rc = store_check(st, &version, err);
	if (!rc && sqlite3_db_readonly(st->db, "main"))
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "cannot be written");
	/*
	 * A transaction stays in the cache until it commits (an image is some 10 MiB). After a
	 * power cut the last images may be missing, but never a part of one: NORMAL.
	 */
	if (!rc)
		rc = store_exec(st, err,
				CREATE_PRAGMAS
				"PRAGMA cache_size=-131072; PRAGMA synchronous=NORMAL;"
				"PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
				"PRAGMA journal_size_limit=67108864;");
	if (!rc)
		rc = store_set_wal(st, err);
	if (!rc && version < STORE_SCHEMA_VERSION) {
		rc = store_migrate(st, err);
		if (!rc && version)
			store_give_back(st);
	}
	return rc;
}

/* "file:" + path with what a URI gives a meaning escaped. */
static void immutable_uri(struct buf *out, const char *path)
{
	buf_puts(out, *path == '/' ? "file://" : "file:");
	for (; *path; path++) {
		if (strchr("%?#", *path))
			buf_printf(out, "%%%02X", (unsigned char)*path);
		else
			buf_char(out, *path);
	}
	buf_puts(out, "?immutable=1");
}

/*
 * A store on read-only media: SQLite cannot make the -shm file that WAL readers share, so the file
 * is read as one that nobody changes. Not with a log beside it, whose images would be missed
 * silently.
 */
static int store_open_immutable(struct store *st, struct err *err)
{
	struct buf uri = { 0 };
	struct stat sb;
	bool log;
	int code;

	buf_printf(&uri, "%s-wal", st->path);
	log = !stat(buf_z(&uri), &sb) && sb.st_size;
	uri.n = 0;
	if (log)
		return err_set(
			err, ERR_STORE, st->path, ERR_NO_OFFSET,
			"its newest images are in %s-wal, which can only be read where files can "
			"be written beside it",
			st->path);
	sqlite3_close(st->db);
	immutable_uri(&uri, st->path);
	code = sqlite3_open_v2(buf_z(&uri), &st->db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	buf_done(&uri);
	return code ? store_fail(st, err, "opening") : ERR_NONE;
}

/* A store of an older ksurf is brought up to date when it is first read, too: by a writer, then read again. */
static int bring_up_to_date(struct store *st, int64_t version, struct err *err)
{
	struct err why = ERR_INIT;
	struct store *writer;

	sqlite3_close(st->db);
	st->db = NULL;
	if (store_open(st->path, STORE_WRITE, &writer, &why))
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET,
			       "has schema %lld, and cannot be brought up to %d: %s", (long long)version,
			       STORE_SCHEMA_VERSION, why.msg);
	store_close(writer);
	if (sqlite3_open_v2(st->path, &st->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL))
		return store_fail(st, err, "opening");
	sqlite3_busy_timeout(st->db, STORE_WAIT_MS);
	return ERR_NONE;
}

/* The file without its log of changes, as a database of its own that is gone with the connection. */
static int copy_database(struct store *st, struct err *err)
{
	sqlite3 *file = st->db;
	sqlite3_backup *b;
	int code;

	st->db = NULL;
	code = sqlite3_open_v2("", &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			       NULL);
	b = code ? NULL : sqlite3_backup_init(st->db, "main", file, "main");
	if (b) {
		sqlite3_backup_step(b, -1);
		code = sqlite3_backup_finish(b);
	} else if (!code) {
		code = sqlite3_errcode(st->db);
	}
	sqlite3_close(file);
	if (code)
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "cannot be copied to be read: %s",
			       sqlite3_errstr(code));
	return ERR_NONE;
}

/* The same for a store that must not be written to: in a copy. */
static int bring_copy_up_to_date(struct store *st, struct err *err)
{
	int rc = copy_database(st, err);

	if (!rc)
		rc = store_exec(st, err, "PRAGMA journal_mode=OFF; PRAGMA temp_store=MEMORY;");
	st->mode = STORE_WRITE;
	if (!rc)
		rc = store_migrate(st, err);
	st->mode = STORE_READ;
	return rc;
}

/* Opens the file as it is, and tells its schema. */
static int open_unwritten(struct store *st, int64_t *ret, struct err *err)
{
	struct err first = ERR_INIT;
	int64_t version = 0;
	int rc;

	if (access(st->path, F_OK))
		return errno == ENOENT || errno == ENOTDIR ?
			       err_set(err, ERR_NOT_FOUND, st->path, ERR_NO_OFFSET,
				       "no store is there") :
			       err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET, "%s",
				       strerror(errno));
	if (sqlite3_open_v2(st->path, &st->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL))
		return store_fail(st, err, "opening");
	sqlite3_busy_timeout(st->db, STORE_WAIT_MS);
	rc = store_check(st, &version, &first);
	if (rc && (st->check_code == SQLITE_CANTOPEN || st->check_code == SQLITE_READONLY)) {
		rc = store_open_immutable(st, err);
		if (!rc)
			rc = store_check(st, &version, err);
	} else if (rc) {
		*err = err->code ? *err : first;
	}
	if (!rc && !version)
		return err_set(err, ERR_STORE, st->path, ERR_NO_OFFSET,
			       "is an empty file, not a ksurf store");
	*ret = version;
	return rc;
}

static int store_open_read(struct store *st, struct err *err)
{
	int64_t version = 0;
	int rc = open_unwritten(st, &version, err);

	if (!rc && version < STORE_SCHEMA_VERSION)
		rc = bring_up_to_date(st, version, err);
	return rc ? rc : store_exec(st, err, "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;");
}

static int store_open_other(struct store *st, struct err *err)
{
	int64_t version = 0;
	int rc = open_unwritten(st, &version, err);

	if (!rc && version < STORE_SCHEMA_VERSION)
		rc = bring_copy_up_to_date(st, err);
	return rc ? rc : store_exec(st, err, "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;");
}

static int open_with(int (*open_file)(struct store *st, struct err *err), const char *path,
		     enum store_mode mode, struct store **ret, struct err *err)
{
	struct store *st = base_calloc(1, sizeof(*st));
	int rc;

	st->mode = mode;
	arena_init(&st->arena);
	st->path = arena_strndup(&st->arena, path, strlen(path));
	strtab_init(&st->str);
	strtab_init(&st->trees);
	strtab_init(&st->bodies);
	map_init(&st->key_of_name);
	type_table_init(&st->types);
	st->text_section = strtab_intern_z(&st->str, ".text");
	st->init_section = strtab_intern_z(&st->str, ".init.text");
	rc = open_file(st, err);
	if (rc) {
		store_close(st);
		return rc;
	}
	*ret = st;
	return ERR_NONE;
}

int store_open(const char *path, enum store_mode mode, struct store **ret, struct err *err)
{
	return open_with(mode == STORE_READ ? store_open_read : store_open_write, path, mode, ret, err);
}

int store_open_only(const char *path, struct store **ret, struct err *err)
{
	return open_with(store_open_other, path, STORE_READ, ret, err);
}

void store_close(struct store *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < STMT_NTOTAL; i++)
		sqlite3_finalize(st->stmt[i]);
	/* The last writer to leave moves the log into the file and removes it. */
	sqlite3_close(st->db);
	strtab_done(&st->str);
	strtab_done(&st->trees);
	strtab_done(&st->bodies);
	map_done(&st->key_of_name);
	type_table_done(&st->types);
	VEC_DONE(&st->str_of_sid);
	VEC_DONE(&st->type_of_pid);
	VEC_DONE(&st->sid_of_str);
	VEC_DONE(&st->pid_of_tree);
	VEC_DONE(&st->bid_of_key);
	VEC_DONE(&st->older_key);
	arena_done(&st->arena);
	free(st);
}

void store_forget(struct store *st)
{
	strtab_done(&st->trees);
	strtab_init(&st->trees);
	strtab_done(&st->bodies);
	strtab_init(&st->bodies);
	map_clear(&st->key_of_name);
	st->bid_of_key.n = st->older_key.n = 0;
	st->pid_of_tree.n = st->sid_of_str.n = st->str_of_sid.n = st->type_of_pid.n = 0;
	st->last_sid = st->last_pid = st->last_bid = 0;
	st->base_image = 0;
	st->removes = UINT64_MAX;
}

struct strtab *store_strtab(struct store *st)
{
	return &st->str;
}

struct type_table *store_types(struct store *st)
{
	return &st->types;
}
