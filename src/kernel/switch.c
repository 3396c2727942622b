// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86's switch functions for syscalls (x64_sys_call, ia32_sys_call): long f(const struct pt_regs *regs, unsigned
 * int nr), which jump to the function that serves nr. Compilers make a tree of compares of them, since jump tables
 * are off with retpolines; the tree is run for one number after the other. Knows the ten instructions that such a
 * tree is made of and gives up at any other. Encodings: Intel SDM, volume 2.
 */
#include "kernel/kernel_int.h"

/* A path through the tree has some 30 instructions; a loop ends here. */
#define STEPS_MAX 2000
#define NUMBERS_MAX 4096

struct machine {
	uint64_t addr; /* of the function */
	struct cur c;
	uint32_t nr;   /* %esi */
	uint32_t left, right; /* of the last compare */
};

enum step { STEP_ON, STEP_AWAY, STEP_UNKNOWN };

/* The condition of 0x70 + cc after a compare of two unsigned numbers; false in *known for those of signs. */
static bool holds(const struct machine *m, uint8_t cc, bool *known)
{
	int32_t a = (int32_t)m->left, b = (int32_t)m->right;
	bool yes = false;

	*known = true;
	switch (cc >> 1) {
	case 1:
		yes = m->left < m->right;
		break;
	case 2:
		yes = m->left == m->right;
		break;
	case 3:
		yes = m->left <= m->right;
		break;
	case 6:
		yes = a < b;
		break;
	case 7:
		yes = a <= b;
		break;
	default:
		*known = false;
	}
	return cc & 1 ? !yes : yes;
}

/* Goes `distance` on from here, or away when that leaves the function. */
static enum step jump(struct machine *m, int32_t distance, uint64_t *away)
{
	uint64_t offset = cur_offset(&m->c) + (uint64_t)(int64_t)distance;

	if (offset >= (uint64_t)(m->c.end - m->c.start)) {
		*away = m->addr + offset;
		return STEP_AWAY;
	}
	m->c.p = m->c.start + offset;
	return STEP_ON;
}

static int32_t displacement(struct cur *c, bool is_short)
{
	return is_short ? (int8_t)cur_u8(c) : (int32_t)cur_u32(c);
}

static enum step branch(struct machine *m, uint8_t cc, bool is_short, uint64_t *away)
{
	int32_t d = displacement(&m->c, is_short);
	bool known, yes = holds(m, cc, &known);

	if (!known || m->c.bad)
		return STEP_UNKNOWN;
	return yes ? jump(m, d, away) : STEP_ON;
}

/* decoder switch: endbr, nop, cmp and test of %esi, jumps, and the calls before the tree (__fentry__) */
static enum step step(struct machine *m, uint64_t *away)
{
	uint8_t op = cur_u8(&m->c), modrm;

	switch (op) {
	case 0xf3: /* endbr64, endbr32 */
		return cur_u8(&m->c) == 0x0f && cur_u8(&m->c) == 0x1e && cur_u8(&m->c) >= 0xfa ? STEP_ON : STEP_UNKNOWN;
	case 0x0f:
		op = cur_u8(&m->c);
		if (op >= 0x80 && op <= 0x8f)
			return branch(m, op & 15, false, away);
		/* The five bytes that ftrace patches, where they are a nop already: nopl 0(%rax,%rax,1). */
		if (op == 0x1f && cur_u8(&m->c) == 0x44) {
			cur_skip(&m->c, 2);
			return m->c.bad ? STEP_UNKNOWN : STEP_ON;
		}
		return STEP_UNKNOWN;
	case 0x83:
	case 0x81: /* cmp $imm, %esi */
		modrm = cur_u8(&m->c);
		m->left = m->nr;
		m->right = (uint32_t)displacement(&m->c, op == 0x83);
		return modrm == 0xfe && !m->c.bad ? STEP_ON : STEP_UNKNOWN;
	case 0x85: /* test %esi, %esi: equal to a compare with 0 */
		m->left = m->nr;
		m->right = 0;
		return cur_u8(&m->c) == 0xf6 ? STEP_ON : STEP_UNKNOWN;
	case 0x90:
		return STEP_ON;
	case 0xe8: /* a call that comes back here before any compare */
		cur_skip(&m->c, 4);
		return m->c.bad ? STEP_UNKNOWN : STEP_ON;
	case 0xeb:
	case 0xe9: {
		int32_t d = displacement(&m->c, op == 0xeb);

		return m->c.bad ? STEP_UNKNOWN : jump(m, d, away);
	}
	default:
		if (op >= 0x70 && op <= 0x7f)
			return branch(m, op & 15, true, away);
		return STEP_UNKNOWN;
	}
}

static struct machine start(struct kernel *k, uint64_t addr, uint64_t size, uint32_t number)
{
	return (struct machine){ .addr = addr, .c = image_space_at(k->sp, addr, size), .nr = number };
}

/*
 * A leaf is a jump, or a call with a return behind it. Since a call may also be __fentry__, the last call before
 * an instruction that is no part of the tree is the leaf, once something was compared.
 */
uint64_t kernel_switch_target(struct kernel *k, uint64_t addr, uint64_t size, uint32_t number)
{
	struct machine m = start(k, addr, size, number);
	bool compared = false;

	for (unsigned int n = 0; n < STEPS_MAX && !m.c.bad && cur_left(&m.c); n++) {
		const uint8_t *p = m.c.p;
		uint64_t away = 0;

		if (*p == 0xe8 && compared && cur_left(&m.c) >= 5) {
			cur_u8(&m.c);
			away = addr + (uint64_t)(int64_t)(int32_t)cur_u32(&m.c);
			return away + cur_offset(&m.c);
		}
		compared = compared || *p == 0x83 || *p == 0x81 || *p == 0x85;
		switch (step(&m, &away)) {
		case STEP_AWAY:
			return away;
		case STEP_UNKNOWN:
			return 0;
		case STEP_ON:
			break;
		}
	}
	return 0;
}

uint32_t kernel_switch_count(struct kernel *k, uint64_t addr, uint64_t size)
{
	struct cur c = image_space_at(k->sp, addr, size);
	uint32_t most = 0;

	/* A compare is looked for at every byte: one that is none makes more numbers to try, no wrong result. */
	while (!c.bad && cur_left(&c) >= 6) {
		struct cur at = c;
		uint8_t op = cur_u8(&at);

		if ((op == 0x81 || op == 0x83) && cur_u8(&at) == 0xfe) {
			uint32_t v = (uint32_t)displacement(&at, op == 0x83);

			if (v < NUMBERS_MAX && v >= most)
				most = v + 1;
		}
		c.p++;
	}
	/* What is above the highest compare is one number more, or the default. */
	return most ? most + 1 : 0;
}
