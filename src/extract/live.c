// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What only a running kernel tells: the lists of functions that ftrace and kprobes take or refuse, and the BTF of the
 * modules that are loaded. What could not be seen of it is a finding; nothing is concluded from its absence.
 */
#include "extract/join_int.h"

#include <stdio.h>

/* The functions of a surface by name. */
static void index_funcs(const struct surface *s, struct map *of_name)
{
	map_init(of_name);
	for (size_t i = 0; i < s->funcs.n; i++)
		*map_at(of_name, s->funcs.v[i].name) = (uint32_t)i;
}

/* A symbol's name up to its first '.', of a line "name", "name [module]" or "address-address name". */
static const char *name_in_line(const char *line, const char *end, bool last_word, size_t *len)
{
	const char *p = line, *stop;

	while (last_word && end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (const char *q = p; last_word && q < end; q++)
		if (*q == ' ' || *q == '\t')
			p = q + 1;
	for (stop = p; stop < end && *stop != ' ' && *stop != '\t' && *stop != '.'; stop++)
		;
	*len = (size_t)(stop - p);
	return p;
}

static void mark(struct surface *s, const struct map *of_name, const char *list, bool last_word, enum attach bit)
{
	for (const char *line = list, *end; *line; line = *end ? end + 1 : end) {
		const char *name;
		uint32_t id, f;
		size_t len;

		end = line + strcspn(line, "\n");
		name = name_in_line(line, end, last_word, &len);
		id = len ? strtab_find(s->str, name, len) : 0;
		f = id ? map_get(of_name, id) : MAP_NONE;
		if (f != MAP_NONE)
			s->funcs.v[f].attach |= (uint32_t)bit;
	}
}

void live_attach(const struct image_live *live, struct surface *s)
{
	struct map of_name;

	if (!live->filter_functions || !live->kprobe_blacklist)
		return;
	index_funcs(s, &of_name);
	mark(s, &of_name, live->filter_functions, false, ATTACH_FTRACE);
	mark(s, &of_name, live->kprobe_blacklist, true, ATTACH_NO_KPROBE);
	map_done(&of_name);
	s->info.facts |= FACT_ATTACH;
}

void live_unseen(const struct image *img, const struct image_live *live, struct findings *f, struct arena *a)
{
	struct err err = ERR_INIT;
	struct buf text = { 0 };

	if (!live->unseen.n)
		return;
	for (size_t i = 0; i < live->unseen.n; i++)
		buf_printf(&text, "%s%s (%s)", i ? "; " : "could not be seen, so nothing is said of it: ",
			   live->unseen.v[i].what, live->unseen.v[i].why);
	err_set(&err, ERR_MISSING, image_path(img), ERR_NO_OFFSET, "%s", buf_z(&text));
	finding_add(f, a, "not-seen", live->unseen.n, &err);
	buf_done(&text);
}

bool module_types_alone(struct module_facts *m, const struct kernel_view *v, const char *where, const void *btf,
			uint64_t size)
{
	struct btf_facts facts;
	struct err err = ERR_INIT;

	if (btf_read_split(where, btf, size, EXTRACT_DAMAGE_PERCENT, v->base, &m->s, &facts, &err)) {
		finding_add(&m->findings, &m->s.arena, "module-btf-unreadable", 1, &err);
		return false;
	}
	for (size_t i = 0; i < facts.funcs.n; i++)
		VEC_PUSH(&m->s.funcs, ((struct func){ .name = facts.funcs.v[i].name, .seq = SEQ_NONE, .type_seq = (uint32_t)i,
						      .proto = facts.funcs.v[i].proto, .attach = ATTACH_BTF }));
	btf_facts_done(&facts);
	module_find_news(m, v);
	m->btf = memcpy(base_alloc(size), btf, size);
	m->btf_size = size;
	return true;
}

/* Types and prototypes of one loaded module; without BTF it is loaded, and that is all that is known. */
static void read_module(struct joining *j, const struct kernel_view *v, const struct image_module *mod)
{
	struct module_facts m;
	char where[300];

	module_facts_init(&m, v);
	m.name = arena_strndup(&m.s.arena, mod->name, strlen(mod->name));
	m.build_id = arena_strndup(&m.s.arena, mod->build_id, strlen(mod->build_id));
	snprintf(where, sizeof(where), "/sys/kernel/btf/%s", mod->name);
	if (mod->btf_size)
		module_types_alone(&m, v, where, mod->btf, mod->btf_size);
	joining_add(j, &m);
	module_facts_done(&m);
}

void live_modules(const struct image_live *live, struct surface *s)
{
	struct kernel_view v;
	struct joining *j;

	if (!live->modules.n)
		return;
	kernel_view_init(&v, s);
	kernel_view_open_base(&v);
	j = joining_new();
	for (size_t i = 0; v.base && i < live->modules.n; i++)
		read_module(j, &v, &live->modules.v[i]);
	kernel_view_done(&v);
	joining_end(j, s);
}
