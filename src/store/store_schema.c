// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The schema, one migration a version, and the views that people read with the sqlite3 shell.
 * docs/formats/store.md explains each table and column; a change here is a change there.
 */
#include "store/store_int.h"

/*
 * A type's C text around a declared name: its own, or of a prototype that of its parts, put together as C
 * puts them: the return type's around "name(parameters)".
 */
#define TYPE_TEXT(p, name)                                                                                \
	"CASE WHEN " p ".params IS NULL THEN replace(" p ".c, '" STORE_NAME_MARK "', " name ") ELSE"      \
	" replace(coalesce((SELECT c FROM type WHERE id = json_extract(" p ".params, '$[0]')), 'void "    \
	STORE_NAME_MARK "'), '" STORE_NAME_MARK "', " name " || '(' || CASE json_array_length(" p         \
	".params) WHEN 1 THEN 'void' ELSE (SELECT group_concat(CASE WHEN x.type IS NULL AND x.name = ''"  \
	" THEN '...' ELSE rtrim(replace(coalesce(x.type, 'void " STORE_NAME_MARK "'), '" STORE_NAME_MARK  \
	"', x.name)) END, ', ') FROM (SELECT"                                                             \
	" coalesce((SELECT text FROM string WHERE id = j.value), '') AS name,"                            \
	" (SELECT c FROM type WHERE id = json_extract(" p ".params, '$[' || (j.key + 1) || ']')) AS type" \
	" FROM json_each(" p ".params) j WHERE j.key & 1) x) END || ')') END"

/* What both views of a function show: NULL where the image cannot tell. */
#define FUNCTION_COLUMNS                                                                                 \
	" i.name AS image, s.text AS name,"                                                              \
	" (SELECT text FROM string WHERE id = f.owner) AS owner,"                                        \
	" CASE WHEN f.seq IS NULL THEN NULL ELSE CASE f.collision"                                       \
	" WHEN 0 THEN 'Unique Global' WHEN 1 THEN 'Unique Static'"                                       \
	" WHEN 2 THEN 'Static Duplication' WHEN 3 THEN 'Static-Static Collision'"                        \
	" WHEN 4 THEN 'Static-Global Collision' WHEN 5 THEN 'Global-Global Collision'"                   \
	" WHEN 6 THEN 'Unknown' ELSE 'Symbol Duplication' END END AS collision,"                         \
	" CASE WHEN f.seq IS NULL THEN NULL ELSE CASE f.inline"                                          \
	" WHEN 0 THEN 'No' WHEN 1 THEN 'Full' WHEN 2 THEN 'Selective' ELSE 'Unknown' END END AS inline," \
	" CASE WHEN i.facts & 2 THEN f.transformed END AS transformed,"                                  \
	" f.instances, f.inline_callers, f.direct_callers, f.symbols,"                                   \
	" CASE WHEN i.facts & 8 THEN f.attach & 1 END AS ftrace,"                                        \
	" CASE WHEN i.facts & 8 THEN f.attach >> 1 & 1 END AS no_kprobe,"                                \
	" CASE WHEN i.facts & 8 THEN f.attach >> 2 & 1 END AS error_injection,"                          \
	" f.attach >> 3 & 1 AS btf, f.proto,"                                                            \
	" CASE WHEN f.proto IS NULL THEN NULL ELSE " TYPE_TEXT("p", "s.text") " END AS prototype"

