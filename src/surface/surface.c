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
};

const char *const inline_type_text[INLINE_NTYPES] = {
	[INLINE_NO] = "No",
	[INLINE_FULL] = "Full",
	[INLINE_SELECTIVE] = "Selective",
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

enum collision_type func_collision(const struct surface *s, const struct func *f)
{
	const struct instance *in = s->instances.v + f->instances;
	bool one_place = true, external = false;

	if (f->ninstances == 1)
		return in->external ? COLLISION_UNIQUE_GLOBAL : COLLISION_UNIQUE_STATIC;
	for (uint32_t i = 0; i < f->ninstances; i++) {
		one_place &= in[i].loc_file == in->loc_file && in[i].loc_line == in->loc_line;
		external |= in[i].external;
	}
	if (one_place)
		return COLLISION_STATIC_DUPLICATION;
	return external ? COLLISION_STATIC_GLOBAL : COLLISION_STATIC_STATIC;
}

enum inline_type func_inline(const struct surface *s, const struct func *f)
{
	if (!f->nsymbols)
		return INLINE_FULL;
	for (uint32_t i = 0; i < f->ninstances; i++)
		if (inline_word_is_inlined(s->instances.v[f->instances + i].inline_word))
			return INLINE_SELECTIVE;
	return INLINE_NO;
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
