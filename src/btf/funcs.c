// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The functions of a BTF and their prototypes. Types stand by name; tags (__user and the like) are
 * looked through. Every id and name is checked: libbpf 1.1 trusts those inside a well-formed section.
 */
#include "btf/btf_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>

/* BTF of a kernel nests a handful of levels; a circle of typedefs or pointers ends here. */
#define DEPTH_MAX 32
#define PARAMS_MAX 256
#define NOT_TRANSLATED UINT32_MAX

/* Kinds newer than the headers of the oldest libbpf that ksurf builds with. */
#define KIND_TYPE_TAG 18

struct translator {
	const struct btf *btf;
	uint32_t ntypes;
	struct strtab *str;
	struct type_table *types;
	uint32_t *id_of; /* BTF id -> type id, or NOT_TRANSLATED */
	struct map name_ids; /* offset of a name -> string id: "dev" and its like stand in thousands of prototypes */
};

static uint32_t translate(struct translator *t, uint32_t id, unsigned int depth, bool *bad);

static uint32_t name_of(struct translator *t, uint32_t offset, bool *bad)
{
	uint32_t *id = map_at(&t->name_ids, offset);
	const char *name;

	if (*id != MAP_NONE)
		return *id;
	name = btf__name_by_offset(t->btf, offset);
	if (!name) {
		*bad = true;
		return 0;
	}
	return *id = strtab_intern_z(t->str, name);
}

static uint32_t translate_proto(struct translator *t, const struct btf_type *b, unsigned int depth,
				bool *bad)
{
	struct type node = { .kind = TYPE_FUNC_PROTO, .count = btf_vlen(b), .size = TYPE_NO_SIZE };
	struct type_param params[PARAMS_MAX];
	const struct btf_param *p = btf_params(b);

	/* C guarantees 127 parameters; the kernel's largest function has some 20. */
	if (node.count > PARAMS_MAX) {
		*bad = true;
		return 0;
	}
	node.ref = translate(t, b->type, depth + 1, bad);
	for (uint32_t i = 0; i < node.count; i++) {
		params[i].name = name_of(t, p[i].name_off, bad);
		params[i].type = translate(t, p[i].type, depth + 1, bad);
	}
	return *bad ? 0 : type_intern(t->types, &node, params);
}

/* decoder switch: BTF kinds */
static uint32_t translate_kind(struct translator *t, const struct btf_type *b, unsigned int depth,
			       bool *bad)
{
	struct type node = { .kind = (enum type_kind)btf_kind(b), .size = TYPE_NO_SIZE };

	switch (btf_kind(b)) {
	case BTF_KIND_FWD:
		node.fwd_union = btf_kflag(b);
		node.name = name_of(t, b->name_off, bad);
		break;
	case BTF_KIND_ENUM:
	case TYPE_ENUM64:
	case BTF_KIND_FLOAT:
		node.size = b->size;
		node.name = name_of(t, b->name_off, bad);
		break;
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_TYPEDEF:
		node.name = name_of(t, b->name_off, bad);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
		node.ref = translate(t, b->type, depth + 1, bad);
		break;
	case BTF_KIND_ARRAY:
		node.ref = translate(t, btf_array(b)->type, depth + 1, bad);
		node.count = btf_array(b)->nelems;
		break;
	case KIND_TYPE_TAG:
		return translate(t, b->type, depth + 1, bad);
	case BTF_KIND_FUNC_PROTO:
		return translate_proto(t, b, depth, bad);
	default: /* a FUNC, VAR or DATASEC is no type */
		*bad = true;
	}
	return *bad ? 0 : type_intern(t->types, &node, NULL);
}

static uint32_t translate(struct translator *t, uint32_t id, unsigned int depth, bool *bad)
{
	uint32_t ret;

	if (!id)
		return 0;
	if (id >= t->ntypes || depth > DEPTH_MAX) {
		*bad = true;
		return 0;
	}
	if (t->id_of[id] != NOT_TRANSLATED)
		return t->id_of[id];
	ret = translate_kind(t, btf__type_by_id(t->btf, id), depth, bad);
	if (!*bad)
		t->id_of[id] = ret;
	return ret;
}

static void read_func(struct translator *t, const struct btf_type *b, struct map *seen,
		      struct btf_funcs *ret)
{
	struct btf_func f = { 0 };
	bool bad = false;
	uint32_t *old;

	f.name = name_of(t, b->name_off, &bad);
	if (b->type >= t->ntypes || btf_kind(btf__type_by_id(t->btf, b->type)) != BTF_KIND_FUNC_PROTO)
		bad = true;
	else
		f.proto = translate(t, b->type, 0, &bad);
	if (bad || !f.name) {
		ret->nbad++;
		return;
	}
	old = map_at(seen, f.name);
	if (*old != MAP_NONE) {
		ret->nduplicates++;
		return;
	}
	*old = 1;
	VEC_PUSH(&ret->v, f);
}

static int no_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

int btf_read_funcs(const char *where, const void *data, uint64_t size, struct strtab *str,
		   struct type_table *types, struct btf_funcs *ret, struct err *err)
{
	struct translator t = { .str = str, .types = types };
	struct btf *btf;
	struct map seen;

	*ret = (struct btf_funcs){ 0 };
	if (size > UINT32_MAX)
		return err_set(err, ERR_FORMAT, where, 0, "the BTF is larger than 4 GiB");
	libbpf_set_print(no_print);
	btf = btf__new(data, (uint32_t)size);
	if (!btf)
		return err_set(err, ERR_FORMAT, where, 0, "the BTF cannot be read: %s", strerror(errno));
	t.btf = btf;
	ret->ntypes = t.ntypes = btf__type_cnt(btf);
	t.id_of = base_alloc(t.ntypes * sizeof(*t.id_of));
	memset(t.id_of, 0xff, t.ntypes * sizeof(*t.id_of));
	map_init(&seen);
	map_init(&t.name_ids);
	for (uint32_t id = 1; id < t.ntypes; id++) {
		const struct btf_type *b = btf__type_by_id(btf, id);

		if (btf_is_func(b))
			read_func(&t, b, &seen, ret);
	}
	map_done(&seen);
	map_done(&t.name_ids);
	free(t.id_of);
	btf__free(btf);
	return 0;
}

void btf_funcs_done(struct btf_funcs *f)
{
	VEC_DONE(&f->v);
}
