// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The questions of docs/formats/store.md, asked of a store that has an answer to each: four small images
 * that differ in what the questions are about.
 */
#include "store_world.h"

/* ---- four images ---- */

static uint32_t named_type(struct world *w, enum type_kind kind, const char *name)
{
	struct type n = { .kind = kind, .name = strtab_intern_z(&w->str, name), .size = TYPE_NO_SIZE };

	return type_intern(&w->types, &n, NULL);
}

static uint32_t ref_type(struct world *w, enum type_kind kind, uint32_t ref, uint32_t count)
{
	struct type n = { .kind = kind, .ref = ref, .count = count, .size = TYPE_NO_SIZE };

	return type_intern(&w->types, &n, NULL);
}

static uint32_t pointer_to(struct world *w, const char *name)
{
	return ref_type(w, TYPE_PTR, named_type(w, TYPE_STRUCT, name), 0);
}

static uint32_t proto_of(struct world *w, uint32_t ret, const char *param, uint32_t type, bool dots)
{
	struct type n = { .kind = TYPE_FUNC_PROTO, .ref = ret, .count = 1u + dots, .size = TYPE_NO_SIZE };
	struct type_param params[2] = { { strtab_intern_z(&w->str, param), type } };

	return type_intern(&w->types, &n, params);
}

static struct construct *put_construct(struct world *w, enum kind kind, const char *name, uint32_t size)
{
	struct construct c = {
		.kind = kind,
		.name = strtab_intern_z(&w->str, name),
		.seq = (uint32_t)w->s.constructs.n,
		.size = size,
		.items = (uint32_t)w->s.items.n,
	};

	VEC_PUSH(&w->s.constructs, c);
	return &w->s.constructs.v[w->s.constructs.n - 1];
}

static struct item *put_item(struct world *w, enum item_role role, const char *name, int64_t value,
			     uint32_t type, uint32_t size)
{
	struct item it = {
		.role = (uint8_t)role,
		.name = strtab_intern_z(&w->str, name),
		.value = value,
		.type = type,
		.size = size,
	};

	VEC_PUSH(&w->s.items, it);
	w->s.constructs.v[w->s.constructs.n - 1].nitems++;
	return &w->s.items.v[w->s.items.n - 1];
}

static void put_types(struct world *w, unsigned int seed)
{
	uint32_t integer = named_type(w, TYPE_INT, "int"), word_type = named_type(w, TYPE_INT, "long int");

	put_construct(w, KIND_STRUCT, "task_struct", seed ? 9600 : 9000);
	put_item(w, ITEM_MEMBER, seed ? "__state" : "state", 128, seed ? integer : word_type, seed ? 4 : 8);
	put_item(w, ITEM_MEMBER, "parent", 192, pointer_to(w, "task_struct"), 8);
	put_item(w, ITEM_MEMBER, "comm", 256, ref_type(w, TYPE_ARRAY, named_type(w, TYPE_INT, "char"), 16), 16);
	put_item(w, ITEM_MEMBER, "vtime", 512, named_type(w, TYPE_STRUCT, ""), 24)->scope = SCOPE_STRUCT;
	put_item(w, ITEM_MEMBER, "", 512, named_type(w, TYPE_UNION, ""), 8)->depth = 1;
	w->s.items.v[w->s.items.n - 1].scope = SCOPE_UNION;
	put_item(w, ITEM_MEMBER, "cpu", 576, integer, 4)->depth = 2;
	w->s.items.v[w->s.items.n - 1].bits = 3;
	put_item(w, ITEM_MEMBER, "in", 600, named_type(w, TYPE_STRUCT, ""), 8)->depth = 1;
	w->s.items.v[w->s.items.n - 1].scope = SCOPE_STRUCT;
	put_item(w, ITEM_MEMBER, "side", 600, integer, 4)->depth = 2;
	put_item(w, ITEM_MEMBER, "last", 900, integer, 4);
	put_construct(w, KIND_ENUM, "node_stat_item", 4);
	put_item(w, ITEM_ENUMERATOR, "NR_LRU_BASE", 0, 0, 0);
	put_item(w, ITEM_ENUMERATOR, "NR_KERNEL_STACK", 20 + seed, 0, 0);
	put_construct(w, KIND_ENUM, "big", 8)->flags = CONSTRUCT_UNSIGNED64;
	put_item(w, ITEM_ENUMERATOR, "BIG", -1, 0, 0);
	put_construct(w, KIND_ENUM, "", 4);
	put_item(w, ITEM_ENUMERATOR, "UNNAMED", -7, 0, 0);
	put_construct(w, KIND_TYPEDEF, "handler_t", 0)->type =
		ref_type(w, TYPE_PTR, proto_of(w, integer, "x", pointer_to(w, "sk_buff"), false), 0);
}

