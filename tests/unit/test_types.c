// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The BTF writer's bytes, and the table of type nodes. What is made of real DWARF is tests/types.sh's. */
#include "btf/btf_types.h"
#include "extract/types_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void write_one(struct buf *out, bool swap)
{
	struct err err = ERR_INIT;
	struct btf_encoder e;
	struct strtab names;
	uint32_t a, b;

	strtab_init(&names);
	a = strtab_intern_z(&names, "int");
	b = strtab_intern_z(&names, "word");
	btf_encoder_init(&e, &names);
	VEC_PUSH(&e.tail, btf_encoder_name(&e, b));
	VEC_PUSH(&e.tail, btf_encoder_info(TYPE_TYPEDEF, 0, false));
	VEC_PUSH(&e.tail, 1);
	VEC_PUSH(&e.head, btf_encoder_name(&e, a));
	VEC_PUSH(&e.head, btf_encoder_info(TYPE_INT, 0, false));
	VEC_PUSH(&e.head, 4);
	VEC_PUSH(&e.head, 1u << 24 | 32);
	assert_int_equal(btf_encoder_name(&e, b), 1);
	assert_int_equal(btf_encoder_name(&e, a), 6);
	assert_int_equal(btf_encoder_name(&e, 0), 0);
	assert_int_equal(btf_encoder_write(&e, swap, out, &err), 0);
	btf_encoder_done(&e);
	strtab_done(&names);
}

static void bytes(void **state)
{
	static const uint8_t little[] = {
		0x9f, 0xeb, 1,	  0,   24, 0,	0,   0,	  0, 0, 0, 0,  28, 0, 0, 0, 28, 0, 0, 0, 10, 0, 0, 0, /* header */
		6,    0,    0,	  0,   0,  0,	0,   1,	  4, 0, 0, 0,  32, 0, 0, 1, /* int */
		1,    0,    0,	  0,   0,  0,	0,   8,	  1, 0, 0, 0, /* typedef */
		0,    'w',  'o',  'r', 'd', 0,	'i', 'n', 't', 0,
	};
	struct buf host = { 0 }, swapped = { 0 };

	(void)state;
	write_one(&host, false);
	write_one(&swapped, true);
	assert_int_equal(host.n, sizeof(little));
	assert_int_equal(swapped.n, sizeof(little));
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		assert_memory_equal(host.v, little, sizeof(little));
	else
		assert_memory_equal(swapped.v, little, sizeof(little));
	/* Words are turned, the magic is a half word, strings are bytes. */
	assert_int_equal(swapped.v[0], host.v[1]);
	assert_int_equal(swapped.v[2], host.v[2]);
	for (size_t i = 4; i < 52; i++)
		assert_int_equal(swapped.v[i], host.v[(i & ~(size_t)3) + 3 - i % 4]);
	assert_memory_equal(swapped.v + 52, host.v + 52, 10);
	buf_done(&host);
	buf_done(&swapped);
}

static void readable(void **state)
{
	struct buf b = { 0 };

	(void)state;
	write_one(&b, false);
	assert_true(btf_is_readable(b.v, b.n));
	assert_false(btf_is_readable(b.v, b.n - 1));
	assert_false(btf_is_readable(b.v, 0));
	assert_false(btf_is_readable(NULL, 0));
	b.v[1] ^= 1;
	assert_false(btf_is_readable(b.v, b.n));
	b.n = 0;
	write_one(&b, true);
	assert_true(btf_is_readable(b.v, b.n));
	buf_done(&b);
}

static void nodes(void **state)
{
	struct node_item items[] = { { .name = 1, .type = 1 }, { .name = 2, .type = 1, .offset = 32 } };
	struct node n = { .kind = TYPE_STRUCT, .name = 7, .size = 8, .nitems = 2 };
	struct node_table t;
	uint32_t i, a, b;

	(void)state;
	node_table_init(&t);
	i = node_intern(&t, &(struct node){ .kind = TYPE_INT, .name = 3, .size = 4 }, NULL);
	assert_int_equal(i, 1);
	a = node_intern(&t, &n, items);
	assert_int_equal(node_intern(&t, &n, items), a);
	assert_int_equal(node_pointer(&t, a), node_pointer(&t, a));
	assert_int_equal(node_pointer(&t, a), node_intern(&t, &(struct node){ .kind = TYPE_PTR, .ref = a }, NULL));
	assert_int_not_equal(node_pointer(&t, a), node_const(&t, a));
	assert_int_equal(t.nodes.v[node_pointer(&t, 0)].ref, 0);
	items[1].offset = 64;
	b = node_intern(&t, &n, items);
	assert_int_not_equal(a, b);
	n.name = 8;
	assert_int_not_equal(node_intern(&t, &n, items), b);
	/* Ids stay through the table's growth. */
	for (uint32_t k = 0; k < 5000; k++)
		node_intern(&t, &(struct node){ .kind = TYPE_ARRAY, .ref = a, .size = k }, NULL);
	n.name = 7;
	assert_int_equal(node_intern(&t, &n, items), b);
	node_table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes),
		cmocka_unit_test(readable),
		cmocka_unit_test(nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
