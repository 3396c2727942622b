// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What raw BTF says, read with libbpf, as text: a line a type that has a name of its own (and an unnamed enum, which is found by its
 * values), so that two BTFs can be compared by name. Shares no code with ksurf.
 *
 *   btf_facts [-f] FILE    KIND <tab> NAME <tab> SHAPE, in BTF's order; -f: arrays of arrays as one, as pahole writes them
 *
 * In a shape, types with a name are named and others are written out:
 *   struct foo   16{a@0 int; b@32:3 unsigned int; @64 union 8{...}}     size, then members: name, bit offset, :width, type
 *   enum color   4u{RED=0, GREEN=1}                                     size, u or s, values
 *   func f       global fn(a int; b *const char; ...) long              parameters with their names, return type
 * A pointer is "*TYPE", an array "[3]TYPE".
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND_DECL_TAG 17
#define KIND_TYPE_TAG 18
#define KIND_ENUM64   19
#define DEPTH_MAX     64

static const struct btf *btf;
static bool flatten;

static void shape(const struct btf_type *t, int depth);

static const char *name_of(uint32_t offset)
{
	const char *s = btf__name_by_offset(btf, offset);

	return s ? s : "<bad>";
}

static void use(uint32_t id, int depth);

static void proto(const struct btf_type *t, bool names, int depth)
{
	const struct btf_param *p = btf_params(t);

	printf("fn(");
	for (int i = 0; i < btf_vlen(t); i++) {
		printf("%s", i ? "; " : "");
		if (!p[i].name_off && !p[i].type) {
			printf("...");
			continue;
		}
		if (names)
			printf("%s ", name_of(p[i].name_off));
		use(p[i].type, depth + 1);
	}
	printf(") ");
	use(t->type, depth + 1);
}

static void array(const struct btf_type *t, int depth)
{
	uint64_t n = btf_array(t)->nelems;
	uint32_t of = btf_array(t)->type;

	while (flatten && of && btf_is_array(btf__type_by_id(btf, of))) {
		n *= btf_array(btf__type_by_id(btf, of))->nelems;
		of = btf_array(btf__type_by_id(btf, of))->type;
	}
	printf("[%llu]", (unsigned long long)n);
	use(of, depth + 1);
}

static void use(uint32_t id, int depth)
{
	const struct btf_type *t = id ? btf__type_by_id(btf, id) : NULL;
	const char *name = t ? name_of(t->name_off) : "";

	if (id && !t)
		errx(1, "type %u is not there", id);
	if (depth > DEPTH_MAX) {
		printf("<deep>");
		return;
	}
	switch (t ? btf_kind(t) : 0) {
	case 0:
		printf("void");
		break;
	case BTF_KIND_PTR:
		printf("*");
		use(t->type, depth + 1);
		break;
	case BTF_KIND_CONST:
		printf("const ");
		use(t->type, depth + 1);
		break;
	case BTF_KIND_VOLATILE:
		printf("volatile ");
		use(t->type, depth + 1);
		break;
	case BTF_KIND_RESTRICT:
		printf("restrict ");
		use(t->type, depth + 1);
		break;
	case KIND_TYPE_TAG:
		use(t->type, depth + 1);
		break;
	case BTF_KIND_ARRAY:
		array(t, depth);
		break;
	case BTF_KIND_FUNC_PROTO:
		proto(t, false, depth);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		printf("%s ", btf_is_struct(t) ? "struct" : btf_is_union(t) ? "union" : "enum");
		if (*name)
			printf("%s", name);
		else
			shape(t, depth + 1);
		break;
	case BTF_KIND_FWD:
		printf("%s %s", btf_kflag(t) ? "union" : "struct", name);
		break;
	default:
		printf("%s", name);
	}
}

static void members(const struct btf_type *t, int depth)
{
	const struct btf_member *m = btf_members(t);

	printf("%u{", t->size);
	for (int i = 0; i < btf_vlen(t); i++) {
		printf("%s%s@%u", i ? "; " : "", name_of(m[i].name_off), btf_member_bit_offset(t, (uint32_t)i));
		if (btf_member_bitfield_size(t, (uint32_t)i))
			printf(":%u", btf_member_bitfield_size(t, (uint32_t)i));
		printf(" ");
		use(m[i].type, depth + 1);
	}
	printf("}");
}