static const char schema_1[] =
	/* Ids are handed out here and never again, so that what a reader has cached stays true. */
	"CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"INSERT INTO counter VALUES ('next_image', 1), ('next_string', 1), ('next_proto', 1),"
	" ('removes', 0), ('index_buckets', 0);"

	"CREATE TABLE image ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, build TEXT NOT NULL,"
	" release TEXT NOT NULL, arch TEXT NOT NULL, flavor TEXT NOT NULL, revision TEXT NOT NULL,"
	" version_1 INTEGER NOT NULL, version_2 INTEGER NOT NULL, version_3 INTEGER NOT NULL,"
	" distro TEXT NOT NULL, compiler TEXT NOT NULL, build_id TEXT NOT NULL,"
	" sha256 TEXT NOT NULL, banner TEXT NOT NULL, types_from TEXT NOT NULL,"
	" source INTEGER NOT NULL, pointer_size INTEGER NOT NULL, big_endian INTEGER NOT NULL,"
	" added INTEGER NOT NULL, base INTEGER NOT NULL,"
	" groups INTEGER NOT NULL, protos INTEGER NOT NULL, instances INTEGER NOT NULL,"
	" callers INTEGER NOT NULL, symbols INTEGER NOT NULL);"

	/* What an image uses, as lists of ids: what remove needs without reading every row. */
	"CREATE TABLE image_use ("
	" image INTEGER PRIMARY KEY, names BLOB NOT NULL, strings BLOB NOT NULL,"
	" protos BLOB NOT NULL);"

	"CREATE TABLE finding ("
	" image INTEGER NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL,"
	" message TEXT NOT NULL, count INTEGER NOT NULL,"
	" PRIMARY KEY (image, position)) WITHOUT ROWID;"

	"CREATE TABLE string (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
	"CREATE TABLE string_index (bucket INTEGER PRIMARY KEY, entries BLOB NOT NULL);"
	"CREATE TABLE proto (id INTEGER PRIMARY KEY, tree BLOB NOT NULL, c TEXT NOT NULL);"

	"CREATE TABLE func ("
	" id INTEGER PRIMARY KEY, seq INTEGER, type_seq INTEGER, collision INTEGER NOT NULL,"
	" inline INTEGER NOT NULL, transformed INTEGER NOT NULL, instances INTEGER NOT NULL,"
	" inline_callers INTEGER NOT NULL, direct_callers INTEGER NOT NULL,"
	" symbols INTEGER NOT NULL, proto INTEGER, detail BLOB NOT NULL);";

/* The constructs of kinds `first` to before `end` of all images, each variant a row. */
#define CONSTRUCTS(first, end)                                                                     \
	"(SELECT i.name AS image, c.id >> 28 & 15 AS kind, c.id & 268435455 AS sid, 0 AS variant," \
	" c.body, c.owner FROM image i CROSS JOIN construct c ON c.id BETWEEN (i.id << 32) + ("    \
	first " << 28) AND (i.id << 32) + (" end " << 28) - 1"                                     \
	" UNION ALL SELECT i.name, c.id >> 28 & 15, c.id & 268435455, v.key + 1,"                  \
	" json_extract(v.value, '$[0]'), json_extract(v.value, '$[2]')"                            \
	" FROM image i CROSS JOIN construct c ON c.id BETWEEN"                                     \
	" (i.id << 32) + (" first " << 28) AND (i.id << 32) + (" end " << 28) - 1"                 \
	" CROSS JOIN json_each(c.variants) v WHERE c.variants NOTNULL) c"                          \
	" CROSS JOIN body b ON b.id = c.body LEFT JOIN string s ON s.id = c.sid"

/* NULL: the kernel itself. */
#define OWNER " (SELECT text FROM string WHERE id = c.owner) AS owner,"

/* A number of an item: store_body.c has their order. */
#define ITEM(number) "coalesce(json_extract(j.value, '$[" number "]'), 0)"
#define ITEMS	     " CROSS JOIN json_each(b.items) j LEFT JOIN string n ON n.id = json_extract(j.value, '$[0]')"
/* A type without a name: an abstract declarator. */
#define ABSTRACT(t)  "rtrim(replace(replace(" t ".c, ' " STORE_NAME_MARK "', ' '), '" STORE_NAME_MARK "', ''))"

/* "name", or "scope.scope.name" of what scopes with a name hold. */
#define ITEM_PATH                                                                                          \
	"CASE " ITEM("6") " WHEN 0 THEN n.text ELSE (WITH RECURSIVE up(owner, path) AS (SELECT " ITEM("6") \
	", n.text UNION ALL SELECT coalesce(json_extract(b.items, '$[' || (owner - 1) || '][6]'), 0),"     \
	" (SELECT text FROM string WHERE id = json_extract(b.items, '$[' || (owner - 1) || '][0]'))"       \
	" || '.' || path FROM up WHERE owner) SELECT path FROM up WHERE NOT owner) END"