static void put_rest(struct world *w, unsigned int seed, bool arm64)
{
	uint32_t integer = named_type(w, TYPE_INT, "int");
	struct construct *c = put_construct(w, KIND_TRACEPOINT, "sched_switch", 64);

	c->class = strtab_intern_z(&w->str, "sched_switch");
	c->type = proto_of(w, 0, "__data", ref_type(w, TYPE_PTR, 0, 0), false);
	put_item(w, ITEM_MEMBER, "prev_pid", 192, integer, 4);
	if (seed)
		put_item(w, ITEM_MEMBER, "next_state", 224, integer, 4);
	put_construct(w, KIND_LSM, "file_open", 0)->type =
		proto_of(w, integer, "file", seed ? pointer_to(w, "file") : integer, false);
	if (seed == 3) {
		put_construct(w, KIND_KFUNC, "bpf_new", 0)->type = proto_of(w, integer, "x", integer, true);
		put_item(w, ITEM_SET, "common_btf_ids", 32, 0, 0)->text = strtab_intern_z(&w->str, "KF_SLEEPABLE");
	}
	put_construct(w, KIND_SYSCALL, "openat", 0);
	put_item(w, ITEM_ENTRY, "64", 257, 0, 0)->text = strtab_intern_z(&w->str, "__x64_sys_openat");
	if (!arm64) {
		put_construct(w, KIND_SYSCALL, "open", 0);
		put_item(w, ITEM_ENTRY, "64", 2, 0, 0);
	}
	put_construct(w, KIND_CONFIG, "CONFIG_BPF_JIT", 0)->text = strtab_intern_z(&w->str, seed ? "y" : "n");
	put_construct(w, KIND_FEATURE, "BPF_FUNC_map_lookup_elem", 0)->class =
		strtab_intern_z(&w->str, "bpf_func_id");
	put_item(w, ITEM_ENUMERATOR, "BPF_FUNC_map_lookup_elem", 1, 0, 0);
}

static void put_func(struct world *w, const char *name, uint32_t proto, const char *symbol)
{
	uint32_t n = (uint32_t)w->s.funcs.n;
	struct symbol y = { .name = strtab_intern_z(&w->str, symbol), .section = word(w, ".text%.0u", 0) };
	struct func f = {
		.name = strtab_intern_z(&w->str, name),
		.attach = ATTACH_FTRACE,
		.seq = n,
		.type_seq = n,
		.collision = COLLISION_UNIQUE_STATIC,
		.inline_type = INLINE_SELECTIVE,
		.proto = proto,
		.symbols = (uint32_t)w->s.symbols.n,
		.nsymbols = 1,
	};

	VEC_PUSH(&w->s.symbols, y);
	VEC_PUSH(&w->s.funcs, f);
}

static struct symbol *last_symbol(struct world *w)
{
	return &w->s.symbols.v[w->s.symbols.n - 1];
}

/* Another one of the last function. */
static void put_symbol(struct world *w, uint32_t owner)
{
	struct symbol y = *last_symbol(w);

	y.owner = owner;
	VEC_PUSH(&w->s.symbols, y);
	w->s.funcs.v[w->s.funcs.n - 1].nsymbols++;
}

/* Two modules: each has functions of its own, both have one of a name, and one struct is of both. */
static void put_modules(struct world *w)
{
	static const struct image_module modules[] = { { .name = "nf_conntrack", .build_id = "c0ffee" },
						       { .name = "nf_nat", .build_id = "" } };
	uint32_t integer = named_type(w, TYPE_INT, "int"),
		 conntrack = strtab_intern_z(&w->str, "nf_conntrack"),
		 nat = strtab_intern_z(&w->str, "nf_nat");

	w->s.info.modules = modules;
	w->s.info.nmodules = ARRAY_SIZE(modules);
	put_func(w, "nf_ct_get", proto_of(w, integer, "skb", pointer_to(w, "sk_buff"), false), "nf_ct_get");
	last_symbol(w)->owner = conntrack;
	put_func(w, "nf_init", proto_of(w, integer, "net", pointer_to(w, "net"), false), "nf_init");
	last_symbol(w)->owner = nat;
	put_symbol(w, conntrack);
	w->s.funcs.v[w->s.funcs.n - 1].collision = COLLISION_GLOBAL_GLOBAL;
	put_func(w, "die", proto_of(w, integer, "x", integer, false), "die");
	put_symbol(w, nat);
	w->s.funcs.v[w->s.funcs.n - 1].collision = COLLISION_SYMBOLS;
	w->s.funcs.v[w->s.funcs.n - 1].inline_type = INLINE_UNKNOWN;
	put_construct(w, KIND_STRUCT, "nf_conn", 248)->owner =
		strtab_intern_z(&w->str, "nf_conntrack,nf_nat");
	put_item(w, ITEM_MEMBER, "status", 64, integer, 4);
	/* A struct of the kernel, and another one of that name. */
	put_construct(w, KIND_STRUCT, "nf_hook", 8);
	put_construct(w, KIND_STRUCT, "nf_hook", 16)->owner = nat;
	w->s.constructs.v[w->s.constructs.n - 1].seq--;
	w->s.constructs.v[w->s.constructs.n - 1].variant = 1;
}

