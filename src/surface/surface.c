// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Surfaces, the words of their facts, and the facts that follow from others (semantics, section 2).
 */
#include "surface/surface.h"

const char *const collision_type_text[COLLISION_NTYPES] = {
	[COLLISION_UNIQUE_GLOBAL] = "Unique Global",
	[COLLISION_UNIQUE_STATIC] = "Unique Static",
	[COLLISION_STATIC_DUPLICATION] = "Static Duplication",
	[COLLISION_STATIC_STATIC] = "Static-Static Collision",
	[COLLISION_STATIC_GLOBAL] = "Static-Global Collision",
	[COLLISION_GLOBAL_GLOBAL] = "Global-Global Collision",
	[COLLISION_UNKNOWN] = "Unknown",
	[COLLISION_SYMBOLS] = "Symbol Duplication",
};

const char *const inline_type_text[INLINE_NTYPES] = {
	[INLINE_NO] = "No",
	[INLINE_FULL] = "Full",
	[INLINE_SELECTIVE] = "Selective",
	[INLINE_UNKNOWN] = "Unknown",
};

const char *const image_source_word[IMAGE_NSOURCES] = {
	[IMAGE_FROM_KERNEL] = "vmlinux", [IMAGE_FROM_DATASET] = "dataset", [IMAGE_FROM_BOOT] = "boot",
	[IMAGE_FROM_BTF] = "btf",	 [IMAGE_FROM_RUNNING] = "running",
};

const char *const inline_word_text[INLINE_NWORDS] = {
	[INLINE_NOT_DECLARED_NOT_INLINED] = "not declared, not inlined",
	[INLINE_NOT_DECLARED_INLINED] = "not declared, inlined",
	[INLINE_DECLARED_NOT_INLINED] = "declared, not inlined",
	[INLINE_DECLARED_INLINED] = "declared, inlined",
	[INLINE_SEEN_UNKNOWN] = "seen, unknown",
	[INLINE_NOT_SEEN] = "not seen",
};

const char *const symbol_bind_text[BIND_NBINDS] = {
	[BIND_LOCAL] = "STB_LOCAL",
	[BIND_GLOBAL] = "STB_GLOBAL",
	[BIND_WEAK] = "STB_WEAK",
	[BIND_OTHER] = "STB_OTHER",
};

void surface_init(struct surface *s, struct strtab *str, struct type_table *types)
{
	*s = (struct surface){ .str = str, .types = types };
	arena_init(&s->arena);
	s->info = (struct image_info){
		.name = "", .release = "", .arch = "", .flavor = "", .revision = "",
		.distro = "", .compiler = "", .build_id = "", .sha256 = "", .banner = "",
		.types_from = "",
	};
}

void surface_settle(struct surface *s)
{
	if (s->settle)
		s->settle(s);
	s->settle = NULL;
}

void surface_done(struct surface *s)
{
	surface_settle(s);
	arena_done(&s->arena);
	VEC_DONE(&s->funcs);
	VEC_DONE(&s->constructs);
	VEC_DONE(&s->items);
	VEC_DONE(&s->instances);
	VEC_DONE(&s->callers);
	VEC_DONE(&s->symbols);
}

void surface_reset(struct surface *s)
{
	s->funcs.n = s->instances.n = s->callers.n = s->symbols.n = 0;
	s->constructs.n = s->items.n = 0;
}

bool func_is_transformed(const struct surface *s, const struct func *f)
{
	for (uint32_t i = 0; i < f->nsymbols; i++)
		if (strchr(surface_text(s, s->symbols.v[f->symbols + i].name), '.'))
			return true;
	return false;
}

/* Without DWARF: two symbols of one whole name are ambiguous, but nothing tells what they are. */
static enum collision_type collision_of_symbols(const struct surface *s, const struct func *f)
{
	enum collision_type ret = COLLISION_UNKNOWN;
	struct map seen;

	if (f->nsymbols < 2)
		return ret;
	map_init(&seen);
	for (uint32_t i = 0; i < f->nsymbols && ret == COLLISION_UNKNOWN; i++) {
		uint32_t *at = map_at(&seen, s->symbols.v[f->symbols + i].name);

		if (*at != MAP_NONE)
			ret = COLLISION_SYMBOLS;
		*at = i;
	}
	map_done(&seen);
	return ret;
}

enum collision_type func_collision(const struct surface *s, const struct func *f)
{
	const struct instance *in;
	bool one_place = true, external = false, all_external = true;

	if (!f->ninstances)
		return collision_of_symbols(s, f);
	in = &s->instances.v[f->instances];
	if (f->ninstances == 1)
		return in->external ? COLLISION_UNIQUE_GLOBAL : COLLISION_UNIQUE_STATIC;
	for (uint32_t i = 0; i < f->ninstances; i++) {
		one_place &= in[i].loc_file == in->loc_file && in[i].loc_line == in->loc_line;
		external |= in[i].external;
		all_external &= in[i].external;
	}
	if (all_external)
		return COLLISION_GLOBAL_GLOBAL;
	if (one_place)
		return COLLISION_STATIC_DUPLICATION;
	return external ? COLLISION_STATIC_GLOBAL : COLLISION_STATIC_STATIC;
}

enum inline_type func_inline(const struct surface *s, const struct func *f)
{
	if (!f->ninstances)
		return INLINE_UNKNOWN;
	if (!f->nsymbols)
		return INLINE_FULL;
	for (uint32_t i = 0; i < f->ninstances; i++)
		if (inline_word_is_inlined(s->instances.v[f->instances + i].inline_word))
			return INLINE_SELECTIVE;
	return INLINE_NO;
}

/* A body or code: not what is only declared. */
static bool is_defined(const struct instance *in)
{
	return in->addr || in->loc_file;
}

bool func_across_owners(const struct surface *s, const struct func *f)
{
	uint32_t owner = 0;
	bool any = false;

	for (uint32_t i = 0; i < f->ninstances; i++) {
		const struct instance *in = &s->instances.v[f->instances + i];

		if (!is_defined(in))
			continue;
		if (any && in->owner != owner)
			return true;
		owner = in->owner;
		any = true;
	}
	for (uint32_t i = 0; i < f->nsymbols; i++) {
		const struct symbol *sym = &s->symbols.v[f->symbols + i];

		if (any && sym->owner != owner)
			return true;
		owner = sym->owner;
		any = true;
	}
	return false;
}

bool func_is_declared_only(const struct surface *s, const struct func *f)
{
	if (!func_has_group(f) || f->nsymbols)
		return false;
	for (uint32_t i = 0; i < f->ninstances; i++)
		if (s->instances.v[f->instances + i].inline_word != INLINE_NOT_SEEN)
			return false;
	return true;
}
