// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The readers of kernel data on a damaged kernel: the one written by hand (tests/unit/mini_kernel.h), whole but for
 * the bytes that the input changes. First byte: which of its kinds; then three bytes a change, place and value.
 */
#include "../tests/unit/mini_kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct { bool is64, be, zero; uint16_t machine; } kinds[] = {
	{ true, false, false, EM_X86_64 }, { true, true, false, EM_S390 },   { false, false, false, EM_ARM },
	{ false, true, false, EM_PPC },	   { true, false, true, EM_AARCH64 },
};

static void check(const struct mini *m)
{
	for (size_t i = 0; i < m->s.constructs.n; i++) {
		const struct construct *c = &m->s.constructs.v[i];

		if (c->name >= m->str.entries.n || c->text >= m->str.entries.n || c->type >= m->types.types.n ||
		    (uint64_t)c->items + c->nitems > m->s.items.n)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t kind = size ? data[0] % (sizeof(kinds) / sizeof(kinds[0])) : 0;
	struct kernel_facts facts = { 0 };
	struct err err = ERR_INIT;
	struct mini m;

	mini_init(&m, kinds[kind].is64, kinds[kind].be, kinds[kind].machine);
	m.zero_pointers = kinds[kind].zero;
	mini_whole(&m);
	for (size_t i = 1; i + 2 < size; i += 3) {
		size_t at = (size_t)data[i] << 8 | data[i + 1];

		if (at < m.elf.n)
			m.elf.v[at] = (char)data[i + 2];
	}
	if (!mini_read(&m, &facts, &err))
		check(&m);
	mini_done(&m);
	return 0;
}