static void doc_world(struct world *w, unsigned int seed)
{
	static const char *const names[] = { "6.1.0-56-cloud-amd64", "6.12.107+deb13-cloud-amd64",
					     "6.12.107+deb13-cloud-arm64", "7.2.1-cloud-amd64" };
	uint32_t integer;

	world_init(w, seed);
	surface_reset(&w->s);
	w->s.info.name = names[seed];
	w->s.info.nmodules = 0;
	integer = named_type(w, TYPE_INT, "int");
	put_func(w, "vfs_read", proto_of(w, integer, "file", seed ? pointer_to(w, "file") : integer, false),
		 "vfs_read");
	put_func(w, "kfree_skb", proto_of(w, 0, "skb", pointer_to(w, "sk_buff"), false), "kfree_skb.isra.0");
	put_func(w, "_printk", proto_of(w, integer, "fmt", pointer_to(w, "fmt"), true), "_printk");
	if (seed)
		put_func(w, "folio_new", proto_of(w, pointer_to(w, "folio"), "", integer, false), "folio_new");
	put_types(w, seed);
	put_rest(w, seed, seed == 2);
	if (seed == 3)
		put_modules(w);
}

static void doc_store(const char *path)
{
	struct store *st = open_store(path, STORE_WRITE);

	for (unsigned int i = 0; i < 4; i++) {
		struct world w;

		doc_world(&w, i);
		add(st, &w, NULL);
		world_done(&w);
	}
	store_close(st);
}

/* ---- the manual's questions ---- */

static int count_rows(const char *path, const char *text)
{
	sqlite3 *db = sql_open(path);
	sqlite3_stmt *q;
	int rc, n = 0;

	if (sqlite3_prepare_v2(db, text, -1, &q, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		n++;
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

/* Every ```sql block of docs/formats/store.md has an answer. */
static void test_documented_selects(void **state)
{
	const char *path = path_of("doc.db");
	FILE *f = fopen("docs/formats/store.md", "r");
	struct buf b = { 0 };
	char line[400];
	bool inside = false;
	int n = 0;

	(void)state;
	if (!f) {
		print_message("skipped: not run from the project's folder\n");
		skip();
	}
	doc_store(path);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "```", 3)) {
			if (inside && !count_rows(path, buf_z(&b)))
				fail_msg("no answer to: %s", buf_z(&b));
			n += inside;
			inside = !inside && !strcmp(line, "```sql\n");
			b.n = 0;
		} else if (inside) {
			buf_puts(&b, line);
		}
	}
	fclose(f);
	buf_done(&b);
	assert_true(n >= 15);
}

/* ---- the views' columns ---- */

static void same_answer(const char *path, const char *query, const char *want)
{
	sqlite3 *db = sql_open(path);
	struct buf got = { 0 };
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, query, -1, &q, NULL))
		fail_msg("%s: %s", query, sqlite3_errmsg(db));
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(q); i++) {
			const char *t = (const char *)sqlite3_column_text(q, i);

			buf_printf(&got, "%s%s", i ? "|" : got.n ? "; " : "", t ? t : "NULL");
		}
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	assert_string_equal(buf_z(&got), want);
	buf_done(&got);
}