#define CONSTRUCT_VIEWS                                                                                      \
	"CREATE VIEW struct AS SELECT c.image," OWNER " CASE c.kind WHEN 1 THEN 'struct' ELSE 'union' END"   \
	" AS kind, s.text AS name, c.variant, b.size, b.nitems AS items, b.id AS body"                       \
	" FROM " CONSTRUCTS("1", "3") ";"                                                                    \
	"CREATE VIEW field AS SELECT c.image," OWNER " CASE c.kind WHEN 1 THEN 'struct' WHEN 2 THEN 'union'" \
	" ELSE 'typedef' END AS kind, s.text AS struct, c.variant, " ITEM_PATH " AS field,"                  \
	" (SELECT " ABSTRACT("t") " FROM type t WHERE t.id = json_extract(j.value, '$[2]')) AS type,"        \
	" json_extract(j.value, '$[1]') AS bit_offset, " ITEM("3") " AS size, " ITEM("7") " AS bits,"        \
	" j.key AS position"                                                                                 \
	" FROM " CONSTRUCTS("1", "5") ITEMS " WHERE c.kind != 3 AND n.text NOTNULL AND " ITEM("8")           \
	" = 0;"                                                                                              \
	"CREATE VIEW enum AS SELECT c.image," OWNER " s.text AS name, c.variant, b.size, b.nitems AS items," \
	" b.id AS body FROM " CONSTRUCTS("3", "4") ";"                                                       \
	"CREATE VIEW enumerator AS SELECT c.image," OWNER " s.text AS enum, c.variant, n.text AS name,"      \
	" CASE WHEN b.flags & 1 AND " ITEM("1") " < 0 THEN printf('%u', json_extract(j.value,"               \
	" '$[1]')) ELSE " ITEM("1") " END AS value, j.key AS position"                                       \
	" FROM " CONSTRUCTS("3", "5") ITEMS " WHERE n.text NOTNULL AND " ITEM("8") " = c.kind - 3;"          \
	"CREATE VIEW typedef AS SELECT c.image," OWNER " s.text AS name, c.variant, b.size,"                 \
	" rtrim(" TYPE_TEXT("t", "''") ") AS type, b.nitems AS items, b.id AS body"                          \
	" FROM " CONSTRUCTS("4", "5") " LEFT JOIN type t ON t.id = b.type;"                                  \
	"CREATE VIEW tracepoint AS SELECT c.image," OWNER " s.text AS name,"                                 \
	" (SELECT text FROM string WHERE id = b.class) AS class,"                                            \
	" (SELECT text FROM string WHERE id = b.system) AS system, b.size,"                                  \
	" CASE WHEN t.id THEN " TYPE_TEXT("t", "'trace_event_raw_event_' || (SELECT text FROM string"        \
					       " WHERE id = b.class)") " END AS prototype,"                  \
	" (SELECT text FROM string WHERE id = b.text) AS format, b.flags >> 2 & 1 AS no_record,"             \
	" b.id AS body FROM " CONSTRUCTS("5", "6") " LEFT JOIN type t ON t.id = b.type;"                     \
	"CREATE VIEW tracepoint_field AS SELECT c.image," OWNER " s.text AS tracepoint, CASE " ITEM("8")     \
	" WHEN 0 THEN 'record' ELSE 'format' END AS part, " ITEM_PATH " AS field, CASE " ITEM("8")           \
	" WHEN 0 THEN (SELECT " ABSTRACT("t") " FROM type t WHERE t.id = json_extract(j.value,"              \
	" '$[2]')) ELSE (SELECT text FROM string WHERE id = json_extract(j.value, '$[9]')) END"              \
	" AS type, json_extract(j.value, '$[1]') AS bit_offset, " ITEM("3") " AS size, " ITEM("10")          \
	" AS is_signed, j.key AS position FROM " CONSTRUCTS("5", "6") ITEMS " WHERE n.text NOTNULL;"         \
	"CREATE VIEW lsm_hook AS SELECT c.image," OWNER " s.text AS name,"                                   \
	" CASE WHEN t.id THEN " TYPE_TEXT("t", "'security_' || s.text") " END AS prototype,"                 \
	" b.id AS body FROM " CONSTRUCTS("6", "7") " LEFT JOIN type t ON t.id = b.type;"                     \
	"CREATE VIEW kfunc AS SELECT c.image," OWNER " s.text AS name, n.text AS id_set, json_extract("      \
	"j.value, '$[1]') AS flags, (SELECT text FROM string WHERE id = json_extract(j.value,"               \
	" '$[9]')) AS flag_words, CASE WHEN t.id THEN " TYPE_TEXT("t", "s.text") " END AS prototype,"        \
	" (SELECT group_concat(p.text, ' ') FROM json_each(b.items) g JOIN string p"                         \
	" ON p.id = json_extract(g.value, '$[0]') WHERE json_extract(g.value, '$[8]')) AS programs,"         \
	" b.id AS body FROM " CONSTRUCTS("7", "8") " LEFT JOIN type t ON t.id = b.type"                      \
	" LEFT JOIN json_each(b.items) j ON coalesce(json_extract(j.value, '$[8]'), 0) = 0"                  \
	" LEFT JOIN string n ON n.id = json_extract(j.value, '$[0]');"                                       \
	"CREATE VIEW syscall AS SELECT c.image, s.text AS name, n.text AS call_table,"                       \
	" json_extract(j.value, '$[1]') AS number, (SELECT text FROM string WHERE id ="                      \
	" json_extract(j.value, '$[9]')) AS function FROM " CONSTRUCTS("8", "9") ITEMS ";"                   \
	"CREATE VIEW config AS SELECT c.image, s.text AS name,"                                              \
	" (SELECT text FROM string WHERE id = b.text) AS value FROM " CONSTRUCTS("9", "10") ";"              \
	"CREATE VIEW feature AS SELECT c.image, s.text AS name,"                                             \
	" (SELECT text FROM string WHERE id = b.class) AS enum, json_extract(b.items, '$[0][1]')"            \
	" AS value FROM " CONSTRUCTS("10", "11") ";"                                                         \
	"CREATE VIEW counted AS SELECT image.name AS image, c.topic, c.value, c.n"                           \
	" FROM image JOIN image_count c ON c.image = image.id UNION ALL SELECT image.name, 'owner',"         \
	" m.name, m.names FROM image JOIN module m ON m.image = image.id;"

