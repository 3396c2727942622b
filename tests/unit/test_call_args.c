// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a call passes, from DWARF written by hand: each operation that is a constant, those that are none, both
 * sets of tags, and expressions that run out of their unit.
 */
#include "dwarf/dwarf_reader.h"

#include <setjmp.h>

#include <cmocka.h>

#define ARGS  8

struct call {
	struct dwarf_call_arg args[ARGS];
	size_t n;
};

/* Abbreviations: 1 compile unit, 2 call site with children, 3 its parameter (value of the form at hand). */
static void put_abbrevs(struct buf *b, uint16_t version, uint8_t form)
{
	const bool gnu = version < 5;

	buf_put(b, "\x01\x11\x01\x00\x00", 5);
	buf_uleb(b, 2);
	buf_uleb(b, gnu ? TAG_GNU_CALL_SITE : TAG_CALL_SITE);
	buf_put(b, "\x01\x00\x00", 3);
	buf_uleb(b, 3);
	buf_uleb(b, gnu ? TAG_GNU_CALL_SITE_PARAMETER : TAG_CALL_SITE_PARAMETER);
	buf_char(b, 0);
	buf_uleb(b, gnu ? 0x2111 : 0x7e);
	buf_uleb(b, form);
	buf_put(b, "\x00\x00\x00", 3);
}

/* A unit of one call with these parameters, each "length, bytes"; `size` bytes in all. */
static void put_unit(struct buf *b, uint16_t version, const char *params, size_t size)
{
	struct buf body = { 0 };
	uint32_t length;

	buf_put(&body, version < 5 ? "\x04\x00\x00\x00\x00\x00\x08" : "\x05\x00\x01\x08\x00\x00\x00\x00", version < 5 ? 7 : 8);
	buf_put(&body, "\x01\x02", 2);
	buf_put(&body, params, size);
	length = (uint32_t)body.n;
	buf_put(b, &length, 4);
	buf_put(b, body.v, body.n);
	buf_done(&body);
}

static struct call read_call(uint16_t version, uint8_t form, const char *params, size_t size)
{
	struct buf info = { 0 }, abbrev = { 0 };
	struct call ret = { .n = SIZE_MAX };
	struct dwarf_notes unknown;
	const struct dwarf_root *root;
	struct err err = ERR_INIT;
	struct dwarf_lane lane;
	struct dwarf_walk w;
	struct dwarf_die die;
	struct dwarf d;

	put_abbrevs(&abbrev, version, form);
	put_unit(&info, version, params, size);
	assert_int_equal(dwarf_open(&d, &(struct dwarf_sections){ .file = "hand",
								  .info = { (uint8_t *)info.v, info.n },
								  .abbrev = { (uint8_t *)abbrev.v, abbrev.n } },
				    &unknown, &err), 0);
	dwarf_lane_init(&lane, &d);
	assert_int_equal(dwarf_root(&lane, &d.units.v[0], &root, &err), 0);
	assert_int_equal(dwarf_walk_init(&w, &lane, &d.units.v[0], &err), 0);
	if (dwarf_walk_next(&w, &die, &err) > 0)
		ret.n = dwarf_call_args(&lane, root, die.offset, ret.args, ARGS);
	dwarf_lane_done(&lane);
	dwarf_close(&d);
	buf_done(&info);
	buf_done(&abbrev);
	return ret;
}

#define READ(version, form, params) read_call(version, form, params, sizeof(params) - 1)
#define EXPRLOC 0x18
#define BLOCK1	0x0a

static void is(const struct call *c, size_t i, bool address, uint64_t value)
{
	assert_true(i < c->n);
	assert_int_equal(c->args[i].address, address);
	assert_int_equal(c->args[i].value, value);
}

static void test_constants(void **state)
{
	const uint16_t versions[] = { 4, 5 };
	struct call c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		/* DW_OP_lit26, DW_OP_addr */
		c = READ(versions[i], EXPRLOC, "\x03\x01\x4a" "\x03\x09\x03\x60\x58\x03\x82\xff\xff\xff\xff" "\x00\x00");
		assert_int_equal(c.n, 2);
		is(&c, 0, false, 26);
		is(&c, 1, true, 0xffffffff82035860);
		/* DW_OP_const1u, const2u, const4u, constu, consts */
		c = READ(versions[i], BLOCK1, "\x03\x02\x08\x7f" "\x03\x03\x0a\x34\x12" "\x03\x05\x0c\x78\x56\x34\x12"
				    "\x03\x03\x10\x80\x01" "\x03\x02\x11\x7f" "\x00\x00");
		assert_int_equal(c.n, 5);
		is(&c, 0, false, 127);
		is(&c, 1, false, 0x1234);
		is(&c, 2, false, 0x12345678);
		is(&c, 3, false, 128);
		is(&c, 4, false, UINT64_MAX);
	}
}

static void test_no_constants(void **state)
{
	struct call c;

	(void)state;
	/* What a register holds, a sum, nothing: left out, and what comes after is read. */
	c = READ(5, EXPRLOC, "\x03\x01\x53" "\x03\x03\x31\x32\x22" "\x03\x00" "\x03\x01\x36" "\x00\x00");
	assert_int_equal(c.n, 1);
	is(&c, 0, false, 6);
	/* An address, an expression, the list of parameters that are cut off. */
	c = READ(5, EXPRLOC, "\x03\x03\x03\x01\x02" "\x00\x00");
	assert_int_equal(c.n, 0);
	c = READ(5, EXPRLOC, "\x03\x01\x36" "\x03\x7f\x31");
	assert_true(c.n == 1 || c.n == SIZE_MAX);
	c = READ(5, EXPRLOC, "\x03\x01\x36" "\x09");
	assert_true(c.n == 1 || c.n == SIZE_MAX);
	/* A form that holds no expression. */
	c = READ(5, 0x17, "\x03\x01\x00\x00\x00" "\x00\x00");
	assert_int_equal(c.n, 0);
	/* More parameters than are asked for. */
	c = READ(5, EXPRLOC, "\x03\x01\x31\x03\x01\x31\x03\x01\x31\x03\x01\x31\x03\x01\x31\x03\x01\x31\x03\x01\x31\x03\x01\x31"
			     "\x03\x01\x31\x03\x01\x31\x00\x00");
	assert_int_equal(c.n, ARGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_no_constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
