// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which kfunc sets are for which programs. No table of the image says it: init functions call
 * register_btf_kfunc_id_set(type, &set), and DWARF tells what constants a call passes, on every architecture
 * alike (DW_AT_call_value). A set is static, so all calls for it are in its unit; where one of a unit's calls
 * passes what is no constant, nothing is known of the unit's sets.
 */
#include "extract/extract_int.h"

#define REGISTER "register_btf_kfunc_id_set"
#define ARGS_MAX 8
#define ORIGIN_HOPS 3

/* True when the DIE at an offset is of the registering function: by its name, or that of what it comes from. */
static bool is_register(struct dwarf_lane *l, uint64_t offset)
{
	for (int hop = 0; hop < ORIGIN_HOPS; hop++) {
		const struct dwarf_unit *u = dwarf_unit_at(l->d, offset);
		const struct dwarf_root *root;
		struct err err = ERR_INIT;
		struct dwarf_die die;

		if (!u || dwarf_root(l, u, &root, &err) || dwarf_die_at(l, u, offset, &die, &err))
			return false;
		if (dwarf_has(&die, SLOT_NAME))
			return !strcmp(dwarf_string(l, root, &die.value[SLOT_NAME]), REGISTER);
		if (dwarf_has(&die, SLOT_ABSTRACT_ORIGIN))
			offset = dwarf_ref(l->d, u, &die.value[SLOT_ABSTRACT_ORIGIN]);
		else if (dwarf_has(&die, SLOT_SPECIFICATION))
			offset = dwarf_ref(l->d, u, &die.value[SLOT_SPECIFICATION]);
		else
			return false;
	}
	return false;
}

/* The first number and the first address that the call passes; false when one of them is not known. */
static bool add_call(struct dwarf_lane *l, const struct dwarf_root *root, uint64_t call,
		     struct registrations *ret)
{
	struct dwarf_call_arg args[ARGS_MAX];
	size_t n = dwarf_call_args(l, root, call, args, ARGS_MAX);
	const struct dwarf_call_arg *number = NULL, *address = NULL;

	for (size_t i = n; i-- > 0;)
		*(args[i].address ? &address : &number) = &args[i];
	if (!number || !address)
		return false;
	VEC_PUSH(&ret->v, ((struct kernel_registration){ number->value, address->value }));
	return true;
}

static void read_unit(struct dwarf_lane *l, const struct dwarf_unit *u, struct registrations *ret)
{
	const struct dwarf_root *root;
	struct dwarf_walk w;
	struct dwarf_die die;
	struct err err = ERR_INIT;
	size_t before = ret->v.n;
	bool whole = true;
	struct map known; /* offset of an origin -> whether it is the function */

	if (dwarf_root(l, u, &root, &err) || dwarf_walk_init(&w, l, u, &err))
		return;
	map_init(&known);
	while (dwarf_walk_next(&w, &die, &err) > 0) {
		enum dwarf_slot slot = die.tag == TAG_CALL_SITE ? SLOT_CALL_ORIGIN : SLOT_ABSTRACT_ORIGIN;
		uint64_t origin;
		uint32_t *is;

		if ((die.tag != TAG_CALL_SITE && die.tag != TAG_GNU_CALL_SITE) || !dwarf_has(&die, slot))
			continue;
		origin = dwarf_ref(l->d, u, &die.value[slot]);
		if (origin == UINT64_MAX)
			continue;
		is = map_at(&known, origin);
		if (*is == MAP_NONE)
			*is = is_register(l, origin);
		if (*is && !add_call(l, root, die.offset, ret))
			whole = false;
	}
	if (!whole)
		ret->v.n = before;
	map_done(&known);
}

void read_registrations(struct unit_reader *readers, const struct unit_facts *units, const struct surface *s,
			struct registrations *ret)
{
	const struct dwarf *d = readers[0].dwarf.d;
	uint32_t name = strtab_find(s->str, REGISTER, sizeof(REGISTER) - 1);

	for (size_t i = 0; name && i < d->units.n; i++)
		for (uint32_t e = 0; e < units[i].nentities; e++)
			if (units[i].entities[e].name == name) {
				/* A lane's reader of its own unit; what it notes was noted when the unit was read. */
				read_unit(&readers[units[i].lane].dwarf, &d->units.v[i], ret);
				break;
			}
}