/*
 * From 1 to 2: constructs of all kinds, the images' BTF, names for search, counts. What SQL cannot do of
 * it store_migrated_2 does.
 */
static const char schema_2[] =
	"DROP VIEW IF EXISTS function; DROP VIEW IF EXISTS function_by_name; DROP VIEW IF EXISTS image_list;"

	"ALTER TABLE image ADD COLUMN kinds INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE image ADD COLUMN btf INTEGER;"

	/* A new table, not a new column: that would stand behind the blob, where reading it is slow. */
	"ALTER TABLE func RENAME TO func_1;"
	"CREATE TABLE func ("
	" id INTEGER PRIMARY KEY, seq INTEGER, type_seq INTEGER, collision INTEGER NOT NULL,"
	" inline INTEGER NOT NULL, transformed INTEGER NOT NULL, attach INTEGER NOT NULL, proto INTEGER,"
	" instances INTEGER NOT NULL, inline_callers INTEGER NOT NULL, direct_callers INTEGER NOT NULL,"
	" symbols INTEGER NOT NULL, detail BLOB NOT NULL);"
	"INSERT INTO func SELECT id, seq, type_seq, collision, inline, transformed, 0, proto, instances,"
	" inline_callers, direct_callers, symbols, detail FROM func_1 ORDER BY id;"
	"DROP TABLE func_1;"

	/* Prototypes get their parameters, and types of their own for those, from store_migrated_2. */
	"CREATE TABLE type (id INTEGER PRIMARY KEY, tree BLOB, c TEXT, params TEXT);"
	"INSERT INTO type SELECT id, tree, c, NULL FROM proto ORDER BY id;"
	"DROP TABLE proto;"
	"UPDATE counter SET name = 'next_type' WHERE name = 'next_proto';"
	"INSERT INTO counter VALUES ('next_body', 1), ('next_btf', 1);"

	/* id: image << 32 | kind << 28 | string id of the name. */
	"CREATE TABLE construct ("
	" id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body INTEGER NOT NULL, variants TEXT);"
	"CREATE TABLE body ("
	" id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name INTEGER NOT NULL, size INTEGER NOT NULL,"
	" flags INTEGER NOT NULL, type INTEGER NOT NULL, class INTEGER NOT NULL,"
	" system INTEGER NOT NULL, text INTEGER NOT NULL, nitems INTEGER NOT NULL, items TEXT);"
	"CREATE TABLE btf ("
	" id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL);"
	/* id: kind << 32 | image, or 0 for what was written anew by a remove. */
	"CREATE TABLE name (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, names BLOB NOT NULL);"
	"CREATE TABLE image_count ("
	" image INTEGER NOT NULL, position INTEGER NOT NULL, topic TEXT NOT NULL, value TEXT NOT NULL,"
	" n INTEGER NOT NULL, PRIMARY KEY (image, position)) WITHOUT ROWID;"

	/* id: image << 8 | what (a kind, or 16 strings, 17 types, 18 bodies). */
	"ALTER TABLE image_use RENAME TO image_use_1;"
	"CREATE TABLE image_use (id INTEGER PRIMARY KEY, ids BLOB NOT NULL);"
	"INSERT INTO image_use SELECT image << 8, names FROM image_use_1;"
	"INSERT INTO image_use SELECT image << 8 | 16, strings FROM image_use_1;"
	"INSERT INTO image_use SELECT image << 8 | 17, protos FROM image_use_1;"
	"DROP TABLE image_use_1;";