static void test_answers(void **state)
{
	const char *path = path_of("answers.db");

	(void)state;
	doc_store(path);
	same_answer(path,
		    "SELECT prototype FROM function WHERE image LIKE '7.2%' AND owner ISNULL ORDER BY name",
		    "int _printk(struct fmt *fmt, ...); struct folio *folio_new(int); "
		    "void kfree_skb(struct sk_buff *skb); int vfs_read(struct file *file)");
	same_answer(path,
		    "SELECT ftrace, no_kprobe, error_injection FROM function_by_name WHERE name = 'vfs_read'",
		    "1|0|0; 1|0|0; NULL|NULL|NULL; 1|0|0");
	same_answer(path, "SELECT kind, name, variant, size, items FROM struct WHERE image LIKE '6.1.%'",
		    "struct|task_struct|0|9000|9");
	same_answer(
		path,
		"SELECT field, type, bit_offset, size, bits, position FROM field WHERE image LIKE '7.2%' AND owner ISNULL",
		"__state|int|128|4|0|0; parent|struct task_struct *|192|8|0|1; comm|char [16]|256|16|0|2; "
		"vtime|struct { }|512|24|0|3; vtime.cpu|int|576|4|3|5; vtime.in|struct { }|600|8|0|6; "
		"vtime.in.side|int|600|4|0|7; last|int|900|4|0|8");
	same_answer(path, "SELECT enum, name, value FROM enumerator WHERE image LIKE '7.2%' ORDER BY name",
		    "big|BIG|18446744073709551615; node_stat_item|NR_KERNEL_STACK|23; "
		    "node_stat_item|NR_LRU_BASE|0; NULL|UNNAMED|-7");
	same_answer(path, "SELECT name, type FROM typedef WHERE image LIKE '7.2%'",
		    "handler_t|int (*)(struct sk_buff *x)");
	same_answer(path, "SELECT name, class, size, prototype, no_record FROM tracepoint WHERE image LIKE '7.2%'",
		    "sched_switch|sched_switch|64|void trace_event_raw_event_sched_switch(void *__data)|0");
	same_answer(path, "SELECT part, field, type, bit_offset FROM tracepoint_field WHERE image LIKE '7.2%'",
		    "record|prev_pid|int|192; record|next_state|int|224");
	same_answer(path, "SELECT name, prototype FROM lsm_hook WHERE image LIKE '7.2%'",
		    "file_open|int security_file_open(struct file *file)");
	same_answer(path, "SELECT image, name, id_set, flags, flag_words, prototype FROM kfunc",
		    "7.2.1-cloud-amd64|bpf_new|common_btf_ids|32|KF_SLEEPABLE|int bpf_new(int x, ...)");
	same_answer(path, "SELECT name, call_table, number, function FROM syscall WHERE image LIKE '%arm64'",
		    "openat|64|257|__x64_sys_openat");
	same_answer(path, "SELECT name, value FROM config WHERE image LIKE '6.1.%'", "CONFIG_BPF_JIT|n");
	same_answer(path, "SELECT name, enum, value FROM feature WHERE image LIKE '6.1.%'",
		    "BPF_FUNC_map_lookup_elem|bpf_func_id|1");
	same_answer(path, "SELECT topic, value, n FROM counted WHERE image LIKE '6.1.%' AND n",
		    "kind|func|3; kind|struct|1; kind|enum|2; kind|typedef|1; kind|tracepoint|1; kind|lsm|1; "
		    "kind|syscall|2; kind|config|1; kind|feature|1; kind|field|12; collision|Unique Static|3; "
		    "inline|Selective|3; suffix|isra|1; attach|ftrace|3");
}

static void test_owners(void **state)
{
	const char *path = path_of("owners.db");

	(void)state;
	doc_store(path);
	same_answer(path, "SELECT name, source, facts, modules FROM image_list ORDER BY id",
		    "6.1.0-56-cloud-amd64|vmlinux|instances,symbols,addresses,attach|0; "
		    "6.12.107+deb13-cloud-amd64|vmlinux|symbols,addresses,attach|0; "
		    "6.12.107+deb13-cloud-arm64|boot|symbols,addresses|0; "
		    "7.2.1-cloud-amd64|vmlinux|addresses,attach|2");
	same_answer(
		path, "SELECT name, owner, collision, inline FROM function WHERE owner NOTNULL ORDER BY name",
		"die|vmlinux,nf_nat|Symbol Duplication|Unknown; nf_ct_get|nf_conntrack|Unique Static|Selective; "
		"nf_init|nf_conntrack,nf_nat|Global-Global Collision|Selective");
	same_answer(path, "SELECT owner FROM function_by_name WHERE name = 'nf_ct_get'", "nf_conntrack");
	same_answer(path, "SELECT transformed FROM function_by_name WHERE name = 'kfree_skb'",
		    "1; 1; 1; NULL");
	same_answer(path, "SELECT name, variant, size, owner FROM struct WHERE name LIKE 'nf%'",
		    "nf_conn|0|248|nf_conntrack,nf_nat; nf_hook|0|8|NULL; nf_hook|1|16|nf_nat");
	same_answer(path, "SELECT owner, struct, field FROM field WHERE owner NOTNULL",
		    "nf_conntrack,nf_nat|nf_conn|status");
	same_answer(path, "SELECT topic, value, n FROM counted WHERE topic IN ('owner', 'across')",
		    "across|func|2; owner|nf_conntrack|3; owner|nf_nat|4");
	same_answer(path, "SELECT image, name, build_id, names FROM module",
		    "4|nf_conntrack|c0ffee|3; 4|nf_nat||4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documented_selects),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_owners),
	};

	err_clear(&err);
	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