static void values(const struct btf_type *t)
{
	const uint32_t *e = (const uint32_t *)(t + 1);
	bool wide = btf_kind(t) == KIND_ENUM64;

	printf("%u%c{", t->size, btf_kflag(t) ? 's' : 'u');
	for (int i = 0; i < btf_vlen(t); i++, e += 2 + wide) {
		uint64_t v = wide ? e[1] | (uint64_t)e[2] << 32 : e[1];

		if (!wide && btf_kflag(t))
			v = (uint64_t)(int64_t)(int32_t)e[1];
		printf(btf_kflag(t) ? "%s%s=%lld" : "%s%s=%llu", i ? ", " : "", name_of(e[0]), (unsigned long long)v);
	}
	printf("}");
}

static void shape(const struct btf_type *t, int depth)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		members(t, depth);
		break;
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		values(t);
		break;
	case BTF_KIND_INT:
		printf("%u %u bits%s%s%s", t->size, btf_int_bits(t), btf_int_encoding(t) & BTF_INT_SIGNED ? " signed" : "",
		       btf_int_encoding(t) & BTF_INT_CHAR ? " char" : "", btf_int_encoding(t) & BTF_INT_BOOL ? " bool" : "");
		break;
	case BTF_KIND_FLOAT:
		printf("%u", t->size);
		break;
	default:
		use(t->type, depth + 1);
	}
}

static void line(const struct btf_type *t, const char *kind)
{
	printf("%s\t%s\t", kind, name_of(t->name_off));
	shape(t, 0);
	printf("\n");
}

static void section(const struct btf_type *t)
{
	const struct btf_var_secinfo *v = btf_var_secinfos(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *var = btf__type_by_id(btf, v[i].type);

		printf("var\t%s\t%s %s+%u %u ", name_of(var->name_off), btf_var(var)->linkage ? "global" : "static",
		       name_of(t->name_off), v[i].offset, v[i].size);
		use(var->type, 0);
		printf("\n");
	}
}

static void func(const struct btf_type *t)
{
	printf("func\t%s\t%s ", name_of(t->name_off), btf_vlen(t) ? "global" : "static");
	proto(btf__type_by_id(btf, t->type), true, 0);
	printf("\n");
}

static void print_type(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		if (t->name_off)
			line(t, "struct");
		break;
	case BTF_KIND_UNION:
		if (t->name_off)
			line(t, "union");
		break;
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		line(t, btf_kind(t) == BTF_KIND_ENUM ? "enum" : "enum64");
		break;
	case BTF_KIND_FWD:
		printf("fwd\t%s\t%s\n", name_of(t->name_off), btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_TYPEDEF:
		line(t, "typedef");
		break;
	case BTF_KIND_INT:
		line(t, "int");
		break;
	case BTF_KIND_FLOAT:
		line(t, "float");
		break;
	case BTF_KIND_FUNC:
		func(t);
		break;
	case BTF_KIND_DATASEC:
		section(t);
		break;
	case KIND_DECL_TAG: /* of a function */
		if (btf_is_func(btf__type_by_id(btf, t->type)))
			printf("tag\t%s\t%s\n", name_of(btf__type_by_id(btf, t->type)->name_off), name_of(t->name_off));
		break;
	}
}

int main(int argc, char **argv)
{
	const char *path = argv[argc - 1];
	struct stat st;
	void *data;
	int fd;

	flatten = argc == 3 && !strcmp(argv[1], "-f");
	if (argc != 2 && !flatten)
		errx(2, "usage: btf_facts [-f] FILE");
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	data = malloc((size_t)st.st_size + 1);
	if (!data || read(fd, data, (size_t)st.st_size) != st.st_size)
		err(1, "%s", path);
	btf = btf__new(data, (uint32_t)st.st_size);
	if (libbpf_get_error(btf))
		errx(1, "%s: libbpf cannot read it", path);
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++)
		print_type(btf__type_by_id(btf, id));
	return 0;
}