#define FACT(bit, word) "CASE WHEN facts & " bit " THEN '," word "' ELSE '' END"

/*
 * From 2 to 3: what can be known of an image, its modules, owners. Schema 2 knew whole kernels and datasets only.
 * The new columns stand behind the blob: they are NULL in all rows but those of modules, and NULL is in a
 * row's header. No older schema keeps its views: the last step makes them all.
 */
static const char schema_3[] =
	"DROP VIEW IF EXISTS function; DROP VIEW IF EXISTS function_by_name; DROP VIEW IF EXISTS image_list;"
	"DROP VIEW IF EXISTS struct; DROP VIEW IF EXISTS field; DROP VIEW IF EXISTS enum;"
	"DROP VIEW IF EXISTS enumerator; DROP VIEW IF EXISTS typedef; DROP VIEW IF EXISTS tracepoint;"
	"DROP VIEW IF EXISTS tracepoint_field; DROP VIEW IF EXISTS lsm_hook; DROP VIEW IF EXISTS kfunc;"
	"DROP VIEW IF EXISTS syscall; DROP VIEW IF EXISTS config; DROP VIEW IF EXISTS feature;"
	"DROP VIEW IF EXISTS counted;"

	"ALTER TABLE image ADD COLUMN facts INTEGER NOT NULL DEFAULT 0;"
	"UPDATE image SET facts = CASE WHEN source = 0 AND kinds >> 5 & 1 THEN 15 ELSE 7 END;"
	"ALTER TABLE func ADD COLUMN owner INTEGER;"
	"ALTER TABLE construct ADD COLUMN owner INTEGER;"
	"CREATE TABLE module ("
	" image INTEGER NOT NULL, name TEXT NOT NULL, build_id TEXT NOT NULL, names INTEGER NOT NULL,"
	" btf INTEGER, PRIMARY KEY (image, name)) WITHOUT ROWID;"
	"CREATE INDEX btf_hash ON btf (hash);"

	"CREATE VIEW image_list AS SELECT"
	" id, name, version_1 || '.' || version_2 || '.' || version_3 AS version, revision, flavor,"
	" arch, distro, CASE source WHEN 0 THEN 'vmlinux' WHEN 1 THEN 'dataset' WHEN 2 THEN 'boot'"
	" WHEN 3 THEN 'btf' ELSE 'running' END AS source,"
	" substr(" FACT("1", "instances") " || " FACT("2", "symbols") " || " FACT("4", "addresses") " || "
	FACT("8", "attach") ", 2) AS facts, types_from,"
	" build_id, compiler, datetime(added, 'unixepoch') AS added_utc, groups, protos, instances,"
	" callers, symbols,"
	" (SELECT count(*) FROM module WHERE module.image = image.id) AS modules,"
	" (SELECT CAST(total(count) AS INTEGER) FROM finding WHERE finding.image = image.id)"
	" AS findings"
	" FROM image ORDER BY version_1, version_2, version_3, flavor, arch, revision;"

	/*
	 * CROSS JOIN keeps the order of the tables: an image, then the range of its rows, then each
	 * row's texts. It is the right one for every question that does not name a function.
	 */
	"CREATE VIEW function AS SELECT" FUNCTION_COLUMNS
	" FROM image i CROSS JOIN func f ON f.id BETWEEN i.id << 32 AND (i.id << 32) + 4294967295"
	" CROSS JOIN string s ON s.id = f.id & 4294967295 LEFT JOIN type p ON p.id = f.proto;"
	/* The same rows, the other way round: for questions that name the function. */
	"CREATE VIEW function_by_name AS SELECT" FUNCTION_COLUMNS
	" FROM string s CROSS JOIN image i CROSS JOIN func f ON f.id = (i.id << 32) + s.id"
	" LEFT JOIN type p ON p.id = f.proto;" CONSTRUCT_VIEWS;

const char *const store_migrations[STORE_SCHEMA_VERSION] = { schema_1, schema_2, schema_3 };
