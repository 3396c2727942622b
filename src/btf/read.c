// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One reading of a BTF: through the door, functions and tags, then constructs. Never fails half way: what
 * the door lets in gives facts, and notes on what gave none.
 */
#include "btf/btf_int.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

const char *const btf_note_code[BTF_NNOTES] = {
	[BTF_NOTE_HEADER] = "btf-header",
	[BTF_NOTE_KIND] = "btf-kind",
	[BTF_NOTE_CUT] = "btf-cut-off",
	[BTF_NOTE_RECORD] = "btf-record",
	[BTF_NOTE_NAME] = "btf-name",
	[BTF_NOTE_REFERENCE] = "btf-reference",
	[BTF_NOTE_FUNC] = "btf-function",
	[BTF_NOTE_CONSTRUCT] = "btf-construct",
};

void btf_note(struct btf_facts *f, enum btf_note_kind kind, const char *where, uint64_t offset,
	      const char *fmt, ...)
{
	struct err_note *n = &f->notes[kind];
	char text[256];
	va_list args;

	if (n->count++)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	err_clear(&n->first);
	err_set(&n->first, ERR_FORMAT, where, offset, "%s", text);
}

static void read_func(struct btf_reader *r, uint32_t id, struct map *seen)
{
	const struct btf_type *b = record_at(r, id);
	struct btf_func f = { .name = btf_name(r, b->name_off) };
	bool bad = !f.name || btf_kind(record_at(r, b->type)) != BTF_KIND_FUNC_PROTO;
	uint32_t *old;

	if (!bad)
		f.proto = btf_translate(r, b->type, &bad);
	if (bad) {
		btf_note(r->facts, BTF_NOTE_FUNC, r->where, ERR_NO_OFFSET,
			 "functions with damaged types were left out, first %s (type %u)",
			 surface_text(r->s, f.name), id);
		return;
	}
	old = map_at(seen, f.name);
	if (*old != MAP_NONE) {
		r->facts->nduplicates++;
		return;
	}
	*old = 1;
	VEC_PUSH(&r->facts->funcs, f);
}

/* The kernel marks its kfuncs for bpftool (pahole --btf_features=decl_tag_kfuncs, 6.10 on). */
static void read_tag(struct btf_reader *r, const struct btf_type *b)
{
	const char *tag = btf_text(r, b->name_off);
	const struct btf_type *f = record_at(r, b->type);
	uint32_t name;

	if (!tag || strcmp(tag, "bpf_kfunc") || !btf_is_func(f))
		return;
	name = btf_name(r, f->name_off);
	if (name)
		VEC_PUSH(&r->facts->kfuncs, name);
}

static void read_funcs(struct btf_reader *r)
{
	struct map seen;

	map_init(&seen);
	for (uint32_t id = r->first; id < r->ntypes; id++) {
		const struct btf_type *b = record_at(r, id);

		if (btf_is_func(b))
			read_func(r, id, &seen);
		else if (btf_kind(b) == KIND_DECL_TAG)
			read_tag(r, b);
	}
	map_done(&seen);
}

static int no_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

static void read_all(struct btf_reader *r)
{
	r->type_of = base_alloc(r->ntypes * sizeof(*r->type_of));
	memset(r->type_of, 0xff, r->ntypes * sizeof(*r->type_of));
	r->size_of = base_calloc(r->ntypes, sizeof(*r->size_of));
	r->name_ids = base_calloc(r->names_size, sizeof(*r->name_ids));
	map_init(&r->base_names);
	read_funcs(r);
	btf_constructs(r);
	free(r->type_of);
	free(r->size_of);
	free(r->name_ids);
	map_done(&r->base_names);
}

static int open_sound(const char *where, const void *data, uint64_t size, struct btf **ret, struct err *err)
{
	libbpf_set_print(no_print);
	*ret = btf__new(data, (uint32_t)size);
	if (!*ret)
		return err_set(err, ERR_FORMAT, where, 0, "the BTF cannot be read: %s", strerror(errno));
	return 0;
}

static int read_sound(struct btf_reader *r, const void *data, uint64_t size, struct err *err)
{
	struct btf *btf;
	int rc = open_sound(r->where, data, size, &btf, err);

	if (rc)
		return rc;
	r->btf = btf;
	r->ntypes = btf__type_cnt(btf);
	r->names_size = (uint32_t)size;
	r->names_left = 2 * size;
	r->pointer_size = r->s->info.pointer_size ? r->s->info.pointer_size : (uint32_t)btf__pointer_size(btf);
	read_all(r);
	btf__free(btf);
	return 0;
}

int btf_read(const char *where, const void *data, uint64_t size, unsigned int lost_max, struct surface *s,
	     struct btf_facts *ret, struct err *err)
{
	struct btf_facts facts = { 0 };
	struct btf_reader r = { .where = where, .first = 1, .s = s, .facts = &facts };
	struct buf copy = { 0 };
	int rc;

	rc = btf_door(where, data, size, lost_max, &facts, &copy, &r.unknown, err);
	if (!rc)
		rc = read_sound(&r, copy.n ? copy.v : data, copy.n ? copy.n : size, err);
	buf_done(&copy);
	if (rc) {
		btf_facts_done(&facts);
		return rc;
	}
	*ret = facts;
	s->btf = data;
	s->btf_size = size;
	return 0;
}

int btf_read_split(const char *where, const void *data, uint64_t size, unsigned int lost_max,
		   const struct btf_base *base, struct surface *s, struct btf_facts *ret, struct err *err)
{
	struct btf_facts facts = { 0 };
	struct btf_split split = { 0 };
	struct btf_reader r = {
		.where = where, .btf = base->btf, .base = base, .split = &split, .first = base->ntypes, .s = s,
		.facts = &facts, .names_first = base->names_len,
	};
	int rc = btf_door_split(where, data, size, lost_max, base, &facts, &split, err);

	if (!rc && facts.ntypes) {
		r.ntypes = base->ntypes + (uint32_t)split.at.n;
		r.unknown = r.ntypes - 1;
		r.names_size = (uint32_t)split.names_len;
		r.names_left = 2 * ((uint64_t)base->names_len + size);
		r.pointer_size = s->info.pointer_size ? s->info.pointer_size : base->pointer_size;
		read_all(&r);
	}
	buf_done(&split.copy);
	VEC_DONE(&split.at);
	if (rc)
		btf_facts_done(&facts);
	else
		*ret = facts;
	return rc;
}

/* The names as they lie, each at its offset. */
static char *copy_names(const struct btf *btf, uint32_t len)
{
	const char *names = btf__str_by_offset(btf, 0);

	return names ? memcpy(base_alloc(len), names, len) : base_calloc(len, 1);
}

int btf_base_open(const char *where, const void *data, uint64_t size, struct btf_base **ret, struct err *err)
{
	struct btf_base *base = base_calloc(1, sizeof(*base));
	struct buf copy = { 0 };
	int rc = btf_door_base(where, data, size, base, &copy, err);

	if (!rc)
		rc = open_sound(where, copy.n ? copy.v : data, copy.n ? copy.n : size, &base->btf, err);
	buf_done(&copy);
	if (rc) {
		btf_base_close(base);
		return rc;
	}
	base->names = copy_names(base->btf, base->names_len);
	base->old_enums = btf_enums_are_old(&(struct btf_reader){ .btf = base->btf, .first = 1, .ntypes = base->ntypes });
	base->pointer_size = (uint32_t)btf__pointer_size(base->btf);
	*ret = base;
	return 0;
}

void btf_base_close(struct btf_base *base)
{
	if (!base)
		return;
	btf__free(base->btf);
	free(base->kinds);
	free(base->names);
	free(base);
}

void btf_facts_done(struct btf_facts *f)
{
	VEC_DONE(&f->funcs);
	VEC_DONE(&f->kfuncs);
}
